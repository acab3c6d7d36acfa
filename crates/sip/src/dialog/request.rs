//! Requests within a dialog (RFC 3261 12.2.1.1): Request-URI and Route by loose or strict routing.

use super::Dialog;
use crate::message::{Address, Builder, Method, Name, Uri};

impl Dialog {
    /// The URI that decides where a request is sent: the first route, or the remote target.
    pub(crate) fn next_hop(&self) -> &str {
        self.routes.first().unwrap_or(&self.target)
    }

    /// The Request-URI.
    pub(crate) fn request_uri(&self) -> &str {
        match self.strict_router() {
            Some(router) => router,
            None => &self.target,
        }
    }

    /// Adds what the dialog says: Route, From, To, Call-ID, CSeq.
    pub(crate) fn address(&self, mut builder: Builder, method: &Method, seq: u32) -> Builder {
        let strict = self.strict_router().is_some();
        for route in self.routes.iter().skip(usize::from(strict)) {
            builder = builder.header(Name::Route, Address { uri: route, ..Address::default() });
        }
        if strict {
            // RFC 3261 12.2.1.1: the remote target goes last, since a strict router takes the Request-URI away.
            builder = builder.header(Name::Route, Address { uri: &self.target, ..Address::default() });
        }
        let tag = |tag: &'_ str| (!tag.is_empty()).then(|| tag.to_owned());
        let (local, remote) = (tag(&self.local_tag), tag(&self.remote_tag));
        builder
            .header(
                Name::From,
                Address { display: self.local.display.as_deref(), uri: &self.local.uri, tag: local.as_deref() },
            )
            .header(
                Name::To,
                Address { display: self.remote.display.as_deref(), uri: &self.remote.uri, tag: remote.as_deref() },
            )
            .header(Name::CallId, &self.call_id)
            .header(Name::CSeq, format_args!("{seq} {method}"))
    }

    /// The first route, when it does not know loose routing.
    fn strict_router(&self) -> Option<&str> {
        let first = self.routes.first()?;
        let loose = Uri::parse(first).is_ok_and(|uri| uri.is_loose());
        (!loose).then_some(first.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::Party;
    use crate::message::Message;

    fn dialog(routes: &[&str]) -> Dialog {
        Dialog {
            call_id: "c".into(),
            local_tag: "l".into(),
            remote_tag: "r".into(),
            local: Party { display: None, uri: "sip:us@h".into() },
            remote: Party { display: Some("They".into()), uri: "sip:them@h".into() },
            local_seq: 1,
            remote_seq: None,
            routes: routes.iter().map(|r| (*r).to_owned()).collect(),
            target: "sip:them@192.0.2.9".into(),
            rseq: None,
            owed: None,
            settled: false,
        }
    }

    fn bye(dialog: &Dialog) -> Message {
        let builder = Builder::request(&Method::Bye, dialog.request_uri());
        Message::parse(dialog.address(builder, &Method::Bye, 2).build()).unwrap()
    }

    #[test]
    fn a_loose_router_leaves_the_remote_target_in_the_request_uri() {
        let bye = bye(&dialog(&["sip:p1;lr", "sip:p2;lr"]));
        assert_eq!(bye.uri_raw(), "sip:them@192.0.2.9");
        let routes: Vec<String> = bye.routes().map(|r| r.unwrap().uri_raw().to_owned()).collect();
        assert_eq!(routes, ["sip:p1;lr", "sip:p2;lr"]);
        assert_eq!(bye.to().unwrap().tag(), Some("r"));
        assert_eq!(bye.from().unwrap().tag(), Some("l"));
    }

    #[test]
    fn a_strict_router_gets_the_request_uri_and_the_target_goes_last() {
        let bye = bye(&dialog(&["sip:p1", "sip:p2;lr"]));
        assert_eq!(bye.uri_raw(), "sip:p1");
        let routes: Vec<String> = bye.routes().map(|r| r.unwrap().uri_raw().to_owned()).collect();
        assert_eq!(routes, ["sip:p2;lr", "sip:them@192.0.2.9"]);
    }

    #[test]
    fn a_lower_cseq_is_refused_and_an_equal_or_higher_one_taken() {
        let mut dialog = dialog(&[]);
        assert!(dialog.take_seq(10));
        assert!(dialog.take_seq(10));
        assert!(!dialog.take_seq(9));
        assert!(dialog.take_seq(4_000_000));
    }
}
