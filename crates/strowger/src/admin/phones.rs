//! `strowger phones`: each phone with its device, where it is registered, and what keeps it out.

use super::{Reply, Request, client, table};
use crate::reload::overlay::known;
use crate::style::{self, Tone, harmless};
use anyhow::bail;
use dialplan::Plan;
use serde::{Deserialize, Serialize};
use sip::{PhoneSeen, Transport};
use std::collections::BTreeMap;
use std::path::Path;
use terms::{PhoneId, Wall};

/// Names that a status shows of those who are missing, and hints that it gives; the rest is counted.
pub const SHOWN: usize = 8;

/// One phone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhoneLine {
    /// Its name in the configuration.
    pub user: String,
    /// What others dial.
    pub extension: Option<String>,
    /// The agents who are rung there.
    pub agents: Vec<String>,
    /// `registered`, `fixed` (it stands at an address and does not register), `unreachable` (registered over a connection
    /// that is gone), `missing`.
    pub state: String,
    /// Where it is registered, each contact by itself.
    pub contacts: Vec<ContactLine>,
    /// The last registration that did not work out.
    pub failure: Option<FailureLine>,
    /// How often it was challenged in a row and never answered; 0 while that means nothing.
    pub unanswered: u32,
    /// What to do about it.
    pub hint: Option<String>,
}

/// One registration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactLine {
    /// What the device calls itself; absent until it is heard of, as after a restart.
    pub device: Option<String>,
    /// Where calls to it go.
    pub address: String,
    /// udp, tcp.
    pub transport: String,
    /// For how long it has been registered; absent for one that does not register.
    pub since_ms: Option<u64>,
    /// When that ends unless it registers again.
    pub expires_ms: Option<u64>,
    /// Whether it can be rung: the connection over which it registered may be gone.
    pub reachable: bool,
}

/// A registration that did not work out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FailureLine {
    /// How long ago.
    pub ago_ms: u64,
    /// From where.
    pub address: String,
    /// The answer.
    pub status: u16,
    /// Why.
    pub why: String,
    /// How many in a row for this reason; 0 when one has worked since.
    pub times: u32,
}

/// Every phone of the plan, in the operator's order.
pub fn lines(plan: &Plan, seen: &[PhoneSeen], now: Wall) -> Vec<PhoneLine> {
    let mut agents: BTreeMap<PhoneId, Vec<String>> = BTreeMap::new();
    for agent in &plan.agents {
        for device in &agent.devices {
            agents.entry(*device).or_default().push(agent.name.clone());
        }
    }
    seen.iter().map(|seen| line(plan, seen, agents.remove(&seen.phone).unwrap_or_default(), now)).collect()
}

fn line(plan: &Plan, seen: &PhoneSeen, agents: Vec<String>, now: Wall) -> PhoneLine {
    let fixed = seen.fixed.map(|(transport, address)| ContactLine {
        address: address.to_string(),
        transport: word(transport).into(),
        reachable: true,
        ..ContactLine::default()
    });
    let registered = seen.contacts.iter().map(|contact| ContactLine {
        device: Some(harmless(&contact.device)).filter(|device| !device.is_empty()),
        address: contact.remote.to_string(),
        transport: word(contact.transport).into(),
        since_ms: Some(now.ms_since(contact.since)),
        expires_ms: Some(contact.expires.ms_since(now)),
        reachable: contact.usable,
    });
    let contacts: Vec<ContactLine> = registered.chain(fixed).collect();
    let state = match (seen.contacts.is_empty(), contacts.iter().any(|contact| contact.reachable)) {
        (true, true) => "fixed",
        (false, true) => "registered",
        (false, false) => "unreachable",
        (true, false) => "missing",
    };
    let failure = seen.failure.map(|failure| FailureLine {
        ago_ms: now.ms_since(failure.at),
        address: failure.remote.to_string(),
        status: failure.status,
        why: failure.why.into(),
        times: failure.times,
    });
    let phone = plan.phone(seen.phone);
    PhoneLine {
        user: seen.user.clone(),
        extension: phone.and_then(|phone| phone.extension.clone()),
        agents,
        state: state.into(),
        contacts,
        failure,
        unanswered: seen.unanswered,
        hint: (seen.unanswered > 0).then(|| hint(plan, seen.phone, seen.unanswered)),
    }
}

/// What to do about a phone that asks again and again and never answers.
pub fn hint(plan: &Plan, phone: PhoneId, times: u32) -> String {
    let own = plan.phone(phone).and_then(|phone| phone.digest.as_ref());
    let digests = own.unwrap_or(&plan.listen.digest);
    let asked = format!("asked {times} times and never answered the challenge");
    match digests.as_slice() {
        [dialplan::Digest::Md5] => format!("{asked}: has it user and password?"),
        _ => format!("{asked}: `digest = \"MD5\"` in its [[phone]], or it has no password"),
    }
}

fn word(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "udp",
        Transport::Tcp => "tcp",
    }
}

/// Asks for the phones and prints them, all or some.
pub fn phones(socket: &Path, users: &[String], json: bool) -> anyhow::Result<()> {
    let mut phones = match client::request(socket, &Request::Phones(()))? {
        Reply::Phones(phones) => phones,
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    };
    for unknown in users.iter().filter(|user| !phones.iter().any(|phone| is_named(phone, user))) {
        known("phone", unknown, phones.iter().map(|phone| phone.user.as_str())).map_err(anyhow::Error::msg)?;
    }
    phones.retain(|phone| users.is_empty() || users.iter().any(|user| is_named(phone, user)));
    match json {
        true => crate::cli::say(&format!("{}\n", serde_json::to_string_pretty(&phones)?)),
        false => crate::cli::say(&picture(&phones, style::colours())),
    }
}

fn is_named(phone: &PhoneLine, name: &str) -> bool {
    phone.user == name || phone.extension.as_deref() == Some(name)
}

/// The phones as a person reads them.
fn picture(phones: &[PhoneLine], colours: bool) -> String {
    if phones.is_empty() {
        return "no phone is configured\n".into();
    }
    let heads = [
        ("phone", false),
        ("ext", false),
        ("agents", false),
        ("state", false),
        ("device", false),
        ("address", false),
        ("for", true),
        ("expires in", true),
        ("", false),
    ];
    let rows: Vec<Vec<String>> = phones.iter().flat_map(|phone| rows(phone, colours)).collect();
    table::columns(&heads, &rows)
}

fn rows(phone: &PhoneLine, colours: bool) -> Vec<Vec<String>> {
    let tone = match phone.state.as_str() {
        "registered" | "fixed" => Tone::Good,
        "unreachable" => Tone::Warn,
        _ => Tone::Bad,
    };
    let dash = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| "-".into());
    let first = |contact: Option<&ContactLine>| {
        vec![
            phone.user.clone(),
            dash(phone.extension.clone()),
            dash(Some(phone.agents.join(" "))),
            style::paint(&phone.state, tone, colours),
            dash(contact.and_then(|contact| contact.device.clone())),
            dash(contact.map(|contact| format!("{} {}", contact.transport, contact.address))),
            dash(contact.and_then(|contact| contact.since_ms).map(table::clock)),
            dash(contact.and_then(|contact| contact.expires_ms).map(table::clock)),
            remark(phone),
        ]
    };
    let mut rows = vec![first(phone.contacts.first())];
    for contact in phone.contacts.iter().skip(1) {
        let mut row = first(Some(contact));
        for place in [0, 1, 2, 3, 8] {
            row[place].clear();
        }
        rows.push(row);
    }
    rows
}

/// What is wrong, or was.
fn remark(phone: &PhoneLine) -> String {
    let failed = phone.failure.as_ref().map(|failure| {
        let FailureLine { ago_ms, address, status, why, times } = failure;
        let times = if *times > 1 { format!(", {times} times in a row") } else { String::new() };
        format!("{status} {why}, {} ago, from {address}{times}", table::clock(*ago_ms))
    });
    phone.hint.iter().cloned().chain(failed).collect::<Vec<_>>().join("; ")
}

/// Some names, and how many more there are.
pub fn some(names: &[String], all: usize) -> String {
    let more = all.saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_shown_with_its_device_and_one_that_is_missing_with_what_keeps_it_out() {
        let contact = ContactLine {
            device: Some("Desk 1.2".into()),
            address: "192.0.2.7:5060".into(),
            transport: "udp".into(),
            since_ms: Some(61_000),
            expires_ms: Some(540_000),
            reachable: true,
        };
        let alice = PhoneLine {
            user: "alice".into(),
            extension: Some("101".into()),
            agents: vec!["alice".into()],
            state: "registered".into(),
            contacts: vec![contact.clone(), ContactLine { device: None, transport: "tcp".into(), ..contact }],
            ..PhoneLine::default()
        };
        let failure = FailureLine {
            ago_ms: 5_000,
            address: "192.0.2.9:5060".into(),
            status: 403,
            why: "wrong credentials".into(),
            times: 3,
        };
        let bob = PhoneLine {
            user: "bob".into(),
            state: "missing".into(),
            failure: Some(failure),
            hint: Some("asked 3 times and never answered the challenge: has it user and password?".into()),
            ..PhoneLine::default()
        };
        let expected = "\
phone  ext  agents  state       device    address               for  expires in
alice  101  alice   registered  Desk 1.2  udp 192.0.2.7:5060  01:01       09:00
                                -         tcp 192.0.2.7:5060  01:01       09:00
bob    -    -       missing     -         -                       -           -  asked 3 times and never answered the challenge: has it user and password?; 403 wrong credentials, 00:05 ago, from 192.0.2.9:5060, 3 times in a row
";
        let phones = [alice, bob];
        assert_eq!(picture(&phones, false), expected);
        let coloured = picture(&phones, true);
        assert!(coloured.contains("\x1b[32mregistered\x1b[0m  Desk 1.2"), "aligned all the same: {coloured:?}");
    }

    #[test]
    fn a_long_list_of_names_is_cut_and_says_so() {
        let names = ["a".to_owned(), "b".to_owned()];
        assert_eq!(some(&names, 2), "a, b");
        assert_eq!(some(&names, 14), "a, b and 12 more");
    }
}
