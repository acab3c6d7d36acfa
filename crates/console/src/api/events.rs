//! The stream: events over SSE or a socket, and the state that pages show over a socket.

use crate::Console;
use crate::access::is_own;
use crate::guard::who;
use crate::serve::Peer;
use crate::stream::reader::{Filter, Reader};
use crate::stream::{socket, sse};
use crate::wire::problem::{Kind, Problem};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::Seq;

/// What a reader of events wants.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    after: Option<String>,
    types: Option<String>,
    queues: Option<String>,
    agents: Option<String>,
}

/// `0` is the beginning.
fn cursor(text: &str) -> Result<Seq, Problem> {
    if text == "0" {
        return Ok(Seq::default());
    }
    text.parse().map_err(|_| Problem::because(Kind::BAD_CURSOR, format!("{text:?}: {}", Kind::BAD_CURSOR.remedy)))
}

fn set(list: Option<String>) -> BTreeSet<String> {
    list.iter().flat_map(|list| list.split(',')).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

pub async fn events(
    State(console): State<Arc<Console>>,
    wish: Result<Query<Wish>, axum::extract::rejection::QueryRejection>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let Query(wish) = wish.map_err(|error| Problem::because(Kind::BAD_PARAMETER, error.body_text()))?;
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let after = seen.or(wish.after).map(|text| cursor(&text)).transpose()?;
    let filter = Filter { types: set(wish.types), queues: set(wish.queues), agents: set(wish.agents) };
    let hub = console.hub.clone();
    let reader = Reader::new(hub, who(console, &headers, peer), filter, after);
    match upgrade {
        Ok(upgrade) if is_own(&headers) => {
            Ok(upgrade.max_message_size(socket::SAID).on_upgrade(|socket| socket::events(socket, reader)))
        }
        Ok(_) => Err(Kind::OTHER_SITE.into()),
        Err(_) => Ok(sse::stream(reader)),
    }
}

pub async fn live(
    State(console): State<Arc<Console>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let Ok(upgrade) = upgrade else {
        return Err(Problem::because(
            Kind::BAD_PARAMETER,
            "this address is a WebSocket's; programs read /api/v1/events",
        ));
    };
    if !is_own(&headers) {
        return Err(Kind::OTHER_SITE.into());
    }
    let (hub, who) = (console.hub.clone(), who(console, &headers, peer));
    Ok(upgrade.max_message_size(socket::SAID).on_upgrade(|socket| socket::live(socket, hub, who)).into_response())
}
