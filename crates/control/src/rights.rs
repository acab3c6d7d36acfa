//! Who may what: one pure function over one table. Nothing else in the house decides it.

use crate::{Actor, Deed, Subject, Verb};
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgentId, PhoneId, QueueId, words};

/// What somebody is, as far as rights go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Whose machine it is.
    Owner,
    /// Who configures the switch.
    Administrator,
    /// Who leads a team, in its queues.
    Supervisor,
    /// Who takes calls.
    Agent,
    /// Who may read everything and change nothing.
    Auditor,
}

words! { Role {
    Owner "owner", Administrator "administrator", Supervisor "supervisor", Agent "agent", Auditor "auditor",
} }

/// How far a right goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Not at all.
    Never,
    /// To what is in his scope.
    Scope,
    /// To everything.
    All,
}

/// The table.
fn reach(role: Role, deed: Deed) -> Reach {
    use Deed::*;
    use Reach::{All, Never, Scope};
    match (role, deed) {
        // Who configures the switch hears nobody.
        (Role::Administrator, Watch | PlayRecording | SaveRecording) => Never,
        (Role::Owner | Role::Administrator, _) => All,
        (
            Role::Auditor,
            SeeStatus | SeePhones | SeeBans | SeeOverlay | SeeCall | SeeRooms | SeeEvents | SeeTrace | SeeRecord
            | PlayRecording | SaveRecording | SeeUsers | SeeAudit | SeeCustomer,
        ) => All,
        (Role::Auditor, _) => Never,
        // The whole switch is in the scope of a supervisor of everything alone.
        (
            Role::Supervisor,
            SeeStatus | SeePhones | SeeOverlay | SeeCall | SeeRooms | SeeEvents | SeeRecord | PlayRecording
            | SeeCustomer | SetCustomer | SeeNumber,
        ) => Scope,
        (
            Role::Supervisor,
            SetStatus | Change | DropChange | OpenQueue | Contact | HangUp | Hold | Transfer | Consult | Watch | Park
            | Retrieve | PickUp | RunRoom | Dial | SetPhone | Play | Take | Prefer,
        ) => Scope,
        (
            Role::Supervisor,
            SeeBans | SeeTrace | SeeMessages | SeeUsers | SeeAudit | Drain | Lift | Reload | Admit | SaveRecording,
        ) => Never,
        (
            Role::Agent,
            SeeCall | SeeRooms | SeeRecord | SeeCustomer | SetCustomer | SeeNumber | SetStatus | Contact | HangUp
            | Hold | Transfer | Consult | Park | Retrieve | PickUp | RunRoom | Dial | SetPhone | Play | Take,
        ) => Scope,
        (
            Role::Agent,
            SeeStatus | SeePhones | SeeBans | SeeOverlay | SeeEvents | SeeTrace | SeeMessages | Drain | Lift | Reload
            | Change | DropChange | OpenQueue | Watch | Admit | PlayRecording | SaveRecording | Prefer | SeeUsers
            | SeeAudit,
        ) => Never,
    }
}

/// Whether somebody who is this may it everywhere.
pub fn everywhere(role: Role, deed: Deed) -> bool {
    reach(role, deed) == Reach::All
}

/// What is somebody's: what he leads, or his own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The switch as a whole.
    All,
    /// These queues, agents (a team) and phones.
    Of {
        /// Queues.
        queues: BTreeSet<QueueId>,
        /// Agents.
        agents: BTreeSet<AgentId>,
        /// Phones.
        phones: BTreeSet<PhoneId>,
    },
}

impl Scope {
    pub(crate) fn own(agents: impl IntoIterator<Item = AgentId>, phone: Option<PhoneId>) -> Scope {
        let (queues, phones) = (BTreeSet::new(), phone.into_iter().collect());
        Scope::Of { queues, agents: agents.into_iter().collect(), phones }
    }

    /// One of a call's queue, its agents and its phones is enough; a change that touches several things needs them all.
    fn covers(&self, deed: Deed, subject: &Subject) -> bool {
        let Scope::Of { queues, agents, phones } = self else { return true };
        let here = |id: &QueueId| queues.contains(id);
        let mine = |id: &AgentId| agents.contains(id);
        let at = |id: &PhoneId| phones.contains(id);
        match deed {
            _ if subject.is_whole() => false,
            Deed::SeeCall
            | Deed::SeeRooms
            | Deed::SeeRecord
            | Deed::PlayRecording
            | Deed::SaveRecording
            | Deed::SeeCustomer
            | Deed::SetCustomer
            | Deed::SeeNumber
            | Deed::RunRoom
            | Deed::HangUp
            | Deed::Hold
            | Deed::Transfer
            | Deed::Consult
            | Deed::Watch
            | Deed::Park
            | Deed::Retrieve
            | Deed::PickUp
            | Deed::Play => {
                subject.queues.iter().any(here) || subject.agents.iter().any(mine) || subject.phones.iter().any(at)
            }
            Deed::SetPhone => !subject.phones.is_empty() && subject.phones.iter().all(at),
            _ => subject.queues.iter().all(here) && subject.agents.iter().all(mine) && subject.phones.iter().all(at),
        }
    }
}

/// A role, and where it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub role: Role,
    /// Where.
    pub scope: Scope,
}

/// Who is what, by a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Those whom the configuration names, each with all that he is.
    pub users: BTreeMap<String, Vec<Grant>>,
    /// The agents.
    pub agents: BTreeSet<AgentId>,
    /// Who serves which queue.
    pub serving: BTreeMap<QueueId, BTreeSet<AgentId>>,
    /// The phones, each with the agents who are rung there, for whom it may speak.
    pub phones: BTreeMap<PhoneId, BTreeSet<AgentId>>,
    /// Phones that are a supervisor's, and of whom.
    pub supervisors: BTreeMap<PhoneId, Scope>,
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The plan in force does not know him.
    #[error("{0} is nobody in the configuration")]
    Unknown(Actor),
    /// His role never may.
    #[error("{0} may not {1}")]
    Never(Actor, Deed),
    /// He may, but not here.
    #[error("{0} may {1} only where it is his own")]
    Elsewhere(Actor, Deed),
    /// A trunk that is named by itself is past everybody's rights to dial.
    #[error("{0} may name no trunk: write the number as a phone of this switch would dial it")]
    Trunk(Actor),
}

impl Role {
    /// Whether this role may do this at all, somewhere.
    pub fn ever(self, deed: Deed) -> bool {
        reach(self, deed) != Reach::Never
    }
}

impl Roles {
    /// All that somebody is: a supervisor's phone is two things, and so may a user be.
    pub fn of(&self, actor: &Actor) -> Vec<Grant> {
        match actor {
            // The kernel lets nobody else open the socket, or send a signal.
            Actor::Operator(_) | Actor::Signal | Actor::FileChange => {
                vec![Grant { role: Role::Owner, scope: Scope::All }]
            }
            Actor::User(name) => self.users.get(name).cloned().unwrap_or_default(),
            Actor::Agent(name) => {
                let id = self.agents.get(&AgentId::of(name));
                id.map(|id| Grant { role: Role::Agent, scope: Scope::own([*id], None) }).into_iter().collect()
            }
            Actor::Phone(user) => {
                let id = PhoneId::of(user);
                let own = |agents: &BTreeSet<AgentId>| Scope::own(agents.iter().copied(), Some(id));
                let Some(agents) = self.phones.get(&id) else { return vec![] };
                let led = self.supervisors.get(&id).cloned();
                let agent = Grant { role: Role::Agent, scope: own(agents) };
                [agent].into_iter().chain(led.map(|scope| Grant { role: Role::Supervisor, scope })).collect()
            }
        }
    }
}

/// Whether somebody may do something to somebody.
pub fn may(roles: &Roles, actor: &Actor, what: impl Into<Deed>, subject: &Subject) -> Result<(), Denied> {
    let deed = what.into();
    let mut said = Err(Denied::Unknown(actor.clone()));
    for grant in roles.of(actor) {
        match reach(grant.role, deed) {
            Reach::All => return Ok(()),
            Reach::Scope if grant.scope.covers(deed, subject) => return Ok(()),
            Reach::Scope => said = Err(Denied::Elsewhere(actor.clone(), deed)),
            Reach::Never if matches!(said, Err(Denied::Elsewhere(..))) => {}
            Reach::Never => said = Err(Denied::Never(actor.clone(), deed)),
        }
    }
    said
}

/// Whether somebody may have this done. A trunk that is named by itself is past what phones may dial, so it is for who may do
/// the same to the switch as a whole.
pub fn may_order(roles: &Roles, actor: &Actor, verb: &Verb, subject: &Subject) -> Result<(), Denied> {
    may(roles, actor, verb, subject)?;
    if verb.names_a_trunk() && may(roles, actor, verb, &Subject::WHOLE).is_err() {
        return Err(Denied::Trunk(actor.clone()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
