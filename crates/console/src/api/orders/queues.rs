//! What may be wanted of a queue: that it closes and opens, who serves it, and other values of its settings. All of it lies
//! over the configuration until it is taken away.

use super::{Args, Kind, Method, Order, may, must};
use serde_json::{Value, json};

pub const ORDERS: &[Order] = &[
    Order {
        method: Method::Put,
        path: "/queues/{name}/closed",
        about: "The queue takes no new callers; those who wait in it are served.",
        fields: &[may(
            "go",
            Kind::Text,
            "Where they go instead, such as `flow:closed`; absent: where they go when it is full.",
        )],
        once: false,
        guarded: false,
        verb: |args| json!({ "change": { "close": { "queue": args["name"], "go": args.get("go") } } }),
    },
    Order {
        method: Method::Delete,
        path: "/queues/{name}/closed",
        about: "A queue that was closed so is open.",
        fields: &[],
        once: false,
        guarded: false,
        verb: |args| json!({ "queue_open": { "name": args["name"] } }),
    },
    Order {
        method: Method::Put,
        path: "/queues/{name}/agents/{agent}",
        about: "An agent serves the queue.",
        fields: &[may("tier", Kind::Number(1, 255), "Lower ones are tried first; absent: 1.")],
        once: false,
        guarded: true,
        verb: join,
    },
    Order {
        method: Method::Delete,
        path: "/queues/{name}/agents/{agent}",
        about: "An agent does not serve the queue.",
        fields: &[],
        once: false,
        guarded: true,
        verb: |args| json!({ "change": { "leave": { "queue": args["name"], "agent": args["agent"] } } }),
    },
    Order {
        method: Method::Patch,
        path: "/queues/{name}/settings",
        about: "Settings of the queue have other values.",
        fields: &[must(
            "settings",
            Kind::Texts,
            "Values by key, as they would stand in the file: `{\"ring\": \"15s\"}`.",
        )],
        once: false,
        guarded: false,
        verb: settings,
    },
];

fn join(args: Args) -> Value {
    let tier = args.get("tier").cloned().unwrap_or_else(|| 1.into());
    json!({ "change": { "join": { "queue": args["name"], "agent": args["agent"], "tier": tier } } })
}

fn settings(args: Args) -> Value {
    let one = |(key, value): (&String, &Value)| json!({ "set": { "queue": args["name"], "key": key, "value": value } });
    json!({ "changes": args["settings"].as_object().into_iter().flatten().map(one).collect::<Vec<_>>() })
}
