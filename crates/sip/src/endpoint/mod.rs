//! The endpoint: takes bytes and commands, keeps transactions, dialogs, links and bindings, and says
//! what to send and what call control must know. One file for each thing that can happen.

mod account;
mod ack;
mod answer;
mod arrival;
mod ask;
mod bindings;
mod bye;
mod cancel;
mod compose;
mod directory;
mod drive;
mod ending;
mod extras;
mod farewell;
mod guard;
mod indialog;
mod info;
mod introduce;
mod keep;
mod leg;
mod line;
mod links;
mod lookup;
mod multipart;
mod notify;
mod noting;
mod offer;
mod options;
mod outbound;
mod outcome;
mod prack;
mod probe;
mod publish;
mod recall;
mod receive;
mod refer;
mod referring;
mod refuse;
mod register;
mod reinvite;
mod reliable;
mod replace;
mod request;
mod response;
mod restart;
mod roster;
mod route;
mod session;
mod snapshot;
mod standing;
mod subscribe;
mod texts;
mod tokens;
mod trust;
mod unanswered;
mod update;
mod within;

#[cfg(test)]
mod tests;

pub use snapshot::Snapshot;
pub use standing::Registered;

use crate::brake::Brake;
use crate::digest::Challenger;
use crate::face::{Command, Event, Failure, Input, LegEvent, Output, TextId, Watch};
use crate::fingerprint::Fingerprint;
use crate::notifier::{Notifier, SubId, SubTimer};
use crate::recent::Recent;
use crate::registrar::{BindingId, Registrar};
use crate::table::Table;
use crate::transaction::Timer;
use crate::transaction::deadlines::Deadlines;
use crate::transaction::key::{DialogKey, Keys};
use crate::transaction::store::{Transactions, TxId};
use directory::Directory;
use leg::{Leg, LegTimer};
use links::Links;
use snapshot::Counts;
use std::collections::{BTreeMap, VecDeque};
use terms::{LegId, LinkId, Mono, Now, PhoneId, TrunkId, limits};
use tokens::Tokens;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Due {
    /// A timer of a transaction.
    Transaction(TxId, Timer),
    /// A deadline of a leg.
    Leg(LegId, LegTimer),
    /// A binding ends.
    Binding(PhoneId, BindingId),
    /// A phone that may have been restarted has not answered.
    Ask(PhoneId, BindingId),
    /// A stream may be silent, or slow.
    Link(LinkId),
    /// A registration of ours is to be repeated.
    Account(u64),
    /// Goodbyes from before a restart are to be said.
    Farewell,
    /// A carrier's name is to be looked up again, or nobody has answered.
    Lookup(TrunkId),
    /// A carrier is to be asked, or has not answered.
    Probe(TrunkId),
    /// A deadline of a subscription.
    Subscription(SubId, SubTimer),
    /// What a phone published is over.
    Publication(PhoneId, u64),
    /// Nobody has taken a text.
    Text(TextId),
}

/// How much may be alive at once.
#[derive(Clone, Copy, Debug)]
struct Room {
    legs: usize,
    transactions: usize,
}

/// The signalling core.
pub struct Endpoint {
    now: Now,
    tokens: Tokens,
    keys: Keys,
    directory: Directory,
    challenger: Challenger,
    links: Links,
    registrar: Registrar,
    /// Where each phone can be rung, as call control was told last.
    reachable: BTreeMap<PhoneId, bindings::Lines>,
    transactions: Transactions,
    deadlines: Deadlines<Due>,
    legs: Table<LegId, Box<Leg>>,
    dialogs: Table<DialogKey, LegId>,
    /// Legs and accounts whose link is being connected.
    waiting: BTreeMap<LinkId, Vec<outbound::Waiter>>,
    accounts: BTreeMap<u64, account::Account>,
    lookups: BTreeMap<TrunkId, lookup::Lookup>,
    farewells: farewell::Farewells,
    probes: BTreeMap<TrunkId, probe::Probe>,
    brake: Brake,
    unanswered: Recent<Fingerprint, unanswered::Unanswered>,
    /// What was refused and told.
    told: Recent<Fingerprint, noting::Told>,
    /// The last registration of each phone that did not work out.
    failures: BTreeMap<PhoneId, Failure>,
    /// The OPTIONS that are out to phones.
    asks: BTreeMap<(PhoneId, BindingId), TxId>,
    legs_received: u64,
    /// Questions that call control has not answered yet; it does so at once.
    queries: BTreeMap<u64, options::Query>,
    queries_received: u64,
    notifier: Notifier,
    publications: publish::Publications,
    texts: texts::Texts,
    room: Room,
    draining: bool,
    counts: Counts,
    outputs: VecDeque<Output>,
}

impl Endpoint {
    /// An endpoint without configuration and links. Everything random in it depends on `seed`,
    /// which must be secret: tags and challenges are made from it.
    pub fn new(seed: u64) -> Endpoint {
        let mut tokens = Tokens::new(seed);
        Endpoint {
            now: Now::default(),
            challenger: Challenger::new("", &tokens.next_u64().to_be_bytes()),
            tokens,
            keys: Keys::new(seed),
            directory: Directory::default(),
            links: Links::default(),
            registrar: Registrar::default(),
            reachable: BTreeMap::new(),
            transactions: Transactions::default(),
            deadlines: Deadlines::new(),
            legs: Table::default(),
            dialogs: Table::default(),
            waiting: BTreeMap::new(),
            accounts: BTreeMap::new(),
            lookups: BTreeMap::new(),
            farewells: farewell::Farewells::default(),
            probes: BTreeMap::new(),
            brake: Brake::default(),
            unanswered: Recent::new(limits::UNANSWERED),
            told: Recent::new(limits::REFUSALS_TOLD),
            failures: BTreeMap::new(),
            asks: BTreeMap::new(),
            legs_received: 0,
            queries: BTreeMap::new(),
            queries_received: 0,
            notifier: Notifier::default(),
            publications: publish::Publications::default(),
            texts: texts::Texts::default(),
            room: Room { legs: limits::LEGS, transactions: limits::TRANSACTIONS },
            draining: false,
            counts: Counts::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input. Drain [`Endpoint::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Now, input: Input) {
        self.now = now;
        match input {
            Input::LinkOpened { link, transport, local, remote } => self.link_opened(link, transport, local, remote),
            Input::Listening { transport, local } => self.links.listening(transport, local),
            Input::LinkClosed { link } => self.link_closed(link),
            Input::Received { link, remote, bytes } => self.received(link, remote, bytes),
            Input::Command(command) => self.command(command),
            Input::Reconfigure(config) => self.reconfigure(*config),
            Input::Restore(change) => self.restore(&change),
            Input::Resolved { trunk, name, addresses } => self.resolved(trunk, &name, addresses),
            Input::Farewell { key, owed } => self.remember(key, *owed),
            Input::Lift(origin) => self.lift(origin),
        }
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Endpoint::handle_timeout`] wants to be called.
    pub fn poll_timeout(&mut self) -> Option<Mono> {
        self.deadlines.next()
    }

    /// Fires the deadlines that have come. Drain [`Endpoint::poll_output`] afterwards.
    pub fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        while let Some(due) = self.deadlines.pop_due(now.mono) {
            match due {
                Due::Transaction(id, timer) if self.transactions.client(id).is_some() => self.client_fired(id, timer),
                Due::Transaction(id, timer) => self.server_fired(id, timer),
                Due::Leg(leg, timer) => self.leg_fired(leg, timer),
                Due::Binding(phone, id) => self.binding_expired(phone, id),
                Due::Ask(phone, id) => self.ask_unanswered(phone, id),
                Due::Link(link) => self.link_fired(link),
                Due::Account(account) => self.account_due(account),
                Due::Lookup(trunk) => self.lookup_due(trunk),
                Due::Farewell => self.farewell_due(),
                Due::Probe(trunk) => self.probe_due(trunk),
                Due::Subscription(sub, timer) => self.subscription_due(sub, timer),
                Due::Publication(phone, number) => self.unpublish(phone, number),
                Due::Text(text) => self.text_due(text),
            }
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Invite { leg, target, caller, caller_name, withheld, max_forwards, extras, body } => {
                let replaces = None;
                let wish =
                    outbound::Wish { leg, target, caller, caller_name, withheld, max_forwards, extras, body, replaces };
                self.place(wish);
            }
            Command::TakeOver { leg, target, caller, replaces, body } => self.place(outbound::Wish {
                leg,
                target,
                caller,
                caller_name: None,
                withheld: false,
                max_forwards: compose::MAX_FORWARDS,
                extras: None,
                body,
                replaces: Some(replaces),
            }),
            Command::Progress { leg, status, body } => self.progress(leg, status, body),
            Command::Answer { leg, body } => self.answer(leg, body),
            Command::Refuse { leg, status, cause, retry_after } => self.refuse(leg, status, cause, retry_after),
            Command::Redirect { leg, to } => self.redirect(leg, &to),
            Command::Release { leg, reason } => self.release(leg, reason),
            Command::Acknowledge { leg, body } => self.acknowledge(leg, body),
            Command::Offer { leg, body } => self.offer(leg, body),
            Command::AnswerOffer { leg, body } => self.answer_offer(leg, body),
            Command::RefuseOffer { leg, status } => self.refuse_offer(leg, status),
            Command::AcceptRefer { leg, refer } => self.accept_refer(leg, refer),
            Command::RefuseRefer { leg, refer, status } => self.refuse_refer(leg, refer, status),
            Command::TellRefer { leg, refer, status } => self.tell_refer(leg, refer, status),
            Command::Introduce { leg, number, name } => self.introduce(leg, &number, name.as_ref()),
            Command::Focus { leg, number, name } => self.focus(leg, &number, name.as_ref()),
            Command::Refer { leg, to, replaces, quiet } => self.refer(leg, &to, replaces, quiet),
            Command::Info { leg, body } => self.send_info(leg, body),
            Command::AnswerQuery { query, status } => self.answer_query(query, status),
            Command::Admit { sub, body } => self.admit(sub, body),
            Command::Deny { sub, status } => self.deny(sub, status),
            Command::Notify { sub, body } => self.notify(sub, body),
            Command::EndSubscription { sub } => self.end_subscription(sub),
            Command::PassText { text, to } => self.pass_text(text, to),
            Command::RefuseText { text, status } => self.refuse_text(text, status),
            Command::Drain(draining) => self.draining = draining,
            Command::Register { account } => self.begin_registration(account),
            Command::Unregister { account } => self.end_registration(account),
        }
    }

    fn leg_fired(&mut self, leg: LegId, timer: LegTimer) {
        match timer {
            LegTimer::Repeat => self.repeat_answer(leg),
            LegTimer::NoAck => self.no_ack(leg),
            LegTimer::Remind => self.remind(leg),
            LegTimer::Cancelled | LegTimer::Connect => self.gave_up(leg, timer),
            LegTimer::Glare => self.next_offer(leg),
            LegTimer::Reliable => self.repeat_progress(leg),
            LegTimer::Session => self.session_due(leg),
        }
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn watch(&mut self, watch: Watch) {
        self.outputs.push_back(Output::Watch(watch));
    }

    fn leg_event(&mut self, leg: LegId, event: LegEvent) {
        self.event(Event::Leg(leg, event));
    }
}
