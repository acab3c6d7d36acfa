//! What the ledger is told.

use crate::{OverlayRow, Reload};
use std::sync::mpsc::Sender;
use terms::{AgentId, CaptureId, PhoneId, QueueId, RoomId, TrunkId};

/// One thing to write down.
#[derive(Clone, Debug)]
pub enum Item {
    /// Something happened, and has its number.
    Happened(node::Record),
    /// From the registrar; only the last one of a phone's key counts.
    Binding(Box<sip::BindingChange>),
    /// A dialog began, moved or ended; with what is known of its leg, while it lives.
    Dialog(sip::DialogChange, Option<Box<call::cdr::LegRecord>>),
    /// A recording of a call that died with an earlier start was found.
    Salvaged(Box<call::cdr::Recording>),
    /// A recording's file was hashed.
    Sealed {
        /// Which.
        capture: CaptureId,
        /// SHA-256 of the file.
        sha256: [u8; 32],
    },
    /// What the operator calls an id, so that a reader can say it.
    Name(Box<Name>),
    /// The configuration was read again.
    Reload(Box<Reload>),
    /// A change at run time was made, or (none) dropped.
    Overlay(i64, Option<Box<OverlayRow>>),
    /// A password, a link or a session of a user changed.
    Access(Box<crate::Access>),
    /// From now on so much is kept.
    Keep(crate::Retention),
    /// Told when everything that came through the same door before it is on disk.
    Receipt(Sender<()>),
}

/// An id and its name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Name {
    /// Of what.
    pub kind: NameKind,
    /// The id's number.
    pub id: i64,
    /// As the operator wrote it.
    pub name: String,
}

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// An agent.
    Agent,
    /// A queue.
    Queue,
    /// A trunk.
    Trunk,
    /// A phone.
    Phone,
    /// A conference room.
    Room,
}

impl crate::values::Keyed for Name {
    type Key = (NameKind, i64);
    fn key(&self) -> (NameKind, i64) {
        (self.kind, self.id)
    }
}

impl Name {
    fn new(kind: NameKind, id: u64, name: &str) -> Name {
        Name { kind, id: id.cast_signed(), name: name.to_owned() }
    }
    /// An agent's.
    pub fn agent(name: &str) -> Name {
        Name::new(NameKind::Agent, AgentId::of(name).0, name)
    }
    /// A queue's.
    pub fn queue(name: &str) -> Name {
        Name::new(NameKind::Queue, QueueId::of(name).0, name)
    }
    /// A trunk's.
    pub fn trunk(name: &str) -> Name {
        Name::new(NameKind::Trunk, TrunkId::of(name).0, name)
    }
    /// A conference room's.
    pub fn room(name: &str) -> Name {
        Name::new(NameKind::Room, RoomId::of(name).0, name)
    }
    /// A phone's.
    pub fn phone(user: &str) -> Name {
        Name::new(NameKind::Phone, PhoneId::of(user).0, user)
    }
}
