//! `strowger message`: what callers have left, and what becomes of it.

use super::client;
use crate::admin::messages::MessageLine;
use crate::admin::table;
use crate::admin::wire::Reply;
use crate::style::harmless;
use crate::terminal::say;
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use control::{MessageWish, Verb, View};
use std::path::Path;

/// What may be done with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MessageVerb {
    /// Shows those with which nobody is done.
    List,
    /// Somebody has heard it: its lamp goes out.
    Heard,
    /// Somebody has done what it asks for.
    Done,
    /// It goes, and its sound with it.
    Delete,
}

/// What is wanted with these words; nothing but to see them: none.
pub fn wanted(verb: MessageVerb, what: Option<&str>) -> anyhow::Result<Option<Verb>> {
    let wish = match (verb, what) {
        (MessageVerb::List, None) => return Ok(None),
        (MessageVerb::List, Some(_)) => bail!("`message list` shows all of them"),
        (MessageVerb::Heard, _) => MessageWish::Heard,
        (MessageVerb::Done, _) => MessageWish::Done,
        (MessageVerb::Delete, _) => MessageWish::Delete,
    };
    let message = what.context("which one? strowger message done r1000000003")?;
    let message = message.parse().with_context(|| format!("{message:?}: `strowger message list` tells them"))?;
    Ok(Some(Verb::Message { message, wish }))
}

/// Does it, or shows them.
pub fn message(socket: &Path, wanted: Option<Verb>, json: bool) -> anyhow::Result<()> {
    if let Some(verb) = wanted {
        return client::ask(socket, verb);
    }
    match client::look(socket, View::Messages(()))? {
        Reply::Messages(lines) if json => say(&format!("{}\n", serde_json::to_string_pretty(&lines)?)),
        Reply::Messages(lines) => say(&text(&lines)),
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    }
}

fn text(lines: &[MessageLine]) -> String {
    if lines.is_empty() {
        return "no message waits\n".into();
    }
    let heads =
        [("message", false), ("mailbox", false), ("from", false), ("length", true), ("", false), ("call", false)];
    let row = |line: &MessageLine| {
        let length = match line.length_ms {
            0 => "cut off".to_owned(),
            ms => table::clock(ms),
        };
        let heard = if line.heard { "heard" } else { "new" };
        let number = harmless(line.number.reveal());
        vec![line.message.clone(), line.mailbox.clone(), number, length, heard.to_owned(), line.call.clone()]
    };
    table::columns(&heads, &lines.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::{CaptureId, Wall};

    #[test]
    fn what_is_said_is_a_verb_or_tells_what_is_missing() {
        let done = Verb::Message { message: CaptureId(0x1000_0000_0003), wish: MessageWish::Done };
        assert_eq!(wanted(MessageVerb::Done, Some("r100000000003")).unwrap(), Some(done));
        assert_eq!(wanted(MessageVerb::List, None).unwrap(), None);
        for (verb, what) in
            [(MessageVerb::Done, None), (MessageVerb::Delete, Some("c17")), (MessageVerb::List, Some("r1"))]
        {
            assert!(wanted(verb, what).is_err(), "{verb:?} {what:?}");
        }
    }

    #[test]
    fn they_are_shown_with_where_they_lie() {
        let line = |message: &str, length_ms, heard| MessageLine {
            message: message.into(),
            call: "c1".into(),
            mailbox: "queue:support".into(),
            number: "+359888123456".into(),
            since: Wall::default(),
            length_ms,
            heard,
        };
        let expected = "\
message  mailbox        from            length         call
r1       queue:support  +359888123456    00:04  new    c1
r2       queue:support  +359888123456  cut off  heard  c1
";
        assert_eq!(text(&[line("r1", 4_200, false), line("r2", 0, true)]), expected);
    }
}
