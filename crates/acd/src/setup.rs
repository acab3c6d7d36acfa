//! A configuration in the journal's store: by the hash of its text, which is kept once however often it comes in force.
//! Who can be rung at that moment is no part of it.

use crate::face::{AgentSetup, Command, Entry, QueueSetup, Setup, What};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// The SHA-256 of a configuration's text; written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetupHash(pub [u8; 32]);

impl fmt::Display for SetupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SetupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for SetupHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SetupHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SetupHash, D::Error> {
        let text = String::deserialize(deserializer)?;
        let byte = |nth: usize| u8::from_str_radix(text.get(2 * nth..2 * nth + 2)?, 16).ok();
        let mut hash = SetupHash([0; 32]);
        for (nth, place) in hash.0.iter_mut().enumerate() {
            *place = byte(nth).ok_or_else(|| D::Error::custom("not a SHA-256 in hexadecimal"))?;
        }
        Ok(hash)
    }
}

/// What of a configuration is kept by its hash.
#[derive(Serialize)]
struct Plan<'a> {
    queues: &'a [QueueSetup],
    agents: &'a [AgentSetup],
}

impl Setup {
    /// What is hashed and kept; read back, it is a [`Setup`] that tells of nobody's presence.
    pub fn plan(&self) -> impl Serialize {
        Plan { queues: &self.queues, agents: &self.agents }
    }
}

impl Entry {
    /// The configuration that comes in force with this entry, if one does.
    pub fn setup(&self) -> Option<&Arc<Setup>> {
        match &self.what {
            What::Input(Command::Reconfigure(setup)) => Some(setup),
            _ => None,
        }
    }

    /// The entry as the store has it, with its configuration by this hash.
    pub fn by_hash(&self, hash: SetupHash) -> Entry {
        let present = self.setup().map(|setup| setup.present.clone()).unwrap_or_default();
        Entry { what: What::Configured { setup: hash, present }, ..*self }
    }

    /// The entry as the engine wrote it, given the text's configuration. Any other entry stays as it is.
    pub fn with_setup(self, kept: impl FnOnce(SetupHash) -> Option<Setup>) -> Entry {
        let What::Configured { setup, present } = self.what else { return self };
        let what = match kept(setup) {
            Some(kept) => What::Input(Command::Reconfigure(Arc::new(Setup { present, ..kept }))),
            None => What::Configured { setup, present },
        };
        Entry { what, ..self }
    }
}
