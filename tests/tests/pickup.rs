//! Calls that ring at one phone are taken at another one by a code, on the wire: PJSIP plays the phones, a caller comes over
//! the carrier. Directed (`*8` and an extension), and of one's group (`*8` alone); a colleague's call and a queue's.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::sound::Tone;
use e2e::stage::{configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::{Value, json};

const ALICE: Tone = Tone::new("alice", 450);
const BOB: Tone = Tone::new("bob", 700);
const CAROL: Tone = Tone::new("carol", 1_100);
const DAVE: Tone = Tone::new("dave", 1_700);
const ALL: [Tone; 4] = [ALICE, BOB, CAROL, DAVE];

/// Carol calls. Bob and dave are in a group with alice each, and in none together.
const MORE: &str = r#"
[[phone]]
user = "carol"
password = "diamonds"
extension = "103"

[[phone]]
user = "dave"
password = "clubs"
extension = "104"

[[group]]
name = "team"
members = ["phone:alice", "phone:bob"]

[[group]]
name = "near"
members = ["phone:alice", "phone:dave"]

[[route]]
from = "phone:carol"
to = "600"
go = "queue:anyone"
"#;

struct House {
    alice: Pjsip,
    bob: Pjsip,
    carol: Pjsip,
    dave: Pjsip,
    switch: Switch,
    place: Place,
}

impl House {
    fn open() -> Result<Option<House>> {
        if python()?.is_none() {
            return Ok(None);
        }
        let place = Place::take()?;
        write_sounds(&place)?;
        let switch = Switch::start(&place, &(configuration(&place) + MORE))?;
        let phone =
            |nth, user, password, tone: Tone| Pjsip::start(&place, nth, user, password, &tone.sound(), json!({}));
        let (alice, bob) = (phone(0, "alice", "wonderland", ALICE)?, phone(1, "bob", "builder", BOB)?);
        let (carol, dave) = (phone(2, "carol", "diamonds", CAROL)?, phone(3, "dave", "clubs", DAVE)?);
        Ok(Some(House { alice, bob, carol, dave, switch, place }))
    }

    fn dials(&self, who: &Pjsip, number: &str) -> Result<u32> {
        who.tell(&format!("dial sip:{number}@{}", self.place.switch()))?;
        let call = who.event(json!({"event": "dialled"}))?["call"].as_u64().context("a call")?;
        Ok(u32::try_from(call)?)
    }

    /// Both hear each other and nobody else; the phone that rang stops without a missed call, and then it is over.
    fn taken(
        &self,
        (caller, his): (&Pjsip, u32),
        (taker, its): (&Pjsip, u32),
        tone: Tone,
        rang: (&Pjsip, u32),
    ) -> Result<()> {
        rang.0.is_over(rang.1)?;
        let cancel = rang.0.got("CANCEL ").pop().context("it was cancelled")?;
        ensure!(cancel.contains("Reason: SIP;cause=200;text=\"Call completed elsewhere\""), "{cancel}");
        caller.hears_tones(his, &[tone.name], &ALL)?;
        taker.hears_tones(its, &["carol"], &ALL)?;
        caller.tell(&format!("hangup {his}"))?;
        taker.is_over(its).map(drop)
    }
}

#[test]
fn a_colleagues_call_is_taken_by_his_extension_and_by_ones_group_and_the_caller_hears_the_one_who_took_it() -> Result<()>
{
    let Some(house) = House::open()? else { return Ok(()) };
    let House { alice, bob, carol, dave, switch, .. } = &house;

    // Directed, by somebody who is in a group with her.
    let call = house.dials(carol, "101")?;
    alice.rings(1)?;
    let code = house.dials(dave, "*8101")?;
    dave.state(code, "confirmed")?;
    house.taken((carol, call), (dave, code), DAVE, (alice, 1))?;

    // What rings at anybody of his group.
    let call = house.dials(carol, "101")?;
    alice.rings(2)?;
    let code = house.dials(bob, "*8")?;
    bob.state(code, "confirmed")?;
    house.taken((carol, call), (bob, code), BOB, (alice, 2))?;

    // Nobody takes what rings at somebody with whom he is in no group, and there is nothing to take where nothing rings.
    let call = house.dials(carol, "102")?;
    bob.rings(2)?;
    for (number, status) in [("*8102", 403), ("*8", 480), ("*8101", 480)] {
        let code = house.dials(dave, number)?;
        let over = dave.is_over(code)?;
        ensure!(over["status"] == status, "{number}: {over}");
    }
    bob.tell("answer 2")?;
    carol.hears_tones(call, &["bob"], &ALL)?;
    carol.tell(&format!("hangup {call}"))?;
    bob.is_over(2)?;
    let refused = switch.ask(&["status", "--json"])?["refusals"].clone();
    ensure!(refused["nothing rings there"] == 2, "{refused:#}");
    house.switch.stop()
}

#[test]
fn a_queues_call_that_rings_elsewhere_is_the_answer_of_the_agent_who_takes_it_and_nobodys_miss() -> Result<()> {
    let Some(house) = House::open()? else { return Ok(()) };
    let House { alice, bob, carol, dave, switch, .. } = &house;

    // The queue rings alice, and bob, who serves it too, takes it by the group's code.
    let call = house.dials(carol, "600")?;
    alice.rings(1)?;
    let code = house.dials(bob, "*8")?;
    bob.state(code, "confirmed")?;
    house.taken((carol, call), (bob, code), BOB, (alice, 1))?;
    // And dave, who is no agent, by her extension: it leaves the queue by that.
    let call = house.dials(carol, "600")?;
    alice.rings(2)?;
    let code = house.dials(dave, "*8101")?;
    dave.state(code, "confirmed")?;
    house.taken((carol, call), (dave, code), DAVE, (alice, 2))?;

    switch.ended_calls(2)?;
    let events = |nth: usize| -> Result<Vec<String>> {
        let calls = switch.calls()?;
        let queued = |call: &&Value| call["queue_name"] == "anyone";
        let mut ids: Vec<String> =
            calls.iter().filter(queued).map(|call| call["call"].as_str().unwrap_or_default().to_owned()).collect();
        ids.sort();
        let told = switch.ask(&["calls", "--json", "--call", ids.get(nth).context("a queued call")?])?;
        let events = told[0]["events"].as_array().with_context(|| format!("{told:#}"))?;
        let word = |event: &Value| {
            let why = event["why"].as_str().map(|why| format!(" {why}")).unwrap_or_default();
            format!("{} {}{why}", event["kind"].as_str().unwrap_or("-"), event["agent_name"].as_str().unwrap_or("-"))
        };
        Ok(events.iter().map(word).collect())
    };
    let wanted =
        ["entered -", "offered alice", "offer_failed alice answered_elsewhere", "connected bob", "completed bob"];
    ensure!(events(0)? == wanted, "{:?}", events(0)?);
    let wanted = ["entered -", "offered alice", "offer_failed alice caller_gone", "withdrawn - taken_elsewhere"];
    ensure!(events(1)? == wanted, "{:?}", events(1)?);
    house.switch.stop()
}
