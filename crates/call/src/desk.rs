//! What a call may ask of the world while it handles a signal: outputs, ids, timers, the index.

use crate::Output;
use crate::cdr::Entry;
use crate::usage::Usage;
use crate::verb::parcel::Errand;
use dialplan::Plan;
use media::{Playing, Sound};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use terms::{
    CallRef, CaptureId, ContactId, IdSource, Incarnation, LegId, Mono, Now, PhoneId, PlayId, StreamId, Wall, limits,
};

/// Which call an event belongs to.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub legs: BTreeMap<LegId, CallRef>,
    pub streams: BTreeMap<StreamId, CallRef>,
    /// The call in which a phone was last, whether it still is or not.
    pub phones: BTreeMap<PhoneId, CallRef>,
    pub contacts: BTreeMap<ContactId, CallRef>,
    /// Recordings outlive their calls: hashing and closing the file must not hold a call.
    pub captures: BTreeMap<CaptureId, (CallRef, Wall)>,
}

/// Hands out every id that call control owns. Those that outlive the process have a source each.
#[derive(Debug)]
pub(crate) struct Ids {
    of: Incarnation,
    pub calls: IdSource,
    pub contacts: IdSource,
    pub captures: IdSource,
    /// The last leg that `sip` received.
    received: LegId,
    legs: u64,
    streams: u64,
    plays: u64,
}

impl Ids {
    pub fn new(of: Incarnation) -> Ids {
        let source = || IdSource::new(of);
        let (calls, contacts, captures) = (source(), source(), source());
        Ids { of, calls, contacts, captures, received: LegId(0), legs: 0, streams: 0, plays: 0 }
    }
    /// None is left for another call, or too few for what the running ones may still need.
    pub fn are_spent(&self) -> bool {
        let rest = [&self.contacts, &self.captures].map(IdSource::left);
        let leg = self.received.max(LegId::outbound(self.legs)).0 + 2 * limits::IDS_KEPT;
        self.calls.left() == 0 || rest.iter().any(|left| *left < limits::IDS_KEPT) || self.of.id(leg).is_none()
    }
    pub fn call(&mut self) -> Option<CallRef> {
        self.calls.next_id().map(CallRef)
    }
    pub fn contact(&mut self) -> Option<ContactId> {
        self.contacts.next_id().map(ContactId)
    }
    pub fn capture(&mut self) -> Option<CaptureId> {
        self.captures.next_id().map(CaptureId)
    }
    /// `sip` chose this one.
    pub fn received(&mut self, leg: LegId) {
        self.received = self.received.max(leg);
    }
    pub fn leg(&mut self) -> LegId {
        self.legs += 1;
        LegId::outbound(self.legs)
    }
    pub fn stream(&mut self) -> StreamId {
        self.streams += 1;
        StreamId(self.streams)
    }
    /// A sound that was never played before.
    pub fn playing(&mut self, sound: Sound, repeat: bool) -> Playing {
        self.plays += 1;
        Playing { play: PlayId(self.plays), sound, repeat, yields: false }
    }
}

/// The next deadline of each call: one ordered set, exact cancellation.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeSet<(Mono, CallRef)>,
}

impl Timers {
    pub fn next(&self) -> Option<Mono> {
        self.due.first().map(|(at, _)| *at)
    }
    pub fn pop(&mut self, now: Mono) -> Option<CallRef> {
        let (at, call) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.pop_first();
        Some(call)
    }
    /// A call's next deadline is another one now.
    pub fn change(&mut self, call: CallRef, before: Option<Mono>, now: Option<Mono>) {
        if before != now {
            if let Some(at) = before {
                self.due.remove(&(at, call));
            }
            self.due.extend(now.map(|at| (at, call)));
        }
    }
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}

/// The port pairs that a stream may have for the asking, by worker.
#[derive(Debug, Default)]
pub(crate) struct Spares {
    there: BTreeMap<u16, VecDeque<SocketAddr>>,
}

impl Spares {
    pub fn put(&mut self, worker: u16, local: SocketAddr) {
        self.there.entry(worker).or_default().push_back(local);
    }
    pub fn take(&mut self, worker: u16) -> Option<SocketAddr> {
        self.there.get_mut(&worker)?.pop_front()
    }
}

/// What the desks of all calls are made of.
#[derive(Debug)]
pub(crate) struct Office {
    pub out: VecDeque<Output>,
    pub ids: Ids,
    pub index: Index,
    pub timers: Timers,
    pub usage: Usage,
    pub spares: Spares,
    pub refusals: BTreeMap<String, u64>,
    pub astray: BTreeMap<&'static str, u64>,
    /// What calls want of each other.
    pub errands: VecDeque<Errand>,
    #[cfg(test)]
    pub fuse: Fuse,
}

/// Bugs, for the test of what contains them: so many outputs after now somebody panics, and so often.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct Fuse {
    pub outputs: u32,
    pub panics: u32,
}

#[cfg(test)]
impl Fuse {
    fn burn(&mut self) {
        self.outputs = self.outputs.saturating_sub(1);
        if self.outputs == 0 && self.panics > 0 {
            self.panics -= 1;
            panic!("somebody panics on purpose");
        }
    }
}

impl Office {
    pub fn new(ids: Ids) -> Office {
        Office {
            out: VecDeque::new(),
            ids,
            index: Index::default(),
            timers: Timers::default(),
            usage: Usage::default(),
            spares: Spares::default(),
            refusals: BTreeMap::new(),
            astray: BTreeMap::new(),
            errands: VecDeque::new(),
            #[cfg(test)]
            fuse: Fuse::default(),
        }
    }

    pub fn desk<'a>(&'a mut self, now: Now, plan: &'a Plan) -> Desk<'a> {
        Desk {
            now,
            plan,
            out: &mut self.out,
            ids: &mut self.ids,
            index: &mut self.index,
            timers: &mut self.timers,
            usage: &mut self.usage,
            spares: &mut self.spares,
            refusals: &mut self.refusals,
            astray: &mut self.astray,
            errands: &mut self.errands,
            #[cfg(test)]
            fuse: &mut self.fuse,
        }
    }
}

/// The desk of one call while it handles one signal.
pub(crate) struct Desk<'a> {
    pub now: Now,
    /// The plan in force; a call's own may be older.
    pub plan: &'a Plan,
    pub out: &'a mut VecDeque<Output>,
    pub ids: &'a mut Ids,
    pub index: &'a mut Index,
    pub timers: &'a mut Timers,
    pub usage: &'a mut Usage,
    pub spares: &'a mut Spares,
    pub refusals: &'a mut BTreeMap<String, u64>,
    pub astray: &'a mut BTreeMap<&'static str, u64>,
    /// What calls want of each other: the switchboard does it when this call has been told all.
    pub errands: &'a mut VecDeque<Errand>,
    #[cfg(test)]
    pub fuse: &'a mut Fuse,
}

impl Desk<'_> {
    pub fn sip(&mut self, command: sip::Command) {
        self.say(Output::Sip(command));
    }
    pub fn media(&mut self, worker: u16, command: media::Command) {
        self.say(Output::Media { worker, command });
    }
    pub fn acd(&mut self, command: acd::Command) {
        self.say(Output::Acd(command));
    }
    pub fn ledger(&mut self, entry: Entry) {
        self.say(Output::Ledger(entry));
    }
    fn say(&mut self, output: Output) {
        #[cfg(test)]
        self.fuse.burn();
        self.out.push_back(output);
    }
    pub fn count(&mut self, reason: &str) {
        *self.refusals.entry(reason.to_owned()).or_insert(0) += 1;
    }
    /// Counts what cannot be: a bug of ours. What is merely late is left out without a word.
    pub fn astray(&mut self, what: &'static str) {
        *self.astray.entry(what).or_insert(0) += 1;
    }
}
