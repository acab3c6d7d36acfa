//! `/api/v1`: what pages and programs read, and what they may want. Each resource is told by a type of [`crate::wire`], each
//! command stands in the table of `orders`; the document that describes them is made of both.

mod customers;
pub mod document;
mod events;
mod lists;
mod me;
mod orders;
mod recordings;
mod records;
mod statistics;

use crate::Console;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// The routes below `/api/v1`.
pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/agents", get(lists::agents))
        .route("/agents/{name}", get(lists::agent))
        .route("/agents/{name}/statistics", get(statistics::agent))
        .route("/boards", get(lists::boards))
        .route("/calls", get(lists::calls))
        .route("/calls/{call}", get(lists::call))
        .route("/events", get(events::events))
        .route("/live", get(events::live))
        .route("/me", get(me::me))
        .route("/openapi.json", get(document::serve))
        .route("/queues", get(lists::queues))
        .route("/queues/{name}", get(lists::queue))
        .route("/recordings/{recording}/peaks", get(recordings::peaks))
        .route("/recordings/{recording}/sound", get(recordings::sound))
        .route("/records", get(records::search))
        .route("/records/{call}", get(records::one))
        .merge(customers::routes())
        .merge(orders::routes())
}
