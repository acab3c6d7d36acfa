//! What the stream does not tell and the switch is asked for: who is in a call and hears whom, why somebody waits, what lies
//! over the configuration, who is banned; and what an agent is given. As `strowger --json` prints it.

use super::lists::json;
use crate::Console;
use crate::access::{About, Viewer, may_see};
use crate::switch::Why;
use crate::wire::problem::{Kind, Problem};
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use control::View;
use serde::Serialize;
use serde_json::json as object;
use std::sync::Arc;
use std::time::Duration;
use terms::AgentId;
use tokio::sync::oneshot;
use tokio::time::timeout;
use utoipa::ToSchema;

/// How long the switch may take.
const PATIENCE: Duration = Duration::from_secs(5);

type Shared = State<Arc<Console>>;

/// What an agent is given; the header ETag has the mark of it, for `If-Match`.
#[derive(Serialize, ToSchema)]
pub struct Given {
    /// Who.
    pub agent: String,
    /// The mark.
    pub mark: String,
    /// The queues that he serves, each with his tier.
    pub queues: Vec<Seat>,
}

/// A queue that an agent serves.
#[derive(Serialize, ToSchema)]
pub struct Seat {
    /// Which.
    pub queue: String,
    /// Lower ones are tried first.
    pub tier: u8,
}

async fn look(console: &Console, viewer: &Viewer, view: serde_json::Value) -> Result<Response, Problem> {
    // The only thing in it that is more than a word is an id.
    let view: View = serde_json::from_value(view).map_err(|_| Problem::from(Kind::NOT_FOUND))?;
    let (reply, answered) = oneshot::channel();
    console.hub.switch.look(viewer.actor(), view, reply);
    let seen = timeout(PATIENCE, answered).await.ok().and_then(Result::ok).ok_or(Kind::NOT_READY)?;
    seen.map(|seen| json(&seen)).map_err(|refusal| match refusal.why {
        Why::Denied => Problem::because(Kind::NOT_ALLOWED, refusal.words),
        _ => Problem::because(Kind::NOT_FOUND, refusal.words),
    })
}

/// Of a call or contact that he does not see somebody learns not even that it is there.
fn unseen(problem: Problem) -> Problem {
    if problem.code == Kind::NOT_ALLOWED.code { Kind::NOT_FOUND.into() } else { problem }
}

pub async fn overlay(State(console): Shared, Extension(viewer): Extension<Viewer>) -> Result<Response, Problem> {
    look(&console, &viewer, object!({ "overlay": null })).await
}

pub async fn bans(State(console): Shared, Extension(viewer): Extension<Viewer>) -> Result<Response, Problem> {
    look(&console, &viewer, object!({ "bans": null })).await
}

pub async fn parties(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(call): Path<String>,
) -> Result<Response, Problem> {
    look(&console, &viewer, object!({ "call": { "call": call } })).await.map_err(unseen)
}

pub async fn why(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(contact): Path<String>,
) -> Result<Response, Problem> {
    look(&console, &viewer, object!({ "why": { "contact": contact } })).await.map_err(unseen)
}

pub async fn given(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let sees = |queue: Option<&str>, agent: Option<&str>| may_see(&viewer, About { queue, agent });
    let found = console.hub.mirror(|mirror, _| {
        let plan = mirror.plan();
        let agent = plan.agent(AgentId::of(&name)).filter(|agent| sees(None, Some(&agent.name)))?;
        let seat = |queue: &dialplan::Queue| {
            let tier = queue.agents.iter().find(|(id, _)| *id == agent.id).map(|(_, tier)| *tier)?;
            sees(Some(&queue.name), None).then(|| Seat { queue: queue.name.clone(), tier })
        };
        let queues = plan.queues.iter().filter_map(seat).collect();
        Some(Given { agent: agent.name.clone(), mark: plan.mark_of(agent.id)?, queues })
    });
    let given = found.ok_or(Kind::NOT_READY)?.ok_or(Kind::NOT_FOUND)?;
    let mut response = json(&given);
    if let Ok(mark) = HeaderValue::from_str(&format!("\"{}\"", given.mark)) {
        response.headers_mut().insert(header::ETAG, mark);
    }
    Ok(response)
}
