//! What may be wanted of calls: that one begins, and whatever is done to one that runs. A party is named as in
//! `strowger call show`; where only one can be meant it need not be.

use super::{Args, Kind, Order, may, must, post};
use serde_json::json;

const PARTY: super::Field = may("party", Kind::Text, "Whom of it.");
const MODE: Kind = Kind::Word(&["listen", "whisper", "barge"]);

/// A verb that takes what is said as it is said.
macro_rules! plain {
    ($verb:literal) => {
        |args: Args| json!({ $verb: args })
    };
}

pub const ORDERS: &[Order] = &[
    post(
        "/calls",
        "A call begins: an agent or a phone is rung, and gets the number once he has answered.",
        &[
            may("agent", Kind::Text, "An agent, at his devices."),
            may("phone", Kind::Text, "Or a phone."),
            must("to", Kind::Text, "The number, as his phone would dial it."),
        ],
        plain!("dial"),
    )
    .once(),
    post("/calls/{call}/hangup", "The call ends.", &[], plain!("hangup")),
    post(
        "/calls/{call}/hold",
        "A party hears no longer what the others say; absent: the customer.",
        &[PARTY],
        plain!("hold"),
    ),
    post("/calls/{call}/resume", "A party on hold is taken back; absent: all of them.", &[PARTY], plain!("resume")),
    post(
        "/calls/{call}/transfer",
        "A party goes to somebody else; absent: the customer.",
        &[PARTY, must("to", Kind::Text, "Such as `queue:sales`, `agent:bob` or a number.")],
        plain!("transfer"),
    )
    .once(),
    post(
        "/calls/{call}/consult",
        "A party asks somebody else beside the conversation, and whoever talked to it waits.",
        &[PARTY, must("to", Kind::Text, "Such as `agent:bob`, `phone:bob` or a number.")],
        plain!("consult"),
    )
    .once(),
    post("/calls/{call}/swap", "Who asks goes to the other side.", &[], plain!("swap")),
    post("/calls/{call}/join", "Who asks, whom he asks and who waits hear each other.", &[], plain!("join")),
    post("/calls/{call}/complete", "Who asks leaves, and the other two are together.", &[], plain!("complete")),
    post("/calls/{call}/back", "Who is asked is let go of: the conversation is as it was.", &[], plain!("back")),
    post(
        "/calls/{call}/leave",
        "One of more than two is let go of.",
        &[must("party", Kind::Text, "Who.")],
        plain!("leave"),
    ),
    post(
        "/calls/{call}/park",
        "A party waits alone in a slot until somebody fetches it; absent: the customer.",
        &[PARTY, may("slot", Kind::Number(0, u32::MAX as u64), "Where; absent: in the next free one.")],
        plain!("park"),
    )
    .once(),
    post(
        "/calls/{call}/play",
        "A sound is played into the call, which goes on after it.",
        &[
            must("sound", Kind::Text, "A file, as the configuration names it."),
            may("to", Kind::Text, "To whom; absent: to all who talk in it."),
        ],
        plain!("play"),
    ),
    post(
        "/calls/{call}/watch",
        "Somebody is rung to hear the call without being part of it.",
        &[
            must("at", Kind::Text, "Who is rung: `phone:carol` or `agent:carol`."),
            may("party", Kind::Text, "Whom he watches."),
            may("mode", MODE, "Who hears him; absent: nobody."),
        ],
        plain!("listen"),
    )
    .once(),
    post(
        "/calls/{call}/mode",
        "One who watches is heard by others than before.",
        &[PARTY, must("mode", MODE, "Nobody, the one whom he watches, or all.")],
        plain!("mode"),
    ),
    post(
        "/calls/{call}/take_over",
        "One who watches takes the place of the one whom he watches.",
        &[PARTY],
        plain!("take_over"),
    )
    .once(),
    post(
        "/watches",
        "Somebody is rung to hear whatever call somebody is in.",
        &[
            must("whom", Kind::Text, "`phone:alice` or `agent:alice`."),
            must("at", Kind::Text, "Who is rung: `phone:carol` or `agent:carol`."),
            may("mode", MODE, "Who hears him; absent: nobody."),
        ],
        plain!("observe"),
    )
    .once(),
    post(
        "/pickups",
        "A phone is rung to take a call that rings elsewhere.",
        &[
            must("at", Kind::Text, "Where it is to ring, such as `phone:bob`."),
            must("from", Kind::Text, "Where it rings: `phone:alice`, `agent:alice` or `group:sales`."),
        ],
        plain!("pickup"),
    )
    .once(),
    post(
        "/retrievals",
        "Somebody is rung to fetch whoever is parked in a slot.",
        &[
            must("slot", Kind::Number(0, u32::MAX as u64), "Which."),
            must("at", Kind::Text, "Who is rung, such as `phone:bob`."),
        ],
        plain!("retrieve"),
    )
    .once(),
];

#[cfg(test)]
mod tests {
    use super::*;
    use terms::{WatchMode, Word as _};

    #[test]
    fn the_modes_are_those_of_the_switch() {
        let Kind::Word(words) = MODE else { panic!("words") };
        assert_eq!(words, WatchMode::ALL.iter().map(|mode| mode.word()).collect::<Vec<_>>());
    }
}
