//! Skills with levels, and the compiled requirement that a contact puts to an agent.
//! The dial plan parses the text into a [`Requirement`]; the ACD only evaluates it.

use crate::SkillId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an agent can do, and how well (level 1 to 10; absent means 0).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skills(BTreeMap<SkillId, u8>);

impl Skills {
    /// The level of one skill; 0 when the agent does not have it.
    pub fn level(&self, skill: SkillId) -> u8 {
        self.0.get(&skill).copied().unwrap_or(0)
    }
}

impl FromIterator<(SkillId, u8)> for Skills {
    fn from_iter<I: IntoIterator<Item = (SkillId, u8)>>(pairs: I) -> Skills {
        Skills(pairs.into_iter().collect())
    }
}

/// A condition on an agent's skills, such as `english >= 5 and billing >= 3`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Requirement {
    /// Every agent of the queue will do.
    #[default]
    Anyone,
    /// The level of a skill is at least this.
    AtLeast(SkillId, u8),
    /// All of these hold.
    All(Vec<Requirement>),
    /// One of these holds.
    Any(Vec<Requirement>),
    /// This does not hold.
    Not(Box<Requirement>),
}

impl Requirement {
    /// Whether an agent with these skills will do.
    pub fn admits(&self, skills: &Skills) -> bool {
        match self {
            Requirement::Anyone => true,
            Requirement::AtLeast(skill, level) => skills.level(*skill) >= *level,
            Requirement::All(parts) => parts.iter().all(|part| part.admits(skills)),
            Requirement::Any(parts) => parts.iter().any(|part| part.admits(skills)),
            Requirement::Not(part) => !part.admits(skills),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_and_or_not_over_levels() {
        let english = SkillId::of("english");
        let billing = SkillId::of("billing");
        let alice: Skills = [(english, 9), (billing, 6)].into_iter().collect();
        let both = Requirement::All(vec![Requirement::AtLeast(english, 5), Requirement::AtLeast(billing, 7)]);
        assert!(!both.admits(&alice));
        assert!(Requirement::Not(Box::new(both.clone())).admits(&alice));
        assert!(Requirement::Any(vec![both, Requirement::AtLeast(english, 9)]).admits(&alice));
        assert!(Requirement::Anyone.admits(&Skills::default()));
    }
}
