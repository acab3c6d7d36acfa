//! Several voices in one: the sum of their samples. What is too loud for 16 bits is pressed together above a knee
//! instead of being cut off. No state is kept, so that the same voices always make the same sum.

/// Sums up to this magnitude stay as they are.
const KNEE: i32 = 24_000;
/// What is left above the knee for everything that is louder.
const ROOM: i32 = i16::MAX as i32 - KNEE;

/// Puts into `out` all voices together. A voice that is shorter than `out` is silent at its end.
pub fn mix<'a>(voices: impl Iterator<Item = &'a [i16]> + Clone, out: &mut [i16]) {
    for (place, sample) in out.iter_mut().enumerate() {
        let sum = voices.clone().filter_map(|voice| voice.get(place)).map(|sample| i32::from(*sample)).sum();
        *sample = limit(sum);
    }
}

/// The sum within 16 bits: linear up to the knee, then ever flatter, and never at the end of the range.
fn limit(sum: i32) -> i16 {
    let over = sum.saturating_abs() - KNEE;
    let magnitude = if over <= 0 { return sum as i16 } else { KNEE + ROOM * over / (ROOM + over) };
    (magnitude * sum.signum()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_add_up_and_fall_silent() {
        let mut out = [0; 3];
        let voices: [&[i16]; 2] = [&[1_000, -500, 7], &[20_000, -9]];
        mix(voices.into_iter(), &mut out);
        assert_eq!(out, [21_000, -509, 7]);
        mix(std::iter::empty(), &mut out);
        assert_eq!(out, [0; 3]);
    }

    #[test]
    fn what_is_too_loud_is_pressed_together_and_keeps_its_order() {
        let mut before = i16::MIN;
        for sum in (-8 * 32_768..=8 * 32_768).step_by(64) {
            let limited = limit(sum);
            assert!(limited >= before && limited > -i16::MAX && limited < i16::MAX, "{sum}: {limited}");
            before = limited;
        }
    }
}
