//! What the demo's callers know of people who sit at its desks: that one of them talks to a guest, by what the switch tells.
//! A guest's voice is nobody's whom they know.

use super::centre::GUESTS;
use crate::feed::Feed;
use call::cdr::{CallEvent, CallEventKind, Entry};
use node::Happening;
use std::collections::BTreeMap;
use terms::{AgentId, CallRef};

/// Those who follow what the switch tells.
pub struct Guests {
    feed: Feed,
    /// Who calls, by call.
    callers: BTreeMap<CallRef, String>,
}

impl Guests {
    /// Follows it from now on.
    pub fn new(feed: Feed) -> Guests {
        Guests { feed, callers: BTreeMap::new() }
    }

    /// Callers who have been put through to a guest since this was asked last.
    pub fn put_through(&mut self) -> Vec<String> {
        let mut found = vec![];
        while let Some(record) = next(&mut self.feed) {
            match record {
                Happening::Call(Entry::Opened(record)) => {
                    self.callers.insert(record.call, record.caller.reveal().clone());
                }
                Happening::Call(Entry::Closed(record)) => _ = self.callers.remove(&record.call),
                Happening::Call(Entry::Event(event)) => {
                    found.extend(guests_call(&event).and_then(|call| self.callers.get(&call)).cloned());
                }
                _ => {}
            }
        }
        found
    }
}

/// The next that happened; whoever misses some goes on with what there is.
fn next(feed: &mut Feed) -> Option<Happening> {
    use tokio::sync::broadcast::error::TryRecvError;
    loop {
        match feed.records.try_recv() {
            Ok(record) => return Some(record.what.clone()),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
        }
    }
}

/// The call in which a guest begins to talk.
fn guests_call(event: &CallEvent) -> Option<CallRef> {
    let guest = |agent: AgentId| GUESTS.iter().any(|name| AgentId::of(name) == agent);
    let connected = matches!(event.what, CallEventKind::Connected { .. });
    event.call.filter(|_| connected && event.agent.is_some_and(guest))
}
