//! Whatever people do with conference rooms at the same moment, everything comes to its end: who is kicked twice, comes in
//! while the room is locked, types a PIN while the host leaves, gives his seat away while he is sent away, and moves from
//! worker to worker meanwhile. Nobody is lost or left behind, and nobody hears whom no state allows.

use call::Verb;
use dialplan::{Destination, Routed};
use proptest::prelude::*;
use sim::deeds::{Own, ms};
use sim::rooms::{BOARD, DAILY, LECTURE, world};
use sim::scenario::CAROL;
use sim::{CARRIER, GUEST_PIN, HOST_PIN, Standing, Then, World};
use std::time::Duration;
use terms::{LegId, PhoneId, RoomId, WatchMode, limits};

const PHONES: [&str; 3] = ["alice", "bob", "carol"];
/// Rooms, what phones dial for them, and what carriers do: one for everybody, one with PINs, one in which guests are muted.
const ROOMS: [(&str, &str, &str); 3] = [("daily", "800", DAILY), ("board", "801", BOARD), ("lecture", "804", LECTURE)];

/// What somebody does.
#[derive(Clone, Debug)]
enum Deed {
    Dial {
        who: usize,
        room: usize,
    },
    /// A phone dials another.
    Ring {
        who: usize,
        whom: usize,
    },
    /// A customer calls a room.
    Call {
        room: usize,
    },
    /// What somebody types, one key right after the other.
    Type {
        who: usize,
        which: usize,
        keys: &'static str,
    },
    Kick {
        room: usize,
        seat: usize,
    },
    Lock {
        room: usize,
        on: bool,
    },
    Mute {
        room: usize,
        seat: usize,
        on: bool,
    },
    Hold {
        who: usize,
        on: bool,
    },
    /// A phone gives its seat, or the other side of its call, to another phone or to a room; and may hang up at once.
    Refer {
        who: usize,
        which: usize,
        to: usize,
        goes: bool,
    },
    /// A phone connects the other sides of two of its calls; and may hang up the second one at once.
    Connect {
        who: usize,
        within: usize,
        other: usize,
        goes: bool,
    },
    /// By command somebody in a room is watched at a phone.
    Watch {
        room: usize,
        seat: usize,
        whom: usize,
    },
    HangUp {
        who: usize,
        which: usize,
    },
    /// The operator ends the call that a room is.
    End {
        room: usize,
    },
    Wait(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let (phone, room, few) = (|| 0..3_usize, || 0..3_usize, || 0..4_usize);
    let keys = prop_oneof![2 => Just(GUEST_PIN), 2 => Just(HOST_PIN), 3 => Just("#"), 1 => Just("99#")];
    prop_oneof![
        5 => (phone(), room()).prop_map(|(who, room)| Deed::Dial { who, room }),
        2 => (phone(), phone()).prop_map(|(who, whom)| Deed::Ring { who, whom }),
        4 => room().prop_map(|room| Deed::Call { room }),
        4 => (few(), few(), keys).prop_map(|(who, which, keys)| Deed::Type { who, which, keys }),
        3 => (room(), few()).prop_map(|(room, seat)| Deed::Kick { room, seat }),
        2 => (room(), any::<bool>()).prop_map(|(room, on)| Deed::Lock { room, on }),
        1 => (room(), few(), any::<bool>()).prop_map(|(room, seat, on)| Deed::Mute { room, seat, on }),
        1 => (phone(), any::<bool>()).prop_map(|(who, on)| Deed::Hold { who, on }),
        3 => (phone(), few(), 0..6_usize, any::<bool>())
            .prop_map(|(who, which, to, goes)| Deed::Refer { who, which, to, goes }),
        4 => (phone(), few(), few(), any::<bool>())
            .prop_map(|(who, within, other, goes)| Deed::Connect { who, within, other, goes }),
        1 => (room(), few(), phone()).prop_map(|(room, seat, whom)| Deed::Watch { room, seat, whom }),
        2 => (few(), few()).prop_map(|(who, which)| Deed::HangUp { who, which }),
        1 => room().prop_map(|room| Deed::End { room }),
        6 => prop_oneof![Just(1), Just(6), Just(40), Just(700), Just(2_500)].prop_map(Deed::Wait),
    ]
}

/// The n-th of the calls of somebody that are not over: of a phone, or of the carrier.
fn own(world: &World, who: usize, which: usize) -> Option<Own> {
    let who = PHONES.get(who).map_or(CARRIER, |name| world.phone(name));
    let running = world.agents[who].talks.iter();
    let running = running.filter(|(_, talk)| matches!(talk.standing, Standing::Ringing | Standing::Up));
    let legs: Vec<LegId> = running.map(|(leg, _)| *leg).collect();
    legs.get(which % legs.len().max(1)).map(|leg| (who, *leg))
}

/// The leg of the n-th of those who are in a room.
fn seat(world: &World, room: usize, nth: usize) -> Option<LegId> {
    let line = world.room(ROOMS[room].0)?;
    line.seats.get(nth % line.seats.len().max(1)).map(|seat| seat.leg)
}

/// The call that a room is does this, where it can.
fn command(world: &mut World, room: usize, verb: Verb) {
    let Some(call) = world.node.board().room_call(RoomId::of(ROOMS[room].0)) else { return };
    if world.node.board().may(call, &verb).is_ok() {
        world.input(node::Input::Verb { call, verb });
    }
}

fn perform(world: &mut World, deed: Deed, customers: &mut usize) {
    match deed {
        Deed::Dial { who, room } => _ = world.dials(PHONES[who], ROOMS[room].1),
        Deed::Ring { who, whom } => _ = world.dials(PHONES[who], ["101", "102", "103"][whom]),
        Deed::Call { room } => {
            *customers += 1;
            world.brings(&format!("+3598881234{customers:02}"), ROOMS[room].2);
        }
        Deed::Type { who, which, keys } => {
            if let Some((who, leg)) = own(world, who, which) {
                keys.chars().for_each(|key| world.act(who, |agent, _| agent.press(leg, key)));
            }
        }
        Deed::Kick { room, seat: nth } => {
            let Some(party) = seat(world, room, nth) else { return };
            // Once, and in the same moment again.
            command(world, room, Verb::Kick { party });
            command(world, room, Verb::Kick { party });
        }
        Deed::Lock { room, on } => command(world, room, Verb::Lock { on }),
        Deed::Mute { room, seat: nth, on } => {
            let Some(party) = seat(world, room, nth) else { return };
            command(world, room, Verb::Mute { party, on });
        }
        Deed::Hold { who, on } => {
            if let Some((who, leg)) = own(world, who, 0) {
                world.act(who, |agent, now| agent.hold(now, leg, on));
            }
        }
        Deed::Refer { who, which, to, goes } => {
            let Some(one) = own(world, who, which) else { return };
            world.act(one.0, |agent, now| agent.refer(now, one.1, ["101", "102", "103", "800", "801", "804"][to]));
            if goes {
                world.advance(ms(1));
                world.hang_up(one);
            }
        }
        Deed::Connect { who, within, other, goes } => {
            let Some((within, other)) = own(world, who, within).zip(own(world, who, other)) else { return };
            world.act(within.0, |agent, now| agent.refer_to(now, within.1, other.1));
            if goes {
                world.advance(ms(1));
                world.hang_up(other);
            }
        }
        Deed::Watch { room, seat: nth, whom } => {
            let Some(party) = seat(world, room, nth) else { return };
            let to = Destination::Phone(PhoneId::of(PHONES[whom]));
            let to = Routed { destination: to, record: false, route: None };
            command(world, room, Verb::Watch { party, to, mode: WatchMode::Barge });
        }
        Deed::HangUp { who, which } => own(world, who, which).into_iter().for_each(|one| world.hang_up(one)),
        Deed::End { room } => {
            if let Some(call) = world.node.board().room_call(RoomId::of(ROOMS[room].0)) {
                world.input(node::Input::HangUp(call));
            }
        }
        Deed::Wait(time) => world.advance(ms(time)),
    }
}

/// Everybody hangs up, until nobody has a call any more.
fn silence(world: &mut World) {
    for _ in 0..20 {
        for who in 0..=PHONES.len() {
            while let Some(one) = own(world, who, 0) {
                world.hang_up(one);
                world.advance(ms(1_000));
                if own(world, who, 0) == Some(one) {
                    world.advance(ms(70_000));
                }
            }
        }
        world.advance(ms(2_000));
    }
}

/// Who is in a room is so by its call: nobody is there twice, nobody talks there who has no seat, and no room has more than
/// there is room for.
fn assert_seated(world: &World) {
    for (room, ..) in ROOMS {
        let Some(line) = world.room(room) else { continue };
        let mut legs: Vec<LegId> = line.seats.iter().map(|seat| seat.leg).collect();
        legs.sort_unstable();
        legs.dedup();
        assert_eq!(legs.len(), line.seats.len(), "{room}");
        assert!(legs.len() <= limits::ROOM as usize && world.node.board().is_running(line.call), "{room}");
        let sheet = world.node.board().sheet(world.now(), line.call).expect("it runs");
        let talk = sheet.parties.iter().filter(|party| party.stance == call::Standing::Talking);
        assert!(talk.map(|party| party.leg).all(|leg| legs.contains(&leg)), "{room}: {sheet:?}\n{}", world.ladder);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn random_deeds_in_three_rooms_leave_nothing_behind(
        seed in 0..1_000_u64,
        delay in prop_oneof![Just(300), Just(2_300), Just(7_000)],
        deeds in proptest::collection::vec(deed(), 4..32),
    ) {
        let mut world = world(seed);
        world.media_delay = Duration::from_micros(delay);
        for (nth, who) in PHONES.into_iter().enumerate() {
            world.conduct(who, 60 + (seed * 37 + nth as u64 * 911) % 1_500, Then::Answer);
        }
        // Two are in a room, and the third, who talks to a customer.
        PHONES.into_iter().for_each(|who| _ = world.dials(who, "800"));
        world.brings("+359888123400", CAROL);
        world.advance(ms(2_500));
        let mut customers = 0;
        for deed in deeds {
            perform(&mut world, deed, &mut customers);
            world.assert_wired_as_said();
            assert_seated(&world);
        }
        silence(&mut world);
        world.assert_quiescent();
    }
}
