//! SIP messages as ladders: a call's peers as columns with the switch between them, a line for each message with the time
//! since the first. Fits 80 columns.

use crate::admin::trace::Message;
use crate::style::{self, Tone, harmless};
use crate::terminal::local;
use crate::veil::field;
use jiff::tz::TimeZone;
use std::net::SocketAddr;
use terms::Wall;

/// Columns between a peer's line and the switch's.
const SPAN: usize = 30;
/// Columns that an address may have in the head; longer ones have a line each.
const NAME: usize = 24;

/// What belongs together, in order.
pub struct Ladder {
    /// The call's id, or the Call-ID.
    pub title: String,
    steps: Vec<Step>,
}

/// A message, as far as a ladder shows it.
struct Step {
    n: u64,
    at: i64,
    out: bool,
    peer: SocketAddr,
    call_id: String,
    text: String,
    tone: Tone,
}

/// Sorts messages into ladders, in the order in which these began.
pub fn ladders(messages: &[Message]) -> Vec<Ladder> {
    let mut found: Vec<Ladder> = vec![];
    for message in messages {
        let step = Step::of(message);
        let title = message.call.map_or_else(|| step.call_id.clone(), |call| call.to_string());
        match found.iter_mut().find(|ladder| ladder.title == title) {
            Some(ladder) => ladder.steps.push(step),
            None => found.push(Ladder { title, steps: vec![step] }),
        }
    }
    found
}

impl Step {
    fn of(message: &Message) -> Step {
        let text = message.text.seen();
        let first = text.lines().next().unwrap_or_default();
        let cseq = field(&text, &["cseq"]).unwrap_or_default();
        let method = cseq.split_whitespace().nth(1).unwrap_or("?");
        let body = if text.split_once("\r\n\r\n").is_some_and(|(_, body)| !body.is_empty()) { " +" } else { "" };
        let (text_shown, tone) = match first.strip_prefix("SIP/2.0 ") {
            Some(status) => {
                let tone = match status.as_bytes().first() {
                    Some(b'2') => Tone::Good,
                    Some(b'1') => Tone::Faint,
                    Some(b'3' | b'4') if status.starts_with("401") || status.starts_with("407") => Tone::Warn,
                    _ => Tone::Bad,
                };
                (format!("{} ({method})", status.trim_end()), tone)
            }
            None => (first.split(' ').next().unwrap_or_default().to_owned(), Tone::Strong),
        };
        Step {
            n: message.n,
            at: message.at,
            out: message.out,
            peer: message.remote,
            call_id: harmless(field(&text, &["call-id", "i"]).unwrap_or_default()),
            text: harmless(&text_shown) + body,
            tone,
        }
    }
}

impl Ladder {
    /// How it looks.
    pub fn text(&self, colours: bool, zone: &TimeZone) -> String {
        let lines: Vec<String> = (0..self.steps.len()).map(|nth| self.line(nth, colours)).collect();
        format!("{}{}", self.head(colours, zone), lines.concat())
    }

    /// The numbers of its messages.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.steps.iter().map(|step| step.n)
    }

    /// Whether a message is one of its own.
    pub fn has(&self, message: &Message) -> bool {
        self.numbers().any(|n| n == message.n)
    }

    /// What it is, when it began, and who its peers are: the first at the left, all others at the right by a letter.
    pub fn head(&self, colours: bool, zone: &TimeZone) -> String {
        let began = self.steps.first().map_or(0, |step| step.at);
        let title: String = self.title.chars().take(56).collect();
        let title = style::paint(&title, Tone::Strong, colours);
        let mut out = format!("{title}  {}\n", local(Wall::from_millis(began), zone));
        let peers = self.peers();
        let names: Vec<String> = peers.iter().map(|(_, peer)| peer.to_string()).collect();
        if names.len() <= 2 && names.iter().all(|name| name.len() <= NAME) {
            let name = |nth: usize| names.get(nth).map_or("", String::as_str);
            out += format!("{:11}{:<25}strowger{:>26}", "", name(0), name(1)).trim_end();
            return out + "\n";
        }
        for (nth, name) in names.iter().enumerate() {
            out += &format!("{:11}{} {name}\n", "", letter(nth));
        }
        out
    }

    /// The legs, by their Call-IDs, with their peer at first.
    fn peers(&self) -> Vec<(&str, SocketAddr)> {
        let mut peers: Vec<(&str, SocketAddr)> = vec![];
        for step in &self.steps {
            if !peers.iter().any(|(call_id, _)| *call_id == step.call_id) {
                peers.push((&step.call_id, step.peer));
            }
        }
        peers
    }

    /// One message.
    pub fn line(&self, nth: usize, colours: bool) -> String {
        let (Some(step), Some(first)) = (self.steps.get(nth), self.steps.first()) else { return String::new() };
        let peers = self.peers();
        let leg = peers.iter().position(|(call_id, _)| *call_id == step.call_id).unwrap_or(0);
        let arrow = arrow(step, (leg == 0) == step.out);
        let arrow = style::paint(&arrow, step.tone, colours);
        let blank = " ".repeat(SPAN - 2);
        let since = format!("{:>7} ms", step.at - first.at);
        let since = style::paint(&since, Tone::Faint, colours);
        match leg {
            0 => format!("{since} |{arrow}|{blank}|\n"),
            _ if peers.len() > 2 => format!("{since} |{blank}|{arrow}| {}\n", letter(leg)),
            _ => format!("{since} |{blank}|{arrow}|\n"),
        }
    }
}

/// An arrow with the text upon it, [`SPAN`] - 2 columns wide.
fn arrow(step: &Step, leftwards: bool) -> String {
    let room = SPAN - 6;
    let text: String = step.text.chars().take(room).collect();
    let free = room - text.chars().count();
    let (before, after) = ("-".repeat(free / 2), "-".repeat(free - free / 2));
    match leftwards {
        true => format!("<-{before} {text} {after}"),
        false => format!("{before} {text} {after}->"),
    }
}

fn letter(leg: usize) -> char {
    char::from(b'A' + u8::try_from(leg.min(25)).unwrap_or(25))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::trace::Text;
    use sip::Transport;

    pub fn message(n: u64, at: i64, call: bool, out: bool, peer: &str, head: &str) -> Message {
        Message {
            n,
            at,
            call: call.then(|| "c1000000003".parse().unwrap()),
            out,
            transport: Transport::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: peer.parse().unwrap(),
            text: Text::Told(format!("{head}\r\n\r\n")),
            dialog: 0,
            trunk: None,
        }
    }

    #[test]
    fn both_sides_of_a_call_are_columns() {
        let (a, b) = ("192.0.2.7:5060", "192.0.2.8:5070");
        let (left, right) = ("\r\nCall-ID: a\r\nCSeq: 1 INVITE", "\r\nCall-ID: b\r\nCSeq: 7 INVITE");
        let of = |first: &str, leg: &str| format!("{first}{leg}");
        let messages = [
            message(1, 1_000, true, false, a, &of("INVITE sip:x SIP/2.0", left)),
            message(2, 1_001, true, true, a, &of("SIP/2.0 100 Trying", left)),
            message(3, 1_004, true, true, b, &of("INVITE sip:y SIP/2.0", right)),
            message(4, 3_250, true, false, b, &of("SIP/2.0 486 Busy Here", right)),
        ];
        let found = ladders(&messages);
        assert_eq!(found.len(), 1);
        let text = found[0].text(false, &TimeZone::UTC);
        let expected = "\
c1000000003  1970-01-01 00:00:01
           192.0.2.7:5060           strowger            192.0.2.8:5070
      0 ms |--------- INVITE ---------->|                            |
      1 ms |<--- 100 Trying (INVITE) ---|                            |
      4 ms |                            |--------- INVITE ---------->|
   2250 ms |                            |<-- 486 Busy Here (INVITE) -|
";
        assert_eq!(text, expected, "\n{text}");
    }

    #[test]
    fn several_who_are_rung_are_told_apart_and_nothing_is_wider_than_a_terminal() {
        let wide = "[2001:db8:1111:2222:3333:4444:5555:6666]:50600";
        let long =
            "SIP/2.0 480 Somebody has written a very long reason here, to see what becomes of it\r\nCSeq: 1 INVITE";
        let of = |id: &str| format!("{long}\r\nCall-ID: {id}");
        let messages: Vec<Message> = (0..40)
            .map(|nth| message(nth, 1_000_000 * nth as i64, true, nth % 2 == 0, wide, &of(&nth.to_string())))
            .collect();
        let text = ladders(&messages)[0].text(false, &TimeZone::UTC);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("| B\n") && text.contains("B ["), "{text}");
    }

    #[test]
    fn what_is_of_no_call_is_a_ladder_by_its_call_id_and_no_escape_reaches_the_terminal() {
        let evil = "REGISTER sip:x SIP/2.0\r\nCall-ID: \x1b[2J\r\nCSeq: 1 REGISTER";
        let messages = [
            message(1, 0, false, false, "192.0.2.7:5060", evil),
            message(2, 0, false, false, "192.0.2.7:5060", "OPTIONS x SIP/2.0\r\nCall-ID: b"),
        ];
        let found = ladders(&messages);
        assert_eq!(found.len(), 2);
        assert!(!found[0].text(false, &TimeZone::UTC).contains('\x1b'));
    }
}
