//! What the scenarios prove, in one place: who heard whom and without which gaps, how long sound took
//! through the switch, what the recording holds, and that the account agrees with the wire.

use crate::g711::Law;
use crate::sound::{Run, Sound, listen, ms, read_wav};
use crate::wire::Trace;
use crate::wire::rtp::{Heard, Packet, Stream, delays};
use crate::wire::sip::Message;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::net::IpAddr;
use std::path::Path;

/// One packet, in milliseconds.
const PACKET_MS: f64 = 20.0;
/// A longer silence where one sound takes over from another is heard as a hole.
const GAP_MS: f64 = 40.0;
/// A longer way through the switch is felt in a conversation.
const DELAY_MS: f64 = 150.0;
/// How well both sides of a recording keep step.
const STEP_MS: f64 = 20.0;

/// The pauses between consecutive sounds in a stream, in milliseconds, with the names around them.
pub fn gaps(heard: &[Heard]) -> Vec<(String, f64)> {
    let name = |pair: &[Heard]| format!("{} -> {}", pair[0].run.sound, pair[1].run.sound);
    heard.windows(2).map(|pair| (name(pair), (pair[1].begin - pair[0].end) * 1_000.0 - PACKET_MS)).collect()
}

/// The stream held these sounds in this order, with no hole within or between them.
pub fn hears(stream: &Stream, sounds: &[&Sound], order: &[&str]) -> Result<Vec<Heard>> {
    let heard = stream.heard(sounds);
    let mut names: Vec<&str> = heard.iter().map(|one| one.run.sound.as_str()).collect();
    names.dedup();
    ensure!(names == order, "{} heard {names:?} instead of {order:?}", stream.to);
    for (name, gap) in gaps(&heard) {
        println!("{name}: {gap:.1} ms");
        ensure!(gap < GAP_MS, "{}: {gap:.0} ms of nothing at {name}", stream.to);
    }
    Ok(heard)
}

/// The marker stands where another sound begins, and nowhere else but behind a pause (RFC 3551 4.1).
pub fn marked(stream: &Stream, heard: &[Heard]) -> Result<()> {
    let audio: Vec<&Packet> = stream.packets.iter().filter(|packet| Law::of(packet.payload_type).is_some()).collect();
    let mut first_sample = 0;
    let (mut marks, mut pauses) = (Vec::new(), Vec::new());
    for (place, packet) in audio.iter().enumerate() {
        if packet.marker {
            marks.push(first_sample);
        }
        let before = place.checked_sub(1).map(|before| audio[before]);
        if before.is_none_or(|before| packet.timestamp.wrapping_sub(before.timestamp) as usize != before.payload.len())
        {
            pauses.push(first_sample);
        }
        first_sample += packet.payload.len();
    }
    let changes = heard.windows(2).filter(|pair| pair[0].run.sound != pair[1].run.sound).map(|pair| pair[1].run.at);
    let changes: Vec<usize> = changes.collect();
    let near = |places: &[usize], place: usize| places.iter().any(|other| other.abs_diff(place) <= 2 * 160);
    for change in &changes {
        ensure!(near(&marks, *change), "no marker where the sound changes at {:.0} ms: {marks:?}", ms(*change));
    }
    for mark in &marks {
        let right = near(&changes, *mark) || near(&pauses, *mark);
        ensure!(right, "a marker at {:.0} ms, where the sound goes on", ms(*mark));
    }
    Ok(())
}

/// A recorded file or a phone's memory holds this sound, and this one alone, for so long in all.
pub fn holds(samples: &[i16], sound: &Sound, others: &[&Sound], least_ms: f64) -> Result<Vec<Run>> {
    let all: Vec<&Sound> = others.iter().copied().chain([sound]).collect();
    let runs = listen(samples, &all);
    let own: f64 = runs.iter().filter(|run| run.sound == sound.name).map(|run| ms(run.len)).sum();
    ensure!(own >= least_ms, "{own:.0} ms of {:?} instead of {least_ms:.0}: {runs:?}", sound.name);
    ensure!(runs.iter().all(|run| run.sound == sound.name), "more than {:?}: {runs:?}", sound.name);
    Ok(runs)
}

/// The stream in which somebody says this sound to the switch.
pub fn speaking<'t>(trace: &'t Trace, switch: IpAddr, sound: &Sound) -> Result<&'t Stream> {
    let into = trace.streams.iter().filter(|stream| stream.to.ip() == switch);
    let said = into.map(|stream| (stream.places(sound).len(), stream));
    let most = said.filter(|(packets, _)| *packets > 0).max_by_key(|(packets, _)| *packets);
    most.map(|(_, stream)| stream).with_context(|| format!("nobody says {:?} to the switch", sound.name))
}

/// The stream from the switch to whoever says this sound.
pub fn hearing<'t>(trace: &'t Trace, switch: IpAddr, sound: &Sound) -> Result<&'t Stream> {
    let peer = speaking(trace, switch, sound)?.from;
    let from = trace.streams.iter().find(|stream| stream.from.ip() == switch && stream.to == peer);
    from.with_context(|| format!("the switch sends nothing to {peer}, who says {:?}", sound.name))
}

/// What the speaker said reached the listener quickly, measured by content at the switch's door. Both
/// are known by what they say.
pub fn quick(trace: &Trace, switch: IpAddr, sound: &Sound, listener: &Sound) -> Result<f64> {
    let delays = delays(speaking(trace, switch, sound)?, hearing(trace, switch, listener)?, sound);
    ensure!(delays.len() >= 20, "only {} packets of {:?} came through", delays.len(), sound.name);
    let worst = delays.iter().fold(0.0, |worst: f64, delay| worst.max(*delay));
    println!("{:?} through the switch: {} packets, {worst:.1} ms at worst", sound.name, delays.len());
    ensure!(worst < DELAY_MS, "{:?} took {worst:.0} ms through the switch", sound.name);
    Ok(worst)
}

/// The recording holds the caller left and the agent right, in step with the wire.
pub fn recording(file: &Path, trace: Option<&Trace>, switch: IpAddr, caller: &Sound, agent: &Sound) -> Result<()> {
    let tracks = read_wav(file)?;
    ensure!(tracks.len() == 2, "{} tracks in {}", tracks.len(), file.display());
    let left = holds(&tracks[0], caller, &[agent], 1_000.0).context("left")?;
    let right = holds(&tracks[1], agent, &[caller], 1_000.0).context("right")?;
    let Some(trace) = trace else { return Ok(()) };
    // When the recording began, as each track tells by its content.
    let began = |runs: &[Run], sound: &Sound| -> Result<Vec<f64>> {
        let places = speaking(trace, switch, sound)?.places(sound);
        let of = |run: &Run| {
            let (sample, at) = places.range(run.from..run.from + run.len).next()?;
            Some(at - (run.at + sample - run.from) as f64 / 8_000.0)
        };
        Ok(runs.iter().filter_map(of).collect())
    };
    let mut begins = began(&left, caller)?;
    begins.extend(began(&right, agent)?);
    begins.sort_by(f64::total_cmp);
    let apart = (begins.last().context("nothing")? - begins[0]) * 1_000.0;
    println!("the recording's tracks are {apart:.1} ms out of step with the wire and each other");
    ensure!(apart < STEP_MS, "left and right are {apart:.1} ms out of step: {begins:?}");
    Ok(())
}

/// A time of the account, in seconds, as captures tell it.
pub fn time(record: &Value, field: &str) -> Result<f64> {
    Ok(record[field].as_f64().with_context(|| format!("no {field} in {record:#}"))? / 1_000.0)
}

/// A time in the account is that of a message on the wire.
pub fn agrees(record: &Value, field: &str, message: Option<&Message>) -> Result<()> {
    let message = message.with_context(|| format!("nothing on the wire for {field}"))?;
    let apart = (time(record, field)? - message.at).abs();
    ensure!(apart < 0.1, "{field} is {:.0} ms from {}", apart * 1_000.0, message.summary());
    Ok(())
}

/// The first message of a call on the wire that is like this.
pub fn first<'t>(trace: &'t Trace, call_id: &str, is: impl Fn(&Message) -> bool) -> Option<&'t Message> {
    trace.messages.iter().find(|message| message.call_id() == call_id && is(message))
}

/// Begin, answer and end of a call in the account are those on the wire.
pub fn account_agrees(record: &Value, trace: &Trace, call_id: &str) -> Result<()> {
    ensure!(record["sip_call_id"] == call_id, "{record:#}");
    agrees(record, "started", first(trace, call_id, |message| message.is_request() && message.method() == "INVITE"))?;
    let answered = first(trace, call_id, |message| message.status() == Some(200) && message.method() == "INVITE");
    agrees(record, "answered", answered)?;
    agrees(record, "ended", first(trace, call_id, |message| message.is_request() && message.method() == "BYE"))
}
