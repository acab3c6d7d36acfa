//! What of the switch somebody sees: asked for each record that goes to a reader. Whoever may not see a queue, an agent or
//! a phone learns neither its name nor its id, nor that there is one.

use crate::{Actor, Deed, Grant, Role, Roles, Scope};
use std::collections::BTreeSet;
use terms::{AgentId, PhoneId, QueueId};

/// What somebody sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Everything, whatever is named below.
    everything: bool,
    queues: BTreeSet<QueueId>,
    agents: BTreeSet<AgentId>,
    phones: BTreeSet<PhoneId>,
}

impl Sight {
    /// That of somebody who sees whatever there is.
    pub fn everything() -> Sight {
        Sight { everything: true, ..Sight::default() }
    }

    /// Whether he sees whatever there is, the switch as a whole included.
    pub fn is_everything(&self) -> bool {
        self.everything
    }

    /// Whether he sees this queue: who waits in it, and what becomes of them.
    pub fn queue(&self, id: QueueId) -> bool {
        self.everything || self.queues.contains(&id)
    }

    /// Whether he sees this agent, and what he does.
    pub fn agent(&self, id: AgentId) -> bool {
        self.everything || self.agents.contains(&id)
    }

    /// Whether he sees this phone, and who talks there.
    pub fn phone(&self, id: PhoneId) -> bool {
        self.everything || self.phones.contains(&id)
    }

    /// The queues that it names; who sees everything sees more.
    pub fn queues(&self) -> &BTreeSet<QueueId> {
        &self.queues
    }

    /// The agents that it names; who sees everything sees more.
    pub fn agents(&self) -> &BTreeSet<AgentId> {
        &self.agents
    }

    /// The phones that it names; who sees everything sees more.
    pub fn phones(&self) -> &BTreeSet<PhoneId> {
        &self.phones
    }

    fn take_in(&mut self, scope: &Scope) {
        match scope {
            Scope::All => self.everything = true,
            Scope::Of { queues, agents, phones } => {
                self.queues.extend(queues);
                self.agents.extend(agents);
                self.phones.extend(phones);
            }
        }
    }
}

impl From<&Scope> for Sight {
    fn from(scope: &Scope) -> Sight {
        let mut sight = Sight::default();
        sight.take_in(scope);
        sight
    }
}

/// Where somebody may do something: what he leads, and what is his own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// What he leads, or everything.
    pub led: Sight,
    /// The agents whom he is himself.
    pub own: BTreeSet<AgentId>,
}

impl Roles {
    /// Where somebody may do this.
    pub fn reached(&self, actor: &Actor, deed: Deed) -> Reached {
        let mut reached = Reached::default();
        for Grant { role, scope } in self.of(actor).iter().filter(|grant| grant.role.ever(deed)) {
            match (role, scope) {
                (Role::Agent, Scope::Of { agents, .. }) => reached.own.extend(agents),
                _ => reached.led.take_in(scope),
            }
        }
        reached
    }

    /// What somebody sees: whatever he leads; and as an agent his queues, and those who serve them beside him.
    pub fn sight(&self, actor: &Actor) -> Sight {
        let mut sight = Sight::default();
        for grant in self.of(actor) {
            sight.take_in(&grant.scope);
            if let (Role::Agent, Scope::Of { agents, .. }) = (grant.role, &grant.scope) {
                self.beside(agents, &mut sight);
            }
        }
        sight
    }

    /// The queues of these agents, and who serves them.
    fn beside(&self, agents: &BTreeSet<AgentId>, sight: &mut Sight) {
        let served = self.serving.iter().filter(|(_, serving)| !serving.is_disjoint(agents));
        for (queue, serving) in served {
            sight.queues.insert(*queue);
            sight.agents.extend(serving);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Grant;

    fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
        items.into_iter().collect()
    }

    /// alice and bob serve support, zoe sales; anna leads sales.
    fn roles() -> Roles {
        let [alice, bob, zoe] = ["alice", "bob", "zoe"].map(AgentId::of);
        let sales = Scope::Of { queues: set([QueueId::of("sales")]), agents: set([zoe]), phones: set([]) };
        let led = Grant { role: Role::Supervisor, scope: sales };
        let own = Grant { role: Role::Agent, scope: Scope::own([alice], None) };
        let all = Grant { role: Role::Auditor, scope: Scope::All };
        let users = [("anna", vec![led.clone()]), ("alice", vec![own.clone()]), ("both", vec![own, led])];
        Roles {
            users: users.into_iter().chain([("ivan", vec![all])]).map(|(name, is)| (name.into(), is)).collect(),
            agents: set([alice, bob, zoe]),
            serving: [(QueueId::of("support"), set([alice, bob])), (QueueId::of("sales"), set([zoe]))].into(),
            ..Roles::default()
        }
    }

    fn seen(roles: &Roles, actor: &Actor) -> String {
        let sight = roles.sight(actor);
        let queues = ["support", "sales"].into_iter().filter(|name| sight.queue(QueueId::of(name)));
        let agents = ["alice", "bob", "zoe"].into_iter().filter(|name| sight.agent(AgentId::of(name)));
        queues.chain(agents).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_agent_sees_his_queues_and_his_colleagues_there_and_a_supervisor_what_he_leads() {
        let roles = roles();
        let user = |name: &str| seen(&roles, &Actor::User(name.into()));
        assert_eq!(seen(&roles, &Actor::Agent("alice".into())), "support alice bob");
        assert_eq!(user("alice"), "support alice bob");
        assert_eq!(user("anna"), "sales zoe");
        assert_eq!(user("both"), "support sales alice bob zoe", "who is two things sees what either sees");
        assert_eq!(user("ivan"), "support sales alice bob zoe");
        assert!(roles.sight(&Actor::User("ivan".into())).is_everything());
        assert!(!roles.sight(&Actor::User("both".into())).is_everything());
    }

    #[test]
    fn a_deed_reaches_as_far_as_the_roles_that_may_do_it() {
        let roles = roles();
        let reached = |name: &str, deed| roles.reached(&Actor::User(name.into()), deed);
        let both = reached("both", Deed::SeeRecord);
        assert_eq!((both.led.queues(), both.led.agents()), (&set([QueueId::of("sales")]), &set([AgentId::of("zoe")])));
        assert_eq!(both.own, set([AgentId::of("alice")]), "his own calls, and not those of his queue");
        let plays = reached("both", Deed::PlayRecording);
        assert_eq!((plays.led, plays.own), (both.led, set([])), "as an agent he plays none");
        assert!(reached("ivan", Deed::PlayRecording).led.is_everything());
        assert_eq!(reached("mallory", Deed::SeeRecord), Reached::default());
    }

    #[test]
    fn nobody_sees_nothing() {
        let roles = roles();
        for nobody in [Actor::User("mallory".into()), Actor::Agent("mallory".into()), Actor::Phone("desk9".into())] {
            assert_eq!(roles.sight(&nobody), Sight::default(), "{nobody}");
        }
    }
}
