//! The stream: events over SSE or a socket, and the state that pages show over a socket.

use crate::Console;
use crate::access::is_own;
use crate::guard::who;
use crate::mirror::Mirror;
use crate::serve::Peer;
use crate::stream::reader::{Filter, Reader};
use crate::stream::voice::WhosePhone;
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

/// Whose voice a page may have: that of the agent who sits there, at the first of his phones that is a page. A program has
/// none: it comes with a token, and a token is nobody who sits somewhere.
fn phone_of(console: Arc<Console>, headers: HeaderMap, peer: Peer) -> WhosePhone {
    Arc::new(move || {
        let viewer = console.who(&headers, peer)?;
        let agent = console.agent_of(&viewer, &headers)?;
        let find = |mirror: &Mirror, _| {
            let plan = mirror.plan();
            plan.agents.iter().find(|one| one.name == agent)?.page(plan)
        };
        console.hub.mirror(find).flatten()
    })
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
    let (hub, who) = (console.hub.clone(), who(console.clone(), &headers, peer));
    let whose = phone_of(console, headers, peer);
    let upgrade = upgrade.max_message_size(socket::SAID_OF_VOICE);
    Ok(upgrade.on_upgrade(|socket| socket::live(socket, hub, who, whose)).into_response())
}
