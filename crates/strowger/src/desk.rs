//! The operator's desk on the signalling thread: answers what comes over the control socket.

use crate::admin::figures::Figures;
use crate::admin::status::{PhonesLine, ReloadLine, Status};
use crate::admin::surroundings::Surroundings;
use crate::admin::tally::Tally;
use crate::admin::view::Sources;
use crate::admin::{AdminRequest, NO_REASON, Reply, Request, bans, phones};
use crate::log_lines;
use crate::reload::overlay::known;
use crate::reload::{Swap, View};
use crate::style::harmless;
use crate::threads::Listens;
use call::Admin;
use call::cdr::Entry;
use dialplan::Plan;
use ledger::Health;
use ledger::live::Live;
use node::{Input, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, Incarnation, Mono, Now, QueueId, TrunkId};

/// A drain without a deadline waits this long.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3_600);

/// What is no longer in the plan, and may still be in use by calls that began before.
#[derive(Debug, Default)]
pub struct Former {
    /// Queues, with their names.
    pub queues: BTreeMap<QueueId, String>,
    /// Carriers.
    pub trunks: BTreeMap<TrunkId, dialplan::Trunk>,
}

impl Former {
    /// What a new plan leaves out.
    fn take(&mut self, before: &Plan, plan: &Plan) {
        self.queues.extend(before.queues.iter().map(|queue| (queue.id, queue.name.clone())));
        self.queues.retain(|id, _| plan.queue(*id).is_none());
        self.trunks.extend(before.trunks.iter().map(|trunk| (trunk.id, trunk.clone())));
        self.trunks.retain(|id, _| plan.trunk(*id).is_none());
    }

    /// Forgets what nothing uses any more.
    fn forget(&mut self, now: Now, node: &Node) {
        let queues: BTreeSet<QueueId> = node.acd().inspect().queues.iter().map(|queue| queue.queue).collect();
        self.queues.retain(|queue, _| queues.contains(queue));
        let carry = node.board().inspect(now).trunks;
        self.trunks.retain(|trunk, _| carry.contains_key(trunk));
    }
}

/// The desk.
pub struct Desk {
    plan: Arc<Plan>,
    started: Mono,
    incarnation: Incarnation,
    figures: Figures,
    tally: Tally,
    surroundings: Surroundings,
    listens: Listens,
    reloads: ReloadLine,
    view: View,
    former: Former,
    /// Trunks whose last registration went well.
    registered: BTreeSet<TrunkId>,
}

impl Desk {
    /// A desk for a switch that has just started.
    pub fn new(
        plan: &Arc<Plan>,
        started: Mono,
        incarnation: Incarnation,
        surroundings: Surroundings,
        listens: Listens,
        view: View,
    ) -> Desk {
        Desk {
            plan: plan.clone(),
            started,
            incarnation,
            figures: Figures::new(plan),
            tally: Tally::default(),
            surroundings,
            listens,
            reloads: ReloadLine::default(),
            view,
            former: Former::default(),
            registered: BTreeSet::new(),
        }
    }

    /// A reload was taken or refused, or a change was made at run time: all of it is in force when this returns.
    pub fn swap(&mut self, now: Now, swap: Swap, node: &mut Node) {
        let Swap { change, view, reload, done } = swap;
        self.view = view;
        if let Some((taken, at)) = reload {
            *(if taken { &mut self.reloads.taken } else { &mut self.reloads.refused }) += 1;
            self.reloads.last_at = Some(at.as_millis());
            self.reloads.last_taken = Some(taken);
        }
        if let Some(change) = change {
            self.take_plan(change.plan.clone());
            node.handle_input(now, Input::Plan(Box::new(change)));
            self.former.forget(now, node);
        }
        let _nobody_waits = done.send(());
    }

    fn take_plan(&mut self, plan: Arc<Plan>) {
        let before = std::mem::replace(&mut self.plan, plan);
        self.figures.take_plan(&self.plan);
        self.former.take(&before, &self.plan);
    }

    /// A carrier that is watched began to answer, or ceased to.
    pub fn trunk_reachable(&self, trunk: TrunkId, reachable: bool) {
        let trunk = self.plan.trunk(trunk).map_or("", |trunk| trunk.name.as_str());
        match reachable {
            true => tracing::info!(trunk, "the carrier answers OPTIONS"),
            false => tracing::warn!(trunk, "the carrier does not answer OPTIONS: calls to it fail at once"),
        }
    }

    /// A trunk registered, again or for the first time, or failed to.
    pub fn registered(&mut self, id: TrunkId, status: u16) {
        let trunk = self.plan.trunk(id).map_or("", |trunk| trunk.name.as_str());
        let good = (200..300).contains(&status);
        if good && self.registered.insert(id) {
            tracing::info!(trunk, "registered with the carrier");
        } else if !good {
            self.registered.remove(&id);
            tracing::warn!(trunk, status, "the carrier did not register us");
        }
    }

    /// Something goes into the account.
    pub fn observe(&mut self, entry: &Entry) {
        self.tally.count(entry);
        log_lines::entry(&self.plan, entry);
        if let Entry::Event(event) = entry {
            self.figures.take(event);
        }
    }

    /// The account was read: what happened today before this start.
    pub fn past(&mut self, past: Live) {
        self.figures.past(past);
    }

    /// The signalling core noted something for the operator.
    pub fn noted(&self, noted: &sip::Noted) {
        log_lines::noted(&self.plan, noted);
    }

    /// Forgets wrong passwords.
    fn lift(&self, now: Now, node: &mut Node, source: &str) -> Reply {
        let origin = match bans::source(source) {
            Ok(origin) => origin,
            Err(words) => return Reply::Refused(words),
        };
        let hit = |ban: &&sip::Ban| origin.is_none_or(|origin| ban.origin == origin);
        let lifted = node.sip().bans().iter().filter(hit).count();
        node.handle_input(now, Input::Sip(sip::Input::Lift(origin)));
        tracing::info!(source = %harmless(source), lifted, "bans lifted");
        Reply::Done(match lifted {
            0 => format!("nobody waited at {source}"),
            _ => format!("{lifted} may try again at once"),
        })
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

    /// Does what is asked and answers.
    pub fn answer(&self, now: Now, request: AdminRequest, node: &mut Node, ledger: Health, shell: &[(&str, u64)]) {
        let reply = match request.what {
            Request::Status(()) => Reply::Status(Box::new(self.status(now, node, ledger, shell))),
            Request::Agent { name, status, reason } => self.agent(now, node, &name, status.status(reason)),
            Request::Drain { cancel: true, .. } => {
                node.handle_input(now, Input::Admin(Admin::Drain { deadline: None }));
                tracing::info!("told to drain no longer: new calls are taken again");
                Reply::Done("new calls are taken again".into())
            }
            Request::Drain { deadline_ms, cancel: false } => {
                let deadline = deadline_ms.map_or(FOR_EVER, Duration::from_millis);
                tracing::info!(calls = node.board().running(), deadline_ms, "told to drain: new calls are refused");
                node.handle_input(now, Input::Admin(Admin::Drain { deadline: Some(deadline) }));
                Reply::Done("new calls are refused, the running ones may end".into())
            }
            Request::Phones(()) => Reply::Phones(phones::lines(&self.plan, &node.sip().phones(), now.wall)),
            Request::Bans(()) => Reply::Bans(bans::lines(&node.sip().bans(), now.wall)),
            Request::Lift { source } => self.lift(now, node, &source),
            Request::Reload(())
            | Request::Overlay(())
            | Request::Change(_)
            | Request::Changes(_)
            | Request::OverlayDrop { .. }
            | Request::QueueOpen { .. } => Reply::Refused("this is for the office".into()),
        };
        let _asker_hung_up = request.reply.send(reply);
    }

    fn agent(&self, now: Now, node: &mut Node, name: &str, status: acd::Status) -> Reply {
        if let Err(words) = known("agent", name, self.plan.agents.iter().map(|agent| agent.name.as_str())) {
            return Reply::Refused(words);
        }
        let id = AgentId::of(name);
        node.handle_input(now, Input::Admin(Admin::SetStatus { agent: id, status: status.clone() }));
        let seen = node.acd().inspect_at(now.mono).agents.into_iter().find(|line| line.agent == id);
        Reply::Done(became(name, &status, seen.as_ref()))
    }

    fn status(&self, now: Now, node: &Node, ledger: Health, shell: &[(&str, u64)]) -> Status {
        let mut calls = node.board().inspect(now);
        let mut sip = node.sip().inspect();
        for (reason, count) in std::mem::take(&mut sip.refusals) {
            *calls.refusals.entry(reason).or_insert(0) += count;
        }
        let acd = node.acd().inspect_at(now.mono);
        let requirements = ("requirements at the limit", acd.counters.requirements_refused);
        for (what, count) in shell.iter().chain([&requirements]).filter(|(_, count)| *count > 0) {
            calls.refusals.insert((*what).to_owned(), *count);
        }
        let mut status = Status::of(&Sources {
            plan: &self.plan,
            calls: &calls,
            acd: &acd,
            sip,
            figures: &self.figures,
            tally: &self.tally,
            surroundings: &self.surroundings,
            listens: &self.listens,
            reloads: self.reloads.clone(),
            view: &self.view,
            former: &self.former,
            ledger,
            streams: calls.streams,
            now,
            up: now.mono.since(self.started),
            incarnation: self.incarnation,
        });
        self.look_at_phones(node, &mut status.phones);
        status
    }
}

/// What became of a wish about an agent: in force, or when it will be.
fn became(name: &str, wished: &acd::Status, seen: Option<&acd::AgentLine>) -> String {
    let words = match wished {
        acd::Status::Ready => "ready".to_owned(),
        acd::Status::NotReady(reason) if reason == NO_REASON => "paused".to_owned(),
        acd::Status::NotReady(reason) => format!("paused ({reason})"),
        acd::Status::LoggedOut => "logged out".to_owned(),
    };
    let Some(seen) = seen else { return format!("{name}: {words}") };
    if seen.status != *wished {
        let until = match seen.work {
            acd::Work::Reserved(_) => "the phone no longer rings",
            acd::Work::Talking(_) | acd::Work::WrapUp | acd::Work::Idle => "the present call ends",
        };
        return format!("{name}: {words} as soon as {until}");
    }
    match (wished, seen.work) {
        (acd::Status::Ready, _) if !seen.reachable => format!("{name}: {words}, but no phone is registered to ring"),
        (acd::Status::Ready, acd::Work::WrapUp) => format!("{name}: {words}, in after-call work at present"),
        _ => format!("{name}: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use acd::{Status as Wish, Work};

    #[test]
    fn a_change_of_status_says_whether_it_is_in_force_and_else_when() {
        let mut seen = acd::AgentLine {
            agent: AgentId::of("alice"),
            status: Wish::Ready,
            pending: None,
            work: Work::Idle,
            has: 0,
            since: Mono::ZERO,
            reachable: true,
            engaged: false,
            idle_ms: 0,
            misses: 0,
            resting_until: None,
            wrap_up_until: None,
            leaving: false,
        };
        let lunch = Wish::NotReady("lunch".into());
        assert_eq!(became("alice", &Wish::Ready, Some(&seen)), "alice: ready");
        seen.work = Work::WrapUp;
        assert_eq!(became("alice", &Wish::Ready, Some(&seen)), "alice: ready, in after-call work at present");
        seen.reachable = false;
        assert_eq!(became("alice", &Wish::Ready, Some(&seen)), "alice: ready, but no phone is registered to ring");
        seen.work = Work::Talking(terms::ContactId(1));
        assert_eq!(became("alice", &lunch, Some(&seen)), "alice: paused (lunch) as soon as the present call ends");
        seen.work = Work::Reserved(terms::OfferId(1));
        assert_eq!(
            became("alice", &Wish::LoggedOut, Some(&seen)),
            "alice: logged out as soon as the phone no longer rings"
        );
    }
}
