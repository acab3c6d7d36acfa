//! The one task that writes. Each group is written down in the daybook, then said to be on disk; about four times a
//! second what was written down since is posted to the database, while the next groups are written down.
//!
//! Without a daybook (a database in memory, files that cannot be made, a write that failed) a group is posted at once
//! and said to be on disk when the database has it; what comes meanwhile waits in the lane.

use crate::Remover;
use crate::clerk::Clerk;
use crate::intake::{Ends, Intake};
use crate::posting::Poster;
use std::fs::File;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

/// How long the end waits for the database; what it does not take by then, the next start posts.
const END: Duration = Duration::from_secs(5);

type Running = Pin<Box<dyn Future<Output = Poster> + Send>>;

/// The writer's task. It ends when the inlet and all side doors are gone and everything is written.
pub struct Writer {
    ends: Ends,
    clerk: Clerk,
    poster: Poster,
    _lock: Option<File>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("round", &self.clerk.round).field("gauges", &self.clerk.gauges).finish()
    }
}

impl Writer {
    pub(crate) fn new(ends: Ends, clerk: Clerk, poster: Poster, lock: Option<File>) -> Writer {
        Writer { ends, clerk, poster, _lock: lock }
    }

    /// Recordings that are too old are given to this thread; without one their files stay.
    #[must_use]
    pub fn with_remover(mut self, remover: Remover) -> Writer {
        self.poster.set_remover(remover);
        self
    }

    /// Writes until there is nobody left to write for. Needs a tokio runtime with I/O and time.
    pub async fn run(self) -> io::Result<()> {
        let Writer { ends, mut clerk, poster, _lock } = self;
        let mut intake = Intake::open(ends, clerk.batch.incarnation, Arc::clone(&clerk.gauges))?;
        let (mut free, mut running) = (Some(poster), None);
        loop {
            if let Some(poster) = free.take_if(|_| clerk.is_due()) {
                running = Some(begin(&mut clerk, poster));
            } else if let Some(poster) =
                free.take_if(|poster| poster.purge_due().is_some_and(|due| due <= Instant::now()))
            {
                running = Some(Box::pin(poster.purge()));
            }
            let purge = free.as_ref().and_then(Poster::purge_due);
            let wake = clerk.wake(running.is_some()).into_iter().chain(purge).min();
            tokio::select! {
                poster = finished(&mut running), if running.is_some() => {
                    (free, running) = (Some(poster), None);
                    clerk.posted();
                }
                group = intake.gather(), if clerk.has_room() => match group? {
                    Some(group) => clerk.take(group),
                    None => break,
                },
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => clerk.try_again(),
            }
        }
        end(clerk, free, running).await;
        Ok(())
    }
}

async fn finished(running: &mut Option<Running>) -> Poster {
    match running {
        Some(running) => running.await,
        None => std::future::pending().await,
    }
}

fn begin(clerk: &mut Clerk, poster: Poster) -> Running {
    let (round, batch) = clerk.turn();
    Box::pin(poster.post(round, batch))
}

/// Posts the rest. What is in the daybook need not wait for a database that is away.
async fn end(mut clerk: Clerk, free: Option<Poster>, mut running: Option<Running>) {
    let patience = if clerk.daybook.is_some() && clerk.direct.is_none() { END } else { Duration::MAX };
    let posted = timeout(patience, async {
        let mut poster = match free {
            Some(poster) => poster,
            None => finished(&mut running).await,
        };
        if clerk.batch.items > 0 {
            poster = begin(&mut clerk, poster).await;
        }
        poster
    });
    match posted.await {
        Ok(poster) => {
            clerk.posted();
            poster.close().await;
            if let Some(daybook) = clerk.daybook {
                daybook.remove();
            }
        }
        Err(_) => tracing::warn!("the database cannot be written: the next start posts what is in the daybook"),
    }
}
