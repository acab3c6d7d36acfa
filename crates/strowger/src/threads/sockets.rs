//! The sockets of a switch. They are bound before any thread starts: a port that is taken is the operator's first surprise.

use crate::addresses::{self, Listens};
use anyhow::{Context as _, Result};
use sip::Transport;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

/// Bound, and not yet listened to.
pub(super) struct Sockets {
    pub udp: Vec<UdpSocket>,
    pub tcp: Vec<TcpListener>,
    pub edge: Vec<(Transport, TcpListener)>,
    pub metrics: Option<TcpListener>,
    pub console: Option<TcpListener>,
    /// Where pages shake hands and send.
    pub pages: Option<UdpSocket>,
}

impl Sockets {
    pub fn bind(plan: &dialplan::Plan) -> Result<Sockets> {
        let udp = plan.listen.udp.iter().map(|address| bind_udp(*address)).collect::<Result<_>>()?;
        let tcp = plan.listen.tcp.iter().map(|address| bind_tcp(*address)).collect::<Result<_>>()?;
        let listen = &plan.listen;
        let lists = [(Transport::Tls, &listen.tls), (Transport::Ws, &listen.ws), (Transport::Wss, &listen.wss)];
        let edge =
            lists.into_iter().flat_map(|(transport, list)| list.iter().map(move |address| (transport, *address)));
        let edge = edge.map(|(transport, address)| bind_edge(transport, address)).collect::<Result<_>>()?;
        let metrics = plan.metrics.listen.map(bind_metrics).transpose()?;
        let console = plan.console.listen.map(bind_console).transpose()?;
        let pages = plan.listen.pages.map(bind_pages).transpose()?;
        Ok(Sockets { udp, tcp, edge, metrics, console, pages })
    }

    pub fn addresses(&self) -> Result<Listens> {
        let udp = self.udp.iter().map(UdpSocket::local_addr).collect::<std::io::Result<_>>()?;
        let tcp = self.tcp.iter().map(TcpListener::local_addr).collect::<std::io::Result<_>>()?;
        let edge = self.edge.iter().map(|(transport, listener)| Ok((*transport, listener.local_addr()?)));
        let edge = edge.collect::<std::io::Result<_>>()?;
        let pages = self.console.as_ref().map(TcpListener::local_addr).transpose()?;
        Ok(Listens { udp, tcp, edge, pages })
    }
}

/// The error, with what to do about it.
fn deaf(error: std::io::Error, what: &str, address: SocketAddr, key: &str) -> anyhow::Error {
    let said = addresses::why_not(what, address, key, &error);
    anyhow::Error::new(error).context(said)
}

fn bind_udp(address: SocketAddr) -> Result<UdpSocket> {
    let bound = UdpSocket::bind(address);
    let socket = bound.map_err(|error| deaf(error, "listen on udp", address, "[listen] udp"))?;
    socket.set_nonblocking(true)?;
    // A burst of a few thousand messages waits in the kernel instead of being lost.
    let _the_kernel_may_grant_less = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    Ok(socket)
}

fn bind_tcp(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address);
    let listener = bound.map_err(|error| deaf(error, "listen on tcp", address, "[listen] tcp"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn bind_pages(address: SocketAddr) -> Result<UdpSocket> {
    let bound = UdpSocket::bind(address);
    let socket = bound.map_err(|error| deaf(error, "hear the sound of pages on", address, "[listen] pages"))?;
    let _the_kernel_may_grant_less = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    Ok(socket)
}

fn bind_edge(transport: Transport, address: SocketAddr) -> Result<(Transport, TcpListener)> {
    let name = transport.name();
    let bound = TcpListener::bind(address);
    let listener =
        bound.map_err(|error| deaf(error, &format!("listen on {name}"), address, &format!("[listen] {name}")))?;
    listener.set_nonblocking(true)?;
    Ok((transport, listener))
}

fn bind_metrics(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address);
    let listener = bound.map_err(|error| deaf(error, "serve metrics on", address, "[metrics] listen"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn bind_console(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address);
    let listener = bound.map_err(|error| deaf(error, "serve the pages on", address, "[console] listen"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The address on which the workers receive sound. Peers are told another one where `advertise` says so.
pub(super) fn sound_address(plan: &dialplan::Plan, listens: &Listens) -> Result<IpAddr> {
    let edge = listens.edge.iter().map(|(_, address)| address);
    let first = listens.udp.iter().chain(&listens.tcp).chain(edge).map(SocketAddr::ip).next();
    let said = plan.listen.rtp_address.or(first);
    let said = said.context("[listen] names no address: add udp = \"ADDRESS:5060\"")?;
    let address = if said.is_unspecified() { addresses::primary().unwrap_or(said) } else { said };
    let any_port = SocketAddr::new(address, 0);
    let bound = UdpSocket::bind(any_port);
    bound.map_err(|error| deaf(error, "receive sound on", any_port, "[listen] rtp_address"))?;
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_is_received_where_the_switch_listens_and_not_at_the_address_that_it_advertises() {
        let mut plan = dialplan::Plan::default();
        plan.listen.advertise = "203.0.113.10".parse().ok();
        let listens = |udp: &str| Listens { udp: udp.parse().into_iter().collect(), ..Listens::default() };
        let here = sound_address(&plan, &listens("127.0.0.2:5060")).unwrap();
        assert_eq!(here, IpAddr::from([127, 0, 0, 2]));
        let everywhere = sound_address(&plan, &listens("0.0.0.0:5060")).unwrap();
        assert_ne!(everywhere, IpAddr::from([203, 0, 113, 10]));
        plan.listen.rtp_address = "127.0.0.3".parse().ok();
        let said = sound_address(&plan, &listens("127.0.0.2:5060")).unwrap();
        assert_eq!(said, IpAddr::from([127, 0, 0, 3]), "`rtp_address` is an address of this machine, too");
    }
}
