//! What phones have said of their users' presence (RFC 3863): whether each is there, and his note. Of several devices one
//! that says that he is there is enough.

use sip::Body;
use std::collections::BTreeMap;
use terms::{PhoneId, limits};

/// What one document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// He is there.
    pub open: bool,
    /// His note.
    pub note: Option<String>,
}

/// All of them, by phone and number.
#[derive(Debug, Default)]
pub(crate) struct Published(BTreeMap<(PhoneId, u64), Said>);

impl Published {
    /// A document is new, or over. One that cannot be read says nothing.
    pub(crate) fn take(&mut self, phone: PhoneId, number: u64, body: Option<&Body>) {
        let said = body.and_then(|body| read(std::str::from_utf8(&body.bytes).ok()?));
        match said {
            Some(said) => _ = self.0.insert((phone, number), said),
            None => _ = self.0.remove(&(phone, number)),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What a phone's user says, if anything.
    pub(crate) fn of(&self, phone: PhoneId) -> Option<Said> {
        let all = self.0.range((phone, 0)..=(phone, u64::MAX)).map(|(_, said)| said);
        all.cloned().reduce(|one, other| Said { open: one.open || other.open, note: other.note.or(one.note) })
    }
}

/// Reads a document: any of its tuples may say `open`. Entities of its own it may not define.
fn read(text: &str) -> Option<Said> {
    let limits = roxmltree::ParsingOptions { nodes_limit: limits::PUBLISHED_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, limits).ok()?;
    let named = |name: &'static str| document.descendants().filter(move |node| node.tag_name().name() == name);
    let mut basics = named("basic").filter_map(|node| node.text()).map(str::trim).peekable();
    basics.peek()?;
    let open = basics.any(|basic| basic.eq_ignore_ascii_case("open"));
    let note = named("note").filter_map(|node| node.text()).map(str::trim).find(|note| !note.is_empty());
    let note = note.map(|note| note.chars().take(limits::NOTE_LETTERS).collect());
    Some(Said { open, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pidf(basic: &str, note: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><p:presence xmlns:p=\"urn:ietf:params:xml:ns:pidf\" entity=\"pres:a@b\">\
             <p:tuple id=\"t\"><p:status><p:basic>{basic}</p:basic></p:status><p:note>{note}</p:note></p:tuple></p:presence>"
        )
    }

    #[test]
    fn a_document_says_whether_he_is_there_and_why_not() {
        assert_eq!(
            read(&pidf("closed", "lunch &lt;b&gt;")),
            Some(Said { open: false, note: Some("lunch <b>".into()) })
        );
        assert_eq!(read(&pidf(" open ", "")), Some(Said { open: true, note: None }));
    }

    #[test]
    fn what_is_no_document_says_nothing() {
        let bomb = format!("<!DOCTYPE a [<!ENTITY x \"y\">]>{}", pidf("&x;", ""));
        let deep = "<a>".repeat(2_000);
        let wide = format!("<a>{}</a>", "<b/>".repeat(2_000));
        for text in ["", "hello", "<presence/>", bomb.as_str(), deep.as_str(), wide.as_str()] {
            assert_eq!(read(text), None, "{:.20}", text);
        }
        let long = read(&pidf("open", &"x".repeat(5_000))).unwrap();
        assert_eq!(long.note.unwrap().len(), limits::NOTE_LETTERS);
    }

    #[test]
    fn of_several_devices_one_is_enough() {
        let (mut published, phone) = (Published::default(), PhoneId::of("alice"));
        let body = |basic| Body { content_type: String::new(), bytes: pidf(basic, "").into() };
        published.take(phone, 1, Some(&body("closed")));
        assert!(!published.of(phone).unwrap().open);
        published.take(phone, 2, Some(&body("open")));
        assert!(published.of(phone).unwrap().open);
        published.take(phone, 2, None);
        assert!(!published.of(phone).unwrap().open);
        published.take(phone, 1, None);
        assert_eq!((published.of(phone), published.len()), (None, 0));
    }
}
