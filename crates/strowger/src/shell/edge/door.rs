//! The door: whoever connects over TLS or by WebSocket. Each has so long to come in; what went wrong is told with what he
//! offered.

use super::flights::{Flight, Flights};
use super::told::Told;
use super::{Accepted, Counts};
use crate::shell::carrier::Wire;
use crate::shell::frames::{self, Pipe};
use rustls::server::{Acceptor, ClientHello};
use sip::Transport;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tls::InUse;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

/// How long one may take to come in.
const LONGEST: Duration = Duration::from_secs(10);
/// The first bytes of a connection, which tell a version.
const BEGINNING: usize = 11;
/// Of what was offered, so many are named.
const NAMED: usize = 8;

/// What it works with.
pub struct Door {
    certificate: InUse,
    origins: Vec<String>,
    counts: Arc<Counts>,
    flights: Arc<Flights>,
    told: Told,
    accepted: mpsc::Sender<Accepted>,
}

impl Door {
    pub fn new(
        certificate: InUse,
        origins: Vec<String>,
        counts: Arc<Counts>,
        accepted: mpsc::Sender<Accepted>,
    ) -> Door {
        Door { certificate, origins, counts, flights: Arc::default(), told: Told::default(), accepted }
    }

    /// Stands at a listener for as long as the thread lives.
    pub async fn stand(self: Arc<Self>, transport: Transport, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, remote)) => {
                    if let Some(place) = self.flights.take(remote.ip(), &self.counts) {
                        tokio::spawn(Arc::clone(&self).admit(transport, stream, remote, place));
                    }
                }
                // Out of descriptors, as a rule: what runs goes on, new ones wait in the kernel.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn admit(self: Arc<Self>, transport: Transport, stream: TcpStream, remote: SocketAddr, place: Flight) {
        let _latency_only = stream.set_nodelay(true);
        let Ok(local) = stream.local_addr() else { return };
        let opened = timeout(LONGEST, self.open(transport, stream)).await;
        match opened.unwrap_or_else(|_| Err(self.failed("it took too long", ""))) {
            Ok(wire) => {
                let _loop_is_gone = self.accepted.send(Accepted { wire, transport, local, remote }).await;
            }
            Err(why) if self.told.may(Instant::now()) => {
                tracing::warn!(%remote, transport = transport.name(), "nobody came in: {why}");
            }
            Err(_) => {}
        }
        drop(place);
    }

    async fn open(&self, transport: Transport, stream: TcpStream) -> Result<Wire, String> {
        let pipe: Box<dyn Pipe> = match transport.is_secure() {
            true => self.shake(stream).await?,
            false => Box::new(stream),
        };
        match transport.framing() {
            sip::Framing::Frame => match frames::open(pipe, &self.origins).await {
                Ok(frames) => Ok(Wire::Frames(Box::new(frames))),
                Err(why) => {
                    self.counts.unopened.fetch_add(1, Relaxed);
                    Err(why)
                }
            },
            sip::Framing::Stream | sip::Framing::Datagram => Ok(Wire::Stream(pipe)),
        }
    }

    async fn shake(&self, stream: TcpStream) -> Result<Box<dyn Pipe>, String> {
        let mut beginning = [0; BEGINNING];
        let length = stream.peek(&mut beginning).await.map_err(|error| error.to_string())?;
        let version = version(beginning.get(..length).unwrap_or_default());
        let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await;
        let begun: StartHandshake<TcpStream> = begun.map_err(|error| self.failed(&error.to_string(), version))?;
        let offered = offered(&begun.client_hello());
        let certificate = self.certificate.get().ok_or_else(|| self.failed("there is no certificate", &offered))?;
        let shaken = begun.into_stream(certificate.sip).await;
        Ok(Box::new(shaken.map_err(|error| self.failed(&error.to_string(), &offered))?))
    }

    fn failed(&self, why: &str, offered: &str) -> String {
        self.counts.failed.fetch_add(1, Relaxed);
        format!("{why} (offered: {offered})")
    }
}

/// The version that somebody offers, of what he says first: the kind of record and its version and length, the kind of
/// message and its length, and the version (RFC 8446 4.1.2, 5.1).
fn version(beginning: &[u8]) -> &'static str {
    match beginning {
        [22, 3, _, _, _, 1, _, _, _, 3, minor] => match minor {
            0 => "SSL 3",
            1 => "TLS 1.0",
            2 => "TLS 1.1",
            _ => "TLS 1.2 or later",
        },
        [] => "nothing",
        _ => "no TLS",
    }
}

/// What somebody offers, in words: no more of it than fits a line.
fn offered(hello: &ClientHello<'_>) -> String {
    let name = hello.server_name().unwrap_or("none");
    let suites: Vec<String> = hello.cipher_suites().iter().take(NAMED).map(|suite| format!("{suite:?}")).collect();
    let groups = hello.named_groups().unwrap_or_default().iter().take(NAMED);
    let groups: Vec<String> = groups.map(|group| format!("{group:?}")).collect();
    let protocols = hello.alpn().into_iter().flatten().take(NAMED);
    let protocols: Vec<String> = protocols.map(|name| name.escape_ascii().to_string()).collect();
    let more = hello.cipher_suites().len().saturating_sub(NAMED);
    let (suites, groups, protocols) = (suites.join(" "), groups.join(" "), protocols.join(" "));
    format!("name {name:.253}; suites {suites} and {more} more; groups {groups}; protocols {protocols:.253}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_told_of_who_is_too_old_and_of_who_speaks_something_else() {
        let hello = |minor| [22, 3, 1, 0, 200, 1, 0, 0, 196, 3, minor];
        let told = [0, 1, 2, 3, 4].map(|minor| version(&hello(minor)));
        assert_eq!(told, ["SSL 3", "TLS 1.0", "TLS 1.1", "TLS 1.2 or later", "TLS 1.2 or later"]);
        assert_eq!((version(b"OPTIONS sip"), version(b""), version(&[22, 3])), ("no TLS", "nothing", "no TLS"));
    }
}
