//! The first page: where to go.

use super::layout::{Page, icon};
use crate::Console;
use crate::access::Viewer;
use crate::api::people::may;
use crate::mirror::boards;
use crate::serve::Peer;
use crate::words::Words;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use control::Deed;
use maud::{Markup, html};
use std::sync::Arc;

pub async fn page(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> impl IntoResponse + use<> {
    let words = Words::asked_for(&headers);
    let t = |key| words.text(key);
    let named = |board: dialplan::Board| (board.name, board.title);
    let boards = console.hub.mirror(|mirror, _| boards::of(mirror.plan()).into_iter().map(named).collect::<Vec<_>>());
    let body = html! {
        header class="head" { h1 { (t("app.name")) } p { (t("doors.lead")) } }
        main class="ways" {
            @for (name, title) in boards.unwrap_or_default() {
                @let about = if name == title { t("doors.board_about").to_owned() } else { title };
                (door(&format!("/board/{name}"), "board", t("doors.board"), &about))
            }
            (door("/floor", "floor", t("doors.supervisor"), t("doors.supervisor_about")))
            (door("/desk", "agent", t("doors.agent"), t("doors.agent_about")))
            (door("/calls", "calls", t("doors.calls"), t("doors.calls_about")))
            @if may(&viewer, Deed::SeeUsers) && console.has_users() {
                (door("/users", "agent", t("doors.users"), t("doors.users_about")))
            }
            (later("phone", t("doors.caller"), t("doors.caller_later")))
        }
        @if console.access.users.as_ref().is_some_and(|_| console.access.cookie(&headers, peer.secure).is_some()) {
            form class="sign-out" method="post" action="/logout" {
                p { (t("login.you").replace("{user}", &viewer.name)) }
                button type="submit" { (t("login.out")) }
                a href="/me" { (t("doors.me")) ": " (t("doors.me_about")) }
            }
        }
    };
    Page { words, title: t("doors.title"), name: "doors", live: false, zone: None, body }.into_response()
}

fn door(to: &str, picture: &str, name: &str, about: &str) -> Markup {
    html! { a class="door" href=(to) { (icon(picture)) h2 { (name) } p { (about) } } }
}

/// One that this version does not have yet.
fn later(picture: &str, name: &str, about: &str) -> Markup {
    html! { section class="door later" { (icon(picture)) h2 { (name) } p { (about) } } }
}
