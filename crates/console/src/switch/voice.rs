//! What a page and the switch say to each other of the page's voice. Which page has it is the switch's to say: it counts
//! them, and the newest has it. What is said and heard in a call goes by neither.

use super::Answer;
use terms::LegId;
use tokio::sync::mpsc;

/// What a page wants of its voice. It may only where it is the phone's page: the console asks that before.
#[derive(Debug)]
pub enum VoiceWish {
    /// A connection that begins, in place of whichever there was.
    Attach {
        /// The number that the page had before; none: it is a new one.
        epoch: Option<u64>,
        /// Whoever sits there has said that he takes the voice over, if another page has it.
        take: bool,
        /// The page's offer.
        offer: String,
        /// Where the page is told what happens.
        page: mpsc::Sender<VoiceNews>,
        /// Its number and the switch's answer.
        answer: Answer<Result<Attached, NoVoice>>,
    },
    /// Another offer of the same connection: the page is on another network.
    Restart {
        /// The page's number.
        epoch: u64,
        /// Its offer.
        offer: String,
        /// The switch's answer.
        answer: Answer<Result<Attached, NoVoice>>,
    },
    /// The page's socket was gone, and its connection is there still.
    Resume {
        /// The page's number.
        epoch: u64,
        /// Where it is told what happens from now on.
        page: mpsc::Sender<VoiceNews>,
        /// Whether it has the voice still.
        answer: Answer<Result<(), NoVoice>>,
    },
    /// Whoever sits there takes a call.
    Answer {
        /// The page's number.
        epoch: u64,
        /// Which call's leg.
        leg: LegId,
    },
    /// He declines it, or hangs up.
    End {
        /// The page's number.
        epoch: u64,
        /// Which call's leg.
        leg: LegId,
    },
    /// Whoever sits there has no voice any more, of his own will.
    Leave {
        /// The page's number.
        epoch: u64,
    },
    /// A page's socket is closed: nobody reads what it is told any more.
    Left,
}

/// A connection that is agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The page's number.
    pub epoch: u64,
    /// The switch's session description.
    pub answer: String,
}

/// Why a page has no voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoVoice {
    /// Another page has it, and nobody has said that this one takes it over.
    Taken,
    /// A newer page has it.
    Superseded,
    /// The switch knows no such connection: the page begins one.
    Unknown,
    /// Its offer is none that can be agreed to.
    Unusable,
    /// Nothing says where the sound of pages comes in, or there is no socket left for it.
    Unheard,
}

/// What a page is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceNews {
    /// It rings.
    Rings(LegId),
    /// It is in a call; whether its sound is agreed on.
    Talks(LegId, bool),
    /// That leg is over.
    Quiet(LegId),
    /// Another page has the voice now.
    Superseded,
}
