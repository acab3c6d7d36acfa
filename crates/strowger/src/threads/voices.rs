//! The thread of the pages, where the configuration says where their sound comes in.

use crate::addresses;
use crate::clock::Clock;
use crate::nudge::Nudge;
use crate::shell::pages;
use crate::shell::voices::Voices;
use anyhow::Result;
use dialplan::Listen;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread::JoinHandle;
use tokio::sync::mpsc::UnboundedSender;

/// Starts it at its port; the signalling thread has the other end. `sound` is where the workers receive sound.
pub(super) fn start(
    listen: &Listen,
    gate: Option<UdpSocket>,
    sound: IpAddr,
    clock: Clock,
    nudges: &UnboundedSender<Nudge>,
) -> Result<(Voices, Option<JoinHandle<()>>)> {
    let Some(gate) = gate else { return Ok((Voices::deaf(), None)) };
    let local = reached_at(listen, gate.local_addr()?);
    let nudges = nudges.clone();
    let tell = move |told| drop(nudges.send(Nudge::Page(told)));
    let (inlet, thread) = pages::spawn(gate, local, clock, tell)?;
    Ok((Voices::new(inlet, sound), Some(thread)))
}

/// Where pages are told to send: what is advertised, else where the port is.
fn reached_at(listen: &Listen, bound: SocketAddr) -> SocketAddr {
    let here = || if bound.ip().is_unspecified() { addresses::primary() } else { None };
    SocketAddr::new(listen.advertise.or_else(here).unwrap_or(bound.ip()), bound.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_of_the_advertised_address_and_never_of_every_address() {
        let mut listen = dialplan::Plan::default().listen;
        let everywhere = "0.0.0.0:16383".parse().unwrap();
        assert!(!reached_at(&listen, everywhere).ip().is_unspecified() || addresses::primary().is_none());
        assert_eq!(reached_at(&listen, "127.0.0.2:9".parse().unwrap()), "127.0.0.2:9".parse().unwrap());
        listen.advertise = "203.0.113.10".parse().ok();
        assert_eq!(reached_at(&listen, everywhere), "203.0.113.10:16383".parse().unwrap());
    }
}
