//! What an INVITE says of who has forwarded the call (Diversion, RFC 5806; History-Info, RFC 7044), and that a phone shall
//! answer by itself; and where a phone that redirects wants the call to go (RFC 3261 21.3).

use super::Endpoint;
use super::compose::sip_uri;
use super::leg::{Draft, Peer};
use crate::face::{Diversion, Extras, ToldAs, Transport};
use crate::message::{Builder, Contacts, Message, Name, NameAddr, Scheme};
use std::borrow::Cow;
use std::cmp::Reverse;
use terms::{ForwardWhy, LegId, Pii};

/// Reasons, as Diversion and as RFC 4458 write them; the first of each kind is what we write.
const REASONS: [(ForwardWhy, &str, &str); 10] = [
    (ForwardWhy::Always, "unconditional", "302"),
    (ForwardWhy::Busy, "user-busy", "486"),
    (ForwardWhy::NoAnswer, "no-answer", "408"),
    (ForwardWhy::Unreachable, "unavailable", "404"),
    (ForwardWhy::Redirected, "deflection", "480"),
    (ForwardWhy::Busy, "do-not-disturb", "600"),
    (ForwardWhy::Always, "follow-me", "181"),
    (ForwardWhy::Unreachable, "out-of-service", "503"),
    (ForwardWhy::Redirected, "time-of-day", "487"),
    (ForwardWhy::Redirected, "away", "433"),
];

impl Endpoint {
    /// Where a redirection leads that is for us to follow: the best of its contacts that has a number. Of a phone it must
    /// be one of ours; what a carrier names is a number behind that carrier, wherever it says that it is.
    pub(super) fn redirected_to(&self, id: LegId, message: &Message) -> Option<Pii<String>> {
        let leg = self.legs.get(&id)?;
        let (link, ours) = (leg.link?, matches!(leg.peer, Peer::Phone(_)));
        let Ok(Contacts::List(mut contacts)) = message.contacts() else { return None };
        contacts.sort_by_key(|contact| Reverse(contact.q()));
        contacts.iter().find_map(|contact| {
            let uri = contact.uri().ok()?;
            let known = matches!(uri.scheme(), Scheme::Sip | Scheme::Sips | Scheme::Tel);
            let fits = known && (!ours || self.names_us(link, &uri));
            let number = uri.subscriber().filter(|number| fits && !number.is_empty())?;
            Some(Pii::new(number.into_owned()))
        })
    }
}

/// Who has forwarded a call last before it came here, and how often it was.
pub(super) fn read(message: &Message) -> Option<Diversion> {
    match (message.has(Name::Diversion), message.has(Name::HistoryInfo)) {
        (false, false) => None,
        (true, _) => read_diversion(message),
        (false, true) => read_history(message),
    }
}

/// RFC 5806 9: the last one is the first value; each may stand for several.
fn read_diversion(message: &Message) -> Option<Diversion> {
    let mut found: Option<Diversion> = None;
    for address in message.diversions().filter_map(Result::ok) {
        let counter = address.param("counter").and_then(|counter| counter.parse::<u32>().ok()).unwrap_or(1).max(1);
        match &mut found {
            Some(last) => last.times = last.times.saturating_add(counter),
            None => {
                let said = address.param("reason").unwrap_or_default();
                let why = REASONS.iter().find(|(_, reason, _)| said.trim_matches('"').eq_ignore_ascii_case(reason));
                let why = why.map_or(ForwardWhy::Redirected, |(why, ..)| *why);
                found = Some(Diversion { number: number_of(&address), why, times: counter });
            }
        }
    }
    found
}

/// RFC 7044 7: an entry with a cause (RFC 4458) is whereto it was forwarded, and the one before it by whom.
fn read_history(message: &Message) -> Option<Diversion> {
    let mut before: Option<NameAddr<'_>> = None;
    let mut found: Option<Diversion> = None;
    for address in message.history().filter_map(Result::ok) {
        let cause = address.uri().ok().and_then(|uri| uri.param("cause").map(Cow::into_owned));
        if let (Some(cause), Some(by)) = (cause, &before) {
            let why = REASONS.iter().find(|(_, _, known)| *known == cause);
            let why = why.map_or(ForwardWhy::Redirected, |(why, ..)| *why);
            let times = found.as_ref().map_or(0, |found| found.times).saturating_add(1);
            found = Some(Diversion { number: number_of(by), why, times });
        }
        before = Some(address);
    }
    found
}

fn number_of(address: &NameAddr<'_>) -> Pii<String> {
    let uri = address.uri().ok();
    Pii::new(uri.and_then(|uri| uri.subscriber().map(Cow::into_owned)).unwrap_or_default())
}

/// Writes what is to be said.
pub(super) fn write(mut builder: Builder, draft: &Draft, extras: &Extras) -> Builder {
    let host = draft.from.uri.rsplit_once('@').map_or("localhost", |(_, host)| host);
    match extras.told_as {
        ToldAs::Diversion => {
            for diversion in extras.diversions.iter().rev() {
                builder = builder.header(Name::Diversion, diverted(diversion, host));
            }
        }
        ToldAs::HistoryInfo if extras.diversions.is_empty() => {}
        ToldAs::HistoryInfo => {
            for entry in history(&extras.diversions, host, &draft.uri) {
                builder = builder.header(Name::HistoryInfo, entry);
            }
        }
    }
    if extras.answers_itself {
        // Yealink, Grandstream, Snom and Polycom go by the first; Snom and Cisco by the second; the third is RFC 5373.
        builder = builder
            .header(Name::AlertInfo, "<http://localhost>;info=alert-autoanswer;delay=0")
            .header(Name::CallInfo, format!("<sip:{host}>;answer-after=0"))
            .header(Name::AnswerMode, "Auto");
    }
    builder
}

fn diverted(diversion: &Diversion, host: &str) -> String {
    let uri = sip_uri(diversion.number.reveal(), host, Transport::Udp);
    let (_, reason, _) = written(diversion.why);
    format!("<{uri}>;reason={reason};counter={}", diversion.times)
}

/// One entry for each target: whoever forwarded, in turn, and where it goes now.
fn history(diversions: &[Diversion], host: &str, target: &str) -> Vec<String> {
    let (mut index, mut cause) = (String::from("1"), None::<&str>);
    let mut entries = Vec::with_capacity(diversions.len() + 1);
    let targets = diversions.iter().map(|one| (sip_uri(one.number.reveal(), host, Transport::Udp), Some(one.why)));
    for (uri, why) in targets.chain([(target.to_owned(), None)]) {
        entries.push(match cause {
            None => format!("<{uri}>;index={index}"),
            Some(cause) => {
                let from = index.clone();
                index.push_str(".1");
                format!("<{uri};cause={cause}>;index={index};mp={from}")
            }
        });
        cause = why.map(|why| written(why).2);
    }
    entries
}

fn written(why: ForwardWhy) -> (ForwardWhy, &'static str, &'static str) {
    REASONS.into_iter().find(|(known, ..)| *known == why).unwrap_or((why, "unknown", "302"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(fields: &str) -> Message {
        let text = format!(
            "INVITE sip:1@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:1@h>\r\n\
             Call-ID: x\r\nCSeq: 1 INVITE\r\n{fields}Content-Length: 0\r\n\r\n"
        );
        Message::parse(text.into()).unwrap()
    }

    fn said(fields: &str) -> Option<(String, ForwardWhy, u32)> {
        read(&invite(fields)).map(|said| (said.number.reveal().clone(), said.why, said.times))
    }

    #[test]
    fn who_has_forwarded_a_call_is_read_from_either_header_field() {
        let last = |number: &str, why, times| Some((number.to_owned(), why, times));
        for (fields, wanted) in [
            ("", None),
            ("Diversion: <sip:+44207@h>;reason=user-busy\r\n", last("+44207", ForwardWhy::Busy, 1)),
            (
                "Diversion: \"B\" <tel:+44-207>;reason=\"no-answer\";counter=2, <sip:9@h>;reason=unconditional\r\n\
                 Diversion: <sip:8@h>;counter=0\r\n",
                last("+44207", ForwardWhy::NoAnswer, 4),
            ),
            (
                "Diversion: <sip:1@h>;counter=4294967295, <sip:2@h>;reason=new\r\n",
                last("1", ForwardWhy::Redirected, u32::MAX),
            ),
            ("Diversion: nonsense\r\n", None),
            ("History-Info: <sip:5@h>;index=1\r\n", None),
            (
                "History-Info: <sip:5@h?Reason=SIP%3Bcause%3D486>;index=1, <sip:6@h;cause=486>;index=1.1\r\n\
                 History-Info: <sip:7@h;cause=302>;index=1.1.1\r\n",
                last("6", ForwardWhy::Always, 2),
            ),
        ] {
            assert_eq!(said(fields), wanted, "{fields}");
        }
    }

    #[test]
    fn what_is_written_of_forwards_is_read_as_it_was_meant() {
        let one = |number: &str, why, times| Diversion { number: Pii::from(number), why, times };
        for (why, ..) in REASONS {
            let all = [one("101", ForwardWhy::Always, 1), one("102", why, 1)];
            let diversions: String =
                all.iter().rev().map(|one| format!("Diversion: {}\r\n", diverted(one, "h"))).collect();
            assert_eq!(said(&diversions), Some(("102".into(), why, 2)));
            let entries = history(&all, "h", "sip:8@carrier");
            let lines: String = entries.iter().map(|entry| format!("History-Info: {entry}\r\n")).collect();
            assert_eq!(said(&lines), Some(("102".into(), why, 2)), "{lines}");
        }
    }
}
