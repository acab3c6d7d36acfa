//! How long nobody has spoken on a recording: by how loud the samples are that found their place, and by time where none come.

/// The mean magnitude of a packet from which on somebody speaks: about -50 dB of full scale. Line noise lies below.
const SPEECH: u64 = 100;

/// Listens for a silence.
#[derive(Debug)]
pub(super) struct Silence {
    /// Where the last that was said ends, in samples.
    said: u64,
    lasts: u64,
    told: bool,
}

impl Silence {
    /// From here on, for one of so many samples.
    pub fn new(from: u64, lasts: u64) -> Silence {
        Silence { said: from, lasts, told: false }
    }

    /// A packet has its place.
    pub fn hear(&mut self, place: i64, samples: &[i16]) {
        let sum: u64 = samples.iter().map(|sample| u64::from(sample.unsigned_abs())).sum();
        if sum >= SPEECH * samples.len().max(1) as u64 {
            let end = u64::try_from(place).unwrap_or(0).saturating_add(samples.len() as u64);
            self.said = self.said.max(end);
        }
    }

    /// Whether it has lasted for so long by now; told once.
    pub fn is_long(&mut self, clock: u64) -> bool {
        let long = !self.told && clock.saturating_sub(self.said) >= self.lasts;
        self.told |= long;
        long
    }
}
