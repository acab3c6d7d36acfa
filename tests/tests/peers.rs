//! The tools against one another, without the switch: SIPp calls baresip directly. When a scenario
//! fails and this does too, the tools are to blame.

use anyhow::Result;
use e2e::baresip::{Account, Baresip};
use e2e::capture::Capture;
use e2e::g711::Law;
use e2e::place::Place;
use e2e::sipp::{Dial, Sipp};
use e2e::sound::{Sound, listen, ms};
use e2e::voice::Voice;
use e2e::wire::rtp::delays;
use std::net::SocketAddr;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn sipp_and_baresip_hear_one_another_and_either_may_hang_up() -> Result<()> {
    let place = Place::take()?;
    let (caller, agent) = (Sound::new("caller", 20.0), Sound::new("alice", 20.0));
    let account = Account { registers: false, answers: false, ..Account::new("alice", "unused") };
    let phone = Baresip::start(&place, 0, &account, &agent)?;
    let to = place.phone(0);
    for (number, by_caller) in [(0, true), (1, false)] {
        let voice = Voice::open(place.carrier(), &caller, Law::A)?;
        let call = Sipp::dial(&place, number, to, &Dial::new(&place, "alice", &voice))?;
        phone.event("CALL_INCOMING", number as usize + 1)?;
        phone.command("accept", "")?;
        phone.event("CALL_ESTABLISHED", number as usize + 1)?;
        let begin = voice.wait_to_hear(&agent, PATIENCE)?;
        assert!(begin.run.from < 8_000, "{begin:?}");
        std::thread::sleep(Duration::from_secs(2));
        if by_caller {
            call.hang_up()?;
        } else {
            phone.command("hangup", "")?;
        }
        call.finish(PATIENCE)?;
        phone.event("CALL_CLOSED", number as usize + 1)?;
        let heard = voice.received().heard(&[&agent, &caller]);
        assert!(heard.iter().all(|one| one.run.sound == "alice"), "{heard:?}");
        assert!(heard.iter().map(|one| ms(one.run.len)).sum::<f64>() > 1_500.0, "{heard:?}");
    }
    let heard = phone.heard()?;
    assert_eq!(heard.len(), 2);
    for call in &heard {
        let runs = listen(call, &[&caller, &agent]);
        assert!(runs.iter().all(|run| run.sound == "caller"), "{runs:?}");
        assert!(runs.iter().map(|run| ms(run.len)).sum::<f64>() > 1_500.0, "{runs:?}");
    }
    Ok(())
}

/// The voices stand where the switch will: the capture sees the same content go in and come out.
#[test]
fn the_capture_shows_content_and_its_delay() -> Result<()> {
    let place = Place::take()?;
    let Some(capture) = Capture::start(&place)? else { return Ok(()) };
    let sound = Sound::new("caller", 5.0);
    let source = Voice::open(place.carrier(), &sound, Law::A)?;
    let relay = std::net::UdpSocket::bind((place.switch(), 0))?;
    let sink = SocketAddr::new(place.stranger(), 7_000);
    let _sink = std::net::UdpSocket::bind(sink)?;
    source.talk_to(relay.local_addr()?);
    let mut buffer = [0; 2_000];
    for _ in 0..100 {
        let (length, _) = relay.recv_from(&mut buffer)?;
        std::thread::sleep(Duration::from_millis(7));
        relay.send_to(&buffer[..length], sink)?;
    }
    let trace = capture.stop()?;
    let (before, after) =
        (trace.stream(place.carrier(), place.switch()), trace.stream(place.switch(), place.stranger()));
    let delays = delays(before[0], after[0], &sound);
    assert!(delays.len() > 90, "{}", delays.len());
    let middle = delays[delays.len() / 2];
    assert!((7.0..15.0).contains(&middle), "{middle}");
    // Nobody described a session: the checker must see that this is no call.
    let faults = trace.faults(place.switch());
    assert!(faults.iter().any(|fault| fault.what.contains("no session description")), "{faults:?}");
    Ok(())
}
