//! Who watches what: each subscription with the name on its key, when it was told last, and what. What changes is looked
//! up by what may change it; who is to be told is told when his time has come.

use crate::document::{Document, Order};
use crate::face::{Input, Sight, Snapshot};
use crate::light::Scene;
use crate::pace::Pace;
use crate::published::Published;
use crate::resource::{Key, Resource};
use crate::rights;
use crate::roster::Roster;
use dialplan::Plan;
use sip::{Command, Package, SubId, Subscriber, Text, TextId, Watch};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use terms::{LegId, Mono, Now, PhoneId, QueueId, RoomId};

/// One who watches.
#[derive(Debug)]
struct Watcher {
    by: PhoneId,
    package: Package,
    /// What is watched, as he names it.
    name: String,
    /// What he calls the switch.
    host: String,
    what: Resource,
    /// The version of his next document (RFC 4235 4.1, RFC 3680 5.1).
    version: u32,
    /// What he was told last.
    mark: u64,
    /// Who was in the room then, if it is one.
    roster: Option<Arc<Roster>>,
    told: Mono,
    /// When he is to be told something.
    due: Option<Mono>,
}

/// The room.
#[derive(Debug, Default)]
pub struct Lamps {
    plan: Arc<Plan>,
    watchers: BTreeMap<SubId, Watcher>,
    by_key: BTreeMap<Key, BTreeSet<SubId>>,
    pace: Pace,
    published: Published,
    /// Who is in each room that is watched, since that was last looked at.
    rosters: BTreeMap<RoomId, Arc<Roster>>,
    /// The legs of each phone, while anybody watches.
    legs: BTreeMap<PhoneId, BTreeSet<LegId>>,
    phone_of: BTreeMap<LegId, PhoneId>,
    out: VecDeque<Command>,
}

impl Lamps {
    /// Whether anybody watches: if not, nobody need say what happens.
    pub fn are_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    /// Takes one input. Drain [`Lamps::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Now, input: Input, sight: &dyn Sight) {
        match input {
            Input::Watch(watch) => self.watch(now.mono, watch, sight),
            Input::Plan(plan) => self.take_plan(now.mono, plan),
            Input::Leg(leg) => self.leg_changed(now.mono, leg, sight),
            Input::Phone(phone) => self.changed(now.mono, Key::Phone(phone)),
            Input::Agent(agent) => self.changed(now.mono, Key::Agent(agent)),
            Input::Slot(slot) => self.changed(now.mono, Key::Slot(slot)),
            Input::Room(room) => {
                self.rosters.remove(&room);
                self.changed(now.mono, Key::Room(room));
            }
            Input::Mail(mailbox) => {
                let phones = self.plan.phones_of_mailbox(mailbox);
                phones.into_iter().for_each(|phone| self.changed(now.mono, Key::Phone(phone)));
            }
            Input::Queues => self.queues_changed(now.mono),
        }
    }

    /// What signalling is asked for.
    pub fn poll_output(&mut self) -> Option<Command> {
        self.out.pop_front()
    }

    /// When [`Lamps::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.pace.next()
    }

    /// Tells some of those whose time has come. Drain [`Lamps::poll_output`] afterwards.
    pub fn handle_timeout(&mut self, now: Now, sight: &dyn Sight) {
        for sub in self.pace.pop(now.mono) {
            if let Some(watcher) = self.watchers.get_mut(&sub) {
                watcher.due = None;
                self.tell_news(now.mono, sub, sight);
            }
        }
    }

    /// The state in numbers.
    pub fn inspect(&self) -> Snapshot {
        Snapshot {
            watchers: self.watchers.len(),
            due: self.pace.len(),
            legs: self.phone_of.len(),
            published: self.published.len(),
        }
    }

    fn watch(&mut self, now: Mono, watch: Watch, sight: &dyn Sight) {
        match watch {
            Watch::Subscribed { sub, subscriber } => self.subscribed(now, sub, *subscriber, sight),
            Watch::StateWanted { sub } => self.tell_all(now, sub, sight),
            Watch::Unsubscribed { sub } => self.forget(sub),
            Watch::Published(news) => {
                self.published.take(news.phone, news.number, news.body.as_ref());
                self.changed(now, Key::Phone(news.phone));
            }
            Watch::Texted { text, from } => self.texted(text, &from, sight),
        }
    }

    fn subscribed(&mut self, now: Mono, sub: SubId, subscriber: Subscriber, sight: &dyn Sight) {
        let Subscriber { by, package, resource, host } = subscriber;
        let name = resource.reveal().clone();
        let Some(what) = Resource::named(&self.plan, &name) else {
            return self.out.push_back(Command::Deny { sub, status: 404 });
        };
        if !self.may(by, package, what, sight) {
            return self.out.push_back(Command::Deny { sub, status: 403 });
        }
        if self.watchers.is_empty() {
            self.look_at_legs(sight);
        }
        let (version, mark, roster, told, due) = (0, 0, None, now, None);
        self.watchers.insert(sub, Watcher { by, package, name, host, what, version, mark, roster, told, due });
        self.depend(sub, what);
        let body = self.document(now, sub, sight, true).map(|(document, version)| document.with_version(version));
        self.out.push_back(Command::Admit { sub, body });
    }

    fn depend(&mut self, sub: SubId, what: Resource) {
        for key in what.keys(&self.plan) {
            self.by_key.entry(key).or_default().insert(sub);
        }
    }

    fn forget(&mut self, sub: SubId) {
        let Some(gone) = self.watchers.remove(&sub) else { return };
        gone.due.into_iter().for_each(|at| self.pace.unmark(sub, at));
        for key in gone.what.keys(&self.plan) {
            let Some(those) = self.by_key.get_mut(&key) else { continue };
            those.remove(&sub);
            if those.is_empty() {
                self.by_key.remove(&key);
            }
        }
        if self.watchers.is_empty() {
            (self.legs, self.phone_of, self.rosters) = Default::default();
        }
    }

    /// Names mean something else now; what is no more is no longer watched, nor what may no longer be.
    fn take_plan(&mut self, now: Mono, plan: Arc<Plan>) {
        self.plan = plan;
        self.by_key.clear();
        self.rosters.clear();
        let subs: Vec<SubId> = self.watchers.keys().copied().collect();
        for sub in subs {
            let Some(watcher) = self.watchers.get_mut(&sub) else { continue };
            let what = Resource::named(&self.plan, &watcher.name);
            // Who may see into a room is asked when he is told.
            let room = |what: &Resource| watcher.package == Package::Conference && matches!(what, Resource::Room(_));
            let may = |what: &Resource| room(what) || rights::may_watch(&self.plan, watcher.by, watcher.package, *what);
            match what.filter(may) {
                Some(what) => {
                    watcher.what = what;
                    self.depend(sub, what);
                    self.mark(now, sub);
                }
                None => self.out.push_back(Command::EndSubscription { sub }),
            }
        }
    }

    /// From now on legs are told one by one.
    fn look_at_legs(&mut self, sight: &dyn Sight) {
        for (leg, phone) in sight.legs() {
            self.phone_of.insert(leg, phone);
            self.legs.entry(phone).or_default().insert(leg);
        }
    }

    fn leg_changed(&mut self, now: Mono, leg: LegId, sight: &dyn Sight) {
        let phone = match sight.line(leg) {
            Some(line) => {
                self.phone_of.insert(leg, line.phone);
                self.legs.entry(line.phone).or_default().insert(leg);
                line.phone
            }
            None => match self.phone_of.remove(&leg) {
                Some(phone) => self.leg_gone(phone, leg),
                None => return,
            },
        };
        self.changed(now, Key::Phone(phone));
    }

    fn leg_gone(&mut self, phone: PhoneId, leg: LegId) -> PhoneId {
        if let Some(legs) = self.legs.get_mut(&phone) {
            legs.remove(&leg);
            if legs.is_empty() {
                self.legs.remove(&phone);
            }
        }
        phone
    }

    fn queues_changed(&mut self, now: Mono) {
        let all = (Bound::Included(Key::Queue(QueueId(0))), Bound::Included(Key::Queue(QueueId(u64::MAX))));
        let queues: Vec<Key> = self.by_key.range(all).map(|(key, _)| *key).collect();
        queues.into_iter().for_each(|key| self.changed(now, key));
    }

    fn changed(&mut self, now: Mono, key: Key) {
        let subs: Vec<SubId> = self.by_key.get(&key).into_iter().flatten().copied().collect();
        subs.into_iter().for_each(|sub| self.mark(now, sub));
    }

    fn mark(&mut self, now: Mono, sub: SubId) {
        if let Some(watcher) = self.watchers.get_mut(&sub).filter(|watcher| watcher.due.is_none()) {
            watcher.due = Some(self.pace.mark(sub, now, watcher.told));
        }
    }

    /// Tells one how things stand, whatever he knows of it.
    fn tell_all(&mut self, now: Mono, sub: SubId, sight: &dyn Sight) {
        if !self.may_still(sub, sight) {
            return;
        }
        if let Some((document, version)) = self.document(now, sub, sight, true) {
            self.out.push_back(Command::Notify { sub, body: document.with_version(version) });
        }
    }

    /// Whether one who watches may do so now; else that is over. Who has left a room sees no longer who is there.
    fn may_still(&mut self, sub: SubId, sight: &dyn Sight) -> bool {
        let Some(watcher) = self.watchers.get(&sub) else { return false };
        let (by, package, what) = (watcher.by, watcher.package, watcher.what);
        let may = package != Package::Conference || self.may(by, package, what, sight);
        if !may {
            self.out.push_back(Command::EndSubscription { sub });
        }
        may
    }

    /// Tells one how things stand, where that is not what he was told last.
    fn tell_news(&mut self, now: Mono, sub: SubId, sight: &dyn Sight) {
        if !self.may_still(sub, sight) || self.is_as_told(sub, sight) {
            return;
        }
        let before = self.watchers.get(&sub).map(|watcher| (watcher.mark, watcher.version, watcher.told));
        let Some((document, version)) = self.document(now, sub, sight, false) else { return };
        let Some((mark, last, told)) = before else { return };
        if document.mark() != mark {
            return self.out.push_back(Command::Notify { sub, body: document.with_version(version) });
        }
        if let Some(watcher) = self.watchers.get_mut(&sub) {
            (watcher.version, watcher.told) = (last, told);
        }
    }

    fn may(&mut self, by: PhoneId, package: Package, what: Resource, sight: &dyn Sight) -> bool {
        match (package, what) {
            (Package::Conference, Resource::Room(room)) => {
                let roster = self.roster(room, sight);
                rights::may_see(&self.plan, by, room, roster.as_deref())
            }
            _ => rights::may_watch(&self.plan, by, package, what),
        }
    }

    /// Who is in a room. All of its watchers are told from the same one.
    fn roster(&mut self, room: RoomId, sight: &dyn Sight) -> Option<Arc<Roster>> {
        if let Some(known) = self.rosters.get(&room) {
            return Some(known.clone());
        }
        let roster = Arc::new(sight.room(room)?);
        // While nobody watches nobody says what changes in it.
        if self.are_watched() {
            self.rosters.insert(room, roster.clone());
        }
        Some(roster)
    }

    /// Whether he who watches a room knows already who is in it.
    fn is_as_told(&mut self, sub: SubId, sight: &dyn Sight) -> bool {
        let Some((what, told)) = self.watchers.get(&sub).map(|watcher| (watcher.what, watcher.roster.clone())) else {
            return true;
        };
        let (Resource::Room(room), Some(told)) = (what, told) else { return false };
        *told == *self.roster(room, sight).unwrap_or_default()
    }

    /// The document that a watcher is told now, and its version; `whole`, where he may have missed one before.
    fn document(&mut self, now: Mono, sub: SubId, sight: &dyn Sight, whole: bool) -> Option<(Document, u32)> {
        let watched = self.watchers.get(&sub)?;
        let room = match (watched.package, watched.what) {
            (Package::Conference, Resource::Room(room)) => Some(self.roster(room, sight).unwrap_or_default()),
            _ => None,
        };
        let Lamps { plan, watchers, legs, published, .. } = self;
        let watcher = watchers.get_mut(&sub)?;
        let before = watcher.roster.take().filter(|_| !whole);
        let scene = Scene { plan, sight, legs, published };
        let Watcher { by, package, what, name, host, .. } = &*watcher;
        let (by, package, what) = (*by, *package, *what);
        let order = Order { by, package, what, room: (room.as_deref(), before.as_deref()), name, host };
        let document = Document::make(&scene, &order);
        let version = watcher.version;
        (watcher.version, watcher.mark, watcher.told) = (version.wrapping_add(1), document.mark(), now);
        watcher.roster = room;
        Some((document, version))
    }

    /// A text is for the phone that is named as it would be dialled; within a call for that of the other end.
    fn texted(&mut self, text: TextId, from: &Text, sight: &dyn Sight) {
        let to = match from.within {
            Some(leg) => sight.facing(leg).ok_or(480),
            None => self.plan.phone_dialled(from.to.reveal()).map(|phone| phone.id).ok_or(404),
        };
        self.out.push_back(match to {
            Ok(to) => Command::PassText { text, to },
            Err(status) => Command::RefuseText { text, status },
        });
    }
}
