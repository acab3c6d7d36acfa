//! The small texts inside values: durations, addresses, networks, codecs, port and name ranges.

use crate::{Codec, Transport, habits};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

/// What is wrong with a text, and with which part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// In bytes of the text.
    pub part: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

impl Mistake {
    pub fn new(part: Range<usize>, message: impl Into<String>) -> Mistake {
        Mistake { part, message: message.into(), help: None }
    }
    pub fn help(mut self, help: impl Into<String>) -> Mistake {
        self.help = Some(help.into());
        self
    }
}

/// Units of a duration with their milliseconds, the longest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// `20s`, `5m`, `1h30m`, `250ms`.
pub(crate) fn duration(text: &str) -> Result<Duration, Mistake> {
    let all = 0..text.len();
    if text.is_empty() {
        return Err(Mistake::new(all, "a duration is missing").help("write it like \"20s\""));
    }
    if text.contains(char::is_whitespace) {
        let tight: String = text.split_whitespace().collect();
        let mistake = Mistake::new(all, "a duration is written without spaces");
        return Err(match duration(&tight) {
            Ok(_) => mistake.help(format!("did you mean \"{tight}\"?")),
            Err(inner) => Mistake { help: inner.help, ..mistake },
        });
    }
    let mut total: u64 = 0;
    let mut last_unit = u64::MAX;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let unit_length = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = &rest[digits..digits + unit_length];
        if digits == 0 {
            let message = format!("{text:?} is not a duration");
            return Err(Mistake::new(all, message).help("write it like \"20s\", \"5m\", \"1h30m\" or \"250ms\""));
        }
        let Some(&(_, worth)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(unknown_unit(text, at + digits, unit));
        };
        if worth >= last_unit {
            let message = format!("the units of {text:?} must go from long to short, each once");
            return Err(Mistake::new(all, message).help("such as \"1h30m\""));
        }
        last_unit = worth;
        let part = rest[..digits].parse::<u64>().ok().and_then(|number| number.checked_mul(worth));
        total = part
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= 36_525 * 86_400_000)
            .ok_or_else(|| Mistake::new(all.clone(), format!("{text:?} is longer than a hundred years")))?;
        at += digits + unit_length;
    }
    Ok(Duration::from_millis(total))
}

fn unknown_unit(text: &str, at: usize, unit: &str) -> Mistake {
    if unit.is_empty() && text[at..].is_empty() {
        return Mistake::new(0..text.len(), format!("{text:?} has no unit")).help(format!("did you mean \"{text}s\"?"));
    }
    let meant = match unit {
        "sec" | "secs" | "second" | "seconds" | "S" => "s",
        "min" | "mins" | "minute" | "minutes" | "M" => "m",
        "hour" | "hours" | "hr" | "H" => "h",
        "day" | "days" | "D" => "d",
        "msec" | "millis" => "ms",
        _ => {
            let end = (at + unit.len()).max(at + 1).min(text.len());
            return Mistake::new(at..end, format!("{text:?} is not a duration"))
                .help("the units are d, h, m, s and ms");
        }
    };
    let help = format!("did you mean \"{}{meant}{}\"?", &text[..at], &text[at + unit.len()..]);
    Mistake::new(at..at + unit.len(), format!("`{unit}` is not a unit of time")).help(help)
}

/// A duration as an operator would write it.
pub(crate) fn say(duration: Duration) -> String {
    let mut rest = duration.as_millis() as u64;
    let mut out = String::new();
    for (unit, worth) in UNITS {
        if rest >= worth {
            out.push_str(&format!("{}{unit}", rest / worth));
            rest %= worth;
        }
    }
    if out.is_empty() { "0s".into() } else { out }
}

/// `0.0.0.0:5060`, `[::]:5060`, or an address alone with the port of SIP.
pub(crate) fn socket(text: &str) -> Result<SocketAddr, Mistake> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, 5060));
    }
    let mistake = Mistake::new(0..text.len(), format!("{text:?} is not an address with a port"));
    if let Some(port) = text.strip_prefix(':').or(Some(text)).filter(|port| port.parse::<u16>().is_ok()) {
        return Err(mistake.help(format!("did you mean \"0.0.0.0:{port}\"?")));
    }
    if let Some(meant) = habits::address(text) {
        let advertised = if text.contains("advertise") { "; `advertise` is a key of its own" } else { "" };
        return Err(mistake.help(format!("did you mean {meant:?}?{advertised}")));
    }
    let interface = text.chars().all(|c| c.is_ascii_alphanumeric()) && text.ends_with(|c: char| c.is_ascii_digit());
    Err(mistake.help(match interface {
        true => "write an address, not an interface: `ip -brief address` shows them",
        false => "write it like \"192.0.2.10:5060\"; host names are not looked up here",
    }))
}

/// Where SIP over TLS is when nobody says where (RFC 3261 19.1.2).
const TLS: u16 = 5_061;

/// What stands before an address, and the rest.
fn carried(text: &str) -> (Transport, &str) {
    match text.split_once(':') {
        Some(("udp", rest)) => (Transport::Udp, rest),
        Some(("tcp", rest)) => (Transport::Tcp, rest),
        Some(("tls", rest)) => (Transport::Tls, rest),
        _ => (Transport::Udp, text),
    }
}

/// `192.0.2.10:5060`, `udp:192.0.2.10`, `tcp:192.0.2.10:5060`, `tls:192.0.2.10`.
pub(crate) fn remote(text: &str) -> Result<(Transport, SocketAddr), Mistake> {
    let (transport, rest) = carried(text);
    let from = text.len() - rest.len();
    let shifted = |mistake: Mistake| match habits::remote(text) {
        Some(meant) => Mistake { part: 0..text.len(), ..mistake }.help(format!("did you mean {meant:?}?")),
        None => Mistake { part: from..text.len(), ..mistake },
    };
    let mut address = socket(rest).map_err(shifted)?;
    if transport == Transport::Tls && rest.parse::<SocketAddr>().is_err() {
        address.set_port(TLS);
    }
    if address.port() == 0 || address.ip().is_unspecified() {
        let mistake = Mistake::new(from..text.len(), format!("nobody can be reached at {rest:?}"));
        return Err(mistake.help("write the address of the device or the carrier, such as \"192.0.2.1:5060\""));
    }
    Ok((transport, address))
}

/// `sip.carrier.example`, `sip.carrier.example:5070`, `tcp:sip.carrier.example`.
pub(crate) fn host(text: &str) -> Result<crate::Host, Mistake> {
    let (transport, rest) = carried(text);
    let usual = if transport == Transport::Tls { TLS } else { 5_060 };
    let (name, port) = match rest.split_once(':') {
        Some((name, port)) => (name, port.parse().ok().filter(|port| *port != 0)),
        None => (rest, Some(usual)),
    };
    let label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.parse::<IpAddr>().is_ok() || rest.parse::<IpAddr>().is_ok() {
        let mistake = Mistake::new(0..text.len(), format!("{rest:?} is an address, not a name"));
        return Err(mistake.help(format!("write target = {text:?}")));
    }
    match (name.len() <= 253 && name.split('.').all(label), port) {
        (true, Some(port)) => Ok(crate::Host { transport, name: name.to_ascii_lowercase(), port }),
        _ => Err(Mistake::new(0..text.len(), format!("{text:?} is not the name of a host"))
            .help("write it like \"sip.carrier.example\" or \"tls:sip.carrier.example:5061\"")),
    }
}

/// A number that is shown: digits, with or without `+`.
pub(crate) fn number(text: &str) -> Result<String, Mistake> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if (1..=32).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    let mistake = Mistake::new(0..text.len(), format!("{text:?} is not a telephone number"));
    let bare: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    Err(match bare.len() {
        0..3 => mistake.help("write digits, such as \"+442079460000\""),
        _ => mistake.help(format!("did you mean {bare:?}?")),
    })
}

/// How a carrier wants numbers.
pub(crate) fn form(text: &str) -> Result<crate::Form, Mistake> {
    match text {
        "e164" => Ok(crate::Form::E164),
        "international" => Ok(crate::Form::International),
        "national" => Ok(crate::Form::National),
        "digits" => Ok(crate::Form::Digits),
        _ => Err(Mistake::new(0..text.len(), format!("{text:?} is no form of a number"))
            .help("the forms are \"e164\", \"international\", \"national\" and \"digits\"")),
    }
}

/// `192.0.2.0/28` or a single address. The bits behind the prefix must be zero.
pub(crate) fn network(text: &str) -> Result<(IpAddr, u8), Mistake> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let bad = || {
        let help = habits::network(text).map(|meant| format!("did you mean {meant:?}?"));
        let help = help.unwrap_or_else(|| {
            "write it like \"192.0.2.0/28\" or \"192.0.2.7\"; host names are not looked up here".into()
        });
        Mistake::new(0..text.len(), format!("{text:?} is not a network")).help(help)
    };
    let address: IpAddr = address.parse().map_err(|_| bad())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let Some(length) = length else { return Ok((address, most)) };
    let at = text.len() - length.len()..text.len();
    if length.contains('.') {
        return Err(bad());
    }
    let length: u8 = length
        .parse()
        .ok()
        .filter(|length| *length <= most)
        .ok_or_else(|| Mistake::new(at, format!("the prefix of {text:?} must be from 0 to {most}")))?;
    let base = masked(address, length);
    if base != address {
        let mistake = Mistake::new(0..text.len(), format!("{text:?} is not the beginning of a network"));
        return Err(mistake.help(format!("did you mean \"{base}/{length}\" or \"{address}\"?")));
    }
    Ok((address, length))
}

/// An address with the bits behind a prefix cleared.
pub(crate) fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length.min(32))).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

/// `16384-32767`.
pub(crate) fn ports(text: &str) -> Result<(u16, u16), Mistake> {
    let all = 0..text.len();
    let bounds =
        text.split_once('-').and_then(|(first, last)| Some((first.trim().parse().ok()?, last.trim().parse().ok()?)));
    match bounds {
        Some((0, _)) => Err(Mistake::new(all, "port 0 cannot be used")),
        Some((first, last)) if last > first => Ok((first, last)),
        Some((first, last)) if last < first => {
            Err(Mistake::new(all, "the first port is above the last").help(format!("did you mean \"{last}-{first}\"?")))
        }
        Some(_) => Err(Mistake::new(all, "a stream needs two ports, one for RTP and one for RTCP")),
        None => {
            Err(Mistake::new(all, format!("{text:?} is not a range of ports")).help("write it like \"16384-32767\""))
        }
    }
}

/// The codecs by name.
pub(crate) fn codec(text: &str) -> Result<Codec, Mistake> {
    match text.to_ascii_uppercase().as_str() {
        "PCMU" => Ok(Codec::Pcmu),
        "PCMA" => Ok(Codec::Pcma),
        _ => {
            let help = match habits::codec(text) {
                Some(name) => format!("did you mean {name:?}?"),
                None => "the codecs are \"PCMA\" and \"PCMU\"".into(),
            };
            Err(Mistake::new(0..text.len(), format!("{text:?} is not a codec that is spoken here")).help(help))
        }
    }
}

/// Tables that one range may stand for.
pub(crate) const RANGE_MAX: u32 = 20_000;

/// The names that `user{1..2000}` stands for, with the number of each; a name without braces stands for itself.
pub(crate) fn repeated(text: &str) -> Result<Option<Vec<(String, String)>>, Mistake> {
    let Some(open) = text.find('{') else { return Ok(None) };
    let bad = |what: &str| {
        Mistake::new(open..text.len(), what.to_owned()).help("write a range of names like \"user{1..20}\"")
    };
    let close = text[open..].find('}').map(|at| open + at).ok_or_else(|| bad("the brace is not closed"))?;
    let (head, range, tail) = (&text[..open], &text[open + 1..close], &text[close + 1..]);
    if tail.contains(['{', '}']) {
        return Err(bad("a name may have one range"));
    }
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let (first, last) = range.split_once("..").ok_or_else(|| bad("the braces hold no range"))?;
    let (Some(from), Some(to)) = (digits(first), digits(last)) else {
        return Err(bad("a range goes from a number to a number"));
    };
    if to < from {
        return Err(bad("the range ends before it begins"));
    }
    if to - from >= RANGE_MAX {
        return Err(bad(&format!("a range may hold {RANGE_MAX} names")));
    }
    let width = if first.starts_with('0') { first.len() } else { 0 };
    let name = |number: u32| {
        let number = format!("{number:0width$}");
        (format!("{head}{number}{tail}"), number)
    };
    Ok(Some((from..=to).map(name).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_said_alike() {
        for text in ["20s", "5m", "1h30m", "250ms", "1d2h", "1s500ms"] {
            assert_eq!(say(duration(text).unwrap()), text);
        }
        assert_eq!(duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("0s").unwrap(), Duration::ZERO);
        for text in
            ["", "s", "20", "20 s", "5x", "30m1h", "1m1m", "99999999999999999999s", "40000d", "-5s", "1.5s", "é"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wrong_unit_is_corrected_in_place() {
        let mistake = duration("5min").unwrap_err();
        assert_eq!((mistake.part, mistake.help.as_deref()), (1..4, Some("did you mean \"5m\"?")));
        assert_eq!(duration("20").unwrap_err().help.as_deref(), Some("did you mean \"20s\"?"));
    }

    #[test]
    fn a_network_must_begin_where_its_prefix_says() {
        assert_eq!(network("192.0.2.16/28").unwrap().1, 28);
        assert_eq!(network("192.0.2.7").unwrap().1, 32);
        assert_eq!(network("2001:db8::/32").unwrap().1, 32);
        assert_eq!(network("0.0.0.0/0").unwrap().1, 0);
        assert!(network("192.0.2.17/28").unwrap_err().help.unwrap().contains("192.0.2.16/28"));
        assert!(network("192.0.2.0/33").is_err());
        assert!(network("carrier.example").is_err());
    }

    #[test]
    fn a_remote_has_a_transport_and_a_port() {
        assert_eq!(remote("192.0.2.1").unwrap(), (Transport::Udp, "192.0.2.1:5060".parse().unwrap()));
        assert_eq!(remote("tcp:192.0.2.1:5070").unwrap(), (Transport::Tcp, "192.0.2.1:5070".parse().unwrap()));
        assert_eq!(remote("[2001:db8::1]:5060").unwrap().1.port(), 5060);
        assert!(remote("0.0.0.0:5060").is_err());
        assert!(remote("192.0.2.1:0").is_err());
    }

    #[test]
    fn a_range_of_names_counts_with_its_width() {
        let names = repeated("user{08..10}").unwrap().unwrap();
        assert_eq!(names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["user08", "user09", "user10"]);
        assert_eq!(repeated("alice").unwrap(), None);
        for text in ["a{", "a{1}", "a{2..1}", "a{1..2}{1..2}", "a{x..y}", "a{1..99999999}", "a{..}"] {
            assert!(repeated(text).is_err(), "{text}");
        }
    }
}
