//! What telephones have done by keys.

use super::{Kind, keys};

keys! {
    /// What somebody at a telephone has done by keys. A code is up to eight of `0` to `9`, `*` and `#`; `false` turns it off. The
    /// first group is pressed in a conversation: its first key is held back for 1.5s at most, and goes on with those behind it,
    /// in order, where no code follows. The second is dialled. Who has a code's deed done may what he may by any other way;
    /// a voice of `[duty]` or a short tone says that it is done, three quick tones that it is not. Callers from outside have no codes.
    pub CODES "[codes]" {
        /// In a conversation: the other party goes to the number or extension that follows, up to `#`.
        transfer: Kind::Code; Value("\"*2\""),
        /// In a conversation: the number or extension that follows, up to `#`, is asked beside it; the other party waits.
        consult: Kind::Code; Value("\"*3\""),
        /// While somebody is asked: to the one who waits, and back again.
        swap: Kind::Code; Value("\"*4\""),
        /// While somebody is asked: the other two are together, and whoever presses it leaves.
        complete: Kind::Code; Value("\"*5\""),
        /// While somebody is asked, or rung for that: he is let go of, and the conversation is as it was.
        back: Kind::Code; Value("\"*1\""),
        /// While somebody is asked: he and whoever asks come into the conversation, and all hear each other.
        join: Kind::Code; Value("\"*6\""),
        /// In a conversation: the other party is parked in the next free slot of `[park]`.
        park: Kind::Code; Value("\"*7\""),
        /// In a conversation: the call ends.
        hangup: Kind::Code; Value("\"*0\""),
        /// In a conversation: no code is heard any more until the call ends, so that every key goes on at once: for a
        /// bank's menu.
        off: Kind::Code; Value("\"*9\""),
        /// Dialled: an agent logs in at this phone, with his `number` and `pin`, for which he is asked; the number may follow
        /// the code. He is rung here and nowhere else until he logs out. With `#` in place of a number it is the agent who is
        /// rung at this phone anyway.
        log_in: Kind::Code; Value("\"*50\""),
        /// Dialled: the agent who is rung at this phone takes contacts.
        ready: Kind::Code; Value("\"*51\""),
        /// Dialled: he takes none; a digit behind it says why, one of the `pauses` of `[duty]`.
        pause: Kind::Code; Value("\"*52\""),
        /// Dialled: he goes home.
        log_out: Kind::Code; Value("\"*53\""),
        /// Dialled: his after-call work is done before its time.
        done: Kind::Code; Value("\"*54\""),
    }
}
