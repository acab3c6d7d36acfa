//! One leg's RTP stream pair: what was negotiated, whom it believes, what it heard and what it sends.

use super::knock::Knocks;
use super::press::{Keeping, Presses};
use super::quiet::Quiet;
use super::timers::Deadlines;
use super::voice::Voice;
use crate::codec::Codec;
use crate::digits::Digits;
use crate::egress::Egress;
use crate::latch::{Latch, canonical};
use crate::rng::Rng;
use crate::rtp::reception::Reception;
use crate::sound::Player;
use crate::{Groups, StreamSettings, StreamTotals};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::net::SocketAddr;
use std::time::Duration;
use terms::{CallRef, CaptureId, Mono, PlayId, StreamId};

/// Packet times outside of these are brought within them: a peer must not make us send 8,000 packets a second.
const SHORTEST_PACKET: Duration = Duration::from_millis(10);
const LONGEST_PACKET: Duration = Duration::from_millis(60);

/// Why a packet was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// No stream has that slot any more.
    Gone,
    /// Nothing is negotiated yet.
    NotConfigured,
    /// Not RTP version 2, or lengths that lie, or no plausible payload.
    Malformed,
    /// A payload type that was not negotiated.
    PayloadType,
    /// Not from a source that the stream believes.
    WrongSource,
    /// We agreed not to receive now.
    Held,
    /// A packet that was here before.
    Duplicate,
    /// Too old, or a sequence number that nothing has confirmed yet.
    Late,
    /// RTCP that makes no sense, or from elsewhere.
    Report,
}

impl DropReason {
    /// Every reason, in order.
    pub const ALL: [DropReason; 9] = [
        DropReason::Gone,
        DropReason::NotConfigured,
        DropReason::Malformed,
        DropReason::PayloadType,
        DropReason::WrongSource,
        DropReason::Held,
        DropReason::Duplicate,
        DropReason::Late,
        DropReason::Report,
    ];

    /// As it is written in counts.
    pub fn name(self) -> &'static str {
        match self {
            DropReason::Gone => "gone",
            DropReason::NotConfigured => "not_configured",
            DropReason::Malformed => "malformed",
            DropReason::PayloadType => "payload_type",
            DropReason::WrongSource => "wrong_source",
            DropReason::Held => "held",
            DropReason::Duplicate => "duplicate",
            DropReason::Late => "late",
            DropReason::Report => "report",
        }
    }
}

/// What a stream's egress is plugged into, as the levels of its room say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Plug {
    /// Nothing: silence is not sent.
    #[default]
    Nothing,
    /// Its sound.
    Sound,
    /// Another stream, by its slot.
    Hear(u32),
    /// Several, through the mixer.
    Mix,
}

/// What a payload type means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Sound(Codec),
    Event,
}

/// What is remembered of RTCP, for the round trip (RFC 3550 6.4.1).
#[derive(Clone, Debug, Default)]
pub(super) struct Reports {
    /// The middle of the NTP time of our last reports, and when they went out.
    pub(super) ours: [(u32, Mono); 4],
    pub(super) count: usize,
    /// The same of his last one, and when it came.
    pub(super) his: Option<(u32, Mono)>,
    /// Where they come from, as first seen from the latched host.
    pub(super) source: Option<SocketAddr>,
    pub(super) round_trip_us: Option<u64>,
    pub(super) sent_at_last: u64,
    /// A report of ours went out.
    pub(super) spoke: bool,
}

/// A stream.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) call: CallRef,
    /// Tells this stream from another that had the slot before.
    pub(super) generation: u32,
    pub(super) port: u16,
    pub(super) bound: bool,
    /// Call control knows the port.
    pub(super) told: bool,
    pub(super) attempts: u32,
    pub(super) settings: Option<Box<StreamSettings>>,
    pub(super) latch: Latch,
    pub(super) connected: bool,
    /// A stranger was named since the last offer.
    pub(super) stranger_told: bool,
    pub(super) knocks: Knocks,
    pub(super) reception: Reception,
    pub(super) digits: Digits,
    pub(super) egress: Egress,
    /// Keys that are sent to the peer.
    pub(super) presses: Presses,
    /// The peer's own.
    pub(super) keeping: Keeping,
    /// Whom it hears, as it was said last.
    pub(super) hears: Groups,
    /// To whom it speaks.
    pub(super) speaks: Groups,
    /// Its keys go to nobody.
    pub(super) keeps_keys: bool,
    /// The sound that was said last, whether it lasts or is over.
    pub(super) play: Option<PlayId>,
    /// That sound, while it lasts.
    pub(super) sound: Option<Player>,
    /// The music that an announcement has interrupted: it goes on where it was.
    pub(super) aside: Option<Box<Player>>,
    /// How long the voice has been silent to which that sound yields.
    pub(super) quiet: Quiet,
    /// Somebody hears a sound until this stream says something.
    pub(super) awaited: bool,
    /// What it says, while a mixer needs it.
    pub(super) voice: Option<Box<Voice>>,
    /// What follows from that.
    pub(super) plug: Plug,
    /// Who hears this stream.
    pub(super) listeners: SmallVec<[u32; 2]>,
    /// Which recordings tap it, and into which of their two tracks.
    pub(super) taps: SmallVec<[(CaptureId, u8); 2]>,
    /// Its packets matter to others than its listeners: it is tapped, awaited, or mixed.
    pub(super) attended: bool,
    pub(super) deadlines: Deadlines,
    pub(super) last_tick: Option<Mono>,
    pub(super) reports: Reports,
    pub(super) dropped: [u64; DropReason::ALL.len()],
}

impl Stream {
    pub(super) fn new(id: StreamId, call: CallRef, generation: u32, port: u16, rng: &mut Rng) -> Stream {
        // RFC 3550 5.1: SSRC, first sequence number and first timestamp are random.
        let egress = Egress::new(rng.next_u32(), rng.next() as u16, rng.next_u32());
        Stream {
            id,
            call,
            generation,
            port,
            bound: false,
            told: false,
            attempts: 0,
            settings: None,
            latch: Latch::default(),
            connected: false,
            stranger_told: false,
            knocks: Knocks::default(),
            reception: Reception::default(),
            digits: Digits::default(),
            egress,
            presses: Presses::default(),
            keeping: Keeping::default(),
            hears: Groups::NONE,
            speaks: Groups::NONE,
            keeps_keys: false,
            play: None,
            sound: None,
            aside: None,
            quiet: Quiet::default(),
            awaited: false,
            voice: None,
            plug: Plug::Nothing,
            listeners: SmallVec::new(),
            taps: SmallVec::new(),
            attended: false,
            deadlines: Deadlines::default(),
            last_tick: None,
            reports: Reports::default(),
            dropped: [0; DropReason::ALL.len()],
        }
    }

    /// Takes what was negotiated; answers whether the latch opened.
    pub(super) fn configure(&mut self, now: Mono, mut settings: Box<StreamSettings>) -> bool {
        settings.packet_time = settings.packet_time.clamp(SHORTEST_PACKET, LONGEST_PACKET);
        settings.receive.truncate(terms::limits::FORMATS);
        settings.remote = canonical(settings.remote);
        settings.remote_rtcp = canonical(settings.remote_rtcp);
        if self.settings.as_ref() == Some(&settings) {
            return false;
        }
        if !settings.sending {
            self.egress.pause();
        }
        if !settings.receiving {
            // What he says meanwhile must not look lost, neither to us nor to those who hear him.
            self.reception.suspend();
        }
        let opened = self.latch.signal(now, &settings);
        if opened {
            self.reports.source = None;
        }
        self.stranger_told = false;
        self.settings = Some(settings);
        opened
    }

    /// What a payload type means in what we receive.
    pub(super) fn meaning(&self, payload_type: u8) -> Option<Meaning> {
        let settings = self.settings.as_ref()?;
        if settings.receive_events == Some(payload_type) {
            return Some(Meaning::Event);
        }
        settings.receive.iter().find(|f| f.payload_type == payload_type).map(|f| Meaning::Sound(f.codec))
    }

    /// How and where to send now; `None` while there is nowhere to send, or on hold.
    pub(super) fn way_out(&self) -> Option<(&StreamSettings, SocketAddr)> {
        let settings = self.settings.as_deref().filter(|s| self.bound && s.sending)?;
        Some((settings, self.latch.target()?))
    }

    /// Where RTCP goes: where signalling said, as long as RTP does; else beside the RTP.
    pub(super) fn report_target(&self) -> Option<SocketAddr> {
        let settings = self.settings.as_ref().filter(|_| self.bound)?;
        let target = match self.latch.target()? {
            rtp if rtp == settings.remote => settings.remote_rtcp,
            rtp => match self.reports.source.filter(|seen| seen.ip() == rtp.ip()) {
                Some(seen) => seen,
                None => SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?),
            },
        };
        (target.port() != 0 && !target.ip().is_unspecified()).then_some(target)
    }

    /// Whether a report is the peer's: what comes from where signalling said is, and what comes from his host.
    pub(super) fn believes_reports(&self, from: SocketAddr) -> bool {
        let signalled = self.settings.as_ref().is_some_and(|settings| settings.remote_rtcp == from);
        signalled || self.latch.knows(from.ip())
    }

    /// A report of his came from here: where ours go beside latched RTP, until it is latched anew.
    pub(super) fn note_report(&mut self, from: SocketAddr) {
        let latched = self.latch.source().is_some_and(|source| source.ip() == from.ip());
        self.reports.source = self.reports.source.or(Some(from).filter(|_| latched));
    }

    /// Notes whether its packets matter to others than its listeners.
    pub(super) fn attend(&mut self) {
        self.attended = self.awaited || self.keeps_keys || self.voice.is_some() || !self.taps.is_empty();
    }

    /// Counts a refused packet.
    pub(super) fn refuse(&mut self, reason: DropReason) {
        self.dropped[reason as usize] += 1;
    }

    /// What passed through it until now.
    pub(super) fn totals(&self) -> StreamTotals {
        StreamTotals {
            packets_received: self.reception.received(),
            packets_sent: self.egress.sent().0,
            packets_lost: self.reception.lost(),
            packets_dropped: self.dropped.iter().sum(),
            jitter_us: self.reception.jitter_us(),
            round_trip_us: self.reports.round_trip_us,
        }
    }
}
