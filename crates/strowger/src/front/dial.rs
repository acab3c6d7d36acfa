//! A call that begins here: who is rung for it, with whose rights the number is dialled, and as what he is shown it.

use super::FrontDesk;
use crate::admin::wire::Reply;
use crate::destination::{Target, target};
use crate::names;
use call::Dial;
use dialplan::{Arrival, Destination, Origin, Plan};
use node::Node;
use terms::{AgentId, Now, PhoneId, Pii, Wall};

impl FrontDesk {
    /// Begins it.
    pub(super) fn dial(&self, now: Now, node: &mut Node, who: (Option<&str>, Option<&str>), to: &str) -> Reply {
        let begun = dial(&self.plan, who, to, now.wall).and_then(|dial| {
            let call = node.dial(now, dial).map_err(|words| format!("not now: {words}"))?;
            Ok(format!("call {call} rings {}, and dials {to} for him then", who.0.or(who.1).unwrap_or_default()))
        });
        begun.map_or_else(Reply::Refused, Reply::Done)
    }
}

/// What is to be dialled for whom. His rights are those of his phone, the first of an agent's.
fn dial(plan: &Plan, who: (Option<&str>, Option<&str>), to: &str, wall: Wall) -> Result<Dial, String> {
    let (agent, phone) = match who {
        (Some(name), None) => agent(plan, name)?,
        (None, Some(user)) => {
            names::known("phone", user, plan.phones.iter().map(|phone| phone.user.as_str()))?;
            (None, PhoneId::of(user))
        }
        _ => return Err("for whom? Name one agent or one phone".into()),
    };
    let Target::Dialled(called) = target(plan, to)? else {
        return Err(format!("{to} is no number: write what he would dial"));
    };
    let user = plan.phone(phone).map_or("", |phone| phone.user.as_str());
    let dialled = Arrival { from: Origin::Phone(phone), caller: user, called: &called };
    let routed = plan.decide(&dialled, wall).ok_or_else(|| format!("phone:{user} cannot dial {called}: no route"))?;
    let name = name_of(plan, &routed.destination).map(|name| Pii::new(name.to_owned()));
    Ok(Dial { agent, phone, called: Pii::new(called), routed, name })
}

fn agent(plan: &Plan, name: &str) -> Result<(Option<AgentId>, PhoneId), String> {
    names::agent(plan, name)?;
    let id = AgentId::of(name);
    let phone = plan.agent(id).and_then(|agent| agent.phones().next());
    let phone =
        phone.ok_or_else(|| format!("agent:{name} has no phone whose rights a number could be dialled with"))?;
    Ok((Some(id), phone))
}

/// What the configuration calls the one who is reached there.
fn name_of<'p>(plan: &'p Plan, to: &Destination) -> Option<&'p str> {
    match to {
        Destination::Phone(phone) | Destination::Intercom(phone) => plan.phone(*phone).map(|phone| phone.user.as_str()),
        Destination::Agent(agent) => plan.agent(*agent).map(|agent| agent.name.as_str()),
        Destination::Group(group) => plan.group(*group).map(|group| group.name.as_str()),
        Destination::Queue(queue) => plan.queue(*queue).map(|queue| queue.name.as_str()),
        Destination::Trunk(..)
        | Destination::Flow(_)
        | Destination::Park(_)
        | Destination::Room(_)
        | Destination::HangUp(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let toml = "[listen]\nudp = \"10.0.0.1:5060\"\n[[trunk]]\nname = \"acme\"\npeers = [\"10.0.0.2\"]\n\
             target = \"udp:10.0.0.2:5060\"\n[[phone]]\nuser = \"desk1\"\npassword = \"x\"\n\
             [[phone]]\nuser = \"desk2\"\npassword = \"x\"\nextension = \"102\"\n\
             [[agent]]\nname = \"anna\"\ndevices = [\"trunk:acme/+447700900123\", \"phone:desk1\"]\n\
             [[agent]]\nname = \"far\"\ndevices = [\"trunk:acme/+447700900123\"]\n\
             [[route]]\nfrom = \"phone:desk1\"\nto = \"0*\"\ngo = \"trunk:acme\"\n";
        let loaded = dialplan::load(&mut dialplan::OneText(toml), "strowger.toml");
        (*loaded.unwrap_or_else(|findings| panic!("{findings:#?}")).plan).clone()
    }

    fn said(who: (Option<&str>, Option<&str>), to: &str) -> Result<Dial, String> {
        dial(&plan(), who, to, Wall::from_millis(0))
    }

    #[test]
    fn a_number_is_dialled_with_the_rights_of_the_one_for_whom_it_is() {
        let begun = said((Some("anna"), None), "0207946").expect("her phone may");
        assert_eq!((begun.agent, begun.phone), (Some(AgentId::of("anna")), PhoneId::of("desk1")));
        assert!(matches!(begun.routed.destination, Destination::Trunk(..)), "{begun:?}");
        let refused = |who, to| said(who, to).map(|_| ()).unwrap_err();
        assert_eq!(refused((None, Some("desk2")), "0207946"), "phone:desk2 cannot dial 0207946: no route");
        assert!(refused((Some("far"), None), "0207946").contains("has no phone whose rights"));
        assert!(refused((Some("anna"), None), "trunk:acme/0207946").contains("is no number"));
        assert!(refused((None, None), "1").starts_with("for whom?"));
        assert!(refused((Some("ana"), None), "1").contains("did you mean \"anna\"?"));
    }

    #[test]
    fn who_is_dialled_for_is_shown_the_name_of_whom_he_will_get() {
        let begun = said((Some("anna"), None), "102").expect("everybody may ring a phone");
        assert_eq!(begun.name.map(|name| name.reveal().clone()), Some("desk2".into()));
    }
}
