//! A synthetic user agent, sans-IO: a phone, or a carrier's side of a trunk with many calls at once.
//! It drives the same signalling core as the switch does, from the other end, and speaks RTP by itself.
//! The simulator, the demo and the load harness carry its packets over their own kind of network.

mod config;
mod deeds;
mod transfers;

use crate::rtp::{Heard, PACKET_TIME, Speech};
use crate::words::{Voices, Words};
use bytes::Bytes;
use media::StreamSettings;
use media::codec::Codec;
use media::sdp::{Direction, Negotiation};
use sip::{Body, Command, Endpoint, Event, LegEvent, Target, Transport};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use terms::{Cause, LegId, LinkId, Mono, Now, Pii, TrunkId};

/// The name under which a user agent knows the switch.
const SWITCH: TrunkId = TrunkId::of("switch");
const LINK: LinkId = LinkId::accepted(0);
const ACCOUNT: u64 = 0;

/// What the user agent does by itself with a call that it receives.
#[derive(Clone, Copy, Debug)]
pub struct Conduct {
    /// How long it rings.
    pub ring: Duration,
    /// It lets the caller hear it while it rings (183 with an answer).
    pub early_media: bool,
    /// And then.
    pub then: Then,
    /// How long it talks before it hangs up; absent: until the other side does. Holds for placed calls too.
    pub talk: Option<Duration>,
    /// It says nothing but what it is told to say, in words; else it speaks in its fingerprint.
    pub in_words: bool,
}

/// What follows the ringing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It answers.
    Answer,
    /// It refuses with this status.
    Refuse(u16),
    /// It sends the caller to this number.
    Redirect(&'static str),
    /// It answers, and says nothing about its sound.
    AnswerMute,
    /// It rings on.
    RingOn,
    /// It is gone: never a word, not even 100.
    Vanish,
}

impl Default for Conduct {
    fn default() -> Self {
        Conduct {
            ring: Duration::from_millis(500),
            early_media: false,
            then: Then::Answer,
            talk: None,
            in_words: false,
        }
    }
}

/// Who the user agent is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its user name, or the number it calls from.
    pub user: String,
    /// For the switch's challenges; a carrier has none.
    pub password: Option<String>,
    /// The switch's domain (the digest realm).
    pub domain: String,
    /// Where it takes signalling.
    pub sip: SocketAddr,
    /// Where it takes RTP, for all of its calls: the other end's address tells them apart.
    pub rtp: SocketAddr,
    /// The switch.
    pub switch: SocketAddr,
    /// The byte that it speaks in.
    pub fingerprint: u8,
    /// The codecs it knows.
    pub codecs: Vec<Codec>,
}

/// A packet on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Who sends it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// What.
    pub bytes: Bytes,
}

/// How a call of the user agent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Placed or received, not answered.
    Ringing,
    /// Answered.
    Up,
    /// Refused with this status.
    Refused(u16),
    /// Over.
    Over,
}

/// One call of the user agent; kept after its end for its account.
#[derive(Debug)]
pub struct Talk {
    /// How it stands.
    pub standing: Standing,
    /// Who called, of a received call.
    pub caller: Option<Pii<String>>,
    /// What was heard.
    pub heard: Heard,
    /// When it began, was answered and ended.
    pub began: Mono,
    /// See `began`.
    pub answered: Option<Mono>,
    /// See `began`.
    pub ended: Option<Mono>,
    /// The cause in the other side's Reason.
    pub cause: Option<Cause>,
    /// What was answered to its wish for a transfer, and then told of it.
    pub transfer: Vec<u16>,
    /// Keys that came by INFO.
    pub infos: String,
    /// 18x were seen.
    pub rang: bool,
    /// It speaks before the answer.
    early: bool,
    /// What the switch said of a received call.
    pub arrival: Option<Box<sip::Arrival>>,
    offer: Option<Body>,
    negotiation: Negotiation,
    settings: Option<StreamSettings>,
    speech: Speech,
}

impl Talk {
    fn speaks(&self) -> Option<&StreamSettings> {
        let may = self.standing == Standing::Up || self.early && self.standing == Standing::Ringing;
        self.settings.as_ref().filter(|settings| may && settings.sending)
    }

    /// It sends sound: it may, and the other side wants it.
    pub fn is_speaking(&self) -> bool {
        self.speaks().is_some()
    }

    /// Where its sound goes.
    pub fn sends_to(&self) -> Option<SocketAddr> {
        self.settings.as_ref().map(|settings| settings.remote)
    }

    /// Our answer to the offer, the same however often it is asked for.
    fn settle_offer(&mut self, rtp: SocketAddr) -> Result<String, u16> {
        if let Some(offer) = self.offer.take() {
            let answered = self.negotiation.answer(&offer.bytes, rtp, Direction::SendRecv);
            let answered = answered.map_err(media::sdp::Refusal::status)?;
            self.settings = Some(answered.settings);
        }
        self.negotiation.description().map(str::to_owned).ok_or(488)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    AfterRing,
    HangUp,
}

/// The user agent.
pub struct UserAgent {
    /// Who it is.
    pub identity: Identity,
    /// What it does with calls.
    pub conduct: Conduct,
    /// It hears and says nothing any more: its power is gone.
    pub dead: bool,
    /// Hops that its calls may take.
    pub hops: u8,
    /// It knows no telephone-event.
    pub deaf_to_keys: bool,
    /// Who calls through it wants his number withheld; the switch is told it all the same.
    withholds: bool,
    /// It sends no RTP: it suppresses silence, and nobody speaks.
    pub silent: bool,
    /// Where a translator has it: the only address from which its RTP comes, and at which RTP reaches it.
    pub nat: Option<SocketAddr>,
    /// Its RTP comes from here, though it is reached elsewhere.
    pub sends_from: Option<SocketAddr>,
    /// What it gives as Reason when it refuses, hangs up or cancels.
    pub reason: Option<Cause>,
    /// Voices that it knows by their words.
    pub voices: Arc<Voices>,
    /// Its calls, ended ones too.
    pub talks: BTreeMap<LegId, Talk>,
    /// The last answer to its registration.
    pub registered: Option<u16>,
    endpoint: Endpoint,
    acts: BTreeSet<(Mono, LegId, Act)>,
    placed: u64,
    out: VecDeque<Packet>,
}

impl UserAgent {
    /// A user agent that knows its switch.
    pub fn new(now: Now, seed: u64, identity: Identity, conduct: Conduct) -> UserAgent {
        let mut endpoint = Endpoint::new(seed);
        endpoint.handle_input(now, sip::Input::Reconfigure(Box::new(config::config(&identity, false))));
        let (local, remote) = (identity.sip, None);
        endpoint.handle_input(now, sip::Input::LinkOpened { link: LINK, transport: Transport::Udp, local, remote });
        UserAgent {
            identity,
            conduct,
            dead: false,
            hops: 70,
            deaf_to_keys: false,
            withholds: false,
            silent: false,
            nat: None,
            sends_from: None,
            reason: None,
            voices: Arc::default(),
            talks: BTreeMap::new(),
            registered: None,
            endpoint,
            acts: BTreeSet::new(),
            placed: 0,
            out: VecDeque::new(),
        }
    }

    /// Registers with the switch, and again before the binding ends.
    pub fn register(&mut self, now: Now) {
        self.command(now, Command::Register { account: ACCOUNT });
    }

    /// Says good-bye to the switch.
    pub fn unregister(&mut self, now: Now) {
        self.command(now, Command::Unregister { account: ACCOUNT });
    }

    /// Dials a number.
    pub fn dial(&mut self, now: Now, number: &str) -> LegId {
        let caller = self.identity.user.clone();
        self.dial_as(now, &caller, number)
    }

    /// Dials a number as somebody (a carrier brings many callers).
    pub fn dial_as(&mut self, now: Now, caller: &str, number: &str) -> LegId {
        let (leg, body) = self.begin(now);
        let target = Target::Trunk { trunk: SWITCH, number: number.into() };
        let caller = Pii::from(caller);
        let (max_forwards, withheld) = (self.hops, self.withholds);
        self.command(
            now,
            Command::Invite { leg, target, caller, caller_name: None, withheld, extras: None, max_forwards, body },
        );
        leg
    }

    /// Answers a ringing call.
    pub fn answer(&mut self, now: Now, leg: LegId) {
        let rtp = self.identity.rtp;
        let Some(talk) = self.talks.get_mut(&leg).filter(|talk| talk.standing == Standing::Ringing) else { return };
        match talk.settle_offer(rtp) {
            Ok(sdp) => {
                self.up(now, leg);
                self.command(now, Command::Answer { leg, body: Some(self.said(sdp)) });
            }
            Err(status) => self.refuse(now, leg, status),
        }
    }

    /// Refuses a ringing call.
    pub fn refuse(&mut self, now: Now, leg: LegId, status: u16) {
        self.command(now, Command::Refuse { leg, status, cause: self.reason, retry_after: None });
    }

    /// Sends whoever calls to another number.
    pub fn redirect(&mut self, now: Now, leg: LegId, to: &str) {
        self.command(now, Command::Redirect { leg, to: to.into() });
    }

    /// Hangs up, or cancels.
    pub fn hang_up(&mut self, now: Now, leg: LegId) {
        self.command(now, Command::Release { leg, reason: self.reason.unwrap_or(Cause::NORMAL).into() });
    }

    /// The newest call that has not ended.
    pub fn current(&self) -> Option<LegId> {
        let running = |talk: &Talk| matches!(talk.standing, Standing::Ringing | Standing::Up);
        self.talks.iter().filter(|(_, talk)| running(talk)).max_by_key(|(_, talk)| talk.began).map(|(leg, _)| *leg)
    }

    /// A packet arrived at one of its two addresses.
    pub fn receive(&mut self, now: Now, packet: Packet) {
        if self.dead {
            return;
        }
        if packet.to == self.rtp_at() {
            return self.receive_rtp(now, &packet);
        }
        if self.conduct.then == Then::Vanish && self.talks.is_empty() && packet.bytes.starts_with(b"INVITE") {
            return;
        }
        let input = sip::Input::Received { link: LINK, remote: packet.from, bytes: packet.bytes };
        self.endpoint.handle_input(now, input);
        self.settle(now);
    }

    /// Where RTP reaches it.
    pub fn rtp_at(&self) -> SocketAddr {
        self.nat.unwrap_or(self.identity.rtp)
    }

    /// The next packet to send.
    pub fn poll_packet(&mut self) -> Option<Packet> {
        if self.dead {
            self.out.clear();
        }
        self.out.pop_front()
    }

    /// When `handle_timeout` is next wanted.
    pub fn poll_timeout(&mut self) -> Option<Mono> {
        let speech = self.talks.values().filter(|talk| talk.speaks().is_some()).map(|talk| talk.speech.next).min();
        let act = self.acts.first().map(|(at, _, _)| *at);
        [self.endpoint.poll_timeout(), speech, act].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        self.endpoint.handle_timeout(now);
        self.settle(now);
        while let Some((at, leg, act)) = self.acts.first().copied().filter(|(at, _, _)| *at <= now.mono) {
            self.acts.remove(&(at, leg, act));
            self.act(now, leg, act);
        }
        self.speak(now);
    }

    /// No call runs and its signalling core has forgotten them all. (Registrations go on.)
    pub fn is_quiescent(&self) -> bool {
        let sip = self.endpoint.inspect();
        self.current().is_none() && sip.legs + sip.closing + sip.dialogs == 0
    }

    /// What is not forgotten yet, in words.
    pub fn leftovers(&self) -> String {
        format!("{:?} {:?}", self.current(), self.endpoint.inspect())
    }

    /// Forgets the accounts of ended calls.
    pub fn forget_ended(&mut self) {
        self.talks.retain(|_, talk| matches!(talk.standing, Standing::Ringing | Standing::Up));
    }

    fn talk(&self, now: Now, leg: LegId, offer: Option<Body>) -> Talk {
        let ssrc = u32::from(self.identity.fingerprint) << 24 | (leg.0 as u32).wrapping_mul(2_654_435_761) >> 8;
        let mut speech = Speech::new(ssrc, now.mono);
        speech.words = self.conduct.in_words.then(Words::default);
        Talk {
            standing: Standing::Ringing,
            caller: None,
            heard: Heard::default(),
            began: now.mono,
            answered: None,
            ended: None,
            cause: None,
            transfer: vec![],
            infos: String::new(),
            rang: false,
            early: false,
            arrival: None,
            offer,
            negotiation: Negotiation::new(leg.0 + 1, self.identity.codecs.clone()),
            settings: None,
            speech,
        }
    }

    /// A description, as it knows things.
    fn said(&self, sdp: String) -> Body {
        Body::sdp(if self.deaf_to_keys { sdp.replace("telephone-event", "something-else") } else { sdp })
    }

    fn command(&mut self, now: Now, command: Command) {
        self.endpoint.handle_input(now, sip::Input::Command(command));
        self.settle(now);
    }

    fn settle(&mut self, now: Now) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                sip::Output::Transmit { remote, bytes, .. } => {
                    self.out.push_back(Packet { from: self.identity.sip, to: remote, bytes });
                }
                sip::Output::Event(event) => self.learn(now, event),
                sip::Output::Connect { .. }
                | sip::Output::Close { .. }
                | sip::Output::Resolve { .. }
                | sip::Output::Binding(_)
                | sip::Output::Watch(_)
                | sip::Output::Dialog(_)
                | sip::Output::Noted(_) => {}
            }
        }
    }

    fn learn(&mut self, now: Now, event: Event) {
        match event {
            Event::Invited { leg, arrival } => self.invited(now, leg, arrival),
            Event::Leg(leg, what) => self.learn_of(now, leg, what),
            Event::Registered { status, .. } => self.registered = Some(status),
            Event::Queried { query, .. } => {
                self.endpoint.handle_input(now, sip::Input::Command(Command::AnswerQuery { query, status: 200 }));
            }
            Event::Bindings(_) | Event::Reconfigured(_) | Event::TrunkReachable { .. } => {}
        }
    }

    fn learn_of(&mut self, now: Now, leg: LegId, what: LegEvent) {
        match what {
            LegEvent::Progress { body, .. } => {
                if let Some(talk) = self.talks.get_mut(&leg) {
                    talk.rang = true;
                }
                self.agree(leg, body);
            }
            LegEvent::Answered { body, .. } => {
                self.agree(leg, body);
                self.up(now, leg);
            }
            LegEvent::OfferAnswered { body } => self.agree(leg, body),
            LegEvent::Refused { status, cause, .. } => self.over(now, leg, Standing::Refused(status), cause),
            LegEvent::Ended { cause, .. } => self.over(now, leg, Standing::Over, cause),
            LegEvent::Offered { body, .. } => self.reinvited(now, leg, body),
            LegEvent::ReferAnswered { status } | LegEvent::ReferTold { status } => {
                self.talks.get_mut(&leg).into_iter().for_each(|talk| talk.transfer.push(status));
            }
            LegEvent::Established { .. } | LegEvent::OfferRefused { .. } | LegEvent::Referred(_) => {}
            LegEvent::InfoReceived { body } => {
                let text = String::from_utf8_lossy(&body.bytes).into_owned();
                let key = text.strip_prefix("Signal=").unwrap_or(&text).chars().next();
                self.talks.get_mut(&leg).into_iter().for_each(|talk| talk.infos.extend(key));
            }
        }
    }

    fn invited(&mut self, now: Now, leg: LegId, mut arrival: Box<sip::Arrival>) {
        let offer = arrival.body.take();
        let talk = Talk { caller: Some(arrival.caller.clone()), arrival: Some(arrival), ..self.talk(now, leg, offer) };
        self.talks.insert(leg, talk);
        let rtp = self.identity.rtp;
        let early = self.talks.get_mut(&leg).filter(|_| self.conduct.early_media).and_then(|talk| {
            talk.early = true;
            talk.settle_offer(rtp).ok()
        });
        let status = if early.is_some() { 183 } else { 180 };
        self.command(now, Command::Progress { leg, status, body: early.map(|sdp| self.said(sdp)) });
        self.acts.insert((now.mono + self.conduct.ring, leg, Act::AfterRing));
    }

    fn agree(&mut self, leg: LegId, answer: Option<Body>) {
        if let (Some(talk), Some(answer)) = (self.talks.get_mut(&leg), answer)
            && let Ok(settings) = talk.negotiation.accept_answer(&answer.bytes)
        {
            talk.settings = Some(settings);
        }
    }

    fn up(&mut self, now: Now, leg: LegId) {
        let Some(talk) = self.talks.get_mut(&leg) else { return };
        talk.standing = Standing::Up;
        talk.answered = Some(now.mono);
        talk.speech.next = now.mono + PACKET_TIME;
        if let Some(length) = self.conduct.talk {
            self.acts.insert((now.mono + length, leg, Act::HangUp));
        }
    }

    fn over(&mut self, now: Now, leg: LegId, standing: Standing, cause: Option<Cause>) {
        if let Some(talk) = self.talks.get_mut(&leg) {
            talk.cause = cause;
            talk.standing = standing;
            talk.ended = Some(now.mono);
        }
        self.acts.retain(|(_, of, _)| *of != leg);
    }

    fn reinvited(&mut self, now: Now, leg: LegId, body: Option<Body>) {
        let rtp = self.identity.rtp;
        let answered = self.talks.get_mut(&leg).zip(body).and_then(|(talk, offer)| {
            let answered = talk.negotiation.answer(&offer.bytes, rtp, Direction::SendRecv).ok()?;
            talk.settings = Some(answered.settings);
            Some(answered.sdp)
        });
        self.command(
            now,
            match answered {
                Some(sdp) => Command::AnswerOffer { leg, body: Some(self.said(sdp)) },
                None => Command::RefuseOffer { leg, status: 488 },
            },
        );
    }

    fn act(&mut self, now: Now, leg: LegId, act: Act) {
        match (act, self.conduct.then) {
            (Act::HangUp, _) => self.hang_up(now, leg),
            (Act::AfterRing, Then::Answer) => self.answer(now, leg),
            (Act::AfterRing, Then::Refuse(status)) => self.refuse(now, leg, status),
            (Act::AfterRing, Then::Redirect(to)) => self.redirect(now, leg, to),
            (Act::AfterRing, Then::AnswerMute) => {
                self.up(now, leg);
                self.command(now, Command::Answer { leg, body: None });
            }
            (Act::AfterRing, Then::RingOn | Then::Vanish) => {}
        }
    }

    fn speak(&mut self, now: Now) {
        let (from, fingerprint) = (self.sends_from.unwrap_or(self.rtp_at()), self.identity.fingerprint);
        for talk in self.talks.values_mut() {
            while let Some(settings) = talk.speaks().cloned().filter(|_| talk.speech.next <= now.mono) {
                let (payload_type, codec) = (settings.send.payload_type, settings.send.codec);
                let bytes = talk.speech.packet(payload_type, codec, settings.send_events, fingerprint);
                if self.silent {
                    continue;
                }
                self.out.push_back(Packet { from, to: settings.remote, bytes });
            }
        }
    }

    fn receive_rtp(&mut self, now: Now, packet: &Packet) {
        let of_peer = |talk: &&mut Talk| talk.settings.as_ref().is_some_and(|settings| settings.remote == packet.from);
        // A port of the switch may serve a later call again: the newest call with that peer hears it.
        if let Some(talk) = self.talks.values_mut().filter(of_peer).max_by_key(|talk| talk.began) {
            let events = talk.settings.as_ref().and_then(|settings| settings.receive_events);
            talk.heard.listen(now.mono, &packet.bytes, events, &self.voices);
            let spoken = talk.settings.as_ref().map(|settings| settings.send.payload_type);
            let words = talk.speech.words.as_mut().zip(packet.bytes.split_at_checked(12));
            if let Some((words, (_, payload))) = words.filter(|(_, (head, _))| Some(head[1] & 0x7f) == spoken) {
                words.hear(payload);
            }
        }
    }
}
