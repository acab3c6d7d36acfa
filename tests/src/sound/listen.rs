//! Which sounds a recording holds, from where in the sound to where in the recording: normalised
//! cross-correlation, first where the last sound would go on, then everywhere.

use super::{RATE, Sound};
use std::collections::BTreeSet;

/// A stretch of a recording that holds a stretch of a sound, sample by sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The sound's name.
    pub sound: String,
    /// Where it begins in the recording, in samples.
    pub at: usize,
    /// What part of the sound begins there, in samples.
    pub from: usize,
    /// How long they agree, in samples, to about 5 ms.
    pub len: usize,
}

impl Run {
    /// The first sample after it, in the recording.
    pub fn end(&self) -> usize {
        self.at + self.len
    }
}

/// Enough to be sure among a minute of sounds: the best false likeness is about 0.45.
const WINDOW: usize = RATE * 30 / 1_000;
/// A row of signs: long enough to be rare, short enough to survive some noise.
const ROW: usize = 24;
/// The step in which a run is followed, and the accuracy of its ends.
const BLOCK: usize = RATE * 5 / 1_000;
/// Alike enough to begin a run.
const ALIKE: f64 = 0.62;
/// Alike enough to go on with it: a block is short, and a wrong one is rare and harmless.
const STILL_ALIKE: f64 = 0.5;
/// Below this mean square there is nothing to hear (about 60 of 32,768).
const QUIET: i64 = 60 * 60;
/// A shorter run says nothing.
const SHORTEST: usize = WINDOW;

/// The runs of known sounds in a recording, in their order. Where two sound at once, the louder is found.
pub fn listen(recording: &[i16], sounds: &[&Sound]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    // Where each sound was last, as sound place minus recording place: there it is looked for first.
    let mut shifts: Vec<Option<i64>> = vec![None; sounds.len()];
    let mut heard_to = 0;
    let mut place = 0;
    while place + WINDOW <= recording.len() {
        let window = &recording[place..place + WINDOW];
        if mean_square(&window[..BLOCK]) < QUIET || mean_square(window) < QUIET {
            place += BLOCK;
            continue;
        }
        let Some((which, shift)) = place_of(window, place, sounds, &shifts) else {
            place += WINDOW;
            continue;
        };
        let run = follow(recording, place, shift, sounds[which], heard_to);
        shifts[which] = Some(shift);
        place = run.end().max(place + BLOCK);
        heard_to = run.end();
        if run.len >= SHORTEST {
            runs.push(run);
        }
    }
    runs
}

fn place_of(window: &[i16], place: usize, sounds: &[&Sound], shifts: &[Option<i64>]) -> Option<(usize, i64)> {
    for (which, shift) in shifts.iter().enumerate() {
        let Some(shift) = *shift else { continue };
        let start = usize::try_from(place as i64 + shift).ok();
        if start.is_some_and(|start| likeness_at(window, sounds[which], start) > ALIKE) {
            return Some((which, shift));
        }
    }
    let mut best = (ALIKE, None);
    for (which, sound) in sounds.iter().enumerate() {
        for start in candidates(window, sound) {
            let alike = likeness_at(window, sound, start);
            if alike > best.0 {
                best = (alike, Some((which, start as i64 - place as i64)));
            }
        }
    }
    best.1
}

/// Places in the sound that agree with some part of the window in all signs of a row of samples, shifted
/// back to where the window would begin. G.711 keeps signs, and some row survives what else happens.
fn candidates(window: &[i16], sound: &Sound) -> BTreeSet<usize> {
    let rows = sound.rows();
    let mut places = BTreeSet::new();
    for (offset, row) in signs(window).enumerate() {
        let first = rows.partition_point(|(other, _)| *other < row);
        let alike = rows[first..].iter().take_while(|(other, _)| *other == row);
        places.extend(alike.filter_map(|(_, place)| (*place as usize).checked_sub(offset)));
    }
    places
}

/// The signs of each row of [`ROW`] consecutive samples, as a number.
pub(super) fn signs(samples: &[i16]) -> impl Iterator<Item = u32> {
    let mut row = 0u32;
    let shifted = samples.iter().map(move |sample| {
        row = ((row << 1) | u32::from(*sample < 0)) & ((1 << ROW) - 1);
        row
    });
    shifted.skip(ROW - 1)
}

/// Grows a run from a sure place, back to where the last one ended and forward to where likeness ends.
fn follow(recording: &[i16], place: usize, shift: i64, sound: &Sound, not_before: usize) -> Run {
    let alike = |block_at: usize| -> bool {
        let Some(block) = recording.get(block_at..block_at + BLOCK) else { return false };
        let Ok(start) = usize::try_from(block_at as i64 + shift) else { return false };
        mean_square(block) >= QUIET && likeness_at(block, sound, start) > STILL_ALIKE
    };
    let mut at = place;
    while at >= not_before + BLOCK && alike(at - BLOCK) {
        at -= BLOCK;
    }
    let mut end = place + BLOCK;
    while alike(end) {
        end += BLOCK;
    }
    Run { sound: sound.name.clone(), at, from: (at as i64 + shift).max(0) as usize, len: end - at }
}

/// 1 for equal but for loudness, about 0 for strangers.
fn likeness_at(part: &[i16], sound: &Sound, start: usize) -> f64 {
    let Some(original) = sound.samples.get(start..start + part.len()) else { return 0.0 };
    let (mut cross, mut one, mut two) = (0i64, 0i64, 0i64);
    for (a, b) in part.iter().zip(original) {
        let (a, b) = (i64::from(*a), i64::from(*b));
        cross += a * b;
        one += a * a;
        two += b * b;
    }
    if one == 0 || two == 0 { 0.0 } else { cross as f64 / ((one as f64) * (two as f64)).sqrt() }
}

fn mean_square(part: &[i16]) -> i64 {
    part.iter().map(|sample| i64::from(*sample).pow(2)).sum::<i64>() / part.len().max(1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Law;
    use crate::sound::ms;

    fn quantised(samples: &[i16], law: Law) -> Vec<i16> {
        samples.iter().map(|sample| law.decode(law.encode(*sample))).collect()
    }

    #[test]
    fn a_sound_is_found_through_g711_to_the_sample_with_its_ends_within_5_ms() {
        let (one, two) = (Sound::new("caller", 12.0), Sound::new("agent", 12.0));
        for law in [Law::Mu, Law::A] {
            let mut heard = vec![0i16; 1_237];
            heard.extend(quantised(&one.samples[16_003..40_003], law));
            heard.extend(vec![0; 777]);
            let runs = listen(&heard, &[&two, &one]);
            assert_eq!(runs.len(), 1, "{runs:?}");
            assert_eq!(runs[0].sound, "caller");
            assert_eq!(runs[0].from as i64 - runs[0].at as i64, 16_003 - 1_237);
            assert!(runs[0].at.abs_diff(1_237) <= BLOCK && runs[0].len.abs_diff(24_000) <= 2 * BLOCK, "{runs:?}");
        }
    }

    #[test]
    fn a_cut_out_shows_as_a_gap_of_its_length_and_the_sound_is_found_again_behind_it() {
        let one = Sound::new("caller", 10.0);
        let mut heard = quantised(&one.samples, Law::A);
        heard[32_000..32_480].fill(8);
        let runs = listen(&heard, &[&one]);
        assert_eq!(runs.len(), 2, "{runs:?}");
        let gap = ms(runs[1].at - runs[0].end());
        assert!((gap - 60.0).abs() <= 10.0, "{gap}");
        assert_eq!(runs[1].from as i64 - runs[1].at as i64, 0);
    }

    #[test]
    fn a_part_that_was_dropped_shows_as_a_jump_in_the_sound() {
        let one = Sound::new("caller", 4.0);
        let mut heard = one.samples.clone();
        heard.drain(16_000..16_160);
        let runs = listen(&heard, &[&one]);
        assert_eq!(runs.len(), 2, "{runs:?}");
        assert_eq!((runs[1].from - runs[1].at) - (runs[0].from - runs[0].at), 160);
    }

    #[test]
    fn music_then_agent_then_music_are_told_apart() {
        let (music, agent) = (Sound::new("music", 5.0), Sound::new("agent", 5.0));
        let mut heard = music.samples[..16_000].to_vec();
        heard.extend(&agent.samples[8_000..24_000]);
        heard.extend(&music.samples[20_000..30_000]);
        let names: Vec<_> = listen(&heard, &[&music, &agent]).into_iter().map(|run| run.sound).collect();
        assert_eq!(names, ["music", "agent", "music"]);
    }

    #[test]
    fn half_a_sample_of_delay_a_quarter_of_the_volume_and_some_noise_do_not_matter() {
        let (one, noise) = (Sound::new("caller", 3.0), Sound::new("noise", 3.0));
        let heard: Vec<i16> = one
            .samples
            .windows(2)
            .zip(&noise.samples)
            .map(|(pair, noise)| ((i32::from(pair[0]) + i32::from(pair[1])) / 8 + i32::from(*noise) / 40) as i16)
            .collect();
        let runs = listen(&quantised(&heard, Law::Mu), &[&one]);
        assert_eq!(runs.len(), 1, "{runs:?}");
        assert!(runs[0].len > 23_000 && runs[0].from.abs_diff(runs[0].at) <= 1, "{runs:?}");
    }

    #[test]
    fn silence_tones_and_a_stranger_are_not_taken_for_a_known_sound() {
        let one = Sound::new("caller", 30.0);
        let tone: Vec<i16> = (0..16_000).map(|n| (f64::from(n) * 0.34).sin().mul_add(8_000.0, 0.0) as i16).collect();
        assert_eq!(listen(&vec![0; 16_000], &[&one]), []);
        assert_eq!(listen(&tone, &[&one]), []);
        assert_eq!(listen(&Sound::new("stranger", 2.0).samples, &[&one]), []);
    }
}
