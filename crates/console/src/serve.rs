//! Connections: so many at once, with heads of a limited size that come in time, encrypted where there is a certificate.
//! Whoever is too slow is his own affair.

use crate::handshakes::Handshakes;
use crate::patient::Patient;
use crate::stream::PATIENCE;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use terms::limits;
use tls::InUse;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How long a head may take, also that of the next request over the same connection.
const HEAD: Duration = Duration::from_secs(15);
/// Bytes of a head.
const HEAD_BYTES: usize = 16_384;

/// From where a request comes, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address of whoever asks.
    pub address: IpAddr,
    /// Whether what is said is encrypted up to him.
    pub secure: bool,
    /// Whether browsers know who has signed the certificate.
    pub known: bool,
}

/// Serves until it is dropped.
pub async fn serve(listener: TcpListener, router: Router, certificate: InUse) {
    let places = Arc::new(Semaphore::new(limits::CONSOLE_CONNECTIONS));
    let handshakes = Arc::new(Handshakes::default());
    loop {
        let Ok((stream, from)) = listener.accept().await else {
            // No descriptor is left, or the like: it passes.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (router, handshakes, certificate) = (router.clone(), handshakes.clone(), certificate.get());
        let address = from.ip().to_canonical();
        tokio::spawn(async move {
            let _frames_are_small = stream.set_nodelay(true);
            let (secure, known) = (certificate.is_some(), certificate.as_ref().is_some_and(|it| !it.is_own));
            let router = router.layer(Extension(Peer { address, secure, known }));
            open(stream, router, certificate, &handshakes, address).await;
            drop(place);
        });
    }
}

async fn open(
    stream: TcpStream,
    router: Router,
    certificate: Option<tls::Certificate>,
    handshakes: &Handshakes,
    address: IpAddr,
) {
    let Some(certificate) = certificate else { return connection(stream, router).await };
    if let Some(stream) = handshakes.shake(stream, certificate.server, address).await {
        connection(stream, router).await;
    }
}

async fn connection<Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: Stream, router: Router) {
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
    let _went_away =
        builder.serve_connection(TokioIo::new(Patient::new(stream, PATIENCE)), service).with_upgrades().await;
}
