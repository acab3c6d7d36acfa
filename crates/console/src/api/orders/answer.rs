//! What became of a command, in the words of HTTP. Of a call that he does not see somebody learns not even that it runs.

use crate::Console;
use crate::access::Viewer;
use crate::api::lists::{json, seen_call};
use crate::switch::{Receipt, Why};
use crate::wire::Taken;
use crate::wire::problem::{Kind, Problem};
use axum::http::StatusCode;
use axum::response::Response;
use control::{Command, Reply};

/// What was asked.
pub struct Asked {
    pub command: Command,
    /// The call in the path.
    pub call: Option<String>,
}

/// 202 with the number from which on the stream tells it, or a problem.
pub fn answer(console: &Console, viewer: &Viewer, asked: Asked, receipt: Receipt) -> Result<Response, Problem> {
    let said = match receipt.reply {
        Reply::Done(said) => said,
        Reply::Refused(why) => return Err(refused(console, viewer, &asked, receipt.why, why)),
    };
    // It was done before: what is known now is as of later.
    let seq = match receipt.seq {
        Some(seq) => seq,
        None => console.hub.mirror(|mirror, _| mirror.as_of()).ok_or(Kind::NOT_READY)?,
    };
    let command = asked.command.id.map(String::from);
    let mut response = json(&Taken { command, sequence: seq.to_string(), said });
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

fn refused(console: &Console, viewer: &Viewer, asked: &Asked, why: Why, words: String) -> Problem {
    if let Some(call) = &asked.call {
        let known =
            console.hub.mirror(|mirror, _| call.parse().ok().and_then(|call| mirror.call_state(call))).flatten();
        let seen = known.as_ref().is_some_and(|call| seen_call(viewer, call));
        if known.is_none() || (why == Why::Denied && !seen) {
            return Kind::NOT_FOUND.into();
        }
    }
    let kind = match why {
        Why::Denied => Kind::NOT_ALLOWED,
        Why::UnderWay => Kind::UNDER_WAY,
        Why::Stale => Kind::STALE,
        Why::Another => Kind::KEY_REUSED,
        Why::Said => Kind::REFUSED,
    };
    Problem::because(kind, words)
}
