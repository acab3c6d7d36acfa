//! What an earlier start left in its daybook: read, posted, and never lost where it cannot be.

use super::{Stamp, entry, paths, refused};
use crate::batch::Batch;
use crate::open::wall_ms;
use crate::{Result, store};
use sqlx::{Row as _, SqliteConnection};
use std::path::{Path, PathBuf};

/// A round as a file holds it.
struct Round {
    path: PathBuf,
    stamp: Stamp,
    /// Its groups, as one; none when none can be read.
    batch: Option<Batch>,
    groups: u32,
    /// Not all of it could be read.
    damaged: bool,
}

/// Posts what the database does not have; says which round is next. A daybook that is not of this database, or of a time
/// that it does not know of, is put aside.
pub(crate) async fn replay(db: &mut SqliteConnection, database: Option<&Path>) -> Result<Stamp> {
    let row = sqlx::query("SELECT database, posted FROM daybook").fetch_one(&mut *db).await?;
    let (number, posted) = (row.try_get(0)?, row.try_get::<i64, _>(1)?.cast_unsigned());
    let mut next = Stamp { database: number, round: posted + 1 };
    let mut rounds = vec![];
    for path in database.map(paths).iter().flatten() {
        rounds.extend(read(path, next)?.filter(|round| round.stamp.database != number || round.stamp.round > posted));
    }
    rounds.sort_by_key(|round| round.stamp.round);
    // A round of which nothing was acknowledged may be missing. More than one were posted to another copy of it.
    let ours = rounds
        .iter()
        .zip(posted + 2..)
        .all(|(Round { stamp, .. }, latest)| stamp.database == number && stamp.round <= latest);
    for round in rounds {
        if ours {
            next.round = round.stamp.round + 1;
            post(db, round).await?;
        } else {
            set_aside(&round.path, "orphan", "it is of another database, or of another copy of this one")?;
        }
    }
    Ok(next)
}

async fn post(db: &mut SqliteConnection, round: Round) -> Result<()> {
    let Round { path, stamp, batch, groups, damaged } = round;
    if let Some(mut batch) = batch {
        batch.journal = batch.journal.news(db, batch.incarnation).await?;
        store::commit(db, stamp.round, None, &batch).await?;
        tracing::info!(groups, items = batch.items, "the daybook of an earlier start is posted");
    }
    if damaged {
        set_aside(&path, "damaged", "what can be read of it is posted, the rest is lost")?;
    }
    Ok(())
}

/// The round in a file, if there is one. `next`: what may be there at the earliest.
fn read(path: &Path, next: Stamp) -> Result<Option<Round>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(path)(error)),
    };
    let first = entry::read(&bytes).map(|(first, _)| first.stamp);
    let mut round = Round { path: path.into(), stamp: first.unwrap_or(next), batch: None, groups: 0, damaged: false };
    let mut rest = bytes.as_slice();
    while let Some((entry, after)) = entry::read(rest)
        && (entry.stamp, entry.place) == (round.stamp, round.groups)
    {
        round.take(entry.group());
        rest = after;
    }
    // What ends in the middle of its last entry was never acknowledged.
    round.damaged |= entry::goes_on(rest, round.stamp, round.groups);
    Ok((round.groups > 0 || round.damaged).then_some(round))
}

impl Round {
    fn take(&mut self, group: Result<Batch>) {
        self.groups += 1;
        match (group, &mut self.batch) {
            (Ok(group), Some(batch)) => batch.merge(group),
            (Ok(group), none) => *none = Some(group),
            (Err(error), _) => {
                tracing::error!(%error, path = %self.path.display(), "a group of the daybook cannot be read");
                self.damaged = true;
            }
        }
    }
}

fn set_aside(path: &Path, word: &str, why: &str) -> Result<()> {
    let aside = PathBuf::from(format!("{}.{word}-{}", path.display(), wall_ms() / 1_000));
    std::fs::rename(path, &aside).map_err(refused(path))?;
    tracing::error!(kept = %aside.display(), "a daybook is put aside: {why}");
    Ok(())
}
