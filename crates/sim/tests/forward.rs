//! Where calls to a phone go instead of it, and phones that are not to be disturbed: for each reason, in each state, with
//! whose rights, and how far.

use call::cdr::How;
use sim::scenario::{CAROL, NUMBER, PLAN, prompts, world_of};
use sim::{Faults, PhoneIndex, Standing, Then, World};
use sip::Source;
use std::time::Duration;
use terms::{LegId, PhoneId};

/// A world in which carol's calls go on like this; alice may call the carrier's `7...` numbers, and carol its `8...` ones.
fn world(carol: &str, more: &str) -> World {
    let routes = "\n[[route]]\nfrom = \"phone:carol\"\nto = \"8*\"\ngo = \"trunk:carrier\"\n\
        [[route]]\nfrom = \"phone:*\"\nto = \"200\"\ngo = \"flow:main\"\n\
        [[route]]\nfrom = \"phone:*\"\nto = \"201\"\ngo = \"group:all\"\n\
        [[route]]\nfrom = \"trunk:carrier\"\nto = \"+442079460003\"\ngo = \"group:all\"\n\
        [[group]]\nname = \"all\"\nmembers = [\"phone:alice\", \"phone:carol\"]\n";
    let plan = PLAN
        .replace("calls_max = 50", "calls_max = 50\ntarget = \"10.0.0.2:5060\"")
        .replace("extension = \"103\"", &format!("extension = \"103\"\n{carol}"));
    world_of(71, &(plan + routes + more), Faults::default())
}

/// Who of the switch's own phones talks, in the order of the configuration.
fn talking(world: &World) -> Vec<&'static str> {
    let up = |phone: PhoneIndex| world.agents[phone].talks.values().any(|talk| talk.standing == Standing::Up);
    ["alice", "bob", "carol"].into_iter().filter(|who| up(world.phone(who))).collect()
}

/// How often each was called.
fn called(world: &World) -> [usize; 3] {
    ["alice", "bob", "carol"].map(|who| world.agents[world.phone(who)].talks.len())
}

fn standing(world: &World, leg: LegId) -> Standing {
    world.agents[world.phone("carrier")].talks[&leg].standing
}

/// What carol does with a call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Carol {
    Takes,
    Busy,
    Declines,
    RingsOn,
    Away,
    InACall,
}

const STATES: [Carol; 6] = [Carol::Takes, Carol::Busy, Carol::Declines, Carol::RingsOn, Carol::Away, Carol::InACall];

/// Brings carol into a state, and calls her; who talks to the carrier after half a minute.
fn calls_carol(world: &mut World, state: Carol) -> &'static str {
    let then = match state {
        Carol::Busy => Then::Refuse(486),
        Carol::Declines => Then::Refuse(603),
        Carol::RingsOn => Then::RingOn,
        Carol::Takes | Carol::Away | Carol::InACall => Then::Answer,
    };
    world.conduct("carol", 500, then);
    let carol = world.phone("carol");
    match state {
        Carol::Away => {
            world.act(carol, |agent, now| agent.unregister(now));
            world.advance(Duration::from_secs(1));
        }
        Carol::InACall => {
            world.act(carol, |agent, now| agent.dial(now, "101"));
            world.advance(Duration::from_secs(2));
        }
        _ => {}
    }
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
    world.advance(Duration::from_secs(30));
    let heard = |who: &str| {
        let voice = world.agents[world.phone(who)].identity.fingerprint;
        world.agents[carrier].talks[&leg].heard.voice(voice) > 50
    };
    match standing(world, leg) {
        Standing::Up => ["alice", "bob", "carol"].into_iter().find(|who| heard(who)).unwrap_or("nobody"),
        Standing::Ringing => "it rings",
        Standing::Refused(480) => "480",
        Standing::Refused(486) => "486",
        Standing::Refused(603) => "603",
        other => panic!("{other:?}\n{}", world.ladder),
    }
}

#[test]
fn each_reason_leads_on_in_the_states_that_it_is_about() {
    let bob = "\"102\"";
    let rows: [(String, [&str; 6]); 8] = [
        // takes, busy, declines, rings on, is away, is in a call
        (String::new(), ["carol", "486", "603", "it rings", "480", "carol"]),
        (format!("forward = {{ always = {bob} }}"), ["bob"; 6]),
        (format!("forward = {{ busy = {bob} }}"), ["carol", "bob", "bob", "it rings", "480", "carol"]),
        (format!("forward = {{ no_answer = {bob}, after = \"5s\" }}"), ["carol", "486", "603", "bob", "480", "carol"]),
        (format!("forward = {{ unreachable = {bob} }}"), ["carol", "486", "603", "it rings", "bob", "carol"]),
        ("dnd = true".into(), ["486"; 6]),
        (format!("dnd = true\nforward = {{ busy = {bob} }}"), ["bob"; 6]),
        ("call_waiting = false".into(), ["carol", "486", "603", "it rings", "480", "486"]),
    ];
    for (carol, wanted) in rows {
        for (state, wanted) in STATES.into_iter().zip(wanted) {
            let mut world = world(&carol, "");
            assert_eq!(calls_carol(&mut world, state), wanted, "{carol}, {state:?}\n{}", world.ladder);
            world.finish();
        }
    }
}

#[test]
fn a_forward_is_dialled_with_the_rights_of_the_phone_and_on_its_account() {
    let mut carol = world("forward = { always = \"8123\" }", "");
    let leg = carol.dial("+359888123456", CAROL);
    carol.advance(Duration::from_secs(2));
    assert_eq!(standing(&carol, leg), Standing::Up, "{}", carol.ladder);
    carol.finish();
    let out: Vec<_> = carol.leg_records().into_iter().filter(|leg| leg.number.is_some()).collect();
    let number = out[0].number.as_ref().map(|number| number.reveal().as_str());
    assert_eq!((number, out[0].charged_to), (Some("8123"), Some(Source::Phone(PhoneId::of("carol")))));
    // What only others may dial leads nowhere.
    let mut carol = world(
        "forward = { always = \"7123\" }",
        "[[route]]\nfrom = \"phone:alice\"\nto = \"7*\"\ngo = \"trunk:carrier\"\n",
    );
    let leg = carol.dial("+359888123456", CAROL);
    carol.advance(Duration::from_secs(2));
    assert_eq!(standing(&carol, leg), Standing::Refused(486));
    carol.finish();
    // A trunk that is full is full for a forward, too.
    let mut carol = world("forward = { always = \"8123\" }", "");
    carol.lay(|plan| plan.trunks[0].calls_max = 1);
    let leg = carol.dial("+359888123456", CAROL);
    carol.advance(Duration::from_secs(2));
    assert!(matches!(standing(&carol, leg), Standing::Refused(_)), "{}", carol.ladder);
    carol.finish();
}

#[test]
fn a_forward_to_a_flow_walks_it_and_does_not_come_back() {
    let mut world = world("forward = { always = \"200\" }", "");
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(4));
    assert_eq!((standing(&world, leg), called(&world)[2]), (Standing::Up, 0), "the flow plays its menu");
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(Duration::from_secs(6));
    assert_eq!(talking(&world), ["alice"], "{}", world.ladder);
    world.finish();
}

#[test]
fn a_flow_that_leads_to_the_phone_which_forwards_there_comes_to_its_end() {
    let flow = "[[route]]\nfrom = \"phone:*\"\nto = \"202\"\ngo = \"flow:round\"\n[flow.round]\nback = { ring = \"phone:carol\" }\n";
    let mut world = world("forward = { always = \"202\" }", flow);
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(2));
    assert_eq!(standing(&world, leg), Standing::Refused(483), "{}", world.ladder);
    world.finish();
}

#[test]
fn loops_and_long_chains_are_found() {
    let phones = |bob: &str, alice: &str| {
        let with = |text: String, extension: &str, forward: &str| {
            text.replace(
                &format!("extension = \"{extension}\"\n"),
                &format!("extension = \"{extension}\"\n{forward}\n"),
            )
        };
        let text = PLAN.replace("extension = \"103\"\n", "extension = \"103\"\nforward = { always = \"102\" }\n");
        with(with(text, "102", bob), "101", alice)
    };
    for (bob, alice, limit, wanted) in [
        ("", "", 5, Standing::Up),
        ("", "", 0, Standing::Refused(483)),
        ("forward = { always = \"103\" }", "", 5, Standing::Refused(482)),
        ("forward = { always = \"101\" }", "", 5, Standing::Up),
        ("forward = { always = \"101\" }", "", 1, Standing::Refused(483)),
        ("forward = { always = \"101\" }", "forward = { always = \"103\" }", 5, Standing::Refused(482)),
    ] {
        let plan = format!("{}\n[sip]\nforwards_max = {limit}\n", phones(bob, alice));
        let mut world = World::new(72, &plan, prompts(), Faults::default());
        world.advance(Duration::from_secs(5));
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(3));
        assert_eq!(standing(&world, leg), wanted, "{bob} {alice} {limit}\n{}", world.ladder);
        world.finish();
    }
    // Who calls a phone whose calls come back to him hears the same.
    let mut world = World::new(73, &phones("", ""), prompts(), Faults::default());
    world.advance(Duration::from_secs(5));
    let bob = world.phone("bob");
    world.act(bob, |agent, now| agent.dial(now, "103"));
    world.advance(Duration::from_secs(2));
    let statuses: Vec<_> = world.agents[bob].talks.values().map(|talk| talk.standing).collect();
    assert_eq!(statuses, [Standing::Refused(482)]);
    world.finish();
}

#[test]
fn a_group_rings_a_phone_there_or_not_at_all() {
    for (carol, wanted) in
        [("", [1, 0, 1]), ("forward = { always = \"102\", busy = \"102\" }", [1, 0, 1]), ("dnd = true", [1, 0, 0])]
    {
        let mut world = world(carol, "");
        world.conduct("alice", 5_000, Then::Answer);
        world.conduct("carol", 500, Then::Refuse(486));
        world.dial("+359888123456", "+442079460003");
        world.advance(Duration::from_secs(8));
        assert_eq!((called(&world), talking(&world)), (wanted, vec!["alice"]), "{carol}\n{}", world.ladder);
        world.finish();
    }
}

#[test]
fn an_agent_whose_only_phone_is_not_to_be_disturbed_is_offered_no_call() {
    let plan = PLAN.replace("extension = \"101\"", "extension = \"101\"\ndnd = true");
    let mut world = World::new(74, &plan, prompts(), Faults::default());
    world.advance(Duration::from_secs(5));
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(Duration::from_secs(40));
    assert_eq!((standing(&world, leg), called(&world)[0], talking(&world)), (Standing::Up, 0, vec!["bob"]));
    world.assert_one_offer_each();
    world.finish();
    world.lay(|plan| plan.phones[0].incoming.dnd = false);
    world.dial("+359888123456", NUMBER);
    world.advance(Duration::from_secs(20));
    assert_eq!(talking(&world), ["alice"], "he is there again\n{}", world.ladder);
    world.finish();
}

#[test]
fn a_phone_without_call_waiting_is_busy_while_it_serves_a_queue() {
    let plan = PLAN.replace("extension = \"101\"", "extension = \"101\"\ncall_waiting = false");
    let mut world = World::new(75, &plan, prompts(), Faults::default());
    world.advance(Duration::from_secs(5));
    world.dial("+359888123456", NUMBER);
    world.advance(Duration::from_secs(20));
    assert_eq!(talking(&world), ["alice"], "{}", world.ladder);
    let bob = world.phone("bob");
    world.act(bob, |agent, now| agent.dial(now, "101"));
    world.advance(Duration::from_secs(2));
    let statuses: Vec<_> = world.agents[bob].talks.values().map(|talk| talk.standing).collect();
    assert_eq!(statuses, [Standing::Refused(486)]);
    world.finish();
}

#[test]
fn a_caller_who_leaves_at_any_moment_of_a_chain_leaves_nothing_behind() {
    for step in 0..30 {
        let mut world = world("forward = { no_answer = \"8123\", busy = \"102\", after = \"1s\" }", "");
        world.conduct("carol", 300, if step % 2 == 0 { Then::RingOn } else { Then::Refuse(486) });
        let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
        world.advance(Duration::from_millis(step * 60));
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.finish();
        assert!(world.leg_records().iter().all(|leg| leg.how != How::Open));
    }
}
