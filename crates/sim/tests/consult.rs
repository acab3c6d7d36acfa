//! Somebody asks a colleague while his customer waits, goes to and fro between them, leaves them to each other or takes him in.

use acd::Work;
use call::Verb;
use call::cdr::Outcome;
use dialplan::{Destination, Routed};
use sim::deeds::{ms, served, under_each_fault};
use sim::scenario::{CAROL, world as plain};
use sim::{Conduct, Fault, Faults, Then, World};
use terms::{AgentId, LegId, PhoneId, QueueId};

fn verb(who: LegId, to: Destination) -> Verb {
    Verb::Consult { party: who, to: Routed { destination: to, record: false, route: None }, by: None }
}

/// Alice asks somebody.
fn asks(world: &mut World, to: Destination) {
    let alice = world.leg_of("alice");
    world.obeys(verb(alice, to));
}

fn carol() -> Destination {
    Destination::Phone(PhoneId::of("carol"))
}

fn bob() -> Destination {
    Destination::Agent(AgentId::of("bob"))
}

#[test]
fn the_customer_has_music_while_a_colleague_is_asked_and_it_goes_to_and_fro() {
    let mut world = served(130);
    asks(&mut world, carol());
    world.advance(ms(300));
    assert!(!world.heard().iter().any(|pair| pair == "carrier hears alice"), "{:?}", world.heard());
    world.advance(ms(1_500));
    let aside = ["carrier hears a sound", "alice hears carol", "carol hears alice"];
    assert_eq!(world.heard(), aside, "{}", world.ladder);
    assert!(matches!(world.work("alice"), Work::Talking(_)));
    world.obeys(Verb::Swap);
    world.advance(ms(500));
    let back = ["carrier hears alice", "alice hears carrier", "carol hears a sound"];
    assert_eq!(world.heard(), back, "{}", world.ladder);
    world.obeys(Verb::Swap);
    world.advance(ms(500));
    assert_eq!(world.heard(), aside);
    world.hangs_up("carol");
    world.advance(ms(500));
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
    world.hangs_up("carrier");
    world.assert_quiescent();
    let record = world.record();
    assert_eq!(
        (record.outcome, record.agent, record.phone),
        (Outcome::Answered, Some(AgentId::of("alice")), Some(PhoneId::of("alice")))
    );
    assert!(record.held_ms >= 2_000 && record.held_ms < record.talked_ms, "{record:?}");
}

#[test]
fn who_asks_and_leaves_has_transferred_his_customer() {
    for (to, colleague) in [(carol(), "carol"), (bob(), "bob")] {
        for swapped in [false, true] {
            let mut world = served(131);
            asks(&mut world, to.clone());
            world.advance(ms(2_000));
            if swapped {
                world.obeys(Verb::Swap);
            }
            world.hangs_up("alice");
            world.advance(ms(500));
            let pair = [format!("carrier hears {colleague}"), format!("{colleague} hears carrier")];
            assert_eq!(world.heard(), pair, "{}", world.ladder);
            assert_eq!(world.work("alice"), Work::WrapUp);
            assert_eq!(matches!(world.work("bob"), Work::Talking(_)), colleague == "bob", "{:?}", world.work("bob"));
            world.hangs_up("carrier");
            world.assert_quiescent();
            assert_eq!(world.record().phone, Some(PhoneId::of(colleague)));
        }
    }
}

#[test]
fn who_asks_and_leaves_while_it_rings_has_it_ring_on_for_his_customer() {
    for then in [Then::Answer, Then::Refuse(486)] {
        let mut world = served(132);
        world.conduct("carol", 6_000, then);
        asks(&mut world, carol());
        // A second of ringback, and then four of silence.
        assert!(world.heard().contains(&"alice hears a sound".to_owned()), "{:?}", world.heard());
        world.hangs_up("alice");
        world.advance(ms(500));
        assert_eq!(world.heard(), ["carrier hears a sound"], "{}", world.ladder);
        assert_eq!(world.work("alice"), Work::WrapUp);
        world.advance(ms(7_000));
        let who = if then == Then::Answer { "carol" } else { "alice" };
        assert_eq!(world.heard(), [format!("carrier hears {who}"), format!("{who} hears carrier")], "{}", world.ladder);
        world.hangs_up("carrier");
        world.assert_quiescent();
    }
}

#[test]
fn who_is_asked_and_does_not_come_leaves_the_two_together() {
    for then in [Then::Refuse(486), Then::Refuse(603), Then::Vanish] {
        let mut world = served(133);
        world.conduct("carol", 500, then);
        asks(&mut world, carol());
        world.come_to_hear(&["carrier hears alice", "alice hears carrier"]);
        assert!(matches!(world.work("alice"), Work::Talking(_)));
        world.assert_wired_as_said();
        world.hangs_up("alice");
        world.assert_quiescent();
    }
}

#[test]
fn a_customer_who_leaves_meanwhile_leaves_the_other_two_to_each_other() {
    for before in [300, 2_500] {
        let mut world = served(134);
        world.conduct("carol", 1_000, Then::Answer);
        asks(&mut world, carol());
        world.advance(ms(before));
        world.hangs_up("carrier");
        world.advance(ms(2_000));
        assert_eq!(world.heard(), ["alice hears carol", "carol hears alice"], "{before}\n{}", world.ladder);
        assert!(!matches!(world.work("alice"), Work::Talking(_)), "her contact is gone");
        world.hangs_up("carol");
        world.assert_quiescent();
    }
}

#[test]
fn a_caller_from_a_phone_asks_as_well_as_a_callee() {
    let mut world = plain(135, Faults::default());
    let alice = world.phone("alice");
    world.act(alice, |agent, now| agent.dial(now, "103"));
    world.advance(ms(1_500));
    asks(&mut world, bob());
    world.advance(ms(2_000));
    assert_eq!(world.heard(), ["alice hears bob", "bob hears alice", "carol hears a sound"], "{}", world.ladder);
    world.hangs_up("alice");
    world.advance(ms(500));
    assert_eq!(world.heard(), ["bob hears carol", "carol hears bob"], "{}", world.ladder);
    world.hangs_up("carol");
    world.assert_quiescent();
}

#[test]
fn another_device_takes_over_from_who_asks_or_is_asked_and_stands_where_he_stood() {
    for who in ["alice", "carol"] {
        let mut world = served(140);
        let (phone, other) = (world.phone(who), world.add_device(who));
        world.advance(ms(2_000));
        world.conduct(who, 500, Then::Answer);
        world.agents[other].conduct = Conduct { then: Then::RingOn, ..Conduct::default() };
        asks(&mut world, carol());
        world.advance(ms(2_000));
        let leg = world.agents[phone].current().expect("it is in the call");
        let dialog = world.agents[phone].dialog(leg).expect("a dialog");
        world.act(other, |agent, now| agent.take_over(now, "103", dialog));
        world.advance(ms(2_000));
        let stances = |world: &World| {
            let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
            let mut stances: Vec<_> = sheet.parties.iter().map(|line| line.stance).collect();
            stances.sort_by_key(|stance| format!("{stance:?}"));
            stances
        };
        use call::Standing::{Aside, Talking, Waiting};
        assert_eq!(stances(&world), [Aside, Aside, Waiting], "{who}\n{}", world.ladder);
        world.obeys(Verb::Swap);
        assert_eq!(stances(&world), [Talking, Talking, Waiting], "{who}\n{}", world.ladder);
        world.advance(ms(500));
        world.hangs_up("carrier");
        world.advance(ms(500));
        assert_eq!(stances(&world), [Talking, Talking], "{who}\n{}", world.ladder);
        let own = world.agents[other].current().expect("it is in the call");
        world.act(other, |agent, now| agent.hang_up(now, own));
        world.assert_quiescent();
    }
}

#[test]
fn what_cannot_be_now_is_denied_by_name() {
    let mut world = served(136);
    world.conduct("carol", 1_000, Then::Answer);
    let (call, alice) = (world.only_call(), world.leg_of("alice"));
    let may = |world: &World, verb: &Verb| world.node.board().may(call, verb);
    assert_eq!(may(&world, &Verb::Swap), Err("nobody is asked"));
    assert_eq!(may(&world, &verb(LegId::outbound(999), carol())), Err("no such party"));
    let queue = Destination::Queue(QueueId::of("support"));
    assert_eq!(may(&world, &verb(alice, queue)), Err("only who can be rung can be asked"));
    asks(&mut world, carol());
    assert_eq!(may(&world, &Verb::Swap), Err("it still rings"));
    world.advance(ms(2_000));
    let asked = Err("somebody is asked already");
    assert_eq!(may(&world, &verb(alice, bob())), asked);
    assert_eq!(may(&world, &Verb::Hold { party: alice, on: true }), asked);
    let to = Routed { destination: bob(), record: false, route: None };
    assert_eq!(may(&world, &Verb::Transfer { party: alice, to, by: None }), asked);
    let phone = world.phone("alice");
    let own = world.agents[phone].current().expect("she is in the call");
    world.act(phone, |agent, now| agent.refer(now, own, "102"));
    world.advance(ms(300));
    assert_eq!(world.agents[phone].talks[&own].transfer, [491]);
    world.hangs_up("carrier");
    world.hangs_up("carol");
    world.assert_quiescent();
}

/// Alice asks carol, goes to and fro, and leaves the two to each other.
fn asked(world: &mut World) {
    world.conduct("carol", 700, Then::Answer);
    asks(world, carol());
    world.come_to_hear(&["carrier hears a sound", "alice hears carol", "carol hears alice"]);
    world.obeys(Verb::Swap);
    world.hangs_up("alice");
    world.come_to_hear(&["carrier hears carol", "carol hears carrier"]);
    world.assert_wired_as_said();
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn each_message_lost_doubled_or_overtaken_once_changes_nothing_but_time() {
    let count = under_each_fault(|| served(137), asked);
    assert!((8..30).contains(&count), "{count}");
}

#[test]
fn whoever_hangs_up_at_any_moment_leaves_nothing_behind() {
    let all = ["carrier", "alice", "carol"];
    for (then, who, step) in [Then::Answer, Then::Refuse(486)]
        .into_iter()
        .flat_map(|then| all.map(|who| (then, who)))
        .flat_map(|(then, who)| (0..9).map(move |step| (then, who, step)))
    {
        let mut world = served(138);
        world.conduct("carol", 300, then);
        asks(&mut world, carol());
        world.advance(ms(step * step * 12));
        world.assert_wired_as_said();
        let phone = world.phone(who);
        if let Some(leg) = world.agents[phone].current() {
            world.act(phone, |agent, now| agent.hang_up(now, leg));
        }
        world.advance(ms(3_000));
        world.assert_wired_as_said();
        for phone in all.map(|who| world.phone(who)) {
            if let Some(leg) = world.agents[phone].current() {
                world.act(phone, |agent, now| agent.hang_up(now, leg));
                world.advance(ms(1_000));
            }
        }
        world.assert_quiescent();
    }
}

#[test]
fn a_call_to_carol_is_no_ones_to_ask_in_before_it_is_answered() {
    let mut world = plain(139, Faults::default());
    world.conduct("carol", 3_000, Then::Answer);
    world.dial("+359888123456", CAROL);
    world.advance(ms(1_000));
    let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
    let caller = sheet.parties.iter().find(|line| line.side == call::Side::Caller).expect("who called").leg;
    assert_eq!(world.node.board().may(world.only_call(), &verb(caller, bob())), Err("in no conversation"));
    world.advance(ms(3_000));
    world.hangs_up("carrier");
    world.assert_quiescent();
}

/// Who talks, in the order of the call's parties; each of them hears all others, as the worker was told.
fn talkers(world: &World) -> Vec<String> {
    let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
    let talks: Vec<_> = sheet.parties.iter().filter(|line| line.stance == call::Standing::Talking).collect();
    for line in &talks {
        let others: Vec<LegId> = talks.iter().map(|other| other.leg).filter(|leg| *leg != line.leg).collect();
        assert_eq!(line.hears, others, "{sheet:?}\n{}", world.ladder);
    }
    world.assert_wired_as_said();
    let phones = ["alice", "bob", "carol"];
    let name = |line: &&call::PartyLine| phones.iter().find(|who| line.at == Some(call::At::Phone(PhoneId::of(who))));
    talks.iter().map(|line| name(line).map_or("carrier".to_owned(), |who| (*who).to_owned())).collect()
}

/// Alice takes somebody in.
fn takes_in(world: &mut World, to: Destination) {
    asks(world, to);
    world.advance(ms(2_000));
    world.obeys(Verb::Join);
    world.advance(ms(500));
}

#[test]
fn who_is_asked_is_taken_in_and_whoever_leaves_leaves_the_others_together() {
    for (gone, left, alices, bobs) in [
        ("alice", ["carrier", "bob"], false, true),
        ("bob", ["carrier", "alice"], true, false),
        ("carrier", ["alice", "bob"], false, false),
    ] {
        let mut world = served(141);
        takes_in(&mut world, bob());
        assert_eq!(talkers(&world), ["carrier", "alice", "bob"]);
        let talks = |world: &World, who| matches!(world.work(who), Work::Talking(_));
        assert!(talks(&world, "alice") && talks(&world, "bob"), "both are at work for the customer");
        world.hangs_up(gone);
        world.advance(ms(500));
        assert_eq!(talkers(&world), left, "{gone}\n{}", world.ladder);
        assert_eq!((talks(&world, "alice"), talks(&world, "bob")), (alices, bobs), "{gone}");
        world.advance(ms(500));
        let pairs = [format!("{} hears {}", left[0], left[1]), format!("{} hears {}", left[1], left[0])];
        let mut heard = world.heard();
        heard.sort();
        let mut pairs = pairs.to_vec();
        pairs.sort();
        assert_eq!(heard, pairs, "{gone}\n{}", world.ladder);
        world.hangs_up(left[1]);
        world.assert_quiescent();
        assert_eq!(world.record().agent, Some(AgentId::of(if gone == "alice" { "bob" } else { "alice" })), "{gone}");
    }
}

#[test]
fn where_no_agent_is_left_with_the_customer_it_is_done_for_the_queue() {
    let mut world = served(142);
    takes_in(&mut world, carol());
    assert_eq!(talkers(&world), ["carrier", "alice", "carol"]);
    world.hangs_up("alice");
    world.advance(ms(500));
    assert_eq!((talkers(&world), world.work("alice")), (vec!["carrier".into(), "carol".into()], Work::WrapUp));
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn a_conference_asks_somebody_more_lets_go_of_one_and_says_what_it_cannot_do() {
    let mut world = served(143);
    let may = |world: &World, verb: &Verb| world.node.board().may(world.only_call(), verb);
    assert_eq!(may(&world, &Verb::Join), Err("nobody is asked"));
    let alice = world.leg_of("alice");
    assert_eq!(may(&world, &Verb::Leave { party: alice }), Err("only two are in it"));
    takes_in(&mut world, carol());
    asks(&mut world, bob());
    assert_eq!(may(&world, &Verb::Join), Err("it still rings"));
    world.advance(ms(2_000));
    assert_eq!(talkers(&world), ["carrier", "carol"], "they go on without music");
    world.obeys(Verb::Swap);
    assert_eq!(talkers(&world), ["carrier", "alice", "carol"]);
    world.obeys(Verb::Swap);
    world.obeys(Verb::Join);
    world.advance(ms(300));
    assert_eq!(talkers(&world), ["carrier", "alice", "carol", "bob"]);
    let to = Routed { destination: carol(), record: false, route: None };
    let transfer = Verb::Transfer { party: alice, to, by: None };
    assert_eq!(may(&world, &transfer), Err("more than two talk"));
    assert_eq!(may(&world, &Verb::Leave { party: LegId::outbound(999) }), Err("in no conversation"));
    let carol = world.leg_of("carol");
    world.obeys(Verb::Leave { party: carol });
    world.advance(ms(500));
    assert_eq!(talkers(&world), ["carrier", "alice", "bob"]);
    let phone = world.phone("carol");
    assert_eq!(world.agents[phone].current(), None, "she was hung up");
    world.obeys(Verb::Hold { party: alice, on: true });
    world.advance(ms(300));
    assert_eq!(talkers(&world), ["carrier", "bob"]);
    world.obeys(Verb::Hold { party: alice, on: false });
    world.hangs_up("alice");
    world.advance(ms(500));
    assert!(matches!(world.work("bob"), Work::Talking(_)));
    world.hangs_up("carrier");
    world.hangs_up("bob");
    world.assert_quiescent();
}

#[test]
fn one_who_leaves_a_conference_in_which_another_asks_leaves_him_beside_it() {
    for gone in ["carrier", "bob", "alice"] {
        let mut world = served(144);
        takes_in(&mut world, carol());
        asks(&mut world, bob());
        world.advance(ms(2_000));
        world.hangs_up(gone);
        world.advance(ms(500));
        let talks = talkers(&world);
        match gone {
            "carrier" => {
                assert!(talks.is_empty(), "{talks:?}");
                let aside = ["alice hears bob", "bob hears alice", "carol hears a sound"];
                assert_eq!(world.heard(), aside, "{}", world.ladder);
            }
            "bob" => assert_eq!(talks, ["carrier", "alice", "carol"]),
            _ => assert_eq!(talks, ["carrier", "carol", "bob"]),
        }
        for who in ["carrier", "alice", "bob", "carol"] {
            let phone = world.phone(who);
            if let Some(leg) = world.agents[phone].current() {
                world.act(phone, |agent, now| agent.hang_up(now, leg));
                world.advance(ms(600));
                world.assert_wired_as_said();
            }
        }
        world.assert_quiescent();
    }
}

/// Alice takes bob in, and leaves him with the customer.
fn taken_in(world: &mut World) {
    world.conduct("bob", 700, Then::Answer);
    asks(world, bob());
    world.come_to_hear(&["carrier hears a sound", "alice hears bob", "bob hears alice"]);
    world.obeys(Verb::Join);
    world.advance(ms(1_000));
    assert_eq!(talkers(world), ["carrier", "alice", "bob"]);
    world.hangs_up("alice");
    world.come_to_hear(&["carrier hears bob", "bob hears carrier"]);
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn a_conference_goes_its_way_under_each_message_lost_doubled_or_overtaken_once() {
    let mut calm = served(145);
    let before = calm.network.sip_messages;
    taken_in(&mut calm);
    for nth in 0..calm.network.sip_messages - before {
        for fault in [Fault::Lost, Fault::Doubled, Fault::Swapped] {
            let mut world = served(145);
            world.meet(nth, fault);
            taken_in(&mut world);
        }
    }
}
