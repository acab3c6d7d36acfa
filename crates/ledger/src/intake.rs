//! Gathering: what arrives within [`GROUP`] is one group.

use crate::Item;
use crate::batch::Batch;
use crate::inlet::Gauges;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use terms::{IdSource, Incarnation};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};

/// How long a group gathers. With the sync behind it, an item is on disk within 20 ms.
const GROUP: Duration = Duration::from_millis(10);
/// Items in one group; more are the next group.
const GROUP_ITEMS: usize = 4_096;

/// The writer's ends of the ways in.
#[derive(Debug)]
pub(crate) struct Ends {
    pub lane: lane::Receiver<Box<Item>>,
    pub side: mpsc::Receiver<Item>,
}

/// Gathers what comes in.
pub(crate) struct Intake {
    /// Numbers for reloads.
    ids: IdSource,
    lane: lane::Receiver<Box<Item>>,
    bell: AsyncFd<OwnedFd>,
    side: mpsc::Receiver<Item>,
    side_open: bool,
    /// What has gathered so far, and until when it may.
    group: Batch,
    end: Option<Instant>,
    gauges: Arc<Gauges>,
}

/// What the runtime waits on for the lane.
fn watch(lane: &lane::Receiver<Box<Item>>) -> io::Result<AsyncFd<OwnedFd>> {
    // Deprecated since some types give a descriptor that they do not own; `OwnedFd` owns its own until it is dropped.
    #[allow(deprecated)]
    AsyncFd::with_interest(lane.doorbell().try_clone_to_owned()?, Interest::READABLE)
}

impl Intake {
    /// Needs a tokio runtime with I/O and time.
    pub(crate) fn open(ends: Ends, incarnation: Incarnation, gauges: Arc<Gauges>) -> io::Result<Intake> {
        let Ends { lane, side } = ends;
        let ids = IdSource::new(incarnation);
        let (bell, group) = (watch(&lane)?, Batch::new(incarnation));
        Ok(Intake { ids, lane, bell, side, side_open: true, group, end: None, gauges })
    }

    /// The next group; `None` at the end. Nothing is lost when the wait is given up: the group gathers on.
    pub(crate) async fn gather(&mut self) -> io::Result<Option<Batch>> {
        let end = match self.end {
            Some(end) => end,
            None => {
                let Some(first) = self.next().await? else { return Ok(None) };
                self.add(first);
                self.gauges.set_gathering(Some(Instant::now()));
                *self.end.insert(Instant::now() + GROUP)
            }
        };
        // Lane items need no wake-up while the group gathers: they are taken at its end.
        while let Ok(Some(item)) = timeout_at(end, self.side_item()).await {
            self.add(item);
        }
        sleep_until(end).await;
        while self.group.items < GROUP_ITEMS
            && let Some(item) = self.lane.pop()
        {
            self.add(*item);
        }
        self.end = None;
        let next = Batch::new(self.group.incarnation);
        Ok(Some(std::mem::replace(&mut self.group, next)))
    }

    fn add(&mut self, item: Item) {
        self.group.add(item, &mut self.ids);
    }

    /// Waits for an item of either way in; `None` when both are closed.
    async fn next(&mut self) -> io::Result<Option<Item>> {
        loop {
            if let Some(item) = self.lane.pop() {
                return Ok(Some(*item));
            }
            if let Ok(item) = self.side.try_recv() {
                return Ok(Some(item));
            }
            let lane_closed = self.lane.is_closed();
            if lane_closed && !self.side_open {
                return Ok(None);
            }
            if !lane_closed && !self.lane.prepare_to_sleep() {
                continue;
            }
            tokio::select! {
                guard = self.bell.readable(), if !lane_closed => {
                    let mut guard = guard?;
                    self.lane.awake();
                    guard.clear_ready();
                }
                item = self.side.recv(), if self.side_open => match item {
                    Some(item) => return Ok(Some(item)),
                    None => self.side_open = false,
                },
            }
        }
    }

    async fn side_item(&mut self) -> Option<Item> {
        if !self.side_open {
            return None;
        }
        let item = self.side.recv().await;
        self.side_open = item.is_some();
        item
    }
}
