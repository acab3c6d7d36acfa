//! The time of an imagined call: what the clock on the wall says where the hours are kept.

use anyhow::{Context as _, Result, bail};
use dialplan::{Line, LineKind, Plan};
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use terms::Wall;

/// When a call comes.
pub struct Moment {
    /// The instant.
    pub wall: Wall,
    /// A line that says it in full where the operator did not.
    pub said: Option<Line>,
}

/// Reads `now`, `10:30`, `2026-12-24 10:30` or an instant with its own offset.
pub fn moment(text: &str, zone: Option<&str>, plan: &Plan) -> Result<Moment> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("now") {
        let clock = named_or_sole(zone, plan)?.unwrap_or_else(|| ("UTC".into(), TimeZone::UTC)).1;
        let now = Timestamp::now().to_zoned(clock);
        return Ok(Moment { wall: wall(&now), said: Some(said(&now, "now")) });
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Moment { wall: Wall::from_millis(instant.as_millisecond()), said: None });
    }
    let today = text.parse::<Time>().is_ok() && !text.contains('-');
    let Some((name, clock)) = named_or_sole(zone, plan)? else { return several(text, plan) };
    let time: DateTime = match today {
        true => Timestamp::now().to_zoned(clock.clone()).date().to_datetime(text.parse()?),
        false => read(text)?,
    };
    let zoned = time.to_zoned(clock).with_context(|| format!("{text:?} does not exist in {name}"))?;
    let said = today.then(|| said(&zoned, "today"));
    Ok(Moment { wall: wall(&zoned), said })
}

fn wall(zoned: &Zoned) -> Wall {
    Wall::from_millis(zoned.timestamp().as_millisecond())
}

fn said(zoned: &Zoned, word: &str) -> Line {
    let zone = zoned.time_zone().iana_name().unwrap_or("UTC");
    let text = format!("{} in {zone}", zoned.strftime("%A, %Y-%m-%d %H:%M"));
    Line { step: LineKind::Time, rule: word.to_owned(), file: None, line: None, text, taken: true }
}

/// A date and a time of day, or what to write instead.
fn read(text: &str) -> Result<DateTime> {
    if let Ok(time) = text.replacen(' ', "T", 1).parse::<DateTime>() {
        // A date alone is midnight to the parser; an operator has forgotten the time.
        if text.contains(':') {
            return Ok(time);
        }
        bail!("{text:?} has no time of day: write \"{} 10:30\"", time.date());
    }
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let help = "write it like \"2026-12-24 10:30\", 10:30 (today) or now";
    match (date.parse::<jiff::civil::Date>(), time.trim().parse::<Time>()) {
        (Ok(_), Err(_)) if !time.is_empty() => bail!("{time:?} is not a time of day: {help}"),
        (Err(_), Ok(_)) => match last_day(date) {
            Some(last) => bail!("there is no {date}: did you mean {last}?"),
            None => bail!("{date:?} is not a date: {help}"),
        },
        _ => bail!("{text:?} is not a time: {help}"),
    }
}

/// The last day of the month of a date that is beyond it.
fn last_day(date: &str) -> Option<jiff::civil::Date> {
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let first = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
    let day: u32 = day.parse().ok()?;
    (day > 28).then(|| first.last_of_month())
}

/// The zone that was named; otherwise the one that all hours share, UTC where there are no hours; none where
/// the hours have several.
fn named_or_sole(zone: Option<&str>, plan: &Plan) -> Result<Option<(String, TimeZone)>> {
    let zones = zones(plan);
    let name = match (zone, zones.as_slice()) {
        (Some(name), _) => name,
        (None, []) => "UTC",
        (None, [only]) => only,
        (None, _) => return Ok(None),
    };
    match dialplan::hours::zone(name) {
        Ok(clock) => Ok(Some((name.to_owned(), clock))),
        Err(Some(near)) => bail!("{name:?} is not a time zone: did you mean {near:?}?"),
        Err(None) => bail!("{name:?} is not a time zone: write it like Europe/Sofia or UTC"),
    }
}

fn zones(plan: &Plan) -> Vec<&str> {
    let mut zones: Vec<&str> = plan.hours.iter().map(|hours| hours.zone.as_str()).collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

fn several<T>(text: &str, plan: &Plan) -> Result<T> {
    let zones: Vec<String> = zones(plan).iter().map(|zone| format!("--zone {zone}")).collect();
    bail!("{text:?} on which wall? The hours have several time zones: say {}", zones.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        moment(text, None, &Plan::default()).err().unwrap_or_else(|| panic!("{text} was taken")).to_string()
    }

    #[test]
    fn a_time_is_read_in_every_way_in_which_it_is_written() {
        let plan = Plan::default();
        let wall = |text: &str, zone| moment(text, zone, &plan).unwrap().wall;
        let noon = wall("2026-12-24 12:00", None);
        assert_eq!(wall("2026-12-24T12:00:00", None), noon);
        assert_eq!(wall("2026-12-24T14:00:00+02:00", None), noon);
        assert_eq!(wall("2026-12-24 14:00", Some("Europe/Sofia")), noon);
        assert!(moment("10:30", None, &plan).unwrap().said.unwrap().text.contains(" 10:30 in UTC"));
        assert!(moment("now", None, &plan).unwrap().said.is_some_and(|line| line.rule == "now"));
    }

    #[test]
    fn a_wrong_time_is_told_with_the_nearest_right_one() {
        assert_eq!(refused("2026-02-30 10:30"), "there is no 2026-02-30: did you mean 2026-02-28?");
        assert!(refused("2026-12-24").contains("write \"2026-12-24 10:30\""));
        assert!(refused("2026-12-24 25:00").contains("\"25:00\" is not a time of day"));
        assert!(refused("tomorrow").contains("\"tomorrow\" is not a time: write it like"));
        let zone = moment("2026-12-24 10:30", Some("Sofia"), &Plan::default()).err().unwrap();
        assert_eq!(zone.to_string(), "\"Sofia\" is not a time zone: did you mean \"Europe/Sofia\"?");
    }
}
