//! Phones that are pages in a browser: far ends beside those of `sip`, which speak of their legs by the same events. Who may
//! have which page, its socket and its sound are the shell's; here is who is there, which leg a page has, and what becomes
//! of both when the page is gone for a while: it may be loading anew, and its call waits for it.

mod leg;

#[cfg(test)]
mod tests;

use leg::Leg;
use sip::{BindingId, BindingLine, Bindings, Command, EndedBy, LegEvent, Line, Target, Transport};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{LegId, Mono, PhoneId, Pii};

/// A page that is gone is loading anew, perhaps: for so long it still counts as there.
const RELOADS: Duration = Duration::from_secs(3);
/// For so long its call waits for it.
const WAITS: Duration = Duration::from_secs(30);

/// What the shell says of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageInput {
    /// The page of this epoch is gone: its socket is closed, or its sound does not come any more.
    Detached {
        /// Which; an older one is gone anyway.
        epoch: u64,
    },
    /// Whoever is at the page takes a call.
    Answer {
        /// Which.
        leg: LegId,
    },
    /// He declines it, or hangs up.
    End {
        /// Which.
        leg: LegId,
    },
}

/// What a page must know, and whoever carries its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageNews {
    /// It rings.
    Rings {
        /// Which leg.
        leg: LegId,
        /// Who calls.
        caller: Pii<String>,
        /// His display name.
        name: Option<Pii<String>>,
    },
    /// It talks.
    Talks {
        /// Which leg.
        leg: LegId,
        /// Where the switch hears it; absent while that is not agreed on.
        to: Option<SocketAddr>,
    },
    /// That leg is over: nobody hears the page.
    Quiet {
        /// Which.
        leg: LegId,
    },
}

/// Why a page does not get a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAttached {
    /// The plan has no such page.
    NoPage,
    /// A newer page has it.
    Superseded,
}

/// What comes of an input.
#[derive(Debug)]
pub(crate) enum Output {
    Leg(LegId, LegEvent),
    Bindings(Bindings),
    News(PhoneId, PageNews),
}

/// All pages of the plan.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    known: BTreeMap<PhoneId, Page>,
    legs: BTreeMap<LegId, Leg>,
    due: BTreeSet<(Mono, PhoneId)>,
    out: VecDeque<Output>,
}

/// One of them.
#[derive(Debug, Default)]
struct Page {
    /// The newest that came.
    epoch: u64,
    /// Where its sound is plain RTP; absent as long as it never was there.
    sound: Option<SocketAddr>,
    /// Since when nobody is there.
    gone: Option<Mono>,
    /// Call control was told that it can be rung.
    there: bool,
    leg: Option<LegId>,
}

impl Pages {
    /// These phones are pages from now on, and no others.
    pub fn reconfigure(&mut self, pages: impl Iterator<Item = PhoneId>) {
        let wanted: BTreeSet<PhoneId> = pages.collect();
        let dropped: Vec<PhoneId> = self.known.keys().filter(|phone| !wanted.contains(phone)).copied().collect();
        for phone in dropped {
            self.end_leg_of(phone, EndedBy::Timeout);
            self.tell_there(phone, false);
            self.known.remove(&phone);
            self.due.retain(|(_, of)| *of != phone);
        }
        for phone in wanted {
            self.known.entry(phone).or_default();
        }
    }

    /// A page is there, in place of any that is not newer. Its call goes on.
    pub fn attach(&mut self, phone: PhoneId, epoch: u64, sound: SocketAddr) -> Result<(), NotAttached> {
        let page = self.known.get_mut(&phone).ok_or(NotAttached::NoPage)?;
        if epoch < page.epoch {
            return Err(NotAttached::Superseded);
        }
        (page.epoch, page.sound, page.gone) = (epoch, Some(sound), None);
        self.due.retain(|(_, of)| *of != phone);
        self.tell_there(phone, true);
        let leg = self.known.get(&phone).and_then(|page| page.leg);
        if let Some((id, leg)) = leg.and_then(|id| Some((id, self.legs.get(&id)?))) {
            let (itself, news) = (leg.itself, leg.news(id));
            self.out.push_back(Output::News(phone, news));
            if itself {
                self.answer(phone, id);
            }
        }
        Ok(())
    }

    /// The shell says something of a page. What does not fit any more is passed over.
    pub fn handle_input(&mut self, now: Mono, phone: PhoneId, input: &PageInput) {
        match input {
            PageInput::Detached { epoch } => self.detached(now, phone, *epoch),
            PageInput::Answer { leg } => self.answer(phone, *leg),
            PageInput::End { leg } if self.legs.get(leg).is_some_and(|leg| leg.phone == phone) => {
                self.end(*leg, EndedBy::Peer);
            }
            PageInput::End { .. } => {}
        }
    }

    fn detached(&mut self, now: Mono, phone: PhoneId, epoch: u64) {
        let Some(page) = self.known.get_mut(&phone) else { return };
        if page.epoch == epoch && page.sound.is_some() && page.gone.is_none() {
            page.gone = Some(now);
            self.due.insert((now + RELOADS, phone));
        }
    }

    fn answer(&mut self, phone: PhoneId, id: LegId) {
        let Some(sound) = self.known.get(&phone).and_then(|page| page.sound) else { return };
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.phone == phone) else { return };
        let Some(event) = leg.answer(sound) else { return };
        if let LegEvent::Refused { .. } = event {
            return self.over(id, event);
        }
        let news = leg.news(id);
        self.out.push_back(Output::Leg(id, event));
        self.out.push_back(Output::News(phone, news));
    }

    /// Whether a command is for a leg that ends here.
    pub fn has(&self, command: &Command) -> bool {
        match command {
            Command::Invite { target: Target::Phone(phone) | Target::Binding { phone, .. }, .. } => {
                self.known.contains_key(phone)
            }
            _ if self.legs.is_empty() => false,
            _ => leg_of(command).is_some_and(|leg| self.legs.contains_key(&leg)),
        }
    }

    /// Call control wants something of such a leg.
    pub fn command(&mut self, command: Command) {
        match command {
            Command::Invite { leg, target, caller, caller_name, extras, body, .. } => {
                let (Target::Phone(phone) | Target::Binding { phone, .. }) = target else { return };
                let itself = extras.is_some_and(|extras| extras.answers_itself);
                let placed = Leg::placed(leg, phone, (caller, caller_name), body.as_ref());
                self.invite(
                    leg,
                    phone,
                    placed.map(|mut leg| {
                        leg.itself = itself;
                        leg
                    }),
                );
            }
            Command::Release { leg, .. } => self.end(leg, EndedBy::Us),
            Command::Offer { leg, body } => self.offer(leg, body.as_ref()),
            Command::Acknowledge { leg: id, body } => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.acknowledged(&body);
                    let (phone, news) = (leg.phone, leg.news(id));
                    self.out.push_back(Output::News(phone, news));
                }
            }
            Command::Introduce { leg: id, number, name } => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    (leg.number, leg.name) = (number, name);
                }
            }
            // A page has neither REFER nor INFO, and what it shows comes by the stream.
            _ => {}
        }
    }

    fn invite(&mut self, id: LegId, phone: PhoneId, placed: Result<Leg, u16>) {
        let Some(page) = self.known.get_mut(&phone) else { return };
        let refused = |status| Output::Leg(id, LegEvent::Refused { status, cause: None, to: None });
        let (leg, remote) = match (placed, page.sound.filter(|_| page.there)) {
            (_, None) => return self.out.push_back(refused(480)),
            // One person, one ear.
            (_, Some(_)) if page.leg.is_some() => return self.out.push_back(refused(486)),
            (Err(status), _) => return self.out.push_back(refused(status)),
            (Ok(leg), Some(remote)) => (leg, remote),
        };
        let (itself, news) = (leg.itself && page.gone.is_none(), leg.news(id));
        page.leg = Some(id);
        self.legs.insert(id, leg);
        self.out.push_back(Output::Leg(id, LegEvent::Progress { remote, status: 180, early: 0, body: None }));
        self.out.push_back(Output::News(phone, news));
        if itself {
            self.answer(phone, id);
        }
    }

    fn offer(&mut self, id: LegId, body: Option<&sip::Body>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(sound) = self.known.get(&leg.phone).and_then(|page| page.sound) else { return };
        let event = leg.offered(sound, body);
        let (phone, news) = (leg.phone, leg.news(id));
        self.out.push_back(Output::Leg(id, event));
        self.out.push_back(Output::News(phone, news));
    }

    fn end_leg_of(&mut self, phone: PhoneId, by: EndedBy) {
        if let Some(leg) = self.known.get(&phone).and_then(|page| page.leg) {
            self.end(leg, by);
        }
    }

    fn end(&mut self, id: LegId, by: EndedBy) {
        if let Some(event) = self.legs.get(&id).map(|leg| leg.ended(by)) {
            self.over(id, event);
        }
    }

    /// The last word of a leg.
    fn over(&mut self, id: LegId, event: LegEvent) {
        let Some(leg) = self.legs.remove(&id) else { return };
        if let Some(page) = self.known.get_mut(&leg.phone) {
            page.leg = None;
        }
        self.out.push_back(Output::Leg(id, event));
        self.out.push_back(Output::News(leg.phone, PageNews::Quiet { leg: id }));
    }

    fn tell_there(&mut self, phone: PhoneId, there: bool) {
        let Some(page) = self.known.get_mut(&phone) else { return };
        if std::mem::replace(&mut page.there, there) == there {
            return;
        }
        let line = BindingLine { id: BindingId::FIXED, q: 1_000, transport: Transport::Udp };
        let (lines, changed) = (if there { vec![line] } else { vec![] }, vec![BindingId::FIXED]);
        let (came, went) = if there { (changed, vec![]) } else { (vec![], changed) };
        self.out.push_back(Output::Bindings(Bindings { phone, lines, came, went }));
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Mono> {
        self.due.first().map(|(at, _)| *at)
    }

    /// A page that did not come back takes no more calls, and then its own ends.
    pub fn handle_timeout(&mut self, now: Mono) {
        while let Some((at, phone)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            let Some(gone) = self.known.get(&phone).and_then(|page| page.gone) else { continue };
            self.tell_there(phone, false);
            if at >= gone + WAITS {
                self.end_leg_of(phone, EndedBy::Timeout);
            } else {
                self.due.insert((gone + WAITS, phone));
            }
        }
    }

    /// What a leg is doing, for a lamp.
    pub fn line(&self, id: LegId) -> Option<Line> {
        let leg = self.legs.get(&id)?;
        let (number, name) = (leg.number.clone(), leg.name.clone());
        Some(Line { leg: id, phone: leg.phone, state: leg.state(), number, name })
    }

    /// Every leg, with whose it is.
    pub fn legs(&self) -> impl Iterator<Item = (LegId, PhoneId)> {
        self.legs.iter().map(|(id, leg)| (*id, leg.phone))
    }
}

fn leg_of(command: &Command) -> Option<LegId> {
    match command {
        Command::Release { leg, .. }
        | Command::Offer { leg, .. }
        | Command::Acknowledge { leg, .. }
        | Command::Introduce { leg, .. }
        | Command::Focus { leg, .. }
        | Command::AnswerOffer { leg, .. }
        | Command::RefuseOffer { leg, .. }
        | Command::AcceptRefer { leg, .. }
        | Command::RefuseRefer { leg, .. }
        | Command::TellRefer { leg, .. }
        | Command::Info { leg, .. } => Some(*leg),
        _ => None,
    }
}
