//! Customers: looked for, shown with notes and calls, changed, and told apart. They are no part of the stream: what is
//! changed is in the account when the answer comes.
//!
//! Who sees everything sees each of them; anybody else those of a call that he sees, running or over.

use super::lists::{json, seen_call};
use crate::Console;
use crate::access::{About, Viewer, may_see, reached};
use crate::wire::customer::{Caller, Card, CustomerState};
use crate::wire::problem::{Kind, Problem};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post, put};
use control::{Deed, Reached};
use ledger::Reader;
use ledger::customers::{
    Changed, CustomerBook, CustomerCard, CustomerChange, NAME_LETTERS, NOTE_LETTERS, NewNote, Visit,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::CallRef;

/// Customers of one answer.
const FOUND: u32 = 20;
/// Calls of one of them that are looked at, and those that are shown.
const VISITS: (u32, usize) = (50, 5);
/// Bytes of a body: a note has up to 4,000 letters.
const BODY: usize = 32_768;

type Shared = State<Arc<Console>>;
type Body = Result<Bytes, BytesRejection>;

pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/customers", get(search))
        .route("/customers/{customer}", get(one).patch(change))
        .route("/customers/{customer}/notes", post(note))
        .route("/calls/{call}/customer", put(pick))
        .route("/calls/{call}/customers", get(caller))
        .layer(DefaultBodyLimit::max(BODY))
}

/// What is looked for.
#[derive(Debug, Deserialize)]
struct Search {
    #[serde(default)]
    search: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Picked {
    customer: String,
}

fn read<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let body = body.map_err(|_| Problem::from(Kind::TOO_LARGE))?;
    serde_json::from_slice(&body).map_err(|error| Problem::because(Kind::BAD_BODY, error.to_string()))
}

fn away(_: ledger::Error) -> Problem {
    Kind::NOT_READY.into()
}

fn id(said: &str) -> Result<i64, Problem> {
    said.parse().map_err(|_| Kind::NOT_FOUND.into())
}

/// Somebody, and what he may.
struct Desk<'a> {
    console: &'a Console,
    viewer: &'a Viewer,
    account: &'a Reader,
    /// Numbers are shown to him.
    whole: bool,
}

impl<'a> Desk<'a> {
    fn of(console: &'a Console, viewer: &'a Viewer, deed: Deed) -> Result<Desk<'a>, Problem> {
        let account = console.hub.account.as_ref().ok_or(Kind::NOT_READY)?;
        let may = |deed| {
            let may = console.hub.mirror(|mirror, _| reached(viewer, &mirror.plan().roles, deed) != Reached::default());
            may.ok_or(Kind::NOT_READY)
        };
        if !may(Deed::SeeCustomer)? || !may(deed)? {
            return Err(Kind::NOT_ALLOWED.into());
        }
        Ok(Desk { console, viewer, account, whole: may(Deed::SeeNumber)? })
    }

    fn sees(&self, visit: &Visit) -> bool {
        let about = About { queue: visit.queue.as_deref(), agent: visit.agent.as_deref() };
        may_see(self.viewer, about)
    }

    /// The numbers of the calls that run and that he sees.
    fn running(&self) -> Vec<String> {
        let calls = self.console.hub.mirror(|mirror, _| mirror.calls()).unwrap_or_default();
        calls.into_iter().filter(|call| seen_call(self.viewer, call)).map(|call| call.caller).collect()
    }

    fn card(&self, card: &CustomerCard, running: &[String]) -> Option<Card> {
        let visits: Vec<&Visit> = card.visits.iter().filter(|visit| self.sees(visit)).collect();
        let calls = || card.customer.numbers.iter().any(|number| running.contains(number.reveal()));
        let seen = self.viewer.sight.is_everything() || !visits.is_empty() || calls();
        let shown = visits.get(..visits.len().min(VISITS.1)).unwrap_or_default();
        seen.then(|| Card::of(card, shown, self.whole))
    }

    async fn one(&self, who: i64) -> Result<Card, Problem> {
        let card = self.account.customer(who, VISITS.0).await.map_err(away)?;
        card.and_then(|card| self.card(&card, &self.running())).ok_or_else(|| Kind::NOT_FOUND.into())
    }

    async fn book(&self) -> Result<CustomerBook, Problem> {
        CustomerBook::open(self.account).await.map_err(away)
    }

    /// What there is after a change.
    async fn changed(&self, who: i64, changed: ledger::Result<Changed>) -> Result<Response, Problem> {
        match changed.map_err(away)? {
            Changed::Done(_) => Ok(tagged(&self.one(who).await?)),
            Changed::Nobody => Err(Kind::NOT_FOUND.into()),
            Changed::Meanwhile(_) => Err(Kind::CHANGED.into()),
            Changed::TooMuch => {
                Err(Problem::because(Kind::BAD_BODY, "a text is empty or too long, or there are too many fields"))
            }
        }
    }
}

/// With its version as ETag.
fn tagged(card: &Card) -> Response {
    let mut response = json(card);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", card.customer.version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

async fn search(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    asked: Result<Query<Search>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::because(Kind::BAD_PARAMETER, error.body_text()))?;
    let desk = Desk::of(&console, &viewer, Deed::SeeCustomer)?;
    let running = desk.running();
    let mut found = vec![];
    // Digits find nobody for who may not see them: one by one they would tell the number.
    let text = if desk.whole { asked.search } else { asked.search.replace(|letter: char| letter.is_ascii_digit(), "") };
    for customer in desk.account.customers(&text, FOUND).await.map_err(away)? {
        let card = desk.account.customer(customer.customer, VISITS.0).await.map_err(away)?;
        found.extend(card.and_then(|card| desk.card(&card, &running)).map(|card| card.customer));
    }
    Ok(json(&Customers { items: found }))
}

/// Those that were found, who called last first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Customers {
    /// Them.
    pub items: Vec<CustomerState>,
}

async fn one(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(who): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::of(&console, &viewer, Deed::SeeCustomer)?;
    Ok(tagged(&desk.one(id(&who)?).await?))
}

async fn change(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(who): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let desk = Desk::of(&console, &viewer, Deed::SetCustomer)?;
    let Change { name, fields } = read(body)?;
    let who = id(&who)?;
    desk.one(who).await?;
    let known = console.hub.mirror(|mirror, _| mirror.plan().customers.fields.clone()).ok_or(Kind::NOT_READY)?;
    if let Some(field) = fields.keys().find(|field| !known.contains(field)) {
        return Err(Problem::because(Kind::BAD_BODY, format!("there is no field {field:?} in [customers] fields")));
    }
    // `*` is whatever is there (RFC 9110, 13.1.1).
    let said = headers.get(header::IF_MATCH).filter(|tag| *tag != "*");
    let said = said.map(|tag| tag.to_str().unwrap_or_default().trim_matches('"').parse());
    let version = said.transpose().map_err(|_| Problem::from(Kind::CHANGED))?;
    let changed = desk.book().await?.change(who, &CustomerChange { name, fields }, version).await;
    desk.changed(who, changed).await
}

async fn note(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(who): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let desk = Desk::of(&console, &viewer, Deed::SetCustomer)?;
    let Written { text } = read(body)?;
    let who = id(&who)?;
    desk.one(who).await?;
    let note = NewNote { author: viewer.actor().to_string(), text, contact: None };
    let written = desk.book().await?.note(who, &note).await;
    desk.changed(who, written).await
}

/// A running call that he sees, and its caller's number.
fn number(desk: &Desk<'_>, call: &str) -> Result<(CallRef, String), Problem> {
    let call: CallRef = call.parse().map_err(|_| Problem::from(Kind::NOT_FOUND))?;
    let state = desk.console.hub.mirror(|mirror, _| mirror.call_state(call)).ok_or(Kind::NOT_READY)?;
    let state = state.filter(|state| seen_call(desk.viewer, state)).ok_or(Kind::NOT_FOUND)?;
    Ok((call, state.caller))
}

async fn pick(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(call): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let desk = Desk::of(&console, &viewer, Deed::SetCustomer)?;
    let Picked { customer } = read(body)?;
    let (call, number) = number(&desk, &call)?;
    let who = id(&customer)?;
    let his = desk.account.customers_with(&number, FOUND).await.map_err(away)?;
    if his.iter().all(|one| one.customer != who) {
        return Err(Problem::because(Kind::REFUSED, "this customer has another number"));
    }
    let picked = desk.book().await?.pick(who, call).await;
    desk.changed(who, picked).await
}

async fn caller(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(call): Path<String>,
) -> Result<Response, Problem> {
    let desk = Desk::of(&console, &viewer, Deed::SeeCustomer)?;
    let (_, number) = number(&desk, &call)?;
    let mut cards = vec![];
    for customer in desk.account.customers_with(&number, FOUND).await.map_err(away)? {
        let card = desk.account.customer(customer.customer, VISITS.0).await.map_err(away)?;
        cards.extend(card.and_then(|card| desk.card(&card, std::slice::from_ref(&number))));
    }
    let who = match (cards.len(), number.as_bytes()) {
        (1, _) => "known",
        (2.., _) => "several",
        (0, [b'+', ..]) => "new",
        (0, b"" | b"anonymous") => "withheld",
        (0, _) => "internal",
    };
    Ok(json(&Caller { who, cards }))
}

/// What is written, for the OpenAPI document.
pub fn paths() -> [(&'static str, &'static str, serde_json::Value); 3] {
    let text = |most: usize| serde_json::json!({ "type": "string", "maxLength": most });
    let of = |about: &str, name: &str, properties: serde_json::Value, required: &[&str]| {
        let body = serde_json::json!({ "type": "object", "properties": properties, "required": required,
            "additionalProperties": false });
        let refer = |to: &str| serde_json::json!({ "schema": { "$ref": format!("#/components/schemas/{to}") } });
        let parameter = serde_json::json!({ "name": name, "in": "path", "required": true,
            "schema": { "type": "string", "minLength": 1 } });
        let tag = serde_json::json!({ "name": "If-Match", "in": "header", "required": false,
            "description": "The ETag that the change is meant for.", "schema": { "type": "string" } });
        serde_json::json!({ "summary": about,
            "parameters": if required.is_empty() { vec![parameter, tag] } else { vec![parameter] },
            "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
            "responses": {
                "200": { "description": "As he is now.", "content": { "application/json": refer("Card") } },
                "default": { "description": "What went wrong.",
                    "content": { "application/problem+json": refer("Problem") } },
            } })
    };
    let fields = serde_json::json!({ "type": "object", "additionalProperties": text(NAME_LETTERS) });
    let change = serde_json::json!({ "name": text(NAME_LETTERS), "fields": fields });
    let (note, who) = (serde_json::json!({ "text": text(NOTE_LETTERS) }), serde_json::json!({ "customer": text(20) }));
    [
        ("/api/v1/customers/{customer}", "patch", of("Changes name and fields.", "customer", change, &[])),
        ("/api/v1/customers/{customer}/notes", "post", of("Writes a note down.", "customer", note, &["text"])),
        (
            "/api/v1/calls/{call}/customer",
            "put",
            of("Says which of several with his number a caller is.", "call", who, &["customer"]),
        ),
    ]
}
