//! The grammar of challenges and credentials (RFC 3261 20.7, 25.1; RFC 7616 3.3, 3.4): `Digest name=value, ...`.

use crate::message::unquote;
use crate::message::value::{cut, is_lws, text, trim};
use smallvec::SmallVec;
use std::borrow::Cow;

/// The parameters of one Digest challenge or credentials value: names and values as written, in their order.
#[derive(Clone, Debug)]
pub struct AuthParams<'a>(SmallVec<[(&'a [u8], &'a [u8]); 12]>);

impl<'a> AuthParams<'a> {
    /// The parameters, when the scheme is Digest.
    pub fn digest(value: &'a [u8]) -> Option<AuthParams<'a>> {
        let value = trim(value);
        let gap = value.iter().position(|&b| is_lws(b))?;
        let (scheme, params) = value.split_at_checked(gap)?;
        scheme.eq_ignore_ascii_case(b"Digest").then(|| AuthParams(pairs(params).collect()))
    }

    /// A value as written; the first when a name comes twice.
    fn written(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()))?;
        std::str::from_utf8(found.1).ok()
    }

    /// A value without its quotes, escapes kept: what hashes take (RFC 7616 3.4.1, `unq`).
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        let value = self.written(name)?;
        Some(value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value))
    }

    /// A value without quotes and escapes: what is compared and looked up.
    pub fn plain(&self, name: &str) -> Option<Cow<'a, str>> {
        self.written(name).map(unquote)
    }

    /// Whether a list value, such as qop, names this element.
    pub(super) fn lists(&self, name: &str, element: &str) -> Option<bool> {
        let list = self.raw(name)?;
        Some(list.split(',').any(|item| text(trim(item.as_bytes())).eq_ignore_ascii_case(element)))
    }
}

fn pairs(params: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = Some(params);
    std::iter::from_fn(move || {
        let (piece, after) = cut(rest?, b',', false);
        rest = after;
        Some(cut(piece, b'=', false))
    })
    .filter_map(|(name, value)| Some((trim(name), trim(value?))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_escapes_and_folds_are_understood() {
        let value = b"digest realm=\"a, \\\"b\\\"\" ,\r\n nonce = \"x\",qop=\"auth-int,auth\",algorithm=MD5";
        let params = AuthParams::digest(value).unwrap();
        assert_eq!(params.plain("realm").as_deref(), Some("a, \"b\""));
        assert_eq!(params.raw("Nonce"), Some("x"));
        assert_eq!(params.lists("qop", "auth"), Some(true));
        assert_eq!(params.raw("algorithm"), Some("MD5"));
        assert_eq!(params.raw("opaque"), None);
        assert!(AuthParams::digest(b"NoOneKnowsThisScheme opaque=x").is_none());
    }
}
