//! What is announced to one who waits in a queue, again and again: each line of it a while after it was heard last, or after
//! he came. His music waits meanwhile, and goes on where it was.

use dialplan::Announcement;
use media::{Playing, Sound};
use smallvec::SmallVec;
use terms::{Mono, PlayId};

/// The announcements of a queue, to one who waits in it.
#[derive(Debug)]
pub(crate) struct Announcing {
    lines: SmallVec<[Line; 1]>,
    /// What he hears now, and which line it is.
    playing: Option<(usize, Playing)>,
}

#[derive(Debug)]
struct Line {
    says: Announcement,
    due: Mono,
}

impl Announcing {
    /// For one who comes now; nothing, where nothing is announced.
    pub fn of(says: &[Announcement], now: Mono) -> Option<Box<Announcing>> {
        let lines: SmallVec<_> = says.iter().map(|says| Line { says: *says, due: now + says.every }).collect();
        (!lines.is_empty()).then(|| Box::new(Announcing { lines, playing: None }))
    }

    /// What he hears now, if it is not his music.
    pub fn sound(&self) -> Option<Playing> {
        self.playing.map(|(_, playing)| playing)
    }

    /// When the next one is due, unless one is heard.
    pub fn deadline(&self) -> Option<Mono> {
        let next = || self.lines.iter().map(|line| line.due).min();
        self.playing.is_none().then(next).flatten()
    }

    /// Begins with whichever is due; of several the one that is for the longest time, then the one that is named first.
    pub fn due(&mut self, now: Mono, playing: impl FnOnce(Sound) -> Playing) {
        if self.playing.is_some() {
            return;
        }
        let due = self.lines.iter().enumerate().filter(|(_, line)| line.due <= now);
        if let Some((nth, line)) = due.min_by_key(|(_, line)| line.due) {
            self.playing = Some((nth, playing(Sound::Prompt(line.says.play))));
        }
    }

    /// A sound has come to its end, or is not there.
    pub fn played(&mut self, play: PlayId, now: Mono) {
        let Some((nth, _)) = self.playing.take_if(|(_, playing)| playing.play == play) else { return };
        if let Some(line) = self.lines.get_mut(nth) {
            line.due = now + line.says.every;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use terms::PromptId;

    fn at(secs: u64) -> Mono {
        Mono::from_micros(secs * 1_000_000)
    }

    fn playing(nth: u64) -> impl Fn(Sound) -> Playing {
        move |sound| Playing { play: PlayId(nth), sound, repeat: false, yields: false }
    }

    #[test]
    fn each_line_comes_a_while_after_it_was_heard_and_one_at_a_time() {
        let line = |every, path| Announcement { every: Duration::from_secs(every), play: PromptId::of(path) };
        let mut both = Announcing::of(&[line(30, "still"), line(60, "web")], at(10)).expect("there are two");
        assert_eq!((both.deadline(), both.sound()), (Some(at(40)), None));
        both.due(at(39), playing(1));
        assert_eq!(both.sound(), None);
        both.due(at(40), playing(1));
        assert_eq!(both.sound().map(|sound| sound.sound), Some(Sound::Prompt(PromptId::of("still"))));
        assert_eq!(both.deadline(), None, "while one is heard the others wait");
        both.due(at(41), playing(2));
        both.played(PlayId(9), at(42));
        assert_eq!(both.sound().map(|sound| sound.play), Some(PlayId(1)), "another sound has ended");
        both.played(PlayId(1), at(45));
        assert_eq!((both.deadline(), both.sound()), (Some(at(70)), None));
        both.due(at(76), playing(2));
        assert_eq!(both.sound().map(|sound| sound.sound), Some(Sound::Prompt(PromptId::of("web"))), "due for longer");
        both.played(PlayId(2), at(80));
        assert_eq!(both.deadline(), Some(at(75)), "the other one is late, and comes now");
        assert!(Announcing::of(&[], at(0)).is_none());
    }
}
