//! What a dialog leaves with the ledger, so that both sides hear BYE when this process dies without a word:
//! one row when it is confirmed, another when a re-INVITE moved its target, none once it is over.

use super::Endpoint;
use super::leg::{Leg, Peer};
use crate::dialog::{Dialog, Party};
use crate::face::{DialogChange, KeptDialog, KeptParty, Output, Source, Transport};
use std::net::SocketAddr;
use terms::{LegId, Pii};

/// What the ledger has of a leg's dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing.
    No,
    /// A row of this start.
    Here,
    /// A row of an earlier start, by its key.
    Before(i64),
}

impl Endpoint {
    /// Call this when a leg's dialog was confirmed, or its target moved.
    pub(super) fn keep(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(dialog) = &leg.dialog else { return };
        let moved = match leg.kept {
            Kept::No => false,
            Kept::Here => true,
            Kept::Before(_) => return,
        };
        leg.kept = Kept::Here;
        let local = leg.link.and_then(|link| self.links.get(link)).map(|link| link.local);
        let dialog = Box::new(leg.written_down(dialog, local));
        let change =
            if moved { DialogChange::Moved { leg: id, dialog } } else { DialogChange::Confirmed { leg: id, dialog } };
        self.outputs.push_back(Output::Dialog(change));
    }

    /// The leg is over: nothing is owed to its peer any more.
    pub(super) fn let_go(&mut self, id: LegId, kept: Kept) {
        match kept {
            Kept::No => {}
            Kept::Here => self.outputs.push_back(Output::Dialog(DialogChange::Ended { leg: id })),
            Kept::Before(key) => self.outputs.push_back(Output::Dialog(DialogChange::Parted { key })),
        }
    }
}

impl Leg {
    fn written_down(&self, dialog: &Dialog, local: Option<SocketAddr>) -> KeptDialog {
        KeptDialog {
            call_id: dialog.call_id.clone(),
            local_tag: dialog.local_tag.clone(),
            remote_tag: dialog.remote_tag.clone(),
            local: kept_party(&dialog.local),
            remote: kept_party(&dialog.remote),
            seq: dialog.local_seq,
            routes: dialog.routes.clone(),
            target: Pii::new(dialog.target.clone()),
            peer: match self.peer {
                Peer::Trunk(trunk) => Source::Trunk(trunk),
                Peer::Phone(phone) => Source::Phone(phone),
            },
            transport: self.transport,
            to: self.remote,
            from: local.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0))),
        }
    }
}

/// How far above the last CSeq number that was written down a goodbye is (RFC 3261 12.2.2: a gap is no error). A
/// dialog that spent as many requests of ours within one call would be the first.
const SEQ_GAP: u32 = 1 << 20;

impl KeptDialog {
    /// The dialog again, ready for a request whose number nobody can have seen.
    pub(super) fn revive(&self) -> Dialog {
        Dialog {
            call_id: self.call_id.clone(),
            local_tag: self.local_tag.clone(),
            remote_tag: self.remote_tag.clone(),
            local: party(&self.local),
            remote: party(&self.remote),
            local_seq: self.seq.saturating_add(SEQ_GAP) & 0x7fff_ffff,
            remote_seq: None,
            routes: self.routes.clone(),
            target: self.target.reveal().clone(),
        }
    }

    /// Whether its messages travel over streams.
    pub(super) fn is_stream(&self) -> bool {
        self.transport == Transport::Tcp
    }
}

fn kept_party(party: &Party) -> KeptParty {
    KeptParty { display: party.display.clone().map(Pii::new), uri: Pii::new(party.uri.clone()) }
}

fn party(kept: &KeptParty) -> Party {
    Party { display: kept.display.as_ref().map(|name| name.reveal().clone()), uri: kept.uri.reveal().clone() }
}
