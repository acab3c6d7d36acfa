//! A party would rather be called back: its number waits in a queue in its place, as a contact that nobody's leg holds. Whoever
//! withholds his number cannot be called back.

use super::introduce;
use crate::call::Call;
use crate::parcel::Errand;
use crate::walk::At;
use crate::want::Want;
use dialplan::flow::Outcome;
use std::time::Duration;
use terms::{LegId, QueueId};

/// Its flow says so: the switchboard is asked.
pub(crate) fn note(call: &mut Call, who: LegId, queue: QueueId) -> Want {
    let number = introduce::shown(call, who).map(|name| name.number);
    // "anonymous" and its like are nobody's.
    let number =
        number.filter(|number| number.reveal().bytes().any(|byte| byte.is_ascii_digit()) || is_ours(call, who));
    let Some(number) = number else { return Want::Next(Outcome::Unreachable) };
    let waited = Duration::from_millis(call.record.waited_ms);
    call.party(who).into_iter().for_each(|party| party.at(At::Next));
    call.errands.push(Errand::CallBack { home: call.id(), who, queue, number, waited });
    Want::Nothing
}

/// A phone of ours is reached by its user's name, too.
fn is_ours(call: &Call, who: LegId) -> bool {
    let party = call.parties.iter().find(|party| party.leg.id == who);
    matches!(party.and_then(|party| party.leg.who()), Some(sip::Source::Phone(_)))
}

/// What became of it; unless it has left meanwhile.
pub(crate) fn noted(call: &Call, who: LegId, done: bool) -> Want {
    let here = call.parties.iter().any(|party| party.leg.id == who);
    match done {
        _ if !here => Want::Nothing,
        true => Want::Next(Outcome::Done),
        false => Want::Next(Outcome::Unreachable),
    }
}
