//! Coming in and going: the page that asks for name and password, the one on which a link lets choose a password, and the
//! way out. Forms, so that they work before a script does.

use super::layout::Page;
use crate::Console;
use crate::access::password::SHORTEST;
use crate::access::users::{Guest, Outside};
use crate::access::{Secret, is_own, set_cookie};
use crate::serve::Peer;
use crate::wire::problem::Kind;
use crate::words::Words;
use axum::extract::{Extension, Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What the first page asks for.
#[derive(Deserialize)]
pub struct Said {
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: String,
}

/// What is chosen.
#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// Asks who it is.
pub async fn page(State(console): State<Arc<Console>>, headers: HeaderMap) -> Response {
    let words = Words::asked_for(&headers);
    match console.has_users() {
        true => form(words, "", None).into_response(),
        false => super::refused(words, Kind::NOT_SIGNED_IN),
    }
}

/// He says it.
pub async fn sign_in(
    State(console): State<Arc<Console>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Response {
    let words = Words::asked_for(&headers);
    let Some(users) = console.access.users.as_ref().filter(|_| is_own(&headers)) else {
        return Kind::OTHER_SITE.into_response();
    };
    let is_there = console.is_user(&said.user);
    let now = console.hub.switch.now();
    match users.sign_in(&said.user, said.password, is_there, guest(peer, &headers), now).await {
        Ok(secret) => console.come_in(&secret, peer),
        Err(outside) => (status(outside), form(words, &said.user, Some(outside))).into_response(),
    }
}

/// Who goes.
pub async fn sign_out(
    State(console): State<Arc<Console>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    if !is_own(&headers) {
        return Kind::OTHER_SITE.into_response();
    }
    if let (Some(users), Some(cookie)) = (&console.access.users, console.access.cookie(&headers, peer.secure)) {
        users.sign_out(cookie, guest(peer, &headers), console.hub.switch.now().wall).await;
    }
    let gone = set_cookie(console.access.cookie_name(), "", peer.secure, "; Max-Age=0");
    to("/login", HeaderValue::from_str(&gone).ok())
}

/// A link by which a password is chosen.
pub async fn join(State(console): State<Arc<Console>>, Path(secret): Path<String>, headers: HeaderMap) -> Response {
    let words = Words::asked_for(&headers);
    let Some(users) = &console.access.users else { return super::refused(words, Kind::BAD_LINK) };
    match users.invited(&secret, console.hub.switch.now().wall).await {
        Ok(user) => choice(words, &user, None).into_response(),
        Err(Outside::Away) => Kind::NOT_READY.into_response(),
        Err(_) => super::refused(words, Kind::BAD_LINK),
    }
}

/// It is chosen.
pub async fn choose(
    State(console): State<Arc<Console>>,
    Extension(peer): Extension<Peer>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Response {
    let words = Words::asked_for(&headers);
    let Some(users) = console.access.users.as_ref().filter(|_| is_own(&headers)) else {
        return Kind::OTHER_SITE.into_response();
    };
    let now = console.hub.switch.now();
    let user = match users.invited(&secret, now.wall).await {
        Ok(user) if chosen.password != chosen.again => {
            return (StatusCode::BAD_REQUEST, choice(words, &user, Some("join.differ"))).into_response();
        }
        Ok(user) => user,
        Err(_) => return super::refused(words, Kind::BAD_LINK),
    };
    match users.choose(&secret, chosen.password, guest(peer, &headers), now).await {
        Ok((_, session)) => console.come_in(&session, peer),
        Err(Outside::Unfit) => (StatusCode::BAD_REQUEST, choice(words, &user, Some("join.unfit"))).into_response(),
        Err(Outside::Away) => Kind::NOT_READY.into_response(),
        Err(_) => super::refused(words, Kind::BAD_LINK),
    }
}

impl Console {
    fn come_in(&self, secret: &Secret, peer: Peer) -> Response {
        let cookie = set_cookie(self.access.cookie_name(), secret.reveal(), peer.secure, "");
        to("/", HeaderValue::from_str(&cookie).ok())
    }

    /// Whether the plan in force has a user of this name.
    fn is_user(&self, name: &str) -> bool {
        self.hub.mirror(|mirror, _| mirror.plan().users.iter().any(|user| user.name == name)).unwrap_or(false)
    }
}

fn to(place: &'static str, cookie: Option<HeaderValue>) -> Response {
    let Some(cookie) = cookie else { return Kind::NOT_READY.into_response() };
    let headers = [(header::LOCATION, HeaderValue::from_static(place)), (header::SET_COOKIE, cookie)];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Who sends a request.
pub fn guest<'a>(peer: Peer, headers: &'a HeaderMap) -> Guest<'a> {
    let browser = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Guest { address: Some(peer.address), browser }
}

fn status(outside: Outside) -> StatusCode {
    match outside {
        Outside::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
        Outside::Away => StatusCode::SERVICE_UNAVAILABLE,
        Outside::Wrong | Outside::Unfit | Outside::Void => StatusCode::UNAUTHORIZED,
    }
}

/// Name and password.
fn form(words: Words, user: &str, outside: Option<Outside>) -> Page<'static> {
    let t = |key| words.text(key);
    let wrong = outside.map(|outside| match outside {
        Outside::Wait(pause) => t("login.wait").replace("{seconds}", &(pause.as_secs() + 1).to_string()),
        Outside::Away => t("login.away").to_owned(),
        Outside::Wrong | Outside::Unfit | Outside::Void => t("login.wrong").to_owned(),
    });
    let body = html! {
        main class="sign-in" {
            h1 { (t("login.title")) }
            (said(wrong.as_deref()))
            form method="post" action="/login" {
                label for="user" { (t("login.user")) }
                input id="user" name="user" value=(user) autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus[user.is_empty()];
                label for="password" { (t("login.password")) }
                input id="password" name="password" type="password" autocomplete="current-password" required autofocus[!user.is_empty()];
                button type="submit" { (t("login.enter")) }
            }
            p class="hint" { (t("login.forgotten")) }
        }
    };
    Page { words, title: t("login.title"), name: "doors", live: false, zone: None, body }
}

/// A new password, twice.
fn choice(words: Words, user: &str, wrong: Option<&str>) -> Page<'static> {
    let t = |key| words.text(key);
    let hint = t("join.hint").replace("{least}", &SHORTEST.to_string());
    let body = html! {
        main class="sign-in" {
            h1 { (t("join.title").replace("{user}", user)) }
            (said(wrong.map(|key| words.text(key))))
            form method="post" {
                input type="hidden" name="user" value=(user) autocomplete="username";
                label for="password" { (t("join.password")) }
                input id="password" name="password" type="password" autocomplete="new-password" minlength=(SHORTEST) required autofocus aria-describedby="hint";
                label for="again" { (t("join.again")) }
                input id="again" name="again" type="password" autocomplete="new-password" minlength=(SHORTEST) required;
                p class="hint" id="hint" { (hint) }
                button type="submit" { (t("join.choose")) }
            }
        }
    };
    Page { words, title: t("login.title"), name: "doors", live: false, zone: None, body }
}

fn said(wrong: Option<&str>) -> Markup {
    html! { @if let Some(wrong) = wrong { p class="wrong" role="alert" { (wrong) } } }
}
