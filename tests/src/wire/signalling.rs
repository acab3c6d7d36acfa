//! What SIP from the switch must be, message by message and across a dialog: RFC 3261 sections 8
//! (requests and responses), 12 (dialogs), 13 (INVITE and its ACK), 17 and 18 (transactions, framing).

use super::Fault;
use super::sip::{Message, parameter};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// RFC 3261 8.1.1.7.
const MAGIC_COOKIE: &str = "z9hG4bK";
/// What is asked in the last moments of a capture may be answered after it, in seconds.
const TAIL: f64 = 0.6;

/// What is wrong with the messages from the switch, and with what it left unanswered.
pub fn faults(messages: &[Message], switch: IpAddr) -> Vec<Fault> {
    let mut check = Check { messages, switch, faults: vec![] };
    for (place, message) in messages.iter().enumerate() {
        if message.from.ip() != switch {
            continue;
        }
        check.form(message);
        if message.is_request() {
            check.request(message);
        } else {
            check.response(message, &messages[..place]);
        }
    }
    check.branches();
    check.sequence();
    check.tags();
    check.hops();
    check.acknowledgements();
    check.answers();
    check.faults
}

struct Check<'a> {
    messages: &'a [Message],
    switch: IpAddr,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    fn say(&mut self, message: &Message, what: impl std::fmt::Display) {
        self.faults.push(Fault { at: message.at, what: format!("{}: {what}", message.summary()) });
    }

    fn own(&self, message: &Message) -> bool {
        message.from.ip() == self.switch
    }

    fn own_requests(&self) -> impl Iterator<Item = &'a Message> + use<'a> {
        let switch = self.switch;
        self.messages.iter().filter(move |message| message.from.ip() == switch && message.is_request())
    }

    /// RFC 3261 8.1.1 and 20.14: what every message carries.
    fn form(&mut self, message: &Message) {
        for name in ["via", "from", "to", "call-id", "cseq"] {
            if message.header(name).is_none_or(str::is_empty) {
                self.say(message, format_args!("no {name} header"));
            }
        }
        let said = message.header("content-length").map(|value| value.parse::<usize>());
        if said != Some(Ok(message.body.len())) {
            self.say(message, format_args!("Content-Length {said:?} for a body of {} bytes", message.body.len()));
        }
        if !message.body.is_empty() && message.header("content-type").is_none() {
            self.say(message, "a body without Content-Type");
        }
    }

    fn request(&mut self, message: &Message) {
        if !message.branch().is_some_and(|branch| branch.starts_with(MAGIC_COOKIE) && branch.len() > MAGIC_COOKIE.len())
        {
            self.say(message, "a branch without the magic cookie");
        }
        if message.tag("from").is_none_or(str::is_empty) {
            self.say(message, "a From without tag");
        }
        let hops = message.header("max-forwards").map(|value| value.parse::<u8>());
        if !matches!(hops, Some(Ok(0..=70))) {
            self.say(message, format_args!("Max-Forwards {hops:?}"));
        }
        if message.method() == "INVITE" && message.header("contact").is_none() {
            self.say(message, "an INVITE without Contact");
        }
    }

    /// RFC 3261 8.2.6: a response mirrors its request.
    fn response(&mut self, message: &Message, earlier: &[Message]) {
        let status = message.status().unwrap_or(0);
        let asked = earlier.iter().rev().find(|request| {
            request.is_request()
                && request.from.ip() == message.to.ip()
                && request.method() == message.method()
                && request.branch() == message.branch()
                && request.call_id() == message.call_id()
        });
        let Some(asked) = asked else {
            self.say(message, "answers no request");
            return;
        };
        if asked.cseq() != message.cseq() {
            self.say(message, "CSeq differs from the request's");
        }
        if asked.header("from") != message.header("from") {
            self.say(message, "From differs from the request's");
        }
        let vias = |message: &Message| -> Vec<String> {
            let values = message.headers.iter().filter(|(name, _)| name == "via");
            values
                .flat_map(|(_, value)| value.split(','))
                .map(|via| via.split(';').next().unwrap_or("").trim().to_string())
                .collect()
        };
        if vias(asked) != vias(message) {
            self.say(message, "Via differs from the request's");
        }
        // RFC 3581 4: who asks for rport gets it.
        let asked_port = asked.via().is_some_and(|via| parameter(via, "rport").is_some());
        let told_port = message.via().and_then(|via| parameter(via, "rport")).and_then(|port| port.parse::<u16>().ok());
        if asked_port && !message.stream && told_port != Some(asked.from.port()) {
            self.say(message, format_args!("rport {told_port:?} for a request from port {}", asked.from.port()));
        }
        if status > 100 && message.tag("to").is_none_or(str::is_empty) {
            self.say(message, "a To without tag");
        }
        if let Some(tag) = asked.tag("to")
            && message.tag("to") != Some(tag)
        {
            self.say(message, "changes the tag in To");
        }
        if message.method() == "INVITE" && (200..300).contains(&status) && message.header("contact").is_none() {
            self.say(message, "a 2xx to INVITE without Contact");
        }
    }

    /// RFC 3261 8.1.1.7, 9.1, 13.2.2.4 and 17.1.1.3: one branch, one transaction.
    fn branches(&mut self) {
        let mut first: BTreeMap<(&str, &str), &Message> = BTreeMap::new();
        for message in self.own_requests() {
            let Some(branch) = message.branch() else { continue };
            let invite = first.get(&(branch, "INVITE")).copied();
            match message.method() {
                "CANCEL" => match invite {
                    None => self.say(message, "cancels no INVITE of this branch"),
                    Some(invite) if invite.cseq() != message.cseq() || invite.start[6..] != message.start[6..] => {
                        self.say(message, "differs from the INVITE that it cancels");
                    }
                    Some(invite) if !self.answered_before(invite, message.at) => {
                        self.say(message, "cancels before any response");
                    }
                    Some(_) => {}
                },
                "ACK" => {
                    let status = invite.and_then(|invite| self.final_status(invite));
                    if status.is_some_and(|status| status < 300) {
                        self.say(message, "acknowledges a 2xx with the branch of the INVITE");
                    }
                }
                _ => {}
            }
            let others: Vec<_> = ["INVITE", "BYE", "OPTIONS", "INFO", "REGISTER"]
                .into_iter()
                .filter(|other| *other != message.method() && !matches!(message.method(), "ACK" | "CANCEL"))
                .filter(|other| first.contains_key(&(branch, *other)))
                .collect();
            for other in others {
                self.say(message, format_args!("uses the branch of a {other} again"));
            }
            match first.get(&(branch, message.method())) {
                None => {
                    first.insert((branch, message.method()), message);
                }
                Some(before) => {
                    let same = before.start == message.start
                        && before.headers == message.headers
                        && before.body == message.body;
                    if !same {
                        self.say(message, "uses a branch again for another request");
                    }
                }
            }
        }
    }

    fn answered_before(&self, request: &Message, at: f64) -> bool {
        self.responses(request).any(|response| response.at <= at)
    }

    fn final_status(&self, request: &Message) -> Option<u16> {
        self.responses(request).filter_map(Message::status).find(|status| *status >= 200)
    }

    fn responses<'m>(&self, request: &'m Message) -> impl Iterator<Item = &'a Message> + use<'a, 'm> {
        self.messages.iter().filter(move |response| {
            response.status().is_some()
                && response.to.ip() == request.from.ip()
                && response.method() == request.method()
                && response.branch() == request.branch()
                && response.call_id() == request.call_id()
        })
    }

    /// RFC 3261 12.2.1.1: within a dialog each request of one side counts one up.
    fn sequence(&mut self) {
        let mut last: BTreeMap<(&str, &str), (u32, Option<&str>)> = BTreeMap::new();
        for message in self.own_requests() {
            let (Some(tag), Some(number)) = (message.tag("from"), message.cseq()) else { continue };
            let key = (message.call_id(), tag);
            let before = last.get(&key).copied();
            match (message.method(), before) {
                ("ACK" | "CANCEL", Some((newest, _))) if number <= newest => {}
                ("ACK" | "CANCEL", _) => self.say(message, "CSeq of no INVITE"),
                (_, Some((newest, branch))) if number == newest && branch == message.branch() => {}
                (_, Some((newest, _))) if number != newest + 1 => {
                    self.say(message, format_args!("CSeq {number} follows {newest}"));
                }
                _ => {
                    last.insert(key, (number, message.branch()));
                }
            }
        }
    }

    /// RFC 3261 12.2: who a dialog's ends are does not change.
    fn tags(&mut self) {
        let mut own: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut theirs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut answered: BTreeMap<(&str, u32), &str> = BTreeMap::new();
        for message in self.messages {
            let (call, mine) = (message.call_id(), self.own(message));
            if message.is_request() {
                let known_own =
                    own.get(call).is_some_and(|tags| message.tag("from").is_some_and(|tag| tags.contains(tag)));
                let known_theirs =
                    theirs.get(call).is_some_and(|tags| message.tag("to").is_some_and(|tag| tags.contains(tag)));
                if mine && message.tag("to").is_some() {
                    if !known_own {
                        self.say(message, "a From tag that this dialog does not have");
                    }
                    if !known_theirs {
                        self.say(message, "a To tag that nobody gave");
                    }
                }
                if let Some(tag) = message.tag("from") {
                    if mine { &mut own } else { &mut theirs }.entry(call).or_default().insert(tag);
                }
            } else if let Some(tag) = message.tag("to") {
                if mine { &mut own } else { &mut theirs }.entry(call).or_default().insert(tag);
                let key = (call, message.cseq().unwrap_or(0));
                let invite = mine && message.method() == "INVITE";
                if invite && *answered.entry(key).or_insert(tag) != tag {
                    self.say(message, "another To tag than in an earlier response");
                }
            }
        }
    }

    /// RFC 3261 8.1.1.6 as a B2BUA should keep it: a call that goes round in circles ends.
    fn hops(&mut self) {
        let mut highest = None;
        for message in self.messages {
            if message.method() != "INVITE" || !message.is_request() || message.tag("to").is_some() {
                continue;
            }
            let hops = message.header("max-forwards").and_then(|value| value.parse::<u32>().ok());
            if !self.own(message) {
                highest = highest.max(hops);
            } else if let (Some(came), Some(left)) = (highest, hops)
                && left >= came
            {
                self.say(message, format_args!("Max-Forwards {left} where it came with {came}"));
            }
        }
    }

    /// RFC 3261 13.2.2.4 and 17.1.1.3: every final response to an INVITE is acknowledged.
    fn acknowledgements(&mut self) {
        let end = self.messages.last().map_or(0.0, |message| message.at);
        let mut seen = BTreeSet::new();
        for message in self.messages {
            if message.method() != "INVITE" || message.status().is_none_or(|status| status < 200) {
                continue;
            }
            if !seen.insert((message.call_id(), message.cseq(), message.tag("to"))) || message.at > end - TAIL {
                continue;
            }
            let acknowledged = self.messages.iter().any(|ack| {
                ack.is_request()
                    && ack.method() == "ACK"
                    && ack.from.ip() == message.to.ip()
                    && ack.call_id() == message.call_id()
                    && ack.cseq() == message.cseq()
                    && ack.tag("to") == message.tag("to")
            });
            if !acknowledged {
                self.say(message, "was never acknowledged");
            }
        }
    }

    /// RFC 3261 17.1.2: every request but ACK is answered in the end, on both sides.
    fn answers(&mut self) {
        let end = self.messages.last().map_or(0.0, |message| message.at);
        let mut seen = BTreeSet::new();
        for message in self.messages.iter().filter(|message| message.is_request() && message.method() != "ACK") {
            let whole = ["via", "from", "to", "call-id", "cseq"].iter().all(|name| message.header(name).is_some());
            if !whole || !seen.insert((message.branch(), message.method())) || message.at > end - TAIL {
                continue;
            }
            if self.final_status(message).is_none() {
                self.say(message, "was never answered");
            }
        }
    }
}

#[cfg(test)]
mod tests;
