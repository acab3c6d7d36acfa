//! The pages in a browser, and the wall boards among them.

use super::{Kind, keys};
use crate::compile::FIGURES;

keys! {
    /// The pages in a browser, their API and the stream that feeds both.
    pub CONSOLE "[console]" {
        /// Where they are served: over https with `[tls]`, else over http, which is for loopback.
        listen: Kind::Text("127.0.0.1:8080"); Words("not served"),
        /// Serve them to other machines over http, where whoever is between reads and changes what is said.
        plain_http: Kind::Boolean; Value("false"),
        /// Addresses and networks of proxies: from there, and from nowhere else, `X-Forwarded-For` and `X-Forwarded-Proto` say
        /// who asks, and whether over https.
        trusted_proxies: Kind::Texts("127.0.0.1"); Words("none"),
    }

    /// The certificate under which the pages are served over https, and SIP over TLS. Files are read again with each reload.
    pub TLS "[tls]" {
        /// The certificate, and behind it those that lead to one that browsers know, in PEM.
        certificate: Kind::Text("/etc/letsencrypt/live/NAME/fullchain.pem"); Words("needed, unless `self_made`"),
        /// Its key, in PEM, without a passphrase.
        key: Kind::Text("/etc/letsencrypt/live/NAME/privkey.pem"); Words("needed, unless `self_made`"),
        /// Make one and keep it beside the account. Browsers warn of it: compare the fingerprint that `strowger status` shows.
        self_made: Kind::Boolean; Value("false"),
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
