//! Who tried too many wrong passwords or PINs and waits: the bans of signalling, of the front desk itself, where agents log
//! in, and of the doors of rooms. They are shown together, and lifted together.

use super::FrontDesk;
use crate::admin::bans::{self, BanLine};
use crate::admin::wire::Reply;
use crate::style::harmless;
use call::Guesser;
use dialplan::login::Tried;
use node::{Input, Node};
use terms::{AgentId, Now, PhoneId, RoomId};

/// Where all must wait.
const ANYBODY: &str = "anybody";
/// What stands for whoever was meant at a phone that waits.
const ANY_AGENT: &str = "any agent";

impl FrontDesk {
    /// All of them.
    pub(super) fn bans(&self, now: Now, node: &Node) -> Vec<BanLine> {
        let mut lines = bans::lines(&node.sip().bans(), now.wall);
        lines.extend(self.logins.held_by_pins(now.mono).map(|(tried, waits)| {
            let (source, user) = match tried {
                Tried::Agent(agent) => (ANYBODY.to_owned(), self.agent_named(agent)),
                Tried::Phone(phone) => (self.phone_named(phone), ANY_AGENT.to_owned()),
            };
            bans::held_by_pins(source, user, waits)
        }));
        lines.extend(node.board().held_by_pins(now).map(|((room, guesser), waits)| {
            bans::held_by_pins(self.guesser_named(guesser.as_ref()), self.room_named(*room), waits)
        }));
        lines
    }

    /// Forgets wrong passwords; those from everywhere with all wrong PINs.
    pub(super) fn lift(&mut self, now: Now, node: &mut Node, source: &str) -> Reply {
        let origin = match bans::source(source) {
            Ok(origin) => origin,
            Err(words) => return Reply::Refused(words),
        };
        let hit = |ban: &&sip::Ban| origin.is_none_or(|origin| ban.origin == origin);
        let mut lifted = node.sip().bans().iter().filter(hit).count();
        node.handle_input(now, Input::Sip(sip::Input::Lift(origin)));
        if origin.is_none() {
            lifted += node.board().held_by_pins(now).filter(|(_, waits)| !waits.pause.is_zero()).count();
            lifted += self.logins.lift(now.mono);
            node.handle_input(now, Input::LiftPins);
        }
        tracing::info!(source = %harmless(source), lifted, "bans lifted");
        Reply::Done(match lifted {
            0 => format!("nobody waited at {source}"),
            _ => format!("{lifted} may try again at once"),
        })
    }

    /// A number is shown by its end alone.
    fn guesser_named(&self, guesser: Option<&Guesser>) -> String {
        match guesser {
            None => ANYBODY.to_owned(),
            Some(Guesser::Phone(phone)) => self.phone_named(*phone),
            Some(Guesser::Number(trunk, number)) => {
                let trunk = self.plan.trunk(*trunk).map_or("?", |trunk| trunk.name.as_str());
                format!("trunk:{trunk} {number}")
            }
        }
    }

    fn phone_named(&self, phone: PhoneId) -> String {
        format!("phone:{}", self.plan.phone(phone).map_or("?", |phone| phone.user.as_str()))
    }

    fn agent_named(&self, agent: AgentId) -> String {
        format!("agent:{}", self.plan.agent(agent).map_or("?", |agent| agent.name.as_str()))
    }

    fn room_named(&self, room: RoomId) -> String {
        format!("room:{}", self.plan.room(room).map_or("?", |room| room.name.as_str()))
    }
}
