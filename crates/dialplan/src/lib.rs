//! The operator's TOML: checked with every mistake explained at its place, and compiled into an
//! immutable [`Plan`] that answers "what happens to this call?".
//!
//! It reads no file and no clock: sources come in behind [`Sources`], time as a value. Secrets are not
//! in the plan; [`Secrets`] says where the shell finds each.

mod check;
pub mod codes;
mod compile;
pub mod duty;
mod explain;
mod finding;
pub mod flow;
mod gather;
mod habits;
pub mod hours;
pub mod keys;
pub mod login;
mod lookup;
mod machine;
mod message;
mod nearest;
mod number;
pub mod pattern;
mod plan;
mod recover;
mod require;
mod route;
mod scope;
mod secret;
mod sections;
mod source;
mod syntax;
mod table;
mod text;
mod toll;
mod value;

pub use compile::{Loaded, load};
pub use explain::{Explanation, Line, LineKind};
pub use finding::{Finding, Severity, render, summary};
pub use lookup::Index;
pub use message::{Leave, Voicemail};
pub use nearest::of as nearest;
pub use number::{Caller, Country, Form, Presented, Rewrite, Shown};
pub use plan::*;
pub use route::{Arrival, Origin, Routed};
pub use secret::{Secret, SecretRef, Secrets};
pub use sections::*;
pub use source::{Certificate, Kept, OneText, Sound, Sources};
