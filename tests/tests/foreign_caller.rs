//! A caller who is baresip from end to end, its keys and its ears too: what our own media tool might
//! forgive the switch, this one may not.

use anyhow::Result;
use e2e::baresip::{Account, Baresip};
use e2e::proof::{hearing, quick};
use e2e::sound::{listen, ms};
use e2e::stage::{MAIN, Stage};
use std::time::Duration;

#[test]
fn a_foreign_caller_is_greeted_presses_a_key_and_talks_to_the_agent() -> Result<()> {
    let carrier = |config: String, address| config.replace("peers = [", &format!("peers = [\"{address}\", "));
    let mut stage = Stage::set_with(|config, place| carrier(config, place.phone(5).ip()))?;
    let alice = stage.alice()?;
    let account = Account { registers: false, codecs: "PCMU", ..Account::new("carrier", "unused") };
    let caller = Baresip::start(&stage.place, 5, &account, &stage.sounds.caller)?;
    caller.command("dial", &format!("sip:{MAIN}@{}", stage.place.switch()))?;
    caller.event("CALL_ESTABLISHED", 1)?;
    std::thread::sleep(Duration::from_millis(2_500));
    caller.command("sndcode", "1")?;
    alice.event("CALL_INCOMING", 1)?;
    std::thread::sleep(Duration::from_millis(1_000));
    alice.command("accept", "")?;
    alice.event("CALL_ESTABLISHED", 1)?;
    std::thread::sleep(Duration::from_millis(3_000));
    caller.command("hangup", "")?;
    alice.event("CALL_CLOSED", 1)?;

    let record = stage.switch.ended_calls(1)?.remove(0);
    assert_eq!((&record["outcome"], &record["digits"]), (&"answered".into(), &"1".into()), "{record:#}");
    let runs = listen(&caller.heard()?[0], &stage.sounds.all());
    let mut order: Vec<&str> = runs.iter().map(|run| run.sound.as_str()).collect();
    order.dedup();
    assert_eq!(order, ["greeting", "choose", "music", "alice"], "{runs:?}");
    let heard = listen(&alice.heard()?[0], &stage.sounds.all());
    assert!(
        heard.iter().filter(|run| run.sound == "caller").map(|run| ms(run.len)).sum::<f64>() > 2_500.0,
        "{heard:?}"
    );
    if let Some(trace) = stage.wire()? {
        let switch = stage.place.switch();
        quick(&trace, switch, &stage.sounds.caller, &stage.sounds.alice)?;
        quick(&trace, switch, &stage.sounds.alice, &stage.sounds.caller)?;
        // PCMU on one side, PCMA first on the other: each leg keeps to what it negotiated.
        assert!(hearing(&trace, switch, &stage.sounds.caller)?.packets.iter().all(|packet| packet.payload_type != 8));
    }
    stage.switch.stop()
}
