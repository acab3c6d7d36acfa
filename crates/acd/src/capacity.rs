//! How many contacts an agent may have at once, by kind, and which may come beside which.
//!
//! Who says nothing has one contact at once, whatever its kind: an offer, a conversation and the after-call work that
//! follows it are one after the other.

use crate::face::Work;
use serde::{Deserialize, Serialize};
use terms::ContactKind;

/// What an agent takes at once. Without a line: one contact, of whatever kind. With lines: the kinds that are named, and
/// no others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capacity(pub Vec<Share>);

/// What of one kind an agent takes at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Of this kind.
    pub kind: ContactKind,
    /// So many at once.
    pub at_once: u8,
    /// Kinds that it interrupts: he is offered it though he has contacts of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interrupts: Vec<ContactKind>,
}

/// One contact that an agent is rung for, talks to or does after-call work for: it takes a place of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Occupation {
    pub kind: ContactKind,
    /// Never idle.
    pub work: Work,
}

impl Capacity {
    /// Whether he takes one contact at once, whatever its kind.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a place for one of some kind beside what he has.
    pub(crate) fn has_any_place(&self, occupied: &[Occupation]) -> bool {
        match self.0.is_empty() {
            true => occupied.is_empty(),
            false => self.0.iter().any(|share| self.admits(share.kind, occupied)),
        }
    }

    /// Whether there is a place for one of this kind beside what he has.
    pub(crate) fn admits(&self, kind: ContactKind, occupied: &[Occupation]) -> bool {
        if self.0.is_empty() {
            return occupied.is_empty();
        }
        let Some(share) = self.0.iter().find(|share| share.kind == kind) else { return false };
        let alike = occupied.iter().filter(|has| has.kind == kind).count();
        let goes_beside = |has: &Occupation| has.kind == kind || share.interrupts.contains(&has.kind);
        alike < usize::from(share.at_once) && occupied.iter().all(goes_beside)
    }
}

/// What of it all is told as his work: whom he talks to, else what rings, else his after-call work.
pub(crate) fn work(occupied: &[Occupation]) -> Work {
    let rank = |work: &Work| match work {
        Work::Talking(_) => 0,
        Work::Reserved(_) => 1,
        Work::WrapUp => 2,
        Work::Idle => 3,
    };
    occupied.iter().map(|occupation| occupation.work).min_by_key(rank).unwrap_or(Work::Idle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContactKind::{Chat, Email, Voice};
    use terms::ContactId;

    fn having(kinds: &[ContactKind]) -> Vec<Occupation> {
        let one = |(kind, nth): (&ContactKind, u64)| Occupation { kind: *kind, work: Work::Talking(ContactId(nth)) };
        kinds.iter().zip(0..).map(one).collect()
    }

    #[test]
    fn who_says_nothing_takes_one_contact_of_whatever_kind() {
        let plain = Capacity::default();
        for kind in [Voice, Chat] {
            assert!(plain.admits(kind, &[]));
            assert!(!plain.admits(kind, &having(&[Chat])));
        }
    }

    #[test]
    fn a_kind_comes_beside_its_like_up_to_its_number_and_beside_others_that_it_interrupts() {
        let capacity = Capacity(vec![
            Share { kind: Voice, at_once: 1, interrupts: vec![Chat] },
            Share { kind: Chat, at_once: 3, interrupts: vec![] },
        ]);
        let table = [
            (Voice, &[][..], true),
            (Voice, &[Voice], false),
            (Voice, &[Chat, Chat, Chat], true),
            (Chat, &[Chat, Chat], true),
            (Chat, &[Chat, Chat, Chat], false),
            (Chat, &[Voice], false),
            (Email, &[], false),
        ];
        for (kind, has, admitted) in table {
            assert_eq!(capacity.admits(kind, &having(has)), admitted, "{kind:?} beside {has:?}");
        }
    }

    #[test]
    fn whom_he_talks_to_is_told_before_what_rings_and_after_call_work() {
        let of = |work| Occupation { kind: Voice, work };
        let (talk, ring, wrap) = (Work::Talking(ContactId(1)), Work::Reserved(terms::OfferId(2)), of(Work::WrapUp));
        assert_eq!(work(&[wrap, of(ring), of(talk)]), talk);
        assert_eq!(work(&[wrap, of(ring)]), ring);
        assert_eq!((work(&[wrap]), work(&[])), (Work::WrapUp, Work::Idle));
    }
}
