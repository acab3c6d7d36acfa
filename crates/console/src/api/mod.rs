//! `/api/v1`: what pages and programs read, and what they may want. Each resource is told by a type of [`crate::wire`], each
//! command stands in the table of `orders`; the document that describes them is made of both.

mod customers;
pub mod document;
mod events;
mod lists;
mod me;
mod more;
mod orders;
pub mod people;
mod recordings;
mod records;
mod sights;
mod statistics;

use crate::Console;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post, put};
use std::sync::Arc;

/// The routes below `/api/v1`.
pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/agents", get(lists::agents))
        .route("/agents/{name}", get(lists::agent))
        .route("/agents/{name}/statistics", get(statistics::agent))
        .route("/agents/{name}/given", get(sights::given))
        .route("/bans", get(sights::bans))
        .route("/boards", get(lists::boards))
        .route("/calls", get(lists::calls))
        .route("/calls/{call}", get(lists::call))
        .route("/calls/{call}/parties", get(sights::parties))
        .route("/contacts/{contact}/why", get(sights::why))
        .route("/events", get(events::events))
        .route("/live", get(events::live))
        .route("/me", get(me::me))
        .route("/openapi.json", get(document::serve))
        .route("/overlay", get(sights::overlay))
        .route("/queues", get(lists::queues))
        .route("/queues/{name}", get(lists::queue))
        .route("/recordings/{recording}/peaks", get(recordings::peaks))
        .route("/recordings/{recording}/sound", get(recordings::sound))
        .route("/records", get(records::search))
        .route("/records/{call}", get(records::one))
        .merge(people_routes())
        .merge(customers::routes())
        .merge(orders::routes())
}

/// Users, sessions, tokens and the audit.
fn people_routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/audit", get(people::audit))
        .route("/me/password", put(people::password))
        .route("/sessions", get(people::sessions))
        .route("/sessions/{session}", delete(people::end_session))
        .route("/tokens", get(people::tokens).post(people::make_token))
        .route("/users", get(people::list))
        .route("/users/{user}/invitation", post(people::invite))
        .layer(DefaultBodyLimit::max(orders::BODY))
}
