//! `[lamps]`: who may watch whom.

use super::or_report;
use crate::finding::Report;
use crate::nearest;
use crate::sections::{Audience, Lamps};
use crate::table::{Str, Table};
use crate::value::Mistake;

/// The words of [`Audience`].
pub(crate) const AUDIENCES: &[&str] = &["everybody", "group", "nobody"];
const MEANT: [Audience; 3] = [Audience::Everybody, Audience::Group, Audience::Nobody];

pub(super) fn read(table: Option<Table<'_>>, lamps: &mut Lamps, report: &mut Report) {
    let Some(mut table) = table else { return };
    let mut audience =
        |key, report: &mut Report| table.string(key, report).and_then(|text| read_audience(&text, report));
    lamps.watch = audience("watch", report).unwrap_or(lamps.watch);
    lamps.far_party = audience("far_party", report).unwrap_or(lamps.far_party);
    table.finish(report);
}

fn read_audience(text: &Str, report: &mut Report) -> Option<Audience> {
    let known = AUDIENCES.iter().zip(MEANT).find(|(word, _)| **word == text.text);
    let wrong = || {
        let mistake = Mistake::new(0..text.text.len(), format!("{:?} are none who could watch", text.text));
        match nearest::of(&text.text, AUDIENCES.iter().copied()) {
            Some(near) => mistake.help(format!("did you mean {near:?}?")),
            None => mistake.help(format!("it is {}", nearest::list(AUDIENCES))),
        }
    };
    or_report(known.map(|(_, audience)| audience).ok_or_else(wrong), text, "unknown-audience", report)
}
