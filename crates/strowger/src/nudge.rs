//! What other threads have to say to the signalling thread now and then, and what that hands to the office. Bounded by
//! what causes it: one for each open request.

use crate::admin::wire::{Reply, Wanted};
use crate::feed::Feed;
use crate::shell::pages::Told;
use console::switch::{Receipt, Refusal, VoiceWish, Why};
use control::{Actor, CommandId};
use dialplan::login::Pins;
use ledger::live::Live;
use node::Change;
use std::collections::BTreeSet;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use terms::{CallRef, LegId, PhoneId, QueueId, Seq, Wall};
use tokio::sync::oneshot;

/// What is said to the signalling thread.
pub enum Nudge {
    /// Somebody wants something.
    Asked(Request),
    /// Somebody wants to follow what happens; where he gets it, or hears why not.
    Follow(Actor, oneshot::Sender<Result<Feed, String>>),
    /// The console wants to know how everything stands.
    Mirrored(oneshot::Sender<Box<console::switch::Snapshot>>),
    /// The office has done, or answered, what it was handed.
    Answered(Request, Reply),
    /// A page of this phone wants something of its voice.
    Voice(PhoneId, VoiceWish),
    /// The thread of the pages says how one of them is.
    Page(Told),
    /// Refuse new calls; release the running ones after this time.
    Drain(Duration),
    /// What the account says of the time before this start.
    Past(Box<Live>),
    /// A configuration that is ready is to be in force.
    Swap(Box<Swap>),
    /// End the thread.
    Stop,
}

/// Something that somebody wants of the switch.
#[derive(Debug)]
pub struct Request {
    /// His name for it, so that it may come again.
    pub id: Option<CommandId>,
    /// Who.
    pub by: Actor,
    /// What.
    pub what: Wanted,
    /// How that which it is about stood when it came.
    pub before: Option<String>,
    /// The party of a call who hears what became of it.
    pub heard: Option<(CallRef, LegId)>,
    /// Where the answer goes, where somebody waits for one; sending it never blocks.
    pub reply: Option<Asker>,
}

/// Somebody who waits for an answer.
#[derive(Debug)]
pub enum Asker {
    /// He wants all of it.
    Reply(oneshot::Sender<Reply>),
    /// A page: what became of it in words, and from which number of the stream on that can be seen.
    Receipt(oneshot::Sender<Receipt>),
    /// A page: what is seen.
    Sight(oneshot::Sender<Result<serde_json::Value, Refusal>>),
}

impl Request {
    /// One whose asker waits for the answer at the other end.
    pub fn new(by: Actor, what: Wanted) -> (Request, oneshot::Receiver<Reply>) {
        let (reply, answered) = oneshot::channel();
        (Request { id: None, by, what, before: None, heard: None, reply: Some(Asker::Reply(reply)) }, answered)
    }

    /// Answers it; nothing has happened for it.
    pub fn answer(self, reply: Reply) {
        self.answer_as_of(reply, None, Why::Said);
    }

    /// It is not done, for one of the reasons that programs tell apart.
    pub fn refuse(self, why: Why, words: &str) {
        self.answer_as_of(Reply::Refused(words.to_owned()), None, why);
    }

    /// Answers it; what became of it is the record of this number.
    pub fn answer_as_of(self, reply: Reply, seq: Option<Seq>, why: Why) {
        match self.reply {
            None => {}
            Some(Asker::Reply(asker)) => _ = asker.send(reply),
            Some(Asker::Sight(asker)) => _ = asker.send(seen(reply, why)),
            Some(Asker::Receipt(asker)) => _ = asker.send(Receipt { reply: reply.in_words(), why, seq }),
        }
    }
}

/// What was looked at, as programs read it: an answer is an object with one key.
fn seen(reply: Reply, why: Why) -> Result<serde_json::Value, Refusal> {
    if let control::Reply::Refused(words) = reply.in_words() {
        return Err(Refusal { words, why });
    }
    let told = serde_json::to_value(&reply).ok();
    let inside = told.and_then(|told| Some(told.as_object()?.values().next()?.clone()));
    inside.ok_or_else(|| Refusal { words: "it cannot be written".into(), why })
}

/// What the signalling thread swaps.
pub struct Swap {
    /// The configuration; absent when it was refused and only counted.
    pub change: Option<Change>,
    /// For the status.
    pub overlaid: Overlaid,
    /// When this is a reload: whether it was taken, and when.
    pub reload: Option<(bool, Wall)>,
    /// The agents' PINs, where they were read anew.
    pub pins: Option<Pins>,
    /// Told when it is done.
    pub done: SyncSender<()>,
}

/// What the status says about run-time changes.
#[derive(Clone, Debug, Default)]
pub struct Overlaid {
    /// How many there are.
    pub changes: usize,
    /// Queues that take no new callers.
    pub closed: BTreeSet<QueueId>,
}
