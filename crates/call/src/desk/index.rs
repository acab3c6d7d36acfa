//! Which call what the spokes tell belongs to.

use crate::cdr::Track;
use std::collections::BTreeMap;
use terms::{CallRef, CaptureId, ContactId, LegId, PhoneId, Slot, StreamId, Wall};

/// Which call an event belongs to.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub legs: BTreeMap<LegId, CallRef>,
    pub streams: BTreeMap<StreamId, CallRef>,
    /// The call in which a phone was last, whether it still is or not.
    pub phones: BTreeMap<PhoneId, CallRef>,
    pub contacts: BTreeMap<ContactId, CallRef>,
    /// Who is parked where.
    pub slots: BTreeMap<Slot, CallRef>,
    /// Recordings outlive their calls: hashing and closing the file must not hold a call.
    pub captures: BTreeMap<CaptureId, Capturing>,
}

/// A recording that is not complete.
#[derive(Debug)]
pub(crate) struct Capturing {
    pub call: CallRef,
    pub started: Wall,
    pub tracks: Vec<Track>,
}
