//! `[metrics]`, `[trace]` and `[log]`: what those who watch the switch read.

use super::or_report;
use crate::finding::Report;
use crate::table::Table;
use crate::value;
use crate::{Log, Metrics, Trace, machine};
use std::net::IpAddr;
use terms::limits;

pub(super) fn metrics(table: Option<Table<'_>>, metrics: &mut Metrics, own: &[IpAddr], report: &mut Report) {
    let Some(mut table) = table else { return };
    if let Some(text) = table.string("listen", report) {
        metrics.listen = or_report(value::socket(&text.text), &text, "bad-address", report);
        if let Some(address) = metrics.listen {
            machine::has_address(address.ip(), text.at, own, report);
        }
        if let Some(address) = metrics.listen.filter(|address| !address.ip().is_loopback()) {
            let message = format!("whoever reaches {address} reads the metrics without a password");
            let finding = report.warn(text.at, "open-metrics", message);
            finding.help("listen on 127.0.0.1 and let a proxy ask for a password, or keep others out with a firewall");
        }
    }
    table.finish(report);
}

pub(super) fn trace(table: Option<Table<'_>>, trace: &mut Trace, report: &mut Report) {
    let Some(mut table) = table else { return };
    if let Some(megabytes) = table.integer("megabytes", 0..=limits::TRACE_MEGABYTES, report) {
        trace.megabytes = megabytes;
    }
    if let Some(text) = table.string("homer", report) {
        trace.homer = or_report(value::socket(&text.text), &text, "bad-address", report);
    }
    table.finish(report);
}

pub(super) fn log(table: Option<Table<'_>>, log: &mut Log, report: &mut Report) {
    let Some(mut table) = table else { return };
    if let Some(text) = table.string("file", report) {
        if text.text.is_empty() {
            report.error(text.at, "empty", "`file` is empty").help("leave the line out to log to standard error");
        } else {
            log.file = Some(text.text);
        }
    }
    table.finish(report);
}
