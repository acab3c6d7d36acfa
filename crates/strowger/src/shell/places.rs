//! Which stream has a port's sockets. The kernel names a socket by its port, which it keeps from stream to stream: to
//! name it anew for each one, and again when it rests, would be eight system calls a call.

use media::Slot;

/// Slots by port pair, each as its number and one; nought is nobody's.
#[derive(Debug, Default)]
pub struct Places(Vec<u32>);

impl Places {
    /// The slot of the stream that has this port, or the one of its pair.
    pub fn get(&self, port: u16) -> Option<u32> {
        self.0.get(pair(port))?.checked_sub(1)
    }

    /// A stream has it.
    pub fn set(&mut self, port: u16, slot: Slot) {
        if self.0.len() <= pair(port) {
            self.0.resize(pair(port) + 1, 0);
        }
        if let Some(place) = self.0.get_mut(pair(port)) {
            *place = slot.0.saturating_add(1);
        }
    }

    /// None has it any more.
    pub fn clear(&mut self, port: u16) {
        if let Some(place) = self.0.get_mut(pair(port)) {
            *place = 0;
        }
    }
}

fn pair(port: u16) -> usize {
    usize::from(port >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ports_of_a_pair_lead_to_its_stream_and_to_nobody_after_it() {
        let mut places = Places::default();
        assert_eq!(places.get(20_000), None);
        places.set(20_000, Slot(0));
        places.set(65_534, Slot(7));
        let found = [20_000, 20_001, 20_002, 65_534, 65_535].map(|port| places.get(port));
        assert_eq!(found, [Some(0), Some(0), None, Some(7), Some(7)]);
        places.clear(20_000);
        places.clear(2);
        assert_eq!((places.get(20_001), places.get(65_535)), (None, Some(7)));
    }
}
