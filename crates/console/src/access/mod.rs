//! Who is there, and what he may see. Two ways lead in, the link of a demonstration and the password of a user of the
//! configuration, and one question is asked of every request, [`Access::who`]: by the plan in force, so that who is taken
//! out of it is out.
//!
//! What goes to a reader, whatever it is and whichever way, passes [`may_see`].

mod link;
mod origin;
pub mod password;
mod secret;
mod sessions;
pub mod tokens;
pub mod users;

pub use link::{Link, TOKEN};
pub use origin::is_own;
pub use secret::{Secret, proof};

use axum::http::{HeaderMap, header};
use control::{Actor, Deed, Reached, Role, Roles, Sight};
use dialplan::Plan;
use std::sync::Arc;
use terms::{AgentId, Now, QueueId, Wall};
use tokens::{Bearer, Tokens};
use users::Users;

/// Somebody who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// His name.
    pub name: String,
    /// What he is.
    pub roles: Vec<Role>,
    /// What he sees.
    pub sight: Sight,
}

impl Viewer {
    /// As whom he wants something of the switch.
    pub fn actor(&self) -> Actor {
        Actor::User(self.name.clone())
    }
}

/// What a record is about, as far as sight goes: by the operator's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About<'a> {
    /// The queue.
    pub queue: Option<&'a str>,
    /// The agent.
    pub agent: Option<&'a str>,
}

/// Whether somebody may see a record. What is about a queue is for who sees the queue; what is about an agent alone for who
/// sees him; what is about neither for who sees everything.
pub fn may_see(viewer: &Viewer, about: About<'_>) -> bool {
    match (about.queue, about.agent) {
        (Some(queue), _) => viewer.sight.queue(QueueId::of(queue)),
        (None, Some(agent)) => viewer.sight.agent(AgentId::of(agent)),
        (None, None) => viewer.sight.is_everything(),
    }
}

/// Where somebody may do this: by the plan; or, of who is in no plan, a guest by a link or a program with a token, wherever
/// he sees.
pub fn reached(viewer: &Viewer, roles: &Roles, deed: Deed) -> Reached {
    let actor = viewer.actor();
    if !roles.of(&actor).is_empty() {
        return roles.reached(&actor, deed);
    }
    let may = viewer.roles.iter().any(|role| *role != Role::Agent && role.ever(deed));
    Reached { led: if may { viewer.sight.clone() } else { Sight::default() }, ..Reached::default() }
}

/// The ways in.
#[derive(Clone, Default)]
pub struct Access {
    /// The link of a demonstration.
    pub link: Option<Link>,
    /// The users of the configuration; none where there is no account to keep their passwords.
    pub users: Option<Arc<Users>>,
    /// What programs and screens come with.
    pub tokens: Arc<Tokens>,
    /// The port of the pages: cookies do not tell ports apart, and two switches may run on one machine.
    pub port: u16,
}

impl Access {
    /// Who sends a request with these headers, by the roles of the plan in force.
    pub fn who(&self, headers: &HeaderMap, secure: bool, roles: Option<&Roles>, now: Wall) -> Option<Viewer> {
        let has_its_cookie =
            |link: &&Link| cookies(headers, &named(link.cookie(), secure)).any(|it| link.is_session(it));
        if let Some(link) = self.link.as_ref().filter(has_its_cookie) {
            return Some(link.guest());
        }
        let name = self.users.as_ref()?.whose(self.cookie(headers, secure)?, now)?;
        let (roles, actor) = (roles?, Actor::User(name.clone()));
        let held: Vec<Role> = roles.of(&actor).iter().map(|grant| grant.role).collect();
        (!held.is_empty()).then(|| Viewer { name, roles: held, sight: roles.sight(&actor) })
    }

    /// What a user's cookie holds.
    pub fn cookie<'h>(&self, headers: &'h HeaderMap, secure: bool) -> Option<&'h str> {
        cookies(headers, &named(self.cookie_name(), secure)).next()
    }

    /// What it is called.
    pub fn cookie_name(&self) -> String {
        format!("strowger-user-{}", self.port)
    }
}

impl Access {
    /// What the cookie of a screen is called.
    pub fn screen_name(&self) -> String {
        format!("strowger-display-{}", self.port)
    }

    /// What was missed may have concerned somebody who is in: whoever the account does not have is out.
    pub async fn read_again(&self, now: Wall) -> ledger::Result<()> {
        let Some(users) = &self.users else { return Ok(()) };
        users.read_again(now).await?;
        self.tokens.only(users.kept_tokens().await?, now);
        Ok(())
    }

    /// Who comes with a token.
    pub fn bearer(&self, headers: &HeaderMap, secure: bool, plan: &Plan, now: Now, counts: bool) -> Bearer {
        let Some(said) = tokens::said(headers, &named(self.screen_name(), secure)) else { return Bearer::Nobody };
        let (bearer, told) = self.tokens.bearer(said, plan, now, counts);
        if let Some(users) = &self.users {
            told.into_iter().for_each(|told| users.tell_later(told));
        }
        bearer
    }
}

/// A cookie as a browser is told of it. Over https it has a name under which no other host, and nobody without encryption,
/// can give a browser another one.
pub fn set_cookie(name: String, value: &str, secure: bool, more: &str) -> String {
    let only_so = if secure { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{only_so}{more}", named(name, secure))
}

fn named(name: String, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name }
}

/// What cookies of a name hold.
fn cookies<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(own, _)| *own == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use control::Scope;

    #[test]
    fn who_leads_one_queue_sees_nothing_of_another() {
        let (queues, agents) = ([QueueId::of("a")].into(), [AgentId::of("anna")].into());
        let scope = Scope::Of { queues, agents, phones: [].into() };
        let sight = Sight::from(&scope);
        let viewer = Viewer { name: "x".into(), roles: vec![Role::Supervisor], sight };
        let sees = |queue, agent| may_see(&viewer, About { queue, agent });
        assert!(sees(Some("a"), None) && sees(Some("a"), Some("boris")) && sees(None, Some("anna")));
        assert!(!sees(Some("b"), None) && !sees(Some("b"), Some("anna")), "not even where his own agent is in it");
        assert!(!sees(None, Some("boris")) && !sees(None, None));
        let all = Viewer { sight: Sight::everything(), ..viewer };
        assert!(may_see(&all, About::default()));
    }

    #[test]
    fn over_https_only_a_cookie_counts_that_no_other_host_could_have_set() {
        let link = Link::new("0123456789abcdefghijklmnop".into(), 8443);
        let access = Access { link: Some(link.clone()), port: 8443, ..Access::default() };
        let cookie = |secure| set_cookie(link.cookie(), &link.session(), secure, "");
        assert_eq!(
            cookie(true),
            format!("__Host-strowger-8443={}; Path=/; HttpOnly; SameSite=Lax; Secure", link.session())
        );
        let who = |said: bool, over: bool| {
            let headers = HeaderMap::from_iter([(header::COOKIE, cookie(said).parse().unwrap())]);
            access.who(&headers, over, None, Wall::default()).is_some()
        };
        assert!(who(true, true) && who(false, false));
        assert!(!who(false, true), "one that somebody without encryption has given it");
        assert!(!who(true, false));
    }

    #[test]
    fn without_a_link_nobody_gets_in_and_with_one_who_has_its_cookie() {
        let link = Link::new("0123456789abcdefghijklmnop".into(), 8080);
        let access = Access { link: Some(link.clone()), ..Access::default() };
        let who = |access: &Access, headers: &HeaderMap| access.who(headers, false, None, Wall::default());
        let headers = |cookie: &str| HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
        let good = format!("theme=dark; {}={}", link.cookie(), link.session());
        assert_eq!(who(&access, &headers(&good)).map(|viewer| viewer.name).as_deref(), Some("guest"));
        assert_eq!(who(&Access::default(), &headers(&good)), None);
        for bad in [
            String::new(),
            format!("{}=", link.cookie()),
            format!("{}=0123456789abcdefghijklmnop", link.cookie()),
            format!("other={}", link.session()),
            format!("{}={}x", link.cookie(), link.session()),
        ] {
            assert_eq!(who(&access, &headers(&bad)), None, "{bad}");
        }
    }
}
