//! A supervisor listens to a conversation, whispers to the agent, speaks to both, or takes the agent's place; who hears whom
//! is what his mode allows, at each step.

use acd::Work;
use call::cdr::{Entry, Outcome};
use call::{Involved, Side, Standing, Verb};
use dialplan::{Destination, Routed};
use sim::deeds::{ms, served, under_each_fault};
use sim::{Then, World};
use terms::{AgentId, LegId, PhoneId, QueueId, WatchMode};

const TALK: [&str; 2] = ["carrier hears alice", "alice hears carrier"];
const LISTEN: [&str; 4] = ["carrier hears alice", "alice hears carrier", "carol hears carrier", "carol hears alice"];
const WHISPER: [&str; 5] =
    ["carrier hears alice", "alice hears carrier", "alice hears carol", "carol hears carrier", "carol hears alice"];
const BARGE: [&str; 6] = [
    "carrier hears alice",
    "carrier hears carol",
    "alice hears carrier",
    "alice hears carol",
    "carol hears carrier",
    "carol hears alice",
];

fn to(destination: Destination) -> Routed {
    Routed { destination, record: false, route: None }
}

fn carol() -> Routed {
    to(Destination::Phone(PhoneId::of("carol")))
}

/// Carol is rung to watch one.
fn watch(world: &mut World, whom: &str, mode: WatchMode) {
    let party = world.leg_of(whom);
    world.obeys(Verb::Watch { party, to: carol(), mode });
}

fn change(world: &mut World, mode: WatchMode) {
    let party = world.leg_of("carol");
    world.obeys(Verb::Mode { party, mode });
}

fn press(world: &mut World, who: &str, key: char) {
    let phone = world.phone(who);
    let leg = world.agents[phone].current().expect("it is in a call");
    world.act(phone, |agent, _| agent.press(leg, key));
}

#[test]
fn a_supervisor_listens_whispers_and_speaks_to_both_without_a_new_call() {
    let mut world = served(200);
    watch(&mut world, "alice", WatchMode::Listen);
    world.advance(ms(2_000));
    assert_eq!(world.heard(), LISTEN, "{}", world.ladder);
    change(&mut world, WatchMode::Whisper);
    assert_eq!(world.heard(), WHISPER);
    change(&mut world, WatchMode::Barge);
    assert_eq!(world.heard(), BARGE);
    change(&mut world, WatchMode::Listen);
    assert_eq!(world.heard(), LISTEN);
    let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
    let carol = sheet.parties.iter().find(|line| line.leg == world.leg_of("carol")).expect("she is in it");
    assert_eq!((carol.side, carol.stance), (Side::Watcher, Standing::Listening));
    assert_eq!(sheet.line.phase, "talking");
    world.hangs_up("carol");
    assert_eq!(world.heard(), TALK);
    assert!(matches!(world.work("alice"), Work::Talking(_)));
    world.hangs_up("carrier");
    world.assert_quiescent();
    let record = world.record();
    assert_eq!((record.outcome, record.agent), (Outcome::Answered, Some(AgentId::of("alice"))));
    assert_eq!(record.phone, Some(PhoneId::of("alice")));
}

#[test]
fn the_keys_of_who_watches_change_his_mode_and_nobody_else_hears_them() {
    let mut world = served(201);
    watch(&mut world, "alice", WatchMode::Listen);
    world.advance(ms(2_000));
    let keys = |world: &World, who: &str| {
        let agent = &world.agents[world.phone(who)];
        agent.talks.values().map(|talk| talk.heard.keys.clone()).collect::<String>()
    };
    let before = ["carrier", "alice"].map(|who| keys(&world, who));
    for (key, pairs) in [('5', &WHISPER[..]), ('6', &BARGE), ('1', &BARGE), ('4', &LISTEN)] {
        press(&mut world, "carol", key);
        world.advance(ms(500));
        assert_eq!(world.heard(), pairs, "{key}");
    }
    // The customer waits: of whom she watches she is all that is heard.
    let carrier = leg_of_trunk(&world);
    world.obeys(Verb::Hold { party: carrier, on: true });
    press(&mut world, "carol", '5');
    world.advance(ms(500));
    press(&mut world, "carol", '5');
    world.advance(ms(500));
    assert_eq!(world.heard(), ["carrier hears a sound", "alice hears carol", "carol hears alice"]);
    assert_eq!(["carrier", "alice"].map(|who| keys(&world, who)), before, "{}", world.ladder);
    world.hangs_up("alice");
    world.assert_quiescent();
}

fn leg_of_trunk(world: &World) -> LegId {
    let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
    sheet.parties.iter().find(|line| line.side == Side::Caller).expect("who called").leg
}

#[test]
fn whom_it_concerns_that_one_is_watched_is_himself_and_the_queue_for_which_he_talks() {
    let mut world = served(208);
    watch(&mut world, "alice", WatchMode::Listen);
    world.advance(ms(2_000));
    let of = |leg| world.node.board().watched(world.only_call(), leg).expect("he is there");
    let support = Some(QueueId::of("support"));
    let alice =
        Involved { queue: support, agent: Some(AgentId::of("alice")), phones: vec![PhoneId::of("alice")], room: None };
    assert_eq!(of(world.leg_of("alice")), alice);
    assert_eq!(of(world.leg_of("carol")), alice, "who watches is asked for whom he watches");
    assert_eq!(of(leg_of_trunk(&world)), Involved::default(), "the customer is nobody's");
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn a_call_in_which_only_watchers_are_left_is_over_and_they_go_with_whom_they_watch() {
    for mode in [WatchMode::Listen, WatchMode::Whisper, WatchMode::Barge] {
        for (before, gone) in [(300, "carrier"), (300, "alice"), (2_500, "carrier"), (2_500, "alice")] {
            let mut world = served(202);
            world.conduct("carol", 1_000, Then::Answer);
            watch(&mut world, "alice", mode);
            world.advance(ms(before));
            world.hangs_up(gone);
            world.advance(ms(1_500));
            assert_eq!(world.agents[world.phone("carol")].current(), None, "{gone} {before}\n{}", world.ladder);
            assert_eq!(world.work("alice"), Work::WrapUp);
            world.assert_quiescent();
        }
    }
}

#[test]
fn who_does_not_come_to_watch_leaves_no_trace() {
    for then in [Then::Refuse(486), Then::Refuse(603), Then::Vanish] {
        let mut world = served(203);
        world.conduct("carol", 500, then);
        watch(&mut world, "alice", WatchMode::Barge);
        world.come_to_hear(&TALK);
        world.advance(ms(40_000));
        assert_eq!(world.heard(), TALK);
        world.hangs_up("alice");
        world.assert_quiescent();
    }
}

#[test]
fn who_takes_over_has_the_customer_and_the_agent_is_free() {
    for mode in [WatchMode::Listen, WatchMode::Whisper, WatchMode::Barge] {
        let mut world = served(204);
        watch(&mut world, "alice", mode);
        world.advance(ms(2_000));
        let party = world.leg_of("carol");
        world.obeys(Verb::TakeOver { party });
        world.advance(ms(500));
        assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
        assert_eq!(world.work("alice"), Work::WrapUp);
        world.hangs_up("carol");
        world.assert_quiescent();
        assert_eq!(world.record().phone, Some(PhoneId::of("carol")));
    }
}

#[test]
fn an_agent_who_takes_over_has_the_contact_too() {
    let mut world = served(205);
    let party = world.leg_of("alice");
    world.obeys(Verb::Watch { party, to: to(Destination::Agent(AgentId::of("bob"))), mode: WatchMode::Listen });
    world.advance(ms(2_000));
    assert!(!matches!(world.work("bob"), Work::Talking(_)), "he only listens");
    assert_eq!(world.node.board().involved(world.only_call()).expect("it runs").agent, Some(AgentId::of("alice")));
    let party = world.leg_of("bob");
    world.obeys(Verb::TakeOver { party });
    world.advance(ms(500));
    assert_eq!(world.heard(), ["carrier hears bob", "bob hears carrier"], "{}", world.ladder);
    assert_eq!(world.work("alice"), Work::WrapUp);
    assert!(matches!(world.work("bob"), Work::Talking(_)));
    world.hangs_up("carrier");
    world.assert_quiescent();
    assert_eq!(world.record().agent, Some(AgentId::of("bob")));
}

#[test]
fn who_watches_hears_what_the_watched_one_hears_while_the_call_is_held_or_goes_on_elsewhere() {
    let mut world = served(206);
    watch(&mut world, "alice", WatchMode::Whisper);
    world.advance(ms(2_000));
    let carrier = leg_of_trunk(&world);
    world.obeys(Verb::Hold { party: carrier, on: true });
    let aside = ["carrier hears a sound", "alice hears carol", "carol hears alice"];
    assert_eq!(world.heard(), aside, "{}", world.ladder);
    world.obeys(Verb::Hold { party: carrier, on: false });
    assert_eq!(world.heard(), WHISPER);
    // She asks bob: her supervisor hears that, and bob does not hear the supervisor.
    let party = world.leg_of("alice");
    world.obeys(Verb::Consult { party, to: to(Destination::Agent(AgentId::of("bob"))), by: None });
    world.advance(ms(2_000));
    let asked = [
        "carrier hears a sound",
        "alice hears bob",
        "alice hears carol",
        "bob hears alice",
        "carol hears alice",
        "carol hears bob",
    ];
    let mut heard = world.heard();
    heard.sort();
    let mut asked = asked.map(str::to_owned);
    asked.sort();
    assert_eq!(heard, asked, "{}", world.ladder);
    world.obeys(Verb::Swap);
    world.advance(ms(500));
    let mut heard = world.heard();
    heard.retain(|pair| !pair.starts_with("bob"));
    heard.sort();
    let mut whisper = WHISPER;
    whisper.sort();
    assert_eq!(heard, whisper, "{}", world.ladder);
    // She leaves the two to each other: nobody watches them.
    world.hangs_up("alice");
    world.advance(ms(500));
    assert_eq!(world.heard(), ["carrier hears bob", "bob hears carrier"], "{}", world.ladder);
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn a_customer_who_is_sent_on_is_watched_no_more() {
    let mut world = served(207);
    watch(&mut world, "alice", WatchMode::Listen);
    world.advance(ms(2_000));
    let party = leg_of_trunk(&world);
    let queue = Destination::Queue(QueueId::of("support"));
    world.obeys(Verb::Transfer { party, to: to(queue), by: None });
    world.advance(ms(4_000));
    assert_eq!(world.agents[world.phone("carol")].current(), None, "{}", world.ladder);
    let carrier = world.phone("carrier");
    let leg = world.agents[carrier].current().expect("he is still there");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn what_cannot_be_now_is_denied_by_name() {
    let mut world = served(208);
    let (call, alice) = (world.only_call(), world.leg_of("alice"));
    let may = |world: &World, verb: &Verb| world.node.board().may(call, verb);
    let watches = |party, to| Verb::Watch { party, to, mode: WatchMode::Listen };
    assert_eq!(may(&world, &watches(LegId::outbound(999), carol())), Err("no such party"));
    let queue = to(Destination::Queue(QueueId::of("support")));
    assert_eq!(may(&world, &watches(alice, queue)), Err("only a phone or an agent can watch"));
    let own = to(Destination::Phone(PhoneId::of("alice")));
    assert_eq!(may(&world, &watches(alice, own)), Err("his phone is in this call"));
    assert_eq!(may(&world, &Verb::TakeOver { party: alice }), Err("he watches nobody"));
    assert_eq!(may(&world, &Verb::Mode { party: alice, mode: WatchMode::Barge }), Err("he watches nobody"));
    watch(&mut world, "alice", WatchMode::Listen);
    world.advance(ms(2_000));
    let party = world.leg_of("carol");
    assert_eq!(may(&world, &Verb::Mode { party, mode: WatchMode::Listen }), Err("he does already"));
    assert_eq!(may(&world, &Verb::Hold { party, on: true }), Err("in no conversation"));
    let phone = world.phone("carol");
    let own = world.agents[phone].current().expect("she is in the call");
    world.act(phone, |agent, now| agent.refer(now, own, "102"));
    world.advance(ms(300));
    assert_eq!(world.agents[phone].talks[&own].transfer, [603], "who watches sends nobody on");
    world.hangs_up("carrier");
    world.assert_quiescent();
}

/// Who has watched whom, and how, for how long, as the account has it.
fn account(world: &World) -> Vec<(WatchMode, u64)> {
    let told = world.ledger.iter().filter_map(|entry| if let Entry::Watched(told) = entry { Some(told) } else { None });
    let over = told.filter_map(|told| {
        assert_eq!((told.who, told.whom), (phone("carol"), phone("alice")), "{told:?}");
        assert_eq!((told.leg, told.of_leg, told.agent), (Some(2), Some(1), Some(AgentId::of("alice"))), "{told:?}");
        Some((told.mode, told.until?.ms_since(told.since)))
    });
    over.collect()
}

fn phone(name: &str) -> sip::Source {
    sip::Source::Phone(PhoneId::of(name))
}

#[test]
fn who_watched_whom_and_how_long_is_on_record_by_mode_whatever_ends_it() {
    for (ends, end) in [("carol", true), ("alice", true), ("carrier", true), ("carol", false)] {
        let mut world = served(211);
        watch(&mut world, "alice", WatchMode::Listen);
        world.advance(ms(3_000));
        press(&mut world, "carol", '5');
        world.advance(ms(4_000));
        change(&mut world, WatchMode::Barge);
        world.advance(ms(2_000));
        match end {
            true => world.hangs_up(ends),
            false => {
                let party = world.leg_of(ends);
                world.obeys(Verb::TakeOver { party });
            }
        }
        world.advance(ms(1_000));
        let account = account(&world);
        assert_eq!(account.iter().map(|(mode, _)| *mode).collect::<Vec<_>>(), WATCH_MODES, "{ends}");
        let near = |at: usize, wanted: u64| account[at].1.abs_diff(wanted) < 150;
        assert!(near(1, 4_000) && near(2, 2_000) && account[0].1 > 1_000, "{account:?}");
        let carrier = world.phone("carrier");
        if let Some(leg) = world.agents[carrier].current() {
            world.act(carrier, |agent, now| agent.hang_up(now, leg));
        }
        world.assert_quiescent();
    }
}

const WATCH_MODES: [WatchMode; 3] = [WatchMode::Listen, WatchMode::Whisper, WatchMode::Barge];

/// Carol listens, whispers, speaks to both by key, and takes over.
fn watched(world: &mut World) {
    world.conduct("carol", 700, Then::Answer);
    watch(world, "alice", WatchMode::Listen);
    world.come_to_hear(&LISTEN);
    change(world, WatchMode::Whisper);
    world.come_to_hear(&WHISPER);
    let party = world.leg_of("carol");
    world.obeys(Verb::TakeOver { party });
    world.come_to_hear(&["carrier hears carol", "carol hears carrier"]);
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn each_message_lost_doubled_or_overtaken_once_changes_nothing_but_time() {
    let count = under_each_fault(|| served(209), watched);
    assert!((8..30).contains(&count), "{count}");
}

#[test]
fn whoever_hangs_up_at_any_moment_leaves_nothing_behind() {
    let all = ["carrier", "alice", "carol"];
    for (who, step) in all.into_iter().flat_map(|who| (0..7).map(move |step| (who, step))) {
        let mut world = served(210);
        world.conduct("carol", 300, Then::Answer);
        watch(&mut world, "alice", WatchMode::Whisper);
        world.advance(ms(step * step * 20));
        world.assert_wired_as_said();
        let phone = world.phone(who);
        if let Some(leg) = world.agents[phone].current() {
            world.act(phone, |agent, now| agent.hang_up(now, leg));
        }
        world.advance(ms(2_000));
        world.assert_wired_as_said();
        let carrier = world.phone("carrier");
        if let Some(leg) = world.agents[carrier].current() {
            world.act(carrier, |agent, now| agent.hang_up(now, leg));
        }
        world.assert_quiescent();
    }
}
