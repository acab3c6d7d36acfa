//! What may be wanted of the switch as a whole: that it drains, reads its configuration again, forgets wrong passwords; what
//! lies over the configuration; and who may log in.

use super::{Args, Kind, Method, Order, may, post};
use serde_json::json;

const fn delete(path: &'static str, about: &'static str, verb: fn(Args) -> serde_json::Value) -> Order {
    Order { method: Method::Delete, path, about, fields: &[], once: false, guarded: false, verb }
}

pub const ORDERS: &[Order] = &[
    post(
        "/drain",
        "New calls are refused, and the running ones may end.",
        &[may("deadline_ms", Kind::Number(0, 86_400_000), "What still runs after this time is released.")],
        |args| json!({ "drain": { "deadline_ms": args.get("deadline_ms") } }),
    ),
    delete("/drain", "New calls are taken again.", |_| json!({ "drain": { "cancel": true } })),
    post("/reload", "The configuration is read again.", &[], |_| json!({ "reload": null })),
    delete(
        "/bans/{source}",
        "The wrong passwords of an address are forgotten; `all`: of everybody.",
        |args| json!({ "lift": args }),
    ),
    delete("/overlay", "Everything that lies over the configuration is taken away.", |_| json!({ "overlay_drop": {} })),
    delete("/overlay/{id}", "A change that lies over the configuration is taken away.", |args| {
        let id = args["id"].as_str().and_then(|id| id.parse::<i64>().ok()).unwrap_or(-1);
        json!({ "overlay_drop": { "id": id } })
    }),
    post(
        "/users/{user}/lock_out",
        "A user's password, links and sessions are void.",
        &[],
        |args| json!({ "lock_out": args }),
    ),
    delete("/tokens/{token}", "A token is void.", |args| json!({ "revoke_token": { "name": args["token"] } })),
];
