//! Dialogs (RFC 3261 12): who the two ends are, where requests go, and in which order they count.
//! One value serves a confirmed dialog as well as the early one it grew from; sending is the endpoint's.

mod request;

use crate::message::{Flaw, Message, NameAddr};
use terms::limits;

/// One end of a dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Party {
    /// The display name.
    pub display: Option<String>,
    /// The URI in From or To.
    pub uri: String,
}

impl Party {
    /// The party that a From or To names.
    pub(crate) fn of(address: &NameAddr<'_>) -> Party {
        Party { display: address.display().map(|d| d.into_owned()), uri: address.uri_raw().to_owned() }
    }
}

/// A dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialog {
    /// The Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// Their tag; empty for an RFC 2543 peer.
    pub remote_tag: String,
    /// We.
    pub local: Party,
    /// They.
    pub remote: Party,
    /// The CSeq number of our last request.
    pub local_seq: u32,
    /// The CSeq number of their last request.
    pub remote_seq: Option<u32>,
    /// The route set, in the order in which we write it.
    pub routes: Vec<String>,
    /// The remote target: where they are.
    pub target: String,
    /// The number of their last reliable provisional response (RFC 3262 4).
    pub rseq: Option<u32>,
    /// One of them carried an offer that is still to be answered in its PRACK: its number, and that of its INVITE.
    pub owed: Option<(u32, u32)>,
    /// While it is early: an offer was answered in it, so that the next may be made (RFC 3311 5.1).
    pub settled: bool,
}

impl Dialog {
    /// The dialog that an INVITE from the other side begins (RFC 3261 12.1.1).
    ///
    /// # Errors
    /// 400 when a header field that it needs is missing or malformed.
    pub(crate) fn from_request(request: &Message, local_tag: &str, first_seq: u32) -> Result<Dialog, Flaw> {
        let (from, to) = (request.from()?, request.to()?);
        let mut routes = Vec::new();
        for route in request.record_routes().take(limits::HOPS) {
            routes.push(route?.uri_raw().to_owned());
        }
        Ok(Dialog {
            call_id: request.call_id().to_owned(),
            local_tag: local_tag.to_owned(),
            remote_tag: from.tag().unwrap_or_default().to_owned(),
            local: Party::of(&to),
            remote: Party::of(&from),
            local_seq: first_seq,
            remote_seq: Some(request.cseq()?.number),
            routes,
            target: contact(request)?.unwrap_or_else(|| from.uri_raw().to_owned()),
            rseq: None,
            owed: None,
            settled: false,
        })
    }

    /// The dialog that a response to our INVITE begins or confirms (RFC 3261 12.1.2). What is ours in it is taken
    /// from the INVITE, and nothing of what is theirs must be readable, since whoever answers is owed an ACK: without
    /// their Contact the target stays where it was, without their To they have no tag, and a hop is left out.
    ///
    /// # Errors
    /// 400 when `invite` is no INVITE of ours.
    pub(crate) fn from_response(response: &Message, invite: &Message) -> Result<Dialog, Flaw> {
        let (from, to) = (invite.from()?, response.to().or_else(|_| invite.to())?);
        Ok(Dialog {
            call_id: invite.call_id().to_owned(),
            local_tag: from.tag().unwrap_or_default().to_owned(),
            remote_tag: to.tag().unwrap_or_default().to_owned(),
            local: Party::of(&from),
            remote: Party::of(&to),
            local_seq: invite.cseq()?.number,
            remote_seq: None,
            routes: recorded(response),
            target: contact(response).ok().flatten().unwrap_or_else(|| invite.uri_raw().to_owned()),
            rseq: None,
            owed: None,
            settled: false,
        })
    }

    /// A 2xx to our INVITE confirms it, and says anew which way it takes (RFC 3261 13.2.2.4).
    pub(crate) fn confirm(&mut self, confirmed: Dialog) {
        self.routes = confirmed.routes;
        self.target = confirmed.target;
        // After a challenge the INVITE had another number.
        self.local_seq = self.local_seq.max(confirmed.local_seq);
    }

    /// Takes note of a request's CSeq (RFC 3261 12.2.2). False: it is lower than what came before, answer 500.
    pub(crate) fn take_seq(&mut self, number: u32) -> bool {
        if self.remote_seq.is_some_and(|last| number < last) {
            return false;
        }
        self.remote_seq = Some(number);
        true
    }

    /// The CSeq number for our next request.
    pub(crate) fn next_seq(&mut self) -> u32 {
        self.local_seq = self.local_seq.wrapping_add(1) & 0x7fff_ffff;
        self.local_seq
    }

    /// RFC 3261 12.2.1.2, 12.2.2: a re-INVITE and its 2xx may move the remote target. True: it did.
    pub(crate) fn refresh_target(&mut self, message: &Message) -> bool {
        match contact(message) {
            Ok(Some(target)) if target != self.target => {
                self.target = target;
                true
            }
            _ => false,
        }
    }
}

/// The route set that a response leaves behind (RFC 3261 12.1.2).
fn recorded(response: &Message) -> Vec<String> {
    let hops = response.record_routes().flatten();
    let mut routes: Vec<String> = hops.map(|hop| hop.uri_raw().to_owned()).collect();
    routes.reverse();
    routes
}

/// The URI of the first Contact.
fn contact(message: &Message) -> Result<Option<String>, Flaw> {
    let contacts = message.contacts()?;
    let Some(first) = contacts.first() else { return Ok(None) };
    let uri = first.uri()?;
    if uri.as_str().len() > limits::CONTACT_BYTES {
        return Err(Flaw::bad("Contact too long"));
    }
    Ok(Some(uri.as_str().to_owned()))
}
