//! Several voices in one: the sum of their samples, clipped where it is too loud.

use super::Codec;

/// Puts into `out` the codes of all voices together. A voice that is shorter than `out` is silent at its end.
pub fn mix(codec: Codec, voices: &[&[u8]], out: &mut [u8]) {
    for (place, code) in out.iter_mut().enumerate() {
        let samples = voices.iter().filter_map(|voice| voice.get(place)).map(|code| i32::from(codec.sample(*code)));
        let sum = samples.sum::<i32>().clamp(i32::from(i16::MIN), i32::from(i16::MAX));
        *code = codec.code(i16::try_from(sum).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_add_up_clip_and_fall_silent() {
        for codec in Codec::ALL {
            let (loud, quiet) = (codec.code(30_000), codec.code(1_000));
            let mut out = [0; 3];
            mix(codec, &[&[quiet, loud, quiet], &[quiet, loud]], &mut out);
            assert_eq!(out[0], codec.code(codec.sample(quiet) * 2));
            assert_eq!(out[1], codec.code(i16::MAX), "it does not wrap");
            assert_eq!(out[2], quiet, "whoever has ended is not heard");
            mix(codec, &[], &mut out);
            assert_eq!(codec.sample(out[0]).abs(), codec.sample(codec.code(0)).abs());
        }
    }
}
