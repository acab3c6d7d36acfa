//! What is wanted of the slots in which calls are parked: that somebody is put into one, and fetched from it; and that a phone
//! takes what rings elsewhere.

use super::FrontDesk;
use super::calls::{beside, customer, obeyed, routed};
use crate::admin::wire::Reply;
use crate::destination::destination;
use call::Verb;
use dialplan::{Destination, Plan};
use node::Node;
use terms::{CallRef, Now, PhoneId, Slot};

impl FrontDesk {
    /// Parks a party.
    pub(super) fn park(
        &self,
        now: Now,
        node: &mut Node,
        call: CallRef,
        who: Option<&str>,
        wanted: Option<Slot>,
    ) -> Reply {
        let done = self.sheet(now, node, call).and_then(|sheet| {
            let one = customer(&self.plan, &sheet, who)?;
            let slot = node.board().free_slot(wanted).ok_or_else(|| self.taken(node, wanted))?;
            obeyed(now, node, call, Verb::Park { party: one.leg, slot, by: beside(&sheet, one) })?;
            Ok(format!("{} of call {call} is parked in {slot}", one.leg))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Why that slot is not to be had.
    fn taken(&self, node: &Node, wanted: Option<Slot>) -> String {
        let slots = self.plan.park.slots.as_ref().map(|slots| format!("{}-{}", slots.start(), slots.end()));
        match (wanted, slots) {
            (_, None) => "nothing can be parked: the configuration has no [park]".into(),
            (None, Some(slots)) => format!("no slot of {slots} is free"),
            (Some(slot), Some(slots)) => match node.board().parked_in(slot) {
                Some(call) => format!("call {call} is parked in {slot}"),
                None => format!("there is no slot {slot}: they are {slots}"),
            },
        }
    }

    /// Has somebody rung to fetch who is parked.
    pub(super) fn retrieve(&self, now: Now, node: &mut Node, slot: Slot, at: &str) -> Reply {
        let done = node.board().parked_in(slot).ok_or_else(|| format!("nobody is parked in {slot}")).and_then(|call| {
            let (to, by) = routed(&self.plan, None, at, now.wall)?;
            obeyed(now, node, call, Verb::Retrieve { to, by })?;
            Ok(format!("{at} is rung for call {call}, parked in {slot}"))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Has a phone rung to take what rings elsewhere.
    pub(super) fn pick_up(&self, now: Now, node: &mut Node, at: &str, from: &str) -> Reply {
        let done = phones(&self.plan, from).and_then(|from_phones| {
            let Destination::Phone(phone) = destination(&self.plan, at)? else {
                return Err(format!("{at} is no phone: write phone:NAME"));
            };
            let (call, leg) =
                node.board().ringing_at(&from_phones).ok_or_else(|| format!("nothing rings at {from}"))?;
            obeyed(now, node, call, Verb::PickUp { leg, at: phone })?;
            Ok(format!("call {call}, which rings at {from}, rings at {at}, too"))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }
}

/// The phones of `phone:NAME`, `agent:NAME` or `group:NAME`.
pub(super) fn phones(plan: &Plan, text: &str) -> Result<Vec<PhoneId>, String> {
    match destination(plan, text)? {
        Destination::Phone(phone) => Ok(vec![phone]),
        Destination::Agent(agent) => Ok(plan.agent(agent).into_iter().flat_map(|agent| agent.phones()).collect()),
        Destination::Group(group) => Ok(plan.group(group).into_iter().flat_map(|group| group.phones(plan)).collect()),
        _ => Err(format!("nothing rings at {text}: write phone:NAME, agent:NAME or group:NAME")),
    }
}
