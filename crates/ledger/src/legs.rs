//! Legs: a row for each that is gone, once; and, beside the dialog that is kept for it, what is known of each that lives.

use crate::insert::{Filling, Insert, Row};
use crate::lines::count;
use crate::values::{Keyed, line};
use crate::{Reader, Result};
use call::cdr::{ForwardedBy, How, LegRecord, LegRole};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use terms::{CallRef, Cause, PhoneId, Told, TrunkId, Wall};

pub(crate) static LEGS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "call, nth, role, who_kind, who, agent, number, device, invited, rang, answered, ended, how, \
        status, cause, codec, sip_call_id, packets_received, packets_sent, packets_lost, packets_dropped, jitter_us, \
        round_trip_us";
    Insert::new("legs", columns, CONFLICT)
});

/// The first account of a leg stands. `node_lost` gives way: whoever tells of the leg was alive after all.
const CONFLICT: &str = "ON CONFLICT (call, nth) DO UPDATE SET rang = excluded.rang, answered = excluded.answered, \
    device = excluded.device, ended = excluded.ended, how = excluded.how, status = excluded.status, \
    cause = excluded.cause, codec = excluded.codec, packets_received = excluded.packets_received, \
    packets_sent = excluded.packets_sent, packets_lost = excluded.packets_lost, \
    packets_dropped = excluded.packets_dropped, jitter_us = excluded.jitter_us, \
    round_trip_us = excluded.round_trip_us \
    WHERE legs.how = 'node_lost' AND excluded.how <> 'node_lost'";

line! {
    /// A row of `legs`.
    pub(crate) struct LegLine {
        call: i64,
        nth: u16,
        role: Told<LegRole>,
        who: sip::Source,
        agent: Option<i64>,
        number: Option<String>,
        device: Option<String>,
        invited: i64,
        rang: Option<i64>,
        answered: Option<i64>,
        ended: Option<i64>,
        how: Told<How>,
        status: Option<u16>,
        cause: u8,
        codec: Option<String>,
        sip_call_id: String,
        media: Option<media::StreamTotals>,
        #[serde(default)]
        charged_to: Option<sip::Source>,
        #[serde(default)]
        forwarded: Vec<ForwardedBy>,
    }
}

impl From<LegRecord> for LegLine {
    fn from(leg: LegRecord) -> LegLine {
        LegLine {
            call: leg.call.0.cast_signed(),
            nth: leg.nth,
            role: leg.role.into(),
            who: leg.who,
            agent: leg.agent.map(|id| id.0.cast_signed()),
            number: leg.number.map(|number| number.reveal().clone()),
            device: leg.device.map(|device| device.to_string()),
            invited: leg.invited.as_millis(),
            rang: leg.rang.map(Wall::as_millis),
            answered: leg.answered.map(Wall::as_millis),
            ended: leg.ended.map(Wall::as_millis),
            how: leg.how.into(),
            status: leg.status,
            cause: leg.cause.0,
            codec: leg.codec,
            sip_call_id: leg.sip_call_id,
            media: leg.media,
            charged_to: leg.charged_to,
            forwarded: leg.forwarded,
        }
    }
}

impl LegLine {
    pub(crate) fn call(&self) -> i64 {
        self.call
    }

    /// Who pays for it, where that is not who brought the call.
    pub(crate) fn charged_to(&self) -> Option<sip::Source> {
        self.charged_to
    }

    /// Who has forwarded the call to it, in turn.
    pub(crate) fn forwarded(&self) -> &[ForwardedBy] {
        &self.forwarded
    }

    fn with(mut self, Dialog { call_id, to }: Dialog) -> LegLine {
        if let Some(call_id) = call_id.filter(|_| self.sip_call_id.is_empty()) {
            self.sip_call_id = call_id;
            self.device = self.device.or(to);
        }
        self
    }

    /// Its switch died under it, and had lived until then at least.
    fn died(mut self, sign: Wall) -> LegLine {
        let last = self.answered.or(self.rang).unwrap_or(self.invited);
        self.ended = Some(sign.as_millis().max(last));
        self.how = Told::Other("node_lost".into());
        self.cause = Cause::TEMPORARY.0;
        self
    }
}

impl Row for LegLine {
    fn fill(&self, statement: Filling) -> Filling {
        let (who_kind, who) = crate::calls::source(self.who);
        let media = |field: fn(&media::StreamTotals) -> u64| self.media.as_ref().map(|totals| count(field(totals)));
        let round_trip_us = self.media.as_ref().and_then(|totals| totals.round_trip_us).map(count);
        statement
            .bind(self.call)
            .bind(self.nth)
            .bind(self.role.word())
            .bind(who_kind)
            .bind(who)
            .bind(self.agent)
            .bind(self.number.as_deref())
            .bind(self.device.as_deref())
            .bind(self.invited)
            .bind(self.rang)
            .bind(self.answered)
            .bind(self.ended)
            .bind(self.how.word())
            .bind(self.status)
            .bind(self.cause)
            .bind(self.codec.as_deref())
            .bind(self.sip_call_id.as_str())
            .bind(media(|m| m.packets_received))
            .bind(media(|m| m.packets_sent))
            .bind(media(|m| m.packets_lost))
            .bind(media(|m| m.packets_dropped))
            .bind(media(|m| m.jitter_us))
            .bind(round_trip_us)
    }
}

impl Keyed for LegLine {
    type Key = (CallRef, u16);
    fn key(&self) -> (CallRef, u16) {
        (CallRef(self.call.cast_unsigned()), self.nth)
    }
}

/// Legs that lived when the switch died get their rows; it had lived until then at least.
pub(crate) async fn close_lost(db: &mut SqliteConnection, sign: Wall) -> Result<()> {
    let rows = sqlx::query("SELECT leg, kept FROM dialogs WHERE leg IS NOT NULL").fetch_all(&mut *db).await?;
    let lost: Vec<LegLine> = rows.iter().filter_map(|row| Some(read(row)?.with(dialog(row)).died(sign))).collect();
    LEGS.write(db, lost.iter()).await?;
    crate::moves::charge(db, lost.iter()).await?;
    crate::forwards::write(db, lost.iter()).await
}

/// What a confirmed dialog says of its leg, so that the leg need not.
#[derive(Default, Deserialize)]
struct Dialog {
    call_id: Option<String>,
    to: Option<String>,
}

fn dialog(row: &SqliteRow) -> Dialog {
    row.try_get("kept").ok().and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default()
}

fn read(row: &SqliteRow) -> Option<LegLine> {
    serde_json::from_str(row.try_get("leg").ok()?).ok()
}

/// What the legs of a call tell of it while it runs, or where it died with its switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Party {
    /// The caller was answered.
    pub answered: Option<Wall>,
    /// Somebody answered him.
    pub connected: Option<Wall>,
    /// At this phone.
    pub phone: Option<PhoneId>,
    /// Over this trunk.
    pub trunk_out: Option<TrunkId>,
}

impl Party {
    fn learn(&mut self, leg: &LegLine) {
        let answered = leg.answered.map(Wall::from_millis);
        if leg.role == LegRole::Caller {
            self.answered = answered;
            return;
        }
        if let sip::Source::Trunk(trunk) = leg.who {
            self.trunk_out = Some(trunk);
        }
        if let Some(at) = answered {
            self.connected = Some(self.connected.map_or(at, |before| before.min(at)));
            (self.phone, self.trunk_out) = match leg.who {
                sip::Source::Phone(phone) => (Some(phone), None),
                sip::Source::Trunk(trunk) => (None, Some(trunk)),
            };
        }
    }
}

/// Of those of these calls whose legs live, or lived when the switch died.
pub(crate) async fn of_running(db: &mut SqliteConnection, calls: &[i64]) -> Result<BTreeMap<CallRef, Party>> {
    let sql = "SELECT leg FROM dialogs WHERE leg IS NOT NULL AND call IN (SELECT value FROM json_each(?1))";
    let rows = sqlx::query(sql).bind(serde_json::to_string(calls)?).fetch_all(db).await?;
    let mut legs: Vec<LegLine> = rows.iter().filter_map(read).collect();
    legs.sort_by_key(Keyed::key);
    let mut found = BTreeMap::<_, Party>::new();
    for leg in &legs {
        found.entry(leg.key().0).or_default().learn(leg);
    }
    Ok(found)
}

/// A leg that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LegRow {
    /// In which call.
    pub call: CallRef,
    /// Which of its legs; 0 is the caller's.
    pub nth: u16,
    /// caller or callee.
    pub role: String,
    /// Who was at its other end: `trunk:` or `phone:` and the name, or the id where no name was told.
    pub who: String,
    /// The agent on whose behalf he was rung: his name, or his id.
    pub agent: Option<String>,
    /// INVITE received or sent; or when it came from another call.
    pub invited: Wall,
    /// It rang.
    pub rang: Option<Wall>,
    /// 200 sent or received.
    pub answered: Option<Wall>,
    /// The end.
    pub ended: Option<Wall>,
    /// won, cancelled, lost, node_lost; moved, where it went on in another call.
    pub how: String,
    /// The final SIP status, when it was not answered.
    pub status: Option<u16>,
    /// Q.850.
    pub cause: Cause,
    /// How it was coded.
    pub codec: Option<String>,
    /// What passed through its stream.
    pub media: Option<media::StreamTotals>,
    /// Where it was before, and where it went on: another call, and which of its legs.
    pub from: Option<(CallRef, u16)>,
    /// See `from`.
    pub to: Option<(CallRef, u16)>,
    /// Who pays for it, where that is not who brought the call.
    pub charged_to: Option<String>,
    /// Who has forwarded the call to it, or to us, and why: `phone:carol busy, +442079460001 always`.
    pub forwarded: Option<String>,
}

const OF_CALL: &str = "SELECT legs.*, coalesce(who.name, printf('%x', legs.who)) AS who_name,
        coalesce(agents.name, printf('%x', legs.agent)) AS agent_name,
        charges.who_kind || ':' || coalesce(charged.name, printf('%x', charges.who)) AS charged_to,
        (SELECT group_concat(coalesce('phone:' || by.name, forwards.number, '?') || ' ' || forwards.why, ', ')
            FROM forwards LEFT JOIN names AS by ON by.kind = 'phone' AND by.id = forwards.phone
            WHERE forwards.call = legs.call AND forwards.nth = legs.nth) AS forwarded,
        told.packets_dropped, told.jitter_us, told.round_trip_us
    FROM stretches AS legs
    LEFT JOIN legs AS told ON told.call = legs.call AND told.nth = legs.nth
    LEFT JOIN charges ON charges.call = legs.call AND charges.nth = legs.nth
    LEFT JOIN names AS charged ON charged.kind = charges.who_kind AND charged.id = charges.who
    LEFT JOIN names AS who ON who.kind = legs.who_kind AND who.id = legs.who
    LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = legs.agent
    WHERE legs.call = ?1 ORDER BY legs.nth";

fn leg_row(row: &SqliteRow) -> sqlx::Result<LegRow> {
    let wall = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(Wall::from_millis));
    let agent = row.try_get::<Option<i64>, _>("agent")?;
    let place = |call: &str, nth: &str| {
        let call = row.try_get::<Option<i64>, _>(call)?.map(|call| CallRef(call.cast_unsigned()));
        Ok::<_, sqlx::Error>(call.zip(row.try_get::<Option<u16>, _>(nth)?))
    };
    Ok(LegRow {
        call: CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()),
        nth: row.try_get("nth")?,
        role: row.try_get("role")?,
        who: format!("{}:{}", row.try_get::<&str, _>("who_kind")?, row.try_get::<&str, _>("who_name")?),
        agent: agent.map(|_| row.try_get("agent_name")).transpose()?,
        invited: Wall::from_millis(row.try_get("came")?),
        rang: wall("rang")?,
        answered: wall("answered")?,
        ended: wall("ended")?,
        how: row.try_get("how")?,
        status: row.try_get("status")?,
        cause: Cause(row.try_get("cause")?),
        codec: row.try_get("codec")?,
        media: crate::row::media(row)?,
        from: place("from_call", "from_nth")?,
        to: place("to_call", "to_nth")?,
        charged_to: row.try_get("charged_to")?,
        forwarded: row.try_get("forwarded")?,
    })
}

impl Reader {
    /// The legs of a call that are gone or went on in another one, the caller's first.
    pub async fn legs(&self, call: CallRef) -> Result<Vec<LegRow>> {
        let rows = sqlx::query(OF_CALL).bind(call.0.cast_signed()).fetch_all(self.pool()).await?;
        rows.iter().map(|row| leg_row(row).map_err(crate::Error::from)).collect()
    }

    /// What the legs of running calls tell.
    pub(crate) async fn running_legs(&self, calls: &[i64]) -> Result<BTreeMap<CallRef, Party>> {
        let mut db = self.pool().acquire().await?;
        of_running(&mut db, calls).await
    }
}
