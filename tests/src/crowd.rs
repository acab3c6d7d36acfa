//! Hundreds of calls at once between a carrier's callers and a crowd of phones at a fixed place: what SIPp is too
//! slow to set up and too well brought up to lose. One thread, the test's own: nothing moves but in [`Crowd::pump`].

use crate::place::Place;
use crate::running::clock;
use crate::wire::rtp::Packet;
use crate::wire::sip::Message;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// An INVITE without any answer is sent again after this (RFC 3261 17.1.1.2, timer A, without its doubling).
const REPEAT: Duration = Duration::from_millis(500);

/// One packet of sound.
const PACKET: Duration = Duration::from_millis(20);

/// One caller's call.
#[derive(Debug)]
pub struct Call {
    invite: Vec<u8>,
    sent: Instant,
    begun: Instant,
    target: String,
    /// How long until the switch said anything.
    pub first: Option<Duration>,
    /// The final status.
    pub status: Option<u16>,
    to: String,
    /// What the final response was.
    pub response: Option<Message>,
    /// BYEs that the caller got.
    pub byes: usize,
    /// Whether the switch answered the caller's own BYE.
    pub over: bool,
}

/// What a phone of the crowd has seen of a call.
#[derive(Debug, Default)]
pub struct Ring {
    /// The ACK came.
    pub acknowledged: bool,
    /// BYEs that it got.
    pub byes: usize,
}

/// The crowd.
pub struct Crowd {
    callers: UdpSocket,
    phones: UdpSocket,
    /// Where the sound goes: nobody listens.
    media: UdpSocket,
    /// Who is spoken to, and the packets so far.
    talks: Vec<SocketAddr>,
    spoken: u32,
    spoke: Instant,
    switch: SocketAddr,
    /// By Call-ID.
    pub calls: BTreeMap<String, Call>,
    /// By Call-ID.
    pub rings: BTreeMap<String, Ring>,
    /// Whether the phones answer; otherwise they ring.
    pub answers: bool,
}

impl Crowd {
    /// Callers at the carrier's address, phones beside them.
    pub fn open(place: &Place) -> Result<Crowd> {
        let open = || -> Result<UdpSocket> {
            let socket = UdpSocket::bind((place.carrier(), 0))?;
            socket.set_nonblocking(true)?;
            socket2::SockRef::from(&socket).set_recv_buffer_size(8 << 20)?;
            Ok(socket)
        };
        let switch = SocketAddr::new(place.switch(), 5060);
        let (callers, phones, media) = (open()?, open()?, open()?);
        Ok(Crowd {
            callers,
            phones,
            media,
            talks: vec![],
            spoken: 0,
            spoke: Instant::now(),
            switch,
            calls: BTreeMap::new(),
            rings: BTreeMap::new(),
            answers: true,
        })
    }

    /// Where the phones are.
    pub fn phones(&self) -> Result<SocketAddr> {
        Ok(self.phones.local_addr()?)
    }

    /// The common configuration, with the crowd's phones: 7... rings them, 8... too and records.
    pub fn configuration(&self, place: &Place) -> Result<String> {
        let phones = self.phones()?;
        let trunk = format!("peers = [\"{}\"]\n", place.carrier());
        let config = crate::stage::configuration(place)
            .replace("16384-17383", "16384-20000")
            .replace(&trunk, &format!("{trunk}target = \"{phones}\"\n"));
        Ok(format!(
            r#"{config}
[[phone]]
user = "crowd"
contact = "{phones}"

[[route]]
from = "trunk:carrier"
to = "7*"
go = "phone:crowd"

[[route]]
from = "trunk:carrier"
to = "8*"
go = "trunk:carrier"
record = true
"#
        ))
    }

    /// Forgets all calls: the next round.
    pub fn forget(&mut self) {
        self.calls.clear();
        self.rings.clear();
        self.talks.clear();
    }

    /// A caller dials.
    pub fn dial(&mut self, call: &str, target: &str) -> Result<()> {
        let (local, switch) = (self.callers.local_addr()?, self.switch);
        let body = self.description()?;
        let invite = format!(
            "INVITE sip:{target}@{switch} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{call};rport\r\n\
             From: <sip:+359888123456@{local}>;tag={call}\r\nTo: <sip:{target}@{switch}>\r\nCall-ID: {call}\r\n\
             CSeq: 1 INVITE\r\nContact: <sip:crowd@{local}>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.callers.send_to(invite.as_bytes(), switch)?;
        let now = Instant::now();
        let fresh = Call {
            invite: invite.into(),
            sent: now,
            begun: now,
            target: target.into(),
            first: None,
            status: None,
            to: String::new(),
            response: None,
            byes: 0,
            over: false,
        };
        self.calls.insert(call.into(), fresh);
        Ok(())
    }

    /// Dials so many, at this pace, and pumps until all are answered and acknowledged on both sides.
    pub fn dial_all(
        &mut self,
        prefix: &str,
        count: usize,
        a_second: u32,
        target: impl Fn(usize) -> String,
    ) -> Result<()> {
        let (before, rings) = (self.established(), self.acknowledged());
        let begun = Instant::now();
        for nth in 0..count {
            self.dial(&format!("{prefix}{nth}"), &target(nth))?;
            let due = Duration::from_secs(1) / a_second * (nth as u32 + 1);
            self.pump(due.saturating_sub(begun.elapsed()))?;
        }
        self.wait(&format!("{count} calls to be up"), Duration::from_secs(30), |crowd| {
            crowd.established() - before == count && crowd.acknowledged() - rings == count
        })
    }

    /// From now on this caller speaks: 50 packets a second, as long as the crowd is pumped.
    pub fn talk(&mut self, call: &str) -> Result<()> {
        let response = self.calls.get(call).and_then(|call| call.response.as_ref()).context("an answered call")?;
        let text = response.text();
        let word = |line: &str, nth| text.lines().find_map(|other| other.strip_prefix(line)?.split(' ').nth(nth));
        let (ip, port) = (word("c=IN IP4 ", 0).context("c=")?, word("m=audio ", 0).context("m=")?);
        self.talks.push(SocketAddr::new(ip.trim().parse()?, port.parse()?));
        Ok(())
    }

    fn speak(&mut self) {
        if self.talks.is_empty() || self.spoke.elapsed() < PACKET {
            return;
        }
        self.spoke = Instant::now();
        self.spoken += 1;
        let payload = (0..160_u32).map(|sample| 0x55 ^ (sample * 7 % 64) as u8).collect();
        let packet = Packet {
            at: 0.0,
            marker: false,
            payload_type: 8,
            sequence: self.spoken as u16,
            timestamp: self.spoken * 160,
            ssrc: 0xc401_0d00,
            payload,
        };
        let bytes = packet.print();
        for to in &self.talks {
            // What is lost here is lost sound.
            let _ = self.media.send_to(&bytes, to);
        }
    }

    /// A caller hangs up.
    pub fn hang_up(&self, call: &str) -> Result<()> {
        let bye = self.within(call, "BYE", 2)?;
        self.callers.send_to(bye.as_bytes(), self.switch)?;
        Ok(())
    }

    /// All callers hang up, and the switch answers each of them and ends the other side.
    pub fn hang_up_all(&mut self) -> Result<()> {
        let up: Vec<String> =
            self.calls.iter().filter(|(_, call)| call.is_up()).map(|(name, _)| name.clone()).collect();
        for (nth, call) in up.iter().enumerate() {
            self.hang_up(call)?;
            if nth % 10 == 0 {
                self.pump(Duration::from_millis(20))?;
            }
        }
        let mut again = Instant::now();
        let begun = Instant::now();
        while self.calls.values().any(Call::is_up) {
            ensure!(begun.elapsed() < Duration::from_secs(30), "some BYE is never answered");
            self.pump(Duration::from_millis(20))?;
            if again.elapsed() > REPEAT {
                again = Instant::now();
                for call in &up {
                    if !self.calls[call].is_up() {
                        continue;
                    }
                    self.hang_up(call)?;
                }
            }
        }
        self.wait("BYE at every phone", Duration::from_secs(30), |crowd| crowd.rings.values().all(|ring| ring.byes > 0))
    }

    /// Callers that were answered.
    pub fn established(&self) -> usize {
        self.calls.values().filter(|call| call.status == Some(200)).count()
    }

    /// Phones whose answer was acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.rings.values().filter(|ring| ring.acknowledged).count()
    }

    /// The time within which the switch said something to 99 of 100 callers whose names begin like this.
    pub fn p99_of(&self, prefix: &str) -> Option<Duration> {
        let named = self.calls.iter().filter(|(name, _)| name.starts_with(prefix));
        let mut times: Vec<Duration> = named.filter_map(|(_, call)| call.first).collect();
        times.sort_unstable();
        times.get((times.len() * 99).div_ceil(100).checked_sub(1)?).copied()
    }

    /// Pumps until it is so.
    pub fn wait(&mut self, what: &str, limit: Duration, is_so: impl Fn(&Crowd) -> bool) -> Result<()> {
        let begun = Instant::now();
        while !is_so(self) {
            ensure!(
                begun.elapsed() < limit,
                "waited {} s in vain for {what}: {} of {} callers answered, {} of {} phones acknowledged, {} and {} got BYE",
                limit.as_secs(),
                self.established(),
                self.calls.len(),
                self.acknowledged(),
                self.rings.len(),
                self.calls.values().filter(|call| call.byes > 0).count(),
                self.rings.values().filter(|ring| ring.byes > 0).count()
            );
            self.pump(Duration::from_millis(10))?;
        }
        Ok(())
    }

    /// Answers whatever comes, for at least this long.
    pub fn pump(&mut self, time: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            let mut quiet = true;
            while let Some(message) = receive(&self.callers)? {
                quiet = false;
                self.at_caller(&message)?;
            }
            while let Some(message) = receive(&self.phones)? {
                quiet = false;
                self.at_phone(&message)?;
            }
            self.repeat()?;
            self.speak();
            if begun.elapsed() >= time {
                return Ok(());
            }
            if quiet {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    fn repeat(&mut self) -> Result<()> {
        for call in self.calls.values_mut().filter(|call| call.first.is_none() && call.sent.elapsed() > REPEAT) {
            call.sent = Instant::now();
            self.callers.send_to(&call.invite, self.switch)?;
        }
        Ok(())
    }

    fn at_caller(&mut self, message: &Message) -> Result<()> {
        let name = message.call_id().to_string();
        let Some(call) = self.calls.get_mut(&name) else {
            return if message.is_request() { self.answer(&self.callers, message, 481) } else { Ok(()) };
        };
        if message.is_request() {
            call.byes += usize::from(message.method() == "BYE");
            return self.answer(&self.callers, message, 200);
        }
        call.first.get_or_insert(call.begun.elapsed());
        match (message.method(), message.status().unwrap_or(0)) {
            ("INVITE", status @ 200..) => {
                call.status = Some(status);
                call.to = message.header("to").unwrap_or_default().into();
                call.response = Some(message.clone());
                let ack = self.within(&name, "ACK", 1)?;
                // RFC 3261 17.1.1.3: the ACK for a failure has the branch of its INVITE.
                let ack = if status >= 300 { ack.replace("z9hG4bKACK", "z9hG4bK") } else { ack };
                self.callers.send_to(ack.as_bytes(), self.switch)?;
            }
            ("BYE", 200..) => call.over = true,
            _ => {}
        }
        Ok(())
    }

    fn at_phone(&mut self, message: &Message) -> Result<()> {
        if !message.is_request() {
            return Ok(());
        }
        let name = message.call_id().to_string();
        match message.method() {
            "INVITE" => {
                self.rings.entry(name).or_default();
                self.answer(&self.phones, message, if self.answers { 200 } else { 180 })
            }
            "ACK" => {
                self.rings.entry(name).or_default().acknowledged = true;
                Ok(())
            }
            method => {
                let Some(ring) = self.rings.get_mut(&name) else { return self.answer(&self.phones, message, 481) };
                ring.byes += usize::from(method == "BYE");
                self.answer(&self.phones, message, 200)
            }
        }
    }

    fn answer(&self, socket: &UdpSocket, request: &Message, status: u16) -> Result<()> {
        let copied = |name: &str| {
            let of = |(_, value): &(String, String)| format!("{name}: {value}\r\n");
            request.headers.iter().filter(|(other, _)| other == name).map(of).collect::<String>()
        };
        let to = request.header("to").unwrap_or_default();
        let tag = if request.tag("to").is_some() { "" } else { ";tag=crowd" };
        let body = if request.method() == "INVITE" && status == 200 { self.description()? } else { String::new() };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let response = format!(
            "SIP/2.0 {status} Well\r\n{}{}To: {to}{tag}\r\n{}{}Contact: <sip:crowd@{}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            copied("via"),
            copied("from"),
            copied("call-id"),
            copied("cseq"),
            socket.local_addr()?,
            body.len()
        );
        socket.send_to(response.as_bytes(), request.from)?;
        Ok(())
    }

    fn within(&self, call: &str, method: &str, number: u32) -> Result<String> {
        let (local, switch) = (self.callers.local_addr()?, self.switch);
        let known = self.calls.get(call).context("a call")?;
        let (to, target) = (&known.to, &known.target);
        Ok(format!(
            "{method} sip:{target}@{switch} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{method}{call};rport\r\n\
             From: <sip:+359888123456@{local}>;tag={call}\r\nTo: {to}\r\nCall-ID: {call}\r\n\
             CSeq: {number} {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        ))
    }

    fn description(&self) -> Result<String> {
        let media = self.media.local_addr()?;
        Ok(crate::raw::description(media.ip(), media.port(), "8"))
    }
}

impl Call {
    /// Answered, and not over.
    pub fn is_up(&self) -> bool {
        self.status == Some(200) && !self.over && self.byes == 0
    }
}

fn receive(socket: &UdpSocket) -> Result<Option<Message>> {
    let mut buffer = [0; 8_192];
    loop {
        match socket.recv_from(&mut buffer) {
            Ok((length, from)) => {
                let local = socket.local_addr()?;
                if let Some(message) = Message::parse(clock(), from, local, &buffer[..length]) {
                    return Ok(Some(message));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(None),
            // Nobody listens at the switch's port: it is dead, or not up yet.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {}
            Err(error) => return Err(error.into()),
        }
    }
}
