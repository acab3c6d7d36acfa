//! The document's part for what is neither a list of the stream's nor an order of the table: what the switch is asked for, and
//! users, sessions, tokens and the audit.

use serde_json::{Value, json};

/// What an address answers.
enum Answer {
    /// One of these.
    One(&'static str),
    /// Some of these, and where the rest is.
    Few(&'static str),
    /// As the command line prints it with `--json`.
    Printed,
    /// Nothing.
    Nothing,
}

use Answer::{Few, Nothing, One, Printed};

type Line = (&'static str, &'static str, Answer, Option<&'static str>, &'static str);

/// Address, method, answer, body, what it is.
const LINES: &[Line] = &[
    ("/agents/{name}/given", "get", One("Given"), None, "What an agent is given; ETag has the mark of it."),
    ("/audit", "get", Few("AuditEntry"), None, "Who did what, the newest first."),
    ("/bans", "get", Printed, None, "Who tried too many wrong passwords."),
    ("/calls/{call}/parties", "get", Printed, None, "Who is in a running call, and who hears whom."),
    (
        "/contacts/{contact}/why",
        "get",
        Printed,
        None,
        "Why somebody waits: each agent of the queue, and what keeps him.",
    ),
    ("/me/password", "put", Nothing, Some("Passwords"), "Another password of one's own: every other session ends."),
    ("/overlay", "get", Printed, None, "What lies over the configuration."),
    ("/sessions", "get", Few("Session"), None, "The browsers in which one is."),
    ("/sessions/{session}", "delete", Nothing, None, "One of them ends."),
    ("/tokens", "get", Few("Token"), None, "What programs and screens look by."),
    ("/tokens", "post", One("Secretly"), Some("NewToken"), "A token is made; it is told once."),
    ("/users", "get", Few("User"), None, "The users of the configuration."),
    ("/users/{user}/invitation", "post", One("Secretly"), None, "A link for a quarter of an hour, told once."),
];

/// Their addresses, each with what can be done there.
pub fn paths() -> impl Iterator<Item = (String, &'static str, Value)> {
    LINES.iter().map(|line| (format!("/api/v1{}", line.0), line.1, operation(line)))
}

fn operation((path, method, answer, body, about): &Line) -> Value {
    let names = path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
    let mut parameters: Vec<Value> = names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if *path == "/audit" {
        let asked = [("by", "Of this actor, such as `user:anna`."), ("after", "`next` of the page before.")];
        parameters.extend(asked.map(|(name, about)| {
            json!({ "name": name, "in": "query", "required": false, "description": about, "schema": { "type": "string" } })
        }));
    }
    let of = |schema: Value| json!({ "application/json": { "schema": schema } });
    let (status, said) = match answer {
        One(schema) => ("200", json!({ "description": "As it is now.", "content": of(refer(schema)) })),
        Few(schema) => {
            let few = json!({ "type": "object", "required": ["items", "next"], "properties": {
                "items": { "type": "array", "items": refer(schema) }, "next": { "type": ["string", "null"] } } });
            ("200", json!({ "description": "As it is now.", "content": of(few) }))
        }
        Printed => ("200", json!({ "description": "As `--json` prints it.", "content": of(json!({})) })),
        Nothing => ("204", json!({ "description": "It is done." })),
    };
    let problem = json!({ "description": "What went wrong.",
        "content": { "application/problem+json": { "schema": refer("Problem") } } });
    let mut operation =
        json!({ "summary": about, "parameters": parameters, "responses": { status: said, "default": problem } });
    if let Some(body) = body {
        operation["requestBody"] = json!({ "required": true, "content": of(refer(body)) });
    }
    debug_assert!(["get", "put", "post", "delete"].contains(method));
    operation
}

/// A schema of the document.
pub fn refer(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}
