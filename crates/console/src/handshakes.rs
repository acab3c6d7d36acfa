//! The beginning of an encrypted connection: it costs the processor more than all that follows, so that so many are at it
//! at once, of one address fewer, and each has so long. Who speaks plainly is told so.

use rustls::ServerConfig;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long one may take, with the wait for its turn.
const LONGEST: Duration = Duration::from_secs(10);
/// At once.
const AT_ONCE: usize = 64;
/// Of one address at once: whoever begins and does not go on is in nobody's way but his own.
const OF_ONE: usize = 16;
/// The first byte of a connection that is encrypted (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;

const PLAIN: &str = "this address speaks https: put https:// before it\n";

/// Those that are at it.
pub struct Handshakes {
    all: Semaphore,
    of: Mutex<BTreeMap<IpAddr, Weak<Semaphore>>>,
}

impl Default for Handshakes {
    fn default() -> Self {
        Handshakes { all: Semaphore::new(AT_ONCE), of: Mutex::default() }
    }
}

impl Handshakes {
    /// The connection, once it is encrypted; none where it does not come to that.
    pub async fn shake(
        &self,
        stream: TcpStream,
        server: Arc<ServerConfig>,
        from: IpAddr,
    ) -> Option<TlsStream<TcpStream>> {
        timeout(LONGEST, self.shaken(stream, server, from)).await.ok()?
    }

    async fn shaken(&self, stream: TcpStream, server: Arc<ServerConfig>, from: IpAddr) -> Option<TlsStream<TcpStream>> {
        let mut first = [0];
        if stream.peek(&mut first).await.ok()? == 0 {
            return None;
        }
        if first != [HANDSHAKE] {
            refuse(stream).await;
            return None;
        }
        let own = self.of(from);
        let _own = own.acquire().await.ok()?;
        let _place = self.all.acquire().await.ok()?;
        TlsAcceptor::from(server).accept(stream).await.ok()
    }

    /// The places of an address. Those of whom nobody is there any more are forgotten.
    fn of(&self, from: IpAddr) -> Arc<Semaphore> {
        let mut all = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, places| places.strong_count() > 0);
        if let Some(places) = all.get(&from).and_then(Weak::upgrade) {
            return places;
        }
        let places = Arc::new(Semaphore::new(OF_ONE));
        all.insert(from, Arc::downgrade(&places));
        places
    }
}

/// Tells who speaks plainly what he should have said.
async fn refuse(mut stream: TcpStream) {
    // What he says is read, so that the answer reaches him before the end.
    let _some = timeout(Duration::from_millis(500), async {
        stream.readable().await?;
        stream.try_read(&mut [0; 4_096])
    });
    let _some = _some.await;
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{PLAIN}",
        PLAIN.len()
    );
    if stream.write_all(answer.as_bytes()).await.is_ok() {
        let _ends = stream.shutdown().await;
    }
}
