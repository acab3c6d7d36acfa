//! What was answered to commands of late, so that one that comes again is not done again.

use crate::{Actor, Command, CommandId, Verb};
use std::collections::{BTreeMap, VecDeque};
use terms::limits;

type Key = (Actor, CommandId);

/// The last answers, by who wanted it and the id that he chose; the oldest are forgotten first.
#[derive(Debug)]
pub struct Replies<R> {
    answered: BTreeMap<Key, (Verb, Option<R>)>,
    order: VecDeque<Key>,
}

/// What is known of a command that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<R> {
    /// Nothing: it is to be done.
    New,
    /// It came before, and is not done yet.
    UnderWay,
    /// It came before, and was answered so.
    Answered(R),
    /// Another command came by this id.
    Another,
}

impl<R> Default for Replies<R> {
    fn default() -> Replies<R> {
        Replies { answered: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<R: Clone> Replies<R> {
    /// A command came; a new one is under way from now on.
    pub fn came(&mut self, command: &Command) -> Known<R> {
        let Some(id) = &command.id else { return Known::New };
        let key = (command.by.clone(), id.clone());
        match self.answered.get(&key) {
            Some((verb, _)) if *verb != command.what => Known::Another,
            Some((_, None)) => Known::UnderWay,
            Some((_, Some(reply))) => Known::Answered(reply.clone()),
            None => {
                self.remember(key, command.what.clone());
                Known::New
            }
        }
    }

    /// It was answered.
    pub fn answered(&mut self, command: &Command, reply: &R) {
        let key = command.id.as_ref().map(|id| (command.by.clone(), id.clone()));
        if let Some((_, answer)) = key.and_then(|key| self.answered.get_mut(&key)) {
            *answer = Some(reply.clone());
        }
    }

    /// It could not even be begun: it may come again.
    pub fn forget(&mut self, command: &Command) {
        let Some(id) = &command.id else { return };
        let key = (command.by.clone(), id.clone());
        self.answered.remove(&key);
        self.order.retain(|other| *other != key);
    }

    fn remember(&mut self, key: Key, verb: Verb) {
        if self.order.len() >= limits::REPLIES
            && let Some(oldest) = self.order.pop_front()
        {
            self.answered.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.answered.insert(key, (verb, None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(id: &str, what: Verb) -> Command {
        Command { id: Some(id.to_owned().try_into().unwrap()), by: Actor::Operator(Some(0)), what }
    }

    fn drain(cancel: bool) -> Verb {
        Verb::Drain { deadline_ms: None, cancel }
    }

    #[test]
    fn a_command_that_comes_again_gets_the_old_answer() {
        let mut replies = Replies::default();
        let first = command("a", drain(false));
        assert_eq!(replies.came(&first), Known::New);
        assert_eq!(replies.came(&first), Known::UnderWay);
        replies.answered(&first, &"done");
        assert_eq!(replies.came(&first), Known::Answered("done"));
        assert_eq!(replies.came(&command("a", drain(true))), Known::Another);
        assert_eq!(replies.came(&command("b", drain(false))), Known::New);
        let another_person = Command { by: Actor::Agent("alice".into()), ..first };
        assert_eq!(replies.came(&another_person), Known::New, "ids are each actor's own");
        replies.forget(&another_person);
        assert_eq!(replies.came(&another_person), Known::New, "it could not be begun");
        assert_eq!(replies.order.len(), replies.answered.len());
    }

    #[test]
    fn a_command_without_an_id_is_another_one_each_time() {
        let mut replies = Replies::default();
        let nameless = Command { id: None, ..command("a", drain(false)) };
        assert_eq!(replies.came(&nameless), Known::New);
        replies.answered(&nameless, &());
        assert_eq!(replies.came(&nameless), Known::New);
    }

    #[test]
    fn the_oldest_are_forgotten_and_the_memory_stays_as_small_as_it_is_said_to_be() {
        let mut replies = Replies::default();
        for n in 0..=limits::REPLIES {
            let one = command(&n.to_string(), drain(false));
            assert_eq!(replies.came(&one), Known::New);
            replies.answered(&one, &n);
        }
        assert_eq!((replies.order.len(), replies.answered.len()), (limits::REPLIES, limits::REPLIES));
        assert_eq!(replies.came(&command("1", drain(false))), Known::Answered(1));
        assert_eq!(replies.came(&command("0", drain(false))), Known::New, "forgotten");
    }
}
