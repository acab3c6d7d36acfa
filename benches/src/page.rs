//! `docs/performance.md`: every mode at several rates, as tables and plots. What was measured is kept beside the
//! page as JSON, so that the page can be drawn again, and compared with that of another machine or commit.

use crate::generator::compose::put;
use crate::line::{Peer, Wish};
use crate::plot::{self, Series};
use crate::report::Report;
use crate::{media, queueing, signalling};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// The root of the book.
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
const WORDS: &str = include_str!("page.md");

type Mode = fn(&Wish) -> Result<Report>;

/// A run of the page: mode, its name, rate, calls, who.
struct Run(Mode, &'static str, Option<f64>, Option<u32>, Option<Peer>);

fn relay(wish: &Wish) -> Result<Report> {
    media::run(wish, false)
}

fn record(wish: &Wish) -> Result<Report> {
    media::run(wish, true)
}

/// What the page shows. Peers, and the switch, run at rates that one shared core bears.
fn runs() -> Vec<Run> {
    let mut runs = Vec::new();
    for rate in [250.0, 500.0, 1_000.0, 1_500.0] {
        runs.push(Run(signalling::call, "call", Some(rate), None, None));
    }
    for rate in [500.0, 1_000.0, 2_000.0, 4_000.0] {
        runs.push(Run(signalling::register, "register", Some(rate), None, None));
    }
    for rate in [50.0, 100.0, 200.0] {
        runs.push(Run(queueing::queue, "queue", Some(rate), None, None));
    }
    runs.push(Run(queueing::refill, "refill", Some(10.0), Some(500), None));
    for calls in [100, 300, 500] {
        runs.push(Run(relay, "relay", None, Some(calls), None));
        runs.push(Run(record, "record", None, Some(calls), None));
    }
    runs.push(Run(signalling::call, "call", Some(1_000.0), None, Some(Peer::Kamailio)));
    runs.push(Run(signalling::register, "register", Some(1_000.0), None, Some(Peer::Kamailio)));
    runs.push(Run(signalling::call, "call", Some(100.0), None, Some(Peer::Asterisk)));
    runs.push(Run(signalling::register, "register", Some(1_000.0), None, Some(Peer::Asterisk)));
    runs.push(Run(queueing::queue, "queue", Some(50.0), None, Some(Peer::Asterisk)));
    for (peer, calls) in [(Peer::Rtpengine, 300), (Peer::Asterisk, 100)] {
        runs.push(Run(relay, "relay", None, Some(calls), Some(peer)));
        runs.push(Run(record, "record", None, Some(calls), Some(peer)));
    }
    runs
}

/// Measures everything, and draws the page.
pub fn measure(wish: &Wish) -> Result<()> {
    let mut all: Vec<Value> = Vec::new();
    for Run(mode, name, rate, calls, peer) in runs() {
        let told =
            format!("{} {name} {}", peer.map_or("strowger", Peer::name), rate.or(calls.map(f64::from)).unwrap_or(0.0));
        eprintln!("{told}");
        let asked =
            Wish { rate, calls, peer, time: Some(wish.time.unwrap_or(Duration::from_secs(10))), ..wish.clone() };
        match mode(&asked) {
            Ok(report) if report.failed == 0 => {
                all.push(serde_json::to_value(report)?);
                // Each at once: whoever stops the command keeps what it has measured.
                std::fs::write(folder()?.join("results.json"), serde_json::to_string_pretty(&all)? + "\n")?;
            }
            Ok(report) => eprintln!("left out, {} failed: {:?}", report.failed, report.failures),
            Err(error) => eprintln!("left out: {error:#}"),
        }
    }
    ensure!(!all.is_empty(), "nothing could be measured");
    draw()
}

fn folder() -> Result<PathBuf> {
    let folder = PathBuf::from(DOCS).join("performance");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// Draws the page from what was measured last.
pub fn draw() -> Result<()> {
    let folder = folder()?;
    let path = folder.join("results.json");
    let text =
        std::fs::read(&path).with_context(|| format!("{}: `cargo xtask bench all` writes it", path.display()))?;
    let all: Vec<Value> = serde_json::from_slice(&text)?;
    let first = all.first().context("no results")?;
    let machine = &first["machine"];
    let mut commits: Vec<&str> = all.iter().filter_map(|run| run["commit"].as_str()).collect();
    commits.dedup();
    let words = WORDS
        .replace("@CORES@", &machine["cores"].to_string())
        .replace("@PROCESSOR@", machine["processor"].as_str().unwrap_or("unknown"))
        .replace("@KERNEL@", machine["kernel"].as_str().unwrap_or("unknown"))
        .replace("@COMMIT@", &commits.join(", "));
    let mut page = words.into_bytes();
    for (mode, title) in TITLES {
        let runs: Vec<&Value> = all.iter().filter(|run| run["mode"] == *mode).collect();
        if !runs.is_empty() {
            put!(&mut page, "\n## {title}\n\n");
            table(&mut page, mode, &runs);
        }
        if let Some(svg) = plot(mode, title, &runs) {
            std::fs::write(folder.join(format!("{mode}.svg")), svg)?;
            put!(&mut page, "\n![{title}](performance/{mode}.svg)\n");
        }
    }
    std::fs::write(PathBuf::from(DOCS).join("performance.md"), page)?;
    Ok(())
}

const TITLES: &[(&str, &str)] = &[
    ("call", "Calls, signalling only"),
    ("register", "Registrations"),
    ("queue", "Calls through a queue of fifty agents"),
    ("refill", "From an agent's hanging up to his next caller"),
    ("relay", "Sound, relayed"),
    ("record", "Sound, relayed and recorded"),
];

/// Columns: heading and key.
type Columns = &'static [(&'static str, &'static str)];

const SIGNALLING: Columns = &[
    ("rate /s", "rate"),
    ("CPU ms", "cpu_ms_per_call"),
    ("floor ms", "floor_ms_per_call"),
    ("floors", "ratio"),
    ("flat-out floors", "ratio_flat_out"),
    ("core %", "server_core_percent"),
    ("KiB a call", "kib_per_call"),
    ("p50 ms", "p50_ms"),
    ("p99 ms", "p99_ms"),
    ("repeated", "retransmissions"),
    ("late ms", "generator_late_ms"),
    ("stolen %", "stolen_percent"),
    ("measured", "units"),
    ("records", "records"),
];

const REFILL: Columns = &[
    ("waiting", "waiting"),
    ("freed /s", "rate"),
    ("p50 ms", "p50_ms"),
    ("p99 ms", "p99_ms"),
    ("longest ms", "max_ms"),
    ("core %", "server_core_percent"),
    ("late ms", "generator_late_ms"),
    ("stolen %", "stolen_percent"),
    ("measured", "units"),
];

const SOUND: Columns = &[
    ("calls", "at_once"),
    ("packets /s", "rate"),
    ("CPU us a packet", "cpu_us_per_packet"),
    ("floor us", "floor_us_per_packet"),
    ("floors", "ratio"),
    ("lost %", "loss_percent"),
    ("KiB a call", "kib_per_call"),
    ("p50 ms", "p50_ms"),
    ("p99 ms", "p99_ms"),
    ("late ms", "generator_late_ms"),
    ("stolen %", "stolen_percent"),
];

fn table(page: &mut Vec<u8>, mode: &str, runs: &[&Value]) {
    let columns = match mode {
        "refill" => REFILL,
        "relay" | "record" => SOUND,
        _ => SIGNALLING,
    };
    let headings: Vec<&str> = columns.iter().map(|column| column.0).collect();
    put!(page, "| program | {} |\n|---|{}\n", headings.join(" | "), "---:|".repeat(columns.len()));
    for run in runs {
        let cells: Vec<String> = columns.iter().map(|column| cell(&run[column.1])).collect();
        put!(page, "| {} | {} |\n", run["program"].as_str().unwrap_or_default(), cells.join(" | "));
    }
    let mut notes: Vec<&str> =
        runs.iter().filter_map(|run| run["notes"].as_array()).flatten().filter_map(Value::as_str).collect();
    notes.sort_unstable();
    notes.dedup();
    for note in notes {
        put!(page, "\n- {note}");
    }
    page.push(b'\n');
}

fn cell(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Some(number) => number.to_string(),
        None => "".into(),
    }
}

/// The ratio to the floor, by rate, or by calls at once.
fn plot(mode: &str, title: &str, runs: &[&Value]) -> Option<String> {
    let (x, x_name, goal) = match mode {
        "call" => ("rate", "calls begun each second", Some((10.0, "at most 10"))),
        "register" => ("rate", "registrations each second", Some((8.0, "at most 8"))),
        "queue" => ("rate", "calls begun each second", Some((15.0, "at most 15"))),
        "relay" => ("at_once", "calls at once", Some((1.3, "at most 1.3"))),
        "record" => ("at_once", "calls at once", Some((1.5, "at most 1.5"))),
        _ => return None,
    };
    let mut series: Vec<Series> = Vec::new();
    for run in runs {
        let (Some(at), Some(ratio), Some(name)) = (run[x].as_f64(), run["ratio"].as_f64(), run["program"].as_str())
        else {
            continue;
        };
        match series.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push((at, ratio)),
            None => series.push(Series { name: name.into(), points: vec![(at, ratio)] }),
        }
    }
    // A peer of another order of size would press everything else onto the axis: it is in the table.
    let ours = series.iter().filter(|series| series.name == "strowger").flat_map(|series| &series.points);
    let tall = 4.0 * ours.map(|point| point.1).fold(goal.map_or(1.0, |goal| goal.0), f64::max);
    series.retain(|series| series.points.iter().all(|point| point.1 <= tall));
    (!series.is_empty())
        .then(|| plot::lines(&format!("{title}: processor time in floors"), x_name, "floors", &series, goal))
}
