//! Calls: a carrier that brings them on one socket, and on another the called side, trunk or agents.
//! Every answer is judged; what does not fit is counted with its reason.

use super::compose::{self, Dialog, put};
use super::legs::{Callee, Caller, GONE, Stage, T2, again};
use super::message::{First, Message, has_tag, leading};
use super::{Desk, Load, Micros, Timer};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

/// The carrier's socket.
pub const CARRIER: usize = 0;
/// The called side's socket.
pub const CALLED: usize = 1;

const INVITE_AGAIN: u8 = 0;
const NO_ANSWER: u8 = 1;
const HANG_UP: u8 = 2;
const BYE_AGAIN: u8 = 3;
const ANSWER_AGAIN: u8 = 4;
const CALLEE_HANGS_UP: u8 = 5;
const CALLEE_BYE_AGAIN: u8 = 6;
const ANSWER: u8 = 7;

/// Who ends a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hang {
    /// The caller, after so long.
    Caller(Micros),
    /// The called side, after so long.
    Callee(Micros),
    /// Whoever is told to.
    Told,
}

/// What kind of calls.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server.
    pub server: SocketAddr,
    /// The carrier's socket.
    pub carrier: SocketAddr,
    /// The called side's socket.
    pub called: SocketAddr,
    /// What the called numbers begin with: it chooses the route.
    pub prefix: char,
    /// Who ends them.
    pub hang: Hang,
    /// How long the called side rings before it answers.
    pub ring: Micros,
    /// How long a call may ring or wait.
    pub patience: Micros,
    /// Told apart from other runs by this.
    pub run: u32,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Tally {
    /// INVITE sent to 200 received, in milliseconds.
    pub setup_ms: Vec<f64>,
    /// An agent's BYE to the next INVITE at his phone, in milliseconds.
    pub refill_ms: Vec<f64>,
    /// What went wrong.
    pub failures: BTreeMap<String, u64>,
    /// Calls that something went wrong with.
    pub blamed: u64,
    /// Messages that we said again.
    pub repeated: u64,
    /// Messages that the server said again.
    pub repeats_heard: u64,
    /// Calls that the called side has answered and that were acknowledged there.
    pub connected: u64,
}

/// A load of calls.
pub struct Calls {
    options: Options,
    texts: Texts,
    callers: Vec<Caller>,
    callees: Vec<Callee>,
    by_call_id: HashMap<Box<[u8]>, u32>,
    agents: BTreeMap<u32, Agent>,
    open: (usize, usize),
    /// What was seen so far.
    pub tally: Tally,
}

/// Words of ours that never change.
struct Texts {
    server: String,
    carrier: String,
    called: String,
    offer: String,
    answer: String,
    host: String,
}

#[derive(Debug, Default)]
struct Agent {
    callee: Option<u32>,
    freed: Option<Micros>,
}

impl Calls {
    /// No calls yet.
    pub fn new(options: Options) -> Calls {
        let texts = Texts {
            server: options.server.to_string(),
            carrier: options.carrier.to_string(),
            called: options.called.to_string(),
            offer: compose::description(&options.carrier.ip().to_string(), 6_000),
            answer: compose::description(&options.called.ip().to_string(), 6_002),
            host: format!("{:x}@{}", options.run, options.carrier.ip()),
        };
        Calls {
            options,
            texts,
            callers: Vec::new(),
            callees: Vec::new(),
            by_call_id: HashMap::new(),
            agents: BTreeMap::new(),
            open: (0, 0),
            tally: Tally::default(),
        }
    }

    /// The number from which a unit calls.
    pub fn caller_number(unit: u32) -> String {
        format!("7{unit:08}")
    }

    /// The unit that calls from this number.
    fn unit_of(&self, number: &str) -> Option<u32> {
        let unit = number.strip_prefix('7').filter(|rest| rest.len() == 8)?.parse().ok()?;
        ((unit as usize) < self.callers.len()).then_some(unit)
    }

    /// The outcome that the record of the call from this number must have: any when the call went wrong.
    pub fn outcome(&self, number: &str) -> Option<&'static str> {
        let unit = self.unit_of(number)?;
        Some(if self.callers[unit as usize].blamed { "" } else { "answered" })
    }

    /// How many have been begun.
    pub fn begun(&self) -> u64 {
        self.callers.len() as u64
    }

    /// Forgets what was measured, not what went wrong: the warming up is over.
    pub fn begin_to_count(&mut self) {
        self.tally.setup_ms.clear();
        self.tally.refill_ms.clear();
        (self.tally.repeated, self.tally.repeats_heard) = (0, 0);
    }

    /// Another holding time, from the next call on.
    pub fn hang_after(&mut self, hang: Hang) {
        self.options.hang = hang;
    }

    /// Blames every call that is still there.
    pub fn close(&mut self) {
        for unit in 0..self.callers.len() as u32 {
            let stage = self.callers[unit as usize].stage;
            if stage != Stage::Ended {
                self.blame(Some(unit), format!("never ended (left {stage:?})"));
            }
        }
        let late = self.callees.iter().filter(|callee| callee.stage != Stage::Ended).count() as u64;
        if late > 0 {
            *self.tally.failures.entry("the called side heard no end".into()).or_default() += late;
            self.tally.blamed = self.tally.blamed.max(late);
        }
    }

    fn blame(&mut self, unit: Option<u32>, reason: impl Into<String>) {
        if let Some(caller) = unit.and_then(|unit| self.callers.get_mut(unit as usize))
            && std::mem::replace(&mut caller.blamed, true)
        {
            return;
        }
        self.tally.blamed += 1;
        *self.tally.failures.entry(reason.into()).or_default() += 1;
    }

    fn end(&mut self, unit: u32) {
        let caller = &mut self.callers[unit as usize];
        if caller.stage != Stage::Ended {
            caller.stage = Stage::Ended;
            caller.dialog = Dialog::default();
            self.open.0 -= 1;
        }
    }

    fn end_callee(&mut self, index: u32) {
        let callee = &mut self.callees[index as usize];
        if callee.stage != Stage::Ended {
            callee.stage = Stage::Ended;
            callee.answer = Box::default();
            self.open.1 -= 1;
            if let Some(agent) = callee.agent.and_then(|agent| self.agents.get_mut(&agent))
                && agent.callee == Some(index)
            {
                agent.callee = None;
            }
        }
    }

    fn invite(&self, unit: u32, desk: &mut Desk) {
        let (texts, prefix, run) = (&self.texts, self.options.prefix, self.options.run);
        desk.send(CARRIER, |out| {
            put!(
                out,
                "INVITE sip:{prefix}{unit:07}@{server} SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {carrier};branch=z9hG4bK{run:x}i{unit}\r\n\
                 Max-Forwards: 70\r\n\
                 From: <sip:7{unit:08}@{carrier}>;tag=a{unit}\r\n\
                 To: <sip:{prefix}{unit:07}@{server}>\r\n\
                 Call-ID: {unit}.{host}\r\n\
                 CSeq: 1 INVITE\r\n\
                 Contact: <sip:7{unit:08}@{carrier}>\r\n",
                server = texts.server,
                carrier = texts.carrier,
                host = texts.host,
            );
            compose::body(out, &texts.offer);
        });
    }

    /// RFC 3261 17.1.1.3: the ACK of a refusal is part of the INVITE's transaction.
    fn acknowledge_refusal(&self, unit: u32, answer: &Message<'_>, desk: &mut Desk) {
        let (texts, run) = (&self.texts, self.options.run);
        let target = format!("sip:{}{unit:07}@{}", self.options.prefix, texts.server).into_bytes();
        let dialog = Dialog { target: target.into(), routes: Box::default(), ..Dialog::of_response(answer) };
        desk.send(CARRIER, |out| {
            dialog.request(out, "ACK", 1, &texts.carrier, format_args!("{run:x}i{unit}"));
        });
    }

    fn say_in_dialog(&self, unit: u32, method: &str, desk: &mut Desk) {
        let (texts, run) = (&self.texts, self.options.run);
        let dialog = &self.callers[unit as usize].dialog;
        let (number, letter) = if method == "ACK" { (1, 'k') } else { (2, 'b') };
        desk.send(CARRIER, |out| {
            dialog.request(out, method, number, &texts.carrier, format_args!("{run:x}{letter}{unit}"));
        });
    }

    /// The caller hangs up.
    pub fn hang_up(&mut self, unit: u32, desk: &mut Desk) {
        if self.callers[unit as usize].stage == Stage::Up {
            self.callers[unit as usize].stage = Stage::Leaving;
            self.say_in_dialog(unit, "BYE", desk);
            desk.after(again(0, T2).unwrap_or(GONE), Timer { unit, kind: BYE_AGAIN, round: 1 });
        }
    }

    fn answered(&mut self, unit: u32, answer: &Message<'_>, desk: &mut Desk) {
        match self.callers[unit as usize].stage {
            Stage::Calling | Stage::Proceeding => {
                let caller = &mut self.callers[unit as usize];
                caller.stage = Stage::Up;
                caller.dialog = Dialog::of_response(answer);
                let took = desk.now - caller.begun;
                self.tally.setup_ms.push(took as f64 / 1e3);
                if !has_tag(answer.to, b"") || answer.contact.is_empty() {
                    self.blame(Some(unit), "a 200 without a To tag or a Contact");
                }
                if !answer.describes_audio() {
                    self.blame(Some(unit), "a 200 without a session description");
                }
                if let Hang::Caller(hold) = self.options.hang {
                    desk.after(hold, Timer { unit, kind: HANG_UP, round: 0 });
                }
            }
            _ => self.tally.repeats_heard += 1,
        }
        if self.callers[unit as usize].stage == Stage::Up {
            self.say_in_dialog(unit, "ACK", desk);
        }
    }

    fn response(&mut self, unit: u32, status: u16, message: &Message<'_>, desk: &mut Desk) {
        let stage = self.callers[unit as usize].stage;
        match (message.method, status) {
            (b"INVITE", 100..200) if stage == Stage::Calling => {
                self.callers[unit as usize].stage = Stage::Proceeding;
                desk.after(self.options.patience, Timer { unit, kind: NO_ANSWER, round: 0 });
            }
            (b"INVITE", 100..200) => {}
            (b"INVITE", 200..300) => self.answered(unit, message, desk),
            (b"INVITE", _) => {
                self.acknowledge_refusal(unit, message, desk);
                if matches!(stage, Stage::Calling | Stage::Proceeding) {
                    self.blame(Some(unit), format!("INVITE refused with {status}"));
                    self.end(unit);
                } else {
                    self.tally.repeats_heard += 1;
                }
            }
            (b"BYE", 200) if stage == Stage::Leaving => self.end(unit),
            (b"BYE", 200) => self.tally.repeats_heard += 1,
            (b"BYE", 100..200) => {}
            (b"BYE", _) => {
                self.blame(Some(unit), format!("BYE refused with {status}"));
                self.end(unit);
            }
            _ => self.blame(Some(unit), "an answer to nothing that was asked"),
        }
    }

    /// What reaches the carrier.
    fn at_carrier(&mut self, message: &Message<'_>, desk: &mut Desk) {
        let unit = leading(message.call_id).filter(|unit| (*unit as usize) < self.callers.len());
        let ours = message.call_id.ends_with(self.texts.host.as_bytes());
        let Some(unit) = unit.filter(|_| ours) else { return self.blame(None, "a message of no call of ours") };
        match &message.first {
            First::Response(status) => {
                if !has_tag(message.from, format!("a{unit}").as_bytes()) || message.vias.len() != 1 {
                    self.blame(Some(unit), "an answer with another From tag or Via than the request's");
                }
                self.response(unit, *status, message, desk);
            }
            First::Request(method, _) => {
                if *method == b"ACK" {
                    return;
                }
                desk.send(CARRIER, |out| compose::response(out, message, "200 OK", "", "", ""));
                match (*method, self.callers[unit as usize].stage) {
                    (b"BYE", Stage::Up) => {
                        if matches!(self.options.hang, Hang::Caller(_)) {
                            self.blame(Some(unit), "the server hung up");
                        }
                        self.end(unit);
                    }
                    (b"BYE", Stage::Leaving) => {}
                    (b"BYE", _) => self.tally.repeats_heard += 1,
                    _ => self.blame(Some(unit), format!("an unexpected {}", String::from_utf8_lossy(method))),
                }
            }
        }
    }

    /// An INVITE reaches the called side: 100, 180 and 200 at once.
    fn rung(&mut self, message: &Message<'_>, uri: &[u8], desk: &mut Desk) {
        if let Some(&index) = self.by_call_id.get(message.call_id) {
            self.tally.repeats_heard += 1;
            let callee = &self.callees[index as usize];
            if callee.stage == Stage::Proceeding {
                let answer = callee.answer.clone();
                desk.send(CALLED, |out| out.extend(&answer));
            }
            return;
        }
        let index = self.callees.len() as u32;
        let user = uri.strip_prefix(b"sip:").unwrap_or(uri);
        let (mut unit, mut agent) = (None, None);
        if let Some(number) = user.strip_prefix(b"agent").and_then(leading) {
            agent = Some(number);
            self.take_agent(number, index, desk);
        } else if user.first() == Some(&(self.options.prefix as u8)) {
            unit = leading(&user[1..]);
        }
        if let Some(caller) = unit.and_then(|unit| self.callers.get_mut(unit as usize)) {
            caller.rung += 1;
            if caller.rung > 1 {
                self.blame(unit, "rang twice");
            }
        } else if agent.is_none() {
            self.blame(None, "rang for no call of ours");
        }
        if !message.describes_audio() {
            self.blame(unit, "an INVITE without a session description");
        }
        let tag = format!("b{index}");
        let contact = format!(
            "sip:{}@{}",
            String::from_utf8_lossy(user.split(|c| *c == b'@').next().unwrap_or(user)),
            self.texts.called
        );
        let mut answer = Vec::with_capacity(1_024);
        compose::response(&mut answer, message, "200 OK", &tag, &contact, &self.texts.answer);
        desk.send(CALLED, |out| compose::response(out, message, "100 Trying", "", "", ""));
        desk.send(CALLED, |out| compose::response(out, message, "180 Ringing", &tag, &contact, ""));
        let stage = if self.options.ring == 0 { Stage::Proceeding } else { Stage::Calling };
        let dialog = Dialog::of_request(message, &tag);
        self.callees.push(Callee { stage, unit, agent, answer: answer.into(), dialog });
        self.by_call_id.insert(message.call_id.into(), index);
        self.open.1 += 1;
        match self.options.ring {
            0 => self.answer(index, desk),
            ring => desk.after(ring, Timer { unit: index, kind: ANSWER, round: 0 }),
        }
    }

    fn answer(&mut self, index: u32, desk: &mut Desk) {
        let callee = &mut self.callees[index as usize];
        callee.stage = Stage::Proceeding;
        desk.send(CALLED, |out| out.extend(&callee.answer));
        desk.after(again(0, T2).unwrap_or(GONE), Timer { unit: index, kind: ANSWER_AGAIN, round: 1 });
    }

    fn take_agent(&mut self, number: u32, index: u32, desk: &Desk) {
        let agent = self.agents.entry(number).or_default();
        let talking = agent.callee.replace(index).is_some();
        if let Some(freed) = agent.freed.take() {
            self.tally.refill_ms.push((desk.now - freed) as f64 / 1e3);
        }
        if talking {
            self.blame(None, "an agent was rung while he talked");
        }
    }

    /// What reaches the called side.
    fn at_called(&mut self, message: &Message<'_>, desk: &mut Desk) {
        let known = self.by_call_id.get(message.call_id).copied();
        match (&message.first, known) {
            (First::Request(b"INVITE", uri), _) => self.rung(message, uri, desk),
            (First::Request(b"ACK", _), Some(index)) => {
                let callee = &mut self.callees[index as usize];
                if callee.stage != Stage::Proceeding {
                    self.tally.repeats_heard += 1;
                    return;
                }
                callee.stage = Stage::Up;
                callee.answer = Box::default();
                self.tally.connected += 1;
                if let Hang::Callee(talk) = self.options.hang {
                    desk.after(talk, Timer { unit: index, kind: CALLEE_HANGS_UP, round: 0 });
                }
            }
            (First::Request(method, _), Some(index)) => {
                desk.send(CALLED, |out| compose::response(out, message, "200 OK", "", "", ""));
                let callee = &self.callees[index as usize];
                let unit = callee.unit;
                match (*method, callee.stage) {
                    (b"BYE", Stage::Ended) => self.tally.repeats_heard += 1,
                    (b"BYE", Stage::Proceeding) => {
                        self.blame(unit, "the called side got a BYE before the ACK");
                        self.end_callee(index);
                    }
                    (b"BYE", _) => self.end_callee(index),
                    _ => self.blame(unit, format!("an unexpected {}", String::from_utf8_lossy(method))),
                }
            }
            (First::Response(200), Some(index)) if message.method == b"BYE" => {
                if self.callees[index as usize].stage == Stage::Leaving {
                    self.end_callee(index);
                } else {
                    self.tally.repeats_heard += 1;
                }
            }
            (First::Response(100..200), Some(_)) => {}
            (First::Response(status), _) => self.blame(None, format!("the called side's BYE refused with {status}")),
            (First::Request(..), None) => self.blame(None, "a request outside any call at the called side"),
        }
    }

    fn callee_hangs_up(&mut self, index: u32, desk: &mut Desk) {
        let callee = &mut self.callees[index as usize];
        if callee.stage != Stage::Up {
            return;
        }
        callee.stage = Stage::Leaving;
        if let Some(agent) = callee.agent.and_then(|agent| self.agents.get_mut(&agent)) {
            (agent.callee, agent.freed) = (None, Some(desk.now));
        }
        self.callee_bye(index, desk);
        desk.after(again(0, T2).unwrap_or(GONE), Timer { unit: index, kind: CALLEE_BYE_AGAIN, round: 1 });
    }

    fn callee_bye(&self, index: u32, desk: &mut Desk) {
        let (dialog, run) = (&self.callees[index as usize].dialog, self.options.run);
        desk.send(CALLED, |out| {
            dialog.request(out, "BYE", 1, &self.texts.called, format_args!("{run:x}c{index}"));
        });
    }

    /// Lets the agent who has talked the longest hang up; false when none talks.
    pub fn free_agent(&mut self, desk: &mut Desk) -> bool {
        let talking = self.agents.values().filter_map(|agent| agent.callee);
        let up = talking.filter(|index| self.callees[*index as usize].stage == Stage::Up).min();
        if let Some(index) = up {
            self.callee_hangs_up(index, desk);
        }
        up.is_some()
    }

    /// How many agents talk, and how many callers are there.
    pub fn talking_and_there(&self) -> (usize, usize) {
        (self.agents.values().filter(|agent| agent.callee.is_some()).count(), self.open.0)
    }

    /// Repeats something, or gives up on it.
    fn repeat(&mut self, timer: Timer, bound: Micros, desk: &mut Desk, say: impl FnOnce(&Calls, &mut Desk)) -> bool {
        let Some(wait) = again(timer.round, bound) else { return false };
        say(self, desk);
        self.tally.repeated += 1;
        desk.after(wait, Timer { round: timer.round + 1, ..timer });
        true
    }
}

impl Load for Calls {
    fn begin(&mut self, unit: u32, desk: &mut Desk) {
        assert_eq!(unit as usize, self.callers.len(), "units are numbered without a gap");
        let dialog = Dialog::default();
        self.callers.push(Caller { stage: Stage::Calling, begun: desk.now, blamed: false, rung: 0, dialog });
        self.open.0 += 1;
        self.invite(unit, desk);
        desk.after(again(0, GONE).unwrap_or(GONE), Timer { unit, kind: INVITE_AGAIN, round: 1 });
    }

    fn received(&mut self, socket: usize, bytes: &[u8], desk: &mut Desk) {
        match Message::read(bytes) {
            Ok(message) if socket == CARRIER => self.at_carrier(&message, desk),
            Ok(message) => self.at_called(&message, desk),
            Err(error) => self.blame(None, format!("a message that cannot be read: {error}")),
        }
    }

    fn due(&mut self, timer: Timer, desk: &mut Desk) {
        let index = timer.unit as usize;
        let caller = self.callers.get(index).map(|caller| caller.stage);
        let callee = self.callees.get(index).map(|callee| callee.stage);
        let goes_on = match (timer.kind, caller, callee) {
            (INVITE_AGAIN, Some(Stage::Calling), _) => {
                self.repeat(timer, GONE, desk, |calls, desk| calls.invite(timer.unit, desk))
            }
            (BYE_AGAIN, Some(Stage::Leaving), _) => {
                self.repeat(timer, T2, desk, |calls, desk| calls.say_in_dialog(timer.unit, "BYE", desk))
            }
            (NO_ANSWER, Some(Stage::Proceeding), _) => false,
            (HANG_UP, Some(Stage::Up), _) => {
                self.hang_up(timer.unit, desk);
                true
            }
            (ANSWER_AGAIN, _, Some(Stage::Proceeding)) => self.repeat(timer, T2, desk, |calls, desk| {
                desk.send(CALLED, |out| out.extend(&calls.callees[index].answer));
            }),
            (ANSWER, _, Some(Stage::Calling)) => {
                self.answer(timer.unit, desk);
                true
            }
            (CALLEE_HANGS_UP, _, Some(Stage::Up)) => {
                self.callee_hangs_up(timer.unit, desk);
                true
            }
            (CALLEE_BYE_AGAIN, _, Some(Stage::Leaving)) => {
                self.repeat(timer, T2, desk, |calls, desk| calls.callee_bye(timer.unit, desk))
            }
            _ => true,
        };
        match timer.kind {
            _ if goes_on => {}
            ANSWER_AGAIN | CALLEE_BYE_AGAIN => {
                let unit = self.callees[index].unit;
                self.blame(unit, "the called side was not answered");
                self.end_callee(timer.unit);
            }
            _ => {
                self.blame(Some(timer.unit), format!("no answer ({caller:?})"));
                self.end(timer.unit);
            }
        }
    }

    fn open(&self) -> usize {
        // Both sides of a call end within the same exchange: the larger count is that of calls.
        self.open.0.max(self.open.1)
    }
}
