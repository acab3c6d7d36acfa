//! When, which call, and what a caller walks through.

use super::{Kind, keys};

keys! {
    /// Opening hours. The clock on the wall of that zone decides, with its summer time. The first minute is open, the
    /// last is not: 18:00 is closed.
    pub HOURS "[hours.NAME]" {
        /// The time zone; its rules come with the program.
        zone: Kind::Text("Europe/Sofia"); Needed,
        /// `"mon-fri 09:00-18:00"`, `"tue,thu 09:00-12:00,13:00-17:00"`, `"fri 22:00-02:00"` (into Saturday),
        /// `"every day 00:00-24:00"`, `"2026-12-24 10:00-12:00"` (these hours and no others on that date, even if it is
        /// closed).
        open: Kind::Texts("mon-fri 09:00-18:00"); Needed,
        /// `"2026-12-24"`, `"2026-12-24..26"`, or every year: `"12-25"`, `"12-24..01-02"`.
        closed: Kind::Texts("2026-12-24..26"); Words("never"),
    }

    /// Which call goes where. Routes are tried in the order in which they are written; the first that fits takes the
    /// call. After them a phone may dial another phone, or a group; a trunk gets nothing that no route names (404).
    pub ROUTE "[[route]]" {
        /// Who calls: `"trunk:acme"`, `"trunk:*"`, `"phone:alice"`, `"phone:*"`, or `"*"` for anyone.
        from: Kind::Text("trunk:acme"); Needed,
        /// The number that is called, as a pattern: `"+442079460001"`, `"+442079460000..0099"`, `"2xx"` (`x` is any
        /// digit), `"00*"` (`*` at the end is any rest).
        to: Kind::Text("+442079460001"); Words("every number"),
        /// The name of the hours in which `go` holds.
        during: Kind::Text("office"); Words("always"),
        /// Where the call goes.
        go: Kind::Destination; Needed,
        /// Where it goes outside the hours.
        otherwise: Kind::Destination; Words("the next route is tried"),
        /// The number that is shown where the call goes out over a trunk.
        number: Kind::Text("+442079460000"); Words("the phone's or the trunk's"),
        /// The name that is shown with it.
        caller_name: Kind::Text("Example Ltd"); Words("the phone's or the trunk's"),
        /// Withhold the caller's number and name where the call goes out over a trunk.
        privacy: Kind::Boolean; Value("false"),
        /// So many characters are taken from the front of the called number where it goes out over a trunk.
        strip: Kind::Integer(0, 32); Value("0"),
        /// This is put before it then.
        prefix: Kind::Text("+44"); Value("\"\""),
        /// Record the conversation, whoever is rung on the way.
        record: Kind::Boolean; Value("false"),
    }

    /// What a caller walks through: steps in written order, each a table with a name; the first is the entry. A step
    /// leads to another step of the flow by its bare name, or away (`"queue:support"`). What is not said leads to the
    /// next step; after the last one the call is hung up. A flow in which a caller would go round for ever without a
    /// turn is refused. While a call runs, a caller who passes 100 steps without having to wait is hung up (41).
    pub FLOW "[flow.NAME]" {
        /// The language of its prompts; see `language` of `[storage]`.
        language: Kind::Text("en"); Words("that of `[storage]`"),
    }

    /// Plays a sound to its end.
    pub(super) PLAY "step: play" {
        /// The sound.
        play: Kind::Text("welcome.wav"); Needed,
        /// Where to afterwards.
        then: Kind::Target; Words("the next step"),
        /// How often this step may be passed in one call.
        times: Kind::Integer(1, 100); Words("as often as it comes"),
        /// Where to once `times` is used up.
        after: Kind::Target; Words("the next step"),
    }

    /// Plays a sound that a key interrupts, and waits for a key.
    pub(super) MENU "step: menu" {
        /// The sound.
        menu: Kind::Text("choose.wav"); Needed,
        /// Where each key leads: `{ 1 = "queue:support", "*" = "again" }`.
        keys: Kind::Digits; Needed,
        /// How long to wait for a key after the sound. From 1s to 1m.
        wait: Kind::Duration; Value("\"5s\""),
        /// Where to without a key.
        no_input: Kind::Target; Words("the next step"),
        /// Where to after a key that is not listed.
        no_match: Kind::Target; Words("as `no_input`"),
    }

    /// Waits in a queue.
    pub(super) QUEUE_STEP "step: queue" {
        /// Its name.
        queue: Kind::Text("support"); Needed,
        /// The caller waits as if he had come this much earlier. At most 24h.
        credit: Kind::Duration; Value("\"0s\""),
        /// Where to when the queue sends the caller on and none of its rules says where.
        otherwise: Kind::Target; Words("the next step"),
    }

    /// Has the caller's number wait in a queue in his place, as a contact of the kind `callback`, with what he has waited in queues
    /// before: an agent is offered it as he is a call, takes it and rings him (`strowger contact`, `strowger call dial`). A number that
    /// waits there already is not noted twice.
    pub(super) CALL_BACK "step: call_back" {
        /// The queue.
        call_back: Kind::Text("support"); Needed,
        /// Where to once his number waits there: he can be told so, and goes.
        then: Kind::Target; Words("the next step"),
        /// Where to when it cannot: he withholds it, or the switch takes no more such work. A queue that is full sends it on by its rules.
        otherwise: Kind::Target; Words("the next step"),
    }

    /// Takes a message: says a greeting, which a key cuts short, sounds a tone and records what the caller says, until he presses a key,
    /// hangs up, or has said nothing for a while. Who may hear it is told by its mailbox (`strowger message`). Recordings keep it
    /// (`storage.recordings`), and it lives as long as they do.
    pub(super) VOICEMAIL "step: voicemail" {
        /// Its mailbox: that of a phone, an agent or a queue: `"phone:alice"`, `"agent:alice"`, `"queue:support"`.
        voicemail: Kind::Text("queue:support"); Needed,
        /// The sound before the tone. It has to say that what follows is recorded.
        greeting: Kind::Text("closed.wav"); Words("none, only the tone"),
        /// How long it may be. From 5s to 15m.
        longest: Kind::Duration; Value("\"3m\""),
        /// It ends once nobody has spoken for so long. From 2s to 1m.
        silence: Kind::Duration; Value("\"8s\""),
        /// What is shorter is dropped. At most 30s.
        shortest: Kind::Duration; Value("\"2s\""),
        /// Where to once it is left.
        then: Kind::Target; Words("the next step"),
        /// Where to when nothing was said, or the mailbox is full: it takes 100 messages that nobody is done with.
        otherwise: Kind::Target; Words("the next step"),
    }

    /// Rings a phone, an agent's devices, a group, or a number behind a trunk. Where nothing follows a ring that came to nothing,
    /// or a bare `"hangup"`, a caller who was not answered yet is told what whoever was rung said.
    pub(super) RING "step: ring" {
        /// Whom: `"phone:alice"`, `"agent:alice"`, `"group:sales"`, `"trunk:acme/+442079460001"`.
        ring: Kind::Text("phone:alice"); Needed,
        /// How long. From 1s to 10m.
        wait: Kind::Duration; Value("\"1m\""),
        /// Where to when nobody answers.
        no_answer: Kind::Target; Words("the next step"),
        /// Where to when it is busy, or refuses.
        busy: Kind::Target; Words("as `no_answer`"),
        /// Where to when it cannot be reached.
        unreachable: Kind::Target; Words("as `no_answer`"),
        /// Record the conversation.
        record: Kind::Boolean; Value("false"),
    }

    /// Ends the call.
    pub(super) HANG_UP "step: hang_up" {
        /// The cause: `"normal"`, `"busy"`, `"unallocated"`, `"no-answer"`, `"absent"`, `"rejected"`, `"congestion"`,
        /// `"not-authorised"`, `"number-changed"`, `"temporary"`, or a Q.850 number from 1 to 127.
        hang_up: Kind::Cause; Needed,
    }

    /// Leaves the flow.
    pub(super) GO "step: go" {
        /// Where to.
        go: Kind::Destination; Needed,
    }
}
