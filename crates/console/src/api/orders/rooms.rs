//! What may be wanted of conference rooms.

use super::{Args, Kind, Order, must, post};
use serde_json::json;

pub const ORDERS: &[Order] = &[
    post("/rooms/{room}/lock", "Nobody but a host comes in any more.", &[], |args: Args| json!({ "lock": args })),
    post("/rooms/{room}/unlock", "Whoever may comes in again.", &[], |args| json!({ "unlock": args })),
    post(
        "/rooms/{room}/invite",
        "Somebody is rung to come into a room in which somebody is.",
        &[must("to", Kind::Text, "Such as `phone:bob`, `agent:bob`, `group:sales` or a number.")],
        |args| json!({ "room_invite": args }),
    )
    .once(),
    post("/rooms/{room}/parties/{party}/mute", "Nobody hears him.", &[], |args| json!({ "mute": args })),
    post("/rooms/{room}/parties/{party}/unmute", "They hear him again.", &[], |args| json!({ "unmute": args })),
    post("/rooms/{room}/parties/{party}/kick", "He is let go of.", &[], |args| json!({ "kick": args })),
];
