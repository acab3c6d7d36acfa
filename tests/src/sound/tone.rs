//! Pure tones, of which several can be heard at once: who hears a mix is asked which of them are in it (Goertzel's filter).

use super::{RATE, Sound};
use std::f64::consts::TAU;

/// Somebody's tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// Whose.
    pub name: &'static str,
    hertz: u16,
}

/// The peak of a tone: low enough for five of them in one mix.
const PEAK: f64 = 5_000.0;
/// With this much of its peak a tone is there; half of that, and it is there for a part of the time.
const THERE: f64 = 0.1;

impl Tone {
    /// A tone of so many waves a second: a multiple of 50, so that it goes round without a break.
    pub const fn new(name: &'static str, hertz: u16) -> Tone {
        Tone { name, hertz }
    }

    /// A second of it.
    pub fn sound(self) -> Sound {
        let wave = |n: usize| (PEAK * (TAU * f64::from(self.hertz) * n as f64 / RATE as f64).sin()) as i16;
        Sound::of(self.name, (0..RATE).map(wave).collect())
    }

    /// How much of its peak it has in a recording, over all of it.
    fn part(self, recording: &[i16]) -> f64 {
        let step = 2.0 * (TAU * f64::from(self.hertz) / RATE as f64).cos();
        let (mut last, mut before) = (0.0, 0.0);
        for sample in recording {
            (last, before) = (f64::from(*sample) + step * last - before, last);
        }
        let power = last * last + before * before - step * last * before;
        2.0 * power.max(0.0).sqrt() / (recording.len().max(1) as f64 * PEAK)
    }
}

/// Which of these tones are in a recording, by their names.
pub fn tones(recording: &[i16], of: &[Tone]) -> Vec<&'static str> {
    of.iter().filter(|tone| tone.part(recording) > THERE).map(|tone| tone.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Law;

    #[test]
    fn the_tones_of_a_mix_are_told_and_no_others() {
        let all = [("one", 450), ("two", 700), ("three", 1_100)].map(|(name, hertz)| Tone::new(name, hertz));
        let [one, two, _] = all.map(Tone::sound);
        let law = |sample: i16| Law::A.decode(Law::A.encode(sample));
        let mix: Vec<i16> = one.samples.iter().zip(&two.samples).map(|(a, b)| law(law(*a) + law(*b))).collect();
        assert_eq!(tones(&mix[100..2_900], &all), ["one", "two"]);
        assert_eq!(tones(&one.samples[7..2_407], &all), ["one"]);
        assert_eq!(tones(&[], &all), [""; 0]);
        // A part of the time is enough.
        let mut part = vec![0; 4_000];
        part[500..1_100].copy_from_slice(&two.samples[500..1_100]);
        assert_eq!(tones(&part, &all), ["two"]);
    }
}
