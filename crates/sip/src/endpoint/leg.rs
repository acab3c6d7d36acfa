//! A leg: one INVITE with its dialogs, and what is going on in it. Data only; each thing that can
//! happen to it has its own file beside this one.

use super::keep::Kept;
use super::refer::Refer;
use super::reliable::Reliable;
use super::session::Life;
use crate::dialog::{Dialog, Party};
use crate::digest::Answerer;
use crate::face::{BindingId, Body, Extras, Reason, Transport};
use crate::message::Message;
use crate::transaction::store::{Path, TxId};
use bytes::Bytes;
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use terms::{PhoneId, TrunkId};

/// Deadlines of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LegTimer {
    /// Our 2xx is sent again (RFC 3261 13.3.1.4).
    Repeat,
    /// Our 2xx waited too long for its ACK; or an answer of call control's for the ACK is overdue.
    NoAck,
    /// A provisional response is sent again each minute (RFC 3261 13.3.1.1).
    Remind,
    /// A cancelled INVITE got no final response (RFC 3261 9.1); or a transfer takes too long to be told of.
    Cancelled,
    /// The link for the INVITE did not come up.
    Connect,
    /// The pause after a 491 (RFC 3261 14.1).
    Glare,
    /// A reliable provisional response is sent again (RFC 3262 3).
    Reliable,
    /// A sign of life is due, or overdue (RFC 4028 10).
    Session,
}

impl LegTimer {
    /// All of them.
    pub(crate) const ALL: [LegTimer; 8] = [
        LegTimer::Repeat,
        LegTimer::NoAck,
        LegTimer::Remind,
        LegTimer::Cancelled,
        LegTimer::Connect,
        LegTimer::Glare,
        LegTimer::Reliable,
        LegTimer::Session,
    ];
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A phone: requests go back the way they came.
    Phone(PhoneId),
    /// A carrier: requests go where the dialog says.
    Trunk(TrunkId),
}

/// An INVITE of ours before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// The Request-URI.
    pub uri: String,
    /// From, without its tag.
    pub from: Party,
    /// Who he is, for a carrier that is trusted (RFC 3325 9.1).
    pub asserted: Option<Party>,
    /// He wants it withheld from whoever is called.
    pub private: bool,
    /// To.
    pub to: Party,
    /// The user part of our Contact.
    pub user: String,
    /// The dialog whose place it is to take (RFC 3891).
    pub replaces: Option<String>,
    /// Hops that remain.
    pub max_forwards: u8,
    /// What else it says.
    pub extras: Option<Box<Extras>>,
    /// The offer.
    pub body: Option<Body>,
    /// Its CSeq number.
    pub seq: u32,
}

/// How far a leg is.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Their INVITE has no final response yet.
    Offered {
        /// Its transaction.
        tx: TxId,
        /// The INVITE.
        request: Box<Message>,
        /// The last provisional response above 100.
        progress: Option<(u16, Bytes)>,
    },
    /// Our 2xx waits for its ACK.
    Answered,
    /// Our INVITE waits for its link.
    Waiting {
        /// What will be sent.
        draft: Box<Draft>,
    },
    /// Our INVITE has no final response yet.
    Placed {
        /// Its transaction.
        tx: TxId,
        /// What was sent.
        draft: Box<Draft>,
        /// Whether a provisional response came: before, CANCEL is not allowed (RFC 3261 9.1).
        provisional: bool,
        /// Whether the CANCEL is out.
        cancelled: bool,
    },
    /// Their 2xx carried the offer: call control owes the answer for our ACK.
    Owing {
        /// The transaction of the INVITE.
        tx: TxId,
    },
    /// The dialog is confirmed.
    Up,
    /// Our BYE is out.
    Closing,
    /// They hung up, and still hear how a transfer goes on.
    Lingering,
}

/// An offer under way, after those of the INVITE.
#[derive(Debug, Default)]
pub(crate) enum Change {
    /// None.
    #[default]
    None,
    /// Theirs waits for call control's answer.
    Asked {
        /// Its transaction.
        tx: TxId,
        /// The request: re-INVITE, UPDATE or PRACK.
        request: Box<Message>,
        /// Its dialog.
        at: usize,
    },
    /// Ours waits for their final response.
    Asking {
        /// Its transaction.
        tx: TxId,
        /// The offer.
        body: Option<Body>,
        /// Its dialog.
        at: usize,
        /// It is but a sign of life: call control does not know of it.
        refresh: bool,
        /// It is an UPDATE.
        update: bool,
    },
    /// Their 2xx to ours carried the offer: call control owes the answer for our ACK.
    Owing {
        /// Its transaction.
        tx: TxId,
    },
}

/// A 2xx of ours that is repeated until its ACK comes.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    /// The response.
    pub bytes: Bytes,
    /// Where it goes.
    pub path: Path,
    /// The current pause.
    pub pause: Duration,
    /// The CSeq number of the INVITE that it answers.
    pub seq: u32,
    /// Whether it carried our offer, so that the ACK carries the answer.
    pub offer: bool,
}

/// A leg.
#[derive(Debug)]
pub(crate) struct Leg {
    /// Who is at the other end.
    pub peer: Peer,
    /// The Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// How far it is.
    pub phase: Phase,
    /// Its dialogs: that of a call that came in; of one that went out one for each To tag, in the order in which they
    /// appeared.
    pub dialogs: SmallVec<[Dialog; 1]>,
    /// Which of them is the leg's own: of a call that went out, that of the first 2xx.
    pub chosen: Option<usize>,
    /// Our Contact's value.
    pub contact: String,
    /// How their messages travel.
    pub transport: Transport,
    /// Where they came from last, or where the INVITE goes.
    pub remote: SocketAddr,
    /// Over which link.
    pub link: Option<terms::LinkId>,
    /// Whether call control has been told that it is over.
    pub told: bool,
    /// Which device of the phone it is, where that is known.
    pub device: Option<BindingId>,
    /// Why it was released.
    pub reason: Option<Reason>,
    /// Answers their challenges, when we have a password for them.
    pub answerer: Option<Answerer>,
    /// How often a request of this leg was challenged in a row.
    pub challenges: u8,
    /// The offer under way.
    pub change: Change,
    /// Offers of ours that wait for their turn.
    pub wanted: VecDeque<Option<Body>>,
    /// How often in a row an offer of ours met a 491.
    pub glares: u32,
    /// Whether the other side says that it takes UPDATE.
    pub updates: bool,
    /// Whether it says that it takes INFO.
    pub takes_info: bool,
    /// Provisional responses that the caller wants to acknowledge.
    pub reliable: Option<Box<Reliable>>,
    /// Its session timer.
    pub life: Life,
    /// While an INFO of ours is out: what waits behind it.
    pub infos: Option<VecDeque<Body>>,
    /// The REFERs that are not over.
    pub refers: Vec<Refer>,
    /// Whether there was one before.
    pub referred: bool,
    /// Whether we asked for a transfer in it.
    pub refers_out: bool,
    /// At the other end is a conference: our Contact says so (RFC 4579 5.1).
    pub focus: bool,
    /// Who is at the other end now, where that is not who it was told at first.
    pub shown: Option<Box<Party>>,
    /// It has not been told so yet.
    pub news: bool,
    /// The host that their requests come from.
    pub source: IpAddr,
    /// The 2xx that is being repeated.
    pub repeat: Option<Repeat>,
    /// Whether we wrote the Call-ID: that side waits longer after a 491.
    pub ours: bool,
    /// What the ledger has of its dialog.
    pub kept: Kept,
}

impl Leg {
    /// The leg's own dialog, once there is one.
    pub(crate) fn dialog(&self) -> Option<&Dialog> {
        self.dialogs.get(self.chosen?)
    }

    /// The number of the dialog with this tag of theirs.
    pub(crate) fn dialog_with(&self, tag: &str) -> Option<usize> {
        self.dialogs.iter().position(|dialog| dialog.remote_tag == tag)
    }

    /// Whether a dialog is alive: until there is a 2xx all are, from then on only one.
    pub(crate) fn is_in(&self, at: usize) -> bool {
        self.chosen.is_none_or(|chosen| chosen == at)
    }
}

/// The number of a dialog, as call control knows it.
pub(crate) fn early_number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
