//! What is said of forwards on the wire: a phone that redirects by itself (3xx), a carrier that does, who has forwarded a call
//! as carriers are told (Diversion, History-Info).

use call::cdr::ForwardedBy;
use sim::scenario::{CAROL, PLAN, world_of};
use sim::{Conduct, Faults, Standing, Then, World};
use sip::Source;
use std::time::Duration;
use terms::{ForwardWhy, LegId, PhoneId};

const ROUTES: &str = "\n[[route]]\nfrom = \"phone:carol\"\nto = \"8*\"\ngo = \"trunk:carrier\"\n\
    [[route]]\nfrom = \"phone:*\"\nto = \"201\"\ngo = \"group:all\"\n\
    [[route]]\nfrom = \"trunk:carrier\"\nto = \"+442079460003\"\ngo = \"group:all\"\n\
    [[group]]\nname = \"all\"\nmembers = [\"phone:carol\"]\n";

fn world(carol: &str, trunk: &str) -> World {
    let plan = PLAN
        .replace("calls_max = 50", &format!("calls_max = 50\ntarget = \"10.0.0.2:5060\"\n{trunk}"))
        .replace("extension = \"103\"", &format!("extension = \"103\"\n{carol}"));
    world_of(81, &(plan + ROUTES), Faults::default())
}

fn conduct(world: &mut World, who: &str, then: Then) {
    world.agent(who).conduct = Conduct { ring: Duration::from_millis(300), then, ..Conduct::default() };
}

fn standing(world: &World, leg: LegId) -> Standing {
    world.agents[world.phone("carrier")].talks[&leg].standing
}

fn by(phone: &str, why: ForwardWhy) -> ForwardedBy {
    ForwardedBy { phone: Some(PhoneId::of(phone)), number: None, why }
}

#[test]
fn a_phone_that_redirects_is_followed_as_if_it_forwarded() {
    for (carol, to, wanted) in [
        ("", "102", Standing::Up),
        ("follow = false", "102", Standing::Refused(480)),
        ("", "103", Standing::Refused(480)),
        ("", "7123", Standing::Refused(480)),
        ("", "8123", Standing::Up),
        ("follow = false\nforward = { busy = \"102\" }", "101", Standing::Up),
    ] {
        let mut world = world(carol, "");
        conduct(&mut world, "carol", Then::Redirect(to));
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(3));
        assert_eq!(standing(&world, leg), wanted, "{carol} {to}\n{}", world.ladder);
        world.finish();
        if wanted == Standing::Up && carol.is_empty() {
            let last = world.leg_records().pop().expect("it was answered");
            let told = (last.charged_to, last.forwarded);
            let carol = Some(Source::Phone(PhoneId::of("carol")));
            assert_eq!(told, (carol, vec![by("carol", ForwardWhy::Redirected)]), "{to}");
        }
    }
}

#[test]
fn a_phone_that_a_group_rings_sends_nobody_away() {
    let mut world = world("", "");
    conduct(&mut world, "carol", Then::Redirect("102"));
    let leg = world.dial("+359888123456", "+442079460003");
    world.advance(Duration::from_secs(3));
    assert_eq!(standing(&world, leg), Standing::Refused(480), "{}", world.ladder);
    world.finish();
}

#[test]
fn a_carrier_may_redirect_as_often_as_its_trunk_says_and_only_behind_itself() {
    for (redirects, wanted) in [(0, 1), (1, 2), (3, 4)] {
        let mut world = world("forward = { always = \"8123\" }", &format!("redirects = {redirects}"));
        conduct(&mut world, "carrier", Then::Redirect("102"));
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(5));
        assert_eq!(standing(&world, leg), Standing::Refused(480), "{}", world.ladder);
        world.finish();
        let out: Vec<_> = world.leg_records().into_iter().filter_map(|leg| leg.number).collect();
        let numbers: Vec<_> = out.iter().map(|number| number.reveal().as_str()).collect();
        let all = ["8123", "102", "102", "102"];
        assert_eq!(numbers, all[..wanted], "a number behind the carrier, not our extension");
    }
}

#[test]
fn a_carrier_is_told_who_has_forwarded_a_call_as_it_wants_to_be_told() {
    for (how, wanted) in [
        ("none", None),
        ("diversion", Some((String::from("103"), ForwardWhy::Busy, 1))),
        ("history-info", Some((String::from("103"), ForwardWhy::Busy, 1))),
    ] {
        let mut world = world("forward = { busy = \"8123\" }", &format!("diversion = \"{how}\""));
        conduct(&mut world, "carol", Then::Refuse(486));
        let alice = world.phone("alice");
        world.act(alice, |agent, now| agent.dial(now, "103"));
        world.advance(Duration::from_secs(3));
        let carrier = world.phone("carrier");
        let arrivals = world.agents[carrier].talks.values().filter_map(|talk| talk.arrival.as_ref());
        let told = arrivals.map(|arrival| arrival.diversion.as_deref().cloned()).next().expect("it was called");
        let told = told.map(|told| (told.number.reveal().clone(), told.why, told.times));
        assert_eq!(told, wanted, "{how}\n{}", world.ladder);
        world.finish();
        assert_eq!(world.leg_records().pop().expect("it was answered").forwarded, [by("carol", ForwardWhy::Busy)]);
    }
}
