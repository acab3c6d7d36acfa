//! Bindings on their way to the ledger. They are written behind: a phone that registers again within the moment
//! replaces what it said before, and many phones' bindings become one group of rows. Losing the last moment's to a
//! killed process costs a phone no more than its next refresh.

use sip::BindingChange;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{Mono, PhoneId};

/// How long a binding may wait.
const MOMENT: Duration = Duration::from_millis(100);

/// Bindings that wait.
#[derive(Debug, Default)]
pub struct Behind {
    changes: BTreeMap<(PhoneId, String), Box<BindingChange>>,
    due: Option<Mono>,
}

impl Behind {
    /// Takes note of a change; only the last one of a phone's key counts.
    pub fn note(&mut self, now: Mono, change: Box<BindingChange>) {
        self.due.get_or_insert(now + MOMENT);
        self.changes.insert((change.phone, change.key.clone()), change);
    }

    /// When the first one has waited long enough.
    pub fn due(&self) -> Option<Mono> {
        self.due
    }

    /// All of them, once the first one has waited long enough.
    pub fn take(&mut self, now: Mono) -> impl Iterator<Item = Box<BindingChange>> + use<> {
        let taken = match self.due {
            Some(due) if due <= now => self.take_all(),
            _ => BTreeMap::new(),
        };
        taken.into_values()
    }

    /// All of them now.
    pub fn take_all(&mut self) -> BTreeMap<(PhoneId, String), Box<BindingChange>> {
        self.due = None;
        std::mem::take(&mut self.changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::{Pii, Wall};

    fn change(key: &str, cseq: u32) -> Box<BindingChange> {
        let address = "192.0.2.1:5060".parse().unwrap();
        Box::new(BindingChange {
            phone: PhoneId::of("desk"),
            key: key.into(),
            contact: Pii::new("sip:desk@192.0.2.1".into()),
            remote: address,
            transport: sip::Transport::Udp,
            local: address,
            q: 1_000,
            call_id: "c".into(),
            cseq,
            expires: Wall::from_millis(0),
        })
    }

    #[test]
    fn the_last_change_of_a_key_is_written_after_a_moment_and_once() {
        let mut behind = Behind::default();
        let start = Mono::from_micros(1_000_000);
        behind.note(start, change("a", 1));
        behind.note(start + MOMENT / 2, change("a", 2));
        behind.note(start + MOMENT / 2, change("b", 1));
        assert_eq!(behind.take(start + MOMENT / 2).count(), 0);
        let taken: Vec<_> = behind.take(start + MOMENT).map(|change| (change.key.clone(), change.cseq)).collect();
        assert_eq!(taken, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert_eq!((behind.due(), behind.take_all().len()), (None, 0));
    }
}
