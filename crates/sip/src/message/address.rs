//! `name-addr / addr-spec` with parameters (RFC 3261 20.10, 25.1): From, To, Contact, Route and their like.

use super::value::{Params, cut, find_outside, is_lws, number, quoted_end, text, trim, unfold, unquote};
use super::{Flaw, Uri};
use smallvec::SmallVec;
use std::borrow::Cow;

/// An address with its display name and parameters.
#[derive(Clone, Copy, Debug)]
pub struct NameAddr<'a> {
    display: &'a [u8],
    uri: &'a str,
    params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Parses one value of From, To, Contact, Route, P-Asserted-Identity and the like.
    ///
    /// # Errors
    /// 400 for unbalanced quotes or `<>`, empty parameters, or a URI with `?` outside `<>`.
    pub fn parse(value: &'a [u8]) -> Result<NameAddr<'a>, Flaw> {
        let value = trim(value);
        let Some(open) = angle(value)? else {
            return bare(value);
        };
        let (display, rest) = value.split_at_checked(open).unwrap_or((value, b""));
        let rest = rest.get(1..).unwrap_or_default();
        let close = memchr::memchr(b'>', rest).ok_or(Flaw::bad("Address without closing >"))?;
        let uri = readable(trim(rest.get(..close).unwrap_or_default()))?;
        let params = match trim(rest.get(close + 1..).unwrap_or_default()) {
            [] => Params(b""),
            [b';', params @ ..] => Params(params),
            _ => return Err(Flaw::bad("Text after an address")),
        };
        params.check()?;
        Ok(NameAddr { display: trim(display), uri, params })
    }

    /// The display name, without quotes and escapes; absent when empty.
    pub fn display(&self) -> Option<Cow<'a, str>> {
        let plain = match std::str::from_utf8(self.display) {
            Ok(display) if display.starts_with('"') => unquote(display),
            Ok(_) => unfold(self.display),
            Err(_) => Cow::Owned(unquote(&String::from_utf8_lossy(self.display)).into_owned()),
        };
        (!plain.is_empty()).then_some(plain)
    }

    /// The URI as written.
    pub fn uri_raw(&self) -> &'a str {
        self.uri
    }

    /// The URI.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn uri(&self) -> Result<Uri<'a>, Flaw> {
        Uri::parse(self.uri)
    }

    /// The tag.
    pub fn tag(&self) -> Option<&'a str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// The parameters after the address.
    pub fn params(&self) -> Params<'a> {
        self.params
    }

    /// One parameter without quotes; the empty text for one without a value.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        self.params.find(name).map(|param| unquote(param.value.unwrap_or_default()))
    }

    /// RFC 3261 20.10: the preference in thousandths; 1000 when absent or malformed.
    pub fn q(&self) -> u16 {
        self.params.get("q").and_then(thousandths).unwrap_or(1_000)
    }

    /// The `expires` parameter in seconds. RFC 3261 10.2.1.1: one that is out of range counts as 3600.
    pub fn expires(&self) -> Option<u32> {
        let expires = self.params.get("expires")?;
        Some(number(expires.as_bytes()).and_then(|n| u32::try_from(n).ok()).unwrap_or(3_600))
    }
}

/// Where the `<` of a name-addr stands; none for a bare address.
fn angle(value: &[u8]) -> Result<Option<usize>, Flaw> {
    if value.first() != Some(&b'"') {
        return Ok(find_outside(value, b'<', false));
    }
    let end = quoted_end(value).ok_or(Flaw::bad("Unbalanced quotes in an address"))?;
    let rest = value.get(end..).unwrap_or_default();
    match rest.iter().position(|&b| !is_lws(b)) {
        Some(gap) if rest.get(gap) == Some(&b'<') => Ok(Some(end + gap)),
        _ => Err(Flaw::bad("Display name without an address")),
    }
}

/// RFC 3261 20: without `<>`, everything after `;` belongs to the header, and `?` or `,` may not occur.
fn bare(value: &[u8]) -> Result<NameAddr<'_>, Flaw> {
    let (uri, params) = cut(value, b';', false);
    let uri = readable(trim(uri))?;
    if uri.contains(['?', ',', '"', '<', '>']) || uri.bytes().any(is_lws) {
        return Err(Flaw::bad("Malformed address, or a URI that must stand in <>"));
    }
    let params = Params(params.unwrap_or_default());
    params.check()?;
    Ok(NameAddr { display: b"", uri, params })
}

fn readable(uri: &[u8]) -> Result<&str, Flaw> {
    match text(uri) {
        "" => Err(Flaw::bad("Address without a readable URI")),
        uri if uri.bytes().any(|b| b < b' ' || b == 0x7f) => Err(Flaw::bad("Control character in an address")),
        uri if !uri.contains(':') => Err(Flaw::bad("Address without a URI scheme")),
        uri => Ok(uri),
    }
}

/// `0.5` is 500; at most three decimals, at most 1.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 || whole.len() > 1 {
        return None;
    }
    let whole: u16 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    Some(whole * 1_000 + fraction).filter(|&q| q <= 1_000)
}

/// What the Contact fields of a message say.
#[derive(Clone, Debug)]
pub enum Contacts<'a> {
    /// `*`: all bindings (RFC 3261 10.2.2).
    Star,
    /// The addresses, in order; empty when there is no Contact.
    List(SmallVec<[NameAddr<'a>; 2]>),
}

impl<'a> Contacts<'a> {
    /// The first address.
    pub fn first(&self) -> Option<&NameAddr<'a>> {
        match self {
            Contacts::Star => None,
            Contacts::List(list) => list.first(),
        }
    }
}
