//! Stream links: accepting, connecting, reading, and writing with a bound. One task each, all on the
//! signalling thread; what they read goes to the thread's loop in order.

use bytes::{Bytes, BytesMut};
use std::cell::Cell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use terms::{LinkId, limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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
        let pending = Rc::new(Cell::new(0));
        let (events, left) = (self.events.clone(), pending.clone());
        let task = spawn_local(async move {
            if let Ok(stream) = stream.await {
                carry(link, stream, remote, queue, left, &events).await;
            }
            let _loop_is_gone = events.send(LinkEvent::Closed { link }).await;
        });
        self.links.insert(link, Link { writes, pending, task: task.abort_handle() });
    }

    /// Hands bytes over; a peer that does not read loses its link. False: there is no such link.
    pub fn write(&mut self, link: LinkId, bytes: Bytes) -> bool {
        let Some(found) = self.links.get(&link) else { return false };
        let pending = found.pending.get() + bytes.len();
        if pending > limits::LINK_WRITE_BYTES || found.writes.send(bytes).is_err() {
            self.close(link);
            return false;
        }
        found.pending.set(pending);
        true
    }

    /// Closes a link; `Closed` follows.
    pub fn close(&mut self, link: LinkId) {
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

/// Reads and writes until either end is done.
async fn carry(
    link: LinkId,
    mut stream: TcpStream,
    remote: SocketAddr,
    mut queue: mpsc::UnboundedReceiver<Bytes>,
    pending: Rc<Cell<usize>>,
    events: &mpsc::Sender<LinkEvent>,
) {
    let _latency_only = stream.set_nodelay(true);
    let Ok(local) = stream.local_addr() else { return };
    if events.send(LinkEvent::Opened { link, local, remote }).await.is_err() {
        return;
    }
    let (mut reader, mut writer) = stream.split();
    let reading = async {
        let mut buffer = BytesMut::with_capacity(READ_BYTES);
        while reader.read_buf(&mut buffer).await.is_ok_and(|count| count > 0) {
            let bytes = buffer.split().freeze();
            if events.send(LinkEvent::Read { link, remote, bytes }).await.is_err() {
                return;
            }
            buffer.reserve(READ_BYTES);
        }
    };
    let writing = async {
        while let Some(bytes) = queue.recv().await {
            if writer.write_all(&bytes).await.is_err() {
                return;
            }
            pending.set(pending.get().saturating_sub(bytes.len()));
        }
    };
    tokio::select! {
        () = reading => {}
        () = writing => {}
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
}
