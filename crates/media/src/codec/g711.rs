//! G.711 (ITU-T, 11/1988): both companding laws between 8-bit codes and 16-bit linear samples, as tables
//! that are computed from the definition when the crate is compiled.
//!
//! Linear samples are scaled to 16 bits: mu-law's 14 bits are shifted by two, A-law's 13 bits by three.

/// Added to a magnitude before mu-law's segment is looked up, so that the segments begin at powers of two.
const BIAS: i32 = 0x84;
/// The largest magnitude that mu-law can say.
const CLIP: i32 = 32_635;
/// A-law inverts every second bit on the line (G.711 table 1a, note 2).
const EVEN_BITS: u8 = 0x55;

/// Sample of each mu-law code.
pub(super) static PCMU_SAMPLES: [i16; 256] = samples(false);
/// Sample of each A-law code.
pub(super) static PCMA_SAMPLES: [i16; 256] = samples(true);
/// A-law code of each mu-law code.
pub(super) static PCMU_TO_PCMA: [u8; 256] = codes(false);
/// Mu-law code of each A-law code.
pub(super) static PCMA_TO_PCMU: [u8; 256] = codes(true);

/// The A-law code for a mu-law code.
pub fn pcmu_to_pcma(code: u8) -> u8 {
    PCMU_TO_PCMA[usize::from(code)]
}

/// The mu-law code for an A-law code.
pub fn pcma_to_pcmu(code: u8) -> u8 {
    PCMA_TO_PCMU[usize::from(code)]
}

const fn samples(a_law: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = if a_law { pcma_sample(code as u8) } else { pcmu_sample(code as u8) };
        code += 1;
    }
    table
}

const fn codes(from_a_law: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let c = code as u8;
        table[code] = if from_a_law { pcmu_code(pcma_sample(c)) } else { pcma_code(pcmu_sample(c)) };
        code += 1;
    }
    table
}

const fn pcmu_sample(code: u8) -> i16 {
    // All bits are inverted on the line.
    let code = !code;
    let (segment, step) = ((code >> 4) & 7, (code & 0x0f) as i32);
    let magnitude = (((step << 3) + BIAS) << segment) - BIAS;
    (if code & 0x80 != 0 { -magnitude } else { magnitude }) as i16
}

/// The mu-law code of a sample.
pub(super) const fn pcmu_code(sample: i16) -> u8 {
    let negative = sample < 0;
    let magnitude = (sample as i32).abs();
    let biased = (if magnitude > CLIP { CLIP } else { magnitude }) + BIAS;
    // The bias puts the leading one at bit 7 or above: its place is the segment.
    let segment = 24 - (biased as u32).leading_zeros();
    let step = (biased >> (segment + 3)) & 0x0f;
    !((if negative { 0x80 } else { 0 }) | (segment << 4) as u8 | step as u8)
}

const fn pcma_sample(code: u8) -> i16 {
    let code = code ^ EVEN_BITS;
    let (segment, step) = ((code >> 4) & 7, (code & 0x0f) as i32);
    let magnitude = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (segment - 1),
    };
    (if code & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

/// The A-law code of a sample.
pub(super) const fn pcma_code(sample: i16) -> u8 {
    let positive = sample >= 0;
    // -1 is the first negative step: negative magnitudes begin at 0 as positive ones do.
    let magnitude = if positive { sample as i32 } else { !(sample as i32) };
    let segment = if magnitude < 256 { 0 } else { 24 - (magnitude as u32).leading_zeros() };
    let step = if segment == 0 { magnitude >> 4 } else { (magnitude >> (segment + 3)) & 0x0f };
    ((if positive { 0x80 } else { 0 }) | (segment << 4) as u8 | step as u8) ^ EVEN_BITS
}
