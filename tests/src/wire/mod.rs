//! The wire checker: reads a capture and says what the switch did wrong on it. It shares no code with
//! the switch, and its own tests hand it broken traces, so that its silence means something.

pub mod media;
pub mod pcap;
pub mod rtp;
pub mod signalling;
pub mod sip;

use anyhow::Result;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;

/// Something that the standards forbid.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Seconds since the capture began.
    pub at: f64,
    /// What.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:9.3} s: {}", self.at, self.what)
    }
}

/// A capture, read.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// All SIP messages.
    pub messages: Vec<sip::Message>,
    /// All RTP streams.
    pub streams: Vec<rtp::Stream>,
    /// When it begins.
    pub begin: f64,
}

impl Trace {
    /// Reads a capture file.
    pub fn read(path: &Path) -> Result<Trace> {
        Ok(Trace::of(&pcap::read(path)?))
    }

    /// Reads frames.
    pub fn of(frames: &[pcap::Frame]) -> Trace {
        let begin = frames.first().map_or(0.0, |frame| frame.at);
        Trace { messages: sip::messages(frames), streams: rtp::streams(frames), begin }
    }

    /// Everything that the switch at this address did wrong.
    pub fn faults(&self, switch: IpAddr) -> Vec<Fault> {
        let mut faults = signalling::faults(&self.messages, switch);
        faults.extend(media::faults(&self.messages, &self.streams, switch));
        for fault in &mut faults {
            fault.at -= self.begin;
        }
        faults.sort_by(|one, other| one.at.total_cmp(&other.at));
        faults
    }

    /// The signalling as a ladder in text.
    pub fn ladder(&self) -> String {
        let line = |message: &sip::Message| format!("{:9.3} {}\n", message.at - self.begin, message.summary());
        self.messages.iter().map(line).collect()
    }

    /// The streams that the switch sends to, or takes from, a peer's address.
    pub fn stream(&self, from: IpAddr, to: IpAddr) -> Vec<&rtp::Stream> {
        self.streams.iter().filter(|stream| stream.from.ip() == from && stream.to.ip() == to).collect()
    }
}
