//! Links that are no datagrams: accepting, connecting, and writing with a bound. Each has a task that carries it
//! ([`super::carrier`]): plain TCP on the signalling thread, TLS and WebSockets at the [`super::edge`]; what they bring
//! goes to the thread's loop in order.

use super::carrier::{Carrier, LINGER, LinkEvent};
use super::edge::{Accepted, Edge, Setting};
use bytes::Bytes;
use sip::Transport;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;
use terms::{LinkId, limits};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_local};

/// Pieces read but not yet looked at; a full queue stops the reading, and TCP stops the peer.
const READ_QUEUE: usize = 1_024;
/// Connections accepted and not yet looked at; each has a descriptor that no limit counts.
const ACCEPTED: usize = 8;
/// RFC 3261 says nothing; a carrier that does not take a connection in this time is tried elsewhere.
const CONNECT_TIME: Duration = Duration::from_secs(4);

struct Link {
    writes: mpsc::UnboundedSender<Bytes>,
    /// Bytes handed over and not yet written.
    pending: Arc<AtomicUsize>,
    /// Whether its end was told: nothing more comes from it.
    told: Arc<AtomicBool>,
    task: AbortHandle,
}

/// Every stream link of the signalling thread.
pub struct Links {
    links: HashMap<LinkId, Link>,
    accepted: u64,
    events: mpsc::Sender<LinkEvent>,
    accepts: mpsc::Receiver<(TcpStream, SocketAddr)>,
    accept_sender: mpsc::Sender<(TcpStream, SocketAddr)>,
    edge: Option<Edge>,
    /// Links that came in at the edge.
    entered: mpsc::Receiver<Accepted>,
    refused: u64,
    /// How many there may be.
    room: usize,
}

impl Links {
    /// No link yet; `first` is the first number that is free for an accepted link, `room` how many there may be.
    pub fn new(first: u64, room: usize) -> (Links, mpsc::Receiver<LinkEvent>) {
        let (events, receiver) = mpsc::channel(READ_QUEUE);
        let (accept_sender, accepts) = mpsc::channel(ACCEPTED);
        let (links, entered) = (HashMap::new(), mpsc::channel(1).1);
        let links =
            Links { links, accepted: first, events, accepts, accept_sender, edge: None, entered, refused: 0, room };
        (links, receiver)
    }

    /// Opens the edge: TLS and WebSockets come in and go out there.
    pub fn open_edge(&mut self, setting: Setting) -> std::io::Result<()> {
        let (sender, entered) = mpsc::channel(ACCEPTED);
        self.entered = entered;
        self.edge = Some(Edge::start(setting, sender)?);
        Ok(())
    }

    /// Connections that are not links yet: each has a descriptor.
    pub fn coming(&self) -> usize {
        self.edge.as_ref().map_or(0, |edge| edge.counts().at_it.load(Relaxed) as usize)
    }

    /// Handshakes that were turned away, those that failed, and WebSockets that were not opened.
    pub fn edge_counts(&self) -> [u64; 3] {
        let counts = self.edge.as_ref().map(Edge::counts);
        counts.map_or([0; 3], |counts| {
            [&counts.refused, &counts.failed, &counts.unopened].map(|count| count.load(Relaxed))
        })
    }

    /// Accepts connections for as long as the thread lives.
    pub fn listen(&self, listener: TcpListener) {
        let accepted = self.accept_sender.clone();
        spawn_local(async move {
            loop {
                match listener.accept().await {
                    Ok(connection) => {
                        if accepted.send(connection).await.is_err() {
                            return;
                        }
                    }
                    // Out of descriptors, as a rule: what runs goes on, new ones wait in the kernel.
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
    }

    /// Takes what was accepted meanwhile.
    pub fn poll_accept(&mut self, cx: &mut std::task::Context<'_>) -> bool {
        let mut any = false;
        while let std::task::Poll::Ready(Some((stream, remote))) = self.accepts.poll_recv(cx) {
            any = true;
            if self.links.len() >= self.room {
                self.refused += 1;
                continue;
            }
            self.accepted += 1;
            self.adopt(LinkId::accepted(self.accepted), remote, async move { Ok(stream) });
        }
        while let std::task::Poll::Ready(Some(entered)) = self.entered.poll_recv(cx) {
            any = true;
            self.enter(entered);
        }
        any
    }

    fn enter(&mut self, entered: Accepted) {
        let Some(edge) = self.edge.as_ref().filter(|_| self.links.len() < self.room) else {
            self.refused += 1;
            return;
        };
        self.accepted += 1;
        let id = LinkId::accepted(self.accepted);
        let (link, carrier, queue) = begun(id, entered.transport, entered.remote, &self.events);
        let task = edge.carry(entered.wire, entered.local, carrier, queue);
        self.links.insert(id, link.with(task));
    }

    /// Connects; `Opened` or `Closed` follows. Over TLS, whoever answers must prove each of the names.
    pub fn connect(&mut self, link: LinkId, transport: Transport, remote: SocketAddr, names: Vec<String>) {
        if self.links.len() >= self.room {
            self.refused += 1;
            return self.tell_closed(link);
        }
        if transport != Transport::Tcp {
            return self.connect_out(link, transport, remote, names);
        }
        self.adopt(link, remote, async move {
            tokio::time::timeout(CONNECT_TIME, TcpStream::connect(remote)).await.unwrap_or_else(|late| Err(late.into()))
        });
    }

    fn adopt(
        &mut self,
        link: LinkId,
        remote: SocketAddr,
        stream: impl Future<Output = std::io::Result<TcpStream>> + 'static,
    ) {
        let (begun, carrier, queue) = begun(link, Transport::Tcp, remote, &self.events);
        let task = spawn_local(async move {
            match stream.await {
                Ok(stream) => carrier.carry_tcp(stream, queue).await,
                Err(_) => carrier.tell_end().await,
            }
        });
        self.links.insert(link, begun.with(task.abort_handle()));
    }

    /// At the edge; where there is none, nobody is reached over TLS.
    fn connect_out(&mut self, id: LinkId, transport: Transport, remote: SocketAddr, names: Vec<String>) {
        let Some(edge) = &self.edge else { return self.tell_closed(id) };
        let (link, carrier, queue) = begun(id, transport, remote, &self.events);
        let task = edge.connect(remote, names, carrier, queue);
        self.links.insert(id, link.with(task));
    }

    /// Hands bytes over; a peer that does not read loses its link. False: there is no such link.
    pub fn write(&mut self, link: LinkId, bytes: Bytes) -> bool {
        let Some(found) = self.links.get(&link) else { return false };
        let pending = found.pending.fetch_add(bytes.len(), Relaxed) + bytes.len();
        if pending > limits::LINK_WRITE_BYTES || found.writes.send(bytes).is_err() {
            self.cut(link);
            return false;
        }
        true
    }

    /// Closes a link once what it was given is written; `Closed` follows at once.
    pub fn close(&mut self, link: LinkId) {
        if let Some(Link { writes, told, task, .. }) = self.links.remove(&link) {
            // With this the task learns that nothing more will be handed over.
            drop(writes);
            if !told.swap(true, Relaxed) {
                self.tell_closed(link);
            }
            spawn_local(async move {
                tokio::time::sleep(LINGER).await;
                task.abort();
            });
        }
    }

    /// Closes a link whose peer does not read; `Closed` follows.
    fn cut(&mut self, link: LinkId) {
        if let Some(found) = self.links.remove(&link) {
            found.task.abort();
            if !found.told.swap(true, Relaxed) {
                self.tell_closed(link);
            }
        }
    }

    fn tell_closed(&self, link: LinkId) {
        let events = self.events.clone();
        spawn_local(async move {
            let _loop_is_gone = events.send(LinkEvent::Closed { link }).await;
        });
    }

    /// Forgets a link that told of its end.
    pub fn forget(&mut self, link: LinkId) {
        self.links.remove(&link);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// From now on so many may be open; those that are stay.
    pub fn make_room(&mut self, room: usize) {
        self.room = room;
    }

    /// Connections that found every place taken.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

/// A link with what carries it, and what is to be written on it.
fn begun(
    link: LinkId,
    transport: Transport,
    remote: SocketAddr,
    events: &mpsc::Sender<LinkEvent>,
) -> (Begun, Carrier, mpsc::UnboundedReceiver<Bytes>) {
    let (writes, queue) = mpsc::unbounded_channel();
    let (pending, told) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let carrier =
        Carrier { link, transport, remote, pending: pending.clone(), told: told.clone(), events: events.clone() };
    (Begun { writes, pending, told }, carrier, queue)
}

/// A link without its task.
struct Begun {
    writes: mpsc::UnboundedSender<Bytes>,
    pending: Arc<AtomicUsize>,
    told: Arc<AtomicBool>,
}

impl Begun {
    fn with(self, task: AbortHandle) -> Link {
        let Begun { writes, pending, told } = self;
        Link { writes, pending, told, task }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[test]
    fn a_peer_that_does_not_read_loses_its_link_at_the_bound_and_not_before() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let (mut links, mut events) = Links::new(0, limits::LINKS);
            let link = LinkId::dialled(1);
            links.connect(link, Transport::Tcp, listener.local_addr().unwrap(), vec![]);
            let (_silent_peer, _) = listener.accept().await.unwrap();
            assert!(matches!(events.recv().await, Some(LinkEvent::Opened { link: of, .. }) if of == link));
            let piece = Bytes::from(vec![b'x'; 65_536]);
            let mut taken = 0;
            while links.write(link, piece.clone()) {
                taken += piece.len();
                assert!(taken < 64 << 20, "a peer that does not read is written to without end");
                tokio::task::yield_now().await;
            }
            assert!(taken >= limits::LINK_WRITE_BYTES, "{taken} bytes were taken");
            assert!(matches!(events.recv().await, Some(LinkEvent::Closed { link: of }) if of == link));
            assert!(!links.write(link, piece), "the link is gone");
        });
    }

    /// A link that a peer connected, with the peer's end.
    async fn accepted(links: &mut Links, events: &mut mpsc::Receiver<LinkEvent>) -> (LinkId, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let link = LinkId::dialled(1);
        links.connect(link, Transport::Tcp, listener.local_addr().unwrap(), vec![]);
        let (peer, _) = listener.accept().await.unwrap();
        assert!(matches!(events.recv().await, Some(LinkEvent::Opened { .. })));
        (link, peer)
    }

    fn within<T>(test: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, test)
    }

    #[test]
    fn what_was_answered_is_written_before_a_link_is_closed() {
        within(async {
            let (mut links, mut events) = Links::new(0, limits::LINKS);
            let (link, mut peer) = accepted(&mut links, &mut events).await;
            peer.write_all(b"a request, and then something that is none").await.unwrap();
            assert!(matches!(events.recv().await, Some(LinkEvent::Read { .. })));
            peer.write_all(b"more that nobody will look at").await.unwrap();
            let answer = Bytes::from(vec![b'x'; 100_000]);
            assert!(links.write(link, answer.clone()));
            links.close(link);
            let mut heard = Vec::new();
            peer.read_to_end(&mut heard).await.unwrap();
            assert_eq!(heard.len(), answer.len());
            assert!(matches!(events.recv().await, Some(LinkEvent::Closed { link: of }) if of == link));
            drop(peer);
            let more = tokio::time::timeout(Duration::from_millis(200), events.recv()).await;
            assert!(more.is_err(), "nothing is told after the end: {more:?}");
        });
    }

    #[test]
    fn a_peer_that_says_no_more_hears_what_it_asked_for() {
        within(async {
            let (mut links, mut events) = Links::new(0, limits::LINKS);
            let (link, mut peer) = accepted(&mut links, &mut events).await;
            peer.write_all(b"a request").await.unwrap();
            peer.shutdown().await.unwrap();
            assert!(matches!(events.recv().await, Some(LinkEvent::Read { .. })));
            // The task has seen the end by now; the loop has not.
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(links.write(link, Bytes::from_static(b"an answer")));
            assert!(matches!(events.recv().await, Some(LinkEvent::Closed { .. })));
            links.forget(link);
            let mut heard = String::new();
            peer.read_to_string(&mut heard).await.unwrap();
            assert_eq!(heard, "an answer");
        });
    }

    #[test]
    fn a_peer_that_reads_nothing_does_not_hold_a_closed_link() {
        within(async {
            let (mut links, mut events) = Links::new(0, limits::LINKS);
            let (link, mut peer) = accepted(&mut links, &mut events).await;
            // More than the socket's buffers take, less than the bound.
            let mut written = 0;
            while links.write(link, Bytes::from(vec![b'x'; 60_000])) && written < 16 << 20 {
                written += 60_000;
                tokio::task::yield_now().await;
                if links.links.get(&link).is_some_and(|link| link.pending.load(Relaxed) > 100_000) {
                    break;
                }
            }
            links.close(link);
            tokio::time::sleep(LINGER + Duration::from_millis(200)).await;
            let mut heard = Vec::new();
            let ended = tokio::time::timeout(Duration::from_secs(5), peer.read_to_end(&mut heard)).await;
            assert!(ended.is_ok(), "the socket is closed");
        });
    }
}
