//! `[[phone]]`: devices that register, or stand at a fixed address.

use super::listen::digests;
use super::{Named, Standing, codecs, number, or_report, password, supervises};
use crate::finding::Report;
use crate::scope::Scope;
use crate::secret::Secrets;
use crate::table::{Str, Table};
use crate::text::At;
use crate::value;
use crate::{Phone, Transport};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use terms::PhoneId;

pub(super) fn read(
    phones: Vec<Named<'_>>,
    scope: &mut Scope,
    secrets: &mut Secrets,
    pages_heard: bool,
    report: &mut Report,
) -> Vec<Phone> {
    let mut extensions = BTreeMap::new();
    let taken = phones.iter().filter(|named| named.standing == Standing::Taken);
    let users: Vec<Str> = taken.map(|named| named.name.clone()).collect();
    let phones = phones
        .into_iter()
        .map(|named| read_one(named, &mut extensions, (&mut *scope, &mut *secrets, pages_heard), report))
        .collect();
    users.iter().for_each(|user| dialled_twice(user, &extensions, report));
    phones
}

/// Warns about a user whom nobody can dial, because another phone has that extension.
fn dialled_twice(user: &Str, extensions: &BTreeMap<String, (String, At)>, report: &mut Report) {
    let Some((other, there)) = extensions.get(&user.text).filter(|(other, _)| *other != user.text) else { return };
    let message = format!("who dials {:?} reaches phone {other:?}, and not the phone of this user", user.text);
    let there = report.where_is(*there, user.at);
    let finding = report.warn(user.at, "user-is-extension", message);
    finding.help(format!("it is the extension of {other:?} ({there}): change one of them"));
}

fn read_one(
    named: Named<'_>,
    extensions: &mut BTreeMap<String, (String, At)>,
    (scope, secrets, pages_heard): (&mut Scope, &mut Secrets, bool),
    report: &mut Report,
) -> Phone {
    let (id, title) = (PhoneId::of(&named.id_text()), named.title("phone"));
    let Named { name: user, mut table, .. } = named;
    if !user.text.is_ascii() {
        let message = format!("{:?} cannot be typed into a telephone", user.text);
        report.error(user.at, "bad-name", message).help("use letters from a to z, digits and _ - . +");
    }
    if let Some(secret) = password(&mut table, "password", report) {
        secrets.phones.insert(id, secret);
    }
    let contact = table.string("contact", report);
    let contact = contact.and_then(|text| fixed(&text, report));
    let page = page(&mut table, &title, pages_heard, report);
    let meant = |table: &Table<'_>| table.instead("password").is_some() || table.instead("contact").is_some();
    if !page && !table.says("password", report) && !table.says("contact", report) && !meant(&table) {
        let message = format!("{title} can neither register nor be found");
        let help = "add password = { file = \"secrets/NAME\" }, or contact = \"192.0.2.7:5060\" for a device that does not register";
        report.error(user.at, "useless-phone", message).help(help);
    }
    let extension = table.string("extension", report).filter(|text| extension(text, &user, extensions, report));
    let presented = number::presented(&mut table, report);
    let codecs = codecs(&mut table, report);
    let coded = table.boolean("codes", report).unwrap_or(true);
    let digest = digests(&mut table, report);
    let incoming = super::incoming::read(&mut table, report);
    let supervises = supervises::read(&mut table, scope, report);
    let place = report.place(table.at);
    table.finish(report);
    let extension = extension.map(|text| text.text);
    let user = user.text;
    Phone { id, user, extension, contact, page, presented, codecs, codes: coded, digest, incoming, supervises, place }
}

/// Where a phone stands that does not register. Nobody is there over TLS: its certificate would have to prove a name.
fn fixed(text: &Str, report: &mut Report) -> Option<(Transport, SocketAddr)> {
    let contact = or_report(value::remote(&text.text), text, "bad-address", report)?;
    if contact.0 == Transport::Tls {
        let message = "a phone without a password is not found over TLS: it has no name that a certificate proves";
        report
            .error(text.at, "bad-address", message)
            .help("give it a password, so that it registers over TLS; or take \"tcp:\"");
        return None;
    }
    Some(contact)
}

/// Whether it is a page: then it neither registers nor stands anywhere.
fn page(table: &mut Table<'_>, title: &str, heard: bool, report: &mut Report) -> bool {
    let page = table.boolean("page", report).unwrap_or(false);
    if page && (table.says("password", report) || table.says("contact", report)) {
        let message = format!("{title} is a page, and yet a device with a password or an address");
        report.error(table.at, "page-is-device", message).help("make two of it, and name both in `devices`");
    }
    if page && !heard {
        let message = format!("{title} is a page, and nothing says where the sound of pages comes in");
        report.error(table.at, "page-unheard", message).help("add pages = \"ADDRESS:PORT\" to [listen]");
    }
    page
}

/// Whether a text can be this phone's extension.
fn extension(text: &Str, user: &Str, taken: &mut BTreeMap<String, (String, At)>, report: &mut Report) -> bool {
    let digits = text.text.strip_prefix('+').unwrap_or(&text.text);
    let dialable = |b: u8| b.is_ascii_digit() || b == b'*' || b == b'#';
    if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(dialable) {
        let message = format!("{:?} is not a number that can be dialled", text.text);
        report.error(text.at, "bad-extension", message).help("write digits, such as \"101\"");
        return false;
    }
    if let Some((other, there)) = taken.get(&text.text) {
        if *other == user.text && there.start != text.at.start {
            return false; // It is the same phone once more.
        }
        let message = format!("extension {:?} already rings phone {other:?}", text.text);
        let there = report.where_is(*there, text.at);
        let repeated = there == report.where_is(text.at, text.at);
        let help =
            if repeated { "let it hold the number of the range: \"1{}\"".into() } else { format!("given in {there}") };
        report.error(text.at, "extension-twice", message).help(help);
        return false;
    }
    taken.insert(text.text.clone(), (user.text.clone(), text.at));
    true
}
