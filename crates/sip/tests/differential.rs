//! A second opinion: where rsip accepts an ordinary message, we must read the same method, URI, status,
//! header values and body. (rsip refuses or misreads much that is legal; those have tests of their own.)

use bytes::Bytes;
use proptest::prelude::*;
use rsip::prelude::{HasHeaders, HeadersExt, ToTypedHeader, UntypedHeader};
use sip::message::{Builder, Message, Method, Name};

/// A header field: the name, and a value that rsip should be able to hold.
fn extra() -> impl Strategy<Value = (Name, String)> {
    prop_oneof![
        "[ -~&&[^\\\\\"(<]]{0,40}".prop_map(|v| (Name::Subject, v.trim().to_owned())),
        "[A-Za-z0-9./ -]{1,30}".prop_map(|v| (Name::UserAgent, v.trim().to_owned())),
        "[a-z0-9]{1,8}(, ?[a-z0-9]{1,8}){0,3}".prop_map(|v| (Name::Supported, v)),
        (0_u32..100_000).prop_map(|n| (Name::Expires, n.to_string())),
        "[A-Z]{3,8}(, [A-Z]{3,8}){0,4}".prop_map(|v| (Name::Allow, v)),
        "(SIP|Q\\.850);cause=[0-9]{2,3}".prop_map(|v| (Name::Reason, v)),
    ]
}

#[derive(Clone, Debug)]
struct Ordinary {
    method: &'static str,
    status: Option<u16>,
    user: String,
    host: String,
    port: Option<u16>,
    display: String,
    tag: String,
    branch: String,
    call_id: String,
    cseq: u32,
    extras: Vec<(Name, String)>,
    body: String,
}

fn ordinary() -> impl Strategy<Value = Ordinary> {
    let method = prop::sample::select(vec!["INVITE", "REGISTER", "OPTIONS", "BYE", "ACK", "CANCEL", "INFO", "REFER"]);
    let host = prop_oneof!["[a-z][a-z0-9]{0,10}(\\.[a-z]{2,6}){1,2}", "192\\.0\\.2\\.[1-9]"];
    let names = ("[a-z0-9][a-z0-9-]{0,15}", host, prop::option::of(1_u16..), "[A-Za-z0-9 ]{0,20}", "[A-Za-z0-9]{1,20}");
    let ids = ("z9hG4bK[A-Za-z0-9]{1,20}", "[A-Za-z0-9-]{4,24}@[a-z.]{3,12}", 0_u32..1 << 31);
    let rest = (prop::collection::vec(extra(), 0..5), "[ -~\r\n]{0,200}");
    (method, prop::option::of(100_u16..700), names, ids, rest).prop_map(
        |(method, status, (user, host, port, display, tag), (branch, call_id, cseq), (extras, body))| Ordinary {
            method,
            status,
            user,
            host,
            port,
            display,
            tag,
            branch,
            call_id,
            cseq,
            extras,
            body,
        },
    )
}

impl Ordinary {
    fn uri(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("sip:{}@{}{port}", self.user, self.host)
    }

    fn write(&self) -> String {
        let first = match self.status {
            Some(status) => format!("SIP/2.0 {status} Some Reason"),
            None => format!("{} {} SIP/2.0", self.method, self.uri()),
        };
        let mut text = format!(
            "{first}\r\nVia: SIP/2.0/UDP {}:5070;branch={}\r\nFrom: \"{}\" <{}>;tag={}\r\nTo: <{}>\r\nCall-ID: {}\r\n\
             CSeq: {} {}\r\nMax-Forwards: 70\r\n",
            self.host,
            self.branch,
            self.display.trim(),
            self.uri(),
            self.tag,
            self.uri(),
            self.call_id,
            self.cseq,
            self.method
        );
        for (name, value) in &self.extras {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text + &format!("Content-Length: {}\r\n\r\n{}", self.body.len(), self.body)
    }
}

fn name_of(header: &rsip::Header) -> String {
    header.to_string().split(':').next().unwrap_or_default().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_ordinary_message_reads_the_same_in_rsip(ordinary in ordinary()) {
        let text = ordinary.write();
        let ours = Message::parse(Bytes::from(text.clone())).expect("frames");
        // Duplicated single headers are ours to flag; here only the reading is compared.
        let Ok(theirs) = rsip::SipMessage::try_from(text.as_str()) else { return Ok(()) };
        match &theirs {
            rsip::SipMessage::Request(request) => {
                prop_assert_eq!(ours.method().map(Method::to_string), Some(request.method.to_string()));
                prop_assert_eq!(ours.uri_raw(), request.uri.to_string());
                let (uri, theirs) = (ours.uri().unwrap(), &request.uri);
                prop_assert_eq!(uri.user().map(|u| u.to_string()), theirs.auth.as_ref().map(|a| a.user.clone()));
                prop_assert_eq!(uri.host().unwrap().to_string(), theirs.host_with_port.host.to_string());
                prop_assert_eq!(uri.port(), theirs.host_with_port.port.as_ref().map(|p| *p.value()));
            }
            rsip::SipMessage::Response(response) => {
                prop_assert_eq!(ours.status(), Some(response.status_code.code()));
            }
        }
        prop_assert_eq!(ours.call_id(), theirs.call_id_header().unwrap().value());
        let cseq = theirs.cseq_header().unwrap().typed().unwrap();
        prop_assert_eq!(ours.cseq().unwrap().number, cseq.seq);
        prop_assert_eq!(ours.cseq().unwrap().method.to_string(), cseq.method.to_string());
        prop_assert_eq!(ours.from().unwrap().tag(), Some(ordinary.tag.as_str()));
        let from = theirs.from_header().unwrap().typed().unwrap();
        prop_assert_eq!(ours.from().unwrap().tag().map(str::to_owned), from.tag().map(|t| t.to_string()));
        prop_assert_eq!(ours.from().unwrap().uri_raw(), from.uri.to_string());
        let via = theirs.via_header().unwrap().typed().unwrap();
        prop_assert_eq!(ours.top_via().unwrap().branch.map(str::to_owned), via.branch().map(|b| b.to_string()));
        prop_assert_eq!(ours.body(), theirs.body().as_slice());
        let theirs: Vec<_> = theirs.headers().iter()
            .map(|h| (name_of(h), h.to_string()[name_of(h).len() + 1..].trim().to_owned())).collect();
        let ours: Vec<_> = ours.fields().map(|(_, name, value)| (name.into_owned(), value.into_owned())).collect();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn what_the_builder_writes_reads_back_as_it_was_meant(ordinary in ordinary()) {
        let mut builder = Builder::request(&Method::of(ordinary.method), &ordinary.uri());
        for (name, value) in &ordinary.extras {
            builder = builder.header(*name, value);
        }
        let written = builder.body("text/plain", ordinary.body.clone()).build();
        let read = Message::parse(written.clone()).expect("frames");
        prop_assert_eq!(read.method().map(Method::as_str), Some(ordinary.method));
        let uri = ordinary.uri();
        prop_assert_eq!(read.uri_raw(), uri.as_str());
        prop_assert_eq!(read.body(), ordinary.body.as_bytes());
        for (name, _) in &ordinary.extras {
            let meant: Vec<_> = ordinary.extras.iter().filter(|e| e.0 == *name).map(|e| e.1.clone()).collect();
            prop_assert_eq!(read.headers(*name).map(|v| v.into_owned()).collect::<Vec<_>>(), meant);
        }
        // Copying every field once more changes nothing.
        let mut again = Builder::request(&Method::of(ordinary.method), read.uri_raw());
        for (name, _, value) in read.fields().filter(|f| f.0 != Name::ContentLength && f.0 != Name::ContentType) {
            again = again.header(name, value);
        }
        prop_assert_eq!(again.body("text/plain", read.body()).build(), written);
    }
}
