//! The conversation of a call: since when two talk in it, and what is heard by one whom nobody listens to.

use super::Call;
use crate::cdr::millis;
use crate::contact::Contact;
use crate::desk::Desk;
use crate::party::Party;
use crate::room::{Conversation, Stance};
use media::{Playing, Sound};
use smallvec::SmallVec;
use std::time::Duration;
use terms::{AgentId, LegId, Mono};

/// Why a party of a conversation is not the one to be sent away: it cannot be told who talks to whom.
pub(crate) const CROWD: &str = "more than two talk";

impl Call {
    /// Who is in the conversation beside this one, on hold or not.
    pub fn others(&self, who: LegId) -> SmallVec<[LegId; 2]> {
        let talks = |party: &&Party| matches!(party.stance, Stance::Floor | Stance::Waiting);
        let others = self.parties.iter().filter(|party| party.leg.id != who).filter(talks);
        others.map(|party| party.leg.id).collect()
    }

    /// Who is in the conversation, be it on hold or asking somebody; not whoever is asked beside it.
    pub fn in_conversation(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.stance != Stance::Apart && party.asked.is_none())
    }

    /// The agents in the conversation.
    pub fn agents(&self) -> SmallVec<[AgentId; 2]> {
        self.in_conversation().filter_map(|party| party.agent).collect()
    }

    /// A conversation begins, is held, or ends: it is what two have who are on the floor, or on hold there.
    pub fn converse(&mut self, desk: &mut Desk<'_>) {
        // Whoever is asked beside it is not in it; whoever asks him is.
        let in_it = |party: &&Party| party.stance.is_there() && party.asked.is_none();
        let floor = || self.parties.iter().filter(in_it);
        let talks = floor().count() > 1;
        let held = floor().any(|party| party.leg.held || party.stance != Stance::Floor);
        match &mut self.room.talk {
            Some(talk) if talks => talk.hold(desk.now.mono, held),
            None if talks => {
                self.room.talk = Some(Conversation::begin(desk.now.mono, held));
                let hold = self.music().map_or(Sound::Silence, Sound::Prompt);
                // It yields to what the one who holds sends by himself.
                self.room.hold = Some(Playing { yields: true, ..desk.ids.playing(hold, true) });
            }
            Some(_) => self.hush(desk),
            None => {}
        }
    }

    /// The conversation is over, if there is one: it goes into the account.
    pub fn hush(&mut self, desk: &Desk<'_>) {
        let Some(talk) = self.room.talk.take() else { return };
        let (talked, held) = talk.end(desk.now.mono);
        self.record.talked_ms += millis(talked);
        self.record.held_ms += millis(held);
        for contact in self.parties.iter_mut().filter_map(|party| party.contact.as_mut()) {
            contact.held += held.saturating_sub(std::mem::take(&mut contact.before));
        }
    }

    /// How long the present conversation was on hold so far.
    pub fn talk_held(&self, now: Mono) -> Duration {
        self.room.talk.map_or(Duration::ZERO, |talk| talk.held(now))
    }

    /// How long a contact was on hold so far, since it began to talk.
    pub fn held(&self, contact: &Contact, now: Mono) -> Duration {
        contact.held + self.talk_held(now).saturating_sub(contact.before)
    }

    /// What those who talk hear while nobody listens to them: the music of their queue, but no ringback; else what is heard
    /// on hold.
    pub fn comfort(&self) -> Option<Playing> {
        let music = self.parties.iter().find_map(|party| party.contact.as_ref()).map(|contact| contact.music);
        music.filter(|music| matches!(music.sound, Sound::Prompt(_))).or(self.room.hold)
    }
}
