//! What happened: call records, queue events, bindings and the ACD journal, in a daybook and then in SQLite.
//!
//! [`Ledger::open`] counts the start, closes what an earlier start left open and says what to restore;
//! [`Ledger::writer`] gives the signalling thread an [`Inlet`] and the runtime a [`Writer`] that writes groups down in
//! the daybook and posts them to the database. [`Reader`] answers questions, also from another process. Nothing here is
//! on a call's path.
//!
//! Numbers are stored in clear, since this is the account; they are never logged.

mod access;
mod audit;
mod batch;
mod calls;
mod changes;
mod clerk;
pub mod customers;
mod daybook;
mod dialogs;
mod direction;
mod events;
mod forwards;
mod happenings;
mod inlet;
mod insert;
mod intake;
mod item;
mod journal;
mod kept;
mod legs;
mod lines;
pub mod live;
mod looks;
#[cfg(test)]
mod merge_tests;
mod messages;
mod migrations;
mod moves;
mod open;
mod pages;
mod parkings;
mod posting;
mod query;
pub mod report;
pub mod retention;
mod row;
mod running;
mod seats;
mod segments;
mod store;
mod story;
pub mod stream;
mod tokens;
mod unfinished;
mod values;
mod watches;
mod writer;

pub use access::{Access, Invitation, Proof, Session};
pub use audit::{AuditEntry, AuditFilter, SignIn};
pub use changes::{OverlayRow, Reload};
pub use daybook::written_down;
pub use direction::Direction;
pub use inlet::{Health, Inlet, SideDoor};
pub use item::{Item, Name, NameKind};
pub use legs::LegRow;
pub use looks::{Look, Looked};
pub use messages::{Marked, MessageFilter, MessageRow};
pub use open::{Ledger, Start};
pub use parkings::ParkingRow;
pub use query::{CallFilter, CallRow, JournalPlace, Names, Reader, RecordingRow, Within};
pub use retention::{Expired, Remover, Retention};
pub use seats::SeatRow;
pub use story::{ContactRow, ContactStory, SegmentRow, Story};
pub use tokens::Token;
pub use unfinished::Unfinished;
pub use watches::WatchRow;
pub use writer::Writer;

/// Why the ledger could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is not one of a SQLite database.
    #[error("\"{url}\" is not a database URL; write it like \"sqlite:strowger.db\" ({reason})")]
    Url {
        /// As given.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no such file (a reader creates none).
    #[error("there is no ledger at {path}: has `strowger run` been started with this storage?")]
    Missing {
        /// Where it was looked for.
        path: String,
    },
    /// Another process writes this ledger.
    #[error("another switch is using {path}: stop it, or give this one a database of its own")]
    InUse {
        /// The database.
        path: String,
    },
    /// The database's file vanished or was replaced under a running switch.
    #[error("{path} is gone or was replaced: put the file back; nothing is lost while the switch runs")]
    Away {
        /// The database.
        path: String,
    },
    /// The writer exists already.
    #[error("this ledger already has its writer")]
    WriterTaken,
    /// The file system refused.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The schema could not be brought up to date.
    #[error("the ledger's schema could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database refused.
    #[error("the ledger's database: {0}")]
    Database(#[from] sqlx::Error),
    /// A value could not be written as JSON or read back.
    #[error("a value of the ledger: {0}")]
    Value(#[from] serde_json::Error),
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
