//! The door: everybody is asked here, once, whether he may, by the roles of the plan in force. A command that comes again
//! by the same id is answered as it was. What takes its time goes to the office, and its answer comes back this way.

use super::FrontDesk;
use super::views::Shell;
use crate::admin::wire::{Reply, Wanted};
use crate::feed::Feed;
use crate::log_lines::numbers;
use crate::nudge::Request;
use console::switch::Why;
use control::{Actor, Command, Known, Subject, Verb, View, may, may_order};
use dialplan::codes::{Code, Said};
use node::{Happening, Input, Node, Ordered};
use std::sync::mpsc::TrySendError;
use terms::{CallRef, LegId, Now, RoomId};

/// Which party of a call has wanted it by a code, and hears what became of it.
pub(super) type Heard = Option<(CallRef, LegId)>;

impl FrontDesk {
    /// Somebody wants something.
    pub fn ask(&mut self, now: Now, request: Request, node: &mut Node, shell: &Shell<'_>) {
        match &request.what {
            Wanted::Do(verb) => self.order(now, verb.clone(), self.subject(now, verb, node), request, node),
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
        let subject = match verb {
            Verb::LogIn { .. } => said.touches(&verb),
            _ => self.subject(now, &verb, node),
        };
        let (what, heard) = (Wanted::Do(verb.clone()), Some((said.call, said.leg)));
        self.order(now, verb, subject, Request { id: None, by, what, before: None, heard, reply: None }, node);
    }

    /// Somebody wants to follow what happens.
    pub fn follow(&mut self, by: &Actor, node: &Node) -> Result<Feed, String> {
        may(&self.plan.roles, by, &View::Events(()), &Subject::WHOLE).map_err(|denied| denied.to_string())?;
        Ok(self.followers.follow(node.last()))
    }

    fn show(&mut self, now: Now, view: &View, request: Request, node: &Node, shell: &Shell<'_>) {
        let subject = match view {
            View::Call { call } => self.who_is_in(*call, node),
            View::Why { contact } => Self::whose_contact(*contact, node),
            View::Rooms { name: Some(name) } => self.whose_room(RoomId::of(name)),
            _ => Subject::WHOLE,
        };
        if let Err(denied) = may(&self.plan.roles, &request.by, view, &subject) {
            return request.refuse(Why::Denied, &denied.to_string());
        }
        if !self.looks.keep(now, &request.by, view) {
            return request.answer(Reply::Refused("the account takes no entry of who looks: try again".into()));
        }
        match view {
            View::Overlay(()) => {
                self.hand_on(request);
            }
            _ => request.answer(self.look(now, view, node, shell)),
        }
    }

    fn order(&mut self, now: Now, verb: Verb, subject: Subject, mut request: Request, node: &mut Node) {
        request.before = self.stands(&verb, node);
        let command = Command { id: request.id.clone(), by: request.by.clone(), what: verb };
        if let Err(denied) = may_order(&self.plan.roles, &command.by, &command.what, &subject) {
            let (by, why) = (numbers(&command.by.to_string()), numbers(&denied.to_string()));
            tracing::warn!(by, "a command was denied: {why}");
            return self.answered_for(now, command, request, (Reply::Refused(denied.to_string()), Why::Denied), node);
        }
        match self.replies.came(&command) {
            Known::New if command.what.takes_its_time() || self.leaves_a_seat(&command.what) => {
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
            Known::UnderWay => request.refuse(Why::UnderWay, "this command is still under way"),
            Known::Another => request.refuse(Why::Another, "another command came by this id before"),
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
                let why = if matches!(reply, Reply::Stale(_)) { Why::Stale } else { Why::Said };
                self.answered_for(now, command, request, (reply, why), node);
            }
            Wanted::Look(_) => request.answer(reply),
        }
    }

    /// What was wanted and what became of it is a record; then whoever waits hears it.
    fn answered(&mut self, now: Now, command: Command, request: Request, reply: Reply, node: &mut Node) {
        self.answered_for(now, command, request, (reply, Why::Said), node);
    }

    fn answered_for(
        &mut self,
        now: Now,
        command: Command,
        request: Request,
        (reply, why): (Reply, Why),
        node: &mut Node,
    ) {
        self.replies.answered(&command, &reply);
        hear(now, request.heard, !matches!(reply, Reply::Refused(_)), node);
        let before = request.before.clone();
        let after = before.as_ref().filter(|_| why == Why::Said).and_then(|_| self.stands(&command.what, node));
        let reply_in_words = reply.in_words();
        let after = after.filter(|_| matches!(reply_in_words, control::Reply::Done(_)));
        let ordered = Ordered { reply: reply_in_words, command, before, after };
        node.happened(now, Happening::Command(Box::new(ordered)));
        request.answer_as_of(reply, Some(node.last()), why);
    }

    /// To the office; false when too much waits there.
    fn hand_on(&self, request: Request) -> bool {
        let Err(TrySendError::Full(request) | TrySendError::Disconnected(request)) = self.office.try_send(request)
        else {
            return true;
        };
        tracing::warn!(by = numbers(&request.by.to_string()), "too much waits in the office: a request is left out");
        request.answer(Reply::Refused("the switch is busy: try again".into()));
        false
    }
}

/// The party of a call who wanted it hears what became of it.
fn hear(now: Now, heard: Heard, done: bool, node: &mut Node) {
    if let Some((call, leg)) = heard {
        node.handle_input(now, Input::Obeyed { call, leg, done });
    }
}
