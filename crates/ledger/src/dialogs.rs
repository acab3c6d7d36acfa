//! Legs that ring and confirmed dialogs, kept for as long as they live: the next start says CANCEL or BYE in those that
//! it finds. Few statements for all that begin within a group and one for all that end; who does both within one group
//! costs nothing, and who rings and is answered within one is one row.

use crate::Result;
use crate::batch::renumbered;
use crate::insert::{Filling, Insert, Row};
use crate::legs::LegLine;
use crate::values;
use call::cdr::LegRecord;
use serde::{Deserialize, Serialize};
use sip::{DialogChange, Owed};
use sqlx::{Row as _, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::{LazyLock, OnceLock};
use terms::{Incarnation, LegId};

static BEGUN: LazyLock<Insert> = LazyLock::new(|| Insert::new("dialogs", "dialog, kept, call, leg", CONFLICT));
const CONFLICT: &str = "ON CONFLICT (dialog) DO UPDATE SET kept = excluded.kept, call = excluded.call, \
    leg = excluded.leg";
const LEARNT: &str = "UPDATE dialogs SET call = learnt.value->>1, leg = learnt.value->>2
    FROM json_each(?1) AS learnt WHERE dialogs.dialog = learnt.value->>0";
const ENDED: &str = "DELETE FROM dialogs WHERE dialog IN (SELECT value FROM json_each(?1))";

/// The dialogs of one group; none is both begun and ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Dialogs {
    /// Text of their own in the daybook; older versions had them among the rows.
    #[serde(skip_serializing)]
    begun: BTreeMap<i64, Begun>,
    ended: BTreeSet<i64>,
    /// What is known better of the legs of dialogs that began before: they went on in other calls.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    learnt: BTreeMap<i64, LegLine>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Begun {
    kept: Kept,
    /// What is known of its leg.
    leg: Option<KeptLeg>,
    /// Whether an earlier group may have written it.
    known: bool,
}

/// What is owed, as JSON once somebody asks: most that ring are answered before that.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "String")]
struct Kept {
    owed: Option<Box<Owed>>,
    text: OnceLock<String>,
}

/// A leg, likewise.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "LegLine")]
struct KeptLeg {
    call: i64,
    leg: Option<Box<LegLine>>,
    text: OnceLock<String>,
}

/// Room for what is owed, or a leg, of nearly all: a text that grows while it is written is copied as often as it doubles.
const ROOM: usize = 1_024;

fn json(value: &impl Serialize) -> String {
    let mut text = Vec::with_capacity(ROOM);
    serde_json::to_writer(&mut text, value).expect("words and numbers are always JSON");
    String::from_utf8(text).expect("JSON is UTF-8")
}

impl Kept {
    fn text(&self) -> &str {
        self.text.get_or_init(|| json(&self.owed))
    }
}

impl From<String> for Kept {
    fn from(text: String) -> Kept {
        Kept { owed: None, text: text.into() }
    }
}

impl From<Box<Owed>> for Kept {
    fn from(owed: Box<Owed>) -> Kept {
        Kept { owed: Some(owed), text: OnceLock::new() }
    }
}

impl KeptLeg {
    fn text(&self) -> &str {
        self.text.get_or_init(|| json(&self.leg))
    }
}

impl From<Box<LegRecord>> for KeptLeg {
    fn from(leg: Box<LegRecord>) -> KeptLeg {
        KeptLeg { call: leg.call.0.cast_signed(), leg: Some(Box::new(LegLine::from(*leg))), text: OnceLock::new() }
    }
}

impl From<LegLine> for KeptLeg {
    fn from(line: LegLine) -> KeptLeg {
        KeptLeg { call: line.call(), leg: None, text: json(&line).into() }
    }
}

/// A row of `dialogs`.
struct Line<'a>(i64, &'a Begun);

impl Row for Line<'_> {
    fn fill(&self, statement: Filling) -> Filling {
        let Line(key, Begun { kept, leg, .. }) = self;
        let leg = leg.as_ref();
        statement.bind(*key).bind(kept.text()).bind(leg.map(|leg| leg.call)).bind(leg.map(KeptLeg::text))
    }
}

/// A dialog as the daybook has it: its key, whether an earlier group may have written it, what is owed, and its leg.
#[derive(Deserialize)]
struct Told(i64, bool, Box<Owed>, Option<LegLine>);

/// None for a leg that a start has no number for: call control takes no calls any more before that.
fn key(incarnation: Incarnation, leg: LegId) -> Option<i64> {
    incarnation.id(leg.0).map(u64::cast_signed)
}

impl Dialogs {
    /// Takes note of a change.
    pub(crate) fn add(&mut self, change: DialogChange, known: Option<Box<LegRecord>>, incarnation: Incarnation) {
        let key = |leg| key(incarnation, leg);
        match change {
            DialogChange::Begun { leg, owed } => self.begin_if(key(leg), || Begun::of(owed, known, false)),
            DialogChange::Moved { leg, owed } => self.begin_if(key(leg), || Begun::of(owed, known, true)),
            DialogChange::Ended { leg } => key(leg).into_iter().for_each(|key| self.end(key)),
            DialogChange::Parted { key } => self.end(key),
        }
    }

    /// Its leg went on in another call: so it is known there, should the switch die.
    pub(crate) fn learn(&mut self, leg: LegId, known: Box<LegRecord>, incarnation: Incarnation) {
        if let Some(key) = key(incarnation, leg) {
            self.learn_line(key, LegLine::from(*known));
        }
    }

    fn learn_line(&mut self, key: i64, line: LegLine) {
        match self.begun.get_mut(&key) {
            Some(begun) => begun.leg = Some(line.into()),
            None => drop(self.learnt.insert(key, line)),
        }
    }

    /// With the keys that step 0080 of the schema gave to those of the versions before.
    pub(crate) fn renumbered(self) -> Dialogs {
        let begun = self.begun.into_iter().map(|(key, begun)| (renumbered(key), begun)).collect();
        Dialogs { begun, ended: self.ended.into_iter().map(renumbered).collect(), ..Dialogs::default() }
    }

    /// Takes the changes of a later group. The earlier ones may have been posted once before, so what ends is taken away
    /// even where both groups together would not have written it.
    pub(crate) fn merge(&mut self, later: Dialogs) {
        later.begun.into_iter().for_each(|(key, begun)| self.begin(key, begun));
        later.learnt.into_iter().for_each(|(key, line)| self.learn_line(key, line));
        for key in later.ended {
            self.begun.remove(&key);
            self.learnt.remove(&key);
            self.ended.insert(key);
        }
    }

    fn begin_if(&mut self, key: Option<i64>, begun: impl FnOnce() -> Begun) {
        if let Some(key) = key {
            self.begin(key, begun());
        }
    }

    fn begin(&mut self, key: i64, begun: Begun) {
        let ended = self.ended.remove(&key);
        self.learnt.remove(&key);
        let known = self.begun.get(&key).map_or(begun.known || ended, |earlier| earlier.known);
        self.begun.insert(key, Begun { known, ..begun });
    }

    fn end(&mut self, key: i64) {
        self.learnt.remove(&key);
        if self.begun.remove(&key).is_none_or(|begun| begun.known) {
            self.ended.insert(key);
        }
    }

    /// Those that begin, as one line of JSON without its brackets.
    pub(crate) fn write_text(&self, to: &mut Vec<u8>) {
        for (nth, (key, Begun { kept, leg, known })) in self.begun.iter().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            let leg = leg.as_ref().map_or("null", KeptLeg::text);
            write!(to, "{comma}[{key},{known},{},{leg}]", kept.text()).expect("memory takes it");
        }
    }

    /// Takes that line back.
    pub(crate) fn read_text(&mut self, text: &[u8]) -> Result<()> {
        let array = [b"[", text, b"]"].concat();
        for Told(key, known, owed, leg) in values::list(&mut serde_json::Deserializer::from_slice(&array))? {
            self.begun.insert(key, Begun { kept: owed.into(), leg: leg.map(KeptLeg::from), known });
        }
        Ok(())
    }

    /// Writes them.
    pub(crate) async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        let begun: Vec<Line<'_>> = self.begun.iter().map(|(key, begun)| Line(*key, begun)).collect();
        BEGUN.write(db, begun.iter()).await?;
        let learnt = self.learnt.iter().map(|(key, line)| (key, line.call(), json(line)));
        crate::store::rows(db, LEARNT, &learnt.collect::<Vec<_>>()).await?;
        crate::store::rows(db, ENDED, &self.ended.iter().collect::<Vec<_>>()).await
    }
}

impl Begun {
    /// What a dialog says itself is not said again by its leg.
    fn of(owed: Box<Owed>, mut leg: Option<Box<LegRecord>>, known: bool) -> Begun {
        if let (Owed::Bye(kept), Some(leg)) = (&*owed, &mut leg) {
            leg.device = leg.device.filter(|device| *device != kept.to);
            if leg.sip_call_id == kept.call_id {
                leg.sip_call_id.clear();
            }
        }
        Begun { kept: owed.into(), leg: leg.map(KeptLeg::from), known }
    }
}

/// What earlier starts left behind. A row that cannot be read is of no use to anybody and goes.
pub(crate) async fn left_behind(db: &mut SqliteConnection) -> Result<Vec<(i64, Owed)>> {
    let rows = sqlx::query("SELECT dialog, kept FROM dialogs ORDER BY dialog").fetch_all(&mut *db).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let key: i64 = row.try_get("dialog")?;
        match serde_json::from_str(row.try_get("kept")?) {
            Ok(kept) => found.push((key, kept)),
            Err(_) => {
                sqlx::query("DELETE FROM dialogs WHERE dialog = ?1").bind(key).execute(&mut *db).await?;
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Incarnation = Incarnation::new(0, 3);

    fn kept() -> Box<Owed> {
        let party = || sip::KeptParty { display: None, uri: "sip:x@y".into() };
        Box::new(Owed::Bye(sip::KeptDialog {
            call_id: "c".into(),
            local_tag: "l".into(),
            remote_tag: "r".into(),
            local: party(),
            remote: party(),
            seq: 1,
            routes: vec![],
            target: "sip:x@192.0.2.1".into(),
            peer: sip::Source::Trunk(terms::TrunkId::of("acme")),
            transport: sip::Transport::Udp,
            to: "192.0.2.1:5060".parse().unwrap(),
            from: "192.0.2.2:5060".parse().unwrap(),
        }))
    }

    #[test]
    fn a_dialog_that_begins_and_ends_within_a_group_writes_nothing() {
        let leg = LegId::inbound(1);
        let mut dialogs = Dialogs::default();
        dialogs.add(DialogChange::Begun { leg, owed: kept() }, None, START);
        dialogs.add(DialogChange::Moved { leg, owed: kept() }, None, START);
        dialogs.add(DialogChange::Ended { leg }, None, START);
        assert!(dialogs.begun.is_empty() && dialogs.ended.is_empty(), "{dialogs:?}");
    }

    #[test]
    fn a_leg_that_rings_and_is_answered_within_a_group_is_one_row() {
        let leg = LegId::outbound(7);
        let mut dialogs = Dialogs::default();
        let rings = Owed::Cancel(sip::KeptInvite {
            invite: "INVITE sip:x@y SIP/2.0\r\n\r\n".to_owned().into(),
            peer: sip::Source::Trunk(terms::TrunkId::of("acme")),
            transport: sip::Transport::Udp,
            to: "192.0.2.1:5060".parse().unwrap(),
            from: "192.0.2.2:5060".parse().unwrap(),
        });
        dialogs.add(DialogChange::Begun { leg, owed: Box::new(rings) }, None, START);
        dialogs.add(DialogChange::Moved { leg, owed: kept() }, None, START);
        assert_eq!((dialogs.begun.len(), dialogs.ended.len()), (1, 0));
        dialogs.add(DialogChange::Ended { leg }, None, START);
        assert!(dialogs.begun.is_empty() && dialogs.ended.is_empty(), "{dialogs:?}");
    }

    #[test]
    fn a_dialog_that_moves_and_ends_within_a_group_takes_its_earlier_row_away() {
        let leg = LegId::outbound(7);
        let mut dialogs = Dialogs::default();
        dialogs.add(DialogChange::Moved { leg, owed: kept() }, None, START);
        dialogs.add(DialogChange::Ended { leg }, None, START);
        assert_eq!((dialogs.begun.len(), dialogs.ended), (0, key(START, leg).into_iter().collect()));
    }

    #[test]
    fn two_starts_and_two_nodes_never_share_a_key() {
        let keys = [(0, 3), (0, 4), (1, 3), (1, 4)].map(|(node, start)| Incarnation::new(node, start));
        let keys: BTreeSet<_> =
            keys.iter().flat_map(|of| [1, 2, (1 << 36) - 1].map(|leg| key(*of, LegId(leg)))).collect();
        assert_eq!((keys.len(), keys.contains(&None)), (12, false));
        assert_eq!(key(START, LegId(1 << 36)), None, "none instead of one of the next start");
    }
}
