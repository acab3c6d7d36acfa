//! `application/dialog-info+xml` (RFC 4235 4): the calls of what is watched. Ids are ours and say nothing of the dialogs
//! themselves; what names a call that rings opens only a call that takes its place (Replaces), and only to whom rights allow.

use super::Order;
use super::xml;
use crate::light::{Light, Scene};
use sip::{Handle, Line, LineState};
use std::fmt::Write as _;
use terms::Pii;

/// What stands before the version, and behind it.
pub(super) fn write(scene: &Scene<'_>, order: &Order<'_>, entity: &str, far: bool) -> (String, String) {
    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"";
    let lights = scene.lights(order.what);
    let mut rest = String::with_capacity(256 + lights.len() * 384);
    put(&mut rest, format_args!("\" state=\"full\" entity=\"{entity}\">\n"));
    for (light, number) in lights.iter().zip(1_u64..) {
        one(&mut rest, scene, order, light, number, (entity, far));
    }
    if lights.is_empty() {
        // Some phones take no call at all for no news.
        rest.push_str("<dialog id=\"0\"><state>terminated</state></dialog>\n");
    }
    rest.push_str("</dialog-info>\n");
    (HEAD.to_owned(), rest)
}

fn one(
    out: &mut String,
    scene: &Scene<'_>,
    order: &Order<'_>,
    light: &Light,
    number: u64,
    (entity, far): (&str, bool),
) {
    let Some(line) = &light.line else {
        let state = word(light.state);
        return put(out, format_args!("<dialog id=\"s{number}\"><state>{state}</state></dialog>\n"));
    };
    let direction = if line.leg.is_inbound() { "initiator" } else { "recipient" };
    put(out, format_args!("<dialog id=\"{:x}\" direction=\"{direction}\"", line.leg.0));
    if far && line.state == LineState::Early && !line.leg.is_inbound() {
        let Handle { call_id, local_tag, remote_tag } = scene.sight.handle(line.leg);
        put(out, format_args!(" call-id=\"{call_id}\" local-tag=\"{local_tag}\" remote-tag=\"{remote_tag}\""));
    }
    put(out, format_args!("><state>{}</state>\n<local><identity>{entity}</identity></local>\n", word(line.state)));
    if far {
        remote(out, line, order.host);
    }
    out.push_str("</dialog>\n");
}

fn remote(out: &mut String, line: &Line, host: &str) {
    let display = line.name.as_ref().map(Pii::reveal).filter(|name| !name.is_empty());
    let display = display.map(|name| format!(" display=\"{}\"", xml::escaped(name))).unwrap_or_default();
    let uri = xml::uri(line.number.reveal(), host);
    put(out, format_args!("<remote><identity{display}>{uri}</identity><target uri=\"{uri}\"/></remote>\n"));
}

/// RFC 4235 3.7.1.
fn word(state: LineState) -> &'static str {
    match state {
        LineState::Trying => "trying",
        LineState::Early => "early",
        LineState::Confirmed => "confirmed",
    }
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into memory does not fail.
    let _ = out.write_fmt(text);
}
