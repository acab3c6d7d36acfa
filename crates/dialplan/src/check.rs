//! What only shows when everything is known: loops, steps and things that nothing leads to, missing sounds.

use crate::finding::Report;
use crate::scope::{Names, Scope};
use crate::source::{Sound, Sources};
use crate::text::At;
use crate::{Act, Destination, Flow, From, Next, Plan, Queue, Trunk, Voicemail};
use std::collections::BTreeMap;
use terms::{AgentId, FlowId, PhoneId, QueueId, TrunkId};

/// Asks for every sound file once.
pub(crate) fn sounds(scope: &Scope, folder: &str, sources: &mut dyn Sources, report: &mut Report) {
    for (prompt, at) in scope.prompts() {
        match sources.sound(folder, &prompt.path) {
            Sound::Fits => {}
            Sound::Missing => {
                let message = format!("there is no sound {:?} in {folder:?}", prompt.path);
                let help = "put the file there, or correct the name or `storage.sounds`";
                report.error(at, "no-sound", message).help(help);
            }
            Sound::Refused(why) => {
                report.error(at, "bad-sound", format!("sound {:?} cannot be played", prompt.path)).help(why);
            }
            Sound::Converted(from) => {
                let message = format!("sound {:?} has {from}: telephones hear 8000, mono", prompt.path);
                let finding = report.warn(at, "sound-converted", message);
                finding.help("convert it: sox IN.wav -r 8000 -c 1 -b 16 OUT.wav").note(
                    "the switch converts it at each start; done once by you, you can hear what callers will hear",
                );
            }
        }
    }
}

/// Loops in which a caller would never get a turn, and steps that nothing leads to: the latter where all flows are as the
/// file says.
pub(crate) fn flows(flows: &[Flow], places: &[Vec<At>], as_said: bool, report: &mut Report) {
    let house = House { flows, positions: flows.iter().enumerate().map(|(at, flow)| (flow.id, at)).collect() };
    for (index, at) in each_step(places) {
        if let Some(circle) = house.circle(index, false) {
            let message = format!("a caller who gets here goes round in a circle for ever: {circle}");
            let help = "let a menu, a queue, `ring` or `hang_up` end it, or give `play` a number of `times`";
            report.error(at, "endless", message).help(help);
        } else if let Some(circle) = house.circle(index, true).filter(|_| as_said) {
            let message = format!("a caller who presses nothing goes round in a circle for ever: {circle}");
            let help = "let `no_input` lead through a `play` with `times`";
            report.warn(at, "endless-menu", message).help(help);
        }
    }
    // A way that is misspelt leads nowhere: what it should have led to is not to blame.
    if as_said {
        flows.iter().zip(places).for_each(|(flow, places)| unreachable_steps(flow, places, report));
    }
}

fn each_step(places: &[Vec<At>]) -> impl Iterator<Item = ((usize, usize), At)> {
    let steps = |(flow, steps): (usize, &Vec<At>)| {
        steps.iter().enumerate().map(move |(step, at)| ((flow, step), *at)).collect::<Vec<_>>()
    };
    places.iter().enumerate().flat_map(steps)
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

/// Queues that send their callers to one another until these give up. `rules` tells where each overflow rule
/// of each queue stands; a circle is told once, at the queue in it that is written first.
pub(crate) fn overflow_circles(queues: &[Queue], rules: &[Vec<At>], report: &mut Report) {
    let positions: BTreeMap<QueueId, usize> = queues.iter().enumerate().map(|(at, queue)| (queue.id, at)).collect();
    let onward = |(go, at): (&Destination, &At)| match go {
        Destination::Queue(id) => Some((*positions.get(id)?, *at)),
        _ => None,
    };
    let edges: Vec<Vec<(usize, At)>> = queues
        .iter()
        .zip(rules)
        .map(|(queue, rules)| queue.overflow.iter().map(|(_, go)| go).zip(rules).filter_map(onward).collect())
        .collect();
    // Each queue is come to once: first it is on the way here, then everything behind it has been looked at.
    let mut seen = vec![Seen::Not; queues.len()];
    for start in 0..queues.len() {
        // The queues on the way here, each with the rules of it that have not been followed.
        let mut path: Vec<(usize, &[(usize, At)])> = vec![];
        let mut next = Some(start);
        loop {
            if let Some(queue) = next.take() {
                match seen.get_mut(queue) {
                    Some(seen @ Seen::Not) => {
                        *seen = Seen::OnTheWay;
                        path.push((queue, edges.get(queue).map_or(&[], Vec::as_slice)));
                    }
                    Some(Seen::OnTheWay) => {
                        let circle = path.iter().map(|(on, _)| *on).skip_while(|on| *on != queue).collect();
                        tell_circle(queues, circle, &edges, report);
                    }
                    Some(Seen::Left) | None => {}
                }
            }
            let Some((here, rest)) = path.last_mut() else { break };
            match rest.split_first() {
                Some(((onward, _), later)) => (next, *rest) = (Some(*onward), later),
                None => {
                    seen.iter_mut().skip(*here).take(1).for_each(|seen| *seen = Seen::Left);
                    path.pop();
                }
            }
        }
    }
}

/// How far a look for circles has come with a queue.
#[derive(Clone, Copy)]
enum Seen {
    Not,
    OnTheWay,
    Left,
}

fn tell_circle(queues: &[Queue], mut circle: Vec<usize>, edges: &[Vec<(usize, At)>], report: &mut Report) {
    let first = circle.iter().enumerate().min_by_key(|(_, queue)| **queue).map_or(0, |(at, _)| at);
    circle.rotate_left(first);
    let (Some(one), Some(two)) = (circle.first(), circle.get(1)) else { return };
    let Some((_, at)) = edges.get(*one).and_then(|edges| edges.iter().find(|(to, _)| to == two)) else { return };
    let names = circle.iter().chain(circle.first()).filter_map(|index| queues.get(*index));
    let circle = names.map(|queue| queue.name.as_str()).collect::<Vec<_>>().join(" -> ");
    let message = format!("these queues send their callers round in a circle: {circle}");
    let help = "let one of them lead out: to a flow, a phone or \"hangup\"";
    let finding = report.warn(*at, "overflow-circle", message);
    finding.help(help).note("a caller whom nobody answers may go round until he gives up");
}

/// Everywhere a step can lead.
pub(crate) fn ways(act: &Act) -> Vec<&Next> {
    match act {
        Act::Play { then, after, .. } => std::iter::once(then).chain(after).collect(),
        Act::Menu { keys, no_input, no_match, .. } => {
            keys.iter().map(|(_, next)| next).chain([no_input, no_match]).collect()
        }
        Act::Queue { otherwise, .. } => vec![otherwise],
        Act::CallBack { then, otherwise, .. } | Act::Voicemail(Voicemail { then, otherwise, .. }) => {
            vec![then, otherwise]
        }
        Act::Ring { no_answer, busy, unreachable, .. } => vec![no_answer, busy, unreachable],
        Act::HangUp { .. } | Act::Go(_) => vec![],
    }
}

/// All flows, to be walked through.
struct House<'a> {
    flows: &'a [Flow],
    positions: BTreeMap<FlowId, usize>,
}

impl House<'_> {
    /// The circle of steps that lead on by themselves, in words, told at the first of them. With `silent`, menus
    /// lead on too: to `no_input`.
    fn circle(&self, start: (usize, usize), silent: bool) -> Option<String> {
        let mut path = vec![start];
        loop {
            let at = self.onward(*path.last()?, silent)?;
            if at == start {
                break;
            }
            // Back to a step behind the start, or to one that is told first: not told here.
            if path.contains(&at) || at < start {
                return None;
            }
            path.push(at);
        }
        path.push(start);
        let name = |&(flow, step): &(usize, usize)| {
            let flow = self.flows.get(flow)?;
            Some(format!("{}/{}", flow.name, flow.steps.get(step)?.name))
        };
        Some(path.iter().filter_map(name).collect::<Vec<_>>().join(" -> "))
    }

    /// Where a step leads without anybody's doing.
    fn onward(&self, (flow, step): (usize, usize), silent: bool) -> Option<(usize, usize)> {
        let next = match &self.flows.get(flow)?.steps.get(step)?.act {
            Act::Play { then, times: None, .. } => then,
            Act::Menu { no_input, .. } if silent => no_input,
            Act::Go(Destination::Flow(flow)) => return self.begin(*flow),
            _ => return None,
        };
        match next {
            Next::Step(step) => Some((flow, *step)),
            Next::Go(Destination::Flow(flow)) => self.begin(*flow),
            Next::Go(_) => None,
        }
    }

    /// The first step of a flow.
    fn begin(&self, flow: FlowId) -> Option<(usize, usize)> {
        self.positions.get(&flow).map(|flow| (*flow, 0))
    }
}

/// Things that nothing leads to or uses.
pub(crate) fn unused_things(plan: &Plan, scope: &Scope, report: &mut Report) {
    let any_trunk = plan.routes.iter().any(|route| matches!(route.from, From::Anyone | From::AnyTrunk));
    // A route for every trunk is a use of those that bring calls.
    let brings = |name: &str| plan.trunk(TrunkId::of(name)).is_some_and(Trunk::brings_calls);
    let trunk_used = |name: &str| any_trunk && brings(name);
    let note = "no route takes its calls, and nothing calls out over it";
    unused(&scope.trunks, scope, "nothing uses", note, trunk_used, report);
    let no = |_: &str| false;
    unused(&scope.queues, scope, "nothing leads to", "a route, a flow or an overflow can", no, report);
    let group_used = |name: &str| {
        let found = plan.groups.iter().find(|group| group.name == name);
        found.is_some_and(|group| group.extension.is_some())
    };
    let note = "it has no extension, and no route, flow or overflow leads there";
    unused(&scope.groups, scope, "nothing leads to", note, group_used, report);
    let room_used = |name: &str| plan.rooms.iter().any(|room| room.name == name && room.extension.is_some());
    unused(&scope.rooms, scope, "nothing leads to", note, room_used, report);
    unused(&scope.flows, scope, "nothing leads to", "a route, another flow or an overflow can", no, report);
    unused(&scope.hours, scope, "no route asks for", "a route can: during = \"NAME\"", no, report);
    let agent_used = |name: &str| {
        let id = AgentId::of(name);
        plan.queues.iter().any(|queue| queue.agents.iter().any(|(agent, _)| *agent == id))
    };
    unused(&scope.agents, scope, "no queue has", "no call ever gets to this agent", agent_used, report);
}

/// Warns of phones whose calls are to go where their own dialling leads nowhere.
pub(crate) fn forwards(plan: &Plan, scope: &Scope, report: &mut Report) {
    for (name, at) in scope.phones.places() {
        let Some(phone) = plan.phone(PhoneId::of(name)) else { continue };
        let forward = &phone.incoming.forward;
        let targets = [&forward.always, &forward.busy, &forward.no_answer, &forward.unreachable];
        if let Some(to) = targets.into_iter().flatten().find(|to| !plan.leads_somewhere(phone.id, to)) {
            let message = format!("phone {name:?} forwards calls to {to:?}, and no route leads there from it");
            let help = "give it such a route, or name an extension; until then callers hear what the phone says";
            report.warn(at, "forward-nowhere", message).help(help);
        }
    }
}

fn unused(names: &Names, scope: &Scope, what: &str, note: &str, otherwise: impl Fn(&str) -> bool, report: &mut Report) {
    for (name, at) in names.places() {
        if !scope.used.contains(&(names.kind, name.to_owned())) && !otherwise(name) {
            report.warn(at, "unused", format!("{what} {} {name:?}", names.kind)).note(note);
        }
    }
}
