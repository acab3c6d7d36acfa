//! The SIP messages themselves, for `--log info,sip=debug` (a line each) and `sip=trace` (all of it). Costs one look at a
//! flag while nobody wants them. What may be shown of them, `operator::veil` decides.

use crate::style::harmless;
use operator::veil::{field, messages, shown};
use std::net::SocketAddr;
use tracing::Level;

/// Bytes came in.
pub fn heard(remote: SocketAddr, bytes: &[u8]) {
    if tracing::enabled!(target: "sip", Level::DEBUG) {
        messages(bytes, |message| tell("<-", remote, message));
    }
}

/// Bytes go out.
pub fn sent(remote: SocketAddr, bytes: &[u8]) {
    if tracing::enabled!(target: "sip", Level::DEBUG) {
        messages(bytes, |message| tell("->", remote, message));
    }
}

fn tell(way: &str, peer: SocketAddr, message: &str) {
    let first = message.lines().next().unwrap_or_default();
    let cseq = field(message, &["cseq"]).unwrap_or_default();
    let what = match first.strip_prefix("SIP/2.0 ") {
        Some(status) => format!("{} to {}", status.trim_end(), cseq.split_whitespace().nth(1).unwrap_or("?")),
        None => first.split(' ').next().unwrap_or_default().to_owned(),
    };
    let (what, cseq) = (harmless(&what), harmless(cseq.split_whitespace().next().unwrap_or_default()));
    let call_id = harmless(field(message, &["call-id", "i"]).unwrap_or_default());
    tracing::debug!(target: "sip", %peer, call_id, cseq, "{way} {what}");
    if tracing::enabled!(target: "sip", Level::TRACE) {
        tracing::trace!(target: "sip", %peer, "{way}\n{}", shown(message));
    }
}
