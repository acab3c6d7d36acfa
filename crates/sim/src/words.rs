//! What a synthetic phone says in words: sounds one after the other, silence between them, or its own caller back
//! to him. Who is to know such a voice again is given the packets that it is made of.

use crate::rtp::SAMPLES;
use bytes::Bytes;
use media::codec::Codec;
use media::prompt::Prompt;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const PACKET: usize = SAMPLES as usize;
/// An echo begins when it has this much: what the network shakes by less is not heard.
const ECHO_AFTER: usize = 10;
/// Packets that wait to be echoed; older ones are given up.
const ECHO_MOST: usize = 50;

/// What is said, a packet at a time.
#[derive(Debug, Default)]
pub struct Words {
    sounds: VecDeque<Arc<Prompt>>,
    /// Samples of the first sound that were said.
    said: usize,
    echo: Option<Echo>,
}

#[derive(Debug, Default)]
struct Echo {
    packets: VecDeque<Bytes>,
    flows: bool,
}

impl Words {
    /// Says a sound after those before it.
    pub fn say(&mut self, sound: Arc<Prompt>) {
        self.sounds.push_back(sound);
    }

    /// From now on, whenever nothing else is to be said, what was heard is said again.
    pub fn echo(&mut self) {
        self.echo.get_or_insert_default();
    }

    /// Whether everything has been said.
    pub fn is_silent(&self) -> bool {
        self.sounds.is_empty()
    }

    /// What the other side said.
    pub fn hear(&mut self, payload: &[u8]) {
        if let Some(echo) = self.echo.as_mut().filter(|_| payload.len() == PACKET && self.sounds.is_empty()) {
            if echo.packets.len() == ECHO_MOST {
                echo.packets.pop_front();
            }
            echo.packets.push_back(Bytes::copy_from_slice(payload));
        }
    }

    /// The next packet's payload.
    pub fn next(&mut self, codec: Codec) -> Bytes {
        if let Some(sound) = self.sounds.front() {
            let mut frame = [0; PACKET];
            sound.frame(codec, self.said, &mut frame);
            self.said += PACKET;
            if self.said >= sound.samples() {
                self.said = 0;
                self.sounds.pop_front();
            }
            return Bytes::copy_from_slice(&frame);
        }
        let echoed = self.echo.as_mut().and_then(Echo::next);
        echoed.unwrap_or_else(|| Bytes::from(vec![codec.silence(); PACKET]))
    }
}

impl Echo {
    fn next(&mut self) -> Option<Bytes> {
        self.flows = self.packets.len() >= ECHO_AFTER || self.flows && !self.packets.is_empty();
        if self.flows { self.packets.pop_front() } else { None }
    }
}

/// Voices that are known by what they say: packets of their sounds, with a number for each voice.
#[derive(Clone, Debug, Default)]
pub struct Voices {
    packets: BTreeMap<Bytes, u8>,
}

impl Voices {
    /// Learns a voice from one of its sounds. A packet of one sample only is silence to anybody.
    pub fn learn(&mut self, voice: u8, sound: &Prompt) {
        for codec in [Codec::Pcma, Codec::Pcmu] {
            for packet in sound.codes(codec).chunks_exact(PACKET) {
                if packet.iter().any(|code| *code != packet[0]) {
                    self.packets.insert(Bytes::copy_from_slice(packet), voice);
                }
            }
        }
    }

    /// Whose packet it is.
    pub fn whose(&self, payload: &[u8]) -> Option<u8> {
        self.packets.get(payload).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::prompt::PromptBook;
    use terms::PromptId;

    fn sound(samples: usize) -> Arc<Prompt> {
        let id = PromptId::of("ramp");
        let mut book = PromptBook::builder();
        let ramp: Vec<i16> = (0..samples).map(|n| ((n * 37) % 9_000) as i16).collect();
        book.samples(id, &ramp).unwrap();
        book.build().get(id).unwrap().clone()
    }

    #[test]
    fn a_sound_is_said_once_then_silence_then_what_was_heard_meanwhile_is_not_repeated() {
        let mut words = Words::default();
        words.echo();
        words.say(sound(PACKET + 1));
        words.hear(&[3; PACKET]);
        assert_ne!(words.next(Codec::Pcma), vec![Codec::Pcma.silence(); PACKET]);
        assert!(!words.is_silent(), "one sample is left");
        words.next(Codec::Pcma);
        assert!(words.is_silent());
        assert_eq!(words.next(Codec::Pcma), vec![Codec::Pcma.silence(); PACKET]);
    }

    #[test]
    fn an_echo_is_what_was_said_a_little_later_in_its_order_and_bounded() {
        let mut words = Words::default();
        words.echo();
        let mut heard = vec![];
        for code in 0..3 * ECHO_AFTER as u8 {
            words.hear(&[code; PACKET]);
            heard.push(words.next(Codec::Pcma)[0]);
        }
        let (before, after) = heard.split_at(ECHO_AFTER - 1);
        assert!(before.iter().all(|code| *code == Codec::Pcma.silence()), "{heard:?}");
        assert_eq!(after, (0..=2 * ECHO_AFTER as u8).collect::<Vec<_>>());
        for _ in 0..2 * ECHO_MOST {
            words.hear(&[9; PACKET]);
        }
        assert_eq!(words.echo.as_ref().unwrap().packets.len(), ECHO_MOST);
    }

    #[test]
    fn a_voice_is_known_again_by_its_packets_and_silence_is_nobodys() {
        let mut voices = Voices::default();
        let sound = sound(2 * PACKET);
        voices.learn(7, &sound);
        assert_eq!(voices.whose(&sound.codes(Codec::Pcmu)[..PACKET]), Some(7));
        assert_eq!(voices.whose(&[Codec::Pcmu.silence(); PACKET]), None);
    }
}
