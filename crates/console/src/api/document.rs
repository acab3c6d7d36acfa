//! The OpenAPI document: made of the types that the API answers with and of the addresses that it serves, so that it cannot
//! say anything else.

use super::customers::{self, Customers};
use super::lists::json;
use super::more::{self, refer};
use super::orders;
use super::people::{NewToken, Passwords};
use super::sights::{Given, Seat};
use crate::sound::peaks::{Peaks, Track};
use crate::wire::customer::{Caller, Card, CustomerNote, CustomerState, CustomerVisit};
use crate::wire::event::TYPES;
use crate::wire::people::{AuditLine, Secretly, SessionState, TokenState, UserState};
use crate::wire::record::{CallRecord, Leg, Moment, Quality, Recording, Records, Segment, Story};
use crate::wire::{
    AgentState, BoardState, CallState, FigureState, Figures, Me, Problem, QueueState, SetBy, Staff, Statistics, Taken,
    Watcher,
};
use axum::response::Response;
use serde_json::{Map, Value, json as object};
use std::sync::OnceLock;
use terms::limits;
use utoipa::{PartialSchema, ToSchema};

/// A resource.
struct Resource {
    path: &'static str,
    about: &'static str,
    /// The schema of one, and whether it is a list of them.
    answer: Option<(&'static str, bool)>,
    parameters: &'static [(&'static str, &'static str, &'static str)],
}

/// What a list takes.
const PART: &[(&str, &str, &str)] = &[
    ("limit", "query", "As many items at most, up to 1000."),
    ("after", "query", "Items behind this one: `next` of the page before."),
];

/// What is asked of a recording.
const RECORDING: &[(&str, &str, &str)] = &[("recording", "path", "Its id, as a call's record has it.")];

const RESOURCES: &[Resource] = &[
    Resource { path: "/agents", about: "The agents.", answer: Some(("Agent", true)), parameters: PART },
    Resource {
        path: "/agents/{name}",
        about: "One agent.",
        answer: Some(("Agent", false)),
        parameters: &[("name", "path", "His name in the configuration.")],
    },
    Resource {
        path: "/agents/{name}/statistics",
        about: "An agent's own figures since midnight, as `strowger report --by agent` has them.",
        answer: Some(("Statistics", false)),
        parameters: &[("name", "path", "His name in the configuration.")],
    },
    Resource { path: "/boards", about: "The wall boards.", answer: Some(("Board", true)), parameters: PART },
    Resource { path: "/calls", about: "The running calls.", answer: Some(("Call", true)), parameters: PART },
    Resource {
        path: "/calls/{call}",
        about: "One running call.",
        answer: Some(("Call", false)),
        parameters: &[("call", "path", "Its reference, such as `c1000000003`.")],
    },
    Resource {
        path: "/calls/{call}/customers",
        about: "Who a running call is from.",
        answer: Some(("Caller", false)),
        parameters: &[("call", "path", "Its reference, such as `c1000000003`.")],
    },
    Resource {
        path: "/customers",
        about: "Customers, those who called last first, twenty at most: of those whom whoever asks may see.",
        answer: Some(("Customers", false)),
        parameters: &[(
            "search",
            "query",
            "A text in name or fields, without case and accents, or digits of a number.",
        )],
    },
    Resource {
        path: "/customers/{customer}",
        about: "One customer, with notes and his last calls. The answer has an ETag.",
        answer: Some(("Card", false)),
        parameters: &[("customer", "path", "His id.")],
    },
    Resource {
        path: "/events",
        about: "What happens, as Server-Sent Events, or over a WebSocket as frames of `{\"events\": [...]}`. Behind a number \
                that was read before nothing is missed, also over restarts; `reset` says that something was deleted.",
        answer: None,
        parameters: &[
            ("after", "query", "Events behind this number; `0` is the beginning. Without it: from now on."),
            ("types", "query", "Only these types, with commas."),
            ("queues", "query", "Only of these queues, with commas."),
            ("agents", "query", "Only of these agents, with commas."),
            ("Last-Event-ID", "header", "As `after`, and before it."),
        ],
    },
    Resource {
        path: "/live",
        about: "A WebSocket: boards, queues, agents and calls as they are, `{\"frame\": \"snapshot\", ...}`, and then what changes, at \
                most ten times a second; something each five seconds. It is what the pages read.",
        answer: None,
        parameters: &[],
    },
    Resource { path: "/me", about: "Who asks.", answer: Some(("Me", false)), parameters: &[] },
    Resource { path: "/queues", about: "The queues.", answer: Some(("Queue", true)), parameters: PART },
    Resource {
        path: "/queues/{name}",
        about: "One queue.",
        answer: Some(("Queue", false)),
        parameters: &[("name", "path", "Its name in the configuration.")],
    },
    Resource {
        path: "/recordings/{recording}/peaks",
        about: "The wave of a recording, for who may hear it.",
        answer: Some(("Peaks", false)),
        parameters: RECORDING,
    },
    Resource {
        path: "/recordings/{recording}/sound",
        about: "A recording: WAV, 8 kHz, 16 bits, the caller left and whom he talks to right; by parts, where `Range` asks for \
                one. Whoever hears it or takes it away is in the audit.",
        answer: None,
        parameters: &[
            ("recording", "path", "Its id, as a call's record has it."),
            ("download", "query", "To keep it as a file, for who may: anything but nothing."),
        ],
    },
    Resource {
        path: "/records",
        about: "Calls that are over, the newest first: of those that whoever asks may see.",
        answer: Some(("Records", false)),
        parameters: &[
            ("from", "query", "Begun then or later: a day, or a day and a time, by the office's clock; or RFC 3339."),
            ("to", "query", "Begun before then; a day is in it."),
            ("number", "query", "Digits of the caller's or the called number."),
            ("agent", "query", "Taken by this agent."),
            ("team", "query", "Taken by an agent of this team."),
            ("queue", "query", "Came through this queue."),
            ("outcome", "query", "answered, abandoned, finished, failed, joined or node_lost."),
            ("disposition", "query", "Where an agent has said this of a conversation."),
            ("talked_from", "query", "Talked at least so many seconds, hold aside."),
            ("talked_to", "query", "Talked at most so many seconds, hold aside."),
            ("limit", "query", "As many calls at most, up to 1000; 100 where it is not said."),
            ("after", "query", "Calls behind this one: `next` of the page before."),
        ],
    },
    Resource {
        path: "/records/{call}",
        about: "One call that is over, with its story.",
        answer: Some(("Story", false)),
        parameters: &[("call", "path", "Its reference, such as `c1000000003`.")],
    },
];

pub async fn serve() -> Response {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    json(DOCUMENT.get_or_init(document))
}

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> =
        RESOURCES.iter().map(|resource| (format!("/api/v1{}", resource.path), path(resource))).collect();
    let written =
        customers::paths().into_iter().map(|(address, method, operation)| (address.to_owned(), method, operation));
    for (address, method, operation) in orders::document::paths().chain(written) {
        paths.entry(address).or_insert_with(|| object!({}))[method] = operation;
    }
    for (address, method, operation) in more::paths() {
        paths.entry(address).or_insert_with(|| object!({}))[method] = operation;
    }
    object!({
        "openapi": "3.1.0",
        "info": { "title": "Strowger", "version": env!("CARGO_PKG_VERSION"),
                  "description": "What a switch tells of its queues, agents and calls. Times are RFC 3339 in UTC." },
        "paths": paths,
        "components": { "schemas": schemas() },
    })
}

fn path(resource: &Resource) -> Value {
    let parameter = |(name, place, about): &(&str, &str, &str)| {
        let schema = match *name {
            "limit" => object!({ "type": "integer", "minimum": 1, "maximum": limits::CONSOLE_PAGE }),
            _ => object!({ "type": "string" }),
        };
        object!({ "name": name, "in": place, "required": *place == "path", "description": about, "schema": schema })
    };
    let answer = match resource.answer {
        Some((schema, false)) => object!({ "application/json": { "schema": refer(schema) } }),
        Some((schema, true)) => object!({ "application/json": { "schema": page(schema) } }),
        None if resource.path.ends_with("/sound") => {
            object!({ "audio/wav": { "schema": { "type": "string", "format": "binary" } } })
        }
        None => object!({ "text/event-stream": { "schema": { "type": "string" } } }),
    };
    let problem = object!({ "description": "What went wrong.",
                            "content": { "application/problem+json": { "schema": refer("Problem") } } });
    object!({ "get": {
        "summary": resource.about,
        "parameters": resource.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "responses": { "200": { "description": "As it is now.", "content": answer }, "default": problem },
    } })
}

fn page(of: &str) -> Value {
    object!({ "type": "object", "required": ["as_of", "items", "next"], "properties": {
        "as_of": { "type": "string", "description": "The number in the stream as of which this is so." },
        "items": { "type": "array", "items": refer(of) },
        "next": { "type": ["string", "null"], "description": "`after` of the next page." },
    } })
}

fn schemas() -> Map<String, Value> {
    fn one<T: ToSchema + PartialSchema>() -> (String, Value) {
        (T::name().into_owned(), serde_json::to_value(T::schema()).unwrap_or_default())
    }
    let mut all: Map<String, Value> = [
        one::<AgentState>(),
        one::<SetBy>(),
        one::<BoardState>(),
        one::<FigureState>(),
        one::<CallState>(),
        one::<Watcher>(),
        one::<QueueState>(),
        one::<Staff>(),
        one::<Figures>(),
        one::<Problem>(),
        one::<Me>(),
        one::<Statistics>(),
        one::<Customers>(),
        one::<CustomerState>(),
        one::<Card>(),
        one::<CustomerNote>(),
        one::<CustomerVisit>(),
        one::<Caller>(),
        one::<Taken>(),
        one::<Given>(),
        one::<Seat>(),
        one::<UserState>(),
        one::<SessionState>(),
        one::<TokenState>(),
        one::<NewToken>(),
        one::<Passwords>(),
        one::<Secretly>(),
        one::<AuditLine>(),
        one::<Records>(),
        one::<CallRecord>(),
        one::<Story>(),
        one::<Segment>(),
        one::<Leg>(),
        one::<Quality>(),
        one::<Moment>(),
        one::<Recording>(),
        one::<Peaks>(),
        one::<Track>(),
    ]
    .into_iter()
    .collect();
    let types: Vec<Value> =
        TYPES.iter().map(|(kind, _, about)| object!({ "const": kind, "description": about })).collect();
    let event = object!({ "type": "object", "required": ["type", "id", "timestamp", "data"], "properties": {
        "type": { "oneOf": types },
        "id": { "type": "string", "description": "Its number: node, start and count, such as `0-3-184467`." },
        "timestamp": { "type": "string", "format": "date-time" },
        "data": { "type": "object" },
    } });
    all.insert("Event".into(), event);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_document_refers_to_is_in_it() {
        let text = document().to_string();
        let all = schemas();
        let named: Vec<&str> =
            text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(named.len() > 8, "{named:?}");
        for name in named {
            assert!(all.contains_key(name), "{name} is not among {:?}", all.keys());
        }
    }

    /// `docs/openapi.json` is what a switch serves; write it anew with `STROWGER_WRITE=1 cargo test`.
    #[test]
    fn the_document_in_the_manual_is_the_one_that_is_served() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        let text = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
        if std::env::var_os("STROWGER_WRITE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "{} is not what is served", path.display());
    }
}
