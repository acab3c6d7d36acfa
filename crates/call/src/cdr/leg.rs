//! The account of a leg: who was rung or rang us, how it went, what passed through it. Told once, when the leg is gone,
//! whatever became of its call; what is known of one that lives goes with the dialog that is kept for it.

use media::StreamTotals;
use serde::{Deserialize, Serialize};
use sip::Source;
use std::net::SocketAddr;
use terms::{AgentId, CallRef, Cause, ForwardWhy, PhoneId, Pii, Wall, words};

/// The record of one leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegRecord {
    /// In which call.
    pub call: CallRef,
    /// Which of its legs: the caller's is the first, 0.
    pub nth: u16,
    /// What it is in its call.
    pub role: LegRole,
    /// Who is at its other end.
    pub who: Source,
    /// The agent on whose behalf he was rung.
    pub agent: Option<AgentId>,
    /// With whose rights it was rung and on whose account, where that is not who brought the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged_to: Option<Source>,
    /// Who has forwarded the call, the first first: to it, or of who brought the call, to us.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forwarded: Vec<ForwardedBy>,
    /// The number that was dialled over a trunk.
    pub number: Option<Pii<String>>,
    /// Where his signalling came from last, or where ours goes.
    pub device: Option<SocketAddr>,
    /// INVITE received or sent.
    pub invited: Wall,
    /// It rang: the first provisional response above 100.
    pub rang: Option<Wall>,
    /// 200 sent or received.
    pub answered: Option<Wall>,
    /// Its end was decided.
    pub ended: Option<Wall>,
    /// How it went.
    pub how: How,
    /// The final status, when it was not answered.
    pub status: Option<u16>,
    /// Why it ended.
    pub cause: Cause,
    /// The codec that was sent to it.
    pub codec: Option<String>,
    /// The Call-ID header's value.
    pub sip_call_id: String,
    /// What passed through its stream, both ways.
    pub media: Option<StreamTotals>,
    /// The calls in which it was before, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Moved>,
}

/// Who has forwarded a call, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardedBy {
    /// One of our phones; else somebody outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneId>,
    /// His number, of somebody outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Pii<String>>,
    /// Why.
    pub why: ForwardWhy,
}

impl ForwardedBy {
    /// Somebody outside, before the call came here.
    pub(crate) fn outside(said: &sip::Diversion) -> ForwardedBy {
        ForwardedBy { phone: None, number: Some(said.number.clone()), why: said.why }
    }
}

/// A call that a leg was in before it went on to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Which.
    pub call: CallRef,
    /// Which of its legs it was.
    pub nth: u16,
    /// Until then.
    pub until: Wall,
}

/// What a leg is in its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegRole {
    /// It brought the call.
    Caller,
    /// The switch placed it for the call.
    Callee,
}

/// How a leg went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It lives.
    Open,
    /// It was answered, and stayed in the call.
    Won,
    /// It was taken back before that: by us, since it was not needed any more, or by the caller.
    Cancelled,
    /// It was refused, not answered in time, or never reached.
    Lost,
}

words! { LegRole { Caller "caller", Callee "callee", } }
words! { How { Open "open", Won "won", Cancelled "cancelled", Lost "lost", } }

impl LegRecord {
    /// One that begins.
    pub fn new(call: CallRef, nth: u16, role: LegRole, who: Source, invited: Wall) -> LegRecord {
        LegRecord {
            call,
            nth,
            role,
            who,
            agent: None,
            charged_to: None,
            forwarded: vec![],
            number: None,
            device: None,
            invited,
            rang: None,
            answered: None,
            ended: None,
            how: How::Open,
            status: None,
            cause: Cause::NORMAL,
            codec: None,
            sip_call_id: String::new(),
            media: None,
            moves: vec![],
        }
    }

    /// The end is decided; what was decided first stands.
    pub(crate) fn end(&mut self, at: Wall, how: How, cause: Cause) {
        if self.ended.is_none() {
            self.ended = Some(at);
            self.cause = cause;
            if self.how == How::Open {
                self.how = how;
            }
        }
    }
}
