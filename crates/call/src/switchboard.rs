//! The hub: owns every running call, routes events to them, and answers for agents, drain and plans.

mod absent;
mod arrive;
mod carry;
mod dial;
mod guard;
mod halls;
mod mail;
mod merge;
mod slots;
mod standing;
mod strays;
mod transit;

use crate::call::{Call, Whose};
use crate::cdr::{Entry, Recording};
use crate::claim::{self, Claim};
use crate::desk::{Capturing, Desk, Ids, Office};
use crate::face::{Input, Involved, Output, Snapshot, Verb};
use crate::handle::Signal;
use crate::leg::Leg;
use crate::parcel::Errand;
use crate::sheet::{CallSheet, involved, line, sheet, watched};
use crate::succession::Succession;
use crate::verb;
use dialplan::Plan;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, CallRef, CaptureId, Cause, Incarnation, LegId, Mono, Now, StreamId};

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

/// An agent who takes the next caller of a queue says so in a call, which is over within this time.
const TAKES: Duration = Duration::from_secs(30);

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
    /// What calls want of each other, and has not been done yet.
    errands: VecDeque<Errand>,
    /// Parties on their way between two calls.
    transit: carry::Transit,
    /// Calls that are gone while something of theirs was on its way, and what they went on as.
    left: Vec<(CallRef, Option<CallRef>)>,
    strays: Vec<strays::Stray>,
    absents: absent::Absents,
    /// A call is to stand with some agent.
    nails_up: bool,
    /// Agents who were ready when their standing call ended, until they are so no more.
    set_aside: BTreeSet<AgentId>,
    /// A call has panicked: what is taken may not be what is counted.
    uncertain: bool,
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
            errands: VecDeque::new(),
            transit: Default::default(),
            left: vec![],
            strays: vec![],
            absents: Default::default(),
            nails_up: false,
            set_aside: BTreeSet::new(),
            uncertain: false,
        }
    }

    /// Takes one input; then drain `poll_output`.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Sip(event) => self.handle_sip(now, event),
            Input::Media { worker, event } => self.handle_media(now, worker, event),
            Input::Acd(event) => self.handle_acd(now, event),
            Input::Plan { plan, devices, pins } => {
                pins.into_iter().for_each(|pins| self.office.door.take(pins));
                self.take_plan(now, plan, &devices);
            }
            Input::SetStatus { agent, status } => {
                self.office.out.push_back(Output::Acd(acd::Command::SetStatus { agent, status }));
            }
            Input::Agent { agent, ready, logged_out } => self.works(now, agent, (ready, logged_out)),
            Input::WrapUpDone(agent) => {
                self.office.out.push_back(Output::Acd(acd::Command::WrapUpDone { agent }));
            }
            Input::Dispose { agent, disposition } => {
                self.office.out.push_back(Output::Acd(acd::Command::Dispose { agent, disposition }));
            }
            Input::Take { agent, queue } => {
                self.office.out.push_back(Output::Acd(acd::Command::Take { agent, queue, within: TAKES }));
            }
            Input::Prefer(contact) => self.office.out.push_back(Output::Acd(acd::Command::Prefer { contact })),
            Input::Drain { deadline } => self.drain(now, deadline),
            Input::HangUp(call) => self.ask(now, call, Signal::Release(Cause::NORMAL)),
            Input::Verb { call, verb } => {
                self.match_codecs(&verb);
                self.ask(now, call, Signal::Verb(verb));
            }
            Input::LiftPins => self.office.door.lift(now.mono),
            Input::Obeyed { call, leg, done } => self.ask(now, call, Signal::Obeyed(leg, done)),
            Input::Written(call) => {
                self.unwritten.remove(&call);
            }
            Input::LedgerFull(full) => self.ledger_full = full,
            Input::MemoryFull(full) => self.memory_full = full,
            Input::IdsSpent => self.events_spent = true,
        }
        self.finish(now);
    }

    /// What is left to do once everybody has been told.
    fn finish(&mut self, now: Now) {
        self.run_errands(now);
        if std::mem::take(&mut self.uncertain) {
            self.recount(now);
        }
        self.keep_standing(now);
        self.tell_drained();
    }

    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.office.out.pop_front()
    }

    /// When `handle_timeout` is next wanted.
    pub fn poll_timeout(&self) -> Option<Mono> {
        let drain = self.draining.as_ref().filter(|drain| !drain.released).map(|drain| drain.deadline);
        [self.office.timers.next(), drain, self.transit.next_due(), self.strays_until()].into_iter().flatten().min()
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
        self.carry_due(now);
        self.strays_due(now);
        self.finish(now);
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
            && index.slots.is_empty()
            && index.rooms.is_empty()
            && index.standing.is_empty()
            && self.transit.is_empty()
            && self.strays.is_empty()
    }

    /// What can be seen from outside.
    pub fn inspect(&self, now: Now) -> Snapshot {
        Snapshot {
            calls: self.calls.values().map(|call| line(call, now)).collect(),
            unwritten: self.unwritten.len(),
            parked: self.parked(now),
            rooms: self.rooms(),
            streams: self.office.index.streams.len(),
            draining: self.draining.is_some(),
            ids_spent: self.are_ids_spent(),
            calls_max: self.settings.calls_max,
            calls_total: self.calls_total,
            refusals: self.office.refusals.clone(),
            astray: self.office.astray.clone(),
            trunks: claim::trunks(claims(&self.calls, |whose| whose != Whose::Leaving)),
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

    /// Whom it concerns that this party of a call is watched; of one who watches, whom he watches.
    pub fn watched(&self, call: CallRef, party: LegId) -> Option<Involved> {
        watched(self.calls.get(&call)?, party)
    }

    /// Whether a running call can do this now; why not, in words.
    pub fn may(&self, call: CallRef, verb: &Verb) -> Result<(), &'static str> {
        self.calls.get(&call).map_or(Err("no such call"), |call| verb::may(call, verb))?;
        self.may_park(verb)
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
        self.calls.get_mut(call)?.leg(leg)
    }

    fn desk(&mut self, now: Now) -> Desk<'_> {
        self.office.desk(now, &self.plan)
    }

    fn handle_sip(&mut self, now: Now, event: sip::Event) {
        match event {
            sip::Event::Invited { leg, arrival } => self.arrive(now, leg, arrival),
            sip::Event::Queried { query, arrival } => self.queried(now, query, arrival),
            sip::Event::Bindings(news) => claim::devices_changed(&mut self.desk(now), &news),
            sip::Event::Leg(leg, event) if self.noted(now, leg, &event) => {}
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

    fn handle_media(&mut self, now: Now, worker: u16, event: media::Event) {
        match event {
            media::Event::Stream(stream, event) => self.tell_stream(now, stream, event),
            media::Event::Spare { local } => self.office.spares.put(worker, local),
            media::Event::CaptureSilent { capture } => {
                // It may have ended meanwhile.
                if let Some(Capturing { call, .. }) = self.office.index.captures.get(&capture) {
                    self.tell(now, *call, Signal::Silent(capture));
                }
            }
            media::Event::CaptureFinished { capture, summary } => self.captured(now, capture, *summary),
            // Sealing is the ledger's business; the shell tells it.
            media::Event::CaptureSealed { .. } => {}
        }
    }

    fn tell_stream(&mut self, now: Now, stream: StreamId, event: media::StreamEvent) {
        if self.noted_stream(now, stream, &event) {
            return;
        }
        match self.office.index.streams.get(&stream).copied() {
            Some(call) if let media::StreamEvent::Yielded { state } = event => self.stream_came(now, call, state),
            Some(call) => self.tell(now, call, Signal::Stream(stream, event)),
            None => self.desk(now).astray("news of a stream of no call"),
        }
    }

    fn captured(&mut self, now: Now, capture: CaptureId, summary: media::CaptureSummary) {
        let Some(Capturing { call, started, tracks }) = self.office.index.captures.remove(&capture) else {
            return self.desk(now).astray("a recording of no call");
        };
        let recording = Recording { capture, call, started, summary, tracks };
        self.office.out.push_back(Output::Ledger(Entry::Captured(Box::new(recording))));
    }

    fn handle_acd(&mut self, now: Now, event: acd::Event) {
        match event {
            acd::Event::Contact(contact, event) => {
                // None: it left while this was on its way.
                if let Some(call) = self.office.index.contacts.get(&contact).copied() {
                    return self.tell(now, call, Signal::Contact(contact, event));
                }
                let wants = self.absents.on(now, &self.plan, contact, event);
                self.office.out.extend(wants);
            }
            // The node does not pass it on: the account has it from the journal.
            acd::Event::AgentChanged { .. } => self.desk(now).astray("news of an agent"),
        }
    }

    /// Somebody outside wants something of a call, which may be gone.
    fn ask(&mut self, now: Now, call: CallRef, signal: Signal) {
        if self.calls.contains_key(&call) {
            self.tell(now, call, signal);
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
        self.unnail_others();
        claim::announce_all(&mut self.desk(now));
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

/// What the legs of all calls have taken, as far as they are this to their calls.
fn claims(
    calls: &BTreeMap<CallRef, Box<Call>>,
    counts: impl Fn(Whose) -> bool,
) -> impl Iterator<Item = (LegId, Claim)> {
    let legs = calls.values().flat_map(|call| call.legs());
    legs.filter(move |(whose, _)| counts(*whose)).filter_map(|(_, leg)| Some((leg.id, leg.claim()?)))
}

#[cfg(test)]
mod aside_tests;
#[cfg(test)]
mod panics;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod strays_tests;
#[cfg(test)]
mod tests;
