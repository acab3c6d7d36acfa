//! What would happen to a call, rule by rule, each with the place where it was written: here who calls and
//! which route takes it, in [`walk`] everywhere the call can get to from there.

mod walk;

use crate::route::{Arrival, Origin, Routed, Verdict};
use crate::{Destination, From, Place, Plan, Route};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use terms::{AgentId, PhoneId, TrunkId, Wall};

/// Why a call goes where it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Rule by rule, in the order in which they were looked at.
    pub lines: Vec<Line>,
}

/// One rule, or one thing that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What kind of thing it is.
    pub step: LineKind,
    /// Its words, such as `route to +4420...`; parts of a rule begin with two spaces.
    #[serde(serialize_with = "trimmed")]
    pub rule: String,
    /// The file where it was written; none for what is built in.
    pub file: Option<String>,
    /// Its line there, counted from 1.
    pub line: Option<u32>,
    /// What it did, or why not.
    pub text: String,
    /// Whether the call goes this way, or may go it; a rule that is not taken says why.
    pub taken: bool,
}

/// What a line of an explanation speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// When, where it was not said in full.
    Time,
    /// Who calls.
    Origin,
    /// How a number is read or written.
    Number,
    /// A route.
    Route,
    /// The hours of a route.
    Hours,
    /// Where the route sends the call: `go`.
    Go,
    /// Where it sends it outside the hours: `otherwise`.
    Otherwise,
    /// A phone that is dialled by its own number.
    Extension,
    /// The call is refused before anything else happens.
    Refused,
    /// A sound is played.
    Play,
    /// A menu.
    Menu,
    /// A queue.
    Queue,
    /// Who meets what the queue requires, from a certain wait on.
    Require,
    /// Somebody is rung.
    Ring,
    /// The call goes out over a trunk.
    Trunk,
    /// Where a key, a failure or a rule of the thing above leads.
    Way,
    /// The caller is parked, or fetches somebody who is.
    Park,
    /// The caller meets others.
    Room,
    /// The caller leaves a message.
    Message,
    /// The call ends.
    HangUp,
    /// There is more than is told.
    More,
}

fn trimmed<S: serde::Serializer>(rule: &str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(rule.trim_start())
}

impl Line {
    /// `file:line`; empty for what is built in.
    pub fn place(&self) -> String {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            _ => String::new(),
        }
    }
}

impl Explanation {
    fn add(&mut self, step: LineKind, rule: impl Into<String>, place: &Place, text: impl Into<String>) -> &mut Line {
        let written = place.line > 0;
        self.lines.push(Line {
            step,
            rule: rule.into(),
            file: written.then(|| place.file.clone()),
            line: written.then_some(place.line),
            text: text.into(),
            taken: true,
        });
        self.lines.last_mut().expect("just pushed")
    }

    fn not_taken(&mut self, rule: impl Into<String>, place: &Place, text: impl Into<String>) {
        self.add(LineKind::Route, rule, place, text).taken = false;
    }
}

/// A column is no wider than this; a longer entry pushes its own line aside.
const COLUMN: usize = 44;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = || self.lines.iter().filter(|line| line.taken);
        let width = |of: fn(&Line) -> usize| taken().map(of).filter(|width| *width <= COLUMN).max().unwrap_or(0);
        let rule = width(|line| line.rule.chars().count());
        let place = width(|line| line.place().chars().count());
        for line in taken() {
            writeln!(f, "{:rule$}  {:place$}  {}", line.rule, line.place(), line.text)?;
        }
        for line in self.lines.iter().filter(|line| !line.taken) {
            match line.place().as_str() {
                "" => writeln!(f, "not taken: {}: {}", line.rule.trim(), line.text)?,
                place => writeln!(f, "not taken: {} ({place}): {}", line.rule.trim(), line.text)?,
            }
        }
        Ok(())
    }
}

impl Plan {
    /// Where a call goes, and why. No route: nobody is there (404).
    ///
    /// Routes are tried in the order in which they are written. After them a phone, and only a phone, may
    /// dial another phone by its extension or its user; a trunk gets nothing that no route names.
    pub fn route(&self, arrival: &Arrival<'_>, wall: Wall) -> (Option<Routed>, Explanation) {
        let read = self.received(arrival.from, arrival.called);
        let inner = Arrival { called: &read, ..*arrival };
        let routed = self.decide(&inner, wall);
        let explanation = self.explain(arrival.called, &inner, wall, routed.as_ref());
        (routed, explanation)
    }

    /// The called number as routes see it.
    fn received<'a>(&self, from: Origin, called: &'a str) -> Cow<'a, str> {
        match from {
            Origin::Trunk(trunk) => self.trunk(trunk).map_or(Cow::Borrowed(called), |trunk| trunk.called(called)),
            Origin::Phone(_) => Cow::Borrowed(called),
        }
    }

    fn explain(&self, dialled: &str, arrival: &Arrival<'_>, wall: Wall, routed: Option<&Routed>) -> Explanation {
        let mut explanation = Explanation::default();
        self.explain_origin(arrival, &mut explanation);
        if dialled != arrival.called {
            let text = format!("{dialled} is read as {}", arrival.called);
            explanation.add(LineKind::Number, "  number", &Place::default(), text);
        }
        if !self.may_call(arrival) {
            self.explain_number(arrival, &mut explanation);
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
                explanation.add(LineKind::Refused, "refused", &Place::default(), text);
            }
            Some(routed) => {
                if routed.route.is_none() {
                    let text = format!("a phone dials a phone -> {}", self.say(&routed.destination));
                    explanation.add(LineKind::Extension, "extension", &Place::default(), text);
                }
                self.explain_walk(arrival, routed, &mut explanation);
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
                    let text = match (peers.is_empty(), trunk.register) {
                        (true, None) => "has no peers: no call can come from it, whatever follows".to_owned(),
                        (true, Some(_)) => "by the address at which it is registered".to_owned(),
                        (false, None) => format!("by address {}", peers.join(", ")),
                        (false, Some(_)) => format!("by address {}, or where it is registered", peers.join(", ")),
                    };
                    explanation.add(LineKind::Origin, format!("trunk {}", trunk.name), &trunk.place, text);
                }
                None => {
                    explanation.add(LineKind::Origin, id.to_string(), &nowhere, "not in this configuration");
                }
            },
            Origin::Phone(id) => match self.phone(id) {
                Some(phone) => {
                    explanation.add(LineKind::Origin, format!("phone {}", phone.user), &phone.place, "by password");
                }
                None => {
                    explanation.add(LineKind::Origin, id.to_string(), &nowhere, "not in this configuration");
                }
            },
        }
    }

    /// The trunk's own `numbers` refuse the call.
    fn explain_number(&self, arrival: &Arrival<'_>, explanation: &mut Explanation) {
        let Origin::Trunk(id) = arrival.from else { return };
        let Some(trunk) = self.trunk(id) else { return };
        let numbers: Vec<String> = trunk.numbers.iter().map(ToString::to_string).collect();
        let text = format!("trunk {} may only call {}: refused with 404", trunk.name, numbers.join(", "));
        explanation.add(LineKind::Refused, "refused", &trunk.place, text);
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
            return explanation.not_taken(rule, &route.place, "comes after");
        }
        let nowhere = (Place::default(), Place::default());
        let (go_place, otherwise_place) = self.written.routes.get(index).unwrap_or(&nowhere);
        let hours = route.during.and_then(|id| self.hours_of(id));
        let (kind, place, destination) = match self.judge(route, arrival, wall) {
            Verdict::OtherCaller => {
                return explanation.not_taken(rule, &route.place, format!("is for {}", self.say_from(&route.from)));
            }
            Verdict::OtherNumber => {
                return explanation.not_taken(rule, &route.place, "the number does not match");
            }
            Verdict::Closed => {
                let why = hours.map(|hours| format!("hours {}: {}", hours.name, hours.at(wall).reason));
                return explanation.not_taken(rule, &route.place, why.unwrap_or_default());
            }
            Verdict::Go(destination) => (LineKind::Go, go_place, destination),
            Verdict::Otherwise(destination) => (LineKind::Otherwise, otherwise_place, destination),
        };
        let text = if route.to.is_some() { "number matches" } else { "takes every number" };
        explanation.add(LineKind::Route, rule, &route.place, text);
        if let Some(hours) = hours {
            explanation.add(LineKind::Hours, format!("  hours {}", hours.name), &hours.place, hours.at(wall).reason);
        }
        let word = if kind == LineKind::Go { "  go" } else { "  otherwise" };
        let recorded = if route.record { ", recorded" } else { "" };
        explanation.add(kind, word, place, format!("-> {}{recorded}", self.say(destination)));
    }

    /// A destination in words.
    pub fn say(&self, destination: &Destination) -> String {
        match destination {
            Destination::Flow(id) => match self.flow(*id) {
                Some(flow) => format!("flow {}", flow.name),
                None => "a flow that is not there".into(),
            },
            Destination::Queue(id) => {
                format!("queue {}", self.queue(*id).map_or_else(|| id.to_string(), |queue| queue.name.clone()))
            }
            Destination::Intercom(id) => format!("phone {}, which answers by itself", self.phone_name(*id)),
            Destination::Phone(id) => format!("phone {}", self.phone_name(*id)),
            Destination::Agent(id) => format!("agent {}", self.agent_name(*id)),
            Destination::Group(id) => match self.group(*id) {
                Some(group) => format!("group {}", group.name),
                None => "a group that is not there".into(),
            },
            Destination::Trunk(id, Some(number)) => format!("trunk {}, number {number}", self.trunk_name(*id)),
            Destination::Trunk(id, None) => format!("trunk {}", self.trunk_name(*id)),
            Destination::Room(id) => match self.room(*id) {
                Some(room) => format!("room {}", room.name),
                None => "a room that is not there".into(),
            },
            Destination::Park(Some(slot)) => format!("slot {slot}"),
            Destination::Park(None) => "the next free slot".into(),
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
