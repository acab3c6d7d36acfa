//! The page of one call that is over: what became of it, its stays in queues, its legs and how they sounded, what happened
//! when, and a player for what was recorded. The player's script draws the wave and moves; what is played is a plain `audio`.

use super::calls::{clock, home, length, said, zone_foot};
use super::layout::Page;
use super::problems::refused;
use crate::Console;
use crate::access::Viewer;
use crate::wire::problem::{Kind, Problem};
use crate::wire::record::{CallRecord, Leg, Moment, Recording, Segment, Story};
use crate::words::Words;
use axum::extract::{Extension, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use std::sync::Arc;

const EXACT: &str = "%Y-%m-%d %H:%M:%S";
/// How fast it can be played.
const SPEEDS: [&str; 7] = ["0.5", "0.75", "1", "1.25", "1.5", "2", "3"];

pub async fn page(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    Path(call): Path<String>,
    headers: HeaderMap,
) -> Response {
    let words = Words::asked_for(&headers);
    let story = match call.parse() {
        Ok(call) => console.story(&viewer, call).await,
        Err(_) => Err(Problem::from(Kind::NOT_FOUND)),
    };
    let Ok(story) = story else { return refused(words, Kind::NOT_FOUND) };
    let (zone, t) = (console.zone_in_force(), |key| words.text(key));
    let title = format!("{} {}", t("calls.call"), story.record.call);
    let body = html! {
        header class="strip" { h1 { (title) } nav { a href="/calls" { (t("calls.title")) } } (home(words)) }
        main class="call" {
            (about(words, &story.record, &zone))
            @for recording in &story.recordings { (player(words, recording, &story, &zone)) }
            (moments(words, &story))
            (segments(words, &story.segments, &zone))
            (legs(words, &story.legs, &zone))
            @if !story.related.is_empty() { (related(words, &story.related, &zone)) }
        }
        (zone_foot(words, &zone))
    };
    let live = story.recordings.iter().any(|recording| recording.may_play);
    Page { words, title: &title, name: "calls", live, zone: console.zone(), body }.into_response()
}

fn or_none(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| "–".into())
}

fn about(words: Words, call: &CallRecord, zone: &TimeZone) -> Markup {
    let t = |key| words.text(key);
    let fact = |name: &str, value: Markup| html! { div { dt { (name) } dd { (value) } } };
    html! {
        dl class="facts" {
            (fact(t("calls.caller"), html! { (call.caller) }))
            (fact(t("calls.called"), html! { (call.called) }))
            (fact(t("calls.direction"), html! { (said(words, "direction", call.direction)) }))
            (fact(t("calls.outcome"), html! { (said(words, "outcome", &call.outcome)) }))
            (fact(t("calls.started"), clock(&call.started, zone, EXACT)))
            @if let Some(ended) = &call.ended { (fact(t("calls.ended"), clock(ended, zone, EXACT))) }
            (fact(t("calls.queue"), html! { (or_none(call.queue.as_ref())) }))
            (fact(t("calls.agent"), html! { (or_none(call.agent.as_ref())) }))
            (fact(t("calls.waited"), html! { (length(call.waited_ms)) }))
            (fact(t("calls.talked"), html! { (length(call.talked_ms)) }))
            (fact(t("calls.held"), html! { (length(call.held_ms)) }))
        }
    }
}

fn player(words: Words, recording: &Recording, story: &Story, zone: &TimeZone) -> Markup {
    let t = |key| words.text(key);
    let sound = format!("/api/v1/recordings/{}/sound", recording.recording);
    let skip = |seconds: i32, name: &str| html! { button type="button" data-skip=(seconds) title=(name) { (format!("{seconds:+} s")) } };
    html! {
        section class="player" data-recording=(recording.recording) data-started=(recording.started)
            data-call=(story.record.started) aria-label=(t("calls.recording")) {
            h2 { (t("calls.recording")) " · " (clock(&recording.started, zone, EXACT)) " · " (length(recording.duration_ms)) }
            @if let Some(fault) = &recording.fault { p class="fault" { (t("calls.incomplete")) " " (fault) } }
            @if let Some(erased) = &recording.erased { p { (t("calls.erased")) " " (clock(erased, zone, EXACT)) } }
            @else if !recording.may_play { p { (t("calls.not_yours")) } }
            @else {
                p class="sides" { span { (t("calls.side_caller")) } span { (t("calls.side_agent")) } }
                div class="wave" tabindex="0" role="slider" aria-label=(t("calls.position")) aria-valuemin="0"
                    aria-valuemax=(recording.duration_ms / 1_000) aria-valuenow="0" aria-valuetext="0:00" {
                    canvas {}
                }
                p class="do" {
                    button type="button" class="play" aria-pressed="false" { (t("calls.play")) }
                    (skip(-5, t("calls.back"))) (skip(5, t("calls.forward")))
                    label { span { (t("calls.speed")) } " "
                        select class="speed" { @for speed in SPEEDS { option value=(speed) selected[speed == "1"] { (speed) "×" } } }
                    }
                    output class="at" { "0:00" }
                    @if recording.may_save { a href=(format!("{sound}?download=1")) download { (t("calls.download")) } }
                }
                p class="fault" role="alert" hidden { (t("calls.unplayable")) }
                audio controls preload="metadata" src=(sound) aria-label=(t("calls.recording")) {}
            }
        }
    }
}

fn moments(words: Words, story: &Story) -> Markup {
    let t = |key| words.text(key);
    let heard = story.recordings.iter().any(|recording| recording.may_play);
    let after = |moment: &Moment| length(u64::try_from(moment.after_ms).unwrap_or(0));
    html! {
        section aria-labelledby="events" {
            h2 id="events" { (t("calls.events")) }
            @if story.events.is_empty() { p class="empty" { (t("calls.no_events")) } } @else {
                ol class="moments" { @for moment in &story.events {
                    li data-after=(moment.after_ms) {
                        @if heard { button type="button" class="jump" aria-label=(format!("{} {}", t("calls.jump"), after(moment))) { (after(moment)) } }
                        @else { span class="when" { (after(moment)) } }
                        " " b { (said(words, "moment", &moment.kind.replace('.', "_"))) }
                        @for more in [&moment.queue, &moment.agent, &moment.why].into_iter().flatten() { " · " (more) }
                    }
                } }
            }
        }
    }
}

fn segments(words: Words, segments: &[Segment], zone: &TimeZone) -> Markup {
    let t = |key| words.text(key);
    let time = |ms: Option<u64>| ms.map_or_else(|| "–".into(), length);
    let heads = [
        "calls.queue",
        "calls.started",
        "calls.outcome",
        "calls.agent",
        "calls.waited",
        "calls.talked",
        "calls.held",
        "calls.wrapped",
        "calls.disposition",
    ];
    html! {
        @if !segments.is_empty() {
            section aria-labelledby="stays" {
                h2 id="stays" { (t("calls.stays")) }
                (table(words, "stays", &heads, html! { @for stay in segments { tr {
                    th scope="row" { (or_none(stay.queue.as_ref())) }
                    td { (clock(&stay.entered, zone, "%H:%M:%S")) }
                    td { (stay.how.as_ref().map_or_else(|| "–".into(), |how| said(words, "outcome", how))) }
                    td { (or_none(stay.agent.as_ref())) }
                    td { (time(stay.waited_ms)) } td { (time(stay.talked_ms)) } td { (time(stay.held_ms)) } td { (time(stay.wrapped_ms)) }
                    td { (or_none(stay.disposition.as_ref())) }
                } } }))
            }
        }
    }
}

fn legs(words: Words, legs: &[Leg], zone: &TimeZone) -> Markup {
    let t = |key| words.text(key);
    let heads = [
        "calls.leg",
        "calls.agent",
        "calls.started",
        "calls.ended",
        "calls.codec",
        "calls.lost",
        "calls.jitter",
        "calls.round_trip",
    ];
    let quality = |leg: &Leg, of: fn(&crate::wire::record::Quality) -> Option<String>| {
        leg.quality.as_ref().and_then(of).unwrap_or_else(|| "–".into())
    };
    html! {
        @if !legs.is_empty() {
            section aria-labelledby="legs" {
                h2 id="legs" { (t("calls.legs")) }
                (table(words, "legs", &heads, html! { @for leg in legs { tr {
                    th scope="row" { (leg.nth) " " (or_none(leg.who.as_ref())) }
                    td { (or_none(leg.agent.as_ref())) }
                    td { (clock(&leg.invited, zone, "%H:%M:%S")) }
                    td { @if let Some(ended) = &leg.ended { (clock(ended, zone, "%H:%M:%S")) } @else { "–" } }
                    td { (or_none(leg.codec.as_ref())) }
                    td { (quality(leg, |quality| Some(format!("{:.1} %", quality.lost_share * 100.0)))) }
                    td { (quality(leg, |quality| Some(format!("{:.1} ms", quality.jitter_ms)))) }
                    td { (quality(leg, |quality| quality.round_trip_ms.map(|ms| format!("{ms:.0} ms")))) }
                } } }))
            }
        }
    }
}

fn table(words: Words, about: &str, heads: &[&str], rows: Markup) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-labelledby=(about) {
            table {
                thead { tr { @for head in heads { th scope="col" { (words.text(head)) } } } }
                tbody { (rows) }
            }
        }
    }
}

fn related(words: Words, calls: &[CallRecord], zone: &TimeZone) -> Markup {
    html! {
        section aria-labelledby="related" {
            h2 id="related" { (words.text("calls.related")) }
            ul { @for call in calls { li {
                a href=(format!("/calls/{}", call.call)) { (clock(&call.started, zone, EXACT)) }
                " · " (call.caller) " · " (call.called) " · " (said(words, "outcome", &call.outcome))
            } } }
        }
    }
}
