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
    if let Some(batch) = batch {
        let batch = batch.news(db).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daybook::Daybook;
    use crate::{Item, Name};

    const STAMP: Stamp = Stamp { database: 7, round: 4 };

    fn group(nth: u64) -> Batch {
        let start = terms::Incarnation::new(0, 1);
        let (mut group, mut ids) = (Batch::new(start), terms::IdSource::new(start));
        group.add(Item::Name(Box::new(Name::agent(&format!("agent {nth}")))), &mut ids);
        let entry = acd::Entry { sequence: nth, now: terms::Now::default(), what: acd::What::Tick };
        let seq = terms::Seq { node: 0, start: 1, n: nth + 1 };
        let what = node::Happening::Acd(Box::new(entry));
        group.add(Item::Happened(node::Record { seq, at: terms::Wall::default(), what }), &mut ids);
        group
    }

    /// A round of so many groups, and where each ends.
    fn written(folder: &Path, groups: u64) -> (PathBuf, Vec<u64>) {
        let database = folder.join("x.db");
        let mut daybook = Daybook::open(&database, STAMP).unwrap();
        let ends = (0..groups).map(|nth| {
            daybook.enter(&group(nth)).unwrap();
            daybook.bytes()
        });
        (paths(&database)[0].clone(), ends.collect())
    }

    fn groups(path: &Path) -> Option<(u32, bool)> {
        let round = read(path, Stamp { database: 7, round: 4 }).unwrap()?;
        let names = round.batch.as_ref().map_or(0, |batch| batch.names.len());
        assert_eq!(round.batch.map_or(0, |batch| batch.items), names * 2);
        Some((round.groups, round.damaged))
    }

    #[test]
    fn a_last_entry_torn_at_any_byte_is_dropped_and_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let (path, ends) = written(folder.path(), 3);
        let bytes = std::fs::read(&path).unwrap();
        let (kept, end) = (ends[1] as usize, ends[2] as usize);
        for torn in kept..end {
            std::fs::write(&path, &bytes[..torn]).unwrap();
            assert_eq!(groups(&path), Some((2, false)), "cut at {torn}");
            // What was there before it was written over.
            let mut half = bytes.clone();
            half[torn..].iter_mut().for_each(|byte| *byte ^= 0x55);
            std::fs::write(&path, &half).unwrap();
            assert_eq!(groups(&path), Some((2, false)), "written up to {torn}");
        }
    }

    #[test]
    fn a_byte_that_was_changed_anywhere_is_noticed_and_what_stands_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let (path, ends) = written(folder.path(), 3);
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..ends[1] {
            let mut changed = bytes.clone();
            changed[at as usize] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert_eq!(groups(&path), Some((u32::from(at >= ends[0]), true)), "at {at}");
        }
    }

    #[test]
    fn what_an_earlier_round_left_behind_the_end_is_not_of_this_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = written(folder.path(), 5);
        let mut daybook =
            Daybook::open(&folder.path().join("x.db"), Stamp { database: 7, round: STAMP.round + 2 }).unwrap();
        daybook.enter(&group(9)).unwrap();
        assert_eq!(groups(&path), Some((1, false)));
        assert!(read(&path, STAMP).unwrap().is_some_and(|round| round.stamp.round == 6));
    }

    #[test]
    fn a_file_that_an_outage_made_long_is_cut_when_its_next_round_begins_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("x.db");
        let [long, other] = paths(&database);
        let mut daybook = Daybook::open(&database, STAMP).unwrap();
        daybook.enter(&group(0)).unwrap();
        let grown = terms::limits::DAYBOOK_BYTES + 1;
        std::fs::File::options().write(true).open(&long).unwrap().set_len(grown).unwrap();
        daybook.enter(&group(1)).unwrap();
        assert_eq!(groups(&long), Some((2, false)), "the round that made it long is whole");
        daybook.turn(STAMP.round + 1);
        daybook.enter(&group(2)).unwrap();
        let length = |path: &Path| std::fs::metadata(path).unwrap().len();
        assert_eq!(length(&long), grown, "the database may not have it yet");
        daybook.turn(STAMP.round + 2);
        daybook.enter(&group(3)).unwrap();
        assert_eq!((length(&long), groups(&long)), (daybook.bytes(), Some((1, false))));
        assert_eq!(groups(&other).map(|(groups, _)| groups), Some(1));
    }

    #[test]
    fn a_group_of_another_version_loses_no_more_than_the_rows_that_cannot_be_read() {
        let group: Batch = serde_json::from_str(
            r#"{"incarnation":3,"novelty":[1],"names":[{"kind":"agent","id":1,"name":"a","tint":"red"},{"kind":"robot"}]}"#,
        )
        .unwrap();
        assert_eq!((group.incarnation.start(), group.names.len()), (3, 1));
    }
}
