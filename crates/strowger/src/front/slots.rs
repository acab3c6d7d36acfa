//! What is wanted of the slots in which calls are parked: that somebody is put into one, and fetched from it.

use super::FrontDesk;
use super::calls::{beside, customer, obeyed, routed};
use crate::admin::wire::Reply;
use call::Verb;
use node::Node;
use terms::{CallRef, Now, Slot};

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
}
