//! `application/reginfo+xml` (RFC 3680 5): where a phone is registered.

use super::xml;
use crate::face::Sight;
use std::fmt::Write as _;
use terms::PhoneId;

/// What stands before the version, and behind it.
pub(super) fn write(sight: &dyn Sight, phone: PhoneId, entity: &str) -> (String, String) {
    const HEAD: &str =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"";
    let contacts = sight.contacts(phone);
    let state = if contacts.is_empty() { "init" } else { "active" };
    let mut rest = format!("\" state=\"full\">\n<registration aor=\"{entity}\" id=\"r\" state=\"{state}\">\n");
    for contact in contacts {
        let expires = contact.expires.map(|seconds| format!(" expires=\"{seconds}\"")).unwrap_or_default();
        let uri = xml::escaped(&contact.uri);
        // Writing into memory does not fail.
        let _ = writeln!(
            rest,
            "<contact id=\"{}\" state=\"active\" event=\"registered\"{expires}><uri>{uri}</uri></contact>",
            contact.id
        );
    }
    rest.push_str("</registration>\n</reginfo>\n");
    (HEAD.to_owned(), rest)
}
