//! What a sound file becomes.

use super::*;
use hound::{SampleFormat, WavSpec, WavWriter};
use proptest::prelude::*;
use std::f64::consts::TAU;
use std::io::Cursor;

fn spec(rate: u32, channels: u16, bits: u16) -> WavSpec {
    WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: SampleFormat::Int }
}

/// A WAV file with `frames` frames, each sample being `at(frame, channel)` between -1 and 1.
fn wav(spec: WavSpec, frames: usize, at: impl Fn(usize, u16) -> f64) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    let full = (1i64 << (spec.bits_per_sample - 1)) as f64 - 1.0;
    for frame in 0..frames {
        for side in 0..spec.channels {
            match spec.sample_format {
                SampleFormat::Int => writer.write_sample((at(frame, side) * full).round() as i32).unwrap(),
                SampleFormat::Float => writer.write_sample(at(frame, side) as f32).unwrap(),
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

fn sine(rate: u32, hertz: f64) -> impl Fn(usize, u16) -> f64 {
    move |frame, _| 0.5 * (TAU * hertz * frame as f64 / f64::from(rate)).sin()
}

/// Signal to noise in dB, everything that is not a sine of `hertz` being noise; and the amplitude of that sine.
fn purity(samples: &[i16], hertz: f64) -> (f64, f64) {
    let n = samples.len() as f64;
    let (mut cos, mut sin, mut total) = (0.0, 0.0, 0.0);
    for (i, sample) in samples.iter().enumerate() {
        let (x, w) = (f64::from(*sample), TAU * hertz * i as f64 / 8_000.0);
        cos += x * w.cos() * 2.0 / n;
        sin += x * w.sin() * 2.0 / n;
        total += x * x / n;
    }
    let signal = (cos * cos + sin * sin) / 2.0;
    (10.0 * (signal / (total - signal).max(1e-9)).log10(), (cos * cos + sin * sin).sqrt())
}

#[test]
fn a_sine_stays_a_sine_at_its_level_and_length() {
    for rate in [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] {
        for side in [1, 2] {
            let samples = super::wav::read(&wav(spec(rate, side, 16), 2 * rate as usize, sine(rate, 1_000.0))).unwrap();
            assert!((samples.len() as i64 - 16_000).abs() <= 8, "{rate}: {} samples, not two seconds", samples.len());
            let (snr, amplitude) = purity(&samples[800..15_200], 1_000.0);
            assert!(snr > 40.0, "{rate} Hz, {side} sides: {snr:.1} dB");
            assert!((amplitude / 16_384.0 - 1.0).abs() < 0.01, "{rate}: amplitude {amplitude:.0}");
        }
    }
}

#[test]
fn a_sine_starts_where_it_started() {
    // The phase tells the delay: less than a tenth of a millisecond.
    for rate in [11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] {
        let samples = super::wav::read(&wav(spec(rate, 1, 16), rate as usize, sine(rate, 400.0))).unwrap();
        for (n, sample) in samples.iter().enumerate().skip(80).take(7_800) {
            let exact = 16_384.0 * (TAU * 400.0 * n as f64 / 8_000.0).sin();
            assert!((f64::from(*sample) - exact).abs() < 200.0, "{rate}: sample {n} is {sample}, not {exact:.0}");
        }
    }
}

#[test]
fn what_eight_kilohertz_cannot_carry_is_gone_and_not_folded() {
    for hertz in [4_500.0, 5_000.0, 7_000.0, 12_000.0] {
        let samples = super::wav::read(&wav(spec(48_000, 1, 16), 48_000, sine(48_000, hertz))).unwrap();
        let loudest = samples[400..7_600].iter().map(|s| s.abs()).max().unwrap();
        assert!(loudest < 164, "{hertz} Hz left {loudest}: less than 40 dB down");
    }
}

#[test]
fn every_width_is_read_at_the_same_level() {
    for bits in [8, 16, 24, 32] {
        let samples = super::wav::read(&wav(spec(8_000, 1, bits), 8_000, sine(8_000, 500.0))).unwrap();
        let (_, amplitude) = purity(&samples, 500.0);
        assert!((amplitude / 16_384.0 - 1.0).abs() < 0.02, "{bits} bits: {amplitude:.0}");
    }
    let float = WavSpec { sample_format: SampleFormat::Float, ..spec(8_000, 1, 32) };
    let samples = super::wav::read(&wav(float, 8_000, sine(8_000, 500.0))).unwrap();
    assert!((purity(&samples, 500.0).1 / 16_384.0 - 1.0).abs() < 0.01);
}

#[test]
fn both_sides_are_heard_and_full_scale_does_not_wrap() {
    let left_only = wav(spec(8_000, 2, 16), 800, |_, side| if side == 0 { 0.8 } else { 0.0 });
    let samples = super::wav::read(&left_only).unwrap();
    assert!(samples.iter().all(|s| (i32::from(*s) - 13_107).abs() <= 2));
    let square = wav(spec(48_000, 1, 16), 48_000, |frame, _| if frame / 48 % 2 == 0 { 1.0 } else { -1.0 });
    let samples = super::wav::read(&square).unwrap();
    assert!(samples.contains(&i16::MAX), "overshoot is clipped");
    let wraps = samples.windows(2).filter(|w| (i32::from(w[0]) - i32::from(w[1])).abs() > 60_000).count();
    assert_eq!(wraps, 0);
}

#[test]
fn frames_are_copies_and_the_last_one_is_padded_with_silence() {
    let mut builder = PromptBook::builder();
    let id = PromptId::of("hello.wav");
    builder.wav(id, &wav(spec(8_000, 1, 16), 400, |_, _| 0.5)).unwrap();
    let book = builder.build();
    assert_eq!((book.len(), book.get(PromptId::of("other.wav"))), (1, None));
    let prompt = book.get(id).unwrap();
    assert_eq!((prompt.samples(), prompt.duration()), (400, Duration::from_millis(50)));
    for codec in Codec::ALL {
        let sound = codec.code(16_384);
        let mut frame = [0; 160];
        assert_eq!(prompt.frame(codec, 160, &mut frame), 160);
        assert_eq!(frame, [sound; 160]);
        assert_eq!(prompt.frame(codec, 320, &mut frame), 80);
        assert_eq!((frame[79], frame[80], frame[159]), (sound, codec.silence(), codec.silence()));
        assert_eq!(prompt.frame(codec, 400, &mut frame), 0);
        assert_eq!(prompt.frame(codec, usize::MAX, &mut frame), 0);
        assert_eq!(frame, [codec.silence(); 160]);
    }
}

#[test]
fn music_repeats_without_a_seam() {
    let mut builder = PromptBook::builder();
    let id = PromptId::of("music.wav");
    let samples: Vec<i16> = (0..250).map(|n| n * 64).collect();
    builder.samples(id, &samples).unwrap();
    let book = builder.build();
    let prompt = book.get(id).unwrap();
    let (mut at, mut heard) = (0, Vec::new());
    for _ in 0..10 {
        let mut frame = [0; 160];
        at = prompt.frame_repeating(Codec::Pcma, at, &mut frame);
        heard.extend_from_slice(&frame);
    }
    let expected: Vec<u8> = prompt.codes(Codec::Pcma).iter().copied().cycle().take(1_600).collect();
    assert_eq!(heard, expected);
    assert_eq!(at, 1_600 % 250);
}

/// A file of ten samples at 8 kHz whose header says that it has so many bytes of sound.
fn promising(sound_bytes: u32) -> Vec<u8> {
    let mut bytes = wav(spec(8_000, 1, 16), 10, |_, _| 0.0);
    let place = bytes.windows(4).position(|w| w == b"data").unwrap() + 4;
    bytes[place..place + 4].copy_from_slice(&sound_bytes.to_le_bytes());
    bytes
}

#[test]
fn each_fault_is_told_in_one_line() {
    let good = wav(spec(8_000, 1, 16), 800, |_, _| 0.1);
    let mut compressed = good.clone();
    compressed[20] = 0x31; // GSM 6.10
    for (bytes, expected) in [
        (Vec::new(), "the file ends before its sound does: copy it again"),
        (b"ID3 this is an MP3 file, renamed".to_vec(), "not a readable WAV file (no RIFF tag found)"),
        (good[..1_000].to_vec(), "the file ends before its sound does: copy it again"),
        (compressed, "not a readable WAV file (compressed: convert it to 16-bit PCM)"),
        (wav(spec(8_000, 6, 16), 10, |_, _| 0.0), "6 channels: mix it down to mono"),
        (wav(spec(96_000, 1, 16), 10, |_, _| 0.0), "96000 samples a second: convert it to 8000, 16000, 44100 or 48000"),
        (wav(spec(8_000, 1, 16), 0, |_, _| 0.0), "there is no sound in it"),
        (promising(8_000 * 2 * 1_802), "1802 seconds long: at most 1800 are kept"),
    ] {
        let mut builder = PromptBook::builder();
        let said = builder.wav(PromptId::of("x"), &bytes).unwrap_err().to_string();
        assert_eq!(said, expected);
        assert!(builder.build().is_empty());
    }
}

#[test]
fn a_header_that_promises_hours_costs_no_memory() {
    assert_eq!(super::wav::read(&promising(8_000 * 2 * 1_700)), Err(PromptError::CutShort));
    assert_eq!(super::wav::read(&promising(0x7ffe_ffff)), Err(PromptError::TooLong { seconds: 134_213 }));
}

/// A chunk, with the zero that follows an odd length.
fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = [&name[..], &(content.len() as u32).to_le_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(2), 0);
    bytes
}

/// A file of these chunks.
fn file(magic: &[u8; 4], size: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    [&magic[..], &size.to_le_bytes(), b"WAVE", &chunks.concat()].concat()
}

/// The format chunk of 8 kHz mono with so many bits, in so many bytes.
fn format(bits: u16, bytes: usize) -> Vec<u8> {
    let wide = bits / 8;
    let tag = if bytes < 40 { 1u16 } else { 0xfffe };
    let mut content = [tag.to_le_bytes(), 1u16.to_le_bytes()].concat();
    content.extend(8_000u32.to_le_bytes());
    content.extend((8_000 * u32::from(wide)).to_le_bytes());
    content.extend([wide.to_le_bytes(), bits.to_le_bytes(), (bytes.max(18) as u16 - 18).to_le_bytes()].concat());
    content.extend([bits.to_le_bytes(), [4, 0], [0, 0]].concat());
    content.extend([1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    chunk(b"fmt ", &content[..bytes])
}

#[test]
fn sound_files_are_read_as_programs_write_them() {
    let sound: Vec<u8> = (0..800i16).flat_map(|n| (n * 20).to_le_bytes()).collect();
    let bytes: Vec<u8> = (0..801u16).map(|n| n as u8).collect();
    let (plain, data) = (format(16, 16), chunk(b"data", &sound));
    let list =
        |software: &[u8]| chunk(b"LIST", &[b"INFOISFT", &(software.len() as u32).to_le_bytes()[..], software].concat());
    let endless = |size: u32| [b"data", &size.to_le_bytes()[..], &sound].concat();
    let mut unpadded = list(b"Editor1");
    unpadded.pop();
    let whole = |chunks: &[Vec<u8>]| file(b"RIFF", 0, chunks);
    for (what, file, samples) in [
        ("plain", whole(&[plain.clone(), data.clone()]), 800),
        ("a list of even length", whole(&[plain.clone(), list(b"Editor"), data.clone()]), 800),
        ("a list of odd length", whole(&[plain.clone(), list(b"Editor1"), data.clone()]), 800),
        ("the same without its zero", whole(&[plain.clone(), unpadded, data.clone()]), 800),
        ("the same behind the sound", whole(&[plain.clone(), data.clone(), list(b"Editor1")]), 800),
        (
            "a broadcast chunk of odd length first",
            whole(&[chunk(b"bext", &[0; 603]), plain.clone(), data.clone()]),
            800,
        ),
        ("room for RF64", whole(&[chunk(b"JUNK", &[0; 28]), plain.clone(), data.clone()]), 800),
        ("written to a pipe", file(b"RIFF", u32::MAX, &[plain.clone(), endless(u32::MAX)]), 800),
        ("written to a pipe by sox", file(b"RIFF", 0x7fff_f024, &[plain.clone(), endless(0x7fff_f000)]), 800),
        ("RF64", file(b"RF64", u32::MAX, &[chunk(b"ds64", &[0; 28]), plain.clone(), endless(u32::MAX)]), 800),
        ("a count of samples", whole(&[format(16, 18), chunk(b"fact", &[0; 8]), data.clone()]), 800),
        ("a format of 40 bytes", whole(&[format(16, 40), data.clone()]), 800),
        ("an odd number of bytes", whole(&[format(8, 16), chunk(b"data", &bytes)]), 801),
        ("rubbish behind it", [whole(&[plain, data.clone()]), b"TAGrubbish".repeat(13)].concat(), 800),
    ] {
        assert_eq!(super::wav::read(&file).map(|sound| sound.len()), Ok(samples), "{what}");
        let length = file.len() as u64;
        assert_eq!(look(&file[..], length).map(SoundKind::fits), Ok(true), "{what}");
    }
    let cut = file(b"RIFF", 0, &[format(16, 16), list(b"Editor1"), data[..1_000].to_vec()]);
    assert_eq!(
        look(&cut[..], cut.len() as u64),
        Err(PromptError::CutShort),
        "what comes before the sound is not sound"
    );
}

proptest! {
    #[test]
    fn garbage_is_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(super::wav::read(&bytes).is_err());
    }

    #[test]
    fn a_mutated_file_never_makes_it_panic(
        bits in prop::sample::select(vec![8u16, 16, 24, 32]),
        rate in prop::sample::select(vec![8_000u32, 44_100]),
        changes in proptest::collection::vec((0usize..68, any::<u8>()), 1..6),
    ) {
        let mut bytes = wav(spec(rate, 2, bits), 300, |frame, _| (frame as f64 / 300.0) - 0.5);
        for (at, value) in changes {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        let _ = super::wav::read(&bytes);
    }
}
