//! What the front desk does at once: each verb that is neither the office's nor a call's own.

use super::door::Heard;
use super::{FrontDesk, calls};
use crate::admin::wire::Reply;
use crate::names;
use control::{AgentWish, NO_REASON, Verb};
use node::{Input, Node};
use std::time::Duration;
use terms::{AgentId, Now};

/// A drain without a deadline waits this long.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3_600);

impl FrontDesk {
    /// Does it, and says what was done.
    pub(super) fn obey(&mut self, now: Now, verb: &Verb, heard: Heard, node: &mut Node) -> Reply {
        match verb {
            Verb::Agent { name, status: AgentWish::Done, .. } => self.end_wrap_up(now, node, name),
            Verb::Agent { name, status, reason } => {
                self.set_status(now, node, name, status_of(*status, reason.as_deref()))
            }
            Verb::Take { agent, queue } => self.take_next(now, node, agent, queue.as_deref()),
            Verb::Prefer { contact } => self.prefer(now, node, *contact),
            Verb::Dispose { agent, disposition } => self.dispose(now, node, agent, disposition),
            Verb::LogIn { agent, .. } => self.set_status(now, node, agent, acd::Status::Ready),
            Verb::Drain { cancel: true, .. } => take_calls_again(now, node),
            Verb::Drain { deadline_ms, cancel: false } => drain(now, node, *deadline_ms),
            Verb::Lift { source } => self.lift(now, node, source),
            Verb::ContactAdd { queue, kind, subject } => self.add_contact(now, node, queue, *kind, subject),
            Verb::Contact { contact, wish, agent } => self.contact(now, node, *contact, *wish, agent.as_deref()),
            Verb::Hangup { call } => calls::hang_up(now, node, *call),
            Verb::Hold { call, party } => self.hold(now, node, *call, party.as_deref(), true),
            Verb::Resume { call, party } => self.hold(now, node, *call, party.as_deref(), false),
            Verb::Transfer { call, party, to } => {
                self.transfer(now, node, (*call, self.dials_as(heard, node)), party.as_deref(), to)
            }
            Verb::Consult { call, party, to } => {
                self.consult(now, node, (*call, self.dials_as(heard, node)), party.as_deref(), to)
            }
            Verb::Dial { agent, phone, to } => self.dial(now, node, (agent.as_deref(), phone.as_deref()), to),
            Verb::Swap { call } => calls::plain(now, node, *call, call::Verb::Swap, "who asks goes to the other side"),
            Verb::Join { call } => calls::plain(now, node, *call, call::Verb::Join, "all hear each other"),
            Verb::Leave { call, party } => self.leave(now, node, *call, party),
            Verb::Lock { room } => self.lock(now, node, room, true),
            Verb::Unlock { room } => self.lock(now, node, room, false),
            Verb::Mute { room, party } => self.mute(now, node, (room, party), true),
            Verb::Unmute { room, party } => self.mute(now, node, (room, party), false),
            Verb::Kick { room, party } => self.kick(now, node, (room, party)),
            Verb::RoomInvite { room, to } => self.invite_to(now, node, room, to),
            Verb::Complete { call } => {
                calls::plain(now, node, *call, call::Verb::Complete, "who asked has left the other two together")
            }
            Verb::Back { call } => calls::plain(now, node, *call, call::Verb::Back, "the conversation is as it was"),
            Verb::Listen { call, at, party, mode } => self.listen(now, node, *call, (party.as_deref(), *mode), at),
            Verb::Observe { whom, at, mode } => self.take_to(now, node, whom, (at, *mode), heard),
            Verb::Play { call, sound, to } => self.play(now, node, *call, sound, to.as_deref()),
            Verb::Mode { call, party, mode } => self.mode(now, node, *call, party.as_deref(), *mode),
            Verb::TakeOver { call, party } => self.take_over(now, node, *call, party.as_deref()),
            Verb::Park { call, party, slot } => self.park(now, node, *call, party.as_deref(), *slot),
            Verb::Pickup { at, from } => self.pick_up(now, node, at, from),
            Verb::Retrieve { slot, at } => self.retrieve(now, node, *slot, at),
            Verb::Reload(())
            | Verb::Change(_)
            | Verb::Changes(_)
            | Verb::Assign { .. }
            | Verb::OverlayDrop { .. }
            | Verb::Invite { .. }
            | Verb::LockOut { .. }
            | Verb::Token { .. }
            | Verb::RevokeToken { .. }
            | Verb::QueueOpen { .. } => Reply::Refused("this is for the office".into()),
        }
    }

    fn set_status(&self, now: Now, node: &mut Node, name: &str, status: acd::Status) -> Reply {
        if let Err(words) = names::agent(&self.plan, name) {
            return Reply::Refused(words);
        }
        let id = AgentId::of(name);
        node.handle_input(now, Input::SetStatus { agent: id, status: status.clone() });
        let seen = node.acd().inspect_at(now.mono).agents.into_iter().find(|line| line.agent == id);
        Reply::Done(became(name, &status, seen.as_ref()))
    }

    fn take_next(&self, now: Now, node: &mut Node, name: &str, queue: Option<&str>) -> Reply {
        if let Err(words) = names::agent(&self.plan, name) {
            return Reply::Refused(words);
        }
        let agent = AgentId::of(name);
        let queue = match queue {
            None => node.acd().longest_waiting(agent).and_then(|id| self.plan.queue(id)),
            Some(said) => match self.plan.queue_said(said) {
                None => return Reply::Refused(names::queue(&self.plan, said).err().unwrap_or_default()),
                queue => queue,
            },
        };
        let Some(queue) = queue else { return Reply::Refused(format!("nobody waits in a queue of {name}")) };
        if let Err(why) = node.acd().may_take(agent, queue.id) {
            return Reply::Refused(format!("{name} cannot take the next of queue {}: {why}", queue.name));
        }
        node.handle_input(now, Input::Take { agent, queue: queue.id });
        Reply::Done(format!("{name}: the next of queue {}", queue.name))
    }

    fn dispose(&self, now: Now, node: &mut Node, name: &str, said: &str) -> Reply {
        if let Err(words) = names::agent(&self.plan, name) {
            return Reply::Refused(words);
        }
        let id = AgentId::of(name);
        let Some(queue) = node.acd().wraps_up_for(id).and_then(|id| self.plan.queue(id)) else {
            return Reply::Refused(format!("{name} does no after-call work at present"));
        };
        let Some(word) = queue.disposition(said) else {
            let all: Vec<_> = queue.dispositions.iter().map(|(key, word)| format!("{key} {word}")).collect();
            let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
            return Reply::Refused(format!("{:?} is no disposition of queue {}: it has {all}", said, queue.name));
        };
        node.handle_input(now, Input::Dispose { agent: id, disposition: word.to_owned() });
        Reply::Done(format!("{name}: {word}"))
    }

    fn end_wrap_up(&self, now: Now, node: &mut Node, name: &str) -> Reply {
        if let Err(words) = names::agent(&self.plan, name) {
            return Reply::Refused(words);
        }
        let id = AgentId::of(name);
        let wraps = node.acd().agent(id).is_some_and(|line| line.wrap_up_until.is_some());
        if !wraps {
            return Reply::Refused(format!("{name} does no after-call work at present"));
        }
        node.handle_input(now, Input::WrapUpDone(id));
        Reply::Done(format!("{name}: the after-call work is done"))
    }
}

/// The status that the routing core knows.
fn status_of(wish: AgentWish, reason: Option<&str>) -> acd::Status {
    match wish {
        AgentWish::Ready | AgentWish::Done => acd::Status::Ready,
        AgentWish::Pause => {
            let said = reason.map(str::trim).filter(|reason| !reason.is_empty());
            acd::Status::NotReady(said.unwrap_or(NO_REASON).to_owned())
        }
        AgentWish::Logout => acd::Status::LoggedOut,
    }
}

fn take_calls_again(now: Now, node: &mut Node) -> Reply {
    node.handle_input(now, Input::Drain { deadline: None });
    tracing::info!("told to drain no longer: new calls are taken again");
    Reply::Done("new calls are taken again".into())
}

fn drain(now: Now, node: &mut Node, deadline_ms: Option<u64>) -> Reply {
    let deadline = deadline_ms.map_or(FOR_EVER, Duration::from_millis);
    tracing::info!(calls = node.board().running(), deadline_ms, "told to drain: new calls are refused");
    node.handle_input(now, Input::Drain { deadline: Some(deadline) });
    Reply::Done("new calls are refused, the running ones may end".into())
}

/// A status, as everybody reads it.
pub(super) fn in_words(status: &acd::Status) -> String {
    match status {
        acd::Status::Ready => "ready".to_owned(),
        acd::Status::NotReady(reason) if reason == NO_REASON => "paused".to_owned(),
        acd::Status::NotReady(reason) => format!("paused ({reason})"),
        acd::Status::LoggedOut => "logged out".to_owned(),
    }
}

/// What became of a wish about an agent: in force, or when it will be.
fn became(name: &str, wished: &acd::Status, seen: Option<&acd::AgentLine>) -> String {
    let words = in_words(wished);
    let Some(seen) = seen else { return format!("{name}: {words}") };
    if seen.status != *wished {
        let until = match seen.work {
            acd::Work::Reserved(_) => "the phone no longer rings",
            acd::Work::Talking(_) | acd::Work::WrapUp | acd::Work::Idle => "the present call ends",
        };
        return format!("{name}: {words} as soon as {until}");
    }
    match (wished, seen.work) {
        (acd::Status::Ready, _) if !seen.reachable => format!("{name}: {words}, but no phone is registered to ring"),
        (acd::Status::Ready, acd::Work::WrapUp) => format!("{name}: {words}, in after-call work at present"),
        _ => format!("{name}: {words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use acd::{Status as Wish, Work};
    use terms::Mono;

    #[test]
    fn a_change_of_status_says_whether_it_is_in_force_and_else_when() {
        let mut seen = acd::AgentLine {
            agent: AgentId::of("alice"),
            status: Wish::Ready,
            pending: None,
            work: Work::Idle,
            has: 0,
            since: Mono::ZERO,
            reachable: true,
            engaged: false,
            idle_ms: 0,
            misses: 0,
            resting_until: None,
            wrap_up_until: None,
            leaving: false,
        };
        let lunch = Wish::NotReady("lunch".into());
        assert_eq!(became("alice", &Wish::Ready, Some(&seen)), "alice: ready");
        seen.work = Work::WrapUp;
        assert_eq!(became("alice", &Wish::Ready, Some(&seen)), "alice: ready, in after-call work at present");
        seen.reachable = false;
        assert_eq!(became("alice", &Wish::Ready, Some(&seen)), "alice: ready, but no phone is registered to ring");
        seen.work = Work::Talking(terms::ContactId(1));
        assert_eq!(became("alice", &lunch, Some(&seen)), "alice: paused (lunch) as soon as the present call ends");
        seen.work = Work::Reserved(terms::OfferId(1));
        assert_eq!(
            became("alice", &Wish::LoggedOut, Some(&seen)),
            "alice: logged out as soon as the phone no longer rings"
        );
    }

    #[test]
    fn a_pause_without_a_reason_has_one_all_the_same() {
        for none in [None, Some(""), Some("  ")] {
            assert_eq!(status_of(AgentWish::Pause, none), Wish::NotReady("pause".into()));
        }
        assert_eq!(status_of(AgentWish::Pause, Some(" lunch ")), Wish::NotReady("lunch".into()));
        assert_eq!(status_of(AgentWish::Logout, Some("x")), Wish::LoggedOut);
    }
}
