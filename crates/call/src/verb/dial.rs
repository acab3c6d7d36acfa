//! A call that begins here: one of ours is rung first. Once he has answered, what was dialled for him goes its way through
//! the plan as if he had dialled it himself.

use super::connect;
use crate::call::Call;
use crate::cdr::{By, Entry};
use crate::desk::Desk;
use crate::life::Exit;
use crate::origin::Dialled;
use crate::ringing::waves::Waves;
use crate::ringing::{Aim, Attempt, Rest, RingingId};
use crate::room::Stance;
use crate::verb::{ring, stand};
use crate::walk::{At, Walk};
use crate::want::Want;
use dialplan::flow::{Cursor, RingTarget};
use std::time::Duration;
use terms::{Cause, Rejection};

/// He rings for so long at most.
const PATIENCE: Duration = Duration::from_secs(30);

/// Rings him.
pub(crate) fn ring(call: &mut Call, desk: &mut Desk<'_>, target: RingTarget) -> Want {
    desk.ledger(Entry::Opened(Box::new(call.record.clone())));
    let rest = Rest {
        aim: Aim::Begin { of: call.origin.leg },
        agent: call.record.agent,
        charge: None,
        waves: Waves::at_once([target]),
        until: Some(desk.now.mono + PATIENCE),
        engages: true,
        gone: Default::default(),
    };
    ring::over_line(call, desk, rest)
}

/// He has answered: it is his call from now on.
pub(crate) fn won(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt) -> Want {
    let (Some(dialled), Some(came)) = (call.origin.dialled.take(), connect::come(call, desk, id, winner)) else {
        return Want::End(Exit::of(Cause::TEMPORARY, None));
    };
    let Dialled { routed, .. } = *dialled;
    call.origin.leg = came.leg;
    if let Some(agent) = call.stands {
        let call_id = call.party(came.leg).and_then(|party| party.leg.call_id().map(str::to_owned));
        call.record.sip_call_id = call_id.unwrap_or_default();
        stand::stand(call, desk, came.leg, agent);
        return Want::Nothing;
    }
    let cursor = Cursor::new(routed.destination, routed.record);
    let action = cursor.action(&call.plan);
    if let Some(party) = call.party(came.leg) {
        (party.stance, party.walk) = (Stance::Apart, Some(Walk::new(cursor)));
        party.at(At::Next);
        let call_id = party.leg.call_id().map(str::to_owned);
        call.record.sip_call_id = call_id.unwrap_or_default();
    }
    Want::Go(action)
}

/// He was not reached: nothing is dialled.
pub(crate) fn lost(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, heard: Rejection) -> Want {
    call.stop_ringing(desk, id, Cause::NORMAL);
    call.origin.dialled = None;
    call.record.status = Some(heard.status);
    Want::End(Exit { cause: heard.cause, by: By::Caller, status: Some(heard.status) })
}
