//! The door: who comes in, by which link, and what is said to who does not.

use crate::Console;
use crate::access::tokens::{Bearer, screen};
use crate::access::{Viewer, is_own, set_cookie};
use crate::pages::refused;
use crate::serve::Peer;
use crate::wire::problem::Kind;
use crate::words::Words;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;

/// Lets in who is somebody, and says who.
pub async fn let_in(State(console): State<Arc<Console>>, mut request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read && !is_own(request.headers()) {
        return Kind::OTHER_SITE.into_response();
    }
    let Some(peer) = request.extensions().get::<Peer>().copied() else { return turn_away(&console, &request) };
    let viewer = match console.bearer(request.headers(), peer, true) {
        Bearer::Is(viewer) => viewer,
        Bearer::Hasty(pause) => return too_many(pause),
        Bearer::Wrong => return wrong_token(&console, &request, peer),
        Bearer::Nobody => match console.who(request.headers(), peer) {
            Some(viewer) => viewer,
            None => return turn_away(&console, &request),
        },
    };
    if !is_shown(&viewer, request.uri().path()) {
        return refuse(&request, Kind::NOT_FOUND);
    }
    request.extensions_mut().insert(viewer);
    next.run(request).await
}

/// A screen on a wall shows its board and what that is fed with, and nothing else.
fn is_shown(viewer: &Viewer, path: &str) -> bool {
    let Some(board) = screen(viewer) else { return true };
    path == "/api/v1/live" || path.strip_prefix("/board/").is_some_and(|name| name == board || name == encoded(board))
}

/// A name as it stands in an address.
pub fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Somebody comes with a token that is none: he is told so, and after too many of them to wait.
fn wrong_token(console: &Console, request: &Request, peer: Peer) -> Response {
    let users = console.access.users.as_ref();
    match users.and_then(|users| users.wrong_token(peer.address, console.hub.switch.now())) {
        Some(pause) => too_many(pause),
        None => refuse(request, Kind::NOT_SIGNED_IN),
    }
}

fn too_many(pause: Duration) -> Response {
    let mut response = Kind::TOO_MANY.into_response();
    let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    response
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
    let mut proofs = HeaderMap::new();
    for name in [header::COOKIE, header::AUTHORIZATION] {
        headers.get_all(&name).iter().for_each(|value| _ = proofs.append(&name, value.clone()));
    }
    Arc::new(move || match console.bearer(&proofs, peer, false) {
        Bearer::Is(viewer) => Some(viewer),
        Bearer::Nobody => console.who(&proofs, peer),
        Bearer::Wrong | Bearer::Hasty(_) => None,
    })
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

/// The link of a screen on a wall: a cookie that stays for a year, and on to its board.
pub async fn screen_link(
    State(console): State<Arc<Console>>,
    Extension(peer): Extension<Peer>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut proof = HeaderMap::new();
    let own = set_cookie(console.access.screen_name(), &token, peer.secure, "");
    let pair = own.split(';').next().unwrap_or_default();
    if let Ok(pair) = HeaderValue::from_str(pair) {
        proof.insert(header::COOKIE, pair);
    }
    let now = console.hub.switch.now();
    let viewer = match console.bearer(&proof, peer, true) {
        Bearer::Is(viewer) => viewer,
        Bearer::Hasty(pause) => return too_many(pause),
        _ => match console.access.users.as_ref().and_then(|users| users.wrong_token(peer.address, now)) {
            Some(pause) => return too_many(pause),
            None => return refused(Words::asked_for(&headers), Kind::BAD_LINK),
        },
    };
    let Some(board) = screen(&viewer) else { return refused(Words::asked_for(&headers), Kind::BAD_LINK) };
    let cookie = set_cookie(console.access.screen_name(), &token, peer.secure, "; Max-Age=31536000");
    let to = HeaderValue::from_str(&format!("/board/{}", encoded(board))).ok();
    let (Some(to), Ok(cookie)) = (to, HeaderValue::from_str(&cookie)) else { return Kind::BAD_LINK.into_response() };
    (StatusCode::SEE_OTHER, [(header::LOCATION, to), (header::SET_COOKIE, cookie)]).into_response()
}

/// There is nothing here.
pub async fn nothing(request: Request) -> Response {
    refuse(&request, Kind::NOT_FOUND)
}

/// It cannot be done here; what can is said in the header by the router.
pub async fn not_so() -> Response {
    Kind::NO_SUCH_METHOD.into_response()
}
