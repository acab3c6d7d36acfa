//! `[[trunk]]`: carriers.

use super::{Named, Standing, codecs, number, or_report, password, pattern};
use crate::finding::Report;
use crate::pattern::Pattern;
use crate::secret::Secrets;
use crate::table::{Str, Table};
use crate::text::At;
use crate::value;
use crate::{Host, ToldForwards, Transport, Trunk, nearest};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use terms::{TrunkId, limits};

/// How long a registration may live that we ask for.
const REGISTER: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(86_400);
/// How often a carrier may be asked whether it is there.
const PROBE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(3_600);

pub(super) fn read(trunks: Vec<Named<'_>>, secrets: &mut Secrets, report: &mut Report) -> Vec<Trunk> {
    let mut peers = Vec::new();
    trunks.into_iter().map(|named| read_one(named, &mut peers, secrets, report)).collect()
}

/// A network from which calls are believed, and the trunk that it belongs to, as it is spoken of.
struct Peer {
    network: (IpAddr, u8),
    trunk: String,
    at: At,
}

fn read_one(named: Named<'_>, all: &mut Vec<Peer>, secrets: &mut Secrets, report: &mut Report) -> Trunk {
    let (id, title) = (TrunkId::of(&named.id_text()), named.title("trunk"));
    let twice = matches!(named.standing, Standing::Twice(_));
    let Named { name, mut table, .. } = named;
    let peers = peers(&mut table, &title, twice, all, report);
    let media = media(&mut table, &title, report);
    let target = target(&mut table, report);
    let host = host(&mut table, report);
    if !["peers", "target", "host"].into_iter().any(|key| table.says(key, report) || table.instead(key).is_some()) {
        let message = format!("{title} can neither bring calls nor take them");
        let help = "add peers = [\"192.0.2.0/28\"] for calls from it, target = \"192.0.2.1:5060\" for calls to it";
        report.error(name.at, "useless-trunk", message).help(help);
    }
    let numbers = patterns(&mut table, "numbers", report);
    let codecs = codecs(&mut table, report);
    let most = limits::CALLS as u32;
    let calls_max = table.integer("calls_max", 1..=most, report).unwrap_or(most);
    let user = table.string("user", report);
    let secret = password(&mut table, "password", report);
    match (&user, &secret) {
        (Some(user), None) if !table.says("password", report) && table.get("register").is_none() => {
            let message = format!("{title} has a user but no password");
            report.error(user.at, "missing-key", message).help("add password = { file = \"secrets/NAME\" }");
        }
        (None, Some(_)) if table.get("register").is_none() => {
            table.missing("user", "the user that the carrier gave you", report);
        }
        _ => {}
    }
    // Without a user it is of no use, and looked for all the same.
    secret.and_then(|secret| secrets.trunks.insert(id, secret));
    let register = register(&mut table, &title, report);
    let presented = number::presented(&mut table, report);
    let trusted = table.boolean("trusted", report).unwrap_or(false);
    let diversion = table.string("diversion", report).and_then(|text| diversion(&text, report)).unwrap_or_default();
    let redirects = table.integer("redirects", 0..=5, report).map_or(0, |most| most as u8);
    let country = number::country(&mut table, report);
    let incoming = number::rewrite_in(&mut table, "incoming", report);
    let outgoing = number::rewrite_in(&mut table, "outgoing", report);
    let probe = table.duration("probe", PROBE, report);
    let somewhere = table.says("target", report) || table.says("host", report);
    if let Some(value) = table.get("probe").filter(|_| !somewhere) {
        let message = format!("{title} has no `target` that could be asked");
        report.error(value.at, "missing-key", message).help("add target = \"192.0.2.1:5060\", or leave `probe` out");
    }
    let place = report.place(table.at);
    table.finish(report);
    let (name, user) = (name.text, user.map(|user| user.text));
    Trunk {
        id,
        name,
        peers,
        media,
        target,
        host,
        register,
        trusted,
        diversion,
        redirects,
        presented,
        incoming,
        outgoing,
        country,
        numbers,
        codecs,
        calls_max,
        user,
        probe,
        place,
    }
}

/// How forwards are told, as it is written.
const TOLD: [(&str, ToldForwards); 3] =
    [("none", ToldForwards::None), ("diversion", ToldForwards::Diversion), ("history-info", ToldForwards::HistoryInfo)];

fn diversion(text: &Str, report: &mut Report) -> Option<ToldForwards> {
    let words = TOLD.map(|(word, _)| word);
    let found = TOLD.iter().find(|(word, _)| *word == text.text).map(|(_, told)| *told);
    if found.is_none() {
        let message = format!("{:?} is no way to tell of forwards", text.text);
        report.error(text.at, "unknown-word", message).help(format!("it is {}", nearest::list(&words)));
    }
    found
}

fn peers(
    table: &mut Table<'_>,
    trunk: &str,
    twice: bool,
    all: &mut Vec<Peer>,
    report: &mut Report,
) -> Vec<(IpAddr, u8)> {
    let mut peers = Vec::new();
    let earlier = all.len();
    for text in table.strings("peers", report).unwrap_or_default() {
        let Some(network) = or_report(value::network(&text.text), &text, "bad-network", report) else { continue };
        if network.1 == 0 {
            let message = format!("{trunk} trusts every address there is");
            let finding = report.warn(text.at, "trusts-everyone", message);
            finding.help("name the carrier's own networks").note("calls from peers need no password");
        }
        // The same trunk once more has the same peers.
        let like_the_first = |nth: usize, other: &Peer| twice && nth < earlier && other.trunk == trunk;
        let others = all.iter().enumerate().filter(|(nth, other)| !like_the_first(*nth, other));
        if let Some((_, other)) = others.into_iter().find(|(_, other)| overlap(other.network, network)) {
            let same = other.network == network;
            let message = match same {
                true => format!("{:?} is already a peer of {}", text.text, other.trunk),
                false => format!("{:?} overlaps a peer of {}", text.text, other.trunk),
            };
            let there = format!("the other one is in {}", report.where_is(other.at, text.at));
            if same {
                report.error(text.at, "peer-twice", message).help(there);
            } else if other.trunk != trunk {
                report
                    .warn(text.at, "peers-overlap", message)
                    .help(there)
                    .note("calls from there belong to the narrower network");
            }
        }
        all.push(Peer { network, trunk: trunk.to_owned(), at: text.at });
        peers.push(network);
    }
    peers
}

/// Networks from which sound is believed; all that there are would keep nobody out.
fn media(table: &mut Table<'_>, trunk: &str, report: &mut Report) -> Option<Arc<[(IpAddr, u8)]>> {
    let texts = table.strings("media", report)?;
    let mut networks = Vec::new();
    for text in &texts {
        let Some(network) = or_report(value::network(&text.text), text, "bad-network", report) else { continue };
        if network.1 == 0 {
            let message = format!("{trunk} takes sound from every address there is");
            let finding = report.warn(text.at, "open-media", message);
            finding
                .help("name the networks that the carrier sends sound from")
                .note("a stranger could be heard in its calls");
        }
        networks.push(network);
    }
    Some(networks.into())
}

/// Whether one network holds the other.
fn overlap(a: (IpAddr, u8), b: (IpAddr, u8)) -> bool {
    let length = a.1.min(b.1);
    a.0.is_ipv4() == b.0.is_ipv4() && value::masked(a.0, length) == value::masked(b.0, length)
}

fn target(table: &mut Table<'_>, report: &mut Report) -> Option<(Transport, SocketAddr)> {
    let text = table.string("target", report)?;
    or_report(value::remote(&text.text), &text, "bad-address", report)
}

fn host(table: &mut Table<'_>, report: &mut Report) -> Option<Host> {
    let text = table.string("host", report)?;
    or_report(value::host(&text.text), &text, "bad-address", report)
}

/// A registration needs to know where, and as whom.
fn register(table: &mut Table<'_>, trunk: &str, report: &mut Report) -> Option<Duration> {
    let register = table.duration("register", REGISTER, report);
    let value = table.get("register")?;
    let wanted = [("user", "user = \"office\""), ("password", "password = { file = \"secrets/NAME\" }")];
    let nowhere = !table.says("host", report) && !table.says("target", report);
    let nowhere = nowhere.then_some(("host", "host = \"sip.carrier.example\""));
    let missing = wanted.into_iter().filter(|(key, _)| !table.says(key, report)).chain(nowhere).collect::<Vec<_>>();
    for (key, example) in &missing {
        let message = format!("{trunk} registers, and has no `{key}` to register with");
        report.error(value.at, "missing-key", message).help(format!("add {example}"));
    }
    register.filter(|_| missing.is_empty())
}

fn patterns(table: &mut Table<'_>, key: &'static str, report: &mut Report) -> Vec<Pattern> {
    let texts = table.strings(key, report).unwrap_or_default();
    texts.iter().filter_map(|text| pattern(text, report)).collect()
}
