//! A switch whose phones and carriers are all played by hand, each from an address or a stream of its own.

use super::pair::{REALM, UDP, short, switch_config};
use crate::digest::Answerer;
use crate::endpoint::Endpoint;
use crate::face::*;
use crate::message::{Builder, Message, Method, Name};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;
use terms::{LegId, LinkId, Mono, Now, Pii, Wall};

/// One message of the switch, and the way it took.
#[derive(Clone, Debug)]
pub struct Sent {
    pub link: LinkId,
    pub to: SocketAddr,
    pub message: Message,
}

impl Sent {
    /// The method, or the status with that of the request.
    pub fn name(&self) -> String {
        match (self.message.method(), self.message.status()) {
            (Some(method), _) => method.to_string(),
            (None, status) => format!("{} {}", status.unwrap_or(0), self.message.cseq().unwrap().method),
        }
    }

    pub fn field(&self, name: Name) -> String {
        self.message.header(name).map(|value| value.into_owned()).unwrap_or_default()
    }

    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.message.body()).into_owned()
    }
}

pub struct Stage {
    pub switch: Endpoint,
    pub now: Mono,
    pub events: Vec<Event>,
    /// What the room of the lamps heard.
    pub watched: Vec<Watch>,
    pub sent: Vec<Sent>,
    serial: u32,
    placed: u64,
}

/// A phone, or a carrier.
#[derive(Clone, Copy, Debug)]
pub struct Actor {
    pub user: &'static str,
    pub at: &'static str,
    pub link: LinkId,
}

impl Actor {
    pub const fn new(user: &'static str, at: &'static str) -> Actor {
        Actor { user, at, link: UDP }
    }

    pub fn address(&self) -> SocketAddr {
        self.at.parse().unwrap()
    }
}

impl Stage {
    pub fn new(edit: impl FnOnce(&mut Config)) -> Stage {
        let (switch, now) = (Endpoint::new(11), Mono::from_micros(1_000_000));
        let mut stage = Stage { switch, now, events: vec![], watched: vec![], sent: vec![], serial: 0, placed: 0 };
        let local = "192.0.2.1:5060".parse().unwrap();
        stage.input(Input::LinkOpened { link: UDP, transport: Transport::Udp, local, remote: None });
        let mut config = switch_config(None);
        edit(&mut config);
        stage.input(Input::Reconfigure(Box::new(config)));
        stage
    }

    fn clock(&self) -> Now {
        let ms = i64::try_from(self.now.as_micros() / 1_000).unwrap();
        Now { mono: self.now, wall: Wall::from_millis(1_700_000_000_000 + ms) }
    }

    pub fn input(&mut self, input: Input) {
        let now = self.clock();
        self.switch.handle_input(now, input);
        self.drain();
    }

    pub fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    fn drain(&mut self) {
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Transmit { link, remote: to, bytes } => {
                    self.sent.push(Sent { link, to, message: Message::parse(bytes).unwrap() });
                }
                Output::Event(event) => self.events.push(event),
                Output::Watch(watch) => self.watched.push(watch),
                _ => {}
            }
        }
    }

    /// Lets time pass.
    pub fn advance(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.switch.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            let now = self.clock();
            self.switch.handle_timeout(now);
            self.drain();
        }
        self.now = until;
    }

    /// A stream from this actor.
    pub fn connect(&mut self, actor: &mut Actor, number: u64) {
        actor.link = LinkId::accepted(number);
        let (local, remote) = ("192.0.2.1:5060".parse().unwrap(), Some(actor.address()));
        self.input(Input::LinkOpened { link: actor.link, transport: Transport::Tcp, local, remote });
    }

    /// A word that no other message of this stage has.
    pub fn unique(&self) -> String {
        format!("u{}", self.serial)
    }

    /// What was sent since the last look.
    pub fn take(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    /// The same in words.
    pub fn names(&mut self) -> Vec<String> {
        self.take().iter().map(Sent::name).collect()
    }

    /// What call control heard since the last look.
    pub fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events).iter().map(short).collect()
    }

    /// An actor sends bytes.
    pub fn bytes(&mut self, actor: &Actor, bytes: Bytes) {
        self.input(Input::Received { link: actor.link, remote: actor.address(), bytes });
    }

    /// An actor sends a request. `dialog` is From to CSeq number.
    pub fn send(&mut self, actor: &Actor, method: &str, uri: &str, fields: &str, body: &str) {
        self.serial += 1;
        let transport = if actor.link == UDP { "UDP" } else { "TCP" };
        let kind =
            if body.is_empty() || fields.contains("Content-Type") { "" } else { "Content-Type: application/sdp\n" };
        let contact = if fields.contains("Contact:") {
            String::new()
        } else {
            format!("Contact: <sip:{}@{}>\n", actor.user, actor.at)
        };
        let head = format!(
            "{method} {uri} SIP/2.0\nVia: SIP/2.0/{transport} {};branch=z9hG4bKt{};rport\nMax-Forwards: 70\n{contact}\
             {fields}{kind}Content-Length: {}\n\n",
            actor.at,
            self.serial,
            body.len()
        );
        self.bytes(actor, Bytes::from(head.replace('\n', "\r\n") + body));
    }

    /// A request with good credentials: sent, challenged, sent again. What was sent in answer to the second one stays.
    pub fn prove(&mut self, actor: &Actor, method: &str, uri: &str, fields: &str, body: &str) {
        self.send(actor, method, uri, fields, body);
        let challenge = self.take().pop().expect("a challenge");
        assert!(matches!(challenge.message.status(), Some(401 | 407)), "{}", challenge.name());
        let mut answerer = Answerer::new(actor.user, "secret", u64::from(self.serial));
        answerer.take(&challenge.message);
        let proof = answerer.authorize(&Method::of(method), uri);
        let next = fields.replace("CSeq: 1 ", "CSeq: 2 ");
        self.send(actor, method, uri, &format!("{next}{}: {}\n", proof[0].0, proof[0].1), body);
    }

    /// Registers a contact.
    pub fn register(&mut self, actor: &Actor, call_id: &str, extra: &str) {
        let user = actor.user;
        let transport = if actor.link == UDP { "" } else { ";transport=tcp" };
        let contact = format!("Contact: <sip:{user}@{}{transport}>{extra}\n", actor.at);
        self.register_as(actor, call_id, &contact);
    }

    pub fn register_as(&mut self, actor: &Actor, call_id: &str, contact: &str) {
        let user = actor.user;
        let seq = self.serial + 1;
        let fields = format!(
            "From: <sip:{user}@{REALM}>;tag=r{call_id}\nTo: <sip:{user}@{REALM}>\nCall-ID: {call_id}\n\
             CSeq: {seq} REGISTER\n{contact}"
        );
        self.prove(actor, "REGISTER", &format!("sip:{REALM}"), &fields, "");
        assert_eq!(self.take().iter().filter(|sent| sent.name() == "200 REGISTER").count(), 1);
    }

    /// The devices of a phone, as call control was told last.
    pub fn lines(&self, phone: terms::PhoneId) -> Vec<BindingId> {
        let told = self.events.iter().rev().find_map(|event| match event {
            Event::Bindings(news) if news.phone == phone => Some(news.lines.iter().map(|line| line.id).collect()),
            _ => None,
        });
        told.unwrap_or_default()
    }

    /// Call control places a call; the INVITE is among what was sent, unless it failed at once.
    pub fn place(&mut self, target: Target, body: Option<&'static str>) -> LegId {
        self.placed += 1;
        let leg = LegId::outbound(self.placed);
        self.command(Command::Invite {
            leg,
            target,
            caller: Pii::from("100"),
            caller_name: None,
            withheld: false,
            extras: None,
            max_forwards: 70,
            body: body.map(Body::sdp),
        });
        leg
    }

    /// An actor answers a request of the switch.
    pub fn answer(
        &mut self,
        actor: &Actor,
        request: &Message,
        status: u16,
        tag: &str,
        fields: &[(Name, &str)],
        body: &str,
    ) {
        let mut builder = Builder::response(request, status, "").to_tag(tag);
        if !fields.iter().any(|(name, _)| *name == Name::Contact) {
            builder = builder.header(Name::Contact, format_args!("<sip:{tag}@{}>", actor.at));
        }
        builder = fields.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        if !body.is_empty() {
            builder = builder.body("application/sdp", Bytes::copy_from_slice(body.as_bytes()));
        }
        self.bytes(actor, builder.build());
    }

    /// The leg of the call that came last.
    pub fn arrived(&self) -> LegId {
        let invited = |event: &Event| match event {
            Event::Invited { leg, .. } => Some(*leg),
            _ => None,
        };
        self.events.iter().rev().find_map(invited).expect("a call arrived")
    }
}

/// One call as the actor at its other end sees it.
#[derive(Clone, Debug)]
pub struct Talk {
    pub actor: Actor,
    pub call_id: String,
    /// The actor's tag.
    pub own: String,
    /// The switch's.
    pub tag: String,
    /// The actor's last CSeq number, and that of its INVITE.
    pub seq: u32,
    pub invite: u32,
}

impl Talk {
    /// From to CSeq, for the next request.
    pub fn next(&mut self, method: &str) -> String {
        self.seq += 1;
        self.fields(method, self.seq)
    }

    pub fn fields(&self, method: &str, seq: u32) -> String {
        let tag = if self.tag.is_empty() { String::new() } else { format!(";tag={}", self.tag) };
        let (user, own, call_id) = (self.actor.user, &self.own, &self.call_id);
        format!(
            "From: <sip:{user}@far.example>;tag={own}\nTo: <sip:{CALLED}@{REALM}>{tag}\nCall-ID: {call_id}\n\
             CSeq: {seq} {method}\n"
        )
    }
}

/// Whom actors call.
pub const CALLED: &str = "+4420";
/// A carrier at an address of its own.
pub const CARRIER: Actor = Actor::new("carrier", "192.0.2.77:5070");

impl Stage {
    /// A switch that knows [`CARRIER`].
    pub fn with_carrier() -> Stage {
        Stage::new(|config| config.trunks = vec![super::office::carrier("carrier", CARRIER.at)])
    }

    /// A carrier's call.
    pub fn call_in(&mut self, fields: &str, body: &str) -> Talk {
        self.serial += 1;
        let call_id = format!("in{}", self.serial);
        let mut talk = Talk { actor: CARRIER, call_id, own: "own".into(), tag: String::new(), seq: 0, invite: 1 };
        let head = talk.next("INVITE") + fields;
        self.send(&CARRIER, "INVITE", &format!("sip:{CALLED}@{REALM}"), &head, body);
        talk
    }

    /// The next request of an actor within a call.
    pub fn within(&mut self, talk: &mut Talk, method: &str, fields: &str, body: &str) {
        let head = if method == "ACK" { talk.fields("ACK", talk.invite) } else { talk.next(method) };
        self.send(&talk.actor.clone(), method, "sip:us@192.0.2.1:5060", &(head + fields), body);
    }

    /// Takes the switch's tag from its last response, which is answered.
    pub fn learn(&mut self, talk: &mut Talk) -> Sent {
        let sent = self.take().into_iter().rev().find(|sent| sent.message.status().is_some_and(|status| status > 100));
        let sent = sent.expect("a response");
        talk.tag = sent.message.to().unwrap().tag().unwrap().to_owned();
        sent
    }

    /// A call of the switch to the carrier: the leg, its INVITE.
    pub fn call_out(&mut self, body: Option<&'static str>) -> (LegId, Sent) {
        let trunk = terms::TrunkId::of("carrier");
        let leg = self.place(Target::Trunk { trunk, number: Pii::from("+4930") }, body);
        (leg, self.take().pop().expect("an INVITE"))
    }

    /// The same call as the carrier sees it, with this tag of its own.
    pub fn far_side(&self, invite: &Sent, own: &str) -> Talk {
        let tag = invite.message.from().unwrap().tag().unwrap().to_owned();
        Talk { actor: CARRIER, call_id: invite.message.call_id().to_owned(), own: own.into(), tag, seq: 100, invite: 0 }
    }
}

impl Stage {
    /// A phone's call, proved, answered and acknowledged.
    pub fn phone_call(&mut self, actor: &Actor, call_id: &str) -> (Talk, LegId) {
        let (call_id, own) = (call_id.to_owned(), "own".to_owned());
        let mut talk = Talk { actor: *actor, call_id, own, tag: String::new(), seq: 2, invite: 2 };
        let head = talk.fields("INVITE", 1);
        self.prove(actor, "INVITE", &format!("sip:{CALLED}@{REALM}"), &head, "offer");
        let leg = self.arrived();
        self.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
        self.learn(&mut talk);
        self.within(&mut talk, "ACK", "", "");
        self.take();
        self.events.clear();
        (talk, leg)
    }

    /// A request within a call with the password of `user`: sent, challenged, sent again.
    pub fn prove_within(&mut self, talk: &mut Talk, user: &str, method: &str, fields: &str) {
        self.within(talk, method, fields, "");
        let challenge = self.take().pop().expect("a challenge");
        assert!(matches!(challenge.message.status(), Some(401 | 407)), "{method}");
        let mut answerer = Answerer::new(user, "secret", u64::from(self.serial));
        answerer.take(&challenge.message);
        let proof = answerer.authorize(&Method::of(method), "sip:us@192.0.2.1:5060");
        self.within(talk, method, &format!("{fields}{}: {}\n", proof[0].0, proof[0].1), "");
    }
}
