//! SIP messages out of frames: datagrams as they are, streams put in order and cut by Content-Length
//! (RFC 3261 18.3). A small parser of its own, strict where the switch writes, silent where others do.

use super::pcap::{By, Frame};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// One message as it was on the wire.
#[derive(Clone, Debug)]
pub struct Message {
    /// Seconds since 1970; for a stream, when its last byte came.
    pub at: f64,
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// Came in a stream.
    pub stream: bool,
    /// The request line or status line.
    pub start: String,
    /// Names in small letters and full length, values trimmed and unfolded.
    pub headers: Vec<(String, String)>,
    /// The body, as much as there was.
    pub body: Vec<u8>,
}

impl Message {
    /// Parses one datagram; `None` for what is not SIP.
    pub fn parse(at: f64, from: SocketAddr, to: SocketAddr, data: &[u8]) -> Option<Message> {
        let split = find(data, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&data[..split]).replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut lines = head.split("\r\n");
        let start = lines.next()?.to_string();
        if !start.contains("SIP/2.0") {
            return None;
        }
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            headers.push((full_name(name.trim()), value.trim().to_string()));
        }
        Some(Message { at, from, to, stream: false, start, headers, body: data[split + 4..].to_vec() })
    }

    /// The first value of a header, by its full name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The status, of a response.
    pub fn status(&self) -> Option<u16> {
        self.start.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The method, of a request or of the request that a response answers.
    pub fn method(&self) -> &str {
        match self.status() {
            Some(_) => self.header("cseq").and_then(|value| value.split_whitespace().nth(1)).unwrap_or(""),
            None => self.start.split(' ').next().unwrap_or(""),
        }
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        self.status().is_none()
    }

    /// The number in CSeq.
    pub fn cseq(&self) -> Option<u32> {
        self.header("cseq")?.split_whitespace().next()?.parse().ok()
    }

    /// The Call-ID header's value.
    pub fn call_id(&self) -> &str {
        self.header("call-id").unwrap_or("")
    }

    /// The tag in From or To.
    pub fn tag(&self, header: &str) -> Option<&str> {
        // A tag is a parameter of the header, so it is looked for behind the angle brackets.
        let value = self.header(header)?;
        parameter(value.rsplit_once('>').map_or(value, |(_, behind)| behind), "tag")
    }

    /// The topmost Via.
    pub fn via(&self) -> Option<&str> {
        self.header("via").map(|value| value.split(',').next().unwrap_or(value).trim())
    }

    /// The branch of the topmost Via.
    pub fn branch(&self) -> Option<&str> {
        parameter(self.via()?, "branch")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// One line for a ladder.
    pub fn summary(&self) -> String {
        format!("{} -> {} {} [{}]", self.from, self.to, self.start, self.header("cseq").unwrap_or("-"))
    }
}

/// The SIP messages in a capture, by time.
pub fn messages(frames: &[Frame]) -> Vec<Message> {
    let mut found = Vec::new();
    let mut streams: BTreeMap<(SocketAddr, SocketAddr), Stream> = BTreeMap::new();
    for frame in frames {
        match frame.by {
            By::Udp => found.extend(Message::parse(frame.at, frame.from, frame.to, &frame.data)),
            By::Tcp { sequence, syn } => {
                let stream = streams.entry((frame.from, frame.to)).or_default();
                if syn {
                    *stream = Stream { next: Some(sequence), ..Stream::default() };
                }
                stream.take(sequence, &frame.data);
                while let Some(data) = stream.message() {
                    if let Some(message) = Message::parse(frame.at, frame.from, frame.to, &data) {
                        found.push(Message { stream: true, ..message });
                    }
                }
            }
        }
    }
    found
}

/// One direction of a TCP connection.
#[derive(Default)]
struct Stream {
    next: Option<u32>,
    early: BTreeMap<u32, Vec<u8>>,
    bytes: Vec<u8>,
}

impl Stream {
    fn take(&mut self, sequence: u32, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        let next = *self.next.get_or_insert(sequence);
        if sequence.wrapping_sub(next) > u32::MAX / 2 {
            return; // sent again
        }
        self.early.insert(sequence, data.to_vec());
        while let Some(data) = self.next.and_then(|next| self.early.remove(&next)) {
            self.next = self.next.map(|next| next.wrapping_add(data.len() as u32));
            self.bytes.extend(data);
        }
    }

    fn message(&mut self) -> Option<Vec<u8>> {
        // RFC 5626 3.5.1: pairs of CRLF between messages keep the stream alive.
        let leading = self.bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.bytes.drain(..leading);
        let split = find(&self.bytes, b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&self.bytes[..split]).to_lowercase();
        let length = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (full_name(name.trim()) == "content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let end = split + length.unwrap_or(0);
        (self.bytes.len() >= end).then(|| self.bytes.drain(..end).collect())
    }
}

/// A parameter of a header value, outside quotes and brackets as far as our own traffic needs it.
pub fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(';').skip(1).find_map(|piece| {
        let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
        key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

fn full_name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "v" => "via",
        "f" => "from",
        "t" => "to",
        "i" => "call-id",
        "m" => "contact",
        "l" => "content-length",
        "c" => "content-type",
        _ => return name,
    }
    .into()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cut_over_three_segments_and_two_in_one_segment_are_all_found() {
        let one = "OPTIONS sip:a SIP/2.0\r\nCSeq: 7 OPTIONS\r\nl: 3\r\n\r\nabc";
        let two = "SIP/2.0 200 OK\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n";
        let all = format!("\r\n\r\n{one}{two}");
        let pieces = [&all[..9], &all[9..40], &all[40..]];
        let (from, to) = ("127.0.0.1:5060".parse().unwrap(), "127.0.0.2:5060".parse().unwrap());
        let mut sequence = u32::MAX - 5;
        let mut frames = Vec::new();
        for data in pieces {
            frames.push(Frame { at: 0.0, from, to, by: By::Tcp { sequence, syn: false }, data: data.into() });
            sequence = sequence.wrapping_add(data.len() as u32);
        }
        frames.swap(1, 2);
        frames.push(frames[0].clone());
        let found = messages(&frames);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].method(), found[0].cseq(), found[0].body.as_slice()), ("OPTIONS", Some(7), &b"abc"[..]));
        assert_eq!((found[1].method(), found[1].status()), ("OPTIONS", Some(200)));
    }

    #[test]
    fn tags_and_branches_are_read_and_rtp_is_not_taken_for_sip() {
        let (from, to) = ("127.0.0.1:5060".parse().unwrap(), "127.0.0.2:5060".parse().unwrap());
        let text =
            "BYE sip:a SIP/2.0\r\nv: SIP/2.0/UDP h;rport;branch=z9hG4bKx\r\nf: <sip:a;tag=no@h>;x;tag=yes\r\n\r\n";
        let message = Message::parse(0.0, from, to, text.as_bytes()).unwrap();
        assert_eq!((message.branch(), message.tag("from"), message.tag("to")), (Some("z9hG4bKx"), Some("yes"), None));
        assert!(Message::parse(0.0, from, to, &[0x80; 172]).is_none());
    }
}
