//! Connections: so many at once, with heads of a limited size that come in time. Whoever is too slow is his own affair.

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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How long a head may take, also that of the next request over the same connection.
const HEAD: Duration = Duration::from_secs(15);
/// Bytes of a head.
const HEAD_BYTES: usize = 16_384;

/// From where a request comes.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Serves until it is dropped.
pub async fn serve(listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(limits::CONSOLE_CONNECTIONS));
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // No descriptor is left, or the like: it passes.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let router = router.clone().layer(Extension(Peer(address.ip())));
        tokio::spawn(async move {
            connection(stream, router).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let _frames_are_small = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
    let _went_away =
        builder.serve_connection(TokioIo::new(Patient::new(stream, PATIENCE)), service).with_upgrades().await;
}
