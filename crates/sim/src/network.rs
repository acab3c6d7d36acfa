//! A network with delay, and with faults: at random from a seed, or exactly one at the n-th SIP message.

use crate::Packet;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::Mono;

/// One way.
const DELAY: Duration = Duration::from_millis(5);
/// A message that its neighbour overtakes arrives this much later.
const SWAP: Duration = Duration::from_millis(12);

/// What may happen to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It never arrives.
    Lost,
    /// It arrives twice.
    Doubled,
    /// The next one arrives before it.
    Swapped,
}

/// What happens in this network.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// To the n-th SIP message (from 0) this happens.
    pub at: Option<(u64, Fault)>,
    /// To each SIP message one of the faults happens with this probability, in thousandths.
    pub random_permille: u64,
    /// RTP packets lost, in thousandths.
    pub rtp_loss_permille: u64,
    /// RTP packets are late by up to this.
    pub rtp_jitter: Duration,
}

/// Packets on their way.
#[derive(Debug)]
pub struct Network {
    /// What happens to them.
    pub faults: Faults,
    /// SIP messages sent so far.
    pub sip_messages: u64,
    under_way: BTreeMap<(Mono, u64), Packet>,
    sequence: u64,
    random: u64,
}

impl Network {
    /// A network whose chances come from a seed.
    pub fn new(seed: u64, faults: Faults) -> Network {
        Network { faults, sip_messages: 0, under_way: BTreeMap::new(), sequence: 0, random: seed }
    }

    /// splitmix64.
    fn roll(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn chance(&mut self, permille: u64) -> bool {
        permille > 0 && self.roll() % 1_000 < permille
    }

    /// Takes a packet.
    pub fn send(&mut self, now: Mono, packet: Packet, is_sip: bool) {
        if is_sip { self.send_sip(now, packet) } else { self.send_rtp(now, packet) }
    }

    fn send_sip(&mut self, now: Mono, packet: Packet) {
        let nth = self.sip_messages;
        self.sip_messages += 1;
        let random = self.chance(self.faults.random_permille).then(|| match self.roll() % 3 {
            0 => Fault::Lost,
            1 => Fault::Doubled,
            _ => Fault::Swapped,
        });
        match self.faults.at.filter(|(at, _)| *at == nth).map(|(_, fault)| fault).or(random) {
            None => self.carry(now + DELAY, packet),
            Some(Fault::Lost) => {}
            Some(Fault::Doubled) => {
                self.carry(now + DELAY, packet.clone());
                self.carry(now + DELAY + Duration::from_millis(1), packet);
            }
            Some(Fault::Swapped) => self.carry(now + DELAY + SWAP, packet),
        }
    }

    fn send_rtp(&mut self, now: Mono, packet: Packet) {
        if self.chance(self.faults.rtp_loss_permille) {
            return;
        }
        let jitter_us = self.faults.rtp_jitter.as_micros() as u64;
        let late = if jitter_us == 0 { 0 } else { self.roll() % jitter_us };
        self.carry(now + DELAY + Duration::from_micros(late), packet);
    }

    fn carry(&mut self, at: Mono, packet: Packet) {
        self.sequence += 1;
        self.under_way.insert((at, self.sequence), packet);
    }

    /// When the next packet arrives.
    pub fn next(&self) -> Option<Mono> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    /// The packet that arrives by now.
    pub fn receive(&mut self, now: Mono) -> Option<Packet> {
        let entry = self.under_way.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }
}
