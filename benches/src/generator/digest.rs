//! The answer to a challenge: RFC 3261 22.4, RFC 2617 3.2.2, with MD5, as the configurations' phones have it.

use super::compose::put;
use md5::{Digest, Md5};

/// The Authorization line with which userN, whose password is pwN, answers the first of these challenges that asks for MD5.
pub fn proof(challenges: &[&[u8]], method: &str, user: u32, uri: &str) -> Option<Vec<u8>> {
    let mut texts = challenges.iter().filter_map(|value| std::str::from_utf8(value).ok());
    texts.find_map(|text| answer(text, method, user, uri))
}

fn answer(challenge: &str, method: &str, user: u32, uri: &str) -> Option<Vec<u8>> {
    let rest = challenge.strip_prefix("Digest ")?;
    let value = |name: &str| {
        let mut fields = rest.split(',').filter_map(|field| field.trim().split_once('='));
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim_matches('"'))
    };
    if value("algorithm").is_some_and(|algorithm| !algorithm.eq_ignore_ascii_case("MD5")) {
        return None;
    }
    let (realm, nonce) = (value("realm")?, value("nonce")?);
    let secret = hash(&format!("user{user}:{realm}:pw{user}"));
    let request = hash(&format!("{method}:{uri}"));
    let mut line = Vec::with_capacity(320);
    put!(&mut line, "Authorization: Digest username=\"user{user}\",realm=\"{realm}\",nonce=\"{nonce}\",uri=\"{uri}\",");
    // A list of protections has its commas inside quotes, so it is looked for in the whole text.
    if rest.contains("qop=") {
        let response = hash(&format!("{secret}:{nonce}:00000001:c{user}:auth:{request}"));
        put!(&mut line, "qop=auth,nc=00000001,cnonce=\"c{user}\",response=\"{response}\",algorithm=MD5");
    } else {
        put!(&mut line, "response=\"{}\",algorithm=MD5", hash(&format!("{secret}:{nonce}:{request}")));
    }
    if let Some(opaque) = value("opaque") {
        put!(&mut line, ",opaque=\"{opaque}\"");
    }
    line.extend(b"\r\n");
    Some(line)
}

fn hash(text: &str) -> String {
    use std::fmt::Write as _;
    Md5::digest(text.as_bytes()).iter().fold(String::with_capacity(32), |mut hex, byte| {
        let _memory_takes_it = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_2617_comes_out_with_our_names() {
        let asked = b"Digest realm=\"r\", nonce=\"n\", qop=\"auth,auth-int\", opaque=\"o\"";
        let line =
            proof(&[b"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256", asked], "REGISTER", 7, "sip:h").unwrap();
        let line = String::from_utf8(line).unwrap();
        let expected = hash(&format!("{}:n:00000001:c7:auth:{}", hash("user7:r:pw7"), hash("REGISTER:sip:h")));
        assert!(line.contains(&expected) && line.ends_with(",opaque=\"o\"\r\n"), "{line}");
        assert!(proof(&[b"Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256"], "REGISTER", 7, "sip:h").is_none());
        assert_eq!(hash("abc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
