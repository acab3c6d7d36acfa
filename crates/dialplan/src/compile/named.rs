//! Tables and the names that they define. One whose name cannot be taken is read all the same, for the mistakes in it.

use super::or_report;
use crate::finding::Report;
use crate::scope::Names;
use crate::table::{Str, Table};
use crate::text::At;
use crate::value;

/// A table with the name that it defines.
pub(crate) struct Named<'d> {
    pub name: Str,
    /// How far the name counts.
    pub standing: Standing,
    pub table: Table<'d>,
}

/// How far a name counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Others can name it.
    Taken,
    /// Another has it: the n-th whose name does not count.
    Twice(usize),
    /// It has none, or one that cannot be: the n-th whose name does not count.
    Nameless(usize),
}

impl Named<'_> {
    /// From what its id is made: what cannot be taken has one of its own, too.
    pub fn id_text(&self) -> String {
        match self.standing {
            Standing::Taken => self.name.text.clone(),
            Standing::Twice(nth) | Standing::Nameless(nth) => format!("{}\n{nth}", self.name.text),
        }
    }

    /// `phone "alice"`.
    pub fn title(&self, kind: &str) -> String {
        match self.standing {
            Standing::Nameless(_) => format!("this {kind}"),
            _ => format!("{kind} {:?}", self.name.text),
        }
    }
}

/// Takes in the names of `[[trunk]]` and its like; a name with a range makes many tables of one.
pub(super) fn declare<'d, Id>(
    tables: Vec<Table<'d>>,
    key: &'static str,
    example: &str,
    names: &mut Names,
    id_of: impl Fn(&str) -> Id,
    number_of: impl Fn(Id) -> u64,
    report: &mut Report,
) -> Vec<Named<'d>> {
    let mut named = Vec::new();
    for mut table in tables {
        let name = table.needed(key, example, report).or_else(|| torn_name(&table, key, report));
        let repeated = name.as_ref().and_then(|name| or_report(value::repeated(&name.text), name, "bad-range", report));
        let tables = match (name, repeated) {
            (Some(name), Some(None)) => vec![(Some(name), table)],
            (Some(name), Some(Some(range))) => {
                range.iter().map(|(text, number)| (Some(name.with(text)), table.numbered(number))).collect()
            }
            // Whatever is repeated is read once.
            (Some(_), None) => vec![(None, table.numbered("1"))],
            (None, _) => vec![(None, table)],
        };
        for (name, mut table) in tables {
            let _ = table.get(key);
            let nth = named.len();
            let standing = match &name {
                Some(name) if names.declare(name, number_of(id_of(&name.text)), report) => Standing::Taken,
                Some(name) if names.find(&name.text).is_some() => Standing::Twice(nth),
                _ => Standing::Nameless(nth),
            };
            names.incomplete |= matches!(standing, Standing::Nameless(_));
            let name = name.unwrap_or_else(|| Str::of_name("", table.at));
            named.push(Named { name, standing, table });
        }
    }
    named
}

/// The name of a table whose line with the name cannot be read.
fn torn_name(table: &Table<'_>, key: &str, report: &Report) -> Option<Str> {
    let torn = report.torn(table.at).find(|torn| torn.key == key)?;
    Some(Str::of_name(torn.word.as_deref()?, At::new(table.at.file, torn.part.clone())))
}

/// The same for `[flow.NAME]` and its like.
pub(super) fn declare_sections<'d>(
    sections: Vec<Named<'d>>,
    names: &mut Names,
    number_of: impl Fn(&str) -> u64,
    report: &mut Report,
) -> Vec<Named<'d>> {
    let mut declared = Vec::new();
    for section in sections {
        let nth = declared.len();
        // One whose header was told to be a second one is not told again.
        let told = section.standing != Standing::Taken && names.find(&section.name.text).is_some();
        let standing = match !told && names.declare(&section.name, number_of(&section.name.text), report) {
            true => Standing::Taken,
            false => Standing::Twice(nth),
        };
        declared.push(Named { standing, ..section });
    }
    declared
}

/// Whether each line of these could be read.
pub(super) fn are_whole(tables: &[Named<'_>], report: &Report) -> bool {
    tables.iter().all(|named| report.torn(named.table.at).next().is_none())
}
