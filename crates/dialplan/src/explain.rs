//! What would happen to a call, rule by rule, each with the place where it was written.
//!
//! The flow is walked with the very cursor that walks real callers, as a caller who presses nothing.

use crate::flow::{Action, Cursor, Outcome, RingTarget};
use crate::route::{Arrival, Origin, Routed, Verdict};
use crate::{Act, Destination, From, OverflowWhen, Place, Plan, Route, value};
use serde::Serialize;
use std::fmt;
use terms::{AgentId, PhoneId, QueueId, TrunkId, Wall};

/// Why a call goes where it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Rule by rule, in the order in which they were looked at.
    pub lines: Vec<Line>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is, such as `route to +4420...`; parts of a rule begin with two spaces.
    pub rule: String,
    /// `file:line`; empty for what is built in.
    pub place: String,
    /// What it did, or why not.
    pub text: String,
    /// Whether the call went this way.
    pub taken: bool,
}

/// Steps of a flow that are told.
const STEPS: usize = 12;

impl Explanation {
    fn add(&mut self, rule: impl Into<String>, place: &Place, text: impl Into<String>, taken: bool) {
        let place = if place.line == 0 { String::new() } else { format!("{}:{}", place.file, place.line) };
        self.lines.push(Line { rule: rule.into(), place, text: text.into(), taken });
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = || self.lines.iter().filter(|line| line.taken);
        let width = |of: fn(&Line) -> &String| taken().map(|line| of(line).chars().count()).max().unwrap_or(0).min(40);
        let (rule, place) = (width(|line| &line.rule), width(|line| &line.place));
        for line in taken() {
            writeln!(f, "{:rule$}  {:place$}  {}", line.rule, line.place, line.text)?;
        }
        for line in self.lines.iter().filter(|line| !line.taken) {
            match line.place.is_empty() {
                true => writeln!(f, "not taken: {}: {}", line.rule.trim(), line.text)?,
                false => writeln!(f, "not taken: {} ({}): {}", line.rule.trim(), line.place, line.text)?,
            }
        }
        Ok(())
    }
}

impl Plan {
    pub(crate) fn explain(&self, arrival: &Arrival<'_>, wall: Wall, routed: Option<&Routed>) -> Explanation {
        let mut explanation = Explanation::default();
        self.explain_origin(arrival, &mut explanation);
        if !self.may_call(arrival) {
            let none = Place::default();
            explanation.add("result", &none, "the trunk may not call this number: refused with 404", true);
            return explanation;
        }
        let taken = routed.and_then(|routed| routed.route);
        for (index, route) in self.routes.iter().enumerate() {
            self.explain_route(index, route, arrival, wall, taken, &mut explanation);
        }
        match routed {
            None => {
                let text = match arrival.from {
                    Origin::Trunk(_) => "no route takes it: refused with 404",
                    Origin::Phone(_) => "no route takes it and no phone has this number: refused with 404",
                };
                explanation.add("result", &Place::default(), text, true);
            }
            Some(routed) => {
                if routed.route.is_none() {
                    let text = format!("a phone dials a phone -> {}", self.say(&routed.destination));
                    explanation.add("extension", &Place::default(), text, true);
                }
                self.explain_walk(routed, &mut explanation);
            }
        }
        explanation
    }

    fn explain_origin(&self, arrival: &Arrival<'_>, explanation: &mut Explanation) {
        let nowhere = Place::default();
        match arrival.from {
            Origin::Trunk(id) => match self.trunk(id) {
                Some(trunk) => {
                    let peers: Vec<String> =
                        trunk.peers.iter().map(|(address, length)| say_network(*address, *length)).collect();
                    explanation.add(
                        format!("trunk {}", trunk.name),
                        &trunk.place,
                        format!("by address {}", peers.join(", ")),
                        true,
                    );
                }
                None => explanation.add(id.to_string(), &nowhere, "not in this configuration", true),
            },
            Origin::Phone(id) => match self.phone(id) {
                Some(phone) => explanation.add(format!("phone {}", phone.user), &phone.place, "by password", true),
                None => explanation.add(id.to_string(), &nowhere, "not in this configuration", true),
            },
        }
    }

    fn explain_route(
        &self,
        index: usize,
        route: &Route,
        arrival: &Arrival<'_>,
        wall: Wall,
        taken: Option<usize>,
        explanation: &mut Explanation,
    ) {
        let rule = match &route.to {
            Some(pattern) => format!("route to {pattern}"),
            None => "route to any number".to_owned(),
        };
        if taken.is_some_and(|taken| index > taken) {
            explanation.add(rule, &route.place, "comes after", false);
            return;
        }
        let nowhere = (Place::default(), Place::default());
        let (go_place, otherwise_place) = self.written.routes.get(index).unwrap_or(&nowhere);
        let hours = route.during.and_then(|index| self.hours.get(index));
        match self.judge(route, arrival, wall) {
            Verdict::OtherCaller => {
                explanation.add(rule, &route.place, format!("is for {}", self.say_from(&route.from)), false)
            }
            Verdict::OtherNumber => explanation.add(rule, &route.place, "the number does not match", false),
            Verdict::Closed => {
                let why =
                    hours.map(|hours| format!("hours {}: {}", hours.name, hours.at(wall).reason)).unwrap_or_default();
                explanation.add(rule, &route.place, why, false);
            }
            Verdict::Go(destination) => {
                let text = if route.to.is_some() { "number matches" } else { "takes every number" };
                explanation.add(rule, &route.place, text, true);
                if let Some(hours) = hours {
                    explanation.add(format!("  hours {}", hours.name), &hours.place, hours.at(wall).reason, true);
                }
                explanation.add("  go", go_place, format!("-> {}", self.say(destination)), true);
            }
            Verdict::Otherwise(destination) => {
                let text = if route.to.is_some() { "number matches" } else { "takes every number" };
                explanation.add(rule, &route.place, text, true);
                if let Some(hours) = hours {
                    explanation.add(format!("  hours {}", hours.name), &hours.place, hours.at(wall).reason, true);
                }
                explanation.add("  otherwise", otherwise_place, format!("-> {}", self.say(destination)), true);
            }
        }
    }

    /// Walks a caller who presses nothing and says what he hears.
    fn explain_walk(&self, routed: &Routed, explanation: &mut Explanation) {
        let mut cursor = Cursor::new(routed.destination.clone(), routed.record);
        for _ in 0..STEPS {
            let action = cursor.arrive(self);
            let (rule, place) = self.spot(&cursor);
            let (text, outcome) = self.say_action(&action, &cursor);
            explanation.add(rule, &place, text, true);
            match outcome {
                Some(outcome) => cursor.advance(self, outcome),
                None => return,
            };
        }
        explanation.add("and so on", &Place::default(), "", true);
    }

    fn spot(&self, cursor: &Cursor) -> (String, Place) {
        let step = cursor.step().and_then(|(flow, step)| {
            let flow = self.flows.get(flow)?;
            let step = flow.steps.get(step)?;
            Some((format!("flow {} / {}", flow.name, step.name), step.place.clone()))
        });
        step.unwrap_or_else(|| ("then".into(), Place::default()))
    }

    /// What happens, and how it would go on by itself.
    fn say_action(&self, action: &Action, cursor: &Cursor) -> (String, Option<Outcome>) {
        match action {
            Action::Play { prompt } => (format!("plays {}", self.say_prompt(*prompt)), Some(Outcome::Done)),
            Action::Menu { prompt, wait } => {
                let keys = self.say_keys(cursor);
                (format!("plays {}, waits {} for a key{keys}", self.say_prompt(*prompt), value::say(*wait)), None)
            }
            Action::Queue { queue, .. } => (self.say_queue(*queue), None),
            Action::Ring { target, wait, record } => {
                let recorded = if *record { ", recorded" } else { "" };
                (format!("rings {} for {}{recorded}", self.say_target(target), value::say(*wait)), None)
            }
            Action::HangUp { cause } => (format!("hangs up ({cause})"), None),
        }
    }

    fn say_prompt(&self, id: terms::PromptId) -> String {
        self.prompt(id).map_or_else(|| id.to_string(), |prompt| prompt.path.clone())
    }

    fn say_keys(&self, cursor: &Cursor) -> String {
        let act = cursor.step().and_then(|(flow, step)| Some((self.flows.get(flow)?, step)));
        let Some((flow, step)) = act else { return String::new() };
        let Some(Act::Menu { keys, .. }) = flow.steps.get(step).map(|step| &step.act) else { return String::new() };
        let say = |next: &crate::Next| match next {
            crate::Next::Step(step) => flow.steps.get(*step).map_or_else(String::new, |step| step.name.clone()),
            crate::Next::Go(destination) => self.say(destination),
        };
        let keys: Vec<String> = keys.iter().map(|(key, next)| format!("{key} -> {}", say(next))).collect();
        format!(": {}", keys.join(", "))
    }

    fn say_queue(&self, id: QueueId) -> String {
        let Some(queue) = self.queue(id) else { return format!("waits in {id}, which is not in this configuration") };
        let mut text = format!("waits in queue {} for one of {} agents", queue.name, queue.agents.len());
        for (when, destination) in &queue.overflow {
            let when = match when {
                OverflowWhen::Waited(wait) => format!("after {}", value::say(*wait)),
                OverflowWhen::NoAgents(wait) => format!("without agents for {}", value::say(*wait)),
                OverflowWhen::Full => "when it is full".into(),
            };
            text.push_str(&format!("; {when} -> {}", self.say(destination)));
        }
        text
    }

    fn say_target(&self, target: &RingTarget) -> String {
        match target {
            RingTarget::Phone(id) => self.say(&Destination::Phone(*id)),
            RingTarget::Agent(id) => self.say(&Destination::Agent(*id)),
            RingTarget::Trunk(id, number) => match number {
                Some(number) => format!("{number} over trunk {}", self.trunk_name(*id)),
                None => format!("the called number over trunk {}", self.trunk_name(*id)),
            },
        }
    }

    /// A destination in words.
    pub fn say(&self, destination: &Destination) -> String {
        match destination {
            Destination::Flow(index) => match self.flows.get(*index) {
                Some(flow) => format!("flow {}", flow.name),
                None => "a flow that is not there".into(),
            },
            Destination::Queue(id) => {
                format!("queue {}", self.queue(*id).map_or_else(|| id.to_string(), |queue| queue.name.clone()))
            }
            Destination::Phone(id) => format!("phone {}", self.phone_name(*id)),
            Destination::Agent(id) => format!("agent {}", self.agent_name(*id)),
            Destination::Trunk(id, Some(number)) => format!("trunk {}, number {number}", self.trunk_name(*id)),
            Destination::Trunk(id, None) => format!("trunk {}", self.trunk_name(*id)),
            Destination::HangUp(cause) => format!("hang up ({cause})"),
        }
    }

    fn say_from(&self, from: &From) -> String {
        match from {
            From::Trunk(id) => format!("calls from trunk {}", self.trunk_name(*id)),
            From::AnyTrunk => "calls from trunks".into(),
            From::Phone(id) => format!("calls from phone {}", self.phone_name(*id)),
            From::AnyPhone => "calls from phones".into(),
            From::Anyone => "everyone".into(),
        }
    }

    fn trunk_name(&self, id: TrunkId) -> String {
        self.trunk(id).map_or_else(|| id.to_string(), |trunk| trunk.name.clone())
    }

    fn phone_name(&self, id: PhoneId) -> String {
        self.phone(id).map_or_else(|| id.to_string(), |phone| phone.user.clone())
    }

    fn agent_name(&self, id: AgentId) -> String {
        self.agent(id).map_or_else(|| id.to_string(), |agent| agent.name.clone())
    }
}

fn say_network(address: std::net::IpAddr, length: u8) -> String {
    let whole = if address.is_ipv4() { 32 } else { 128 };
    if length == whole { address.to_string() } else { format!("{address}/{length}") }
}
