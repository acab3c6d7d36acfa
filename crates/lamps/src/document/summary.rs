//! `application/simple-message-summary` (RFC 3842 5.2): what waits in the mailboxes of whoever is at the phone, new and heard.

use crate::light::Scene;
use terms::PhoneId;

/// The document.
pub(super) fn write(scene: &Scene<'_>, by: PhoneId, entity: &str) -> String {
    let lying = scene.plan.mailboxes_at(by).into_iter().map(|mailbox| scene.sight.mail(mailbox));
    let (new, heard) = lying.fold((0, 0), |(new, heard), (more, others)| (new + more, heard + others));
    let waiting = if new > 0 { "yes" } else { "no" };
    format!("Messages-Waiting: {waiting}\r\nMessage-Account: {entity}\r\nVoice-Message: {new}/{heard} (0/0)\r\n")
}
