//! Somebody watches a party: he is rung, and hears what it hears and says. Who hears him (nobody, the party alone, all)
//! changes by a command or by a key of his, without a new call. He is no part of the conversation: it neither goes on nor
//! is held for him, and he goes with the one whom he watches. Or he takes that one's place.

use super::{connect, replace, ring, transfer};
use crate::call::Call;
use crate::desk::Desk;
use crate::leg::By;
use crate::ringing::{Aim, Attempt, Charge, Rest, RingingId};
use crate::room::{Stance, Watch};
use crate::want::Want;
use dialplan::flow::{Action, Cursor};
use dialplan::{Destination, Routed};
use sip::Source;
use smallvec::SmallVec;
use terms::{Cause, LegId, WatchMode};

/// So many may watch one call.
const WATCHERS: usize = 8;
/// The keys of one who watches.
const KEYS: [(char, WatchMode); 3] = [('4', WatchMode::Listen), ('5', WatchMode::Whisper), ('6', WatchMode::Barge)];

/// Why nobody can watch this party now.
pub(crate) fn may(call: &Call, of: LegId, to: &Routed) -> Result<(), &'static str> {
    let party = call.parties.iter().find(|party| party.leg.id == of).ok_or("no such party")?;
    let rung = call.ringings.iter().filter(|ringing| call.is_to_watch(ringing.id)).count();
    match to.destination {
        Destination::Phone(phone) if is_in(call, phone) => Err("his phone is in this call"),
        Destination::Phone(_) | Destination::Agent(_) if !party.stance.is_there() || call.room.talk.is_none() => {
            Err("in no conversation")
        }
        Destination::Phone(_) | Destination::Agent(_) if rung + call.watches().count() >= WATCHERS => {
            Err("too many watch it")
        }
        Destination::Phone(_) | Destination::Agent(_) if call.next_ringing().is_none() => {
            Err("too many groups in one call")
        }
        Destination::Phone(_) | Destination::Agent(_) => Ok(()),
        _ => Err("only a phone or an agent can watch"),
    }
}

/// Rings him.
pub(crate) fn ask(
    call: &mut Call,
    desk: &mut Desk<'_>,
    of: LegId,
    to: Routed,
    mode: WatchMode,
) -> Option<(LegId, Want)> {
    let Action::Ring { target, wait, .. } = Cursor::new(to.destination, false).arrive(&call.plan) else { return None };
    let by = call.party(of).and_then(|party| party.leg.who()).unwrap_or(call.record.source);
    let charge = Some(Box::new(Charge { by, called: call.record.called.clone(), route: None }));
    let (waves, engages) = ring::waves(call, desk, target, None);
    let (aim, until) = (Aim::Watch { of, mode }, Some(desk.now.mono + wait));
    // He is at work for nobody's contact.
    let rest = Rest { aim, agent: None, charge, waves, until, engages, gone: Default::default() };
    Some((of, ring::begin(call, desk, rest)))
}

/// He has answered.
pub(crate) fn won(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt, mode: WatchMode) {
    let Some(came) = connect::come(call, desk, id, winner) else { return };
    begin(call, desk, came.leg, came.aim.of(), mode);
}

/// One is here to watch another. Whoever is not there any more, or is watched by as many as may, is watched by nobody else.
pub(crate) fn begin(call: &mut Call, desk: &mut Desk<'_>, who: LegId, of: LegId, mode: WatchMode) {
    let of = call.party(of).filter(|party| party.stance.is_there()).map(|party| party.leg.stream);
    let of = of.filter(|_| call.room.talk.is_some() && call.watches().count() < WATCHERS);
    let group = of.and_then(|of| Watch::free_group(of, call.watches()));
    let stance = of.zip(group).map_or(Stance::Apart, |(of, group)| Stance::Watch(Watch { of, mode, group }));
    if let Some(party) = call.party(who) {
        (party.stance, party.agent) = (stance, None);
    }
    if stance == Stance::Apart {
        transfer::dismiss(call, desk, who);
    }
}

fn is_in(call: &Call, phone: terms::PhoneId) -> bool {
    call.parties.iter().any(|party| party.leg.who() == Some(Source::Phone(phone)))
}

/// Why his mode cannot change.
pub(crate) fn may_change(call: &Call, who: LegId, mode: WatchMode) -> Result<(), &'static str> {
    match call.watching(who) {
        None => Err("he watches nobody"),
        Some(watch) if watch.mode == mode => Err("he does already"),
        Some(_) => Ok(()),
    }
}

/// Others hear him from now on than before.
pub(crate) fn change(call: &mut Call, who: LegId, mode: WatchMode) {
    if let Some(watch) = call.party(who).and_then(|party| party.stance.watching()) {
        watch.mode = mode;
    }
}

/// He has pressed a key: that is between him and the switch.
pub(crate) fn pressed(call: &mut Call, desk: &Desk<'_>, who: LegId, key: char, by: By) {
    let heard = call.party(who).is_some_and(|party| party.leg.pressed(desk, key, by));
    let mode = KEYS.iter().find(|(of, _)| *of == key).map(|(_, mode)| *mode);
    if let Some(mode) = mode.filter(|_| heard) {
        change(call, who, mode);
    }
}

/// Whoever is watched has gone: so do those who watched him, or were to.
pub(crate) fn tidy(call: &mut Call, desk: &mut Desk<'_>) {
    let here = |of: &Watch| call.parties.iter().any(|party| party.leg.stream == of.of);
    let left = call.parties.iter().filter(|party| party.stance.watches().is_some_and(|watch| !here(&watch)));
    let left: SmallVec<[LegId; 2]> = left.map(|party| party.leg.id).collect();
    left.into_iter().for_each(|who| transfer::dismiss(call, desk, who));
    let there = |of: LegId| call.parties.iter().any(|party| party.leg.id == of);
    let rung = call.ringings.iter().filter(|ringing| matches!(ringing.aim, Aim::Watch { of, .. } if !there(of)));
    let rung: SmallVec<[RingingId; 2]> = rung.map(|ringing| ringing.id).collect();
    rung.into_iter().for_each(|id| call.stop_ringing(desk, id, Cause::NORMAL));
}

/// Why he cannot take the place of the one whom he watches.
pub(crate) fn may_take_over(call: &Call, who: LegId) -> Result<(), &'static str> {
    let watch = call.watching(who).ok_or("he watches nobody")?;
    let of = call.parties.iter().find(|party| party.leg.stream == watch.of).ok_or("no such party")?;
    match call.busy() {
        Some(why) => Err(why),
        None if of.stance != Stance::Floor || of.contact.is_some() => Err("nothing to take over"),
        None => Ok(()),
    }
}

/// He does: whoever talked to that one talks to him.
pub(crate) fn take_over(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let Some(watch) = call.watching(who) else { return };
    let Some(of) = call.parties.iter().find(|party| party.leg.stream == watch.of).map(|party| party.leg.id) else {
        return;
    };
    replace::replace(call, desk, who, of);
}
