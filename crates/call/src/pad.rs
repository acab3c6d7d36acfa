//! What a party is at with the keys of a code: those that may become one, or what follows one; and the tone by which it
//! hears what became of it. A party that has pressed nothing of the kind has none.

use crate::leg::By;
use crate::want::Join;
use dialplan::Plan;
use dialplan::codes::Code;
use dialplan::duty::Voice;
use media::{Playing, Sound, Tone};
use sip::{Arrival, Source};
use smallvec::SmallVec;
use std::time::Duration;
use terms::{CallRef, Mono, Pii, PlayId};

/// A key is held back at most this long, unless a code follows.
pub(crate) const HELD: Duration = Duration::from_millis(1_500);
/// What follows a code is complete when no key has come for this time.
pub(crate) const BETWEEN: Duration = Duration::from_secs(5);
/// Whoever is asked for something begins to type within this time.
pub(crate) const ASKED: Duration = Duration::from_secs(15);
/// A key takes its peer so long, so that one that comes meanwhile goes behind it: 100 ms and three ends of it.
pub(crate) const ON_ITS_WAY: Duration = Duration::from_millis(160);
/// A voice is over by then.
const SAID: Duration = Duration::from_secs(30);
/// Whoever does it answers within this time.
pub(crate) const ANSWERED: Duration = Duration::from_secs(30);

/// A party's keys and what it hears of them.
#[derive(Debug, Default)]
pub(crate) struct Pad {
    pub at: At,
    tone: Option<(Playing, Mono)>,
    /// What is played to it in a conversation.
    announced: Option<Playing>,
}

/// Keys that are held back, as they came.
pub(crate) type Held = SmallVec<[(char, By); 4]>;

/// What its keys are.
#[derive(Debug, Default)]
pub(crate) enum At {
    /// Keys.
    #[default]
    Nothing,
    /// Perhaps the beginning of a code.
    Beginning { keys: Held, until: Mono },
    /// What follows this code.
    Argument { code: Code, typed: String, until: Mono },
    /// Keys that were held back are on their way: whatever comes goes behind them.
    Passing { until: Mono },
    /// The call itself is this code, which was dialled.
    Dialled(Code, Pii<String>),
    /// He is asked for his number, or, once that is known, for his PIN. What he types shows nowhere.
    Asked { number: Option<Pii<String>>, typed: Pii<String>, until: Mono },
    /// It was said; so long it may take. What is said then comes from this voice, or is a tone.
    Waits { until: Mono, voice: Option<Voice> },
    /// Once it is answered it goes to another call.
    Goes { to: CallRef, join: Join, until: Mono },
    /// The call is over once the tone is.
    Told,
}

impl Pad {
    /// One whose call is a code.
    fn dialled(code: Code, argument: Pii<String>) -> Pad {
        Pad { at: At::Dialled(code, argument), ..Pad::default() }
    }

    /// One whose call is a code that its phone has dialled. From a trunk no number is a code.
    pub fn of(plan: &Plan, arrival: &Arrival) -> Option<Pad> {
        let Source::Phone(phone) = arrival.source else { return None };
        if !plan.phone(phone)?.codes {
            return None;
        }
        let (code, argument) = plan.codes.dialled(arrival.called.reveal())?;
        Some(Pad::dialled(code, Pii::new(argument.to_owned())))
    }

    /// What is played to it.
    pub fn sound(&self) -> Option<Playing> {
        self.tone.map(|(tone, _)| tone).or(self.announced)
    }

    /// Once it is answered it goes to another call.
    pub fn goes(&self) -> bool {
        matches!(self.at, At::Goes { .. })
    }

    /// Whether a tone is played to it.
    pub fn has_tone(&self) -> bool {
        self.tone.is_some()
    }

    /// It hears for a moment that somebody watches.
    pub fn warn(&mut self, tone: Playing, now: Mono) {
        self.tone = Some((tone, now + WARNED));
    }

    /// This is played to it, to its end.
    pub fn announce(&mut self, playing: Playing) {
        self.announced = Some(playing);
    }

    /// An announcement has come to its end.
    pub fn announced(&mut self, play: PlayId) {
        self.announced = self.announced.filter(|playing| playing.play != play);
    }

    /// It hears that it was done, or that it was not.
    pub fn hear(&mut self, tone: Playing, now: Mono) {
        let long = match tone.sound {
            sound if sound == DONE => Duration::from_millis(400),
            sound if sound == REFUSED => Duration::from_millis(1_000),
            // Its end is told.
            _ => SAID,
        };
        self.tone = Some((tone, now + long));
    }

    /// Whether that is what it hears.
    pub fn is_heard(&self, play: PlayId) -> bool {
        self.tone.is_some_and(|(tone, _)| tone.play == play)
    }

    /// What it hears has come to its end; a tone takes the place of one that is not there.
    pub fn played(&mut self, instead: Option<Playing>, now: Mono) {
        match instead {
            Some(tone) => self.hear(tone, now),
            None => self.tone.iter_mut().for_each(|(_, until)| *until = now),
        }
    }

    /// What is played is cut short.
    pub fn cut_short(&mut self) {
        self.tone = None;
    }

    /// A tone is over.
    pub fn hush(&mut self, now: Mono) {
        self.tone = self.tone.filter(|(_, until)| *until > now);
    }

    /// When something is due.
    pub fn deadline(&self) -> Option<Mono> {
        [self.tone.map(|(_, until)| until), self.at.deadline()].into_iter().flatten().min()
    }

    /// Nothing is left to be known of it.
    pub fn is_empty(&self) -> bool {
        matches!(self.at, At::Nothing) && self.tone.is_none() && self.announced.is_none()
    }
}

impl At {
    /// Until when it is so.
    pub fn deadline(&self) -> Option<Mono> {
        match self {
            At::Asked { until, .. }
            | At::Beginning { until, .. }
            | At::Argument { until, .. }
            | At::Passing { until }
            | At::Waits { until, .. }
            | At::Goes { until, .. } => Some(*until),
            At::Nothing | At::Dialled(..) | At::Told => None,
        }
    }
}

/// How long one hears that he is watched: one beat of the tone.
const WARNED: Duration = Duration::from_millis(150);
/// What is heard of something that is done, or of a code that wants to be followed by something.
pub(crate) const DONE: Sound = Sound::Tone(Tone::Confirmation);
/// What is heard of something that is not done.
pub(crate) const REFUSED: Sound = Sound::Tone(Tone::Congestion);
