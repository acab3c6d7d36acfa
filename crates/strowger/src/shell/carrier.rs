//! What carries a link: it reads and writes until either end is done, wherever its task runs. What comes goes to the
//! signalling thread's loop in order; whose turn it is, and how much may wait, is [`super::links`]'s.

use super::frames::{self, Frames, Pipe};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use sip::Transport;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;
use terms::LinkId;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

const READ_BYTES: usize = 16 * 1_024;
/// How long a link that is being closed may take to write what was answered, and its peer to read it.
pub const LINGER: Duration = Duration::from_secs(2);

/// A link that is ready, as the edge hands it over.
pub enum Wire {
    /// A stream.
    Stream(Box<dyn Pipe>),
    /// A WebSocket.
    Frames(Box<Frames>),
}

/// What a link has to tell.
#[derive(Debug)]
pub enum LinkEvent {
    /// It is there.
    Opened { link: LinkId, transport: Transport, local: SocketAddr, remote: SocketAddr },
    /// It brought a piece of its stream, or a frame.
    Read { link: LinkId, remote: SocketAddr, bytes: Bytes },
    /// It is gone, or never was.
    Closed { link: LinkId },
}

/// What the task of a link works with.
pub struct Carrier {
    pub link: LinkId,
    pub transport: Transport,
    pub remote: SocketAddr,
    /// Bytes handed over and not yet written.
    pub pending: Arc<AtomicUsize>,
    /// Whether its end was told: nothing more comes from it.
    pub told: Arc<AtomicBool>,
    pub events: mpsc::Sender<LinkEvent>,
}

impl Carrier {
    /// Carries a TCP connection.
    pub async fn carry_tcp(&self, mut stream: TcpStream, queue: mpsc::UnboundedReceiver<Bytes>) {
        let _latency_only = stream.set_nodelay(true);
        if let Ok(local) = stream.local_addr()
            && self.tell_opened(local).await
        {
            let (reader, writer) = stream.split();
            self.both(self.read(reader), self.write(writer, queue)).await;
        }
        self.tell_end().await;
    }

    /// Carries what came in at the edge, or went out there.
    pub async fn carry_wire(self, wire: Wire, local: SocketAddr, queue: mpsc::UnboundedReceiver<Bytes>) {
        if self.tell_opened(local).await {
            match wire {
                Wire::Stream(pipe) => {
                    let (reader, writer) = tokio::io::split(pipe);
                    self.both(self.read(reader), self.write(writer, queue)).await;
                }
                Wire::Frames(frames) => self.carry_frames(*frames, queue).await,
            }
        }
        self.tell_end().await;
    }

    async fn carry_frames(&self, frames: Frames, mut queue: mpsc::UnboundedReceiver<Bytes>) {
        let (mut writer, mut reader) = frames.split();
        let read = async {
            while let Some(bytes) = frames::next(&mut reader).await {
                if !self.tell_read(bytes).await {
                    return;
                }
            }
            self.tell_end().await;
        };
        let write = async {
            while let Some(bytes) = queue.recv().await {
                let length = bytes.len();
                if !frames::send(&mut writer, bytes).await {
                    return false;
                }
                self.pending.fetch_sub(length, Relaxed);
            }
            frames::close(&mut writer).await
        };
        self.both(read, write).await;
    }

    /// Until either end is done. A peer that says no more may still hear what it asked for, and one that we say no more
    /// to has time to read the last of it: a socket that is closed over unread bytes resets.
    async fn both(&self, read: impl Future<Output = ()>, write: impl Future<Output = bool>) {
        let (mut reading, mut writing) = (pin!(read), pin!(write));
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
    async fn read(&self, mut reader: impl AsyncRead + Unpin) {
        let mut buffer = BytesMut::with_capacity(READ_BYTES);
        while reader.read_buf(&mut buffer).await.is_ok_and(|count| count > 0) {
            if !self.tell_read(buffer.split().freeze()).await {
                return;
            }
            buffer.reserve(READ_BYTES);
        }
        self.tell_end().await;
    }

    /// Writes until nothing more will be handed over; false when the peer is gone before.
    async fn write(&self, mut writer: impl AsyncWrite + Unpin, mut queue: mpsc::UnboundedReceiver<Bytes>) -> bool {
        while let Some(bytes) = queue.recv().await {
            if writer.write_all(&bytes).await.is_err() || writer.flush().await.is_err() {
                return false;
            }
            self.pending.fetch_sub(bytes.len(), Relaxed);
        }
        writer.shutdown().await.is_ok()
    }

    /// False: nobody wants it any more.
    async fn tell_opened(&self, local: SocketAddr) -> bool {
        let (link, transport, remote) = (self.link, self.transport, self.remote);
        !self.told.load(Relaxed) && self.events.send(LinkEvent::Opened { link, transport, local, remote }).await.is_ok()
    }

    /// False: the loop is gone. What comes after the end was told is nobody's.
    async fn tell_read(&self, bytes: Bytes) -> bool {
        let (link, remote) = (self.link, self.remote);
        self.told.load(Relaxed) || self.events.send(LinkEvent::Read { link, remote, bytes }).await.is_ok()
    }

    /// Tells the end, once. What was read before is looked at before it.
    pub async fn tell_end(&self) {
        if !self.told.swap(true, Relaxed) {
            let _loop_is_gone = self.events.send(LinkEvent::Closed { link: self.link }).await;
        }
    }
}
