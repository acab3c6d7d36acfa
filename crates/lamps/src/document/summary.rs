//! `application/simple-message-summary` (RFC 3842 5.2): there is no voicemail, and so nothing waits in it.

/// The document.
pub(super) fn write(entity: &str) -> String {
    format!("Messages-Waiting: no\r\nMessage-Account: {entity}\r\n")
}
