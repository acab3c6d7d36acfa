//! Tokens, by which programs and screens on walls look. The office sees the SHA-256 of one alone; whoever asked for it has
//! the token.

use super::Office;
use super::guests::is_proof;
use crate::admin::wire::Reply;
use crate::names;
use crate::terminal::wall_time;
use control::{Pass, Role};
use dialplan::Plan;
use ledger::{Access, Token};
use terms::Word as _;

/// The longest name of one, in bytes.
const NAME: usize = 64;
/// What whoever looks by a token may be: it can do nothing, so nothing more is of any use.
const ROLES: [Role; 2] = [Role::Supervisor, Role::Auditor];

impl Office {
    pub(super) fn token(&self, asked: &str, name: &str, proof: &str, pass: &Pass) -> Reply {
        if let Err(words) = judge(&self.base, name, pass) {
            return Reply::Refused(words);
        }
        if !is_proof(proof) {
            return Reply::Refused("the proof of a token is a SHA-256 in hexadecimal".into());
        }
        let at = self.clock.now().wall;
        if pass.until.is_some_and(|until| until <= at) {
            return Reply::Refused("the time of this token would be over at once".into());
        }
        tracing::info!(asked, name, "a token is made");
        let (name, proof, pass) = (name.to_owned(), proof.to_owned(), pass.clone());
        let words = format!("token {name} is good {}", good(&pass));
        self.admit(Access::Token(Token { name, proof, pass, asked: asked.into(), at, seen: None }), words)
    }

    pub(super) fn revoke(&self, asked: &str, name: &str) -> Reply {
        tracing::info!(asked, name, "a token is revoked");
        self.admit(Access::Revoked(name.into()), format!("token {name} is void"))
    }
}

fn good(pass: &Pass) -> String {
    let what = match &pass.board {
        Some(board) => format!("for the board {board}"),
        None if pass.queues.is_empty() => "for everything".to_owned(),
        None => format!("for {}", pass.queues.join(", ")),
    };
    match pass.until {
        Some(until) => format!("{what}, until {}", wall_time(until.as_millis())),
        None => format!("{what}, until it is revoked"),
    }
}

/// Whether one may be made.
fn judge(plan: &Plan, name: &str, pass: &Pass) -> Result<(), String> {
    let fits = |c: char| c.is_alphanumeric() || "_-.+".contains(c);
    if name.is_empty() || name.len() > NAME || !name.chars().all(fits) {
        return Err(format!("a token's name has up to {NAME} letters, digits and _ - . +"));
    }
    if let Some(board) = &pass.board {
        let boards = plan.boards.iter().map(|board| board.name.as_str());
        // Without any there is one of all queues.
        let main = plan.boards.is_empty().then_some("main");
        names::known("board", board, boards.chain(main))?;
        return match pass.roles.is_empty() && pass.queues.is_empty() {
            true => Ok(()),
            false => Err("a screen shows its board, and has neither roles nor queues".into()),
        };
    }
    if pass.roles.is_empty() {
        return Err("which role? supervisor or auditor; or a board".into());
    }
    if let Some(role) = pass.roles.iter().find(|role| !ROLES.iter().any(|may| may.word() == role.as_str())) {
        return Err(format!("a token looks, and does nothing: its role is supervisor or auditor, not {role:?}"));
    }
    pass.queues.iter().try_for_each(|queue| names::queue(plan, queue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_looks_at_what_there_is_and_at_nothing_more() {
        let plan = crate::plans::plan_of("[[queue]]\nname = \"support\"\nagents = []\n");
        let of = |roles: &[&str], queues: &[&str], board: Option<&str>| {
            let all = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            let pass = Pass { roles: all(roles), queues: all(queues), board: board.map(str::to_owned), until: None };
            judge(&plan, "crm", &pass)
        };
        assert_eq!(of(&["auditor"], &[], None), Ok(()));
        assert_eq!(of(&["supervisor"], &["support"], None), Ok(()));
        assert_eq!(of(&[], &[], Some("main")), Ok(()));
        for role in ["owner", "administrator", "agent", "king"] {
            assert!(of(&[role], &[], None).unwrap_err().contains("looks"), "{role}");
        }
        assert!(of(&["auditor"], &["suport"], None).unwrap_err().contains("did you mean"));
        assert!(of(&[], &[], None).is_err() && of(&[], &[], Some("hall")).is_err());
        assert!(of(&["auditor"], &[], Some("main")).is_err());
        for name in ["", "a b", "a:b", "../x", &"x".repeat(65)] {
            assert!(judge(&plan, name, &Pass { board: Some("main".into()), ..Pass::default() }).is_err(), "{name}");
        }
    }
}
