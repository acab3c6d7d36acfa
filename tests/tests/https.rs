//! The pages over https, as curl and openssl see them: the demonstration for other machines, and a certificate that is changed
//! while the switch runs.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::running::{Running, wait_for};
use e2e::switch::{Switch, ask, binary};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

fn run(program: &str, arguments: &[&str]) -> Result<Output> {
    Command::new(program).args(arguments).output().with_context(|| format!("{program} is not here"))
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The fingerprint of what is served there, as openssl tells it.
fn served(address: SocketAddr) -> Result<String> {
    let script = format!(
        "openssl s_client -connect {address} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256"
    );
    let told = text(&run("sh", &["-c", &script])?);
    Ok(told.trim().split('=').nth(1).with_context(|| told.clone())?.to_owned())
}

/// The address by which other machines reach this one.
fn outside() -> Result<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect("192.0.2.1:9")?;
    Ok(socket.local_addr()?.ip())
}

#[test]
fn the_demonstration_for_other_machines_is_reached_over_https_with_the_fingerprint_that_it_prints() -> Result<()> {
    let Some(address) = outside().ok().filter(|address| !address.is_loopback()) else {
        eprintln!("this machine has no address but loopback: not tried");
        return Ok(());
    };
    let place = Place::take()?;
    let temporary = place.path("tmp/x")?.parent().context("a folder")?.to_owned();
    let mut command = Command::new(binary()?);
    command.args(["demo", "--address", &address.to_string()]).current_dir(place.folder()).env("TMPDIR", temporary);
    let mut demo = Running::start(&mut command, &place.path("demo.log")?)?;
    wait_for("the welcome", PATIENCE, || demo.output().contains("Ctrl-C ends it") || !demo.runs())?;
    let said = demo.output();
    let link = said.split_whitespace().find(|word| word.starts_with("https://")).with_context(|| said.clone())?;
    ensure!(link.len() <= 60, "{link}");
    let pages: SocketAddr = link.trim_start_matches("https://").split('/').next().context("an address")?.parse()?;
    ensure!(said.contains(&served(pages)?), "the fingerprint is not among\n{said}");
    let config = said.split("--config ").nth(1).and_then(|rest| rest.lines().next()).context("a configuration")?;
    let trusted = Path::new(config).with_file_name("console-certificate.pem").display().to_string();
    let jar = place.path("cookies")?.display().to_string();
    let curl = |path: &str| {
        run(
            "curl",
            &["-sS", "--max-time", "10", "--cacert", &trusted, "-b", &jar, "-c", &jar, "-w", "%{http_code}", path],
        )
    };
    let let_in = text(&curl(link)?);
    ensure!(let_in.ends_with("303"), "{let_in}");
    let floor = text(&curl(&format!("https://{pages}/floor"))?);
    ensure!(floor.ends_with("200"), "{floor}");
    let stranger = text(&run("curl", &["-sS", "--max-time", "10", link])?);
    ensure!(stranger.contains("self-signed") || stranger.contains("self signed"), "whoever trusts nobody: {stranger}");
    let status = text(&ask(Path::new(config), &["status"])?);
    ensure!(status.contains(&format!("pages at https://{pages}")), "{status}");
    demo.signal("TERM")?;
    demo.wait(PATIENCE)?;
    Ok(())
}

/// A certificate of openssl's making for so many days, and its key.
fn make(place: &Place, name: &str, days: &str) -> Result<()> {
    let (chain, key) = (place.path(&format!("{name}.pem"))?, place.path(&format!("{name}-key.pem"))?);
    let (chain, key) = (chain.display().to_string(), key.display().to_string());
    let kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=pbx"];
    let made = run("openssl", &[&kind[..], &["-days", days, "-out", &chain, "-keyout", &key]].concat())?;
    ensure!(made.status.success(), "{}", text(&made));
    std::fs::set_permissions(key, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

#[test]
fn a_certificate_is_changed_by_a_reload_and_a_bad_one_leaves_the_old_one() -> Result<()> {
    let place = Place::take()?;
    let pages = TcpListener::bind((place.switch(), 0))?.local_addr()?;
    make(&place, "one", "400")?;
    make(&place, "two", "5")?;
    for (of, to) in [("one.pem", "chain.pem"), ("one-key.pem", "key.pem")] {
        std::fs::copy(place.path(of)?, place.path(to)?)?;
    }
    let config = format!(
        "[listen]\nudp = \"{}:0\"\n[console]\nlisten = \"{pages}\"\n[tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n",
        place.switch()
    );
    let switch = Switch::start(&place, &config)?;
    let first = served(pages)?;
    ensure!(switch.status()?["pages"]["fingerprint"] == first.as_str(), "{}", switch.status()?["pages"]);

    std::fs::copy(place.path("two.pem")?, place.path("chain.pem")?)?;
    let refused = ask(switch.config(), &["reload"])?;
    let said = text(&refused);
    ensure!(!refused.status.success() && said.contains("bad-tls-key") && said.contains(":7:"), "{said}");
    ensure!(served(pages)? == first, "the old one is served on");

    std::fs::copy(place.path("two-key.pem")?, place.path("key.pem")?)?;
    let taken = ask(switch.config(), &["reload"])?;
    let said = text(&taken);
    ensure!(taken.status.success() && said.contains("certificate-ends") && said.contains("in 4 days"), "{said}");
    ensure!(served(pages)? != first && switch.status()?["pages"]["fingerprint"] == served(pages)?.as_str());
    switch.stop()
}
