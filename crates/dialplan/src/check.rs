//! What only shows when everything is known: loops, steps and things that nothing leads to, missing sounds.

use crate::finding::Report;
use crate::scope::{Names, Scope};
use crate::source::{At, Sources};
use crate::{Act, Destination, Flow, From, Next, Plan};

/// Asks for every sound file once.
pub(crate) fn sounds(scope: &Scope, folder: &str, sources: &mut dyn Sources, report: &mut Report) {
    for (prompt, at) in scope.prompts() {
        if !sources.sound_exists(folder, &prompt.path) {
            let message = format!("there is no sound {:?} in {folder:?}", prompt.path);
            let help = "put the file there, or correct the name or `storage.sounds`";
            report.error(at, "no-sound", message).help(help);
        }
    }
}

/// Steps that nothing leads to, and loops in which a caller would never get a turn.
pub(crate) fn flows(flows: &[Flow], places: &[Vec<At>], report: &mut Report) {
    for (index, (flow, places)) in flows.iter().zip(places).enumerate() {
        unreachable_steps(flow, places, report);
        for step in 0..flow.steps.len() {
            if let (Some(at), Some(circle)) = (places.get(step), circle(flows, (index, step))) {
                let message = format!("a caller who gets here goes round in a circle for ever: {circle}");
                let help = "let a menu, a queue, `ring` or `hang_up` end it, or give `play` a number of `times`";
                report.error(*at, "endless", message).help(help);
                break;
            }
        }
    }
}

fn unreachable_steps(flow: &Flow, places: &[At], report: &mut Report) {
    let mut reached = vec![false; flow.steps.len()];
    let mut open = vec![0];
    while let Some(step) = open.pop() {
        let Some(seen) = reached.get_mut(step) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        let ways = flow.steps.get(step).map(|step| ways(&step.act)).unwrap_or_default();
        open.extend(ways.into_iter().filter_map(|next| match next {
            Next::Step(step) => Some(*step),
            Next::Go(_) => None,
        }));
    }
    for ((step, at), _) in flow.steps.iter().zip(places).zip(reached).filter(|(_, reached)| !reached) {
        let message = format!("nothing leads to step {:?} of flow {:?}", step.name, flow.name);
        report.warn(*at, "unreachable-step", message).note("a flow begins at its first step");
    }
}

/// Everywhere a step can lead.
pub(crate) fn ways(act: &Act) -> Vec<&Next> {
    match act {
        Act::Play { then, after, .. } => std::iter::once(then).chain(after).collect(),
        Act::Menu { keys, no_input, no_match, .. } => {
            keys.iter().map(|(_, next)| next).chain([no_input, no_match]).collect()
        }
        Act::Queue { otherwise, .. } => vec![otherwise],
        Act::Ring { no_answer, busy, unreachable, .. } => vec![no_answer, busy, unreachable],
        Act::HangUp { .. } | Act::Go(_) => vec![],
    }
}

/// The circle that begins at a step of which every act leads on by itself, in words.
fn circle(flows: &[Flow], start: (usize, usize)) -> Option<String> {
    let mut path = vec![start];
    let mut at = start;
    loop {
        at = onward(flows, at)?;
        if at == start {
            break;
        }
        if path.contains(&at) {
            return None; // A circle, but not through here: told where it is.
        }
        path.push(at);
    }
    path.push(start);
    let name = |&(flow, step): &(usize, usize)| {
        let flow = flows.get(flow)?;
        Some(format!("{}/{}", flow.name, flow.steps.get(step)?.name))
    };
    Some(path.iter().filter_map(name).collect::<Vec<_>>().join(" -> "))
}

/// Where a step leads without anybody's doing.
fn onward(flows: &[Flow], (flow, step): (usize, usize)) -> Option<(usize, usize)> {
    match &flows.get(flow)?.steps.get(step)?.act {
        Act::Play { then: Next::Step(step), times: None, .. } => Some((flow, *step)),
        Act::Play { then: Next::Go(Destination::Flow(flow)), times: None, .. } | Act::Go(Destination::Flow(flow)) => {
            Some((*flow, 0))
        }
        _ => None,
    }
}

/// Things that nothing leads to or uses.
pub(crate) fn plan(plan: &Plan, scope: &Scope, report: &mut Report) {
    let from_any = |from: &From| matches!(from, From::Anyone | From::AnyTrunk);
    if !plan.routes.iter().any(|route| from_any(&route.from)) {
        let note = "its calls are refused with 404, and nothing calls out over it";
        unused(&scope.trunks, scope, "no route uses", note, report);
    }
    unused(&scope.queues, scope, "nothing leads to", "a route, a flow or an overflow can", report);
    unused(&scope.flows, scope, "nothing leads to", "a route, another flow or an overflow can", report);
}

fn unused(names: &Names, scope: &Scope, what: &str, note: &str, report: &mut Report) {
    for (name, at) in names.places() {
        if !scope.used.contains(&(names.kind, name.to_owned())) {
            report.warn(at, "unused", format!("{what} {} {name:?}", names.kind)).note(note);
        }
    }
}
