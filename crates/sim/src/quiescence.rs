//! The end of every scenario: nothing is left over, and the account is complete.

use crate::World;
use call::cdr::{By, CallEvent, CallEventKind, CallRecord, Entry, How, Message, Seating, Watching};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use terms::CallRef;

/// Everything ends by itself in this time: 64*T1 for a last transaction, 64*T1 for a CANCEL that nobody
/// answered before it, RFC 6026's timers, a wrap-up, and a rest of a minute.
const LIMIT: Duration = Duration::from_secs(200);

impl World {
    /// Ends calls that still run, waits, and asserts that nothing is left over.
    pub fn assert_quiescent(&mut self) {
        let quiet = self.wait_until(LIMIT, |world| world.leftovers().is_empty());
        assert!(quiet, "left over after {LIMIT:?}:\n{}\n{}", self.leftovers().join("\n"), self.ladder);
        self.assert_one_record_each();
        self.assert_one_account();
        self.assert_whole_streams();
        let call::Snapshot { refusals, astray, .. } = self.node.board().inspect(self.now());
        assert!(!refusals.keys().any(|reason| reason.starts_with("watchdog")), "{refusals:?}\n{}", self.ladder);
        assert!(astray.is_empty(), "what cannot be: {astray:?}\n{}", self.ladder);
        assert_eq!(self.node.lanes_refused(), 0, "a lane inside the node was full");
    }

    /// What still lives, in words.
    pub fn leftovers(&self) -> Vec<String> {
        let mut left = vec![];
        if !self.node.board().is_quiescent() {
            left.push(format!("calls: {:?}", self.node.board().inspect(self.now())));
        }
        let sip = self.node.sip().inspect();
        if self.trouble.kept() > 0 {
            left.push(format!("{} dialogs are kept", self.trouble.kept()));
        }
        if sip.farewells + sip.server_transactions + sip.client_transactions + sip.legs + sip.closing + sip.dialogs > 0
        {
            left.push(format!("sip: {sip:?}"));
        }
        if sip.subscriptions + sip.texts > 0 || self.node.lamps().inspect() != lamps::Snapshot::default() {
            left.push(format!("lamps: {sip:?}, {:?}", self.node.lamps().inspect()));
        }
        let acd = self.node.acd().inspect();
        if !acd.offers.is_empty()
            || !acd.elsewhere.is_empty()
            || acd.queues.iter().any(|queue| !queue.waiting.is_empty())
        {
            left.push(format!("acd: {acd:?}"));
        }
        let busy = |agent: &&acd::AgentLine| !matches!(agent.work, acd::Work::Idle) || agent.engaged;
        left.extend(acd.agents.iter().filter(busy).map(|agent| format!("agent: {agent:?}")));
        let streams = self.media.streams();
        if !streams.is_empty() {
            left.push(format!("media: {streams:?}"));
        }
        if !self.open_files.is_empty() {
            left.push(format!("recordings open: {:?}", self.open_files));
        }
        for agent in self.agents.iter().filter(|agent| !agent.is_quiescent()) {
            left.push(format!("user agent {}: {}", agent.identity.user, agent.leftovers()));
        }
        left
    }

    /// Whatever was done in a call, each of its sides heard one source, with no packet missing or twice, where the network
    /// loses none and the speakers leave none out.
    fn assert_whole_streams(&self) {
        let network = &self.network.faults;
        let whole = network.rtp_loss_permille == 0 && network.rtp_jitter.is_zero() && self.trouble.deaths == 0;
        if !whole || self.agents.iter().any(|agent| agent.silent) {
            return;
        }
        for agent in &self.agents {
            for talk in agent.talks.values() {
                let heard = &talk.heard;
                let numbers = (heard.ssrcs.len().max(1), heard.sequence_breaks, heard.time_reversals);
                assert_eq!(numbers, (1, 0, 0), "{}: {heard:?}\n{}", agent.identity.user, self.ladder);
            }
        }
    }

    /// What the account was told of queues and agents is what its journal says, now as in any replay.
    fn assert_one_account(&self) {
        let (mut told, mut fold) = (vec![], acd::Fold::default());
        self.journal.iter().for_each(|entry| fold.take(entry, &mut |event| told.push(event)));
        let account: Vec<_> = self.ledger.iter().filter_map(event).collect();
        assert_eq!(account, told.iter().collect::<Vec<_>>(), "{}", self.ladder);
        self.assert_whole_waits();
    }

    /// Calls waited, by their records, for as long as their contacts did in all their queues together; calls that became one
    /// are counted as one, since a contact may have gone along.
    fn assert_whole_waits(&self) {
        let records: Vec<&CallRecord> = self.ledger.iter().filter_map(closed).collect();
        let joined: BTreeMap<_, _> = records.iter().filter_map(|record| Some((record.call, record.joined?))).collect();
        let last = |call| std::iter::successors(Some(call), |call| joined.get(call).copied()).last().unwrap_or(call);
        let (mut told, mut said) = (BTreeMap::<_, u64>::new(), BTreeMap::<_, u64>::new());
        for event in self.ledger.iter().filter_map(event) {
            use CallEventKind::{Abandoned, Connected, Overflowed, Withdrawn};
            if let (
                Some(call),
                Connected { waited_ms, .. }
                | Abandoned { waited_ms, .. }
                | Overflowed { waited_ms, .. }
                | Withdrawn { waited_ms, .. },
            ) = (event.call, &event.what)
            {
                *told.entry(last(call)).or_default() += waited_ms;
            }
        }
        records.iter().for_each(|record| *said.entry(last(record.call)).or_default() += record.waited_ms);
        for record in records.iter().filter(|record| record.ended_by != By::Switch && record.joined.is_none()) {
            let (told, said) = (told.get(&record.call).copied().unwrap_or(0), said[&record.call]);
            assert_eq!(told, said, "{}: ms in queues, and in its record\n{}", record.call, self.ladder);
        }
    }

    /// Each call was opened once and closed once, and so was each of its legs, the caller's first among them.
    pub fn assert_one_record_each(&self) {
        let mut records: BTreeMap<_, (u32, u32)> = BTreeMap::new();
        let mut legs: BTreeMap<_, Vec<u16>> = BTreeMap::new();
        let (mut moved, mut parked) = (BTreeSet::new(), BTreeSet::new());
        let (mut watched, mut seated) = (Watched::default(), Seated::default());
        let mut messages = Messages::default();
        for entry in &self.ledger {
            match entry {
                Entry::Opened(record) => records.entry(record.call).or_default().0 += 1,
                Entry::Closed(record) => records.entry(record.call).or_default().1 += 1,
                Entry::Leg(leg) => {
                    assert!(leg.ended.is_some() && leg.how != How::Open, "{leg:?}");
                    legs.entry(leg.call).or_default().push(leg.nth);
                    // It was one of the legs of each call that it was in.
                    leg.moves.iter().for_each(|before| legs.entry(before.call).or_default().push(before.nth));
                    leg.moves.iter().for_each(|before| {
                        assert!(moved.remove(&(before.call, before.nth)), "a move that was not told: {leg:?}");
                    });
                }
                Entry::Moved { record, .. } => {
                    let told = record.moves.last().is_some_and(|before| moved.insert((before.call, before.nth)));
                    assert!(told, "a move is told once: {record:?}");
                }
                Entry::Captured(recording) => {
                    let since: Vec<_> = recording.tracks.iter().map(|track| track.since).collect();
                    let sides = if messages.is_one(recording.capture) { 1 } else { 2 };
                    assert!(
                        since.len() >= sides && since.is_sorted() && since[0] >= recording.started,
                        "{recording:?}"
                    );
                }
                Entry::Parked(parking) => {
                    let in_turn = match parking.end {
                        Some(_) => parked.remove(&parking.call),
                        None => parked.insert(parking.call),
                    };
                    assert!(in_turn, "he is parked, and then is so no more: {parking:?}");
                }
                Entry::Watched(watching) => watched.take(watching),
                Entry::Seated(seating) => seated.take(seating),
                Entry::Message(message) => messages.take(message),
                Entry::Marked(_) => {}
                Entry::Event(_) => {}
            }
        }
        assert!(parked.is_subset(&self.trouble.lost.iter().copied().collect()), "parked for ever: {parked:?}");
        watched.assert_over(&self.trouble.lost.iter().copied().collect());
        messages.assert_over(&self.trouble.lost.iter().copied().collect());
        seated.assert_over(&self.trouble.lost.iter().copied().collect());
        assert!(moved.is_empty(), "legs that moved and are not told of: {moved:?}");
        for (call, counts) in records {
            let wanted = if self.trouble.lost.contains(&call) { (1, 0) } else { (1, 1) };
            assert_eq!(counts, wanted, "{call}: opened and closed");
            let mut told = legs.remove(&call).unwrap_or_default();
            told.sort_unstable();
            let each_once = told.iter().zip(0..).all(|(nth, wanted)| *nth == wanted) && !told.is_empty();
            let once = told.windows(2).all(|pair| pair[0] < pair[1]);
            assert!(if wanted == (1, 1) { each_once } else { once }, "{call}: legs {told:?}\n{}", self.ladder);
        }
        assert!(legs.is_empty(), "legs of no call: {legs:?}");
    }
}

/// Who watches, as the account is told.
#[derive(Default)]
struct Watched {
    /// Stretches that go on.
    on: Vec<Watching>,
    /// How many each call has had.
    nth: BTreeMap<CallRef, u16>,
}

impl Watched {
    /// Stretches are counted, each ends once as it began, and nobody watches twice at once.
    fn take(&mut self, told: &Watching) {
        let before = self.on.iter().position(|on| (on.call, on.nth) == (told.call, told.nth));
        match (told.until, before.map(|at| self.on.remove(at))) {
            (Some(until), Some(on)) => {
                assert_eq!(Watching { until: None, ..told.clone() }, on, "it ends as it began");
                assert!(until >= on.since, "{told:?}");
            }
            (None, None) => {
                let nth = self.nth.entry(told.call).or_default();
                assert_eq!(told.nth, *nth, "stretches are counted: {told:?}");
                *nth += 1;
                assert!(self.on.iter().all(|on| (on.call, on.leg) != (told.call, told.leg)), "twice: {told:?}");
                self.on.push(told.clone());
            }
            (_, before) => panic!("begun twice, or never: {told:?}, {before:?}"),
        }
    }

    fn assert_over(&self, lost: &BTreeSet<CallRef>) {
        assert!(self.on.iter().all(|on| lost.contains(&on.call)), "watched for ever: {:?}", self.on);
    }
}

/// Messages that are left, as the account is told.
#[derive(Default)]
struct Messages {
    /// Those that are being left.
    on: Vec<Message>,
    all: BTreeSet<terms::CaptureId>,
}

impl Messages {
    fn is_one(&self, capture: terms::CaptureId) -> bool {
        self.all.contains(&capture)
    }

    /// Each begins once and ends once, as it began.
    fn take(&mut self, told: &Message) {
        let before = self.on.iter().position(|on| on.capture == told.capture).map(|at| self.on.remove(at));
        match (told.until, before) {
            (Some(until), Some(on)) => {
                assert_eq!(Message { until: None, dropped: false, ..told.clone() }, on, "it ends as it began");
                assert!(until >= on.since, "{told:?}");
            }
            (None, None) => {
                assert!(self.all.insert(told.capture), "left twice: {told:?}");
                self.on.push(told.clone());
            }
            (_, before) => panic!("begun twice, or never: {told:?}, {before:?}"),
        }
    }

    fn assert_over(&self, lost: &BTreeSet<CallRef>) {
        assert!(self.on.iter().all(|on| lost.contains(&on.call)), "left for ever: {:?}", self.on);
    }
}

/// Who is in conference rooms, as the account is told.
#[derive(Default)]
struct Seated {
    /// Who is there.
    on: Vec<Seating>,
    /// How many seats each call has had.
    nth: BTreeMap<CallRef, u16>,
}

impl Seated {
    /// Seats are counted, each ends once as it began, nobody has two at once, and a room is one call at a time.
    fn take(&mut self, told: &Seating) {
        let before = self.on.iter().position(|on| (on.call, on.nth) == (told.call, told.nth));
        match (told.until, before.map(|at| self.on.remove(at))) {
            (Some(until), Some(on)) => {
                assert_eq!(Seating { until: None, ..told.clone() }, on, "it ends as it began");
                assert!(until >= on.since, "{told:?}");
            }
            (None, None) => {
                let nth = self.nth.entry(told.call).or_default();
                assert_eq!(told.nth, *nth, "seats are counted: {told:?}");
                *nth += 1;
                assert!(self.on.iter().all(|on| (on.call, on.leg) != (told.call, told.leg)), "twice: {told:?}");
                assert!(self.on.iter().all(|on| on.room != told.room || on.call == told.call), "two calls: {told:?}");
                self.on.push(told.clone());
            }
            (_, before) => panic!("begun twice, or never: {told:?}, {before:?}"),
        }
    }

    fn assert_over(&self, lost: &BTreeSet<CallRef>) {
        assert!(self.on.iter().all(|on| lost.contains(&on.call)), "there for ever: {:?}", self.on);
    }
}

fn event(entry: &Entry) -> Option<&CallEvent> {
    match entry {
        Entry::Event(event) => Some(event),
        _ => None,
    }
}

fn closed(entry: &Entry) -> Option<&CallRecord> {
    match entry {
        Entry::Closed(record) => Some(record),
        _ => None,
    }
}
