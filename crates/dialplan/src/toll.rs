//! Toll safety: what strangers bring in over a trunk should not go out over a trunk at the operator's cost,
//! unless he says so by naming the trunk and the numbers.

use crate::check::ways;
use crate::finding::Report;
use crate::flow::RingTarget;
use crate::pattern::Pattern;
use crate::table::Str;
use crate::{Act, Destination, Flow, From, Group, Next, Queue, Trunk};
use terms::TrunkId;

/// What a call can walk through.
pub(crate) struct Ways<'p> {
    pub trunks: &'p [Trunk],
    pub flows: &'p [Flow],
    pub queues: &'p [Queue],
    pub groups: &'p [Group],
    /// Whether an earlier route refuses some numbers.
    pub barred: bool,
    /// Whether the trunks are what the file says.
    pub known: bool,
}

/// Warns when a route lets strangers choose a number that is then called over a trunk.
pub(crate) fn toll(
    text: &Str,
    from: &From,
    to: Option<&Pattern>,
    go: &Destination,
    ways: &Ways<'_>,
    report: &mut Report,
) {
    let Some((target, by)) = ways.out(go).filter(|_| ways.known) else { return };
    if matches!(from, From::Phone(_) | From::AnyPhone) {
        if to.is_none_or(Pattern::takes_all) && !ways.barred {
            let message = "whoever learns a phone's password can call every number there is at your cost";
            let finding = report.warn(text.at, "every-number", message);
            finding
                .help("say which numbers: to = \"0*\", or refuse some in a route before it: go = \"hangup:rejected\"");
        }
        return;
    }
    let (message, help) = match from {
        From::Trunk(source) if *source == target && by.is_empty() => {
            let message = "calls go back to the trunk that they came from";
            report.warn(text.at, "trunk-loop", message).help("send them elsewhere");
            return;
        }
        From::Anyone | From::AnyTrunk if !to.is_some_and(Pattern::is_narrow) && ways.open(None) => {
            ("whoever calls in over a trunk can call out again at your cost", "name who may: from = \"phone:*\"")
        }
        From::Trunk(source) if to.is_none_or(Pattern::takes_all) && ways.open(Some(*source)) => {
            ("every number that this trunk calls goes out again at your cost", "say which numbers: to = \"...\"")
        }
        _ => return,
    };
    let finding = report.warn(text.at, "open-relay", message);
    finding.help(help);
    if !by.is_empty() {
        finding.note(format!("the number that was called is called again at the end of {}", by.join(" -> ")));
    }
}

impl Ways<'_> {
    /// Whether a trunk (or any) brings calls to numbers of the callers' choice.
    fn open(&self, which: Option<TrunkId>) -> bool {
        let brings = |trunk: &&Trunk| trunk.brings_calls() && which.is_none_or(|id| trunk.id == id);
        let chosen = |trunk: &Trunk| trunk.numbers.is_empty() || !trunk.numbers.iter().all(Pattern::is_narrow);
        self.trunks.iter().filter(brings).any(chosen)
    }

    /// The trunk over which a call can get out to the number that was called, and by which flows and queues.
    fn out(&self, start: &Destination) -> Option<(TrunkId, Vec<String>)> {
        let mut open: Vec<(Destination, Vec<String>)> = vec![(start.clone(), vec![])];
        let mut seen: Vec<Destination> = vec![];
        while let Some((destination, by)) = open.pop() {
            if seen.contains(&destination) {
                continue;
            }
            match &destination {
                Destination::Trunk(id, None) => return Some((*id, by)),
                Destination::Flow(id) => {
                    open.extend(self.flows.iter().filter(|flow| flow.id == *id).flat_map(|flow| {
                        let by = [by.clone(), vec![format!("flow {}", flow.name)]].concat();
                        leads_to(flow).into_iter().map(move |next| (next, by.clone()))
                    }))
                }
                Destination::Group(id) => {
                    open.extend(self.groups.iter().filter(|group| group.id == *id).flat_map(|group| {
                        let by = [by.clone(), vec![format!("group {}", group.name)]].concat();
                        let out = group.members.iter().filter_map(|member| match member.target {
                            RingTarget::Trunk(trunk, None) => Some(Destination::Trunk(trunk, None)),
                            _ => None,
                        });
                        out.map(move |next| (next, by.clone()))
                    }))
                }
                Destination::Queue(id) => {
                    open.extend(self.queues.iter().filter(|queue| queue.id == *id).flat_map(|queue| {
                        let by = [by.clone(), vec![format!("queue {}", queue.name)]].concat();
                        queue.overflow.iter().map(move |(_, next)| (next.clone(), by.clone()))
                    }))
                }
                Destination::Trunk(_, Some(_))
                | Destination::Phone(_)
                | Destination::Intercom(_)
                | Destination::Agent(_)
                | Destination::Park(_)
                | Destination::Room(_)
                | Destination::HangUp(_) => {}
            }
            seen.push(destination);
        }
        None
    }
}

/// Where the steps of a flow lead away to, whoever is rung among it.
fn leads_to(flow: &Flow) -> Vec<Destination> {
    let of_step = |act: &Act| {
        let away = ways(act).into_iter().filter_map(|next| match next {
            Next::Go(destination) => Some(destination.clone()),
            Next::Step(_) => None,
        });
        let own = match act {
            Act::Ring { target, .. } => Some(target.clone()),
            Act::Queue { queue, .. } => Some(Destination::Queue(*queue)),
            Act::Go(destination) => Some(destination.clone()),
            _ => None,
        };
        away.chain(own).collect::<Vec<_>>()
    };
    flow.steps.iter().flat_map(|step| of_step(&step.act)).collect()
}
