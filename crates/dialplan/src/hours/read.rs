//! The texts of opening hours: `mon-fri 09:00-18:00`, `2026-12-24..26`.

use super::{Closed, DAY, DAYS, Dates, Days, Open};
use crate::value::Mistake;
use jiff::civil::Date;

/// Reads one text of `open`.
pub(crate) fn read_open(text: &str) -> Result<Open, Mistake> {
    let all = 0..text.len();
    if text.trim().eq_ignore_ascii_case("always") {
        return Ok(Open { days: Days::Week(0x7f), stretches: vec![(0, DAY)], text: "always".into() });
    }
    let usual = "write it like \"mon-fri 09:00-18:00\"";
    let Some(colon) = text.find(':') else {
        return Err(Mistake::new(all, format!("{text:?} says no times")).help(usual));
    };
    let Some(space) = text[..colon].rfind(char::is_whitespace) else {
        return Err(Mistake::new(all, format!("{text:?} says no days")).help(usual));
    };
    // `09:00-12:00, 13:00-17:00`: the times begin at the first word with a colon.
    let times_at = space + text[space..].chars().next().map_or(1, char::len_utf8);
    let days = days(text[..space].trim_end()).map_err(|mistake| mistake.help(usual))?;
    let mut stretches = Vec::new();
    let mut at = times_at;
    for piece in text[times_at..].split(',') {
        let part = at..at + piece.len();
        stretches.push(stretch(piece.trim()).map_err(|why| Mistake::new(part, why).help(usual))?);
        at += piece.len() + 1;
    }
    Ok(Open { days, stretches, text: text.trim().to_owned() })
}

fn days(text: &str) -> Result<Days, Mistake> {
    if let Some((first, last)) = dates(text) {
        if last < first {
            return Err(Mistake::new(0..text.len(), "the last date comes before the first"));
        }
        return Ok(Days::Dates(first, last));
    }
    if ["every day", "daily"].contains(&text.trim().to_ascii_lowercase().as_str()) {
        return Ok(Days::Week(0x7f));
    }
    let mut bits = 0;
    let mut at = 0;
    for piece in text.split(',') {
        let part = at..at + piece.len();
        at += piece.len() + 1;
        let unknown = |name: &str| Mistake::new(part.clone(), format!("{:?} is not a day of the week", name.trim()));
        let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
        let mut day = day_named(first).ok_or_else(|| unknown(first))?;
        let last = day_named(last).ok_or_else(|| unknown(last))?;
        // `sat-mon` goes over the end of the week.
        loop {
            bits |= 1 << day;
            if day == last {
                break;
            }
            day = (day + 1) % 7;
        }
    }
    Ok(Days::Week(bits))
}

fn day_named(name: &str) -> Option<usize> {
    let name = name.trim().to_ascii_lowercase();
    let long = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    DAYS.iter().position(|day| *day == name).or_else(|| long.iter().position(|day| *day == name))
}

fn stretch(text: &str) -> Result<(u32, u32), String> {
    let (from, to) = text.split_once('-').ok_or_else(|| format!("{text:?} is not a stretch of time"))?;
    let (from, to) = (minute(from)?, minute(to)?);
    match to {
        _ if from == DAY => Err("a day ends at 24:00, nothing begins then".into()),
        to if to == from => Err("it ends when it begins; the whole day is 00:00-24:00".into()),
        to if to < from => Ok((from, to + DAY)),
        to => Ok((from, to)),
    }
}

fn minute(text: &str) -> Result<u32, String> {
    let text = text.trim();
    let bad = || format!("{text:?} is not a time of day");
    let (hours, minutes) = text.split_once(':').ok_or_else(bad)?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit()) && part.len() <= 2;
    if !digits(hours) || !digits(minutes) || minutes.len() != 2 {
        return Err(bad());
    }
    let (hours, minutes): (u32, u32) = (hours.parse().map_err(|_| bad())?, minutes.parse().map_err(|_| bad())?);
    let minute = hours * 60 + minutes;
    if minutes > 59 || minute > DAY { Err(bad()) } else { Ok(minute) }
}

/// Reads one text of `closed`.
pub(crate) fn read_closed(text: &str) -> Result<Closed, Mistake> {
    let all = 0..text.len();
    let trimmed = text.trim();
    let dates = match (dates(trimmed), yearly(trimmed)) {
        (Some((first, last)), _) if last < first => {
            return Err(Mistake::new(all, "the last date comes before the first"));
        }
        (Some((first, last)), _) => Dates::Once(first, last),
        (None, Some((first, last))) => Dates::Yearly(first, last),
        (None, None) => {
            let mistake = Mistake::new(all, format!("{text:?} is not a date"));
            return Err(mistake.help("write \"2026-12-24\", \"2026-12-24..26\", or \"12-25\" for every year"));
        }
    };
    Ok(Closed { dates, text: trimmed.to_owned() })
}

/// `2026-12-24`, `2026-12-24..26`, `2026-12-24..01-02` is not one: a range over New Year names the year.
fn dates(text: &str) -> Option<(Date, Date)> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let first = full_date(first)?;
    let last = match last.split('-').map(str::parse::<i8>).collect::<Result<Vec<_>, _>>().as_deref() {
        Ok([day]) => Date::new(first.year(), first.month(), *day).ok()?,
        Ok([month, day]) => Date::new(first.year(), *month, *day).ok()?,
        _ => full_date(last)?,
    };
    Some((first, last))
}

fn full_date(text: &str) -> Option<Date> {
    let well_formed = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if well_formed { text.parse().ok() } else { None }
}

/// `12-25`, `12-24..26`, `12-24..01-02`.
fn yearly(text: &str) -> Option<((i8, i8), (i8, i8))> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let first = month_day(first)?;
    let last = match last.parse::<i8>() {
        Ok(day) => (first.0, day),
        Err(_) => month_day(last)?,
    };
    // 2024 has a 29 February.
    Date::new(2024, last.0, last.1).ok()?;
    Some((first, last))
}

fn month_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    Date::new(2024, month, day).ok().map(|_| (month, day))
}
