//! A connection that we make over TLS: whoever answers proves every name that he is called by, or it is closed before a
//! byte of SIP has gone out.

use super::Counts;
use crate::shell::carrier::Wire;
use rustls::ClientConfig;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// A carrier that is not there in this time is tried elsewhere.
const LONGEST: Duration = Duration::from_secs(4);

/// The link and our end of it; none is told and counted.
pub async fn connect(
    remote: SocketAddr,
    names: &[String],
    believed: Arc<ClientConfig>,
    counts: &Counts,
) -> Option<(Wire, SocketAddr)> {
    let made = timeout(LONGEST, shaken(remote, names, believed)).await;
    match made.unwrap_or_else(|_| Err("it took too long".into())) {
        Ok(made) => Some(made),
        Err(why) => {
            counts.failed.fetch_add(1, Relaxed);
            tracing::warn!(%remote, names = names.join(" "), "no connection over TLS: {why}");
            None
        }
    }
}

async fn shaken(
    remote: SocketAddr,
    names: &[String],
    believed: Arc<ClientConfig>,
) -> Result<(Wire, SocketAddr), String> {
    let mut parsed = vec![];
    for name in names {
        parsed.push(ServerName::try_from(name.clone()).map_err(|_| format!("{name:?} can be in no certificate"))?);
    }
    let first = parsed.first().cloned().ok_or("nobody says whose certificate it must be")?;
    let stream = TcpStream::connect(remote).await.map_err(|error| error.to_string())?;
    let _latency_only = stream.set_nodelay(true);
    let local = stream.local_addr().map_err(|error| error.to_string())?;
    let shaken = TlsConnector::from(believed).connect(first, stream).await.map_err(|error| error.to_string())?;
    let shown = shaken.get_ref().1.peer_certificates().and_then(<[CertificateDer<'_>]>::first);
    let shown = shown.ok_or("it showed no certificate")?;
    let shown = ParsedCertificate::try_from(shown).map_err(|error| error.to_string())?;
    for name in &parsed {
        verify_server_name(&shown, name).map_err(|error| error.to_string())?;
    }
    drop(shown);
    Ok((Wire::Stream(Box::new(shaken)), local))
}
