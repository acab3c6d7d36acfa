//! The wire checker by hand: `cargo run -p e2e --example wirecheck -- FILE.pcap 127.83.1.1` prints the
//! ladder of a capture, its RTP streams, and what the switch at that address did wrong.

use anyhow::{Context, Result};
use e2e::wire::Trace;
use std::path::Path;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("usage: wirecheck FILE.pcap ADDRESS-OF-THE-SWITCH")?;
    let switch = arguments.next().context("the switch's address is missing")?.parse()?;
    let trace = Trace::read(Path::new(&file))?;
    print!("{}", trace.ladder());
    for stream in &trace.streams {
        let (first, last) =
            (stream.packets[0].at - trace.begin, stream.packets[stream.packets.len() - 1].at - trace.begin);
        println!("{first:9.3} RTP {} -> {}: {} packets until {last:.3}", stream.from, stream.to, stream.packets.len());
    }
    let faults = trace.faults(switch);
    for fault in &faults {
        println!("FAULT {fault}");
    }
    println!("{} fault(s)", faults.len());
    Ok(())
}
