//! Who is there, and what he may see. Today there is one way in, the link of a demonstration; users with passwords and
//! their sessions will be a second one behind the same question, [`Access::who`].
//!
//! What goes to a reader, whatever it is and whichever way, passes [`may_see`].

mod link;
mod origin;

pub use link::{Link, TOKEN};
pub use origin::is_own;

use axum::http::{HeaderMap, header};
use control::{Role, Scope};
use terms::{AgentId, QueueId};

/// Somebody who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// His name.
    pub name: String,
    /// What he is.
    pub roles: Vec<Role>,
    /// What is in his sight.
    pub scope: Scope,
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
    let Scope::Of { queues, agents, .. } = &viewer.scope else { return true };
    match (about.queue, about.agent) {
        (Some(queue), _) => queues.contains(&QueueId::of(queue)),
        (None, Some(agent)) => agents.contains(&AgentId::of(agent)),
        (None, None) => false,
    }
}

/// The ways in.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The link of a demonstration.
    pub link: Option<Link>,
}

impl Access {
    /// Who sends a request with these headers.
    pub fn who(&self, headers: &HeaderMap) -> Option<Viewer> {
        let link = self.link.as_ref()?;
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, value)| *name == link.cookie() && link.is_session(value)).map(|_| link.guest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leads_one_queue_sees_nothing_of_another() {
        let (queues, agents) = ([QueueId::of("a")].into(), [AgentId::of("anna")].into());
        let scope = Scope::Of { queues, agents, phones: [].into() };
        let viewer = Viewer { name: "x".into(), roles: vec![Role::Supervisor], scope };
        let sees = |queue, agent| may_see(&viewer, About { queue, agent });
        assert!(sees(Some("a"), None) && sees(Some("a"), Some("boris")) && sees(None, Some("anna")));
        assert!(!sees(Some("b"), None) && !sees(Some("b"), Some("anna")), "not even where his own agent is in it");
        assert!(!sees(None, Some("boris")) && !sees(None, None));
        let all = Viewer { scope: Scope::All, ..viewer };
        assert!(may_see(&all, About::default()));
    }

    #[test]
    fn without_a_link_nobody_gets_in_and_with_one_who_has_its_cookie() {
        let link = Link::new("0123456789abcdefghijklmnop".into(), 8080);
        let access = Access { link: Some(link.clone()) };
        let headers = |cookie: &str| HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
        let good = format!("theme=dark; {}={}", link.cookie(), link.session());
        assert_eq!(access.who(&headers(&good)).map(|viewer| viewer.name).as_deref(), Some("guest"));
        assert_eq!(Access::default().who(&headers(&good)), None);
        for bad in [
            String::new(),
            format!("{}=", link.cookie()),
            format!("{}=0123456789abcdefghijklmnop", link.cookie()),
            format!("other={}", link.session()),
            format!("{}={}x", link.cookie(), link.session()),
        ] {
            assert_eq!(access.who(&headers(&bad)), None, "{bad}");
        }
    }
}
