//! Times of a report: as an operator writes them, and where his hours and days begin. An hour is one by the
//! clock on the wall, so that a day has 23, 24 or 25 of them.

use super::{By, ReportArgs};
use anyhow::{Context as _, bail, ensure};
use jiff::civil::{Date, DateTime};
use jiff::{RoundMode, Timestamp, ToSpan as _, Unit, Zoned, ZonedRound};

/// Rows of one report: more than two years of hours.
const ROWS: usize = 20_000;

/// Begin and end.
pub(super) fn range(args: &ReportArgs, now: &Zoned) -> anyhow::Result<(Zoned, Zoned)> {
    let from = match (&args.from, args.by) {
        (Some(text), _) => read(text, now, false)?,
        (None, By::Day) => now.checked_sub(6.days())?.start_of_day()?,
        (None, _) => now.start_of_day()?,
    };
    let to = match &args.to {
        Some(text) => read(text, now, true)?,
        None => now.clone(),
    };
    ensure!(from < to, "the report would end ({to}) before it begins ({from}): look at --from and --to");
    Ok((from, to))
}

/// A time. A day alone is its begin, or as an end the begin of the next.
pub fn read(text: &str, now: &Zoned, end: bool) -> anyhow::Result<Zoned> {
    let zone = now.time_zone().clone();
    let text = text.trim();
    let day = match text {
        "now" => return Ok(now.clone()),
        "today" => Some(now.date()),
        "yesterday" => Some(now.date().yesterday()?),
        _ if text.contains([' ', 'T', ':']) => None,
        _ => text.parse::<Date>().ok(),
    };
    if let Some(day) = day {
        let day = if end { day.tomorrow()? } else { day };
        return Ok(day.to_zoned(zone)?);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at.to_zoned(zone));
    }
    let Ok(at) = text.parse::<DateTime>() else {
        bail!("\"{text}\" is not a time: write 2026-12-24, \"2026-12-24 10:30\", 2026-12-24T10:30:00Z, today or now");
    };
    at.to_zoned(zone).with_context(|| format!("the time \"{text}\""))
}

/// The begin, every hour or day that begins in between, and the end.
pub(super) fn edges(by: By, from: &Zoned, to: &Zoned) -> anyhow::Result<Vec<Zoned>> {
    let mut edges = vec![from.clone()];
    let mut at = from.clone();
    loop {
        at = match by {
            By::Day => at.tomorrow()?.start_of_day()?,
            By::Hour => next_hour(&at)?,
            _ => break,
        };
        if at >= *to {
            break;
        }
        edges.push(at.clone());
        ensure!(edges.len() <= ROWS, "that would be more than {ROWS} rows: choose a shorter time, or --by day");
    }
    edges.push(to.clone());
    Ok(edges)
}

/// The next full hour by the clock on the wall; where it is set by less than an hour, after more or less than one.
fn next_hour(at: &Zoned) -> anyhow::Result<Zoned> {
    let down = ZonedRound::new().smallest(Unit::Minute).mode(RoundMode::Trunc);
    let mut next = at.round(down)?;
    loop {
        next = next.checked_add((60 - i64::from(next.minute())).minutes())?;
        if next.minute() == 0 {
            return Ok(next);
        }
    }
}

/// How a row is called: with the offset, since an hour may come twice.
pub(super) fn label(by: By, at: &Zoned) -> String {
    at.strftime(if by == By::Day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M %:z" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn sofia(text: &str) -> Zoned {
        let zone = TimeZone::get("Europe/Sofia").unwrap();
        text.parse::<DateTime>().unwrap().to_zoned(zone).unwrap()
    }

    fn hours(day: &str, next: &str) -> Vec<String> {
        let edges = edges(By::Hour, &sofia(day), &sofia(next)).unwrap();
        edges[..edges.len() - 1].iter().map(|at| label(By::Hour, at)).collect()
    }

    #[test]
    fn a_day_has_as_many_hours_as_the_clock_on_the_wall_says() {
        assert_eq!(hours("2026-06-01", "2026-06-02").len(), 24);
        let spring = hours("2026-03-29", "2026-03-30");
        assert_eq!(spring.len(), 23);
        assert_eq!(spring[2..4], ["2026-03-29 02:00 +02:00", "2026-03-29 04:00 +03:00"]);
        let autumn = hours("2026-10-25", "2026-10-26");
        assert_eq!(autumn.len(), 25);
        assert_eq!(autumn[3..5], ["2026-10-25 03:00 +03:00", "2026-10-25 03:00 +02:00"]);
    }

    #[test]
    fn days_of_23_and_25_hours_are_days() {
        for (from, to, hours) in
            [("2026-03-28", "2026-03-31", [24, 23, 24]), ("2026-10-24", "2026-10-27", [24, 25, 24])]
        {
            let edges = edges(By::Day, &sofia(from), &sofia(to)).unwrap();
            let lengths: Vec<i64> = edges
                .windows(2)
                .map(|pair| (pair[1].timestamp().as_second() - pair[0].timestamp().as_second()) / 3_600)
                .collect();
            assert_eq!(lengths, hours);
        }
    }

    #[test]
    fn a_zone_that_sets_its_clock_by_half_an_hour_has_hours_all_the_same() {
        let zone = TimeZone::get("Australia/Lord_Howe").unwrap();
        let at = |text: &str| text.parse::<DateTime>().unwrap().to_zoned(zone.clone()).unwrap();
        let edges = edges(By::Hour, &at("2026-04-05"), &at("2026-04-06")).unwrap();
        assert!(edges.iter().all(|edge| edge.minute() == 0), "{edges:?}");
        assert_eq!(edges.len(), 25);
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        let now = sofia("2026-11-22 12:34:56");
        let read = |text, end| read(text, &now, end).unwrap().to_string();
        assert_eq!(read("2026-11-20", false), "2026-11-20T00:00:00+02:00[Europe/Sofia]");
        assert_eq!(read("2026-11-20", true), "2026-11-21T00:00:00+02:00[Europe/Sofia]");
        assert_eq!(read("2026-07-20 10:30", true), "2026-07-20T10:30:00+03:00[Europe/Sofia]");
        assert_eq!(read("2026-07-20T10:30:00Z", false), "2026-07-20T13:30:00+03:00[Europe/Sofia]");
        assert_eq!(read("yesterday", false), "2026-11-21T00:00:00+02:00[Europe/Sofia]");
        assert_eq!(read("now", true), now.to_string());
        let wrong = super::read("tomorrow-ish", &now, false).unwrap_err();
        assert!(wrong.to_string().contains("is not a time: write"), "{wrong}");
    }

    #[test]
    fn the_first_and_the_last_row_may_be_short() {
        let edges = edges(By::Hour, &sofia("2026-06-01 10:40"), &sofia("2026-06-01 12:05")).unwrap();
        let texts: Vec<String> = edges.iter().map(|at| at.strftime("%H:%M").to_string()).collect();
        assert_eq!(texts, ["10:40", "11:00", "12:00", "12:05"]);
    }
}
