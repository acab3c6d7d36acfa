//! What the other side hears while the page that it talks to is away: two short, soft beeps every few seconds, so that nobody
//! takes the silence for the end. The page may be loading anew, or be asleep; what it says itself ends them.

use media::Tone;
use media::codec::Codec;
use std::time::Duration;
use terms::Mono;

/// A page that says nothing for so long is away: one that is there sends silence, too.
const AWAY: Duration = Duration::from_secs(2);
const PACKET: Duration = Duration::from_millis(20);
const SAMPLES: usize = 160;
const HEADER: usize = 12;
/// The beeps, in samples, and how often they come.
const BEEPS: u64 = 8 * 300;
const PERIOD: u64 = 8 * 3_000;
/// Behind so many packets nothing is made good.
const LATE: u32 = 5;

/// One page's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comfort {
    /// When the page was heard last, or its call began.
    heard: Mono,
    /// When the next packet is due; none: the page is there.
    next: Option<Mono>,
    codec: Codec,
    source: u32,
    number: u64,
}

impl Comfort {
    /// Of a page whose call begins. `source` is the stream's, and no other's of this page.
    pub fn new(now: Mono, source: u32) -> Comfort {
        Comfort { heard: now, next: None, codec: Codec::Pcma, source, number: 0 }
    }

    /// A call begins, or goes on after it was on hold.
    pub fn begin(&mut self, now: Mono) {
        (self.heard, self.next) = (now, None);
    }

    /// The page said something, in this payload type.
    pub fn heard(&mut self, now: Mono, payload_type: u8) {
        self.begin(now);
        self.codec = Codec::from_static_payload_type(payload_type).unwrap_or(self.codec);
    }

    /// When `packet` is to be asked again.
    pub fn due(&self) -> Mono {
        self.next.unwrap_or(self.heard + AWAY)
    }

    /// The next packet, if it is time.
    pub fn packet(&mut self, now: Mono) -> Option<[u8; HEADER + SAMPLES]> {
        let due = self.due();
        if due > now {
            return None;
        }
        let on_time = now.since(due) < PACKET * LATE;
        self.next = Some(if on_time { due } else { now } + PACKET);
        let position = self.number * SAMPLES as u64;
        self.number += 1;
        let mut packet = [0; HEADER + SAMPLES];
        let (header, sound) = packet.split_at_mut(HEADER);
        header[..2].copy_from_slice(&[0x80, self.codec.static_payload_type()]);
        // Both go round, as RTP's do.
        header[2..4].copy_from_slice(&(self.number as u16).to_be_bytes());
        header[4..8].copy_from_slice(&(position as u32).to_be_bytes());
        header[8..].copy_from_slice(&self.source.to_be_bytes());
        match position % PERIOD {
            within @ ..BEEPS => Tone::Confirmation.frame(self.codec, within, sound),
            _ => sound.fill(self.codec.silence()),
        }
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_micros(ms * 1_000)
    }

    #[test]
    fn who_is_away_is_beeped_for_until_he_speaks_and_what_is_late_is_not_made_good() {
        let mut comfort = Comfort::new(at(0), 7);
        comfort.heard(at(1_000), 0);
        assert_eq!((comfort.due(), comfort.packet(at(2_990))), (at(3_000), None));
        let packets: Vec<_> = (0..200).filter_map(|n| comfort.packet(at(3_000 + 20 * n))).collect();
        assert_eq!(packets.len(), 200);
        let silence = Codec::Pcmu.silence();
        let sounds: Vec<bool> = packets.iter().map(|packet| packet[12..].iter().any(|code| *code != silence)).collect();
        let beeps = |n: usize| (0..5).contains(&n) || (10..15).contains(&n);
        assert!(sounds.iter().enumerate().all(|(n, sound)| *sound == beeps(n % 150)), "{sounds:?}");
        assert!(packets.iter().all(|packet| packet[1] == 0 && packet[11] == 7), "as the page spoke");
        assert_eq!((&packets[0][2..4], &packets[1][2..8]), (&[0, 1][..], &[0, 2, 0, 0, 0, 160][..]));
        assert!(comfort.packet(at(60_000)).is_some() && comfort.packet(at(60_000)).is_none());
        comfort.heard(at(60_010), 8);
        assert_eq!(comfort.due(), at(62_010));
    }
}
