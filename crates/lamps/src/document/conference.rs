//! `application/conference-info+xml` (RFC 4575 5): who is in a room. Whoever subscribes is told everything; after that only
//! whom something has happened to (4.6: a user that is named is told whole, or has gone).

use super::Order;
use super::xml;
use crate::roster::{Roster, Seat};
use std::fmt::Write as _;
use terms::limits;

/// What stands before the version, and behind it.
pub(super) fn write(order: &Order<'_>, entity: &str) -> (String, String) {
    let nobody = Roster::default();
    let (now, before) = (order.room.0.unwrap_or(&nobody), order.room.1);
    let state = if before.is_some() { "partial" } else { "full" };
    let head = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<conference-info \
         xmlns=\"urn:ietf:params:xml:ns:conference-info\" entity=\"{entity}\" state=\"{state}\" version=\""
    );
    let mut rest = String::with_capacity(1_024);
    rest.push_str("\">\n");
    if now.most > 0 {
        let most = now.most;
        put(
            &mut rest,
            format_args!(
                "<conference-description><maximum-user-count>{most}</maximum-user-count></conference-description>\n"
            ),
        );
    }
    let (count, locked) = (now.people.len(), now.locked);
    let active = count > 0;
    put(
        &mut rest,
        format_args!(
            "<conference-state><user-count>{count}</user-count><active>{active}</active><locked>{locked}</locked>\
             </conference-state>\n<users state=\"{state}\">\n"
        ),
    );
    people(&mut rest, order.host, now, before);
    rest.push_str("</users>\n</conference-info>\n");
    (head, rest)
}

fn people(out: &mut String, host: &str, now: &Roster, before: Option<&Roster>) {
    let was = |number: &String| before.and_then(|before| before.people.get(number));
    for (number, seats) in now.people.iter().filter(|(number, seats)| was(number) != Some(*seats)) {
        if out.len() < limits::ROSTER_BYTES {
            user(out, host, number, seats);
        }
    }
    for number in before.iter().flat_map(|before| before.people.keys()) {
        if !now.people.contains_key(number) {
            put(out, format_args!("<user entity=\"{}\" state=\"deleted\"/>\n", xml::uri(number, host)));
        }
    }
}

fn user(out: &mut String, host: &str, number: &str, seats: &[Seat]) {
    put(out, format_args!("<user entity=\"{}\">", xml::uri(number, host)));
    if seats.iter().any(|seat| seat.host) {
        out.push_str("<roles><entry>host</entry></roles>");
    }
    for seat in seats {
        let status = match seat {
            Seat { holds: true, .. } => "on-hold",
            Seat { muted: true, .. } => "muted-via-focus",
            _ => "connected",
        };
        let leg = seat.leg;
        put(out, format_args!("<endpoint entity=\"sip:{leg}@{host}\"><status>{status}</status></endpoint>"));
    }
    out.push_str("</user>\n");
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into memory does not fail.
    let _ = out.write_fmt(text);
}
