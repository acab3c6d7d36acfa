//! How a call is told anything: a panic in it ends that call and no other, and what it had taken is counted again.

use super::{Switchboard, claims};
use crate::call::Call;
use crate::claim;
use crate::desk::Desk;
use crate::handle::{Signal, abandon, handle};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use terms::{CallRef, Now};

impl Switchboard {
    /// Tells one call. A panic in it ends that call and no other.
    pub(super) fn tell(&mut self, now: Now, call: CallRef, signal: Signal) {
        // Not taken out while it is told: that would cost more than the telling.
        let mut desk = self.office.desk(now, &self.plan);
        let Some(found) = self.calls.get_mut(&call) else { return self.stray_told(now, signal) };
        let fault = guarded(found, &mut desk, |call, desk| handle(call, desk, signal));
        if !found.errands.is_empty() {
            self.errands.extend(found.errands.drain(..));
        }
        if fault || found.is_gone() {
            self.told(call, fault);
        }
    }

    /// A call has been told something; it may be gone with that, or have panicked.
    pub(super) fn told(&mut self, call: CallRef, fault: bool) {
        if self.calls.get(&call).is_some_and(|call| call.is_gone()) {
            self.gone(call);
        }
        self.uncertain |= fault;
    }

    fn gone(&mut self, id: CallRef) {
        let Some(call) = self.calls.remove(&id) else { return };
        if !call.lent.is_empty() || !call.awaited.is_empty() {
            self.call_left(id, call.record.joined);
        }
        self.unwritten.insert(id);
        if !Arc::ptr_eq(&call.plan, &self.plan) && self.succession.one_less() {
            self.reconfigure();
        }
    }

    /// What is taken is what the legs of all calls say, and of those that are on their way between two, whatever a call was
    /// about to take or give back when it failed.
    pub(super) fn recount(&mut self, now: Now) {
        let mut desk = self.office.desk(now, &self.plan);
        let under_way = self.transit.parcels().filter_map(|parcel| parcel.party.leg.claim());
        let here = claims(&self.calls, |_| true).map(|(_, claim)| claim);
        claim::recount(&mut desk, here.chain(under_way));
        self.recount_standing();
    }
}

/// Does something with a call. Whether it panicked: then that call ends.
pub(super) fn guarded(call: &mut Call, desk: &mut Desk<'_>, deed: impl FnOnce(&mut Call, &mut Desk<'_>)) -> bool {
    let fault = catch_unwind(AssertUnwindSafe(|| deed(call, desk))).is_err();
    if fault {
        contain(call, desk);
    }
    fault
}

/// Ends a call that has panicked. Whatever is wrong with it, the others go on.
fn contain(call: &mut Call, desk: &mut Desk<'_>) {
    let id = call.id();
    desk.count("panic in a call");
    tracing::error!(call = %id, "a call panicked; it is released");
    if catch_unwind(AssertUnwindSafe(|| abandon::abandon(call, desk))).is_err() {
        desk.count("panic in the release of a call");
        tracing::error!(call = %id, "its release panicked, too; it is struck off");
        if catch_unwind(AssertUnwindSafe(|| abandon::forget(call, desk))).is_err() {
            tracing::error!(call = %id, "it could not even be struck off");
        }
    }
}
