//! What may be wanted: a [`Verb`] does something, a [`View`] looks. Each names its subject as the operator writes it.
//!
//! As JSON each is an object with one key, such as `{"drain":{"deadline_ms":600000}}` or `{"status":null}`.

use crate::{Change, Pass, TraceWish};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use terms::{CallRef, CaptureId, ContactId, ContactKind, Slot, WatchMode};

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// An agent has another status, at once or as soon as he is free.
    Agent {
        /// Who.
        name: String,
        /// What he shall be.
        status: AgentWish,
        /// Why, for a pause.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// An agent is at work at a phone: there he is rung, and nowhere else, until he goes home.
    LogIn {
        /// Who.
        agent: String,
        /// Where.
        phone: String,
    },
    /// An agent takes the next caller of a queue, out of turn.
    Take {
        /// Who.
        agent: String,
        /// Which queue, by its name or its number; absent: of his own the one whose next caller has waited longest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
    },
    /// In his after-call work, an agent says what came of the conversation.
    Dispose {
        /// Who.
        agent: String,
        /// A word of the queue's `dispositions`, or its key.
        disposition: String,
    },
    /// Refuse new calls and finish the running ones, or take calls again.
    Drain {
        /// What still runs after this time is released.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline_ms: Option<u64>,
        /// Take calls again.
        #[serde(default)]
        cancel: bool,
    },
    /// Forget the wrong passwords of a source.
    Lift {
        /// Its address, or `all`.
        source: String,
    },
    /// Read the configuration again.
    Reload(()),
    /// Lay a change over the configuration.
    Change(Change),
    /// Lay several over it, all of them or, when one is wrong, none.
    Changes(Vec<Change>),
    /// Lay several over it, all about one agent, unless he has been given other queues or skills since somebody looked.
    Assign {
        /// Who.
        agent: String,
        /// What he was given when somebody looked: the mark of it.
        mark: String,
        /// What he shall be given.
        changes: Vec<Change>,
    },
    /// Take a change away.
    OverlayDrop {
        /// Which; absent: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<i64>,
    },
    /// A user may choose a password, by a link that is good for a quarter of an hour.
    Invite {
        /// Who.
        user: String,
        /// SHA-256 of what is in the link, in hexadecimal: the secret itself stays with whoever made it.
        proof: String,
    },
    /// A user's password, links and sessions are void: he is out until he is invited again.
    LockOut {
        /// Who.
        user: String,
    },
    /// A program or a screen on a wall may look, by a token. One of this name that there is already is void.
    Token {
        /// What it is called.
        name: String,
        /// SHA-256 of it, in hexadecimal: the token itself stays with whoever made it.
        proof: String,
        /// What it is good for.
        pass: Pass,
    },
    /// A token is void.
    RevokeToken {
        /// Which.
        name: String,
    },
    /// Open a queue that was closed by a change.
    QueueOpen {
        /// Which.
        name: String,
    },
    /// A contact that has no call comes into a queue: a task, a letter, somebody who is to be called back.
    ContactAdd {
        /// Which queue.
        queue: String,
        /// What kind of work it is.
        kind: ContactKind,
        /// What it is about.
        #[serde(default)]
        subject: String,
    },
    /// Something becomes of a message that a caller has left.
    Message {
        /// Which: its recording.
        #[serde(serialize_with = "write_message", deserialize_with = "read_message")]
        message: CaptureId,
        /// What.
        wish: MessageWish,
    },
    /// An agent takes such a contact, or not, or is done with it; or it is not to be served any more.
    Contact {
        /// Which.
        #[serde(serialize_with = "write_contact", deserialize_with = "read_contact")]
        contact: ContactId,
        /// What shall become of it.
        wish: ContactWish,
        /// Which agent; nobody, when it is dropped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
    },
    /// One who waits goes before all others of his queue.
    Prefer {
        /// Which contact.
        #[serde(serialize_with = "write_contact", deserialize_with = "read_contact")]
        contact: ContactId,
    },
    /// End a call.
    Hangup {
        /// Which.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
    },
    /// A party of a call hears no longer what the others say.
    Hold {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Whom of it; absent: the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
    },
    /// A party that was put on hold is taken back.
    Resume {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Whom of it; absent: all who are on hold.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
    },
    /// A party of a call goes to somebody else.
    Transfer {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Whom of it; absent: the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
        /// Such as `queue:sales`, `agent:bob` or a number.
        to: String,
    },
    /// A party of a call asks somebody else beside the conversation; whoever talked to it waits.
    Consult {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Who asks; absent: the only one who has a phone of ours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
        /// Such as `agent:bob`, `phone:bob` or a number.
        to: String,
    },
    /// A call begins here: one of ours is rung, and gets this number once he has answered.
    Dial {
        /// An agent, at his devices.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// Or a phone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<String>,
        /// The number, as his phone would dial it.
        to: String,
    },
    /// A party of a call waits alone in a slot until somebody fetches it; whoever talks to it is free.
    Park {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Whom of it; absent: the customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
        /// Where; absent: in the next free one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<Slot>,
    },
    /// A phone is rung to take a call that rings elsewhere.
    Pickup {
        /// Where it is to ring, such as `phone:bob`.
        at: String,
        /// Where it rings: `phone:alice`, `agent:alice` or `group:sales`.
        from: String,
    },
    /// Somebody is rung to fetch whoever is parked in a slot.
    Retrieve {
        /// Which slot.
        slot: Slot,
        /// Who is rung, such as `phone:bob`.
        at: String,
    },
    /// Who asks goes back to those who wait for him, or again to the one whom he asks.
    Swap {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
    },
    /// Who asks, and whom he asks, come into the conversation: all hear each other.
    Join {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
    },
    /// One of more than two who are in a call is let go of, and the others go on.
    Leave {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Who.
        party: String,
    },
    /// Who asks leaves, and the other two are together.
    Complete {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
    },
    /// Who is asked, or rung for that, is let go of: the conversation is as it was.
    Back {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
    },
    /// Nobody but a host comes into a room any more.
    Lock {
        /// Which room.
        room: String,
    },
    /// Whoever may comes into it again.
    Unlock {
        /// Which room.
        room: String,
    },
    /// Nobody in a room hears one of them.
    Mute {
        /// Which room.
        room: String,
        /// Who.
        party: String,
    },
    /// They hear him again.
    Unmute {
        /// Which room.
        room: String,
        /// Who.
        party: String,
    },
    /// One who is in a room is let go of.
    Kick {
        /// Which room.
        room: String,
        /// Who.
        party: String,
    },
    /// Somebody is rung to come into a room in which somebody is.
    RoomInvite {
        /// Which room.
        room: String,
        /// Whom: `phone:bob`, `agent:bob`, `group:sales`, or a number as a host's phone would dial it.
        to: String,
    },
    /// Somebody is rung to hear a call without being part of it.
    Listen {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Who is rung: `phone:carol` or `agent:carol`.
        at: String,
        /// Whom he watches; absent: the only one who has a phone of ours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
        /// Who hears him.
        #[serde(default)]
        mode: WatchMode,
    },
    /// The same, of whatever call somebody is in. One who has dialled a code for it is taken there as he is, and not rung.
    Observe {
        /// Whom he watches: `phone:alice` or `agent:alice`.
        whom: String,
        /// Who is rung: `phone:carol` or `agent:carol`.
        at: String,
        /// Who hears him.
        #[serde(default)]
        mode: WatchMode,
    },
    /// A sound is played into a call, which goes on after it.
    Play {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Which: a file, as the configuration names it.
        sound: String,
        /// To whom; absent: to all who talk in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// One who watches a call is heard by others than before.
    Mode {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Who watches; absent: the only one who does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
        /// Who hears him from now on.
        mode: WatchMode,
    },
    /// One who watches a call takes the place of the one whom he watches.
    TakeOver {
        /// Which call.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
        /// Who watches; absent: the only one who does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        party: Option<String>,
    },
}

/// The reason of a pause for which none was said.
pub const NO_REASON: &str = "pause";

/// What an agent shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentWish {
    /// Takes calls.
    Ready,
    /// At work, takes no calls.
    Pause,
    /// Not at work.
    Logout,
    /// Done with his after-call work before its time; otherwise as he is.
    Done,
}

/// What shall become of a contact that has no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactWish {
    /// An agent takes it, to whom it is offered.
    Take,
    /// An agent does not take it.
    Refuse,
    /// An agent is done with it.
    Done,
    /// It is not to be served any more.
    Drop,
}

/// What shall become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageWish {
    /// Somebody has heard it.
    Heard,
    /// Somebody has done what it asks for.
    Done,
    /// It goes, and its sound with it.
    Delete,
}

/// Something to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The state of everything.
    Status(()),
    /// The phones one by one.
    Phones(()),
    /// Who tried too many wrong passwords.
    Bans(()),
    /// What is laid over the configuration.
    Overlay(()),
    /// The contacts that have no call.
    Contacts(()),
    /// The messages with which nobody is done.
    Messages(()),
    /// One running call: who is in it, and who hears whom.
    Call {
        /// Which.
        #[serde(serialize_with = "write_call", deserialize_with = "read_call")]
        call: CallRef,
    },
    /// Why a contact waits: each agent of its queue, and what keeps him from it.
    Why {
        /// Which.
        #[serde(serialize_with = "write_contact", deserialize_with = "read_contact")]
        contact: ContactId,
    },
    /// The conference rooms, and who is in them.
    Rooms {
        /// This one only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// What happens, as it does.
    Events(()),
    /// SIP messages that are kept.
    Trace(TraceWish),
}

impl Verb {
    /// Whether it says by which trunk somebody is to be reached, and so by nobody's dial plan.
    pub fn names_a_trunk(&self) -> bool {
        let to = match self {
            Verb::Transfer { to, .. }
            | Verb::Consult { to, .. }
            | Verb::Dial { to, .. }
            | Verb::RoomInvite { to, .. } => to,
            _ => return false,
        };
        to.trim_start().starts_with("trunk:")
    }

    /// Whether it reads files and keeps something, so that its answer may take its time.
    pub fn takes_its_time(&self) -> bool {
        match self {
            Verb::Reload(())
            | Verb::Change(_)
            | Verb::Changes(_)
            | Verb::Assign { .. }
            | Verb::OverlayDrop { .. }
            | Verb::QueueOpen { .. }
            | Verb::Invite { .. }
            | Verb::LockOut { .. }
            | Verb::Token { .. }
            | Verb::RevokeToken { .. }
            | Verb::LogIn { .. } => true,
            Verb::Agent { .. }
            | Verb::ContactAdd { .. }
            | Verb::Contact { .. }
            | Verb::Message { .. }
            | Verb::Dispose { .. }
            | Verb::Take { .. }
            | Verb::Prefer { .. }
            | Verb::Drain { .. }
            | Verb::Lift { .. }
            | Verb::Hangup { .. }
            | Verb::Hold { .. }
            | Verb::Resume { .. }
            | Verb::Transfer { .. }
            | Verb::Consult { .. }
            | Verb::Dial { .. }
            | Verb::Swap { .. }
            | Verb::Join { .. }
            | Verb::Leave { .. }
            | Verb::Lock { .. }
            | Verb::Unlock { .. }
            | Verb::Mute { .. }
            | Verb::Unmute { .. }
            | Verb::Kick { .. }
            | Verb::RoomInvite { .. }
            | Verb::Complete { .. }
            | Verb::Back { .. }
            | Verb::Listen { .. }
            | Verb::Observe { .. }
            | Verb::Play { .. }
            | Verb::Mode { .. }
            | Verb::TakeOver { .. }
            | Verb::Park { .. }
            | Verb::Pickup { .. }
            | Verb::Retrieve { .. } => false,
        }
    }
}

fn write_message<S: Serializer>(message: &CaptureId, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(message)
}

fn read_message<'de, D: Deserializer<'de>>(from: D) -> Result<CaptureId, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn write_contact<S: Serializer>(contact: &ContactId, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(contact)
}

fn read_contact<'de, D: Deserializer<'de>>(from: D) -> Result<ContactId, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

/// As people write it: in JSON a number beyond 2^53 would not come back as it was.
fn write_call<S: Serializer>(call: &CallRef, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(call)
}

fn read_call<'de, D: Deserializer<'de>>(from: D) -> Result<CallRef, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_and_views_are_written_as_documented() {
        let verb = |text| serde_json::from_str::<Verb>(text).unwrap();
        assert_eq!(verb(r#"{"reload":null}"#), Verb::Reload(()));
        assert_eq!(verb(r#"{"overlay_drop":{}}"#), Verb::OverlayDrop { id: None });
        let close = Verb::Change(Change::Close { queue: "support".into(), go: None });
        assert_eq!(verb(r#"{"change":{"close":{"queue":"support"}}}"#), close);
        assert_eq!(verb(r#"{"drain":{}}"#), Verb::Drain { deadline_ms: None, cancel: false });
        let ready = Verb::Agent { name: "alice".into(), status: AgentWish::Ready, reason: None };
        assert_eq!(verb(r#"{"agent":{"name":"alice","status":"ready"}}"#), ready);
        let call = CallRef(0x1000_0000_0003);
        assert_eq!(verb(r#"{"hangup":{"call":"c100000000003"}}"#), Verb::Hangup { call });
        assert_eq!(serde_json::to_string(&Verb::Hangup { call }).unwrap(), r#"{"hangup":{"call":"c100000000003"}}"#);
        assert!(serde_json::from_str::<Verb>(r#"{"hangup":{"call":"17"}}"#).is_err());
        let consult = Verb::Consult { call, party: None, to: "agent:bob".into() };
        assert_eq!(verb(r#"{"consult":{"call":"c100000000003","to":"agent:bob"}}"#), consult);
        assert_eq!(verb(r#"{"swap":{"call":"c100000000003"}}"#), Verb::Swap { call });
        assert_eq!(verb(r#"{"join":{"call":"c100000000003"}}"#), Verb::Join { call });
        let leave = Verb::Leave { call, party: "phone:bob".into() };
        assert_eq!(verb(r#"{"leave":{"call":"c100000000003","party":"phone:bob"}}"#), leave);
        let text = r#"{"contact_add":{"queue":"support","kind":"task","subject":"ask again"}}"#;
        let kind = ContactKind::Task;
        assert_eq!(verb(text), Verb::ContactAdd { queue: "support".into(), kind, subject: "ask again".into() });
        let (contact, agent) = (ContactId(0x1000_0000_0003), Some("anna".to_owned()));
        let take = Verb::Contact { contact, wish: ContactWish::Take, agent };
        assert_eq!(verb(r#"{"contact":{"contact":"w100000000003","wish":"take","agent":"anna"}}"#), take);
        let kick = Verb::Kick { room: "daily".into(), party: "l5".into() };
        assert_eq!(verb(r#"{"kick":{"room":"daily","party":"l5"}}"#), kick);
        assert_eq!(verb(r#"{"lock":{"room":"daily"}}"#), Verb::Lock { room: "daily".into() });
        let invited = Verb::RoomInvite { room: "daily".into(), to: "agent:bob".into() };
        assert_eq!(verb(r#"{"room_invite":{"room":"daily","to":"agent:bob"}}"#), invited);
        let rooms = |text| serde_json::from_str::<View>(text).unwrap();
        assert_eq!(rooms(r#"{"rooms":{}}"#), View::Rooms { name: None });
        let park = Verb::Park { call, party: None, slot: Some(Slot(701)) };
        assert_eq!(verb(r#"{"park":{"call":"c100000000003","slot":701}}"#), park);
        assert_eq!(serde_json::from_str::<View>(r#"{"status":null}"#).unwrap(), View::Status(()));
        assert_eq!(serde_json::to_string(&View::Call { call }).unwrap(), r#"{"call":{"call":"c100000000003"}}"#);
    }
}
