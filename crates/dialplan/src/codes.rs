//! Feature codes: what somebody at a telephone has done by keys, before a call or in one. A code is a row of [`ROWS`], a
//! key of `[codes]` (`keys/codes.rs`) and the command that it becomes ([`Said::verb`]); who may give that command is the
//! business of `control::rights`, as for any other.

use crate::Plan;
use crate::duty::Voice;
use control::{Actor, AgentWish, Change, Verb};
use terms::{AgentId, CallRef, ForwardWhy, LegId, PhoneId, Pii, WatchMode, Word as _, limits};

/// What a code has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The other party goes to somebody else.
    Transfer,
    /// Somebody else is asked beside the call.
    Consult,
    /// To and fro between the two sides of that.
    Swap,
    /// Who asks leaves the others together.
    Complete,
    /// Who is asked is let go of.
    Back,
    /// Who is asked comes into the conversation.
    Join,
    /// The other party is parked.
    Park,
    /// The call ends.
    Hangup,
    /// There are no codes any more in this call.
    Off,
    /// Somebody says which agent he is, and where.
    LogIn,
    /// The agent at this phone takes contacts.
    Ready,
    /// The agent at this phone takes none.
    Pause,
    /// The agent at this phone goes home.
    LogOut,
    /// The agent at this phone takes the next caller of a queue.
    Take,
    /// The agent at this phone says what came of the conversation before his after-call work.
    Dispose,
    /// The after-call work of the agent at this phone is done.
    Done,
    /// Calls to this phone go elsewhere.
    Forward(ForwardWhy),
    /// They do so no more.
    NoForward(ForwardWhy),
    /// This phone is not to be disturbed, or may be again.
    DoNotDisturb(bool),
    /// It rings while it is in a call, or does not.
    CallWaiting(bool),
    /// Whoever uses it hears the call of another phone.
    Watch(WatchMode),
    /// Whoever uses it has the call that rings at another phone.
    PickUp,
}

impl Code {
    /// Whether it is about the phone at which it is used, whoever is there: what becomes of its calls, and whom it watches.
    fn is_the_phones(self) -> bool {
        matches!(
            self,
            Code::Forward(_)
                | Code::NoForward(_)
                | Code::DoNotDisturb(_)
                | Code::CallWaiting(_)
                | Code::Watch(_)
                | Code::PickUp
        )
    }

    /// What is said once it is done; absent: a tone.
    pub fn voice(self) -> Option<Voice> {
        match self {
            Code::LogIn => Some(Voice::LoggedIn),
            Code::Ready => Some(Voice::Ready),
            Code::Pause => Some(Voice::Paused),
            Code::LogOut => Some(Voice::LoggedOut),
            Code::Done => Some(Voice::Done),
            Code::Dispose => Some(Voice::Noted),
            Code::Take => Some(Voice::Next),
            Code::Transfer
            | Code::Consult
            | Code::Swap
            | Code::Complete
            | Code::Back
            | Code::Join
            | Code::Park
            | Code::Hangup
            | Code::Off
            | Code::Forward(_)
            | Code::NoForward(_)
            | Code::DoNotDisturb(_)
            | Code::CallWaiting(_)
            | Code::Watch(_)
            | Code::PickUp => None,
        }
    }
}

/// When a code is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It is dialled.
    Before,
    /// Its keys are pressed in a conversation.
    During,
}

/// What follows a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is done at once.
    Nothing,
    /// A number or an extension, up to `#`.
    Number,
    /// A digit, or nothing.
    Digit,
}

/// A code, as far as keys go.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What it has done.
    pub code: Code,
    /// Its key in `[codes]`.
    pub name: &'static str,
    /// When it is heard.
    pub moment: Moment,
    /// What follows it.
    pub takes: Takes,
    /// Its keys, where the configuration says nothing.
    pub keys: &'static str,
}

const fn row(code: Code, name: &'static str, moment: Moment, takes: Takes, keys: &'static str) -> Row {
    Row { code, name, moment, takes, keys }
}

/// Every code.
pub const ROWS: &[Row] = &[
    row(Code::Transfer, "transfer", Moment::During, Takes::Number, "*2"),
    row(Code::Consult, "consult", Moment::During, Takes::Number, "*3"),
    row(Code::Swap, "swap", Moment::During, Takes::Nothing, "*4"),
    row(Code::Complete, "complete", Moment::During, Takes::Nothing, "*5"),
    row(Code::Back, "back", Moment::During, Takes::Nothing, "*1"),
    row(Code::Join, "join", Moment::During, Takes::Nothing, "*6"),
    row(Code::Park, "park", Moment::During, Takes::Nothing, "*7"),
    row(Code::Hangup, "hangup", Moment::During, Takes::Nothing, "*0"),
    row(Code::Off, "off", Moment::During, Takes::Nothing, "*9"),
    row(Code::LogIn, "log_in", Moment::Before, Takes::Number, "*50"),
    row(Code::Ready, "ready", Moment::Before, Takes::Nothing, "*51"),
    row(Code::Pause, "pause", Moment::Before, Takes::Digit, "*52"),
    row(Code::LogOut, "log_out", Moment::Before, Takes::Nothing, "*53"),
    row(Code::Done, "done", Moment::Before, Takes::Nothing, "*54"),
    row(Code::Dispose, "dispose", Moment::Before, Takes::Digit, "*55"),
    row(Code::Take, "take", Moment::Before, Takes::Number, "*56"),
    row(Code::Forward(ForwardWhy::Always), "forward_always", Moment::Before, Takes::Number, "*21"),
    row(Code::NoForward(ForwardWhy::Always), "forward_always_off", Moment::Before, Takes::Nothing, "#21"),
    row(Code::Forward(ForwardWhy::Busy), "forward_busy", Moment::Before, Takes::Number, "*67"),
    row(Code::NoForward(ForwardWhy::Busy), "forward_busy_off", Moment::Before, Takes::Nothing, "#67"),
    row(Code::Forward(ForwardWhy::NoAnswer), "forward_no_answer", Moment::Before, Takes::Number, "*61"),
    row(Code::NoForward(ForwardWhy::NoAnswer), "forward_no_answer_off", Moment::Before, Takes::Nothing, "#61"),
    row(Code::Forward(ForwardWhy::Unreachable), "forward_unreachable", Moment::Before, Takes::Number, "*62"),
    row(Code::NoForward(ForwardWhy::Unreachable), "forward_unreachable_off", Moment::Before, Takes::Nothing, "#62"),
    row(Code::DoNotDisturb(true), "do_not_disturb", Moment::Before, Takes::Nothing, "*78"),
    row(Code::DoNotDisturb(false), "do_not_disturb_off", Moment::Before, Takes::Nothing, "*79"),
    row(Code::CallWaiting(true), "call_waiting", Moment::Before, Takes::Nothing, "*43"),
    row(Code::CallWaiting(false), "call_waiting_off", Moment::Before, Takes::Nothing, "#43"),
    row(Code::Watch(WatchMode::Listen), "listen", Moment::Before, Takes::Number, "*90"),
    row(Code::Watch(WatchMode::Whisper), "whisper", Moment::Before, Takes::Number, "*91"),
    row(Code::Watch(WatchMode::Barge), "barge", Moment::Before, Takes::Number, "*92"),
    row(Code::PickUp, "pick_up", Moment::Before, Takes::Number, "*8"),
];

/// The codes of a plan: those that are on, with their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes(Vec<(Row, String)>);

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.code == other.code
    }
}

impl Eq for Row {}

impl Default for Codes {
    fn default() -> Codes {
        Codes::of(ROWS.iter().map(|row| (*row, row.keys.to_owned())))
    }
}

/// What keys are that were pressed in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// A code.
    Code(Row),
    /// The beginning of one.
    Begins,
    /// Nothing of the kind.
    Other,
}

impl Codes {
    /// These.
    pub fn of(codes: impl IntoIterator<Item = (Row, String)>) -> Codes {
        Codes(codes.into_iter().collect())
    }

    fn at(&self, moment: Moment) -> impl Iterator<Item = (Row, &str)> {
        self.0.iter().filter(move |(row, _)| row.moment == moment).map(|(row, keys)| (*row, keys.as_str()))
    }

    /// The keys with which a code of a conversation begins.
    pub fn first_keys(&self) -> impl Iterator<Item = char> {
        self.at(Moment::During).filter_map(|(_, keys)| keys.chars().next())
    }

    /// What these keys of a conversation are.
    pub fn pressed(&self, pressed: &str) -> Pressed {
        let mut begins = self.at(Moment::During).filter(|(_, keys)| keys.starts_with(pressed));
        match begins.next() {
            Some((row, keys)) if keys == pressed => Pressed::Code(row),
            Some(_) => Pressed::Begins,
            None => Pressed::Other,
        }
    }

    /// The code that a phone has dialled, and what follows it: `*21*NUMBER#`, also without the second `*` or the `#`.
    pub fn dialled<'n>(&self, called: &'n str) -> Option<(Code, &'n str)> {
        self.at(Moment::Before).find_map(|(row, keys)| {
            let rest = called.strip_prefix(keys)?;
            let rest = rest.strip_suffix('#').unwrap_or(rest);
            let rest = rest.strip_prefix('*').unwrap_or(rest);
            let fits = match row.takes {
                Takes::Nothing => rest.is_empty(),
                Takes::Number => rest.len() <= limits::DIGITS,
                Takes::Digit => rest.len() <= 1 && rest.bytes().all(|byte| byte.is_ascii_digit()),
            };
            fits.then_some((row.code, rest))
        })
    }
}

/// A code that somebody has used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Which.
    pub code: Code,
    /// In this call, or with it.
    pub call: CallRef,
    /// By this party of it.
    pub leg: LegId,
    /// The only one with whom he talks there.
    pub beside: Option<LegId>,
    /// At this phone.
    pub phone: Option<PhoneId>,
    /// As this agent.
    pub agent: Option<AgentId>,
    /// What followed the code.
    pub argument: Pii<String>,
    /// The PIN that he has given.
    pub pin: Option<Pii<String>>,
}

impl Said {
    /// Who wants it: the phone what is its own, else the agent who was rung there. None: nobody who could want anything.
    pub fn actor(&self, plan: &Plan) -> Option<Actor> {
        let agent = self.agent.filter(|_| !self.code.is_the_phones()).and_then(|id| plan.agent(id));
        let agent = agent.map(|agent| Actor::Agent(agent.name.clone()));
        let phone = || self.phone.and_then(|id| plan.phone(id)).map(|phone| Actor::Phone(phone.user.clone()));
        agent.or_else(phone)
    }

    /// The command that it is. None: there is nobody for whom it could be one.
    pub fn verb(&self, plan: &Plan) -> Option<Verb> {
        let (call, to) = (self.call, || self.argument.reveal().clone());
        let himself = || Some(self.leg.to_string());
        let wish = |status, reason| Some(Verb::Agent { name: self.agent_here(plan)?, status, reason });
        let status = |status| wish(status, None);
        match self.code {
            Code::Transfer => Some(Verb::Transfer { call, party: Some(self.beside?.to_string()), to: to() }),
            Code::Consult => Some(Verb::Consult { call, party: himself(), to: to() }),
            Code::Swap => Some(Verb::Swap { call }),
            Code::Complete => Some(Verb::Complete { call }),
            Code::Back => Some(Verb::Back { call }),
            Code::Join => Some(Verb::Join { call }),
            Code::Park => Some(Verb::Park { call, party: Some(self.beside?.to_string()), slot: None }),
            Code::Hangup => Some(Verb::Hangup { call }),
            // The call does it by itself, or takes the place of another one; and who logs in must be believed first.
            Code::Off | Code::PickUp | Code::LogIn => None,
            Code::Ready => status(AgentWish::Ready),
            Code::Pause => wish(AgentWish::Pause, self.reason(plan)?),
            Code::Done => status(AgentWish::Done),
            Code::Take => {
                let queue = Some(to()).filter(|number| !number.is_empty());
                Some(Verb::Take { agent: self.agent_here(plan)?, queue })
            }
            Code::Dispose => Some(Verb::Dispose { agent: self.agent_here(plan)?, disposition: to() }),
            Code::LogOut => status(AgentWish::Logout),
            Code::Forward(why) => {
                self.change(plan, &format!("forward.{}", why.word()), Some(to()).filter(|to| !to.is_empty())?)
            }
            Code::NoForward(why) => self.change(plan, &format!("forward.{}", why.word()), "off".into()),
            Code::DoNotDisturb(on) => self.change(plan, "dnd", on.to_string()),
            Code::CallWaiting(on) => self.change(plan, "call_waiting", on.to_string()),
            Code::Watch(mode) => {
                let at = plan.phone(self.phone?)?.user.clone();
                Some(Verb::Observe {
                    whom: format!("phone:{}", plan.phone_dialled(&to())?.user),
                    at: format!("phone:{at}"),
                    mode,
                })
            }
        }
    }

    /// Another thing becomes of calls to this phone.
    fn change(&self, plan: &Plan, key: &str, value: String) -> Option<Verb> {
        let phone = plan.phone(self.phone?)?.user.clone();
        Some(Verb::Change(Change::Phone { phone, key: key.into(), value }))
    }

    /// Why he pauses: nothing, or what the digit stands for. None: it stands for nothing.
    fn reason(&self, plan: &Plan) -> Option<Option<String>> {
        let Some(digit) = self.argument.reveal().chars().next() else { return Some(None) };
        plan.duty.pause(digit).map(|reason| Some(reason.to_owned()))
    }

    /// The agent who is meant: the one who speaks, else the first who is rung at this phone.
    pub(crate) fn agent_here(&self, plan: &Plan) -> Option<String> {
        let himself = self.agent.and_then(|id| plan.agent(id));
        let there = || plan.agents_at(self.phone?).next();
        himself.or_else(there).map(|agent| agent.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Absent, CODES};

    #[test]
    fn the_reference_tells_of_every_code_and_of_no_other() {
        let told = |key: &crate::keys::Key| (key.name, key.absent);
        let rows: Vec<_> = ROWS.iter().map(|row| (row.name, format!("\"{}\"", row.keys))).collect();
        let rows: Vec<_> = rows.iter().map(|(name, keys)| (*name, keys.as_str())).collect();
        let keys = CODES.keys.iter().map(told).map(|(name, absent)| match absent {
            Absent::Value(value) => (name, value),
            other => panic!("{name}: {other:?}"),
        });
        assert_eq!(keys.collect::<Vec<_>>(), rows);
    }

    #[test]
    fn keys_of_a_conversation_are_a_code_or_may_become_one_or_neither() {
        let codes = Codes::default();
        let is = |keys: &str, code: Code| matches!(codes.pressed(keys), Pressed::Code(row) if row.code == code);
        assert!(is("*2", Code::Transfer) && is("*0", Code::Hangup));
        assert_eq!(
            [codes.pressed("*"), codes.pressed("1"), codes.pressed("*8")],
            [Pressed::Begins, Pressed::Other, Pressed::Other]
        );
        assert_eq!(codes.pressed("*51"), Pressed::Other, "it is dialled");
    }

    #[test]
    fn a_code_is_dialled_with_or_without_its_ends() {
        let codes = Codes::of([(row(Code::Transfer, "x", Moment::Before, Takes::Number, "*21"), "*21".to_owned())]);
        for (dialled, argument) in
            [("*21*101#", "101"), ("*21*101", "101"), ("*21101#", "101"), ("*21", ""), ("*21#", "")]
        {
            assert_eq!(codes.dialled(dialled), Some((Code::Transfer, argument)), "{dialled}");
        }
        assert_eq!(Codes::default().dialled("*51"), Some((Code::Ready, "")));
        assert_eq!(Codes::default().dialled("*21*+4420#"), Some((Code::Forward(ForwardWhy::Always), "+4420")));
        assert_eq!(Codes::default().dialled("#21#"), Some((Code::NoForward(ForwardWhy::Always), "")));
        assert_eq!(Codes::default().dialled("*52*3#"), Some((Code::Pause, "3")));
        for other in ["*511", "*5211", "51", "*", "", "*2", "#21101"] {
            assert_eq!(Codes::default().dialled(other), None, "{other}");
        }
    }
}
