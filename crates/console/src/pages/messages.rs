//! The messages that callers have left: heard in the page, and said what became of them.

use super::layout::{Page, foot};
use crate::Console;
use crate::words::Words;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use maud::html;
use std::sync::Arc;

pub async fn page(State(console): State<Arc<Console>>, headers: HeaderMap) -> impl IntoResponse + use<> {
    let words = Words::asked_for(&headers);
    let t = |key| words.text(key);
    let body = html! {
        header class="strip" {
            h1 { (t("messages.title")) }
            label class="all" { input type="checkbox" id="all"; " " span { (t("messages.all")) } }
        }
        main class="messages" {
            p class="said" id="said" role="status" {}
            ul id="messages" {}
            p class="empty" id="none" hidden { (t("messages.none")) }
            template id="message" {
                li {
                    div class="who" { b class="number" {} span class="box" {} span class="when" {} span class="mark" {} }
                    audio controls preload="none" {}
                    div class="acts" {
                        button type="button" name="done" { (t("messages.done")) }
                        button type="button" name="delete" { (t("messages.delete")) }
                    }
                }
            }
        }
        (foot(words))
    };
    Page { words, title: t("messages.title"), name: "messages", live: true, zone: console.zone(), body }.into_response()
}
