//! What lies between media threads: the sockets of streams that go from one to another, and the ports that go home. A
//! stream moves seldom, so a lock is cheap enough; a thread that looks in vain does not even take it.

use super::sockets::Sockets;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The shelf, one for all threads.
#[derive(Debug, Default)]
pub struct Shelf {
    /// By port.
    sockets: Mutex<BTreeMap<u16, Sockets>>,
    homeward: Mutex<Vec<u16>>,
    /// How many of those there are.
    waiting: AtomicUsize,
}

impl Shelf {
    /// Lays down the sockets of a stream that leaves its thread.
    pub fn lay_down(&self, port: u16, pair: Sockets) {
        lock(&self.sockets).insert(port, pair);
    }

    /// Takes them up.
    pub fn take_up(&self, port: u16) -> Option<Sockets> {
        lock(&self.sockets).remove(&port)
    }

    /// A port whose sockets are closed goes back to the thread that deals it out.
    pub fn give_back(&self, port: u16) {
        let mut homeward = lock(&self.homeward);
        homeward.push(port);
        self.waiting.store(homeward.len(), Ordering::Release);
    }

    /// Those that are at home here.
    pub fn take_back(&self, is_home: impl Fn(u16) -> bool) -> Vec<u16> {
        if self.waiting.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let mut homeward = lock(&self.homeward);
        let (home, others) = homeward.drain(..).partition(|port| is_home(*port));
        *homeward = others;
        self.waiting.store(homeward.len(), Ordering::Release);
        home
    }
}

/// A thread that panicked has left whole entries behind: nothing else is done under the lock.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
