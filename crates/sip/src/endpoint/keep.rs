//! What a leg leaves with the ledger, so that both sides hear the end when this process dies without a word: one row
//! when it rings, the same row anew when it is answered or a re-INVITE moves its target, none once it is over. A leg
//! that rings and is answered, or is over, within one group commit costs no row for its ringing.

use super::Endpoint;
use super::leg::{Leg, Peer, Phase};
use crate::dialog::{Dialog, Party};
use crate::face::{DialogChange, Head, KeptArrival, KeptDialog, KeptInvite, KeptParty, Output, Owed, Source};
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
    /// Call this when a leg rings, when its dialog was confirmed, or its target moved.
    pub(super) fn keep(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        let moved = match leg.kept {
            Kept::No => false,
            Kept::Here => true,
            Kept::Before(_) => return,
        };
        let local = leg.link.and_then(|link| self.links.get(link)).map(|link| link.local);
        let Some(owed) = self.owed(leg, local.unwrap_or(NOWHERE)).map(Box::new) else { return };
        let change = if moved { DialogChange::Moved { leg: id, owed } } else { DialogChange::Begun { leg: id, owed } };
        self.outputs.push_back(Output::Dialog(change));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.kept = Kept::Here;
        }
    }

    /// What the peer of a leg would have to hear if this process died now.
    fn owed(&self, leg: &Leg, from: SocketAddr) -> Option<Owed> {
        let transport = leg.transport;
        match &leg.phase {
            Phase::Placed { tx, .. } => {
                let transaction = self.transactions.client(*tx)?;
                let invite = Head::of(&transaction.request)?;
                Some(Owed::Cancel(KeptInvite { invite, peer: leg.source(), transport, to: leg.remote, from }))
            }
            Phase::Offered { request, .. } => {
                let (arrived, to) = (Head::of(request.shared())?, request.source()?);
                Some(Owed::Refusal(KeptArrival { arrived, local_tag: leg.local_tag.clone(), transport, to, from }))
            }
            _ => leg.dialog().map(|dialog| Owed::Bye(leg.written_down(dialog, from))),
        }
    }

    /// The leg is over: nothing is owed to its peer any more.
    pub(super) fn let_go(&mut self, id: LegId, kept: Kept) {
        match kept {
            Kept::No => {}
            Kept::Here => self.outputs.push_back(Output::Dialog(DialogChange::Ended { leg: id })),
            Kept::Before(key) => {
                self.farewell_said(id);
                self.outputs.push_back(Output::Dialog(DialogChange::Parted { key }));
            }
        }
    }
}

/// Where a link is that is no more.
const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

impl Leg {
    fn source(&self) -> Source {
        match self.peer {
            Peer::Trunk(trunk) => Source::Trunk(trunk),
            Peer::Phone(phone) => Source::Phone(phone),
        }
    }

    fn written_down(&self, dialog: &Dialog, from: SocketAddr) -> KeptDialog {
        KeptDialog {
            call_id: dialog.call_id.clone(),
            local_tag: dialog.local_tag.clone(),
            remote_tag: dialog.remote_tag.clone(),
            local: kept_party(&dialog.local),
            remote: kept_party(&dialog.remote),
            seq: dialog.local_seq,
            routes: dialog.routes.clone(),
            target: Pii::new(dialog.target.clone()),
            peer: self.source(),
            transport: self.transport,
            to: self.remote,
            from,
        }
    }
}

/// How far above the last CSeq number that was written down a goodbye is (RFC 3261 12.2.2: a gap is no error). A
/// dialog that spent as many requests of ours within one call would be the first.
const SEQ_GAP: u32 = 1 << 20;
/// The greatest CSeq number (RFC 3261 8.1.1.5: less than 2^31), but for a BYE and its answers to challenges.
const SEQ_LAST: u32 = (1 << 31) - 1 - 8;

impl KeptDialog {
    /// The dialog again, ready for a request whose number nobody can have seen.
    pub(super) fn revive(&self) -> Dialog {
        Dialog {
            call_id: self.call_id.clone(),
            local_tag: self.local_tag.clone(),
            remote_tag: self.remote_tag.clone(),
            local: party(&self.local),
            remote: party(&self.remote),
            // Near the end there is no room for the gap: then just above what was written down.
            local_seq: self.seq.saturating_add(SEQ_GAP).min(SEQ_LAST).max(self.seq),
            remote_seq: None,
            routes: self.routes.clone(),
            target: self.target.reveal().clone(),
            rseq: None,
            owed: None,
            settled: false,
        }
    }
}

fn kept_party(party: &Party) -> KeptParty {
    KeptParty { display: party.display.clone().map(Pii::new), uri: Pii::new(party.uri.clone()) }
}

fn party(kept: &KeptParty) -> Party {
    Party { display: kept.display.as_ref().map(|name| name.reveal().clone()), uri: kept.uri.reveal().clone() }
}
