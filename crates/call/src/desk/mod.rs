//! What a call may ask of the world while it handles a signal: outputs, ids, timers, the index.

mod boxes;
mod ids;
mod index;
mod spares;
mod timers;
mod usage;

use crate::cdr::Entry;
use crate::face::Output;
use crate::pins::Door;
pub(crate) use boxes::Boxes;
pub use boxes::Lying;
use dialplan::Plan;
pub(crate) use ids::Ids;
pub(crate) use index::{Capturing, Index, Occupied, Standing};
pub(crate) use spares::Spares;
use std::collections::{BTreeMap, VecDeque};
use terms::{Mailbox, Now, RoomId};
pub(crate) use timers::Timers;
pub(crate) use usage::Usage;

/// What the desks of all calls are made of.
#[derive(Debug)]
pub(crate) struct Office {
    pub out: VecDeque<Output>,
    pub ids: Ids,
    pub index: Index,
    pub boxes: Boxes,
    pub timers: Timers,
    pub usage: Usage,
    pub spares: Spares,
    pub door: Door,
    pub refusals: BTreeMap<String, u64>,
    pub astray: BTreeMap<&'static str, u64>,
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
            boxes: Boxes::default(),
            timers: Timers::default(),
            usage: Usage::default(),
            spares: Spares::default(),
            door: Door::default(),
            refusals: BTreeMap::new(),
            astray: BTreeMap::new(),
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
            boxes: &mut self.boxes,
            timers: &mut self.timers,
            usage: &mut self.usage,
            spares: &mut self.spares,
            door: &mut self.door,
            refusals: &mut self.refusals,
            astray: &mut self.astray,
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
    pub boxes: &'a mut Boxes,
    pub timers: &'a mut Timers,
    pub usage: &'a mut Usage,
    pub spares: &'a mut Spares,
    pub door: &'a mut Door,
    pub refusals: &'a mut BTreeMap<String, u64>,
    pub astray: &'a mut BTreeMap<&'static str, u64>,
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
    pub fn room(&mut self, room: RoomId) {
        self.say(Output::Room(room));
    }
    pub fn mail(&mut self, mailbox: Mailbox) {
        self.say(Output::Mail(mailbox));
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
