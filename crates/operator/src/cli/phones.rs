//! `strowger phones`: each phone with its device, where it is registered, and what keeps it out.

use super::client;
use crate::admin::phones::{ContactLine, FailureLine, PhoneLine};
use crate::admin::table;
use crate::admin::wire::Reply;
use crate::names::known;
use crate::style::{self, Tone};
use crate::terminal::say;
use anyhow::bail;
use control::View;
use std::path::Path;

/// Asks for the phones and prints them, all or some.
pub fn phones(socket: &Path, users: &[String], json: bool) -> anyhow::Result<()> {
    let mut phones = match client::look(socket, View::Phones(()))? {
        Reply::Phones(phones) => phones,
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    };
    for unknown in users.iter().filter(|user| !phones.iter().any(|phone| is_named(phone, user))) {
        known("phone", unknown, phones.iter().map(|phone| phone.user.as_str())).map_err(anyhow::Error::msg)?;
    }
    phones.retain(|phone| users.is_empty() || users.iter().any(|user| is_named(phone, user)));
    match json {
        true => say(&format!("{}\n", serde_json::to_string_pretty(&phones)?)),
        false => say(&picture(&phones, style::colours())),
    }
}

fn is_named(phone: &PhoneLine, name: &str) -> bool {
    phone.user == name || phone.extension.as_deref() == Some(name)
}

/// The phones as a person reads them.
fn picture(phones: &[PhoneLine], colours: bool) -> String {
    if phones.is_empty() {
        return "no phone is configured\n".into();
    }
    let heads = [
        ("phone", false),
        ("ext", false),
        ("agents", false),
        ("state", false),
        ("device", false),
        ("address", false),
        ("for", true),
        ("expires in", true),
        ("", false),
    ];
    let rows: Vec<Vec<String>> = phones.iter().flat_map(|phone| rows(phone, colours)).collect();
    table::columns(&heads, &rows)
}

fn rows(phone: &PhoneLine, colours: bool) -> Vec<Vec<String>> {
    let tone = match phone.state.as_str() {
        "registered" | "fixed" => Tone::Good,
        "unreachable" => Tone::Warn,
        _ => Tone::Bad,
    };
    let dash = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| "-".into());
    let first = |contact: Option<&ContactLine>| {
        vec![
            phone.user.clone(),
            dash(phone.extension.clone()),
            dash(Some(phone.agents.join(" "))),
            style::paint(&phone.state, tone, colours),
            dash(contact.and_then(|contact| contact.device.clone())),
            dash(contact.map(|contact| format!("{} {}", contact.transport, contact.address))),
            dash(contact.and_then(|contact| contact.since_ms).map(table::clock)),
            dash(contact.and_then(|contact| contact.expires_ms).map(table::clock)),
            remark(phone),
        ]
    };
    let mut rows = vec![first(phone.contacts.first())];
    for contact in phone.contacts.iter().skip(1) {
        let mut row = first(Some(contact));
        for place in [0, 1, 2, 3, 8] {
            row[place].clear();
        }
        rows.push(row);
    }
    rows
}

/// What becomes of calls to it, and what is wrong, or was.
fn remark(phone: &PhoneLine) -> String {
    let failed = phone.failure.as_ref().map(|failure| {
        let FailureLine { ago_ms, address, status, why, times } = failure;
        let times = if *times > 1 { format!(", {times} times in a row") } else { String::new() };
        format!("{status} {why}, {} ago, from {address}{times}", table::clock(*ago_ms))
    });
    phone.calls.iter().cloned().chain(phone.hint.iter().cloned()).chain(failed).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_shown_with_its_device_and_one_that_is_missing_with_what_keeps_it_out() {
        let contact = ContactLine {
            device: Some("Desk 1.2".into()),
            address: "192.0.2.7:5060".into(),
            transport: "udp".into(),
            since_ms: Some(61_000),
            expires_ms: Some(540_000),
            reachable: true,
        };
        let alice = PhoneLine {
            user: "alice".into(),
            extension: Some("101".into()),
            agents: vec!["alice".into()],
            state: "registered".into(),
            contacts: vec![contact.clone(), ContactLine { device: None, transport: "tcp".into(), ..contact }],
            ..PhoneLine::default()
        };
        let failure = FailureLine {
            ago_ms: 5_000,
            address: "192.0.2.9:5060".into(),
            status: 403,
            why: "wrong credentials".into(),
            times: 3,
        };
        let bob = PhoneLine {
            user: "bob".into(),
            state: "missing".into(),
            failure: Some(failure),
            hint: Some("asked 3 times and never answered the challenge: has it user and password?".into()),
            ..PhoneLine::default()
        };
        let expected = "\
phone  ext  agents  state       device    address               for  expires in
alice  101  alice   registered  Desk 1.2  udp 192.0.2.7:5060  01:01       09:00
                                -         tcp 192.0.2.7:5060  01:01       09:00
bob    -    -       missing     -         -                       -           -  asked 3 times and never answered the challenge: has it user and password?; 403 wrong credentials, 00:05 ago, from 192.0.2.9:5060, 3 times in a row
";
        let phones = [alice, bob];
        assert_eq!(picture(&phones, false), expected);
        let coloured = picture(&phones, true);
        assert!(coloured.contains("\x1b[32mregistered\x1b[0m  Desk 1.2"), "aligned all the same: {coloured:?}");
    }
}
