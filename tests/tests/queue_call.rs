//! A call through the call centre: greeting, menu, queue, the agent with the skill, conversation, and
//! each way for it to end; heard, captured, recorded and accounted for.

use anyhow::{Context, Result};
use e2e::proof::{account_agrees, first, hearing, hears, holds, marked, quick, recording};
use e2e::raw::{Raw, description};
use e2e::sipp::{Dial, Sipp};
use e2e::stage::{DIRECT, MAIN, PATIENCE, Stage, Talk};
use e2e::wire::Trace;
use e2e::wire::sip::Message;
use serde_json::Value;
use std::net::IpAddr;
use std::time::Duration;

fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// From the greeting to the conversation; then `end` ends it, by the caller or not.
fn conversation(by_caller: bool) -> Result<()> {
    let mut stage = Stage::set()?;
    let (alice, bob) = (stage.alice()?, stage.bob()?);
    let voice = stage.voice()?;
    let call = stage.dial(0, MAIN, &voice)?;
    voice.wait_to_hear(&stage.sounds.greeting, PATIENCE)?;
    voice.wait_to_hear(&stage.sounds.choose, PATIENCE)?;
    pause(300);
    voice.press('1');
    voice.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    alice.event("CALL_INCOMING", 1)?;
    pause(1_000);
    alice.command("accept", "")?;
    alice.event("CALL_ESTABLISHED", 1)?;
    voice.wait_to_hear(&stage.sounds.alice, PATIENCE)?;
    pause(3_000);
    let call_id = call.call_id();
    if by_caller {
        call.hang_up()?;
    } else {
        alice.command("hangup", "")?;
    }
    call.finish(PATIENCE)?;
    alice.event("CALL_CLOSED", 1)?;

    let calls = stage.switch.ended_calls(1)?;
    assert_eq!(calls.len(), 1, "{calls:#?}");
    let record = &calls[0];
    let told: Vec<&Value> =
        ["outcome", "ended_by", "queue_name", "agent_name", "digits", "cause"].map(|key| &record[key]).to_vec();
    let ended_by = if by_caller { "caller" } else { "callee" };
    assert_eq!(
        format!("{told:?}"),
        format!(
            "{:?}",
            ["answered", ended_by, "support", "alice", "1"]
                .map(Value::from)
                .iter()
                .chain([&Value::from(16)])
                .collect::<Vec<_>>()
        )
    );
    assert_eq!(bob.count("CALL_INCOMING"), 0, "bob lacks the skill");

    let sounds = &stage.sounds;
    let all = sounds.all();
    hears(&voice.received(), &all, &["greeting", "choose", "music", "alice"])?;
    holds(&alice.heard()?[0], &sounds.caller, &all[..3], 2_500.0)?;
    let trace = stage.wire()?;
    let (switch, sounds) = (stage.place.switch(), &stage.sounds);
    if let Some(trace) = &trace {
        let stream = hearing(trace, switch, &sounds.caller)?;
        marked(stream, &hears(stream, &sounds.all(), &["greeting", "choose", "music", "alice"])?)?;
        quick(trace, switch, &sounds.caller, &sounds.alice)?;
        quick(trace, switch, &sounds.alice, &sounds.caller)?;
        account_agrees(record, trace, &call_id)?;
        durations_agree(record, trace, switch)?;
    }
    let file = stage.place.folder().join("recordings").join(record["recording"].as_str().context("a recording")?);
    recording(&file, trace.as_ref(), switch, &sounds.caller, &sounds.alice)?;
    stage.switch.stop()
}

/// A conversation in the account, talk and hold, is the time between the agent's answer and the first BYE.
fn durations_agree(record: &Value, trace: &Trace, switch: IpAddr) -> Result<()> {
    let agent =
        |message: &&Message| message.to.ip() == switch && message.status() == Some(200) && message.method() == "INVITE";
    let answer = trace.messages.iter().find(agent);
    let bye = trace.messages.iter().find(|message| message.is_request() && message.method() == "BYE");
    let (answer, bye) = (answer.context("the agent's answer")?, bye.context("a BYE")?);
    let ms = |figure: &str| record[figure].as_f64().with_context(|| figure.to_owned());
    let talked = ms("talked_ms")? + ms("held_ms")?;
    assert!((talked - (bye.at - answer.at) * 1_000.0).abs() < 150.0, "{talked}");
    Ok(())
}

#[test]
fn the_skilled_agent_is_offered_the_call_both_hear_one_another_and_the_caller_hangs_up() -> Result<()> {
    conversation(true)
}

#[test]
fn the_agent_may_hang_up_first() -> Result<()> {
    conversation(false)
}

#[test]
fn a_caller_who_leaves_the_queue_is_accounted_as_abandoned() -> Result<()> {
    let mut stage = Stage::set()?;
    // Nobody is registered: there is only music.
    let voice = stage.voice()?;
    let call = stage.dial(0, DIRECT, &voice)?;
    voice.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    pause(1_500);
    let call_id = call.call_id();
    call.hang_up()?;
    call.finish(PATIENCE)?;
    let calls = stage.switch.ended_calls(1)?;
    assert_eq!((&calls[0]["outcome"], &calls[0]["ended_by"]), (&"abandoned".into(), &"caller".into()), "{calls:#?}");
    assert!(calls[0]["agent"].is_null() && calls[0]["connected"].is_null(), "{calls:#?}");
    let waited = calls[0]["waited_ms"].as_f64().context("waited_ms")?;
    assert!((1_400.0..6_000.0).contains(&waited), "{waited}");
    if let Some(trace) = stage.wire()? {
        account_agrees(&calls[0], &trace, &call_id)?;
    }
    stage.switch.stop()
}

#[test]
fn a_caller_who_leaves_while_the_agent_rings_stops_the_ringing() -> Result<()> {
    let mut stage = Stage::set()?;
    let alice = stage.alice()?;
    let voice = stage.voice()?;
    let call = stage.dial(0, DIRECT, &voice)?;
    alice.event("CALL_INCOMING", 1)?;
    pause(500);
    call.hang_up()?;
    call.finish(PATIENCE)?;
    alice.event("CALL_CLOSED", 1)?;
    let calls = stage.switch.ended_calls(1)?;
    assert_eq!(calls[0]["outcome"], "abandoned", "{calls:#?}");
    if let Some(trace) = stage.wire()? {
        let cancel = trace.messages.iter().any(|message| message.method() == "CANCEL" && message.is_request());
        assert!(cancel, "{}", trace.ladder());
    }
    stage.switch.stop()
}

#[test]
fn an_agent_who_declines_is_passed_over_for_the_next_and_the_caller_hears_music_all_the_while() -> Result<()> {
    let mut stage = Stage::set()?;
    let (alice, bob) = (stage.alice()?, stage.bob()?);
    let voice = stage.voice()?;
    let call = stage.dial(0, DIRECT, &voice)?;
    voice.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    alice.event("CALL_INCOMING", 1)?;
    alice.command("hangup", "")?;
    bob.event("CALL_INCOMING", 1)?;
    pause(500);
    bob.command("accept", "")?;
    voice.wait_to_hear(&stage.sounds.bob, PATIENCE)?;
    pause(1_500);
    call.hang_up()?;
    call.finish(PATIENCE)?;
    bob.event("CALL_CLOSED", 1)?;
    let calls = stage.switch.ended_calls(1)?;
    assert_eq!((&calls[0]["outcome"], &calls[0]["agent_name"]), (&"answered".into(), &"bob".into()), "{calls:#?}");
    hears(&voice.received(), &stage.sounds.all(), &["music", "bob"])?;
    holds(&bob.heard()?[0], &stage.sounds.caller, &[&stage.sounds.music], 1_000.0)?;
    let trace = stage.wire()?;
    if let Some(trace) = trace {
        let (switch, carrier) = (stage.place.switch(), stage.place.carrier());
        quick(&trace, switch, &stage.sounds.caller, &stage.sounds.bob)?;
        let tcp = trace.messages.iter().any(|message| message.stream && message.method() == "INVITE");
        assert!(tcp, "bob's phone is reached over TCP");
        let refused = trace.messages.iter().any(|message| {
            message.to.ip() == switch
                && message.from.ip() != carrier
                && message.status().is_some_and(|status| status >= 400)
        });
        assert!(refused, "{}", trace.ladder());
    }
    stage.switch.stop()
}

#[test]
fn an_agent_holds_and_resumes_the_caller() -> Result<()> {
    let mut stage = Stage::set()?;
    let Talk { alice, voice, call } = stage.alice_talks()?;
    pause(1_000);
    alice.command("hold", "")?;
    pause(2_000);
    // Whatever the caller is given meanwhile, it is not Alice.
    let mut held = voice.received();
    let old = held.packets.len().saturating_sub(40);
    held.packets.drain(..old);
    let meanwhile: Vec<_> = held.heard(&stage.sounds.all()).into_iter().map(|heard| heard.run.sound).collect();
    assert!(!meanwhile.contains(&"alice".to_string()), "{meanwhile:?}");
    alice.command("resume", "")?;
    voice.wait_to_hear(&stage.sounds.alice, PATIENCE)?;
    pause(1_500);
    let call_id = call.call_id();
    call.hang_up()?;
    call.finish(PATIENCE)?;
    let calls = stage.switch.ended_calls(1)?;
    let held = calls[0]["held_ms"].as_f64().context("held_ms")?;
    assert!((1_500.0..3_500.0).contains(&held), "{calls:#?}");
    assert_eq!(calls[0]["outcome"], "answered", "{calls:#?}");
    if let Some(trace) = stage.wire()? {
        account_agrees(&calls[0], &trace, &call_id)?;
        let hold = first(
            &trace,
            trace.messages.iter().find(|message| message.text().contains("a=sendonly")).context("a hold")?.call_id(),
            |message| message.text().contains("a=recvonly") || message.text().contains("a=inactive"),
        );
        assert!(hold.is_some(), "{}", trace.ladder());
    }
    stage.switch.stop()
}

/// RFC 3262, RFC 3311, RFC 4028; the scenario holds what the switch must say.
#[test]
fn a_caller_who_wants_each_step_confirmed_talks_refreshes_and_offers_anew() -> Result<()> {
    let rings = |config: String, _: &_| config.replace("queue:anyone", "phone:alice");
    let stage = Stage::set_with(rings)?;
    let alice = stage.alice()?;
    let voice = stage.voice()?;
    let dial = Dial { scenario: "careful", ..Dial::new(&stage.place, DIRECT, &voice) };
    let call = Sipp::dial(&stage.place, 0, stage.switch.address(), &dial)?;
    alice.event("CALL_INCOMING", 1)?;
    pause(1_500);
    alice.command("accept", "")?;
    alice.event("CALL_ESTABLISHED", 1)?;
    voice.wait_to_hear(&stage.sounds.alice, PATIENCE)?;
    pause(2_000);
    call.hang_up()?;
    call.finish(PATIENCE)?;
    alice.event("CALL_CLOSED", 1)?;
    assert_eq!(stage.switch.ended_calls(1)?[0]["outcome"], "answered");
    stage.switch.stop()
}

/// SIPp's own media: nothing of ours is between the carrier's sound and the agent's ear.
#[test]
fn the_agent_hears_what_the_carrier_itself_plays() -> Result<()> {
    let mut stage = Stage::set()?;
    let alice = stage.alice()?;
    let law = e2e::g711::Law::A;
    let file = stage.place.path("caller.al")?;
    std::fs::write(&file, stage.sounds.caller.samples.iter().map(|sample| law.encode(*sample)).collect::<Vec<u8>>())?;
    let dial = Dial {
        scenario: "caller_rtp",
        number: DIRECT,
        from: stage.place.carrier(),
        tcp: false,
        voice: None,
        payload_type: law.payload_type(),
        words: &[("play_file", &file.display().to_string())],
    };
    let call = Sipp::dial(&stage.place, 0, stage.switch.address(), &dial)?;
    alice.event("CALL_INCOMING", 1)?;
    pause(700);
    alice.command("accept", "")?;
    alice.event("CALL_ESTABLISHED", 1)?;
    pause(3_000);
    call.hang_up()?;
    call.finish(PATIENCE)?;
    alice.event("CALL_CLOSED", 1)?;
    holds(&alice.heard()?[0], &stage.sounds.caller, &stage.sounds.all()[..3], 2_500.0)?;
    assert_eq!(stage.switch.ended_calls(1)?[0]["outcome"], "answered");
    if let Some(trace) = stage.wire()? {
        let heard = hearing(&trace, stage.place.switch(), &stage.sounds.caller)?;
        hears(heard, &stage.sounds.all(), &["music", "alice"])?;
    }
    stage.switch.stop()
}

/// All at once: what is done for one must not wait for another.
#[test]
fn eight_callers_who_leave_the_queue_together_are_each_accounted_for() -> Result<()> {
    let mut stage = Stage::set()?;
    let mut callers = Vec::new();
    for number in 0..8 {
        let voice = stage.voice()?;
        callers.push((stage.dial(number, DIRECT, &voice)?, voice));
    }
    for (_, voice) in &callers {
        voice.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    }
    for (call, _) in &callers {
        call.hang_up()?;
    }
    let calls = stage.switch.ended_calls(8)?;
    assert!(calls.iter().all(|call| call["outcome"] == "abandoned"), "{calls:#?}");
    for (call, _) in callers {
        call.finish(PATIENCE)?;
    }
    stage.wire()?;
    stage.switch.stop()
}

/// Behind a conversation that goes on.
#[test]
fn callers_who_leave_while_the_agent_talks_to_another_are_accounted_for_at_once() -> Result<()> {
    let mut stage = Stage::set()?;
    let alice = stage.alice()?;
    let mut callers = Vec::new();
    for number in 0..5 {
        let voice = stage.voice()?;
        let call = stage.dial(number, MAIN, &voice)?;
        voice.wait_to_hear(&stage.sounds.choose, PATIENCE)?;
        voice.press('1');
        if number == 0 {
            alice.event("CALL_INCOMING", 1)?;
            alice.command("accept", "")?;
            voice.wait_to_hear(&stage.sounds.alice, PATIENCE)?;
        }
        callers.push((call, voice));
    }
    callers[4].1.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    for (call, _) in &callers[1..] {
        call.hang_up()?;
    }
    let calls = stage.switch.ended_calls(4)?;
    assert_eq!(calls.iter().filter(|call| call["outcome"] == "abandoned").count(), 4, "{calls:#?}");
    callers[0].0.hang_up()?;
    for (call, _) in callers {
        call.finish(PATIENCE)?;
    }
    stage.switch.ended_calls(5)?;
    stage.wire()?;
    stage.switch.stop()
}

/// In one burst, so that an agent who is freed by one is offered the next, who has left already.
#[test]
fn callers_who_leave_in_one_burst_while_an_agent_rings_are_accounted_for_at_once() -> Result<()> {
    let mut stage = Stage::set()?;
    let alice = stage.alice()?;
    let raw = Raw::open(stage.place.carrier(), stage.switch.address())?;
    let mut byes = Vec::new();
    for number in 0..8 {
        let call = format!("burst{number}");
        let body = description(stage.place.carrier(), 9_000 + number * 2, "8 0");
        let answer = raw.invite(DIRECT, &call, "", &body)?;
        assert_eq!(answer.status(), Some(200), "{}", answer.start);
        raw.send(raw.within("ACK", DIRECT, &call, &answer).as_bytes())?;
        byes.push(raw.within("BYE", DIRECT, &call, &answer));
    }
    alice.event("CALL_INCOMING", 1)?;
    pause(500);
    for bye in &byes {
        raw.send(bye.as_bytes())?;
    }
    let calls = stage.switch.ended_calls(8)?;
    assert!(calls.iter().all(|call| call["outcome"] == "abandoned"), "{calls:#?}");
    stage.wire()?;
    stage.switch.stop()
}

#[test]
fn a_switch_that_is_interrupted_twice_releases_every_call_before_it_ends() -> Result<()> {
    let stage = Stage::set()?;
    let Talk { alice, voice: _voice, call } = stage.alice_talks()?;
    stage.switch.interrupt()?;
    pause(500);
    assert_eq!(alice.count("CALL_CLOSED"), 0, "the first lets calls go on");
    assert!(stage.switch.log().contains("released after 30 s"), "{}", stage.switch.log());
    stage.switch.interrupt()?;
    alice.event("CALL_CLOSED", 1)?;
    call.finish(PATIENCE)?;
    let config = stage.switch.config().to_owned();
    stage.switch.ended(Duration::from_secs(4))?;
    let calls = e2e::switch::calls(&config)?;
    assert_eq!((&calls[0]["outcome"], &calls[0]["ended_by"]), (&"answered".into(), &"switch".into()), "{calls:#?}");
    Ok(())
}
