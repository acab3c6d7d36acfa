//! A peer with no manners: sends any bytes over UDP or TCP and reads what comes back. For what SIPp and
//! baresip are too well brought up to say.

use crate::running::clock;
use crate::wire::sip::Message;
use anyhow::{Context, Result};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// A datagram peer.
pub struct Raw {
    socket: UdpSocket,
    local: SocketAddr,
    switch: SocketAddr,
}

impl Raw {
    /// Opens a port at this address, for talking to the switch.
    pub fn open(address: IpAddr, switch: SocketAddr) -> Result<Raw> {
        Raw::open_at((address, 0).into(), switch)
    }

    /// Opens this port.
    pub fn open_at(at: SocketAddr, switch: SocketAddr) -> Result<Raw> {
        let socket = UdpSocket::bind(at)?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let local = socket.local_addr()?;
        Ok(Raw { socket, local, switch })
    }

    /// Where it listens.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// A response to this request, such as `486 Busy`.
    pub fn response(&self, request: &Message, status: &str, more: &str) -> String {
        let kept = ["via", "from", "to", "call-id", "cseq"];
        let fields = request.headers.iter().filter(|(name, _)| kept.contains(&name.as_str()));
        let tag = |name: &str| if name == "to" { ";tag=raw" } else { "" };
        let lines: String = fields.map(|(name, value)| format!("{name}: {value}{}\r\n", tag(name))).collect();
        format!("SIP/2.0 {status}\r\n{lines}{more}Content-Length: 0\r\n\r\n")
    }

    /// Sends bytes as they are.
    pub fn send(&self, bytes: &[u8]) -> Result<()> {
        self.socket.send_to(bytes, self.switch)?;
        Ok(())
    }

    /// The next SIP message that comes in time.
    pub fn receive(&self, limit: Duration) -> Option<Message> {
        let mut buffer = [0; 65_536];
        let begun = Instant::now();
        while begun.elapsed() < limit {
            let Ok((length, from)) = self.socket.recv_from(&mut buffer) else { continue };
            if let Some(message) = Message::parse(clock(), from, self.local, &buffer[..length]) {
                return Some(message);
            }
        }
        None
    }

    /// A request of this method with this body, well formed but for what it says.
    pub fn request(&self, method: &str, target: &str, call: &str, more: &str, body: &str) -> String {
        let (local, switch) = (self.local, self.switch);
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:{target}@{switch} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{call};rport\r\n\
             From: <sip:somebody@{local}>;tag=raw\r\nTo: <sip:{target}@{switch}>\r\nCall-ID: {call}@{local}\r\n\
             CSeq: 1 {method}\r\nContact: <sip:somebody@{local}>\r\nMax-Forwards: 70\r\n{more}{kind}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// A request in the dialog that this response to our INVITE opened: its ACK, or the BYE after it.
    pub fn within(&self, method: &str, target: &str, call: &str, response: &Message) -> String {
        let to = response.header("to").unwrap_or_default();
        let number = if method == "ACK" { 1 } else { 2 };
        let request = self.request(method, target, call, "", "").replace("z9hG4bK", &format!("z9hG4bK{method}"));
        let line = |line: &str| match line.split(':').next() {
            Some("To") => format!("To: {to}\r\n"),
            Some("CSeq") => format!("CSeq: {number} {method}\r\n"),
            _ => format!("{line}\r\n"),
        };
        request.lines().map(line).collect()
    }

    /// Sends an INVITE with this body, waits for its final response, and acknowledges a refusal.
    pub fn invite(&self, target: &str, call: &str, more: &str, body: &str) -> Result<Message> {
        let invite = self.request("INVITE", target, call, more, body);
        self.send(invite.as_bytes())?;
        let response = self.last(Duration::from_secs(6)).with_context(|| format!("no answer to\n{invite}"))?;
        if response.status().is_some_and(|status| status >= 300) {
            self.send(self.within("ACK", target, call, &response).replace("z9hG4bKACK", "z9hG4bK").as_bytes())?;
        }
        Ok(response)
    }

    /// The next final response.
    pub fn last(&self, limit: Duration) -> Option<Message> {
        let begun = Instant::now();
        while let Some(message) = self.receive(limit.saturating_sub(begun.elapsed())) {
            if message.status().is_some_and(|status| status >= 200) {
                return Some(message);
            }
        }
        None
    }

    /// Whether the switch still answers OPTIONS, with whatever.
    pub fn alive(&self, call: &str) -> Result<()> {
        self.send(self.request("OPTIONS", "switch", call, "", "").as_bytes())?;
        self.last(Duration::from_secs(3)).map(drop).context("the switch does not answer OPTIONS any more")
    }
}

/// Sends bytes over a stream; what comes back until the other side closes or is silent for half a second.
pub fn over_tcp(switch: SocketAddr, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(switch)?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    // The switch may close on us in the middle: that is its right.
    let _ = stream.write_all(bytes);
    let mut back = Vec::new();
    let mut piece = [0; 4_096];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        back.extend(&piece[..length]);
    }
    Ok(back)
}

/// A session description of one audio line.
pub fn description(address: IpAddr, port: u16, formats: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP {formats}\r\n"
    )
}
