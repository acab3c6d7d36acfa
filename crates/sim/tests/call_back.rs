//! A caller would rather be called back: his number waits in a queue in his place, and an agent is offered it as he is a call.

use acd::Status;
use call::AbsentWish::{Done, Take};
use call::{Absent, Dial};
use node::Input;
use sim::deeds::{Own, ms, under_each_fault};
use sim::scenario::{NUMBER, PLAN, world_of};
use sim::{Faults, Standing, World};
use terms::{AgentId, ContactKind, PhoneId, QueueId};

/// Whoever presses 9 is to be called back, and is told so; whoever waits for 5 s in the other queue is, too.
fn world(seed: u64) -> World {
    let capacity = "capacity = [{ kind = \"voice\" }, { kind = \"callback\" }]\n";
    let plan = PLAN.replace("calls_max = 50\n", "calls_max = 50\ntarget = \"10.0.0.2:5060\"\n");
    let plan = plan
        .replace("ready = true\n\n[[agent]]", &format!("ready = true\n{capacity}\n[[agent]]"))
        .replace("\"waited > 2m\", go = \"hangup:17\"", "\"waited > 5s\", go = \"flow:later\"")
        .replace("2 = \"phone:carol\"", "2 = \"phone:carol\", 9 = \"flow:later\"");
    let later = "[flow.later]\nnote = { call_back = \"support\", otherwise = \"sorry\" }\n\
        thanks = { play = \"welcome.wav\", then = \"hangup\" }\nsorry = { hang_up = \"rejected\" }\n\
        [[route]]\nfrom = \"phone:*\"\nto = \"+*\"\ngo = \"trunk:carrier\"\n";
    world_of(seed, &(plan + later), Faults::default())
}

fn alice() -> AgentId {
    AgentId::of("alice")
}

fn waiting(world: &World) -> Vec<Absent> {
    world.node.board().absents().collect()
}

fn presses_nine(world: &mut World) -> Own {
    let customer = world.brings("+359888123456", NUMBER);
    world.advance(ms(2_000));
    world.type_in(customer, "9");
    customer
}

fn not_ready(world: &mut World) {
    for agent in ["alice", "bob"] {
        let status = Status::NotReady("lunch".into());
        world.input(Input::SetStatus { agent: AgentId::of(agent), status });
    }
}

#[test]
fn his_number_waits_in_his_place_and_he_is_told_so_and_goes() {
    let messages = under_each_fault(
        || world(430),
        |world| {
            let customer = presses_nine(world);
            world.advance(ms(8_000));
            assert_ne!(world.standing(customer), Standing::Up, "he was told so: {}", world.ladder);
            let [one] = &waiting(world)[..] else { panic!("{:?}\n{}", waiting(world), world.ladder) };
            assert_eq!((one.kind, one.queue), (ContactKind::Callback, QueueId::of("support")));
            assert_eq!((&one.subject, &one.offered_to), (&"+359888123456".into(), &vec![alice()]));
        },
    );
    assert!((4..16).contains(&messages), "{messages}");
}

#[test]
fn the_agent_who_takes_it_rings_him_and_is_done_with_it() {
    let mut world = world(431);
    presses_nine(&mut world);
    world.advance(ms(3_000));
    let contact = waiting(&world)[0].contact;
    let now = world.now();
    assert_eq!(world.node.absent(now, contact, Take(alice())), Ok(()));
    world.flush();
    let phone = PhoneId::of("alice");
    let dialled = dialplan::Arrival { from: dialplan::Origin::Phone(phone), caller: "alice", called: "+359888123456" };
    let routed = world.plan().decide(&dialled, now.wall).expect("she may dial that");
    let called = waiting(&world)[0].subject.clone();
    world.dial_for(Dial { agent: None, phone, called, routed, name: None }).expect("nothing speaks against it");
    world.advance(ms(4_000));
    world.come_to_hear(&["alice hears carrier", "carrier hears alice"]);
    world.hangs_up("alice");
    world.advance(ms(1_000));
    let now = world.now();
    assert_eq!(world.node.absent(now, contact, Done(alice())), Ok(()));
    world.flush();
    world.assert_quiescent();
    assert!(waiting(&world).is_empty());
}

#[test]
fn a_number_that_waits_already_is_noted_once() {
    let mut world = world(432);
    not_ready(&mut world);
    let bob = world.brings("+359888123456", NUMBER);
    world.advance(ms(2_000));
    world.type_in(bob, "1");
    world.advance(ms(10_000));
    assert_eq!(waiting(&world).len(), 1, "who has waited long enough is noted: {}", world.ladder);
    presses_nine(&mut world);
    world.advance(ms(5_000));
    assert_eq!(waiting(&world).len(), 1, "{:?}", waiting(&world));
}

#[test]
fn what_he_has_waited_counts_so_that_nobody_who_came_later_is_before_him() {
    let mut world = world(436);
    not_ready(&mut world);
    let first = world.brings("+359888123456", NUMBER);
    world.advance(ms(2_000));
    world.type_in(first, "1");
    world.advance(ms(1_000));
    // This one is noted while that one still waits.
    let later = world.brings("+359888123457", NUMBER);
    world.advance(ms(2_000));
    world.type_in(later, "9");
    world.advance(ms(500));
    assert_eq!(waiting(&world).len(), 1, "{}", world.ladder);
    world.advance(ms(6_000));
    assert_eq!(waiting(&world).len(), 2, "{}", world.ladder);
    world.input(Input::SetStatus { agent: alice(), status: Status::Ready });
    world.advance(ms(500));
    let waiting = waiting(&world);
    let offered: Vec<_> = waiting.iter().filter(|one| !one.offered_to.is_empty()).map(|one| &one.subject).collect();
    assert_eq!(offered, [&"+359888123456".into()]);
}

#[test]
fn who_withholds_his_number_cannot_be_called_back() {
    let mut world = world(433);
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.withhold(now));
    let customer = presses_nine(&mut world);
    world.advance(ms(5_000));
    assert!(waiting(&world).is_empty(), "{:?}", waiting(&world));
    assert_ne!(world.standing(customer), Standing::Up);
}

#[test]
fn who_hangs_up_meanwhile_is_called_back_all_the_same_or_was_never_noted() {
    for moment in 0..12_u64 {
        let mut world = world(434 + moment % 2);
        let customer = world.brings("+359888123456", NUMBER);
        world.advance(ms(2_000));
        world.act(customer.0, |agent, _| agent.press(customer.1, '9'));
        world.advance(ms(moment * 40));
        world.hang_up(customer);
        world.advance(ms(3_000));
        assert!(waiting(&world).len() <= 1);
        assert_eq!(world.node.board().running(), 0, "{}", world.ladder);
    }
}
