//! Conference rooms.

use super::people::PASSWORD;
use super::{Kind, keys};
use terms::limits;

keys! {
    /// Where callers meet: everybody who gets there hears everybody else.
    pub ROOM "[[room]]" {
        /// Its name, as in `"room:daily"`.
        name: Kind::Text("daily"); Needed,
        /// What phones dial to get there.
        extension: Kind::Text("800"); Words("only routes, flows and transfers lead there"),
        /// The PIN that is asked for: 4 to 16 digits, and `#` behind them. It is kept as a password is. Who has typed three
        /// wrong ones is hung up; who goes on guessing, and a room at which many guess, must wait, longer from try to try.
        pin: Kind::Password(&PASSWORD); Words("whoever gets there is let in"),
        /// The PIN of a host. Where there is only this one, a guest presses `#` alone.
        host_pin: Kind::Password(&PASSWORD); Words("none"),
        /// Who is a host, and is asked for no PIN: phones, and agents at their phones.
        hosts: Kind::Texts("phone:alice"); Words("nobody"),
        /// Whether guests wait, with music, until a host is there.
        wait: Kind::Boolean; Words("`true` where there can be a host"),
        /// How many may be in it. One more hears that it is busy.
        most: Kind::Integer(2, limits::ROOM); Value("200"),
        /// What is heard by one who is alone there, or waits for a host: a sound, played again and again.
        music: Kind::Text("music/calm.wav"); Words("what is heard on hold"),
        /// What asks for the PIN.
        ask: Kind::Text("enter-pin.wav"); Words("a tone"),
        /// What is heard when somebody comes in: `"beep"`, `"none"`, or a sound.
        enter: Kind::Text("beep"); Value("\"beep\""),
        /// What is heard when somebody goes.
        leave: Kind::Text("beep"); Value("\"beep\""),
        /// Whether guests are muted when they come in.
        muted: Kind::Boolean; Value("false"),
        /// Record what is said there.
        record: Kind::Boolean; Value("false"),
    }
}
