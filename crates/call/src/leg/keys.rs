//! Keys of a telephone that come by INFO instead of with the sound.

use sip::Body;

/// The key in an INFO body: `application/dtmf-relay` ("Signal=5") or `application/dtmf` ("5").
pub(crate) fn in_info(body: &Body) -> Option<char> {
    let text = std::str::from_utf8(&body.bytes).ok()?;
    let kind = body.content_type.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/dtmf-relay" => text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then(|| key(value.trim()))
        })?,
        "application/dtmf" => key(text.trim()),
        _ => None,
    }
}

/// A key as it is written, or as gateways number it (RFC 4733 3.2: 10 is the star).
fn key(text: &str) -> Option<char> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(key), None) => {
            let key = key.to_ascii_uppercase();
            matches!(key, '0'..='9' | '*' | '#' | 'A'..='D').then_some(key)
        }
        _ => "*#ABCD".chars().nth(text.parse::<usize>().ok()?.checked_sub(10)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_an_info_body_is_understood_in_both_common_forms_and_nothing_else_is() {
        let digit = |content_type: &str, text: &'static str| {
            in_info(&Body { content_type: content_type.into(), bytes: text.into() })
        };
        assert_eq!(digit("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(digit("Application/DTMF-Relay", "Duration=160\r\nsignal= # \r\n"), Some('#'));
        assert_eq!(digit("application/dtmf", "d"), Some('D'));
        assert_eq!(digit("application/dtmf-relay;charset=utf-8", "Signal=0\nDuration=100\n"), Some('0'));
        assert_eq!(digit("application/dtmf-relay", "Signal=10\r\nDuration=160\r\n"), Some('*'));
        assert_eq!(digit("application/dtmf-relay ; x", "Signal = 11"), Some('#'));
        assert_eq!(digit("application/dtmf", "15\r\n"), Some('D'));
        for other in ["16", "9999999999999999999999", "1 0", "12a", "", "!", "-1", "٣"] {
            assert_eq!(digit("application/dtmf", other), None, "{other}");
        }
        assert_eq!(digit("application/dtmf-relay", "Duration=160"), None);
        assert_eq!(digit("application/dtmf", "x"), None);
        assert_eq!(digit("text/plain", "5"), None);
    }
}
