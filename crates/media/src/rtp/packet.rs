//! The RTP fixed header (RFC 3550 5.1): read from whatever a stranger sent, written over the same bytes.
//! Contributing sources, header extensions and padding are skipped; nothing of them is passed on.

/// The length of the fixed header.
pub const HEADER_BYTES: usize = 12;

/// What the fixed header says, and where the payload lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The marker bit: for audio, the first packet after silence (RFC 3551 4.1).
    pub marker: bool,
    /// The payload type (7 bits).
    pub payload_type: u8,
    /// The sequence number.
    pub sequence: u16,
    /// The RTP timestamp.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
    /// Where the payload begins.
    pub start: usize,
    /// Where it ends (padding excluded).
    pub end: usize,
}

/// Reads a packet; `None` when it is not RTP version 2 or does not hold what its header promises.
pub fn parse(packet: &[u8]) -> Option<Header> {
    let [first, second, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3] = *packet.first_chunk::<HEADER_BYTES>()?;
    if first >> 6 != 2 {
        return None;
    }
    let mut start = HEADER_BYTES + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        // RFC 3550 5.3.1: a 16-bit profile word, then the length in 32-bit words.
        let [_, _, high, low] = *packet.get(start..)?.first_chunk::<4>()?;
        start += 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
    }
    let padding = if first & 0x20 == 0 { 0 } else { usize::from(*packet.last()?).max(1) };
    let end = packet.len().checked_sub(padding)?;
    (start <= end).then_some(Header {
        marker: second & 0x80 != 0,
        payload_type: second & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([r0, r1, r2, r3]),
        start,
        end,
    })
}

/// The twelve bytes of a header without contributing sources, extension or padding.
pub fn header(marker: bool, payload_type: u8, sequence: u16, timestamp: u32, ssrc: u32) -> [u8; HEADER_BYTES] {
    let [s0, s1] = sequence.to_be_bytes();
    let [t0, t1, t2, t3] = timestamp.to_be_bytes();
    let [r0, r1, r2, r3] = ssrc.to_be_bytes();
    [0x80, u8::from(marker) << 7 | (payload_type & 0x7f), s0, s1, t0, t1, t2, t3, r0, r1, r2, r3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_header_reads_back_as_written() {
        let mut packet = header(true, 101, 65_535, 0xdead_beef, 7).to_vec();
        packet.extend([1, 2, 3]);
        let read = parse(&packet).expect("valid");
        assert_eq!((read.marker, read.payload_type, read.sequence, read.timestamp), (true, 101, 65_535, 0xdead_beef));
        assert_eq!((read.ssrc, read.start, read.end), (7, 12, 15));
    }

    #[test]
    fn sources_extension_and_padding_are_left_out_of_the_payload() {
        let mut packet = header(false, 0, 1, 2, 3).to_vec();
        packet[0] = 0x80 | 0x20 | 0x10 | 1;
        packet.extend([9; 4]); // one contributing source
        packet.extend([0xbe, 0xde, 0, 1, 5, 5, 5, 5]); // an extension of one word
        packet.extend([0xaa, 0xbb, 0, 0, 3]); // two bytes of sound, three of padding
        let read = parse(&packet).expect("valid");
        assert_eq!(&packet[read.start..read.end], [0xaa, 0xbb]);
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let plain = header(false, 0, 1, 2, 3);
        for (first, tail) in [(0x8f, &[][..]), (0x90, &[0, 0, 0xff, 0xff]), (0xa0, &[200]), (0x40, &[]), (0x00, &[])] {
            let mut packet = plain.to_vec();
            packet[0] = first;
            packet.extend(tail);
            assert_eq!(parse(&packet), None, "{first:#x}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_the_payload_lies_within(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(read) = parse(&bytes) {
                prop_assert!(read.start >= HEADER_BYTES && read.start <= read.end && read.end <= bytes.len());
            }
        }
    }
}
