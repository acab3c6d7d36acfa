//! What is said over the control socket: one JSON object a line each way.
//!
//! A request is a verb or a view of [`control`], such as `{"status":null}`,
//! `{"agent":{"name":"alice","status":"ready"}}` or `{"hangup":{"call":"c1000000003"}}`; a verb may bring an `id`, and is
//! not done twice when it comes again by the same one: `{"id":"7f3a","drain":{"deadline_ms":600000}}`. The answer is
//! `{"status":{...}}`, `{"phones":[...]}`, `{"bans":[...]}`, `{"overlay":[...]}`, `{"call":{...}}`, `{"rooms":[...]}`, `{"reload":{...}}`,
//! `{"done":"..."}` or `{"refused":"..."}`. After `{"events":null}` the switch tells what happens, line by line.

use super::bans::BanLine;
use super::call::CallView;
use super::contacts::ContactLine;
use super::overlay::OverlayLine;
use super::phones::PhoneLine;
use super::reloaded::Outcome;
use super::rooms::RoomView;
use super::status::Status;
use super::trace::Traced;
use super::why::WhyView;
use control::{CommandId, Verb, View};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use terms::Seq;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Do something.
    Do(Verb),
    /// Look at something.
    Look(View),
}

impl Wanted {
    /// How long an answer may take: the office reads every file, and errands before this one come first.
    pub fn patience(&self) -> Duration {
        let office = match self {
            Wanted::Do(verb) => verb.takes_its_time(),
            Wanted::Look(view) => *view == View::Overlay(()),
        };
        Duration::from_secs(if office { 120 } else { 5 })
    }
}

impl From<Verb> for Wanted {
    fn from(verb: Verb) -> Wanted {
        Wanted::Do(verb)
    }
}

impl From<View> for Wanted {
    fn from(view: View) -> Wanted {
        Wanted::Look(view)
    }
}

/// One request as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The asker's name for it.
    pub id: Option<CommandId>,
    /// What.
    pub what: Wanted,
}

/// Reads a line; what is wrong with it, when it is no request.
pub fn read(line: &[u8]) -> Result<Asked, serde_json::Error> {
    let mut object: Map<String, Value> = serde_json::from_slice(line)?;
    let id = object.remove("id").map(serde_json::from_value).transpose()?;
    let value = Value::Object(object);
    let what = match serde_json::from_value::<View>(value.clone()) {
        Ok(view) => Wanted::Look(view),
        // What is wrong with a view is told in the view's words.
        Err(error) if is_a_view(&value) => return Err(error),
        Err(_) => Wanted::Do(serde_json::from_value(value)?),
    };
    Ok(Asked { id, what })
}

fn is_a_view(value: &Value) -> bool {
    let views = ["status", "phones", "bans", "overlay", "call", "why", "rooms", "events", "trace"];
    value.as_object().is_some_and(|object| object.keys().any(|key| views.contains(&key.as_str())))
}

/// Writes a line.
pub fn write(asked: &Asked) -> serde_json::Result<String> {
    let mut value = match &asked.what {
        Wanted::Do(verb) => serde_json::to_value(verb)?,
        Wanted::Look(view) => serde_json::to_value(view)?,
    };
    if let (Some(id), Some(object)) = (&asked.id, value.as_object_mut()) {
        object.insert("id".into(), Value::String(id.as_str().to_owned()));
    }
    Ok(format!("{value}\n"))
}

/// What stands before the first line of who follows what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Following {
    /// The last that happened before: what follows it will come, or was missed.
    pub after: Seq,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The state of everything.
    Status(Box<Status>),
    /// The phones.
    Phones(Vec<PhoneLine>),
    /// The bans.
    Bans(Vec<BanLine>),
    /// What became of a reload.
    Reload(Box<Outcome>),
    /// What is laid over the configuration.
    Overlay(Vec<OverlayLine>),
    /// The contacts that have no call.
    Contacts(Vec<ContactLine>),
    /// One running call.
    Call(Box<CallView>),
    /// Why a contact waits.
    Why(Box<WhyView>),
    /// The conference rooms.
    Rooms(Vec<RoomView>),
    /// SIP messages that are kept.
    Trace(Box<Traced>),
    /// It was done; in words.
    Done(String),
    /// It was not done; why, and what to do.
    Refused(String),
    /// It was not done: somebody else was faster.
    Stale(String),
}

impl Reply {
    /// What became of a command, as the account keeps it.
    pub fn in_words(&self) -> control::Reply {
        match self {
            Reply::Done(words) => control::Reply::Done(words.clone()),
            Reply::Refused(words) | Reply::Stale(words) => control::Reply::Refused(words.clone()),
            Reply::Reload(outcome) if outcome.taken => control::Reply::Done(outcome.after.clone()),
            Reply::Reload(outcome) => control::Reply::Refused(outcome.text.clone()),
            Reply::Status(_)
            | Reply::Phones(_)
            | Reply::Bans(_)
            | Reply::Overlay(_)
            | Reply::Contacts(_)
            | Reply::Call(_)
            | Reply::Why(_)
            | Reply::Rooms(_)
            | Reply::Trace(_) => control::Reply::Done(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Asked {
        read(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_request_is_a_verb_or_a_view_with_or_without_an_id() {
        assert_eq!(asked(r#"{"status":null}"#), Asked { id: None, what: View::Status(()).into() });
        let drain = Verb::Drain { deadline_ms: Some(600_000), cancel: false };
        let id = CommandId::try_from("7f3a".to_owned()).ok();
        let whole = Asked { id, what: drain.clone().into() };
        assert_eq!(asked(r#"{"id":"7f3a","drain":{"deadline_ms":600000}}"#), whole);
        assert_eq!(asked(r#"{"drain":{"deadline_ms":600000}}"#), Asked { id: None, what: drain.into() });
        for text in [r#"{"id":"7f3a","drain":{"deadline_ms":600000}}"#, r#"{"phones":null}"#, r#"{"reload":null}"#] {
            let asked = asked(text);
            assert_eq!(read(write(&asked).unwrap().as_bytes()).unwrap(), asked);
        }
    }

    #[test]
    fn what_is_no_request_is_refused_with_what_is_wrong() {
        let wrong = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert!(wrong("nonsense").contains("expected"), "{}", wrong("nonsense"));
        assert!(wrong(r#"{"fly":null}"#).contains("unknown variant `fly`"));
        assert!(wrong(r#"{"call":{"call":"17"}}"#).contains("not an id; one is written as c"));
        assert!(wrong(r#"{"agent":{"name":1}}"#).contains("expected a string"));
        assert!(wrong(r#"{"id":"","reload":null}"#).contains("1 to 64 visible"));
        assert!(wrong(r#"{"reload":null,"status":null}"#).contains("expected"), "one at a time");
    }
}
