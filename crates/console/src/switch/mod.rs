//! The joint between the pages and the switch: what the console may ask of the signalling thread, and nothing else. The
//! binary implements it over its lanes; tests do without a switch.
//!
//! The console asks for a [`Snapshot`] at its start, after it has missed something, and when a configuration comes into
//! force. Everything between is told by the stream: nobody polls.

mod voice;

pub use voice::{Attached, NoVoice, VoiceNews, VoiceWish};

use control::{Actor, Command, Reply, View};
use dialplan::Plan;
use ledger::live::Today;
use node::Record;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::{Now, PhoneId, QueueId, Seq};
use tokio::sync::{broadcast, oneshot};

/// Where an answer goes; an asker that does not want it any more is no fault.
pub type Answer<T> = oneshot::Sender<T>;

/// The switch, as the console sees it. Asking never blocks; who is dropped without an answer asked a switch that ends.
pub trait Switch: Send + Sync + 'static {
    /// How everything stands.
    fn snapshot(&self, answer: Answer<Box<Snapshot>>);
    /// What happens from now on.
    fn follow(&self, answer: Answer<Result<Feed, String>>);
    /// Somebody wants something done. Whether he may is asked where everybody is asked, by the plan in force.
    fn command(&self, command: Command, answer: Answer<Receipt>);
    /// A page of this phone wants something of its voice.
    fn voice(&self, phone: PhoneId, wish: VoiceWish);
    /// Somebody looks at something that the stream does not tell: it is answered as `strowger --json` prints it. Whether he may
    /// is asked at the same place.
    fn look(&self, by: Actor, view: View, answer: Answer<Result<Value, Refusal>>);
    /// Whether the signalling thread turns. While it does not, the pages are told nothing and say how old they are.
    fn is_alive(&self) -> bool;
    /// The time, by the clock by which records are stamped.
    fn now(&self) -> Now;
}

/// How everything stands, as of a number in the stream.
#[derive(Debug)]
pub struct Snapshot {
    /// The last that had happened.
    pub as_of: Seq,
    /// When it was taken.
    pub at: Now,
    /// The plan in force.
    pub plan: Arc<Plan>,
    /// Queues and agents.
    pub acd: acd::Snapshot,
    /// The running calls.
    pub calls: Vec<call::CallLine>,
    /// The queues' figures. Once what the account says of the time before this start is counted, they are whole.
    pub figures: Today,
    /// Queues that a supervisor has closed.
    pub closed: BTreeSet<QueueId>,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// In words.
    pub reply: Reply,
    /// Why not, where it was not done.
    pub why: Why,
    /// The number of its record: what the stream says from there on is as it is since. None where it was not begun, or came
    /// again and was answered as before.
    pub seq: Option<Seq>,
}

/// Why somebody sees nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In words.
    pub words: String,
    /// For programs.
    pub why: Why,
}

/// Why a command was not done, for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Why {
    /// The words say it: what was wanted cannot be done as things are.
    #[default]
    Said,
    /// Who wants it may not.
    Denied,
    /// It came before, and is not done yet.
    UnderWay,
    /// Another command came by this name.
    Another,
    /// What it is about is not any more as whoever wants it has seen it.
    Stale,
}

/// Records that happen from now on.
#[derive(Debug)]
pub struct Feed {
    /// The last one that happened before: what follows it will come, or was missed.
    pub after: Seq,
    /// The rest; the oldest are dropped where too many wait.
    pub records: broadcast::Receiver<Arc<Record>>,
}
