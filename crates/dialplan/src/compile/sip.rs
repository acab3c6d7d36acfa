//! `[sip]`: how long a call may be silent, and how often it may be forwarded.

use crate::finding::Report;
use crate::table::Table;
use crate::{Sip, value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// RFC 4028 4: nobody need take a shorter interval.
const LEAST: Duration = Duration::from_secs(90);
/// How long a call that is dead may go on.
const EXPIRES: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(86_400);
/// The most that may be asked of others at the least.
const MIN: RangeInclusive<Duration> = LEAST..=Duration::from_secs(3_600);

/// Beyond the most nobody would wait for the end.
const FORWARDS: RangeInclusive<u32> = 0..=20;

pub(super) fn read(table: Option<Table<'_>>, sip: &mut Sip, report: &mut Report) {
    let Some(mut table) = table else { return };
    let expires = table.duration("session_expires", EXPIRES, report);
    let min = table.duration("session_min", MIN, report);
    let at = table.get("session_expires").map_or(table.at, |value| value.at);
    sip.session_min = min.unwrap_or(sip.session_min);
    let forwards = table.integer("forwards_max", FORWARDS, report).map(|most| most as usize);
    sip.forwards_max = forwards.unwrap_or(sip.forwards_max);
    if let Some(text) = table.string("authorities", report) {
        sip.authorities = Some((text.text.clone(), report.place(text.at)));
    }
    if let Some(expires) = expires {
        sip.session_expires = expires;
        let (least, asked) = (value::say(sip.session_min), value::say(expires));
        if !expires.is_zero() && expires < sip.session_min {
            let message = format!("`session_expires` is {asked}, and the switch takes nothing shorter than {least}");
            let finding = report.error(at, "session-too-short", message);
            finding.help(format!("write \"{least}\" or more, or \"0s\" to ask for nothing"));
        }
    } else if sip.session_expires < sip.session_min {
        sip.session_expires = sip.session_min;
    }
    table.finish(report);
}
