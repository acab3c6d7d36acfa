//! What may be seen of a SIP message: passwords' digests and keys of sound never, numbers, names of people and bodies by
//! right. The log and the trace show messages by it; neither knows a header field by itself.

use crate::style::harmless;
use std::fmt::Write as _;
use terms::Pii;

/// So many digits are somebody's number, and not a short one of the house.
pub const NUMBER_DIGITS: usize = 7;

/// Header fields whose values prove a password.
const SECRETS: [&str; 2] = ["authorization", "proxy-authorization"];
/// Header fields that name people, in full and short.
const PEOPLE: [&str; 16] = [
    "from",
    "f",
    "to",
    "t",
    "contact",
    "m",
    "p-asserted-identity",
    "p-preferred-identity",
    "remote-party-id",
    "diversion",
    "history-info",
    "refer-to",
    "r",
    "referred-by",
    "b",
    "reply-to",
];
/// Header fields whose digits are nobody's number.
const PLAIN: [&str; 14] = [
    "via",
    "v",
    "call-id",
    "i",
    "cseq",
    "content-length",
    "l",
    "max-forwards",
    "expires",
    "www-authenticate",
    "proxy-authenticate",
    "user-agent",
    "server",
    "date",
];

/// Each message of a datagram or a piece of a stream; a piece that begins within a message is passed over.
pub fn messages(bytes: &[u8], mut each: impl FnMut(&str)) {
    let text = String::from_utf8_lossy(bytes);
    let mut rest = text.trim_start_matches(['\r', '\n']);
    while is_begin(rest) {
        let head = rest.find("\r\n\r\n").map_or(rest.len(), |end| end + 4);
        let body = field(rest, &["content-length", "l"]).and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
        let end = rest.floor_char_boundary(head.saturating_add(body));
        each(rest.get(..end).unwrap_or(rest));
        rest = rest.get(end..).unwrap_or_default().trim_start_matches(['\r', '\n']);
    }
}

fn is_begin(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    line.starts_with("SIP/2.0 ") || line.trim_end().ends_with(" SIP/2.0")
}

/// The value of a header field.
pub fn field<'a>(message: &'a str, names: &[&str]) -> Option<&'a str> {
    let lines = message.lines().skip(1).take_while(|line| !line.is_empty());
    let mut fields = lines.filter_map(|line| line.split_once(':'));
    fields
        .find(|(name, _)| names.iter().any(|known| name.trim().eq_ignore_ascii_case(known)))
        .map(|(_, value)| value.trim())
}

/// What of a message may be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clear {
    /// Its body, but for keys of SRTP.
    pub bodies: bool,
    /// Numbers and names of people.
    pub numbers: bool,
}

/// A message as it may be handed on: still a message, with the length that its body has now.
pub fn veiled(bytes: &[u8], clear: Clear) -> String {
    let message = String::from_utf8_lossy(bytes);
    let (head, body) = message.split_once("\r\n\r\n").unwrap_or((&message, ""));
    let body = if clear.bodies { shown_body(&message, body, clear) } else { String::new() };
    let mut out = String::with_capacity(message.len());
    for (nth, (name, line)) in named(head).into_iter().enumerate() {
        let line = match name.as_str() {
            "content-length" | "l" => format!("{}: {}", line.split(':').next().unwrap_or_default(), body.len()),
            name if SECRETS.contains(&name) => shown_line(nth, name, &line),
            _ if clear.numbers => line,
            name => shown_line(nth, name, &line),
        };
        let _ = write!(out, "{line}\r\n");
    }
    out + "\r\n" + &body
}

/// What is shown of a body.
fn shown_body(message: &str, body: &str, clear: Clear) -> String {
    let kind = field(message, &["content-type", "c"]).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("application/sdp") {
        return body.lines().map(|line| of_description(line) + "\r\n").collect();
    }
    if clear.numbers { body.to_owned() } else { numbers(&users(body)) }
}

/// The lines of a head, each with the name of the header field that it is of; the first has none.
fn named(head: &str) -> Vec<(String, String)> {
    let mut name = String::new();
    let of = |(nth, line): (usize, &str)| {
        let line = harmless(line.trim_end_matches('\r'));
        let folded = line.starts_with([' ', '\u{fffd}']);
        if let Some((begin, _)) = line.split_once(':').filter(|_| nth > 0 && !folded) {
            name = begin.trim().to_ascii_lowercase();
        }
        (name.clone(), line)
    };
    head.lines().enumerate().map(of).collect()
}

/// A line of a head without numbers and names.
fn shown_line(nth: usize, name: &str, line: &str) -> String {
    let folded = line.starts_with([' ', '\u{fffd}']);
    match line.split_once(':').filter(|_| nth > 0 && !folded) {
        Some((begin, value)) => format!("{begin}:{}", shortened(name, value)),
        None => shortened(name, line),
    }
}

/// A message as it may stand in a log: each line behind a bar, so that none looks like a line of the log itself.
pub fn shown(message: &str) -> String {
    let (head, body) = message.split_once("\r\n\r\n").unwrap_or((message, ""));
    let mut out = String::new();
    for (nth, (name, line)) in named(head).into_iter().enumerate() {
        let _ = writeln!(out, "  | {}", shown_line(nth, &name, &line));
    }
    let kind = field(message, &["content-type", "c"]).unwrap_or_default();
    if kind.to_ascii_lowercase().starts_with("application/sdp") {
        for line in body.lines() {
            let _ = writeln!(out, "  | {}", of_description(&harmless(line)));
        }
    } else if !body.is_empty() {
        let _ = writeln!(out, "  | ({} bytes of {})", body.len(), harmless(kind));
    }
    out
}

/// A line of a session description (RFC 8866 5) without keys of SRTP and how to reach people; the user of the origin
/// shortened.
fn of_description(line: &str) -> String {
    let hidden = ["a=crypto:", "a=key-mgmt:", "k=", "e=", "p=", "s=", "i=", "u="];
    if let Some(begin) = hidden.iter().find(|begin| line.starts_with(**begin)) {
        return format!("{begin}(hidden)");
    }
    match line.strip_prefix("o=").and_then(|origin| origin.split_once(' ')) {
        Some((user, rest)) if user != "-" => format!("o={} {rest}", Pii::from(user)),
        _ => line.to_owned(),
    }
}

/// What may be shown of a value.
fn shortened(name: &str, value: &str) -> String {
    if SECRETS.contains(&name) {
        return " (hidden)".into();
    }
    let value = users(value);
    if PEOPLE.contains(&name) {
        return without_names(&value);
    }
    if PLAIN.contains(&name) || name.is_empty() { value } else { numbers(&value) }
}

/// The users of URIs, shortened.
fn users(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((at, length)) = scheme(rest) {
        let (before, uri) = rest.split_at(at + length);
        out.push_str(before);
        let end = uri.find(|c: char| "<>\"?, \t".contains(c)).unwrap_or(uri.len());
        let uri = &uri[..end];
        let number = before.to_ascii_lowercase().ends_with("tel:");
        let user = match uri.rfind('@') {
            Some(at) => at,
            None if number => uri.find(';').unwrap_or(uri.len()),
            None => 0,
        };
        if user > 0 {
            let _ = write!(out, "{}", Pii::from(&uri[..user]));
        }
        out.push_str(&uri[user..]);
        rest = &rest[at + length + end..];
    }
    out.push_str(rest);
    out
}

/// Where the next URI begins, and how long its scheme is.
fn scheme(text: &str) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    ["sips:", "sip:", "tel:"]
        .iter()
        .filter_map(|scheme| Some((lower.find(scheme)?, scheme.len())))
        .min_by_key(|(at, length)| (*at, usize::MAX - length))
}

/// Display names, left out.
fn without_names(value: &str) -> String {
    let value = without_quoted(value);
    let mut out = String::new();
    let mut rest = value.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        // Before the comma stand the parameters of the address before.
        let comma = before.rfind(',').filter(|_| !out.is_empty());
        let (kept, name) = before.split_at(comma.map_or(0, |comma| comma + 1));
        let (inside, next) = after.split_once('>').unwrap_or((after, ""));
        let name = if name.trim().is_empty() { "" } else { "*** " };
        let _ = write!(out, "{kept} {name}<{inside}>");
        rest = next;
    }
    out.push_str(rest);
    out
}

/// Stars for what stands in quotation marks.
fn without_quoted(value: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for letter in value.chars() {
        match (quoted, letter) {
            (true, _) if escaped => escaped = false,
            (true, '\\') => escaped = true,
            (true, '"') => quoted = false,
            (true, _) => {}
            (false, '"') => {
                quoted = true;
                out.push_str("***");
            }
            (false, letter) => out.push(letter),
        }
    }
    out
}

/// Long rows of digits, shortened.
fn numbers(value: &str) -> String {
    let mut out = String::new();
    let mut row = String::new();
    for letter in value.chars().chain(['\n']) {
        if letter.is_ascii_digit() {
            row.push(letter);
            continue;
        }
        match row.len() >= NUMBER_DIGITS {
            true => out.push_str(&Pii::from(row.as_str()).to_string()),
            false => out.push_str(&row),
        }
        row.clear();
        out.push(letter);
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:+442079460001@192.0.2.1;user=phone SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1234567890\r\n\
        From: \"Alice Liddell\" <sip:+359888123456@office>;tag=1\r\n\
        To: <tel:+442079460001;phone-context=x>\r\nm: Alice <sips:alice@192.0.2.7>\r\n\
        Proxy-Authorization: Digest username=\"alice\",\r\n response=\"0123456789abcdef\"\r\n\
        X-Caller: 359888123456\r\nCall-ID: 1234567890@x\r\nCSeq: 7 INVITE\r\n\
        Content-Type: application/sdp\r\nContent-Length: 118\r\n\r\n\
        v=0\r\no=+359888123456 1 1 IN IP4 192.0.2.7\r\ns=Alice\r\nm=audio 9000 RTP/SAVP 8\r\na=crypto:1 AES inline:secretsecretsecre\r\n";

    #[test]
    fn nothing_secret_and_nobodys_number_is_shown() {
        let shown = shown(INVITE);
        for hidden in ["Liddell", "Alice", "alice", "0123456789abcdef", "359888123456", "442079460001", "secret"] {
            assert!(!shown.contains(hidden), "{hidden} in\n{shown}");
        }
        for kept in [
            "| INVITE sip:***01@192.0.2.1;user=phone SIP/2.0",
            "| Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1234567890",
            "| From: *** <sip:***56@office>;tag=1",
            "| To: <tel:***01;phone-context=x>",
            "| m: *** <sips:***ce@192.0.2.7>",
            "| Proxy-Authorization: (hidden)",
            "| X-Caller: ***56",
            "| Call-ID: 1234567890@x",
            "| o=***56 1 1 IN IP4 192.0.2.7",
            "| m=audio 9000 RTP/SAVP 8",
            "| a=crypto:(hidden)",
        ] {
            assert!(shown.contains(kept), "{kept} not in\n{shown}");
        }
        assert!(shown.lines().all(|line| line.starts_with("  | ")), "{shown}");
    }

    #[test]
    fn keys_that_a_caller_pressed_are_not_shown() {
        let info = "INFO sip:x@y SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=4\r\n";
        assert!(shown(info).contains("(10 bytes of application/dtmf-relay)") && !shown(info).contains("Signal"));
    }

    #[test]
    fn a_piece_of_a_stream_is_told_message_by_message() {
        let twice = format!("\r\n\r\n{INVITE}{INVITE}SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n");
        let mut seen = vec![];
        messages(twice.as_bytes(), |message| seen.push(message.lines().next().unwrap_or_default().to_owned()));
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert!(seen[2].starts_with("SIP/2.0 200"));
        messages(b"the rest of something\r\n", |message| panic!("{message}"));
        messages(b"\xff\xfe\r\n\r\n", |message| panic!("{message}"));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut bytes = INVITE.as_bytes().to_vec();
        for nth in 0..bytes.len() {
            bytes[nth] ^= 0xa5;
            messages(&bytes, |message| drop(shown(message)));
            messages(&bytes[nth..], |message| drop(shown(message)));
            bytes[nth] ^= 0xa5;
        }
    }

    #[test]
    fn what_is_handed_on_is_a_message_with_what_may_be_seen_of_it() {
        let bare = veiled(INVITE.as_bytes(), Clear::default());
        for hidden in ["Liddell", "alice", "0123456789abcdef", "359888123456", "442079460001", "secret", "v=0"] {
            assert!(!bare.contains(hidden), "{hidden} in\n{bare}");
        }
        assert!(bare.ends_with("Content-Length: 0\r\n\r\n"), "{bare}");
        let whole = veiled(INVITE.as_bytes(), Clear { bodies: true, numbers: true });
        for hidden in ["0123456789abcdef", "secretsecret"] {
            assert!(!whole.contains(hidden), "{hidden} in\n{whole}");
        }
        assert!(whole.contains("\"Alice Liddell\" <sip:+359888123456@office>;tag=1") && whole.contains("m=audio"));
        let (head, body) = whole.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{whole}");
        let bodies = veiled(INVITE.as_bytes(), Clear { bodies: true, numbers: false });
        assert!(bodies.contains("o=***56") && !bodies.contains("359888123456"), "{bodies}");
    }
}
