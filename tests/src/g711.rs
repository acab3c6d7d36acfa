//! ITU-T G.711, both laws, written from the Recommendation's segment rule and apart from the switch's
//! tables, so that one mistake cannot hide in both.

/// Which law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// mu-law, static payload type 0.
    Mu,
    /// A-law, static payload type 8.
    A,
}

impl Law {
    /// The law of a static payload type (RFC 3551 table 4).
    pub fn of(payload_type: u8) -> Option<Law> {
        match payload_type {
            0 => Some(Law::Mu),
            8 => Some(Law::A),
            _ => None,
        }
    }

    /// Its static payload type.
    pub fn payload_type(self) -> u8 {
        match self {
            Law::Mu => 0,
            Law::A => 8,
        }
    }

    /// Its name in SDP.
    pub fn name(self) -> &'static str {
        match self {
            Law::Mu => "PCMU",
            Law::A => "PCMA",
        }
    }

    /// What silence is on the wire.
    pub fn silence(self) -> u8 {
        self.encode(0)
    }

    /// One sample to one byte.
    pub fn encode(self, sample: i16) -> u8 {
        let magnitude = i32::from(sample).abs();
        match self {
            Law::Mu => {
                let biased = magnitude.min(32_635) + 132;
                let segment = (24 - (biased as u32).leading_zeros()) as u8;
                let step = ((biased >> (segment + 3)) & 0x0F) as u8;
                let sign = if sample < 0 { 0x80 } else { 0 };
                !(sign | (segment << 4) | step)
            }
            Law::A => {
                // A-law has no zero: -0 is the first negative step, so -1 counts down from there.
                let magnitude = if sample < 0 { -1 - i32::from(sample) } else { magnitude };
                let code = if magnitude < 256 {
                    (magnitude >> 4) as u8
                } else {
                    let segment = (24 - (magnitude as u32).leading_zeros()) as u8;
                    (segment << 4) | ((magnitude >> (segment + 3)) & 0x0F) as u8
                };
                let sign = if sample < 0 { 0 } else { 0x80 };
                (sign | code) ^ 0x55
            }
        }
    }

    /// One byte to one sample: the middle of its step.
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Law::Mu => {
                let code = !byte;
                let (segment, step) = ((code >> 4) & 7, i32::from(code & 0x0F));
                let magnitude = (((step << 3) + 132) << segment) - 132;
                (if code & 0x80 != 0 { -magnitude } else { magnitude }) as i16
            }
            Law::A => {
                let code = byte ^ 0x55;
                let (segment, step) = ((code >> 4) & 7, i32::from(code & 0x0F));
                let magnitude = if segment == 0 { (step << 4) + 8 } else { ((step << 4) + 264) << (segment - 1) };
                (if code & 0x80 != 0 { magnitude } else { -magnitude }) as i16
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_word_survives_decoding_and_encoding() {
        for law in [Law::Mu, Law::A] {
            for byte in 0..=255u8 {
                let again = law.encode(law.decode(byte));
                // Negative zero of the mu-law is the one code word that has a twin.
                assert!(
                    again == byte || (law == Law::Mu && byte == 0x7F && again == 0xFF),
                    "{law:?} {byte:#x} {again:#x}"
                );
            }
        }
    }

    #[test]
    fn quantisation_is_within_half_a_step_of_the_largest_segment() {
        for law in [Law::Mu, Law::A] {
            for sample in (-32_768..=32_767i32).step_by(7) {
                let back = i32::from(law.decode(law.encode(sample as i16)));
                let allowed = (sample.abs() / 32 + 16).max(16) + 132;
                assert!((back - sample).abs() <= allowed, "{law:?} {sample} {back}");
            }
        }
    }

    #[test]
    fn silence_is_what_the_recommendation_says() {
        assert_eq!(Law::Mu.silence(), 0xFF);
        assert_eq!(Law::A.silence(), 0xD5);
    }
}
