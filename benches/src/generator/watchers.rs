//! Watchers: the keys of many telephones, each with the lamp of one agent's phone beside it (RFC 6665, RFC 4235). Each
//! subscribes, answers the challenge, and then answers every NOTIFY, which is all that is counted.

use super::compose::{self, put};
use super::digest;
use super::legs::{T2, again};
use super::message::{First, Message, leading};
use super::{Desk, Load, Timer};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// The watchers' socket.
pub const WATCHERS: usize = 2;
/// Their timers, apart from those of calls.
const SUBSCRIBE_AGAIN: u8 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Asking,
    Proving,
    Watching,
    Failed,
}

/// Who watches: userN the phone of agent N, or of an agent so many further on that there is one.
pub struct Watchers {
    server: SocketAddr,
    phones: SocketAddr,
    run: u32,
    agents: u32,
    all: Vec<(Stage, Box<[u8]>)>,
    waiting: usize,
    /// NOTIFYs that came.
    pub told: u64,
    /// The bytes of them, and of the answers.
    pub bytes: (u64, u64),
    /// What went wrong.
    pub failures: BTreeMap<String, u64>,
}

impl Watchers {
    /// None yet.
    pub fn new(server: SocketAddr, phones: SocketAddr, agents: u32, run: u32) -> Watchers {
        let (all, failures) = (Vec::new(), BTreeMap::new());
        Watchers { server, phones, run, agents, all, waiting: 0, told: 0, bytes: (0, 0), failures }
    }

    /// Whether this timer is one of theirs.
    pub fn has(timer: Timer) -> bool {
        timer.kind == SUBSCRIBE_AGAIN
    }

    /// Forgets what was counted, not what went wrong.
    pub fn begin_to_count(&mut self) {
        (self.told, self.bytes) = (0, (0, 0));
    }

    fn fail(&mut self, unit: Option<u32>, reason: impl Into<String>) {
        if let Some(unit) = unit {
            self.settle(unit, Stage::Failed);
        }
        *self.failures.entry(reason.into()).or_default() += 1;
    }

    fn settle(&mut self, unit: u32, stage: Stage) {
        let Some((was, proof)) = self.all.get_mut(unit as usize) else { return };
        if matches!(was, Stage::Asking | Stage::Proving) {
            self.waiting -= 1;
        }
        (*was, *proof) = (stage, Box::default());
    }

    fn target(&self, unit: u32) -> String {
        format!("sip:agent{}@{}", unit % self.agents + 1, self.server)
    }

    fn subscribe(&self, unit: u32, round: u8, desk: &mut Desk) {
        let Some((stage, proof)) = self.all.get(unit as usize) else { return };
        let (target, phones, run, user) = (self.target(unit), self.phones, self.run, unit + 1);
        let number = if *stage == Stage::Proving { 2 } else { 1 };
        desk.send(WATCHERS, |out| {
            put!(
                out,
                "SUBSCRIBE {target} SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {phones};branch=z9hG4bK{run:x}w{number}-{unit}\r\n\
                 Max-Forwards: 70\r\n\
                 From: <sip:user{user}@{host}>;tag=w{unit}\r\n\
                 To: <{target}>\r\n\
                 Call-ID: {unit}.{run:x}w@{phone}\r\n\
                 CSeq: {number} SUBSCRIBE\r\n\
                 Contact: <sip:user{user}@{phones}>\r\n\
                 Event: dialog\r\n\
                 Accept: application/dialog-info+xml\r\n\
                 Expires: 3600\r\n",
                host = self.server.ip(),
                phone = phones.ip(),
            );
            out.extend(proof.iter());
            out.extend(b"Content-Length: 0\r\n\r\n");
        });
        if let Some(wait) = again(round, T2) {
            desk.after(wait, Timer { unit, kind: SUBSCRIBE_AGAIN, round: round + 1 });
        }
    }

    fn answered(&mut self, unit: u32, status: u16, message: &Message<'_>, desk: &mut Desk) {
        let Some((stage, _)) = self.all.get(unit as usize) else { return };
        match (status, *stage, message.number) {
            (100..200, ..) => {}
            (401, Stage::Asking, 1) => {
                match digest::proof(&message.challenges, "SUBSCRIBE", unit + 1, &self.target(unit)) {
                    None => self.fail(Some(unit), "a challenge without MD5"),
                    Some(proof) => {
                        self.all[unit as usize] = (Stage::Proving, proof.into());
                        self.subscribe(unit, 0, desk);
                    }
                }
            }
            (200, Stage::Proving, 2) => self.settle(unit, Stage::Watching),
            // The answer to a repetition, or one that a NOTIFY overtook.
            (401, _, 1) | (200, Stage::Watching, 2) => {}
            (status, ..) => self.fail(Some(unit), format!("SUBSCRIBE refused with {status}")),
        }
    }
}

impl Load for Watchers {
    fn begin(&mut self, unit: u32, desk: &mut Desk) {
        assert_eq!(unit as usize, self.all.len(), "units are numbered without a gap");
        self.all.push((Stage::Asking, Box::default()));
        self.waiting += 1;
        self.subscribe(unit, 0, desk);
    }

    fn received(&mut self, _socket: usize, bytes: &[u8], desk: &mut Desk) {
        let message = match Message::read(bytes) {
            Ok(message) => message,
            Err(error) => return self.fail(None, format!("a message that cannot be read: {error}")),
        };
        let unit = leading(message.call_id).filter(|unit| (*unit as usize) < self.all.len());
        match (unit, &message.first) {
            (Some(unit), First::Response(status)) => self.answered(unit, *status, &message, desk),
            (Some(unit), First::Request(b"NOTIFY", _)) => {
                let (mut answer, document) = (0, message.body.starts_with(b"<?xml"));
                desk.send(WATCHERS, |out| {
                    let from = out.len();
                    compose::response(out, &message, "200 OK", "", "", "");
                    answer = out.len() - from;
                });
                self.told += 1;
                self.bytes.0 += bytes.len() as u64;
                self.bytes.1 += answer as u64;
                if !document {
                    self.fail(None, "a NOTIFY without a document");
                }
                // RFC 6665 4.1.2.4: it may come before the answer to the SUBSCRIBE.
                self.settle(unit, Stage::Watching);
            }
            _ => self.fail(None, "a message that nobody asked for"),
        }
    }

    fn due(&mut self, timer: Timer, desk: &mut Desk) {
        if Watchers::has(timer)
            && let Some((Stage::Asking | Stage::Proving, _)) = self.all.get(timer.unit as usize)
        {
            match again(timer.round, T2) {
                Some(_) => self.subscribe(timer.unit, timer.round, desk),
                None => self.fail(Some(timer.unit), "no answer"),
            }
        }
    }

    fn open(&self) -> usize {
        self.waiting
    }
}
