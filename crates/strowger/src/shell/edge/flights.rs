//! Handshakes in flight: so many at once, and of one address fewer. Whoever comes beyond is turned away at once: a phone
//! comes again, and who begins and never goes on is in nobody's way but his own.

use super::Counts;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

/// At once.
pub const AT_ONCE: usize = 256;
/// Of one address at once: an office behind one address comes back together.
pub const OF_ONE: usize = 64;

/// Those that are at it.
#[derive(Default)]
pub struct Flights {
    of: Mutex<HashMap<IpAddr, usize>>,
}

/// A place among them, until it is dropped.
pub struct Flight {
    all: Arc<Flights>,
    counts: Arc<Counts>,
    from: IpAddr,
}

impl Flights {
    /// A place for one from this address, if there is one.
    pub fn take(self: &Arc<Self>, from: IpAddr, counts: &Arc<Counts>) -> Option<Flight> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let own = of.get(&from).copied().unwrap_or_default();
        if own >= OF_ONE || of.values().sum::<usize>() >= AT_ONCE {
            counts.refused.fetch_add(1, Relaxed);
            return None;
        }
        of.insert(from, own + 1);
        counts.at_it.fetch_add(1, Relaxed);
        Some(Flight { all: Arc::clone(self), counts: Arc::clone(counts), from })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut of = self.all.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = of.get_mut(&self.from) {
            *own -= 1;
            if *own == 0 {
                of.remove(&self.from);
            }
        }
        self.counts.at_it.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_the_others_and_all_have_a_bound() {
        let (flights, counts) = (Arc::new(Flights::default()), Arc::new(Counts::default()));
        let from = |nth: u8| IpAddr::from([192, 0, 2, nth]);
        let taken = |nth: u8| std::iter::from_fn(|| flights.take(from(nth), &counts)).collect::<Vec<_>>();
        let first = taken(1);
        assert_eq!(first.len(), OF_ONE);
        let others: Vec<_> = (2..=9).map(taken).collect();
        let all = first.len() + others.iter().map(Vec::len).sum::<usize>();
        assert_eq!((all, counts.at_it.load(Relaxed)), (AT_ONCE, AT_ONCE as u64));
        drop(first);
        assert_eq!(taken(9).len(), OF_ONE, "a place that is left is another's");
        drop(others);
        assert_eq!(counts.at_it.load(Relaxed), 0);
        assert!(flights.of.lock().unwrap().is_empty(), "nobody is remembered");
    }
}
