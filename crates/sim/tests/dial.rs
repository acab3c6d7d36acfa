//! A call that begins here: an agent or a phone is rung first, and then the number as if he had dialled it.

use acd::Work;
use call::Dial;
use call::cdr::{By, CallRecord, Entry, LegRecord, LegRole, Outcome};
use sim::deeds::ms;
use sim::scenario::{NUMBER, PLAN, world_of};
use sim::{Conduct, Fault, Faults, Standing, Then, World};
use sip::Source;
use terms::{AgentId, Cause, PhoneId, TrunkId};

/// What is dialled outside.
const OUT: &str = "0207946";

/// Phones may dial out, and a queue.
fn world(seed: u64) -> World {
    let out = |to: &str, go: &str| format!("[[route]]\nfrom = \"phone:*\"\nto = \"{to}\"\ngo = \"{go}\"\n\n");
    let routes = out("0*", "trunk:carrier") + &out("500", "queue:support");
    let plan = PLAN.replace("calls_max = 50\n", "calls_max = 50\ntarget = \"10.0.0.2:5060\"\n");
    let plan = plan.replace("[flow.main]", &(routes + "[flow.main]"));
    world_of(seed, &plan, Faults::default())
}

fn conduct(world: &mut World, who: &str, then: Then) {
    world.agent(who).conduct = Conduct { ring: ms(1_000), then, ..Conduct::default() };
}

/// For alice, with the rights of her phone.
fn for_alice(world: &World, called: &str) -> Dial {
    Dial { agent: Some(AgentId::of("alice")), ..for_phone(world, "alice", called) }
}

fn for_phone(world: &World, user: &str, called: &str) -> Dial {
    let phone = PhoneId::of(user);
    let dialled = dialplan::Arrival { from: dialplan::Origin::Phone(phone), caller: user, called };
    let routed = world.plan().decide(&dialled, world.now().wall).expect("he may dial that");
    Dial { agent: None, phone, called: called.into(), routed, name: Some("the bakery".into()) }
}

fn dial(world: &mut World, what: impl FnOnce(&World) -> Dial) {
    let dial = what(world);
    world.dial_for(dial).expect("nothing speaks against it");
}

fn engaged(world: &World, agent: &str) -> bool {
    world.node.acd().agent(AgentId::of(agent)).expect("he is in the plan").engaged
}

fn work(world: &World, agent: &str) -> Work {
    world.node.acd().agent(AgentId::of(agent)).expect("he is in the plan").work
}

fn record(world: &World) -> CallRecord {
    let closed = |entry: &Entry| if let Entry::Closed(record) = entry { Some((**record).clone()) } else { None };
    world.ledger.iter().find_map(closed).expect("it is over")
}

fn legs(world: &World) -> Vec<LegRecord> {
    let leg = |entry: &Entry| if let Entry::Leg(leg) = entry { Some((**leg).clone()) } else { None };
    world.ledger.iter().filter_map(leg).collect()
}

#[test]
fn the_agent_rings_first_and_then_the_number_is_dialled_as_if_he_had() {
    let mut world = world(200);
    dial(&mut world, |world| for_alice(world, OUT));
    assert!(engaged(&world, "alice"), "no queue may ring her phone now");
    world.advance(ms(300));
    let (alice, carrier) = (world.phone("alice"), world.phone("carrier"));
    let rung = world.agents[alice].talks.values().next().expect("she rings").arrival.clone().expect("by an INVITE");
    assert_eq!((rung.caller, rung.caller_name), (OUT.into(), Some("the bakery".into())), "whom she will get");
    assert!(world.agents[carrier].talks.is_empty(), "nobody is called before she is there");
    world.advance(ms(4_000));
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
    let called = world.agents[carrier].talks.values().next().expect("it was dialled").arrival.clone();
    assert_eq!(called.expect("by an INVITE").caller, "alice".into(), "with her number");
    world.assert_wired_as_said();
    assert!(engaged(&world, "alice"));
    world.hangs_up("alice");
    world.assert_quiescent();
    assert!(!engaged(&world, "alice"));
    let record = record(&world);
    assert_eq!(record.source, Source::Phone(PhoneId::of("alice")));
    assert_eq!((&record.caller, &record.called), (&"alice".into(), &OUT.into()));
    assert_eq!((record.agent, record.trunk_out), (Some(AgentId::of("alice")), Some(TrunkId::of("carrier"))));
    assert_eq!((record.outcome, record.ended_by), (Outcome::Answered, By::Caller));
    assert!(record.talked_ms > 2_000 && record.media.is_some() && !record.sip_call_id.is_empty(), "{record:?}");
    let legs = legs(&world);
    let of = |role| legs.iter().find(|leg| leg.role == role).expect("both have their account");
    assert_eq!(of(LegRole::Caller).agent, Some(AgentId::of("alice")));
    assert_eq!(of(LegRole::Callee).who, Source::Trunk(TrunkId::of("carrier")));
}

#[test]
fn while_it_rings_at_the_other_end_he_hears_that_and_a_refusal_ends_it_with_its_reason() {
    let mut world = world(201);
    conduct(&mut world, "carrier", Then::Refuse(486));
    world.agent("carrier").conduct.ring = ms(3_000);
    dial(&mut world, |world| for_phone(world, "carol", OUT));
    world.advance(ms(2_500));
    let carol = world.phone("carol");
    let tone = world.agents[carol].talks.values().map(|talk| talk.heard.sounds()).sum::<u64>();
    assert!(tone > 40, "{tone} packets\n{}", world.ladder);
    world.assert_quiescent();
    let record = record(&world);
    assert_eq!((record.outcome, record.status, record.cause), (Outcome::Failed, Some(486), Cause::BUSY));
    assert_eq!((record.agent, record.trunk_out), (None, Some(TrunkId::of("carrier"))));
}

#[test]
fn nothing_is_dialled_where_he_does_not_take_it() {
    for (then, status) in [(Then::Refuse(486), 486), (Then::Refuse(603), 603), (Then::RingOn, 480), (Then::Vanish, 480)]
    {
        let mut world = world(202);
        conduct(&mut world, "alice", then);
        dial(&mut world, |world| for_alice(world, OUT));
        world.assert_quiescent();
        let record = record(&world);
        assert_eq!((record.outcome, record.ended_by), (Outcome::Failed, By::Caller), "{then:?}");
        assert_eq!(record.status, Some(status), "{then:?}");
        assert!(world.agents[world.phone("carrier")].talks.is_empty(), "{then:?}");
        assert!(!engaged(&world, "alice"));
    }
}

#[test]
fn one_who_has_a_call_or_no_phone_is_not_rung_for_another() {
    let mut world = world(203);
    let refused = |world: &mut World, who: &str| {
        let dial = Dial { agent: Some(AgentId::of(who)), ..for_phone(world, who, OUT) };
        world.dial_for(dial).expect_err("not now")
    };
    world.agent("alice").conduct.ring = ms(5_000);
    let leg = world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    world.advance(ms(2_000));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(ms(1_000));
    assert!(matches!(work(&world, "alice"), Work::Reserved(_)));
    assert_eq!(refused(&mut world, "alice"), "a queue has given him a call");
    let bob = Dial { agent: Some(AgentId::of("bob")), ..for_phone(&world, "bob", OUT) };
    world.dial_for(bob.clone()).expect("he is free");
    assert_eq!(world.dial_for(bob).expect_err("two at once"), "in a call already");
    world.advance(ms(3_000));
    for line in world.node.board().inspect(world.now()).calls {
        world.input(node::Input::HangUp(line.call));
    }
    world.assert_quiescent();
}

#[test]
fn who_has_a_queue_dialled_for_him_is_its_customer_and_gets_no_call_of_it() {
    let mut world = world(204);
    dial(&mut world, |world| Dial { agent: Some(AgentId::of("bob")), ..for_phone(world, "bob", "500") });
    world.advance(ms(5_000));
    assert_eq!(world.heard(), ["alice hears bob", "bob hears alice"], "{}", world.ladder);
    assert!(engaged(&world, "bob"), "he is in a call that no queue gave him");
    assert!(matches!(work(&world, "alice"), Work::Talking(_)));
    world.hangs_up("bob");
    world.assert_quiescent();
    assert!(!engaged(&world, "bob"));
    assert_eq!(record(&world).agent, Some(AgentId::of("alice")));
}

#[test]
fn it_can_be_ended_at_any_moment_by_command_or_by_either_side() {
    for moment in (0..16).map(|nth| ms(nth * 311)) {
        for by in ["command", "alice", "carrier"] {
            let mut world = world(205);
            world.agent("carrier").conduct = Conduct { ring: ms(1_500), early_media: true, ..Conduct::default() };
            let dial = for_alice(&world, OUT);
            let call = world.dial_for(dial).expect("nothing speaks against it");
            world.advance(moment);
            match by {
                "command" => world.input(node::Input::HangUp(call)),
                who => {
                    let phone = world.phone(who);
                    if let Some(leg) = world.agents[phone].current() {
                        let up = world.agents[phone].talks[&leg].standing == Standing::Up;
                        world.act(phone, |agent, now| {
                            if up {
                                agent.hang_up(now, leg)
                            }
                        });
                    }
                }
            }
            world.assert_wired_as_said();
            world.advance(ms(8_000));
            world.input(node::Input::HangUp(call));
            world.assert_quiescent();
        }
    }
}

#[test]
fn no_lost_doubled_or_swapped_message_leaves_anything_over() {
    for fault in [Fault::Lost, Fault::Doubled, Fault::Swapped] {
        for nth in 0..14 {
            let mut world = world(206);
            world.meet(nth, fault);
            world.agent("carrier").conduct.talk = Some(ms(2_000));
            dial(&mut world, |world| for_alice(world, OUT));
            world.assert_quiescent();
            let record = record(&world);
            assert_eq!(record.outcome, Outcome::Answered, "{fault:?} {nth}\n{}", world.ladder);
        }
    }
}
