//! What a page's leg costs, beside a bare forwarder between the same sockets:
//!
//!     cargo run --release -p browser --example cost [PAGES]
//!
//! This process has the legs, on one thread and one port; a second one has the pages, each with a socket and a whole ICE
//! agent of its own. First all pages connect at once; then each sends and hears 50 packets a second, between it and a plain
//! RTP peer. CPU is the thread's, user and kernel; memory is what the process has grown by (PSS).

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "what measures has a clock, sockets and files"
)]

mod pages;
mod stand;

use browser::{Identity, Leg};
use stand::{Stand, cpu, kib};
use std::time::{Duration, Instant};
use terms::Mono;

/// How long sound flows.
const WINDOW: Duration = Duration::from_secs(8);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("pages") => pages::run(&arguments[1..]),
        count => measure(count.map_or(200, |count| count.parse().expect("how many pages"))),
    }
}

fn measure(count: usize) {
    println!("{count} pages, {}", machine());
    let (alone_send, offers) = in_memory();
    println!("  in memory: {alone_send:.2} us a packet sent to a page, {offers:.0} us an offer answered");
    let before = forward(count);
    let origin = Instant::now();
    let mut stand = Stand::with_legs(count, Identity::new(origin), origin);
    let (empty, began, wall) = (kib(), cpu(), Instant::now());
    stand.connect();
    let handshake = (cpu() - began) / count as u32;
    println!(
        "  handshake (offer, ICE, DTLS): {:.2} ms of a core each, {:.0} a second of a core; {:.0} a second as it was",
        handshake.as_secs_f64() * 1e3,
        1.0 / handshake.as_secs_f64(),
        count as f64 / wall.elapsed().as_secs_f64()
    );
    let up = kib().saturating_sub(empty);
    let packet = stand.talk(WINDOW);
    let talking = kib().saturating_sub(empty);
    println!("  a leg: {:.1} KiB when it is up, {:.1} KiB when it talks", each(up, count), each(talking, count));
    drop(stand);
    let after = forward(count);
    let floor = (before + after) / 2.0;
    println!(
        "  a packet forwarded: {packet:.2} us; bare forwarder {before:.2} and {after:.2} us: {:.2} floors",
        packet / floor
    );
}

fn each(kib: u64, count: usize) -> f64 {
    kib as f64 / count as f64
}

/// The floor: the same sockets and the same peers, without legs.
fn forward(count: usize) -> f64 {
    Stand::bare(count).talk(WINDOW / 2)
}

/// What a leg takes for a packet, and for an offer, without any socket.
fn in_memory() -> (f64, f64) {
    let mut world = pages::page::World::up();
    let (packets, began) = (20_000u32, cpu());
    for number in 0..packets {
        let now = world.now() + Duration::from_micros(u64::from(number));
        let packet = pages::page::rtp(0, number as u16, number * 160, 1, &[7; 160]);
        world.leg.send(now, &packet).expect("a leg that is up");
        while world.leg.poll().is_some() {}
    }
    let sent = (cpu() - began).as_secs_f64() * 1e6 / f64::from(packets);
    let (identity, offer) = (Identity::new(Instant::now()), include_str!("../../tests/page/chromium.sdp"));
    let (offers, began) = (1_000u32, cpu());
    for _ in 0..offers {
        Leg::answer(&identity, Mono::ZERO, pages::page::switch(), offer).expect("an offer of a browser");
    }
    (sent, (cpu() - began).as_secs_f64() * 1e6 / f64::from(offers))
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = info.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores of {}, Linux {}", model.trim_start_matches(['\t', ' ', ':']), kernel.trim())
}
