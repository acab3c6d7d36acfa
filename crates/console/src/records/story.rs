//! The story of a call that is over, for somebody: each stay, leg and event is asked for by what he sees, since a call may
//! have come through queues that are not his.

use crate::Console;
use crate::access::Viewer;
use crate::wire::problem::{Kind, Problem};
use crate::wire::record::{CallRecord, Leg, Moment, Recording, Segment, Story};
use acd::CallEvent;
use control::{Deed, Sight};
use ledger::{CallRow, LegRow, Reader};
use terms::{AgentId, CallRef, PhoneId};

/// Recordings of one call; more are left out.
const RECORDINGS: u32 = 100;

impl Console {
    /// All of a call that somebody may see.
    pub async fn story(&self, viewer: &Viewer, call: CallRef) -> Result<Story, Problem> {
        let row = self.one_record(viewer, Deed::SeeRecord, call).await?;
        let within = self.reach(viewer, Deed::SeeRecord)?;
        let may = |deed| Ok::<_, Problem>(self.reach(viewer, deed)?.is_none_or(|within| within.covers(&row)));
        let rights = (may(Deed::PlayRecording)?, may(Deed::SaveRecording)?);
        let account = self.account()?;
        let whole = account.story(call).await.map_err(away)?;
        let stays = whole.contacts.iter().flat_map(|contact| &contact.segments).filter(|stay| stay.call == Some(call));
        let seen = stays.filter(|stay| stay.queue.is_none_or(|queue| viewer.sight.queue(queue)));
        let others = whole.calls.iter().filter(|other| other.call != call && other.outcome != "open");
        let related = others.filter(|other| within.as_ref().is_none_or(|within| within.covers(other)));
        Ok(Story {
            record: CallRecord::from(&row),
            segments: seen.map(Segment::from).collect(),
            legs: account.legs(call).await.map_err(away)?.iter().map(|leg| seen_leg(leg, &viewer.sight)).collect(),
            events: moments(account, &row, &viewer.sight).await.map_err(away)?,
            recordings: recordings(account, call, rights).await.map_err(away)?,
            related: related.map(CallRecord::from).collect(),
        })
    }
}

pub fn away(_: ledger::Error) -> Problem {
    Kind::NOT_READY.into()
}

async fn moments(account: &Reader, row: &CallRow, sight: &Sight) -> ledger::Result<Vec<Moment>> {
    let (events, names) = (account.events(row.call).await?, account.names().await?);
    let is_seen = |event: &&CallEvent| match (event.queue, event.agent) {
        (Some(queue), _) => sight.queue(queue),
        (None, Some(agent)) => sight.agent(agent),
        (None, None) => true,
    };
    Ok(events.iter().filter(is_seen).filter_map(|event| Moment::of(event, row.started, &names)).collect())
}

async fn recordings(account: &Reader, call: CallRef, rights: (bool, bool)) -> ledger::Result<Vec<Recording>> {
    let mut rows = account.recordings(RECORDINGS, Some(call)).await?;
    rows.sort_by_key(|row| (row.started, row.capture));
    Ok(rows.iter().map(|row| Recording::of(row, rights)).collect())
}

/// A leg, without who was at its end where that is not for its reader. A trunk is nobody in person.
fn seen_leg(row: &LegRow, sight: &Sight) -> Leg {
    let mut leg = Leg::from(row);
    let agent = leg.agent.as_deref().is_some_and(|name| sight.agent(AgentId::of(name)));
    let phone = row.who.strip_prefix("phone:").is_none_or(|name| sight.phone(PhoneId::of(name)));
    leg.agent = leg.agent.filter(|_| agent);
    leg.who = leg.who.filter(|_| agent || phone || row.nth == 0);
    leg
}
