//! Formats and codecs.

mod g711;
mod mix;
#[cfg(test)]
mod tests;

pub use g711::{pcma_to_pcmu, pcmu_to_pcma};
pub use mix::mix;

/// A codec as SDP names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

/// A codec with its payload type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The codec.
    pub codec: Codec,
    /// The RTP payload type.
    pub payload_type: u8,
}

impl Codec {
    /// Every codec that we know, the one that we like most first.
    pub const ALL: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];
    /// Ticks of RTP time a second, the same for each codec so far; one sample is one byte.
    pub const CLOCK_RATE: u32 = 8_000;

    /// The encoding's name (RFC 3551 6).
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The codec of that name, in any case.
    pub fn from_name(name: &str) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// The payload type that needs no rtpmap (RFC 3551 6).
    pub const fn static_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// The codec behind a static payload type.
    pub fn from_static_payload_type(payload_type: u8) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| codec.static_payload_type() == payload_type)
    }

    /// Its format under the static payload type.
    pub const fn static_format(self) -> Format {
        Format { codec: self, payload_type: self.static_payload_type() }
    }

    /// The code of silence.
    pub const fn silence(self) -> u8 {
        match self {
            Codec::Pcmu => 0xff,
            Codec::Pcma => 0xd5,
        }
    }

    /// The 16-bit sample behind a code.
    pub const fn sample(self, code: u8) -> i16 {
        match self {
            Codec::Pcmu => g711::PCMU_SAMPLES[code as usize],
            Codec::Pcma => g711::PCMA_SAMPLES[code as usize],
        }
    }

    /// The code nearest to a 16-bit sample.
    pub const fn code(self, sample: i16) -> u8 {
        match self {
            Codec::Pcmu => g711::pcmu_code(sample),
            Codec::Pcma => g711::pcma_code(sample),
        }
    }

    /// Decodes into `samples` as many codes as both have room for; returns how many.
    pub fn decode(self, codes: &[u8], samples: &mut [i16]) -> usize {
        let table = match self {
            Codec::Pcmu => &g711::PCMU_SAMPLES,
            Codec::Pcma => &g711::PCMA_SAMPLES,
        };
        samples.iter_mut().zip(codes).for_each(|(sample, code)| *sample = table[usize::from(*code)]);
        samples.len().min(codes.len())
    }

    /// Encodes into `codes` as many samples as both have room for; returns how many.
    pub fn encode(self, samples: &[i16], codes: &mut [u8]) -> usize {
        codes.iter_mut().zip(samples).for_each(|(code, sample)| *code = self.code(*sample));
        samples.len().min(codes.len())
    }

    /// Turns codes of this codec into codes of `target`, in place.
    pub fn transcode(self, target: Codec, codes: &mut [u8]) {
        let table = match (self, target) {
            (Codec::Pcmu, Codec::Pcma) => &g711::PCMU_TO_PCMA,
            (Codec::Pcma, Codec::Pcmu) => &g711::PCMA_TO_PCMU,
            (Codec::Pcmu, Codec::Pcmu) | (Codec::Pcma, Codec::Pcma) => return,
        };
        codes.iter_mut().for_each(|code| *code = table[usize::from(*code)]);
    }
}
