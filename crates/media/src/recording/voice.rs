//! One speaker's time line: where on the recording each of his packets belongs.
//!
//! RTP time says how far two packets are apart; only arrival says where the first one belongs, and each arrival is late
//! by some delay. So the first packets are held on trial, and the least delayed of them gives the anchor. A packet
//! whose arrival disagrees with the anchor by more than 200 ms (its sender's clock jumped, or the network stood still)
//! is held on trial again: should its successors agree with the old anchor, that one stays.

use crate::codec::Codec;
use bytes::Bytes;
use terms::StreamId;

/// Samples in a millisecond, as a signed number for differences.
const MS: i64 = Codec::CLOCK_RATE as i64 / 1_000;
/// The disagreement of arrival and RTP time that ends an anchor.
const DISAGREEMENT: i64 = 200 * MS;
/// Packets on trial after which it is decided, ...
const TRIAL_PACKETS: usize = 10;
/// ... or the time after which it is: well before the first of them would be settled.
const TRIAL: i64 = 180 * MS;
/// The anchor is looked at again after the first second, then every five.
const FIRST_REVIEW: i64 = 1_000 * MS;
/// See above.
const REVIEW: i64 = 5_000 * MS;
/// A review moves the anchor when it is off by more than this.
const DRIFT: i64 = 10 * MS;
/// A hole in a speaker's RTP time up to this long is counted as lost. He who was silent for longer was on hold, or
/// his phone suppresses silence: without sequence numbers the two look alike.
const LONGEST_LOSS: i64 = 2_000 * MS;
/// Where unrolled RTP time ends: years of sound, and far from where sums overflow.
const FURTHEST: i64 = 1 << 40;

/// Whose time line: side, stream and synchronisation source.
pub(super) type Speaker = (u8, StreamId, u32);

/// A packet on its way to the window.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    /// Its RTP time, unrolled to a number that does not wrap.
    pub time: i64,
    /// When it arrived, in samples since the recording's beginning.
    pub arrival: i64,
    /// How it is coded.
    pub codec: Codec,
    /// The samples, still coded: one byte each.
    pub payload: Bytes,
}

/// One speaker.
#[derive(Debug)]
pub(super) struct Voice {
    /// Who.
    pub speaker: Speaker,
    /// When he was heard last, in samples since the recording's beginning.
    pub heard: i64,
    /// Samples of his that are missing.
    pub lost: u64,
    /// Of which are known to be in the hole that comes next.
    known: i64,
    last: Option<(u32, i64)>,
    anchor: Option<i64>,
    trial: Vec<Packet>,
    review: Review,
    /// RTP time from his first to behind his latest sample, since the last new anchor.
    spoken: Option<(i64, i64)>,
    /// When he last sent something else than sound.
    otherwise: Option<i64>,
}

/// The least delay of a stretch of time.
#[derive(Debug)]
struct Review {
    due: i64,
    least: i64,
}

impl Packet {
    /// What its anchor would be if it had had no delay.
    fn offset(&self) -> i64 {
        self.arrival - self.time
    }
}

impl Voice {
    pub fn new(speaker: Speaker) -> Voice {
        let review = Review { due: i64::MAX, least: i64::MAX };
        Voice {
            speaker,
            heard: 0,
            lost: 0,
            known: 0,
            last: None,
            anchor: None,
            trial: Vec::new(),
            review,
            spoken: None,
            otherwise: None,
        }
    }

    /// RTP time without its wrap (RFC 3550 5.1: 32 bits), relative to the first packet.
    pub fn unroll(&mut self, rtp_time: u32) -> i64 {
        let time = match self.last {
            Some((last, time)) => time + i64::from(rtp_time.wrapping_sub(last).cast_signed()),
            None => 0,
        };
        if time.abs() > FURTHEST {
            // Nobody talks for years: this sender's clock is broken. He begins anew.
            *self = Voice { lost: self.lost, last: Some((rtp_time, 0)), ..Voice::new(self.speaker) };
            return 0;
        }
        self.last = Some((rtp_time, time));
        time
    }

    /// At this RTP time he sent something else than sound.
    pub fn sends_otherwise(&mut self, rtp_time: u32) {
        self.otherwise = self.last.map(|(last, time)| time + i64::from(rtp_time.wrapping_sub(last).cast_signed()));
    }

    /// Takes a packet; appends to `ready` what has a place now, with that place.
    pub fn hear(&mut self, packet: Packet, ready: &mut Vec<(i64, Packet)>) {
        self.heard = self.heard.max(packet.arrival);
        let offset = packet.offset();
        match self.anchor {
            Some(anchor) if (offset - anchor).abs() <= DISAGREEMENT => {
                // Those on trial were late together: the anchor holds for them, too. Nobody is that early: a stray.
                let late = self.trial.drain(..).filter(|held| held.offset() > anchor);
                ready.extend(late.map(|held| (anchor + held.time, held)));
                let anchor = self.reviewed(anchor, offset, packet.arrival);
                ready.push((anchor + packet.time, packet));
            }
            _ => {
                self.trial.push(packet);
                self.judge(self.heard, ready);
            }
        }
    }

    /// Decides a trial that has gone on long enough at `clock`.
    pub fn judge(&mut self, clock: i64, ready: &mut Vec<(i64, Packet)>) {
        let began = self.trial.first().map_or(i64::MAX, |first| first.arrival);
        if self.trial.len() >= TRIAL_PACKETS || clock.saturating_sub(began) >= TRIAL {
            self.decide(ready);
        }
    }

    /// Gives the packets on trial an anchor of their own.
    pub fn decide(&mut self, ready: &mut Vec<(i64, Packet)>) {
        let mut offsets: Vec<i64> = self.trial.iter().map(Packet::offset).collect();
        offsets.sort_unstable();
        // The median tells those that belong together from a stray among them.
        let Some(&median) = offsets.get(offsets.len() / 2) else { return };
        let near = |offset: i64| (offset - median).abs() <= DISAGREEMENT;
        let Some(anchor) = offsets.into_iter().find(|offset| near(*offset)) else { return };
        let began = self.trial.first().map_or(0, |first| first.arrival);
        self.anchor = Some(anchor);
        self.review = Review { due: began + FIRST_REVIEW, least: i64::MAX };
        self.spoken = None;
        let mut held: Vec<Packet> = self.trial.drain(..).filter(|packet| near(packet.offset())).collect();
        held.sort_by_key(|packet| packet.time);
        ready.extend(held.into_iter().map(|packet| (anchor + packet.time, packet)));
    }

    /// Samples on trial.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.trial.iter().map(|packet| packet.payload.len()).sum()
    }

    /// Whether packets wait for a decision.
    pub fn is_on_trial(&self) -> bool {
        !self.trial.is_empty()
    }

    /// The anchor, moved when the least delay of the last seconds says that it is wrong by now.
    fn reviewed(&mut self, anchor: i64, offset: i64, arrival: i64) -> i64 {
        self.review.least = self.review.least.min(offset);
        if arrival < self.review.due {
            return anchor;
        }
        let least = std::mem::replace(&mut self.review, Review { due: arrival + REVIEW, least: i64::MAX }).least;
        let right = if (least - anchor).abs() > DRIFT { least } else { anchor };
        self.anchor = Some(right);
        right
    }

    /// So many samples of his were lost on their way here, however long he will have been silent when he is heard again.
    pub fn lose(&mut self, samples: u64) {
        self.lost += samples;
        self.known = self.known.saturating_add_unsigned(samples);
    }

    /// Counts what is missing, now that `found` samples of a packet of `length` at `time` found room.
    pub fn count(&mut self, time: i64, length: i64, found: u64) {
        let Some((first, end)) = self.spoken else {
            self.spoken = Some((time, time + length));
            return;
        };
        let mut hole = time - end;
        if hole > 0 {
            hole -= std::mem::take(&mut self.known).min(hole);
        }
        // RFC 4733 2.5.1.2: an event begins where the sound before it stopped, give or take a packet.
        let otherwise = self.otherwise.is_some_and(|other| (end - 20 * MS..time).contains(&other));
        if (1..=LONGEST_LOSS).contains(&hole) && !otherwise {
            self.lost += hole.unsigned_abs();
        }
        // A packet out of order gives back what was counted when its successor came.
        let within = (time + length).min(end) - time.max(first);
        self.lost = self.lost.saturating_sub(found.min(within.max(0).unsigned_abs()));
        self.spoken = Some((first.min(time), end.max(time + length)));
    }
}
