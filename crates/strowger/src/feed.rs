//! What happens, told live to whoever follows it. Nobody is waited for: who is too slow misses records, sees it by their
//! numbers, and reads them in the account. While nobody follows, it costs nothing.

pub use console::switch::Feed;
use node::Record;
use std::sync::Arc;
use terms::{Seq, limits};
use tokio::sync::broadcast;

/// Those who follow.
#[derive(Debug, Default)]
pub struct Followers(Option<broadcast::Sender<Arc<Record>>>);

impl Followers {
    /// One more; `last` has happened.
    pub fn follow(&mut self, last: Seq) -> Feed {
        let live = self.0.get_or_insert_with(|| broadcast::Sender::new(limits::STREAM));
        Feed { after: last, records: live.subscribe() }
    }

    /// Something happened.
    pub fn tell(&mut self, record: &Record) {
        let Some(live) = &self.0 else { return };
        if live.send(Arc::new(record.clone())).is_err() {
            self.0 = None; // Nobody follows any more.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use node::Happening;
    use terms::Wall;
    use tokio::sync::broadcast::error::TryRecvError;

    fn record(n: u64) -> Record {
        let what = Happening::Plan { hash: String::new() };
        Record { seq: Seq { node: 0, start: 1, n }, at: Wall::default(), what }
    }

    #[test]
    fn who_follows_gets_what_happens_from_then_on() {
        let mut followers = Followers::default();
        followers.tell(&record(1));
        let mut feed = followers.follow(record(1).seq);
        followers.tell(&record(2));
        assert_eq!((feed.after.n, feed.records.try_recv().unwrap().seq.n), (1, 2));
        assert_eq!(feed.records.try_recv().unwrap_err(), TryRecvError::Empty);
        drop(feed);
        followers.tell(&record(3));
        assert!(followers.0.is_none(), "nothing is kept for nobody");
    }

    #[test]
    fn who_is_too_slow_misses_the_oldest_and_is_told_so() {
        let mut followers = Followers::default();
        let mut feed = followers.follow(Seq::default());
        let more = 3;
        (0..limits::STREAM as u64 + more).for_each(|n| followers.tell(&record(n)));
        assert_eq!(feed.records.try_recv().unwrap_err(), TryRecvError::Lagged(more));
        assert_eq!(feed.records.try_recv().unwrap().seq.n, more);
    }
}
