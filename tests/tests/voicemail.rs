//! Voicemail on the wire: SIPp as the carrier brings a caller who leaves messages, a key of a desk phone shows that one waits,
//! and `kill -9` in the middle of one.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sipp::{Dial, Sipp};
use e2e::sound::read_wav;
use e2e::stage::{PATIENCE, Stage};
use e2e::switch::Switch;
use serde_json::Value;
use std::time::Duration;

const LINE: &str = "+442079460077";
const HOUSE: &str = r#"
[[phone]]
user = "desk"
password = "secret"
digest = "MD5"
extension = "104"

[[route]]
from = "trunk:carrier"
to = "+442079460077"
go = "flow:message"

[flow.message]
leave = { voicemail = "phone:desk", greeting = "welcome.wav", then = "end" }
end = { hang_up = "normal" }
"#;

fn messages(switch: &Switch) -> Result<Vec<Value>> {
    Ok(switch.ask(&["message", "list", "--json"])?.as_array().context("a list")?.clone())
}

/// How often the key was told that something waits, and that nothing does.
fn last(desk: &Sipp) -> Option<String> {
    let told = desk.messages();
    let (_, last) = told.rsplit_once("Messages-Waiting: ")?;
    last.split_whitespace().next().map(str::to_owned)
}

#[test]
fn a_caller_leaves_a_message_its_lamp_is_lit_until_it_is_deleted_and_its_sound_is_what_he_said() -> Result<()> {
    let mut stage = Stage::set_with(|config, _: &Place| config + HOUSE)?;
    let desk = Sipp::dial(&stage.place, 0, stage.switch.address(), &Dial::key("104", "message-summary", &stage.place))?;
    wait_for("the key's first NOTIFY", PATIENCE, || last(&desk).as_deref() == Some("no"))?;
    let voice = stage.voice()?;
    let call = stage.dial(1, LINE, &voice)?;
    voice.wait_to_hear(&stage.sounds.greeting, PATIENCE)?;
    // The greeting takes a second and a half, the tone half a one.
    std::thread::sleep(Duration::from_secs(6));
    voice.press('#');
    call.finish(PATIENCE).context("he is hung up on once a key has ended it")?;
    wait_for("the lamp", PATIENCE, || last(&desk).as_deref() == Some("yes"))?;
    let all = messages(&stage.switch)?;
    let [message] = &all[..] else { anyhow::bail!("{all:#?}") };
    ensure!(message["mailbox"] == "phone:desk" && message["heard"] == false, "{message:#}");
    ensure!((2_500..6_500).contains(&message["length_ms"].as_u64().context("its length")?), "{message:#}");

    let call = message["call"].as_str().context("its call")?;
    let story = stage.switch.ask(&["calls", "--json", "--call", call])?;
    let file = story[0]["recordings"][0]["file"].as_str().with_context(|| format!("{story:#}"))?;
    let file = stage.place.folder().join("recordings").join(file);
    let sides = read_wav(&file)?;
    let speaks = sides[0].iter().filter(|sample| sample.unsigned_abs() > 200).count();
    ensure!(speaks * 4 > sides[0].len(), "he is heard in {speaks} of {} samples", sides[0].len());

    let name = message["message"].as_str().context("its name")?.to_owned();
    stage.switch.tell(&["message", "delete", &name])?;
    wait_for("the lamp goes out", PATIENCE, || last(&desk).as_deref() == Some("no"))?;
    ensure!(messages(&stage.switch)?.is_empty());
    ensure!(stage.switch.tell(&["message", "done", &name]).is_err(), "it lies there no more");
    desk.hang_up()?;
    desk.finish(PATIENCE).context("the key")?;
    stage.wire()?;
    stage.switch.stop()
}

#[test]
fn after_kill_9_in_the_middle_of_a_message_what_was_said_is_there_and_waits() -> Result<()> {
    let stage = Stage::set_with(|config, _: &Place| config + HOUSE)?;
    let voice = stage.voice()?;
    let call = stage.dial(1, LINE, &voice)?;
    voice.wait_to_hear(&stage.sounds.greeting, PATIENCE)?;
    std::thread::sleep(Duration::from_secs(6));
    let Stage { switch, place, .. } = stage;
    ensure!(messages(&switch)?.is_empty(), "he still speaks");
    let config = switch.config().to_owned();
    switch.kill()?;
    let switch = Switch::start_again(&place, &config)?;
    let all = messages(&switch)?;
    let [message] = &all[..] else { anyhow::bail!("{all:#?}") };
    ensure!(message["mailbox"] == "phone:desk", "{message:#}");
    let call_of = message["call"].as_str().context("its call")?.to_owned();
    let mut length = 0;
    wait_for("what was salvaged", PATIENCE, || {
        let story = switch.ask(&["calls", "--json", "--call", &call_of]).unwrap_or_default();
        length = story[0]["recordings"][0]["duration_ms"].as_u64().unwrap_or(0);
        length > 0
    })?;
    ensure!((2_000..7_000).contains(&length), "{length} ms");
    drop(call);
    switch.stop()
}
