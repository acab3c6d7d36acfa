//! What goes into call control and what comes out of it: the hub of the star.

use crate::cdr::{CallRecord, Entry, KeptContact};
use dialplan::{Plan, Routed};
use std::sync::Arc;
use std::time::Duration;
use terms::{
    AgentId, CallRef, ContactId, ContactKind, LegId, Mailbox, PhoneId, Pii, PromptId, QueueId, RoomId, Slot, TrunkId,
    Wall, WatchMode,
};

/// What the spokes and the operator tell call control.
#[derive(Clone, Debug)]
pub enum Input {
    /// From the signalling core.
    Sip(sip::Event),
    /// From a media worker or the recorder.
    Media {
        /// Which worker.
        worker: u16,
        /// What.
        event: media::Event,
    },
    /// From the routing core.
    Acd(acd::Event),
    /// The plan for calls from now on; running calls keep theirs.
    Plan {
        /// The plan.
        plan: Arc<Plan>,
        /// Where phones can be rung since it is in force, as far as that is news.
        devices: Vec<sip::Bindings>,
        /// What is typed at the doors of rooms; absent when nothing in it changes.
        pins: Option<crate::Pins>,
    },
    /// An agent has another status.
    SetStatus {
        /// The agent.
        agent: AgentId,
        /// The new status.
        status: acd::Status,
    },
    /// An agent has another status, or another thing to do; wanted while a call is to stand with some of them.
    Agent {
        /// The agent.
        agent: AgentId,
        /// Whether he is ready.
        ready: bool,
        /// He is not at work.
        logged_out: bool,
    },
    /// An agent is done with his after-call work.
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
    /// Somebody outside wants something of a running call; what cannot be now is left undone ([`Switchboard::may`](crate::Switchboard::may)).
    Verb {
        /// Which call.
        call: CallRef,
        /// What.
        verb: Verb,
    },
    /// Wrong PINs that were typed at the doors of rooms are forgotten: nobody waits for them any more.
    LiftPins,
    /// What became of what a party wanted by a code: it hears that.
    Obeyed {
        /// Which call.
        call: CallRef,
        /// Who.
        leg: LegId,
        /// Whether it was done.
        done: bool,
    },
    /// The ledger has the final record of a call.
    Written(CallRef),
    /// The ledger takes no more entries for now (true), or takes them again: no call begins meanwhile.
    LedgerFull(bool),
    /// The process has no memory for more (true), or has some again: no call begins meanwhile.
    MemoryFull(bool),
    /// The ledger has no numbers left for what happens in more calls: none begins in this start any more.
    IdsSpent,
}

/// A contact that nobody's leg holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Its id.
    pub contact: ContactId,
    /// In which queue it waits, or was.
    pub queue: QueueId,
    /// What kind of work it is.
    pub kind: ContactKind,
    /// What it is about.
    pub subject: Pii<String>,
    /// To whom it is offered.
    pub offered_to: Vec<AgentId>,
    /// Who serves it.
    pub agent: Option<AgentId>,
}

/// What somebody wants of such a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsentWish {
    /// This agent takes it, to whom it is offered.
    Take(AgentId),
    /// This agent does not.
    Refuse(AgentId),
    /// This agent is done with it.
    Done(AgentId),
    /// It is not to be served any more.
    Drop,
}

/// A call that begins here: first one of ours is rung, and then, once he has answered, whomever he is to get.
#[derive(Clone, Debug)]
pub struct Dial {
    /// For whom: all of an agent's devices ring; else the phone.
    pub agent: Option<AgentId>,
    /// With whose rights and number it is dialled.
    pub phone: PhoneId,
    /// What is dialled for him.
    pub called: Pii<String>,
    /// Where that leads.
    pub routed: Routed,
    /// As whom he is shown that on his phone, beside the number.
    pub name: Option<Pii<String>>,
}

/// What somebody outside wants of a running call. A party is named by its leg.
#[derive(Clone, Debug)]
pub enum Verb {
    /// A party hears no longer what the others say, nor they it; or does again.
    Hold {
        /// Whom.
        party: LegId,
        /// Whether it is put on hold or taken back.
        on: bool,
    },
    /// A party is connected with somebody else; who talks to it now is let go of once that is done.
    Transfer {
        /// Whom.
        party: LegId,
        /// With whom.
        to: Routed,
        /// With whose rights that was found, and on whose account it is; absent: those of who is let go of.
        by: Option<PhoneId>,
    },
    /// Somebody is rung to come into the conference room that the call is.
    Invite {
        /// Whom: somebody who can be rung.
        to: Routed,
        /// With whose rights that was found, and on whose account it is; absent: those of who opened the room.
        by: Option<PhoneId>,
        /// What that one would have dialled.
        called: Pii<String>,
    },
    /// One who is in the conference room that the call is goes somewhere else, to a call of his own.
    Away {
        /// Who.
        party: LegId,
        /// Where to.
        to: Routed,
        /// With whose rights that was found, and on whose account it is; absent: his own.
        by: Option<PhoneId>,
        /// What that one would have dialled.
        called: Pii<String>,
    },
    /// A party asks somebody else, beside the conversation: whoever talked to it waits.
    Consult {
        /// Who asks.
        party: LegId,
        /// Whom: somebody who can be rung.
        to: Routed,
        /// With whose rights that was found, and on whose account it is; absent: those of who asks.
        by: Option<PhoneId>,
    },
    /// A party waits alone in a slot, until somebody fetches it; who talks to it is let go of.
    Park {
        /// Whom.
        party: LegId,
        /// Where: a slot that is free ([`Switchboard::free_slot`](crate::Switchboard::free_slot)).
        slot: Slot,
        /// Who is rung later to take it back; absent: who is let go of.
        by: Option<PhoneId>,
    },
    /// A phone is rung beside those who ring, to take the call for them.
    PickUp {
        /// A leg that rings.
        leg: LegId,
        /// Where it is to ring, too.
        at: PhoneId,
    },
    /// Somebody is rung to fetch whoever is parked in the call.
    Retrieve {
        /// Whom: somebody who can be rung.
        to: Routed,
        /// With whose rights that was found; absent: with nobody's.
        by: Option<PhoneId>,
    },
    /// Who asks somebody goes back to those who wait for him, and the one who was asked waits; or the other way round.
    Swap,
    /// Who asks leaves, and the other two are together.
    Complete,
    /// Who is asked, or rung for that, is let go of.
    Back,
    /// Who asks somebody, and whom he asks, are in the conversation with those who wait for him.
    Join,
    /// One of several who are in a conversation is let go of; the others go on.
    Leave {
        /// Who.
        party: LegId,
    },
    /// Nobody but a host comes into the room any more; or everybody does again.
    Lock {
        /// Which of the two.
        on: bool,
    },
    /// Nobody hears one who is in the room; or they do again.
    Mute {
        /// Whom.
        party: LegId,
        /// Which of the two.
        on: bool,
    },
    /// One who is in the room is let go of, be he the last.
    Kick {
        /// Whom.
        party: LegId,
    },
    /// Somebody is rung to watch a party: he hears all that it hears and says.
    Watch {
        /// Whom he watches.
        party: LegId,
        /// Who is to watch: somebody who can be rung.
        to: Routed,
        /// Who hears him.
        mode: WatchMode,
    },
    /// One who has dialled a code for it goes to another call, as he is, and watches somebody there.
    Observe {
        /// Who.
        party: LegId,
        /// The other call: one in which he may watch that one ([`Verb::Watch`]).
        to: CallRef,
        /// Whom he watches there.
        of: LegId,
        /// Who hears him.
        mode: WatchMode,
    },
    /// A sound is played into the conversation.
    Play {
        /// To whom; absent: to all who talk.
        to: Option<LegId>,
        /// Which.
        sound: PromptId,
    },
    /// Who hears one who watches changes.
    Mode {
        /// Who watches.
        party: LegId,
        /// Who hears him from now on.
        mode: WatchMode,
    },
    /// One who watches takes the place of the one whom he watches, who is let go of.
    TakeOver {
        /// Who watches.
        party: LegId,
    },
}

/// What call control asks of the spokes.
#[derive(Clone, Debug)]
pub enum Output {
    /// To the signalling core.
    Sip(sip::Command),
    /// To a media worker.
    Media {
        /// Which.
        worker: u16,
        /// What.
        command: media::Command,
    },
    /// To the routing core.
    Acd(acd::Command),
    /// To the ledger. Never dropped.
    Ledger(Entry),
    /// To the ledger as well: a contact without a call is to be kept so, or (none) is over.
    Keep(ContactId, Option<Box<KeptContact>>),
    /// Somebody came to a conference room, or went, or is there in another way.
    Room(RoomId),
    /// What lies in a mailbox has changed.
    Mail(Mailbox),
    /// A party wants something by a code; answered by [`Input::Obeyed`].
    Said(Box<dialplan::codes::Said>),
    /// The drain is complete: no call is left.
    Drained,
}

/// What can be seen from outside.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Snapshot {
    /// Running calls.
    pub calls: Vec<CallLine>,
    /// Calls whose final record the ledger does not have yet.
    pub unwritten: usize,
    /// Who is parked, by slot.
    pub parked: Vec<ParkedLine>,
    /// The conference rooms in which somebody is.
    pub rooms: Vec<RoomLine>,
    /// RTP streams of running calls.
    pub streams: usize,
    /// Calls that may run at once.
    pub calls_max: usize,
    /// Whether new calls are refused.
    pub draining: bool,
    /// Whether new calls are refused since there are no ids left for them.
    pub ids_spent: bool,
    /// Calls begun since the start.
    pub calls_total: u64,
    /// What was refused, by reason.
    pub refusals: std::collections::BTreeMap<String, u64>,
    /// What cannot be, and came all the same: nothing, unless there is a bug.
    pub astray: std::collections::BTreeMap<&'static str, u64>,
    /// Running calls by trunk.
    pub trunks: std::collections::BTreeMap<TrunkId, TrunkUse>,
}

/// Somebody who is parked.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ParkedLine {
    /// Where.
    pub slot: Slot,
    /// In which call.
    pub call: CallRef,
    /// Who.
    pub number: Pii<String>,
    /// The phone that parked him, if one did.
    pub by: Option<PhoneId>,
    /// For how long, in milliseconds.
    pub parked_ms: u64,
}

/// A conference room in which somebody is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RoomLine {
    /// Which.
    pub room: RoomId,
    /// The call in which they are.
    pub call: CallRef,
    /// Nobody but a host comes in any more.
    pub locked: bool,
    /// They wait for a host.
    pub waits: bool,
    /// How many may be in it.
    pub most: u32,
    /// Who is in it, in the order in which they came.
    pub seats: Vec<SeatLine>,
}

/// Somebody in a conference room.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SeatLine {
    /// His leg.
    pub leg: LegId,
    /// His number, as the others are shown it.
    pub number: Pii<String>,
    /// Where he is reached.
    #[serde(skip)]
    pub at: Option<sip::Source>,
    /// He is a host.
    pub host: bool,
    /// Nobody hears him.
    pub muted: bool,
    /// He has put the others on hold.
    pub holds: bool,
    /// Since when.
    pub since: Wall,
}

/// The running calls of one trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct TrunkUse {
    /// Those that it brought.
    pub incoming: usize,
    /// Those that it took.
    pub outgoing: usize,
}

/// One running call.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CallLine {
    /// The call.
    pub call: CallRef,
    /// In which phase: arriving, prompting, queueing, offering, talking, held, parked, meeting, ending.
    pub phase: &'static str,
    /// The caller.
    pub caller: Pii<String>,
    /// The number that was called.
    pub called: Pii<String>,
    /// The queue, when it waits in one or came through one.
    pub queue: Option<QueueId>,
    /// The agent, when one is offered or talking.
    pub agent: Option<AgentId>,
    /// Its contact, once it came to a queue.
    pub contact: Option<ContactId>,
    /// In queues so far, in milliseconds; absent while it came to none.
    pub waited_ms: Option<u64>,
    /// Since the INVITE, in milliseconds.
    pub age_ms: u64,
}

/// Whom a running call concerns, as far as rights go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Involved {
    /// The queue in which it waits, or through which it came.
    pub queue: Option<QueueId>,
    /// The agent who is offered it or talks.
    pub agent: Option<AgentId>,
    /// Phones that are in it.
    pub phones: Vec<PhoneId>,
    /// The conference room that it is.
    pub room: Option<RoomId>,
}

/// Kept here so that the ledger and the hub agree on it.
pub type FinalRecord = Box<CallRecord>;
