//! The engine's face: time and commands in, events and journal out. What a command means is in the
//! file of whom it concerns: `stay` (contacts), `offer`, `duty` (agents), `reconfigure`.

use crate::agent::Agent;
use crate::contact::Contact;
use crate::counters::{Counters, Stale, count};
use crate::face::{Command, Output, What};
use crate::journal::RULES;
use crate::matcher::Woken;
use crate::offer::Offer;
use crate::queue::Queue;
use crate::timers::{Timer, Timers};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use terms::{AgentId, ContactId, Mono, Now, OfferId, QueueId};

/// No time beyond this is believed, so that every deadline lies ahead of the time at which it is set.
const FAR: Mono = Mono::from_micros(u64::MAX / 2);

/// The routing core. See the crate's documentation for how it is driven.
#[derive(Debug)]
pub struct Engine {
    /// The time of the last input; it never goes back.
    pub(crate) now: Now,
    pub(crate) agents: BTreeMap<AgentId, Agent>,
    pub(crate) queues: BTreeMap<QueueId, Queue>,
    pub(crate) contacts: BTreeMap<ContactId, Contact>,
    pub(crate) offers: BTreeMap<OfferId, Offer>,
    pub(crate) timers: Timers,
    pub(crate) woken: Woken,
    /// Contacts that some agent declined a short while ago.
    pub(crate) refusing: BTreeSet<ContactId>,
    pub(crate) counters: Counters,
    /// The fleet's store is asked before an agent is rung.
    pub(crate) asks: bool,
    /// The last offer.
    pub(crate) last_offer: OfferId,
    /// Enqueues so far: the last word in the order of contacts.
    pub(crate) entries: u64,
    /// Journal entries so far.
    pub(crate) sequence: u64,
    pub(crate) out: VecDeque<Output>,
}

impl Engine {
    /// An engine without queues and agents. The seed keys its offers: two engines with one seed and one
    /// series of inputs put out the same; give each start of a process its own seed, so that an answer to
    /// an offer of the last one is stale.
    pub fn new(seed: u64) -> Engine {
        let mixed = mix(seed);
        Engine {
            now: Now::default(),
            agents: BTreeMap::new(),
            queues: BTreeMap::new(),
            contacts: BTreeMap::new(),
            offers: BTreeMap::new(),
            timers: Timers::default(),
            woken: Woken::default(),
            refusing: BTreeSet::new(),
            counters: Counters::default(),
            asks: false,
            last_offer: OfferId(first_offer(mixed)),
            entries: 0,
            sequence: 0,
            out: VecDeque::new(),
        }
    }

    /// An engine of a fleet whose nodes share agents: it rings nobody before their store has granted him
    /// ([`Output::Reserve`]).
    pub fn asking(seed: u64) -> Engine {
        Engine { asks: true, ..Engine::new(seed) }
    }

    /// Takes a command. Afterwards drain [`Engine::poll_output`].
    ///
    /// Timers that are due come first, with one exception: an answer to an offer that is still alive wins
    /// against its own ring time, however late the engine was woken.
    pub fn handle_input(&mut self, now: Now, command: Command) {
        self.advance(now);
        let answer = matches!(&command, Command::Accepted { offer } | Command::Answered { offer } if self.offers.contains_key(offer));
        if !answer {
            self.fire_due();
        }
        self.counters.inputs += 1;
        self.record(What::Input(command.clone()));
        self.obey(command);
        self.match_all();
        // What is due at once (a rule without grace) does not wait for the next wake-up.
        self.fire_due();
    }

    /// Fires the timers due by `now`. Afterwards drain [`Engine::poll_output`].
    pub fn handle_timeout(&mut self, now: Now) {
        self.advance(now);
        self.fire_due();
    }

    /// The next thing put out, oldest first.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When [`Engine::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.timers.next()
    }

    /// The time of an input. With the first, the journal begins.
    pub(crate) fn advance(&mut self, now: Now) {
        if now.mono < self.now.mono {
            self.counters.clock_back += 1;
        }
        let mono = now.mono.clamp(self.now.mono, FAR);
        self.now = Now { mono, wall: now.wall };
        if self.sequence == 0 {
            self.record(What::Begun { rules: RULES, asks: self.asks });
        }
    }

    fn obey(&mut self, command: Command) {
        let done = match command {
            Command::Reconfigure(setup) => self.reconfigure(&setup),
            Command::Enqueue { contact, queue, credit, emergency, requirement, stay } => {
                self.enqueue(contact, queue, credit, emergency, requirement, stay)
            }
            Command::Withdraw { contact, why } => self.withdraw(contact, why),
            Command::Suspend { contact, at_most } => self.suspend(contact, at_most),
            Command::Resume { contact } => self.resume(contact),
            Command::Answered { offer } => self.answered(offer),
            Command::Accepted { offer } => self.accepted(offer),
            Command::OfferFailed { offer, why } => self.failed(offer, why),
            Command::Finished { contact, .. } => self.finished(contact),
            Command::Pick { contact, agent } => self.pick(contact, agent),
            Command::Prefer { contact } => self.prefer(contact),
            Command::Take { agent, queue, within } => self.take_next(agent, queue, within),
            Command::Requeue { contact, queue, credit, .. } => self.requeue(contact, queue, credit),
            Command::TakenBy { offer, agent } => self.taken_by(offer, agent),
            Command::HandOver { contact, to, joins, .. } => self.hand_over(contact, to, joins),
            Command::Leaves { contact, agent, .. } => self.leaves(contact, agent),
            Command::Reserved { offer, granted } => self.reserved(offer, granted),
            Command::WrapUpDone { agent } => self.wrap_up_done(agent),
            Command::Dispose { agent, .. } => self.dispose(agent),
            Command::SetStatus { agent, status } => self.set_status(agent, status),
            Command::Reachable { agent, reachable } => self.set_reachable(agent, reachable),
            Command::Engaged { agent, engaged } => self.set_engaged(agent, engaged),
        };
        if let Err(stale) = done {
            count(&mut self.counters.stale, Stale::name(stale));
        }
    }

    fn fire_due(&mut self) {
        if self.timers.peek_due(self.now.mono).is_none() {
            return;
        }
        self.counters.ticks += 1;
        self.record(What::Tick);
        while let Some(timer) = self.timers.peek_due(self.now.mono) {
            if timer.sends_on() {
                // An agent who became free by this instant beats the rule that would send the contact on.
                self.match_all();
            }
            self.timers.stop(timer);
            self.fire(timer);
        }
        self.match_all();
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Ring(offer) => self.ring_time_over(offer),
            Timer::More(contact) => self.one_more(contact),
            Timer::WrapUp(agent) => self.wrap_up_over(agent),
            Timer::Rest(agent) => self.settle(agent),
            Timer::Refusal(contact, agent) => self.refusal_over(contact, agent),
            Timer::Resume(contact) => self.suspension_over(contact),
            Timer::Step(contact) => self.next_step(contact),
            Timer::Waited(contact) => self.waited_out(contact),
            Timer::NoAgents(queue) => self.unstaffed_too_long(queue),
        }
    }
}

/// Where an engine's offers begin: 31 bits of its seed, and room for more than 2^32 behind them.
fn first_offer(mixed: u64) -> u64 {
    (mixed >> 32 & 0x7ff) << 52 | (mixed & 0xf_ffff) << 32
}

/// One round of splitmix64: seeds that differ little give prefixes that differ much.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
