//! Lists and their items, out of the mirror: as of one number of the stream, from which a reader goes on.

use crate::Console;
use crate::access::{About, Viewer, may_see};
use crate::mirror::Mirror;
use crate::wire::problem::{Kind, Problem};
use crate::wire::{AgentState, BoardState, CallState, Page, QueueState};
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use terms::{CallRef, Wall, limits};

/// Which part of a list.
#[derive(Debug, Default, Deserialize)]
pub struct Part {
    limit: Option<String>,
    after: Option<String>,
}

type Asked = Result<Query<Part>, axum::extract::rejection::QueryRejection>;

impl Part {
    fn limit(&self) -> Result<usize, Problem> {
        let Some(limit) = &self.limit else { return Ok(limits::CONSOLE_PAGE) };
        let limit: Option<usize> = limit.parse().ok().filter(|limit| (1..=limits::CONSOLE_PAGE).contains(limit));
        limit.ok_or_else(|| {
            Problem::because(Kind::BAD_PARAMETER, format!("`limit` is a number from 1 to {}", limits::CONSOLE_PAGE))
        })
    }
}

/// A body of JSON.
pub fn json(value: &impl Serialize) -> Response {
    let Ok(text) = serde_json::to_vec(value) else { return Kind::NOT_READY.into_response() };
    let mut response = Body::from(text).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn list<T: Serialize>(
    console: &Console,
    asked: Asked,
    key: fn(&T) -> &str,
    all: impl FnOnce(&Mirror, Wall) -> Vec<T>,
) -> Result<Response, Problem> {
    let Query(part) = asked.map_err(|error| Problem::because(Kind::BAD_PARAMETER, error.body_text()))?;
    let limit = part.limit()?;
    let (as_of, all) =
        console.hub.mirror(|mirror, now| (mirror.as_of().to_string(), all(mirror, now))).ok_or(Kind::NOT_READY)?;
    Ok(json(&Page::of(as_of, all, key, part.after.as_deref(), limit)))
}

fn one<T: Serialize>(console: &Console, find: impl FnOnce(&Mirror, Wall) -> Option<T>) -> Result<Response, Problem> {
    let found = console.hub.mirror(find).ok_or(Kind::NOT_READY)?;
    found.map(|found| json(&found)).ok_or_else(|| Kind::NOT_FOUND.into())
}

fn sees(viewer: &Viewer, queue: Option<&str>, agent: Option<&str>) -> bool {
    may_see(viewer, About { queue, agent })
}

/// Of an agent's queues, those that the viewer sees.
fn seen_agent(viewer: &Viewer, mut agent: AgentState) -> Option<AgentState> {
    agent.queues.retain(|queue| sees(viewer, Some(queue), None));
    sees(viewer, None, Some(&agent.name)).then_some(agent)
}

/// Whether somebody sees a call.
pub fn seen_call(viewer: &Viewer, call: &CallState) -> bool {
    sees(viewer, call.queue.as_deref(), call.agent.as_deref())
}

type Shared = State<Arc<Console>>;

pub async fn agents(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    part: Asked,
) -> Result<Response, Problem> {
    let all = |mirror: &Mirror, _| mirror.agents().into_iter().filter_map(|agent| seen_agent(&viewer, agent)).collect();
    list(&console, part, |agent: &AgentState| &agent.name, all)
}

pub async fn agent(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    one(&console, |mirror, _| {
        let agent = mirror.agents().into_iter().find(|agent| agent.name == name)?;
        seen_agent(&viewer, agent)
    })
}

pub async fn queues(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    part: Asked,
) -> Result<Response, Problem> {
    let all = |mirror: &Mirror, now| {
        let mut queues = mirror.queues(now);
        queues.retain(|queue| sees(&viewer, Some(&queue.name), None));
        queues
    };
    list(&console, part, |queue: &QueueState| &queue.name, all)
}

pub async fn queue(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    one(&console, |mirror, now| {
        mirror.queues(now).into_iter().find(|queue| queue.name == name && sees(&viewer, Some(&name), None))
    })
}

pub async fn calls(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    part: Asked,
) -> Result<Response, Problem> {
    let all = |mirror: &Mirror, _| mirror.calls().into_iter().filter(|call| seen_call(&viewer, call)).collect();
    list(&console, part, |call: &CallState| &call.call, all)
}

pub async fn call(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(call): Path<String>,
) -> Result<Response, Problem> {
    one(&console, |mirror, _| {
        let call: CallRef = call.parse().ok()?;
        mirror.call_state(call).filter(|call| seen_call(&viewer, call))
    })
}

pub async fn boards(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    part: Asked,
) -> Result<Response, Problem> {
    let boards = console.hub.boards(&viewer).ok_or(Kind::NOT_READY)?;
    list(&console, part, |board: &BoardState| &board.name, |_, _| boards)
}
