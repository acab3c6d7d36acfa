//! Claims about every configuration and every caller: nothing panics, nobody walks for ever.

mod common;

use common::{one, read};
use dialplan::flow::{Action, Cursor, Outcome};
use dialplan::keys::{Keys, Kind, ROOT};
use dialplan::{Destination, Plan, load, render};
use proptest::prelude::*;
use terms::{Cause, limits};

const WHOLE: &str = include_str!("whole.toml");
const FULL: &str = include_str!("../../../config/strowger.toml");

/// Loads bytes and renders what comes of it.
fn survive(bytes: Vec<u8>) {
    let mut map = one("");
    map.files.insert("strowger.toml".into(), bytes);
    match load(&mut map, "strowger.toml") {
        Ok(loaded) => drop(render(&loaded.warnings, &mut map)),
        Err(findings) => {
            assert!(findings.iter().any(|finding| finding.severity == dialplan::Severity::Error));
            drop(render(&findings, &mut map));
        }
    }
}

/// Pieces that mean something where they do not belong.
const PIECES: [&str; 24] = [
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    "..",
    "*",
    "x",
    "é",
    "\u{0}",
    "\n",
    "\"\"",
    "0",
    "99999999999999999999",
    "-1",
    "{}",
    "{1..3}",
    "queue:",
    ":",
    "not ",
    "(",
    "\"\"\"",
];

/// A good configuration with some of its stretches cut, doubled or overwritten.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..40_usize, 0..PIECES.len() + 2);
    (prop::bool::ANY, prop::collection::vec(edit, 1..6)).prop_map(|(full, edits)| {
        let mut bytes = if full { FULL } else { WHOLE }.as_bytes().to_vec();
        for (at, length, piece) in edits {
            let from = at.index(bytes.len());
            let to = bytes.len().min(from + length);
            let cut: Vec<u8> = bytes.get(from..to).unwrap_or_default().to_vec();
            let new = match PIECES.get(piece) {
                Some(piece) => piece.as_bytes().to_vec(),
                None if piece == PIECES.len() => vec![],
                None => [cut.clone(), cut].concat(),
            };
            bytes.splice(from..to, new);
            bytes.push(b'\n');
        }
        bytes
    })
}

/// Values that fit somewhere, and nowhere else.
const VALUES: [&str; 30] = [
    "1",
    "-1",
    "99999999999999999999",
    "0.5",
    "nan",
    "true",
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"queue:a\"",
    "\"flow:a\"",
    "\"phone:a\"",
    "\"trunk:a\"",
    "\"{}\"",
    "\"a{1..3}\"",
    "[]",
    "[[]]",
    "[[\"a\"], [\"b\"]]",
    "{}",
    "[1, \"a\"]",
    "\"20s\"",
    "1979-05-27",
    "\"é\"",
    "\"*\"",
    "\"mon 10:00-09:00\"",
    "\"Europe/Sofia\"",
    "\"a >= 5\"",
    "\"all\"",
    "\"192.0.2.1\"",
    "\"hangup\"",
];

/// A table in which each key is left out, or has a value that fits, or any other value.
fn table(keys: &Keys, dice: &mut dyn FnMut(usize) -> usize, depth: usize) -> String {
    let mut entries = Vec::new();
    for key in keys.keys {
        let inner = key.tables();
        let value = match dice(4) {
            0 => continue,
            1 if inner.is_empty() || depth == 0 => VALUES[dice(VALUES.len())].to_owned(),
            _ if inner.is_empty() || depth == 0 => match key.kind {
                Kind::Text(example) | Kind::Texts(example) => format!("{example:?}"),
                Kind::Duration => "\"20s\"".into(),
                Kind::Destination | Kind::Target => "\"queue:a\"".into(),
                Kind::Levels => "{ english = 9, billing = 6 }".into(),
                Kind::Digits => "{ 1 = \"queue:a\", 2 = \"a\" }".into(),
                Kind::Meanings(_) => "{ 1 = \"a\", 2 = \"b\" }".into(),
                Kind::Boolean => "true".into(),
                Kind::Code => ["false", "\"*2\"", "\"*21\""][dice(3)].into(),
                _ => VALUES[dice(VALUES.len())].to_owned(),
            },
            _ => {
                let mut one = || table(inner[dice(inner.len())], dice, depth - 1);
                match key.kind {
                    Kind::Many(_) => format!("[{}, {}]", one(), one()),
                    Kind::Named(_) => format!("{{ a = {}, b = {} }}", one(), one()),
                    Kind::Flows(..) => format!("{{ a = {{ a = {}, b = {} }}, b = {{ a = {} }} }}", one(), one(), one()),
                    _ => one(),
                }
            }
        };
        entries.push((key.name, value));
    }
    match depth {
        TOP => entries.iter().map(|(name, value)| format!("{name} = {value}\n")).collect(),
        _ => {
            let entries: Vec<String> = entries.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// Tables within tables.
const TOP: usize = 3;

/// A configuration of keys that exist, with values that may fit.
fn odd() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<prop::sample::Index>(), 200).prop_map(|throws| {
        let mut next = 0;
        let mut dice = |sides: usize| {
            next += 1;
            throws[next % throws.len()].index(sides)
        };
        table(&ROOT, &mut dice, TOP).into_bytes()
    })
}

/// A step that leads to steps `s0..s5`, flows `f0..f2` and a queue.
fn step() -> impl Strategy<Value = String> {
    let target = prop_oneof![
        (0..6_u8).prop_map(|step| format!("\"s{step}\"")),
        (0..3_u8).prop_map(|flow| format!("\"flow:f{flow}\"")),
        Just("\"queue:q\"".to_owned()),
        Just("\"hangup:17\"".to_owned()),
    ];
    let three = (target.clone(), target.clone(), target);
    (0..7_u8, 1..4_u8, three).prop_map(|(act, times, (a, b, c))| match act {
        0 => format!("{{ play = \"p.wav\", then = {a} }}"),
        1 => format!("{{ play = \"p.wav\", then = {a}, times = {times}, after = {b} }}"),
        2 => format!("{{ menu = \"m.wav\", keys = {{ 1 = {a}, 2 = {b} }}, no_input = {c} }}"),
        3 => format!("{{ queue = \"q\", otherwise = {a}, credit = \"2m\" }}"),
        4 => format!("{{ ring = \"phone:alice\", no_answer = {a}, busy = {b}, unreachable = {c} }}"),
        5 => "{ hang_up = 17 }".to_owned(),
        _ => format!("{{ go = \"flow:f{}\" }}", times % 3),
    })
}

fn plan_of(flows: &[Vec<String>]) -> Option<std::sync::Arc<Plan>> {
    let mut text = String::from(
        "[[phone]]\nuser = \"alice\"\ncontact = \"127.0.0.1\"\n[[agent]]\nname = \"alice\"\n[[queue]]\nname = \"q\"\nagents = \"all\"\n\
         overflow = [{ when = \"full\", go = \"queue:r\" }, { when = \"waited > 1m\", go = \"flow:f0\" }, { when = \"no agents\", go = \"flow:f1\" }]\n\
         [[queue]]\nname = \"r\"\nagents = \"all\"\noverflow = [{ when = \"full\", go = \"queue:q\" }]\n",
    );
    for (flow, steps) in flows.iter().enumerate() {
        text.push_str(&format!("[flow.f{flow}]\n"));
        for (nth, step) in steps.iter().enumerate() {
            text.push_str(&format!("s{nth} = {step}\n"));
        }
    }
    read(&text).ok().map(|loaded| loaded.plan)
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::Done),
        prop::sample::select(vec!['1', '2', '9', '*']).prop_map(Outcome::Digit),
        Just(Outcome::NoInput),
        (0..5_usize).prop_map(|rule| Outcome::Overflow(Some(rule))),
        Just(Outcome::Overflow(None)),
        Just(Outcome::NoAnswer),
        Just(Outcome::Busy),
        Just(Outcome::Unreachable),
    ]
}

/// Outcomes after which no time may have passed at all.
fn at_once(action: &Action) -> Outcome {
    match action {
        Action::Queue { .. } => Outcome::Overflow(Some(0)),
        Action::Ring { .. } => Outcome::Busy,
        _ => Outcome::Done,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survive(bytes);
    }

    #[test]
    fn a_damaged_configuration_never_panics(bytes in damaged()) {
        survive(bytes);
    }

    #[test]
    fn keys_that_exist_with_values_that_do_not_fit_never_panic(bytes in odd()) {
        survive(bytes);
    }

    #[test]
    fn every_walk_stays_in_the_plan_and_ends_for_good(
        flows in prop::collection::vec(prop::collection::vec(step(), 6), 3),
        outcomes in prop::collection::vec(outcome(), 0..200),
    ) {
        let Some(plan) = plan_of(&flows) else { return Ok(()) };
        let mut cursor = Cursor::new(Destination::Flow(plan.flows[0].id), true);
        let mut ended = None;
        for outcome in outcomes {
            let before = cursor.action(&plan);
            prop_assert_eq!(&before, &cursor.action(&plan), "looking does not move");
            if let Action::HangUp { cause } = before {
                prop_assert!(ended.is_none_or(|ended| ended == cause), "the end is the end");
                ended = Some(cause);
            }
            let next = cursor.advance(&plan, outcome);
            prop_assert_eq!(next, cursor.action(&plan));
        }
    }

    #[test]
    fn a_caller_for_whom_no_time_passes_is_hung_up(
        flows in prop::collection::vec(prop::collection::vec(step(), 6), 3),
    ) {
        let Some(plan) = plan_of(&flows) else { return Ok(()) };
        let mut cursor = Cursor::new(Destination::Flow(plan.flows[0].id), false);
        let mut action = cursor.action(&plan);
        for _ in 0..=limits::FLOW_STEPS {
            let here = action.clone();
            if matches!(here, Action::HangUp { .. }) {
                return Ok(());
            }
            action = match here {
                Action::Menu { .. } => return Ok(()), // A menu always waits.
                other => cursor.advance(&plan, at_once(&other)),
            };
        }
        prop_assert_eq!(action, Action::HangUp { cause: Cause::TEMPORARY });
    }

    #[test]
    fn a_range_takes_exactly_the_numbers_from_its_first_to_its_last(
        first in 0..100_000_u32, more in 0..100_000_u32, number in 0..100_000_u32,
    ) {
        let last = (first + more).min(99_999);
        let pattern: dialplan::pattern::Pattern = format!("+44{first:05}..{last:05}").parse().unwrap();
        prop_assert_eq!(pattern.matches(&format!("+44{number:05}")), (first..=last).contains(&number));
    }
}

#[test]
fn most_of_the_generated_plans_are_good_ones() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let plans = prop::collection::vec(prop::collection::vec(step(), 6), 3);
    let good =
        (0..100).filter(|_| plans.new_tree(&mut runner).is_ok_and(|tree| plan_of(&tree.current()).is_some())).count();
    assert!(good > 30, "only {good} of 100");
}

#[test]
fn most_of_the_odd_configurations_are_read_to_their_end() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let read = (0..100).filter(|_| {
        let mut map = one("");
        let bytes = odd().new_tree(&mut runner).map(|tree| tree.current()).unwrap_or_default();
        map.files.insert("strowger.toml".into(), bytes);
        load(&mut map, "strowger.toml").err().is_none_or(|findings| findings.iter().all(|one| one.code != "syntax"))
    });
    let read = read.count();
    assert!(read > 60, "only {read} of 100 are TOML");
}
