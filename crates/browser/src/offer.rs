//! A page's offer, looked at before the library reads it: one line of sound and nothing else, of bounded length.
//!
//! Its candidates are left out. An ICE-lite agent never sends checks of its own: it answers where it is asked from, and
//! that proves who asks (RFC 8445 7.3). So nothing that a page writes makes us send to a third party.

use terms::limits::{PAGE_OFFER_BYTES, PAGE_OFFER_LINES};
use thiserror::Error;

/// Why an offer is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// Longer than any browser writes.
    #[error("an offer has at most {PAGE_OFFER_BYTES} bytes in {PAGE_OFFER_LINES} lines")]
    TooLong,
    /// Video, data or a second line of sound.
    #[error("an offer has one line of sound and no other")]
    NotOneSound,
    /// Neither PCMA nor PCMU (which RFC 7874 3 demands of every browser).
    #[error("an offer has PCMA or PCMU")]
    NoCodec,
    /// Not a session description, or not one that can be agreed to.
    #[error("the offer cannot be read: {0}")]
    Unreadable(String),
    /// The offer of another connection than the one that the leg has: its certificate or its line is another one.
    #[error("the offer is another connection's")]
    Another,
    /// This leg has ended.
    #[error("the leg has ended")]
    Ended,
}

/// The offer as the library is to read it.
pub(crate) fn prepare(offer: &str) -> Result<String, Refused> {
    if offer.len() > PAGE_OFFER_BYTES || offer.lines().nth(PAGE_OFFER_LINES).is_some() {
        return Err(Refused::TooLong);
    }
    let mut media = offer.lines().filter_map(|line| line.strip_prefix("m="));
    let one = media.next().is_some_and(|line| line.starts_with("audio ")) && media.next().is_none();
    if !one {
        return Err(Refused::NotOneSound);
    }
    let mut kept = String::with_capacity(offer.len());
    for line in offer.lines().filter(|line| !line.starts_with("a=candidate:") && !line.is_empty()) {
        kept.push_str(line);
        kept.push_str("\r\n");
    }
    Ok(kept)
}

/// Whose offer it is, for as long as a connection lasts: its certificate (RFC 8122 5).
pub(crate) fn fingerprint(offer: &str) -> Option<&str> {
    offer.lines().find_map(|line| line.strip_prefix("a=fingerprint:")).map(str::trim)
}

/// What the line of sound is called (RFC 9143 4).
pub(crate) fn mid(offer: &str) -> Option<&str> {
    offer.lines().find_map(|line| line.strip_prefix("a=mid:")).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_left_out_and_the_rest_is_kept() {
        let offer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=mid:0\r\n";
        assert_eq!(prepare(offer).expect("taken"), "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n");
    }

    #[test]
    fn what_is_not_one_line_of_sound_is_refused() {
        for lines in ["", "m=video 9 X 96\n", "m=audio 9 X 0\nm=audio 9 X 0\n", "m=audio 9 X 0\nm=application 9 X\n"] {
            assert_eq!(prepare(&format!("v=0\n{lines}")), Err(Refused::NotOneSound), "{lines}");
        }
    }

    #[test]
    fn at_the_limit_it_is_taken_and_beyond_it_refused() {
        let head = "m=audio 9 X 0\n";
        let full = format!("{head}{}", "a=x\n".repeat(PAGE_OFFER_LINES - 1));
        assert!(prepare(&full).is_ok());
        assert_eq!(prepare(&format!("{full}a=x\n")), Err(Refused::TooLong));
        let long = |bytes: usize| format!("{head}{}", "a".repeat(bytes - head.len()));
        assert!(prepare(&long(PAGE_OFFER_BYTES)).is_ok());
        assert_eq!(prepare(&long(PAGE_OFFER_BYTES + 1)), Err(Refused::TooLong));
    }
}
