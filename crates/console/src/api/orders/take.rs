//! A request becomes a command: what stands in its path and its body is read, bounded and held against the table's row, its
//! `Idempotency-Key` is the command's own name, and who sends it is who wants it.

use super::answer::{Asked, answer};
use super::{Args, Field, Kind, Order};
use crate::Console;
use crate::access::{About, Viewer, may_see};
use crate::switch::Receipt;
use crate::wire::problem::{Kind as Wrong, Problem};
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::response::Response;
use control::{Change, Command, CommandId, Verb};
use serde_json::{Value, json};
use std::time::Duration;
use terms::{AgentId, QueueId};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The header by which a command is known when it comes again.
pub const KEY: &str = "idempotency-key";
/// The longest text, in characters.
pub const TEXT: usize = 256;
/// Entries of a table by name.
pub const ENTRIES: usize = 64;
/// How long the switch may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Does it, or says why not.
pub async fn take(
    console: &Console,
    viewer: &Viewer,
    order: &Order,
    path: Vec<(String, String)>,
    (headers, body): (&HeaderMap, &[u8]),
) -> Result<Response, Problem> {
    let id = key(order, headers)?;
    let mut args = said(order.fields, body)?;
    is_there(console, viewer, order, &path)?;
    args.extend(path.into_iter().map(|(name, value)| (name, Value::String(value))));
    let call = args.get("call").and_then(Value::as_str).map(str::to_owned);
    let names_an_id = call.is_some() || ["contact", "message"].iter().any(|id| args.contains_key(*id));
    let what: Verb = serde_json::from_value((order.verb)(args)).map_err(|error| match names_an_id {
        // The only things in a path that are more than a name.
        true => Wrong::NOT_FOUND.into(),
        false => unfit(&error.to_string()),
    })?;
    let what = if order.guarded { guarded(what, headers)? } else { what };
    let command = Command { id, by: viewer.actor(), what };
    let receipt = sent(console, command.clone()).await?;
    answer(console, viewer, Asked { command, call }, receipt)
}

/// What became of a command.
pub async fn sent(console: &Console, command: Command) -> Result<Receipt, Problem> {
    let (reply, answered) = oneshot::channel();
    console.hub.switch.command(command, reply);
    timeout(PATIENCE, answered).await.ok().and_then(Result::ok).ok_or_else(|| Wrong::NOT_READY.into())
}

/// Its name; where it places or moves a call there must be one.
fn key(order: &Order, headers: &HeaderMap) -> Result<Option<CommandId>, Problem> {
    let Some(said) = headers.get(KEY) else {
        return if order.once { Err(Wrong::KEY_MISSING.into()) } else { Ok(None) };
    };
    let said = said.to_str().map_err(|_| Problem::from(Wrong::BAD_KEY))?;
    CommandId::try_from(said.to_owned()).map(Some).map_err(|_| Wrong::BAD_KEY.into())
}

/// What is said of an agent only as somebody has seen him, where he says how that was.
fn guarded(what: Verb, headers: &HeaderMap) -> Result<Verb, Problem> {
    // `*` is whatever is there (RFC 9110, 13.1.1).
    let Some(mark) = headers.get(IF_MATCH).filter(|mark| *mark != "*") else { return Ok(what) };
    let mark = mark.to_str().map_err(|_| unfit("the header If-Match cannot be read"))?.trim_matches('"').to_owned();
    let changes = match what {
        Verb::Change(change) => vec![change],
        Verb::Changes(changes) => changes,
        other => return Ok(other),
    };
    let name = changes.iter().find_map(|change| match change {
        Change::Skill { agent, .. } | Change::Join { agent, .. } | Change::Leave { agent, .. } => Some(agent.clone()),
        _ => None,
    });
    let agent = name.ok_or_else(|| unfit("nothing of it is about an agent"))?;
    Ok(Verb::Assign { agent, mark, changes })
}

/// What a body says, as the table has it.
fn said(fields: &[Field], body: &[u8]) -> Result<Args, Problem> {
    let nothing = body.iter().all(u8::is_ascii_whitespace);
    let said =
        if nothing { json!({}) } else { serde_json::from_slice(body).map_err(|error| unfit(&error.to_string()))? };
    let Value::Object(mut args) = said else { return Err(unfit("it is not an object")) };
    if let Some(name) = args.keys().find(|name| fields.iter().all(|field| field.name != **name)) {
        let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
        let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
        return Err(unfit(&format!("{name:?} is not known here: it can say {known}")));
    }
    args.values_mut().for_each(whole);
    for field in fields {
        match args.get(field.name) {
            None if field.required => return Err(unfit(&format!("{:?} is missing", field.name))),
            Some(value) if !fits(field.kind, value) => {
                return Err(unfit(&format!("{:?} is not {}", field.name, field.kind)));
            }
            _ => {}
        }
    }
    Ok(args)
}

/// In JSON `5.0` is as whole a number as `5`.
fn whole(value: &mut Value) {
    match value {
        Value::Object(table) => table.values_mut().for_each(whole),
        Value::Number(number) if number.as_u64().is_none() => {
            let exact =
                number.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number));
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It is whole, and between the two.
            if let Some(exact) = exact {
                *value = (exact as u64).into();
            }
        }
        _ => {}
    }
}

fn unfit(why: &str) -> Problem {
    Problem::because(Wrong::BAD_BODY, format!("The body does not fit: {why}"))
}

fn fits(kind: Kind, value: &Value) -> bool {
    let text = |value: &Value| value.as_str().is_some_and(|text| (1..=TEXT).contains(&text.chars().count()));
    let number = |value: &Value, least, most| value.as_u64().is_some_and(|number| (least..=most).contains(&number));
    let each = |fits: &dyn Fn(&Value) -> bool| {
        let named = |name: &String| (1..=TEXT).contains(&name.chars().count());
        let table = value.as_object().filter(|table| (1..=ENTRIES).contains(&table.len()));
        table.is_some_and(|table| table.iter().all(|(name, value)| named(name) && fits(value)))
    };
    match kind {
        Kind::Text => text(value),
        Kind::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Kind::Number(least, most) => number(value, least, most),
        Kind::Numbers(least, most) => each(&|value| number(value, least, most)),
        Kind::Texts => each(&text),
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Kind::Text => write!(f, "a text of 1 to {TEXT} characters"),
            Kind::Word(words) => write!(f, "one of {}", words.join(", ")),
            Kind::Number(least, most) => write!(f, "a number from {least} to {most}"),
            Kind::Numbers(least, most) => write!(f, "a table of 1 to {ENTRIES} numbers from {least} to {most}"),
            Kind::Texts => write!(f, "a table of 1 to {ENTRIES} texts of 1 to {TEXT} characters"),
        }
    }
}

/// Whom the path names is there, as far as the viewer sees; of anybody else he learns nothing.
fn is_there(console: &Console, viewer: &Viewer, order: &Order, path: &[(String, String)]) -> Result<(), Problem> {
    let sees = |name: &str, is_queue: bool| match is_queue {
        true => may_see(viewer, About { queue: Some(name), agent: None }),
        false => may_see(viewer, About { queue: None, agent: Some(name) }),
    };
    for (key, name) in path {
        let is_queue = match key.as_str() {
            "name" => order.path.starts_with("/queues/"),
            "agent" => false,
            _ => continue,
        };
        let known = console.hub.mirror(|mirror, _| match is_queue {
            true => mirror.plan().queue(QueueId::of(name)).is_some(),
            false => mirror.plan().agent(AgentId::of(name)).is_some(),
        });
        if !(known.ok_or(Wrong::NOT_READY)? && sees(name, is_queue)) {
            return Err(Wrong::NOT_FOUND.into());
        }
    }
    Ok(())
}
