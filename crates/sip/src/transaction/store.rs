//! The transactions that are alive: their data, and the indexes that find them.
//! What a step of a table does to the outside is the endpoint's business.

use super::{Timer, invite_client, invite_server, other_client, other_server};
use crate::face::TextId;
use crate::notifier::SubId;
use crate::registrar::BindingId;
use crate::table::Table;
use crate::transaction::key::{ClientKey, MergeKey, ServerKey};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;
use terms::{LegId, LinkId, PhoneId, TrunkId};

/// One transaction of this core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TxId(pub u64);

/// Where a server transaction stands, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerState {
    /// INVITE.
    Invite(invite_server::State),
    /// Anything else.
    Other(other_server::State),
}

/// Where a client transaction stands, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientState {
    /// INVITE.
    Invite(invite_client::State),
    /// Anything else.
    Other(other_client::State),
}

/// Where messages of a transaction go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// The link.
    pub link: LinkId,
    /// The address.
    pub remote: SocketAddr,
    /// Whether the link is a stream.
    pub reliable: bool,
}

/// A request that came in.
#[derive(Debug)]
pub(crate) struct ServerTransaction {
    /// How repeats of it are found.
    pub key: ServerKey,
    /// How copies over other ways are found (RFC 3261 8.2.2.2); only requests outside a dialog have it.
    pub merge: Option<MergeKey>,
    /// Its state.
    pub state: ServerState,
    /// Where responses go.
    pub path: Path,
    /// The last response.
    pub response: Option<Bytes>,
    /// The current pause of timer G.
    pub pause: Duration,
    /// Whose INVITE it is.
    pub leg: Option<LegId>,
}

/// Why a request was sent: who takes its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The first INVITE of a leg.
    Invite(LegId),
    /// A later INVITE of a leg.
    Reinvite(LegId),
    /// The CANCEL of a leg's INVITE.
    Cancel(LegId),
    /// The BYE of a leg.
    Bye(LegId),
    /// An INFO of a leg.
    Info(LegId),
    /// A PRACK of a leg.
    Prack(LegId),
    /// An UPDATE of a leg.
    Update(LegId),
    /// A NOTIFY of a leg, about a REFER.
    Notify {
        /// The leg.
        leg: LegId,
        /// The REFER.
        refer: u32,
        /// It was the last word.
        over: bool,
    },
    /// A NOTIFY of a subscription.
    News {
        /// The subscription.
        sub: SubId,
        /// Its CSeq number.
        seq: u32,
    },
    /// A text that is passed on.
    Text(TextId),
    /// A REFER of a leg.
    Refer(LegId),
    /// The BYE of a dialog that no leg wanted.
    Orphan,
    /// A REGISTER of an account of ours.
    Register(u64),
    /// An OPTIONS to a carrier that is watched.
    Probe(TrunkId),
    /// An OPTIONS to a phone that may have been restarted.
    Ask(PhoneId, BindingId),
}

/// An ACK that was sent for a 2xx, kept to be sent again when the 2xx comes again.
#[derive(Clone, Debug)]
pub(crate) struct SentAck {
    /// The To tag that it belongs to.
    pub tag: String,
    /// Where it went.
    pub path: Path,
    /// What was sent; empty while the user owes the answer for it.
    pub bytes: Bytes,
}

/// A request that went out.
#[derive(Debug)]
pub(crate) struct ClientTransaction {
    /// How its responses are found.
    pub key: ClientKey,
    /// Its state.
    pub state: ClientState,
    /// Where the request goes.
    pub path: Path,
    /// The request.
    pub request: Bytes,
    /// The current pause of timer A or E.
    pub pause: Duration,
    /// Who takes the response.
    pub purpose: Purpose,
    /// ACKs for its 2xx responses, by To tag.
    pub acks: Vec<SentAck>,
}

/// All living transactions.
#[derive(Default)]
pub(crate) struct Transactions {
    // Boxed: a table that grows moves its entries.
    servers: Table<TxId, Box<ServerTransaction>>,
    clients: Table<TxId, Box<ClientTransaction>>,
    by_server_key: Table<ServerKey, TxId>,
    by_client_key: Table<ClientKey, TxId>,
    by_merge: Table<MergeKey, TxId>,
    serial: u64,
}

impl Transactions {
    /// How many are alive.
    pub(crate) fn len(&self) -> usize {
        self.servers.len() + self.clients.len()
    }

    /// How many requests that came in are alive.
    pub(crate) fn servers(&self) -> usize {
        self.servers.len()
    }

    /// How many requests that went out are alive.
    pub(crate) fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Adds a request that came in.
    pub(crate) fn add_server(&mut self, transaction: ServerTransaction) -> TxId {
        let id = self.next_id();
        self.by_server_key.insert(transaction.key, id);
        if let Some(merge) = &transaction.merge {
            self.by_merge.insert(*merge, id);
        }
        self.servers.insert(id, Box::new(transaction));
        id
    }

    /// Adds a request that goes out.
    pub(crate) fn add_client(&mut self, transaction: ClientTransaction) -> TxId {
        let id = self.next_id();
        self.by_client_key.insert(transaction.key, id);
        self.clients.insert(id, Box::new(transaction));
        id
    }

    /// The request that a repeat, an ACK or a CANCEL belongs to.
    pub(crate) fn find_server(&self, key: &ServerKey) -> Option<TxId> {
        self.by_server_key.get(key).copied()
    }

    /// The request that a response belongs to.
    pub(crate) fn find_client(&self, key: &ClientKey) -> Option<TxId> {
        self.by_client_key.get(key).copied()
    }

    /// Whether the same request came over another way.
    pub(crate) fn is_merged(&self, key: &MergeKey) -> bool {
        self.by_merge.contains_key(key)
    }

    /// A request that came in.
    pub(crate) fn server(&self, id: TxId) -> Option<&ServerTransaction> {
        self.servers.get(&id).map(Box::as_ref)
    }

    /// A request that came in.
    pub(crate) fn server_mut(&mut self, id: TxId) -> Option<&mut ServerTransaction> {
        self.servers.get_mut(&id).map(Box::as_mut)
    }

    /// A request that went out.
    pub(crate) fn client(&self, id: TxId) -> Option<&ClientTransaction> {
        self.clients.get(&id).map(Box::as_ref)
    }

    /// A request that went out.
    pub(crate) fn client_mut(&mut self, id: TxId) -> Option<&mut ClientTransaction> {
        self.clients.get_mut(&id).map(Box::as_mut)
    }

    /// Forgets a request that came in.
    pub(crate) fn remove_server(&mut self, id: TxId) -> Option<Box<ServerTransaction>> {
        let gone = self.servers.remove(&id)?;
        if self.by_server_key.get(&gone.key) == Some(&id) {
            self.by_server_key.remove(&gone.key);
        }
        if let Some(merge) = &gone.merge
            && self.by_merge.get(merge) == Some(&id)
        {
            self.by_merge.remove(merge);
        }
        Some(gone)
    }

    /// Forgets a request that went out.
    pub(crate) fn remove_client(&mut self, id: TxId) -> Option<Box<ClientTransaction>> {
        let gone = self.clients.remove(&id)?;
        if self.by_client_key.get(&gone.key) == Some(&id) {
            self.by_client_key.remove(&gone.key);
        }
        Some(gone)
    }

    fn next_id(&mut self) -> TxId {
        self.serial += 1;
        TxId(self.serial)
    }
}

impl ServerTransaction {
    /// The timers that may run for it.
    pub(crate) const TIMERS: [Timer; 5] = [Timer::G, Timer::H, Timer::I, Timer::J, Timer::L];
}

impl ClientTransaction {
    /// The timers that may run for it.
    pub(crate) const TIMERS: [Timer; 7] = [Timer::A, Timer::B, Timer::D, Timer::E, Timer::F, Timer::K, Timer::M];
}
