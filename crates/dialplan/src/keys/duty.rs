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
        /// Heard after that, where the queue says so (`tell_wait`), of who has waited for less than a minute.
        waited_0: Kind::Text("waited-0.wav"); Words("\"Waited less than a minute\""),
        /// For a minute and less than two.
        waited_1: Kind::Text("waited-1.wav"); Words("\"Waited one minute\""),
        /// For two minutes and less than three.
        waited_2: Kind::Text("waited-2.wav"); Words("\"Waited two minutes\""),
        /// For three.
        waited_3: Kind::Text("waited-3.wav"); Words("\"Waited three minutes\""),
        /// For four.
        waited_4: Kind::Text("waited-4.wav"); Words("\"Waited four minutes\""),
        /// For five to ten.
        waited_5: Kind::Text("waited-5.wav"); Words("\"Waited more than five minutes\""),
        /// For ten to twenty.
        waited_10: Kind::Text("waited-10.wav"); Words("\"Waited more than ten minutes\""),
        /// For twenty to thirty.
        waited_20: Kind::Text("waited-20.wav"); Words("\"Waited more than twenty minutes\""),
        /// For thirty and more.
        waited_30: Kind::Text("waited-30.wav"); Words("\"Waited more than half an hour\""),
        /// Asks who logs in for his number.
        ask_number: Kind::Text("number.wav"); Words("\"Enter your number, then press hash\""),
        /// Asks him for his PIN.
        ask_pin: Kind::Text("pin.wav"); Words("\"Enter your PIN, then press hash\""),
    }
}
