//! The wave that is drawn of a recording: the lowest and the highest sample of each stretch of it, for either side. Computed
//! one at a time, off the thread that serves everybody, and remembered, since a finished recording does not change.

use hound::WavReader;
use serde::Serialize;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

/// Stretches at most: more than a screen has points.
const STRETCHES: u64 = 2_000;
/// Recordings that are remembered.
const REMEMBERED: usize = 64;

/// The wave of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Peaks {
    /// Its length.
    pub duration_ms: u64,
    /// The sides: the caller, and whom he talks to.
    pub tracks: Vec<Track>,
}

/// The wave of one side: a value for each stretch, all of them equally long, from -128 to 127.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PeaksTrack)]
pub struct Track {
    /// The lowest of each stretch.
    pub low: Vec<i8>,
    /// The highest of each stretch.
    pub high: Vec<i8>,
}

/// What was computed, the latest last.
#[derive(Debug)]
pub struct Waves {
    known: Mutex<VecDeque<(String, Arc<Peaks>)>>,
    turns: Semaphore,
}

impl Default for Waves {
    fn default() -> Waves {
        Waves { known: Mutex::default(), turns: Semaphore::new(1) }
    }
}

impl Waves {
    /// The wave of a file, which is known by this name; none of a file that cannot be read as one.
    pub async fn of(&self, name: &str, path: PathBuf) -> Option<Arc<Peaks>> {
        if let Some(known) = self.known(name) {
            return Some(known);
        }
        let _turn = self.turns.acquire().await.ok()?;
        if let Some(known) = self.known(name) {
            return Some(known); // Whoever had the turn before was asked for the same.
        }
        let peaks = tokio::task::spawn_blocking(move || read(&path).ok()).await.ok()??;
        let peaks = Arc::new(peaks);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.pop_front();
        }
        known.push_back((name.to_owned(), peaks.clone()));
        Some(peaks)
    }

    fn known(&self, name: &str) -> Option<Arc<Peaks>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(own, _)| own == name).map(|(_, peaks)| peaks.clone())
    }
}

fn read(path: &Path) -> Result<Peaks, hound::Error> {
    let mut wav = WavReader::open(path)?;
    let (spec, frames) = (wav.spec(), u64::from(wav.duration()));
    let (sides, rate) = (usize::from(spec.channels.max(1)), u64::from(spec.sample_rate.max(1)));
    let stretch = frames.div_ceil(STRETCHES).max(1);
    let stretches = usize::try_from(frames.div_ceil(stretch)).unwrap_or(0);
    let mut tracks = vec![Track { low: vec![0; stretches], high: vec![0; stretches] }; sides];
    for (nth, sample) in wav.samples::<i16>().enumerate() {
        let value = i8::try_from(sample? >> 8).unwrap_or(0);
        let (frame, side) = (nth / sides, nth % sides);
        let Ok(at) = usize::try_from(frame as u64 / stretch) else { break };
        let track = &mut tracks[side];
        track.low[at] = track.low[at].min(value);
        track.high[at] = track.high[at].max(value);
    }
    Ok(Peaks { duration_ms: frames * 1_000 / rate, tracks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hound::{SampleFormat, WavSpec, WavWriter};

    fn write(path: &Path, frames: u32, of: impl Fn(u32) -> [i16; 2]) {
        let spec = WavSpec { channels: 2, sample_rate: 8_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut wav = WavWriter::create(path, spec).unwrap();
        for sample in (0..frames).flat_map(of) {
            wav.write_sample(sample).unwrap();
        }
        wav.finalize().unwrap();
    }

    fn of(path: &Path) -> Option<Arc<Peaks>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Waves::default().of("r1", path.to_owned()))
    }

    #[test]
    fn each_side_has_its_wave_where_it_speaks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wav");
        // Ten seconds: the caller speaks in the first half, the other in the second, ten times as low.
        write(&path, 80_000, |n| if n < 40_000 { [[20_000, -20_000][n as usize % 2], 0] } else { [0, 2_000] });
        let peaks = of(&path).unwrap();
        assert_eq!((peaks.duration_ms, peaks.tracks.len()), (10_000, 2));
        let [caller, agent] = &peaks.tracks[..] else { panic!() };
        assert_eq!((caller.low.len(), caller.high.len(), agent.high.len()), (2_000, 2_000, 2_000));
        assert_eq!((caller.low[999], caller.high[999], agent.high[999]), (-79, 78, 0));
        assert_eq!((caller.low[1_000], caller.high[1_000], agent.high[1_000]), (0, 0, 7));
    }

    #[test]
    fn one_that_is_short_or_none_at_all_is_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wav");
        write(&path, 3, |_| [256, -256]);
        assert_eq!(of(&path).unwrap().tracks[1], Track { low: vec![-1; 3], high: vec![0; 3] });
        write(&path, 0, |_| [0, 0]);
        assert_eq!(of(&path).unwrap().tracks[0].low, [0_i8; 0]);
        std::fs::write(&path, "RIFF").unwrap();
        assert_eq!(of(&path), None);
        assert_eq!(of(&folder.path().join("y.wav")), None);
    }
}
