//! A TOML table read key by key: what is asked for is known, what was never asked for is an unknown key.
//!
//! Every value keeps its place. A table may stand for many (`user = "user{1..2000}"`); then it is read
//! once for each number, and `{}` in its texts is that number.

use crate::finding::Report;
use crate::text::{At, ROOT};
use crate::value;
use crate::{habits, keys, nearest};
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;
use toml::de::{DeTable, DeValue};

/// The number that `{}` stands for in a repeated table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Number(Option<Rc<str>>);

impl Number {
    pub fn none() -> Number {
        Number(None)
    }
    pub fn of(text: &str) -> Number {
        Number(Some(text.into()))
    }
}

/// A text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Str {
    pub text: String,
    /// With the quotes.
    pub at: At,
    /// Whether the text stands in the file letter by letter, one byte after the quote.
    literal: bool,
}

impl Str {
    /// The place of a part of the text; the whole where the parts cannot be told (escapes, `{}`).
    pub fn part(&self, part: std::ops::Range<usize>) -> At {
        match self.literal {
            true => At { file: self.at.file, start: self.at.start + 1 + part.start, end: self.at.start + 1 + part.end },
            false => self.at,
        }
    }

    /// A name that does not stand in the file letter by letter.
    pub fn of_name(name: &str, at: At) -> Str {
        Str { text: name.to_owned(), at, literal: false }
    }

    /// The same place with another text.
    pub fn with(&self, text: &str) -> Str {
        Str { text: text.to_owned(), at: self.at, literal: false }
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Value<'d> {
    pub value: &'d DeValue<'d>,
    pub at: At,
    number: Number,
}

impl<'d> Value<'d> {
    /// The text, when it is one.
    pub fn text(&self, report: &Report) -> Option<Str> {
        let raw = self.value.as_str()?;
        if let Some(number) = self.number.0.as_deref().filter(|_| raw.contains("{}")) {
            return Some(Str { text: raw.replace("{}", number), at: self.at, literal: false });
        }
        let written = report.text(self.at.file).text.get(self.at.start + 1..self.at.end.saturating_sub(1));
        Some(Str { text: raw.to_owned(), at: self.at, literal: written == Some(raw) })
    }

    /// The table, when it is one.
    pub fn table(&self, title: impl Into<String>) -> Option<Table<'d>> {
        Some(Table::new(self.value.as_table()?, self.at, title, self.number.clone()))
    }

    /// The elements, when it is an array.
    pub fn elements(&self) -> Option<Vec<Value<'d>>> {
        let elements = self.value.as_array()?.iter();
        Some(
            elements
                .map(|element| Value {
                    value: element.get_ref(),
                    at: At::new(self.at.file, element.span()),
                    number: self.number.clone(),
                })
                .collect(),
        )
    }

    /// Complains that it is not what was wanted.
    pub fn wrong(&self, key: &str, wanted: &str, report: &mut Report) {
        let message = format!("`{key}` wants {wanted}, not {}", kind(self.value));
        // What stands there is one word: between quotes it is a text.
        let bare = matches!(self.value, DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_));
        let written = report.text(self.at.file).text.get(self.at.start..self.at.end).unwrap_or_default().to_owned();
        let text = self.value.as_str().unwrap_or_default();
        let finding = report.error(self.at, "wrong-type", message);
        if bare && wanted.contains("in quotes") {
            finding.help(format!("did you mean \"{written}\"?"));
        } else if wanted.contains("whole number") && text.parse::<u32>().is_ok() {
            finding.help(format!("did you mean {text}?"));
        } else if let Some(truth) =
            habits::truth(if bare { &written } else { text }).filter(|_| wanted.contains("true or false"))
        {
            finding.help(format!("did you mean {truth}?"));
        }
    }
}

/// What a value is, in words.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date without quotes",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A table and what was asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Table<'d> {
    entries: &'d DeTable<'d>,
    pub at: At,
    title: String,
    asked: Vec<&'static str>,
    number: Number,
}

impl<'d> Table<'d> {
    pub fn new(entries: &'d DeTable<'d>, at: At, title: impl Into<String>, number: Number) -> Table<'d> {
        Table { entries, at, title: title.into(), asked: Vec::new(), number }
    }

    /// The same table, read for one number of its range.
    pub fn numbered(&self, number: &str) -> Table<'d> {
        Table { asked: Vec::new(), number: Number::of(number), ..self.clone() }
    }

    /// The value of a key.
    pub fn get(&mut self, key: &'static str) -> Option<Value<'d>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        let value = self.entries.get(key)?;
        Some(Value { value: value.get_ref(), at: At::new(self.at.file, value.span()), number: self.number.clone() })
    }

    /// Whether something is said of a key, readable or not.
    pub fn says(&mut self, key: &'static str, report: &Report) -> bool {
        self.get(key).is_some() || report.is_torn(self.at, key)
    }

    /// Every entry in written order, for tables whose keys are names.
    pub fn entries(&self) -> Vec<(Str, Value<'d>)> {
        let file = self.at.file;
        let mut entries: Vec<_> = self
            .entries
            .iter()
            .map(|(key, value)| {
                let name = Str { text: key.get_ref().to_string(), at: At::new(file, key.span()), literal: false };
                let number = self.number.clone();
                (name, Value { value: value.get_ref(), at: At::new(file, value.span()), number })
            })
            .collect();
        entries.sort_by_key(|(name, _)| name.at);
        entries
    }

    /// A text.
    pub fn string(&mut self, key: &'static str, report: &mut Report) -> Option<Str> {
        let value = self.get(key)?;
        let text = value.text(report);
        if text.is_none() {
            value.wrong(key, "a text in quotes", report);
        }
        text
    }

    /// A text that must be there.
    pub fn needed(&mut self, key: &'static str, example: &str, report: &mut Report) -> Option<Str> {
        if self.get(key).is_none() {
            self.missing(key, example, report);
        }
        self.string(key, report)
    }

    /// Complains that a key is missing.
    pub fn missing(&self, key: &str, example: &str, report: &mut Report) {
        if report.is_torn(self.at, key) {
            return; // It is there, and cannot be read.
        }
        if let Some((name, help)) = self.instead(key) {
            report.error(name.at, "unknown-key", format!("{} has no key `{}`", self.title, name.text)).help(help);
            return;
        }
        let message = format!("{} has no `{key}`", self.title);
        report.error(self.at, "missing-key", message).help(format!("add {example}"));
    }

    /// A key that nobody knows and that stands for this one, with the help to it: what it says is not missing.
    pub fn instead(&self, key: &str) -> Option<(Str, String)> {
        let stands_for = |(name, _): (Str, Value<'d>)| {
            let help = habits::key(&self.title, &name.text).filter(|help| says(help, key)).map(str::to_owned);
            let near = || nearest::of(&name.text, [key]).map(|known| format!("did you mean `{known}`?"));
            (name.text != key).then(|| help.or_else(near)).flatten().map(|help| (name, help))
        };
        self.entries().into_iter().find_map(stands_for)
    }

    /// One text or a list of texts.
    pub fn strings(&mut self, key: &'static str, report: &mut Report) -> Option<Vec<Str>> {
        let value = self.get(key)?;
        if let Some(text) = value.text(report) {
            return Some(vec![text]);
        }
        let Some(elements) = value.elements() else {
            value.wrong(key, "a list of texts", report);
            return None;
        };
        let mut texts = Vec::new();
        for element in elements {
            match element.text(report) {
                Some(text) => texts.push(text),
                None => element.wrong(key, "texts in quotes", report),
            }
        }
        Some(texts)
    }

    /// A duration such as `"20s"`, within bounds.
    pub fn duration(
        &mut self,
        key: &'static str,
        within: RangeInclusive<Duration>,
        report: &mut Report,
    ) -> Option<Duration> {
        let value = self.get(key)?;
        let Some(text) = value.text(report) else {
            value.wrong(key, "a duration such as \"20s\"", report);
            if let (DeValue::Integer(number), Some(finding)) = (value.value, report.last()) {
                let meant = habits::number_with_unit(number.as_str(), &within);
                finding.help = Some(meant.map_or_else(|| range(&within), |meant| format!("did you mean \"{meant}\"?")));
            }
            return None;
        };
        match value::duration(&text.text) {
            Ok(duration) if within.contains(&duration) => Some(duration),
            Ok(duration) => {
                let (least, most) = (value::say(*within.start()), value::say(*within.end()));
                let nearest = if duration < *within.start() { &least } else { &most };
                let finding = report.error(text.at, "out-of-range", format!("`{key}` must be from {least} to {most}"));
                finding.help(format!("the nearest is \"{nearest}\""));
                None
            }
            Err(mistake) => {
                let meant = habits::number_with_unit(&text.text, &within).or_else(|| {
                    let meant = habits::duration(&text.text)?;
                    value::duration(&meant).is_ok_and(|meant| within.contains(&meant)).then_some(meant)
                });
                let part = if meant.is_some() { 0..text.text.len() } else { mistake.part };
                let help = meant.map(|meant| format!("did you mean \"{meant}\"?")).or(mistake.help);
                report.error(text.part(part), "bad-duration", mistake.message).help = help;
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn integer(&mut self, key: &'static str, within: RangeInclusive<u32>, report: &mut Report) -> Option<u32> {
        let value = self.get(key)?;
        integer(&value, key, within, report)
    }

    /// A fraction within bounds.
    pub fn fraction(&mut self, key: &'static str, within: RangeInclusive<f64>, report: &mut Report) -> Option<f64> {
        let value = self.get(key)?;
        let number = match value.value {
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::Integer(integer) => integer.as_str().parse::<f64>().ok(),
            _ => {
                value.wrong(key, "a number such as 0.8", report);
                return None;
            }
        };
        let fits = number.filter(|number| within.contains(number));
        if fits.is_none() {
            let message = format!("`{key}` must be from {} to {}", within.start(), within.end());
            let finding = report.error(value.at, "out-of-range", message);
            let percent = number.map(|number| number / 100.0).filter(|percent| within.contains(percent));
            let nearest =
                if number.is_some_and(|number| number < *within.start()) { within.start() } else { within.end() };
            finding.help(
                percent.map_or(format!("the nearest is {nearest}"), |percent| format!("did you mean {percent}?")),
            );
        }
        fits
    }

    /// True or false.
    pub fn boolean(&mut self, key: &'static str, report: &mut Report) -> Option<bool> {
        let value = self.get(key)?;
        if value.value.as_bool().is_none() {
            value.wrong(key, "true or false (without quotes)", report);
        }
        value.value.as_bool()
    }

    /// A list of tables, such as `[[trunk]]` or `relax = [{ ... }]`.
    pub fn tables(&mut self, key: &'static str, title: &str, example: &str, report: &mut Report) -> Vec<Table<'d>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(elements) = value.elements() else {
            let wanted = format!("a list of tables, {example}");
            value.wrong(key, &wanted, report);
            let section = example.starts_with("[[") && value.value.is_table();
            if let Some(finding) = report.last().filter(|_| section) {
                finding.help(format!("write {example}, with two brackets: there may be several"));
            }
            // What it says is judged all the same.
            return value.table(title).filter(|_| section).into_iter().collect();
        };
        let mut tables = Vec::new();
        for element in elements {
            match element.table(title) {
                Some(table) => tables.push(table),
                None => element.wrong(key, &format!("tables, {example}"), report),
            }
        }
        tables
    }

    /// Complains about every key that nobody asked for.
    pub fn finish(self, report: &mut Report) {
        for (name, value) in self.entries() {
            if self.asked.contains(&name.text.as_str()) {
                continue;
            }
            let message = self.unknown(&name.text, &value);
            let help = match (habits::key(&self.title, &name.text), nearest::of(&name.text, self.asked.iter().copied()))
            {
                (Some(help), _) => help.to_owned(),
                (None, Some(known)) => format!("did you mean `{known}`?"),
                (None, None) => {
                    self.elsewhere(&name.text).unwrap_or(format!("it knows {}", nearest::list(&self.asked)))
                }
            };
            report.error(name.at, "unknown-key", message).help(help);
        }
    }
}

impl Table<'_> {
    /// That there is no such key, or no such section.
    fn unknown(&self, name: &str, value: &Value<'_>) -> String {
        let tables = |list: Vec<Value<'_>>| !list.is_empty() && list.iter().all(|one| one.value.is_table());
        match (self.title == ROOT, value.value.is_table(), value.elements().is_some_and(tables)) {
            (true, true, _) => format!("there is no section [{name}]"),
            (true, _, true) => format!("there is no section [[{name}]]"),
            _ => format!("{} has no key `{name}`", self.title),
        }
    }

    /// The table that has a key that this one has not.
    fn elsewhere(&self, name: &str) -> Option<String> {
        let sections = keys::ROOT.keys.iter().flat_map(keys::Key::tables);
        let mut having =
            sections.filter(|table| table.title.starts_with('[') && table.keys.iter().any(|key| key.name == name));
        let (first, other) = (having.next()?, having.next());
        let also = other.map_or(String::new(), |other| format!(" and of {}", other.title));
        Some(format!("it is a key of {}{also}", first.title))
    }
}

/// Whether a help speaks of a key.
fn says(help: &str, key: &str) -> bool {
    help.contains(&format!("`{key}`")) || help.contains(&format!("{key} = "))
}

/// The bounds of a duration, in words.
fn range(within: &RangeInclusive<Duration>) -> String {
    format!("from \"{}\" to \"{}\"", value::say(*within.start()), value::say(*within.end()))
}

/// A whole number within bounds.
pub(crate) fn integer(value: &Value<'_>, key: &str, within: RangeInclusive<u32>, report: &mut Report) -> Option<u32> {
    let DeValue::Integer(integer) = value.value else {
        value.wrong(key, &format!("a whole number from {} to {}", within.start(), within.end()), report);
        return None;
    };
    let digits = integer.as_str();
    let number = u32::from_str_radix(digits, integer.radix()).ok().filter(|number| within.contains(number));
    if number.is_none() {
        let message = format!("`{key}` must be from {} to {}", within.start(), within.end());
        let written = i128::from_str_radix(digits, integer.radix()).unwrap_or(i128::MAX);
        let nearest = if written < i128::from(*within.start()) { within.start() } else { within.end() };
        report.error(value.at, "out-of-range", message).help(format!("the nearest is {nearest}"));
    }
    number
}
