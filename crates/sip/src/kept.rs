//! A confirmed dialog as the ledger keeps it, for the BYE that is owed to its peer should this process die.

use crate::face::{Source, Transport};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use terms::{LegId, Pii};

/// What became of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogChange {
    /// It is confirmed.
    Confirmed {
        /// Its leg.
        leg: LegId,
        /// What is to be kept.
        dialog: Box<KeptDialog>,
    },
    /// A re-INVITE moved its target: what is kept changes.
    Moved {
        /// Its leg.
        leg: LegId,
        /// What is to be kept.
        dialog: Box<KeptDialog>,
    },
    /// It is over.
    Ended {
        /// Its leg.
        leg: LegId,
    },
    /// One of an earlier start is over: its goodbye was said, or given up.
    Parted {
        /// The ledger's name for it.
        key: i64,
    },
}

/// What a BYE needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDialog {
    /// The Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// Their tag.
    pub remote_tag: String,
    /// We.
    pub local: KeptParty,
    /// They.
    pub remote: KeptParty,
    /// A CSeq number that our requests had reached.
    pub seq: u32,
    /// The route set, in the order in which we write it.
    pub routes: Vec<String>,
    /// The remote target.
    pub target: Pii<String>,
    /// Who it is.
    pub peer: Source,
    /// How their messages travel.
    pub transport: Transport,
    /// Where they went.
    pub to: SocketAddr,
    /// Our end of that way.
    pub from: SocketAddr,
}

/// One end of a dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptParty {
    /// The display name.
    pub display: Option<Pii<String>>,
    /// The URI in From or To.
    pub uri: Pii<String>,
}
