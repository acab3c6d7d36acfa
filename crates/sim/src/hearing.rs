//! Who hears whom: what the media worker does is held against what the states of the calls say.

use crate::{Heard, PhoneIndex, World};
use media::codec::Codec;
use media::{Command, Hearing, StreamSnapshot};
use std::collections::BTreeSet;
use std::time::Duration;
use terms::{CallRef, LegId, StreamId};

impl World {
    /// What a user agent's call hears and who hears it, as the state of the switch's call says.
    pub fn hearing(&self, phone: PhoneIndex, leg: LegId) -> Option<(CallRef, Hearing)> {
        let port = self.agents[phone].talks.get(&leg)?.sends_to()?.port();
        self.node.board().hearing(self.media.at(port)?.1)
    }

    /// The media worker that has a user agent's call.
    pub fn worker_of(&self, phone: PhoneIndex, leg: LegId) -> Option<usize> {
        let port = self.agents[phone].talks.get(&leg)?.sends_to()?.port();
        self.media.at(port).map(|(worker, _)| worker)
    }

    /// Every call of every user agent that has not ended.
    pub fn talks(&self) -> Vec<(PhoneIndex, LegId)> {
        (0..self.agents.len()).filter_map(|phone| Some((phone, self.agents[phone].current()?))).collect()
    }

    /// What the states of the calls say, and who speaks.
    fn said(&self, talks: &[(PhoneIndex, LegId)]) -> Vec<(Option<(CallRef, Hearing)>, bool)> {
        let of = |(phone, leg): &(PhoneIndex, LegId)| {
            (self.hearing(*phone, *leg), self.agents[*phone].talks[leg].is_speaking())
        };
        talks.iter().map(of).collect()
    }

    fn counts(&self, talks: &[(PhoneIndex, LegId)]) -> Vec<Heard> {
        talks.iter().map(|(phone, leg)| self.agents[*phone].talks[leg].heard.clone()).collect()
    }

    /// What each user agent hears within a second, once the last deed has come through, held against what the state of
    /// its call says; such as "alice hears carol", "carrier hears a sound".
    pub fn heard(&mut self) -> Vec<String> {
        self.advance(Duration::from_millis(300));
        // A second in which nothing changes.
        let (talks, states, before) = loop {
            let talks = self.talks();
            let (states, before) = (self.said(&talks), self.counts(&talks));
            self.assert_wired_as_said();
            self.advance(Duration::from_secs(1));
            if self.said(&talks) == states {
                break (talks, states, before);
            }
        };
        let after = self.counts(&talks);
        let pairs = (0..talks.len()).flat_map(|l| (0..=talks.len()).map(move |s| (l, s)));
        let what = pairs.filter_map(|(l, s)| match talks.get(s) {
            Some((speaker, _)) => {
                let voice = self.agents[*speaker].identity.fingerprint;
                let packets = after[l].voice(voice) - before[l].voice(voice);
                let heard = |sum| after[l].voice(sum) - before[l].voice(sum);
                let mixed = self.mix(&talks, &states, (l, s)).map(|[one, other]| heard(one).max(heard(other)));
                self.hears(&talks, &states, (l, s), mixed.unwrap_or(packets))
            }
            None => {
                let sounds = after[l].sounds() > before[l].sounds();
                assert!(!sounds || states[l].0.is_some_and(|(_, level)| level.sound.is_some()), "{states:?}");
                sounds.then(|| format!("{} hears a sound", self.agents[talks[l].0].identity.user))
            }
        });
        what.collect()
    }

    /// What one hears who should hear this one and others: each sample is the sum of theirs, by either law.
    fn mix(
        &self,
        talks: &[(PhoneIndex, LegId)],
        states: &[(Option<(CallRef, Hearing)>, bool)],
        (l, s): (usize, usize),
    ) -> Option<[u8; 2]> {
        let (call, level) = states[l].0?;
        let heard =
            |s: &usize| *s != l && states[*s].1 && states[*s].0.is_some_and(|(of, s)| of == call && level.hears(&s));
        let speakers: Vec<u8> =
            (0..talks.len()).filter(heard).map(|s| self.agents[talks[s].0].identity.fingerprint).collect();
        (speakers.len() > 1 && heard(&s)).then(|| [Codec::Pcma, Codec::Pcmu].map(|codec| sum(codec, &speakers)))
    }

    fn hears(
        &self,
        talks: &[(PhoneIndex, LegId)],
        states: &[(Option<(CallRef, Hearing)>, bool)],
        (l, s): (usize, usize),
        packets: u64,
    ) -> Option<String> {
        let [listener, speaker] = [l, s].map(|nth| self.agents[talks[nth].0].identity.user.as_str());
        let together = |((here, l), (there, s)): ((CallRef, Hearing), (CallRef, Hearing))| here == there && l.hears(&s);
        let expected = l != s && states[s].1 && states[l].0.zip(states[s].0).is_some_and(together);
        assert_eq!(packets > 0, expected, "{packets} packets of {speaker} to {listener}: {states:?}\n{}", self.ladder);
        assert!(!expected || packets >= 45, "{packets} packets of {speaker} to {listener} in a second");
        expected.then(|| format!("{listener} hears {speaker}"))
    }

    /// The worker whose stream has this port.
    pub fn worker_at(&self, port: u16) -> Option<usize> {
        self.media.at(port).map(|(worker, _)| worker)
    }

    /// A voice passes from one stream to another: their call allows it, or did before what is on its way to the worker.
    pub(crate) fn assert_may_hear(&self, listener: StreamId, speaker: StreamId) {
        let board = self.node.board();
        let may = board
            .hearing(listener)
            .zip(board.hearing(speaker))
            .is_some_and(|((here, l), (there, s))| here == there && l.hears.meet(s.speaks));
        let pending = self.underway(&[listener, speaker]);
        assert!(may || pending, "{listener} hears {speaker}, and no state allows it\n{}", self.ladder);
    }

    /// Each stream is plugged into what the state of its call says, unless word of it is under way.
    pub fn assert_wired_as_said(&self) {
        let streams = self.media.streams();
        let board = self.node.board();
        let level = |stream| board.hearing(stream);
        for listener in &streams {
            let Some((call, l)) = level(listener.stream) else { continue };
            let others = streams.iter().map(|s| s.stream).filter(|s| *s != listener.stream);
            let heard = others.filter(|s| level(*s).is_some_and(|(of, s)| of == call && l.hears(&s)));
            let heard: BTreeSet<StreamId> = heard.collect();
            // Of one who has come from another call the worker may not know it yet.
            let is_there = |s: &&StreamSnapshot| s.call == call || level(s.stream).is_some_and(|(of, _)| of == call);
            let asked: Vec<StreamId> = streams.iter().filter(is_there).map(|s| s.stream).collect();
            if !self.underway(&asked) && !self.media.has_told() {
                let plugged: BTreeSet<StreamId> = listener.hears.into_iter().collect();
                // A sound that yields is heard until the voice comes.
                let silent = listener.plug == "sound" && l.sound.is_some_and(|sound| sound.yields);
                let mixed = listener.plug == "mix" && heard.len() > 1;
                assert!(silent || mixed || plugged == heard, "{listener:?}\n{l:?}\n{}", self.ladder);
                let sounds = silent || l.sound.is_some() && heard.is_empty();
                assert_eq!(listener.plug == "sound", sounds, "{listener:?}\n{l:?}\n{}", self.ladder);
            }
        }
    }

    /// Whether the worker has not heard yet what was said of these streams.
    fn underway(&self, streams: &[StreamId]) -> bool {
        let about = |command: &Command| match command {
            Command::Hearings { levels, .. } => levels.iter().any(|(stream, _)| streams.contains(stream)),
            Command::Close { stream } | Command::Yield { stream } | Command::Move { stream, .. } => {
                streams.contains(stream)
            }
            Command::Adopt { state, .. } => streams.contains(&state.stream()),
            _ => false,
        };
        self.media.commands_underway().any(about)
    }
}

/// The code of the sum of what these codes say.
fn sum(codec: Codec, codes: &[u8]) -> u8 {
    let mut samples = vec![0; codes.len()];
    codec.decode(codes, &mut samples);
    let sum = samples.iter().map(|sample| i32::from(*sample)).sum::<i32>();
    let mut code = [0];
    codec.encode(&[sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16], &mut code);
    code[0]
}
