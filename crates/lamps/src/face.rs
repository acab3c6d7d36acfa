//! What goes into the room, and what it may look at.

use crate::roster::Roster;
use dialplan::Plan;
use std::sync::Arc;
use terms::{AgentId, LegId, Mailbox, PhoneId, QueueId, RoomId, Slot};

/// What the room is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// By signalling.
    Watch(sip::Watch),
    /// A configuration is in force.
    Plan(Arc<Plan>),
    /// Something happened to a leg.
    Leg(LegId),
    /// Devices of a phone came or went.
    Phone(PhoneId),
    /// Something happened to an agent.
    Agent(AgentId),
    /// Somebody was parked in a slot, or is there no more.
    Slot(Slot),
    /// Somebody came to a room, or went, or is there in another way.
    Room(RoomId),
    /// A message lies in a mailbox, was heard there, or is there no more.
    Mail(Mailbox),
    /// Something happened in a queue, whichever it was.
    Queues,
}

/// A contact of a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its number.
    pub id: u64,
    /// Its URI.
    pub uri: String,
    /// How long it is good for, in seconds; absent where it stands in the configuration.
    pub expires: Option<u64>,
}

/// What can be seen of the other cores.
pub trait Sight {
    /// Every leg of a phone, with whose it is.
    fn legs(&self) -> Vec<(LegId, PhoneId)>;
    /// The phone at the other end of the call of a leg.
    fn facing(&self, leg: LegId) -> Option<PhoneId>;
    /// A leg, while it is one of a phone.
    fn line(&self, leg: LegId) -> Option<sip::Line>;
    /// What names a leg to whoever may take its call.
    fn handle(&self, leg: LegId) -> sip::Handle;
    /// Where a phone is registered.
    fn contacts(&self, phone: PhoneId) -> Vec<Contact>;
    /// An agent.
    fn agent(&self, agent: AgentId) -> Option<acd::AgentLine>;
    /// Whether somebody is parked in a slot.
    fn is_taken(&self, slot: Slot) -> bool;
    /// Who is in a room; nothing while nobody is.
    fn room(&self, room: RoomId) -> Option<Roster>;
    /// Messages in a mailbox: those that nobody has heard, and the others.
    fn mail(&self, mailbox: Mailbox) -> (usize, usize);
    /// Contacts that wait in a queue, and agents who are at work for it.
    fn queue(&self, queue: QueueId) -> Option<(usize, usize)>;
}

/// The state of the room, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Who watches.
    pub watchers: usize,
    /// Who is to be told something.
    pub due: usize,
    /// Legs that are known since somebody watches.
    pub legs: usize,
    /// What phones have published.
    pub published: usize,
}
