//! The mailboxes: the messages in each with which nobody is done. What became of the others is the account's.

use std::collections::BTreeMap;
use terms::{CallRef, CaptureId, Mailbox, Pii, Wall, limits};

/// A message that lies in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lying {
    /// Its recording, by which it is named.
    pub capture: CaptureId,
    /// The call in which it was left.
    pub call: CallRef,
    /// Who left it.
    pub number: Pii<String>,
    /// When.
    pub since: Wall,
    /// How long it is, in milliseconds.
    pub length_ms: u64,
    /// Somebody has heard it.
    pub heard: bool,
}

/// All mailboxes in which something lies, the oldest message of each first.
#[derive(Debug, Default)]
pub(crate) struct Boxes(BTreeMap<Mailbox, Vec<Lying>>);

impl Boxes {
    /// Whether it takes no more.
    pub fn is_full(&self, mailbox: Mailbox) -> bool {
        self.in_it(mailbox).len() >= limits::MAILBOX
    }

    /// What lies in one.
    pub fn in_it(&self, mailbox: Mailbox) -> &[Lying] {
        self.0.get(&mailbox).map_or(&[], Vec::as_slice)
    }

    /// One more; it may be known from before a restart.
    pub fn put(&mut self, mailbox: Mailbox, lying: Lying) {
        let known = self.0.entry(mailbox).or_default();
        if known.iter().all(|one| one.capture != lying.capture) {
            let place = known.partition_point(|one| (one.since, one.capture) < (lying.since, lying.capture));
            known.insert(place, lying);
        }
    }

    /// Where a message lies.
    pub fn find(&self, capture: CaptureId) -> Option<(Mailbox, &Lying)> {
        self.0.iter().find_map(|(mailbox, lying)| Some((*mailbox, lying.iter().find(|one| one.capture == capture)?)))
    }

    /// Somebody has heard it; whether it was new.
    pub fn heard(&mut self, capture: CaptureId) -> bool {
        let lying = self.0.values_mut().flatten().find(|one| one.capture == capture);
        lying.is_some_and(|one| !std::mem::replace(&mut one.heard, true))
    }

    /// It lies there no more; whether it did.
    pub fn take(&mut self, capture: CaptureId) -> bool {
        let Some((mailbox, _)) = self.find(capture) else { return false };
        let Some(lying) = self.0.get_mut(&mailbox) else { return false };
        lying.retain(|one| one.capture != capture);
        if lying.is_empty() {
            self.0.remove(&mailbox);
        }
        true
    }
}
