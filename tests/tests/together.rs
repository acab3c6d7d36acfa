//! A queue that rings all of its agents, on phones nobody here made and a switch of three media workers: the first who answers
//! has the caller, both ways, and the others stop without a missed call. Then one after another, each ringing on.

use anyhow::{Context, Result, ensure};
use e2e::baresip::{Account, Baresip};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sound::Tone;
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::{Value, json};

const ALICE: Tone = Tone::new("alice", 450);
const BOB: Tone = Tone::new("bob", 700);
const CAROL: Tone = Tone::new("carol", 1_100);
const DAVE: Tone = Tone::new("dave", 1_700);
const ALL: [Tone; 4] = [ALICE, BOB, CAROL, DAVE];

/// Carol is an agent beside alice and bob, and dave calls.
const MORE: &str = r#"
[[phone]]
user = "carol"
password = "diamonds"
digest = "MD5"
extension = "103"

[[phone]]
user = "dave"
password = "clubs"
extension = "104"

[[agent]]
name = "carol"
ready = "at start"

[[queue]]
name = "all"
agents = ["alice", "bob", "carol"]
strategy = "ring-all"
ring = "30s"
wrap_up = "1s"

[[queue]]
name = "one-more"
agents = ["alice", "bob"]
strategy = "progressive"
delay = "2s"
ring = "30s"
wrap_up = "1s"

[[route]]
from = "phone:dave"
to = "600"
go = "queue:all"

[[route]]
from = "phone:dave"
to = "601"
go = "queue:one-more"
"#;

/// Carol's is a baresip.
struct Floor {
    alice: Pjsip,
    bob: Pjsip,
    carol: Baresip,
    dave: Pjsip,
    switch: Switch,
    place: Place,
}

impl Floor {
    fn open() -> Result<Option<Floor>> {
        if python()?.is_none() {
            return Ok(None);
        }
        let place = Place::take()?;
        write_sounds(&place)?;
        // The common configuration has three media workers.
        let config = configuration(&place);
        ensure!(config.contains("workers = 3"), "{config}");
        let switch = Switch::start(&place, &(config + MORE))?;
        let phone =
            |nth, user, password, tone: Tone| Pjsip::start(&place, nth, user, password, &tone.sound(), json!({}));
        let (alice, bob) = (phone(0, "alice", "wonderland", ALICE)?, phone(1, "bob", "builder", BOB)?);
        let carol = Baresip::start(&place, 0, &Account::new("carol", "diamonds"), &CAROL.sound())?;
        carol.registered()?;
        let dave = phone(2, "dave", "clubs", DAVE)?;
        Ok(Some(Floor { alice, bob, carol, dave, switch, place }))
    }

    fn dials(&self, number: &str) -> Result<u32> {
        self.dave.tell(&format!("dial sip:{number}@{}", self.place.switch()))?;
        let call = self.dave.event(json!({"event": "dialled"}))?["call"].as_u64().context("a call")?;
        Ok(u32::try_from(call)?)
    }

    /// Dave and the agent hear each other and nobody else; then he hangs up, and the agent's after-call work ends.
    fn talk_and_end(&self, call: u32, agent: &Pjsip, its: u32, tone: Tone) -> Result<()> {
        self.dave.hears_tones(call, &[tone.name], &ALL)?;
        agent.hears_tones(its, &["dave"], &ALL)?;
        self.dave.tell(&format!("hangup {call}"))?;
        agent.is_over(its)?;
        wait_for("everybody is ready again", PATIENCE, || {
            self.switch.ask(&["status", "--json"]).is_ok_and(|status| {
                status["queues"]
                    .as_array()
                    .is_some_and(|queues| queues.iter().any(|queue| queue["name"] == "all" && queue["ready"] == 3))
            })
        })
    }

    /// How offers ended that nobody took, by agent and reason.
    fn missed(&self) -> Result<Vec<Value>> {
        let report = self.switch.ask(&["report", "--by", "agent", "--json"])?;
        let rows = report["rows"].as_array().with_context(|| format!("{report:#}"))?;
        Ok(rows.iter().map(|row| row["missed"].clone()).collect())
    }
}

fn completed_elsewhere(phone: &Pjsip) -> Result<()> {
    let cancel = phone.got("CANCEL ").pop().context("it was cancelled")?;
    ensure!(cancel.contains("Reason: SIP;cause=200;text=\"Call completed elsewhere\""), "{cancel}");
    Ok(())
}

#[test]
fn all_agents_ring_the_first_has_the_caller_and_the_others_stop_without_a_missed_call() -> Result<()> {
    let Some(floor) = Floor::open()? else { return Ok(()) };
    let Floor { alice, bob, carol, dave, switch, .. } = &floor;

    let call = floor.dials("600")?;
    alice.rings(1)?;
    bob.rings(1)?;
    carol.event("CALL_INCOMING", 1)?;
    bob.tell("answer 1")?;
    alice.is_over(1)?;
    carol.event("CALL_CLOSED", 1)?;
    completed_elsewhere(alice)?;
    ensure!(carol.log().contains("Call completed elsewhere"), "{}", carol.log());
    floor.talk_and_end(call, bob, 1, BOB)?;

    // Two answer at once: one has him, and the other is let go of.
    let call = floor.dials("600")?;
    alice.rings(2)?;
    bob.rings(2)?;
    alice.tell("answer 2")?;
    bob.tell("answer 2")?;
    let over = |phone: &Pjsip| phone.count(&json!({"event": "state", "call": 2, "state": "disconnected"}));
    wait_for("the loser's end", PATIENCE, || over(alice) + over(bob) == 1)?;
    let (winner, tone) = if over(alice) == 0 { (alice, ALICE) } else { (bob, BOB) };
    floor.talk_and_end(call, winner, 2, tone)?;

    // One refuses, one answers.
    let call = floor.dials("600")?;
    alice.rings(3)?;
    bob.rings(3)?;
    bob.tell("busy 3")?;
    bob.is_over(3)?;
    ensure!(carol.count("CALL_CLOSED") == 2, "the others ring on");
    alice.tell("answer 3")?;
    carol.event("CALL_CLOSED", 3)?;
    floor.talk_and_end(call, alice, 3, ALICE)?;

    // The caller hangs up while it rings: all stop, and nobody has missed him.
    let call = floor.dials("600")?;
    alice.rings(4)?;
    wait_for("carol rings", PATIENCE, || carol.count("CALL_INCOMING") >= 4)?;
    dave.tell(&format!("hangup {call}"))?;
    alice.is_over(4)?;
    carol.event("CALL_CLOSED", 4)?;
    switch.ended_calls(4)?;
    let mut missed: Vec<u64> = floor.missed()?.iter().filter_map(Value::as_u64).collect();
    missed.sort_unstable();
    ensure!(missed == [0, 0, 1], "only who was busy has missed one: {missed:?}");
    let queue = switch.ask(&["report", "--by", "queue", "--json"])?;
    let total = &queue["total"];
    ensure!(total["answered"] == 3 && total["abandoned"] == 1, "{total:#}");
    floor.switch.stop()
}

#[test]
fn one_more_rings_after_each_delay_and_those_before_ring_on() -> Result<()> {
    let Some(floor) = Floor::open()? else { return Ok(()) };
    let Floor { alice, bob, .. } = &floor;
    let call = floor.dials("601")?;
    let rang = |phone: &Pjsip| phone.times(&json!({"event": "incoming", "call": 1})).pop();
    wait_for("both ring", PATIENCE, || rang(alice).is_some() && rang(bob).is_some())?;
    let (one, other) = (rang(alice).context("alice")?, rang(bob).context("bob")?);
    let apart = one.max(other).duration_since(one.min(other));
    ensure!((1.7..4.0).contains(&apart.as_secs_f64()), "{apart:?}");
    // The one who has rung for longer answers.
    let (first, tone, second) = if one < other { (alice, ALICE, bob) } else { (bob, BOB, alice) };
    first.tell("answer 1")?;
    second.is_over(1)?;
    completed_elsewhere(second)?;
    floor.talk_and_end(call, first, 1, tone)?;
    floor.switch.stop()
}
