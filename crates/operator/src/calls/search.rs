//! Which calls `strowger calls` is asked for.

use super::CallsArgs;
use crate::names::known_in;
use crate::report::times;
use anyhow::{Context as _, bail, ensure};
use dialplan::Plan;
use jiff::Zoned;
use ledger::{CallFilter, Direction, Names};
use std::collections::BTreeSet;
use terms::{AgentId, CallRef, PhoneId, QueueId, TrunkId, Wall};

const OUTCOMES: [&str; 6] = ["open", "answered", "abandoned", "finished", "failed", "node_lost"];

/// What the arguments ask for.
pub(super) fn filter(args: &CallsArgs, now: &Zoned) -> anyhow::Result<CallFilter> {
    if let Some(outcome) = &args.outcome {
        let known = OUTCOMES.contains(&outcome.as_str());
        ensure!(known, "there is no outcome \"{outcome}\": it is one of {}", OUTCOMES.join(", "));
    }
    let time = |text: &Option<String>, end| text.as_deref().map(|text| times::read(text, now, end)).transpose();
    let wall = |at: Zoned| Wall::from_millis(at.timestamp().as_millisecond());
    let (since, until) = (time(&args.from, false)?, time(&args.to, true)?);
    if let (Some(since), Some(until)) = (&since, &until) {
        ensure!(since < until, "the time would end ({until}) before it begins ({since}): look at --from and --to");
    }
    Ok(CallFilter {
        call: args.call.as_ref().or(args.story.as_ref()).map(|call| call_ref(call)).transpose()?,
        since: since.map(wall),
        until: until.map(wall),
        outcome: args.outcome.clone(),
        queue: args.queue.as_deref().map(QueueId::of),
        agent: args.agent.as_deref().map(AgentId::of),
        number: args.number.as_deref().map(digits).transpose()?,
        direction: args.direction.as_deref().map(direction).transpose()?,
        trunk: args.trunk.as_deref().map(TrunkId::of),
        phone: args.phone.as_deref().map(PhoneId::of),
        ..CallFilter::default()
    })
}

/// A call as the list shows it: `c` and hexadecimal digits.
fn call_ref(text: &str) -> anyhow::Result<CallRef> {
    let digits = text.strip_prefix('c').unwrap_or(text);
    let id = u64::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let Some(id) = id else {
        bail!("\"{text}\" is not a call: take one from the first column of `strowger calls`, such as c100000001");
    };
    Ok(CallRef(id))
}

fn direction(text: &str) -> anyhow::Result<Direction> {
    let words = Direction::ALL.map(Direction::word).join(", ");
    let found = Direction::ALL.into_iter().find(|direction| direction.word() == text);
    found.ok_or_else(|| anyhow::anyhow!("there is no direction \"{text}\": it is one of {words}"))
}

fn digits(text: &str) -> anyhow::Result<String> {
    CallFilter::digits(text)
        .with_context(|| format!("\"{text}\" is no number: write one, or some of its digits in a row"))
}

/// A name that neither the account nor the configuration has is a mistake, not an empty answer. An older version may have
/// told no names of what its calls were about: only where nothing was found, a name is looked for.
pub(super) fn known(args: &CallsArgs, names: &Names, plan: Option<&Plan>) -> anyhow::Result<()> {
    let plan = plan.cloned().unwrap_or_default();
    let agents = plan.agents.iter().map(|agent| &agent.name);
    let queues = plan.queues.iter().map(|queue| &queue.name);
    let trunks = plan.trunks.iter().map(|trunk| &trunk.name);
    let phones = plan.phones.iter().map(|phone| &phone.user);
    one("queue", args.queue.as_ref(), names.queues.values().chain(queues))?;
    one("agent", args.agent.as_ref(), names.agents.values().chain(agents))?;
    one("trunk", args.trunk.as_ref(), names.trunks.values().chain(trunks))?;
    one("phone", args.phone.as_ref(), names.phones.values().chain(phones))
}

fn one<'a>(what: &str, asked: Option<&String>, names: impl Iterator<Item = &'a String>) -> anyhow::Result<()> {
    let Some(name) = asked else { return Ok(()) };
    let there: BTreeSet<&str> = names.map(String::as_str).collect();
    known_in("the account", what, name, there.iter().copied()).map_err(anyhow::Error::msg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn asked(words: &[&str]) -> anyhow::Result<CallFilter> {
        let now = date(2026, 11, 22).at(12, 0, 0, 0).to_zoned(TimeZone::UTC)?;
        filter(&cli::calls_args(words), &now)
    }

    #[test]
    fn a_call_is_named_as_the_list_shows_it_and_the_refusal_says_only_that() {
        assert_eq!(call_ref("c100000003").unwrap(), CallRef(0x1_0000_0003));
        for wrong in ["xyz", "7 or 1=1", "c", "+7", "c11111111111111111"] {
            let refusal = format!("{:#}", call_ref(wrong).unwrap_err());
            assert!(
                refusal
                    .ends_with("is not a call: take one from the first column of `strowger calls`, such as c100000001")
            );
        }
    }

    #[test]
    fn a_number_is_found_in_whatever_form_it_is_written() {
        for form in ["+44 20 7946-0001", "0044 (20) 7946 0001", "442079460001"] {
            assert_eq!(digits(form).unwrap(), "442079460001");
        }
        assert_eq!((digits("0").unwrap(), digits("alice").unwrap()), ("0".into(), "alice".into()));
        assert!(digits("+ ").is_err());
    }

    #[test]
    fn calls_are_searched_by_everything_that_a_record_has() {
        let words = ["--number", "+44 20", "--from", "yesterday", "--to", "today", "--direction", "outbound"];
        let more =
            ["--trunk", "acme", "--phone", "desk1", "--agent", "anna", "--queue", "sales", "--outcome", "failed"];
        let found = asked(&[&words[..], &more].concat()).unwrap();
        let wanted = CallFilter {
            since: Some(Wall::from_millis(1_795_219_200_000)),
            until: Some(Wall::from_millis(1_795_392_000_000)),
            outcome: Some("failed".into()),
            queue: Some(QueueId::of("sales")),
            agent: Some(AgentId::of("anna")),
            number: Some("4420".into()),
            direction: Some(Direction::Outbound),
            trunk: Some(TrunkId::of("acme")),
            phone: Some(PhoneId::of("desk1")),
            ..CallFilter::default()
        };
        assert_eq!(found, wanted);
        for (wrong, help) in [
            (["--direction", "out"], "it is one of inbound, outbound, internal, transit"),
            (["--outcome", "lost"], "it is one of open, answered"),
            (["--from", "tomorrow"], "is not a time: write"),
        ] {
            let refusal = asked(&wrong).unwrap_err().to_string();
            assert!(refusal.contains(help), "{refusal}");
        }
    }

    #[test]
    fn a_name_that_the_account_has_not_is_refused() {
        let names = Names { queues: [(QueueId::of("sales"), "sales".to_owned())].into(), ..Names::default() };
        let refusal = |words: &[&str]| known(&cli::calls_args(words), &names, None).unwrap_err().to_string();
        assert_eq!(refusal(&["--queue", "sale"]), "no queue \"sale\" in the account: did you mean \"sales\"?");
        assert_eq!(refusal(&["--queue", "english"]), "no queue \"english\" in the account: it has sales");
        for what in ["agent", "trunk", "phone"] {
            let words = [&format!("--{what}"), "anna"];
            assert_eq!(refusal(&words), format!("no {what} \"anna\" in the account: it has none"));
        }
        let plan = crate::files::plan_of("[[agent]]\nname = \"anna\"\ndevices = []\n");
        let both = cli::calls_args(&["--queue", "sales", "--agent", "anna"]);
        assert!(known(&both, &names, Some(&plan)).is_ok(), "the switch has told no names of a new plan yet");
    }
}
