//! What is wanted of a running call: that it ends, that one of its parties goes to somebody else, or waits. Names are read
//! here, by the plan in force; what is done is the call's business.

use super::FrontDesk;
use crate::admin::call::{CallView, PartyView};
use crate::admin::wire::Reply;
use crate::destination::{Target, target};
use crate::names;
use call::{At, CallSheet, PartyLine, Side, Verb};
use dialplan::{Arrival, Destination, Origin, Plan, Routed};
use node::{Input, Node};
use terms::{CallRef, Now, PhoneId, Wall};

/// Ends a call.
pub(super) fn hang_up(now: Now, node: &mut Node, call: CallRef) -> Reply {
    if let Err(words) = running(now, node, call) {
        return Reply::Refused(words);
    }
    node.handle_input(now, Input::HangUp(call));
    tracing::info!(%call, "a call is ended by command");
    Reply::Done(format!("call {call} is ended"))
}

/// Has the call do it, if it can now.
pub(super) fn obeyed(now: Now, node: &mut Node, call: CallRef, verb: Verb) -> Result<(), String> {
    node.board().may(call, &verb).map_err(|words| format!("not now: {words}"))?;
    node.handle_input(now, Input::Verb { call, verb });
    Ok(())
}

/// Has a call do what needs no more words.
pub(super) fn plain(now: Now, node: &mut Node, call: CallRef, verb: Verb, said: &str) -> Reply {
    let done = running(now, node, call).and_then(|()| obeyed(now, node, call, verb));
    done.map_or_else(Reply::Refused, |()| Reply::Done(format!("call {call}: {said}")))
}

/// Whether a call runs, else what does.
pub(super) fn running(now: Now, node: &Node, call: CallRef) -> Result<(), String> {
    if node.board().is_running(call) {
        return Ok(());
    }
    let calls: Vec<String> = node.board().inspect(now).calls.iter().map(|line| line.call.to_string()).collect();
    let (asked, calls) = (call.to_string(), calls.iter().map(String::as_str));
    names::known_in("those that run", "call", &asked, calls)
        .map_err(|words| format!("{words}; `strowger calls --call {call}` tells of one that has ended"))
}

impl FrontDesk {
    /// Has a party wait, or takes it back.
    pub(super) fn hold(&self, now: Now, node: &mut Node, call: CallRef, who: Option<&str>, on: bool) -> Reply {
        let done = self.sheet(now, node, call).and_then(|sheet| {
            let one = customer(&self.plan, &sheet, who)?;
            obeyed(now, node, call, Verb::Hold { party: one.leg, on })?;
            Ok(match on {
                true => format!("{} of call {call} waits", one.leg),
                false => format!("{} of call {call} is taken back", one.leg),
            })
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Sends a party to somebody else.
    pub(super) fn transfer(
        &self,
        now: Now,
        node: &mut Node,
        (call, by): (CallRef, Option<PhoneId>),
        who: Option<&str>,
        to: &str,
    ) -> Reply {
        if let Some(room) = node.board().involved(call).and_then(|involved| involved.room) {
            return self.send_away(now, node, (call, room), (who, to)).map_or_else(Reply::Refused, Reply::Done);
        }
        let done = self.sheet(now, node, call).and_then(|sheet| {
            let one = customer(&self.plan, &sheet, who)?;
            let (routed, by) = routed(&self.plan, beside(&sheet, one).or(by), to, now.wall)?;
            obeyed(now, node, call, Verb::Transfer { party: one.leg, to: routed, by })?;
            Ok(format!("{} of call {call} goes to {to}", one.leg))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Has a party ask somebody else.
    pub(super) fn consult(
        &self,
        now: Now,
        node: &mut Node,
        (call, by): (CallRef, Option<PhoneId>),
        who: Option<&str>,
        to: &str,
    ) -> Reply {
        let done = self.sheet(now, node, call).and_then(|sheet| {
            let one = match who {
                Some(text) => party(&self.plan, &sheet, text)?,
                None => only(&self.plan, &sheet, |line| {
                    line.side != Side::Watcher && matches!(line.at, Some(At::Phone(_)))
                })?,
            };
            let (routed, by) = routed(&self.plan, phone(one).or(by), to, now.wall)?;
            obeyed(now, node, call, Verb::Consult { party: one.leg, to: routed, by })?;
            Ok(format!("{} of call {call} asks {to}", one.leg))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Lets go of one of several.
    pub(super) fn leave(&self, now: Now, node: &mut Node, call: CallRef, who: &str) -> Reply {
        let done = self.sheet(now, node, call).and_then(|sheet| {
            let one = party(&self.plan, &sheet, who)?;
            obeyed(now, node, call, Verb::Leave { party: one.leg })?;
            Ok(format!("{} has left call {call}", one.leg))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// The sheet of a call that runs.
    pub(super) fn sheet(&self, now: Now, node: &Node, call: CallRef) -> Result<CallSheet, String> {
        running(now, node, call)?;
        node.board().sheet(now, call).ok_or_else(|| format!("call {call} cannot be seen"))
    }
}

/// Whoever is named, else who came in or was called over a trunk; where an agent talks to a phone of the house, who called him.
pub(super) fn customer<'s>(plan: &Plan, sheet: &'s CallSheet, who: Option<&str>) -> Result<&'s PartyLine, String> {
    match who {
        Some(text) => party(plan, sheet, text),
        None => {
            let over_trunk = |line: &PartyLine| line.side != Side::Watcher && matches!(line.at, Some(At::Trunk(_)));
            let outside = sheet.parties.iter().any(|line| is_here(line) && over_trunk(line));
            let inside = !outside && sheet.line.agent.is_some();
            only(plan, sheet, |line| if inside { line.side == Side::Caller } else { over_trunk(line) })
        }
    }
}

/// A party as `call show` has it: by its leg, or by its device.
pub(super) fn party<'s>(plan: &Plan, sheet: &'s CallSheet, text: &str) -> Result<&'s PartyLine, String> {
    let view = CallView::of(plan, sheet);
    let is = |party: &PartyView| party.leg == text || party.device.as_deref() == Some(text);
    let present = || view.parties.iter().zip(&sheet.parties).filter(|(_, line)| is_here(line));
    let found: Vec<_> = present().filter(|(shown, _)| is(shown)).collect();
    match found.as_slice() {
        [(_, one)] => Ok(one),
        [] => {
            let words = present().flat_map(|(shown, _)| [Some(shown.leg.as_str()), shown.device.as_deref()]).flatten();
            let place = format!("call {}", sheet.line.call);
            let known = names::known_in(&place, "party", text, words.collect::<Vec<_>>().into_iter());
            Err(known.err().unwrap_or_else(|| format!("{text} cannot be told apart in call {}", sheet.line.call)))
        }
        several => {
            let legs: Vec<&str> = several.iter().map(|(shown, _)| shown.leg.as_str()).collect();
            Err(format!("{} parties are {text}: say which leg, {}", several.len(), legs.join(" or ")))
        }
    }
}

/// The only one who is reached like this, where there is one such.
pub(super) fn only<'s>(
    plan: &Plan,
    sheet: &'s CallSheet,
    so: impl Fn(&PartyLine) -> bool,
) -> Result<&'s PartyLine, String> {
    let mut found = sheet.parties.iter().filter(|line| is_here(line) && so(line));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => {
            let shown = CallView::of(plan, sheet).parties;
            let here = shown.iter().zip(&sheet.parties).filter(|(_, line)| is_here(line));
            let legs: Vec<String> =
                here.map(|(shown, _)| format!("{} ({})", shown.leg, shown.device.as_deref().unwrap_or("-"))).collect();
            Err(format!("whom? Say --party and one of {}", legs.join(", ")))
        }
    }
}

/// The one phone that is with a party.
pub(super) fn beside(sheet: &CallSheet, who: &PartyLine) -> Option<PhoneId> {
    let mut others =
        sheet.parties.iter().filter(|line| is_here(line) && line.side != Side::Watcher && line.leg != who.leg);
    others.next().filter(|_| others.next().is_none()).and_then(phone)
}

fn phone(line: &PartyLine) -> Option<PhoneId> {
    if let Some(At::Phone(phone)) = line.at { Some(phone) } else { None }
}

/// Where it goes, and the phone whose rights are used: a number is dialled as that one would dial it.
pub(super) fn routed(
    plan: &Plan,
    by: Option<PhoneId>,
    text: &str,
    wall: Wall,
) -> Result<(Routed, Option<PhoneId>), String> {
    let called = match target(plan, text)? {
        Target::Place(destination) => return Ok((Routed { destination, record: false, route: None }, None)),
        Target::Dialled(number) => number,
    };
    let phone = by.ok_or_else(|| format!("nobody here dials {called} for him: write trunk:NAME/{called}"))?;
    let user = plan.phone(phone).map_or("", |phone| phone.user.as_str());
    let dialled = Arrival { from: Origin::Phone(phone), caller: user, called: &called };
    let mut routed =
        plan.decide(&dialled, wall).ok_or_else(|| format!("phone:{user} cannot dial {called}: no route"))?;
    // Whoever called this call first called another number.
    if let Destination::Trunk(_, number @ None) = &mut routed.destination {
        *number = Some(plan.onward(routed.route, &called).into_owned());
    }
    Ok((routed, Some(phone)))
}

fn is_here(line: &PartyLine) -> bool {
    matches!(line.side, Side::Caller | Side::Callee | Side::Watcher)
}

#[cfg(test)]
mod tests {
    use super::*;
    use call::{CallLine, Standing, State};
    use terms::{LegId, QueueId, TrunkId};

    fn plan() -> Plan {
        let toml = "[listen]\nudp = \"10.0.0.1:5060\"\n[[trunk]]\nname = \"acme\"\npeers = [\"10.0.0.2\"]\n\
             target = \"udp:10.0.0.2:5060\"\n[[phone]]\nuser = \"alice\"\npassword = \"x\"\n\
             [[queue]]\nname = \"support\"\nagents = [\"alice\"]\n[[agent]]\nname = \"alice\"\n\
             devices = [\"phone:alice\"]\n[[route]]\nfrom = \"phone:alice\"\nto = \"0*\"\ngo = \"trunk:acme\"\n\
             [[route]]\nfrom = \"trunk:acme\"\ngo = \"queue:support\"\n";
        let loaded = dialplan::load(&mut dialplan::OneText(toml), "strowger.toml");
        (*loaded.unwrap_or_else(|findings| panic!("{findings:#?}")).plan).clone()
    }

    fn line(leg: u64, side: Side, at: At) -> PartyLine {
        let (state, stance) = (State::Up, Standing::Talking);
        PartyLine { leg: LegId(leg), side, at: Some(at), state, stance, holds: false, hears: vec![], sound: None }
    }

    /// A caller from outside, and whoever talks to him.
    fn sheet(callee: At) -> CallSheet {
        let line_of_call = CallLine {
            call: CallRef(7),
            phase: "talking",
            caller: "1".into(),
            called: "2".into(),
            queue: None,
            agent: None,
            contact: None,
            waited_ms: None,
            age_ms: 0,
        };
        let acme = At::Trunk(TrunkId::of("acme"));
        let parties = vec![
            line(2, Side::Caller, acme),
            line(5, Side::Callee, callee),
            line(6, Side::Leaving, At::Phone(PhoneId::of("alice"))),
        ];
        CallSheet { line: line_of_call, answered: true, recording: None, due_ms: None, parties }
    }

    fn alice() -> At {
        At::Phone(PhoneId::of("alice"))
    }

    #[test]
    fn a_party_is_named_by_leg_or_device_and_else_those_who_are_there_are_told() {
        let (plan, sheet) = (plan(), sheet(alice()));
        let found = |text: &str| party(&plan, &sheet, text).map(|line| line.leg);
        let leg = |n: u64| LegId(n).to_string();
        assert_eq!([found(&leg(2)), found("phone:alice"), found("trunk:acme")], [2, 5, 2].map(|n| Ok(LegId(n))));
        assert_eq!(
            only(&plan, &sheet, |line| line.side != Side::Watcher && matches!(line.at, Some(At::Trunk(_))))
                .map(|line| line.leg),
            Ok(LegId(2))
        );
        assert!(found("phone:alicia").unwrap_err().contains("did you mean \"phone:alice\"?"));
        assert!(found(&leg(6)).is_err(), "he was let go of");
    }

    #[test]
    fn who_is_meant_must_be_said_where_two_could_be() {
        let (plan, sheet) = (plan(), sheet(At::Trunk(TrunkId::of("acme"))));
        assert!(party(&plan, &sheet, "trunk:acme").unwrap_err().starts_with("2 parties are trunk:acme: say which leg"));
        assert!(
            only(&plan, &sheet, |line| line.side != Side::Watcher && matches!(line.at, Some(At::Trunk(_))))
                .unwrap_err()
                .starts_with("whom? Say --party and one of")
        );
    }

    #[test]
    fn a_number_is_dialled_with_the_rights_of_the_phone_that_the_party_talks_to() {
        let (plan, with_alice) = (plan(), sheet(alice()));
        let to = |sheet: &CallSheet, text| routed(&plan, beside(sheet, &sheet.parties[0]), text, Wall::from_millis(0));
        let (dialled, by) = to(&with_alice, "0207946").expect("her route takes it");
        let outside = Destination::Trunk(TrunkId::of("acme"), Some("0207946".into()));
        assert_eq!(
            (dialled.destination.clone(), by),
            (outside, Some(PhoneId::of("alice"))),
            "and not what the customer called"
        );
        assert_eq!(to(&with_alice, "999"), Err("phone:alice cannot dial 999: no route".into()));
        let asks = only(&plan, &with_alice, |line| line.side != Side::Watcher && matches!(line.at, Some(At::Phone(_))))
            .expect("alice alone has a phone");
        let (asked, by) = routed(&plan, phone(asks), "0207946", Wall::from_millis(0)).expect("she dials it herself");
        assert_eq!((asked, by), (dialled, Some(PhoneId::of("alice"))));
        let (named, by) = to(&with_alice, "queue:support").expect("it is there");
        assert_eq!((named.destination, by), (Destination::Queue(QueueId::of("support")), None));
        let outside = sheet(At::Trunk(TrunkId::of("acme")));
        assert_eq!(to(&outside, "0207946"), Err("nobody here dials 0207946 for him: write trunk:NAME/0207946".into()));
    }
}
