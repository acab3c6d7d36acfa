//! Every id that call control owns.

use media::{Playing, Sound};
use terms::{CallRef, CaptureId, ContactId, IdSource, Incarnation, LegId, PlayId, StreamId, limits};

/// Hands out every id that call control owns. Those that outlive the process have a source each.
#[derive(Debug)]
pub(crate) struct Ids {
    of: Incarnation,
    pub calls: IdSource,
    pub contacts: IdSource,
    pub captures: IdSource,
    /// The last leg that `sip` received.
    received: LegId,
    legs: u64,
    streams: u64,
    plays: u64,
}

impl Ids {
    pub fn new(of: Incarnation) -> Ids {
        let source = || IdSource::new(of);
        let (calls, contacts, captures) = (source(), source(), source());
        Ids { of, calls, contacts, captures, received: LegId(0), legs: 0, streams: 0, plays: 0 }
    }
    /// None is left for another call, or too few for what the running ones may still need.
    pub fn are_spent(&self) -> bool {
        let rest = [&self.contacts, &self.captures].map(IdSource::left);
        let leg = self.received.max(LegId::outbound(self.legs)).0 + 2 * limits::IDS_KEPT;
        self.calls.left() == 0 || rest.iter().any(|left| *left < limits::IDS_KEPT) || self.of.id(leg).is_none()
    }
    pub fn call(&mut self) -> Option<CallRef> {
        self.calls.next_id().map(CallRef)
    }
    pub fn contact(&mut self) -> Option<ContactId> {
        self.contacts.next_id().map(ContactId)
    }
    pub fn capture(&mut self) -> Option<CaptureId> {
        self.captures.next_id().map(CaptureId)
    }
    /// `sip` chose this one.
    pub fn received(&mut self, leg: LegId) {
        self.received = self.received.max(leg);
    }
    pub fn leg(&mut self) -> LegId {
        self.legs += 1;
        LegId::outbound(self.legs)
    }
    pub fn stream(&mut self) -> StreamId {
        self.streams += 1;
        StreamId(self.streams)
    }
    /// A sound that was never played before.
    pub fn playing(&mut self, sound: Sound, repeat: bool) -> Playing {
        self.plays += 1;
        Playing { play: PlayId(self.plays), sound, repeat, yields: false }
    }
}
