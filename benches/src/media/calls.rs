//! Sets up calls through a server with the smallest SIP exchange that does: INVITE, 200, ACK on both sides, and BYE.
//! One thread plays the carrier that calls and the phone that answers at once. What is measured comes afterwards.

use super::generator::{Leg, Places, Says};
use crate::kernel;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

/// The ports for SIP, by side.
const PORTS: [u16; 2] = [5070, 5080];
/// How long an INVITE waits for any sign before it is sent again: T1 (RFC 3261 17.1.1.2).
const AGAIN: Duration = Duration::from_millis(500);
/// How long all calls may take beyond their own rate.
const PATIENCE: Duration = Duration::from_secs(15);

/// Calls that stand.
#[derive(Debug)]
pub struct Calls {
    sockets: [UdpSocket; 2],
    places: Places,
    prefix: char,
    placed: Vec<Placed>,
    /// What was answered, by Call-ID, and where its RTP goes.
    answered: BTreeMap<String, (usize, SocketAddrV4)>,
    trouble: Option<String>,
}

/// A call of the caller's.
#[derive(Clone, Debug)]
struct Placed {
    sent: Instant,
    seen: bool,
    remote: Option<Remote>,
    ended: bool,
}

/// The other end of a dialog, as its 200 told it.
#[derive(Clone, Debug)]
struct Remote {
    to: String,
    contact: String,
    rtp: SocketAddrV4,
}

impl Calls {
    /// Sets up so many calls to numbers that begin with `prefix`, so many each second.
    pub fn set_up(places: Places, prefix: char, calls: usize, rate: usize) -> Result<Calls> {
        let sockets = [socket(places, 0)?, socket(places, 1)?];
        let mut this = Calls { sockets, places, prefix, placed: vec![], answered: BTreeMap::new(), trouble: None };
        let begin = Instant::now();
        let patience = PATIENCE + Duration::from_secs((calls / rate.max(1)) as u64);
        while this.placed.len() < calls || this.placed.iter().any(|call| call.remote.is_none()) {
            let due = ((begin.elapsed().as_secs_f64() * rate as f64) as usize + 1).min(calls);
            while this.placed.len() < due {
                this.placed.push(Placed { sent: Instant::now(), seen: false, remote: None, ended: false });
                this.invite(this.placed.len() - 1);
            }
            this.invite_again();
            this.take();
            if let Some(trouble) = this.trouble.take() {
                bail!("the server refused a call: {trouble}");
            }
            if begin.elapsed() > patience {
                let up = this.placed.iter().filter(|call| call.remote.is_some()).count();
                bail!("only {up} of {calls} calls were answered within {} s", patience.as_secs());
            }
        }
        Ok(this)
    }

    /// Both legs of each call.
    pub fn legs(&self) -> Vec<Leg> {
        let of = |side, call, to| Leg { side, call, to, says: Says::Stamps };
        let placed = self.placed.iter().enumerate();
        let callers = placed.filter_map(|(n, call)| Some(of(0, n, call.remote.as_ref()?.rtp)));
        // In turn, so that both ends of a call do not send in the same millisecond.
        let called = self.answered.values().map(|(n, to)| of(1, *n, *to));
        callers.chain(called).collect()
    }

    /// Hangs up; answers how many calls did not take it.
    pub fn hang_up(mut self, rate: usize) -> usize {
        let begin = Instant::now();
        let total = self.placed.len();
        let mut gone = 0;
        while self.placed.iter().any(|call| !call.ended) && begin.elapsed() < PATIENCE {
            let due = ((begin.elapsed().as_secs_f64() * rate as f64) as usize + 1).min(total);
            (gone..due).for_each(|call| self.in_dialog(call, "BYE", 2));
            gone = due;
            self.take();
        }
        self.placed.iter().filter(|call| !call.ended).count()
    }

    fn invite_again(&mut self) {
        for call in 0..self.placed.len() {
            if self.placed.get(call).is_some_and(|p| !p.seen && p.sent.elapsed() > AGAIN) {
                self.invite(call);
            }
        }
    }

    fn invite(&mut self, call: usize) {
        let body = description(self.places, 0, call);
        let (number, server) = (self.number(call), self.server());
        let request =
            self.request(call, "INVITE", 1, &format!("sip:{number}@{server}"), &format!("<sip:{number}@{server}>"));
        let length = body.len();
        self.send(0, &format!("{request}Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{body}"));
        if let Some(placed) = self.placed.get_mut(call) {
            placed.sent = Instant::now();
        }
    }

    fn in_dialog(&self, call: usize, method: &str, number: u32) {
        let Some(remote) = self.placed.get(call).and_then(|placed| placed.remote.as_ref()) else { return };
        let request = self.request(call, method, number, &remote.contact, &remote.to);
        self.send(0, &format!("{request}Content-Length: 0\r\n\r\n"));
    }

    fn server(&self) -> SocketAddrV4 {
        SocketAddrV4::new(self.places.server, 5060)
    }

    fn number(&self, call: usize) -> String {
        format!("{}{call:05}", self.prefix)
    }

    /// A request up to its body's headers.
    fn request(&self, call: usize, method: &str, number: u32, uri: &str, to: &str) -> String {
        let (here, run) = (SocketAddrV4::new(self.places.side(0), PORTS[0]), std::process::id());
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{run}.{call}.{method}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:bench@{here}>;tag={run}.{call}\r\nTo: {to}\r\n\
             Call-ID: {call}-{run}@bench\r\nCSeq: {number} {method}\r\nContact: <sip:bench@{here}>\r\n"
        )
    }

    fn send(&self, side: usize, text: &str) {
        if let Some(socket) = self.sockets.get(side) {
            let _lost_and_sent_again = socket.send_to(text.as_bytes(), self.server());
        }
    }

    /// Takes what came; waits a moment when that was nothing.
    fn take(&mut self) {
        let mut buffer = [0; 65_536];
        let mut any = false;
        for side in 0..2 {
            for _ in 0..64 {
                let Some(Ok((length, from))) = self.sockets.get(side).map(|s| s.recv_from(&mut buffer)) else { break };
                any = true;
                let text = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
                match text.starts_with("SIP/2.0 ") {
                    true => self.response(&text),
                    false => self.answer(side, &text, from),
                }
            }
        }
        if !any {
            thread::sleep(Duration::from_micros(500));
        }
    }

    /// A response to a request of the caller's.
    fn response(&mut self, text: &str) {
        let code: u16 = text.get(8..11).and_then(|code| code.parse().ok()).unwrap_or(0);
        let call = header(text, "Call-ID").and_then(|id| id.split('-').next()).and_then(|n| n.parse::<usize>().ok());
        let (Some(call), Some(sequence)) = (call, header(text, "CSeq")) else { return };
        let Some(placed) = self.placed.get_mut(call) else { return };
        placed.seen = true;
        if sequence.ends_with("BYE") {
            placed.ended |= code >= 200;
        } else if (200..300).contains(&code) {
            if placed.remote.is_none() {
                placed.remote = remote(text);
            }
            self.in_dialog(call, "ACK", 1);
        } else if code >= 300 {
            self.trouble = text.lines().next().map(str::to_owned);
        }
    }

    /// A request to the called side, or to the caller.
    fn answer(&mut self, side: usize, text: &str, from: SocketAddr) {
        let (method, id) = (text.split(' ').next().unwrap_or(""), header(text, "Call-ID").unwrap_or(""));
        if method == "ACK" {
            return;
        }
        let body = match (method, rtp_address(text)) {
            ("INVITE", Some(rtp)) => {
                let next = self.answered.len();
                let (call, _) = *self.answered.entry(id.to_owned()).or_insert((next, rtp));
                description(self.places, side, call)
            }
            _ => String::new(),
        };
        let response = respond(text, SocketAddrV4::new(self.places.side(1), PORTS[1]), &body);
        if let Some(socket) = self.sockets.get(side) {
            let _lost_and_asked_again = socket.send_to(response.as_bytes(), from);
        }
    }
}

/// 200 with this body.
fn respond(request: &str, here: SocketAddrV4, body: &str) -> String {
    let mut response = String::from("SIP/2.0 200 OK\r\n");
    let wanted = ["via", "record-route", "from", "to", "call-id", "cseq"];
    for line in request.lines().skip(1).take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or("").trim().to_ascii_lowercase();
        if wanted.contains(&name.as_str()) {
            let tag = if name == "to" && !line.contains("tag=") { ";tag=called" } else { "" };
            let _a_string_takes_all = write!(response, "{line}{tag}\r\n");
        }
    }
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let length = body.len();
    let _a_string_takes_all =
        write!(response, "Contact: <sip:called@{here}>\r\n{kind}Content-Length: {length}\r\n\r\n{body}");
    response
}

/// What a 200 says of the other end.
fn remote(text: &str) -> Option<Remote> {
    let contact = header(text, "Contact")?;
    let uri = contact.split_once('<').map_or(contact, |(_, rest)| rest.split('>').next().unwrap_or(rest));
    Some(Remote { to: header(text, "To")?.to_owned(), contact: uri.to_owned(), rtp: rtp_address(text)? })
}

/// The value of a header field.
fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().skip(1).take_while(|line| !line.is_empty());
    lines
        .find_map(|line| line.split_once(':').filter(|(n, _)| n.trim().eq_ignore_ascii_case(name)))
        .map(|(_, value)| value.trim())
}

/// Where a session description wants its RTP.
pub fn rtp_address(text: &str) -> Option<SocketAddrV4> {
    let field = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
    let ip = field("c=IN IP4 ")?.trim().parse().ok()?;
    let port = field("m=audio ")?.split(' ').next()?.parse().ok()?;
    Some(SocketAddrV4::new(ip, port))
}

/// PCMU at the generator's address.
pub fn description(places: Places, side: usize, call: usize) -> String {
    let address = places.leg(side, call);
    let (ip, port) = (address.ip(), address.port());
    format!(
        "v=0\r\no=- {call} 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n\
         a=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n"
    )
}

fn socket(places: Places, side: usize) -> Result<UdpSocket> {
    let address = SocketAddrV4::new(places.side(side), PORTS[side % 2]);
    let socket = UdpSocket::bind(address).with_context(|| format!("{address} is taken: does another bench run?"))?;
    socket.set_nonblocking(true)?;
    kernel::large_buffer(socket.as_fd(), 8 << 20);
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_repeats_what_its_request_says_and_names_the_called_side() {
        let request =
            "INVITE sip:1@h SIP/2.0\r\nVia: a\r\nVia: b\r\nTo: <sip:1@h>\r\nX: y\r\nCall-ID: c\r\n\r\nv=0\r\n";
        let places = Places { server: [127, 0, 7, 1].into() };
        let body = description(places, 1, 3);
        let response = respond(request, "127.0.7.3:5080".parse().unwrap(), &body);
        assert!(
            response.starts_with("SIP/2.0 200 OK\r\nVia: a\r\nVia: b\r\nTo: <sip:1@h>;tag=called\r\nCall-ID: c\r\n")
        );
        let remote = remote(&response).unwrap();
        assert_eq!((remote.contact.as_str(), remote.rtp), ("sip:called@127.0.7.3:5080", places.leg(1, 3)));
    }
}
