//! What people write who come from Asterisk, FreeSWITCH or Kamailio, and how it is written here. Nothing of it is
//! taken: each word leads to the help of a finding.

mod destination;
mod keys;
mod line;
mod pattern;
mod values;

pub(crate) use destination::{destination, from};
pub(crate) use keys::{act, key};
pub(crate) use line::{comments, line};
pub(crate) use pattern::{doubt, pattern};
pub(crate) use values::{
    address, cause, codec, duration, hours, network, number_with_unit, remote, strategy, texts, truth,
};

/// As a word is compared: small letters, and one sign for `-`, `_` and a space.
fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace(['-', ' '], "_")
}
