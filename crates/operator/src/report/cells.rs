//! Single figures and texts as reports print them.

use crate::admin::table;
use jiff::Zoned;
use ledger::report::Ratio;

pub(super) fn percent(ratio: Ratio) -> String {
    table::percent(ratio.value)
}

/// Milliseconds on average.
pub(super) fn length(ratio: Ratio) -> String {
    table::length(ratio.numerator.checked_div(ratio.denominator))
}

/// Begin, end and zone.
pub(super) fn period(from: &Zoned, to: &Zoned) -> String {
    let times = "%Y-%m-%d %H:%M:%S";
    let zone = from.time_zone().iana_name().unwrap_or("local time");
    format!("{} to {} ({zone})", from.strftime(times), to.strftime(times))
}

/// What begins like a formula is none: spreadsheets run those. A number with a plus is a number.
pub fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let number = text.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    if formula && !number { format!("'{text}") } else { text.to_owned() }
}

/// Milliseconds as seconds.
pub fn decimal(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}
