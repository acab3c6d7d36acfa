//! Everywhere a call can get to from its route, each thing told once, the nearest first.
//!
//! It is walked with the very cursor that walks real callers: one clone of it for each way that leads on.

use super::{Explanation, LineKind};
use crate::flow::{Action, Cursor, Outcome, RingTarget};
use crate::route::{Arrival, Origin, Routed};
use crate::{
    Act, Agent, Announcement, Caller, Confirm, Destination, Device, Group, GroupMember, GroupOrder, Leave, Next,
    OverflowWhen, Place, Plan, Queue, value,
};
use std::collections::VecDeque;
use terms::{Cause, Mailbox, QueueId, RoomId, Skills, Slot, TrunkId};

/// Things that are told at most.
const THINGS: usize = 40;
/// Names that are listed at most.
const NAMES: usize = 6;

/// The call that is asked about.
struct Asked<'a> {
    arrival: &'a Arrival<'a>,
    route: Option<usize>,
}

/// What stands at one spot, and the ways on from it.
struct Told {
    kind: LineKind,
    text: String,
    /// Each with what leads there, and how the cursor gets there.
    ways: Vec<(String, Place, Outcome)>,
    /// Further words about the thing itself, with their places.
    parts: Vec<(String, Place, String)>,
}

impl Told {
    fn new(kind: LineKind, text: impl Into<String>) -> Told {
        Told { kind, text: text.into(), ways: vec![], parts: vec![] }
    }

    fn way(mut self, rule: impl Into<String>, outcome: Outcome) -> Told {
        self.ways.push((rule.into(), Place::default(), outcome));
        self
    }
}

impl Plan {
    /// Tells everything that the call can get to.
    pub(super) fn explain_walk(&self, arrival: &Arrival<'_>, routed: &Routed, explanation: &mut Explanation) {
        let mut open = VecDeque::from([Cursor::new(routed.destination.clone(), routed.record)]);
        let mut seen: Vec<String> = Vec::new();
        let asked = Asked { arrival, route: routed.route };
        while let Some(mut cursor) = open.pop_front() {
            let action = cursor.arrive(self);
            let (name, place) = self.spot(&action, &cursor);
            // What hangs up by itself was told where it is led to; a hang-up that is a step of a flow is told.
            let told_before = matches!(action, Action::HangUp { .. }) && cursor.step().is_none() && !seen.is_empty();
            if seen.contains(&name) || told_before {
                continue;
            }
            if seen.len() == THINGS {
                explanation.add(LineKind::More, "and so on", &Place::default(), "what follows is not told");
                return;
            }
            seen.push(name.clone());
            let told = self.tell(&action, &cursor, &asked);
            self.add_told(told, (name, place), &cursor, &mut open, explanation);
        }
    }

    fn add_told(
        &self,
        told: Told,
        (name, place): (String, Place),
        cursor: &Cursor,
        open: &mut VecDeque<Cursor>,
        explanation: &mut Explanation,
    ) {
        let at = explanation.lines.len();
        explanation.add(told.kind, name, &place, told.text);
        let part = if told.kind == LineKind::Queue { LineKind::Require } else { LineKind::Way };
        for (rule, place, text) in told.parts {
            explanation.add(part, format!("  {rule}"), &place, text);
        }
        let single = told.ways.len() == 1;
        for (rule, place, outcome) in told.ways {
            let mut next = cursor.clone();
            next.advance(self, outcome);
            let there = self.where_to(&next);
            match explanation.lines.get_mut(at).filter(|_| single && told.kind == LineKind::Play) {
                Some(line) => line.text.push_str(&format!(", then {there}")),
                None => {
                    explanation.add(LineKind::Way, format!("  {rule}"), &place, format!("-> {there}"));
                }
            }
            open.push_back(next);
        }
    }

    /// What stands at a spot, by name, and where it was written.
    fn spot(&self, action: &Action, cursor: &Cursor) -> (String, Place) {
        let step = cursor.step().and_then(|(flow, step)| {
            let flow = self.flow(flow)?;
            let step = flow.steps.get(step)?;
            Some((format!("flow {} / {}", flow.name, step.name), step.place.clone()))
        });
        step.unwrap_or_else(|| match action {
            Action::Queue { queue: id, .. } => {
                let queue = self.queue(*id);
                let place = queue.map(|queue| queue.place.clone()).unwrap_or_default();
                (self.say(&Destination::Queue(*id)), place)
            }
            Action::Ring { target, .. } => {
                let destination = destination(target);
                (self.say(&destination), self.place_of(&destination))
            }
            Action::Park { slot } => (self.say(&Destination::Park(*slot)), Place::default()),
            Action::Room { room, .. } => {
                let destination = Destination::Room(*room);
                (self.say(&destination), self.place_of(&destination))
            }
            Action::HangUp { .. } => ("end".into(), Place::default()),
            Action::CallBack { .. } | Action::Voicemail(_) | Action::Play { .. } | Action::Menu { .. } => {
                ("then".into(), Place::default())
            }
        })
    }

    fn place_of(&self, destination: &Destination) -> Place {
        let place = match destination {
            Destination::Phone(id) | Destination::Intercom(id) => self.phone(*id).map(|phone| &phone.place),
            Destination::Agent(id) => self.agent(*id).map(|agent| &agent.place),
            Destination::Group(id) => self.group(*id).map(|group| &group.place),
            Destination::Trunk(id, _) => self.trunk(*id).map(|trunk| &trunk.place),
            Destination::Queue(id) => self.queue(*id).map(|queue| &queue.place),
            Destination::Flow(id) => self.flow(*id).map(|flow| &flow.place),
            Destination::Room(id) => self.room(*id).map(|room| &room.place),
            Destination::Park(_) | Destination::HangUp(_) => None,
        };
        place.cloned().unwrap_or_default()
    }

    /// Where a cursor has got to, in words.
    fn where_to(&self, cursor: &Cursor) -> String {
        match cursor.action(self) {
            Action::HangUp { cause } if cursor.step().is_none() => hangs_up(cause),
            action => self.spot(&action, cursor).0,
        }
    }

    fn tell(&self, action: &Action, cursor: &Cursor, asked: &Asked<'_>) -> Told {
        match action {
            Action::Play { prompt } => self.tell_play(*prompt, cursor),
            Action::Menu { prompt, wait } => {
                let text = format!("plays {}, waits {} for a key", self.say_prompt(*prompt), value::say(*wait));
                let menu = self.keys(cursor).into_iter().fold(Told::new(LineKind::Menu, text), |told, key| {
                    told.way(format!("key {key}"), Outcome::Digit(key))
                });
                // A key of no telephone: it leads where every key that is not listed leads.
                menu.way("no key", Outcome::NoInput).way("another key", Outcome::Digit('?'))
            }
            Action::Queue { queue, credit } => self.tell_queue(*queue, *credit, cursor),
            Action::CallBack { queue } => {
                let text =
                    format!("is to be called back: his number waits in {}", self.say(&Destination::Queue(*queue)));
                Told::new(LineKind::Queue, text).way("noted", Outcome::Done).way("not noted", Outcome::Unreachable)
            }
            Action::Voicemail(leave) => self.tell_voicemail(leave),
            Action::Ring { target, wait, record } => {
                let recorded = if *record { ", recorded" } else { "" };
                let text = format!("{} for {}{recorded}", self.say_target(target, asked), value::say(*wait));
                let kind = if matches!(target, RingTarget::Trunk(..)) { LineKind::Trunk } else { LineKind::Ring };
                Told::new(kind, text)
                    .way("no answer", Outcome::NoAnswer)
                    .way("busy", Outcome::Busy)
                    .way("not reached", Outcome::Unreachable)
            }
            Action::Park { slot } => self.tell_park(*slot, asked),
            Action::Room { room, record } => self.tell_room(*room, *record, asked),
            Action::HangUp { cause } => Told::new(LineKind::HangUp, hangs_up(*cause)),
        }
    }

    fn tell_voicemail(&self, leave: &Leave) -> Told {
        let of = self.say(&match leave.mailbox {
            Mailbox::Phone(phone) => Destination::Phone(phone),
            Mailbox::Agent(agent) => Destination::Agent(agent),
            Mailbox::Queue(queue) => Destination::Queue(queue),
        });
        let hears = leave.greeting.map_or(String::new(), |prompt| format!("plays {}, ", self.say_prompt(prompt)));
        let text = format!("{hears}takes a message of at most {} for {of}", value::say(leave.longest));
        Told::new(LineKind::Message, text).way("left", Outcome::Done).way("nothing said, or full", Outcome::Unreachable)
    }

    /// A phone that dials a slot fetches whom it finds there.
    fn tell_park(&self, slot: Option<Slot>, asked: &Asked<'_>) -> Told {
        match (slot, asked.arrival.from) {
            (Some(slot), Origin::Phone(_)) => {
                Told::new(LineKind::Park, format!("fetches whoever is parked in slot {slot}"))
            }
            (slot, _) => {
                let text = format!("is parked in {}", self.say(&Destination::Park(slot)));
                Told::new(LineKind::Park, text).way("no slot free", Outcome::Unreachable)
            }
        }
    }

    /// Who is let into a room.
    fn tell_room(&self, id: RoomId, record: bool, asked: &Asked<'_>) -> Told {
        let Some(room) = self.room(id) else {
            return Told::new(LineKind::Room, format!("meets others in {id}, which is not in this configuration"));
        };
        let hosts = |phone| room.hosts.contains(&phone);
        let host = matches!(asked.arrival.from, Origin::Phone(phone) if hosts(phone));
        let pin = if room.asks() && !host { ", asked for a PIN" } else { "" };
        let waits = if room.waits && !host { ", once a host is there" } else { "" };
        let recorded = if record || room.record { ", recorded" } else { "" };
        let text = format!("meets at most {} others in {}{pin}{waits}{recorded}", room.most - 1, room.name);
        Told::new(LineKind::Room, text)
    }

    fn tell_play(&self, prompt: terms::PromptId, cursor: &Cursor) -> Told {
        let text = format!("plays {}", self.say_prompt(prompt));
        match self.act(cursor) {
            Some(Act::Play { times: Some(times), after, .. }) => {
                let after = after.as_ref().map_or_else(|| hangs_up(Cause::NORMAL), |next| self.say_next(next, cursor));
                let often = if *times == 1 { "once".to_owned() } else { format!("{times} times") };
                let mut told = Told::new(LineKind::Play, text);
                told.parts.push((
                    "at most".into(),
                    Place::default(),
                    format!("{often} in a call; after that -> {after}"),
                ));
                told.way("then", Outcome::Done)
            }
            _ => Told::new(LineKind::Play, text).way("then", Outcome::Done),
        }
    }

    fn tell_queue(&self, id: QueueId, credit: std::time::Duration, cursor: &Cursor) -> Told {
        let Some(queue) = self.queue(id) else {
            return Told::new(LineKind::Queue, format!("waits in {id}, which is not in this configuration"));
        };
        let mut text = format!("waits in queue {}", queue.name);
        if !credit.is_zero() {
            text.push_str(&format!(", as if for {} already", value::say(credit)));
        }
        match queue.music {
            Some(music) => text.push_str(&format!(", hears {}", self.say_prompt(music))),
            None => text.push_str(", hears ringing"),
        }
        for Announcement { every, play } in &queue.announce {
            text.push_str(&format!(", and each {} {}", value::say(*every), self.say_prompt(*play)));
        }
        let mut told = Told::new(LineKind::Queue, text);
        told.parts = self.tell_requirements(queue);
        let written = self.written.queues.iter().find(|written| written.queue == id);
        for (index, (when, _)) in queue.overflow.iter().enumerate() {
            let place = written.and_then(|written| written.overflow.get(index)).cloned().unwrap_or_default();
            told.ways.push((say_when(*when), place, Outcome::Overflow(Some(index))));
        }
        // Without a rule a caller leaves a queue only when it is full or goes away.
        match cursor.step() {
            Some(_) => told.way("sent on without a rule", Outcome::Overflow(None)),
            None => told,
        }
    }

    /// From which wait on what is required, and who meets it.
    fn tell_requirements(&self, queue: &Queue) -> Vec<(String, Place, String)> {
        let written = self.written.queues.iter().find(|written| written.queue == queue.id);
        let agents: Vec<&Agent> = queue.agents.iter().filter_map(|(id, _)| self.agent(*id)).collect();
        let mut parts = Vec::new();
        for (index, (after, requirement)) in queue.requirements.iter().enumerate() {
            let (text, place) = written
                .and_then(|written| written.requirements.get(index))
                .cloned()
                .unwrap_or_else(|| ("what is required".into(), Place::default()));
            let able = agents.iter().filter(|agent| {
                let skills: Skills = agent.skills.iter().copied().collect();
                requirement.admits(&skills)
            });
            let names: Vec<&str> = able.map(|agent| agent.name.as_str()).collect();
            let rule = match index {
                0 => "at first".to_owned(),
                _ => format!("from {} on", value::say(*after)),
            };
            let of = if agents.len() == 1 { "its 1 agent".to_owned() } else { format!("its {} agents", agents.len()) };
            let whom = if text == "anyone" { text } else { format!("who has {text}") };
            let text = match names.is_empty() {
                true => format!("{whom}: nobody of {of}"),
                false => format!("{whom}: {} ({} of {of}), if ready", list(&names), names.len()),
            };
            parts.push((rule, place, text));
        }
        parts
    }

    fn act(&self, cursor: &Cursor) -> Option<&Act> {
        let (flow, step) = cursor.step()?;
        self.flow(flow)?.steps.get(step).map(|step| &step.act)
    }

    fn keys(&self, cursor: &Cursor) -> Vec<char> {
        match self.act(cursor) {
            Some(Act::Menu { keys, .. }) => keys.iter().map(|(key, _)| *key).collect(),
            _ => vec![],
        }
    }

    fn say_next(&self, next: &Next, cursor: &Cursor) -> String {
        let flow = cursor.step().and_then(|(flow, _)| self.flow(flow));
        match (next, flow) {
            (Next::Step(step), Some(flow)) => {
                let step = flow.steps.get(*step).map_or("", |step| step.name.as_str());
                format!("flow {} / {step}", flow.name)
            }
            (Next::Go(Destination::HangUp(cause)), _) => hangs_up(*cause),
            (Next::Go(destination), _) => self.say(destination),
            (Next::Step(_), None) => String::new(),
        }
    }

    fn say_prompt(&self, id: terms::PromptId) -> String {
        self.prompt(id).map_or_else(|| id.to_string(), |prompt| prompt.path.clone())
    }

    fn say_target(&self, target: &RingTarget, asked: &Asked<'_>) -> String {
        match target {
            RingTarget::Phone(id) => format!("rings {}", self.say(&Destination::Phone(*id))),
            RingTarget::Intercom(id) => format!("rings {}", self.say(&Destination::Intercom(*id))),
            RingTarget::Agent(id) => {
                let Some(agent) = self.agent(*id) else { return String::new() };
                let names: Vec<String> = agent.devices.iter().map(|device| self.say_device(device, agent)).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("rings {}, all of them", list(&names))
            }
            RingTarget::Group(id) => self.group(*id).map_or_else(String::new, |group| self.say_group(group)),
            RingTarget::Trunk(id, number) => self.say_trunk(*id, number.as_deref(), asked),
        }
    }

    /// `phone alice`, `trunk acme, +447700900123 (who answers presses 1)`.
    fn say_device(&self, device: &Device, agent: &Agent) -> String {
        match device {
            Device::Phone(phone) => self.say(&Destination::Phone(*phone)),
            Device::Number(trunk, number) => {
                let number = self.say(&Destination::Trunk(*trunk, Some(number.clone())));
                format!("{number}{}", say_confirm(agent.confirm))
            }
        }
    }

    /// `rings phone alice, and after 10s phone bob`.
    fn say_group(&self, group: &Group) -> String {
        let name = |member: &GroupMember| {
            let outside = matches!(member.target, RingTarget::Trunk(..));
            format!("{}{}", self.say(&destination(&member.target)), say_confirm(group.confirm.filter(|_| outside)))
        };
        let say = |member: &GroupMember| match (group.order, member.after) {
            (GroupOrder::AtOnce | GroupOrder::Staggered, after) if !after.is_zero() => {
                format!("after {} {}", value::say(after), name(member))
            }
            _ => name(member),
        };
        let members: Vec<String> = group.members.iter().map(say).collect();
        let members = list(&members.iter().map(String::as_str).collect::<Vec<_>>());
        match group.order {
            GroupOrder::AtOnce | GroupOrder::Staggered => format!("rings {members}"),
            GroupOrder::InTurn => format!("rings {members}, each for {}", value::say(group.turn)),
            GroupOrder::Random => format!("rings {members} in any order, each for {}", value::say(group.turn)),
        }
    }

    /// What the carrier gets: the number as it is sent, and who is shown as the caller.
    fn say_trunk(&self, id: TrunkId, number: Option<&str>, asked: &Asked<'_>) -> String {
        let onward = self.onward(asked.route, asked.arrival.called);
        let name = self.trunk_name(id);
        let Some(trunk) = self.trunk(id) else { return format!("would call over {name}, which is not there,") };
        let number = trunk.dialled(number.unwrap_or(&onward));
        let caller = Caller { from: asked.arrival.from, number: asked.arrival.caller, name: None, withheld: false };
        let shown = match self.shown(trunk, asked.route, &caller) {
            shown if shown.withheld => "withheld".to_owned(),
            shown => shown.number,
        };
        match (&trunk.target, &trunk.host) {
            (Some((_, address)), _) => format!("calls {number} over trunk {name} at {address}, shown as {shown},"),
            (None, Some(host)) => format!("calls {number} over trunk {name} at {}, shown as {shown},", host.name),
            (None, None) => format!("would call {number} over trunk {name}, which has no `target` and takes no calls,"),
        }
    }
}

fn say_confirm(confirm: Option<Confirm>) -> String {
    confirm.map_or_else(String::new, |confirm| format!(" (who answers presses {})", confirm.key))
}

fn destination(target: &RingTarget) -> Destination {
    match target {
        RingTarget::Phone(id) => Destination::Phone(*id),
        RingTarget::Intercom(id) => Destination::Intercom(*id),
        RingTarget::Agent(id) => Destination::Agent(*id),
        RingTarget::Trunk(id, number) => Destination::Trunk(*id, number.clone()),
        RingTarget::Group(id) => Destination::Group(*id),
    }
}

fn say_when(when: OverflowWhen) -> String {
    match when {
        OverflowWhen::Waited(wait) => format!("waited > {}", value::say(wait)),
        OverflowWhen::NoAgents(wait) if wait.is_zero() => "no agents".into(),
        OverflowWhen::NoAgents(wait) => format!("no agents for {}", value::say(wait)),
        OverflowWhen::Full => "full".into(),
    }
}

/// `hangs up (16, normal clearing)`.
fn hangs_up(cause: Cause) -> String {
    format!("hangs up ({cause})")
}

/// `alice, bob and 3 others`.
fn list(names: &[&str]) -> String {
    match names.len().checked_sub(NAMES) {
        Some(rest @ 2..) => format!("{} and {rest} others", names.get(..NAMES).unwrap_or_default().join(", ")),
        _ => names.join(", "),
    }
}
