//! The supervisor's floor: queues, agents and calls; what he does there is in `super::lead`.

use super::layout::{Page, foot};
use super::lead::{leads, own_phone, tools};
use crate::Console;
use crate::access::Viewer;
use crate::words::Words;
use acd::State as AgentState;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use maud::{Markup, html};
use std::sync::Arc;
use terms::Word as _;

pub async fn page(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
) -> impl IntoResponse + use<> {
    let words = Words::asked_for(&headers);
    let t = |key| words.text(key);
    let tools_of = |mirror: &crate::mirror::Mirror, _| (own_phone(&viewer, mirror.plan()), tools(words, mirror.plan()));
    let (own, tools) = console.hub.mirror(tools_of).filter(|_| leads(&viewer)).unzip();
    let body = html! {
        header class="strip" id="floor" data-leads=[tools.as_ref().map(|_| "true")] data-own=[own.flatten()] {
            h1 { (t("floor.title")) }
            dl id="totals" {
                (total("waiting", t("floor.waiting")))
                (total("longest", t("floor.longest")))
                (total("ready", t("state.ready")))
                (total("talking", t("state.talking")))
                (total("paused", t("state.paused")))
                (total("calls", t("floor.calls")))
            }
        }
        main class="floor" {
            section class="queues" aria-labelledby="queues-head" {
                h2 id="queues-head" { (t("floor.queues")) }
                ul id="queues" {}
            }
            section class="people" aria-labelledby="agents-head" {
                h2 id="agents-head" { (t("floor.agents")) }
                (filters(words))
                div class="scroll" tabindex="0" role="region" aria-labelledby="agents-head" {
                    table {
                        thead { tr {
                            th scope="col" { (t("floor.agent")) }
                            th scope="col" { (t("floor.state")) }
                            th scope="col" class="number" { (t("floor.since")) }
                            th scope="col" { (t("floor.serves")) }
                        } }
                        tbody id="agents" {}
                    }
                    p class="empty" id="no-agents" hidden { (t("floor.no_agents")) }
                }
                h2 id="calls-head" { (t("floor.calls")) }
                div class="scroll" tabindex="0" role="region" aria-labelledby="calls-head" {
                    table {
                        thead { tr {
                            th scope="col" { (t("floor.caller")) }
                            th scope="col" { (t("floor.stage")) }
                            th scope="col" class="number" { (t("floor.since")) }
                            th scope="col" { (t("floor.queue")) }
                            th scope="col" { (t("floor.agent")) }
                        } }
                        tbody id="calls" {}
                    }
                    p class="empty" id="no-calls" hidden { (t("floor.no_calls")) }
                }
            }
        }
        @if let Some(tools) = tools { (tools) }
        (foot(words))
    };
    Page { words, title: t("floor.title"), name: "floor", live: true, zone: console.zone(), body }.into_response()
}

fn total(id: &str, name: &str) -> Markup {
    html! { div { dt { (name) } dd id=(format!("total-{id}")) { "–" } } }
}

/// What is filtered stands in the address, so that it can be kept and sent to somebody.
fn filters(words: Words) -> Markup {
    let t = |key| words.text(key);
    html! {
        form id="filters" class="filters" method="get" action="/floor" {
            label { span { (t("floor.name")) } input type="search" name="name" autocomplete="off"; }
            label { span { (t("floor.queue")) } select name="queue" { option value="" { (t("floor.all")) } } }
            label { span { (t("floor.team")) } select name="team" { option value="" { (t("floor.all")) } } }
            label {
                span { (t("floor.state")) }
                select name="state" {
                    option value="" { (t("floor.all")) }
                    @for state in AgentState::ALL {
                        option value=(state.word()) { (words.text(&format!("state.{}", state.word()))) }
                    }
                }
            }
        }
    }
}
