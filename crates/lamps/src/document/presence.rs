//! `application/pidf+xml` (RFC 3863), with what somebody does in the words of RFC 4480.

use super::xml;
use crate::light::There;

/// The document.
pub(super) fn write(there: &There, entity: &str) -> String {
    let basic = if there.open { "open" } else { "closed" };
    let activity = if there.busy { "<rpid:on-the-phone/>" } else { "<rpid:unknown/>" };
    let note = there.note.as_deref().map(|note| format!("<note>{}</note>", xml::escaped(note))).unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" \
         xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" entity=\"{entity}\">\n\
         <tuple id=\"t\"><status><basic>{basic}</basic></status>{note}</tuple>\n\
         <dm:person id=\"p\"><rpid:activities>{activity}</rpid:activities></dm:person>\n</presence>\n"
    )
}
