//! Who works at the pages, for who may say so; and of everybody his own: the browsers in which he is, and his password. Places
//! and words are here; what is in them a script asks of the API, and each button is one of its commands.

use super::layout::{Page, foot};
use super::refused;
use crate::Console;
use crate::access::Viewer;
use crate::access::password::SHORTEST;
use crate::api::people::may;
use crate::wire::problem::Kind;
use crate::words::Words;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use control::Deed;
use maud::{Markup, html};
use std::sync::Arc;

/// The users of the configuration.
pub async fn users(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
) -> Response {
    let words = Words::asked_for(&headers);
    if !may(&viewer, Deed::SeeUsers) {
        return refused(words, Kind::NOT_ALLOWED);
    }
    let t = |key| words.text(key);
    let body = html! {
        header class="strip" id="users-page" data-admits=[may(&viewer, Deed::Admit).then_some("true")] { h1 { (t("users.title")) } }
        main class="users" {
            p class="hint" { (t("users.lead")) }
            div class="scroll" tabindex="0" role="region" aria-label=(t("users.title")) {
                table {
                    thead { tr {
                        @for head in ["user", "roles", "agent", "password", "sessions", "seen", "actions"] {
                            th scope="col" { (words.text(&format!("users.{head}"))) }
                        }
                    } }
                    tbody id="users" {}
                }
            }
        }
        (link(words))
        dialog id="sure" aria-labelledby="sure-head" {
            form method="dialog" {
                h2 id="sure-head" data-ask=(t("users.sure")) {}
                p { (t("users.sure_how")) }
                div class="ends" {
                    button type="submit" class="danger" value="go" { (t("users.lock_out")) }
                    button type="submit" value="" { (t("desk.cancel")) }
                }
            }
        }
        p id="said" role="status" {}
        (foot(words))
    };
    Page { words, title: t("users.title"), name: "users", live: true, zone: console.zone(), body }.into_response()
}

fn link(words: Words) -> Markup {
    let t = |key| words.text(key);
    html! {
        dialog id="link" aria-labelledby="link-head" {
            form method="dialog" {
                h2 id="link-head" data-for=(t("users.link")) {}
                p { (t("users.link_how")) }
                label { span { (t("users.address")) } input id="link-address" readonly; }
                div class="ends" {
                    button type="button" id="copy" class="first" data-copied=(t("users.copied")) { (t("users.copy")) }
                    button type="submit" value="" { (t("lead.close")) }
                }
            }
        }
    }
}

/// One's own.
pub async fn own(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
) -> Response {
    let words = Words::asked_for(&headers);
    let t = |key| words.text(key);
    let field = |name: &str, kind: &str| {
        html! {
            label for=(name) { (words.text(&format!("me.{name}"))) }
            input id=(name) name=(name) type="password" autocomplete=(kind) minlength=[(name != "old").then_some(SHORTEST)] maxlength="256" required;
        }
    };
    let body = html! {
        header class="strip" { h1 { (t("me.title").replace("{user}", &viewer.name)) } }
        main class="users own" {
            section aria-labelledby="sessions-head" {
                h2 id="sessions-head" { (t("me.sessions")) }
                ul id="sessions" {}
            }
            section aria-labelledby="password-head" {
                h2 id="password-head" { (t("me.password")) }
                form id="password" data-differ=(t("join.differ")) data-changed=(t("me.changed")) {
                    input type="hidden" name="user" value=(viewer.name) autocomplete="username";
                    (field("old", "current-password"))
                    (field("new", "new-password"))
                    (field("again", "new-password"))
                    p class="hint" { (t("join.hint").replace("{least}", &SHORTEST.to_string())) }
                    button type="submit" class="first" { (t("me.change")) }
                }
            }
        }
        p id="said" role="status" {}
        (foot(words))
    };
    let title = t("me.sessions");
    Page { words, title, name: "users", live: true, zone: console.zone(), body }.into_response()
}
