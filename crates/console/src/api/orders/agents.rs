//! What may be wanted of an agent: his status, his after-call work, where he sits, what he can, and that he takes a caller.

use super::{Args, Kind, Method, Order, may, must, post};
use serde_json::{Value, json};

pub const ORDERS: &[Order] = &[
    Order {
        method: Method::Put,
        path: "/agents/{name}/status",
        about: "An agent has another status, at once or as soon as he is free.",
        fields: &[
            must("status", Kind::Word(&["ready", "not_ready", "logged_out"]), "What he shall be."),
            may("reason", Kind::Text, "Why he is not ready; of another status, what he is told."),
        ],
        once: false,
        guarded: false,
        verb: status,
    },
    post(
        "/agents/{name}/wrap_up/end",
        "An agent is done with his after-call work.",
        &[],
        |args| json!({ "agent": { "name": args["name"], "status": "done" } }),
    ),
    Order {
        method: Method::Put,
        path: "/agents/{name}/disposition",
        about: "In his after-call work an agent says what came of the conversation.",
        fields: &[must("disposition", Kind::Text, "A word of the queue's `dispositions`, or its key.")],
        once: false,
        guarded: false,
        verb: |args| json!({ "dispose": { "agent": args["name"], "disposition": args["disposition"] } }),
    },
    Order {
        method: Method::Put,
        path: "/agents/{name}/phone",
        about: "An agent is at work at a phone: there he is rung, and nowhere else, until he goes home.",
        fields: &[must("phone", Kind::Text, "Which.")],
        once: false,
        guarded: false,
        verb: |args| json!({ "log_in": { "agent": args["name"], "phone": args["phone"] } }),
    },
    Order {
        method: Method::Patch,
        path: "/agents/{name}/skills",
        about: "An agent has these skills at these levels, until the change is dropped; those that are not named stay as \
                they are.",
        fields: &[must("skills", Kind::Numbers(0, 10), "Levels by skill; 0: he does not have it.")],
        once: false,
        guarded: true,
        verb: skills,
    },
    post(
        "/agents/{name}/pick",
        "An agent takes the next caller of a queue, out of turn.",
        &[may("queue", Kind::Text, "Which; absent: of his own the one whose next caller has waited longest.")],
        |args| json!({ "take": { "agent": args["name"], "queue": args.get("queue") } }),
    )
    .once(),
];

fn status(args: Args) -> Value {
    let status = match args["status"].as_str() {
        Some("not_ready") => "pause",
        Some("logged_out") => "logout",
        _ => "ready",
    };
    json!({ "agent": { "name": args["name"], "status": status, "reason": args.get("reason") } })
}

fn skills(args: Args) -> Value {
    let one = |(skill, level): (&String, &Value)| json!({ "skill": { "agent": args["name"], "skill": skill, "level": level } });
    json!({ "changes": args["skills"].as_object().into_iter().flatten().map(one).collect::<Vec<_>>() })
}
