//! Until when a certificate is good (RFC 5280, 4.1.2.5): the one thing that the library of TLS does not tell. It reads what
//! stands before that time and nothing else; whatever it does not expect is no certificate.

use time::{Date, Month};

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Seconds since 1970.
pub fn not_after(certificate: &[u8]) -> Option<i64> {
    let (certificate, _) = inside(SEQUENCE, certificate)?;
    let (mut rest, _) = inside(SEQUENCE, certificate)?;
    if rest.first() == Some(&VERSION) {
        rest = inside(VERSION, rest)?.1;
    }
    // Its number, the algorithm, who has signed it.
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        rest = inside(tag, rest)?.1;
    }
    let (validity, _) = inside(SEQUENCE, rest)?;
    let (_, _, after) = element(validity)?;
    let (tag, until, _) = element(after)?;
    time(tag, until)
}

/// What is in an element of this kind, and what comes after it.
fn inside(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, inside, after) = element(bytes)?;
    (found == tag).then_some((inside, after))
}

/// The first element: its kind, what is in it, and what comes after it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (inside, after) = rest.split_at_checked(length)?;
    Some((*tag, inside, after))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
fn time(tag: u8, text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        UTC_TIME => text.split_at_checked(2)?,
        GENERALIZED_TIME => text.split_at_checked(4)?,
        _ => return None,
    };
    if rest.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year: i32 = year.parse().ok()?;
    let year = if tag == UTC_TIME { if year < 50 { 2000 + year } else { 1900 + year } } else { year };
    let two = |at: usize| rest.get(at..at + 2)?.parse::<u8>().ok();
    let day = Date::from_calendar_date(year, Month::try_from(two(0)?).ok()?, two(2)?).ok()?;
    Some(day.with_hms(two(4)?, two(6)?, two(8)?).ok()?.assume_utc().unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_both_ways_of_writing_it() {
        assert_eq!(time(UTC_TIME, b"700101000000Z"), Some(0));
        assert_eq!(time(UTC_TIME, b"261128044640Z"), Some(1_795_841_200));
        assert_eq!(time(GENERALIZED_TIME, b"20261128044640Z"), Some(1_795_841_200));
        assert_eq!(time(GENERALIZED_TIME, b"20000229235959Z"), Some(951_868_799));
        for wrong in [
            &b""[..],
            b"Z",
            b"2611280446Z",
            b"261328044640Z",
            b"260230044640Z",
            b"261128244640Z",
            b"26112804464xZ",
            b"261128044640+0100",
            b"\xff\xff",
        ] {
            assert_eq!(time(UTC_TIME, wrong), None, "{wrong:?}");
        }
        assert_eq!(time(INTEGER, b"261128044640Z"), None);
    }

    #[test]
    fn what_is_cut_off_or_turned_over_is_no_certificate_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        crate::made(folder.path(), &["localhost".into()], 1_800_000_000).unwrap();
        let pem = std::fs::read(folder.path().join(crate::made::CHAIN)).unwrap();
        use rustls::pki_types::pem::PemObject as _;
        let whole = rustls::pki_types::CertificateDer::from_pem_slice(&pem).unwrap();
        let until = not_after(&whole).unwrap();
        assert!(until > 1_800_000_000, "{until}");
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
        for at in 0..whole.len() {
            let mut turned = whole.to_vec();
            turned[at] ^= 0xff;
            let _ = not_after(&turned);
        }
    }
}
