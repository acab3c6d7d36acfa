//! What the front desk lets see.

use super::calls::running;
use super::{FrontDesk, Sources};
use crate::admin::call::CallView;
use crate::admin::phones;
use crate::admin::status::{PhonesLine, Status};
use crate::admin::wire::Reply;
use crate::trace::Trace;
use console::switch::Snapshot;
use control::View;
use ledger::Health;
use node::Node;
use terms::{CallRef, Now};

/// What the shell of the signalling thread knows and no core does.
pub struct Shell<'a> {
    /// How the account's writer is.
    pub ledger: Health,
    /// What the shell itself had to refuse or lose, by name.
    pub counters: &'a [(&'static str, u64)],
    /// The messages that are kept.
    pub trace: &'a Trace,
}

impl FrontDesk {
    /// Looks, and says what is seen.
    pub(super) fn look(&self, now: Now, view: &View, node: &Node, shell: &Shell<'_>) -> Reply {
        match view {
            View::Status(()) => Reply::Status(Box::new(self.status(now, node, shell))),
            View::Phones(()) => Reply::Phones(phones::lines(&self.plan, &node.sip().phones(), now.wall)),
            View::Bans(()) => Reply::Bans(self.bans(now, node)),
            View::Contacts(()) => self.contacts(node),
            View::Overlay(()) => Reply::Refused("this is for the office".into()),
            View::Rooms { name } => self.show_rooms(now, name.as_deref(), node),
            View::Why { contact } => self.why(now, node, *contact),
            View::Call { call } => self.show_call(now, *call, node),
            View::Trace(_) => Reply::Trace(Box::new(shell.trace.seen())),
            View::Events(()) => Reply::Refused("what happens is followed, not looked at".into()),
        }
    }

    /// How everything stands, for the console's mirror; it follows what happens from there on.
    pub fn mirrored(&self, now: Now, node: &Node) -> Snapshot {
        Snapshot {
            as_of: node.last(),
            at: now,
            plan: self.plan.clone(),
            acd: node.acd().inspect_at(now.mono),
            calls: node.board().inspect(now).calls,
            figures: self.figures.clone(),
            closed: self.overlaid.closed.clone(),
        }
    }

    fn show_call(&self, now: Now, call: CallRef, node: &Node) -> Reply {
        match (node.board().sheet(now, call), running(now, node, call)) {
            (Some(sheet), _) => Reply::Call(Box::new(CallView::of(&self.plan, &sheet))),
            (None, Err(words)) => Reply::Refused(words),
            (None, Ok(())) => Reply::Refused(format!("call {call} cannot be seen")),
        }
    }

    /// Names of phones that cannot be rung, and what keeps them out.
    fn look_at_phones(&self, node: &Node, line: &mut PhonesLine) {
        if line.reachable < line.configured {
            let missing = self.plan.phones.iter().filter(|phone| !node.sip().is_reachable(phone.id));
            line.missing = missing.map(|phone| phone.user.clone()).take(phones::SHOWN).collect();
        }
        let asked = node.sip().asked_in_vain();
        let hints = asked.iter().filter_map(|(id, times)| {
            Some(format!("{} {}", self.plan.phone(*id)?.user, phones::hint(&self.plan, *id, *times)))
        });
        line.hints = hints.take(phones::SHOWN).collect();
    }

    fn status(&self, now: Now, node: &Node, shell: &Shell<'_>) -> Status {
        let mut calls = node.board().inspect(now);
        let mut sip = node.sip().inspect();
        for (reason, count) in std::mem::take(&mut sip.refusals) {
            *calls.refusals.entry(reason).or_insert(0) += count;
        }
        let acd = node.acd().inspect_at(now.mono);
        let requirements = ("requirements at the limit", acd.counters.requirements_refused);
        for (what, count) in shell.counters.iter().chain([&requirements]).filter(|(_, count)| *count > 0) {
            calls.refusals.insert((*what).to_owned(), *count);
        }
        let mut status = super::status(&Sources {
            plan: &self.plan,
            calls: &calls,
            acd: &acd,
            sip,
            figures: &self.figures,
            tally: &self.tally,
            surroundings: &self.surroundings,
            listens: &self.listens,
            reloads: self.reloads.clone(),
            overlaid: &self.overlaid,
            former: &self.former,
            ledger: shell.ledger.clone(),
            streams: calls.streams,
            now,
            as_of: node.last(),
            up: now.mono.since(self.started),
            incarnation: self.incarnation,
        });
        self.look_at_phones(node, &mut status.phones);
        status
    }
}
