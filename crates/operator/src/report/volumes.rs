//! A report of all calls, whether a queue took them or not: by direction, trunk and phone.

use super::cells::{decimal, harmless, percent, period};
use super::{ReportArgs, wall};
use crate::admin::table::{clock, columns};
use crate::terminal;
use anyhow::ensure;
use jiff::Zoned;
use ledger::report::{ASR, CallGrouping, CallKey, Calls, Volume, Way};
use ledger::{Direction, Names, Reader};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A finished report.
struct Sheet {
    by: &'static str,
    from: Zoned,
    to: Zoned,
    /// A name, its way, its counts; in order, the totals last.
    rows: Vec<(String, Option<Way>, Volume)>,
    totals: Vec<(String, Option<Way>, Volume)>,
}

/// Prints the report that the arguments ask for.
pub(super) fn report(
    args: &ReportArgs,
    grouping: CallGrouping,
    url: &str,
    (from, to): (Zoned, Zoned),
) -> anyhow::Result<()> {
    let by = args.by.word();
    ensure!(
        args.queue.is_none(),
        "a report by {by} is of all calls: --queue is for those by queue, agent, hour and day"
    );
    ensure!(args.within.is_none(), "a report by {by} has no service level: --within is for those by queue and time");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (calls, names) = runtime.block_on(async {
        let reader = Reader::open(url).await?;
        Ok::<_, ledger::Error>((reader.volumes(grouping, wall(&from), wall(&to)).await?, reader.names().await?))
    })?;
    let sheet = sheet(by, grouping, (from, to), calls, &names);
    terminal::say(&match (args.json, args.csv) {
        (true, _) => json(&sheet)?,
        (_, true) => csv(&sheet)?,
        _ => text(&sheet),
    })
}

fn sheet(
    by: &'static str,
    grouping: CallGrouping,
    (from, to): (Zoned, Zoned),
    mut calls: Calls,
    names: &Names,
) -> Sheet {
    // A direction that nothing went has a row, and so has a trunk or phone that is known.
    match grouping {
        CallGrouping::Direction => {
            calls.totals.entry(None).or_default();
            for direction in Direction::ALL {
                calls.rows.entry(CallKey::Direction(direction)).or_default();
            }
        }
        CallGrouping::Trunk | CallGrouping::Phone => {
            for way in [Way::From, Way::To] {
                calls.totals.entry(Some(way)).or_default();
            }
        }
    }
    let name = |key: CallKey| match key {
        CallKey::Direction(direction) => direction.word().to_owned(),
        CallKey::Trunk(id, _) => names.trunks.get(&id).cloned().unwrap_or_else(|| id.to_string()),
        CallKey::Phone(id, _) => names.phones.get(&id).cloned().unwrap_or_else(|| id.to_string()),
    };
    let mut rows: Vec<_> = calls.rows.into_iter().map(|(key, volume)| (name(key), key.way(), volume)).collect();
    if grouping != CallGrouping::Direction {
        rows.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    }
    let totals = calls.totals.into_iter().map(|(way, volume)| ("total".to_owned(), way, volume)).collect();
    Sheet { by, from, to, rows, totals }
}

fn word(way: Way) -> &'static str {
    match way {
        Way::From => "from",
        Way::To => "to",
    }
}

impl Sheet {
    /// Of the calls to a phone only the answered ones are known.
    fn has_asr(&self, way: Option<Way>) -> bool {
        !(self.by == "phone" && way == Some(Way::To))
    }
}

fn text(sheet: &Sheet) -> String {
    let mut heads = vec![(sheet.by, false)];
    if sheet.by != "direction" {
        heads.push(("way", false));
    }
    heads.extend(
        [
            "calls",
            "queued",
            "direct",
            "running",
            "ended",
            "answered",
            "abandoned",
            "finished",
            "failed",
            "node lost",
            "ASR",
            "talked",
            "held",
        ]
        .map(|head| (head, true)),
    );
    let row = |(name, way, volume): &(String, Option<Way>, Volume)| {
        let mut cells = vec![name.clone()];
        cells.extend(way.map(|way| word(way).to_owned()));
        let counts = [
            volume.calls,
            volume.queued,
            volume.direct(),
            volume.running,
            volume.ended(),
            volume.answered,
            volume.abandoned,
            volume.finished,
            volume.failed,
            volume.node_lost,
        ];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(if sheet.has_asr(*way) { percent(volume.answer_seizure()) } else { "-".into() });
        cells.extend([clock(volume.talked_ms), clock(volume.held_ms)]);
        cells
    };
    let mut out = format!("{}\n\n", period(&sheet.from, &sheet.to));
    out.push_str(&columns(&heads, &sheet.rows.iter().chain(&sheet.totals).map(row).collect::<Vec<_>>()));
    let _ = writeln!(
        out,
        "\n{ASR}\n{ENDED}\nqueued: came to a queue; direct: all others; talked: without hold\n{}",
        notes(sheet)
    );
    out
}

const ENDED: &str = "answered to node lost: how those that ended went; a conversation that goes on is running";

fn notes(sheet: &Sheet) -> &'static str {
    match sheet.by {
        "direction" => {
            "inbound: from a trunk; outbound: from a phone, out by a trunk; internal: from a phone; transit: trunk to trunk\n\
             A call counts where it began."
        }
        "trunk" => {
            "from: brought by the trunk; to: sent out by it (by the last one that was tried)\n\
             A call counts where it began; one from trunk to trunk is in both totals, an internal one in none."
        }
        _ => {
            "from: made by the phone; to: answered at it\n\
             A call counts where it began; one from phone to phone is in both totals."
        }
    }
}

fn figures(sheet: &Sheet, way: Option<Way>, volume: &Volume) -> anyhow::Result<Value> {
    let mut value = serde_json::to_value(volume)?;
    value["direct"] = json!(volume.direct());
    value["ended"] = json!(volume.ended());
    value["way"] = json!(way.map(word));
    value["asr"] = if sheet.has_asr(way) { json!(volume.answer_seizure()) } else { Value::Null };
    Ok(value)
}

fn json(sheet: &Sheet) -> anyhow::Result<String> {
    let object = |(name, way, volume): &(String, Option<Way>, Volume)| {
        let mut value = figures(sheet, *way, volume)?;
        value[sheet.by] = json!(name);
        Ok(value)
    };
    let value = json!({
        "from": sheet.from.to_string(),
        "to": sheet.to.to_string(),
        "from_ms": sheet.from.timestamp().as_millisecond(),
        "to_ms": sheet.to.timestamp().as_millisecond(),
        "zone": sheet.from.time_zone().iana_name(),
        "by": sheet.by,
        "formulas": { "asr": ASR },
        "rows": sheet.rows.iter().map(object).collect::<anyhow::Result<Vec<_>>>()?,
        "totals": sheet.totals.iter().map(object).collect::<anyhow::Result<Vec<_>>>()?,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&value)?))
}

const COLUMNS: [&str; 15] = [
    "way",
    "calls",
    "queued",
    "direct",
    "answered",
    "abandoned",
    "finished",
    "failed",
    "node_lost",
    "running",
    "ended",
    "asr",
    "waited_s",
    "talked_s",
    "held_s",
];

fn csv(sheet: &Sheet) -> anyhow::Result<String> {
    let mut out = csv::Writer::from_writer(vec![]);
    out.write_record([sheet.by].iter().chain(&COLUMNS))?;
    for (name, way, volume) in sheet.rows.iter().chain(&sheet.totals) {
        let asr = volume.answer_seizure().value.filter(|_| sheet.has_asr(*way));
        let mut cells = vec![harmless(name), way.map_or_else(String::new, |way| word(way).to_owned())];
        let Volume { calls, queued, answered, abandoned, finished, failed, node_lost, running, .. } = *volume;
        let direct = volume.direct();
        let counts = [calls, queued, direct, answered, abandoned, finished, failed, node_lost, running, volume.ended()];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(asr.map_or_else(String::new, |value| format!("{value:.4}")));
        cells.extend([volume.waited_ms, volume.talked_ms, volume.held_ms].map(decimal));
        out.write_record(cells)?;
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use terms::TrunkId;

    fn sheet(grouping: CallGrouping, by: &'static str, calls: Calls) -> Sheet {
        let at = |day| date(2026, 11, day).to_zoned(TimeZone::UTC).unwrap();
        let names = Names { trunks: [(TrunkId::of("acme"), "acme".into())].into(), ..Names::default() };
        super::sheet(by, grouping, (at(20), at(21)), calls, &names)
    }

    fn busy() -> Volume {
        let (calls, queued, answered, failed, running) = (7, 3, 2, 3, 2);
        Volume { calls, queued, answered, failed, running, talked_ms: 61_000, held_ms: 2_000, ..Volume::default() }
    }

    #[test]
    fn a_call_that_runs_is_not_decided() {
        let acme = CallKey::Trunk(TrunkId::of("acme"), Way::From);
        let calls = Calls { rows: [(acme, busy())].into(), totals: [(Some(Way::From), busy())].into() };
        let sheet = sheet(CallGrouping::Trunk, "trunk", calls);
        let text = text(&sheet);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let acme = lines.iter().find(|line| line.first() == Some(&"acme")).unwrap();
        let figures = ["from", "7", "3", "4", "2", "5", "2", "0", "0", "3", "0", "40.0", "%", "01:01", "00:02"];
        assert_eq!(acme[1..], figures, "{text}");
        let totals: Vec<&str> =
            lines.iter().filter(|line| line.first() == Some(&"total")).map(|line| line[1]).collect();
        assert_eq!(totals, ["from", "to"], "{text}");
        let value: Value = serde_json::from_str(&json(&sheet).unwrap()).unwrap();
        let asr = json!({"value": 0.4, "numerator": 2, "denominator": 5});
        assert_eq!((&value["rows"][0]["asr"], &value["rows"][0]["trunk"]), (&asr, &json!("acme")));
        let csv = csv(&sheet).unwrap();
        assert!(csv.lines().any(|line| line == "acme,from,7,3,4,2,0,0,3,0,2,5,0.4000,0.000,61.000,2.000"), "{csv}");
    }

    #[test]
    fn every_direction_has_a_row() {
        let text = text(&sheet(CallGrouping::Direction, "direction", Calls::default()));
        for direction in Direction::ALL {
            assert!(text.contains(&format!("\n{} ", direction.word())), "{text}");
        }
        assert!(text.contains("\ntotal "), "{text}");
    }
}
