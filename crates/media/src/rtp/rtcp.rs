//! RTCP (RFC 3550 6): the reports that a leg sends, and what is read out of those that it gets.
//! Each leg terminates RTCP; nothing of a peer's report travels to the other leg.

use super::reception::Block;
use terms::Wall;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
/// Reports of one compound packet that are looked at.
const BLOCKS: usize = 64;
/// Between the NTP epoch (1900) and the Unix epoch, in seconds.
const NTP_OFFSET: u64 = 2_208_988_800;

/// A wall time as NTP writes it: 32 bits of seconds, 32 of fraction.
pub(crate) fn ntp(wall: Wall) -> u64 {
    let ms = u64::try_from(wall.as_millis()).unwrap_or(0);
    ((ms / 1_000 + NTP_OFFSET) << 32) | (((ms % 1_000) << 32) / 1_000)
}

/// What a sender report says about its own stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) ntp: u64,
    pub(crate) rtp_time: u32,
    pub(crate) packets: u64,
    pub(crate) octets: u64,
}

/// A report about the peer, with the echo of his last one (RFC 3550 6.4.1: LSR and DLSR).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) block: Block,
    pub(crate) last_report: u32,
    pub(crate) delay: u32,
}

/// Appends a compound packet: a sender or receiver report, the CNAME, and at the end a goodbye.
pub(crate) fn write(out: &mut Vec<u8>, ssrc: u32, sent: Option<Sent>, heard: Option<Heard>, goodbye: bool) {
    let blocks = u8::from(heard.is_some());
    let words = 1 + if sent.is_some() { 5 } else { 0 } + 6 * u16::from(blocks);
    begin(out, blocks, if sent.is_some() { SENDER_REPORT } else { RECEIVER_REPORT }, words);
    out.extend(ssrc.to_be_bytes());
    if let Some(sent) = sent {
        out.extend(sent.ntp.to_be_bytes());
        out.extend(sent.rtp_time.to_be_bytes());
        out.extend((sent.packets as u32).to_be_bytes());
        out.extend((sent.octets as u32).to_be_bytes());
    }
    if let Some(heard) = heard {
        out.extend(heard.block.ssrc.to_be_bytes());
        // RFC 3550 6.4.1: 24 signed bits.
        let lost = heard.block.lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        out.extend((u32::from(heard.block.fraction_lost) << 24 | lost).to_be_bytes());
        out.extend(heard.block.newest.to_be_bytes());
        out.extend(heard.block.jitter.to_be_bytes());
        out.extend(heard.last_report.to_be_bytes());
        out.extend(heard.delay.to_be_bytes());
    }
    // RFC 3550 6.5.1: each compound packet carries a CNAME. It is the SSRC in hex: no host name leaves the house.
    begin(out, 1, SOURCE_DESCRIPTION, 4);
    out.extend(ssrc.to_be_bytes());
    out.extend([1, 8]);
    out.extend(
        (0..8).map(|digit| b"0123456789abcdef".get((ssrc >> (28 - 4 * digit)) as usize & 15).copied().unwrap_or(b'0')),
    );
    out.extend([0, 0]);
    if goodbye {
        begin(out, 1, GOODBYE, 1);
        out.extend(ssrc.to_be_bytes());
    }
}

fn begin(out: &mut Vec<u8>, count: u8, kind: u8, words: u16) {
    out.extend([0x80 | count, kind]);
    out.extend(words.to_be_bytes());
}

/// What a peer's compound packet tells us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The middle 32 bits of his NTP time, when he sends.
    pub sent_at: Option<u32>,
    /// What he says about us: the LSR and DLSR of his block on our source.
    pub echo: Option<(u32, u32)>,
    /// He says goodbye. (Told, never obeyed: only signalling ends a call.)
    pub goodbye: bool,
}

/// Reads a compound packet leniently: stops at the first thing that makes no sense. `None` when it does not begin as RTCP.
pub fn parse(mut packet: &[u8], ours: u32) -> Option<Report> {
    let mut report = Report::default();
    let mut any = false;
    while let Some((&[first, kind, high, low], rest)) = packet.split_first_chunk::<4>() {
        let length = 4 * usize::from(u16::from_be_bytes([high, low]));
        if first >> 6 != 2 || !(SENDER_REPORT..=207).contains(&kind) || rest.len() < length {
            break;
        }
        any = true;
        let (body, next) = rest.split_at(length);
        match kind {
            SENDER_REPORT => {
                report.sent_at =
                    word(body, 1).and_then(|high| Some(high << 16 | word(body, 2)? >> 16)).or(report.sent_at);
                report.echo = echo(body.get(24..).unwrap_or(&[]), ours).or(report.echo);
            }
            RECEIVER_REPORT => report.echo = echo(body.get(4..).unwrap_or(&[]), ours).or(report.echo),
            GOODBYE => report.goodbye = true,
            _ => {}
        }
        packet = next;
    }
    any.then_some(report)
}

fn word(body: &[u8], index: usize) -> Option<u32> {
    body.get(4 * index..)?.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes))
}

fn echo(blocks: &[u8], ours: u32) -> Option<(u32, u32)> {
    let block = blocks.chunks_exact(24).take(BLOCKS).find(|block| word(block, 0) == Some(ours))?;
    Some((word(block, 4)?, word(block, 5)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(ssrc: u32) -> Heard {
        let block = Block { ssrc, fraction_lost: 3, lost: -2, newest: 70_000, jitter: 12 };
        Heard { block, last_report: 0x1234_5678, delay: 65_536 }
    }

    #[test]
    fn a_report_reads_back_as_written() {
        let mut bytes = Vec::new();
        let sent = Sent { ntp: 0x0102_0304_0506_0708, rtp_time: 9, packets: 10, octets: 1_600 };
        write(&mut bytes, 0xfeed_beef, Some(sent), Some(block(42)), true);
        assert_eq!(bytes.len(), 4 + 24 + 24 + 20 + 8);
        assert_eq!(&bytes[33..36], [0xff, 0xff, 0xfe], "24 signed bits of loss");
        assert_eq!(&bytes[60..72], b"\x01\x08feedbeef\0\0");
        let read = parse(&bytes, 42).expect("RTCP");
        assert_eq!(read, Report { sent_at: Some(0x0304_0506), echo: Some((0x1234_5678, 65_536)), goodbye: true });
        assert_eq!(parse(&bytes, 43).expect("RTCP").echo, None);
        bytes.clear();
        write(&mut bytes, 1, None, None, false);
        assert_eq!(parse(&bytes, 42), Some(Report::default()));
    }

    #[test]
    fn ntp_time_counts_from_1900() {
        assert_eq!(ntp(Wall::from_millis(500)), 2_208_988_800 << 32 | 0x8000_0000);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), ours: u32) {
            let _ = parse(&bytes, ours);
        }
    }
}
