//! The real process at its limits: who comes too late is refused with the right words and counted, and what runs
//! goes on. Limits of the cores that a test cannot reach from outside have theirs in the crates.

use anyhow::{Context, Result, ensure};
use e2e::crowd::Crowd;
use e2e::place::Place;
use e2e::raw::over_tcp;
use e2e::running::wait_for;
use e2e::stage::{PATIENCE, write_sounds};
use e2e::switch::{Switch, resident_kib};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Descriptors for the process: room for 40 calls, or for 80 links.
const DESCRIPTORS: u32 = 256;

/// Connections that come before everybody else.
const FIRST: usize = 12;

fn open_descriptors(switch: &Switch) -> Result<usize> {
    Ok(std::fs::read_dir(format!("/proc/{}/fd", switch.pid()))?.count())
}

#[test]
fn a_full_switch_refuses_calls_and_connections_before_its_descriptors_run_out() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    let config = place.write("strowger.toml", &crowd.configuration(&place)?)?;
    let switch = Switch::start_limited(&place, &config, Some(DESCRIPTORS))?;
    let room = switch.status()?["calls_max"].as_u64().context("calls_max")? as usize;
    ensure!((10..60).contains(&room), "room for {room} calls");
    ensure!(switch.log().contains("calls=") && switch.log().contains("links="), "it says so at its start");

    // Connections that were there first.
    let options = |nth: usize| {
        format!(
            "OPTIONS sip:switch SIP/2.0\r\nVia: SIP/2.0/TCP {carrier};branch=z9hG4bKo{nth}\r\nMax-Forwards: 70\r\n\
             From: <sip:x@{carrier}>;tag=x\r\nTo: <sip:switch>\r\nCall-ID: o{nth}\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n",
            carrier = place.carrier()
        )
    };
    let connect = || -> Result<TcpStream> {
        let stream = TcpStream::connect(switch.address())?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        Ok(stream)
    };
    let serves = |stream: &mut TcpStream, nth: usize| {
        let _closed_meanwhile = stream.write_all(options(nth).as_bytes());
        matches!(stream.read(&mut [0; 2_048]), Ok(1..))
    };
    let mut first = (0..FIRST).map(|_| connect()).collect::<Result<Vec<_>>>()?;
    ensure!(first.iter_mut().enumerate().all(|(nth, stream)| serves(stream, nth)), "they are served");

    // Calls: the next ones get 503, with a pause that differs, and the others talk on.
    let left = switch.status()?["calls_max"].as_u64().context("calls_max")? as usize;
    ensure!(left < room, "{FIRST} connections leave room for {left} calls of {room}");
    crowd.dial_all("in", left, 100, |nth| format!("7{nth}"))?;
    for nth in 0..20 {
        crowd.dial(&format!("late{nth}"), "70")?;
    }
    crowd.wait("refusals", PATIENCE, |crowd| crowd.calls.values().all(|call| call.status.is_some()))?;
    let late: Vec<_> = crowd.calls.iter().filter(|(name, _)| name.starts_with("late")).map(|(_, call)| call).collect();
    ensure!(late.iter().all(|call| call.status == Some(503)), "{:?}", late.iter().map(|call| call.status));
    let pauses: std::collections::BTreeSet<_> =
        late.iter().filter_map(|call| call.response.as_ref()?.header("retry-after").map(str::to_owned)).collect();
    ensure!(pauses.len() > 3, "Retry-After: {pauses:?}");
    let refusals = switch.status()?["refusals"].clone();
    ensure!(refusals["calls at the limit"] == 20, "{refusals:#}");

    // Connections: those that are there serve on, the next ones are closed.
    let mut streams = (0..2 * DESCRIPTORS).map(|_| connect()).collect::<Result<Vec<_>>>()?;
    crowd.pump(Duration::from_millis(500))?;
    let served =
        streams.iter_mut().enumerate().filter_map(|(nth, stream)| serves(stream, 100 + nth).then_some(())).count();
    println!("{left} calls of {room}, {FIRST} + {served} links, {} descriptors", open_descriptors(&switch)?);
    ensure!(served < 10, "{served} links more than there is room for");
    ensure!(first.iter_mut().enumerate().all(|(nth, stream)| serves(stream, 900 + nth)), "the first are served still");
    ensure!(open_descriptors(&switch)? < DESCRIPTORS as usize, "it ran out of descriptors");
    let refusals = switch.status()?["refusals"].clone();
    ensure!(refusals["links at the limit"].as_u64() >= Some(u64::from(DESCRIPTORS)), "{refusals:#}");
    let log = switch.log();
    ensure!(!log.contains("cannot accept") && !log.contains("cannot bind"), "{log}");

    // What runs goes on, and room comes back.
    ensure!(crowd.calls.values().filter(|call| call.is_up()).count() == left);
    drop((first, streams));
    crowd.hang_up_all()?;
    crowd.forget();
    // A freed port rests; a call slot does not.
    crowd.dial_all("again", left / 2, 50, |nth| format!("7{nth}"))?;
    crowd.hang_up_all()?;
    ensure!(!over_tcp(switch.address(), options(9_999).as_bytes())?.is_empty(), "a connection is served again");
    switch.stop()
}

/// The memory is taken by strangers who begin messages on hundreds of connections and never end them.
#[test]
fn a_switch_whose_memory_is_taken_refuses_calls_and_connections_and_what_runs_goes_on() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    let config = place.write("strowger.toml", &crowd.configuration(&place)?)?;
    let bare = Switch::start_again(&place, &config)?;
    let bare_mib = resident_kib(bare.pid())? >> 10;
    bare.stop()?;
    // Full at 80 % of this: some 20 MiB for a few calls, and then for what is taken.
    let given = ((bare_mib + 20) * 5 / 4).to_string();
    let switch = Switch::start_within(&place, &config, &[("STROWGER_MEMORY_MIB", &given)])?;
    let limit = switch.status()?["memory"]["limit_bytes"].as_u64().context("limit_bytes")?;
    ensure!(limit >> 20 == given.parse::<u64>()?, "{limit}");

    crowd.dial_all("first", 5, 50, |nth| format!("8{nth}"))?;
    (0..5).try_for_each(|nth| crowd.talk(&format!("first{nth}")))?;
    let begun = format!("OPTIONS sip:switch SIP/2.0\r\nX-Long: {}", "x".repeat(60_000));
    let mut takers = vec![];
    for _ in 0..1_000 {
        let Ok(mut stream) = TcpStream::connect(switch.address()) else { break };
        let _closed_when_full = stream.write_all(begun.as_bytes());
        takers.push(stream);
        if takers.len() % 50 == 0 {
            crowd.pump(Duration::from_millis(50))?;
            if switch.status()?["refusals"]["links at the limit"].as_u64() > Some(0) {
                break;
            }
        }
    }
    let full_mib = resident_kib(switch.pid())? >> 10;
    println!("{} links took the memory from {bare_mib} to {full_mib} of {given} MiB", takers.len());
    for nth in 0..20 {
        crowd.dial(&format!("late{nth}"), "70")?;
    }
    crowd.wait("refusals", PATIENCE, |crowd| crowd.calls.values().all(|call| call.status.is_some()))?;
    let late: Vec<_> = crowd.calls.iter().filter(|(name, _)| name.starts_with("late")).map(|(_, call)| call).collect();
    ensure!(late.iter().all(|call| call.status == Some(503)), "{:?}", late.iter().map(|call| call.status));
    let waits =
        |call: &&e2e::crowd::Call| call.response.as_ref().is_some_and(|said| said.header("retry-after").is_some());
    ensure!(late.iter().all(waits), "Retry-After");
    let refusals = switch.status()?["refusals"].clone();
    ensure!(refusals["memory at the limit"] == 20, "{refusals:#}");
    ensure!(switch.log().contains("the memory is at its limit"), "the log says so");

    // What runs goes on to its regular end, and when the takers are gone there is room again.
    ensure!(crowd.calls.values().filter(|call| call.is_up()).count() == 5);
    drop(takers);
    wait_for("room again", PATIENCE, || switch.log().contains("there is memory again"))?;
    crowd.hang_up_all()?;
    let mut calls = switch.ended_calls(25)?;
    calls.retain(|call| call["outcome"] == "answered" && call["cause"] == 16);
    ensure!(calls.len() == 5, "{calls:#?}");
    crowd.forget();
    crowd.dial_all("again", 5, 50, |nth| format!("7{nth}"))?;
    crowd.hang_up_all()?;
    switch.stop()
}

/// What the README's table says of memory is measured here.
#[test]
fn a_call_needs_less_memory_than_it_is_given() -> Result<()> {
    const GIVEN_KIB: u64 = 256;
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    let switch = Switch::start(&place, &crowd.configuration(&place)?)?;
    crowd.dial_all("warm", 20, 100, |nth| format!("8{nth}"))?;
    crowd.hang_up_all()?;
    crowd.forget();
    let before = resident_kib(switch.pid())?;
    let calls = 200;
    crowd.dial_all("up", calls, 200, |nth| format!("8{nth}"))?;
    (0..calls).try_for_each(|nth| crowd.talk(&format!("up{nth}")))?;
    crowd.pump(Duration::from_secs(1))?;
    let each = resident_kib(switch.pid())?.saturating_sub(before) / calls as u64;
    println!("{each} KiB for each recorded call");
    ensure!(each < GIVEN_KIB, "{each} KiB for each recorded call");
    crowd.hang_up_all()?;
    switch.stop()
}
