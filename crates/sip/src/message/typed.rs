//! Typed views of the header fields that this crate acts upon (RFC 3261 20, 3326, 3325, 4028).

use super::value::{Params, cut, is_lws, is_token, number, text, trim};
use super::{Contacts, Flaw, Message, Method, Name, NameAddr, Via};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::time::Duration;
use terms::{Cause, limits};

/// A CSeq value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// The number, below 2^31.
    pub number: u32,
    /// The method.
    pub method: Method,
}

/// One value of Reason (RFC 3326).
#[derive(Clone, Copy, Debug)]
pub struct ReasonValue<'a> {
    /// `Q.850`, `SIP` and the like.
    pub protocol: &'a str,
    /// The cause.
    pub cause: Option<u16>,
    /// All parameters.
    pub params: Params<'a>,
}

/// Retry-After (RFC 3261 20.33), without its comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// How long to wait.
    pub delay: Duration,
}

impl Message {
    fn first(&self, name: Name, missing: &'static str) -> Result<&[u8], Flaw> {
        self.raw(name).next().ok_or(Flaw::bad(missing))
    }

    fn first_text(&self, name: Name) -> Option<&str> {
        self.raw(name).next().map(|value| text(trim(value))).filter(|value| !value.is_empty())
    }

    fn first_number(&self, name: Name) -> Option<u64> {
        number(trim(self.raw(name).next()?))
    }

    /// Call-ID; empty when it is missing or not text.
    pub fn call_id(&self) -> &str {
        self.first_text(Name::CallId).unwrap_or_default()
    }

    /// CSeq.
    ///
    /// # Errors
    /// 400 when it is missing, malformed or 2^31 and more.
    pub fn cseq(&self) -> Result<CSeq, Flaw> {
        let value = trim(self.first(Name::CSeq, "Missing CSeq")?);
        let gap = value.iter().position(|&b| is_lws(b)).ok_or(Flaw::bad("Malformed CSeq"))?;
        let (digits, method) = value.split_at_checked(gap).ok_or(Flaw::bad("Malformed CSeq"))?;
        let method = trim(method);
        if !is_token(method) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Flaw::bad("Malformed CSeq"));
        }
        // RFC 3261 8.1.1.5: less than 2^31.
        let number = number(digits).filter(|&n| n < 1 << 31).ok_or(Flaw::bad("CSeq out of range"))?;
        Ok(CSeq { number: u32::try_from(number).unwrap_or(0), method: Method::of(text(method)) })
    }

    /// From.
    ///
    /// # Errors
    /// 400 when it is missing or malformed.
    pub fn from(&self) -> Result<NameAddr<'_>, Flaw> {
        NameAddr::parse(self.first(Name::From, "Missing From")?)
    }

    /// To.
    ///
    /// # Errors
    /// 400 when it is missing or malformed.
    pub fn to(&self) -> Result<NameAddr<'_>, Flaw> {
        NameAddr::parse(self.first(Name::To, "Missing To")?)
    }

    /// The Via values from the top, the first one as `arrived_from` completes it; ends at `limits::HOPS`.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, Flaw>> {
        self.raw_values(Name::Via).take(limits::HOPS).enumerate().map(|(at, value)| {
            let via = Via::parse(value)?;
            Ok(match self.source {
                Some(source) if at == 0 && self.is_request() => via.stamped(source),
                _ => via,
            })
        })
    }

    /// The top Via, as `arrived_from` completes it.
    ///
    /// # Errors
    /// 400 when it is missing or malformed.
    pub fn top_via(&self) -> Result<Via<'_>, Flaw> {
        self.vias().next().unwrap_or(Err(Flaw::bad("Missing Via")))
    }

    /// Contact.
    ///
    /// # Errors
    /// 400 when one is malformed, `*` is not alone, or there are more than `limits::HOPS`.
    pub fn contacts(&self) -> Result<Contacts<'_>, Flaw> {
        let mut list = SmallVec::new();
        for (at, value) in self.raw_values(Name::Contact).enumerate() {
            if value == b"*" {
                return match (at, self.raw_values(Name::Contact).nth(1)) {
                    (0, None) => Ok(Contacts::Star),
                    _ => Err(Flaw::bad("Contact: * must stand alone")),
                };
            }
            if at == limits::HOPS {
                return Err(Flaw::bad("Too many Contact"));
            }
            list.push(NameAddr::parse(value)?);
        }
        Ok(Contacts::List(list))
    }

    fn addresses(&self, name: Name) -> impl Iterator<Item = Result<NameAddr<'_>, Flaw>> {
        self.raw_values(name).take(limits::HOPS).map(NameAddr::parse)
    }

    /// Route, from the top; ends at `limits::HOPS`.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Flaw>> {
        self.addresses(Name::Route)
    }

    /// Record-Route, from the top; ends at `limits::HOPS`.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Flaw>> {
        self.addresses(Name::RecordRoute)
    }

    /// Max-Forwards; absent when missing or out of range.
    pub fn max_forwards(&self) -> Option<u8> {
        self.first_number(Name::MaxForwards).and_then(|n| u8::try_from(n).ok())
    }

    /// Expires in seconds; absent when missing or malformed.
    pub fn expires(&self) -> Option<u32> {
        self.first_number(Name::Expires).and_then(|n| u32::try_from(n).ok())
    }

    /// Min-Expires in seconds.
    pub fn min_expires(&self) -> Option<u32> {
        self.first_number(Name::MinExpires).and_then(|n| u32::try_from(n).ok())
    }

    /// Content-Type without parameters, as written.
    pub fn content_type(&self) -> Option<&str> {
        let (value, _) = cut(self.raw(Name::ContentType).next()?, b';', false);
        Some(text(trim(value))).filter(|value| !value.is_empty())
    }

    /// The option tags in Require.
    pub fn require(&self) -> impl Iterator<Item = &str> {
        self.raw_values(Name::Require).map(text)
    }

    /// The option tags in Proxy-Require.
    pub fn proxy_require(&self) -> impl Iterator<Item = &str> {
        self.raw_values(Name::ProxyRequire).map(text)
    }

    /// The option tags in Supported.
    pub fn supported(&self) -> impl Iterator<Item = &str> {
        self.raw_values(Name::Supported).map(text)
    }

    /// Whether Supported or Require names this option tag.
    pub fn supports(&self, tag: &str) -> bool {
        self.supported().chain(self.require()).any(|t| t.eq_ignore_ascii_case(tag))
    }

    /// The methods in Allow.
    pub fn allow(&self) -> impl Iterator<Item = Method> {
        self.raw_values(Name::Allow).map(|value| Method::of(text(value)))
    }

    /// Whether Allow names this method; absent when there is no Allow.
    pub fn allows(&self, method: &Method) -> Option<bool> {
        self.has(Name::Allow).then(|| self.allow().any(|m| m == *method))
    }

    /// The media types in Accept, without parameters.
    pub fn accept(&self) -> impl Iterator<Item = &str> {
        self.raw_values(Name::Accept).map(|value| text(trim(cut(value, b';', false).0)))
    }

    /// The values of Reason.
    pub fn reasons(&self) -> impl Iterator<Item = ReasonValue<'_>> {
        self.raw_values(Name::Reason).map(|value| {
            let (protocol, params) = cut(value, b';', false);
            let params = Params(params.unwrap_or_default());
            let cause = params.get("cause").and_then(|c| number(c.as_bytes())).and_then(|n| u16::try_from(n).ok());
            ReasonValue { protocol: text(trim(protocol)), cause, params }
        })
    }

    /// The Q.850 cause in Reason (RFC 3326); a SIP cause there is translated.
    pub fn reason_cause(&self) -> Option<Cause> {
        let q850 = |reason: ReasonValue<'_>| {
            let cause = reason.cause.and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=127).contains(n))?;
            reason.protocol.eq_ignore_ascii_case("Q.850").then_some(Cause(cause))
        };
        let cancel = self.method() == Some(&Method::Cancel);
        let sip = |reason: ReasonValue<'_>| {
            let status = reason.cause.filter(|n| (200..700).contains(n))?;
            reason.protocol.eq_ignore_ascii_case("SIP").then(|| match status {
                // RFC 3326 3.1: another branch was answered; the phone that rang in vain has missed nothing.
                200..=299 if cancel => Cause::TAKEN_ELSEWHERE,
                status => Cause::from_status(status),
            })
        };
        self.reasons().find_map(q850).or_else(|| self.reasons().find_map(sip))
    }

    /// Whether the sender wants his identity withheld from the called side: `none` and the wish that it be shown, or one
    /// of the levels that hide it (RFC 3323 4.2, RFC 3325 9.3). Absent when nothing is said about it.
    pub fn privacy(&self) -> Option<bool> {
        let values = self.raw_values(Name::Privacy).flat_map(|value| text(value).split(';')).map(str::trim);
        values.fold(None, |found, value| match value.to_ascii_lowercase().as_str() {
            "id" | "user" | "header" => Some(true),
            "none" => found.or(Some(false)),
            _ => found,
        })
    }

    /// P-Asserted-Identity (RFC 3325): up to one sip(s) and one tel address.
    pub fn p_asserted_identity(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Flaw>> {
        self.addresses(Name::PAssertedIdentity)
    }

    /// Diversion (RFC 5806), the most recent first.
    pub fn diversions(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Flaw>> {
        self.addresses(Name::Diversion)
    }

    /// History-Info (RFC 7044), the first target first.
    pub fn history(&self) -> impl Iterator<Item = Result<NameAddr<'_>, Flaw>> {
        self.addresses(Name::HistoryInfo)
    }

    /// Refer-To (RFC 3515).
    ///
    /// # Errors
    /// 400 when it is missing or malformed.
    pub fn refer_to(&self) -> Result<NameAddr<'_>, Flaw> {
        NameAddr::parse(self.first(Name::ReferTo, "Missing Refer-To")?)
    }

    /// Retry-After.
    pub fn retry_after(&self) -> Option<RetryAfter> {
        let value = self.raw(Name::RetryAfter).next()?;
        let (value, _) = cut(value, b';', true);
        let (value, _) = cut(value, b'(', false);
        number(trim(value)).map(|seconds| RetryAfter { delay: Duration::from_secs(seconds.min(u64::from(u32::MAX))) })
    }

    /// Session-Expires (RFC 4028) in seconds, and who refreshes.
    pub fn session_expires(&self) -> Option<(u32, Option<&str>)> {
        let (value, params) = cut(self.raw(Name::SessionExpires).next()?, b';', false);
        let seconds = number(trim(value)).and_then(|n| u32::try_from(n).ok())?;
        Some((seconds, Params(params.unwrap_or_default()).get("refresher")))
    }

    /// Event without parameters (RFC 6665).
    pub fn event(&self) -> Option<&str> {
        Some(text(trim(cut(self.raw(Name::Event).next()?, b';', false).0)))
    }

    /// The `id` parameter of Event (RFC 3265 7.2.1), where it is a token.
    pub fn event_id(&self) -> Option<&str> {
        let (_, params) = cut(self.raw(Name::Event).next()?, b';', false);
        Params(params?).get("id").filter(|id| is_token(id.as_bytes()))
    }

    /// User-Agent, or Server for a response.
    pub fn product(&self) -> Option<Cow<'_, str>> {
        self.header(Name::UserAgent).or_else(|| self.header(Name::Server))
    }
}
