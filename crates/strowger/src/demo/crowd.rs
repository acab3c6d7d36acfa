//! The demo's people: a carrier with callers, and agents at their phones, on real sockets. They keep
//! their own account of what happened to them.

use super::centre::{AGENTS, CARRIER, GUEST, NUMBER, Passwords};
use super::guests::Guests;
use super::sounds::{Phrases, Sounds};
use crate::clock::Clock;
use anyhow::{Context, Result};
use media::codec::Codec;
use serde::Serialize;
use sim::{Conduct, Identity, Packet, Standing, UserAgent};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use terms::{LegId, Mono};

const CARRIER_FINGERPRINT: u8 = 0x10;
const FIRST_AGENT_FINGERPRINT: u8 = 0x20;
/// How long a guest may take to say who he is.
const GREETING: Duration = Duration::from_secs(3);
/// The first caller calls when the agents have registered.
const FIRST: Duration = Duration::from_millis(700);
/// A new caller after so many milliseconds, at least and at most: some three quarters of what the agents can take,
const EVERY_MS: (u64, u64) = (1_400, 3_400);
/// and, for a while, more than that.
const RUSH_MS: (u64, u64) = (500, 1_300);
/// Of so many callers, so many come in a rush.
const RUSH: (u64, u64) = (32, 12);
/// Who still waits when no new callers come gives up after this.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// How long, after they were told to leave, calls may take to end before they are called stuck.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(1);
/// How often the sockets are looked at.
const TICK: Duration = Duration::from_millis(2);
/// How long an agent listens to a caller before the good-bye: the caller's words and a little more.
const LISTENS: Duration = Duration::from_millis(3_200);
/// How long he talks to a guest.
const WITH_A_GUEST: Duration = Duration::from_secs(180);

/// What the callers counted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Account {
    /// Calls placed.
    pub offered: u64,
    /// Calls in which the caller heard an agent's voice.
    pub answered: u64,
    /// Calls that ended without one.
    pub abandoned: u64,
    /// Calls that never ended.
    pub stuck: u64,
}

/// What the people are told.
#[derive(Debug, Default)]
pub struct Bell {
    no_new_calls: AtomicBool,
    leave: AtomicBool,
}

impl Bell {
    /// No new callers; the running calls may end.
    pub fn no_new_calls(&self) {
        self.no_new_calls.store(true, Ordering::Relaxed);
    }

    /// Everybody goes home.
    pub fn leave(&self) {
        self.leave.store(true, Ordering::Relaxed);
    }
}

/// A user agent with its two sockets.
struct Seat {
    agent: UserAgent,
    sip: UdpSocket,
    rtp: UdpSocket,
}

/// What one caller is about to do.
struct Plan {
    key_at: Mono,
    key: char,
    gives_up: Mono,
    heard_agent: bool,
    /// His number.
    number: String,
    /// He talks to a guest at a desk, and says back what he hears once he has said what he wants.
    with_guest: bool,
    /// When he says what he wants, once he has heard an agent.
    speaks_at: Option<Mono>,
}

/// What an agent is about to do in a call.
struct Attention {
    goodbye_at: Mono,
    parting: bool,
}

/// Everybody.
pub struct Crowd {
    clock: Clock,
    sounds: Sounds,
    carrier: Seat,
    agents: Vec<Seat>,
    attention: BTreeMap<(usize, LegId), Attention>,
    callers: BTreeMap<LegId, Plan>,
    next_caller: Mono,
    random: u64,
    account: Account,
    guests: Guests,
}

impl Crowd {
    /// Everybody takes a seat, and the agents register.
    pub fn new(clock: Clock, switch: SocketAddr, passwords: &Passwords, seed: u64, guests: Guests) -> Result<Crowd> {
        let now = clock.now();
        let sounds = Sounds::read()?;
        let sit = |ip, user: &str, password: Option<&String>, fingerprint, ring| -> Result<Seat> {
            let conduct = Conduct { ring, in_words: true, ..Conduct::default() };
            let mut seat = Seat::take(ip, user, password.cloned(), switch, fingerprint)?.sit(clock, seed, conduct);
            seat.agent.voices = sounds.voices.clone();
            Ok(seat)
        };
        let carrier = sit(CARRIER.parse()?, "carrier", None, CARRIER_FINGERPRINT, Duration::ZERO)?;
        let mut agents = vec![];
        for (nth, ((name, _), password)) in AGENTS.iter().zip(&passwords.agents).enumerate() {
            let home = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));
            let ring = Duration::from_millis(900 + 200 * nth as u64);
            let mut seat = sit(home, name, Some(password), FIRST_AGENT_FINGERPRINT + nth as u8, ring)?;
            seat.agent.register(now);
            agents.push(seat);
        }
        Ok(Crowd {
            clock,
            sounds,
            carrier,
            agents,
            attention: BTreeMap::new(),
            callers: BTreeMap::new(),
            next_caller: now.mono + FIRST,
            random: seed,
            account: Account::default(),
            guests,
        })
    }

    /// Lives until everybody is told to leave; what the callers counted.
    pub fn live(mut self, bell: &Bell) -> Account {
        while !bell.no_new_calls.load(Ordering::Relaxed) && !bell.leave.load(Ordering::Relaxed) {
            if self.clock.now().mono >= self.next_caller {
                self.call();
            }
            self.turn();
        }
        let last = self.clock.now().mono + LAST_WAIT;
        for caller in self.callers.values_mut() {
            caller.gives_up = caller.gives_up.min(last);
        }
        while !bell.leave.load(Ordering::Relaxed) {
            self.turn();
        }
        let end = self.clock.now().mono + PATIENCE_AT_THE_END;
        while !self.callers.is_empty() && self.clock.now().mono < end {
            self.turn();
        }
        self.account.stuck = self.callers.len() as u64;
        self.account
    }

    fn turn(&mut self) {
        self.live_callers();
        for nth in 0..self.agents.len() {
            self.live_agent(nth);
        }
        for seat in self.agents.iter_mut().chain([&mut self.carrier]) {
            seat.turn(self.clock);
        }
        std::thread::sleep(TICK);
    }

    fn call(&mut self) {
        let now = self.clock.now();
        let roll = self.roll();
        let rush = self.account.offered % RUSH.0 >= RUSH.0 - RUSH.1;
        let (least, most) = if rush { RUSH_MS } else { EVERY_MS };
        self.next_caller = now.mono + Duration::from_millis(least + (roll >> 32) % (most - least));
        let caller = format!("+35988{:07}", roll % 10_000_000);
        let plan = Plan {
            key_at: now.mono + Duration::from_millis(2_500 + roll % 1_500),
            key: if roll.is_multiple_of(3) { '2' } else { '1' },
            gives_up: now.mono + Duration::from_millis(14_000 + roll % 8_000),
            heard_agent: false,
            number: caller.clone(),
            with_guest: false,
            speaks_at: None,
        };
        let leg = self.carrier.agent.dial_as(now, &caller, NUMBER);
        self.callers.insert(leg, plan);
        self.account.offered += 1;
    }

    fn live_callers(&mut self) {
        let now = self.clock.now();
        for number in self.guests.put_through() {
            for plan in self.callers.values_mut().filter(|plan| plan.number == number) {
                plan.meets_guest(now.mono);
            }
        }
        let (carrier, account, sounds) = (&mut self.carrier.agent, &mut self.account, &self.sounds);
        self.callers.retain(|leg, plan| {
            let Some(talk) = carrier.talks.get(leg) else { return false };
            let voice = (0..).zip(&sounds.agents).find(|(voice, _)| talk.heard.voice(*voice) > 0);
            if !matches!(talk.standing, Standing::Ringing | Standing::Up) {
                account.answered += u64::from(voice.is_some() || plan.with_guest);
                account.abandoned += u64::from(voice.is_none() && !plan.with_guest);
                return false;
            }
            if let Some((_, phrases)) = voice.filter(|_| !std::mem::replace(&mut plan.heard_agent, true)) {
                plan.speaks_at = Some(now.mono + phrases.hello.duration());
            }
            plan.act(now, *leg, carrier, sounds);
            true
        });
        // Whoever has just hung up is counted the next time.
        let callers = &self.callers;
        carrier.talks.retain(|leg, _| callers.contains_key(leg));
    }

    /// An agent says hello to whoever is put through to him, listens, and says good-bye; a guest gets an echo.
    fn live_agent(&mut self, nth: usize) {
        let now = self.clock.now();
        let (agent, phrases) = (&mut self.agents[nth].agent, &self.sounds.agents[nth % 2]);
        agent.forget_ended();
        let up =
            |agent: &UserAgent, leg: &LegId| agent.talks.get(leg).is_some_and(|talk| talk.standing == Standing::Up);
        self.attention.retain(|(whose, leg), _| *whose != nth || up(agent, leg));
        for leg in agent.talks.keys().copied().collect::<Vec<_>>() {
            if !up(agent, &leg) {
                continue;
            }
            let attention = self.attention.entry((nth, leg)).or_insert_with(|| begin(now.mono, agent, leg, phrases));
            if now.mono < attention.goodbye_at {
                continue;
            }
            if !std::mem::replace(&mut attention.parting, true) {
                agent.say(leg, phrases.goodbye.clone());
            } else if agent.has_spoken(leg) {
                attention.goodbye_at = now.mono + WITH_A_GUEST;
                agent.hang_up(now, leg);
            }
        }
    }

    fn roll(&mut self) -> u64 {
        splitmix64(&mut self.random)
    }
}

impl Plan {
    /// He says what he wants after the guest had time to greet him.
    fn meets_guest(&mut self, now: Mono) {
        if !std::mem::replace(&mut self.heard_agent, true) {
            self.speaks_at = Some(now + GREETING);
        }
        self.with_guest = true;
    }

    /// Presses the key, says what he wants, or gives up, when it is time.
    fn act(&mut self, now: terms::Now, leg: LegId, carrier: &mut UserAgent, sounds: &Sounds) {
        if now.mono >= self.key_at && self.key != ' ' {
            carrier.press(leg, std::mem::replace(&mut self.key, ' '));
        }
        if self.speaks_at.take_if(|at| *at <= now.mono).is_some() {
            let wants = sounds.callers[usize::from(leg.0.is_multiple_of(2))].clone();
            carrier.say(leg, wants);
            if self.with_guest {
                carrier.echo(leg);
            }
        }
        if now.mono >= self.gives_up && !self.heard_agent {
            self.gives_up = now.mono + Duration::from_secs(3_600);
            carrier.hang_up(now, leg);
        }
    }
}

/// The first words of an agent.
fn begin(now: Mono, agent: &mut UserAgent, leg: LegId, phrases: &Phrases) -> Attention {
    let caller = agent.talks.get(&leg).and_then(|talk| talk.caller.as_ref());
    let guest = caller.is_some_and(|caller| caller.reveal() == GUEST);
    let goodbye_at = if guest {
        agent.say(leg, phrases.echo.clone());
        agent.echo(leg);
        now + WITH_A_GUEST
    } else {
        agent.say(leg, phrases.hello.clone());
        now + phrases.hello.duration() + LISTENS
    };
    Attention { goodbye_at, parting: false }
}

fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

/// A place with its sockets, still empty.
struct Place {
    identity: Identity,
    sip: UdpSocket,
    rtp: UdpSocket,
}

impl Place {
    fn sit(self, clock: Clock, seed: u64, conduct: Conduct) -> Seat {
        let Place { identity, sip, rtp } = self;
        let seed = splitmix64(&mut (seed ^ u64::from(identity.fingerprint)));
        Seat { agent: UserAgent::new(clock.now(), seed, identity, conduct), sip, rtp }
    }
}

impl Seat {
    fn take(ip: IpAddr, user: &str, password: Option<String>, switch: SocketAddr, fingerprint: u8) -> Result<Place> {
        let bind = || -> Result<UdpSocket> {
            let socket = UdpSocket::bind((ip, 0)).with_context(|| format!("the demo's people need {ip}"))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let (sip, rtp) = (bind()?, bind()?);
        let identity = Identity {
            user: user.to_owned(),
            password,
            domain: "demo".into(),
            sip: sip.local_addr()?,
            rtp: rtp.local_addr()?,
            switch,
            fingerprint,
            codecs: vec![Codec::Pcma, Codec::Pcmu],
        };
        Ok(Place { identity, sip, rtp })
    }

    fn turn(&mut self, clock: Clock) {
        let mut buffer = [0_u8; 4_096];
        for socket in [&self.sip, &self.rtp] {
            let Ok(to) = socket.local_addr() else { continue };
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let bytes = bytes::Bytes::copy_from_slice(&buffer[..length]);
                self.agent.receive(clock.now(), Packet { from, to, bytes });
            }
        }
        let now = clock.now();
        if self.agent.poll_timeout().is_some_and(|due| due <= now.mono) {
            self.agent.handle_timeout(now);
        }
        while let Some(packet) = self.agent.poll_packet() {
            let socket = if packet.from == self.agent.identity.rtp { &self.rtp } else { &self.sip };
            let _lost_like_any_datagram = socket.send_to(&packet.bytes, packet.to);
        }
    }
}
