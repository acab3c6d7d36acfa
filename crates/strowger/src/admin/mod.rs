//! Control of a running switch: what may be asked over the control socket, and what is answered.
//!
//! One JSON object a line each way, such as `{"status":null}`, `{"agent":{"name":"alice","status":"ready"}}`,
//! `{"drain":{"deadline_ms":600000}}`, `{"reload":null}`; the answer is `{"status":{...}}`,
//! `{"done":"..."}` or `{"refused":"..."}`. Who may open the socket (mode 0600) may ask anything.

pub mod client;
pub mod distribution;
pub mod socket;
pub mod status;
pub mod surroundings;
pub mod table;
pub mod tally;
pub mod view;

use serde::{Deserialize, Serialize};
use status::Status;
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
    /// Read the configuration again.
    Reload(()),
}

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
            AgentWish::Pause => acd::Status::NotReady(reason.unwrap_or_else(|| "pause".into())),
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
        assert_eq!(read(r#"{"drain":{}}"#), Request::Drain { deadline_ms: None, cancel: false });
        let ready = Request::Agent { name: "alice".into(), status: AgentWish::Ready, reason: None };
        assert_eq!(read(r#"{"agent":{"name":"alice","status":"ready"}}"#), ready);
        assert_eq!(serde_json::to_string(&Request::Status(())).unwrap(), r#"{"status":null}"#);
    }

    #[test]
    fn a_pause_without_a_reason_has_one_all_the_same() {
        assert_eq!(AgentWish::Pause.status(None), acd::Status::NotReady("pause".into()));
        assert_eq!(AgentWish::Logout.status(Some("x".into())), acd::Status::LoggedOut);
    }
}
