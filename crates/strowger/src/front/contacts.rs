//! What is wanted of contacts that have no call: that one comes into a queue, and what agents do with it.

use super::FrontDesk;
use crate::admin::contacts::{KINDS, SUBJECT, lines};
use crate::admin::why::{WhyLine, WhyView};
use crate::admin::wire::Reply;
use crate::names;
use call::AbsentWish;
use control::ContactWish;
use node::{Input, Node};
use terms::{AgentId, ContactId, ContactKind, Now, Pii, QueueId, Word as _};

impl FrontDesk {
    /// Puts one into a queue.
    pub(super) fn add_contact(
        &self,
        now: Now,
        node: &mut Node,
        queue: &str,
        kind: ContactKind,
        subject: &str,
    ) -> Reply {
        let done = self.may_add(queue, kind, subject).and_then(|()| {
            let contact = node.add_absent(now, QueueId::of(queue), kind, Pii::new(subject.to_owned()))?;
            let there = node.board().absents().find(|one| one.contact == contact);
            let there = there.ok_or_else(|| format!("queue {queue} is full"))?;
            let queue = self.plan.queue(there.queue).map_or(queue, |queue| queue.name.as_str());
            Ok(format!("contact {contact} is in queue {queue}"))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// One who waits goes before the others.
    pub(super) fn prefer(&self, now: Now, node: &mut Node, contact: ContactId) -> Reply {
        let Some((queue, waits)) = node.acd().where_is(contact) else {
            return Reply::Refused(format!("contact {contact} is in no queue"));
        };
        if !waits {
            return Reply::Refused(format!("not now: somebody is rung for contact {contact}"));
        }
        node.handle_input(now, Input::Prefer(contact));
        let queue = self.plan.queue(queue).map_or_else(String::new, |queue| format!(" of queue {}", queue.name));
        Reply::Done(format!("contact {contact} goes before the others{queue}"))
    }

    /// What keeps each agent of its queue from it.
    pub(super) fn why(&self, now: Now, node: &Node, contact: ContactId) -> Reply {
        let Some((queue, _)) = node.acd().where_is(contact) else {
            return Reply::Refused(format!("contact {contact} is in no queue"));
        };
        let name = |id: AgentId| self.plan.agent(id).map_or_else(|| id.to_string(), |agent| agent.name.clone());
        let verdicts = node.acd().explain(contact).into_iter();
        Reply::Why(Box::new(WhyView {
            contact: contact.to_string(),
            queue: self.plan.queue(queue).map_or_else(|| queue.to_string(), |queue| queue.name.clone()),
            position: node.acd().position(contact).unwrap_or_default(),
            can_be_offered: node.acd().can_be_offered(contact),
            agents: verdicts.map(|(agent, verdict)| WhyLine::of(name(agent), verdict, now)).collect(),
        }))
    }

    fn may_add(&self, queue: &str, kind: ContactKind, subject: &str) -> Result<(), String> {
        names::known("queue", queue, self.plan.queues.iter().map(|queue| queue.name.as_str()))?;
        if !KINDS.contains(&kind) {
            return Err(format!("{} needs a call, which comes by itself", kind.word()));
        }
        if subject.chars().count() > SUBJECT {
            return Err(format!("a subject has {SUBJECT} letters at most"));
        }
        Ok(())
    }

    /// An agent does something with one, or it is dropped.
    pub(super) fn contact(
        &self,
        now: Now,
        node: &mut Node,
        contact: ContactId,
        wish: ContactWish,
        agent: Option<&str>,
    ) -> Reply {
        let done = self.wish_of(wish, agent).and_then(|(wish, words)| {
            node.absent(now, contact, wish).map_err(|why| format!("contact {contact}: {why}"))?;
            Ok(format!("contact {contact}: {words}"))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    fn wish_of(&self, wish: ContactWish, agent: Option<&str>) -> Result<(AbsentWish, String), String> {
        let (name, id) = match (wish, agent) {
            (ContactWish::Drop, None) => return Ok((AbsentWish::Drop, "it is not to be served any more".into())),
            (ContactWish::Drop, Some(_)) => return Err("a contact is dropped for all agents".into()),
            (_, None) => return Err("which agent?".into()),
            (_, Some(name)) => {
                names::agent(&self.plan, name)?;
                (name, AgentId::of(name))
            }
        };
        Ok(match wish {
            ContactWish::Take => (AbsentWish::Take(id), format!("{name} has it")),
            ContactWish::Refuse => (AbsentWish::Refuse(id), format!("{name} does not take it")),
            ContactWish::Done | ContactWish::Drop => (AbsentWish::Done(id), format!("{name} is done with it")),
        })
    }

    /// Shows them.
    pub(super) fn contacts(&self, node: &Node) -> Reply {
        Reply::Contacts(lines(&self.plan, node.board().absents()))
    }
}
