//! Whatever phones and carriers do with their calls, transfers that cross among it, everything comes to its end: nobody is
//! lost, each call and each leg is in the account once, and nobody hears whom no state allows.

use call::{CallSheet, Verb};
use dialplan::{Destination, Routed};
use proptest::prelude::*;
use sim::scenario::{CAROL, NUMBER, world};
use sim::{Conduct, Faults, PhoneIndex, Standing, World};
use std::time::Duration;
use terms::{CallRef, LegId, PhoneId, WatchMode};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn calls_on_different_workers_are_connected_and_the_stream_comes_along() {
    let mut elsewhere = 0;
    for seed in [96, 97, 104, 105] {
        let mut world = world(seed, Faults::default());
        let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
        let one = world.dial("+359888123456", CAROL);
        world.advance(2 * SECOND);
        let first = world.agents[carol].current().expect("the first customer talks to carol");
        // The second one comes through a menu: where he goes is not known when he is dealt to a worker.
        let two = world.dial("+359888123457", NUMBER);
        world.advance(SECOND);
        world.act(carrier, |agent, _| agent.press(two, '2'));
        world.advance(3 * SECOND);
        let second = world.agents[carol].current().expect("the second one, too");
        assert_ne!(first, second);
        elsewhere += usize::from(worker_of(&world, one) != worker_of(&world, two));
        world.act(carol, |agent, now| agent.refer_to(now, second, first));
        world.advance(SECOND);
        assert_eq!(world.agents[carol].talks[&second].transfer, [202, 100, 200], "{}", world.ladder);
        let heard = |world: &World| [one, two].map(|leg| world.agents[carrier].talks[&leg].heard.packets);
        let before = heard(&world);
        world.advance(2 * SECOND);
        let after = heard(&world);
        assert!(before.iter().zip(after).all(|(before, after)| after > before + 80), "{before:?} {after:?}");
        world.assert_wired_as_said();
        for leg in [one, two] {
            let talk = &world.agents[carrier].talks[&leg];
            assert_eq!((talk.standing, talk.heard.sequence_breaks), (Standing::Up, 0), "{}", world.ladder);
            assert_eq!(talk.heard.ssrcs.len(), 1, "one voice, as far as he can tell");
        }
        world.act(carrier, |agent, now| agent.hang_up(now, one));
        world.assert_quiescent();
    }
    assert!(elsewhere > 0, "no two of them were on different workers");
}

#[test]
fn the_calls_of_a_phone_behind_which_another_switch_stands_are_dealt_to_all_workers() {
    // It has three workers.
    let mut world = world(97, Faults::default());
    let customers: Vec<LegId> = (0..9)
        .map(|nth| {
            let leg = world.dial(&format!("+35988812345{nth}"), CAROL);
            world.advance(2 * SECOND);
            leg
        })
        .collect();
    let mut dealt = [0; 3];
    customers.iter().for_each(|leg| dealt[worker_of(&world, *leg).expect("he talks to carol")] += 1);
    assert!(dealt.iter().all(|calls| *calls > 1), "{dealt:?}");
    let carrier = world.phone("carrier");
    customers.into_iter().for_each(|leg| world.act(carrier, |agent, now| agent.hang_up(now, leg)));
    world.assert_quiescent();
}

/// Which worker has a customer's stream.
fn worker_of(world: &World, leg: LegId) -> Option<usize> {
    let carrier = &world.agents[world.phone("carrier")];
    world.worker_at(carrier.talks[&leg].sends_to()?.port())
}

/// A customer talks to carol, who talks to bob, too; bob talks to alice, and alice to carol.
fn four_calls(world: &mut World) {
    world.dial("+359888123450", CAROL);
    for (who, number) in [("carol", "102"), ("bob", "101"), ("alice", "103")] {
        world.advance(2 * SECOND);
        let who = world.phone(who);
        world.act(who, |agent, now| agent.dial(now, number));
    }
    world.advance(Duration::from_millis(1_200));
}

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// A customer calls carol, or the menu.
    Call {
        menu: bool,
    },
    /// A phone dials another.
    Dial {
        who: usize,
        whom: usize,
    },
    /// A phone connects the other sides of two of its calls.
    Connect {
        who: usize,
        within: usize,
        other: usize,
    },
    /// A phone sends the other side of a call to another phone.
    Send {
        who: usize,
        within: usize,
        whom: usize,
    },
    Hold {
        who: usize,
        on: bool,
    },
    HangUp {
        who: usize,
        which: usize,
    },
    /// By command somebody in a call asks a phone beside it.
    Ask {
        which: usize,
        party: usize,
        whom: usize,
    },
    /// By command who asks goes to the others.
    Swap {
        which: usize,
    },
    /// By command somebody in a call is watched at a phone.
    Watch {
        which: usize,
        party: usize,
        whom: usize,
        mode: WatchMode,
    },
    /// By command somebody who watches is heard by others, or takes over.
    Mode {
        which: usize,
        party: usize,
        mode: Option<WatchMode>,
    },
    Press(char),
    Wait(u64),
}

fn mode() -> impl Strategy<Value = WatchMode> {
    prop_oneof![Just(WatchMode::Listen), Just(WatchMode::Whisper), Just(WatchMode::Barge)]
}

fn deed() -> impl Strategy<Value = Deed> {
    let (phone, call) = (|| 0..3_usize, || 0..3_usize);
    prop_oneof![
        2 => any::<bool>().prop_map(|menu| Deed::Call { menu }),
        3 => (phone(), phone()).prop_map(|(who, whom)| Deed::Dial { who, whom }),
        4 => (phone(), call(), call()).prop_map(|(who, within, other)| Deed::Connect { who, within, other }),
        1 => (phone(), call(), phone()).prop_map(|(who, within, whom)| Deed::Send { who, within, whom }),
        1 => (phone(), any::<bool>()).prop_map(|(who, on)| Deed::Hold { who, on }),
        1 => (0..9_usize, call()).prop_map(|(who, which)| Deed::HangUp { who, which }),
        3 => (call(), 0..4_usize, phone()).prop_map(|(which, party, whom)| Deed::Ask { which, party, whom }),
        2 => call().prop_map(|which| Deed::Swap { which }),
        2 => (call(), 0..4_usize, phone(), mode())
            .prop_map(|(which, party, whom, mode)| Deed::Watch { which, party, whom, mode }),
        2 => (call(), 0..4_usize, proptest::option::weighted(0.7, mode()))
            .prop_map(|(which, party, mode)| Deed::Mode { which, party, mode }),
        1 => prop_oneof![Just('1'), Just('2')].prop_map(Deed::Press),
        4 => prop_oneof![Just(6), Just(40), Just(700), Just(2_500)].prop_map(Deed::Wait),
    ]
}

/// The n-th of the calls of somebody that are not over.
fn call_of(world: &World, who: PhoneIndex, which: usize) -> Option<LegId> {
    let running = world.agents[who].talks.iter();
    let running = running.filter(|(_, talk)| matches!(talk.standing, Standing::Ringing | Standing::Up));
    let legs: Vec<LegId> = running.map(|(leg, _)| *leg).collect();
    legs.get(which % legs.len().max(1)).copied()
}

fn perform(world: &mut World, deed: Deed, customers: &mut usize) {
    let phones = ["alice", "bob", "carol"].map(|user| world.phone(user));
    let carrier = world.phone("carrier");
    match deed {
        // Up to six parties: three phones, and as many customers.
        Deed::Call { menu } if *customers < 3 => {
            *customers += 1;
            world.dial(&format!("+3598881234{customers}"), if menu { NUMBER } else { CAROL });
        }
        Deed::Call { .. } => {}
        Deed::Dial { who, whom } => {
            let number = ["101", "102", "103"][whom];
            world.act(phones[who], |agent, now| agent.dial(now, number));
        }
        Deed::Connect { who, within, other } => {
            if let Some((within, other)) = call_of(world, phones[who], within).zip(call_of(world, phones[who], other)) {
                world.act(phones[who], |agent, now| agent.refer_to(now, within, other));
            }
        }
        Deed::Send { who, within, whom } => {
            if let Some(within) = call_of(world, phones[who], within) {
                world.act(phones[who], |agent, now| agent.refer(now, within, ["101", "102", "103"][whom]));
            }
        }
        Deed::Hold { who, on } => {
            if let Some(leg) = world.agents[phones[who]].current() {
                world.act(phones[who], |agent, now| agent.hold(now, leg, on));
            }
        }
        Deed::HangUp { who, which } => {
            let Some(who) = phones.iter().copied().chain([carrier]).nth(who) else { return };
            if let Some(leg) = call_of(world, who, which) {
                world.act(who, |agent, now| agent.hang_up(now, leg));
            }
        }
        Deed::Ask { which, party, whom } => {
            let whom = PhoneId::of(["alice", "bob", "carol"][whom]);
            command(world, which, |sheet| {
                let to = Routed { destination: Destination::Phone(whom), record: false, route: None };
                let party = sheet.parties.get(party % sheet.parties.len().max(1))?.leg;
                Some(Verb::Consult { party, to, by: None })
            });
        }
        Deed::Swap { which } => command(world, which, |_| Some(Verb::Swap)),
        Deed::Watch { which, party, whom, mode } => {
            let whom = PhoneId::of(["alice", "bob", "carol"][whom]);
            command(world, which, |sheet| {
                let to = Routed { destination: Destination::Phone(whom), record: false, route: None };
                let party = sheet.parties.get(party % sheet.parties.len().max(1))?.leg;
                Some(Verb::Watch { party, to, mode })
            });
        }
        Deed::Mode { which, party, mode } => command(world, which, |sheet| {
            let party = sheet.parties.get(party % sheet.parties.len().max(1))?.leg;
            Some(mode.map_or(Verb::TakeOver { party }, |mode| Verb::Mode { party, mode }))
        }),
        Deed::Press(key) => {
            if let Some(leg) = world.agents[carrier].current() {
                world.act(carrier, |agent, _| agent.press(leg, key));
            }
        }
        Deed::Wait(ms) => world.advance(Duration::from_millis(ms)),
    }
}

/// Has the n-th of the running calls do something, if it can.
fn command(world: &mut World, which: usize, verb: impl FnOnce(&CallSheet) -> Option<Verb>) {
    let (board, now) = (world.node.board(), world.now());
    let calls: Vec<CallRef> = board.inspect(now).calls.iter().map(|line| line.call).collect();
    let Some(call) = calls.get(which % calls.len().max(1)).copied() else { return };
    let verb = board.sheet(now, call).and_then(|sheet| verb(&sheet));
    if let Some(verb) = verb.filter(|verb| board.may(call, verb).is_ok()) {
        world.input(node::Input::Verb { call, verb });
    }
}

/// Everybody hangs up, until nobody has a call any more.
fn silence(world: &mut World) {
    for _ in 0..20 {
        for who in 0..world.agents.len() {
            while let Some(leg) = call_of(world, who, 0) {
                world.act(who, |agent, now| agent.hang_up(now, leg));
                world.advance(SECOND);
                if call_of(world, who, 0) == Some(leg) {
                    world.advance(70 * SECOND);
                }
            }
        }
        world.advance(2 * SECOND);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_deeds_of_six_parties_in_four_calls_leave_nothing_behind(
        seed in 0..1_000_u64,
        deeds in proptest::collection::vec(deed(), 4..24),
    ) {
        let mut world = world(seed, Faults::default());
        for (nth, who) in ["alice", "bob", "carol"].into_iter().enumerate() {
            let ring = Duration::from_millis(100 + (seed * 37 + nth as u64 * 911) % 1_500);
            world.agent(who).conduct = Conduct { ring, ..Conduct::default() };
        }
        let mut customers = 1;
        four_calls(&mut world);
        for deed in deeds {
            perform(&mut world, deed, &mut customers);
            world.assert_wired_as_said();
        }
        silence(&mut world);
        world.assert_quiescent();
    }
}
