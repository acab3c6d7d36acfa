//! What a user agent does in a call when it is told to: keys, words, hold.

use super::UserAgent;
use crate::words::Words;
use media::prompt::Prompt;
use media::sdp::Direction;
use sip::{Body, Command};
use std::net::SocketAddr;
use std::sync::Arc;
use terms::{LegId, Now};

impl UserAgent {
    /// From now on who calls through it wants his number withheld from whoever is called (RFC 3323): the switch alone is told
    /// it (RFC 3325).
    pub fn withhold(&mut self, now: Now) {
        self.withholds = true;
        let trusting = super::config::config(&self.identity, true);
        self.endpoint.handle_input(now, sip::Input::Reconfigure(Box::new(trusting)));
        self.settle(now);
    }

    /// Presses a key (RFC 4733).
    pub fn press(&mut self, leg: LegId, digit: char) {
        if let Some(talk) = self.talks.get_mut(&leg) {
            talk.speech.press(digit);
        }
    }

    /// Presses a key, and says so by INFO.
    pub fn press_by_info(&mut self, now: Now, leg: LegId, digit: char) {
        let body = Body { content_type: "application/dtmf".into(), bytes: digit.to_string().into() };
        self.command(now, Command::Info { leg, body });
    }

    /// Says a sound, after what it has been told to say before.
    pub fn say(&mut self, leg: LegId, sound: Arc<Prompt>) {
        self.words(leg).into_iter().for_each(|words| words.say(sound.clone()));
    }

    /// Says nothing from now on, in as many packets as before.
    pub fn mute(&mut self, leg: LegId) {
        self.words(leg);
    }

    /// When nothing else is to be said, it says again what it hears.
    pub fn echo(&mut self, leg: LegId) {
        self.words(leg).into_iter().for_each(Words::echo);
    }

    /// Whether it has said all that it was told to say.
    pub fn has_spoken(&self, leg: LegId) -> bool {
        let words = self.talks.get(&leg).and_then(|talk| talk.speech.words.as_ref());
        words.is_none_or(Words::is_silent)
    }

    fn words(&mut self, leg: LegId) -> Option<&mut Words> {
        self.talks.get_mut(&leg).map(|talk| talk.speech.words.get_or_insert_default())
    }

    /// Puts the other side on hold, or takes it back.
    pub fn hold(&mut self, now: Now, leg: LegId, hold: bool) {
        self.turn(now, leg, if hold { Direction::SendOnly } else { Direction::SendRecv });
    }

    /// Holds as RFC 2543 did it: with a null address.
    pub fn hold_by_address(&mut self, now: Now, leg: LegId) {
        let nowhere = SocketAddr::new(std::net::Ipv4Addr::UNSPECIFIED.into(), self.identity.rtp.port());
        self.offer_at(now, leg, nowhere, Direction::SendRecv);
    }

    /// Offers sound in this direction only.
    pub fn turn(&mut self, now: Now, leg: LegId, direction: Direction) {
        self.offer_at(now, leg, self.identity.rtp, direction);
    }

    /// Offers what these lines say.
    pub fn offer(&mut self, now: Now, leg: LegId, lines: &str) {
        let host = self.identity.rtp.ip();
        let sdp = format!("v=0\r\no=- 1 9 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n{lines}");
        self.command(now, Command::Offer { leg, body: Some(Body::sdp(sdp)) });
    }

    fn offer_at(&mut self, now: Now, leg: LegId, rtp: SocketAddr, direction: Direction) {
        let Some(talk) = self.talks.get_mut(&leg) else { return };
        if let Ok(sdp) = talk.negotiation.offer(rtp, direction) {
            let body = Some(self.said(sdp));
            self.command(now, Command::Offer { leg, body });
        }
    }
}
