//! What the log says of calls, refusals and guesses: who and why, by the operator's names. Numbers of people are
//! shortened. Refusals come from the signalling core at most once a minute for each source and reason.

use call::cdr::{CallRecord, Entry};
use dialplan::Plan;
use node::TrunkNews;
use operator::veil::NUMBER_DIGITS;
use sip::{Guesses, Noted, Refusal, Source};
use std::fmt;
use terms::{AgentId, PhoneId, Pii, QueueId, TrunkId, Word as _};

/// A call's begin and end, and what happens in between.
pub fn entry(plan: &Plan, entry: &Entry) {
    match entry {
        Entry::Opened(record) => {
            let (caller, called) = (&record.caller, &record.called);
            tracing::info!(call = %record.call, from = %From(plan, record.source), %caller, %called, "a call begins");
        }
        Entry::Closed(record) => closed(plan, record),
        Entry::Event(event) => {
            let (agent, queue) =
                (event.agent.and_then(|id| agent(plan, id)), event.queue.and_then(|id| queue(plan, id)));
            tracing::trace!(call = event.call.map(tracing::field::display), queue, agent, what = ?event.what, "happened");
        }
        Entry::Leg(leg) => {
            tracing::debug!(call = %leg.call, leg = leg.nth, how = leg.how.word(), cause = %leg.cause, "a leg is gone");
        }
        Entry::Moved { record: leg, .. } => {
            let from = leg.moves.last().map(|before| before.call);
            tracing::info!(call = %leg.call, leg = leg.nth, from = from.map(tracing::field::display), "a leg goes on in another call");
        }
        Entry::Parked(parking) => {
            let how = parking.end.map(|end| end.how.word());
            tracing::info!(call = %parking.call, slot = %parking.slot, how, "parked, or so no more");
        }
        Entry::Watched(watching) => {
            let (who, whom, over) = (From(plan, watching.who), From(plan, watching.whom), watching.until.is_some());
            tracing::info!(call = %watching.call, %who, %whom, mode = watching.mode.word(), over, "a call is watched, or so no more");
        }
        Entry::Seated(seating) => {
            let (who, over) = (From(plan, seating.who), seating.until.is_some());
            let room = plan.room(seating.room).map(|room| room.name.as_str());
            tracing::info!(call = %seating.call, %who, room, host = seating.host, over, "in a room, or so no more");
        }
        Entry::Message(message) => {
            let who = From(plan, message.who);
            let (over, dropped) = (message.until.is_some(), message.dropped);
            tracing::info!(call = %message.call, %who, message = %message.capture, over, dropped, "a message is left");
        }
        Entry::Marked(mark) => {
            tracing::info!(message = %mark.capture, what = mark.what.word(), by = mark.by, "something was done with a message");
        }
        Entry::Captured(recording) => tracing::debug!(call = %recording.call, "a recording is complete"),
    }
}

fn closed(plan: &Plan, record: &CallRecord) {
    tracing::info!(
        call = %record.call,
        from = %From(plan, record.source),
        caller = %record.caller,
        called = %record.called,
        outcome = record.outcome.word(),
        status = record.status,
        cause = record.cause.0,
        by = record.ended_by.word(),
        queue = record.queue.and_then(|id| queue(plan, id)),
        agent = record.agent.and_then(|id| agent(plan, id)),
        waited_ms = (record.waited_ms > 0).then_some(record.waited_ms),
        talked_ms = record.talked_ms,
        "a call is over"
    );
}

/// What is new of a carrier.
pub fn trunk(plan: &Plan, trunk: TrunkId, what: TrunkNews) {
    let trunk = plan.trunk(trunk).map_or("", |trunk| trunk.name.as_str());
    match what {
        TrunkNews::Reachable(true) => tracing::info!(trunk, "the carrier answers OPTIONS"),
        TrunkNews::Reachable(false) => {
            tracing::warn!(trunk, "the carrier does not answer OPTIONS: calls to it fail at once");
        }
        TrunkNews::Registered(200) => tracing::info!(trunk, "registered with the carrier"),
        TrunkNews::Registered(status) => tracing::warn!(trunk, status, "the carrier did not register us"),
    }
}

/// What the signalling core noted.
pub fn noted(plan: &Plan, noted: &Noted) {
    match noted {
        Noted::Refused(refusal) => refused(plan, refusal),
        Noted::Guesses(guesses) => guessed(guesses),
    }
}

fn refused(plan: &Plan, refusal: &Refusal) {
    let Refusal { method, remote, status, why, times, .. } = refusal;
    let phone = refusal.phone.and_then(|id| plan.phone(id)).map(|phone| who(&phone.user));
    // Who is none of ours may be anybody, and a password that was typed in the wrong place.
    let claimed = phone.is_none().then(|| refusal.claimed.to_string());
    let words = if *method == "REGISTER" { "a registration is refused" } else { "a request is refused" };
    tracing::info!(method, phone, claimed, from = %remote, status, why, times, "{words}");
}

/// `contrib/fail2ban/filter.d/strowger.conf` reads this line; nothing that a stranger writes stands before the source.
fn guessed(guesses: &Guesses) {
    let Guesses { origin, wrong, held, accounts } = guesses;
    tracing::warn!(target: "strowger::guard", source = %origin, wrong, held, accounts, "passwords are guessed");
}

/// Who brought a call: `trunk:acme`, `phone:alice`.
struct From<'a>(&'a Plan, Source);

impl fmt::Display for From<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Source::Trunk(id) => write!(f, "trunk:{}", self.0.trunk(id).map_or("removed", |trunk| &trunk.name)),
            Source::Phone(id) => write!(f, "phone:{}", phone(self.0, id)),
        }
    }
}

fn phone(plan: &Plan, id: PhoneId) -> String {
    plan.phone(id).map_or_else(|| "removed".into(), |phone| who(&phone.user))
}

/// A text in which every number of somebody is shortened, as `phone alice: forward.busy = ***23`.
pub fn numbers(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || ":/,;=@()\"'".contains(c);
    text.split_inclusive(ends)
        .map(|part| {
            let word = part.trim_end_matches(ends);
            who(word) + &part[word.len()..]
        })
        .collect()
}

/// The name of a phone; one that is somebody's number is shortened.
pub fn who(user: &str) -> String {
    let digits = user.bytes().filter(u8::is_ascii_digit).count();
    let number = user.bytes().all(|byte| byte.is_ascii_digit() || b"+*#-.".contains(&byte));
    if number && digits >= NUMBER_DIGITS { Pii::from(user).to_string() } else { user.to_owned() }
}

fn agent(plan: &Plan, id: AgentId) -> Option<&str> {
    plan.agent(id).map(|agent| agent.name.as_str())
}

fn queue(plan: &Plan, id: QueueId) -> Option<&str> {
    plan.queue(id).map(|queue| queue.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shortened_wherever_they_stand_in_a_text() {
        for (text, said) in [
            ("phone alice: forward.busy = +447700900123", "phone alice: forward.busy = ***23"),
            ("phone +359888123456: dnd = true", "phone ***56: dnd = true"),
            (
                "queue q: closed, callers go to trunk:acme/0088-123-4567; later",
                "queue q: closed, callers go to trunk:acme/***67; later",
            ),
            ("phone:+359888123456", "phone:***56"),
            ("sip:+44 7700900123@10.0.0.1", "sip:+44 ***23@10.0.0.1"),
            ("agent anna: is at phone 101", "agent anna: is at phone 101"),
            ("", ""),
        ] {
            assert_eq!(numbers(text), said);
        }
    }

    #[test]
    fn a_phone_is_named_unless_its_name_is_somebodys_number() {
        assert_eq!(who("alice"), "alice");
        assert_eq!(who("101"), "101");
        assert_eq!(who("desk-00012345"), "desk-00012345");
        assert_eq!(who("+359888123456"), "***56");
    }
}
