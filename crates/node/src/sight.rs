//! What the lamps may look at: the cores of the node.

use crate::pages::Pages;
use acd::Engine;
use call::Switchboard;
use lamps::{Contact, Roster, Seat, Sight};
use sip::{Command, Endpoint, Handle, Line};
use terms::{AgentId, LegId, Mailbox, PhoneId, QueueId, RoomId, Slot};

/// The cores.
pub(crate) struct Cores<'a> {
    pub sip: &'a Endpoint,
    pub pages: &'a Pages,
    pub board: &'a Switchboard,
    pub acd: &'a Engine,
}

impl Sight for Cores<'_> {
    fn legs(&self) -> Vec<(LegId, PhoneId)> {
        let mut legs = self.sip.phone_legs();
        legs.extend(self.pages.legs());
        legs.sort_unstable();
        legs
    }

    fn facing(&self, leg: LegId) -> Option<PhoneId> {
        self.board.facing(leg)
    }

    fn line(&self, leg: LegId) -> Option<Line> {
        self.sip.line(leg).or_else(|| self.pages.line(leg))
    }

    fn handle(&self, leg: LegId) -> Handle {
        self.sip.handle(leg)
    }

    fn contacts(&self, phone: PhoneId) -> Vec<Contact> {
        let contact = |(id, uri, expires): (sip::BindingId, String, Option<u64>)| Contact { id: id.0, uri, expires };
        self.sip.contacts(phone).into_iter().map(contact).collect()
    }

    fn agent(&self, agent: AgentId) -> Option<acd::AgentLine> {
        self.acd.agent(agent)
    }

    fn is_taken(&self, slot: Slot) -> bool {
        self.board.parked_in(slot).is_some()
    }

    fn room(&self, room: RoomId) -> Option<Roster> {
        let line = self.board.room(room)?;
        let mut roster = Roster { most: line.most, locked: line.locked, ..Roster::default() };
        for seat in line.seats {
            let phone = if let Some(sip::Source::Phone(phone)) = seat.at { Some(phone) } else { None };
            let call::SeatLine { leg, number, host, muted, holds, .. } = seat;
            let seat = Seat { leg, phone, host, muted, holds };
            roster.people.entry(number.reveal().clone()).or_default().push(seat);
        }
        Some(roster)
    }

    fn mail(&self, mailbox: Mailbox) -> (usize, usize) {
        let lying = self.board.mailbox(mailbox);
        let heard = lying.iter().filter(|one| one.heard).count();
        (lying.len() - heard, heard)
    }

    fn queue(&self, queue: QueueId) -> Option<(usize, usize)> {
        self.acd.waiting(queue)
    }
}

/// The leg that a command changes.
pub(crate) fn leg_of(command: &Command) -> Option<LegId> {
    match command {
        Command::Invite { leg, .. }
        | Command::Progress { leg, .. }
        | Command::Answer { leg, .. }
        | Command::Refuse { leg, .. }
        | Command::Release { leg, .. }
        | Command::Introduce { leg, .. }
        | Command::Focus { leg, .. } => Some(*leg),
        _ => None,
    }
}
