//! The pages in a browser, and the wall boards among them.

use super::{Kind, keys};
use crate::compile::FIGURES;

keys! {
    /// The pages in a browser, their API and the stream that feeds both.
    pub CONSOLE "[console]" {
        /// Where they are served, over HTTP: keep it on loopback. So far only `strowger demo` lets anybody in, by the link that
        /// it prints.
        listen: Kind::Text("127.0.0.1:8080"); Words("not served"),
    }

    /// A wall board: a page with a few large figures, at `/board/NAME`. Without any there is one, named `main`, of all queues.
    pub BOARD "[[board]]" {
        /// Its name, in its address.
        name: Kind::Text("hall"); Needed,
        /// What stands above the figures.
        title: Kind::Text("Support, both floors"); Words("its name"),
        /// The queues that it shows, added up.
        queues: Kind::Texts("support"); Words("all of them"),
        /// What it shows: three to six figures.
        figures: Kind::Many(&FIGURE); Words("who waits, the longest wait, the service level and who is ready"),
    }

    /// A figure of a board.
    FIGURE "figures" {
        /// Which. `waiting`, `ready` and `talking` are so many now; `longest_wait` is that of who waits now; the others are of
        /// today.
        show: Kind::Word(FIGURES); Needed,
        /// From this value on somebody should look: a number such as `"5"`, a share such as `"80%"` or a time such as `"30s"`,
        /// by what it shows. Of `service_level` and `ready` it is the value at or below which he should.
        warning: Kind::Text("30s"); Words("never"),
        /// From this value on somebody must act.
        critical: Kind::Text("60s"); Words("never"),
    }
}
