//! An agent's desk: one document that never navigates. Here are its places and its words; what is in them is told by the
//! state's socket, and each button is a command of the API. Beside a desk phone the page shows and commands, and the phone
//! has the sound; a page with a voice of its own has `#voice`, and a card of the customer `#customer`.

use super::layout::{Page, foot, icon};
use super::problems::no_agent;
use crate::Console;
use crate::access::Viewer;
use crate::words::Words;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use dialplan::{Agent, Plan, Queue};
use maud::{Markup, html};
use std::sync::Arc;

/// The buttons of the frame: they are always all there, in their places.
const BUTTONS: [(&str, &str); 8] = [
    ("answer", "F2"),
    ("hold", "F4"),
    ("mute", "F8"),
    ("transfer", ""),
    ("consult", ""),
    ("park", ""),
    ("keypad", ""),
    ("end", "F9"),
];

pub async fn page(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
) -> Response {
    let words = Words::asked_for(&headers);
    let (name, cookie) = match console.agent_of(&viewer, &headers) {
        Some(name) => (Some(name), None),
        None => console.seat(&viewer).map_or((None, None), |(name, cookie)| (Some(name), Some(cookie))),
    };
    let made = console.hub.mirror(|mirror, _| {
        let plan = mirror.plan();
        let agent = plan.agents.iter().find(|agent| Some(&agent.name) == name.as_ref())?;
        Some(body(words, plan, agent))
    });
    let Some(body) = made.flatten() else { return no_agent(words) };
    let title = words.text("desk.title");
    let mut response = Page { words, title, name: "desk", live: true, zone: console.zone(), body }.into_response();
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn body(words: Words, plan: &Plan, agent: &Agent) -> Markup {
    let t = |key| words.text(key);
    let serves = |queue: &&Queue| queue.agents.iter().any(|(id, _)| *id == agent.id);
    html! {
        header class="strip" id="desk" data-agent=(agent.name) data-auto=(agent.auto_answer) {
            h1 { (agent.name) }
            a href="/messages" { (t("messages.title")) }
            p id="state" role="status" {}
            div class="wishes" {
                button type="button" id="ready" { (icon("ready")) (t("desk.ready")) }
                button type="button" id="pause" aria-haspopup="dialog" { (icon("paused")) (t("desk.pause")) }
                button type="button" id="log_out" { (icon("logged_out")) (t("desk.log_out")) }
            }
            @if agent.page(plan).is_some() { (voice(words)) }
            dl id="own" {
                @for figure in ["handled", "talk", "wrap", "average", "paused"] {
                    div { dt { (words.text(&format!("desk.{figure}"))) } dd data-figure=(figure) { "–" } }
                }
            }
        }
        main class="desk" {
            section class="side" {
                h2 id="queues-head" { (t("desk.queues")) }
                ul id="queues" aria-labelledby="queues-head" {}
                h2 id="colleagues-head" { (t("desk.colleagues")) }
                ul id="colleagues" aria-labelledby="colleagues-head" {}
            }
            (frame(words))
            section id="customer" aria-label=(t("customer.title")) {}
        }
        p id="said" role="status" {}
        (foot(words))
        @for queue in plan.queues.iter().filter(serves) { (dispositions(queue)) }
        (pause(words, plan))
        (whom(words, plan, agent))
        (keypad(words))
        (help(words))
    }
}

/// The voice of the page: what it is, and the one button that changes it.
fn voice(words: Words) -> Markup {
    html! {
        div id="voice" data-state="off" {
            button type="button" id="voice-do" { (words.text("voice.do_start")) }
            p id="voice-is" role="status" { (words.text("voice.off")) }
            div id="level" aria-hidden="true" { span {} }
            audio id="heard" {}
        }
    }
}

fn frame(words: Words) -> Markup {
    let t = |key| words.text(key);
    html! {
        section id="frame" data-mode="idle" aria-labelledby="who" {
            div class="band" { span id="what" {} span id="timer" {} }
            h2 id="who" aria-live="assertive" {}
            p id="about" {}
            div class="place" {
                p id="hint" {}
                div id="asking" class="choices" hidden {
                    @for verb in ["swap", "join", "complete", "back"] {
                        button type="button" data-verb=(verb) { (words.text(&format!("desk.{verb}"))) }
                    }
                }
                div id="dispositions" class="choices" hidden {}
                button type="button" id="done" hidden { (t("desk.done")) kbd { "0" } }
            }
            div class="buttons" {
                @for (name, key) in BUTTONS {
                    button type="button" id=(name) disabled {
                        span { (words.text(&format!("desk.{name}"))) }
                        kbd { (key) }
                    }
                }
            }
        }
    }
}

/// What may come of a conversation of a queue, by the key that says so.
fn dispositions(queue: &Queue) -> Markup {
    html! {
        template class="dispositions" data-queue=(queue.name) {
            @for (key, word) in &queue.dispositions {
                button type="button" data-key=(key) data-word=(word) { span { (word) } kbd { (key) } }
            }
        }
    }
}

fn pause(words: Words, plan: &Plan) -> Markup {
    html! {
        dialog id="pauses" aria-labelledby="pauses-head" {
            form method="dialog" {
                h2 id="pauses-head" { (words.text("desk.why")) }
                div class="choices" {
                    button value="" data-key="0" { span { (words.text("desk.no_reason")) } kbd { "0" } }
                    @for (key, reason) in &plan.duty.pauses {
                        button value=(reason) data-key=(key) { span { (reason) } kbd { (key) } }
                    }
                }
                (cancel(words))
            }
        }
    }
}

/// Who may be meant: the queues and agents of the plan that he serves with, and any number.
fn whom(words: Words, plan: &Plan, agent: &Agent) -> Markup {
    let t = |key| words.text(key);
    let served: Vec<&Queue> =
        plan.queues.iter().filter(|queue| queue.agents.iter().any(|(id, _)| *id == agent.id)).collect();
    let beside = |other: &&Agent| {
        other.id != agent.id && served.iter().any(|queue| queue.agents.iter().any(|(id, _)| *id == other.id))
    };
    html! {
        dialog id="whom" aria-labelledby="whom-head" data-transfer=(t("desk.whom_transfer")) data-consult=(t("desk.whom_consult")) {
            form method="dialog" {
                h2 id="whom-head" {}
                label { span { (t("desk.to")) } input name="to" list="people" autocomplete="off" required maxlength="256"; }
                datalist id="people" {
                    @for other in plan.agents.iter().filter(beside) { option value=(format!("agent:{}", other.name)) {} }
                    @for queue in &served { option value=(format!("queue:{}", queue.name)) {} }
                }
                div class="ends" {
                    button type="submit" class="first" value="go" { (t("desk.go")) }
                    button type="submit" formnovalidate value="" { (t("desk.cancel")) }
                }
            }
        }
    }
}

fn keypad(words: Words) -> Markup {
    html! {
        dialog id="keys" aria-labelledby="keys-head" {
            form method="dialog" {
                h2 id="keys-head" { (words.text("desk.keypad")) }
                div class="pad" { @for key in "123456789*0#".chars() { button type="button" data-digit=(key) { (key) } } }
                (cancel(words))
            }
        }
    }
}

fn help(words: Words) -> Markup {
    let t = |key| words.text(key);
    html! {
        dialog id="help" aria-labelledby="help-head" {
            form method="dialog" {
                h2 id="help-head" { (t("desk.help")) }
                dl {
                    @for (name, key) in BUTTONS.iter().filter(|(_, key)| !key.is_empty()) {
                        dt { kbd { (key) } } dd { (words.text(&format!("desk.{name}"))) }
                    }
                    dt { kbd { "1" } "–" kbd { "9" } } dd { (t("desk.wrap_up")) }
                    dt { kbd { "0" } } dd { (t("desk.done")) }
                    dt { kbd { "?" } } dd { (t("desk.help")) }
                }
                (cancel(words))
            }
        }
    }
}

fn cancel(words: Words) -> Markup {
    html! { div class="ends" { button type="submit" formnovalidate value="cancel" { (words.text("desk.cancel")) } } }
}
