//! The order of what happens to calls, legs and recordings. Their rows tell all of it but its number and its time, and a
//! call has four such moments at least: so they are kept by the page, one for each posting, and not in rows of their own.

use crate::Result;
use crate::happenings::Kind;
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, SqliteConnection};
use terms::{Incarnation, Wall};

/// Replaced by a longer one from the same place: a commit whose answer was lost may have held the beginning of it.
const WRITE: &str = "INSERT INTO pages (first_id, last_id, at, moments) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (first_id) DO UPDATE SET last_id = excluded.last_id, at = excluded.at, moments = excluded.moments
    WHERE excluded.last_id > pages.last_id";
const LAST: &str = "SELECT last_id FROM pages WHERE first_id BETWEEN ?1 AND ?2 ORDER BY first_id DESC LIMIT 1";

/// Something happened: its number, when, what, to which call or recording, and to which leg of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment(pub i64, pub i64, pub Kind, pub i64, pub u16);

impl Moment {
    pub(crate) fn new(id: i64, at: Wall, kind: Kind, subject: u64) -> Moment {
        Moment(id, at.as_millis(), kind, subject.cast_signed(), 0)
    }

    /// Of this leg of its call.
    pub(crate) fn of_leg(self, nth: u16) -> Moment {
        Moment(self.0, self.1, self.2, self.3, nth)
    }
}

/// Moments in the order of their numbers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Page {
    first: i64,
    last: i64,
    /// When the last one was.
    at: i64,
    /// A JSON array without its brackets: the daybook and the database want the same.
    #[serde(skip)]
    text: Vec<u8>,
}

impl Page {
    pub(crate) fn is_empty(&self) -> bool {
        self.first == 0
    }

    /// The next moment.
    pub(crate) fn add(&mut self, moment: Moment) {
        self.follow(moment.0, moment.0, moment.1);
        serde_json::to_writer(&mut self.text, &moment).expect("memory takes it");
    }

    /// Takes the moments of the next group.
    pub(crate) fn merge(&mut self, later: &Page) {
        if !later.is_empty() {
            self.follow(later.first, later.last, later.at);
            self.text.extend_from_slice(&later.text);
        }
    }

    fn follow(&mut self, first: i64, last: i64, at: i64) {
        match self.is_empty() {
            true => self.first = first,
            false => self.text.push(b','),
        }
        (self.last, self.at) = (last, at);
    }

    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(crate) fn set_text(&mut self, text: &[u8]) {
        self.text = text.to_vec();
    }

    fn array(&self) -> Vec<u8> {
        [b"[", self.text.as_slice(), b"]"].concat()
    }

    /// Writes it as one row.
    pub(crate) async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        if !self.is_empty() {
            let row = sqlx::query(WRITE).bind(self.first).bind(self.last).bind(self.at).bind(self.array());
            row.execute(db).await?;
        }
        Ok(())
    }

    /// Without the moments that the account has already. Groups that are posted anew may be cut otherwise than before.
    pub(crate) async fn news(&self, db: &mut SqliteConnection, incarnation: Incarnation) -> Result<Page> {
        let (first, last) = incarnation.ids();
        let known = sqlx::query(LAST).bind(first.cast_signed()).bind(last.cast_signed()).fetch_optional(db).await?;
        let known: i64 = known.map(|row| row.try_get(0)).transpose()?.unwrap_or(0);
        let mut news = Page::default();
        let moments: Vec<Moment> = serde_json::from_slice(&self.array())?;
        moments.into_iter().filter(|moment| moment.0 > known).for_each(|moment| news.add(moment));
        Ok(news)
    }
}
