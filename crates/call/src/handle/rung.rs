//! What it means that somebody rings, is heard, has answered or was not reached, by what he is rung for.

use crate::call::Call;
use crate::desk::Desk;
use crate::ringing::{Aim, RingingId, Verdict};
use crate::verb::{away, cede, connect, consult, dial, park, ring, transfer, watch};
use crate::want::Want;
use terms::Cause;

/// A ringing has said something. What the party for whom it rings wants now comes back.
pub(super) fn rung(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, verdict: Verdict) -> Want {
    let Some(aim) = call.ringing(id).map(|ringing| ringing.aim) else { return Want::Nothing };
    match (aim, verdict) {
        // In a queue he keeps its music, and in a slot; who is watched does not hear that somebody comes.
        (_, Verdict::Waits)
        | (Aim::Offer { .. } | Aim::Unpark { .. } | Aim::Watch { .. }, Verdict::Rings | Verdict::Heard) => {}
        (Aim::Unpark { .. }, Verdict::Won(winner)) => park::won(call, desk, id, *winner),
        (Aim::Unpark { .. }, Verdict::Lost { .. }) => return park::lost(call, desk, id),
        // It hears the tone already, or whoever is heard; who has transferred it is told.
        (
            Aim::Transfer { .. } | Aim::Return { .. } | Aim::Consult { .. } | Aim::Seat { .. },
            Verdict::Rings | Verdict::Heard,
        ) => {
            let first = call.ringing(id).is_some_and(|ringing| !std::mem::replace(&mut ringing.told, true));
            if first {
                aim.tell(desk, 180);
            }
        }
        (Aim::Step { of, .. }, Verdict::Rings) => {
            call.party(of).into_iter().for_each(|party| party.leg.ring_back(desk));
        }
        (Aim::Step { of, .. }, Verdict::Heard) => {
            call.party(of).into_iter().for_each(|party| party.leg.let_hear(desk));
        }
        (Aim::Transfer { .. } | Aim::Return { .. }, Verdict::Won(winner)) => transfer::won(call, desk, id, *winner),
        (Aim::Consult { .. }, Verdict::Won(winner)) => consult::won(call, desk, id, *winner),
        (Aim::Consult { .. }, Verdict::Lost { .. }) => consult::lost(call, desk, id),
        (Aim::Watch { mode, .. }, Verdict::Won(winner)) => watch::won(call, desk, id, *winner, mode),
        (Aim::Watch { .. }, Verdict::Lost { .. }) => call.stop_ringing(desk, id, Cause::NORMAL),
        (Aim::Seat { .. }, Verdict::Won(winner)) => cede::won(call, desk, id, *winner),
        (Aim::Seat { .. }, Verdict::Lost { heard, .. }) => cede::lost(call, desk, id, heard),
        // Nobody is there yet who could hear that.
        (Aim::Begin { .. }, Verdict::Rings | Verdict::Heard) => {}
        (Aim::Begin { .. }, Verdict::Won(winner)) => return dial::won(call, desk, id, *winner),
        (Aim::Begin { .. }, Verdict::Lost { heard, .. }) => return dial::lost(call, desk, id, heard),
        (_, Verdict::Won(winner)) => connect::join(call, desk, id, *winner),
        (Aim::Transfer { .. } | Aim::Return { .. }, Verdict::Lost { heard, .. }) => {
            return transfer::lost(call, desk, id, heard);
        }
        (Aim::Step { of, .. }, Verdict::Onward(onward)) => {
            let (to, trail) = *onward;
            call.stop_ringing(desk, id, Cause::NORMAL);
            return ring::onward(call, of, to, trail);
        }
        (_, Verdict::Onward(_)) => desk.astray("a forward to where nobody is rung"),
        (Aim::Offer { offer, .. }, Verdict::Lost { heard, rang_out }) => {
            call.stop_ringing(desk, id, Cause::NORMAL);
            ring::offer_failed(desk, offer, heard, rang_out);
        }
        (Aim::Step { of, .. }, Verdict::Lost { heard, rang_out }) => {
            call.stop_ringing(desk, id, Cause::NORMAL);
            let then = ring::step_failed(call, of, heard, rang_out);
            return away::otherwise(call, desk, of, then);
        }
    }
    Want::Nothing
}
