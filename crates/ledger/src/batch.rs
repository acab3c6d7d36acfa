//! One group, or several that are posted together, sorted by table. Tables of which every call writes rows take them as
//! values ([`crate::insert`]); for the others SQLite's `json_each` turns a whole array into rows in one statement.
//!
//! A batch is built once and kept until it is committed: each retry writes the very same rows. Taking groups together
//! ([`Batch::merge`]) leaves the same tables as committing one after the other.

use crate::access::Accesses;
use crate::calls::{CallLine, OpenLine};
use crate::changes::Changes;
use crate::events::{self, EventLine};
use crate::happenings::{HappeningLine, Kind};
use crate::item::{Item, Name, NameKind};
use crate::journal::Journal;
use crate::kept::Kept;
use crate::legs::LegLine;
use crate::lines::{AgentLine, RecordingLine, SealLine};
use crate::messages::Messages;
use crate::moves::Moves;
use crate::pages::{Moment, Page};
use crate::seats::SeatLine;
use crate::values::{self, Keyed as _};
use crate::watches::WatchLine;
use call::cdr::{Entry, Recording};
use node::{Happening, Record};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use terms::{AgentId, CallRef, CaptureId, IdSource, Incarnation, PhoneId};

/// How the ids of events, reloads and dialogs are laid out: as `terms::IdSource` does.
const LAYOUT: u8 = 1;

/// The id that step 0080 of the schema gave to what had this one: start (20 bits) and count (40) before, and no node.
pub(crate) fn renumbered(id: i64) -> i64 {
    (id >> 40) << 36 | (id & ((1 << 36) - 1))
}

/// The rows of one group or of one posting.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Batch {
    /// The start that this group belongs to.
    pub incarnation: Incarnation,
    /// [`LAYOUT`]; 0 where a version wrote it whose ids knew no node.
    layout: u8,
    pub items: usize,
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub opened: BTreeMap<CallRef, Box<OpenLine>>,
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub closed: BTreeMap<CallRef, Box<CallLine>>,
    /// Legs that are gone.
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub legs: BTreeMap<(CallRef, u16), Box<LegLine>>,
    /// What transfers leave.
    #[serde(skip_serializing_if = "Moves::is_empty")]
    pub moves: Moves,
    /// Who watches whom.
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub watches: BTreeMap<(CallRef, u16), WatchLine>,
    /// Who is in which room.
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub seats: BTreeMap<(CallRef, u16), SeatLine>,
    /// What callers leave.
    #[serde(skip_serializing_if = "Messages::is_empty")]
    pub messages: Messages,
    /// Text of their own in the daybook; older versions had them among the rows.
    #[serde(deserialize_with = "values::list", skip_serializing)]
    pub events: Vec<EventLine>,
    #[serde(deserialize_with = "values::list", skip_serializing_if = "Vec::is_empty")]
    pub happenings: Vec<HappeningLine>,
    #[serde(skip_serializing_if = "Page::is_empty")]
    pub page: Page,
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub recordings: BTreeMap<CaptureId, RecordingLine>,
    /// Calls that died, and their recordings, found later.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub salvaged: BTreeMap<CallRef, CaptureId>,
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub sealed: BTreeMap<CaptureId, SealLine>,
    pub journal: Journal,
    /// What became of each agent, one line for each change of what the line says.
    #[serde(serialize_with = "in_a_row", deserialize_with = "by_agent", skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<AgentId, Vec<AgentLine>>,
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub bindings: BTreeMap<(PhoneId, String), sip::BindingChange>,
    #[serde(with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<(NameKind, i64), Name>,
    pub dialogs: crate::dialogs::Dialogs,
    #[serde(rename = "desk", skip_serializing_if = "Changes::is_empty")]
    pub changes: Changes,
    /// Contacts without a call.
    #[serde(skip_serializing_if = "Kept::is_empty")]
    pub kept: Kept,
    #[serde(skip_serializing_if = "Accesses::is_empty")]
    pub access: Accesses,
    #[serde(skip)]
    pub keep: Option<crate::Retention>,
}

fn in_a_row<S: Serializer>(agents: &BTreeMap<AgentId, Vec<AgentLine>>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(agents.values().flatten())
}

fn by_agent<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<AgentId, Vec<AgentLine>>, D::Error> {
    let mut agents = BTreeMap::<_, Vec<_>>::new();
    values::list::<AgentLine, D>(from)?.into_iter().for_each(|line| agents.entry(line.agent()).or_default().push(line));
    Ok(agents)
}

impl Batch {
    /// An empty one.
    pub(crate) fn new(incarnation: Incarnation) -> Batch {
        Batch { incarnation, layout: LAYOUT, ..Batch::default() }
    }

    /// One that was read from a daybook, with ids as they are now.
    pub(crate) fn up_to_date(mut self) -> Batch {
        if self.layout != LAYOUT {
            self.events.iter_mut().for_each(EventLine::renumber);
            self.dialogs = std::mem::take(&mut self.dialogs).renumbered();
            self.changes.renumber();
            self.layout = LAYOUT;
        }
        self
    }

    /// Sorts an item into its table. `ids` are for reloads; where none are left, those are not kept.
    pub(crate) fn add(&mut self, item: Item, ids: &mut IdSource) {
        self.items += 1;
        match item {
            Item::Happened(record) => self.happened(record),
            Item::Binding(change) => {
                self.bindings.insert((change.phone, change.key.clone()), *change);
            }
            Item::Salvaged(recording) => {
                self.salvaged.entry(recording.call).or_insert(recording.capture);
                self.record(*recording);
            }
            Item::Dialog(change, leg) => {
                self.dialogs.add(change, leg, self.incarnation);
            }
            Item::Sealed { capture, sha256 } => {
                self.sealed.insert(capture, SealLine::new(capture, &sha256));
            }
            Item::Name(name) => {
                self.names.insert((name.kind, name.id), *name);
            }
            Item::Reload(reload) => {
                if let Some(id) = ids.next_id() {
                    self.changes.reload(id.cast_signed(), *reload);
                }
            }
            Item::Overlay(id, row) => self.changes.overlay(id, row.map(|row| *row)),
            Item::Contact(contact, kept) => self.kept.add(contact, kept.map(|kept| *kept)),
            Item::Access(access) => self.access.add(*access),
            Item::Keep(keep) => self.keep = Some(keep),
            Item::Receipt(receipt) => self.changes.receipt(receipt),
        }
    }

    /// What has no number is no part of the stream: of a call it is kept all the same, of all else it is not.
    fn happened(&mut self, record: Record) {
        let Record { seq, at, what } = record;
        let id = seq.id().filter(|_| seq.n > 0).map(u64::cast_signed);
        match what {
            Happening::Call(Entry::Opened(record)) => {
                self.moment(id.map(|id| Moment::new(id, at, Kind::CallOpened, record.call.0)));
                self.open(record.call, || Box::new(OpenLine::from(*record)));
            }
            Happening::Call(Entry::Closed(record)) => {
                self.moment(id.map(|id| Moment::new(id, at, Kind::CallClosed, record.call.0)));
                record.joined.into_iter().for_each(|into| self.moves.merge_calls(record.call, into));
                self.close(record.call, || Box::new(CallLine::from(*record)));
            }
            Happening::Call(Entry::Event(event)) => {
                AgentLine::of(&event).into_iter().for_each(|line| self.agent(line));
                self.events.extend(id.map(|id| EventLine::new(id, event)));
            }
            Happening::Call(Entry::Captured(recording)) => {
                self.moment(id.map(|id| Moment::new(id, at, Kind::Captured, recording.capture.0)));
                self.moves.record(&recording);
                self.record(*recording);
            }
            Happening::Call(Entry::Parked(parking)) => {
                self.happenings.extend(id.map(|id| HappeningLine::parked(id, at, &parking)));
            }
            Happening::Call(Entry::Watched(watching)) => {
                self.happenings.extend(id.map(|id| HappeningLine::watched(id, at, &watching)));
                self.watch(WatchLine::from(*watching));
            }
            Happening::Call(Entry::Seated(seating)) => {
                self.happenings.extend(id.map(|id| HappeningLine::seated(id, at, &seating)));
                self.seat(SeatLine::from(*seating));
            }
            Happening::Call(Entry::Message(told)) => {
                self.happenings.extend(id.map(|id| HappeningLine::message(id, at, &told)));
                self.messages.add((*told).into());
            }
            Happening::Call(Entry::Marked(mark)) => {
                self.happenings.extend(id.map(|id| HappeningLine::marked(id, at, &mark)));
                self.messages.mark((*mark).into());
            }
            Happening::Call(Entry::Moved { leg, record }) => {
                self.happenings.extend(id.map(|id| HappeningLine::leg_moved(id, at, &record)));
                self.moves.add(&record);
                self.dialogs.learn(leg, record, self.incarnation);
            }
            Happening::Call(Entry::Leg(leg)) => {
                self.moment(id.map(|id| Moment::new(id, at, Kind::LegGone, leg.call.0).of_leg(leg.nth)));
                self.leg((leg.call, leg.nth), || Box::new(LegLine::from(*leg)));
            }
            Happening::Acd(entry) => self.journal(id, seq.n, &entry),
            Happening::Phone { phone, reachable } => {
                self.happenings.extend(id.map(|id| HappeningLine::phone(id, at, phone, reachable)));
            }
            Happening::Trunk { trunk, what } => {
                self.happenings.extend(id.map(|id| HappeningLine::trunk(id, at, trunk, what)));
            }
            Happening::Plan { hash } => self.happenings.extend(id.map(|id| HappeningLine::plan(id, at, &hash))),
            Happening::Command(ordered) => {
                self.happenings.extend(id.map(|id| HappeningLine::command(id, at, &ordered)));
            }
        }
    }

    /// Takes the rows of a later group, as if its items had been added here.
    pub(crate) fn merge(&mut self, later: Batch) {
        self.items += later.items;
        later.opened.into_iter().for_each(|(call, line)| self.open(call, || line));
        later.closed.into_iter().for_each(|(call, line)| self.close(call, || line));
        later.legs.into_iter().for_each(|(key, line)| self.leg(key, || line));
        self.moves.merge(later.moves);
        later.watches.into_values().for_each(|line| self.watch(line));
        later.seats.into_values().for_each(|line| self.seat(line));
        self.messages.merge(later.messages);
        self.events.extend(later.events);
        self.happenings.extend(later.happenings);
        self.page.merge(&later.page);
        self.recordings.extend(later.recordings);
        for (call, capture) in later.salvaged {
            self.salvaged.entry(call).or_insert(capture);
        }
        self.sealed.extend(later.sealed);
        self.journal.merge(&later.journal);
        later.agents.into_values().flatten().for_each(|line| self.agent(line));
        self.bindings.extend(later.bindings);
        self.names.extend(later.names);
        self.dialogs.merge(later.dialogs);
        self.changes.merge(later.changes);
        self.kept.merge(later.kept);
        self.access.merge(later.access);
        self.keep = later.keep.or(self.keep);
    }

    /// The first one stands, as it does in the table.
    fn open(&mut self, call: CallRef, line: impl FnOnce() -> Box<OpenLine>) {
        if !self.closed.contains_key(&call) {
            self.opened.entry(call).or_insert_with(line);
        }
    }

    /// A call that began and ended within one posting is one row.
    fn close(&mut self, call: CallRef, line: impl FnOnce() -> Box<CallLine>) {
        self.opened.remove(&call);
        self.closed.entry(call).or_insert_with(line);
    }

    /// The first account of a leg stands, as it does in the table.
    fn leg(&mut self, key: (CallRef, u16), line: impl FnOnce() -> Box<LegLine>) {
        self.legs.entry(key).or_insert_with(line);
    }

    /// What was told first of a stretch stands, and so does its first end, as they do in the table.
    fn watch(&mut self, line: WatchLine) {
        self.watches.entry(line.key()).and_modify(|known| known.learn(&line)).or_insert(line);
    }

    /// The same of a seat.
    fn seat(&mut self, line: SeatLine) {
        self.seats.entry(line.key()).and_modify(|known| known.learn(&line)).or_insert(line);
    }

    fn moment(&mut self, moment: Option<Moment>) {
        moment.into_iter().for_each(|moment| self.page.add(moment));
    }

    fn record(&mut self, recording: Recording) {
        self.recordings.insert(recording.capture, RecordingLine::from(recording));
    }

    fn journal(&mut self, id: Option<i64>, n: u64, entry: &acd::Entry) {
        if let Some(id) = id {
            self.journal.add(id, n, entry);
        }
    }

    fn agent(&mut self, line: AgentLine) {
        let lines = self.agents.entry(line.agent()).or_default();
        if lines.last().is_none_or(|last| !last.says_as(&line)) {
            lines.push(line);
        }
    }

    /// What is text already and stays so, a line for each: the daybook has it behind the rows.
    pub(crate) fn write_texts(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.journal.text());
        to.push(b'\n');
        to.extend_from_slice(self.page.text());
        to.push(b'\n');
        self.dialogs.write_text(to);
        to.push(b'\n');
        events::write_text(&self.events, to);
    }

    /// Takes them back. Older versions wrote the journal's alone.
    pub(crate) fn read_texts(&mut self, texts: &[u8]) -> crate::Result<()> {
        let mut lines = texts.split(|byte| *byte == b'\n');
        self.journal.set_text(lines.next().unwrap_or_default());
        self.page.set_text(lines.next().unwrap_or_default());
        self.dialogs.read_text(lines.next().unwrap_or_default())?;
        self.events.extend(events::read_text(lines.next().unwrap_or_default())?);
        Ok(())
    }

    /// Without what the account has already of the journal and of the stream.
    pub(crate) async fn news(mut self, db: &mut SqliteConnection) -> crate::Result<Batch> {
        self.journal = self.journal.news(db, self.incarnation).await?;
        self.page = self.page.news(db, self.incarnation).await?;
        Ok(self)
    }

    /// The calls whose final record is in this group.
    pub(crate) fn closed_calls(&self) -> impl Iterator<Item = CallRef> {
        self.closed.keys().copied()
    }
}
