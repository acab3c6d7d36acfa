//! SIPp in our generator's place, for the same calls at the same rate: what the server spends on them must not
//! depend on who brings them. (SIPp takes a whole core near 2,000 calls a second, so this is done below that.)

use crate::kernel;
use crate::report::{Report, quantile, rounded};
use crate::stand::{Server, Stand};
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sipp");

/// A process that ends with this value.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _already_gone = self.0.wait();
    }
}

/// Puts SIPp's calls onto the server and adds its figures to the report.
pub fn measure(
    stand: &Stand,
    server: &mut Server,
    rate: f64,
    hold: Duration,
    count: u32,
    report: &mut Report,
) -> Result<()> {
    let called = stand.host(3).to_string();
    let uas = start(stand, "uas", &["-i", &called, "-p", "5080", "-buff_size", "4194304"])?;
    std::thread::sleep(Duration::from_millis(700));
    let (target, carrier) = (stand.server().to_string(), stand.host(2).to_string());
    let (rate, hold, count_text) = (rate.to_string(), hold.as_millis().to_string(), count.to_string());
    let line = [
        &target,
        "-s",
        "1",
        "-r",
        &rate,
        "-m",
        &count_text,
        "-d",
        &hold,
        "-i",
        &carrier,
        "-p",
        "5070",
        "-l",
        "60000",
        "-recv_timeout",
        "30000",
        "-buff_size",
        "4194304",
        "-trace_rtt",
        "-rtt_freq",
        "1",
        "-trace_stat",
        "-stf",
        "uac.csv",
        "-fd",
        "1",
    ];
    let before = server.gauge().cpu();
    let begun = Instant::now();
    let mut uac = start(stand, "uac", &line)?;
    let both = [uac.0.id(), uas.0.id()];
    let mut own = Duration::ZERO;
    let status = loop {
        own = both.iter().filter_map(|pid| kernel::cpu_time(*pid)).sum::<Duration>().max(own);
        if let Some(status) = uac.0.try_wait()? {
            break status;
        }
        server.check()?;
        std::thread::sleep(Duration::from_millis(100));
    };
    let seconds = begun.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_millis(200));
    let cpu = (server.gauge().cpu() - before).as_secs_f64() * 1e3 / f64::from(count);
    let folder = stand.folder();
    let last = statistics(&folder.join("uac.csv"))?;
    let of = |name: &str| last.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse::<u64>().ok());
    let failed = of("FailedCall(C)").context("SIPp told no failed calls")?;
    report.fail("a call that failed for SIPp", failed);
    ensure!(status.success() || failed > 0, "SIPp ended with {status}: {}", tail(&folder.join("uac.log")));
    let mut took = response_times(folder)?;
    report.add("sipp_cpu_ms_per_call", rounded(cpu));
    report.add("sipp_calls", of("SuccessfulCall(C)"));
    report.add("sipp_retransmissions", of("Retransmissions(C)"));
    report.add("sipp_p50_ms", quantile(&mut took, 0.5).map(rounded));
    report.add("sipp_p99_ms", quantile(&mut took, 0.99).map(rounded));
    report.add("sipp_core_percent", rounded(100.0 * own.as_secs_f64() / seconds));
    if let Some(ours) = report.cpu_ms_per_call {
        report.add("sipp_differs_percent", rounded(100.0 * (cpu / ours - 1.0)));
    }
    Ok(())
}

fn start(stand: &Stand, scenario: &str, arguments: &[&str]) -> Result<Ending> {
    let log = std::fs::File::create(stand.folder().join(format!("{scenario}.log")))?;
    let mut command = Command::new("sipp");
    command.args(arguments).arg("-sf").arg(format!("{SCENARIOS}/{scenario}.xml")).arg("-nostdin");
    command.current_dir(stand.folder()).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    match command.spawn() {
        Ok(child) => Ok(Ending(child)),
        Err(error) => bail!("sipp could not be started ({error}): `apt-get install sip-tester`"),
    }
}

/// The last line of SIPp's statistics, by column.
fn statistics(path: &Path) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let names = lines.next().context("SIPp wrote no statistics")?;
    let last = lines.next_back().context("SIPp wrote no statistics")?;
    Ok(names.split(';').map(str::to_owned).zip(last.split(';').map(str::to_owned)).collect())
}

/// INVITE to 200, in milliseconds.
fn response_times(folder: &Path) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        if entry.file_name().to_string_lossy().ends_with("_rtt.csv") {
            let text = std::fs::read_to_string(entry.path())?;
            all.extend(text.lines().filter_map(|line| line.split(';').nth(1)?.parse::<f64>().ok()));
        }
    }
    Ok(all)
}

fn tail(path: &Path) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&text[text.len().saturating_sub(1_500)..]).into_owned()
}
