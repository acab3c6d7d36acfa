//! Who says what by a code, and that the table of rights lets him.

mod common;

use common::taken;
use control::{Actor, Subject, Verb, may};
use dialplan::Plan;
use dialplan::codes::{Code, Said};
use dialplan::login::{Logins, Pins};
use terms::{AgentId, CallRef, ForwardWhy, LegId, Mono, PhoneId, Pii, WatchMode};

/// Anna sits at desk1, which also leads bob; bob is at desk2.
fn plan() -> Plan {
    let text = "[listen]\nudp = \"192.0.2.1:5060\"\n\
         [[phone]]\nuser = \"desk1\"\ncontact = \"udp:192.0.2.7:5060\"\nsupervises = \"agent:bob\"\n\
         [[phone]]\nuser = \"desk2\"\nextension = \"102\"\ncontact = \"udp:192.0.2.8:5060\"\n\
         [[agent]]\nname = \"anna\"\nnumber = \"4711\"\npin = \"1234\"\n\
         [[agent]]\nname = \"bob\"\ndevices = \"phone:desk2\"\n";
    let mut plan = (*taken(text).plan).clone();
    plan.seat(AgentId::of("anna"), PhoneId::of("desk1"));
    plan
}

/// Said at desk1, as whoever was rung there.
fn said(code: Code, agent: Option<&str>, argument: &str) -> Said {
    let (phone, agent) = (Some(PhoneId::of("desk1")), agent.map(AgentId::of));
    Said { code, call: CallRef(1), leg: LegId(1), beside: None, phone, agent, argument: Pii::from(argument), pin: None }
}

fn is_let(plan: &Plan, actor: &Actor, verb: &Verb, subject: &Subject) -> bool {
    may(&plan.roles, actor, verb, subject).is_ok()
}

#[test]
fn what_is_the_phones_own_is_wanted_by_the_phone_whoever_is_at_it() {
    let plan = plan();
    let desk1 = Actor::Phone("desk1".into());
    for code in [
        Code::Forward(ForwardWhy::Always),
        Code::NoForward(ForwardWhy::Busy),
        Code::DoNotDisturb(true),
        Code::CallWaiting(false),
    ] {
        let said = said(code, Some("anna"), "102");
        let (actor, verb) = (said.actor(&plan).expect("one of ours"), said.verb(&plan).expect("a command"));
        assert_eq!(actor, desk1, "{code:?}");
        assert!(is_let(&plan, &actor, &verb, &Subject::of(&verb)), "{code:?}");
    }
    let watch = said(Code::Watch(WatchMode::Listen), Some("anna"), "102");
    let (actor, verb) = (watch.actor(&plan).expect("one of ours"), watch.verb(&plan).expect("a command"));
    let bob = Subject { agents: vec![AgentId::of("bob")], ..Subject::WHOLE };
    assert!(is_let(&plan, &actor, &verb, &bob), "desk1 leads him: {actor}");
    let own = said(Code::Pause, Some("anna"), "");
    assert_eq!(own.actor(&plan), Some(Actor::Agent("anna".into())), "her status is hers");
}

#[test]
fn who_says_no_number_has_proved_nothing_but_that_he_is_at_the_phone() {
    let plan = plan();
    let mut logins = Logins::new(Pins::of([(AgentId::of("anna"), "1234".to_owned())].into()));
    let (actor, verb) = logins.log_in(&plan, &said(Code::LogIn, None, ""), Mono::ZERO).expect("anna is there");
    assert_eq!(actor, Actor::Phone("desk1".into()));
    assert!(is_let(&plan, &actor, &verb, &Subject::of(&verb)));
    let with_pin = Said { pin: Some(Pii::from("1234")), ..said(Code::LogIn, None, "4711") };
    let (actor, verb) = logins.log_in(&plan, &with_pin, Mono::ZERO).expect("it is right");
    assert_eq!(actor, Actor::Agent("anna".into()));
    assert!(is_let(&plan, &actor, &verb, &Subject::of(&verb)));
}
