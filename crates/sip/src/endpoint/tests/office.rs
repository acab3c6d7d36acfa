//! A switch whose carriers are played by hand, message by message.

use super::pair::{UDP, switch_config};
use crate::endpoint::Endpoint;
use crate::face::*;
use crate::message::{Builder, Message, Name};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;
use terms::{LegId, Mono, Now, Pii, TrunkId, Wall};

pub struct Office {
    pub switch: Endpoint,
    pub now: Mono,
    pub events: Vec<Event>,
    pub names: Vec<(TrunkId, String)>,
    branch: u32,
    legs: u64,
}

/// A carrier at a fixed address.
pub fn carrier(name: &str, address: &str) -> TrunkPeer {
    let at: SocketAddr = address.parse().unwrap();
    TrunkPeer {
        id: TrunkId::of(name),
        peers: vec![(at.ip(), 32)],
        target: Some((Transport::Udp, at)),
        credentials: None,
        probe: None,
        host: None,
        trusted: false,
    }
}

impl Office {
    pub fn new(trunks: Vec<TrunkPeer>, registrations: Vec<Registration>) -> Office {
        let switch = Endpoint::new(5);
        let (now, branch, legs) = (Mono::from_micros(1_000_000), 0, 0);
        let mut office = Office { switch, now, events: Vec::new(), names: Vec::new(), branch, legs };
        let local = "192.0.2.1:5060".parse().unwrap();
        office.input(Input::LinkOpened { link: UDP, transport: Transport::Udp, local, remote: None });
        office.configure(trunks, registrations);
        office
    }

    pub fn configure(
        &mut self,
        trunks: Vec<TrunkPeer>,
        registrations: Vec<Registration>,
    ) -> Vec<(SocketAddr, Message)> {
        let config = Config { trunks, registrations, ..switch_config(None) };
        self.input(Input::Reconfigure(Box::new(config)))
    }

    /// What the switch sends upon an input.
    pub fn input(&mut self, input: Input) -> Vec<(SocketAddr, Message)> {
        self.switch.handle_input(self.clock(), input);
        self.drain()
    }

    fn clock(&self) -> Now {
        Now { mono: self.now, wall: Wall::from_millis(1_700_000_000_000) }
    }

    fn drain(&mut self) -> Vec<(SocketAddr, Message)> {
        let mut sent = Vec::new();
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Transmit { remote, bytes, .. } => sent.push((remote, Message::parse(bytes).unwrap())),
                Output::Event(event) => self.events.push(event),
                Output::Resolve { trunk, name } => self.names.push((trunk, name)),
                _ => {}
            }
        }
        sent
    }

    /// Lets time pass; what was sent, and when.
    pub fn advance(&mut self, time: Duration) -> Vec<(Mono, SocketAddr, Message)> {
        let until = self.now + time;
        let mut sent = Vec::new();
        while let Some(due) = self.switch.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.switch.handle_timeout(self.clock());
            let now = self.now;
            sent.extend(self.drain().into_iter().map(|(to, message)| (now, to, message)));
        }
        self.now = until;
        sent
    }

    /// A request out of the blue.
    pub fn hear(&mut self, from: &str, method: &str, uri: &str, to: &str, extra: &str) -> Vec<(SocketAddr, Message)> {
        self.branch += 1;
        let n = self.branch;
        let from_field = if extra.contains("From:") { "" } else { "From: <sip:+4930111222@carrier.example>;tag=c\n" };
        let text = format!(
            "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP {from};branch=z9hG4bKo{n}\nMax-Forwards: 70\n{from_field}\
             To: <{to}>\nCall-ID: office{n}\nCSeq: 1 {method}\nContact: <sip:x@{from}>\n{extra}\n"
        );
        let bytes = Bytes::from(text.replace('\n', "\r\n"));
        self.input(Input::Received { link: UDP, remote: from.parse().unwrap(), bytes })
    }

    /// The carrier's answer to a request of the switch.
    pub fn answer(
        &mut self,
        (from, request): &(SocketAddr, Message),
        status: u16,
        fields: &[(Name, &str)],
    ) -> Vec<(SocketAddr, Message)> {
        let builder = Builder::response(request, status, "").to_tag("far");
        let bytes = fields.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value)).build();
        self.input(Input::Received { link: UDP, remote: *from, bytes })
    }

    /// The call that came last.
    pub fn arrival(&self) -> &Arrival {
        let invited = |event: &&Event| matches!(event, Event::Invited { .. });
        match self.events.iter().rev().find(invited) {
            Some(Event::Invited { arrival, .. }) => arrival,
            _ => panic!("nobody called"),
        }
    }

    /// The INVITE that a call of ours makes.
    pub fn call(&mut self, target: Target, caller: &str, withheld: bool) -> Message {
        self.legs += 1;
        let invite = Command::Invite {
            leg: LegId::outbound(self.legs),
            target,
            caller: Pii::from(caller),
            caller_name: Some(Pii::from("Erika Muster")),
            withheld,
            extras: None,
            max_forwards: 70,
            body: Some(Body::sdp("offer")),
        };
        self.input(Input::Command(invite)).remove(0).1
    }
}
