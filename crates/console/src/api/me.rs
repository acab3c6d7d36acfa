//! Who asks: what a page or a program shows of its own user.

use super::lists::json;
use crate::Console;
use crate::access::Viewer;
use crate::wire::Me;
use crate::words::Words;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;
use terms::Word as _;

pub async fn me(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
) -> Response {
    let roles = viewer.roles.iter().map(|role| role.word()).collect();
    let agent = console.agent_of(&viewer, &headers);
    json(&Me { user: viewer.name, roles, agent, language: Words::asked_for(&headers).code })
}
