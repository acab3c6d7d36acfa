//! Registrations: a REGISTER without credentials, the challenge, the same with the answer to it, 200.
//! Each comes from the next of two thousand users; each begins without a nonce, as after a restart.

use super::compose::put;
use super::digest;
use super::legs::{GONE, T2, again};
use super::message::{First, Message, has_tag, leading};
use super::{Desk, Load, Micros, Timer};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// user1 to user2000, as the configurations have them.
const USERS: u32 = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Asking,
    Proving,
    Ended,
}

struct Registration {
    stage: Stage,
    begun: Micros,
    proof: Box<[u8]>,
}

/// A load of registrations.
pub struct Registrations {
    server: SocketAddr,
    phones: SocketAddr,
    run: u32,
    all: Vec<Registration>,
    open: usize,
    /// First REGISTER to 200, in milliseconds.
    pub took_ms: Vec<f64>,
    /// What went wrong.
    pub failures: BTreeMap<String, u64>,
    /// Requests that were said again.
    pub repeated: u64,
}

impl Registrations {
    /// None yet.
    pub fn new(server: SocketAddr, phones: SocketAddr, run: u32) -> Registrations {
        let (all, took_ms, failures) = (Vec::new(), Vec::new(), BTreeMap::new());
        Registrations { server, phones, run, all, open: 0, took_ms, failures, repeated: 0 }
    }

    /// Forgets what was measured, not what went wrong.
    pub fn begin_to_count(&mut self) {
        self.took_ms.clear();
        self.repeated = 0;
    }

    fn fail(&mut self, unit: Option<u32>, reason: impl Into<String>) {
        if let Some(registration) = unit.and_then(|unit| self.all.get_mut(unit as usize)) {
            if registration.stage == Stage::Ended {
                return;
            }
            registration.stage = Stage::Ended;
            self.open -= 1;
        }
        *self.failures.entry(reason.into()).or_default() += 1;
    }

    fn register(&self, unit: u32, desk: &mut Desk) {
        let (server, phones, run, user) = (self.server, self.phones, self.run, unit % USERS + 1);
        let registration = &self.all[unit as usize];
        let number = if registration.stage == Stage::Proving { 2 } else { 1 };
        desk.send(0, |out| {
            put!(
                out,
                "REGISTER sip:{server} SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {phones};branch=z9hG4bK{run:x}r{number}-{unit}\r\n\
                 Max-Forwards: 70\r\n\
                 From: <sip:user{user}@{host}>;tag=r{unit}\r\n\
                 To: <sip:user{user}@{host}>\r\n\
                 Call-ID: {unit}.{run:x}@{phone}\r\n\
                 CSeq: {number} REGISTER\r\n\
                 Contact: <sip:user{user}@{phones}>\r\n\
                 Expires: 600\r\n",
                host = server.ip(),
                phone = phones.ip(),
            );
            out.extend(&registration.proof);
            out.extend(b"Content-Length: 0\r\n\r\n");
        });
        desk.after(again(0, T2).unwrap_or(GONE), Timer { unit, kind: number, round: 1 });
    }

    fn challenged(&mut self, unit: u32, message: &Message<'_>, desk: &mut Desk) {
        let user = unit % USERS + 1;
        let uri = format!("sip:{}", self.server);
        match digest::proof(&message.challenges, "REGISTER", user, &uri) {
            None => self.fail(Some(unit), "a challenge without MD5"),
            Some(proof) => {
                let registration = &mut self.all[unit as usize];
                (registration.proof, registration.stage) = (proof.into(), Stage::Proving);
                self.register(unit, desk);
            }
        }
    }
}

impl Load for Registrations {
    fn begin(&mut self, unit: u32, desk: &mut Desk) {
        assert_eq!(unit as usize, self.all.len(), "units are numbered without a gap");
        self.all.push(Registration { stage: Stage::Asking, begun: desk.now, proof: Box::default() });
        self.open += 1;
        self.register(unit, desk);
    }

    fn received(&mut self, _socket: usize, bytes: &[u8], desk: &mut Desk) {
        let message = match Message::read(bytes) {
            Ok(message) => message,
            Err(error) => return self.fail(None, format!("a message that cannot be read: {error}")),
        };
        let unit = leading(message.call_id).filter(|unit| (*unit as usize) < self.all.len());
        let (Some(unit), First::Response(status)) = (unit, &message.first) else {
            return self.fail(None, "a message that nobody asked for");
        };
        if !has_tag(message.from, format!("r{unit}").as_bytes()) || message.method != b"REGISTER" {
            self.fail(Some(unit), "an answer with another From tag or CSeq than the request's");
        }
        match (status, self.all[unit as usize].stage, message.number) {
            (100..200, ..) => {}
            (401, Stage::Asking, 1) => self.challenged(unit, &message, desk),
            (200, Stage::Proving, 2) => {
                let user = format!("user{}@{}", unit % USERS + 1, self.phones);
                if memchr::memmem::find(message.contact, user.as_bytes()).is_none() {
                    return self.fail(Some(unit), "a 200 that does not name our contact");
                }
                let registration = &mut self.all[unit as usize];
                (registration.stage, registration.proof) = (Stage::Ended, Box::default());
                self.took_ms.push((desk.now - registration.begun) as f64 / 1e3);
                self.open -= 1;
            }
            (401, Stage::Proving, 2) => self.fail(Some(unit), "the password was not believed"),
            // The answer to a repetition.
            (401, Stage::Proving | Stage::Ended, 1) | (_, Stage::Ended, _) => {}
            (status, ..) => self.fail(Some(unit), format!("REGISTER refused with {status}")),
        }
    }

    fn due(&mut self, timer: Timer, desk: &mut Desk) {
        let stage = self.all[timer.unit as usize].stage;
        if !matches!((stage, timer.kind), (Stage::Asking, 1) | (Stage::Proving, 2)) {
            return;
        }
        let Some(wait) = again(timer.round, T2) else { return self.fail(Some(timer.unit), "no answer") };
        self.register(timer.unit, desk);
        self.repeated += 1;
        desk.after(wait, Timer { round: timer.round + 1, ..timer });
    }

    fn open(&self) -> usize {
        self.open
    }
}
