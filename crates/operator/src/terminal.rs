//! What commands print, and how people write and read times there.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::Write as _;
use std::time::Duration;
use terms::Wall;

/// Prints a result. A reader that has seen enough (`| head`) is no fault.
pub fn say(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// `20s`, `5m`, `1h`, `500ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("write a whole number and a unit: 500ms, 20s, 5m or 1h".into()),
    };
    let ms = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit_ms));
    ms.map(Duration::from_millis).ok_or_else(|| "that number is missing or too large".into())
}

/// A wall time in milliseconds, as the clock on this wall shows it.
pub fn wall_time(ms: i64) -> String {
    local(Wall::from_millis(ms), &TimeZone::system())
}

/// A wall time, as the clock on a wall in that zone shows it.
pub fn local(at: Wall, zone: &TimeZone) -> String {
    let Ok(at) = Timestamp::from_millisecond(at.as_millis()) else { return "-".into() };
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_units() {
        assert_eq!(duration("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        for wrong in ["20", "s", "", "1d", "-1s", "99999999999999999999s", "18446744073709551615h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
