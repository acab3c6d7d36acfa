//! What may be wanted of contacts that have no call.

use super::{Args, Field, Kind, Order, may, must, post};
use serde_json::{Value, json};

/// Those that come by no call.
const KINDS: &[&str] = &["callback", "voicemail", "chat", "email", "task"];
const AGENT: &[Field] = &[must("agent", Kind::Text, "Which agent.")];

pub const ORDERS: &[Order] = &[
    post(
        "/contacts",
        "A contact that has no call comes into a queue.",
        &[
            must("queue", Kind::Text, "Which."),
            must("kind", Kind::Word(KINDS), "What kind of work it is."),
            may("subject", Kind::Text, "What it is about."),
        ],
        add,
    )
    .once(),
    post("/contacts/{contact}/take", "An agent takes it.", AGENT, |args| wish("take", &args)),
    post("/contacts/{contact}/refuse", "An agent does not take it.", AGENT, |args| wish("refuse", &args)),
    post("/contacts/{contact}/done", "An agent is done with it.", AGENT, |args| wish("done", &args)),
    post(
        "/contacts/{contact}/prefer",
        "Who waits goes before all others of his queue.",
        &[],
        |args| json!({ "prefer": args }),
    ),
    post("/contacts/{contact}/drop", "It is not to be served any more.", &[], |args| wish("drop", &args)),
];

fn add(args: Args) -> Value {
    let subject = args.get("subject").cloned().unwrap_or_else(|| "".into());
    json!({ "contact_add": { "queue": args["queue"], "kind": args["kind"], "subject": subject } })
}

fn wish(wish: &str, args: &Args) -> Value {
    json!({ "contact": { "contact": args["contact"], "wish": wish, "agent": args.get("agent") } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use terms::{ContactKind, Word as _};

    #[test]
    fn the_kinds_are_those_of_the_switch_that_come_by_no_call() {
        let by_call = [ContactKind::Voice, ContactKind::Video];
        let all: BTreeSet<&str> =
            ContactKind::ALL.iter().filter(|kind| !by_call.contains(kind)).map(|kind| kind.word()).collect();
        assert_eq!(KINDS.iter().copied().collect::<BTreeSet<_>>(), all);
    }
}
