//! The door: everybody is asked here, once, whether he may, by the roles of the plan in force. A command that comes again
//! by the same id is answered as it was. What takes its time goes to the office, and its answer comes back this way.

use super::FrontDesk;
use super::slots::phones;
use super::views::Shell;
use crate::admin::wire::{Reply, Wanted};
use crate::destination::destination;
use crate::feed::Feed;
use crate::nudge::Request;
use control::{Actor, Command, Known, Subject, Verb, View, may};
use dialplan::Destination;
use dialplan::codes::{Code, Said};
use node::{Happening, Input, Node, Ordered};
use std::sync::mpsc::TrySendError;
use terms::{CallRef, LegId, Now, PhoneId, RoomId, Slot};

/// Which party of a call has wanted it by a code, and hears what became of it.
pub(super) type Heard = Option<(CallRef, LegId)>;

impl FrontDesk {
    /// Somebody wants something.
    pub fn ask(&mut self, now: Now, request: Request, node: &mut Node, shell: &Shell<'_>) {
        match &request.what {
            Wanted::Do(verb) => self.order(now, verb.clone(), request, node),
            Wanted::Look(view) => self.show(now, &view.clone(), request, node, shell),
        }
    }

    /// Somebody at a telephone wants something by a code.
    pub fn said(&mut self, now: Now, said: Said, node: &mut Node) {
        let wanted = match said.code {
            Code::LogIn => self.logs_in(now, &said),
            _ => said.actor(&self.plan).zip(said.verb(&self.plan)),
        };
        let Some((by, verb)) = wanted else {
            return node.handle_input(now, Input::Obeyed { call: said.call, leg: said.leg, done: false });
        };
        let (what, heard) = (Wanted::Do(verb.clone()), Some((said.call, said.leg)));
        self.order(now, verb, Request { id: None, by, what, heard, reply: None }, node);
    }

    /// Somebody wants to follow what happens.
    pub fn follow(&mut self, by: &Actor, node: &Node) -> Result<Feed, String> {
        may(&self.plan.roles, by, &View::Events(()), &Subject::WHOLE).map_err(|denied| denied.to_string())?;
        Ok(self.followers.follow(node.last()))
    }

    fn show(&self, now: Now, view: &View, request: Request, node: &Node, shell: &Shell<'_>) {
        let subject = match view {
            View::Call { call } => self.who_is_in(*call, node),
            View::Rooms { name: Some(name) } => self.whose_room(RoomId::of(name)),
            _ => Subject::WHOLE,
        };
        if let Err(denied) = may(&self.plan.roles, &request.by, view, &subject) {
            return request.answer(Reply::Refused(denied.to_string()));
        }
        match view {
            View::Overlay(()) => {
                self.hand_on(request);
            }
            _ => request.answer(self.look(now, view, node, shell)),
        }
    }

    fn order(&mut self, now: Now, verb: Verb, request: Request, node: &mut Node) {
        let command = Command { id: request.id.clone(), by: request.by.clone(), what: verb };
        if let Err(denied) = may(&self.plan.roles, &command.by, &command.what, &self.subject(&command.what, node)) {
            tracing::warn!(by = %command.by, "a command was denied: {denied}");
            return self.answered(now, command, request, Reply::Refused(denied.to_string()), node);
        }
        match self.replies.came(&command) {
            Known::New if command.what.takes_its_time() || self.leaves_a_seat(&command.what) => {
                self.make_way(now, &command.what, node);
                let heard = request.heard;
                if !self.hand_on(request) {
                    self.replies.forget(&command);
                    hear(now, heard, false, node);
                }
            }
            Known::New => {
                let reply = self.obey(now, &command.what, request.heard, node);
                self.answered(now, command, request, reply, node);
            }
            Known::Answered(reply) => request.answer(reply),
            Known::UnderWay => request.answer(Reply::Refused("this command is still under way".into())),
            Known::Another => request.answer(Reply::Refused("another command came by this id before".into())),
        }
    }

    /// The office has answered.
    pub fn done(&mut self, now: Now, request: Request, reply: Reply, node: &mut Node) {
        match &request.what {
            Wanted::Do(verb) => {
                let command = Command { id: request.id.clone(), by: request.by.clone(), what: verb.clone() };
                // Where an agent is has been seen to; his status is left to do.
                let reply = match (&command.what, reply) {
                    (Verb::LogIn { .. } | Verb::Agent { .. }, Reply::Done(_)) => {
                        self.obey(now, &command.what, None, node)
                    }
                    (_, reply) => reply,
                };
                self.answered(now, command, request, reply, node);
            }
            Wanted::Look(_) => request.answer(reply),
        }
    }

    /// What was wanted and what became of it is a record; then whoever waits hears it.
    fn answered(&mut self, now: Now, command: Command, request: Request, reply: Reply, node: &mut Node) {
        self.replies.answered(&command, &reply);
        hear(now, request.heard, !matches!(reply, Reply::Refused(_)), node);
        let ordered = Ordered { reply: reply.in_words(), command };
        node.happened(now, Happening::Command(Box::new(ordered)));
        request.answer_as_of(reply, Some(node.last()));
    }

    /// To the office; false when too much waits there.
    fn hand_on(&self, request: Request) -> bool {
        let Err(TrySendError::Full(request) | TrySendError::Disconnected(request)) = self.office.try_send(request)
        else {
            return true;
        };
        tracing::warn!(by = %request.by, "too much waits in the office: a request is left out");
        request.answer(Reply::Refused("the switch is busy: try again".into()));
        false
    }

    /// What a command touches.
    fn subject(&self, verb: &Verb, node: &Node) -> Subject {
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
            | Verb::Listen { call, .. }
            | Verb::Mode { call, .. }
            | Verb::TakeOver { call, .. }
            | Verb::Play { call, .. }
            | Verb::Park { call, .. } => self.who_is_in(*call, node),
            Verb::Observe { whom, .. } => self.who_is_observed(whom, node),
            Verb::Lock { room }
            | Verb::Unlock { room }
            | Verb::Mute { room, .. }
            | Verb::Unmute { room, .. }
            | Verb::Kick { room, .. } => self.whose_room(RoomId::of(room)),
            Verb::Pickup { at, from } => self.who_picks_up(at, from),
            Verb::Retrieve { slot, at } => self.who_fetches(*slot, at, node),
            Verb::Dial { agent: None, phone: Some(phone), .. } => self.who_is_at(phone),
            other => Subject::of(other),
        }
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

    /// Who is in the call of somebody; he himself, with the agents at his phones, where he is in none.
    fn who_is_observed(&self, whom: &str, node: &Node) -> Subject {
        let Ok(phones) = phones(&self.plan, whom) else { return Subject::WHOLE };
        if let Some((call, _)) = node.board().talking_at(&phones) {
            return self.who_is_in(call, node);
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
    fn who_is_in(&self, call: CallRef, node: &Node) -> Subject {
        let Some(call::Involved { queue, agent, phones, room }) = node.board().involved(call) else {
            return Subject::WHOLE;
        };
        // What is done to a room is done to all who are there.
        if let Some(room) = room {
            return self.whose_room(room);
        }
        let rung_there = phones.iter().flat_map(|phone| self.plan.agents_at(*phone)).map(|agent| agent.id);
        let agents = agent.into_iter().chain(rung_there).collect();
        Subject { queues: queue.into_iter().collect(), agents, phones }
    }
}

/// The party of a call who wanted it hears what became of it.
fn hear(now: Now, heard: Heard, done: bool, node: &mut Node) {
    if let Some((call, leg)) = heard {
        node.handle_input(now, Input::Obeyed { call, leg, done });
    }
}
