//! The orders' part of the OpenAPI document.

use super::take::{ENTRIES, KEY, TEXT};
use super::{Field, Kind, Method, Order, all};
use serde_json::{Map, Value, json};

/// Their addresses, each with what can be done there.
pub fn paths() -> impl Iterator<Item = (String, &'static str, Value)> {
    all().map(|order| {
        let method = match order.method {
            Method::Post => "post",
            Method::Put => "put",
            Method::Patch => "patch",
            Method::Delete => "delete",
        };
        (format!("/api/v1{}", order.path), method, operation(order))
    })
}

fn operation(order: &Order) -> Value {
    let problem = json!({ "description": "What went wrong, or why it was not done.",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } });
    let taken = json!({ "description": "It is done; from this number on the stream tells it.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Taken" } } } });
    let names = order.path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
    let in_path = names.map(
        |name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } }),
    );
    let key = json!({ "name": "Idempotency-Key", "in": "header", "required": order.once,
        "description": "The command's name among those of who asks: the same again is answered as before and not done twice.",
        "schema": { "type": "string", "pattern": "^[!-~]{1,64}$" } });
    let seen = order.guarded.then(|| json!({ "name": "If-Match", "in": "header", "required": false,
        "description": "The mark of what the agent was given (`/agents/{name}/given`) when it was looked at: done only if it is so still, else 412.",
        "schema": { "type": "string" } }));
    debug_assert_eq!(KEY, "idempotency-key");
    let mut operation = json!({
        "summary": order.about,
        "parameters": in_path.chain([key]).chain(seen).collect::<Vec<_>>(),
        "responses": { "202": taken, "default": problem },
    });
    if !order.fields.is_empty() {
        let required = order.fields.iter().any(|field| field.required);
        operation["requestBody"] =
            json!({ "required": required, "content": { "application/json": { "schema": body(order.fields) } } });
    }
    operation
}

fn body(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut schema = schema(field.kind);
            schema["description"] = field.about.into();
            (field.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn schema(kind: Kind) -> Value {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": TEXT });
    let table = |of: Value| {
        json!({ "type": "object", "additionalProperties": of, "minProperties": 1, "maxProperties": ENTRIES,
                "propertyNames": text })
    };
    let number = |least: u64, most: u64| json!({ "type": "integer", "minimum": least, "maximum": most });
    match kind {
        Kind::Text => text.clone(),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Number(least, most) => number(least, most),
        Kind::Numbers(least, most) => table(number(least, most)),
        Kind::Texts => table(text.clone()),
    }
}
