//! What the shell (or a test) reads for the dial plan, and tells of the place where it runs.

use crate::secret::SecretRef;
use std::net::IpAddr;

/// What the shell (or a test) reads for the dial plan.
pub trait Sources {
    /// The bytes of a configuration file: the root, or an included file named relative to the root's
    /// folder in the way the including file wrote it. The error says why not, in words for people.
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String>;

    /// What is known of a prompt or a piece of music. `folder` is `storage.sounds`, `path` what the operator wrote.
    fn sound(&mut self, folder: &str, path: &str) -> Sound;

    /// What is known of the place where a password is kept; it is not the password.
    fn secret(&mut self, _from: &SecretRef) -> Kept {
        Kept::Well
    }

    /// What is known of a certificate and its key, which is not read for more.
    fn certificate(&mut self, _certificate: &str, _key: &str) -> Certificate {
        Certificate::Good { days: i64::MAX }
    }

    /// The addresses that this machine has; none when they are not known, or when it is not the one that matters.
    fn addresses(&mut self) -> Vec<IpAddr> {
        vec![]
    }
}

/// A configuration that is one text, whatever its name, and whose sounds are all there: for tests, measurements and the
/// simulator.
pub struct OneText<'a>(pub &'a str);

impl Sources for OneText<'_> {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }
    fn sound(&mut self, _: &str, _: &str) -> Sound {
        Sound::Fits
    }
}

/// How a password is kept, as far as the dial plan cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is there.
    Well,
    /// There is nothing.
    Missing,
    /// Something is there, and it is empty.
    Empty,
    /// It cannot be read; in words, why.
    Unreadable(String),
    /// Nothing can be said from here; in words, why.
    Unseen(String),
    /// It is there, and not for the switch alone: in words, who else, and the command that mends it.
    Open(String, String),
}

/// A certificate with its key, as far as the dial plan cares. Reasons are in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// They fit each other, and are good for so many days.
    Good {
        /// Fewer than none: it has ended.
        days: i64,
    },
    /// The certificate cannot be used.
    Bad(String),
    /// The key cannot be used.
    BadKey(String),
    /// The key can be read by others: who, and the command that mends it.
    OpenKey(String, String),
    /// Nothing can be said from here.
    Unseen(String),
}

/// A sound file, as far as the dial plan cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// There is none.
    Missing,
    /// It is played as it is.
    Fits,
    /// It is converted each time the switch starts; in words, from what: `44100 samples a second, stereo`.
    Converted(String),
    /// It cannot be played; in words, why, and what to do.
    Refused(String),
}
