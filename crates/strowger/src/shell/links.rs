//! Stream links: accepting, connecting, reading, and writing with a bound. One task each, all on the
//! signalling thread; what they read goes to the thread's loop in order.

use bytes::{Bytes, BytesMut};
use std::cell::Cell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use terms::{LinkId, limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_local};

/// Pieces read but not yet looked at; a full queue stops the reading, and TCP stops the peer.
const READ_QUEUE: usize = 1_024;
/// Connections accepted and not yet looked at; each has a descriptor that no limit counts.
const ACCEPTED: usize = 8;
const READ_BYTES: usize = 16 * 1_024;
/// RFC 3261 says nothing; a carrier that does not take a connection in this time is tried elsewhere.
const CONNECT_TIME: Duration = Duration::from_secs(4);

/// How long a link that is being closed may take to write what was answered, and its peer to read it.
const LINGER: Duration = Duration::from_secs(2);

/// What a link has to tell.
#[derive(Debug)]
pub enum LinkEvent {
    /// It is there.
    Opened { link: LinkId, local: SocketAddr, remote: SocketAddr },
    /// It brought a piece of its stream.
    Read { link: LinkId, remote: SocketAddr, bytes: Bytes },
    /// It is gone, or never was.
    Closed { link: LinkId },
}

struct Link {
    writes: mpsc::UnboundedSender<Bytes>,
    /// Bytes handed over and not yet written.
    pending: Rc<Cell<usize>>,
    /// Whether its end was told: nothing more comes from it.
    told: Rc<Cell<bool>>,
    task: AbortHandle,
}

/// Every stream link of the signalling thread.
pub struct Links {
    links: HashMap<LinkId, Link>,
    accepted: u64,
    events: mpsc::Sender<LinkEvent>,
    accepts: mpsc::Receiver<(TcpStream, SocketAddr)>,
    accept_sender: mpsc::Sender<(TcpStream, SocketAddr)>,
    refused: u64,
    /// How many there may be.
    room: usize,
}

impl Links {
    /// No link yet; `first` is the first number that is free for an accepted link, `room` how many there may be.
    pub fn new(first: u64, room: usize) -> (Links, mpsc::Receiver<LinkEvent>) {
        let (events, receiver) = mpsc::channel(READ_QUEUE);
        let (accept_sender, accepts) = mpsc::channel(ACCEPTED);
        (Links { links: HashMap::new(), accepted: first, events, accepts, accept_sender, refused: 0, room }, receiver)
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
        any
    }

    /// Connects; `Opened` or `Closed` follows.
    pub fn connect(&mut self, link: LinkId, remote: SocketAddr) {
        if self.links.len() >= self.room {
            self.refused += 1;
            return self.tell_closed(link);
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
        let (writes, queue) = mpsc::unbounded_channel();
        let (pending, told) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
        let carrier =
            Carrier { link, remote, pending: pending.clone(), told: told.clone(), events: self.events.clone() };
        let task = spawn_local(async move {
            if let Ok(stream) = stream.await {
                carrier.carry(stream, queue).await;
            }
            carrier.tell_end().await;
        });
        self.links.insert(link, Link { writes, pending, told, task: task.abort_handle() });
    }

    /// Hands bytes over; a peer that does not read loses its link. False: there is no such link.
    pub fn write(&mut self, link: LinkId, bytes: Bytes) -> bool {
        let Some(found) = self.links.get(&link) else { return false };
        let pending = found.pending.get() + bytes.len();
        if pending > limits::LINK_WRITE_BYTES || found.writes.send(bytes).is_err() {
            self.cut(link);
            return false;
        }
        found.pending.set(pending);
        true
    }

    /// Closes a link once what it was given is written; `Closed` follows at once.
    pub fn close(&mut self, link: LinkId) {
        if let Some(Link { writes, told, task, .. }) = self.links.remove(&link) {
            // With this the task learns that nothing more will be handed over.
            drop(writes);
            told.set(true);
            self.tell_closed(link);
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
            self.tell_closed(link);
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

/// What the task of a link works with.
struct Carrier {
    link: LinkId,
    remote: SocketAddr,
    pending: Rc<Cell<usize>>,
    told: Rc<Cell<bool>>,
    events: mpsc::Sender<LinkEvent>,
}

impl Carrier {
    /// Reads and writes until either end is done. A peer that says no more may still hear what it asked for, and one
    /// that we say no more to has time to read the last of it: a socket that is closed over unread bytes resets.
    async fn carry(&self, mut stream: TcpStream, queue: mpsc::UnboundedReceiver<Bytes>) {
        let _latency_only = stream.set_nodelay(true);
        let Ok(local) = stream.local_addr() else { return };
        let (link, remote) = (self.link, self.remote);
        if self.told.get() || self.events.send(LinkEvent::Opened { link, local, remote }).await.is_err() {
            return;
        }
        let (reader, writer) = stream.split();
        let (mut reading, mut writing) = (pin!(self.read(reader)), pin!(self.write(writer, queue)));
        tokio::select! {
            () = &mut reading => drop(tokio::time::timeout(LINGER, writing).await),
            written = &mut writing => {
                if written {
                    drop(tokio::time::timeout(LINGER, reading).await);
                }
            }
        }
    }

    /// Tells what comes until the end, and the end.
    async fn read(&self, mut reader: ReadHalf<'_>) {
        let (link, remote) = (self.link, self.remote);
        let mut buffer = BytesMut::with_capacity(READ_BYTES);
        while reader.read_buf(&mut buffer).await.is_ok_and(|count| count > 0) {
            let bytes = buffer.split().freeze();
            // What comes after the end was told is nobody's.
            if !self.told.get() && self.events.send(LinkEvent::Read { link, remote, bytes }).await.is_err() {
                return;
            }
            buffer.reserve(READ_BYTES);
        }
        self.tell_end().await;
    }

    /// Writes until nothing more will be handed over; false when the peer is gone before.
    async fn write(&self, mut writer: WriteHalf<'_>, mut queue: mpsc::UnboundedReceiver<Bytes>) -> bool {
        while let Some(bytes) = queue.recv().await {
            if writer.write_all(&bytes).await.is_err() {
                return false;
            }
            self.pending.set(self.pending.get().saturating_sub(bytes.len()));
        }
        writer.shutdown().await.is_ok()
    }

    /// Tells the end, once. What was read before is looked at before it.
    async fn tell_end(&self) {
        if !self.told.replace(true) {
            let _loop_is_gone = self.events.send(LinkEvent::Closed { link: self.link }).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_does_not_read_loses_its_link_at_the_bound_and_not_before() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let (mut links, mut events) = Links::new(0, limits::LINKS);
            let link = LinkId::dialled(1);
            links.connect(link, listener.local_addr().unwrap());
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
        links.connect(link, listener.local_addr().unwrap());
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
                if links.links.get(&link).is_some_and(|link| link.pending.get() > 100_000) {
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
