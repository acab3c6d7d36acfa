//! REFER within a call (RFC 3515, RFC 5589): what is asked for is told to call control, which accepts or refuses it; how it
//! goes on is told in NOTIFYs, also after the one who asked has hung up. Only a phone that proved itself gets here.

use super::keep::Kept;
use super::leg::{Leg, LegTimer, Peer, Phase};
use super::receive::Incoming;
use super::{Due, Endpoint};
use crate::face::{LegEvent, Referral, Replaced};
use crate::message::{Message, Method, Name, NameAddr, Replaces, Scheme, reason_phrase};
use crate::transaction::key::ServerKey;
use crate::transaction::store::{Purpose, TxId};
use bytes::Bytes;
use std::borrow::Cow;
use terms::{LegId, Pii, limits};

/// Whom a REFER names, and which call he is to take over.
type Wanted = (Pii<String>, Option<Replaced>);
/// Why not: the status, and the reason as it is counted.
type No = (u16, &'static str);

/// One REFER of a leg.
#[derive(Debug)]
pub(crate) struct Refer {
    /// Its CSeq number, by which it is known to call control and in `Event: refer;id=`.
    pub id: u32,
    /// Its dialog.
    at: usize,
    /// Until it is accepted or refused.
    open: Option<(TxId, Box<Message>)>,
    /// Whether the NOTIFYs must name it: it is not the first in its dialog (RFC 3515 2.4.6).
    named: bool,
    /// Nobody wants to hear how it goes (RFC 4488).
    quiet: bool,
}

impl Endpoint {
    /// A REFER arrived.
    pub(super) fn referred(&mut self, id: LegId, at: usize, incoming: &Incoming, key: ServerKey) {
        let message = &incoming.message;
        let Some(leg) = self.legs.get(&id) else { return };
        if leg.told {
            return self.refuse_stateless(incoming, 481, "", "no dialog");
        }
        let Peer::Phone(by) = leg.peer else {
            return self.refuse_stateless(incoming, 403, "", "not a phone");
        };
        if !matches!(leg.phase, Phase::Up | Phase::Answered) || leg.refers.len() >= limits::REFERS {
            return self.refuse_stateless(incoming, 603, "", "cannot be transferred");
        }
        let (to, replaces) = match self.read_refer(leg, incoming) {
            Ok(read) => read,
            Err((status, why)) => return self.refuse_stateless(incoming, status, "", why),
        };
        let quiet = message.header(Name::ReferSub).is_some_and(|wish| wish.trim().eq_ignore_ascii_case("false"));
        let number = message.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let tx = self.accept(incoming, key);
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let named = std::mem::replace(&mut leg.referred, true);
        let open = Some((tx, Box::new(message.clone())));
        leg.refers.push(Refer { id: number, at, open, named, quiet });
        let referral = Box::new(Referral { refer: number, to, replaces, by });
        self.leg_event(id, LegEvent::Referred(referral));
    }

    /// What Refer-To says.
    fn read_refer(&self, leg: &Leg, incoming: &Incoming) -> Result<Wanted, No> {
        const BAD: No = (400, "bad Refer-To");
        let mut values = incoming.message.raw(Name::ReferTo);
        let (Some(value), None) = (values.next(), values.next()) else { return Err(BAD) };
        let address = NameAddr::parse(value).map_err(|_| BAD)?;
        let uri = address.uri().map_err(|_| BAD)?;
        if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips | Scheme::Tel) {
            return Err((416, "scheme of Refer-To"));
        }
        // RFC 3515 2.1: what else could be asked of the other one we do not ask.
        if uri.param("method").is_some_and(|method| method != Method::Invite.as_str()) {
            return Err(BAD);
        }
        let replaces = match Replaces::in_uri(&uri) {
            None => None,
            Some(None) => return Err(BAD),
            Some(Some(replaces)) => Some(self.replaced_by(leg, &replaces)?),
        };
        if replaces.is_none() && !self.names_us(incoming.link, &uri) {
            return Err((404, "another's domain"));
        }
        let to = uri.subscriber().map(Cow::into_owned).unwrap_or_default();
        if to.is_empty() && replaces.is_none() {
            return Err(BAD);
        }
        Ok((Pii::new(to), replaces))
    }

    /// The other call of the same phone. Some devices write the tags as they see them themselves. That there is none is
    /// no 481 here: it would end the call in which the REFER was sent (RFC 5057 5.1).
    fn replaced_by(&self, leg: &Leg, replaces: &Replaces<'_>) -> Result<Replaced, No> {
        let swapped =
            Replaces { to_tag: replaces.from_tag.clone(), from_tag: replaces.to_tag.clone(), ..replaces.clone() };
        let found = self.resolve(replaces).or_else(|status| self.resolve(&swapped).map_err(|_| status));
        let found = found.map_err(|status| match status {
            486 => (486, "answered already"),
            _ => (603, "no such call to take over"),
        })?;
        match self.legs.get(&found.leg).is_some_and(|other| other.peer == leg.peer) {
            true => Ok(found),
            false => Err((403, "another's call")),
        }
    }

    /// Call control takes it on.
    pub(super) fn accept_refer(&mut self, id: LegId, refer: u32) {
        let Some((tx, request, quiet)) = self.take_refer(id, refer) else { return };
        let Some(leg) = self.legs.get(&id) else { return };
        let builder = self.open_response(&request, 202, "", &leg.local_tag).header(Name::Contact, leg.contact_value());
        let builder = if quiet { builder.header(Name::ReferSub, "false") } else { builder };
        self.respond(tx, 202, builder.build());
        if quiet {
            return self.drop_refer(id, refer);
        }
        // RFC 3515 2.4.4: the first NOTIFY comes at once.
        self.tell_refer(id, refer, 100);
    }

    /// It is not taken on.
    pub(super) fn refuse_refer(&mut self, id: LegId, refer: u32, status: u16) {
        let Some((tx, request, _)) = self.take_refer(id, refer) else { return };
        let tag = self.legs.get(&id).map(|leg| leg.local_tag.clone()).unwrap_or_default();
        let status = status.clamp(300, 699);
        let response = self.open_response(&request, status, "", &tag).build();
        self.respond(tx, status, response);
        self.drop_refer(id, refer);
    }

    /// All that nobody has decided on, as their call ends.
    pub(super) fn refuse_refers(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.refers.is_empty()) else { return };
        let open: Vec<u32> = leg.refers.iter().filter(|refer| refer.open.is_some()).map(|refer| refer.id).collect();
        open.into_iter().for_each(|refer| self.refuse_refer(id, refer, 487));
    }

    fn take_refer(&mut self, id: LegId, refer: u32) -> Option<(TxId, Message, bool)> {
        let known = self.legs.get_mut(&id)?.refers.iter_mut().find(|known| known.id == refer)?;
        let (tx, request) = known.open.take()?;
        Some((tx, *request, known.quiet))
    }

    /// How it goes on, as the answer that the new call has got so far (RFC 3515 2.4.5). A final one is the last word.
    pub(super) fn tell_refer(&mut self, id: LegId, refer: u32, status: u16) {
        let Some(leg) = self.legs.get(&id) else { return };
        let Some(known) = leg.refers.iter().find(|known| known.id == refer && known.open.is_none()) else { return };
        let (at, named, over) = (known.at, known.named, status >= 200);
        let Some(begun) = self.begin_within(id, at, &Method::Notify) else { return self.drop_refer(id, refer) };
        let Some(leg) = self.legs.get(&id) else { return };
        let builder = begun.builder.header(Name::Contact, leg.contact_value());
        let builder = match named {
            true => builder.header(Name::Event, format_args!("refer;id={refer}")),
            false => builder.header(Name::Event, "refer"),
        };
        let state = if over { "terminated;reason=noresource" } else { "active;expires=180" };
        let news = format!("SIP/2.0 {status} {}\r\n", reason_phrase(status));
        let builder = builder.header(Name::SubscriptionState, state);
        let request = builder.body("message/sipfrag;version=2.0", Bytes::from(news)).build();
        let purpose = Purpose::Notify { leg: id, refer, over };
        self.send_other(&Method::Notify, begun.branch, begun.path, request, purpose);
    }

    /// Our NOTIFY was answered, or not.
    pub(super) fn notify_answered(&mut self, id: LegId, refer: u32, over: bool, status: u16) {
        // RFC 6665 4.2.2: nobody listens any more.
        if over || matches!(status, 408 | 481 | 503) {
            self.drop_refer(id, refer);
        }
    }

    /// A REFER is over; so is a call that was only kept for the sake of its last one.
    fn drop_refer(&mut self, id: LegId, refer: u32) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.refers.retain(|known| known.id != refer);
        if leg.refers.is_empty() && matches!(leg.phase, Phase::Lingering) {
            self.forget_leg(id);
        }
    }

    /// They hung up, and still want to hear how the transfer goes on: the dialog lives for that (RFC 5057 4.1). True: it
    /// does.
    pub(super) fn linger(&mut self, id: LegId) -> bool {
        self.refuse_refers(id);
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.refers.is_empty()) else { return false };
        leg.phase = Phase::Lingering;
        let kept = std::mem::replace(&mut leg.kept, Kept::No);
        self.let_go(id, kept);
        self.silence(id);
        self.deadlines.set(Due::Leg(id, LegTimer::Cancelled), self.now.mono + limits::REFER_LINGERS);
        true
    }
}
