//! The edge: TLS and WebSockets, on a thread of their own, so that no handshake and no framing holds up signalling. It
//! accepts, agrees on keys, and hands the finished link over; what flows on it then goes through here, too, in whole
//! pieces or messages. Which links there may be, and their ids, are [`super::links`]'s; certificates are `tls`'s.

mod door;
mod flights;
mod outward;
mod told;

use super::carrier::{Carrier, Wire};
use bytes::Bytes;
use door::Door;
use sip::Transport;
use std::future::pending;
use std::net::{SocketAddr, TcpListener as StdTcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use tls::{Believed, InUse};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

/// A link that somebody opened, with both its ends.
pub struct Accepted {
    pub wire: Wire,
    pub transport: Transport,
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

/// What the edge works with.
pub struct Setting {
    /// Where it listens.
    pub listeners: Vec<(Transport, StdTcpListener)>,
    /// What it shows.
    pub certificate: InUse,
    /// Whom it believes.
    pub believed: Believed,
    /// Whose pages may come; empty: those of the host that they call.
    pub origins: Vec<String>,
}

impl Setting {
    /// Where it listens.
    pub fn addresses(&self) -> std::io::Result<Vec<(Transport, SocketAddr)>> {
        self.listeners.iter().map(|(transport, listener)| Ok((*transport, listener.local_addr()?))).collect()
    }
}

/// What it refused, and what failed.
#[derive(Debug, Default)]
pub struct Counts {
    /// Handshakes that nobody had time for.
    pub refused: AtomicU64,
    /// Handshakes that came to nothing.
    pub failed: AtomicU64,
    /// WebSockets that were not opened.
    pub unopened: AtomicU64,
    /// Those at it: each has a descriptor.
    pub at_it: AtomicU64,
}

/// The thread.
pub struct Edge {
    handle: Handle,
    believed: Believed,
    counts: Arc<Counts>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Edge {
    /// Starts it. What is accepted goes to `accepted`.
    pub fn start(setting: Setting, accepted: mpsc::Sender<Accepted>) -> std::io::Result<Edge> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (handle, believed, counts) = (runtime.handle().clone(), setting.believed.clone(), Arc::default());
        let inside = handle.enter();
        let mut listeners = vec![];
        for (transport, listener) in setting.listeners {
            listeners.push((transport, tokio::net::TcpListener::from_std(listener)?));
        }
        drop(inside);
        let door = Arc::new(Door::new(setting.certificate, setting.origins, Arc::clone(&counts), accepted));
        for (transport, listener) in listeners {
            handle.spawn(Arc::clone(&door).stand(transport, listener));
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("edge".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! { _ = stopped => {}, () = pending() => {} }
            });
        })?;
        Ok(Edge { handle, believed, counts, stop: Some(stop), thread: Some(thread) })
    }

    /// Carries a link.
    pub fn carry(
        &self,
        wire: Wire,
        local: SocketAddr,
        carrier: Carrier,
        queue: mpsc::UnboundedReceiver<Bytes>,
    ) -> AbortHandle {
        self.handle.spawn(carrier.carry_wire(wire, local, queue)).abort_handle()
    }

    /// Connects over TLS to whoever proves every one of the names, and carries the link.
    pub fn connect(
        &self,
        remote: SocketAddr,
        names: Vec<String>,
        carrier: Carrier,
        queue: mpsc::UnboundedReceiver<Bytes>,
    ) -> AbortHandle {
        let (believed, counts) = (self.believed.get(), Arc::clone(&self.counts));
        let task = async move {
            match outward::connect(remote, &names, believed, &counts).await {
                Some((wire, local)) => carrier.carry_wire(wire, local, queue).await,
                None => carrier.tell_end().await,
            }
        };
        self.handle.spawn(task).abort_handle()
    }

    /// What it counts.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _its_last_words_are_in_the_log = thread.join();
        }
    }
}
