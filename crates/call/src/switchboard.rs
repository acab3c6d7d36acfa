//! The hub: owns every running call, routes events to them, and answers for agents, drain and plans.

use crate::admission::{self, Refusal};
use crate::call::{Call, Signal};
use crate::cdr::{Entry, Recording};
use crate::desk::{Desk, Ids, Office};
use crate::leg::Leg;
use crate::sheet::{CallSheet, involved, line, sheet};
use crate::succession::Succession;
use crate::usage;
use crate::{Input, Involved, Output, Snapshot};
use dialplan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use terms::{CallRef, CaptureId, Cause, Incarnation, LegId, Mono, Now, StreamId, limits};

/// What the switchboard is told once, at the start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which start of which node it is; the ledger counts.
    pub incarnation: Incarnation,
    /// Media workers; calls are dealt to them in turn.
    pub workers: u16,
    /// Calls that may run at once.
    pub calls_max: usize,
}

/// Every running call.
pub struct Switchboard {
    settings: Settings,
    plan: Arc<Plan>,
    succession: Succession,
    // Boxed: a tree moves its entries.
    calls: BTreeMap<CallRef, Box<Call>>,
    /// Ended calls whose record the ledger has not acknowledged.
    unwritten: BTreeSet<CallRef>,
    ledger_full: bool,
    memory_full: bool,
    /// The ledger has no ids left for events of more calls.
    events_spent: bool,
    /// What every call finds on its desk.
    office: Office,
    calls_total: u64,
    draining: Option<Drain>,
}

struct Drain {
    deadline: Mono,
    /// The deadline has come, and what still ran was released.
    released: bool,
    told: bool,
}

impl Switchboard {
    /// An empty switchboard. Give it a plan with `Input::Plan` before the first call.
    pub fn new(settings: Settings) -> Switchboard {
        let ids = Ids::new(settings.incarnation);
        Switchboard {
            settings,
            plan: Arc::new(Plan::default()),
            succession: Succession::default(),
            calls: BTreeMap::new(),
            unwritten: BTreeSet::new(),
            ledger_full: false,
            memory_full: false,
            events_spent: false,
            office: Office::new(ids),
            calls_total: 0,
            draining: None,
        }
    }

    /// Takes one input; then drain `poll_output`.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Sip(event) => self.handle_sip(now, event),
            Input::Media { worker, event } => self.handle_media(now, worker, event),
            Input::Acd(event) => self.handle_acd(now, event),
            Input::Plan { plan, devices } => self.take_plan(now, plan, &devices),
            Input::SetStatus { agent, status } => {
                self.office.out.push_back(Output::Acd(acd::Command::SetStatus { agent, status }));
            }
            Input::Drain { deadline } => self.drain(now, deadline),
            Input::HangUp(call) => self.hang_up(now, call),
            Input::Written(call) => {
                self.unwritten.remove(&call);
            }
            Input::LedgerFull(full) => self.ledger_full = full,
            Input::MemoryFull(full) => self.memory_full = full,
            Input::IdsSpent => self.events_spent = true,
        }
        self.tell_drained();
    }

    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.office.out.pop_front()
    }

    /// When `handle_timeout` is next wanted.
    pub fn poll_timeout(&self) -> Option<Mono> {
        let drain = self.draining.as_ref().filter(|drain| !drain.released).map(|drain| drain.deadline);
        [self.office.timers.next(), drain].into_iter().flatten().min()
    }

    /// Fires what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some(call) = self.office.timers.pop(now.mono) {
            self.tell(now, call, Signal::Due);
        }
        let due = |drain: &&mut Drain| drain.deadline <= now.mono && !drain.released;
        if let Some(drain) = self.draining.as_mut().filter(due) {
            drain.released = true;
            for call in self.calls.keys().copied().collect::<Vec<_>>() {
                self.tell(now, call, Signal::Release(Cause::NORMAL));
            }
        }
        self.tell_drained();
    }

    /// Nothing runs and nothing is left over.
    pub fn is_quiescent(&self) -> bool {
        let index = &self.office.index;
        self.calls.is_empty()
            && self.unwritten.is_empty()
            && self.office.timers.is_empty()
            && self.office.usage.is_free()
            && index.legs.is_empty()
            && index.streams.is_empty()
            && index.contacts.is_empty()
            && index.captures.is_empty()
    }

    /// What can be seen from outside.
    pub fn inspect(&self, now: Now) -> Snapshot {
        Snapshot {
            calls: self.calls.values().map(|call| line(call, now)).collect(),
            unwritten: self.unwritten.len(),
            streams: self.office.index.streams.len(),
            draining: self.draining.is_some(),
            ids_spent: self.are_ids_spent(),
            calls_max: self.settings.calls_max,
            calls_total: self.calls_total,
            refusals: self.office.refusals.clone(),
            astray: self.office.astray.clone(),
            trunks: usage::trunks(self.calls.values().map(|call| &call.common)),
        }
    }

    /// What a running call's stream hears and who hears it, as the state of the call says; its worker hears of it at the
    /// next poll.
    pub fn hearing(&self, stream: StreamId) -> Option<(CallRef, media::Hearing)> {
        let call = self.office.index.streams.get(&stream)?;
        let levels = self.calls.get(call)?.hearing();
        levels.into_iter().find(|(of, _)| *of == stream).map(|(_, level)| (*call, level))
    }

    /// Whether a call runs.
    pub fn is_running(&self, call: CallRef) -> bool {
        self.calls.contains_key(&call)
    }

    /// A running call in detail.
    pub fn sheet(&self, now: Now, call: CallRef) -> Option<CallSheet> {
        let call = self.calls.get(&call)?;
        Some(sheet(call, now))
    }

    /// Whom a running call concerns.
    pub fn involved(&self, call: CallRef) -> Option<Involved> {
        self.calls.get(&call).map(|call| involved(call))
    }

    /// What is known of a leg that is not gone, for whoever keeps its dialog.
    pub fn leg_so_far(&mut self, leg: LegId) -> Option<Box<crate::cdr::LegRecord>> {
        self.leg(leg)?.so_far()
    }

    /// Signalling has given a leg of ours this Call-ID.
    pub fn named(&mut self, leg: LegId, call_id: &str) {
        self.leg(leg).into_iter().for_each(|leg| leg.named(call_id.to_owned()));
    }

    fn leg(&mut self, leg: LegId) -> Option<&mut Leg> {
        let call = self.office.index.legs.get(&leg)?;
        self.calls.get_mut(call)?.common.any_leg(leg)
    }

    fn desk(&mut self, now: Now) -> Desk<'_> {
        self.office.desk(now, &self.plan)
    }

    /// Tells one call. A panic in it ends that call and no other.
    fn tell(&mut self, now: Now, call: CallRef, signal: Signal) {
        // Not taken out while it is told: that would cost more than the telling.
        let mut desk = self.office.desk(now, &self.plan);
        let Some(found) = self.calls.get_mut(&call) else { return desk.astray("a call that is gone") };
        if catch_unwind(AssertUnwindSafe(|| found.handle(&mut desk, signal))).is_err() {
            desk.count("panic in a call");
            tracing::error!(%call, "a call's phase panicked; the call is released");
            found.abandon(&mut desk);
        }
        if found.is_gone() {
            let older = !Arc::ptr_eq(&found.common.plan, &self.plan);
            self.calls.remove(&call);
            self.unwritten.insert(call);
            if older && self.succession.one_less() {
                self.reconfigure();
            }
        }
    }

    fn handle_sip(&mut self, now: Now, event: sip::Event) {
        match event {
            sip::Event::Invited { leg, arrival } => self.arrive(now, leg, *arrival),
            sip::Event::Queried { query, arrival } => self.queried(now, query, *arrival),
            sip::Event::Bindings(news) => usage::devices_changed(&mut self.desk(now), &news),
            sip::Event::Leg(leg, event) => match self.office.index.legs.get(&leg).copied() {
                Some(call) => self.tell(now, call, Signal::Leg(leg, event)),
                // A call that was refused at the door.
                None if matches!(event, sip::LegEvent::Ended { .. }) => {}
                None => self.desk(now).astray("news of a leg of no call"),
            },
            // The node makes a plan of the first, and hands the others to the shell.
            sip::Event::Reconfigured(_) | sip::Event::Registered { .. } | sip::Event::TrunkReachable { .. } => {
                self.desk(now).astray("news that is not for call control");
            }
        }
    }

    /// From now on so many calls may run at once; those that run do.
    pub fn make_room(&mut self, calls_max: usize) {
        self.settings.calls_max = calls_max;
    }

    /// How many calls run.
    pub fn running(&self) -> usize {
        self.calls.len()
    }

    /// This start has no ids for new calls.
    fn are_ids_spent(&self) -> bool {
        self.events_spent || self.office.ids.are_spent()
    }

    /// Why no new call is taken, whatever it is.
    fn full(&self) -> Option<Refusal> {
        let reason = if self.draining.is_some() {
            "draining"
        } else if self.calls.len() >= self.settings.calls_max {
            "calls at the limit"
        } else if self.memory_full {
            "memory at the limit"
        } else if self.ledger_full || self.unwritten.len() >= limits::LEDGER_BACKLOG {
            "ledger behind"
        } else if self.are_ids_spent() {
            admission::SPENT
        } else {
            return None;
        };
        Some(Refusal::node(reason, self.calls_total))
    }

    /// Whether a call would be taken, and what it would be told if not.
    fn queried(&mut self, now: Now, query: u64, mut arrival: sip::Arrival) {
        let (plan, full) = (self.plan.clone(), self.full());
        admission::read_numbers(&plan, &mut arrival);
        let mut desk = self.desk(now);
        let refusal = full.or_else(|| admission::route(&desk, &plan, &arrival).err());
        desk.sip(sip::Command::AnswerQuery { query, status: refusal.map_or(200, |refusal| refusal.status) });
    }

    fn arrive(&mut self, now: Now, leg: LegId, mut arrival: sip::Arrival) {
        self.calls_total += 1;
        self.office.ids.received(leg);
        let plan = self.plan.clone();
        admission::read_numbers(&plan, &mut arrival);
        let worker = u16::try_from(self.calls_total % u64::from(self.settings.workers.max(1))).unwrap_or(0);
        let (full, seed) = (self.full(), self.calls_total);
        let mut desk = self.desk(now);
        let routed = match full {
            Some(refusal) => Err(refusal),
            // Nobody's place can be taken yet.
            None if arrival.replaces.is_some() => Err(admission::NO_TRANSFER),
            None => admission::route(&desk, &plan, &arrival),
        };
        let spent = || Refusal::node(admission::SPENT, seed);
        let routed = routed.and_then(|routed| {
            let talk = admission::read_offer(&mut desk, &plan, &arrival)?;
            Ok(((routed, talk), desk.ids.call().ok_or_else(spent)?))
        });
        match routed {
            Err(refusal) => {
                let call = admission::refuse(&mut desk, leg, &arrival, refusal);
                self.unwritten.extend(call);
            }
            Ok((routed, call)) => {
                let admitted = admission::admit(&mut desk, &plan, worker, (call, leg), arrival, routed);
                self.calls.insert(call, Box::new(admitted));
                self.tell(now, call, Signal::Begun);
            }
        }
    }

    fn handle_media(&mut self, now: Now, worker: u16, event: media::Event) {
        match event {
            media::Event::Stream(stream, event) => self.tell_stream(now, stream, event),
            media::Event::Spare { local } => self.office.spares.put(worker, local),
            media::Event::CaptureFinished { capture, summary } => self.captured(now, capture, *summary),
            // Sealing is the ledger's business; the shell tells it.
            media::Event::CaptureSealed { .. } => {}
        }
    }

    fn tell_stream(&mut self, now: Now, stream: StreamId, event: media::StreamEvent) {
        match self.office.index.streams.get(&stream).copied() {
            Some(call) => self.tell(now, call, Signal::Stream(stream, event)),
            None => self.desk(now).astray("news of a stream of no call"),
        }
    }

    fn captured(&mut self, now: Now, capture: CaptureId, summary: media::CaptureSummary) {
        let Some((call, started)) = self.office.index.captures.remove(&capture) else {
            return self.desk(now).astray("a recording of no call");
        };
        let recording = Recording { capture, call, started, summary };
        self.office.out.push_back(Output::Ledger(Entry::Captured(Box::new(recording))));
    }

    fn handle_acd(&mut self, now: Now, event: acd::Event) {
        match event {
            acd::Event::Contact(contact, event) => {
                // None: it left while this was on its way.
                if let Some(call) = self.office.index.contacts.get(&contact).copied() {
                    self.tell(now, call, Signal::Contact(event));
                }
            }
            // The node does not pass it on: the account has it from the journal.
            acd::Event::AgentChanged { .. } => self.desk(now).astray("news of an agent"),
        }
    }

    /// Somebody outside ends a call.
    fn hang_up(&mut self, now: Now, call: CallRef) {
        if self.calls.contains_key(&call) {
            self.tell(now, call, Signal::Release(Cause::NORMAL));
        }
    }

    /// The plan for calls from now on. Which devices came and went with it is known at the same moment.
    fn take_plan(&mut self, now: Now, plan: Arc<Plan>, devices: &[sip::Bindings]) {
        for news in devices {
            self.office.usage.note(news);
        }
        let before = std::mem::replace(&mut self.plan, plan);
        self.succession.begin(&before, &self.plan, self.calls.len());
        self.reconfigure();
        usage::announce_all(&mut self.desk(now));
    }

    fn reconfigure(&mut self) {
        let setup = self.succession.setup(&self.plan, &self.office.usage);
        self.office.out.push_back(Output::Acd(acd::Command::Reconfigure(Arc::new(setup))));
    }

    fn drain(&mut self, now: Now, deadline: Option<Duration>) {
        self.office.out.push_back(Output::Sip(sip::Command::Drain(deadline.is_some())));
        self.draining = deadline.map(|after| Drain { deadline: now.mono + after, released: false, told: false });
    }

    fn tell_drained(&mut self) {
        // A recording that is still being closed belongs to the account too.
        let empty = self.calls.is_empty() && self.unwritten.is_empty() && self.office.index.captures.is_empty();
        if let Some(drain) = self.draining.as_mut().filter(|drain| empty && !drain.told) {
            drain.told = true;
            self.office.out.push_back(Output::Drained);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialplan::{Destination, From, Plan, Route};
    use sip::Source;
    use terms::{IdSource, PhoneId, Pii, QueueId, TrunkId};

    fn outputs(board: &mut Switchboard) -> Vec<Output> {
        std::iter::from_fn(|| board.poll_output()).collect()
    }

    fn arrival() -> sip::Arrival {
        sip::Arrival {
            source: Source::Trunk(TrunkId::of("carrier")),
            caller: Pii::from("+359888123456"),
            caller_name: None,
            withheld: false,
            called: Pii::from("100"),
            call_id: "one@example".into(),
            max_forwards: 70,
            remote: "192.0.2.1:5060".parse().unwrap(),
            body: None,
            replaces: None,
        }
    }

    fn arrive(board: &mut Switchboard, leg: LegId) {
        let event = sip::Event::Invited { leg, arrival: Box::new(arrival()) };
        board.handle_input(Now::default(), Input::Sip(event));
    }

    fn board() -> Switchboard {
        let mut board =
            Switchboard::new(Settings { incarnation: Incarnation::new(1, 1), workers: 1, calls_max: limits::CALLS });
        let trunk = dialplan::Trunk {
            id: TrunkId::of("carrier"),
            name: "carrier".into(),
            peers: vec![],
            media: None,
            target: None,
            host: None,
            register: None,
            trusted: false,
            presented: Default::default(),
            incoming: Default::default(),
            outgoing: Default::default(),
            country: None,
            numbers: vec![],
            codecs: vec![dialplan::Codec::Pcma],
            calls_max: 10,
            user: None,
            probe: None,
            place: Default::default(),
        };
        let route = Route {
            from: From::AnyTrunk,
            to: None,
            during: None,
            go: Destination::Queue(QueueId::of("none")),
            otherwise: None,
            presented: Default::default(),
            rewrite: Default::default(),
            record: false,
            place: Default::default(),
        };
        let plan = Plan { trunks: vec![trunk], routes: vec![route], ..Plan::default() };
        board.handle_input(Now::default(), Input::Plan { plan: Arc::new(plan), devices: vec![] });
        outputs(&mut board);
        board
    }

    #[test]
    fn a_full_ledger_closes_admission_until_it_takes_entries_again() {
        let mut board = board();
        let refused = |board: &mut Switchboard, leg| {
            arrive(board, leg);
            let said = outputs(board);
            said.iter().any(|output| matches!(output, Output::Sip(sip::Command::Refuse { status: 503, .. })))
        };
        board.handle_input(Now::default(), Input::LedgerFull(true));
        assert!(refused(&mut board, LegId::inbound(1)));
        board.handle_input(Now::default(), Input::LedgerFull(false));
        assert!(!refused(&mut board, LegId::inbound(2)));
    }

    #[test]
    fn who_asks_what_would_become_of_a_call_is_told_and_leaves_nothing_behind() {
        let mut board = board();
        let ask = |board: &mut Switchboard, trunk: &str| {
            let source = Source::Trunk(TrunkId::of(trunk));
            let arrival = Box::new(sip::Arrival { source, ..arrival() });
            board.handle_input(Now::default(), Input::Sip(sip::Event::Queried { query: 7, arrival }));
            match outputs(board).as_slice() {
                [Output::Sip(sip::Command::AnswerQuery { query: 7, status })] => *status,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(ask(&mut board, "carrier"), 200);
        board.plan = Arc::new(Plan { routes: vec![], ..(*board.plan).clone() });
        assert_eq!(ask(&mut board, "carrier"), 404);
        board.handle_input(Now::default(), Input::MemoryFull(true));
        assert_eq!(ask(&mut board, "carrier"), 503);
    }

    #[test]
    fn what_cannot_be_is_counted_and_what_is_merely_late_is_not() {
        let mut board = board();
        let mut hear = |leg, event| {
            board.handle_input(Now::default(), Input::Sip(sip::Event::Leg(LegId::inbound(leg), event)));
            board.inspect(Now::default()).astray
        };
        let ended = sip::LegEvent::Ended { by: sip::EndedBy::Peer, cause: None };
        assert!(hear(9, ended).is_empty(), "a call that was refused at the door ends, too");
        let counted = hear(9, sip::LegEvent::Established { body: None });
        assert_eq!(counted.into_iter().collect::<Vec<_>>(), [("news of a leg of no call", 1)]);
    }

    #[test]
    fn nobodys_place_is_taken_and_nobody_is_transferred() {
        use sip::Command::{Refuse, RefuseRefer};
        let (mut board, one, two) = (board(), LegId::inbound(1), LegId::inbound(2));
        let replaces = Some(sip::Replaced { leg: two, early: false });
        let arrival = Box::new(sip::Arrival { replaces, ..arrival() });
        board.handle_input(Now::default(), Input::Sip(sip::Event::Invited { leg: one, arrival }));
        assert!(outputs(&mut board).iter().any(|told| matches!(told, Output::Sip(Refuse { status: 603, .. }))));
        arrive(&mut board, two);
        let referral = sip::Referral { refer: 7, to: "1".into(), replaces: None, by: PhoneId::of("a") };
        let referred = sip::Event::Leg(two, sip::LegEvent::Referred(Box::new(referral)));
        board.handle_input(Now::default(), Input::Sip(referred));
        assert!(outputs(&mut board).iter().any(|told| matches!(told, Output::Sip(RefuseRefer { status: 603, .. }))));
    }

    #[test]
    fn a_start_without_ids_takes_no_call_and_is_not_ready() {
        let start = Incarnation::new(0, 1);
        let with_left = |left: u64| IdSource::behind(start, (1 << 36) - 1 - left);
        type Spend = fn(&mut Ids, IdSource);
        let cases: [(Spend, u64, usize); 4] = [
            (|ids, few| ids.calls = few, 1, 1),
            (|ids, few| ids.contacts = few, limits::IDS_KEPT - 1, 0),
            (|ids, few| ids.captures = few, limits::IDS_KEPT - 1, 0),
            (|ids, _| *ids = Ids::new(Incarnation::new(0, u32::MAX)), 0, 0),
        ];
        for (spend, left, taken) in cases {
            let mut board = board();
            spend(&mut board.office.ids, with_left(left));
            (1..=3).for_each(|leg| arrive(&mut board, LegId::inbound(leg)));
            let said = outputs(&mut board);
            let refused = |said: &&Output| matches!(said, Output::Sip(sip::Command::Refuse { status: 503, .. }));
            assert_eq!(said.iter().filter(refused).count(), 3 - taken, "{said:?}");
            let seen = board.inspect(Now::default());
            assert_eq!((seen.calls.len(), seen.ids_spent), (taken, true));
            let counted = seen.refusals.get("ids exhausted").copied().unwrap_or(0);
            assert_eq!(counted, 3 - taken as u64);
        }
    }

    #[test]
    fn a_running_call_that_finds_no_id_for_its_contact_ends_with_a_record() {
        let mut board = board();
        arrive(&mut board, LegId::inbound(1));
        outputs(&mut board);
        board.office.ids.contacts = IdSource::behind(Incarnation::new(0, 1), u64::MAX);
        let opened =
            media::Event::Stream(StreamId(1), media::StreamEvent::Opened { local: "192.0.2.2:4000".parse().unwrap() });
        board.handle_input(Now::default(), Input::Media { worker: 0, event: opened });
        let said = outputs(&mut board);
        let refused = |said: &Output| matches!(said, Output::Sip(sip::Command::Refuse { .. }));
        assert!(said.iter().any(refused), "{said:?}");
        assert_eq!(board.inspect(Now::default()).refusals.get("ids exhausted"), Some(&1));
    }

    #[test]
    fn a_leg_or_an_event_that_could_not_be_numbered_closes_admission_too() {
        let mut board = board();
        arrive(&mut board, LegId::inbound(1 << 35));
        assert_eq!((board.running(), board.inspect(Now::default()).ids_spent), (0, true));
        let mut board = self::board();
        board.handle_input(Now::default(), Input::IdsSpent);
        arrive(&mut board, LegId::inbound(1));
        assert_eq!((board.running(), board.inspect(Now::default()).ids_spent), (0, true));
    }

    #[test]
    fn a_panic_in_one_call_ends_that_call_with_a_record_and_leaves_the_others_alone() {
        let mut board = board();
        let (first, second) = (LegId::inbound(1), LegId::inbound(2));
        arrive(&mut board, first);
        arrive(&mut board, second);
        outputs(&mut board);
        let call = board.office.index.legs[&first];
        board.tell(Now::default(), call, Signal::Panic);
        let said = outputs(&mut board);
        let refused = |output: &Output| matches!(output, Output::Sip(sip::Command::Refuse { leg, status: 500, .. }) if *leg == first);
        assert!(said.iter().any(refused), "{said:?}");
        let gone = sip::LegEvent::Ended { by: sip::EndedBy::Us, cause: None };
        board.handle_input(Now::default(), Input::Sip(sip::Event::Leg(first, gone)));
        let closed = media::Event::Stream(StreamId(1), media::StreamEvent::Closed { totals: Box::default() });
        board.handle_input(Now::default(), Input::Media { worker: 0, event: closed });
        let closed = |output: &Output| matches!(output, Output::Ledger(Entry::Closed(record)) if record.call == call);
        assert!(outputs(&mut board).iter().any(closed));
        let left = board.inspect(Now::default());
        assert_eq!((left.calls.len(), left.refusals.get("panic in a call")), (1, Some(&1)));
    }
}
