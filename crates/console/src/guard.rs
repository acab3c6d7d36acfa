//! The door: who comes in, by which link, and what is said to who does not.

use crate::Console;
use crate::access::{Viewer, is_own, set_cookie};
use crate::pages::refused;
use crate::serve::Peer;
use crate::wire::problem::{Kind, Problem};
use crate::words::Words;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Lets in who is somebody, and says who.
pub async fn let_in(State(console): State<Arc<Console>>, mut request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read && !is_own(request.headers()) {
        return Kind::OTHER_SITE.into_response();
    }
    let seen = request.extensions().get::<Peer>().and_then(|peer| console.who(request.headers(), *peer));
    let Some(viewer) = seen else {
        return turn_away(&console, &request);
    };
    request.extensions_mut().insert(viewer);
    next.run(request).await
}

/// What every answer says about itself.
pub async fn headers(request: Request, next: Next) -> Response {
    let known = request.extensions().get::<Peer>().is_some_and(|peer| peer.secure && peer.known);
    let mut response = next.run(request).await;
    crate::headers::add(response.headers_mut(), known);
    response
}

/// People are asked who they are, where somebody can say it.
fn turn_away(console: &Console, request: &Request) -> Response {
    if console.has_users() && !request.uri().path().starts_with("/api/") && request.method() == Method::GET {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/login"))]).into_response();
    }
    refuse(request, Kind::NOT_SIGNED_IN)
}

/// Asks of somebody who stays who he is now; none: he is out.
pub type Who = Arc<dyn Fn() -> Option<Viewer> + Send + Sync>;

/// Who sends a request, asked again and again.
pub fn who(console: Arc<Console>, headers: &HeaderMap, peer: Peer) -> Who {
    let cookies = headers.get_all(header::COOKIE).iter().map(|value| (header::COOKIE, value.clone()));
    let headers: HeaderMap = cookies.collect();
    Arc::new(move || console.who(&headers, peer))
}

/// In the words of whoever asked: programs get a problem, people a page.
fn refuse(request: &Request, kind: Kind) -> Response {
    if request.uri().path().starts_with("/api/") {
        return kind.into_response();
    }
    refused(Words::asked_for(request.headers()), kind)
}

/// The link of a demonstration: a cookie, and on to the first page.
pub async fn link(
    State(console): State<Arc<Console>>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(link) = console.access.link.as_ref().filter(|link| link.is_token(&token)) else {
        return refused(Words::asked_for(&headers), Kind::BAD_LINK);
    };
    let cookie = set_cookie(link.cookie(), &link.session(), peer.secure, "");
    let Ok(cookie) = HeaderValue::from_str(&cookie) else { return Kind::BAD_LINK.into_response() };
    let to = [(header::LOCATION, HeaderValue::from_static("/")), (header::SET_COOKIE, cookie)];
    (StatusCode::SEE_OTHER, to).into_response()
}

/// There is nothing here.
pub async fn nothing(request: Request) -> Response {
    refuse(&request, Kind::NOT_FOUND)
}

/// It can only be read.
pub async fn only_read() -> Response {
    let mut response = Problem::from(Kind::NO_SUCH_METHOD).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}
