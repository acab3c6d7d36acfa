//! A wall board: three to six tiles.

use super::layout::{Page, foot, icon};
use super::problems::refused;
use crate::Console;
use crate::access::Viewer;
use crate::mirror::boards;
use crate::wire::problem::Kind;
use crate::words::Words;
use axum::extract::{Extension, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use dialplan::{Board, BoardFigure, Unit};
use maud::{Markup, html};
use std::sync::Arc;
use terms::Word as _;

pub async fn page(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let words = Words::asked_for(&headers);
    let seen = console.hub.boards(&viewer).is_some_and(|boards| boards.iter().any(|board| board.name == name));
    let board = console.hub.mirror(|mirror, _| boards::of(mirror.plan()).into_iter().find(|board| board.name == name));
    let Some(board) = board.flatten().filter(|_| seen) else { return refused(words, Kind::NOT_FOUND) };
    let body = body(words, &board);
    Page { words, title: &board.title, name: "board", live: true, zone: console.zone(), body }.into_response()
}

fn body(words: Words, board: &Board) -> Markup {
    let t = |key| words.text(key);
    html! {
        h1 class="board-title" { (board.title) }
        main class="tiles" data-board=(board.name) data-tiles=(board.figures.len()) {
            @for figure in &board.figures { (tile(words, figure)) }
        }
        (foot(words))
        template id="level-warning" { (icon("warning")) span { (t("level.warning")) } }
        template id="level-critical" { (icon("critical")) span { (t("level.critical")) } }
    }
}

fn tile(words: Words, figure: &BoardFigure) -> Markup {
    let unit = match figure.show.unit() {
        Unit::Count => "count",
        Unit::Time => "time",
        Unit::Share => "share",
    };
    html! {
        section class="tile" data-unit=(unit) data-level="ok" {
            h2 { (words.text(&format!("figure.{}", figure.show.word()))) }
            p class="value" { "–" }
            p class="fault" {}
            p class="limits" data-warning=[figure.warning] data-critical=[figure.critical] {}
        }
    }
}
