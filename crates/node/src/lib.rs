//! The three signalling cores on one thread: signalling, call control and routing, with bounded lanes
//! between them. The binary and the simulator drive the same node; only what surrounds it differs.
//!
//! It is itself sans-IO: inputs in, outputs out, one timeout. Each core is drained after each of its
//! inputs, so a call costs no wake-up between cores and an event never overtakes another.

mod pages;
mod sight;
mod stream;
mod wiring;

use acd::{Engine, Fold};
use call::cdr::Entry;
use call::{Settings, Switchboard};
use dialplan::Plan;
use dialplan::codes::Said;
use lamps::Lamps;
use lane::Local;
use media::PromptBook;
use pages::Pages;
pub use pages::{NotAttached, PageInput, PageNews};
use sight::Cores;
use sip::Endpoint;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stream::Numbering;
pub use stream::{Happening, Ordered, Record, TrunkNews};
use terms::{
    AgentId, CallRef, CaptureId, ContactId, ContactKind, LegId, Mailbox, Mono, Now, PhoneId, Pii, QueueId, Seq, TrunkId,
};
pub use wiring::{Passwords, room_pins, sip_config};

/// Items that a lane inside the node may hold. One input causes at most a few for each leg (a drain deadline lets go of
/// all of them) and lanes are drained before the next input, so this is never reached: `Full` is a bug, counted in
/// [`Node::lanes_refused`].
const LANE: usize = 2 * terms::limits::LEGS;

/// What the shell or the simulator tells the node.
#[derive(Clone, Debug)]
pub enum Input {
    /// For the signalling core.
    Sip(sip::Input),
    /// The shell says something of a phone that is a page.
    Page(PhoneId, PageInput),
    /// From a media worker or the recorder.
    Media {
        /// Which worker.
        worker: u16,
        /// What.
        event: media::Event,
    },
    /// An agent has another status.
    SetStatus {
        /// The agent.
        agent: AgentId,
        /// The new status.
        status: acd::Status,
    },
    /// An agent is done with his after-call work before its time.
    WrapUpDone(AgentId),
    /// An agent says what came of the conversation before his after-call work.
    Dispose {
        /// Who.
        agent: AgentId,
        /// The operator's word.
        disposition: String,
    },
    /// An agent takes the next contact of a queue, out of turn.
    Take {
        /// Who.
        agent: AgentId,
        /// Which.
        queue: QueueId,
    },
    /// A contact that waits goes before all others of its queue.
    Prefer(ContactId),
    /// Refuse new calls, finish the running ones; after `deadline`, release them. `None`: take calls again.
    Drain {
        /// How long the running calls may go on.
        deadline: Option<Duration>,
    },
    /// End this call; one that is gone already is left alone.
    HangUp(CallRef),
    /// Somebody outside wants something of a running call.
    Verb {
        /// Which call.
        call: CallRef,
        /// What.
        verb: call::Verb,
    },
    /// Wrong PINs that were typed at the doors of rooms are forgotten.
    LiftPins,
    /// What became of what a party wanted by a code ([`Output::Said`]).
    Obeyed {
        /// Which call.
        call: CallRef,
        /// Who.
        leg: LegId,
        /// Whether it was done.
        done: bool,
    },
    /// A configuration: at the start, at each reload, at each change at run time. It is taken whole.
    Plan(Box<Change>),
    /// The ledger has the final record of a call.
    Written(CallRef),
    /// The ledger takes no more entries for now, or takes them again.
    LedgerFull(bool),
    /// The process has no memory for more calls (true), or has some again.
    MemoryFull(bool),
}

/// A configuration that was read and checked.
#[derive(Clone, Debug)]
pub struct Change {
    /// For calls from now on; running calls keep theirs.
    pub plan: Arc<Plan>,
    /// For the signalling core; absent when nothing in it changes.
    pub sip: Option<Box<sip::Config>>,
    /// What is typed at the doors of rooms; absent when nothing in it changes.
    pub pins: Option<call::Pins>,
    /// For the media workers; absent when nothing in it changes. What plays goes on.
    pub prompts: Option<Arc<PromptBook>>,
}

/// What the node asks of the shell or the simulator.
#[derive(Clone, Debug)]
pub enum Output {
    /// From the signalling core, but for its events.
    Sip(sip::Output),
    /// For a page, and whoever carries its sound.
    Page(PhoneId, PageNews),
    /// For a media worker.
    Media {
        /// Which.
        worker: u16,
        /// What.
        command: media::Command,
    },
    /// For the ledger, and for whoever follows what happens.
    Happened(Record),
    /// For the ledger alone: a dialog began, moved or ended; with what call control knows of its leg.
    Dialog {
        /// What is owed to its peer now.
        change: sip::DialogChange,
        /// Its account so far; absent once it is over.
        leg: Option<Box<call::cdr::LegRecord>>,
    },
    /// For the ledger alone: a contact without a call is to be kept so, or (none) is over.
    Keep(ContactId, Option<Box<call::cdr::KeptContact>>),
    /// Somebody at a telephone wants something by a code; answered by [`Input::Obeyed`].
    Said(Box<Said>),
    /// The drain is complete.
    Drained,
}

/// The cores and their lanes.
pub struct Node {
    sip: Endpoint,
    /// The far ends without SIP.
    pages: Pages,
    board: Switchboard,
    acd: Engine,
    /// What phones see of each other.
    lamps: Lamps,
    /// What the journal says, as the account keeps it.
    fold: Fold,
    to_sip: Local<sip::Command>,
    to_acd: Local<acd::Command>,
    to_board: Local<call::Input>,
    workers: u16,
    numbering: Numbering,
    /// There are no numbers left for what happens in more calls, and call control was told.
    spent: bool,
    out: std::collections::VecDeque<Output>,
}

/// Which start of which node it is, how many workers it has, and how many calls may run.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// For call control.
    pub settings: Settings,
    /// Numbers of this start that were given to what is in the account already.
    pub numbered: u64,
}

impl Node {
    /// A node without trunks, phones or plan.
    pub fn new(seed: u64, beginning: Beginning) -> Node {
        let Beginning { settings, numbered } = beginning;
        Node {
            workers: settings.workers,
            numbering: Numbering::new(settings.incarnation, numbered),
            spent: false,
            sip: Endpoint::new(seed),
            pages: Pages::default(),
            board: Switchboard::new(settings),
            acd: Engine::new(seed),
            lamps: Lamps::default(),
            fold: Fold::default(),
            to_sip: lane::local(LANE),
            to_acd: lane::local(LANE),
            to_board: lane::local(LANE),
            out: Default::default(),
        }
    }

    /// Takes one input; then drain `poll_output`.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        match input {
            Input::Sip(input) => self.sip.handle_input(now, input),
            Input::Page(phone, input) => self.pages.handle_input(now.mono, phone, &input),
            Input::Media { worker, event } => self.board.handle_input(now, call::Input::Media { worker, event }),
            Input::Plan(change) => self.take_plan(now, *change),
            Input::SetStatus { agent, status } => {
                self.board.handle_input(now, call::Input::SetStatus { agent, status });
            }
            Input::Drain { deadline } => self.board.handle_input(now, call::Input::Drain { deadline }),
            Input::WrapUpDone(agent) => self.board.handle_input(now, call::Input::WrapUpDone(agent)),
            Input::Dispose { agent, disposition } => {
                self.board.handle_input(now, call::Input::Dispose { agent, disposition });
            }
            Input::Take { agent, queue } => self.board.handle_input(now, call::Input::Take { agent, queue }),
            Input::Prefer(contact) => self.board.handle_input(now, call::Input::Prefer(contact)),
            Input::HangUp(call) => self.board.handle_input(now, call::Input::HangUp(call)),
            Input::Verb { call, verb } => self.board.handle_input(now, call::Input::Verb { call, verb }),
            Input::LiftPins => self.board.handle_input(now, call::Input::LiftPins),
            Input::Obeyed { call, leg, done } => self.board.handle_input(now, call::Input::Obeyed { call, leg, done }),
            Input::Written(call) => self.board.handle_input(now, call::Input::Written(call)),
            Input::LedgerFull(full) => self.board.handle_input(now, call::Input::LedgerFull(full)),
            Input::MemoryFull(full) => self.board.handle_input(now, call::Input::MemoryFull(full)),
        }
        self.settle(now);
    }

    /// Begins a call for one of ours, who is rung at once, and then gets whom he is to get; or why it cannot be, in words.
    pub fn dial(&mut self, now: Now, dial: call::Dial) -> Result<CallRef, &'static str> {
        let line = dial.agent.and_then(|agent| self.acd.agent(agent));
        if line.is_some_and(|line| matches!(line.work, acd::Work::Reserved(_) | acd::Work::Talking(_))) {
            return Err("a queue has given him a call");
        }
        let begun = self.board.dial(now, dial);
        self.settle(now);
        begun
    }

    /// A page is there for its phone, whose sound is plain RTP at this address; or why it gets no leg.
    pub fn attach(&mut self, now: Now, phone: PhoneId, epoch: u64, sound: SocketAddr) -> Result<(), NotAttached> {
        let attached = self.pages.attach(phone, epoch, sound);
        self.settle(now);
        attached
    }

    /// A contact without a call comes into a queue; its id, or why it cannot.
    pub fn add_absent(
        &mut self,
        now: Now,
        queue: QueueId,
        kind: ContactKind,
        subject: Pii<String>,
    ) -> Result<ContactId, &'static str> {
        let contact = self.board.add_absent(now, queue, kind, subject)?;
        self.settle(now);
        Ok(contact)
    }

    /// What an earlier start had of them comes into its queues again, once the plan is known.
    pub fn restore_absents(&mut self, now: Now, kept: Vec<call::cdr::KeptContact>) {
        self.board.restore_absents(now, kept);
        self.settle(now);
    }

    /// The messages that earlier starts had in their mailboxes.
    pub fn restore_messages(&mut self, now: Now, messages: Vec<(Mailbox, call::Lying)>) {
        self.board.restore_messages(messages);
        self.settle(now);
    }

    /// Something has become of a message; why it cannot, in words.
    pub fn mark_message(
        &mut self,
        now: Now,
        message: CaptureId,
        what: call::cdr::Mark,
        by: String,
    ) -> Result<(), &'static str> {
        let done = self.board.mark_message(now, message, what, by);
        self.settle(now);
        done
    }

    /// Somebody wants something of such a contact; why it cannot be, in words.
    pub fn absent(&mut self, now: Now, contact: ContactId, wish: call::AbsentWish) -> Result<(), &'static str> {
        let done = self.board.absent(now, contact, wish);
        self.settle(now);
        done
    }

    /// Something happened of which the cores know nothing.
    pub fn happened(&mut self, now: Now, what: Happening) {
        let record = self.numbering.record(now, what);
        self.out.push_back(Output::Happened(record));
    }

    /// The number of the last thing that happened: what can be seen of the cores is as of then.
    pub fn last(&self) -> Seq {
        self.numbering.last()
    }

    /// The next output, in order.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When `handle_timeout` is next wanted.
    pub fn poll_timeout(&mut self) -> Option<Mono> {
        let cores = [self.sip.poll_timeout(), self.board.poll_timeout(), self.acd.poll_timeout()];
        cores.into_iter().chain([self.lamps.poll_timeout(), self.pages.poll_timeout()]).flatten().min()
    }

    /// Fires what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        self.sip.handle_timeout(now);
        self.settle(now);
        self.pages.handle_timeout(now.mono);
        self.board.handle_timeout(now);
        self.settle(now);
        self.acd.handle_timeout(now);
        self.settle(now);
        if self.lamps.poll_timeout().is_some_and(|due| due <= now.mono) {
            let Node { lamps, sip, pages, board, acd, .. } = self;
            lamps.handle_timeout(now, &Cores { sip, pages, board, acd });
            self.settle(now);
        }
    }

    /// From now on so many calls may run at once.
    pub fn make_room(&mut self, calls_max: usize) {
        self.board.make_room(calls_max);
    }

    /// The signalling core, to look at.
    pub fn sip(&self) -> &Endpoint {
        &self.sip
    }

    /// Call control, to look at.
    pub fn board(&self) -> &Switchboard {
        &self.board
    }

    /// The routing core, to look at.
    pub fn acd(&self) -> &Engine {
        &self.acd
    }

    /// What phones see of each other, to look at.
    pub fn lamps(&self) -> &Lamps {
        &self.lamps
    }

    /// Items that found a lane full; always zero unless there is a bug.
    pub fn lanes_refused(&self) -> u64 {
        self.to_sip.refused() + self.to_acd.refused() + self.to_board.refused()
    }

    /// All of it, before anything else is said or heard.
    fn take_plan(&mut self, now: Now, change: Change) {
        let Change { plan, sip, pins, prompts } = change;
        self.happened(now, Happening::Plan { hash: plan.content_hash.clone() });
        for worker in 0..self.workers {
            let prompts = prompts.clone().map(media::Command::Prompts);
            self.out.extend(prompts.map(|command| Output::Media { worker, command }));
        }
        let mut devices = vec![];
        if let Some(config) = sip {
            self.sip.handle_input(now, sip::Input::Reconfigure(config));
            while let Some(output) = self.sip.poll_output() {
                match output {
                    // Devices that come and go with the configuration do so at the very moment of the plan.
                    sip::Output::Event(sip::Event::Reconfigured(news)) => {
                        for sip::Bindings { phone, lines, .. } in &news {
                            self.note_phone(now, *phone, !lines.is_empty());
                        }
                        devices = news;
                    }
                    other => self.said(now, other),
                }
            }
        }
        self.pages.reconfigure(plan.phones.iter().filter(|phone| phone.page).map(|phone| phone.id));
        self.look(now, lamps::Input::Plan(plan.clone()));
        self.board.handle_input(now, call::Input::Plan { plan, devices, pins });
    }

    /// The lamps are told something, and look at the cores.
    fn look(&mut self, now: Now, input: lamps::Input) {
        let Node { lamps, sip, pages, board, acd, .. } = self;
        lamps.handle_input(now, input, &Cores { sip, pages, board, acd });
    }

    /// The same where it matters only to whoever watches.
    fn glance(&mut self, now: Now, input: lamps::Input) {
        if self.lamps.are_watched() {
            self.look(now, input);
        }
    }

    /// Carries everything between the cores until none has anything left to say.
    fn settle(&mut self, now: Now) {
        loop {
            self.collect(now);
            if let Some(input) = self.to_board.pop() {
                self.board.handle_input(now, input);
            } else if let Some(command) = self.to_acd.pop() {
                self.acd.handle_input(now, command);
            } else if let Some(command) = self.to_sip.pop() {
                self.command(now, command);
            } else {
                return;
            }
        }
    }

    /// Carries what the signalling core has put out to where it belongs.
    fn said(&mut self, now: Now, output: sip::Output) {
        match output {
            sip::Output::Dialog(change) => {
                let leg = self.leg_of(now, &change);
                self.out.push_back(Output::Dialog { change, leg });
            }
            // An account of ours is numbered as its trunk is.
            sip::Output::Event(sip::Event::Registered { account, status }) => {
                if let Some(news) = self.numbering.news_of_registration(TrunkId(account), status) {
                    self.happened(now, news);
                }
            }
            sip::Output::Event(sip::Event::TrunkReachable { trunk, reachable }) => {
                self.happened(now, Happening::Trunk { trunk, what: TrunkNews::Reachable(reachable) });
            }
            sip::Output::Event(sip::Event::Bindings(bindings)) => {
                self.note_phone(now, bindings.phone, !bindings.lines.is_empty());
                put(&mut self.to_board, call::Input::Sip(sip::Event::Bindings(bindings)));
            }
            sip::Output::Watch(watch) => self.look(now, lamps::Input::Watch(watch)),
            sip::Output::Event(event) => {
                if let sip::Event::Invited { leg, .. } | sip::Event::Leg(leg, _) = event {
                    self.glance(now, lamps::Input::Leg(leg));
                }
                put(&mut self.to_board, call::Input::Sip(event));
            }
            other => self.out.push_back(Output::Sip(other)),
        }
    }

    /// The same of what a page has said.
    fn page_said(&mut self, now: Now, output: pages::Output) {
        match output {
            pages::Output::Leg(leg, event) => self.said(now, sip::Output::Event(sip::Event::Leg(leg, event))),
            pages::Output::Bindings(news) => self.said(now, sip::Output::Event(sip::Event::Bindings(news))),
            pages::Output::News(phone, news) => self.out.push_back(Output::Page(phone, news)),
        }
    }

    /// The account so far of a leg whose dialog is to be kept. Call control has yet to hear what makes it so.
    fn leg_of(&mut self, now: Now, change: &sip::DialogChange) -> Option<Box<call::cdr::LegRecord>> {
        use sip::DialogChange::{Begun, Ended, Moved, Parted};
        let (leg, owed) = match change {
            Begun { leg, owed } | Moved { leg, owed } => (*leg, owed),
            Ended { .. } | Parted { .. } => return None,
        };
        let mut leg = self.board.leg_so_far(leg)?;
        match **owed {
            sip::Owed::Bye(_) => leg.answered.get_or_insert(now.wall),
            sip::Owed::Cancel(_) | sip::Owed::Refusal(_) => leg.rang.get_or_insert(now.wall),
        };
        Some(leg)
    }

    fn command(&mut self, now: Now, command: sip::Command) {
        if self.pages.has(&command) {
            return self.pages.command(command);
        }
        let placed = if let sip::Command::Invite { leg, .. } = &command { Some(*leg) } else { None };
        let changed = if self.lamps.are_watched() { sight::leg_of(&command) } else { None };
        self.sip.handle_input(now, sip::Input::Command(command));
        if let Some(leg) = changed {
            self.look(now, lamps::Input::Leg(leg));
        }
        if let Some((leg, call_id)) = placed.and_then(|leg| Some((leg, self.sip.call_id(leg)?))) {
            self.board.named(leg, call_id);
        }
    }

    /// A phone can be rung, or no longer, when that is new.
    fn note_phone(&mut self, now: Now, phone: PhoneId, reachable: bool) {
        self.glance(now, lamps::Input::Phone(phone));
        if let Some(news) = self.numbering.news_of_phone(phone, reachable) {
            self.happened(now, news);
        }
    }

    /// An entry of the journal, and what happened by it.
    fn journal(&mut self, now: Now, entry: Box<acd::Entry>) {
        self.glance(now, lamps::Input::Queues);
        let Node { fold, numbering, out, .. } = self;
        let mut note = |what| out.push_back(Output::Happened(numbering.record(now, what)));
        fold.take(&entry, &mut |event| note(Happening::Call(Entry::Event(event))));
        note(Happening::Acd(entry));
    }

    fn collect(&mut self, now: Now) {
        while let Some(output) = self.sip.poll_output() {
            self.said(now, output);
        }
        while let Some(output) = self.pages.poll_output() {
            self.page_said(now, output);
        }
        while let Some(output) = self.acd.poll_output() {
            match output {
                // What agents do is the business of the account, and of whoever watches them.
                acd::Output::Event(acd::Event::AgentChanged { agent, status, .. }) => {
                    self.glance(now, lamps::Input::Agent(agent));
                    if self.board.nails_up() {
                        let (ready, logged_out) = (status == acd::Status::Ready, status == acd::Status::LoggedOut);
                        put(&mut self.to_board, call::Input::Agent { agent, ready, logged_out });
                    }
                }
                acd::Output::Event(event) => put(&mut self.to_board, call::Input::Acd(event)),
                acd::Output::Journal(entry) => self.journal(now, entry),
                // The engine of a node that shares nobody grants itself.
                acd::Output::Reserve { .. } | acd::Output::Release { .. } => {}
            }
        }
        while let Some(output) = self.board.poll_output() {
            match output {
                call::Output::Sip(command) => put(&mut self.to_sip, command),
                call::Output::Acd(command) => put(&mut self.to_acd, command),
                call::Output::Media { worker, command } => self.out.push_back(Output::Media { worker, command }),
                call::Output::Ledger(entry) => {
                    if let Entry::Parked(parking) = &entry {
                        self.glance(now, lamps::Input::Slot(parking.slot));
                    }
                    self.happened(now, Happening::Call(entry));
                }
                call::Output::Keep(contact, kept) => self.out.push_back(Output::Keep(contact, kept)),
                call::Output::Mail(mailbox) => self.glance(now, lamps::Input::Mail(mailbox)),
                call::Output::Room(room) => self.glance(now, lamps::Input::Room(room)),
                call::Output::Said(said) => self.out.push_back(Output::Said(said)),
                call::Output::Drained => self.out.push_back(Output::Drained),
            }
        }
        while let Some(command) = self.lamps.poll_output() {
            put(&mut self.to_sip, command);
        }
        if !self.spent && self.numbering.is_spent() {
            self.spent = true;
            put(&mut self.to_board, call::Input::IdsSpent);
        }
    }
}

/// A full lane counts the item itself; see [`LANE`].
fn put<T>(lane: &mut Local<T>, item: T) {
    let _counted = lane.push(item);
}
