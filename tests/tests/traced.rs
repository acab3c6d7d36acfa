//! What a running switch shows of its SIP messages: ladders with both sides of a call, filters, and a capture file that
//! tshark reads; and what a capture server is told. Numbers and bodies leave it only when they are asked for.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::raw::{Raw, description};
use e2e::running::wait_for;
use e2e::stage::{configuration, write_sounds};
use e2e::switch::{self, Switch};
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(4);

/// What a command prints.
fn printed(switch: &Switch, arguments: &[&str]) -> Result<String> {
    let output = switch::ask(switch.config(), arguments)?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The carrier calls 104, and the desk is busy.
fn busy(caller: &Raw, desk: &Raw, id: &str, offer: &str) -> Result<()> {
    caller.send(caller.request("INVITE", "104", id, "", offer).as_bytes())?;
    loop {
        let request = desk.receive(SOON).context("nobody is called")?;
        if request.method() == "INVITE" {
            desk.send(desk.response(&request, "486 Busy Here", "").as_bytes())?;
            break;
        }
    }
    let refusal = caller.last(SOON).filter(|response| response.status() == Some(486)).context("nobody refuses")?;
    // Unless he hears of it the switch says it again, and it is there as often.
    caller.send(caller.within("ACK", "104", id, &refusal).replace("z9hG4bKACK", "z9hG4bK").as_bytes())
}

#[test]
fn a_call_that_is_over_is_shown_with_both_its_sides_and_read_by_tshark() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let at = SocketAddr::new(place.switch(), 5_060);
    let desk = Raw::open(place.device(1), at)?;
    let more = format!(
        "\n[[phone]]\nuser = \"desk\"\ncontact = \"{}\"\nextension = \"104\"\n\
         [[route]]\nfrom = \"trunk:carrier\"\nto = \"104\"\ngo = \"phone:desk\"\n",
        desk.local()
    );
    let homer = UdpSocket::bind((place.stranger(), 0))?;
    homer.set_read_timeout(Some(SOON))?;
    let more = format!("{more}\n[trace]\nhomer = \"{}\"\n", homer.local_addr()?);
    let switch = Switch::start(&place, &(configuration(&place) + &more))?;
    let caller = Raw::open(place.carrier(), switch.address())?;
    busy(&caller, &desk, "seen", &description(place.carrier(), 9_000, "8"))?;
    let record = switch.ended_calls(1)?.remove(0);
    let call = record["call"].as_str().context("a call has a name")?;
    let number = record["caller"].as_str().context("somebody calls")?.to_owned();

    let ladder = printed(&switch, &["calls", "--ladder", call])?;
    let lines: Vec<&str> = ladder.lines().collect();
    ensure!(lines[0].starts_with(call), "{ladder}");
    ensure!(lines[1].contains(&caller.local().to_string()) && lines[1].contains(&desk.local().to_string()), "{ladder}");
    let at_left = |line: &str| line.rsplit('|').nth(1).is_some_and(|right| right.trim().is_empty());
    for (what, arrow, left) in [
        (" INVITE ", "->|", true),
        (" INVITE ", "->|", false),
        (" 486 Busy Here (INVITE) ", "|<-", false),
        (" 486 Busy Here (INVITE) ", "|<-", true),
        (" ACK ", "->|", false),
    ] {
        let is_it = |line: &&&str| line.contains(what) && line.contains(arrow) && at_left(line) == left;
        let found = lines.iter().filter(is_it).count();
        ensure!(found == 1, "{what} {left}: {found} times\n{ladder}");
    }
    ensure!(lines.iter().all(|line| line.chars().count() <= 80), "{ladder}");

    for wanted in [vec!["--status", "486"], vec!["--number", &number, "--method", "invite"], vec!["--trunk", "carrier"]]
    {
        let found = printed(&switch, &[&["trace"][..], &wanted].concat())?;
        ensure!(found.contains(call), "{wanted:?}: {found}");
    }
    for wanted in [["--status", "603"], ["--number", "777777"], ["--trunk", "nobody"]] {
        let found = printed(&switch, &[&["trace"][..], &wanted].concat())?;
        ensure!(!found.contains(call), "{wanted:?}: {found}");
    }

    let hidden = printed(&switch, &["trace", "--call", call, "--json"])?;
    ensure!(!hidden.contains(&number) && !hidden.contains("m=audio"), "{hidden}");
    let clear = printed(&switch, &["trace", "--call", call, "--json", "--numbers", "--bodies"])?;
    let looks = || {
        let all = printed(&switch, &["audit", "--json"]).unwrap_or_default();
        all.lines().filter(|line| line.contains("\"what\":\"messages\"") && line.contains(call)).count()
    };
    wait_for("who looked at numbers is an entry, and who looked at the ladder is none", SOON, || looks() == 1)?;
    ensure!(clear.contains(&number) && clear.contains("m=audio"), "{clear}");

    let file = place.path("call.pcap")?;
    let name = file.to_str().context("a name")?;
    printed(&switch, &["trace", "--call", call, "--bodies", "--pcap", name])?;
    let read = Command::new("tshark")
        .args([
            "-r",
            name,
            "-T",
            "fields",
            "-e",
            "ip.src",
            "-e",
            "sip.Method",
            "-e",
            "sip.Status-Code",
            "-e",
            "sdp.media",
        ])
        .output()
        .context("tshark")?;
    let read = String::from_utf8(read.stdout)?;
    let rows: Vec<Vec<&str>> = read.lines().map(|line| line.split('\t').collect()).collect();
    let first = [caller.local().ip().to_string(), "INVITE".into()];
    ensure!(rows[0][..2] == first && rows[0][3].contains("audio"), "{read}");
    ensure!(rows.iter().filter(|row| row.get(2) == Some(&"486")).count() == 2, "{read}");

    // A capture server was told of it meanwhile.
    let mut buffer = [0; 65_536];
    let length = homer.recv(&mut buffer)?;
    let told = String::from_utf8_lossy(&buffer[..length]).into_owned();
    ensure!(told.starts_with("HEP3") && told.contains("INVITE sip:104@") && told.contains("m=audio"), "{told}");
    switch.stop()
}

#[test]
fn a_switch_that_keeps_nothing_says_so() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &(configuration(&place) + "\n[trace]\nmegabytes = 0\n"))?;
    let output = switch::ask(switch.config(), &["trace"])?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(!output.status.success() && said.contains("[trace] megabytes = 16"), "{said}");
    switch.stop()
}
