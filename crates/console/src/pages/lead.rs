//! What a supervisor does on the floor: the dialogs for an agent and for a call, and the bar of whoever listens. What is
//! pressed is a command of the API; who may not is told so by the switch.

use crate::access::Viewer;
use crate::words::Words;
use control::Role;
use dialplan::Plan;
use maud::{Markup, html};

/// Phones that are offered as one's own.
const PHONES: usize = 500;

/// Whether somebody leads anybody: only then the floor has its buttons.
pub fn leads(viewer: &Viewer) -> bool {
    viewer.roles.iter().any(|role| matches!(role, Role::Supervisor | Role::Owner | Role::Administrator))
}

/// Where he is rung to listen, if the configuration tells: as the agent who he is, or at the phone that is a supervisor's.
pub fn own_phone(viewer: &Viewer, plan: &Plan) -> Option<String> {
    let user = plan.users.iter().find(|user| user.name == viewer.name)?;
    let agent = user.agent.and_then(|agent| plan.agent(agent))?;
    Some(format!("agent:{}", agent.name))
}

/// The dialogs and the bar.
pub fn tools(words: Words, plan: &Plan) -> Markup {
    html! {
        (agent(words, plan))
        (call(words, plan))
        (why(words))
        (bar(words))
        p id="said" role="status" {}
    }
}

fn agent(words: Words, plan: &Plan) -> Markup {
    let t = |key| words.text(key);
    html! {
        dialog id="agent" aria-labelledby="agent-head" {
            h2 id="agent-head" {}
            form id="force" method="dialog" {
                label { span { (t("lead.reason")) } input name="reason" list="reasons" maxlength="256" autocomplete="off" required; }
                datalist id="reasons" { @for (_, reason) in &plan.duty.pauses { option value=(reason) {} } }
                p class="hint" { (t("lead.reason_how")) }
                div class="choices" {
                    button type="submit" value="ready" { (t("lead.make_ready")) }
                    button type="submit" value="not_ready" { (t("lead.make_paused")) }
                    button type="submit" value="logged_out" { (t("lead.make_logged_out")) }
                }
            }
            div class="choices" {
                button type="button" id="wrapped" { (t("lead.end_wrap_up")) }
                button type="button" id="listen-agent" data-leads="watch" { (t("lead.listen")) }
            }
            h3 { (t("lead.serves")) }
            ul id="given" {}
            form id="join" method="dialog" class="row" {
                label { span { (t("floor.queue")) } select name="queue" required { @for queue in &plan.queues { option value=(queue.name) { (queue.name) } } } }
                label { span { (t("lead.tier")) } input name="tier" type="number" min="1" max="255" value="1" required; }
                button type="submit" { (t("lead.add")) }
            }
            form id="skill" method="dialog" class="row" {
                label { span { (t("lead.skill")) } input name="skill" maxlength="256" autocomplete="off" required; }
                label { span { (t("lead.level")) } input name="level" type="number" min="0" max="10" value="5" required; }
                button type="submit" { (t("lead.set")) }
            }
            (close(words))
        }
    }
}

fn call(words: Words, plan: &Plan) -> Markup {
    let t = |key| words.text(key);
    html! {
        dialog id="call" aria-labelledby="call-head" {
            h2 id="call-head" {}
            p id="call-about" {}
            div id="waits" class="choices" {
                button type="button" id="prefer" { (t("lead.prefer")) }
                button type="button" id="ask-why" { (t("lead.why")) }
            }
            form id="move" method="dialog" class="row" {
                label { span { (t("lead.move")) } select name="queue" required { @for queue in &plan.queues { option value=(queue.name) { (queue.name) } } } }
                button type="submit" { (t("desk.go")) }
            }
            div id="talks" class="choices" {
                @for mode in ["listen", "whisper", "barge"] {
                    button type="button" data-watch=(mode) { (words.text(&format!("lead.{mode}"))) }
                }
            }
            label id="at-label" { span { (t("lead.at")) } input id="at" list="phones" maxlength="256" autocomplete="off"; }
            datalist id="phones" {
                @for agent in &plan.agents { option value=(format!("agent:{}", agent.name)) {} }
                @for phone in plan.phones.iter().take(PHONES) { option value=(format!("phone:{}", phone.user)) {} }
            }
            div class="choices" { button type="button" id="hangup" class="danger" { (t("lead.hang_up")) } }
            (close(words))
        }
    }
}

fn why(words: Words) -> Markup {
    html! {
        dialog id="why" aria-labelledby="why-head" {
            h2 id="why-head" { (words.text("lead.why")) }
            p id="why-place" {}
            ol id="why-agents" {}
            (close(words))
        }
    }
}

/// Who is listened to, while somebody listens.
fn bar(words: Words) -> Markup {
    let t = |key| words.text(key);
    html! {
        section id="watching" aria-label=(t("lead.watching")) hidden {
            p id="watched" role="status" {}
            div class="choices" {
                @for mode in ["listen", "whisper", "barge"] {
                    button type="button" data-mode=(mode) aria-pressed="false" { (words.text(&format!("lead.{mode}"))) }
                }
                button type="button" id="take-over" { (t("lead.take_over")) }
                button type="button" id="stop" { (t("lead.stop")) }
            }
        }
    }
}

fn close(words: Words) -> Markup {
    html! { form method="dialog" class="ends" { button type="submit" value="" { (words.text("lead.close")) } } }
}
