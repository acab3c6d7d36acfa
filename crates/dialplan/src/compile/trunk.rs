//! `[[trunk]]`: carriers.

use super::{Named, codecs, number, or_report, password, pattern};
use crate::finding::Report;
use crate::pattern::Pattern;
use crate::secret::Secrets;
use crate::source::At;
use crate::table::Table;
use crate::value;
use crate::{Host, Transport, Trunk};
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

/// A network from which calls are believed, and the trunk that it belongs to.
struct Peer {
    network: (IpAddr, u8),
    trunk: String,
    at: At,
}

fn read_one(named: Named<'_>, all: &mut Vec<Peer>, secrets: &mut Secrets, report: &mut Report) -> Trunk {
    let Named { name, mut table } = named;
    let id = TrunkId::of(&name.text);
    let peers = peers(&mut table, &name.text, all, report);
    let media = media(&mut table, &name.text, report);
    let target = target(&mut table, report);
    let host = host(&mut table, report);
    if !["peers", "target", "host"].into_iter().any(|key| table.get(key).is_some() || table.instead(key).is_some()) {
        let message = format!("trunk {:?} can neither bring calls nor take them", name.text);
        let help = "add peers = [\"192.0.2.0/28\"] for calls from it, target = \"192.0.2.1:5060\" for calls to it";
        report.error(name.at, "useless-trunk", message).help(help);
    }
    let numbers = patterns(&mut table, "numbers", report);
    let codecs = codecs(&mut table, report);
    let most = limits::CALLS as u32;
    let calls_max = table.integer("calls_max", 1..=most, report).unwrap_or(most);
    let user = table.string("user", report);
    let secret = password(&mut table, report);
    match (&user, secret) {
        (Some(_), Some(secret)) => {
            secrets.trunks.insert(id, secret);
        }
        (Some(user), None) if table.get("password").is_none() => {
            let message = format!("trunk {:?} has a user but no password", name.text);
            report.error(user.at, "missing-key", message).help("add password = { file = \"secrets/NAME\" }");
        }
        (None, Some(_)) => table.missing("user", "the user that the carrier gave you", report),
        _ => {}
    }
    let register = register(&mut table, &name.text, report);
    let presented = number::presented(&mut table, report);
    let trusted = table.boolean("trusted", report).unwrap_or(false);
    let country = number::country(&mut table, report);
    let incoming = number::rewrite_in(&mut table, "incoming", report);
    let outgoing = number::rewrite_in(&mut table, "outgoing", report);
    let probe = table.duration("probe", PROBE, report);
    let somewhere = table.get("target").is_some() || table.get("host").is_some();
    if let Some(value) = table.get("probe").filter(|_| !somewhere) {
        let message = format!("trunk {:?} has no `target` that could be asked", name.text);
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

fn peers(table: &mut Table<'_>, trunk: &str, all: &mut Vec<Peer>, report: &mut Report) -> Vec<(IpAddr, u8)> {
    let mut peers = Vec::new();
    for text in table.strings("peers", report).unwrap_or_default() {
        let Some(network) = or_report(value::network(&text.text), &text, "bad-network", report) else { continue };
        if network.1 == 0 {
            let message = format!("trunk {trunk:?} trusts every address there is");
            let finding = report.warn(text.at, "trusts-everyone", message);
            finding.help("name the carrier's own networks").note("calls from peers need no password");
        }
        if let Some(other) = all.iter().find(|other| overlap(other.network, network)) {
            let same = other.network == network;
            let message = match same {
                true => format!("{:?} is already a peer of trunk {:?}", text.text, other.trunk),
                false => format!("{:?} overlaps a peer of trunk {:?}", text.text, other.trunk),
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
            let message = format!("trunk {trunk:?} takes sound from every address there is");
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
    let register = table.duration("register", REGISTER, report)?;
    let value = table.get("register")?;
    let wanted = [("user", "user = \"office\""), ("password", "password = { file = \"secrets/NAME\" }")];
    let missing = wanted.into_iter().find(|(key, _)| table.get(key).is_none());
    let nowhere = table.get("host").is_none() && table.get("target").is_none();
    let missing = missing.or(nowhere.then_some(("host", "host = \"sip.carrier.example\"")));
    if let Some((key, example)) = missing {
        let message = format!("trunk {trunk:?} registers, and has no `{key}` to register with");
        report.error(value.at, "missing-key", message).help(format!("add {example}"));
        return None;
    }
    Some(register)
}

fn patterns(table: &mut Table<'_>, key: &'static str, report: &mut Report) -> Vec<Pattern> {
    let texts = table.strings(key, report).unwrap_or_default();
    texts.iter().filter_map(|text| pattern(text, report)).collect()
}
