//! Where calls may be sent, as it is said while the switch runs: by the names of the configuration, or by a number.

use crate::names;
use dialplan::{Destination, Plan};
use terms::{AgentId, Cause, FlowId, GroupId, PhoneId, QueueId, RoomId, TrunkId};

/// Where a running call is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To something that the configuration names.
    Place(Destination),
    /// To whoever is reached when a phone dials this.
    Dialled(String),
}

/// `flow:closed`, `queue:sales`, `phone:alice`, `intercom:alice`, `agent:alice`, `group:sales`, `room:daily`, `trunk:acme`,
/// `trunk:acme/+442079460001`, `park`, `park:701`, `hangup`, `hangup:17`.
pub fn destination(plan: &Plan, text: &str) -> Result<Destination, String> {
    let (kind, name) = text.split_once(':').unwrap_or((text, ""));
    match kind {
        "flow" => {
            names::known("flow", name, plan.flows.iter().map(|flow| flow.name.as_str()))?;
            Ok(Destination::Flow(FlowId::of(name)))
        }
        "queue" => names::queue(plan, name).map(|()| Destination::Queue(QueueId::of(name))),
        "agent" => names::agent(plan, name).map(|()| Destination::Agent(AgentId::of(name))),
        "phone" => {
            names::known("phone", name, plan.phones.iter().map(|phone| phone.user.as_str()))?;
            Ok(Destination::Phone(PhoneId::of(name)))
        }
        "intercom" => {
            names::known("phone", name, plan.phones.iter().map(|phone| phone.user.as_str()))?;
            Ok(Destination::Intercom(PhoneId::of(name)))
        }
        "group" => {
            names::known("group", name, plan.groups.iter().map(|group| group.name.as_str()))?;
            Ok(Destination::Group(GroupId::of(name)))
        }
        "room" => {
            names::known("room", name, plan.rooms.iter().map(|room| room.name.as_str()))?;
            Ok(Destination::Room(RoomId::of(name)))
        }
        "trunk" => trunk(plan, name),
        "park" if name.is_empty() && plan.park.slots.is_some() => Ok(Destination::Park(None)),
        "park" => match name.parse() {
            Ok(slot) if plan.park.has(slot) => Ok(Destination::Park(Some(slot))),
            _ => Err(format!("{text:?}: there is no such slot")),
        },
        "hangup" if name.is_empty() => Ok(Destination::HangUp(Cause::NORMAL)),
        "hangup" => match name.parse::<u8>() {
            Ok(cause @ 1..=127) => Ok(Destination::HangUp(Cause(cause))),
            _ => Err(format!("{text:?}: a cause is a number from 1 to 127, such as hangup:17")),
        },
        _ => Err(format!("{text:?} is no destination: write flow:NAME, queue:NAME, phone:NAME or hangup")),
    }
}

fn trunk(plan: &Plan, text: &str) -> Result<Destination, String> {
    let (name, number) = text.split_once('/').map_or((text, None), |(name, number)| (name, Some(number)));
    names::known("trunk", name, plan.trunks.iter().map(|trunk| trunk.name.as_str()))?;
    match number {
        Some(number) if !is_number(number) => {
            Err(format!("{number:?} is not a number that a trunk can call; write it like trunk:{name}/+442079460001"))
        }
        number => Ok(Destination::Trunk(TrunkId::of(name), number.map(str::to_owned))),
    }
}

/// The same, for a call that runs; or a number as a phone would dial it.
pub fn target(plan: &Plan, text: &str) -> Result<Target, String> {
    if is_number(text) {
        return Ok(Target::Dialled(text.to_owned()));
    }
    if !text.contains(':') && text != "hangup" && text != "park" {
        return Err(no_kind(plan, text));
    }
    match destination(plan, text)? {
        Destination::HangUp(_) => Err("nobody is sent there: `strowger call hangup CALL` ends a call".into()),
        Destination::Trunk(_, None) => Err(format!("which number? Write it like {text}/+442079460001")),
        place => Ok(Target::Place(place)),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || b"*#".contains(&byte))
}

/// A name that does not say of what.
fn no_kind(plan: &Plan, name: &str) -> String {
    let has = [
        ("phone", plan.phones.iter().any(|phone| phone.user == name)),
        ("agent", plan.agents.iter().any(|agent| agent.name == name)),
        ("group", plan.groups.iter().any(|group| group.name == name)),
        ("room", plan.rooms.iter().any(|room| room.name == name)),
        ("queue", plan.queues.iter().any(|queue| queue.name == name)),
        ("flow", plan.flows.iter().any(|flow| flow.name == name)),
    ];
    let meant: Vec<String> = has.iter().filter(|(_, has)| *has).map(|(kind, _)| format!("{kind}:{name}")).collect();
    match meant.is_empty() {
        true => format!(
            "{name:?} does not say what it is: write phone:NAME, agent:NAME, group:NAME, queue:NAME, \
                         flow:NAME, trunk:NAME/NUMBER, or a number"
        ),
        false => format!("{name:?} does not say what it is: did you mean {}?", meant.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let toml = r#"
[listen]
udp = "10.0.0.1:5060"
[[trunk]]
name = "acme"
peers = ["10.0.0.2"]
target = "udp:10.0.0.2:5060"
[[phone]]
user = "alice"
extension = "101"
password = "x"
[[agent]]
name = "alice"
devices = ["phone:alice"]
[[queue]]
name = "support"
agents = ["alice"]
[[group]]
name = "sales"
members = ["phone:alice"]
[[route]]
from = "trunk:acme"
go = "queue:support"
"#;
        let loaded = dialplan::load(&mut dialplan::OneText(toml), "strowger.toml");
        (*loaded.unwrap_or_else(|findings| panic!("{findings:#?}")).plan).clone()
    }

    #[test]
    fn a_target_is_a_name_of_the_configuration_or_a_number() {
        let plan = plan();
        let place = |destination| Ok(Target::Place(destination));
        let number = || Some("+442079460001".to_owned());
        for (text, expected) in [
            ("phone:alice", place(Destination::Phone(PhoneId::of("alice")))),
            ("agent:alice", place(Destination::Agent(AgentId::of("alice")))),
            ("queue:support", place(Destination::Queue(QueueId::of("support")))),
            ("group:sales", place(Destination::Group(GroupId::of("sales")))),
            ("trunk:acme/+442079460001", place(Destination::Trunk(TrunkId::of("acme"), number()))),
            ("101", Ok(Target::Dialled("101".into()))),
            ("+442079460001", Ok(Target::Dialled("+442079460001".into()))),
        ] {
            assert_eq!(target(&plan, text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_nearest_one() {
        let plan = plan();
        let said = |text| target(&plan, text).unwrap_err();
        for (text, words) in [
            ("queue:suport", "no queue \"suport\" in the configuration: did you mean \"support\"?"),
            ("alice", "\"alice\" does not say what it is: did you mean phone:alice or agent:alice?"),
            ("trunk:acme", "which number? Write it like trunk:acme/+442079460001"),
            ("hangup", "nobody is sent there: `strowger call hangup CALL` ends a call"),
        ] {
            assert_eq!(said(text), words, "{text}");
        }
        assert!(said("bob").starts_with("\"bob\" does not say what it is: write phone:NAME"));
        assert!(said("trunk:acme/12a").starts_with("\"12a\" is not a number"));
        assert!(said("voicemail:5").contains("is no destination"));
    }
}
