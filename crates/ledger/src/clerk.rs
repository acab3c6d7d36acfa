//! The clerk writes groups down in the daybook, says so, and decides when they are posted.

use crate::batch::Batch;
use crate::daybook::Daybook;
use crate::inlet::Gauges;
use crate::posting::COMPLAIN;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;
use terms::{CallRef, Incarnation, limits};
use tokio::time::Instant;

/// How long groups wait to be posted together.
const POSTING: Duration = Duration::from_millis(250);
/// Items that do not wait for more.
const POSTING_ITEMS: usize = 4_096;
/// How long after a failure a group is tried again in the daybook while the database is busy.
const AGAIN: Duration = Duration::from_millis(100);

/// Who waits for a group that goes to the database without having been written down.
#[derive(Debug)]
pub(crate) struct Waiting {
    calls: Vec<CallRef>,
    receipts: Vec<Sender<()>>,
}

pub(crate) struct Clerk {
    /// None where there is none, or where it could not be opened.
    pub daybook: Option<Daybook>,
    /// The round that is being written down.
    pub round: u64,
    /// What was written down in it.
    pub batch: Batch,
    /// When its first group was.
    since: Option<Instant>,
    /// Somebody reads the database next.
    urgent: bool,
    /// Items, and bytes of the daybook, that are being posted.
    posting: (usize, u64),
    /// A group that is not on disk and when it is tried again. No other is gathered meanwhile.
    held: Option<(Batch, Instant)>,
    /// Of a group that is being posted without having been written down.
    pub direct: Option<Waiting>,
    complained: Option<Instant>,
    /// How often a customer had been erased, and how many of the daybook's files hold something of before.
    erased: (i64, u8),
    pub gauges: Arc<Gauges>,
    written: Box<dyn FnMut(CallRef) + Send>,
}

impl Clerk {
    pub(crate) fn new(
        (round, incarnation): (u64, Incarnation),
        daybook: Option<Daybook>,
        gauges: Arc<Gauges>,
        written: Box<dyn FnMut(CallRef) + Send>,
    ) -> Clerk {
        Clerk {
            daybook,
            round,
            batch: Batch::new(incarnation),
            since: None,
            urgent: false,
            posting: (0, 0),
            held: None,
            direct: None,
            complained: None,
            erased: (0, 0),
            gauges,
            written,
        }
    }

    /// Whether another group may be gathered.
    pub(crate) fn has_room(&self) -> bool {
        self.held.is_none() && self.batch.items + self.posting.0 < limits::LEDGER_BACKLOG
    }

    /// Whether what there is should be posted now.
    pub(crate) fn is_due(&self) -> bool {
        self.held.is_some()
            || self.urgent
            || self.batch.items >= POSTING_ITEMS
            || self.since.is_some_and(|since| since.elapsed() >= POSTING)
    }

    /// When there is something to do, though nothing comes in.
    pub(crate) fn wake(&self, posting: bool) -> Option<Instant> {
        match &self.held {
            Some((_, again)) => (posting && self.daybook.is_some()).then_some(*again),
            None if posting => None,
            None => self.since.map(|since| since + POSTING),
        }
    }

    /// Writes a group down and says so; if that fails, keeps it.
    pub(crate) fn take(&mut self, mut group: Batch) {
        self.urgent |= !group.changes.is_empty();
        if !self.enter(&group) {
            self.held = Some((group, Instant::now() + AGAIN));
            return;
        }
        self.gauges.set_gathering(None);
        group.changes.take_receipts().into_iter().for_each(receive);
        group.closed_calls().for_each(&mut self.written);
        self.add(group);
    }

    /// Tries what could not be written down again.
    pub(crate) fn try_again(&mut self) {
        if let Some((group, _)) = self.held.take() {
            self.take(group);
        }
    }

    fn enter(&mut self, group: &Batch) -> bool {
        let Some(daybook) = &mut self.daybook else { return false };
        let began = Instant::now();
        let entered = daybook.enter(group);
        match &entered {
            Ok(()) => self.gauges.entered(began.elapsed(), self.posting.1 + daybook.bytes()),
            Err(error) => {
                self.gauges.fail_to_enter(error.to_string());
                if self.complained.is_none_or(|at| at.elapsed() >= COMPLAIN) {
                    self.complained = Some(Instant::now());
                    tracing::error!(%error, "the daybook cannot be written: records go to the database at once");
                }
            }
        }
        entered.is_ok()
    }

    fn add(&mut self, group: Batch) {
        if self.since.is_none() {
            self.since = Some(Instant::now());
            self.gauges.wait_for_posting();
        }
        self.batch.merge(group);
    }

    /// Once a customer was erased, each of the daybook's files is emptied as it becomes free.
    fn forget(&mut self) {
        let erasures = self.gauges.erasures();
        if erasures != self.erased.0 {
            self.erased = (erasures, 2);
        }
        if self.erased.1 > 0
            && let Some(daybook) = &mut self.daybook
        {
            self.erased.1 -= 1;
            if let Err(error) = daybook.empty_the_other() {
                tracing::warn!(%error, "the daybook still has something of a customer who was erased");
            }
        }
    }

    /// Ends the round: what is to be posted. The next groups are written down in the next one.
    pub(crate) fn turn(&mut self) -> (u64, Batch) {
        if let Some((mut group, _)) = self.held.take() {
            self.direct =
                Some(Waiting { calls: group.closed_calls().collect(), receipts: group.changes.take_receipts() });
            self.add(group);
        }
        let round = self.round;
        self.round += 1;
        self.posting = (self.batch.items, 0);
        if let Some(daybook) = &mut self.daybook {
            self.posting.1 = daybook.bytes();
            daybook.turn(self.round);
        }
        (self.since, self.urgent) = (None, false);
        let next = Batch::new(self.batch.incarnation);
        (round, std::mem::replace(&mut self.batch, next))
    }

    /// The database has what was being posted.
    pub(crate) fn posted(&mut self) {
        self.posting = (0, 0);
        self.forget();
        self.gauges.all_posted_until(self.since, self.daybook.as_ref().map_or(0, Daybook::bytes));
        if let Some(waiting) = self.direct.take() {
            if self.held.is_none() {
                self.gauges.set_gathering(None);
            }
            waiting.receipts.into_iter().for_each(receive);
            waiting.calls.into_iter().for_each(&mut self.written);
        }
    }
}

fn receive(receipt: Sender<()>) {
    let _nobody_waits = receipt.send(());
}
