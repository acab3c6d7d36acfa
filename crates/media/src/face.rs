//! What goes into a media worker and what comes out of it. Packets do not pass here: they go through
//! `Worker::ingest` and `Worker::poll_transmit`, since an enum a packet costs more than the packet.

use crate::codec::Format;
use crate::digits::TelephoneEvent;
use crate::hearing::Hearing;
use crate::worker::StreamState;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use terms::{CallRef, CaptureId, PlayId, PromptId, StreamId};

/// What call control asks of a worker. A command for a stream that is gone is ignored.
#[derive(Clone, Debug)]
pub enum Command {
    /// Take a port pair for a stream. Answered by `Opened` or `OpenFailed`; with a spare pair only by the latter.
    Open {
        /// The stream.
        stream: StreamId,
        /// Whose it is.
        call: CallRef,
        /// The port of a spare pair that was told, and is used up by this.
        spare: Option<u16>,
    },
    /// What was negotiated; again after each new answer.
    Configure {
        /// The stream.
        stream: StreamId,
        /// How to talk to the peer.
        settings: Box<StreamSettings>,
    },
    /// What these streams of a call hear, and who hears them, taken as a whole; what is not named stays as it is. A
    /// stream that was never named hears nobody, and nobody hears it.
    Hearings {
        /// The call. Streams of another one never hear each other, and are not meant.
        call: CallRef,
        /// The streams' levels.
        levels: Box<[(StreamId, Hearing)]>,
    },
    /// Begin a recording of a call's timeline.
    Capture {
        /// Its id.
        capture: CaptureId,
        /// Whose.
        call: CallRef,
        /// Who speaks in the left channel (the caller).
        left: StreamId,
        /// Who speaks in the right channel, when somebody is there yet.
        right: Option<StreamId>,
    },
    /// Change who speaks in the right channel; what is not spoken is silence.
    CaptureRight {
        /// The recording.
        capture: CaptureId,
        /// The speaker.
        right: Option<StreamId>,
    },
    /// Change who speaks in the left channel; what is not spoken is silence.
    CaptureLeft {
        /// The recording.
        capture: CaptureId,
        /// The speaker.
        left: Option<StreamId>,
    },
    /// Change who else speaks in the right channel: all of them, as a whole.
    CaptureGuests {
        /// The recording.
        capture: CaptureId,
        /// The speakers.
        guests: Box<[StreamId]>,
    },
    /// Tell once nobody has said anything on a recording for so long. Answered by `CaptureSilent`, from the recorder.
    HearSilence {
        /// The recording.
        capture: CaptureId,
        /// For how long.
        lasts: Duration,
    },
    /// End a recording. Answered by `CaptureFinished`, from the recorder.
    EndCapture {
        /// The recording.
        capture: CaptureId,
    },
    /// Let the keys of the stream's peer pass again that come from now on, but for those that its settings keep. What was kept
    /// until now does not come.
    LetKeys {
        /// The stream.
        stream: StreamId,
    },
    /// Send a key to the stream's peer as RFC 4733 has it, after those that were to be sent before. Where telephone-event
    /// was not negotiated, or nothing may be sent now, it is not sent.
    Press {
        /// The stream.
        stream: StreamId,
        /// 0-9, *, #, A-D.
        key: char,
    },
    /// Free the stream and its ports. Answered by `Closed`.
    Close {
        /// The stream.
        stream: StreamId,
    },
    /// Go on with the stream as one of another call, at this worker. It hears nobody, and nobody hears it, until its level
    /// is said there; a sound that it plays goes on meanwhile.
    Move {
        /// The stream.
        stream: StreamId,
        /// Whose it is from now on.
        call: CallRef,
    },
    /// Give the stream up, for another worker to go on with. Answered by `Yielded`; where the stream ends first, by its end.
    Yield {
        /// The stream.
        stream: StreamId,
    },
    /// Go on with a stream that another worker yielded, as one of this call. It hears nobody, and nobody hears it, until
    /// its level is said here; a sound that it plays goes on meanwhile. Answered only where that fails, by `OpenFailed`.
    Adopt {
        /// Whose it is from now on.
        call: CallRef,
        /// The stream, to be adopted once. One that nobody wants any more is adopted, too, and closed: it has a port.
        state: StreamState,
    },
    /// The prompts that `Sound::Prompt` may name, at the start and at each reload.
    Prompts(Arc<crate::PromptBook>),
}

/// What may be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// A file of the prompt book.
    Prompt(PromptId),
    /// A tone.
    Tone(Tone),
    /// Nothing, in as many packets as anything else: for phones that end a call without sound.
    Silence,
}

/// A call-progress tone (ITU-T E.180; the European cadences).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// 425 Hz, 1 s on, 4 s off.
    Ringback,
    /// 425 Hz, 0.5 s on, 0.5 s off.
    Busy,
    /// 425 Hz, 0.25 s on, 0.25 s off.
    Congestion,
    /// 425 Hz, 0.1 s on, 0.1 s off: what was wanted is done, or there is more to say.
    Confirmation,
    /// 425 Hz, 0.5 s, once in a minute: now speak.
    Beep,
}

/// The negotiated way to talk to a leg's peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    /// Where our RTP goes, as signalled; behind NAT it goes to the latched source.
    pub remote: SocketAddr,
    /// Where our RTCP goes (RFC 3605), else the next port.
    pub remote_rtcp: SocketAddr,
    /// The codec, and the payload type that the peer wants to receive.
    pub send: Format,
    /// The payload types that we accept and what they mean.
    pub receive: Vec<Format>,
    /// The payload type for telephone-event towards the peer, when negotiated.
    pub send_events: Option<u8>,
    /// The payload type in which we receive telephone-event.
    pub receive_events: Option<u8>,
    /// What of the two ways is open: we send.
    pub sending: bool,
    /// We receive.
    pub receiving: bool,
    /// Packet time towards the peer.
    pub packet_time: Duration,
    /// Whose sound is believed beside that from `remote`.
    pub trust: Trust,
    /// The keys of the peer that are kept from whoever hears him: from one of these on, all of them are, until
    /// [`Command::LetKeys`].
    pub keeps: KeySet,
}

/// Some of the sixteen keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeySet(u16);

impl KeySet {
    /// None of them.
    pub const NONE: KeySet = KeySet(0);

    /// Whether a key is among them.
    pub fn has(self, key: char) -> bool {
        TelephoneEvent::code(key).is_some_and(|code| self.0 & 1 << code != 0)
    }
}

impl FromIterator<char> for KeySet {
    /// What is no key is left out.
    fn from_iter<I: IntoIterator<Item = char>>(keys: I) -> KeySet {
        KeySet(keys.into_iter().filter_map(TelephoneEvent::code).fold(0, |set, code| set | 1 << code))
    }
}

/// Whose sound is believed when it does not come from the address that the peer's description names. What comes from that
/// address always is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// That of the host that the description names, and no other.
    #[default]
    Named,
    /// A device. Where its signalling does not come from the host that it names for sound, it is behind NAT: then its
    /// sound comes from elsewhere, and what is sent to it goes there.
    Device {
        /// The host of its signalling.
        via: IpAddr,
    },
    /// A carrier. What is sent to it goes where its description says.
    Carrier {
        /// The host of its signalling.
        via: IpAddr,
        /// Networks from which its sound comes, beside the host that the description names; absent: from `via`.
        networks: Option<Networks>,
    },
}

/// Networks: addresses and prefix lengths.
pub type Networks = Arc<[(IpAddr, u8)]>;

/// What a worker tells call control.
#[derive(Clone, Debug)]
pub enum Event {
    /// Something happened to a stream.
    Stream(StreamId, StreamEvent),
    /// A port pair is open and has no stream: who opens one there need not wait for an answer.
    Spare {
        /// Where its RTP arrives (RTCP: the next port).
        local: SocketAddr,
    },
    /// Nobody has said anything on a recording for as long as was asked. Told once.
    CaptureSilent {
        /// The recording.
        capture: CaptureId,
    },
    /// A recording is complete on disk (or as complete as it gets).
    CaptureFinished {
        /// The recording.
        capture: CaptureId,
        /// What became of it.
        summary: Box<CaptureSummary>,
    },
    /// The digest of a finished recording, computed after the call when there is time for it.
    CaptureSealed {
        /// The recording.
        capture: CaptureId,
        /// SHA-256 of the file.
        sha256: [u8; 32],
    },
}

/// What happens to a stream. `OpenFailed` or `Closed` is the last of it.
#[derive(Clone, Debug)]
pub enum StreamEvent {
    /// It has a port.
    Opened {
        /// Where its RTP arrives (RTCP: the next port).
        local: SocketAddr,
    },
    /// It could not be opened: the port range is exhausted.
    OpenFailed,
    /// A play came to its end, or could not be played. Not told for one that was unplugged.
    PlayFinished {
        /// The play.
        play: PlayId,
        /// How it ended.
        outcome: PlayOutcome,
    },
    /// A key was pressed (RFC 4733), told once, at its start.
    Digit {
        /// 0-9, *, #, A-D.
        digit: char,
        /// It is kept from whoever hears the stream.
        kept: bool,
    },
    /// It was closed.
    Closed {
        /// What passed through it.
        totals: Box<StreamTotals>,
    },
    /// Its worker has given it up. What comes meanwhile waits in its sockets for the worker that adopts it.
    Yielded {
        /// All that there is of it.
        state: StreamState,
    },
}

/// How a play ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayOutcome {
    /// It was heard to its end.
    Completed,
    /// The prompt book does not have it.
    Missing,
}

/// What passed through a stream in its life (RFC 3550 6.4.1 names).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamTotals {
    /// RTP packets accepted.
    pub packets_received: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Packets that the sequence numbers show as missing.
    pub packets_lost: u64,
    /// Packets refused: wrong source, malformed, unknown payload type.
    pub packets_dropped: u64,
    /// Interarrival jitter at the end, in microseconds.
    pub jitter_us: u64,
    /// The last round trip that the peer's reports allow to compute, in microseconds.
    #[serde(default)]
    pub round_trip_us: Option<u64>,
}

/// What became of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureSummary {
    /// The file, below the recordings folder.
    pub file: String,
    /// How long it is.
    pub duration_ms: u64,
    /// Silence written because the sound was lost on its way to the file (per channel, added).
    pub gap_ms: u64,
    /// Why it is incomplete, when it is.
    pub fault: Option<String>,
}

/// What a worker asks of its shell.
#[derive(Clone, Debug)]
pub enum Output {
    /// Bind an RTP and RTCP socket pair on `port` and `port + 1`, or take the one that was kept; answered by
    /// `Worker::bound`.
    Bind {
        /// For this stream.
        stream: StreamId,
        /// The even port.
        port: u16,
    },
    /// Connect the RTP socket to its latched peer (or disconnect it), so that the kernel drops strangers.
    ConnectSocket {
        /// Of this stream.
        stream: StreamId,
        /// To whom.
        remote: Option<SocketAddr>,
    },
    /// Sound came from elsewhere than the stream believes, for the first time since the last offer: for the log.
    Stranger {
        /// To this stream.
        stream: StreamId,
        /// Of this call.
        call: CallRef,
        /// From here.
        from: SocketAddr,
        /// The source that is believed: the latched one, else the one that signalling named.
        expected: Option<SocketAddr>,
    },
    /// The stream no longer needs its sockets.
    Unbind {
        /// This stream.
        stream: StreamId,
        /// Keep them open for the next `Bind` of this port, and throw away what arrives there; else close them.
        keep: bool,
    },
    /// The stream goes to another worker: lay its sockets down, as they are, where that one's shell finds them.
    LayDown {
        /// This stream.
        stream: StreamId,
    },
    /// Take up the sockets of a stream that another worker's shell has laid down; answered by `Worker::bound`.
    TakeUp {
        /// This stream.
        stream: StreamId,
        /// Its even port.
        port: u16,
    },
    /// A port of another worker's range, whose sockets are closed: that worker's shell is to tell it by
    /// `Worker::given_back`, so that the port rests there.
    GiveBack {
        /// The even port.
        port: u16,
    },
    /// Have a pair open to which nobody sends: the one that was kept, now that it has rested, or a new one. What arrives
    /// there is thrown away. Answered by `Worker::prepared`.
    Prepare {
        /// Its even port.
        port: u16,
    },
    /// Something call control must know.
    Event(Event),
    /// Something for the recorder.
    Recorder(crate::recording::Input),
}
