//! What follows from the tables of a call after each signal: whether it is over, what is told to the media worker, when
//! the office wakes it. Only what has changed is said, so that it may be asked for at any time.

use super::end;
use crate::call::Call;
use crate::desk::Desk;
use crate::life::Life;
use crate::party::Party;
use crate::room::{self, Stance};
use crate::verb::connect::{GUEST, LEFT, RIGHT, track};
use crate::verb::{hall, slot, stand, voicemail, watch, watched};
use smallvec::SmallVec;
use terms::{LegId, StreamId, WatchMode};

/// Draws the consequences.
pub(super) fn settle(call: &mut Call, desk: &mut Desk<'_>) {
    call.converse(desk);
    watch::tidy(call, desk);
    if call.life == Life::Open
        && let Some(exit) = call.is_over()
    {
        end::begin(call, desk, exit);
    }
    if call.stands.is_some() {
        stand::book(call, desk);
    }
    if call.message.is_some() {
        voicemail::check(call, desk);
    }
    if call.parked.is_some() {
        slot::check(call, desk);
    }
    watched::tell(call, desk);
    if call.hall.is_some() {
        hall::book(call, desk);
    }
    // Whoever any of these has let go of goes home, if he is nailed up.
    stand::send_home(call, desk);
    engage(call, desk);
    if let Life::Ending { until } = call.life {
        end::close(call, desk, until);
    }
    tell_worker(call, desk);
    tell_recorder(call, desk);
    let next = call.next_due();
    desk.timers.change(call.id(), call.wakes, next);
    call.wakes = next;
}

/// An agent is busy by the word of his queue while the conversation is that queue's; else by his phone being engaged.
fn engage(call: &mut Call, desk: &mut Desk<'_>) {
    let served =
        call.stands.is_some() || call.parties.iter().any(|party| party.contact.is_some_and(|contact| !contact.waits()));
    let plan = &call.plan;
    for party in call.parties.iter_mut().filter(|party| party.agent.is_some()) {
        // Whoever is asked beside it is not the queue's yet, and whoever has called a queue is not its agent.
        party.leg.engage(desk, plan, !served || party.asked.is_some() || party.contact.is_some());
    }
}

fn tell_worker(call: &mut Call, desk: &mut Desk<'_>) {
    let (now, id) = (call.hearing(), call.id());
    if let Some(levels) = room::difference(&call.room.told, &now) {
        desk.media(call.worker, media::Command::Hearings { call: id, levels });
        call.room.told = now;
    }
}

/// What is said beside the conversation is not for its record: that side is silent meanwhile.
fn tell_recorder(call: &mut Call, desk: &mut Desk<'_>) {
    let Some(running) = &mut call.capture else { return };
    let beside = |leg| {
        let party = call.parties.iter().find(|party| party.leg.id == leg)?;
        Some((party.leg.stream, matches!(party.stance, Stance::Aside(_)) || is_mute(party)))
    };
    let (worker, capture, mut turned) = (call.worker, running.id, [None; 2]);
    if let Some((stream, away)) = beside(running.left).filter(|(_, away)| *away != running.away.0) {
        running.away.0 = away;
        desk.media(worker, media::Command::CaptureLeft { capture, left: (!away).then_some(stream) });
        turned[0] = Some((LEFT, (!away).then_some(running.left)));
    }
    if let Some((stream, away)) = beside(running.right).filter(|(_, away)| *away != running.away.1) {
        running.away.1 = away;
        desk.media(worker, media::Command::CaptureRight { capture, right: (!away).then_some(stream) });
        turned[1] = Some((RIGHT, (!away).then_some(running.right)));
    }
    turned.into_iter().flatten().for_each(|(side, who)| track(call, desk, capture, side, who));
    tell_guests(call, desk);
}

/// What one says in a room whom nobody is to hear is not for its record, either.
fn is_mute(party: &Party) -> bool {
    party.seat.as_ref().is_some_and(|seat| seat.muted || party.stance == Stance::Apart)
}

/// Of those whom all hear, the ones who have no side of the recording are heard on its right one; so is who whispers, where
/// that is wanted.
fn tell_guests(call: &mut Call, desk: &mut Desk<'_>) {
    let Some(running) = &mut call.capture else { return };
    let beside = |leg: LegId| leg != running.left && leg != running.right;
    let whisper = call.plan.supervision.record_whisper;
    let heard = |party: &&Party| is_heard(party.stance, whisper) && party.leg.has_stream() && !is_mute(party);
    let talk = call.parties.iter().filter(heard);
    let guests: SmallVec<[(LegId, StreamId); 1]> =
        talk.map(|party| (party.leg.id, party.leg.stream)).filter(|(leg, _)| beside(*leg)).collect();
    let known = |leg: &LegId| running.guests.contains(&Some(*leg));
    if guests.len() == running.guests.iter().flatten().count() && guests.iter().all(|(leg, _)| known(leg)) {
        return;
    }
    let mut turned: SmallVec<[(u8, Option<LegId>); 2]> = SmallVec::new();
    for (side, place) in (GUEST..u8::MAX).zip(&mut running.guests) {
        if place.take_if(|leg| !guests.iter().any(|(guest, _)| guest == leg)).is_some() {
            turned.push((side, None));
        }
    }
    for (leg, _) in guests.iter().filter(|(leg, _)| !running.guests.contains(&Some(*leg))).copied().collect::<Vec<_>>()
    {
        let free = running.guests.iter().position(Option::is_none).unwrap_or(running.guests.len());
        running.guests.resize(running.guests.len().max(free + 1), None);
        running.guests[free] = Some(leg);
        turned.push((GUEST.saturating_add(free as u8), Some(leg)));
    }
    let (worker, capture) = (call.worker, running.id);
    let guests = guests.into_iter().map(|(_, stream)| stream).collect();
    desk.media(worker, media::Command::CaptureGuests { capture, guests });
    turned.into_iter().for_each(|(side, who)| track(call, desk, capture, side, who));
}

/// Whether what somebody says is for the record.
fn is_heard(stance: Stance, whisper: bool) -> bool {
    match stance {
        Stance::Floor => true,
        Stance::Watch(watch) => watch.mode == WatchMode::Barge || whisper && watch.mode == WatchMode::Whisper,
        Stance::Apart | Stance::Aside(_) | Stance::Waiting => false,
    }
}
