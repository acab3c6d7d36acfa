//! The pages. Each is made here with its words, and filled by its script from the state's socket; without one it says so.

mod board;
mod call;
mod calls;
mod desk;
mod doors;
mod floor;
mod layout;
mod lead;
mod problems;
pub mod sign_in;
mod users;

pub use problems::refused;

use crate::Console;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// The addresses of pages for who is let in.
pub fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/", get(doors::page))
        .route("/board/{name}", get(board::page))
        .route("/calls", get(calls::page))
        .route("/calls/{call}", get(call::page))
        .route("/desk", get(desk::page))
        .route("/floor", get(floor::page))
        .route("/me", get(users::own))
        .route("/users", get(users::users))
}

/// The one for everybody.
pub fn open_routes() -> Router<Arc<Console>> {
    Router::new().route("/problems", get(problems::page))
}
