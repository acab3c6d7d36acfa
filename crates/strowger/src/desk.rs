//! The operator's desk on the signalling thread: answers what comes over the control socket.

use crate::admin::status::{PhonesLine, ReloadLine, Status};
use crate::admin::surroundings::Surroundings;
use crate::admin::tally::Tally;
use crate::admin::view::Sources;
use crate::admin::{AdminRequest, Reply, Request, bans, phones};
use crate::log_lines;
use crate::reload::overlay::known;
use crate::reload::{Swap, View};
use crate::style::harmless;
use crate::threads::Listens;
use call::Admin;
use call::cdr::Entry;
use dialplan::Plan;
use ledger::Health;
use ledger::report::Meter;
use node::{Input, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, Mono, Now, QueueId, TrunkId};

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
    incarnation: u32,
    meters: BTreeMap<QueueId, Meter>,
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
        incarnation: u32,
        surroundings: Surroundings,
        listens: Listens,
        view: View,
    ) -> Desk {
        let meters = plan.queues.iter().map(|queue| (queue.id, Meter::new(queue.service_level))).collect();
        Desk {
            plan: plan.clone(),
            started,
            incarnation,
            meters,
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
        let mut counted = std::mem::take(&mut self.meters);
        for queue in &self.plan.queues {
            let fresh = Meter::new(queue.service_level);
            // With another threshold the count begins anew: old and new answers cannot be added.
            let same = before.queue(queue.id).is_some_and(|old| old.service_level == queue.service_level);
            let meter = counted.remove(&queue.id).filter(|_| same).unwrap_or(fresh);
            self.meters.insert(queue.id, meter);
        }
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
        let Entry::Event(event) = entry else { return };
        if let Some(meter) = event.queue.and_then(|queue| self.meters.get_mut(&queue)) {
            meter.count(&event.what);
        }
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
        let words = match &status {
            acd::Status::Ready => "ready".to_owned(),
            acd::Status::NotReady(reason) => format!("not ready ({reason})"),
            acd::Status::LoggedOut => "logged out".to_owned(),
        };
        node.handle_input(now, Input::Admin(Admin::SetStatus { agent: AgentId::of(name), status }));
        Reply::Done(format!("{name}: {words}, or as soon as the present call ends"))
    }

    fn status(&self, now: Now, node: &Node, ledger: Health, shell: &[(&str, u64)]) -> Status {
        let mut calls = node.board().inspect(now);
        let mut sip = node.sip().inspect();
        for (reason, count) in std::mem::take(&mut sip.refusals) {
            *calls.refusals.entry(reason).or_insert(0) += count;
        }
        let acd = node.acd().inspect();
        let requirements = ("requirements at the limit", acd.counters.requirements_refused);
        for (what, count) in shell.iter().chain([&requirements]).filter(|(_, count)| *count > 0) {
            calls.refusals.insert((*what).to_owned(), *count);
        }
        let mut status = Status::of(&Sources {
            plan: &self.plan,
            calls: &calls,
            acd: &acd,
            sip,
            meters: &self.meters,
            tally: &self.tally,
            surroundings: &self.surroundings,
            listens: &self.listens,
            reloads: self.reloads.clone(),
            view: &self.view,
            former: &self.former,
            ledger,
            streams: calls.streams,
            now: now.mono,
            up: now.mono.since(self.started),
            incarnation: self.incarnation,
        });
        self.look_at_phones(node, &mut status.phones);
        status
    }
}
