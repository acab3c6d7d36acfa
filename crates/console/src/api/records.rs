//! Calls that are over, and the story of each.

use super::lists::json;
use crate::Console;
use crate::access::Viewer;
use crate::records::asked::Asked;
use crate::wire::problem::{Kind, Problem};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use std::sync::Arc;
use terms::CallRef;

type Shared = State<Arc<Console>>;

pub async fn search(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|error| Problem::because(Kind::BAD_PARAMETER, error.body_text()))?;
    let wanted = console.wanted(&asked)?;
    Ok(json(&console.records(&viewer, wanted).await?))
}

pub async fn one(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(call): Path<String>,
) -> Result<Response, Problem> {
    let call: CallRef = call.parse().map_err(|_| Problem::from(Kind::NOT_FOUND))?;
    Ok(json(&console.story(&viewer, call).await?))
}
