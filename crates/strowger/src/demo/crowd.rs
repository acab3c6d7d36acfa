//! The demo's people: a carrier with callers, and agents at their phones, on real sockets. They keep
//! their own account of what happened to them.

use super::centre::{AGENTS, CARRIER, NUMBER, Passwords};
use crate::clock::Clock;
use anyhow::{Context, Result};
use media::codec::Codec;
use serde::Serialize;
use sim::{Conduct, Identity, Packet, Standing, UserAgent};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use terms::{LegId, Mono};

const CARRIER_FINGERPRINT: u8 = 0x10;
const FIRST_AGENT_FINGERPRINT: u8 = 0x20;
/// A new caller this often.
const EVERY: Duration = Duration::from_millis(1_100);
/// How long after the last caller the crowd waits for calls to end before it calls them stuck.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(25);
/// Who still waits then gives up after this.
const LAST_WAIT: Duration = Duration::from_secs(5);
/// How often the sockets are looked at.
const TICK: Duration = Duration::from_millis(2);

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
}

/// Everybody.
pub struct Crowd {
    clock: Clock,
    seats: Vec<Seat>,
    callers: BTreeMap<LegId, Plan>,
    next_caller: Mono,
    random: u64,
    account: Account,
}

impl Crowd {
    /// Everybody takes a seat, and the agents register.
    pub fn new(clock: Clock, switch: SocketAddr, passwords: &Passwords, seed: u64) -> Result<Crowd> {
        let now = clock.now();
        let carrier: IpAddr = CARRIER.parse()?;
        let mut crowd = Crowd {
            clock,
            seats: vec![],
            callers: BTreeMap::new(),
            next_caller: now.mono + Duration::from_secs(2),
            random: seed,
            account: Account::default(),
        };
        let conduct = Conduct { ring: Duration::ZERO, ..Conduct::default() };
        crowd.sit(carrier, "carrier", None, switch, CARRIER_FINGERPRINT, conduct)?;
        for (nth, ((name, _), password)) in AGENTS.iter().zip(&passwords.agents).enumerate() {
            let conduct = Conduct {
                ring: Duration::from_millis(600 + 300 * nth as u64),
                talk: Some(Duration::from_millis(2_500 + 700 * nth as u64)),
                ..Conduct::default()
            };
            let home = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));
            let fingerprint = FIRST_AGENT_FINGERPRINT + nth as u8;
            crowd.sit(home, name, Some(password), switch, fingerprint, conduct)?;
            if let Some(seat) = crowd.seats.last_mut() {
                seat.agent.register(now);
            }
        }
        Ok(crowd)
    }

    fn sit(
        &mut self,
        ip: IpAddr,
        user: &str,
        password: Option<&str>,
        switch: SocketAddr,
        fingerprint: u8,
        conduct: Conduct,
    ) -> Result<()> {
        let bind = || -> Result<UdpSocket> {
            let socket = UdpSocket::bind((ip, 0)).with_context(|| format!("the demo's people need {ip}"))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let (sip, rtp) = (bind()?, bind()?);
        let identity = Identity {
            user: user.to_owned(),
            password: password.map(str::to_owned),
            domain: "demo".into(),
            sip: sip.local_addr()?,
            rtp: rtp.local_addr()?,
            switch,
            fingerprint,
            codecs: vec![Codec::Pcma, Codec::Pcmu],
        };
        let agent = UserAgent::new(self.clock.now(), self.roll(), identity, conduct);
        self.seats.push(Seat { agent, sip, rtp });
        Ok(())
    }

    /// Lives until `stop`, then lets the running calls end; what the callers counted.
    pub fn live(mut self, stop: &Arc<AtomicBool>) -> Account {
        while !stop.load(Ordering::Relaxed) {
            self.turn(true);
        }
        let now = self.clock.now().mono;
        for caller in self.callers.values_mut() {
            caller.gives_up = caller.gives_up.min(now + LAST_WAIT);
        }
        let end = now + PATIENCE_AT_THE_END;
        while !self.callers.is_empty() && self.clock.now().mono < end {
            self.turn(false);
        }
        self.account.stuck = self.callers.len() as u64;
        self.account
    }

    fn turn(&mut self, new_callers: bool) {
        let now = self.clock.now();
        if new_callers && now.mono >= self.next_caller {
            self.call();
        }
        self.live_callers();
        for seat in &mut self.seats {
            seat.turn(self.clock);
        }
        std::thread::sleep(TICK);
    }

    fn call(&mut self) {
        let now = self.clock.now();
        self.next_caller = now.mono + EVERY;
        let roll = self.roll();
        let caller = format!("+35988{:07}", roll % 10_000_000);
        let plan = Plan {
            key_at: now.mono + Duration::from_millis(3_000 + roll % 1_500),
            key: if roll.is_multiple_of(3) { '2' } else { '1' },
            gives_up: now.mono + Duration::from_millis(12_000 + roll % 8_000),
        };
        let carrier = &mut self.seats[0].agent;
        let leg = carrier.dial_as(now, &caller, NUMBER);
        self.callers.insert(leg, plan);
        self.account.offered += 1;
    }

    fn live_callers(&mut self) {
        let now = self.clock.now();
        let carrier = &mut self.seats[0].agent;
        let account = &mut self.account;
        self.callers.retain(|leg, plan| {
            let Some(talk) = carrier.talks.get(leg) else { return false };
            let heard_agent = (0..AGENTS.len()).any(|nth| talk.heard.voice(FIRST_AGENT_FINGERPRINT + nth as u8) > 0);
            if !matches!(talk.standing, Standing::Ringing | Standing::Up) {
                account.answered += u64::from(heard_agent);
                account.abandoned += u64::from(!heard_agent);
                return false;
            }
            if now.mono >= plan.key_at && plan.key != ' ' {
                carrier.press(*leg, std::mem::replace(&mut plan.key, ' '));
            }
            if now.mono >= plan.gives_up && !heard_agent {
                plan.gives_up = now.mono + Duration::from_secs(3_600);
                carrier.hang_up(now, *leg);
            }
            true
        });
        if self.callers.is_empty() {
            self.seats.iter_mut().for_each(|seat| seat.agent.forget_ended());
        }
    }

    /// splitmix64.
    fn roll(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    }
}

impl Seat {
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
