//! What the signalling thread keeps of the messages that came and went, for whoever wants to see them afterwards.
//! A datagram is a message; of a stream, the pieces are put together here, beside the core that does so for itself.

mod block;
mod homer;
mod passed;
mod ring;
mod shares;

use bytes::{Bytes, BytesMut};
use call::cdr::{Entry, LegRecord};
use homer::Homer;
use node::{Happening, Record};
use operator::admin::trace::Traced;
use passed::{Passed, Way};
use ring::Ring;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use terms::{LinkId, Wall, limits};

/// What is no longer than this keeps a way open through NAT, and says nothing.
const KEEP_ALIVE: usize = 4;

/// The messages, and the links that they came over.
pub struct Trace {
    ring: Ring,
    links: HashMap<LinkId, Link>,
    homer: Option<Homer>,
}

struct Link {
    way: Arc<Way>,
    /// Of a stream, what is no whole message yet.
    begun: BytesMut,
}

impl Trace {
    /// One that has seen nothing yet.
    pub fn start(wanted: &dialplan::Trace) -> Trace {
        Trace { ring: Ring::new(wanted.megabytes as usize * 1_000_000), links: HashMap::new(), homer: None }
    }

    /// Has a capture server told of each message, where one is wanted; `node` tells it by whom.
    pub fn tell_homer(&mut self, wanted: &dialplan::Trace, node: u32) -> io::Result<Option<JoinHandle<()>>> {
        let Some(server) = wanted.homer else { return Ok(None) };
        let (homer, thread) = Homer::start(server, node)?;
        self.homer = Some(homer);
        Ok(Some(thread))
    }

    /// Messages that a capture server was to be told of, and was not.
    pub fn untold(&self) -> u64 {
        self.homer.as_ref().map_or(0, Homer::lost)
    }

    /// Messages may pass here.
    pub fn opened(&mut self, link: LinkId, transport: sip::Transport, local: SocketAddr) {
        if self.is_on() {
            let way = Arc::new(Way { transport, local });
            self.links.insert(link, Link { way, begun: BytesMut::new() });
        }
    }

    /// They may no more.
    pub fn closed(&mut self, link: LinkId) {
        self.links.remove(&link);
    }

    /// Bytes came in.
    pub fn heard(&mut self, at: Wall, link: LinkId, remote: SocketAddr, bytes: &Bytes) {
        let Some(found) = self.links.get_mut(&link) else { return };
        let way = found.way.clone();
        if way.transport.framing() != sip::Framing::Stream {
            return self.keep(&Passed { at, out: false, way, remote, bytes });
        }
        found.begun.extend_from_slice(bytes);
        let messages: Vec<Bytes> = std::iter::from_fn(|| framed(&mut found.begun)).collect();
        for bytes in &messages {
            self.keep(&Passed { at, out: false, way: way.clone(), remote, bytes });
        }
    }

    /// A message goes out.
    pub fn sent(&mut self, at: Wall, link: LinkId, remote: SocketAddr, bytes: &Bytes) {
        let Some(found) = self.links.get(&link) else { return };
        let way = found.way.clone();
        self.keep(&Passed { at, out: true, way, remote, bytes });
    }

    fn keep(&mut self, passed: &Passed<&Bytes>) {
        let Passed { at, out, way, remote, bytes } = passed;
        if let Some(homer) = self.homer.as_ref().filter(|_| bytes.len() > KEEP_ALIVE) {
            homer.tell(Passed { at: *at, out: *out, way: way.clone(), remote: *remote, bytes: (*bytes).clone() });
        }
        self.ring.keep(passed);
    }

    /// A leg that is under way is of this call.
    pub fn belongs(&mut self, leg: &LegRecord) {
        self.ring.leg(leg);
    }

    /// Something happened: perhaps it tells which messages are of which call.
    pub fn observe(&mut self, record: &Record) {
        match &record.what {
            Happening::Call(Entry::Opened(call)) => self.ring.call(call),
            Happening::Call(Entry::Leg(leg) | Entry::Moved { record: leg, .. }) => self.ring.leg(leg),
            _ => {}
        }
    }

    /// All that is kept.
    pub fn seen(&self) -> Traced {
        self.ring.seen()
    }

    fn is_on(&self) -> bool {
        self.ring.is_on() || self.homer.is_some()
    }
}

/// The first message of a stream, taken off it once it is whole. What can be none is thrown away.
fn framed(begun: &mut BytesMut) -> Option<Bytes> {
    let silence = begun.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let _keep_alives = begun.split_to(silence);
    let Some(head) = memchr::memmem::find(begun, b"\r\n\r\n") else {
        if begun.len() > limits::MESSAGE_BYTES {
            begun.clear();
        }
        return None;
    };
    let length = {
        let text = String::from_utf8_lossy(begun.get(..head)?);
        operator::veil::field(&text, &["content-length", "l"]).and_then(|length| length.parse::<usize>().ok())
    };
    // He may say any number.
    let end = length.unwrap_or(0).saturating_add(head + 4);
    if end > limits::MESSAGE_BYTES {
        begun.clear();
        return None;
    }
    (begun.len() >= end).then(|| begun.split_to(end).freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: LinkId = LinkId::accepted(7);

    fn trace() -> Trace {
        let mut trace = Trace::start(&dialplan::Trace { megabytes: 1, ..dialplan::Trace::default() });
        trace.opened(LINK, sip::Transport::Tcp, "192.0.2.1:5060".parse().unwrap());
        trace
    }

    fn hear(trace: &mut Trace, bytes: &[u8]) {
        let remote = "192.0.2.7:5060".parse().unwrap();
        trace.heard(Wall::from_millis(1), LINK, remote, &Bytes::copy_from_slice(bytes));
    }

    #[test]
    fn messages_of_a_stream_are_whole_however_it_is_cut() {
        let one = "OPTIONS sip:x SIP/2.0\r\nCall-ID: a\r\nContent-Length: 5\r\n\r\nhello";
        let text = format!("\r\n\r\n{one}{one}\r\n\r\n{one}");
        for size in 1..text.len() {
            let mut trace = trace();
            text.as_bytes().chunks(size).for_each(|piece| hear(&mut trace, piece));
            let seen = trace.seen().messages;
            assert_eq!(seen.len(), 3, "in pieces of {size}");
        }
    }

    #[test]
    fn a_stream_of_nonsense_keeps_nothing() {
        let mut trace = trace();
        for _ in 0..40 {
            hear(&mut trace, &[b'x'; 8_192]);
        }
        for length in ["999999999999999", &usize::MAX.to_string(), &format!("{}0", usize::MAX), "-1"] {
            hear(&mut trace, format!("OPTIONS x SIP/2.0\r\nContent-Length: {length}\r\n\r\n").as_bytes());
        }
        assert!(trace.seen().messages.is_empty());
        assert!(trace.links[&LINK].begun.len() <= limits::MESSAGE_BYTES);
        trace.closed(LINK);
        assert!(trace.links.is_empty());
    }
}
