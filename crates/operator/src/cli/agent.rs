//! `strowger agent`: what an agent shall be, as one says it and as the switch is asked.

use super::reload;
use clap::ValueEnum;
use control::{AgentWish, Verb};

/// What an agent shall be.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Wish {
    /// Takes calls.
    Ready,
    /// At work, takes no calls.
    Pause,
    /// Not at work.
    Logout,
    /// Takes calls at this phone, until he is logged out.
    Login,
    /// Takes the next caller of a queue, out of turn.
    Take,
    /// Says, in his after-call work, what came of the conversation.
    Dispose,
    /// Done with his after-call work before its time.
    Done,
    /// Has a skill at a level.
    Skill,
    /// Serves a queue.
    Join,
    /// Does not serve a queue.
    Leave,
}

/// What the switch is asked for it.
pub(super) fn requests(
    wish: Wish,
    name: String,
    what: &[String],
    reason: Option<String>,
    tier: Option<u8>,
) -> anyhow::Result<Vec<Verb>> {
    anyhow::ensure!(
        reason.is_none() || matches!(wish, Wish::Pause),
        "only a pause has a reason: strowger agent pause {name} --reason ..."
    );
    let status = match wish {
        Wish::Ready => AgentWish::Ready,
        Wish::Pause => AgentWish::Pause,
        Wish::Logout => AgentWish::Logout,
        Wish::Done => AgentWish::Done,
        Wish::Login => {
            let [phone] = what else { anyhow::bail!("at which phone? strowger agent login {name} PHONE") };
            return Ok(vec![Verb::LogIn { agent: name, phone: phone.clone() }]);
        }
        Wish::Take => {
            anyhow::ensure!(what.len() < 2, "of which queue? strowger agent take {name} QUEUE");
            return Ok(vec![Verb::Take { agent: name, queue: what.first().cloned() }]);
        }
        Wish::Dispose => {
            let [word] = what else { anyhow::bail!("what came of it? strowger agent dispose {name} WORD") };
            return Ok(vec![Verb::Dispose { agent: name, disposition: word.clone() }]);
        }
        Wish::Skill => return reload::skills(&name, what),
        Wish::Join | Wish::Leave => return reload::seat(name, what, tier, matches!(wish, Wish::Join)),
    };
    anyhow::ensure!(what.is_empty() && tier.is_none(), "{name}'s status needs nothing more than his name");
    Ok(vec![Verb::Agent { name, status, reason }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pause_has_a_reason() {
        let said = |wish, reason: Option<&str>| requests(wish, "alice".into(), &[], reason.map(Into::into), None);
        assert!(said(Wish::Pause, Some("lunch")).is_ok());
        assert!(said(Wish::Ready, Some("lunch")).is_err());
        assert!(said(Wish::Skill, None).is_err(), "which skill?");
    }
}
