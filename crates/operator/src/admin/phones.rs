//! Each phone with its device, where it is registered, and what keeps it out.

use crate::style::harmless;
use dialplan::Plan;
use serde::{Deserialize, Serialize};
use sip::PhoneSeen;
use std::collections::BTreeMap;
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
    /// What becomes of calls to it, where it does not simply ring, such as `dnd` or `busy -> 102`.
    pub calls: Vec<String>,
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
        for phone in agent.phones() {
            agents.entry(phone).or_default().push(agent.name.clone());
        }
    }
    seen.iter().map(|seen| line(plan, seen, agents.remove(&seen.phone).unwrap_or_default(), now)).collect()
}

fn line(plan: &Plan, seen: &PhoneSeen, agents: Vec<String>, now: Wall) -> PhoneLine {
    let fixed = seen.fixed.map(|(transport, address)| ContactLine {
        address: address.to_string(),
        transport: transport.name().into(),
        reachable: true,
        ..ContactLine::default()
    });
    let registered = seen.contacts.iter().map(|contact| ContactLine {
        device: Some(harmless(&contact.device)).filter(|device| !device.is_empty()),
        address: contact.remote.to_string(),
        transport: contact.transport.name().into(),
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
        calls: phone.map(|phone| calls(&phone.incoming)).unwrap_or_default(),
        hint: (seen.unanswered > 0).then(|| hint(plan, seen.phone, seen.unanswered)),
    }
}

/// What becomes of calls to a phone, where it does not simply ring.
fn calls(incoming: &dialplan::Incoming) -> Vec<String> {
    let forward = &incoming.forward;
    let after = format!("no answer in {} s", forward.after.as_secs());
    let to = [
        ("always", &forward.always),
        ("busy", &forward.busy),
        (after.as_str(), &forward.no_answer),
        ("unreachable", &forward.unreachable),
    ];
    let words = [("dnd", incoming.dnd), ("no call waiting", !incoming.call_waiting)];
    let words = words.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word.to_owned());
    words.chain(to.into_iter().filter_map(|(why, to)| Some(format!("{why} -> {}", to.as_ref()?)))).collect()
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
    fn a_long_list_of_names_is_cut_and_says_so() {
        let names = ["a".to_owned(), "b".to_owned()];
        assert_eq!(some(&names, 2), "a, b");
        assert_eq!(some(&names, 14), "a, b and 12 more");
    }
}
