//! What a page says and is told of its voice, over the socket of its state. A page speaks of the phone of the agent who sits
//! there, and of no other; who that is is asked at each word. One question waits for its answer at a time, and so many words
//! are taken in so much time: a page that says more is no page of ours, and its socket is closed.

use crate::switch::{Attached, NoVoice, Switch, VoiceNews, VoiceWish};
use axum::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use terms::{LegId, PhoneId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// News that a page may be behind.
const NEWS: usize = 32;
/// Words that are taken,
const WORDS: u32 = 60;
/// and in which time.
const TIME: Duration = Duration::from_secs(10);

/// Asks whose voice a page has: the phone of the agent who sits there.
pub type WhosePhone = Arc<dyn Fn() -> Option<PhoneId> + Send + Sync>;

/// A word of a page.
#[derive(Debug, Deserialize)]
#[serde(tag = "ask", deny_unknown_fields)]
enum Word {
    #[serde(rename = "voice.attach")]
    Attach {
        id: u64,
        epoch: Option<u64>,
        #[serde(default)]
        take: bool,
        sdp: String,
    },
    #[serde(rename = "voice.restart")]
    Restart { id: u64, epoch: u64, sdp: String },
    #[serde(rename = "voice.resume")]
    Resume { id: u64, epoch: u64 },
    #[serde(rename = "voice.answer")]
    Answer { epoch: u64, leg: LegId },
    #[serde(rename = "voice.end")]
    End { epoch: u64, leg: LegId },
    #[serde(rename = "voice.leave")]
    Leave { epoch: u64 },
}

/// What a page waits for.
enum Waiting {
    Connection(u64, oneshot::Receiver<Result<Attached, NoVoice>>),
    Yes(u64, u64, oneshot::Receiver<Result<(), NoVoice>>),
}

/// A page has said too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

/// One page's end.
pub struct Voice {
    switch: Arc<dyn Switch>,
    whose: WhosePhone,
    /// The phone whose voice it has, or had.
    phone: Option<PhoneId>,
    tell: mpsc::Sender<VoiceNews>,
    news: mpsc::Receiver<VoiceNews>,
    waiting: Option<Waiting>,
    since: Instant,
    words: u32,
}

impl Voice {
    /// A page that has said nothing yet.
    pub fn new(switch: Arc<dyn Switch>, whose: WhosePhone) -> Voice {
        let (tell, news) = mpsc::channel(NEWS);
        Voice { switch, whose, phone: None, tell, news, waiting: None, since: Instant::now(), words: 0 }
    }

    /// It says something; what it is answered at once. What is no word of this is passed over.
    pub fn said(&mut self, text: &str) -> Result<Option<Bytes>, TooMuch> {
        if self.since.elapsed() > TIME {
            (self.since, self.words) = (Instant::now(), 0);
        }
        self.words += 1;
        if self.words > WORDS {
            return Err(TooMuch);
        }
        Ok(serde_json::from_str(text).ok().and_then(|word| self.does(word)))
    }

    fn does(&mut self, word: Word) -> Option<Bytes> {
        let id = match &word {
            Word::Attach { id, .. } | Word::Restart { id, .. } | Word::Resume { id, .. } => Some(*id),
            Word::Answer { .. } | Word::End { .. } | Word::Leave { .. } => None,
        };
        let Some(phone) = (self.whose)() else { return id.map(|id| refused(id, "no_page")) };
        if let Some(id) = id.filter(|_| self.waiting.is_some()) {
            return Some(refused(id, "under_way"));
        }
        if let Some(former) = self.phone.replace(phone).filter(|former| *former != phone) {
            // Somebody else sits down here: what is still to be told was for whom he follows.
            (self.tell, self.news) = mpsc::channel(NEWS);
            self.switch.voice(former, VoiceWish::Left);
        }
        let wish = match word {
            Word::Attach { id, epoch, take, sdp: offer } => {
                let (answer, answered) = oneshot::channel();
                self.waiting = Some(Waiting::Connection(id, answered));
                VoiceWish::Attach { epoch, take, offer, page: self.tell.clone(), answer }
            }
            Word::Restart { id, epoch, sdp: offer } => {
                let (answer, answered) = oneshot::channel();
                self.waiting = Some(Waiting::Connection(id, answered));
                VoiceWish::Restart { epoch, offer, answer }
            }
            Word::Resume { id, epoch } => {
                let (answer, answered) = oneshot::channel();
                self.waiting = Some(Waiting::Yes(id, epoch, answered));
                VoiceWish::Resume { epoch, page: self.tell.clone(), answer }
            }
            Word::Answer { epoch, leg } => VoiceWish::Answer { epoch, leg },
            Word::End { epoch, leg } => VoiceWish::End { epoch, leg },
            Word::Leave { epoch } => VoiceWish::Leave { epoch },
        };
        self.switch.voice(phone, wish);
        None
    }

    /// The next that it is to be told. It may be dropped at any time.
    pub async fn next(&mut self) -> Bytes {
        tokio::select! {
            text = answered(&mut self.waiting) => {
                self.waiting = None;
                text
            }
            Some(news) = self.news.recv() => told(news),
        }
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        // The switch looks whether anybody reads.
        self.news.close();
        if let Some(phone) = self.phone {
            self.switch.voice(phone, VoiceWish::Left);
        }
    }
}

async fn answered(waiting: &mut Option<Waiting>) -> Bytes {
    match waiting {
        None => std::future::pending().await,
        Some(Waiting::Connection(id, answer)) => match answer.await.unwrap_or(Err(NoVoice::Unheard)) {
            Ok(Attached { epoch, answer }) => {
                text(json!({ "frame": "voice.attached", "id": *id, "epoch": epoch, "sdp": answer }))
            }
            Err(why) => refused(*id, why_not(why)),
        },
        Some(Waiting::Yes(id, epoch, answer)) => match answer.await.unwrap_or(Err(NoVoice::Unheard)) {
            Ok(()) => text(json!({ "frame": "voice.resumed", "id": *id, "epoch": *epoch })),
            Err(why) => refused(*id, why_not(why)),
        },
    }
}

fn told(news: VoiceNews) -> Bytes {
    text(match news {
        VoiceNews::Rings(leg) => json!({ "frame": "voice.ring", "leg": leg }),
        VoiceNews::Talks(leg, sound) => json!({ "frame": "voice.talk", "leg": leg, "sound": sound }),
        VoiceNews::Quiet(leg) => json!({ "frame": "voice.quiet", "leg": leg }),
        VoiceNews::Superseded => json!({ "frame": "voice.superseded" }),
    })
}

fn refused(id: u64, why: &str) -> Bytes {
    text(json!({ "frame": "voice.refused", "id": id, "why": why }))
}

fn why_not(why: NoVoice) -> &'static str {
    match why {
        NoVoice::Taken => "taken",
        NoVoice::Superseded => "superseded",
        NoVoice::Unknown => "unknown",
        NoVoice::Unusable => "unusable",
        NoVoice::Unheard => "unheard",
    }
}

fn text(value: Value) -> Bytes {
    value.to_string().into()
}
