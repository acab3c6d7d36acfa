//! What telephones have done by keys.

use super::{Kind, keys};

keys! {
    /// What somebody at a telephone has done by keys. A code is up to eight of `0` to `9`, `*` and `#`; `false` turns it off. The
    /// first group is pressed in a conversation: its first key is held back for 1.5s at most, and goes on with those behind it,
    /// in order, where no code follows. The second is dialled. Who has a code's deed done may what he may by any other way;
    /// a voice of `[duty]` or a short tone says that it is done, three quick tones that it is not. A code that you do not
    /// write yields to an extension and to a route of phones that would be taken for it. Callers from outside have no codes.
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
        /// Dialled, in his after-call work: the digit behind it says what came of the conversation, one of the `dispositions` of
        /// its queue. The last word counts.
        dispose: Kind::Code; Value("\"*55\""),
        /// Dialled: he takes the next caller of a queue, out of turn; its `number` follows. Without one it is, of his own queues,
        /// the one whose next caller has waited for the longest time.
        take: Kind::Code; Value("\"*56\""),
        /// Dialled, with the number behind it: all calls to this phone go there, as with `forward` of the `[[phone]]`. What is
        /// set by a code is a change at run time: it stays over restarts, and `strowger overlay` lists and drops it.
        forward_always: Kind::Code; Value("\"*21\""),
        /// Dialled: they do so no more.
        forward_always_off: Kind::Code; Value("\"#21\""),
        /// The same for calls that find it busy.
        forward_busy: Kind::Code; Value("\"*67\""),
        /// They do so no more.
        forward_busy_off: Kind::Code; Value("\"#67\""),
        /// The same for calls that nobody takes.
        forward_no_answer: Kind::Code; Value("\"*61\""),
        /// They do so no more.
        forward_no_answer_off: Kind::Code; Value("\"#61\""),
        /// The same for calls that come while it cannot be reached.
        forward_unreachable: Kind::Code; Value("\"*62\""),
        /// They do so no more.
        forward_unreachable_off: Kind::Code; Value("\"#62\""),
        /// Dialled: this phone does not ring any more, whoever calls it.
        do_not_disturb: Kind::Code; Value("\"*78\""),
        /// Dialled: it rings again.
        do_not_disturb_off: Kind::Code; Value("\"*79\""),
        /// Dialled: it rings while it is in a call.
        call_waiting: Kind::Code; Value("\"*43\""),
        /// Dialled: it does not.
        call_waiting_off: Kind::Code; Value("\"#43\""),
        /// Dialled, with another phone's extension behind it: whoever dials it hears the call of that phone, as far as
        /// `supervises` of his own allows. With the keys 4, 5 and 6 he listens, whispers, and speaks to both.
        listen: Kind::Code; Value("\"*90\""),
        /// The same, and the phone whose call it is hears him.
        whisper: Kind::Code; Value("\"*91\""),
        /// The same, and all hear him.
        barge: Kind::Code; Value("\"*92\""),
        /// Dialled, with the extension of a colleague's phone behind it: whoever dials it has the call that rings there. Without
        /// one it is what has rung for the longest time at a phone of any `[[group]]` of his.
        pick_up: Kind::Code; Value("\"*8\""),
    }
}
