//! Values of other switches: strategies, causes, codecs, times, addresses.

use super::plain;
use crate::hours;
use crate::value::{self, say};
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The strategy that is the same, or the nearest to one that is not there.
pub(crate) fn strategy(word: &str) -> Option<String> {
    let same = |name: &str| Some(format!("did you mean {name:?}?"));
    let nearest = |why: &str| Some(format!("{why}; the nearest is \"longest-idle\""));
    match plain(word).as_str() {
        "longest_idle_agent" | "leastrecent" | "least_recent" | "uniform" => same("longest-idle"),
        "rrmemory" | "rrordered" | "roundrobin" | "rr" => same("round-robin"),
        "top_down" | "sequentially_by_agent_order" | "hunt" | "sequential" | "ordered" => same("linear"),
        "ringall" | "broadcast" | "at_once" => same("ring-all"),
        "ring_progressively" | "staggered" => same("progressive"),
        "fewestcalls" | "fewest_calls" | "agent_with_fewest_calls" | "agent_with_least_talk_time" => {
            nearest("how much an agent has done is not counted")
        }
        "random" | "wrandom" | "weighted" => nearest("no agent is chosen by chance"),
        _ => None,
    }
}

/// The word for a cause by its FreeSWITCH name or by a SIP status.
pub(crate) fn cause(text: &str) -> Option<&'static str> {
    Some(match plain(text).as_str() {
        "normal_clearing" | "16_normal" | "200" | "bye" => "normal",
        "user_busy" | "486" | "600" => "busy",
        "unallocated_number" | "404" | "604" => "unallocated",
        "no_user_response" | "noanswer" | "408" | "allotted_timeout" => "no-answer",
        "subscriber_absent" | "user_not_registered" | "480" => "absent",
        "call_rejected" | "403" | "603" => "rejected",
        "normal_circuit_congestion" | "switch_congestion" | "503" => "congestion",
        "outgoing_call_barred" | "incoming_call_barred" => "not-authorised",
        "410" | "301" => "number-changed",
        "normal_temporary_failure" | "recovery_on_timer_expire" | "500" => "temporary",
        _ => return None,
    })
}

/// The name of a codec, whatever is added to it.
pub(crate) fn codec(text: &str) -> Option<&'static str> {
    let bare = text.split(['@', ':', '/']).next().unwrap_or_default().trim();
    Some(match bare.to_ascii_uppercase().replace(['.', '-', '_'], "").as_str() {
        "ULAW" | "MULAW" | "G711U" | "G711ULAW" | "G711MULAW" | "PCMU" => "PCMU",
        "ALAW" | "G711A" | "G711ALAW" | "PCMA" => "PCMA",
        _ => return None,
    })
}

/// `"alice,bob"` as the list that it should be.
pub(crate) fn texts(text: &str, each: impl Fn(&str) -> String) -> Option<String> {
    let parts: Vec<&str> = text.split([',', '|', '&', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let list = parts.iter().map(|part| format!("{:?}", each(part))).collect::<Vec<_>>().join(", ");
    (parts.len() > 1).then(|| format!("did you mean [{list}]?"))
}

/// `yes` and `no` and their like.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match plain(text).as_str() {
        "yes" | "on" | "1" | "true" | "always" | "enabled" | "y" => Some(true),
        "no" | "off" | "0" | "false" | "never" | "disabled" | "none" | "n" => Some(false),
        _ => None,
    }
}

/// A bare number with the unit that makes it fit: seconds first, thousandths last.
pub(crate) fn number_with_unit(number: &str, within: &RangeInclusive<Duration>) -> Option<String> {
    let fits = |text: &String| value::duration(text).is_ok_and(|duration| within.contains(&duration));
    let written = ["s", "m", "d", "h"].map(|unit| format!("{number}{unit}")).into_iter().find(fits);
    let thousandths = || value::duration(&format!("{number}ms")).ok().filter(|time| within.contains(time)).map(say);
    written.or_else(thousandths)
}

/// Other ways to write a time: `1:30`, `00:00:20`, `1.5m`, `2w`, `30 days`.
pub(crate) fn duration(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    if text.contains(':') {
        let parts: Vec<u64> = text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
        let seconds = parts.iter().try_fold(0_u64, |all, part| all.checked_mul(60)?.checked_add(*part))?;
        return (parts.len() <= 3).then(|| say(Duration::from_secs(seconds)));
    }
    let unit_at = text.find(|c: char| c.is_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let number: f64 = number.trim().parse().ok().filter(|number: &f64| (0.0..1e6).contains(number))?;
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 7.0 * 86_400.0,
        "mo" | "month" | "months" => 30.0 * 86_400.0,
        "y" | "yr" | "year" | "years" => 365.0 * 86_400.0,
        _ => return None,
    };
    Some(say(Duration::try_from_secs_f64(number * seconds).ok()?))
}

/// `09:00-18:00,mon-fri,*,*` of GotoIfTime, hours without days, and the half days of the clock.
pub(crate) fn hours(text: &str) -> Option<String> {
    let (mut days, mut times) = (vec![], vec![]);
    for part in text.split([',', '|', ' ']).filter(|part| !["", "*", "daily"].contains(part)) {
        match part.starts_with(|c: char| c.is_ascii_digit()) {
            true => times.push(span(part)?),
            false => days.push(part.to_lowercase()),
        }
    }
    let days = if days.is_empty() { "every day".to_owned() } else { days.join(",") };
    let written = format!("{days} {}", times.join(","));
    (written != text && hours::read_open(&written).is_ok()).then_some(written)
}

/// `9am-5:30pm`, `9-18`.
fn span(text: &str) -> Option<String> {
    let (from, to) = text.split_once('-')?;
    Some(format!("{}-{}", clock(from)?, clock(to)?))
}

fn clock(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let (digits, later) = match (text.strip_suffix("pm"), text.strip_suffix("am")) {
        (Some(digits), _) => (digits, 12),
        (_, Some(digits)) => (digits, 0),
        _ => (text.as_str(), 24),
    };
    let (hour, minute) = digits.split_once(':').unwrap_or((digits, "00"));
    let hour: u32 = hour.trim().parse().ok()?;
    let hour = if later < 24 { hour % 12 + later } else { hour };
    Some(format!("{hour:02}:{minute}"))
}

/// A network with its mask in four parts, or an address with a port or in a URI.
pub(crate) fn network(text: &str) -> Option<String> {
    if let Some((address, mask)) = text.split_once('/') {
        let mask = u32::from(mask.parse::<std::net::Ipv4Addr>().ok()?);
        let length = mask.leading_ones();
        let whole = format!("{address}/{length}");
        return (mask.count_ones() == length && value::network(&whole).is_ok()).then_some(whole);
    }
    let (host, _) = host_and_port(text)?;
    host.parse::<IpAddr>().ok().map(|address| address.to_string())
}

/// An address to listen on as others write it: `udp:0.0.0.0:5060`, `*:5060`, `0.0.0.0:5060 advertise ...`.
pub(crate) fn address(text: &str) -> Option<String> {
    let first = text.split_whitespace().next()?;
    let (host, port) = host_and_port(first)?;
    let host = if host == "*" { "0.0.0.0" } else { host };
    let address: IpAddr = host.parse().ok()?;
    Some(std::net::SocketAddr::new(address, port.unwrap_or(5060)).to_string())
}

/// A target as others write it: `sip:192.0.2.1:5060;transport=tcp`.
pub(crate) fn remote(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let is = |name: &str| lower.contains(&format!("transport={name}")) || lower.starts_with(name);
    let has_port = host_and_port(&lower).is_some_and(|(_, port)| port.is_some());
    let address = address(text)?;
    Some(match (is("tls") || lower.starts_with("sips:"), is("tcp")) {
        (true, _) if has_port => format!("tls:{address}"),
        (true, _) => format!("tls:{}", address.strip_suffix(":5060").unwrap_or(&address)),
        (false, true) => format!("tcp:{address}"),
        (false, false) => address,
    })
}

/// The host and the port of a URI, a proto:host:port, or a bare one.
fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let text = text.trim_matches(['<', '>']).split(';').next()?;
    let rest = ["sip:", "sips:", "udp:", "tcp:", "tls:"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let rest = rest.unwrap_or(text).trim_start_matches('/');
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    match rest.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            Some((host.trim_matches(['[', ']']), Some(port.parse().ok()?)))
        }
        _ => Some((rest.trim_matches(['[', ']']), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_other_switches_are_told_as_ours() {
        for (theirs, ours) in [
            ("1:30", "1m30s"),
            ("00:00:20", "20s"),
            ("1.5m", "1m30s"),
            ("2w", "14d"),
            ("30 days", "30d"),
            ("1y", "365d"),
        ] {
            assert_eq!(duration(theirs).as_deref(), Some(ours));
        }
        assert_eq!((duration("soon"), duration("1:2:3:4"), duration("9e9h")), (None, None, None));
        let ring = Duration::from_secs(1)..=Duration::from_secs(300);
        let keep = Duration::from_secs(86_400)..=Duration::from_secs(86_400 * 36_500);
        let said = |number, within| number_with_unit(number, within);
        assert_eq!(said("20", &ring).as_deref(), Some("20s"));
        assert_eq!(said("20000", &ring).as_deref(), Some("20s"), "thousandths");
        assert_eq!(said("30", &keep).as_deref(), Some("30d"));
        assert_eq!(said("0", &ring), None);
    }

    #[test]
    fn hours_of_other_switches_are_told_as_ours() {
        for (theirs, ours) in [
            ("09:00-18:00,mon-fri,*,*", "mon-fri 09:00-18:00"),
            ("09:00-18:00", "every day 09:00-18:00"),
            ("mon-fri 9am-5:30pm", "mon-fri 09:00-17:30"),
            ("Sat 9-13", "sat 09:00-13:00"),
            ("sun 12am-12pm", "sun 00:00-12:00"),
        ] {
            assert_eq!(hours(theirs).as_deref(), Some(ours));
        }
        assert_eq!((hours("mon-fri"), hours("soon"), hours("25:00-26:00")), (None, None, None));
    }

    #[test]
    fn addresses_of_other_switches_are_told_as_ours() {
        assert_eq!(network("192.0.2.0/255.255.255.0").as_deref(), Some("192.0.2.0/24"));
        assert_eq!(network("192.0.2.0/255.0.255.0"), None);
        assert_eq!(network("sip:192.0.2.7:5060").as_deref(), Some("192.0.2.7"));
        assert_eq!(address("udp:0.0.0.0:5060").as_deref(), Some("0.0.0.0:5060"));
        assert_eq!(address("*").as_deref(), Some("0.0.0.0:5060"));
        assert_eq!(address("udp:[2001:db8::1]:5070").as_deref(), Some("[2001:db8::1]:5070"));
        assert_eq!(remote("sip:192.0.2.1;transport=tcp").as_deref(), Some("tcp:192.0.2.1:5060"));
        assert_eq!((address("eth0"), address("host:x"), remote("sip:carrier.example")), (None, None, None));
    }
}
