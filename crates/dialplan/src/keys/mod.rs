//! Every key of the configuration, once: the doc comments in this folder are the texts of the reference page and
//! of the JSON schema, and tests hold them against what the loader asks for and assumes.

mod calls;
mod codes;
mod console;
mod duty;
mod people;
mod room;
mod switch;
mod user;

pub use calls::{FLOW, HOURS, ROUTE};
pub use codes::CODES;
pub use console::{BOARD, CONSOLE, TLS};
pub use duty::DUTY;
pub use people::{AGENT, GROUP, PHONE, QUEUE, TRUNK};
pub use room::ROOM;
pub use switch::ROOT;
pub use user::USER;

/// A table of the configuration.
#[derive(Debug)]
pub struct Keys {
    /// As it is written: `[listen]`, `[[trunk]]`, or the key that holds it.
    pub title: &'static str,
    /// What it is, line by line.
    pub about: &'static [&'static str],
    /// Its keys, in the order in which an operator thinks of them.
    pub keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// Meaning, unit and consequence, line by line.
    pub doc: &'static [&'static str],
    /// What may be written.
    pub kind: Kind,
    /// What holds when it is left out.
    pub absent: Absent,
}

/// What holds when a key is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The same as if this value were written (in TOML).
    Value(&'static str),
    /// Something that depends on other things, in words.
    Words(&'static str),
    /// It may not be left out.
    Needed,
}

/// What may be written for a key.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text, with an example.
    Text(&'static str),
    /// One text or a list of texts, with an example of one.
    Texts(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words, or one of them.
    Words(&'static [&'static str]),
    /// A duration such as `"20s"`.
    Duration,
    /// A whole number, from and to.
    Integer(u32, u32),
    /// A number from 0 to 1.
    Fraction,
    /// True or false.
    Boolean,
    /// Where a call is sent.
    Destination,
    /// A step of the same flow, or where a call is sent.
    Target,
    /// The cause of a hang-up: a word or a Q.850 number.
    Cause,
    /// Skills with their levels.
    Levels,
    /// Keys of a telephone with what each leads to.
    Digits,
    /// Digits of a telephone with the word that each stands for.
    Meanings(&'static str),
    /// A list of lists of names.
    Tiers,
    /// The keys of a code, or false.
    Code,
    /// False, or `"at start"`.
    Ready,
    /// A password in clear, or where it is.
    Password(&'static Keys),
    /// One table with keys of its own.
    One(&'static Keys),
    /// A list of tables.
    Many(&'static Keys),
    /// Tables by name: `[hours.NAME]`.
    Named(&'static Keys),
    /// Flows by name: the keys of the flow itself, and steps, each of one of these kinds.
    Flows(&'static Keys, &'static [&'static Keys]),
}

impl Key {
    /// The tables that stand behind it.
    pub fn tables(&self) -> Vec<&'static Keys> {
        match self.kind {
            Kind::Password(keys) | Kind::One(keys) | Kind::Many(keys) | Kind::Named(keys) => vec![keys],
            Kind::Flows(flow, steps) => std::iter::once(flow).chain(steps.iter().copied()).collect(),
            _ => vec![],
        }
    }
}

/// Doc comments to data.
macro_rules! keys {
    ($(
        $(#[doc = $about:literal])*
        $vis:vis $table:ident $title:literal {
            $(
                $(#[doc = $doc:literal])*
                $key:ident: $kind:expr; $absent:ident $(($value:literal))?,
            )*
        }
    )*) => {
        $(
            $(#[doc = $about])*
            $vis static $table: $crate::keys::Keys = $crate::keys::Keys {
                title: $title,
                about: &[$($about),*],
                keys: &[$(
                    $crate::keys::Key {
                        name: stringify!($key),
                        doc: &[$($doc),*],
                        kind: $kind,
                        absent: $crate::keys::Absent::$absent $(($value))?,
                    },
                )*],
            };
        )*
    };
}
use keys;
