//! The JSON schema (draft 7, which editors of TOML read). It knows keys and forms, not names: what refers to
//! nothing is left to `strowger check`.

use super::joined;
use anyhow::Context as _;
use dialplan::keys::{Absent, Key, Keys, Kind, ROOT};
use serde_json::{Map, Value, json};

/// The schema of a whole configuration.
pub fn schema() -> anyhow::Result<String> {
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("$comment".into(), json!("Made by `strowger schema`; the texts are in crates/dialplan/src/keys."));
    schema.insert("title".into(), json!("Strowger"));
    schema.extend(table(&ROOT)?);
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}

fn table(keys: &Keys) -> anyhow::Result<Map<String, Value>> {
    let mut properties = Map::new();
    for key in keys.keys {
        properties.insert(key.name.to_owned(), Value::Object(property(key)?));
    }
    let needed: Vec<&str> = keys.keys.iter().filter(|key| key.absent == Absent::Needed).map(|key| key.name).collect();
    let mut table = object(json!({
        "type": "object",
        "description": joined(keys.about),
        "properties": properties,
        "additionalProperties": false,
    }));
    if !needed.is_empty() {
        table.insert("required".into(), json!(needed));
    }
    Ok(table)
}

fn property(key: &Key) -> anyhow::Result<Map<String, Value>> {
    let mut property = kind(key)?;
    let mut text = joined(key.doc);
    match key.absent {
        Absent::Value(value) => {
            let written: Value = toml::from_str(&format!("v = {value}")).with_context(|| key.name)?;
            property.insert("default".into(), written["v"].clone());
        }
        Absent::Words(words) => text.push_str(&format!(" Default: {words}.")),
        Absent::Needed => {}
    }
    property.insert("description".into(), json!(text));
    Ok(property)
}

/// What an operator writes of a duration; `{}` is the number of a repeated table.
const DURATION: &str = r"^(([0-9]+|\{\})(ms|s|m|h|d))+$";
const DESTINATION: &str =
    r"^((flow|queue|phone|intercom|agent|group|room|trunk):.+|park(:[1-9][0-9]*)?|hang_?up(:.+)?)$";

fn kind(key: &Key) -> anyhow::Result<Map<String, Value>> {
    let text = |example: &str| json!({ "type": "string", "examples": [example] });
    let several = |one: Value| json!({ "anyOf": [one, { "type": "array", "items": one }] });
    Ok(object(match key.kind {
        Kind::Text(example) => text(example),
        Kind::Texts(example) => several(text(example)),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Words(words) => several(json!({ "enum": words })),
        Kind::Duration => json!({ "type": "string", "pattern": DURATION, "examples": ["20s"] }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Fraction => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Destination => json!({ "type": "string", "pattern": DESTINATION, "examples": ["queue:support"] }),
        Kind::Target => json!({ "type": "string", "examples": ["again", "queue:support"] }),
        Kind::Cause => json!({
            "anyOf": [{ "type": "string", "examples": ["busy"] }, { "type": "integer", "minimum": 1, "maximum": 127 }],
        }),
        Kind::Levels => json!({
            "type": "object",
            "additionalProperties": { "type": "integer", "minimum": 1, "maximum": 10 },
        }),
        Kind::Digits => json!({
            "type": "object",
            "patternProperties": { "^[0-9*#]$": { "type": "string", "examples": ["queue:support"] } },
            "additionalProperties": false,
            "minProperties": 1,
        }),
        Kind::Meanings(example) => json!({
            "type": "object",
            "patternProperties": { "^[0-9]$": { "type": "string", "examples": [example] } },
            "additionalProperties": false,
        }),
        Kind::Tiers => json!({ "type": "array", "items": { "type": "array", "items": { "type": "string" } } }),
        Kind::Code => json!({ "anyOf": [{ "type": "string", "pattern": "^[0-9*#]{1,8}$" }, { "const": false }] }),
        Kind::Ready => json!({ "enum": [false, true, "at start"] }),
        Kind::Password(keys) => json!({ "anyOf": [table(keys)?, { "type": "string", "deprecated": true }] }),
        Kind::One(keys) => Value::Object(table(keys)?),
        Kind::Many(keys) => json!({ "type": "array", "items": table(keys)? }),
        Kind::Named(keys) => json!({ "type": "object", "additionalProperties": table(keys)? }),
        Kind::Flows(flow, steps) => json!({ "type": "object", "additionalProperties": flows(flow, steps)? }),
    }))
}

/// One flow: its own keys, and any others as steps.
fn flows(flow: &Keys, steps: &[&Keys]) -> anyhow::Result<Value> {
    let mut schema = table(flow)?;
    let steps = steps.iter().map(|step| table(step)).collect::<anyhow::Result<Vec<_>>>()?;
    let step = json!({ "anyOf": steps });
    // A step may bear the name of a setting: it is told by being a table.
    if let Some(settings) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for setting in settings.values_mut() {
            let own = setting.take();
            *setting = json!({ "anyOf": [own, step] });
        }
    }
    schema.insert("additionalProperties".into(), step);
    Ok(Value::Object(schema))
}

/// The entries of a JSON object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
