//! A call with an agent stands for as long as he is at work (nailed up): contacts come over its leg, which goes to their calls and
//! comes back, and is never hung up in between. The call that it is meanwhile has one record, from its beginning to its end.

use super::{connect, leave, ring};
use crate::call::Call;
use crate::claim;
use crate::desk::{Desk, Standing};
use crate::leg::{Leg, Nailed};
use crate::life::{Exit, Life};
use crate::parcel::{Errand, Parcel};
use crate::party::Party;
use crate::room::Stance;
use crate::want::Want;
use media::Sound;
use terms::{AgentId, Cause, LegId};

/// One whom nobody talks to is this agent: his call stands from now on.
pub(crate) fn stand(call: &mut Call, desk: &mut Desk<'_>, who: LegId, agent: AgentId) {
    let home = call.id();
    call.stands = Some(agent);
    settle_down(call, desk, who, Nailed { agent, home });
    let before = desk.index.standing.insert(agent, Standing { call: home, leg: Some(who) });
    // He had one elsewhere.
    let before = before.filter(|before| before.call != home);
    call.errands.extend(before.map(|before| Errand::Supersede(before.call)));
    desk.usage.standing.insert(agent);
    announce(desk, agent);
}

/// He hears nothing until a contact comes.
fn settle_down(call: &mut Call, desk: &mut Desk<'_>, who: LegId, nailed: Nailed) {
    let silence = desk.ids.playing(Sound::Silence, true);
    if let Some(party) = call.party(who) {
        (party.agent, party.stance, party.walk) = (Some(nailed.agent), Stance::Apart, None);
        (party.comfort, party.asked) = (Some(silence), None);
        party.leg.nail(Some(nailed));
    }
}

fn announce(desk: &mut Desk<'_>, agent: AgentId) {
    let plan = desk.plan;
    plan.agent(agent).into_iter().for_each(|agent| claim::announce(desk, agent));
}

/// The agent for whom the call of a phone may stand that has said by a code that he is at work.
pub(crate) fn of_phone(desk: &Desk<'_>, phone: terms::PhoneId) -> Option<AgentId> {
    let stands = |agent: &AgentId| desk.index.at_work.contains(agent);
    desk.plan.agents_at(phone).filter(|agent| agent.nailed_up.is_some()).map(|agent| agent.id).find(stands)
}

/// The leg of an agent's standing call has come for the contact that is offered to him; if that is offered to him no more, it goes
/// back.
pub(crate) fn serve(call: &mut Call, desk: &mut Desk<'_>, parcel: Parcel) -> Want {
    let Parcel { party, stream, .. } = parcel;
    let mut leg = party.leg;
    call.awaited.retain(|awaited| *awaited != leg.id);
    let (id, nth, worker) = (call.id(), call.count.leg(), call.worker);
    leg.moves(desk, (id, nth), worker, stream);
    let Some(ringing) = call.ringings.iter().find(|ringing| ringing.awaits == Some(leg.id)) else {
        Leg::leave(desk, &mut call.leaving, leg, Cause::NORMAL);
        return Want::Nothing;
    };
    let (of, id) = (ringing.aim.of(), ringing.id);
    let verdict = ring::tell(call, of, id, |ringing, behalf| ringing.stands(desk, behalf, leg));
    Want::Rung(id, verdict)
}

/// It does not come.
pub(crate) fn missed(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    let Some(ringing) = call.ringings.iter().find(|ringing| ringing.awaits == Some(who)) else { return Want::Nothing };
    let (of, id) = (ringing.aim.of(), ringing.id);
    let verdict = ring::tell(call, of, id, |ringing, behalf| ringing.missed(desk, behalf, who));
    Want::Rung(id, verdict)
}

/// It is back.
pub(crate) fn comes_home(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    match call.stands {
        Some(agent) => settle_down(call, desk, who, Nailed { agent, home: call.id() }),
        None => leave::dismiss(call, desk, who),
    }
}

/// Whoever was let go of and is nailed up goes home; where no call of his stands any more, he is hung up.
pub(crate) fn send_home(call: &mut Call, desk: &mut Desk<'_>) {
    while let Some(at) = call.leaving.iter().position(Leg::goes_home) {
        let mut leg = call.leaving.swap_remove(at);
        let Some(Nailed { agent, home }) = leg.nailed() else { return };
        let stands = Standing { call: home, leg: Some(leg.id) };
        if home == call.id() || desk.index.standing.get(&agent) != Some(&stands) {
            leg.nail(None);
            Leg::leave(desk, &mut call.leaving, leg, Cause::NORMAL);
            continue;
        }
        // What he says to whoever comes next is not for the record of this one.
        connect::off_record(call, desk, leg.id);
        desk.index.legs.insert(leg.id, home);
        desk.index.streams.insert(leg.stream, home);
        let party = Party::new(leg, Some(agent), Stance::Apart);
        let parcel = Box::new(Parcel { party, recorded: false, segments: 0, stream: None });
        call.errands.push(Errand::Home { home, parcel });
    }
}

/// It is nobody's standing call any more: whoever is in it, or is rung for it, is let go of.
pub(crate) fn unnail(call: &mut Call, desk: &mut Desk<'_>) {
    if call.stands.take().is_none() {
        return;
    }
    let here: Option<LegId> = call.parties.first().map(|party| party.leg.id);
    here.into_iter().for_each(|who| leave::dismiss(call, desk, who));
    if !call.ringings.is_empty() {
        call.decide(Exit::of(Cause::NORMAL, None));
    }
}

/// Where it ends by itself, that is told.
pub(crate) fn book(call: &Call, desk: &mut Desk<'_>) {
    if let Some(agent) = call.stands.filter(|_| call.life != Life::Open) {
        desk.index.lost.push(Nailed { agent, home: call.id() });
    }
}
