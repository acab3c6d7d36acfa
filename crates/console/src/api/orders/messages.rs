//! What may be wanted of messages that callers have left.

use super::{Args, Order, post};
use serde_json::{Value, json};

pub const ORDERS: &[Order] = &[
    post("/messages/{message}/heard", "Somebody has heard it; lamps of phones go out.", &[], |args| {
        wish("heard", &args)
    }),
    post("/messages/{message}/done", "Somebody has done what it asks for.", &[], |args| wish("done", &args)),
    post("/messages/{message}/delete", "It goes, and its sound with it.", &[], |args| wish("delete", &args)),
];

fn wish(wish: &str, args: &Args) -> Value {
    json!({ "message": { "message": args["message"], "wish": wish } })
}
