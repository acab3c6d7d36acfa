//! The table of rights, role by deed, in his own scope and outside of it.

use super::*;
use crate::{AgentWish, Change, Verb, View};
use terms::{CallRef, Word as _};

fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    items.into_iter().collect()
}

/// alice at desk1 and bob at desk2 serve support; anna leads it, with alice and bob in her team.
fn roles() -> Roles {
    let (alice, bob) = (AgentId::of("alice"), AgentId::of("bob"));
    let team = Scope::Of { queues: set([QueueId::of("support")]), agents: set([alice, bob]), phones: set([]) };
    let user = |role, scope: &Scope| vec![Grant { role, scope: scope.clone() }];
    let users = [
        ("root", user(Role::Administrator, &Scope::All)),
        ("chief", user(Role::Supervisor, &Scope::All)),
        ("anna", user(Role::Supervisor, &team)),
        ("ivan", user(Role::Auditor, &Scope::All)),
    ];
    Roles {
        users: users.into_iter().map(|(name, grants)| (name.to_owned(), grants)).collect(),
        serving: BTreeMap::new(),
        agents: set([alice, bob, AgentId::of("zoe")]),
        phones: [(PhoneId::of("desk1"), set([alice])), (PhoneId::of("desk2"), set([bob]))].into(),
        supervisors: BTreeMap::new(),
    }
}

fn subject(queue: &str, agent: &str) -> Subject {
    Subject { queues: vec![QueueId::of(queue)], agents: vec![AgentId::of(agent)], phones: vec![] }
}

#[test]
fn every_role_may_what_the_table_says() {
    let roles = roles();
    let actors = [
        Actor::Operator(Some(0)),
        Actor::User("root".into()),
        Actor::User("chief".into()),
        Actor::User("anna".into()),
        Actor::User("ivan".into()),
        Actor::Agent("alice".into()),
        Actor::Phone("desk1".into()),
    ];
    let subjects = [Subject::WHOLE, subject("support", "alice"), subject("sales", "zoe")];
    let letter = |(may, letter): (bool, char)| if may { letter } else { '-' };
    let mut table = format!("{:32}", "");
    actors.iter().for_each(|actor| table += &format!("{:>12}", actor.to_string()));
    for deed in Deed::ALL {
        table += &format!("\n{:32}", deed.word());
        for actor in &actors {
            let may = |subject| may(&roles, actor, *deed, subject).is_ok();
            let cell: String = subjects.iter().map(may).zip(['w', 'o', 'e']).map(letter).collect();
            table += &format!("{cell:>12}");
        }
    }
    // w: the switch as a whole, o: his own (queue support, agent alice), e: elsewhere (queue sales, agent zoe).
    let expected = "
                                  operator:0   user:root  user:chief   user:anna   user:ivan agent:alice phone:desk1
look at the switch                       woe         woe         woe         -o-         woe         ---         ---
look at the phones                       woe         woe         woe         -o-         woe         ---         ---
look at the bans                         woe         woe         ---         ---         woe         ---         ---
look at the changes at run time          woe         woe         woe         -o-         woe         ---         ---
look into a call                         woe         woe         woe         -o-         woe         -o-         -o-
look into a room                         woe         woe         woe         -o-         woe         -o-         -o-
follow what happens                      woe         woe         woe         -o-         woe         ---         ---
look at messages                         woe         woe         ---         ---         woe         ---         ---
see messages in clear                    woe         woe         ---         ---         ---         ---         ---
look at a call that is over              woe         woe         woe         -o-         woe         -o-         -o-
play a recording                         woe         ---         woe         -o-         woe         ---         ---
download a recording                     woe         ---         ---         ---         woe         ---         ---
look at a customer                       woe         woe         woe         -o-         woe         -o-         -o-
change a customer                        woe         woe         woe         -o-         ---         -o-         -o-
see a customer's numbers                 woe         woe         woe         -o-         ---         -o-         -o-
set an agent's status                    woe         woe         woe         -o-         ---         ---         ---
drain the switch                         woe         woe         ---         ---         ---         ---         ---
lift a ban                               woe         woe         ---         ---         ---         ---         ---
reload the configuration                 woe         woe         ---         ---         ---         ---         ---
change queues and agents                 woe         woe         woe         -o-         ---         ---         ---
drop changes at run time                 woe         woe         woe         -o-         ---         ---         ---
say who may log in                       woe         woe         ---         ---         ---         ---         ---
open a queue                             woe         woe         woe         -o-         ---         ---         ---
handle contacts without a call           woe         woe         woe         -o-         ---         ---         ---
handle messages that were left           woe         woe         woe         -o-         ---         -o-         -o-
end a call                               woe         woe         woe         -o-         ---         -o-         -o-
put a party on hold                      woe         woe         woe         -o-         ---         -o-         -o-
transfer a party                         woe         woe         woe         -o-         ---         -o-         -o-
ask somebody beside a call               woe         woe         woe         -o-         ---         -o-         -o-
watch a call                             woe         ---         woe         -o-         ---         ---         ---
park a party                             woe         woe         woe         -o-         ---         -o-         -o-
fetch who is parked                      woe         woe         woe         -o-         ---         -o-         -o-
take what rings elsewhere                woe         woe         woe         -o-         ---         -o-         -o-
run a room                               woe         woe         woe         -o-         ---         -o-         -o-
dial for somebody                        woe         woe         woe         -o-         ---         ---         ---
say where a phone's calls go             woe         woe         woe         ---         ---         ---         ---
play a sound into a call                 woe         woe         woe         -o-         ---         -o-         -o-
take the next caller of a queue          woe         woe         woe         -o-         ---         ---         ---
have somebody served first               woe         woe         woe         -o-         ---         ---         ---
look at the users                        woe         woe         ---         ---         woe         ---         ---
look at who did what                     woe         woe         ---         ---         woe         ---         ---";
    assert_eq!(table, expected.trim_start_matches('\n'));
}

#[test]
fn an_agent_sets_his_own_status_and_a_phone_that_of_the_agents_who_are_rung_there() {
    let roles = roles();
    let may = |actor: Actor, name: &str| {
        let verb = Verb::Agent { name: name.into(), status: AgentWish::Logout, reason: None };
        super::may(&roles, &actor, &verb, &Subject::of(&verb))
    };
    let (alice, desk) = (Actor::Agent("alice".into()), Actor::Phone("desk1".into()));
    assert_eq!(may(alice.clone(), "alice"), Ok(()));
    assert_eq!(may(desk.clone(), "alice"), Ok(()));
    assert_eq!(may(alice.clone(), "bob"), Err(Denied::Elsewhere(alice, Deed::SetStatus)));
    assert_eq!(may(desk.clone(), "bob"), Err(Denied::Elsewhere(desk, Deed::SetStatus)));
    for stranger in [Actor::Agent("mallory".into()), Actor::Phone("desk9".into()), Actor::User("mallory".into())] {
        assert_eq!(may(stranger.clone(), "alice"), Err(Denied::Unknown(stranger)));
    }
}

#[test]
fn who_seats_an_agent_at_a_phone_must_have_a_right_to_both() {
    let mut roles = roles();
    let (desk1, led) = (PhoneId::of("desk1"), set([AgentId::of("alice"), AgentId::of("zoe")]));
    let scope = Scope::Of { queues: set([]), agents: led, phones: set([desk1]) };
    roles.users.insert("eve".into(), vec![Grant { role: Role::Supervisor, scope }]);
    let may = |actor: &Actor| {
        [("alice", "desk1"), ("alice", "desk2"), ("bob", "desk1")].map(|(agent, phone)| {
            let (agent, phone) = (agent.to_owned(), phone.to_owned());
            let change = Verb::Change(Change::Seat { agent: agent.clone(), phone: phone.clone() });
            let may = |verb: &Verb| super::may(&roles, actor, verb, &Subject::of(verb)).is_ok();
            let let_in = may(&Verb::LogIn { agent, phone });
            assert!(let_in || !may(&change), "the change behind it is no other way in");
            let_in
        })
    };
    assert_eq!(may(&Actor::Operator(None)), [true; 3]);
    assert_eq!(may(&Actor::User("eve".into())), [true, false, false]);
    assert_eq!(may(&Actor::User("anna".into())), [false; 3], "her team, at phones that are not its");
    assert_eq!(may(&Actor::Phone("desk1".into())), [true, false, false]);
    assert_eq!(may(&Actor::Agent("alice".into())), [false; 3], "by command he could turn anybody out of his seat");
}

#[test]
fn one_may_have_a_number_dialled_for_himself_and_for_those_whom_he_leads() {
    let roles = roles();
    let may = |actor: Actor, name: &str| {
        let verb = Verb::Dial { agent: Some(name.into()), phone: None, to: "102".into() };
        super::may(&roles, &actor, &verb, &Subject::of(&verb)).is_ok()
    };
    let allowed = |actor: Actor| ["alice", "bob", "zoe"].map(|name| may(actor.clone(), name));
    assert_eq!(allowed(Actor::Agent("alice".into())), [true, false, false]);
    assert_eq!(allowed(Actor::Phone("desk2".into())), [false, true, false]);
    assert_eq!(allowed(Actor::User("anna".into())), [true, true, false], "her team");
    assert_eq!(allowed(Actor::User("ivan".into())), [false; 3]);
}

#[test]
fn a_trunk_is_named_by_who_leads_the_whole_switch_alone() {
    let roles = roles();
    let subject = Subject { agents: vec![AgentId::of("alice")], ..Subject::WHOLE };
    let orders = |to: &str| {
        let (call, party, to) = (CallRef(7), None, to.to_owned());
        [
            Verb::Transfer { call, party: party.clone(), to: to.clone() },
            Verb::Consult { call, party, to: to.clone() },
            Verb::Dial { agent: Some("alice".into()), phone: None, to },
        ]
    };
    let may = |actor: &Actor, to| orders(to).map(|verb| may_order(&roles, actor, &verb, &subject));
    for actor in [Actor::User("anna".into()), Actor::Agent("alice".into()), Actor::Phone("desk1".into())] {
        assert_eq!(may(&actor, "0207946"), [Ok(()), Ok(()), Ok(())], "{actor}: as a phone dials it");
        assert!(may(&actor, "trunk:acme/0900").iter().all(|may| *may == Err(Denied::Trunk(actor.clone()))), "{actor}");
    }
    for actor in [Actor::Operator(None), Actor::User("root".into()), Actor::User("chief".into())] {
        assert_eq!(may(&actor, "trunk:acme/0900"), [Ok(()), Ok(()), Ok(())], "{actor}");
    }
}

#[test]
fn a_change_must_be_in_the_scope_with_all_that_it_touches_and_a_call_with_one_of_its_parties() {
    let (roles, anna) = (roles(), Actor::User("anna".into()));
    let join = |agent: &str, queue: &str| Change::Join { agent: agent.into(), queue: queue.into(), tier: 1 };
    let may = |verb: &Verb| super::may(&roles, &anna, verb, &Subject::of(verb));
    assert_eq!(may(&Verb::Change(join("alice", "support"))), Ok(()));
    let elsewhere = Err(Denied::Elsewhere(anna.clone(), Deed::Change));
    assert_eq!(may(&Verb::Change(join("zoe", "support"))), elsewhere, "not of her team");
    assert_eq!(may(&Verb::Change(join("alice", "sales"))), elsewhere, "not her queue");
    assert_eq!(may(&Verb::Changes(vec![join("alice", "support"), join("zoe", "sales")])), elsewhere, "one of two");
    let look = View::Call { call: CallRef(7) };
    assert_eq!(super::may(&roles, &anna, &look, &subject("sales", "alice")), Ok(()), "her agent, in another's queue");
    assert_eq!(super::may(&roles, &anna, &look, &subject("support", "zoe")), Ok(()), "another's agent, in her queue");
    assert!(super::may(&roles, &anna, &look, &subject("sales", "zoe")).is_err());
}

#[test]
fn a_phone_sets_what_becomes_of_its_own_calls_and_of_no_others() {
    let (roles, desk) = (roles(), Actor::Phone("desk1".into()));
    let forward = |phone: &str| Change::Phone { phone: phone.into(), key: "forward.busy".into(), value: "off".into() };
    let may = |verb: Verb| super::may(&roles, &desk, &verb, &Subject::of(&verb)).is_ok();
    assert!(may(Verb::Change(forward("desk1"))) && may(Verb::Changes(vec![forward("desk1"), forward("desk1")])));
    assert!(!may(Verb::Change(forward("desk2"))));
    assert!(!may(Verb::Changes(vec![forward("desk1"), forward("desk2")])), "one of two");
    let join = Change::Join { agent: "alice".into(), queue: "support".into(), tier: 1 };
    assert!(!may(Verb::Changes(vec![forward("desk1"), join])), "and a queue's");
    assert!(!may(Verb::Changes(vec![])));
}

#[test]
fn a_supervisors_phone_may_watch_those_whom_it_supervises_and_is_a_phone_besides() {
    let mut roles = roles();
    let led = Scope::Of { queues: set([QueueId::of("support")]), agents: set([AgentId::of("alice")]), phones: set([]) };
    roles.supervisors.insert(PhoneId::of("desk2"), led);
    let watch = Verb::Observe { whom: "agent:alice".into(), at: "phone:desk2".into(), mode: Default::default() };
    let may = |phone: &str, subject: &Subject| super::may(&roles, &Actor::Phone(phone.into()), &watch, subject);
    assert_eq!(may("desk2", &subject("sales", "alice")), Ok(()), "of her team");
    assert_eq!(may("desk2", &subject("support", "zoe")), Ok(()), "in its queue");
    let desk2 = Actor::Phone("desk2".into());
    assert_eq!(may("desk2", &subject("sales", "zoe")), Err(Denied::Elsewhere(desk2.clone(), Deed::Watch)));
    let desk1 = Actor::Phone("desk1".into());
    assert_eq!(may("desk1", &subject("support", "alice")), Err(Denied::Never(desk1, Deed::Watch)));
    let own = Verb::Agent { name: "bob".into(), status: AgentWish::Pause, reason: None };
    assert_eq!(super::may(&roles, &desk2, &own, &Subject::of(&own)), Ok(()), "its own agent is none of hers");
}

#[test]
fn why_not_is_said_in_words() {
    let roles = roles();
    let said =
        |actor: Actor, verb: &Verb| super::may(&roles, &actor, verb, &Subject::of(verb)).unwrap_err().to_string();
    assert_eq!(said(Actor::User("anna".into()), &Verb::Reload(())), "user:anna may not reload the configuration");
    assert_eq!(said(Actor::User("eve".into()), &Verb::Reload(())), "user:eve is nobody in the configuration");
    let open = Verb::QueueOpen { name: "sales".into() };
    assert_eq!(said(Actor::User("anna".into()), &open), "user:anna may open a queue only where it is his own");
}
