//! Replaces (RFC 3891 6): the dialog that a call is to take the place of, in a header field or escaped in a Refer-To.

use super::value::{Params, number, text, trim, unescape};
use super::{CSeq, Flaw, Message, Method, Name, Uri};
use std::borrow::Cow;

/// The dialog meant, from the point of view of whoever is asked to replace it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces<'a> {
    /// The Call-ID. It may hold quotes, brackets and the like, but no `;` (RFC 3261 25.1).
    pub call_id: Cow<'a, str>,
    /// Its own tag.
    pub to_tag: Cow<'a, str>,
    /// The other side's tag.
    pub from_tag: Cow<'a, str>,
    /// Only while it is not answered.
    pub early_only: bool,
}

impl<'a> Replaces<'a> {
    /// Parses a value.
    pub fn parse(value: &'a str) -> Option<Replaces<'a>> {
        let (call_id, params) = value.split_once(';')?;
        let params = Params(params.as_bytes());
        let tag = |name: &str| {
            let mut found = params.iter().filter(|param| param.name.eq_ignore_ascii_case(name));
            let tag = found.next()?.value.filter(|tag| !tag.is_empty())?;
            // RFC 3891 6.1: exactly one of each. A tag of "0" stands for none, as in RFC 2543.
            found.next().is_none().then_some(if tag == "0" { "" } else { tag })
        };
        let call_id = call_id.trim();
        let (to_tag, from_tag) = (tag("to-tag")?, tag("from-tag")?);
        let early_only = params.has("early-only");
        (!call_id.is_empty()).then_some(Replaces {
            call_id: call_id.into(),
            to_tag: to_tag.into(),
            from_tag: from_tag.into(),
            early_only,
        })
    }

    /// That of a URI's header fields (RFC 3261 19.1.1). Nothing else there is ours to obey.
    pub fn in_uri(uri: &Uri<'a>) -> Option<Option<Replaces<'static>>> {
        let fields = uri.headers()?.split('&').filter_map(|field| field.split_once('='));
        let mut found = fields.filter(|(name, _)| unescape(name).eq_ignore_ascii_case("replaces"));
        let (_, value) = found.next()?;
        Some(Replaces::parse(&unescape(value)).filter(|_| found.next().is_none()).map(Replaces::into_owned))
    }

    fn into_owned(self) -> Replaces<'static> {
        Replaces {
            call_id: Cow::Owned(self.call_id.into_owned()),
            to_tag: Cow::Owned(self.to_tag.into_owned()),
            from_tag: Cow::Owned(self.from_tag.into_owned()),
            early_only: self.early_only,
        }
    }
}

impl Message {
    /// Replaces.
    ///
    /// # Errors
    /// 400 when it is malformed, or there are several.
    pub fn replaces(&self) -> Result<Option<Replaces<'_>>, Flaw> {
        let mut values = self.raw(Name::Replaces);
        let Some(value) = values.next() else { return Ok(None) };
        let found = Replaces::parse(text(trim(value))).filter(|_| values.next().is_none());
        found.map(Some).ok_or(Flaw::bad("Malformed Replaces"))
    }

    /// RSeq (RFC 3262 7.1).
    pub fn rseq(&self) -> Option<u32> {
        let value = number(trim(self.raw(Name::RSeq).next()?))?;
        u32::try_from(value).ok().filter(|&number| number > 0)
    }

    /// RAck (RFC 3262 7.2): the number of the response that is acknowledged, and the CSeq of its request.
    pub fn rack(&self) -> Option<(u32, CSeq)> {
        let mut words = text(trim(self.raw(Name::RAck).next()?)).split_ascii_whitespace();
        let mut next = || number(words.next()?.as_bytes()).and_then(|n| u32::try_from(n).ok());
        let (rseq, number) = (next()?, next()?);
        let method = Method::of(words.next()?);
        (rseq > 0 && words.next().is_none()).then_some((rseq, CSeq { number, method }))
    }

    /// Min-SE in seconds (RFC 4028 5).
    pub fn min_se(&self) -> Option<u32> {
        let (value, _) = super::value::cut(self.raw(Name::MinSe).next()?, b';', false);
        number(trim(value)).and_then(|n| u32::try_from(n).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_call_ids_and_escapes_are_read() {
        for (value, call_id, to, from) in [
            ("a@b;to-tag=1;from-tag=2", "a@b", "1", "2"),
            (" a ; from-tag = 2 ; to-tag=1;early-only", "a", "1", "2"),
            ("\"<(:/[?]{}\\>@[::1];to-tag=1;from-tag=0", "\"<(:/[?]{}\\>@[::1]", "1", ""),
        ] {
            let found = Replaces::parse(value).unwrap();
            assert_eq!((&*found.call_id, &*found.to_tag, &*found.from_tag), (call_id, to, from), "{value}");
            assert_eq!(found.early_only, value.contains("early"));
        }
        for value in
            ["a", "a;to-tag=1", ";to-tag=1;from-tag=2", "a;to-tag=1;to-tag=2;from-tag=3", "a;to-tag;from-tag=1"]
        {
            assert_eq!(Replaces::parse(value), None, "{value}");
        }
    }

    #[test]
    fn of_a_uris_header_fields_only_replaces_is_seen() {
        let found = |uri: &str| Replaces::in_uri(&Uri::parse(uri).unwrap());
        let one = found("sip:b@h?Require=replaces&replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2").unwrap().unwrap();
        assert_eq!((&*one.call_id, &*one.to_tag), ("a@b", "1"));
        let odd = found("sip:b@h?Replaces=%22%3ca%2525%26%3bto-tag%3D1%3bfrom-tag%3d2").unwrap().unwrap();
        assert_eq!(&*odd.call_id, "\"<a%25&");
        assert!(found("sip:b@h?Replaces=a@b;to-tag=1;from-tag=2").unwrap().is_some(), "not escaped at all");
        assert!(found("sip:b@h?Subject=x").is_none() && found("sip:b@h").is_none());
        assert_eq!(found("sip:b@h?Replaces=a"), Some(None));
        assert_eq!(found("sip:b@h?Replaces=a;to-tag=1;from-tag=2&Replaces=b;to-tag=1;from-tag=2"), Some(None));
    }
}
