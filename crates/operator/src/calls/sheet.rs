//! Calls as comma-separated values: times by the clock on this wall, lengths in seconds.

use super::{direction, local, name, source};
use crate::report::cells::{decimal, harmless};
use jiff::tz::TimeZone;
use ledger::CallRow;

const COLUMNS: [&str; 24] = [
    "call",
    "started",
    "answered",
    "connected",
    "ended",
    "direction",
    "source_kind",
    "source",
    "caller",
    "called",
    "outcome",
    "status",
    "cause",
    "cause_text",
    "ended_by",
    "queue",
    "agent",
    "phone",
    "trunk_out",
    "waited_s",
    "talked_s",
    "held_s",
    "digits",
    "recording",
];

/// A line a call, below a line of names.
pub(super) fn csv(rows: &[CallRow], zone: &TimeZone) -> anyhow::Result<String> {
    let mut out = csv::Writer::from_writer(vec![]);
    out.write_record(COLUMNS)?;
    for row in rows {
        out.write_record(record(row, zone).iter().map(|cell| harmless(cell)))?;
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

fn record(row: &CallRow, zone: &TimeZone) -> [String; COLUMNS.len()] {
    let or_empty = |text: Option<String>| text.unwrap_or_default();
    let at = |at: Option<terms::Wall>| or_empty(at.map(|at| local(at, zone)));
    let (kind, from) = source(row);
    let decided = row.outcome != "open";
    let known = |text: String| if decided { text } else { String::new() };
    [
        row.call.to_string(),
        local(row.started, zone),
        at(row.answered),
        at(row.connected),
        at(row.ended),
        direction(row).word().to_owned(),
        kind.to_owned(),
        from,
        row.caller.reveal().clone(),
        row.called.reveal().clone(),
        row.outcome.clone(),
        or_empty(row.status.map(|status| status.to_string())),
        known(row.cause.0.to_string()),
        known(row.cause.text().to_owned()),
        known(row.ended_by.clone()),
        or_empty(name(row.queue_name.as_ref(), row.queue)),
        or_empty(name(row.agent_name.as_ref(), row.agent)),
        or_empty(name(row.phone_name.as_ref(), row.phone)),
        or_empty(name(row.trunk_out_name.as_ref(), row.trunk_out)),
        decimal(row.waited_ms),
        decimal(row.talked_ms),
        decimal(row.held_ms),
        row.digits.clone(),
        or_empty(row.recording.clone()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::tests::row;
    use terms::Pii;

    #[test]
    fn a_caller_cannot_make_a_spreadsheet_run_anything() {
        let hostile = CallRow { caller: Pii::from("=cmd|'/c calc'!A0"), ..row() };
        let text = csv(&[row(), hostile], &TimeZone::UTC).unwrap();
        let mut table = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(table.headers().unwrap(), COLUMNS.as_slice());
        let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
        assert_eq!((&rows[0][8], &rows[1][8]), ("+359888123456", "'=cmd|'/c calc'!A0"));
        assert_eq!((&rows[0][1], &rows[0][5], &rows[0][7]), ("2026-11-21 22:26:40", "inbound", "acme"));
        assert_eq!((&rows[0][10], &rows[0][15], &rows[0][19], &rows[0][22]), ("abandoned", "support", "41.000", "1"));
    }
}
