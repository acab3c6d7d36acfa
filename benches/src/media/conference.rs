//! The conference mode: a hundred people in one room, all of whom send, three of whom talk and the rest of whom have the
//! noise of their lines. Each hears the sum of the others; the floor is a bare forwarder with as many packets in and out.

use super::calls::Calls;
use super::generator::{Generator, Leg, Places, Says};
use super::{RATE, WINDOW, fill, floor_stretch, stretch};
use crate::line::Wish;
use crate::report::{Report, rounded};
use crate::stand::Stand;
use anyhow::{Result, ensure};

/// In the room, unless the wish says otherwise.
const PARTIES: u32 = 100;
/// Of these, talk.
const TALK: usize = 3;

/// Sound mixed for everybody in a room.
pub fn run(wish: &Wish) -> Result<Report> {
    let parties = wish.calls.unwrap_or(PARTIES) as usize;
    ensure!((TALK + 1..=200).contains(&parties), "a room holds 200, and somebody has to listen");
    ensure!(wish.peer.is_none(), "a room of a peer's is not set up here");
    let stand = Stand::take(wish)?;
    let places = Places { server: stand.host(1) };
    let window = wish.time.unwrap_or(WINDOW);
    let mut report = Report::new("conference", "strowger");
    let generator = Generator::bind(places)?;
    let floor = || floor_stretch(&stand, &generator, places, parties.div_ceil(2), window / 2);
    let before = floor()?;
    let mut server = stand.start_wished(wish)?;
    let gauge = server.gauge();
    let empty_kib = gauge.kib();
    let calls = Calls::set_up(places, '5', parties, RATE)?;
    let run = stretch(&generator, &say(calls.legs()), window, gauge)?;
    let lingering = calls.hang_up(RATE);
    server.check()?;
    drop(server);
    let after = floor()?;
    report.tell_stolen();
    report.notes.extend(stand.notes().iter().cloned());
    report.units = parties as u64;
    report.at_once = Some(parties as u64);
    report.fail("a call did not end", lingering as u64);
    report.kib_per_call = Some(rounded(run.kib.saturating_sub(empty_kib) as f64 / parties as f64));
    fill(&mut report, &run, [&before, &after])?;
    Ok(report)
}

/// The first of them talk.
fn say(legs: Vec<Leg>) -> Vec<Leg> {
    let says = |number| if number < TALK { Says::Voice } else { Says::Noise };
    legs.into_iter().enumerate().map(|(number, leg)| Leg { says: says(number), ..leg }).collect()
}
