//! Phones that only register, by the thousand and from one port: digest with MD5 (RFC 3261 22.4, RFC 2617 3.2.2), each
//! with a nonce of its own that it keeps and counts.

use crate::place::Place;
use crate::running::clock;
use crate::wire::sip::Message;
use anyhow::{Context, Result, ensure};
use md5::{Digest, Md5};
use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// Requests under way at once.
const WINDOW: usize = 64;
/// One without an answer is sent again after this.
const REPEAT: Duration = Duration::from_millis(500);

/// One phone.
#[derive(Clone, Debug)]
struct Registrant {
    user: String,
    cseq: u32,
    nonce: Option<String>,
    count: u32,
    sent: Instant,
    status: Option<u16>,
}

/// All of them, with one password.
pub struct Registrants {
    socket: UdpSocket,
    switch: SocketAddr,
    password: String,
    all: Vec<Registrant>,
    /// How often they were challenged.
    pub challenges: usize,
}

impl Registrants {
    /// Phones with these users, at the carrier's address.
    pub fn open(place: &Place, users: impl Iterator<Item = String>, password: &str) -> Result<Registrants> {
        let socket = UdpSocket::bind((place.carrier(), 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        socket2::SockRef::from(&socket).set_recv_buffer_size(8 << 20)?;
        let sent = Instant::now();
        let one = |user| Registrant { user, cseq: 0, nonce: None, count: 0, sent, status: None };
        let switch = SocketAddr::new(place.switch(), 5060);
        Ok(Registrants { socket, switch, password: password.into(), all: users.map(one).collect(), challenges: 0 })
    }

    /// Each registers, for ten minutes, with the nonce that it has, and is answered 200.
    pub fn register(&mut self, limit: Duration) -> Result<()> {
        let begun = Instant::now();
        let mut waiting: VecDeque<usize> = (0..self.all.len()).collect();
        let mut under_way: Vec<usize> = vec![];
        self.all.iter_mut().for_each(|one| one.status = None);
        while !(waiting.is_empty() && under_way.is_empty()) {
            ensure!(
                begun.elapsed() < limit,
                "{} of {} are not registered",
                waiting.len() + under_way.len(),
                self.all.len()
            );
            while under_way.len() < WINDOW
                && let Some(nth) = waiting.pop_front()
            {
                self.send(nth)?;
                under_way.push(nth);
            }
            match self.receive() {
                Some(response) => self.take(&response)?,
                None => {
                    let late = under_way.iter().copied().filter(|nth| self.all[*nth].sent.elapsed() > REPEAT);
                    late.collect::<Vec<_>>().into_iter().try_for_each(|nth| self.send(nth))?;
                }
            }
            under_way.retain(|nth| self.all[*nth].status.is_none());
        }
        Ok(())
    }

    fn receive(&self) -> Option<Message> {
        let mut buffer = [0; 4_096];
        let (length, from) = self.socket.recv_from(&mut buffer).ok()?;
        Message::parse(clock(), from, self.socket.local_addr().ok()?, buffer.get(..length)?)
    }

    fn take(&mut self, response: &Message) -> Result<()> {
        let nth: usize = response.call_id().split('-').next().unwrap_or_default().parse().context("our Call-ID")?;
        let one = self.all.get_mut(nth).context("one of ours")?;
        let cseq = response.header("cseq").and_then(|value| value.split(' ').next()?.parse().ok());
        if cseq != Some(one.cseq) || one.status.is_some() {
            return Ok(()); // The answer to an earlier attempt.
        }
        match response.status() {
            Some(200) => one.status = Some(200),
            Some(401) => {
                let challenge = response.header("www-authenticate").context("a challenge")?;
                one.nonce = Some(value(challenge, "nonce").context("a nonce")?.to_owned());
                one.count = 0;
                self.challenges += 1;
                self.send(nth)?;
            }
            other => ensure!(other.is_some_and(|status| status < 200), "{}: {}", one.user, response.start),
        }
        Ok(())
    }

    fn send(&mut self, nth: usize) -> Result<()> {
        let (local, switch) = (self.socket.local_addr()?, self.switch);
        let one = &mut self.all[nth];
        one.cseq += 1;
        one.sent = Instant::now();
        let (user, cseq) = (&one.user, one.cseq);
        let proof = match &one.nonce {
            None => String::new(),
            Some(nonce) => {
                one.count += 1;
                let (uri, count) = (format!("sip:{switch}"), one.count);
                let secret = hash(&format!("{user}:strowger:{}", self.password));
                let asked = hash(&format!("REGISTER:{uri}"));
                let response = hash(&format!("{secret}:{nonce}:{count:08x}:c{nth}:auth:{asked}"));
                format!(
                    "Authorization: Digest username=\"{user}\",realm=\"strowger\",nonce=\"{nonce}\",uri=\"{uri}\",\
                     qop=auth,nc={count:08x},cnonce=\"c{nth}\",response=\"{response}\",algorithm=MD5\r\n"
                )
            }
        };
        let request = format!(
            "REGISTER sip:{switch} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKr{nth}-{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@strowger>;tag=r{nth}\r\nTo: <sip:{user}@strowger>\r\n\
             Call-ID: {nth}-registers\r\nCSeq: {cseq} REGISTER\r\nContact: <sip:{user}@{local}>\r\nExpires: 600\r\n\
             {proof}Content-Length: 0\r\n\r\n"
        );
        self.socket.send_to(request.as_bytes(), switch)?;
        Ok(())
    }
}

/// A value of a challenge.
fn value<'c>(challenge: &'c str, name: &str) -> Option<&'c str> {
    let mut fields = challenge.strip_prefix("Digest ")?.split(',').filter_map(|field| field.trim().split_once('='));
    fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim_matches('"'))
}

fn hash(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
