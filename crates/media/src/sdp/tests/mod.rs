//! Claims about session descriptions.

mod negotiate;
mod parse;
mod table;

use super::*;
use crate::codec::Codec;
use std::net::SocketAddr;

/// Where we receive.
fn local() -> SocketAddr {
    "192.0.2.10:20000".parse().unwrap()
}

/// A leg that likes A-law first.
fn leg() -> Negotiation {
    Negotiation::new(42, vec![Codec::Pcma, Codec::Pcmu])
}

/// A peer's description at 198.51.100.7 with these lines after the session's part.
fn from_peer(lines: &[&str]) -> Vec<u8> {
    let mut sdp = String::from("v=0\r\no=peer 7 7 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n");
    for line in lines {
        sdp.push_str(line);
        sdp.push_str("\r\n");
    }
    sdp.into_bytes()
}

/// A peer's usual audio.
const AUDIO: &str = "m=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15";

fn read(sdp: &str) -> Description {
    super::parse(sdp.as_bytes()).unwrap()
}

fn version(sdp: &str) -> u64 {
    read(sdp).origin.unwrap().version
}
