//! What a carrier is told of the caller, and how numbers are read and written for it.

use sim::scenario::{PLAN, prompts};
use sim::{Faults, World};
use std::time::Duration;

/// A plan whose carrier takes calls, too, with more keys for it, for alice and for the route of phones.
fn plan(trunk: &str, alice: &str, route: &str) -> String {
    PLAN.replace("calls_max = 50\n", &format!("calls_max = 50\ntarget = \"10.0.0.2:5060\"\n{trunk}\n"))
        .replace("extension = \"101\"\n", &format!("extension = \"101\"\n{alice}\n"))
        .replace(
            "[flow.main]",
            &format!("[[route]]\nfrom = \"phone:*\"\nto = \"0*\"\ngo = \"trunk:carrier\"\n{route}\n\n[flow.main]"),
        )
}

/// Number called, number shown, name shown, withheld: what the carrier sees of a call of alice's.
fn out(plan: &str, number: &str) -> (String, String, Option<String>, bool) {
    let mut world = World::new(80, plan, prompts(), Faults::default());
    world.advance(Duration::from_secs(5));
    let (alice, carrier) = (world.phone("alice"), world.phone("carrier"));
    let leg = world.act(alice, |agent, now| agent.dial(now, number));
    world.advance(Duration::from_secs(1));
    let arrival = world.agents[carrier].talks.values().find_map(|talk| talk.arrival.clone()).expect("it came");
    world.act(alice, |agent, now| agent.hang_up(now, leg));
    let name = arrival.caller_name.map(|name| name.reveal().clone());
    (arrival.called.reveal().clone(), arrival.caller.reveal().clone(), name, arrival.withheld)
}

#[test]
fn the_most_particular_number_and_name_are_shown() {
    let (office, main) = ("number = \"+442079460000\"\ncaller_name = \"Example\"", "number = \"+442079460099\"");
    let own = "number = \"+442079460101\"\ncaller_name = \"Alice\"";
    let shown = |plan: String| {
        let (_, number, name, withheld) = out(&plan, "0123456789");
        assert!(!withheld);
        (number, name)
    };
    let said = |number: &str, name: Option<&str>| (number.to_owned(), name.map(str::to_owned));
    assert_eq!(shown(plan("", "", "")), said("alice", None));
    assert_eq!(shown(plan(office, "", "")), said("+442079460000", Some("Example")));
    assert_eq!(shown(plan(office, own, "")), said("+442079460101", Some("Alice")));
    assert_eq!(shown(plan(office, own, main)), said("+442079460099", Some("Alice")));
}

#[test]
fn privacy_of_phone_route_or_trunk_withholds_and_a_trusted_carrier_knows_all_the_same() {
    for (trunk, alice, route) in [("privacy = true", "", ""), ("", "privacy = true", ""), ("", "", "privacy = true")] {
        let number = "number = \"+442079460101\"";
        let (_, shown, _, withheld) = out(&plan(trunk, &format!("{alice}\n{number}"), route), "0123456789");
        assert_eq!((shown.as_str(), withheld), ("anonymous", true), "{trunk}{alice}{route}");
        let trunk = format!("trusted = true\n{trunk}");
        let (_, shown, _, withheld) = out(&plan(&trunk, &format!("{alice}\n{number}"), route), "0123456789");
        assert_eq!((shown.as_str(), withheld), ("+442079460101", true), "{trunk}{alice}{route}");
    }
}

#[test]
fn numbers_are_written_as_the_carrier_wants_them() {
    let called = |trunk: &str, route: &str, number: &str| out(&plan(trunk, "", route), number).0;
    assert_eq!(called("", "", "02079460001"), "02079460001");
    assert_eq!(called("country = \"44\"", "", "02079460001"), "+442079460001");
    assert_eq!(called("country = \"44\"\nform = \"digits\"", "", "004930555777"), "4930555777");
    assert_eq!(called("", "strip = 1\nprefix = \"+44\"", "02079460001"), "+442079460001");
    // A zero for the outside line, then what the carrier wants, then the prefix of its contract.
    let contract = "country = \"44\"\nform = \"international\"\noutgoing = { prefix = \"77\" }";
    assert_eq!(called(contract, "strip = 1", "002079460001"), "7700442079460001");
    let shown = out(&plan("country = \"44\"\nform = \"national\"\nnumber = \"+442079460000\"", "", ""), "0999999999").1;
    assert_eq!(shown, "02079460000");
}

#[test]
fn whatever_form_a_carrier_uses_routes_and_the_account_see_one_number() {
    for called in ["+442079460002", "00442079460002", "02079460002", "442079460002"] {
        let mut world = World::new(81, &plan("country = \"44\"", "", ""), prompts(), Faults::default());
        world.advance(Duration::from_secs(5));
        let carrier = world.phone("carrier");
        let leg = world.dial("004930555777", called);
        world.advance(Duration::from_secs(1));
        let carol = world.agent("carol").talks.values().next().and_then(|talk| talk.arrival.clone()).expect(called);
        assert_eq!(carol.caller.reveal(), "+4930555777", "what carol would call back");
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
        let record = world.ledger.iter().find_map(|entry| match entry {
            call::cdr::Entry::Closed(record) => Some(record),
            _ => None,
        });
        assert_eq!(record.map(|record| record.called.reveal().as_str()), Some("+442079460002"), "{called}");
    }
}
