//! What is wanted of a running call: that it ends, that one of its parties goes to somebody else, or waits. Names are read
//! here, by the plan in force; what is done is the call's business.

use super::FrontDesk;
use crate::admin::call::{CallView, PartyView};
use crate::admin::wire::Reply;
use crate::destination::{Target, target};
use crate::names;
use call::{At, CallSheet, PartyLine, Side, Verb};
use dialplan::{Arrival, Origin, Plan, Routed};
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
fn obeyed(now: Now, node: &mut Node, call: CallRef, verb: Verb) -> Result<(), String> {
    node.board().may(call, &verb).map_err(|words| format!("not now: {words}"))?;
    node.handle_input(now, Input::Verb { call, verb });
    Ok(())
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
            let one = party(&self.plan, &sheet, who.unwrap_or_default())?;
            obeyed(now, node, call, Verb::Hold { party: one.leg, on })?;
            Ok(match on {
                true => format!("{} of call {call} waits", one.leg),
                false => format!("{} of call {call} is taken back", one.leg),
            })
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Sends a party to somebody else.
    pub(super) fn transfer(&self, now: Now, node: &mut Node, call: CallRef, who: Option<&str>, to: &str) -> Reply {
        let done = self.sheet(now, node, call).and_then(|sheet| {
            let one = match who {
                Some(text) => party(&self.plan, &sheet, text)?,
                None => customer(&self.plan, &sheet)?,
            };
            let (routed, by) = routed(&self.plan, &sheet, one, to, now.wall)?;
            obeyed(now, node, call, Verb::Transfer { party: one.leg, to: routed, by })?;
            Ok(format!("{} of call {call} goes to {to}", one.leg))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// The sheet of a call that runs.
    fn sheet(&self, now: Now, node: &Node, call: CallRef) -> Result<CallSheet, String> {
        running(now, node, call)?;
        node.board().sheet(now, call).ok_or_else(|| format!("call {call} cannot be seen"))
    }
}

/// A party as `call show` has it: by its leg, or by its device.
fn party<'s>(plan: &Plan, sheet: &'s CallSheet, text: &str) -> Result<&'s PartyLine, String> {
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

/// Whoever came in, or was called, over a trunk, where there is one such.
fn customer<'s>(plan: &Plan, sheet: &'s CallSheet) -> Result<&'s PartyLine, String> {
    let outside = |line: &&PartyLine| is_here(line) && matches!(line.at, Some(At::Trunk(_)));
    let mut found = sheet.parties.iter().filter(outside);
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

/// Where a party goes, and the phone whose rights are used: a number is dialled as the one phone would dial it that is with
/// him.
fn routed(
    plan: &Plan,
    sheet: &CallSheet,
    who: &PartyLine,
    text: &str,
    wall: Wall,
) -> Result<(Routed, Option<PhoneId>), String> {
    let called = match target(plan, text)? {
        Target::Place(destination) => return Ok((Routed { destination, record: false, route: None }, None)),
        Target::Dialled(number) => number,
    };
    let others: Vec<_> = sheet.parties.iter().filter(|line| is_here(line) && line.leg != who.leg).collect();
    let [PartyLine { at: Some(At::Phone(phone)), .. }] = others.as_slice() else {
        return Err(format!("nobody here dials {called} for him: write trunk:NAME/{called}"));
    };
    let user = plan.phone(*phone).map_or("", |phone| phone.user.as_str());
    let dialled = Arrival { from: Origin::Phone(*phone), caller: user, called: &called };
    let routed = plan.decide(&dialled, wall).ok_or_else(|| format!("phone:{user} cannot dial {called}: no route"))?;
    Ok((routed, Some(*phone)))
}

fn is_here(line: &PartyLine) -> bool {
    matches!(line.side, Side::Caller | Side::Callee)
}
