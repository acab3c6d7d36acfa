//! What a call can be told.

use crate::face::Verb;
use crate::parcel::News;
use terms::{CaptureId, Cause, ContactId, LegId, StreamId};

/// What a spoke, a timer or the switchboard tells a call.
#[derive(Debug)]
pub(crate) enum Signal {
    Leg(LegId, sip::LegEvent),
    Stream(StreamId, media::StreamEvent),
    Contact(ContactId, acd::ContactEvent),
    /// Something about a party that goes from one call to another.
    Parcel(Box<News>),
    /// Somebody outside wants something.
    Verb(Verb),
    /// What became of what a party wanted by a code.
    Obeyed(LegId, bool),
    /// Nobody has spoken on a recording of its for a while.
    Silent(CaptureId),
    /// A deadline of the call is due.
    Due,
    /// The switch ends the call (drain deadline, a fault in it).
    Release(Cause),
    /// A bug, for the test of what contains it.
    #[cfg(test)]
    Panic,
}
