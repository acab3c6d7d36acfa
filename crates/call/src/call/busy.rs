//! What is under way in a call, so that nothing else may move its parties: one after the other.

use super::Call;
use crate::ringing::Aim;

impl Call {
    /// What it is, in words.
    pub fn busy(&self) -> Option<&'static str> {
        match self {
            _ if self.origin.dialled.is_some() => Some("who is to be connected has not answered"),
            _ if self.stands.is_some() => Some("it is an agent's standing call"),
            _ if self.hall.is_some() => Some("it is a room"),
            _ if self.transfers() => Some("a transfer is under way"),
            _ if self.asks() => Some("somebody is asked already"),
            _ if !self.lent.is_empty() || !self.awaited.is_empty() => Some("a party is on its way"),
            _ => None,
        }
    }

    /// Somebody is rung who is to take a party, or to take it back.
    fn transfers(&self) -> bool {
        self.ringings.iter().any(|ringing| matches!(ringing.aim, Aim::Transfer { .. } | Aim::Return { .. }))
    }

    /// Somebody is asked beside the conversation, or rung for that.
    pub fn asks(&self) -> bool {
        let rings = self.ringings.iter().any(|ringing| matches!(ringing.aim, Aim::Consult { .. }));
        rings || self.parties.iter().any(|party| party.asked.is_some())
    }
}
