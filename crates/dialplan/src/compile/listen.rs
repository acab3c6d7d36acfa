//! `[listen]` and `[storage]`.

use super::{language, or_report};
use crate::finding::Report;
use crate::table::{Str, Table};
use crate::text::At;
use crate::value;
use crate::{Digest, Listen, Storage, machine};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use terms::Incarnation;

/// Where SIP is heard when nothing is said.
const EVERYWHERE: &str = "0.0.0.0:5060";

/// The keys that say where.
const KEYS: [&str; 5] = ["udp", "tcp", "tls", "ws", "wss"];

/// Reads `[listen]`; `own` are the machine's addresses. Tells where the ports for sound are said.
pub(super) fn read(table: Option<Table<'_>>, listen: &mut Listen, own: &[IpAddr], report: &mut Report) -> At {
    let everywhere = || EVERYWHERE.parse().into_iter().collect();
    let Some(mut table) = table else {
        (listen.udp, listen.tcp) = (everywhere(), everywhere());
        return At::default();
    };
    let mut ports = table.at;
    let before = report.errors();
    let udp = addresses(&mut table, "udp", own, report);
    let tcp = addresses(&mut table, "tcp", own, report);
    let others = ["tls", "ws", "wss"].map(|key| addresses(&mut table, key, own, report));
    if udp.is_none() && tcp.is_none() && others.iter().all(Option::is_none) {
        (listen.udp, listen.tcp) = (everywhere(), everywhere());
    } else {
        (listen.udp, listen.tcp) = (udp.unwrap_or_default(), tcp.unwrap_or_default());
        [listen.tls, listen.ws, listen.wss] = others.map(Option::unwrap_or_default);
        // An address that could not be read has been complained about.
        let as_said = report.errors() == before && !KEYS.iter().any(|key| report.is_torn(table.at, key));
        if listen.all().next().is_none() && as_said {
            report.error(table.at, "no-listener", "nobody could reach the switch: it listens nowhere");
        }
    }
    two_at_once(listen, &mut table, report);
    listen.origins =
        table.strings("origins", report).unwrap_or_default().iter().filter_map(|text| origin(text, report)).collect();
    if let Some(text) = table.string("rtp", report) {
        listen.rtp = or_report(value::ports(&text.text), &text, "bad-ports", report).unwrap_or(listen.rtp);
        collision(listen, text.at, report);
        ports = text.at;
    }
    listen.rtp_address = address(&mut table, "rtp_address", report);
    if let (Some(address), Some(value)) = (listen.rtp_address, table.get("rtp_address")) {
        machine::has_address(address, value.at, own, report);
    }
    if let Some(text) = table.string("pages", report) {
        listen.pages = or_report(value::socket(&text.text), &text, "bad-address", report);
        pages(listen, text.at, own, report);
    }
    listen.advertise = address(&mut table, "advertise", report);
    if let Some(at) = table.get("advertise").filter(|_| listen.advertise.is_some_and(|a| a.is_unspecified())) {
        report.error(at.at, "bad-address", "nobody can be told to call this address");
    }
    if let Some(domain) = table.string("domain", report) {
        check_domain(&domain, report);
        listen.domain = domain.text;
    }
    for alias in table.strings("aliases", report).unwrap_or_default() {
        if alias.text.parse::<IpAddr>().is_err() {
            check_domain(&alias, report);
        }
        listen.aliases.push(alias.text);
    }
    if let Some(digests) = digests(&mut table, report) {
        listen.digest = digests;
    }
    table.finish(report);
    ports
}

/// One address is one stream's: TCP, TLS and WebSockets share their ports.
fn two_at_once(listen: &Listen, table: &mut Table<'_>, report: &mut Report) {
    let mut taken: Vec<SocketAddr> = vec![];
    let lists = [("tcp", &listen.tcp), ("tls", &listen.tls), ("ws", &listen.ws), ("wss", &listen.wss)];
    for (key, addresses) in lists {
        if let Some(twice) = addresses.iter().find(|address| address.port() != 0 && taken.contains(address)) {
            let at = table.get(key).map_or(table.at, |value| value.at);
            let message = format!("{twice} is taken: TCP, TLS and WebSockets share their ports");
            report.error(at, "port-collision", message).help("5061 is usual for tls, 8088 for ws, 8089 for wss");
        }
        taken.extend(addresses);
    }
}

/// A site as a browser names it.
fn origin(text: &Str, report: &mut Report) -> Option<String> {
    let origin = text.text.trim_end_matches('/').to_ascii_lowercase();
    let host = ["https://", "http://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
    let right = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    if host.is_none_or(|host| host.is_empty() || !host.chars().all(right)) {
        let message = format!("{:?} is not the origin of a page", text.text);
        report
            .error(text.at, "bad-origin", message)
            .help("write it like \"https://phone.example.org\", without a path");
        return None;
    }
    Some(origin)
}

/// What is encrypted is so under the certificate of `[tls]`.
pub(super) fn certified(listen: &Listen, at: At, has_certificate: bool, report: &mut Report) {
    if listen.is_secure() && !has_certificate {
        let message = "SIP is to be heard over TLS, and there is no certificate to show";
        let help = "add [tls] with `certificate` and `key`, or with `self_made = true`";
        report.error(at, "no-certificate", message).help(help);
    }
}

fn addresses(table: &mut Table<'_>, key: &'static str, own: &[IpAddr], report: &mut Report) -> Option<Vec<SocketAddr>> {
    let Some(texts) = table.strings(key, report) else {
        let port = table
            .get(key)
            .and_then(|value| value.value.as_integer().and_then(|port| port.as_str().parse::<u16>().ok()));
        if let (Some(port), Some(finding)) = (port, report.last()) {
            finding.help(format!("did you mean \"0.0.0.0:{port}\"?"));
        }
        return None;
    };
    let mut addresses = Vec::new();
    for text in &texts {
        let Some(address) = or_report(value::socket(&text.text), text, "bad-address", report) else { continue };
        // Port 0 is "any free one", so two of them differ.
        if address.port() != 0 && addresses.contains(&address) {
            report.error(text.at, "defined-twice", format!("{address} is named twice")).help("take one out");
        } else {
            machine::has_address(address.ip(), text.at, own, report);
            addresses.push(address);
        }
    }
    Some(addresses)
}

/// The port of pages is taken by nothing else, and on this machine.
fn pages(listen: &Listen, at: At, own: &[IpAddr], report: &mut Report) {
    let Some(address) = listen.pages else { return };
    machine::has_address(address.ip(), at, own, report);
    let (first, last) = listen.rtp;
    let taken = listen.udp.iter().any(|udp| udp.port() == address.port()) || (first..=last).contains(&address.port());
    if taken && address.port() != 0 {
        let message = format!("port {} of pages is one for SIP or among the RTP ports {first}-{last}", address.port());
        report.error(at, "port-collision", message).help("take another port");
    }
}

/// SIP over UDP must not stand inside the range that RTP takes its ports from.
fn collision(listen: &Listen, at: At, report: &mut Report) {
    let (first, last) = listen.rtp;
    if let Some(udp) = listen.udp.iter().find(|udp| (first..=last).contains(&udp.port())) {
        let message = format!("the RTP ports {first}-{last} include {}, where SIP is heard", udp.port());
        report.error(at, "port-collision", message).help("move one of them");
    }
}

fn address(table: &mut Table<'_>, key: &'static str, report: &mut Report) -> Option<IpAddr> {
    let text = table.string(key, report)?;
    let address = text.text.parse().ok();
    if address.is_none() {
        let message = format!("{:?} is not an address", text.text);
        let help = "write it like \"203.0.113.10\", without a port; host names are not looked up here";
        report.error(text.at, "bad-address", message).help(help);
    }
    address
}

/// The hashes of challenges, if the table names any.
pub(super) fn digests(table: &mut Table<'_>, report: &mut Report) -> Option<Vec<Digest>> {
    let names = table.strings("digest", report)?;
    let digests: Vec<Digest> = names.iter().filter_map(|name| digest(name, report)).collect();
    if let Some(twice) = names.get(1).filter(|_| names.len() > 2 || digests.first() == digests.get(1)) {
        report.error(twice.at, "defined-twice", "a digest is named twice").help("take one out");
    }
    Some(digests)
}

fn digest(name: &Str, report: &mut Report) -> Option<Digest> {
    match name.text.to_ascii_lowercase().as_str() {
        "sha-256" => Some(Digest::Sha256),
        "md5" => Some(Digest::Md5),
        _ => {
            let message = format!("{:?} is not a digest that is known here", name.text);
            report.error(name.at, "bad-digest", message).help("the digests are \"SHA-256\" and \"MD5\"");
            None
        }
    }
}

fn check_domain(domain: &Str, report: &mut Report) {
    let right = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    if domain.text.is_empty() || !domain.text.chars().all(right) {
        let message = format!("{:?} is not a domain", domain.text);
        report.error(domain.at, "bad-domain", message).help("write it like \"pbx.example.org\"");
    }
}

pub(super) fn read_storage(table: Option<Table<'_>>, storage: &mut Storage, report: &mut Report) {
    let Some(mut table) = table else { return };
    if let Some(database) = table.string("database", report) {
        let known = ["sqlite:", "postgres:", "postgresql:"];
        if !known.iter().any(|scheme| database.text.starts_with(scheme)) {
            let scheme = database.text.split(':').next().unwrap_or_default();
            let message = format!("{scheme:?} is not a database that is known here");
            let help = "write \"sqlite:strowger.db\"";
            report.error(database.at, "bad-database", message).help(help);
        }
        storage.database = database.text;
    }
    if let Some(node) = table.integer("node", 0..=u32::from(Incarnation::NODE_MAX), report) {
        storage.node = node as u16;
    }
    path(&mut table, "recordings", &mut storage.recordings, report);
    path(&mut table, "sounds", &mut storage.sounds, report);
    storage.language = table.string("language", report).and_then(|text| language::read(&text, report));
    retention(&mut table, storage, report);
    path(&mut table, "control", &mut storage.control, report);
    table.finish(report);
}

fn retention(table: &mut Table<'_>, storage: &mut Storage, report: &mut Report) {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let within = DAY..=36_500 * DAY;
    storage.keep = table.duration("keep", within.clone(), report);
    storage.keep_recordings = table.duration("keep_recordings", within, report);
    let (Some(keep), Some(at)) = (storage.keep, table.get("keep").map(|value| value.at)) else { return };
    let for_ever = !table.says("keep_recordings", report);
    if for_ever || storage.keep_recordings.is_some_and(|recordings| recordings > keep) {
        let message = "recordings are kept longer than the records of their calls";
        let finding = report.warn(at, "recordings-outlive", message);
        finding.help(format!("add keep_recordings = \"{}\", or less", value::say(keep)));
        finding.note("nothing would tell any more who is heard in them");
    }
}

fn path(table: &mut Table<'_>, key: &'static str, path: &mut String, report: &mut Report) {
    let Some(text) = table.string(key, report) else { return };
    if text.text.is_empty() {
        report.error(text.at, "empty", format!("`{key}` is empty")).help("leave the line out for the default");
    } else {
        *path = text.text;
    }
}
