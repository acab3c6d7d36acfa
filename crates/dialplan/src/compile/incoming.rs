//! `forward`, `dnd` and `call_waiting` of a phone: what becomes of calls to it.

use crate::finding::Report;
use crate::table::{Str, Table};
use crate::{Forward, Incoming, nearest, value};
use std::ops::RangeInclusive;
use std::time::Duration;
use terms::limits;

/// How long a phone may ring before a call goes on.
pub(crate) const AFTER: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(300);

pub(super) fn read(table: &mut Table<'_>, report: &mut Report) -> Incoming {
    let mut incoming = Incoming::default();
    incoming.dnd = table.boolean("dnd", report).unwrap_or(incoming.dnd);
    incoming.call_waiting = table.boolean("call_waiting", report).unwrap_or(incoming.call_waiting);
    incoming.follow = table.boolean("follow", report).unwrap_or(incoming.follow);
    let Some(value) = table.get("forward") else { return incoming };
    match value.table("forward") {
        Some(inner) => forward(inner, &mut incoming.forward, report),
        None => value.wrong("forward", "a table such as { busy = \"103\", no_answer = \"103\" }", report),
    }
    incoming
}

fn forward(mut table: Table<'_>, forward: &mut Forward, report: &mut Report) {
    let mut to = |key| table.string(key, report).filter(|text| is_dialled(text, report)).map(|text| text.text);
    forward.always = to("always");
    forward.busy = to("busy");
    forward.no_answer = to("no_answer");
    forward.unreachable = to("unreachable");
    forward.after = table.duration("after", AFTER, report).unwrap_or(forward.after);
    table.finish(report);
}

/// Whether a phone could dial it.
fn is_dialled(text: &Str, report: &mut Report) -> bool {
    let Err(message) = dialled(&text.text) else { return true };
    report.error(text.at, "bad-forward", message).help("write what the phone would dial, such as \"103\"");
    false
}

/// A number or a user that a phone could dial; else what is wrong.
pub(crate) fn dialled(text: &str) -> Result<(), String> {
    let dialable = |byte: u8| byte.is_ascii_alphanumeric() || b"+*#_-.".contains(&byte);
    match !text.is_empty() && text.len() <= limits::DIALLED && text.bytes().all(dialable) {
        true => Ok(()),
        false => Err(format!("{text:?} cannot be dialled")),
    }
}

/// What may be changed at run time, as it is written in the file.
const KEYS: [&str; 7] = [
    "dnd",
    "call_waiting",
    "forward.always",
    "forward.busy",
    "forward.no_answer",
    "forward.unreachable",
    "forward.after",
];
/// Nowhere, of a forward.
const OFF: &str = "off";

impl Incoming {
    /// Takes `dnd`, `true` and their like, as if they stood in the file; else says what is wrong.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let truth = || match value {
            "true" | "on" => Ok(true),
            "false" | OFF => Ok(false),
            _ => Err(format!("`{key}` is true or false, and not {value:?}")),
        };
        match key {
            "dnd" => self.dnd = truth()?,
            "call_waiting" => self.call_waiting = truth()?,
            "forward.after" => self.forward.after = after(value)?,
            _ => *self.forward.target(key).ok_or_else(|| unknown(key))? = target(value)?,
        }
        Ok(())
    }

    /// What holds for such a key; nothing for any other key.
    pub fn setting(&self, key: &str) -> Option<String> {
        let said = match key {
            "dnd" => self.dnd.to_string(),
            "call_waiting" => self.call_waiting.to_string(),
            "forward.after" => value::say(self.forward.after),
            _ => self.forward.clone().target(key)?.clone().unwrap_or_else(|| OFF.to_owned()),
        };
        Some(said)
    }

    /// Whether such a change has calls go to a number.
    pub fn leads_on(key: &str, value: &str) -> bool {
        value != OFF && Incoming::default().forward.target(key).is_some()
    }
}

impl Forward {
    fn target(&mut self, key: &str) -> Option<&mut Option<String>> {
        match key {
            "forward.always" => Some(&mut self.always),
            "forward.busy" => Some(&mut self.busy),
            "forward.no_answer" => Some(&mut self.no_answer),
            "forward.unreachable" => Some(&mut self.unreachable),
            _ => None,
        }
    }
}

fn target(text: &str) -> Result<Option<String>, String> {
    if text == OFF {
        return Ok(None);
    }
    dialled(text).map_err(|wrong| format!("{wrong}: write what the phone would dial, such as 103, or off"))?;
    Ok(Some(text.to_owned()))
}

fn after(text: &str) -> Result<Duration, String> {
    let read = value::duration(text).map_err(|mistake| mistake.message)?;
    let (least, most) = (value::say(*AFTER.start()), value::say(*AFTER.end()));
    if AFTER.contains(&read) { Ok(read) } else { Err(format!("`forward.after` is from {least} to {most}")) }
}

fn unknown(key: &str) -> String {
    match nearest::of(key, KEYS) {
        Some(near) => format!("a phone has no setting `{key}`: did you mean `{near}`?"),
        None => format!("a phone has no setting `{key}` at run time: it has {}", nearest::list(&KEYS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_takes_back_what_it_says() {
        let mut incoming = Incoming::default();
        for (key, value) in KEYS.into_iter().zip(["true", "false", "1", "2", "3", "bob", "1m"]) {
            let before = incoming.setting(key).unwrap();
            assert_ne!(before, value, "{key}");
            assert_eq!(incoming.set(key, value), Ok(()), "{key}");
            assert_eq!(incoming.setting(key).as_deref(), Some(value));
        }
        assert_eq!((incoming.set("forward.busy", OFF), incoming.forward.busy), (Ok(()), None));
    }
}
