//! What a command touches, as far as it takes the calls that run to know it: whose rights it takes follows from that.

use super::FrontDesk;
use super::door::Heard;
use super::slots::phones;
use super::watch::listened;
use crate::destination::destination;
use call::{Involved, PartyLine};
use control::{Subject, Verb};
use dialplan::Destination;
use node::Node;
use terms::{CallRef, ContactId, Now, PhoneId, RoomId, Slot};

impl FrontDesk {
    /// What a command touches.
    pub(super) fn subject(&self, now: Now, verb: &Verb, node: &Node) -> Subject {
        match verb {
            Verb::Hangup { call }
            | Verb::Hold { call, .. }
            | Verb::Resume { call, .. }
            | Verb::Transfer { call, .. }
            | Verb::Consult { call, .. }
            | Verb::Swap { call }
            | Verb::Join { call }
            | Verb::Leave { call, .. }
            | Verb::Complete { call }
            | Verb::Back { call }
            | Verb::Play { call, .. }
            | Verb::Park { call, .. } => self.who_is_in(*call, node),
            Verb::Listen { call, party, .. } => {
                let whom =
                    self.sheet(now, node, *call).and_then(|sheet| listened(&self.plan, &sheet, party.as_deref()));
                self.who_is_watched(*call, whom, node)
            }
            Verb::Mode { call, party, .. } | Verb::TakeOver { call, party } => {
                self.who_is_watched(*call, self.watcher(now, node, *call, party.as_deref()), node)
            }
            Verb::Prefer { contact } => Self::whose_contact(*contact, node),
            Verb::Observe { whom, .. } => self.who_is_observed(whom, node),
            Verb::Lock { room }
            | Verb::Unlock { room }
            | Verb::Mute { room, .. }
            | Verb::Unmute { room, .. }
            | Verb::Kick { room, .. }
            | Verb::RoomInvite { room, .. } => self.whose_room(RoomId::of(room)),
            Verb::Pickup { at, from } => self.who_picks_up(at, from),
            Verb::Retrieve { slot, at } => self.who_fetches(*slot, at, node),
            Verb::Dial { agent: None, phone: Some(phone), .. } => self.who_is_at(phone),
            other => Subject::of(other),
        }
    }

    /// The queue that a contact is in; nothing of one that is in none, which only who may everywhere learns.
    pub(super) fn whose_contact(contact: ContactId, node: &Node) -> Subject {
        let queues = node.acd().where_is(contact).map(|(queue, _)| queue).into_iter().collect();
        Subject { queues, ..Subject::WHOLE }
    }

    /// The agents who are rung at a phone.
    fn who_is_at(&self, phone: &str) -> Subject {
        let phone = PhoneId::of(phone);
        let agents = self.plan.agents_at(phone).map(|agent| agent.id).collect();
        Subject { queues: vec![], agents, phones: vec![phone] }
    }

    /// Who is parked there, and the agents at the phone to which he goes.
    fn who_fetches(&self, slot: Slot, at: &str, node: &Node) -> Subject {
        let mut subject = node.board().parked_in(slot).map_or(Subject::WHOLE, |call| self.who_is_in(call, node));
        if let Ok(Destination::Phone(phone)) = destination(&self.plan, at) {
            subject.agents.extend(self.plan.agents_at(phone).map(|agent| agent.id));
            subject.phones.push(phone);
        }
        subject
    }

    /// One of a call and not the others: listening, he who watches is a key away from whispering to him. Where it is not clear
    /// who is meant the command is not done anyway.
    fn who_is_watched(&self, call: CallRef, whom: Result<PartyLine, String>, node: &Node) -> Subject {
        match whom.ok().and_then(|one| node.board().watched(call, one.leg)) {
            Some(involved) => self.whom_it_concerns(involved),
            None => self.who_is_in(call, node),
        }
    }

    /// He himself, as whom he talks; with the agents at his phones, where he does not.
    fn who_is_observed(&self, whom: &str, node: &Node) -> Subject {
        let Ok(phones) = phones(&self.plan, whom) else { return Subject::WHOLE };
        let talks = node.board().talking_at(&phones);
        if let Some(involved) = talks.and_then(|(call, leg)| node.board().watched(call, leg)) {
            return self.whom_it_concerns(involved);
        }
        let agents = phones.iter().flat_map(|phone| self.plan.agents_at(*phone)).map(|agent| agent.id).collect();
        Subject { queues: vec![], agents, phones }
    }

    /// The agents at whose phones it rings; also those at the phone that is to have it, where it shares a group with one of these.
    fn who_picks_up(&self, at: &str, from: &str) -> Subject {
        let (Ok(from), Ok(Destination::Phone(at))) = (phones(&self.plan, from), destination(&self.plan, at)) else {
            return Subject::WHOLE;
        };
        let shares = from.iter().any(|phone| *phone == at || self.plan.share_a_group(*phone, at));
        let phones: Vec<PhoneId> = from.into_iter().chain(shares.then_some(at)).collect();
        let there = phones.iter().flat_map(|phone| self.plan.agents_at(*phone));
        Subject { queues: vec![], agents: there.map(|agent| agent.id).collect(), phones }
    }

    /// A call's queue and agents; nothing of a call that does not run, which only who may everywhere learns.
    pub(super) fn who_is_in(&self, call: CallRef, node: &Node) -> Subject {
        node.board().involved(call).map_or(Subject::WHOLE, |involved| self.whom_it_concerns(involved))
    }

    fn whom_it_concerns(&self, involved: Involved) -> Subject {
        let Involved { queue, agent, phones, room } = involved;
        // What is done to a room is done to all who are there.
        if let Some(room) = room {
            return self.whose_room(room);
        }
        let rung_there = phones.iter().flat_map(|phone| self.plan.agents_at(*phone)).map(|agent| agent.id);
        let agents = agent.into_iter().chain(rung_there).collect();
        Subject { queues: queue.into_iter().collect(), agents, phones }
    }

    /// The phone as which an agent at a number outside dials: the first of his own.
    pub(super) fn dials_as(&self, heard: Heard, node: &Node) -> Option<PhoneId> {
        let (call, leg) = heard?;
        self.plan.agent(node.board().watched(call, leg)?.agent?)?.phones().next()
    }
}
