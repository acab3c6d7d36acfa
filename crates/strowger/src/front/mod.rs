//! The front desk, on the signalling thread: everybody who wants something of the switch comes here, over whatever way;
//! it sees what goes into the account, and knows what the status tells.

mod bans;
mod calls;
mod contacts;
mod dial;
mod door;
mod former;
mod log_in;
mod looks;
mod rooms;
mod slots;
mod status;
mod stood;
mod subject;
mod verbs;
mod views;
mod watch;

pub use former::Former;
pub use status::{Sources, status};
pub use views::Shell;

use crate::addresses::Listens;
use crate::admin::status::ReloadLine;
use crate::admin::surroundings::Surroundings;
use crate::admin::tally::Tally;
use crate::admin::wire::Reply;
use crate::feed::Followers;
use crate::log_lines;
use crate::nudge::{Overlaid, Request, Swap};
use call::cdr::Entry;
use control::Replies;
use dialplan::Plan;
use dialplan::login::{Logins, Pins};
use ledger::SideDoor;
use ledger::live::{Live, Today};
use node::{Happening, Input, Node, Record};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use terms::{Incarnation, Mono, Now};

/// The front desk.
pub struct FrontDesk {
    plan: Arc<Plan>,
    started: Mono,
    incarnation: Incarnation,
    figures: Today,
    tally: Tally,
    surroundings: Surroundings,
    listens: Listens,
    reloads: ReloadLine,
    overlaid: Overlaid,
    former: Former,
    /// The way to the office.
    office: SyncSender<Request>,
    replies: Replies<Reply>,
    followers: Followers,
    logins: Logins,
    looks: looks::Looks,
}

/// What a front desk begins with.
pub struct Opening {
    /// The plan in force.
    pub plan: Arc<Plan>,
    /// When the switch started.
    pub started: Mono,
    /// Which start it is.
    pub incarnation: Incarnation,
    /// What other threads count.
    pub surroundings: Surroundings,
    /// Where it listens.
    pub listens: Listens,
    /// What is laid over the configuration.
    pub overlaid: Overlaid,
    /// The way to the office.
    pub office: SyncSender<Request>,
    /// The agents' PINs.
    pub pins: Pins,
    /// The way to the account, for what somebody looks at.
    pub account: SideDoor,
}

impl FrontDesk {
    /// One for a switch that has just started.
    pub fn open(opening: Opening) -> FrontDesk {
        let Opening { plan, started, incarnation, surroundings, listens, overlaid, office, pins, account } = opening;
        FrontDesk {
            figures: Today::new(&plan),
            plan,
            started,
            incarnation,
            tally: Tally::default(),
            surroundings,
            listens,
            reloads: ReloadLine::default(),
            overlaid,
            former: Former::default(),
            office,
            replies: Replies::default(),
            followers: Followers::default(),
            logins: Logins::new(pins),
            looks: looks::Looks::new(account),
        }
    }

    /// A reload was taken or refused, or a change was made at run time: all of it is in force when this returns.
    pub fn swap(&mut self, now: Now, swap: Swap, node: &mut Node) {
        let Swap { change, overlaid, reload, pins, done } = swap;
        pins.into_iter().for_each(|pins| self.logins.take(pins));
        self.overlaid = overlaid;
        if let Some((taken, at)) = reload {
            *(if taken { &mut self.reloads.taken } else { &mut self.reloads.refused }) += 1;
            self.reloads.last_at = Some(at.as_millis());
            self.reloads.last_taken = Some(taken);
        }
        if let Some(change) = change {
            let before = self.take_plan(change.plan.clone());
            node.handle_input(now, Input::Plan(Box::new(change)));
            self.make_way(now, &before, node);
            self.former.forget(now, node);
        }
        let _nobody_waits = done.send(());
    }

    /// The plan before it comes back.
    fn take_plan(&mut self, plan: Arc<Plan>) -> Arc<Plan> {
        let before = std::mem::replace(&mut self.plan, plan);
        self.figures.take_plan(&self.plan);
        self.former.take(&before, &self.plan);
        before
    }

    /// Something happened: it goes into the account.
    pub fn observe(&mut self, record: &Record) {
        self.followers.tell(record);
        match &record.what {
            Happening::Call(entry) => {
                self.tally.count(entry);
                log_lines::entry(&self.plan, entry);
                if let Entry::Event(event) = entry {
                    self.figures.take(event);
                }
            }
            Happening::Trunk { trunk, what } => log_lines::trunk(&self.plan, *trunk, *what),
            Happening::Acd(_) | Happening::Phone { .. } | Happening::Plan { .. } | Happening::Command(_) => {}
        }
    }

    /// The account was read: what happened today before this start.
    pub fn past(&mut self, past: Live) {
        self.figures.past(past);
    }

    /// The signalling core noted something for the operator.
    pub fn noted(&self, noted: &sip::Noted) {
        log_lines::noted(&self.plan, noted);
    }
}
