//! Who hears whom: what the media worker does is held against what the states of the calls say.

use crate::{PhoneIndex, World};
use media::{Command, Hearing};
use std::collections::BTreeSet;
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
            let asked: Vec<StreamId> = streams.iter().filter(|s| s.call == call).map(|s| s.stream).collect();
            if !self.underway(&asked) && !self.media.has_told() {
                let plugged: BTreeSet<StreamId> = listener.hears.into_iter().collect();
                // A sound that yields is heard until the voice comes.
                let silent = listener.plug == "sound" && l.sound.is_some_and(|sound| sound.yields);
                assert!(silent || plugged == heard, "{listener:?}\n{l:?}\n{}", self.ladder);
                let sounds = silent || l.sound.is_some() && heard.is_empty();
                assert_eq!(listener.plug == "sound", sounds, "{listener:?}\n{l:?}\n{}", self.ladder);
            }
        }
    }

    /// Whether the worker has not heard yet what was said of these streams.
    fn underway(&self, streams: &[StreamId]) -> bool {
        let about = |command: &Command| match command {
            Command::Hearings { levels, .. } => levels.iter().any(|(stream, _)| streams.contains(stream)),
            Command::Close { stream } => streams.contains(stream),
            _ => false,
        };
        self.media.commands_underway().any(about)
    }
}
