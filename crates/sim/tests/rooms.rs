//! Conference rooms: who gets there hears all others, whatever call, flow and worker he comes from; and nothing is left behind.

use call::cdr::{CallRecord, Entry, Outcome};
use call::{RoomLine, Verb};
use sim::scenario::{PLAN, prompts};
use sim::{Fault, Faults, HOST_PIN, PhoneIndex, Standing, World};
use std::collections::BTreeSet;
use std::time::Duration;
use terms::{LegId, RoomId, limits};

const ROOMS: &str = r#"
[[room]]
name = "daily"
extension = "800"
music = "music.wav"

[[room]]
name = "board"
extension = "801"
pin = "set aside"
host_pin = "set aside"
hosts = ["phone:alice"]

[[room]]
name = "two"
extension = "802"
most = 2

[[room]]
name = "hosted"
extension = "803"
host_pin = "set aside"
music = "music.wav"

[[room]]
name = "lecture"
extension = "804"
hosts = ["phone:alice"]
wait = false
muted = true
record = true
enter = "none"
leave = "music.wav"

[[route]]
from = "trunk:carrier"
to = "+442079460003"
go = "room:daily"

[[route]]
from = "trunk:carrier"
to = "+442079460004"
go = "flow:door"

[flow.door]
choose = { menu = "choose.wav", wait = "5s", keys = { 1 = "room:daily" }, no_input = "choose", no_match = "choose" }
"#;
const DAILY: &str = "+442079460003";
const DOOR: &str = "+442079460004";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn world(seed: u64) -> World {
    world_of(seed, &format!("{PLAN}{ROOMS}"))
}

fn world_of(seed: u64, plan: &str) -> World {
    let mut world = World::new(seed, plan, prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all), "not everybody registered");
    world.ladder.clear();
    world
}

/// One of our phones dials this.
fn dial(world: &mut World, who: &str, number: &str) -> (PhoneIndex, LegId) {
    let phone = world.phone(who);
    (phone, world.act(phone, |agent, now| agent.dial(now, number)))
}

fn hang_up(world: &mut World, (phone, leg): (PhoneIndex, LegId)) {
    world.act(phone, |agent, now| agent.hang_up(now, leg));
}

fn typed(world: &mut World, (phone, leg): (PhoneIndex, LegId), keys: &str) {
    for key in keys.chars() {
        world.act(phone, |agent, _| agent.press(leg, key));
        world.advance(ms(300));
    }
}

fn standing(world: &World, (phone, leg): (PhoneIndex, LegId)) -> Standing {
    world.agents[phone].talks[&leg].standing
}

fn line(world: &World, room: &str) -> Option<RoomLine> {
    world.node.board().room(RoomId::of(room))
}

fn seats(world: &World, room: &str) -> usize {
    line(world, room).map_or(0, |line| line.seats.len())
}

fn name(world: &World, at: Option<call::At>) -> String {
    let Some(call::At::Phone(phone)) = at else { return "carrier".to_owned() };
    world.plan().phone(phone).expect("one of ours").user.clone()
}

/// Who hears whom in a room, as the state of its call says; the worker does as it says.
fn hearing(world: &mut World, room: &str) -> BTreeSet<String> {
    world.advance(ms(600));
    world.assert_wired_as_said();
    let Some(call) = world.node.board().room_call(RoomId::of(room)) else { return BTreeSet::new() };
    let sheet = world.node.board().sheet(world.now(), call).expect("it runs");
    let of = |leg: LegId| {
        let line = sheet.parties.iter().find(|line| line.leg == leg).expect("he is in it");
        name(world, line.at)
    };
    let pairs = sheet.parties.iter().flat_map(|line| line.hears.iter().map(|other| (line.leg, *other)));
    pairs.map(|(one, other)| format!("{} {}", of(one), of(other))).collect()
}

/// Each of them hears all others.
fn all_of(names: &[&str]) -> BTreeSet<String> {
    let pairs = names.iter().flat_map(|one| names.iter().map(move |other| (one, other)));
    pairs.filter(|(one, other)| one != other).map(|(one, other)| format!("{one} {other}")).collect()
}

fn obey(world: &mut World, room: &str, verb: Verb) {
    let call = world.node.board().room_call(RoomId::of(room)).expect("somebody is there");
    assert_eq!(world.node.board().may(call, &verb), Ok(()), "{verb:?}\n{}", world.ladder);
    world.input(node::Input::Verb { call, verb });
}

fn leg_in(world: &World, room: &str, who: &str) -> LegId {
    let line = line(world, room).expect("somebody is there");
    let at = |seat: &call::SeatLine| match seat.at? {
        sip::Source::Phone(phone) => Some(call::At::Phone(phone)),
        sip::Source::Trunk(trunk) => Some(call::At::Trunk(trunk)),
    };
    line.seats.iter().find(|seat| name(world, at(seat)) == who).expect("he is there").leg
}

/// Every call that is over, the older one first.
fn records(world: &World) -> Vec<CallRecord> {
    let closed = |entry: &Entry| if let Entry::Closed(record) = entry { Some((**record).clone()) } else { None };
    let mut records: Vec<CallRecord> = world.ledger.iter().filter_map(closed).collect();
    records.sort_by_key(|record| record.call);
    records
}

fn refusals(world: &World, reason: &str) -> u64 {
    world.node.board().inspect(world.now()).refusals.get(reason).copied().unwrap_or(0)
}

#[test]
fn whoever_gets_there_by_his_phone_a_route_or_a_menu_hears_all_others_and_goes_as_he_likes() {
    // An even seed opens no ports in advance; of four in a row two have one worker, and two have three.
    for seed in 300..308 {
        let mut world = world(seed);
        let alice = dial(&mut world, "alice", "800");
        world.advance(ms(1_000));
        assert_eq!(world.heard(), ["alice hears a sound"], "{seed}: {}", world.ladder);
        let bob = dial(&mut world, "bob", "800");
        assert_eq!(hearing(&mut world, "daily"), all_of(&["alice", "bob"]), "{seed}: {}", world.ladder);
        assert_eq!(world.heard(), ["alice hears bob", "bob hears alice"], "{seed}: {}", world.ladder);
        let carrier = world.phone("carrier");
        let customer = (carrier, world.dial("+359888123456", DOOR));
        world.advance(ms(2_000));
        typed(&mut world, customer, "1");
        let three = ["alice", "bob", "carrier"];
        assert_eq!(hearing(&mut world, "daily"), all_of(&three), "{seed}: {}", world.ladder);
        let carol = dial(&mut world, "carol", "800");
        assert_eq!(hearing(&mut world, "daily"), all_of(&["alice", "bob", "carol", "carrier"]), "{}", world.ladder);
        // Who began it goes, and the others go on.
        hang_up(&mut world, alice);
        assert_eq!(hearing(&mut world, "daily"), all_of(&["bob", "carol", "carrier"]), "{seed}: {}", world.ladder);
        hang_up(&mut world, carol);
        hang_up(&mut world, customer);
        world.advance(ms(1_000));
        assert_eq!(world.heard(), ["bob hears a sound"], "he is alone: {}", world.ladder);
        hang_up(&mut world, bob);
        world.assert_quiescent();
        let records = records(&world);
        let [first, others @ ..] = &records[..] else { panic!("{records:?}") };
        assert_eq!((first.outcome, first.joined, others.len()), (Outcome::Answered, None, 3));
        assert!(first.talked_ms > 4_000, "{first:?}");
        for other in others {
            assert_eq!((other.outcome, other.joined), (Outcome::Joined, Some(first.call)));
        }
    }
}

#[test]
fn who_come_at_the_same_moment_meet_and_a_room_that_was_left_is_a_new_one() {
    for seed in 310..318 {
        let mut world = world(seed);
        for _ in 0..2 {
            let all: Vec<_> = ["alice", "bob", "carol"].map(|who| dial(&mut world, who, "800")).into();
            let carrier = world.phone("carrier");
            let customers =
                [(carrier, world.dial("+359888123456", DAILY)), (carrier, world.dial("+359888123457", DAILY))];
            world.advance(ms(2_000));
            assert_eq!(seats(&world, "daily"), 5, "{seed}: {}", world.ladder);
            assert_eq!(world.node.board().running(), 1, "{seed}: {}", world.ladder);
            let mut hearing = hearing(&mut world, "daily");
            hearing.remove("carrier carrier");
            assert_eq!(hearing, all_of(&["alice", "bob", "carol", "carrier"]), "{seed}: {}", world.ladder);
            all.into_iter().chain(customers).for_each(|one| hang_up(&mut world, one));
            world.advance(ms(3_000));
            assert_eq!(line(&world, "daily"), None);
        }
        world.assert_quiescent();
    }
}

#[test]
fn a_call_is_transferred_to_a_room() {
    for seed in [320, 325] {
        let mut world = world(seed);
        let bob = dial(&mut world, "bob", "800");
        let carrier = world.phone("carrier");
        let customer = (carrier, world.dial("+359888123456", sim::scenario::CAROL));
        world.advance(ms(2_000));
        let carol = world.phone("carol");
        let leg = world.agents[carol].current().expect("she talks to the customer");
        world.act(carol, |agent, now| agent.refer(now, leg, "800"));
        world.advance(ms(2_000));
        assert_eq!(hearing(&mut world, "daily"), all_of(&["bob", "carrier"]), "{}", world.ladder);
        assert!(!matches!(world.agents[carol].talks[&leg].standing, Standing::Up), "{}", world.ladder);
        // From a room nobody is transferred: the phone would send away another who is there.
        world.act(bob.0, |agent, now| agent.refer(now, bob.1, "103"));
        world.advance(ms(1_000));
        assert_eq!(world.agents[bob.0].talks[&bob.1].transfer, [603]);
        hang_up(&mut world, customer);
        hang_up(&mut world, bob);
        world.assert_quiescent();
    }
}

#[test]
fn every_single_fault_lets_all_meet_and_leaves_nothing_behind() {
    for (nth, fault) in (0..26).flat_map(|nth| [Fault::Lost, Fault::Doubled, Fault::Swapped].map(|fault| (nth, fault)))
    {
        let mut world = world(330 + nth % 4);
        world.network.faults.at = Some((world.network.sip_messages + nth, fault));
        let alice = dial(&mut world, "alice", "800");
        world.advance(ms(700));
        let (bob, carol) = (dial(&mut world, "bob", "800"), dial(&mut world, "carol", "800"));
        world.advance(ms(6_000));
        let all = hearing(&mut world, "daily");
        assert_eq!(all, all_of(&["alice", "bob", "carol"]), "{nth} {fault:?}\n{}", world.ladder);
        for one in [bob, alice, carol] {
            hang_up(&mut world, one);
        }
        world.assert_quiescent();
        assert_eq!(records(&world).len(), 3, "{nth} {fault:?}");
    }
}

#[test]
fn whoever_hangs_up_at_whatever_moment_leaves_the_others_to_each_other() {
    // What takes longest is a stream on its way between two workers: a millisecond or two after the ACK.
    for moment in 0..14_u64 {
        for who in 0..3 {
            let mut world = world(336 + moment % 4);
            world.media_delay = Duration::from_micros(300 + 2_000 * (moment % 3));
            let all = ["alice", "bob", "carol"].map(|one| dial(&mut world, one, "800"));
            world.advance(Duration::from_micros(10_000 + moment * 7_300));
            hang_up(&mut world, all[who]);
            world.advance(ms(8_000));
            let rest: Vec<&str> = ["alice", "bob", "carol"]
                .into_iter()
                .enumerate()
                .filter(|(n, _)| *n != who)
                .map(|(_, name)| name)
                .collect();
            assert_eq!(hearing(&mut world, "daily"), all_of(&rest), "{moment} {who}\n{}", world.ladder);
            all.into_iter().enumerate().filter(|(n, _)| *n != who).for_each(|(_, one)| hang_up(&mut world, one));
            world.assert_quiescent();
        }
    }
}

#[test]
fn the_room_may_end_while_somebody_is_on_his_way_there_who_then_is_the_first_one() {
    for moment in 0..16_u64 {
        let mut world = world(341 + 2 * (moment % 2));
        world.media_delay = ms(3);
        let alice = dial(&mut world, "alice", "800");
        world.advance(ms(1_000));
        let bob = dial(&mut world, "bob", "800");
        world.advance(ms(10) + Duration::from_micros(moment * 2_500));
        if let Some(call) = world.node.board().room_call(RoomId::of("daily")) {
            world.input(node::Input::HangUp(call));
        }
        world.advance(ms(4_000));
        assert!(!matches!(standing(&world, alice), Standing::Up), "{moment}: {}", world.ladder);
        let there = seats(&world, "daily");
        assert_eq!(there == 1, standing(&world, bob) == Standing::Up, "{moment}: {}", world.ladder);
        if there == 1 {
            hang_up(&mut world, bob);
        }
        world.assert_quiescent();
    }
}

#[test]
fn one_more_than_there_is_room_for_is_told_that_it_is_busy_and_so_is_a_guest_of_a_locked_room() {
    let mut world = world(350);
    let (alice, bob) = (dial(&mut world, "alice", "802"), dial(&mut world, "bob", "802"));
    world.advance(ms(1_000));
    let carol = dial(&mut world, "carol", "802");
    world.advance(ms(1_000));
    assert_eq!(standing(&world, carol), Standing::Refused(486), "{}", world.ladder);
    assert_eq!(refusals(&world, "room full"), 1);
    hang_up(&mut world, bob);
    world.advance(ms(1_000));
    obey(&mut world, "two", Verb::Lock { on: true });
    let carol = dial(&mut world, "carol", "802");
    world.advance(ms(1_000));
    assert_eq!((standing(&world, carol), refusals(&world, "room locked")), (Standing::Refused(486), 1));
    obey(&mut world, "two", Verb::Lock { on: false });
    let carol = dial(&mut world, "carol", "802");
    assert_eq!(hearing(&mut world, "two"), all_of(&["alice", "carol"]), "{}", world.ladder);
    hang_up(&mut world, alice);
    hang_up(&mut world, carol);
    world.assert_quiescent();
}

#[test]
fn a_room_has_two_hundred_places_and_not_one_more() {
    let plan = format!("{PLAN}{ROOMS}").replace("calls_max = 50", "calls_max = 500");
    let mut world = world_of(352, &plan);
    let carrier = world.phone("carrier");
    world.agents[carrier].silent = true;
    let most = limits::ROOM as usize;
    let legs: Vec<LegId> = (0..most).map(|n| world.dial(&format!("+359888{n:06}"), DAILY)).collect();
    world.advance(ms(1_500));
    assert_eq!(seats(&world, "daily"), most);
    assert_eq!(world.node.board().running(), 1);
    let late = world.dial("+359889000000", DAILY);
    world.advance(ms(1_000));
    assert_eq!((standing(&world, (carrier, late)), refusals(&world, "room full")), (Standing::Refused(486), 1));
    hang_up(&mut world, (carrier, legs[7]));
    world.advance(ms(500));
    let next = world.dial("+359889000001", DAILY);
    world.advance(ms(500));
    assert_eq!((standing(&world, (carrier, next)), seats(&world, "daily")), (Standing::Up, most));
    let call = world.node.board().room_call(RoomId::of("daily")).expect("they are there");
    world.input(node::Input::HangUp(call));
    world.assert_quiescent();
    assert_eq!(records(&world).len(), most + 2);
}

#[test]
fn guests_wait_with_music_for_a_host_and_again_when_he_has_gone() {
    let mut world = world(356);
    let (alice, bob) = (dial(&mut world, "alice", "803"), dial(&mut world, "bob", "803"));
    world.advance(ms(1_000));
    for guest in [alice, bob] {
        typed(&mut world, guest, "#");
    }
    assert_eq!(seats(&world, "hosted"), 2, "{}", world.ladder);
    assert_eq!(world.heard(), ["alice hears a sound", "bob hears a sound"], "{}", world.ladder);
    assert!(line(&world, "hosted").is_some_and(|line| line.waits));
    let carol = dial(&mut world, "carol", "803");
    world.advance(ms(1_000));
    typed(&mut world, carol, HOST_PIN);
    typed(&mut world, carol, "#");
    assert_eq!(hearing(&mut world, "hosted"), all_of(&["alice", "bob", "carol"]), "{}", world.ladder);
    hang_up(&mut world, carol);
    world.advance(ms(1_000));
    assert_eq!(world.heard(), ["alice hears a sound", "bob hears a sound"], "{}", world.ladder);
    hang_up(&mut world, alice);
    hang_up(&mut world, bob);
    world.assert_quiescent();
    let first = &records(&world)[0];
    assert!(first.talked_ms < 5_000, "who waits does not talk: {first:?}");
}

#[test]
fn who_is_muted_is_heard_by_nobody_until_he_is_let_and_who_is_kicked_is_gone() {
    let mut world = world(358);
    let (alice, bob) = (dial(&mut world, "alice", "804"), dial(&mut world, "bob", "804"));
    world.advance(ms(1_000));
    let carol = dial(&mut world, "carol", "804");
    let only_alice: BTreeSet<String> = ["bob alice", "carol alice"].map(str::to_owned).into();
    assert_eq!(hearing(&mut world, "lecture"), only_alice, "guests come in muted: {}", world.ladder);
    let party = leg_in(&world, "lecture", "bob");
    obey(&mut world, "lecture", Verb::Mute { party, on: false });
    let mut with_bob = only_alice.clone();
    with_bob.extend(["alice bob", "carol bob"].map(str::to_owned));
    assert_eq!(hearing(&mut world, "lecture"), with_bob, "{}", world.ladder);
    let may = |world: &World, verb| {
        let call = world.node.board().room_call(RoomId::of("lecture")).expect("it runs");
        world.node.board().may(call, &verb)
    };
    assert_eq!(may(&world, Verb::Mute { party, on: false }), Err("he is not muted"));
    assert_eq!(may(&world, Verb::Hold { party, on: true }), Err("it is a room: mute him"));
    assert_eq!(may(&world, Verb::Lock { on: false }), Err("it is not locked"));
    assert_eq!(may(&world, Verb::Leave { party }), Err("it is a room: kick him"));
    obey(&mut world, "lecture", Verb::Kick { party });
    world.advance(ms(2_000));
    assert!(!matches!(standing(&world, bob), Standing::Up), "{}", world.ladder);
    assert_eq!(hearing(&mut world, "lecture"), BTreeSet::from(["carol alice".to_owned()]), "{}", world.ladder);
    let party = leg_in(&world, "lecture", "alice");
    obey(&mut world, "lecture", Verb::Kick { party });
    hang_up(&mut world, carol);
    world.assert_quiescent();
    let _ = alice;
    let recorded = world.ledger.iter().filter(|entry| matches!(entry, Entry::Captured(_))).count();
    assert_eq!(recorded, 1, "the room is recorded, once");
}

#[test]
fn a_call_that_is_no_room_has_no_doors_and_a_reload_leaves_those_who_talk_alone() {
    let mut world = world(360);
    let (alice, bob) = (dial(&mut world, "alice", "800"), dial(&mut world, "bob", "800"));
    world.advance(ms(1_000));
    assert!(world.reload(PLAN, None), "a plan without rooms");
    assert_eq!(hearing(&mut world, "daily"), all_of(&["alice", "bob"]), "{}", world.ladder);
    let carol = dial(&mut world, "carol", "800");
    world.advance(ms(1_000));
    assert!(matches!(standing(&world, carol), Standing::Refused(_)), "nothing leads there: {}", world.ladder);
    hang_up(&mut world, alice);
    hang_up(&mut world, bob);
    let plain = dial(&mut world, "alice", "103");
    world.advance(ms(2_000));
    let call = world.node.board().inspect(world.now()).calls.last().expect("they talk").call;
    assert_eq!(world.node.board().may(call, &Verb::Lock { on: true }), Err("it is no room"));
    assert_eq!(world.node.board().may(call, &Verb::Mute { party: plain.1, on: true }), Err("it is no room"));
    assert_eq!(world.node.board().may(call, &Verb::Kick { party: plain.1 }), Err("it is no room"));
    hang_up(&mut world, plain);
    world.assert_quiescent();
}

/// Who is in a room as a key knows it: everything that it was told at first, and what was new since (RFC 4575 4.6).
fn known(world: &World, key: usize) -> BTreeSet<String> {
    let (mut known, mut next) = (BTreeSet::new(), 0);
    for told in world.watchers[0].told(key).iter().filter(|told| !told.body.is_empty()) {
        let document = told.body.split_once("<conference-info").expect("a document").1;
        let of = |name: &str| {
            let rest = document.split_once(&format!(" {name}=\"")).map_or("", |(_, rest)| rest);
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let version: u32 = of("version").parse().expect("a version");
        let whole = of("state") == "full";
        assert!(whole || version == next, "version {version} after {next}, and it says only what is new");
        if whole {
            known.clear();
        }
        next = version + 1;
        for user in told.body.split("<user entity=\"sip:").skip(1) {
            let (name, rest) = user.split_once('@').expect("a URI");
            let gone = rest.split('>').next().is_some_and(|tag| tag.contains("deleted"));
            let muted = if rest.contains("muted-via-focus") { " muted" } else { "" };
            known.retain(|one: &String| one.split(' ').next() != Some(name));
            if !gone {
                known.insert(format!("{name}{muted}"));
            }
        }
    }
    known
}

#[test]
fn whatever_one_fault_does_a_host_ends_up_with_the_roster_as_it_is() {
    for (nth, fault) in (0..32).flat_map(|nth| [Fault::Lost, Fault::Doubled, Fault::Swapped].map(|fault| (nth, fault)))
    {
        let mut world = world(370);
        world.network.faults.at = Some((world.network.sip_messages + nth, fault));
        world.add_watcher("alice");
        let key = world.let_watch(0, |keys, now| keys.watch(now, "804", "conference", 3_600));
        world.advance(ms(100));
        let bob = dial(&mut world, "bob", "804");
        world.advance(ms(1_500));
        let carol = dial(&mut world, "carol", "804");
        world.advance(ms(1_500));
        let party = leg_in(&world, "lecture", "bob");
        obey(&mut world, "lecture", Verb::Mute { party, on: false });
        world.advance(ms(6_000));
        assert_eq!(
            known(&world, key),
            ["bob", "carol muted"].map(str::to_owned).into(),
            "{nth} {fault:?}\n{}",
            world.ladder
        );
        hang_up(&mut world, carol);
        world.advance(ms(6_000));
        assert_eq!(known(&world, key), BTreeSet::from(["bob".to_owned()]), "{nth} {fault:?}\n{}", world.ladder);
        let times: Vec<_> = world.watchers[0].told(key).iter().map(|told| told.at).collect();
        let apart = times.windows(2).filter(|two| two[1].since(two[0]) < ms(950)).count();
        assert!(apart <= 1, "at most once a second, but for one that is repeated: {times:?}");
        hang_up(&mut world, bob);
        world.let_watch(0, |watcher, now| watcher.renew(now, key, 0));
        world.assert_quiescent();
    }
}

#[test]
fn a_guest_sees_who_is_there_for_as_long_as_he_is() {
    let mut world = world(372);
    world.add_watcher("bob");
    let early = world.let_watch(0, |keys, now| keys.watch(now, "800", "conference", 3_600));
    world.advance(ms(200));
    let (alice, bob) = (dial(&mut world, "alice", "800"), dial(&mut world, "bob", "800"));
    world.advance(ms(1_000));
    let key = world.let_watch(0, |keys, now| keys.watch(now, "room/daily", "conference", 3_600));
    world.advance(ms(500));
    assert_eq!(world.watchers[0].answered, [403, 200], "{}", world.ladder);
    assert!(world.watchers[0].told(early).is_empty());
    assert_eq!(known(&world, key), ["alice", "bob"].map(str::to_owned).into());
    hang_up(&mut world, bob);
    world.advance(ms(3_000));
    let last = world.watchers[0].told(key).last().expect("he was told").state.clone();
    assert_eq!(last, "terminated;reason=noresource", "{}", world.ladder);
    hang_up(&mut world, alice);
    world.assert_quiescent();
}
