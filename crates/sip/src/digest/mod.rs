//! Digest authentication (RFC 7616 as RFC 8760 brings it to SIP; RFC 3261 22): who is it, and is it fresh?
//!
//! [`Challenger`] asks and checks, [`Answerer`] answers. Both compute with HA1 values, never with
//! passwords, once those were hashed. Which requests need a challenge is for the endpoint.

mod answerer;
mod challenger;
mod params;

pub use answerer::{Answerer, Challenged};
pub use challenger::{Challenger, Ha1, Known, USUAL, Verdict};
pub use params::AuthParams;

use md5::Md5;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

/// The hash of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RFC 2617: for devices that know nothing better.
    Md5,
    /// RFC 7616, RFC 8760.
    Sha256,
}

/// A hash in lower-case hex, as digests join them.
type Hex = SmallVec<[u8; 64]>;

impl Algorithm {
    /// As it stands in a challenge.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    /// The algorithm of this name; the `-sess` forms and SHA-512-256 are not spoken here.
    fn of(name: Option<&str>) -> Option<Algorithm> {
        match name {
            None => Some(Algorithm::Md5),
            Some(name) if name.eq_ignore_ascii_case("MD5") => Some(Algorithm::Md5),
            Some(name) if name.eq_ignore_ascii_case("SHA-256") => Some(Algorithm::Sha256),
            Some(_) => None,
        }
    }

    /// The hash of `parts` joined by colons, in hex.
    fn hash(self, parts: &[&[u8]]) -> Hex {
        match self {
            Algorithm::Md5 => hex(&joined::<Md5>(parts)),
            Algorithm::Sha256 => hex(&joined::<Sha256>(parts)),
        }
    }
}

fn joined<D: Digest>(parts: &[&[u8]]) -> SmallVec<[u8; 32]> {
    let mut digest = D::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            digest.update(b":");
        }
        digest.update(part);
    }
    SmallVec::from_slice(&digest.finalize())
}

fn hex(bytes: &[u8]) -> Hex {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// What a request's digest binds beside HA1.
#[derive(Clone, Copy, Debug)]
struct Bound<'a> {
    method: &'a str,
    uri: &'a str,
    nonce: &'a str,
    /// nc and cnonce with qop=auth; none in the form of RFC 2069.
    counted: Option<(&'a str, &'a str)>,
}

/// RFC 7616 3.4.1: the `response` for an HA1 in hex.
fn response(algorithm: Algorithm, ha1: &[u8], bound: Bound<'_>) -> Hex {
    let ha2 = algorithm.hash(&[bound.method.as_bytes(), bound.uri.as_bytes()]);
    match bound.counted {
        Some((nc, cnonce)) => {
            algorithm.hash(&[ha1, bound.nonce.as_bytes(), nc.as_bytes(), cnonce.as_bytes(), b"auth", &ha2])
        }
        None => algorithm.hash(&[ha1, bound.nonce.as_bytes(), &ha2]),
    }
}

/// MD5(user:realm:password).
pub fn ha1_md5(user: &str, realm: &str, password: &str) -> [u8; 16] {
    let hash = joined::<Md5>(&[user.as_bytes(), realm.as_bytes(), password.as_bytes()]);
    hash.as_slice().try_into().unwrap_or_default()
}

/// SHA-256(user:realm:password).
pub fn ha1_sha256(user: &str, realm: &str, password: &str) -> [u8; 32] {
    let hash = joined::<Sha256>(&[user.as_bytes(), realm.as_bytes(), password.as_bytes()]);
    hash.as_slice().try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(algorithm: Algorithm, ha1: &[u8], nonce: &str, cnonce: &str) -> String {
        let bound = Bound { method: "GET", uri: "/dir/index.html", nonce, counted: Some(("00000001", cnonce)) };
        String::from_utf8(response(algorithm, &hex(ha1), bound).to_vec()).unwrap()
    }

    #[test]
    fn the_example_of_rfc_7616_3_9_1_comes_out_with_both_hashes() {
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let (user, realm, password) = ("Mufasa", "http-auth@example.org", "Circle of Life");
        assert_eq!(
            vector(Algorithm::Md5, &ha1_md5(user, realm, password), nonce, cnonce),
            "8ca523f5e9506fed4657c9700eebdbec"
        );
        assert_eq!(
            vector(Algorithm::Sha256, &ha1_sha256(user, realm, password), nonce, cnonce),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    #[test]
    fn the_example_of_rfc_2617_3_5_comes_out() {
        let ha1 = ha1_md5("Mufasa", "testrealm@host.com", "Circle Of Life");
        assert_eq!(
            vector(Algorithm::Md5, &ha1, "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b"),
            "6629fae49393a05397450978507c4ef1"
        );
    }
}
