//! What may be wanted over HTTP: one table of addresses, a file of it for each resource, from which the routes and their part
//! of the OpenAPI document are made. Each row makes a verb of `control`; whether it may be done is asked where everybody is
//! asked, at the switch's door.

mod agents;
mod answer;
mod calls;
mod contacts;
pub mod document;
mod house;
mod queues;
mod rooms;
pub mod take;

use crate::Console;
use crate::wire::problem::{Kind as Wrong, Problem};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Extension, Path, State};
use axum::http::HeaderMap;
use axum::routing::{MethodFilter, on};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Bytes of a body.
pub const BODY: usize = 16_384;

/// An address at which something is done.
pub struct Order {
    /// How.
    pub method: Method,
    /// Below `/api/v1`.
    pub path: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What the body says.
    pub fields: &'static [Field],
    /// Whether it places or moves a call, so that it must not be done twice: who asks has to name it.
    pub once: bool,
    /// It is about what an agent is given, and may be wanted only as somebody has seen that (`If-Match`).
    pub guarded: bool,
    /// The verb, of what stands in the path and in the body.
    pub verb: fn(Args) -> Value,
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

/// What stands in the path and in the body.
pub type Args = Map<String, Value>;

/// Something that a body says.
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub about: &'static str,
}

/// What it is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text that is not empty.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A number between these two.
    Number(u64, u64),
    /// Such numbers by name.
    Numbers(u64, u64),
    /// Texts by name.
    Texts,
}

/// What has to be said.
const fn must(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, required: true, about }
}

/// What may be said.
const fn may(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, required: false, about }
}

/// One that is posted.
const fn post(path: &'static str, about: &'static str, fields: &'static [Field], verb: fn(Args) -> Value) -> Order {
    Order { method: Method::Post, path, about, fields, once: false, guarded: false, verb }
}

impl Order {
    /// It places or moves a call.
    const fn once(self) -> Order {
        Order { once: true, ..self }
    }
}

/// Everything that can be wanted.
pub fn all() -> impl Iterator<Item = &'static Order> {
    [agents::ORDERS, calls::ORDERS, contacts::ORDERS, house::ORDERS, queues::ORDERS, rooms::ORDERS]
        .into_iter()
        .flatten()
}

/// The routes below `/api/v1`.
pub fn routes() -> Router<Arc<Console>> {
    let routes = all().fold(Router::new(), |routes, order| {
        let serve = move |State(console): State<Arc<Console>>,
                          Extension(viewer): Extension<crate::access::Viewer>,
                          path: Result<Path<Vec<(String, String)>>, PathRejection>,
                          headers: HeaderMap,
                          body: Result<Bytes, BytesRejection>| async move {
            let Path(path) = path.map_err(|_| Problem::from(Wrong::NOT_FOUND))?;
            let body = body.map_err(|_| Problem::from(Wrong::TOO_LARGE))?;
            take::take(&console, &viewer, order, path, (&headers, &body)).await
        };
        let method = match order.method {
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Patch => MethodFilter::PATCH,
            Method::Delete => MethodFilter::DELETE,
        };
        routes.route(order.path, on(method, serve))
    });
    routes.layer(DefaultBodyLimit::max(BODY))
}
