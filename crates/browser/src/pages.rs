//! The legs of one thread: whose a datagram is, when each wants to be called again, and what they ask for.

use crate::{Agreed, Gate, Identity, Ignored, Leg, Output, PageId, Refused};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use terms::Mono;

/// Legs. After each input the owner calls [`Pages::settle`] for the page that it was for.
#[derive(Debug)]
pub struct Pages {
    identity: Identity,
    local: SocketAddr,
    legs: BTreeMap<PageId, (Leg, Option<Mono>)>,
    due: BTreeSet<(Mono, PageId)>,
    gate: Gate,
}

impl Pages {
    /// None yet. `local` is the address that pages reach.
    pub fn new(identity: Identity, local: SocketAddr) -> Pages {
        Pages { identity, local, legs: BTreeMap::new(), due: BTreeSet::new(), gate: Gate::default() }
    }

    /// A page's first offer. The leg that had this id is replaced, if there was one, once the offer is taken.
    pub fn attach(&mut self, now: Mono, page: PageId, offer: &str) -> Result<String, Refused> {
        let (leg, answer) = Leg::answer(&self.identity, now, self.local, offer)?;
        self.take(page);
        self.put(page, leg);
        Ok(answer)
    }

    /// Another offer of the same page.
    pub fn again(&mut self, now: Mono, page: PageId, offer: &str) -> Result<String, Refused> {
        let (leg, _) = self.legs.get_mut(&page).ok_or(Refused::Ended)?;
        let answer = leg.again(now, offer)?;
        self.gate.name(page, leg.name());
        self.schedule(page);
        Ok(answer)
    }

    /// What was agreed with a page, if it has a leg here.
    pub fn agreed(&self, page: PageId) -> Option<&Agreed> {
        self.legs.get(&page).map(|(leg, _)| leg.agreed())
    }

    /// Whether there can be sound.
    pub fn is_up(&self, page: PageId) -> bool {
        self.legs.get(&page).is_some_and(|(leg, _)| leg.is_up())
    }

    /// A datagram from somewhere. The page that it is of has something to say.
    pub fn receive(&mut self, now: Mono, from: SocketAddr, datagram: &[u8]) -> Result<PageId, Ignored> {
        let page = self.gate.whose(from, datagram).ok_or(Ignored::Stranger)?;
        let (leg, _) = self.legs.get_mut(&page).ok_or(Ignored::Stranger)?;
        leg.receive(now, from, datagram)?;
        Ok(page)
    }

    /// A packet of plain RTP for a page.
    pub fn send(&mut self, now: Mono, page: PageId, packet: &[u8]) -> Result<(), Ignored> {
        let (leg, _) = self.legs.get_mut(&page).ok_or(Ignored::Unconnected)?;
        leg.send(now, packet)
    }

    /// Ends a page's leg. It says goodbye when it is settled.
    pub fn close(&mut self, now: Mono, page: PageId) {
        if let Some((leg, _)) = self.legs.get_mut(&page) {
            leg.close(now);
        }
    }

    /// When [`Pages::expired`] has somebody.
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The next page whose time had come. It has something to say, perhaps.
    pub fn expired(&mut self, now: Mono) -> Option<PageId> {
        let (at, page) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.pop_first();
        let (leg, due) = self.legs.get_mut(&page)?;
        *due = None;
        leg.handle_timeout(now);
        Some(page)
    }

    /// Gives all that a page's leg asks for. One that has ended is gone afterwards.
    pub fn settle(&mut self, page: PageId, mut give: impl FnMut(Output<'_>)) {
        let Some((leg, _)) = self.legs.get_mut(&page) else { return };
        let mut ended = false;
        while let Some(output) = leg.poll() {
            match &output {
                Output::Send { to, .. } => self.gate.sends(page, *to),
                Output::Ended => ended = true,
                _ => {}
            }
            give(output);
        }
        match ended {
            true => drop(self.take(page)),
            false => self.schedule(page),
        }
    }

    /// Gives a leg away, for another thread to go on with.
    pub fn take(&mut self, page: PageId) -> Option<Leg> {
        let (leg, due) = self.legs.remove(&page)?;
        if let Some(at) = due {
            self.due.remove(&(at, page));
        }
        self.gate.forget(page);
        Some(leg)
    }

    /// Goes on with a leg.
    pub fn put(&mut self, page: PageId, mut leg: Leg) {
        self.gate.name(page, leg.name());
        // It has proved before where it is: its sound need not wait until it does so again.
        if let Some(remote) = leg.remote() {
            self.gate.sends(page, remote);
        }
        self.legs.insert(page, (leg, None));
        self.schedule(page);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.legs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    fn schedule(&mut self, page: PageId) {
        let Some((leg, due)) = self.legs.get_mut(&page) else { return };
        let at = leg.poll_timeout();
        if at == *due {
            return;
        }
        if let Some(former) = std::mem::replace(due, at) {
            self.due.remove(&(former, page));
        }
        if let Some(at) = at {
            self.due.insert((at, page));
        }
    }
}
