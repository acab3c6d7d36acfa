//! The account of who watches whom in a call, and how: told when it begins, and when it is so no more. It follows from who
//! watches after each signal, so that whatever ends it is told.

use super::{introduce, said};
use crate::call::{Call, Watched};
use crate::cdr::{Entry, Watching};
use crate::desk::Desk;
use crate::room::Watch;
use smallvec::SmallVec;
use terms::LegId;

/// Tells what is new of it.
pub(crate) fn tell(call: &mut Call, desk: &mut Desk<'_>) {
    if call.watched.is_empty() && call.watches().next().is_none() {
        return;
    }
    let before: SmallVec<[(LegId, LegId); 2]> = call.watched.iter().map(|told| (told.who, told.of)).collect();
    over(call, desk);
    let new = |(who, _): &(LegId, Watch)| !call.watched.iter().any(|told| told.who == *who);
    let watch = call.parties.iter().filter_map(|party| Some((party.leg.id, party.stance.watches()?)));
    let watch: SmallVec<[(LegId, Watch); 2]> = watch.filter(new).collect();
    for (who, watch) in watch {
        begins(call, desk, who, watch);
        if !before.iter().any(|(known, _)| *known == who) {
            warn(call, desk, watch);
        }
    }
    let now = call.watched.iter().map(|told| told.of).filter(|of| !before.iter().any(|(_, known)| known == of));
    let no_more = before.iter().map(|(_, of)| *of).filter(|of| !call.watched.iter().any(|told| told.of == *of));
    let mut news: SmallVec<[LegId; 2]> = now.chain(no_more).collect();
    news.sort_unstable();
    news.dedup();
    news.into_iter().for_each(|of| introduce::observed(call, desk, of));
}

/// What is so no more, or not like this.
fn over(call: &mut Call, desk: &mut Desk<'_>) {
    let told = std::mem::take(&mut call.watched);
    let (so, over): (Vec<_>, Vec<_>) = told.into_iter().partition(|told| call.watching(told.who) == Some(told.watch));
    call.watched = so;
    for Watched { account, .. } in over {
        desk.ledger(Entry::Watched(Box::new(Watching { until: Some(desk.now.wall), ..account })));
    }
}

/// Whoever is watched hears it, where that is wanted.
fn warn(call: &mut Call, desk: &mut Desk<'_>, watch: Watch) {
    if !call.plan.supervision.tone {
        return;
    }
    let of = call.parties.iter().find(|party| party.leg.stream == watch.of).map(|party| party.leg.id);
    of.into_iter().for_each(|of| said::warn(call, desk, of));
}

fn begins(call: &mut Call, desk: &mut Desk<'_>, who: LegId, watch: Watch) {
    match account(call, desk, who, watch) {
        Some((of, account)) => {
            call.count.watches = call.count.watches.saturating_add(1);
            desk.ledger(Entry::Watched(Box::new(account.clone())));
            call.watched.push(Watched { who, of, watch, account });
        }
        None => desk.astray("nobody watches, or nobody is watched"),
    }
}

fn account(call: &Call, desk: &Desk<'_>, who: LegId, watch: Watch) -> Option<(LegId, Watching)> {
    let here = call.parties.iter().find(|party| party.leg.id == who)?;
    let there = call.parties.iter().find(|party| party.leg.stream == watch.of)?;
    let account = Watching {
        call: call.id(),
        nth: call.count.watches,
        leg: here.leg.nth(),
        who: here.leg.who()?,
        of_leg: there.leg.nth(),
        whom: there.leg.who()?,
        agent: there.agent,
        mode: watch.mode,
        since: desk.now.wall,
        until: None,
    };
    Some((there.leg.id, account))
}
