//! What of a queue a supervisor may also change while the switch runs: read in one place, so that a value is right
//! or wrong at run time as it is in the file, and for the same reason.

use super::agent::WRAP_UP_MAX;
use crate::finding::Report;
use crate::keys::{self, Kind};
use crate::table::{Number, Table};
use crate::text::{At, Text};
use crate::{Queue, Strategy, habits, nearest, value};
use std::ops::RangeInclusive;
use std::time::Duration;
use terms::limits;
use toml::de::DeTable;

/// How long a device may ring.
const RING: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(300);
const STRATEGIES: [(&str, Strategy); 5] = [
    ("longest-idle", Strategy::LongestIdle),
    ("linear", Strategy::Linear),
    ("round-robin", Strategy::RoundRobin),
    ("ring-all", Strategy::RingAll),
    ("progressive", Strategy::Progressive),
];
/// Letters of a value that somebody says at run time.
const VALUE: usize = 64;

/// The keys, where they are written.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub ring: Option<Duration>,
    pub wrap_up: Option<Duration>,
    pub strategy: Option<Strategy>,
    pub length: Option<usize>,
    pub record: Option<bool>,
}

/// Their names, as an operator writes them.
const KEYS: [&str; 5] = ["ring", "wrap_up", "strategy", "length", "record"];

pub(super) fn read(table: &mut Table<'_>, report: &mut Report) -> Settings {
    Settings {
        ring: table.duration("ring", RING, report),
        wrap_up: table.duration("wrap_up", Duration::ZERO..=WRAP_UP_MAX, report),
        strategy: strategy(table, report),
        length: table.integer("length", 1..=limits::QUEUE_LENGTH as u32, report).map(|length| length as usize),
        record: table.boolean("record", report),
    }
}

fn strategy(table: &mut Table<'_>, report: &mut Report) -> Option<Strategy> {
    let text = table.string("strategy", report)?;
    let word = text.text.replace(['_', ' '], "-").to_lowercase();
    if let Some((_, strategy)) = STRATEGIES.iter().find(|(name, _)| *name == word) {
        return Some(*strategy);
    }
    let names: Vec<&str> = STRATEGIES.iter().map(|(name, _)| *name).collect();
    let nearest = || nearest::of(&word, names.iter().copied()).map(|name| format!("did you mean {name:?}?"));
    let help = habits::strategy(&word).or_else(nearest);
    let help = help.unwrap_or_else(|| format!("the strategies are {}", nearest::list(&names)));
    report.error(text.at, "unknown-strategy", format!("{:?} is not a strategy", text.text)).help(help);
    None
}

impl Queue {
    /// Takes `ring`, `15s` and their like, as if they stood in the file; else says what is wrong.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let settings = one(key, value.trim())?;
        self.ring = settings.ring.unwrap_or(self.ring);
        self.wrap_up = settings.wrap_up.unwrap_or(self.wrap_up);
        self.strategy = settings.strategy.unwrap_or(self.strategy);
        self.length = settings.length.unwrap_or(self.length);
        self.record = settings.record.unwrap_or(self.record);
        Ok(())
    }

    /// What holds for such a key, as an operator would write it; nothing for any other key.
    pub fn setting(&self, key: &str) -> Option<String> {
        let strategy = || STRATEGIES.iter().find(|(_, one)| *one == self.strategy).map(|(name, _)| (*name).to_owned());
        match key {
            "ring" => Some(value::say(self.ring)),
            "wrap_up" => Some(value::say(self.wrap_up)),
            "strategy" => strategy(),
            "length" => Some(self.length.to_string()),
            "record" => Some(self.record.to_string()),
            _ => None,
        }
    }
}

/// Reads one key as the file would be read.
fn one(key: &str, value: &str) -> Result<Settings, String> {
    let Some(known) = KEYS.iter().find(|known| **known == key) else { return Err(unknown(key)) };
    let plain = !value.contains(|letter: char| letter.is_control() || ['"', '\\'].contains(&letter));
    if value.is_empty() || value.len() > VALUE || !plain {
        return Err(format!("`{key}` has no value that could be read: write {}", example(known)));
    }
    let text = format!("{key} = {}", literal(value));
    let mut report = Report::default();
    let file = report.add_text(Text::new(String::new(), text.clone()));
    let Ok(table) = DeTable::parse(&text) else { return Err(format!("{value:?} is no value for `{key}`")) };
    let mut table = Table::new(table.get_ref(), At::new(file, 0..0), "a queue", Number::none());
    let settings = read(&mut table, &mut report);
    let wrong = report.into_findings().into_iter().next();
    wrong.map_or(Ok(settings), |finding| {
        let help = finding.help.map_or_else(String::new, |help| format!(": {}", help.replace('"', "")));
        Err(format!("{}{help}", finding.message))
    })
}

/// Numbers and truths stand bare, everything else in quotes.
fn literal(value: &str) -> String {
    let (minus, digits) = match value.strip_prefix(['-', '+']) {
        Some(digits) => (if value.starts_with('-') { "-" } else { "" }, digits),
        None => ("", value),
    };
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // TOML takes no zeros before a number.
        let bare = digits.trim_start_matches('0');
        return format!("{minus}{}", if bare.is_empty() { "0" } else { bare });
    }
    if value == "true" || value == "false" { value.to_owned() } else { format!("\"{value}\"") }
}

fn unknown(key: &str) -> String {
    let known = nearest::list(&KEYS);
    match nearest::of(key, KEYS) {
        Some(near) => format!("a queue has no setting `{key}`: did you mean `{near}`?"),
        None if keys::QUEUE.keys.iter().any(|one| one.name == key) => {
            format!("`{key}` of a queue is changed in the configuration; at run time {known} are")
        }
        None => format!("a queue has no setting `{key}`: it has {known}"),
    }
}

/// How a key is said at run time.
fn example(key: &str) -> String {
    let kind = keys::QUEUE.keys.iter().find(|one| one.name == key).map(|one| one.kind);
    match kind {
        Some(Kind::Duration) => format!("{key}=15s"),
        Some(Kind::Word(words)) => format!("{key}={}", words.join(&format!(" or {key}="))),
        Some(Kind::Integer(..)) => format!("{key}=20"),
        _ => format!("{key}=true or {key}=false"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> Queue {
        let text = "[[phone]]\nuser = \"a\"\npassword = \"x\"\n[[agent]]\nname = \"a\"\n[[queue]]\nname = \"q\"\nagents = \"all\"\n";
        crate::load(&mut crate::OneText(text), "strowger.toml").unwrap().plan.queues[0].clone()
    }

    #[test]
    fn every_setting_is_a_key_of_a_queue_and_takes_back_what_it_says() {
        let mut queue = queue();
        let said =
            [("ring", "15s"), ("wrap_up", "1m30s"), ("strategy", "round-robin"), ("length", "12"), ("record", "true")];
        assert_eq!(said.map(|(key, _)| key), KEYS);
        for (key, value) in said {
            assert!(keys::QUEUE.keys.iter().any(|one| one.name == key), "{key}");
            let before = queue.setting(key).unwrap();
            assert_ne!(before, value, "{key}");
            assert_eq!(queue.set(key, value), Ok(()));
            assert_eq!(queue.setting(key).as_deref(), Some(value));
            assert_eq!(queue.clone().set(key, &before), Ok(()));
        }
    }

    #[test]
    fn a_value_that_is_wrong_is_refused_as_in_the_file_and_changes_nothing() {
        let mut queue = queue();
        for (key, value, words) in [
            ("ring", "15", "`ring` wants a duration such as \"20s\", not a number: did you mean 15s?"),
            ("ring", "0s", "`ring` must be from 1s to 5m: the nearest is 1s"),
            ("ring", "15sec", "`sec` is not a unit of time: did you mean 15s?"),
            ("rng", "15s", "a queue has no setting `rng`: did you mean `ring`?"),
            ("wrap-up", "15s", "a queue has no setting `wrap-up`: did you mean `wrap_up`?"),
            ("wrap_up", "2h", "`wrap_up` must be from 0s to 1h: the nearest is 1h"),
            ("strategy", "liner", "\"liner\" is not a strategy: did you mean linear?"),
            ("length", "0", "`length` must be from 1 to 10000: the nearest is 1"),
            ("length", "-1", "`length` must be from 1 to 10000: the nearest is 1"),
            ("length", "00", "`length` must be from 1 to 10000: the nearest is 1"),
            ("length", "99999999999999999999", "`length` must be from 1 to 10000: the nearest is 10000"),
            ("length", "many", "`length` wants a whole number from 1 to 10000, not a text"),
            ("length", "1.5", "`length` wants a whole number from 1 to 10000, not a text"),
            ("ring", "-15s", "\"-15s\" is not a duration: write it like 20s, 5m, 1h30m or 250ms"),
            ("ring", "-15", "`ring` wants a duration such as \"20s\", not a number: from 1s to 5m"),
            ("record", "yes", "`record` wants true or false (without quotes), not a text: did you mean true?"),
            ("record", "", "`record` has no value that could be read: write record=true or record=false"),
            ("length", "5\"\nring = \"9s", "`length` has no value that could be read: write length=20"),
            (
                "music",
                "a.wav",
                "`music` of a queue is changed in the configuration; at run time `ring`, `wrap_up`, `strategy`, `length` and `record` are",
            ),
            (
                "colour",
                "red",
                "a queue has no setting `colour`: it has `ring`, `wrap_up`, `strategy`, `length` and `record`",
            ),
        ] {
            assert_eq!(queue.set(key, value), Err(words.to_owned()), "{key}={value}");
        }
        assert_eq!(queue.setting("ring").as_deref(), Some("20s"));
    }
}
