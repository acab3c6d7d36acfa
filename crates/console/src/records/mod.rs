//! Calls that are over, out of the account: which of them somebody may see, found as he asks, and their stories. Every call
//! that leaves here was asked for within what its reader may see; of a story, each part besides.
//!
//! It leaves to others: what they are called and how they are written (`wire`), and pages.

pub mod asked;
pub mod hearing;
pub mod story;

use crate::Console;
use crate::access::{Viewer, reached};
use crate::wire::problem::{Kind, Problem};
use crate::wire::record::{CallRecord, Records};
use asked::{Asked, Wanted};
use control::{Deed, Reached};
use jiff::tz::TimeZone;
use ledger::{CallFilter, CallRow, Reader, Within};
use terms::CallRef;

/// Of which calls somebody may know; none: of all of them.
pub fn within(reached: Reached) -> Option<Within> {
    let Reached { led, own } = reached;
    let named =
        || Within { queues: led.queues().clone(), agents: led.agents().clone(), phones: led.phones().clone(), own };
    (!led.is_everything()).then(named)
}

impl Console {
    /// The account.
    pub fn account(&self) -> Result<&Reader, Problem> {
        self.hub.account.as_ref().ok_or_else(|| Kind::NOT_READY.into())
    }

    /// Of which calls somebody may do this, by the plan in force.
    pub fn reach(&self, viewer: &Viewer, deed: Deed) -> Result<Option<Within>, Problem> {
        let reached =
            self.hub.mirror(|mirror, _| reached(viewer, &mirror.plan().roles, deed)).ok_or(Kind::NOT_READY)?;
        Ok(within(reached))
    }

    /// The office's zone.
    pub fn zone_in_force(&self) -> TimeZone {
        self.zone().and_then(|zone| TimeZone::get(&zone).ok()).unwrap_or(TimeZone::UTC)
    }

    /// What is asked for, by the office's clock and the plan in force.
    pub fn wanted(&self, asked: &Asked) -> Result<Wanted, Problem> {
        let zone = self.zone_in_force();
        self.hub.mirror(|mirror, _| asked.read(&zone, mirror.plan())).ok_or(Kind::NOT_READY)?
    }

    /// The calls that somebody wants, of those that he may see.
    pub async fn records(&self, viewer: &Viewer, wanted: Wanted) -> Result<Records, Problem> {
        let Wanted { mut filter, limit } = wanted;
        // Whether a call came through a queue is for who sees that queue, wherever the call went then.
        if filter.queue.is_some_and(|queue| !viewer.sight.queue(queue)) {
            return Ok(Records { items: vec![], next: None });
        }
        (filter.within, filter.over) = (self.reach(viewer, Deed::SeeRecord)?, true);
        let mut rows = self.account()?.calls(limit + 1, &filter).await.map_err(story::away)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|last| asked::cursor(last.started, last.call));
        Ok(Records { items: rows.iter().map(CallRecord::from).collect(), next })
    }

    /// One call, of those with which somebody may do this. What he may not see is not there.
    pub async fn one_record(&self, viewer: &Viewer, deed: Deed, call: CallRef) -> Result<CallRow, Problem> {
        let within = self.reach(viewer, deed)?;
        let filter = CallFilter { call: Some(call), over: true, within, ..CallFilter::default() };
        let found = self.account()?.calls(1, &filter).await.map_err(story::away)?;
        found.into_iter().next().ok_or_else(|| Kind::NOT_FOUND.into())
    }
}
