//! Opening hours with a time zone: what the clock on the office wall says decides.
//!
//! | written                     | means                                                          |
//! |-----------------------------|----------------------------------------------------------------|
//! | `mon-fri 09:00-18:00`       | these days; the last minute belongs to no one: 18:00 is closed |
//! | `tue,thu 09:00-12:00,13:00-17:00` | two stretches on each of these days                      |
//! | `fri 22:00-02:00`           | from Friday evening into Saturday                              |
//! | `every day 00:00-24:00`     | around the clock                                               |
//! | `2026-12-24 10:00-12:00`    | these hours and no others on that date, even if it is closed   |
//! | closed: `2026-12-24..26`    | closed on three dates, whatever the week says                  |
//! | closed: `12-25`, `12-24..01-02` | every year                                                 |
//!
//! Zone rules come with the binary, so that the answer is the same on every machine.

mod read;

pub(crate) use read::{read_closed, read_open};

use crate::{Place, nearest};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use terms::{HoursId, Wall};

const DAY: u32 = 24 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Named opening hours.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The id.
    pub id: HoursId,
    /// The name.
    pub name: String,
    /// The zone's name, such as `Europe/Sofia`.
    pub zone: String,
    /// Where it was written.
    pub place: Place,
    clock: TimeZone,
    open: Vec<Open>,
    closed: Vec<Closed>,
}

/// Open or closed, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub open: bool,
    /// `open: mon-fri 09:00-18:00`, `closed: 2026-12-24..26`.
    pub reason: String,
}

/// When it is open.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    days: Days,
    /// From and to, in minutes of the day; `to` is above 24:00 when the stretch goes on after midnight.
    stretches: Vec<(u32, u32)>,
    text: String,
}

#[derive(Clone, Debug)]
enum Days {
    /// Monday is the lowest bit.
    Week(u8),
    Dates(Date, Date),
}

/// When it is closed.
#[derive(Clone, Debug)]
pub(crate) struct Closed {
    dates: Dates,
    text: String,
}

#[derive(Clone, Debug)]
enum Dates {
    Once(Date, Date),
    /// Month and day; the first may come after the last (over New Year).
    Yearly((i8, i8), (i8, i8)),
}

impl Hours {
    /// Hours from their parts; for tests and for what is not written in a file.
    pub fn new(name: &str, zone: &str, open: &[&str], closed: &[&str]) -> Option<Hours> {
        let open = open.iter().map(|text| read_open(text).ok()).collect::<Option<_>>()?;
        let closed = closed.iter().map(|text| read_closed(text).ok()).collect::<Option<_>>()?;
        Some(Hours::compiled(name, zone, find_zone(zone)?, open, closed, Place::default()))
    }

    pub(crate) fn compiled(
        name: &str,
        zone: &str,
        clock: TimeZone,
        open: Vec<Open>,
        closed: Vec<Closed>,
        place: Place,
    ) -> Hours {
        Hours { id: HoursId::of(name), name: name.to_owned(), zone: zone.to_owned(), place, clock, open, closed }
    }

    /// Whether it is open.
    pub fn open_at(&self, wall: Wall) -> bool {
        self.deciding(wall).is_ok()
    }

    /// Whether there is no day on which it opens.
    pub(crate) fn never_opens(&self) -> bool {
        if self.open.iter().any(|open| matches!(open.days, Days::Dates(..))) {
            return false;
        }
        // In 28 years each date falls on each day of the week.
        let mut days = jiff::civil::date(2024, 1, 1).series(jiff::Span::new().days(1)).take(28 * 366);
        !days.any(|day| {
            self.open.iter().any(|open| open.is_weekly(day)) && !self.closed.iter().any(|closed| closed.holds(day))
        })
    }

    /// Whether it is open, and why.
    pub fn at(&self, wall: Wall) -> Standing {
        match self.deciding(wall) {
            Ok(open) => Standing { open: true, reason: format!("open: {}", open.text) },
            Err(Some(closed)) => Standing { open: false, reason: format!("closed: {}", closed.text) },
            Err(None) => Standing { open: false, reason: self.outside(wall) },
        }
    }

    fn outside(&self, wall: Wall) -> String {
        let now = self.local(wall);
        let day = DAYS.get(day_index(now.weekday())).copied().unwrap_or("");
        let texts: Vec<&str> = self.open.iter().map(|open| open.text.as_str()).collect();
        format!("closed: {day} {:02}:{:02} is outside {}", now.hour(), now.minute(), texts.join(", "))
    }

    fn local(&self, wall: Wall) -> DateTime {
        let instant = Timestamp::from_millisecond(wall.as_millis()).unwrap_or(Timestamp::UNIX_EPOCH);
        self.clock.to_datetime(instant)
    }

    /// The rule that opens, or the one that closes (none: no rule opens).
    fn deciding(&self, wall: Wall) -> Result<&Open, Option<&Closed>> {
        let now = self.local(wall);
        let minute = now.hour() as u32 * 60 + now.minute() as u32;
        let today = now.date();
        let closed_today = self.closed.iter().find(|closed| closed.holds(today));
        if let Some(open) = self.open_on(today, minute, closed_today.is_some()) {
            return Ok(open);
        }
        if let Some(closed) = closed_today {
            return Err(Some(closed));
        }
        // What began yesterday may go on after midnight, unless it did not begin: yesterday was closed.
        let Ok(yesterday) = today.yesterday() else { return Err(None) };
        let closed_yesterday = self.closed.iter().any(|closed| closed.holds(yesterday));
        self.open_on(yesterday, minute + DAY, closed_yesterday).ok_or(None)
    }

    /// The rule of a date that opens at a minute (counted from its midnight). Rules for the date itself
    /// push aside those for the week, and hold even on a closed date.
    fn open_on(&self, date: Date, minute: u32, closed: bool) -> Option<&Open> {
        let dated = self.open.iter().any(|open| open.is_dated(date));
        let holds = |open: &&Open| open.is_dated(date) || (!dated && !closed && open.is_weekly(date));
        self.open
            .iter()
            .filter(holds)
            .find(|open| open.stretches.iter().any(|(from, to)| (*from..*to).contains(&minute)))
    }
}

impl Open {
    fn is_dated(&self, date: Date) -> bool {
        matches!(self.days, Days::Dates(first, last) if (first..=last).contains(&date))
    }
    fn is_weekly(&self, date: Date) -> bool {
        matches!(self.days, Days::Week(days) if days & (1 << day_index(date.weekday())) != 0)
    }
}

impl Closed {
    fn holds(&self, date: Date) -> bool {
        match self.dates {
            Dates::Once(first, last) => (first..=last).contains(&date),
            Dates::Yearly(first, last) => {
                let day = (date.month(), date.day());
                if first <= last { first <= day && day <= last } else { day >= first || day <= last }
            }
        }
    }
}

fn day_index(weekday: Weekday) -> usize {
    usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0)
}

/// The zone of a name.
pub(crate) fn find_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The zone of a name; otherwise the name that was probably meant.
pub fn zone(name: &str) -> Result<TimeZone, Option<String>> {
    find_zone(name).ok_or_else(|| nearest_zone(name))
}

fn nearest_zone(name: &str) -> Option<String> {
    let names = zone_names();
    let wanted = name.replace(' ', "_");
    // A city alone is enough to be understood.
    let is_city = |zone: &&String| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&wanted));
    let city = names.iter().find(is_city).map(String::as_str);
    city.or_else(|| nearest::of(&wanted, names.iter().map(String::as_str))).map(str::to_owned)
}

/// Every zone's name.
fn zone_names() -> Vec<String> {
    TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect()
}

/// The instant at which clocks in a zone show `2026-12-24 10:30`; none when the zone or the time is unknown.
pub fn wall_of(text: &str, zone: &str) -> Option<Wall> {
    let time: DateTime = text.trim().replacen(' ', "T", 1).parse().ok()?;
    let zoned = find_zone(zone)?.to_zoned(time).ok()?;
    Some(Wall::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> Hours {
        let open = ["mon-fri 09:00-18:00", "sat 10:00-14:00", "2026-12-25 10:00-12:00"];
        Hours::new("office", "Europe/Sofia", &open, &["2026-12-24..26", "01-01"]).unwrap()
    }

    fn at(hours: &Hours, text: &str) -> Standing {
        hours.at(wall_of(text, &hours.zone).unwrap())
    }

    #[test]
    fn the_last_minute_is_closed_and_the_first_is_open() {
        let office = office();
        for (time, open) in [
            ("2026-11-20 08:59:59", false),
            ("2026-11-20 09:00", true),
            ("2026-11-20 17:59:59", true),
            ("2026-11-20 18:00", false),
            ("2026-11-21 10:00", true),
            ("2026-11-22 10:00", false),
        ] {
            assert_eq!(at(&office, time).open, open, "{time}");
        }
    }

    #[test]
    fn the_reason_names_the_rule() {
        let office = office();
        assert_eq!(at(&office, "2026-12-24 10:30").reason, "closed: 2026-12-24..26");
        assert_eq!(at(&office, "2027-01-01 10:30").reason, "closed: 01-01");
        assert_eq!(at(&office, "2026-11-20 10:30").reason, "open: mon-fri 09:00-18:00");
        assert!(at(&office, "2026-11-22 12:00").reason.starts_with("closed: sun 12:00 is outside mon-fri"));
    }

    #[test]
    fn hours_for_a_date_hold_on_a_closed_date_and_push_the_week_aside() {
        let office = office();
        assert!(at(&office, "2026-12-25 10:30").open);
        assert!(!at(&office, "2026-12-25 12:30").open);
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_began() {
        let bar = Hours::new("bar", "Europe/Sofia", &["fri 22:00-02:00"], &["2026-11-27"]).unwrap();
        assert!(at(&bar, "2026-11-20 23:00").open && at(&bar, "2026-11-21 01:59").open);
        assert!(!at(&bar, "2026-11-21 02:00").open && !at(&bar, "2026-11-20 01:00").open);
        assert!(!at(&bar, "2026-11-27 23:00").open && !at(&bar, "2026-11-28 01:00").open, "closed on the 27th");
    }

    #[test]
    fn the_wall_clock_decides_when_summer_time_begins_and_ends() {
        let office = Hours::new("o", "Europe/Sofia", &["every day 09:00-18:00"], &[]).unwrap();
        // In winter 09:00 in Sofia is 07:00 UTC, in summer 06:00.
        let utc = |text| wall_of(text, "UTC").unwrap();
        assert!(office.open_at(utc("2026-03-28 07:00")) && !office.open_at(utc("2026-03-28 06:59")));
        assert!(office.open_at(utc("2026-03-29 06:00")) && !office.open_at(utc("2026-03-29 05:59")));
        assert!(office.open_at(utc("2026-10-25 07:00")) && !office.open_at(utc("2026-10-25 06:59")));
        // The hour that comes twice is open twice; the hour that is left out is never missed.
        let night = Hours::new("n", "Europe/Sofia", &["every day 03:00-04:00"], &[]).unwrap();
        assert!(night.open_at(utc("2026-10-25 00:30")) && night.open_at(utc("2026-10-25 01:30")));
        assert!(!night.open_at(utc("2026-03-29 00:59")) && !night.open_at(utc("2026-03-29 01:00")));
    }

    #[test]
    fn a_yearly_range_may_go_over_new_year() {
        let hours = Hours::new("h", "UTC", &["always"], &["12-24..01-02", "02-29"]).unwrap();
        for (date, open) in [
            ("2026-12-23", true),
            ("2026-12-31", false),
            ("2027-01-02", false),
            ("2027-01-03", true),
            ("2028-02-29", false),
        ] {
            assert_eq!(at(&hours, &format!("{date} 12:00")).open, open, "{date}");
        }
    }

    #[test]
    fn wrong_hours_are_refused() {
        for text in [
            "",
            "mon",
            "09:00-18:00",
            "mon 9-18",
            "mon 18:00",
            "mon 25:00-26:00",
            "mon 09:60-10:00",
            "mun 09:00-10:00",
            "mon 09:00-09:00",
            "mon 24:00-01:00",
            "2026-02-30 09:00-10:00",
            "mon-fry 09:00-10:00",
            "é:é",
            "é é:é-é:é",
            ", :-",
        ] {
            assert!(read_open(text).is_err(), "{text}");
        }
        for text in ["", "christmas", "2026-13-01", "2026-12-26..24", "13-01", "2026-12-24..32", "12-24..40"] {
            assert!(read_closed(text).is_err(), "{text}");
        }
        assert!(find_zone("Europe/Sophia").is_none() && find_zone("../etc/passwd").is_none());
    }
}
