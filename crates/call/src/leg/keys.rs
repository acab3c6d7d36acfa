//! Keys of a telephone: how they are written in an INFO, and which of them is one that came before, the other way.

use sip::Body;
use std::time::Duration;
use terms::Mono;

/// How a key comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// With the sound (RFC 4733), and so to whoever hears him.
    Sound,
    /// With the sound, but the worker keeps it from whoever hears him.
    Kept,
    /// With signalling.
    Info,
}

/// Within this time the same key is one that comes both ways: with the sound as it is pressed, by INFO when it is let go.
const ECHO: Duration = Duration::from_millis(500);

/// The last key that came. Some phones are set to send each both ways.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Last(Option<(char, By, Mono)>);

impl Last {
    /// A key came; whether it has come the other way before.
    pub fn is_echo(&mut self, now: Mono, key: char, by: By) -> bool {
        let echo = self.0.is_some_and(|(last, way, at)| {
            last == key && (way == By::Info) != (by == By::Info) && now.since(at) < ECHO
        });
        self.0 = (!echo).then_some((key, by, now));
        echo
    }
}

/// The body of an INFO with a key, in the form that most take.
pub(crate) fn info(key: char) -> Body {
    Body { content_type: "application/dtmf-relay".into(), bytes: format!("Signal={key}\r\nDuration=100\r\n").into() }
}

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
    fn a_key_that_comes_both_ways_is_one_and_one_that_is_pressed_twice_is_two() {
        let count = |keys: &[(u64, char, By)]| {
            let mut last = Last::default();
            keys.iter().filter(|(ms, key, by)| !last.is_echo(Mono::from_micros(ms * 1_000), *key, *by)).count()
        };
        assert_eq!(count(&[(0, '5', By::Sound), (150, '5', By::Info)]), 1);
        assert_eq!(count(&[(0, '5', By::Info), (10, '5', By::Sound)]), 1);
        assert_eq!(count(&[(0, '5', By::Sound), (150, '5', By::Sound)]), 2);
        assert_eq!(count(&[(0, '5', By::Info), (150, '5', By::Info)]), 2);
        assert_eq!(count(&[(0, '5', By::Kept), (150, '5', By::Sound)]), 2);
        assert_eq!(count(&[(0, '5', By::Kept), (150, '5', By::Info)]), 1);
        assert_eq!(count(&[(0, '5', By::Sound), (150, '6', By::Info)]), 2);
        assert_eq!(count(&[(0, '5', By::Sound), (900, '5', By::Info)]), 2);
        let twice = [(0, '5', By::Sound), (90, '5', By::Info), (200, '5', By::Sound), (290, '5', By::Info)];
        assert_eq!(count(&twice), 2);
    }

    #[test]
    fn what_is_written_is_understood() {
        for key in "0123456789*#ABCD".chars() {
            assert_eq!(in_info(&info(key)), Some(key));
        }
    }

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
