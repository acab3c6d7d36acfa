//! The daybook: in bookkeeping the book in which things are entered as they come, and from which they are posted to the
//! ledger. Each group is one write and one sync here, whatever the database does; the database gets many at once.
//!
//! Two files beside the database are used in turn. Groups are appended to one of them for a round. When a round is posted,
//! the next groups begin a new round in the other file; once the database has committed the round, with its number, the
//! file is free and is overwritten from its start. It is not cut, so that a sync has no new length to write. What stands in
//! it from earlier rounds is known by their numbers, and a round that the database has is never read again.

mod entry;
mod left;

pub(crate) use entry::Stamp;
pub(crate) use left::replay;

use crate::batch::Batch;
use crate::{Error, Result};
use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use terms::limits;

/// Room for an entry that is kept from one to the next.
const KEPT_BYTES: usize = 1 << 20;

/// One of the two files.
#[derive(Debug)]
struct Book {
    path: PathBuf,
    file: File,
}

/// The daybook, open for writing.
#[derive(Debug)]
pub(crate) struct Daybook {
    books: [Book; 2],
    stamp: Stamp,
    /// Where the next entry stands in the round, and in the file.
    place: u32,
    at: u64,
    entry: Vec<u8>,
}

/// What the daybook writes for these items, taken as one group: for measurements of the intake, which has no other face.
pub fn written_down(items: impl IntoIterator<Item = crate::Item>) -> Result<Vec<u8>> {
    let incarnation = terms::Incarnation::new(0, 1);
    let (mut group, mut ids) = (Batch::new(incarnation), terms::IdSource::new(incarnation));
    items.into_iter().for_each(|item| group.add(item, &mut ids));
    let mut bytes = vec![];
    entry::write(&mut bytes, Stamp { database: 0, round: 1 }, 0, &group)?;
    Ok(bytes)
}

/// Where the two files of a database are.
pub(crate) fn paths(database: &Path) -> [PathBuf; 2] {
    [0, 1].map(|nth| PathBuf::from(format!("{}-daybook.{nth}", database.display())))
}

fn refused(path: &Path) -> impl Fn(std::io::Error) -> Error {
    |source| Error::File { path: path.display().to_string(), source }
}

impl Book {
    fn open(path: PathBuf) -> Result<Book> {
        let file = Book::make(&path).map_err(refused(&path))?;
        Ok(Book { path, file })
    }

    /// For its owner alone, since it holds callers' numbers. The folder is synced: the file is there after a power cut.
    fn make(path: &Path) -> std::io::Result<File> {
        let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(file)
    }

    /// Before a round. A file that somebody took away is made anew, and one that an outage made long is cut.
    fn begin(&mut self) -> Result<()> {
        let refused = refused(&self.path);
        if !self.is_there() {
            self.file = Book::make(&self.path).map_err(&refused)?;
        }
        if self.file.metadata().map_err(&refused)?.len() > limits::DAYBOOK_BYTES {
            self.file.set_len(0).map_err(&refused)?;
        }
        Ok(())
    }

    fn is_there(&self) -> bool {
        let identity = |meta: std::fs::Metadata| (meta.dev(), meta.ino());
        let here = self.file.metadata().map(identity);
        std::fs::metadata(&self.path).map(identity).is_ok_and(|there| here.is_ok_and(|here| here == there))
    }
}

impl Daybook {
    /// Opens both files, to begin a round. What is in them must have been posted.
    pub(crate) fn open(database: &Path, stamp: Stamp) -> Result<Daybook> {
        let [first, second] = paths(database);
        let books = [Book::open(first)?, Book::open(second)?];
        Ok(Daybook { books, stamp, place: 0, at: 0, entry: vec![] })
    }

    /// Writes a group down; afterwards a power cut does not take it. After an error the same group may be tried again.
    pub(crate) fn enter(&mut self, group: &Batch) -> Result<()> {
        let [first, second] = &mut self.books;
        let book = if self.stamp.round.is_multiple_of(2) { first } else { second };
        if self.place == 0 {
            book.begin()?;
        }
        entry::write(&mut self.entry, self.stamp, self.place, group)?;
        let refused = refused(&book.path);
        book.file.write_all_at(&self.entry, self.at).map_err(&refused)?;
        book.file.sync_data().map_err(&refused)?;
        self.place += 1;
        self.at += self.entry.len() as u64;
        if self.entry.capacity() > KEPT_BYTES {
            self.entry = vec![];
        }
        Ok(())
    }

    /// Begins a round in the other file, whose round must have been posted.
    pub(crate) fn turn(&mut self, round: u64) {
        self.stamp.round = round;
        (self.place, self.at) = (0, 0);
    }

    /// Overwrites the file that no round is written in, which must have been posted.
    pub(crate) fn empty_the_other(&mut self) -> Result<()> {
        let [first, second] = &mut self.books;
        let book = if self.stamp.round.is_multiple_of(2) { second } else { first };
        let refused = refused(&book.path);
        let length = book.file.metadata().map_err(&refused)?.len();
        let zeros = [0; 1 << 12];
        for at in (0..length).step_by(zeros.len()) {
            let piece = usize::try_from(length - at).map_or(zeros.len(), |rest| rest.min(zeros.len()));
            book.file.write_all_at(zeros.get(..piece).unwrap_or_default(), at).map_err(&refused)?;
        }
        book.file.sync_data().map_err(&refused)
    }

    /// Bytes of this round.
    pub(crate) fn bytes(&self) -> u64 {
        self.at
    }

    /// Takes both files away: everything is posted.
    pub(crate) fn remove(self) {
        for Book { path, .. } in self.books {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, path = %path.display(), "the daybook could not be removed; it is empty");
            }
        }
    }
}
