//! What can happen in a running call, one file each.

pub(crate) mod away;
pub(crate) mod call_back;
pub(crate) mod cede;
pub(crate) mod code;
pub(crate) mod complete;
pub(crate) mod conference;
pub(crate) mod connect;
pub(crate) mod consult;
pub(crate) mod dial;
mod duty;
pub(crate) mod enter;
pub(crate) mod hall;
pub(crate) mod hold;
pub(crate) mod introduce;
pub(crate) mod invite;
pub(crate) mod leave;
mod log_in;
pub(crate) mod observe;
pub(crate) mod parcel;
pub(crate) mod park;
pub(crate) mod pickup;
pub(crate) mod play;
pub(crate) mod press;
pub(crate) mod queue;
pub(crate) mod replace;
pub(crate) mod ring;
pub(crate) mod said;
pub(crate) mod seated;
pub(crate) mod slot;
pub(crate) mod stand;
pub(crate) mod transfer;
pub(crate) mod voicemail;
pub(crate) mod watch;
pub(crate) mod watched;

use crate::call::Call;
use crate::desk::Desk;
use crate::face::Verb;
use crate::want::Want;
use terms::LegId;

/// Why a verb cannot be obeyed now, in words; nothing, if it can.
pub(crate) fn may(call: &Call, verb: &Verb) -> Result<(), &'static str> {
    match verb {
        Verb::Hold { party, on } => hold::may(call, *party, *on),
        Verb::Transfer { party, .. } => transfer::may(call, *party),
        Verb::Invite { to, .. } => invite::may(call, to),
        Verb::Away { party, .. } => away::may(call, *party),
        Verb::Consult { party, to, .. } => consult::may(call, *party, to),
        Verb::Swap => consult::may_swap(call),
        Verb::Join => conference::may_join(call),
        Verb::Leave { party } => conference::may_leave(call, *party),
        Verb::Lock { on } => hall::may_lock(call, *on),
        Verb::Mute { party, on } => hall::may_mute(call, *party, *on),
        Verb::Kick { party } => hall::may_kick(call, *party),
        Verb::Complete | Verb::Back => complete::may_end(call),
        Verb::Watch { party, to, .. } => watch::may(call, *party, to),
        Verb::Mode { party, mode } => watch::may_change(call, *party, *mode),
        Verb::TakeOver { party } => watch::may_take_over(call, *party),
        Verb::Observe { party, .. } => observe::may(call, *party),
        Verb::Play { to, .. } => play::may(call, *to),
        Verb::Park { party, .. } => park::may(call, *party),
        Verb::PickUp { leg, at } => pickup::may(call, *leg, *at),
        Verb::Retrieve { to, .. } => park::may_retrieve(call, to),
    }
}

/// Obeys it; what a party wants then.
pub(crate) fn obey(call: &mut Call, desk: &mut Desk<'_>, verb: Verb) -> Option<(LegId, Want)> {
    // What was asked before may not be so any more.
    may(call, &verb).ok()?;
    match verb {
        Verb::Hold { party, on } => hold::hold(call, party, on),
        Verb::Transfer { party, to, by } => return transfer::command(call, desk, party, to, by),
        Verb::Invite { to, by, called } => return invite::ring(call, desk, to, (by, called)),
        Verb::Away { party, to, by, called } => away::send(call, party, to, (by, called)),
        Verb::Consult { party, to, by } => return consult::ask(call, desk, party, to, by),
        Verb::Swap => consult::swap(call),
        Verb::Join => conference::join(call, desk),
        Verb::Leave { party } | Verb::Kick { party } => leave::dismiss(call, desk, party),
        Verb::Lock { on } => hall::lock(call, desk, on),
        Verb::Mute { party, on } => hall::mute(call, party, on),
        Verb::Complete => complete::complete(call, desk),
        Verb::Back => complete::back(call, desk),
        Verb::Watch { party, to, mode } => return watch::ask(call, desk, party, to, mode),
        Verb::Mode { party, mode } => watch::change(call, party, mode),
        Verb::TakeOver { party } => watch::take_over(call, desk, party),
        Verb::Observe { party, to, of, mode } => observe::observe(call, desk, party, to, (of, mode)),
        Verb::Play { to, sound } => play::play(call, desk, to, sound),
        Verb::Park { party, slot, by } => park::command(call, desk, party, slot, by),
        Verb::PickUp { leg, at } => return pickup::ring_too(call, desk, leg, at),
        Verb::Retrieve { to, by } => return park::retrieve(call, desk, to, by),
    }
    None
}
