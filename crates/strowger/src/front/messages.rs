//! Messages that callers have left: who may hear them, what lies in the mailboxes, and what becomes of it.

use super::FrontDesk;
use crate::admin::messages::lines;
use crate::admin::wire::Reply;
use call::cdr::Mark;
use control::{Actor, MessageWish, Subject};
use node::Node;
use terms::{CaptureId, Mailbox, Now};

impl FrontDesk {
    /// Something becomes of one.
    pub(super) fn mark_message(
        &self,
        now: Now,
        node: &mut Node,
        message: CaptureId,
        (wish, by): (MessageWish, &Actor),
    ) -> Reply {
        let (mark, words) = match wish {
            MessageWish::Heard => (Mark::Heard, "it is heard"),
            MessageWish::Done => (Mark::Done, "somebody is done with it"),
            MessageWish::Delete => (Mark::Deleted, "it is deleted, and its sound goes"),
        };
        match node.mark_message(now, message, mark, by.to_string()) {
            Ok(()) => Reply::Done(format!("message {message}: {words}")),
            Err(why) => Reply::Refused(format!("message {message}: {why}")),
        }
    }

    /// Whose it is: that of an agent, of those at a phone, of all who serve a queue. Of one that lies nowhere only who may
    /// everywhere learns.
    pub(super) fn whose_message(&self, message: CaptureId, node: &Node) -> Subject {
        let Some((mailbox, _)) = node.board().message(message) else { return Subject::WHOLE };
        match mailbox {
            Mailbox::Agent(agent) => Subject { agents: vec![agent], ..Subject::WHOLE },
            Mailbox::Phone(phone) => {
                let agents = self.plan.agents_at(phone).map(|agent| agent.id).collect();
                Subject { queues: vec![], agents, phones: vec![phone] }
            }
            Mailbox::Queue(queue) => {
                let serving = self.plan.queue(queue).into_iter().flat_map(|queue| &queue.agents);
                let agents = serving.map(|(agent, _)| *agent).collect();
                Subject { queues: vec![queue], agents, phones: vec![] }
            }
        }
    }

    /// Shows them.
    pub(super) fn messages(&self, node: &Node) -> Reply {
        Reply::Messages(lines(&self.plan, node.board().messages()))
    }
}
