//! What the kernel promises, on which the owner of the pages' port relies: all pages send to one port, and yet each leg can
//! have a socket of its own, bound to the same port and connected to its page, that goes with it from thread to thread. The
//! kernel hands each datagram to the socket whose connection fits, and what fits none to the one that has no connection.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, clippy::unwrap_used, reason = "a test has sockets")]

use socket2::{Domain, Protocol, Socket, Type};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

fn shared(at: SocketAddr) -> UdpSocket {
    let socket = Socket::new(Domain::for_address(at), Type::DGRAM.nonblocking(), Some(Protocol::UDP)).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&at.into()).unwrap();
    socket.into()
}

fn page() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").unwrap()
}

/// Everything that waits in a socket: from whom.
fn drain(socket: &UdpSocket) -> Vec<SocketAddr> {
    let mut buffer = [0; 64];
    std::iter::from_fn(|| socket.recv_from(&mut buffer).ok().map(|(_, from)| from)).collect()
}

#[test]
fn each_page_reaches_the_socket_that_is_connected_to_it_and_strangers_the_one_that_is_not() {
    let gate = shared("127.0.0.1:0".parse().unwrap());
    let port = gate.local_addr().unwrap();
    let pages: Vec<_> = (0..50).map(|_| page()).collect();
    let legs: Vec<_> = pages
        .iter()
        .map(|page| {
            let leg = shared(port);
            leg.connect(page.local_addr().unwrap()).unwrap();
            leg
        })
        .collect();
    let stranger = page();
    for _ in 0..10 {
        pages.iter().chain([&stranger]).for_each(|page| assert_eq!(page.send_to(b"sound", port).unwrap(), 5));
    }
    for (page, leg) in pages.iter().zip(&legs) {
        assert_eq!(drain(leg), [page.local_addr().unwrap(); 10]);
    }
    assert_eq!(drain(&gate), [stranger.local_addr().unwrap(); 10]);
    // What a leg sends comes from the port of all.
    legs[7].send(b"sound").unwrap();
    let mut buffer = [0; 8];
    assert_eq!(pages[7].recv_from(&mut buffer).unwrap().1, port);
}

#[test]
fn a_leg_whose_socket_is_closed_is_heard_at_the_gate_again() {
    let gate = shared("127.0.0.1:0".parse().unwrap());
    let (port, page) = (gate.local_addr().unwrap(), page());
    let leg = shared(port);
    leg.connect(page.local_addr().unwrap()).unwrap();
    drop(leg);
    page.send_to(b"sound", port).unwrap();
    assert_eq!(drain(&gate), [page.local_addr().unwrap()]);
}

/// Between the two system calls a new socket is one that fits everybody: what it got then is in its queue, and whoever
/// made it hands that to the gate. Nothing is lost.
#[test]
fn what_others_send_while_a_leg_gets_its_socket_is_found_in_it_and_nothing_is_lost() {
    let gate = shared("127.0.0.1:0".parse().unwrap());
    let (port, page, other) = (gate.local_addr().unwrap(), page(), page());
    let over = AtomicBool::new(false);
    let (sent, astray, at_gate) = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut sent = 0;
            while !over.load(Relaxed) {
                sent += usize::from(other.send_to(b"sound", port).is_ok());
                // Few enough for the gate's queue on a machine that has other things to do.
                std::thread::sleep(Duration::from_micros(500));
            }
            sent
        });
        let (mut astray, mut at_gate) = (0, 0);
        let until = Instant::now() + Duration::from_millis(400);
        while Instant::now() < until {
            let leg = shared(port);
            leg.connect(page.local_addr().unwrap()).unwrap();
            astray += drain(&leg).len();
            std::thread::sleep(Duration::from_micros(200));
            // One that was on its way to it on the other core.
            astray += drain(&leg).len();
            at_gate += drain(&gate).len();
        }
        over.store(true, Relaxed);
        (sender.join().unwrap(), astray, at_gate)
    });
    let at_gate = at_gate + drain(&gate).len();
    assert_eq!(at_gate + astray, sent, "{at_gate} at the gate, {astray} in new sockets");
}
