//! `[[board]]`: the wall boards among the pages in a browser.

use super::{Named, or_report};
use crate::finding::Report;
use crate::scope::Scope;
use crate::table::{Str, Table};
use crate::value::{self, Mistake};
use crate::{Board, BoardFigure, Figure, Unit, nearest};
use terms::{QueueId, Word as _, limits};

/// The words of [`Figure`].
pub(crate) const FIGURES: &[&str] = &[
    "waiting",
    "longest_wait",
    "service_level",
    "ready",
    "talking",
    "answered",
    "abandoned",
    "abandoned_share",
    "average_wait",
];

/// The boards, in the order in which they are written.
pub(super) fn read(boards: Vec<Named<'_>>, scope: &Scope, report: &mut Report) -> Vec<Board> {
    boards.into_iter().map(|named| read_one(named, scope, report)).collect()
}

fn read_one(named: Named<'_>, scope: &Scope, report: &mut Report) -> Board {
    let Named { name, mut table, .. } = named;
    let title = table.string("title", report).map_or_else(|| name.text.clone(), |text| text.text);
    let mut queues = vec![];
    for text in table.strings("queues", report).iter().flatten() {
        match scope.queues.find(&text.text) {
            Some(_) => queues.push(QueueId::of(&text.text)),
            None => _ = scope.queues.unknown(&text.text, text.at, "", report),
        }
    }
    let figures = figures(&mut table, report);
    table.finish(report);
    Board { name: name.text, title, queues, figures }
}

fn figures(table: &mut Table<'_>, report: &mut Report) -> Vec<BoardFigure> {
    if !table.says("figures", report) {
        return Board::of_all().figures;
    }
    let (at, mut figures, mut lines) = (table.at, vec![], 0);
    for mut line in table.tables("figures", "this line of `figures`", "{ show = \"waiting\" }", report) {
        lines += 1;
        let show = line.needed("show", "show = \"waiting\"", report).and_then(|text| which(&text, report));
        let mut threshold = |key, report: &mut Report| {
            let text: Str = line.string(key, report)?;
            or_report(value_of(show?, &text.text), &text, "bad-threshold", report)
        };
        let (warning, critical) = (threshold("warning", report), threshold("critical", report));
        line.finish(report);
        figures.extend(show.map(|show| BoardFigure { show, warning, critical }));
    }
    if !limits::BOARD_FIGURES.contains(&lines) {
        let message = format!("a board with {lines} figures");
        report.error(at, "board-figures", message).help("three to six can be read from afar");
    }
    figures
}

fn which(text: &Str, report: &mut Report) -> Option<Figure> {
    let wrong = || {
        let mistake = Mistake::new(0..text.text.len(), format!("no board can show {:?}", text.text));
        match nearest::of(&text.text, FIGURES.iter().copied()) {
            Some(near) => mistake.help(format!("did you mean {near:?}?")),
            None => mistake.help(format!("it can show {}", nearest::list(FIGURES))),
        }
    };
    or_report(Figure::of_word(&text.text).ok_or_else(wrong), text, "unknown-figure", report)
}

/// A threshold in the unit of its figure.
fn value_of(show: Figure, text: &str) -> Result<f64, Mistake> {
    let wrong = |example: &str| {
        let message = format!("{text:?} is nothing that `{}` can be", show.word());
        Mistake::new(0..text.len(), message).help(format!("write it like {example:?}"))
    };
    match show.unit() {
        Unit::Time => value::duration(text).map(|time| time.as_secs_f64() * 1_000.0),
        Unit::Count => text.parse::<u32>().map(f64::from).map_err(|_| wrong("5")),
        Unit::Share => {
            let share = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
            share.filter(|share| (0.0..=100.0).contains(share)).map(|share| share / 100.0).ok_or_else(|| wrong("80%"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_can_be_written() {
        assert_eq!(Figure::ALL.iter().map(|figure| figure.word()).collect::<Vec<_>>(), FIGURES);
    }

    #[test]
    fn a_threshold_is_read_in_the_unit_of_its_figure() {
        assert_eq!(value_of(Figure::LongestWait, "1m30s").ok(), Some(90_000.0));
        assert_eq!(value_of(Figure::ServiceLevel, "80%").ok(), Some(0.8));
        assert_eq!(value_of(Figure::Waiting, "5").ok(), Some(5.0));
        for (figure, wrong) in [
            (Figure::LongestWait, "5"),
            (Figure::ServiceLevel, "0.8"),
            (Figure::ServiceLevel, "101%"),
            (Figure::ServiceLevel, "NaN%"),
            (Figure::Waiting, "30s"),
            (Figure::Waiting, "-1"),
        ] {
            assert!(value_of(figure, wrong).is_err(), "{wrong}");
        }
    }
}
