//! `application/pidf+xml` (RFC 3863), with what somebody does in the words of RFC 4479 and RFC 4480. That he talks is also
//! said in words for people: some phones show nothing else.

use super::xml;
use crate::light::There;

/// The document.
pub(super) fn write(there: &There, entity: &str) -> String {
    let basic = if there.open { "open" } else { "closed" };
    let (activities, talks) = match there.busy {
        true => ("<rpid:on-the-phone/><rpid:busy/>", Some("On the phone")),
        false => ("<rpid:unknown/>", None),
    };
    let said = |tag: &str, note: Option<&str>| {
        note.map(|note| format!("<{tag}>{}</{tag}>", xml::escaped(note))).unwrap_or_default()
    };
    let (note, shown) = (said("note", there.note.as_deref()), said("dm:note", talks.or(there.note.as_deref())));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"{entity}\">\n\
         <tuple id=\"t\"><status><basic>{basic}</basic></status>{note}</tuple>\n\
         <dm:person id=\"p\"><rpid:activities>{activities}</rpid:activities>{shown}</dm:person>\n</presence>\n"
    )
}
