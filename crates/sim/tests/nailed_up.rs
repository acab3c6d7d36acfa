//! A call with an agent stands for as long as she is at work: contacts come over it, and nobody rings her.

use acd::{Status, Work};
use call::Verb;
use call::cdr::{CallRecord, Entry, Outcome};
use dialplan::{Destination, Routed};
use media::codec::Codec;
use sim::deeds::{Own, ms, under_each_fault};
use sim::scenario::{PLAN, prompts};
use sim::{Conduct, Faults, Standing, Then, World};
use terms::{AgentId, CallRef, LegId, PhoneId, QueueId, WatchMode};

/// Straight into alice's queue.
const DIRECT: &str = "+442079460009";
const CALLER: &str = "+359888123456";
const BOTH: [&str; 2] = ["carrier hears alice", "alice hears carrier"];

/// Alice alone serves; `keys` are more of hers, and `queue` more of the queue's.
fn plan(keys: &str, queue: &str) -> String {
    let plan = PLAN
        .replace("devices = [\"phone:alice\"]", &format!("devices = [\"phone:alice\"]\nnailed_up = true\n{keys}"))
        .replace("agents = [\"alice\", \"bob\"]", &format!("agents = [\"alice\"]\n{queue}"));
    format!("{plan}\n[[route]]\nfrom = \"trunk:carrier\"\nto = \"{DIRECT}\"\ngo = \"queue:support\"\n")
}

fn world_of(seed: u64, plan: &str) -> World {
    let mut world = World::new(seed, plan, prompts(), Faults::default());
    // One law for all: who is transcoded cannot be told by his byte.
    world.agents.iter_mut().for_each(|agent| agent.identity.codecs = vec![Codec::Pcma, Codec::Pcmu]);
    for who in ["alice", "bob", "carol"] {
        world.agent(who).conduct = Conduct { ring: ms(300), talk: None, ..Conduct::default() };
    }
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(ms(70_000), all), "not everybody is registered");
    world.advance(ms(2_000));
    world
}

/// Alice's call stands.
fn world_with(seed: u64, keys: &str, queue: &str) -> (World, Own) {
    let mut world = world_of(seed, &plan(keys, queue));
    assert_eq!(status(&world), (Status::Ready, true, Work::Idle), "{}", world.ladder);
    let line = world.own("alice");
    world.ladder.clear();
    (world, line)
}

fn world(seed: u64) -> (World, Own) {
    world_with(seed, "", "")
}

fn status(world: &World) -> (Status, bool, Work) {
    let line = world.node.acd().agent(AgentId::of("alice")).expect("she is known");
    (line.status, line.reachable, line.work)
}

fn to(destination: Destination) -> Routed {
    Routed { destination, record: false, route: None }
}

/// The call in which this phone or carrier's call is.
fn call_of(world: &World, leg: LegId) -> CallRef {
    let calls = world.node.board().inspect(world.now()).calls;
    let has = |call: &CallRef| {
        world.node.board().sheet(world.now(), *call).is_some_and(|sheet| sheet.parties.iter().any(|one| one.leg == leg))
    };
    calls.iter().map(|line| line.call).find(has).expect("it is in a call")
}

/// The newest call that runs, and in it the leg of alice and that of the other one.
fn talk(world: &World) -> (CallRef, LegId, LegId) {
    let calls = world.node.board().inspect(world.now()).calls;
    let call = calls.last().expect("a call runs").call;
    let sheet = world.node.board().sheet(world.now(), call).expect("it runs");
    let alice = |leg: &LegId| {
        let one = sheet.parties.iter().find(|one| one.leg == *leg);
        one.is_some_and(|one| one.at == Some(call::At::Phone(PhoneId::of("alice"))))
    };
    let legs: Vec<LegId> = sheet.parties.iter().map(|one| one.leg).collect();
    let own = legs.iter().copied().find(alice).unwrap_or_else(|| panic!("{sheet:?}\n{}", world.ladder));
    let other = legs.iter().copied().find(|leg| !alice(leg)).expect("another one");
    (call, own, other)
}

/// Each call that was opened is closed, once.
fn each_call_has_one_record(world: &World) {
    let of = |is: fn(&Entry) -> Option<CallRef>| -> Vec<CallRef> { world.ledger.iter().filter_map(is).collect() };
    let mut opened = of(|entry| if let Entry::Opened(record) = entry { Some(record.call) } else { None });
    let mut closed = of(|entry| if let Entry::Closed(record) = entry { Some(record.call) } else { None });
    opened.sort_unstable();
    closed.sort_unstable();
    assert_eq!(opened, closed);
}

fn outcomes(world: &World) -> Vec<Outcome> {
    world.records().iter().map(|record: &CallRecord| record.outcome).collect()
}

/// Alice goes home, and nothing is left over.
fn end(world: &mut World) {
    world.desk("alice").log_out();
    world.finish();
    each_call_has_one_record(world);
}

#[test]
fn two_customers_come_over_one_call_that_nobody_hangs_up() {
    let messages = under_each_fault(
        || world(600).0,
        |world| {
            let line = world.own("alice");
            for _ in 0..2 {
                let customer = world.brings(CALLER, DIRECT);
                world.advance(ms(8_000));
                world.come_to_hear(&BOTH);
                assert!(matches!(status(world).2, Work::Talking(_)), "{:?}", status(world));
                world.hang_up(customer);
                world.advance(ms(40_000));
                assert_eq!((world.standing(line), status(world).2), (Standing::Up, Work::Idle), "{}", world.ladder);
            }
            assert_eq!(world.agents[line.0].talks.len(), 1, "it has never rung again\n{}", world.ladder);
            end(world);
            assert_ne!(world.standing(line), Standing::Up, "she is not at work");
            assert_eq!(outcomes(world), [Outcome::Finished, Outcome::Answered, Outcome::Answered]);
            let records = world.records();
            assert!(
                records[1..]
                    .iter()
                    .all(|record| record.agent == Some(AgentId::of("alice")) && record.talked_ms > 5_000)
            );
            assert!(records[1..].iter().all(|record| record.capture.is_some()), "each has its recording");
            let hers = world.leg_records().into_iter().filter(|leg| leg.agent.is_some()).collect::<Vec<_>>();
            assert_eq!((hers.len(), hers[0].moves.len()), (1, 4), "one leg, there and back twice: {hers:?}");
        },
    );
    assert!((10..60).contains(&messages), "{messages}");
}

#[test]
fn whoever_waits_gets_her_once_her_after_call_work_is_over() {
    let (mut world, _) = world(601);
    let first = world.brings(CALLER, DIRECT);
    world.advance(ms(3_000));
    let second = world.brings("+359888000000", DIRECT);
    world.advance(ms(3_000));
    world.hang_up(first);
    world.advance(ms(1_500));
    assert_eq!(status(&world).2, Work::WrapUp);
    world.advance(ms(5_000));
    world.come_to_hear(&BOTH);
    world.hang_up(second);
    world.advance(ms(5_000));
    end(&mut world);
}

#[test]
fn she_hears_what_kind_of_call_it_is_and_the_caller_hears_his_music_meanwhile() {
    let (mut world, line) = world_with(602, "", "zip = true\nwhisper = \"welcome.wav\"");
    let customer = world.brings(CALLER, DIRECT);
    world.advance(ms(1_500));
    let voices = |world: &World| {
        let talk = &world.agents[line.0].talks[&line.1];
        (talk.heard.sounds(), talk.heard.voice(world.agents[customer.0].identity.fingerprint))
    };
    let (sounds, voice) = voices(&world);
    assert!(sounds > 40 && voice == 0, "{sounds} {voice}: she hears the tone, and nobody yet\n{}", world.ladder);
    assert!(world.agents[customer.0].talks[&customer.1].heard.sounds() > 20, "he hears music");
    world.advance(ms(2_000));
    let (sounds, voice) = voices(&world);
    assert!((100..=115).contains(&sounds) && voice > 10, "1.2 s and 1 s: {sounds}, and then the customer: {voice}");
    world.come_to_hear(&BOTH);
    world.finish();
    assert_ne!(world.standing(line), Standing::Up);
    each_call_has_one_record(&world);
}

#[test]
fn who_hangs_up_her_standing_call_is_not_ready_or_not_at_work_as_the_configuration_says() {
    for (keys, wanted) in [("", Status::NotReady("line lost".into())), ("line_lost = \"log out\"", Status::LoggedOut)] {
        for talking in [false, true] {
            let (mut world, line) = world_with(603, keys, "");
            if talking {
                world.brings(CALLER, DIRECT);
                world.advance(ms(3_000));
            }
            world.hang_up(line);
            world.advance(ms(1_000));
            let (is, reachable, _) = status(&world);
            assert_eq!((is, reachable), (wanted.clone(), false), "talking: {talking}\n{}", world.ladder);
            // Ready again, she is rung again.
            world.advance(ms(5_000));
            world.desk("alice").ready();
            world.advance(ms(3_000));
            assert_eq!(status(&world), (Status::Ready, true, Work::Idle), "{}", world.ladder);
            end(&mut world);
        }
    }
}

#[test]
fn whom_nobody_answers_for_is_not_ready_and_is_not_rung_on_and_on() {
    let mut world = world_of(604, &plan("", "").replace("ready = true", "ready = false"));
    world.agent("alice").conduct = Conduct { ring: ms(300), then: Then::Refuse(486), ..Conduct::default() };
    world.desk("alice").ready();
    world.advance(ms(60_000));
    assert_eq!(status(&world).0, Status::NotReady("line lost".into()));
    assert_eq!(world.agents[world.phone("alice")].talks.len(), 1, "{}", world.ladder);
    world.finish();
    each_call_has_one_record(&world);
}

#[test]
fn her_hold_her_transfers_and_her_questions_leave_her_call_standing() {
    let bob = || to(Destination::Phone(PhoneId::of("bob")));
    let again = || to(Destination::Queue(QueueId::of("support")));
    for (seed, what) in
        [(610, "transfer"), (611, "queue"), (612, "consult"), (613, "back"), (614, "hold"), (615, "join")]
    {
        let (mut world, line) = world(seed);
        let customer = world.brings(CALLER, DIRECT);
        world.advance(ms(3_000));
        world.come_to_hear(&BOTH);
        let (call, own, other) = talk(&world);
        match what {
            "transfer" => world.obey(call, Verb::Transfer { party: other, to: bob(), by: None }),
            "queue" => world.obey(call, Verb::Transfer { party: other, to: again(), by: None }),
            "hold" => world.obey(call, Verb::Hold { party: other, on: true }),
            _ => world.obey(call, Verb::Consult { party: own, to: bob(), by: None }),
        }
        world.advance(ms(3_000));
        match what {
            "consult" => world.obey(call, Verb::Complete),
            "back" => world.obey(call, Verb::Back),
            "join" => world.obey(call, Verb::Join),
            "hold" => world.obey(call, Verb::Hold { party: other, on: false }),
            _ => {}
        }
        world.advance(ms(2_000));
        match what {
            "transfer" | "consult" => world.come_to_hear(&["bob hears carrier", "carrier hears bob"]),
            "join" => assert!(world.heard().len() >= 6, "{:?}", world.heard()),
            _ => {
                world.advance(ms(4_000));
                world.come_to_hear(&BOTH);
            }
        }
        assert_eq!(world.standing(line), Standing::Up, "{what}\n{}", world.ladder);
        world.hang_up(customer);
        world.advance(ms(8_000));
        if what == "join" {
            world.hangs_up("bob");
            world.advance(ms(5_000));
        }
        assert_eq!((world.standing(line), status(&world).2), (Standing::Up, Work::Idle), "{what}\n{}", world.ladder);
        assert_eq!(world.agents[line.0].talks.len(), 1, "{what}");
        // The next one gets her as the first did, and nobody else hears them.
        let next = world.brings(CALLER, DIRECT);
        world.advance(ms(3_000));
        world.come_to_hear(&BOTH);
        world.hang_up(next);
        world.advance(ms(5_000));
        end(&mut world);
    }
}

#[test]
fn she_is_watched_over_it_as_over_any_call() {
    let (mut world, line) = world(620);
    let customer = world.brings(CALLER, DIRECT);
    world.advance(ms(3_000));
    let (call, own, _) = talk(&world);
    let carol = to(Destination::Phone(PhoneId::of("carol")));
    world.obey(call, Verb::Watch { party: own, to: carol, mode: WatchMode::Barge });
    world.advance(ms(3_000));
    assert!(world.heard().len() >= 6, "{:?}\n{}", world.heard(), world.ladder);
    world.hang_up(customer);
    world.advance(ms(5_000));
    assert_eq!((world.standing(line), status(&world).2), (Standing::Up, Work::Idle), "{}", world.ladder);
    assert!(world.agents[world.phone("carol")].current().is_none(), "nobody is left to watch");
    end(&mut world);
}

#[test]
fn whoever_hangs_up_at_whatever_moment_leaves_nothing_behind() {
    for moment in 0..24_u64 {
        for who in ["alice", "carrier", "both", "log out", "operator"] {
            let (mut world, line) = world_with(630 + moment % 4, "", "zip = true\nwhisper = \"welcome.wav\"");
            let home = call_of(&world, world.leg_of("alice"));
            let customer = world.brings(CALLER, DIRECT);
            world.advance(ms(moment * 171));
            if who == "carrier" || who == "both" {
                world.hang_up(customer);
            }
            match who {
                "alice" | "both" => world.hang_up(line),
                "log out" => world.desk("alice").log_out(),
                "operator" => world.input(node::Input::HangUp(home)),
                _ => {}
            }
            world.assert_wired_as_said();
            world.advance(ms(3_000));
            if who == "carrier" {
                world.advance(ms(5_000));
                assert_eq!((world.standing(line), status(&world).2), (Standing::Up, Work::Idle), "{}", world.ladder);
                let next = world.brings(CALLER, DIRECT);
                world.advance(ms(6_000));
                world.come_to_hear(&BOTH);
                world.hang_up(next);
                world.advance(ms(2_000));
            }
            world.finish();
            each_call_has_one_record(&world);
        }
    }
}

#[test]
fn whom_she_calls_by_command_she_gets_over_it() {
    let (mut world, line) = world(635);
    let (agent, phone) = (Some(AgentId::of("alice")), PhoneId::of("alice"));
    let dial = call::Dial {
        agent,
        phone,
        called: "102".into(),
        routed: to(Destination::Phone(PhoneId::of("bob"))),
        name: None,
    };
    world.dial_for(dial).expect("it begins");
    world.advance(ms(3_000));
    world.come_to_hear(&["alice hears bob", "bob hears alice"]);
    let customer = world.brings(CALLER, DIRECT);
    world.advance(ms(3_000));
    assert!(matches!(status(&world).2, Work::Idle), "no queue gives her a call meanwhile");
    world.hangs_up("bob");
    world.advance(ms(2_000));
    world.come_to_hear(&BOTH);
    world.hang_up(customer);
    world.advance(ms(5_000));
    assert_eq!((world.standing(line), world.agents[line.0].talks.len()), (Standing::Up, 1), "{}", world.ladder);
    end(&mut world);
}

#[test]
fn who_logs_out_talks_to_the_end_and_is_hung_up_then() {
    let (mut world, line) = world(640);
    let customer = world.brings(CALLER, DIRECT);
    world.advance(ms(3_000));
    world.desk("alice").log_out();
    world.advance(ms(2_000));
    world.come_to_hear(&BOTH);
    world.hang_up(customer);
    world.advance(ms(2_000));
    assert_ne!(world.standing(line), Standing::Up, "{}", world.ladder);
    assert_eq!(status(&world).0, Status::LoggedOut);
    world.finish();
    each_call_has_one_record(&world);
}

#[test]
fn a_switch_that_ends_waits_for_her_conversation_and_not_for_her() {
    let (mut world, line) = world(650);
    let customer = world.brings(CALLER, DIRECT);
    world.advance(ms(3_000));
    world.input(node::Input::Drain { deadline: Some(ms(600_000)) });
    world.advance(ms(2_000));
    world.come_to_hear(&BOTH);
    world.hang_up(customer);
    world.advance(ms(2_000));
    assert_ne!(world.standing(line), Standing::Up, "{}", world.ladder);
    assert_eq!(status(&world).0, Status::Ready, "she has done nothing: the next start finds her as she was");
    world.finish();
    each_call_has_one_record(&world);
}

#[test]
fn a_reload_ends_a_call_that_is_to_stand_no_more_and_she_is_rung_as_anybody() {
    let (mut world, line) = world(660);
    let without = plan("", "").replace("nailed_up = true", "");
    assert!(world.reload(&without, None));
    world.advance(ms(2_000));
    assert_ne!(world.standing(line), Standing::Up, "{}", world.ladder);
    world.brings(CALLER, DIRECT);
    world.advance(ms(3_000));
    world.come_to_hear(&BOTH);
    world.finish();
    each_call_has_one_record(&world);
}

#[test]
fn the_call_by_which_an_agent_logs_in_stands_and_her_keys_say_there_what_she_does() {
    let anna =
        "[[agent]]\nname = \"anna\"\nnumber = \"4711\"\npin = \"1234\"\nskills = { english = 9 }\nnailed_up = true\n";
    let plan =
        plan("", "").replace("agents = [\"alice\"]", "agents = [\"anna\"]").replace("nailed_up = true\n", "") + anna;
    let mut world = world_of(670, &(plan + "[duty]\npauses = { 1 = \"lunch\" }\n"));
    let of = |world: &World| {
        let line = world.node.acd().agent(AgentId::of("anna")).expect("she is known");
        (line.status, line.reachable)
    };
    let line = world.dials("carol", "*50");
    world.advance(ms(500));
    world.type_in(line, "4711#");
    world.type_in(line, "1234#");
    world.advance(ms(4_000));
    assert_eq!((of(&world), world.standing(line)), ((Status::Ready, true), Standing::Up), "{}", world.ladder);
    for _ in 0..2 {
        let customer = world.brings(CALLER, DIRECT);
        world.advance(ms(3_000));
        world.come_to_hear(&["carrier hears carol", "carol hears carrier"]);
        world.hang_up(customer);
        world.advance(ms(4_000));
        assert_eq!(world.standing(line), Standing::Up, "{}", world.ladder);
    }
    world.type_in(line, "*521");
    world.advance(ms(3_000));
    assert_eq!(of(&world).0, Status::NotReady("lunch".into()), "{}", world.ladder);
    // No code of hers, and a key too few.
    world.type_in(line, "77*5");
    world.advance(ms(6_000));
    world.type_in(line, "*51");
    world.advance(ms(3_000));
    assert_eq!(of(&world).0, Status::Ready);
    let customer = world.brings(CALLER, DIRECT);
    world.advance(ms(3_000));
    // In a conversation her keys are those of any other.
    world.type_in(line, "*2102#");
    world.advance(ms(3_000));
    world.come_to_hear(&["carrier hears bob", "bob hears carrier"]);
    assert_eq!(world.standing(line), Standing::Up, "{}", world.ladder);
    world.hang_up(customer);
    world.advance(ms(4_000));
    world.type_in(line, "*53");
    world.advance(ms(3_000));
    assert_eq!(of(&world).0, Status::LoggedOut);
    assert_ne!(world.standing(line), Standing::Up);
    assert_eq!(world.agents[line.0].talks.len(), 1, "{}", world.ladder);
    world.finish();
    each_call_has_one_record(&world);
}

#[test]
fn of_two_whose_calls_come_at_once_one_has_the_customer_and_the_other_stands_by_for_the_next() {
    for moment in 0..12_u64 {
        let queue = "strategy = \"ring-all\"\nzip = true";
        let plan =
            plan("", queue).replace("agents = [\"alice\"]", "agents = [\"alice\", \"bob\"]\nrequire = \"anyone\"");
        let plan = plan
            .replace("require = \"english >= 5\"\n", "")
            .replace("relax = [{ after = \"20s\", require = \"anyone\" }]\n", "");
        let plan = plan.replace("devices = [\"phone:bob\"]", "devices = [\"phone:bob\"]\nnailed_up = true");
        let mut world = world_of(680 + moment % 3, &plan);
        let lines = [world.own("alice"), world.own("bob")];
        let first = world.brings(CALLER, DIRECT);
        world.advance(ms(moment * 150));
        world.assert_wired_as_said();
        let second = world.brings("+359888000000", DIRECT);
        world.advance(ms(9_000));
        let busy = |world: &World| {
            let works = ["alice", "bob"].map(|who| world.work(who));
            works.iter().filter(|work| matches!(work, Work::Talking(_))).count()
        };
        assert_eq!(busy(&world), 2, "{moment}\n{}", world.ladder);
        let records = |world: &World| world.records().len();
        assert_eq!(records(&world), 0);
        [first, second].into_iter().for_each(|customer| world.hang_up(customer));
        world.advance(ms(8_000));
        assert!(lines.iter().all(|line| world.standing(*line) == Standing::Up), "{moment}\n{}", world.ladder);
        assert!(lines.iter().all(|line| world.agents[line.0].talks.len() == 1), "nobody was rung again: {moment}");
        world.desk("bob").log_out();
        end(&mut world);
        let agents: std::collections::BTreeSet<_> = world.records().iter().filter_map(|record| record.agent).collect();
        assert_eq!(agents.len(), 2);
    }
}

#[test]
fn what_she_says_to_the_next_one_is_in_no_recording_of_the_one_before() {
    let mut world = world_of(690, &(plan("", "") + "[park]\nslots = \"701-702\"\n"));
    world.brings(CALLER, DIRECT);
    world.advance(ms(3_000));
    let (call, _, other) = talk(&world);
    world.obey(call, Verb::Transfer { party: other, to: to(Destination::Park(None)), by: None });
    world.advance(ms(6_000));
    let next = world.brings("+359888000000", DIRECT);
    world.advance(ms(3_000));
    assert!(matches!(status(&world).2, Work::Talking(_)), "{}", world.ladder);
    world.hang_up(next);
    world.advance(ms(3_000));
    end(&mut world);
    let recordings =
        world.ledger.iter().filter_map(|entry| if let Entry::Captured(one) = entry { Some(one) } else { None });
    let first = recordings.min_by_key(|one| one.call).expect("the first one's");
    let hers: Vec<_> = first.tracks.iter().filter(|track| track.side == 1).map(|track| track.leg).collect();
    assert!(matches!(hers[..], [Some(_), None]), "nobody is on her side since she left: {:?}", first.tracks);
}
