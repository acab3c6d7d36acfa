//! What tests have people do in a world, and what they look at in it: each of these would else stand in many tests.

use crate::scenario;
use crate::{CARRIER, Conduct, Fault, Faults, PhoneIndex, Standing, Then, World};
use acd::Work;
use call::cdr::{CallRecord, Entry, LegRecord};
use call::{At, Verb};
use std::time::Duration;
use terms::{AgentId, CallRef, LegId, PhoneId};

/// A call as a user agent has it: whose it is, and which.
pub type Own = (PhoneIndex, LegId);

/// A time in milliseconds.
pub const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A customer has come through the queue to alice, and the two talk.
pub fn served(seed: u64) -> World {
    let mut world = scenario::world(seed, Faults::default());
    let customer = world.brings("+359888123456", scenario::NUMBER);
    world.advance(ms(2_000));
    world.act(customer.0, |agent, _| agent.press(customer.1, '1'));
    world.advance(ms(4_000));
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
    world
}

/// Each kind of fault at each of so many messages.
pub fn faults(messages: u64) -> impl Iterator<Item = (u64, Fault)> {
    (0..messages).flat_map(|nth| [Fault::Lost, Fault::Doubled, Fault::Swapped].map(|fault| (nth, fault)))
}

/// What holds in a calm world holds too whatever happens to one of its messages. How many there are is counted, and
/// comes back.
pub fn under_each_fault(world: impl Fn() -> World, claim: impl Fn(&mut World)) -> u64 {
    let mut calm = world();
    let before = calm.network.sip_messages;
    claim(&mut calm);
    let messages = calm.network.sip_messages - before;
    for (nth, fault) in faults(messages) {
        let mut world = world();
        world.meet(nth, fault);
        claim(&mut world);
    }
    messages
}

impl World {
    /// The n-th message from now on meets a fault.
    pub fn meet(&mut self, nth: u64, fault: Fault) {
        self.network.faults.at = Some((self.network.sip_messages + nth, fault));
    }

    /// What somebody does from now on with a call that comes to him.
    pub fn conduct(&mut self, who: &str, ring_ms: u64, then: Then) {
        self.agent(who).conduct = Conduct { ring: ms(ring_ms), then, ..Conduct::default() };
    }

    /// One of our phones dials this.
    pub fn dials(&mut self, who: &str, number: &str) -> Own {
        let phone = self.phone(who);
        (phone, self.act(phone, |agent, now| agent.dial(now, number)))
    }

    /// The carrier brings a call.
    pub fn brings(&mut self, caller: &str, number: &str) -> Own {
        (CARRIER, self.dial(caller, number))
    }

    /// The newest call of somebody.
    pub fn own(&self, who: &str) -> Own {
        let phone = self.phone(who);
        let leg = self.agents[phone].current().unwrap_or_else(|| panic!("{who} is in no call\n{}", self.ladder));
        (phone, leg)
    }

    /// Somebody has the other side of his newest call connected with this number.
    pub fn refers(&mut self, who: &str, to: &str) -> Own {
        let (phone, leg) = self.own(who);
        self.act(phone, |agent, now| agent.refer(now, leg, to));
        (phone, leg)
    }

    /// What he was answered to that, and then told of it.
    pub fn told(&self, (phone, leg): Own) -> &[u16] {
        &self.agents[phone].talks[&leg].transfer
    }

    /// Whoever is still in a call hangs up, and nothing is left over.
    pub fn finish(&mut self) {
        for phone in 0..self.agents.len() {
            while let Some(leg) = self.agents[phone].current() {
                self.hang_up((phone, leg));
                self.wait_until(Duration::from_secs(70), |world| world.agents[phone].current() != Some(leg));
            }
        }
        self.assert_quiescent();
    }

    /// This call is hung up at its own end.
    pub fn hang_up(&mut self, (phone, leg): Own) {
        self.act(phone, |agent, now| agent.hang_up(now, leg));
    }

    /// Somebody hangs up his newest call.
    pub fn hangs_up(&mut self, who: &str) {
        let own = self.own(who);
        self.hang_up(own);
    }

    /// Keys are pressed in this call, one after the other.
    pub fn type_in(&mut self, (phone, leg): Own, keys: &str) {
        for key in keys.chars() {
            self.act(phone, |agent, _| agent.press(leg, key));
            self.advance(ms(300));
        }
    }

    /// How a call stands at its own end.
    pub fn standing(&self, (phone, leg): Own) -> Standing {
        self.agents[phone].talks[&leg].standing
    }

    /// The oldest of the calls that run.
    pub fn only_call(&self) -> CallRef {
        self.node.board().inspect(self.now()).calls.first().expect("a call runs").call
    }

    /// The leg by which a phone is in that call, as the switch names it.
    pub fn leg_of(&self, who: &str) -> LegId {
        let sheet = self.node.board().sheet(self.now(), self.only_call()).expect("it runs");
        let is = |line: &&call::PartyLine| line.at == Some(At::Phone(PhoneId::of(who)));
        sheet.parties.iter().find(is).unwrap_or_else(|| panic!("{who} is not in it: {sheet:?}")).leg
    }

    /// A call does what it can do.
    pub fn obey(&mut self, call: CallRef, verb: Verb) {
        assert_eq!(self.node.board().may(call, &verb), Ok(()), "{verb:?}\n{}", self.ladder);
        self.input(node::Input::Verb { call, verb });
        self.assert_wired_as_said();
    }

    /// The oldest of the calls that run does what it can do.
    pub fn obeys(&mut self, verb: Verb) {
        let call = self.only_call();
        self.obey(call, verb);
    }

    /// Sooner or later these are the ones who hear each other.
    pub fn come_to_hear(&mut self, pairs: &[&str]) {
        let sorted = |mut heard: Vec<String>| {
            heard.sort();
            heard
        };
        let pairs = sorted(pairs.iter().map(|pair| (*pair).to_owned()).collect());
        let heard = (0..120).map(|_| sorted(self.heard())).any(|heard| heard == pairs);
        assert!(heard, "{pairs:?}, not {:?}\n{}", self.heard(), self.ladder);
    }

    /// What an agent does.
    pub fn work(&self, agent: &str) -> Work {
        self.node.acd().agent(AgentId::of(agent)).expect("he is in the plan").work
    }

    /// How often somebody was turned away for this.
    pub fn refusals(&self, reason: &str) -> u64 {
        self.node.board().inspect(self.now()).refusals.get(reason).copied().unwrap_or(0)
    }

    /// Every call that is over, the oldest first.
    pub fn records(&self) -> Vec<CallRecord> {
        let closed = |entry: &Entry| if let Entry::Closed(record) = entry { Some((**record).clone()) } else { None };
        let mut records: Vec<CallRecord> = self.ledger.iter().filter_map(closed).collect();
        records.sort_by_key(|record| record.call);
        records
    }

    /// The oldest call of those that are over.
    pub fn record(&self) -> CallRecord {
        self.records().into_iter().next().expect("a call is over")
    }

    /// Every leg that is over, call by call.
    pub fn leg_records(&self) -> Vec<LegRecord> {
        let leg = |entry: &Entry| if let Entry::Leg(leg) = entry { Some((**leg).clone()) } else { None };
        let mut legs: Vec<LegRecord> = self.ledger.iter().filter_map(leg).collect();
        legs.sort_by_key(|leg| (leg.call, leg.nth));
        legs
    }
}
