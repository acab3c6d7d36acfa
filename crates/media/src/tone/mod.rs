//! Call-progress tones (ITU-T E.180; European cadences) at 8 kHz, already coded.
//!
//! A tone is a pure function of the position since its start, so whoever plays one keeps a counter and no generator.
//! 425 Hz repeats every 320 samples (17 waves in 40 ms), which makes the whole tone one small table.

use crate::codec::Codec;
use crate::face::Tone;

/// Samples after which a 425 Hz wave at 8,000 samples a second repeats: 8000 / gcd(425, 8000).
const TABLE: usize = 320;
/// Whole waves in that time: 425 * 320 / 8000.
const WAVES: usize = 17;
/// Peak of the wave. Full scale is +3.14 dBm0 (G.711), so 32767 * 10^(-13.14/20) is -10 dBm0, as E.180 recommends.
const PEAK: f64 = 7_218.0;
/// Samples in a millisecond.
const SAMPLES_PER_MS: u64 = Codec::CLOCK_RATE as u64 / 1_000;

static WAVE: [i16; TABLE] = wave();
static WAVE_PCMU: [u8; TABLE] = coded(Codec::Pcmu);
static WAVE_PCMA: [u8; TABLE] = coded(Codec::Pcma);

impl Tone {
    /// How long it sounds and how long it pauses, in samples, over and over.
    pub const fn cadence(self) -> (u64, u64) {
        match self {
            Tone::Ringback => (1_000 * SAMPLES_PER_MS, 4_000 * SAMPLES_PER_MS),
            Tone::Busy => (500 * SAMPLES_PER_MS, 500 * SAMPLES_PER_MS),
            Tone::Congestion => (250 * SAMPLES_PER_MS, 250 * SAMPLES_PER_MS),
            Tone::Confirmation => (100 * SAMPLES_PER_MS, 100 * SAMPLES_PER_MS),
            Tone::Beep => (500 * SAMPLES_PER_MS, 59_500 * SAMPLES_PER_MS),
        }
    }

    /// Fills `codes` with the tone, coded, from `position` samples after its start.
    pub fn frame(self, codec: Codec, position: u64, codes: &mut [u8]) {
        let wave = match codec {
            Codec::Pcmu => &WAVE_PCMU,
            Codec::Pcma => &WAVE_PCMA,
        };
        self.fill(wave, codec.silence(), position, codes);
    }

    /// Fills `samples` with the tone, linear, from `position` samples after its start.
    pub fn samples(self, position: u64, samples: &mut [i16]) {
        self.fill(&WAVE, 0, position, samples);
    }

    fn fill<T: Copy>(self, wave: &[T; TABLE], silence: T, position: u64, out: &mut [T]) {
        let (on, off) = self.cadence();
        for (place, n) in out.iter_mut().zip(0u64..) {
            let within = position.wrapping_add(n) % (on + off);
            *place = if within < on { wave[(within % TABLE as u64) as usize] } else { silence };
        }
    }
}

/// 17 waves of the sine, from integer phase steps.
const fn wave() -> [i16; TABLE] {
    let mut table = [0; TABLE];
    let mut n = 0;
    while n < TABLE {
        let phase = (n * WAVES) % TABLE;
        let sample = PEAK * sine(phase as f64 / TABLE as f64);
        table[n] = (if sample < 0.0 { sample - 0.5 } else { sample + 0.5 }) as i16;
        n += 1;
    }
    table
}

const fn coded(codec: Codec) -> [u8; TABLE] {
    let samples = wave();
    let mut table = [0; TABLE];
    let mut n = 0;
    while n < TABLE {
        table[n] = codec.code(samples[n]);
        n += 1;
    }
    table
}

/// The sine of `turns` (0..1) of a full circle: folded to a quarter, then its Taylor series, exact to 1e-9.
/// The standard library's is not available to constants.
const fn sine(turns: f64) -> f64 {
    let (half, sign) = if turns >= 0.5 { (turns - 0.5, -1.0) } else { (turns, 1.0) };
    let quarter = if half > 0.25 { 0.5 - half } else { half };
    let x = quarter * std::f64::consts::TAU;
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while n < 8.0 {
        term *= -x * x / ((2.0 * n) * (2.0 * n + 1.0));
        sum += term;
        n += 1.0;
    }
    sign * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(tone: Tone, n: usize) -> Vec<i16> {
        let mut samples = vec![0; n * 8_000];
        tone.samples(0, &mut samples);
        samples
    }

    #[test]
    fn the_wave_is_425_hertz_at_its_level() {
        let samples = &seconds(Tone::Ringback, 1)[..];
        for (n, sample) in samples.iter().enumerate() {
            let exact = PEAK * (std::f64::consts::TAU * 425.0 * n as f64 / 8_000.0).sin();
            assert!((f64::from(*sample) - exact).abs() <= 0.51, "sample {n}: {sample}, not {exact}");
        }
        let rising = samples.windows(2).filter(|w| w[0] <= 0 && w[1] > 0).count();
        assert_eq!(rising, 425);
    }

    #[test]
    fn the_cadence_is_exact_to_the_sample() {
        for (tone, on_ms, off_ms) in [
            (Tone::Ringback, 1_000, 4_000),
            (Tone::Busy, 500, 500),
            (Tone::Congestion, 250, 250),
            (Tone::Confirmation, 100, 100),
            (Tone::Beep, 500, 59_500),
        ] {
            let samples = seconds(tone, 10);
            for (n, within) in samples.chunks_exact(8).enumerate() {
                let sounds = n % (on_ms + off_ms) < on_ms;
                assert_eq!(within.iter().any(|s| *s != 0), sounds, "{tone:?} at {n} ms");
            }
        }
    }

    #[test]
    fn frames_of_any_size_join_without_a_seam() {
        let mut whole = vec![0; 48_000];
        Tone::Busy.frame(Codec::Pcma, 0, &mut whole);
        let mut pieces = vec![0; 48_000];
        let mut at = 0;
        for size in [80, 160, 240, 480, 1].into_iter().cycle() {
            let end = pieces.len().min(at + size);
            Tone::Busy.frame(Codec::Pcma, at as u64, &mut pieces[at..end]);
            at = end;
            if at == pieces.len() {
                break;
            }
        }
        assert!(whole == pieces);
        assert_eq!(whole[4_500], Codec::Pcma.silence());
    }

    #[test]
    fn a_tone_can_go_on_for_ever() {
        let mut frame = [0; 160];
        Tone::Ringback.frame(Codec::Pcmu, u64::MAX - 3, &mut frame);
    }
}
