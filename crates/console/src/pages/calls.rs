//! Calls that are over: a form whose answer stands in the address, and a table, the newest first. It is whole without a
//! script; times are those of the office, which is named.

use super::layout::{Page, icon};
use crate::Console;
use crate::access::Viewer;
use crate::guard::encoded;
use crate::records::asked::{Asked, OUTCOMES};
use crate::wire::problem::Problem;
use crate::wire::record::{CallRecord, Records};
use crate::words::Words;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Calls on one page.
const ROWS: &str = "50";

/// What can be chosen from: what the viewer sees of the plan.
#[derive(Default)]
struct Choice {
    queues: Vec<String>,
    agents: Vec<String>,
    teams: BTreeSet<String>,
}

pub async fn page(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let words = Words::asked_for(&headers);
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let found = console.page_of(&viewer, &asked).await;
    let status = found.as_ref().map_or_else(|problem| problem.status, |_| 200);
    let zone = console.zone_in_force();
    let title = words.text("calls.title");
    let body = html! {
        header class="strip" { h1 { (title) } (home(words)) }
        main class="calls" {
            (form(words, &asked, &console.choice(&viewer)))
            @match &found {
                Ok(found) => (table(words, found, &asked, &zone)),
                Err(problem) => p class="fault" role="alert" { (icon("warning")) " " (fault(words, problem)) },
            }
        }
        (zone_foot(words, &zone))
    };
    let page = Page { words, title, name: "calls", live: false, zone: console.zone(), body };
    (StatusCode::from_u16(status).unwrap_or(StatusCode::OK), page).into_response()
}

impl Console {
    async fn page_of(&self, viewer: &Viewer, asked: &Asked) -> Result<Records, Problem> {
        let asked = Asked { limit: ROWS.into(), ..asked.clone() };
        self.records(viewer, self.wanted(&asked)?).await
    }

    fn choice(&self, viewer: &Viewer) -> Choice {
        let made = self.hub.mirror(|mirror, _| {
            let plan = mirror.plan();
            let agents = plan.agents.iter().filter(|agent| viewer.sight.agent(agent.id));
            let queues = plan.queues.iter().filter(|queue| viewer.sight.queue(queue.id));
            Choice {
                queues: queues.map(|queue| queue.name.clone()).collect(),
                teams: agents.clone().filter_map(|agent| agent.team.clone()).collect(),
                agents: agents.map(|agent| agent.name.clone()).collect(),
            }
        });
        made.unwrap_or_default()
    }
}

/// The way back.
pub fn home(words: Words) -> Markup {
    html! { nav { a href="/" { (words.text("calls.home")) } } }
}

/// The line below: whose clock it is.
pub fn zone_foot(words: Words, zone: &TimeZone) -> Markup {
    let name = zone.iana_name().unwrap_or("UTC");
    html! { footer class="foot" { p { (words.text("calls.zone").replace("{zone}", name)) } } }
}

/// A moment by the office's clock.
pub fn clock(at: &str, zone: &TimeZone, format: &str) -> Markup {
    let Ok(moment) = at.parse::<Timestamp>() else { return html! { (at) } };
    html! { time datetime=(at) { (moment.to_zoned(zone.clone()).strftime(format).to_string()) } }
}

/// 1:05, 1:02:03.
pub fn length(ms: u64) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A word of the account in the reader's language; as it is, where a later version has made it.
pub fn said(words: Words, table: &str, word: &str) -> String {
    let text = words.text(&format!("{table}.{word}"));
    if text.is_empty() { word.to_owned() } else { text.to_owned() }
}

/// Which field it is that cannot be read.
fn fault(words: Words, problem: &Problem) -> String {
    let field = problem.detail.split('`').nth(1).unwrap_or_default();
    let name = words.text(&format!("calls.{field}"));
    if name.is_empty() {
        words.text("calls.away").into()
    } else {
        words.text("calls.unreadable").replace("{field}", name)
    }
}

fn form(words: Words, asked: &Asked, choice: &Choice) -> Markup {
    let t = |key| words.text(key);
    let outcomes: Vec<(String, String)> =
        OUTCOMES.iter().map(|word| ((*word).to_owned(), said(words, "outcome", word))).collect();
    let plain = |name: &String| (name.clone(), name.clone());
    let queues: Vec<_> = choice.queues.iter().map(plain).collect();
    let agents: Vec<_> = choice.agents.iter().map(plain).collect();
    let teams: Vec<_> = choice.teams.iter().map(plain).collect();
    html! {
        form class="filters" method="get" action="/calls" role="search" {
            (field(t("calls.from"), "from", "datetime-local", &asked.from))
            (field(t("calls.to"), "to", "datetime-local", &asked.to))
            (field(t("calls.number"), "number", "search", &asked.number))
            (choose(words, "queue", &queues, &asked.queue))
            (choose(words, "agent", &agents, &asked.agent))
            @if !teams.is_empty() { (choose(words, "team", &teams, &asked.team)) }
            (choose(words, "outcome", &outcomes, &asked.outcome))
            (field(t("calls.disposition"), "disposition", "search", &asked.disposition))
            (field(t("calls.talked_from"), "talked_from", "number", &asked.talked_from))
            (field(t("calls.talked_to"), "talked_to", "number", &asked.talked_to))
            p class="do" { button type="submit" { (t("calls.search")) } " " a href="/calls" { (t("calls.all")) } }
        }
    }
}

fn field(name: &str, key: &str, kind: &str, value: &str) -> Markup {
    let least = (kind == "number").then_some("0");
    html! { label { span { (name) } input type=(kind) name=(key) value=(value) min=[least] autocomplete="off"; } }
}

fn choose(words: Words, key: &str, options: &[(String, String)], chosen: &str) -> Markup {
    html! {
        label {
            span { (words.text(&format!("calls.{key}"))) }
            select name=(key) {
                option value="" { (words.text("calls.any")) }
                @for (value, text) in options { option value=(value) selected[value == chosen] { (text) } }
            }
        }
    }
}

fn table(words: Words, found: &Records, asked: &Asked, zone: &TimeZone) -> Markup {
    let t = |key| words.text(key);
    html! {
        @if found.items.is_empty() { p class="empty" { (t("calls.none")) } } @else {
            div class="scroll" tabindex="0" role="region" aria-label=(t("calls.title")) {
                table {
                    thead { tr {
                        th scope="col" { (t("calls.started")) }
                        th scope="col" { (t("calls.caller")) }
                        th scope="col" { (t("calls.called")) }
                        th scope="col" { (t("calls.outcome")) }
                        th scope="col" { (t("calls.queue")) }
                        th scope="col" { (t("calls.agent")) }
                        th scope="col" class="number" { (t("calls.waited")) }
                        th scope="col" class="number" { (t("calls.talked")) }
                        th scope="col" { (t("calls.recording")) }
                    } }
                    tbody { @for call in &found.items { (row(words, call, zone)) } }
                }
            }
        }
        @if let Some(next) = &found.next {
            p { a class="more" rel="next" href=(older(asked, next)) { (t("calls.older")) } }
        }
    }
}

fn row(words: Words, call: &CallRecord, zone: &TimeZone) -> Markup {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".into());
    html! {
        tr {
            th scope="row" { a href=(format!("/calls/{}", call.call)) { (clock(&call.started, zone, "%Y-%m-%d %H:%M:%S")) } }
            td { (call.caller) }
            td { (call.called) }
            td data-outcome=(call.outcome) { (said(words, "outcome", &call.outcome)) }
            td { (or_none(&call.queue)) }
            td { (or_none(&call.agent)) }
            td class="number" { (length(call.waited_ms)) }
            td class="number" { (length(call.talked_ms)) }
            td { @if call.recording.is_some() { (words.text("calls.yes")) } @else { "–" } }
        }
    }
}

/// The page behind this one: the same question, from there on.
fn older(asked: &Asked, next: &str) -> String {
    let pairs = asked.fields().into_iter().chain([("after", next)]).filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    format!("/calls?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_asks_the_same_from_there_on() {
        let asked = Asked { number: "+44 20&x".into(), after: "7-c1".into(), ..Asked::default() };
        assert_eq!(older(&asked, "5-c9"), "/calls?number=%2B44%2020%26x&after=5-c9");
    }

    #[test]
    fn a_length_is_written_as_clocks_do() {
        assert_eq!([0, 65_999, 3_723_000].map(length), ["0:00", "1:05", "1:02:03"]);
    }

    #[test]
    fn a_moment_is_the_offices() {
        let sofia = TimeZone::get("Europe/Sofia").unwrap();
        let written = clock("2026-11-28T22:00:07.500Z", &sofia, "%Y-%m-%d %H:%M:%S").into_string();
        assert_eq!(written, "<time datetime=\"2026-11-28T22:00:07.500Z\">2026-11-29 00:00:07</time>");
    }
}
