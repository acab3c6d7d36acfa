//! INVITEs without a final response whose process died: ours are taken back (RFC 3261 9.1), theirs refused.
//!
//! - Ours: its client transaction stands up again in Proceeding, from the very INVITE that was sent, and the CANCEL goes
//!   out with its branch. What follows is what follows any CANCEL: a 487 is acknowledged, a 2xx that comes all the same
//!   gets ACK and BYE, and an INVITE that is never answered is forgotten after 64*T1.
//! - Theirs: its server transaction stands up again, and a 503 goes out until it is acknowledged; the caller, or the
//!   carrier before him, may try another way at once. Over a stream that died there is no way back: he finds out by
//!   himself.

use super::Endpoint;
use super::compose::with_cause;
use super::keep::Kept;
use super::leg::{Draft, Leg, Phase};
use super::receive::Incoming;
use super::request::server_key;
use crate::dialog::Party;
use crate::face::{KeptArrival, KeptInvite, Owed, Source, Transport};
use crate::message::{Message, Method, Uri};
use crate::transaction::invite_client;
use crate::transaction::store::{ClientState, ClientTransaction, Path, Purpose};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{Cause, LegId};

impl Endpoint {
    /// CANCEL for an INVITE of an earlier process.
    pub(super) fn take_back(&mut self, key: i64, kept: KeptInvite) {
        let Some(invite) = kept.invite.message() else { return self.let_go(LegId(0), Kept::Before(key)) };
        let (remote, link) = self.way_back(kept.transport, kept.peer, address(&invite), kept.to, kept.from);
        let (transport, peer) = (kept.transport, kept.peer);
        let path = link.map(|link| Path { link, remote, reliable: transport.is_reliable() });
        let placed = path.map(|path| self.place_again(key, &kept, &invite, path));
        match (placed, peer) {
            (Some(Some(id)), _) => {
                self.may_be_parked(id, transport, peer, Owed::Cancel(kept));
                self.send_cancel(id);
            }
            (None, Source::Phone(phone)) if transport.is_reliable() => {
                self.park(phone, key, Owed::Cancel(kept));
            }
            _ => self.let_go(LegId(0), Kept::Before(key)),
        }
    }

    /// The leg and the transaction of an INVITE as they were.
    fn place_again(&mut self, key: i64, kept: &KeptInvite, invite: &Message, path: Path) -> Option<LegId> {
        let branch = invite.top_via().ok()?.branch?.to_owned();
        let local_tag = invite.from().ok()?.tag()?.to_owned();
        let call_id = invite.call_id().to_owned();
        if self.dialogs.contains_key(&self.keys.dialog(&call_id, &local_tag)) {
            return None;
        }
        let leg = self.revived(key, kept.peer, kept.transport, path.remote, Some(path.link));
        let id = self.adopt(Leg { call_id, local_tag, ..leg });
        let tx = self.transactions.add_client(ClientTransaction {
            key: self.keys.client(&branch, Method::Invite.as_str()),
            state: ClientState::Invite(invite_client::State::Proceeding),
            path,
            request: invite.shared().clone(),
            pause: Duration::ZERO,
            purpose: Purpose::Invite(id),
            acks: Vec::new(),
        });
        if path.reliable
            && let Some(link) = self.links.get_mut(path.link)
        {
            link.clients.insert(tx);
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            let draft = Box::new(spent(invite));
            leg.phase = Phase::Placed { tx, draft, provisional: true, cancelled: false };
        }
        Some(id)
    }

    /// 503 to an INVITE that an earlier process had told to wait.
    pub(super) fn refuse_late(&mut self, key: i64, kept: &KeptArrival) {
        if kept.transport == Transport::Udp
            && let Some(mut message) = kept.arrived.message()
            && let Some(link) = self.links.listener_at(kept.from)
            && let Ok(transaction) = server_key(&self.keys, &message, &Method::Invite)
            && self.transactions.find_server(&transaction).is_none()
        {
            message.arrived_from(kept.to);
            let incoming = Incoming { message, link, remote: kept.to };
            let tx = self.accept(&incoming, transaction);
            let refusal = self.open_response(&incoming.message, 503, "", &kept.local_tag);
            let refusal = with_cause(refusal, Some(Cause::TEMPORARY)).build();
            self.respond(tx, 503, refusal);
        }
        self.let_go(LegId(0), Kept::Before(key));
    }
}

/// Where the Request-URI says that it goes, when that is an address.
fn address(invite: &Message) -> Option<SocketAddr> {
    let uri = Uri::parse(invite.uri_raw()).ok()?;
    Some(SocketAddr::new(uri.host()?.ip()?, uri.port().unwrap_or(5_060)))
}

/// An INVITE of which nothing will be written any more.
fn spent(invite: &Message) -> Draft {
    let nobody = || Party { display: None, uri: String::new() };
    Draft {
        uri: invite.uri_raw().to_owned(),
        from: nobody(),
        asserted: None,
        private: false,
        to: nobody(),
        user: String::new(),
        replaces: None,
        max_forwards: 0,
        extras: None,
        body: None,
        seq: invite.cseq().map(|cseq| cseq.number).unwrap_or_default(),
    }
}
