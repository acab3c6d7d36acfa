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
    ensure!(
        taken.status.success()
            && said.contains("certificate-ends")
            && ["in 4 days", "in 5 days"].iter().any(|left| said.contains(left)),
        "{said}"
    );
    ensure!(served(pages)? != first && switch.status()?["pages"]["fingerprint"] == served(pages)?.as_str());
    switch.stop()
}

/// The block of the manual, for this proxy, these pages and this certificate.
fn nginx(place: &Place, proxy: SocketAddr, pages: SocketAddr) -> Result<String> {
    let manual = include_str!("../../docs/console.md");
    let block = manual.split("```nginx\n").nth(1).and_then(|rest| rest.split("```").next()).context("the block")?;
    let folder = place.folder().display().to_string();
    let server = block
        .replace("443 ssl", &format!("{proxy} ssl"))
        .replace("127.0.0.1:8080", &pages.to_string())
        .replace("/etc/letsencrypt/live/pbx.example.org/fullchain.pem", &format!("{folder}/one.pem"))
        .replace("/etc/letsencrypt/live/pbx.example.org/privkey.pem", &format!("{folder}/one-key.pem"));
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.iter().map(|name| format!("{name}_temp_path {folder}/{name};\n")).collect();
    Ok(format!(
        "daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{server}}}\n"
    ))
}

#[test]
fn behind_the_proxy_of_the_manual_cookies_are_for_https_and_who_asks_is_known_by_his_own_address() -> Result<()> {
    let place = Place::take()?;
    let pages = TcpListener::bind((place.switch(), 0))?.local_addr()?;
    let proxy = TcpListener::bind((place.carrier(), 0))?.local_addr()?;
    make(&place, "one", "400")?;
    let (switch, from) = (place.switch(), place.stranger());
    let config = format!(
        "[listen]\nudp = \"{switch}:0\"\n[console]\nlisten = \"{pages}\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n\
         [[user]]\nname = \"ivan\"\nroles = [\"auditor\"]\n"
    )
    .replace("127.0.0.0/8", &switch.to_string());
    let switch = Switch::start(&place, &config)?;
    // Its connections come from the address that is trusted.
    let text_of = nginx(&place, proxy, pages)?
        .replace("proxy_buffering off;", &format!("proxy_buffering off;\n        proxy_bind {};", place.switch()));
    let file = place.write("nginx.conf", &text_of)?;
    let mut command = Command::new("nginx");
    command.args(["-p", &place.folder().display().to_string(), "-c", &file.display().to_string()]);
    let mut running = Running::start(&mut command, &place.path("nginx.log")?)?;
    wait_for("nginx", PATIENCE, || served(proxy).is_ok() || !running.runs())?;
    ensure!(running.runs(), "{}", running.output());

    let told = text(&ask(switch.config(), &["user", "invite", "ivan"])?);
    let path =
        told.find("/join/").and_then(|at| told.get(at..)?.split_whitespace().next()).with_context(|| told.clone())?;
    let source = from.to_string();
    let curl = |path: &str, more: &[&str]| {
        let address = format!("https://{proxy}{path}");
        let always = ["-sSki", "--max-time", "10", "--interface", &source, "-H", "X-Forwarded-For: 198.51.100.66"];
        run("curl", &[&always[..], more, &[&address]].concat()).map(|output| text(&output))
    };
    wait_for("the account tells of the link", PATIENCE, || curl(path, &[]).is_ok_and(|page| page.contains(" 200 ")))?;
    let chosen = curl(path, &["-d", "password=four+words+of+mine&again=four+words+of+mine"])?;
    let low = chosen.to_lowercase();
    ensure!(low.contains("set-cookie: __host-strowger") && low.contains("; secure"), "{chosen}");
    ensure!(low.contains("strict-transport-security: "), "{chosen}");
    let foreign = curl(path, &["-H", "Origin: https://evil.example", "-d", "password=x"])?;
    ensure!(foreign.contains(" 403 "), "{foreign}");
    wait_for("the audit has it", PATIENCE, || {
        ask(switch.config(), &["audit"]).is_ok_and(|output| text(&output).contains("chosen"))
    })?;
    let audit = text(&ask(switch.config(), &["audit", "--user", "ivan", "--json"])?);
    ensure!(audit.contains(&format!("\"address\":\"{from}\"")), "{audit}");
    ensure!(!audit.contains("198.51.100.66"), "what a visitor writes himself is not believed: {audit}");
    running.signal("TERM")?;
    switch.stop()
}
