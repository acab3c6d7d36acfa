//! Who is at the other end now: the screen of a phone whose call was transferred shows him (RFC 3325 9.1, RFC 4916 in
//! spirit). An UPDATE where the phone takes it, else a re-INVITE with the session as it is.

use super::compose::sip_uri;
use super::leg::{Change, Leg, LegTimer, Peer, Phase};
use super::{Due, Endpoint};
use crate::dialog::Party;
use crate::face::Transport;
use crate::message::{Address, Builder, Name};
use terms::{LegId, Pii};

impl Endpoint {
    /// A phone is told who it talks to now. A carrier is not: what it shows is a matter of its INVITE.
    pub(super) fn introduce(&mut self, id: LegId, number: &Pii<String>, name: Option<&Pii<String>>) {
        let Some(leg) = self.legs.get(&id).filter(|leg| matches!(leg.peer, Peer::Phone(_)) && !leg.told) else {
            return;
        };
        let Some(link) = leg.link else { return };
        let uri = sip_uri(number.reveal(), &self.domain(link), Transport::Udp);
        let party = Box::new(Party { display: name.map(|name| name.reveal().clone()), uri });
        let Some(leg) = self.legs.get_mut(&id) else { return };
        (leg.shown, leg.news) = (Some(party), true);
        self.tell_news(id);
    }

    /// A conference is at the other end: our Contact is its, and says so. Who is not answered yet hears that with his answer.
    pub(super) fn focus(&mut self, id: LegId, number: &Pii<String>, name: Option<&Pii<String>>) {
        let Some(link) = self.legs.get(&id).filter(|leg| !leg.told).and_then(|leg| leg.link) else { return };
        let contact = self.contact(link, number.reveal());
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.focus || leg.contact != contact) else { return };
        (leg.focus, leg.contact) = (true, contact);
        if !matches!(leg.phase, Phase::Offered { .. }) {
            self.introduce(id, number, name);
        }
    }

    /// Tells it, once nothing stands in its way.
    pub(super) fn tell_news(&mut self, id: LegId) {
        let glare = self.deadlines.is_set(Due::Leg(id, LegTimer::Glare));
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.news && !leg.told && !glare) else { return };
        if matches!((&leg.phase, &leg.change), (Phase::Up, Change::None)) && leg.repeat.is_none() {
            leg.news = false;
            self.refresh(id);
        }
    }
}

impl Leg {
    /// Adds who it talks to now, when that is not who it was told at first.
    pub(super) fn name_other(&self, builder: Builder) -> Builder {
        match &self.shown {
            None => builder,
            Some(party) => {
                let value = Address { display: party.display.as_deref(), uri: &party.uri, tag: None };
                builder.header(Name::PAssertedIdentity, value)
            }
        }
    }
}
