//! Port pairs that are open in advance.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// The port pairs that a stream may have for the asking, by worker.
#[derive(Debug, Default)]
pub(crate) struct Spares {
    there: BTreeMap<u16, VecDeque<SocketAddr>>,
}

impl Spares {
    pub fn put(&mut self, worker: u16, local: SocketAddr) {
        self.there.entry(worker).or_default().push_back(local);
    }
    pub fn take(&mut self, worker: u16) -> Option<SocketAddr> {
        self.there.get_mut(&worker)?.pop_front()
    }
}
