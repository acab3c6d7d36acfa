//! What was recorded of calls: the sound by parts, and its wave.

use super::lists::json;
use crate::Console;
use crate::access::Viewer;
use crate::records::hearing::How;
use crate::serve::Peer;
use crate::sound::{Sound, place};
use crate::wire::problem::{Kind, Problem};
use axum::extract::{Extension, Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use control::Deed;
use ledger::RecordingRow;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use terms::{CallRef, CaptureId, Wall};

type Shared = State<Arc<Console>>;

/// A call whose recording is not finished began within so long.
const LONGEST: Duration = Duration::from_secs(86_400);

/// What is wanted of a sound.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    /// To keep it.
    #[serde(default)]
    download: String,
}

pub async fn sound(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Extension(peer): Extension<Peer>,
    Path(recording): Path<String>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let saves = !wish.download.is_empty();
    let (how, deed) = if saves { (How::Saves, Deed::SaveRecording) } else { (How::Plays, Deed::PlayRecording) };
    let (row, path) = console.recording(&viewer, deed, &recording).await?;
    let tag = row.sha256.clone().unwrap_or_else(|| row.capture.to_string());
    let sound = Sound::open(path, &tag).await.map_err(|_| Problem::from(Kind::RECORDING_GONE))?;
    console.heard((&viewer, peer.address), how, (row.capture, row.call)).await?;
    let name = format!("{}-{}.wav", row.call, row.capture);
    Ok(sound.answer(&headers, saves.then_some(name.as_str())))
}

pub async fn peaks(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(recording): Path<String>,
) -> Result<Response, Problem> {
    let (row, path) = console.recording(&viewer, Deed::PlayRecording, &recording).await?;
    let peaks = console.waves.of(&row.capture.to_string(), path).await.ok_or(Kind::RECORDING_GONE)?;
    Ok(json(&*peaks))
}

impl Console {
    /// Whether somebody may do this with what was recorded of a call. He learns that he may not where he sees the call.
    async fn may_hear(&self, viewer: &Viewer, deed: Deed, call: CallRef) -> Result<(), Problem> {
        let row = self.one_record(viewer, Deed::SeeRecord, call).await?;
        let may = self.reach(viewer, deed)?.is_none_or(|within| within.covers(&row));
        if may { Ok(()) } else { Err(Kind::NOT_ALLOWED.into()) }
    }

    /// A recording with which somebody may do this, and its file. What he may not hear is not there.
    async fn recording(&self, viewer: &Viewer, deed: Deed, id: &str) -> Result<(RecordingRow, PathBuf), Problem> {
        let away = crate::records::story::away;
        let id: CaptureId = id.parse().map_err(|_| Problem::from(Kind::NOT_FOUND))?;
        let Some(row) = self.account()?.recording(id).await.map_err(away)? else {
            let since = self.hub.switch.now().wall.as_millis() - i64::try_from(LONGEST.as_millis()).unwrap_or(0);
            let call = self.account()?.recorded(id, Wall::from_millis(since)).await.map_err(away)?;
            self.may_hear(viewer, deed, call.ok_or(Kind::NOT_FOUND)?).await?;
            return Err(Kind::RECORDING_UNFINISHED.into());
        };
        self.may_hear(viewer, deed, row.call).await?;
        let file = row.file.as_deref().and_then(|name| place(&self.recordings, name));
        file.map(|file| (row, file)).ok_or_else(|| Kind::RECORDING_GONE.into())
    }
}
