//! One call: who is in it, who is rung for it, which legs it has let go of. What else there is to know of it (who hears
//! whom, when it is to be woken, whether it is over) follows from these tables.

pub(crate) mod begin;
mod busy;
mod due;
mod hall;
mod over;
mod parked;
mod present;
mod talk;
mod watchers;

use crate::cdr::{By, CallRecord};
use crate::desk::Desk;
use crate::leg::{Leg, LegFact};
use crate::life::{Exit, Life, Sure};
use crate::origin::Origin;
use crate::parcel::Errand;
use crate::party::{Name, Party};
use crate::ringing::{Behalf, Ringing, RingingId};
use crate::room::{Room, Stance};
use crate::spoken::Spoken;
use dialplan::Plan;
use dialplan::flow::{Action, Outcome};
pub(crate) use due::Timer;
pub(crate) use hall::{Hall, Sat};
pub(crate) use parked::Parked;
use sip::Source;
use smallvec::SmallVec;
use std::sync::Arc;
pub(crate) use talk::CROWD;
use terms::{AgentId, CallRef, CaptureId, Cause, LegId, Mono, Now, Pii, StreamId};
pub(crate) use watchers::Watched;

/// One call.
pub(crate) struct Call {
    /// The plan with which it began; a reload does not touch it.
    pub plan: Arc<Plan>,
    pub worker: u16,
    pub origin: Origin,
    /// Who is in it, in the order in which they came.
    pub parties: SmallVec<[Party; 2]>,
    /// Who is being reached for them.
    pub ringings: SmallVec<[Box<Ringing>; 1]>,
    /// Its only party waits in a slot.
    pub parked: Option<Box<Parked>>,
    /// Who watches, as the account was told it.
    pub watched: Vec<Watched>,
    /// It is a conference room.
    pub hall: Option<Box<Hall>>,
    /// It is the standing call of this agent, be he in it or out with a contact.
    pub stands: Option<AgentId>,
    /// Parties that are on their way to another call, and may come back.
    pub lent: SmallVec<[(LegId, StreamId); 1]>,
    /// Parties of other calls that are on their way here.
    pub awaited: SmallVec<[LegId; 1]>,
    /// What it wants of other calls: the switchboard does it once this one has been told all.
    pub errands: Vec<Errand>,
    /// Released legs that a core still knows.
    pub leaving: Vec<Leg>,
    pub room: Room,
    /// When the office wakes it.
    pub wakes: Option<Mono>,
    pub record: CallRecord,
    /// The recording that runs.
    pub capture: Option<Capture>,
    /// The message that one of its parties leaves.
    pub message: Option<Box<Spoken>>,
    pub count: Count,
    pub life: Life,
    /// How it ends once nobody is left whom it could go on for: as the last one went, unless the end was decided.
    pub exit: Option<(Exit, Sure)>,
}

/// A recording, and whose legs are its two sides.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    pub id: CaptureId,
    pub left: LegId,
    pub right: LegId,
    /// Whose side is silent, since he asks somebody else: that is not for the record.
    pub away: (bool, bool),
    /// Who is heard on the right side beside that one, each in a place of his own: those of a conference.
    pub guests: Vec<Option<LegId>>,
}

/// How many it has had of what is numbered within a call.
#[derive(Debug, Default)]
pub(crate) struct Count {
    /// The number of its next leg: 0 is who brings it.
    pub legs: u16,
    pub ringings: u16,
    /// Queues in which its contact has been.
    pub segments: u16,
    /// Stretches of watching.
    pub watches: u16,
}

impl Count {
    /// Which its next leg is.
    pub fn leg(&mut self) -> u16 {
        let next = self.legs.saturating_add(1);
        std::mem::replace(&mut self.legs, next)
    }
}

impl Call {
    pub fn id(&self) -> CallRef {
        self.record.call
    }

    pub fn party(&mut self, leg: LegId) -> Option<&mut Party> {
        self.parties.iter_mut().find(|party| party.leg.id == leg)
    }

    /// Takes a party out of the call; its leg is the caller's of this function to let go of.
    pub fn remove(&mut self, leg: LegId) -> Option<Party> {
        let at = self.parties.iter().position(|party| party.leg.id == leg)?;
        Some(self.parties.remove(at))
    }

    pub fn ringing(&mut self, id: RingingId) -> Option<&mut Ringing> {
        self.ringings.iter_mut().map(|ringing| &mut **ringing).find(|ringing| ringing.id == id)
    }

    /// Lets go of a leg; it lingers until both cores have said that it is gone.
    pub fn part(&mut self, desk: &mut Desk<'_>, leg: Leg, cause: Cause) {
        Leg::leave(desk, &mut self.leaving, leg, cause);
    }

    /// One who has no answer yet is refused; the others are hung up.
    pub fn dismiss(&mut self, desk: &mut Desk<'_>, party: Party, cause: Cause, status: Option<u16>) {
        let mut leg = party.leg;
        if leg.is_unanswered() {
            // A flow that simply ends before anybody answered is "temporarily unavailable" to the caller.
            let status = status.unwrap_or(if cause == Cause::NORMAL { 480 } else { cause.to_status() });
            if leg.id == self.origin.leg {
                self.record.status = Some(status);
            }
            leg.refuse(desk, status, cause);
            return self.leaving.push(leg);
        }
        if !leg.id.is_inbound() && leg.id == self.origin.leg && self.record.connected.is_none() {
            // Whom we have dialled for has his own answer already: how it came to nothing stands in the record.
            self.record.status = status;
        }
        self.part(desk, leg, cause);
    }

    /// Nobody is to be reached any more by this one.
    pub fn stop_ringing(&mut self, desk: &mut Desk<'_>, id: RingingId, cause: Cause) {
        if let Some(ringing) = self.take_ringing(id) {
            self.cancel(desk, ringing, cause);
        }
    }

    /// Which its next ringing is: the next one whose group nobody stands in. None: there is no such group.
    pub fn next_ringing(&self) -> Option<RingingId> {
        let taken = |group: Stance| {
            self.parties
                .iter()
                .any(|party| party.stance == group || party.asked.is_some_and(|asked| asked.aside == group))
                || self.ringings.iter().any(|ringing| Stance::early(ringing.id.0) == group)
        };
        let next = self.count.ringings;
        (0..Stance::EARLY).map(|later| next.wrapping_add(later)).find(|id| !taken(Stance::early(*id))).map(RingingId)
    }

    /// A ringing is this call's no more.
    pub fn take_ringing(&mut self, id: RingingId) -> Option<Box<Ringing>> {
        let at = self.ringings.iter().position(|ringing| ringing.id == id)?;
        Some(self.ringings.remove(at))
    }

    /// Nobody is to be reached by it; whoever asked for it is told that.
    pub fn cancel(&mut self, desk: &mut Desk<'_>, ringing: Box<Ringing>, cause: Cause) {
        ringing.aim.tell(desk, 487);
        ringing.cancel(desk, &mut self.leaving, cause);
    }

    /// The call on whose behalf somebody is rung, beside those who are rung.
    pub fn behalf(&mut self, of: LegId) -> (&mut SmallVec<[Box<Ringing>; 1]>, Behalf<'_>) {
        let party = self.parties.iter().find(|party| party.leg.id == of);
        let stranger = party.filter(|party| party.leg.id != self.origin.leg);
        let stranger = stranger.and_then(|party| Some((party.leg.who()?, self.number(&party.leg))));
        let codec = party.and_then(|party| party.leg.codec());
        let behalf = Behalf {
            plan: &self.plan,
            record: &self.record,
            worker: self.worker,
            codec,
            origin: &self.origin,
            stranger,
            room: self.hall.as_ref().map(|hall| Name::of_room(&hall.room)),
            waits_since: party.and_then(|party| party.contact).map(|contact| contact.since),
            legs: &mut self.count.legs,
            left: &mut self.leaving,
        };
        (&mut self.ringings, behalf)
    }

    /// Moves a party on in its flow: what is to be done next, and whether that is only what whoever was rung said.
    pub fn advance(&mut self, who: LegId, outcome: Outcome) -> Option<(Action, bool)> {
        let walk = self.parties.iter_mut().find(|party| party.leg.id == who)?.walk.as_mut()?;
        let action = walk.cursor.advance(&self.plan, outcome);
        Some((action, walk.cursor.ends_as_rung()))
    }

    /// Sends 200 to one who waits for it.
    pub fn answer(&mut self, desk: &mut Desk<'_>, leg: LegId) {
        if leg == self.origin.leg {
            self.record.answered.get_or_insert(desk.now.wall);
        }
        self.party(leg).into_iter().for_each(|party| party.leg.accept_call(desk));
    }

    /// A leg that was let go of: only its end counts.
    pub fn left(&mut self, desk: &mut Desk<'_>, id: LegId, fact: LegFact) {
        self.note_media(id, &fact);
        let Some(leg) = self.leaving.iter_mut().find(|leg| leg.id == id) else { return };
        leg.left(desk, &fact);
        self.leaving.retain(|leg| !leg.is_gone());
    }

    /// What passed through the stream of who brought the call stands in its record, too.
    pub fn note_media(&mut self, leg: LegId, fact: &LegFact) {
        if let LegFact::Closed(totals) = fact
            && leg == self.origin.leg
        {
            self.record.media = Some((**totals).clone());
        }
    }

    /// One has left, like this: so the call ends, if nobody is left.
    pub fn went(&mut self, exit: Exit) {
        if self.exit.is_none_or(|(_, sure)| sure == Sure::Otherwise) {
            self.exit = Some((exit, Sure::Otherwise));
        }
    }

    /// The call ends now, like this; what was decided first stands.
    pub fn decide(&mut self, exit: Exit) {
        if self.exit.is_none_or(|(_, sure)| sure == Sure::Otherwise) {
            self.exit = Some((exit, Sure::Decided));
        }
    }

    /// On which side of the call somebody is, as its record says.
    pub fn side(&self, leg: LegId) -> By {
        if leg == self.origin.leg { By::Caller } else { By::Callee }
    }

    /// The number of one of its parties, as the others are shown it.
    pub fn number(&self, leg: &Leg) -> Pii<String> {
        let party = self.parties.iter().find(|party| party.leg.id == leg.id);
        if let Some(name) = party.and_then(|party| party.name.as_ref()) {
            return name.number.clone();
        }
        if leg.id == self.origin.leg {
            return self.record.caller.clone();
        }
        match (leg.who(), leg.number()) {
            (_, Some(number)) => number.clone(),
            (Some(Source::Phone(phone)), None) => {
                let phone = self.plan.phone(phone);
                Pii::new(phone.map(|phone| phone.extension.as_ref().unwrap_or(&phone.user).clone()).unwrap_or_default())
            }
            _ => Pii::new(String::new()),
        }
    }

    /// The agent who talks in it, or who is rung for it.
    pub fn agent(&self) -> Option<AgentId> {
        let rung = self.ringings.iter().find_map(|ringing| ringing.agent);
        self.parties.iter().find_map(|party| party.agent).or(rung)
    }

    /// How long its contact has waited in the queue in which it is.
    pub fn waits_ms(&self, now: Now) -> u64 {
        let waiting = self.parties.iter().filter_map(|party| party.contact.as_ref()).find(|contact| contact.waits());
        waiting.map_or(0, |contact| contact.waited_ms(now))
    }

    /// The record is complete and no core knows it any more.
    pub fn is_gone(&self) -> bool {
        self.life == Life::Gone
    }

    /// All of its legs, and what each is to it.
    pub fn legs(&self) -> impl Iterator<Item = (Whose, &Leg)> {
        let rung = self.ringings.iter().flat_map(|ringing| ringing.legs().map(|leg| (Whose::Rung(ringing.id), leg)));
        let parties = self.parties.iter().map(|party| (Whose::Party, &party.leg));
        parties.chain(rung).chain(self.leaving.iter().map(|leg| (Whose::Leaving, leg)))
    }

    /// One of its legs.
    pub fn leg(&mut self, id: LegId) -> Option<&mut Leg> {
        let rung = self.ringings.iter_mut().find_map(|ringing| ringing.leg(id));
        let parties = self.parties.iter_mut().map(|party| &mut party.leg);
        parties.chain(&mut self.leaving).chain(rung).find(|leg| leg.id == id)
    }
}

/// What a leg is to its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A party's.
    Party,
    /// Somebody's who is rung.
    Rung(RingingId),
    /// One that was let go of.
    Leaving,
}
