//! Control of a running switch: what may be asked over the control socket, and what is answered.
//!
//! One JSON object a line each way, such as `{"status":null}`, `{"agent":{"name":"alice","status":"ready"}}`,
//! `{"drain":{"deadline_ms":600000}}`, `{"phones":null}`, `{"bans":null}`, `{"lift":{"source":"192.0.2.66"}}`,
//! `{"reload":null}`, `{"overlay":null}`,
//! `{"change":{"skill":{"agent":"alice","skill":"billing","level":7}}}`, `{"overlay_drop":{"id":3}}`,
//! `{"queue_open":{"name":"support"}}`; the answer is `{"status":{...}}`, `{"phones":[...]}`,
//! `{"bans":[...]}`, `{"reload":{...}}`,
//! `{"overlay":[...]}`, `{"done":"..."}` or `{"refused":"..."}`. Who may open the socket (mode 0600) may ask anything.

pub mod bans;
pub mod client;
pub mod distribution;
pub mod figures;
pub mod live;
pub mod phones;
pub mod socket;
pub mod status;
pub mod surroundings;
pub mod table;
pub mod tally;
pub mod view;

use crate::reload;
use crate::reload::overlay::{OverlayLine, Wish};
use serde::{Deserialize, Serialize};
use status::Status;
use std::time::Duration;
use tokio::sync::oneshot;

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// The state of everything.
    Status(()),
    /// An agent's status.
    Agent {
        /// By the configured name.
        name: String,
        /// What he shall be.
        status: AgentWish,
        /// Why, for a pause.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Refuse new calls and finish the running ones, or take calls again.
    Drain {
        /// What still runs after this time is released.
        #[serde(default)]
        deadline_ms: Option<u64>,
        /// Take calls again.
        #[serde(default)]
        cancel: bool,
    },
    /// The phones one by one.
    Phones(()),
    /// Who tried too many wrong passwords.
    Bans(()),
    /// Forget the wrong passwords of a source.
    Lift {
        /// Its address, or `all`.
        source: String,
    },
    /// Read the configuration again.
    Reload(()),
    /// What is laid over the configuration.
    Overlay(()),
    /// Lay a change over the configuration.
    Change(Wish),
    /// Lay several over it, all of them or, when one is wrong, none.
    Changes(Vec<Wish>),
    /// Take a change away.
    OverlayDrop {
        /// Which; absent: all.
        #[serde(default)]
        id: Option<i64>,
    },
    /// Open a queue that was closed by a change.
    QueueOpen {
        /// By the configured name.
        name: String,
    },
}

impl Request {
    /// Whether it is for the office, which may take its time, and not for the signalling thread.
    pub fn is_for_the_office(&self) -> bool {
        match self {
            Request::Status(())
            | Request::Agent { .. }
            | Request::Drain { .. }
            | Request::Phones(())
            | Request::Bans(())
            | Request::Lift { .. } => false,
            Request::Reload(())
            | Request::Overlay(())
            | Request::Change(_)
            | Request::Changes(_)
            | Request::OverlayDrop { .. }
            | Request::QueueOpen { .. } => true,
        }
    }

    /// How long an answer may take: the office reads every file, and errands before this one come first.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(if self.is_for_the_office() { 120 } else { 5 })
    }
}

/// The reason of a pause for which none was said.
pub const NO_REASON: &str = "pause";

/// What an agent shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentWish {
    /// Takes calls.
    Ready,
    /// At work, takes no calls.
    Pause,
    /// Not at work.
    Logout,
}

impl AgentWish {
    /// The status that the routing core knows.
    pub fn status(self, reason: Option<String>) -> acd::Status {
        match self {
            AgentWish::Ready => acd::Status::Ready,
            AgentWish::Pause => {
                let said = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
                acd::Status::NotReady(said.unwrap_or_else(|| NO_REASON.into()))
            }
            AgentWish::Logout => acd::Status::LoggedOut,
        }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The state of everything.
    Status(Box<Status>),
    /// The phones.
    Phones(Vec<phones::PhoneLine>),
    /// The bans.
    Bans(Vec<bans::BanLine>),
    /// What became of a reload.
    Reload(Box<reload::Outcome>),
    /// What is laid over the configuration.
    Overlay(Vec<OverlayLine>),
    /// It was done; in words.
    Done(String),
    /// It was not done; why, and what to do.
    Refused(String),
}

/// A request on its way to the thread that can answer it.
#[derive(Debug)]
pub struct AdminRequest {
    /// What is asked.
    pub what: Request,
    /// Where the answer goes; sending it never blocks.
    pub reply: oneshot::Sender<Reply>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_written_as_documented() {
        let read = |text| serde_json::from_str::<Request>(text).unwrap();
        assert_eq!(read(r#"{"status":null}"#), Request::Status(()));
        assert_eq!(read(r#"{"reload":null}"#), Request::Reload(()));
        assert_eq!(read(r#"{"overlay_drop":{}}"#), Request::OverlayDrop { id: None });
        let close = Request::Change(Wish::Close { queue: "support".into(), go: None });
        assert_eq!(read(r#"{"change":{"close":{"queue":"support"}}}"#), close);
        assert_eq!(read(r#"{"drain":{}}"#), Request::Drain { deadline_ms: None, cancel: false });
        let ready = Request::Agent { name: "alice".into(), status: AgentWish::Ready, reason: None };
        assert_eq!(read(r#"{"agent":{"name":"alice","status":"ready"}}"#), ready);
        assert_eq!(serde_json::to_string(&Request::Status(())).unwrap(), r#"{"status":null}"#);
    }

    #[test]
    fn a_pause_without_a_reason_has_one_all_the_same() {
        for none in [None, Some("".into()), Some("  ".into())] {
            assert_eq!(AgentWish::Pause.status(none), acd::Status::NotReady("pause".into()));
        }
        assert_eq!(AgentWish::Pause.status(Some(" lunch ".into())), acd::Status::NotReady("lunch".into()));
        assert_eq!(AgentWish::Logout.status(Some("x".into())), acd::Status::LoggedOut);
    }
}
