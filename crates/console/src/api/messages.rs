//! Messages that callers have left, and the sound of each.

use super::lists::json;
use crate::Console;
use crate::access::Viewer;
use crate::sound::{Sound, place};
use crate::wire::problem::{Kind, Problem};
use axum::extract::{Extension, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use terms::CaptureId;

type Shared = State<Arc<Console>>;

/// Which of them.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    /// Those with which somebody is done as well: anything but nothing.
    #[serde(default)]
    all: String,
}

pub async fn list(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Query(wish): Query<Wish>,
) -> Result<Response, Problem> {
    Ok(json(&console.messages(&viewer, !wish.all.is_empty()).await?))
}

pub async fn sound(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(message): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let message: CaptureId = message.parse().map_err(|_| Problem::from(Kind::NOT_FOUND))?;
    let row = console.message(&viewer, message).await?;
    let file = row.file.as_deref().filter(|_| row.deleted.is_none());
    let path = file.and_then(|name| place(&console.recordings, name)).ok_or(Kind::RECORDING_GONE)?;
    let sound = Sound::open(path, &message.to_string()).await.map_err(|_| Problem::from(Kind::RECORDING_GONE))?;
    Ok(sound.answer(&headers, None))
}
