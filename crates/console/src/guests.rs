//! Which agent somebody is: a user the one whom the configuration names, a guest of a demonstration the next one that is free.
//! His browser remembers at whose desk he sits.

use crate::Console;
use crate::access::Viewer;
use crate::mirror::Mirror;
use axum::http::{HeaderMap, header};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many guests have sat down.
#[derive(Debug, Default)]
pub struct Guests(AtomicUsize);

impl Console {
    /// The agent who somebody is.
    pub fn agent_of(&self, viewer: &Viewer, headers: &HeaderMap) -> Option<String> {
        let place = self.is_guest(viewer).then(|| self.place(headers)).flatten();
        let find = |mirror: &Mirror, _| {
            let plan = mirror.plan();
            if let Some(agent) = place.and_then(|place| plan.agents.get(place)) {
                return Some(agent.name.clone());
            }
            let user = plan.users.iter().find(|user| user.name == viewer.name)?;
            plan.agent(user.agent?).map(|agent| agent.name.clone())
        };
        self.hub.mirror(find).flatten()
    }

    /// A guest sits down: each at another desk, until there is none left. With what his browser remembers.
    pub fn seat(&self, viewer: &Viewer) -> Option<(String, String)> {
        if !self.is_guest(viewer) {
            return None;
        }
        let find = |mirror: &Mirror, _| {
            let plan = mirror.plan();
            let all = plan.agents.iter().enumerate();
            // Where some talk from the page, guests do.
            let pages: Vec<_> = all.clone().filter(|(_, agent)| agent.page(plan).is_some()).collect();
            let desks = if pages.is_empty() { all.collect() } else { pages };
            let place = self.guests.0.fetch_add(1, Ordering::Relaxed).checked_rem(desks.len())?;
            desks.get(place).map(|(place, agent)| (agent.name.clone(), *place))
        };
        let (name, place) = self.hub.mirror(find).flatten()?;
        Some((name, format!("{}={place}; Path=/; HttpOnly; SameSite=Lax", self.cookie())))
    }

    /// Whoever came by the link of a demonstration.
    fn is_guest(&self, viewer: &Viewer) -> bool {
        self.access.link.as_ref().is_some_and(|link| link.guest().name == viewer.name)
    }

    fn cookie(&self) -> String {
        format!("strowger-desk-{}", self.access.port)
    }

    fn place(&self, headers: &HeaderMap) -> Option<usize> {
        let name = self.cookie();
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(own, _)| *own == name).and_then(|(_, place)| place.parse().ok())
    }
}
