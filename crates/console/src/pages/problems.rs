//! What somebody sees who is not let in or has lost his way, and the page of all problems that the API can have.

use super::layout::Page;
use crate::wire::problem::Kind;
use crate::words::Words;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

/// Instead of a page.
pub fn refused(words: Words, kind: Kind) -> Response {
    let t = |key| words.text(key);
    let (title, text) = match kind.code {
        "not-signed-in" => (t("refused.sign_in"), t("refused.sign_in_how")),
        "bad-link" => (t("refused.link"), t("refused.link_how")),
        _ => (t("refused.missing"), t("refused.missing_how")),
    };
    let body = html! {
        main class="refusal" { h1 { (title) } p { (text) } @if kind == Kind::NOT_FOUND { p { a href="/" { (t("refused.back")) } } } }
    };
    let page = Page { words, title, name: "doors", live: false, zone: None, body };
    let status = StatusCode::from_u16(kind.status).unwrap_or(StatusCode::NOT_FOUND);
    (status, page).into_response()
}

/// Instead of the desk, for who is no agent.
pub fn no_agent(words: Words) -> Response {
    let t = |key| words.text(key);
    let body = html! {
        main class="refusal" { h1 { (t("desk.no_agent")) } p { (t("desk.no_agent_how")) } p { a href="/" { (t("refused.back")) } } }
    };
    let page = Page { words, title: t("desk.title"), name: "doors", live: false, zone: None, body };
    (StatusCode::FORBIDDEN, page).into_response()
}

/// Every problem, where `type` of a problem leads. For who writes programs, in English.
pub async fn page(headers: HeaderMap) -> Response {
    let words = Words::asked_for(&headers);
    let body = html! {
        main class="refusal" lang="en" {
            h1 { "problem+json" }
            dl {
                @for kind in Kind::ALL {
                    dt id=(kind.code) { code { (kind.code) } " (" (kind.status) ")" }
                    dd { (kind.title) ". " (kind.remedy) }
                }
            }
        }
    };
    Page { words, title: "problem+json", name: "doors", live: false, zone: None, body }.into_response()
}
