//! Agents at their telephones.

use super::{Kind, keys};

keys! {
    /// Agents at their telephones: what they say there by the codes of `[codes]`, and what they hear. Each voice comes with the
    /// switch, in English; a sound of your own takes its place.
    pub DUTY "[duty]" {
        /// Why an agent pauses, by the digit that he dials after the code `pause`: `*52 1`. Reports tell times by reason.
        pauses: Kind::Meanings("lunch"); Words("a pause has no reason"),
        /// Heard once he takes contacts.
        ready: Kind::Text("ready.wav"); Words("\"You are ready\""),
        /// Heard once he takes none.
        paused: Kind::Text("paused.wav"); Words("\"You are paused\""),
        /// Heard once he is at work at a phone of his choice.
        logged_in: Kind::Text("logged-in.wav"); Words("\"You are logged in\""),
        /// Heard once he has gone home.
        logged_out: Kind::Text("logged-out.wav"); Words("\"You are logged out\""),
        /// Heard once his after-call work is done.
        done: Kind::Text("done.wav"); Words("\"Your after-call work is done\""),
        /// Heard once it is noted what came of a conversation.
        noted: Kind::Text("noted.wav"); Words("\"Thank you, this is noted\""),
        /// Heard once the next caller comes.
        next: Kind::Text("next.wav"); Words("\"The next caller is coming\""),
        /// Heard before a caller is joined, where his queue says so (`zip`).
        zip: Kind::Text("zip.wav"); Words("a short tone"),
        /// Asks who logs in for his number.
        ask_number: Kind::Text("number.wav"); Words("\"Enter your number, then press hash\""),
        /// Asks him for his PIN.
        ask_pin: Kind::Text("pin.wav"); Words("\"Enter your PIN, then press hash\""),
    }
}
