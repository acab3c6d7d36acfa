//! G.711 against its definition and against values from the tables of the recommendation.

use super::*;

#[test]
fn codes_of_the_recommendation_decode_to_its_values() {
    // G.711 tables 1a and 2a: virtual decision values and outputs, scaled to 16 bits.
    for (codec, code, sample) in [
        (Codec::Pcmu, 0xff, 0),
        (Codec::Pcmu, 0x7f, 0),
        (Codec::Pcmu, 0x80, 32_124),
        (Codec::Pcmu, 0x00, -32_124),
        (Codec::Pcmu, 0xfe, 8),
        (Codec::Pcmu, 0xef, 132),
        (Codec::Pcmu, 0x8f, 16_764),
        (Codec::Pcma, 0xd5, 8),
        (Codec::Pcma, 0x55, -8),
        (Codec::Pcma, 0xaa, 32_256),
        (Codec::Pcma, 0x2a, -32_256),
        (Codec::Pcma, 0xd4, 24),
        (Codec::Pcma, 0xc5, 264),
        (Codec::Pcma, 0xa5, 16_896),
    ] {
        assert_eq!(codec.sample(code), sample, "{codec:?} {code:#x}");
    }
}

#[test]
fn the_milliwatt_is_the_sequence_of_g711() {
    // G.711 tables 5 and 6: 1 kHz at 0 dBm0, eight codes over and over.
    let mu = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
    let a = [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4];
    // Full scale is 3.14 dBm0 for mu-law and 3.17 for A-law.
    let peak = 32_767.0 * 10f64.powf(-3.15 / 20.0);
    for (codec, codes) in [(Codec::Pcmu, mu), (Codec::Pcma, a)] {
        for (n, code) in codes.into_iter().enumerate() {
            let turn = (n as f64 + 0.5) / 8.0 + 0.5;
            let sample = (peak * (std::f64::consts::TAU * turn).sin()).round() as i16;
            assert_eq!(codec.code(sample), code, "{codec:?} {n}");
        }
    }
}

#[test]
fn every_code_survives_a_round_trip() {
    for codec in Codec::ALL {
        for code in 0..=255 {
            let again = codec.code(codec.sample(code));
            // Mu-law has two zeros that decode to the same sample.
            let same = again == code || (codec == Codec::Pcmu && code == 0x7f && again == 0xff);
            assert!(same, "{codec:?}: {code:#x} came back as {again:#x}");
        }
    }
}

#[test]
fn every_sample_is_within_half_a_step_of_its_code() {
    for codec in Codec::ALL {
        let mut last = i16::MIN;
        for sample in i16::MIN..=i16::MAX {
            let value = codec.sample(codec.code(sample));
            let error = (i32::from(value) - i32::from(sample)).abs();
            // Sixteen steps in each segment, which spans at most half of its end (and mu-law's bias).
            assert!(error <= (i32::from(sample).abs() + 132) / 32 + 5, "{codec:?}: {sample} became {value}");
            assert!(value >= last, "{codec:?}: not monotonic at {sample}");
            last = value;
        }
    }
}

#[test]
fn transcoding_agrees_with_decoding_and_encoding_and_keeps_silence() {
    for (from, to) in [(Codec::Pcmu, Codec::Pcma), (Codec::Pcma, Codec::Pcmu), (Codec::Pcma, Codec::Pcma)] {
        let mut codes: Vec<u8> = (0..=255).collect();
        from.transcode(to, &mut codes);
        for (code, got) in (0..=255).zip(codes) {
            assert_eq!(got, if from == to { code } else { to.code(from.sample(code)) });
        }
    }
    assert_eq!(pcmu_to_pcma(Codec::Pcmu.silence()), Codec::Pcma.silence());
    assert!(Codec::Pcmu.sample(pcma_to_pcmu(Codec::Pcma.silence())).abs() <= 8);
}

#[test]
fn slices_of_unequal_length_are_no_trouble() {
    let mut samples = [7i16; 4];
    assert_eq!(Codec::Pcmu.decode(&[0xff; 2], &mut samples), 2);
    assert_eq!(samples, [0, 0, 7, 7]);
    let mut codes = [1u8; 2];
    assert_eq!(Codec::Pcma.encode(&samples, &mut codes), 2);
    assert_eq!(codes, [0xd5, 0xd5]);
}

#[test]
fn names_and_static_types_lead_back() {
    for codec in Codec::ALL {
        assert_eq!(Codec::from_name(&codec.name().to_lowercase()), Some(codec));
        assert_eq!(Codec::from_static_payload_type(codec.static_payload_type()), Some(codec));
    }
    assert_eq!(Codec::from_name("G729"), None);
    assert_eq!(Codec::from_static_payload_type(18), None);
}
