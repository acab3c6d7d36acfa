//! `[console]` and `[tls]`: where the pages are served, under which certificate, and which proxies are believed.

use super::or_report;
use crate::finding::Report;
use crate::source::{Certificate, Sources};
use crate::table::{Str, Table};
use crate::value;
use crate::{Console, Tls, machine};
use std::net::{IpAddr, SocketAddr};

/// So many days ahead the end of a certificate is told.
const DAYS_AHEAD: i64 = 21;

pub(super) fn console(
    table: Option<Table<'_>>,
    console: &mut Console,
    has_tls: bool,
    own: &[IpAddr],
    report: &mut Report,
) {
    let Some(mut table) = table else { return };
    console.plain_http = table.boolean("plain_http", report).unwrap_or_default();
    for text in table.strings("trusted_proxies", report).unwrap_or_default() {
        console.trusted_proxies.extend(proxy(&text, report));
    }
    if let Some(text) = table.string("listen", report) {
        console.listen = or_report(value::socket(&text.text), &text, "bad-address", report);
        if let Some(address) = console.listen {
            machine::has_address(address.ip(), text.at, own, report);
        }
        if let Some(address) = console.listen.filter(|address| !address.ip().is_loopback() && !has_tls) {
            plain(console, address, &text, report);
        }
    }
    table.finish(report);
}

/// Others reach it, and it is not encrypted.
fn plain(console: &Console, address: SocketAddr, text: &Str, report: &mut Report) {
    if !console.plain_http {
        let message = format!("what is said with {address} can be read and changed on its way: it is not encrypted");
        let finding = report.error(text.at, "plain-console", message);
        finding.help("add [tls], or listen on 127.0.0.1 and let a proxy with a certificate stand before it");
        finding.note("`plain_http = true` serves it all the same, for a proxy on another machine");
    } else if console.trusted_proxies.is_empty() {
        let message = format!("agents at http://{address} cannot talk: browsers give the microphone to https alone");
        report.warn(text.at, "open-console", message).help("add [tls], and passwords are not read on their way either");
    }
}

/// A network of proxies. All of the world is none.
fn proxy(text: &Str, report: &mut Report) -> Option<(IpAddr, u8)> {
    let network = or_report(value::network(&text.text), text, "bad-network", report)?;
    if network.1 == 0 {
        let message = format!("{:?} is everybody: whoever asks could say that he is somebody else", text.text);
        report.error(text.at, "every-proxy", message).help("name the proxies' own addresses");
        return None;
    }
    Some(network)
}

pub(super) fn tls(table: Option<Table<'_>>, sources: &mut dyn Sources, report: &mut Report) -> Option<Tls> {
    let mut table = table?;
    let at = table.at;
    let self_made = table.boolean("self_made", report).unwrap_or_default();
    let (certificate, key) = (table.string("certificate", report), table.string("key", report));
    table.finish(report);
    match (certificate, key, self_made) {
        (Some(certificate), Some(key), false) => Some(files(&certificate, &key, sources, report)),
        (None, None, true) => Some(Tls::SelfMade),
        _ => {
            let message = "[tls] names no certificate with its key, or two certificates";
            report.error(at, "tls-halves", message).help("write `certificate` and `key`, or `self_made = true`");
            Some(Tls::SelfMade)
        }
    }
}

fn files(certificate: &Str, key: &Str, sources: &mut dyn Sources, report: &mut Report) -> Tls {
    match sources.certificate(&certificate.text, &key.text) {
        Certificate::Good { days } if days > DAYS_AHEAD => {}
        Certificate::Good { days } => {
            let message = match days {
                ..0 => "this certificate has ended: browsers refuse it".to_owned(),
                days => format!("this certificate ends in {days} days"),
            };
            let finding = report.warn(certificate.at, "certificate-ends", message);
            finding.help("put a new one there and reload: strowger reload");
        }
        Certificate::Bad(why) => {
            let message = format!("{:?} cannot be used: {why}", certificate.text);
            report.error(certificate.at, "bad-certificate", message).help("a chain in PEM, the switch's own first");
        }
        Certificate::BadKey(why) => {
            let message = format!("{:?} cannot be used: {why}", key.text);
            report
                .error(key.at, "bad-tls-key", message)
                .help("the key of the certificate, in PEM, without a passphrase");
        }
        Certificate::OpenKey(who, command) => {
            report.warn(key.at, "open-tls-key", format!("{:?}: {who}", key.text)).help(command);
        }
        Certificate::Unseen(why) => {
            let message = format!("{:?} was not looked at: {why}", key.text);
            report.warn(key.at, "unseen-tls-key", message).help("check as the user that the switch runs as");
        }
    }
    let place = report.place(certificate.at);
    Tls::Files { certificate: certificate.text.clone(), key: key.text.clone(), place }
}
