//! URIs (RFC 3261 19.1, RFC 3966, IPv6 as RFC 5954 corrects it): a view of the text, cut at its joints.
//! Nothing is resolved here.

use super::value::{Params, number, unescape};
use super::{Flaw, Param};
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A URI's scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other.
    Other(&'a str),
}

/// A host: a name or an address.
#[derive(Clone, Copy, Debug)]
pub enum Host<'a> {
    /// A domain name, as written.
    Name(&'a str),
    /// An address, IPv6 without its brackets.
    Ip(IpAddr),
}

impl<'a> Host<'a> {
    /// The address, when it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Host::Ip(ip) => Some(*ip),
            Host::Name(_) => None,
        }
    }

    /// Parses a host as it stands in a URI or a Via: a name, IPv4, or IPv6 in brackets.
    pub fn parse(text: &'a str) -> Result<Host<'a>, Flaw> {
        if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            return parse_v6(inner).map(|ip| Host::Ip(ip.into())).ok_or(Flaw::bad("Malformed IPv6 address"));
        }
        if let Ok(ip) = text.parse::<Ipv4Addr>() {
            return Ok(Host::Ip(ip.into()));
        }
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        match !text.is_empty() && text.bytes().all(legal) {
            true => Ok(Host::Name(text)),
            false => Err(Flaw::bad("Malformed host")),
        }
    }
}

/// RFC 5118 4.10: the ABNF of RFC 3261 made some write three colons; they mean two.
fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    text.parse().ok().or_else(|| text.contains(":::").then(|| text.replace(":::", "::").parse().ok())?)
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Host::Ip(a), Host::Ip(b)) => a == b,
            (Host::Name(a), Host::Name(b)) => a.eq_ignore_ascii_case(b),
            _ => false,
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        }
    }
}

/// Cuts `host[:port]`.
pub(super) fn host_port(text: &str) -> Result<(Host<'_>, Option<u16>), Flaw> {
    let bytes = text.as_bytes();
    let after_bracket = bytes.iter().rposition(|&byte| byte == b']').map_or(0, |at| at + 1);
    let colon = bytes.iter().skip(after_bracket).position(|&byte| byte == b':').map(|at| at + after_bracket);
    let Some((host, port)) = colon.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))) else {
        return Ok((Host::parse(text.trim_ascii())?, None));
    };
    let port = number(port.trim_ascii().as_bytes()).and_then(|n| u16::try_from(n).ok()).filter(|&n| n > 0);
    Ok((Host::parse(host.trim_ascii())?, Some(port.ok_or(Flaw::bad("Malformed port"))?)))
}

/// A URI, cut but not copied.
#[derive(Clone, Copy, Debug)]
pub struct Uri<'a> {
    raw: &'a str,
    scheme: Scheme<'a>,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: Option<Host<'a>>,
    port: Option<u16>,
    params: &'a str,
    headers: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Parses a URI.
    ///
    /// # Errors
    /// 400 when it is not one. An unknown scheme is no error: it is [`Scheme::Other`].
    pub fn parse(raw: &'a str) -> Result<Uri<'a>, Flaw> {
        if raw.bytes().any(|b| b <= b' ' || matches!(b, b'<' | b'>' | b'"' | 0x7f)) {
            return Err(Flaw::bad("Illegal character in a URI"));
        }
        let (scheme, rest) = raw.split_once(':').ok_or(Flaw::bad("URI without a scheme"))?;
        let blank = Uri {
            raw,
            scheme: Scheme::Other(scheme),
            user: None,
            password: None,
            host: None,
            port: None,
            params: "",
            headers: None,
        };
        match scheme {
            _ if scheme.eq_ignore_ascii_case("sip") => Uri { scheme: Scheme::Sip, ..blank }.sip(rest),
            _ if scheme.eq_ignore_ascii_case("sips") => Uri { scheme: Scheme::Sips, ..blank }.sip(rest),
            _ if scheme.eq_ignore_ascii_case("tel") => {
                let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
                match number.is_empty() {
                    true => Err(Flaw::bad("tel URI without a number")),
                    false => Ok(Uri { scheme: Scheme::Tel, user: Some(number), params, ..blank }),
                }
            }
            _ => match scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) && !scheme.is_empty() {
                true => Ok(blank),
                false => Err(Flaw::bad("Malformed URI scheme")),
            },
        }
    }

    /// RFC 3261 19.1.1: what follows `sip:`. The user part may hold `;` and `?`, so `@` is sought first.
    fn sip(mut self, rest: &'a str) -> Result<Uri<'a>, Flaw> {
        let mut rest = rest;
        if let Some((userinfo, after)) = rest.split_once('@') {
            let (user, password) = match userinfo.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (userinfo, None),
            };
            if user.is_empty() {
                return Err(Flaw::bad("URI with an empty user"));
            }
            (self.user, self.password) = (Some(user), password);
            rest = after;
        }
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers)),
            None => (rest, None),
        };
        let (host, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = host_port(host)?;
        Ok(Uri { host: Some(host), port, params, headers, ..self })
    }

    /// As it was written.
    pub fn as_str(&self) -> &'a str {
        self.raw
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme<'a> {
        self.scheme
    }

    /// The user part as written, or the number of a tel URI.
    pub fn user_raw(&self) -> Option<&'a str> {
        self.user
    }

    /// The user part with escapes undone (`%00` stays a NUL), or the number of a tel URI.
    pub fn user(&self) -> Option<Cow<'a, str>> {
        self.user.map(unescape)
    }

    /// Who is meant: the user part with escapes undone, or the number. What follows the first `;` of a user part is
    /// about the number and no part of it (RFC 3261 19.1.6, RFC 4694: `npdi`, `rn`, `cpc`), and where the URI says
    /// that it is a telephone's, neither are visual separators (RFC 3966 5.1.1).
    pub fn subscriber(&self) -> Option<Cow<'a, str>> {
        let raw = self.user?;
        let number = unescape(memchr::memchr(b';', raw.as_bytes()).and_then(|at| raw.get(..at)).unwrap_or(raw));
        let separator = |c: char| matches!(c, '-' | '.' | '(' | ')' | ' ');
        match number.contains(separator) && self.is_telephone(&number) {
            true => Some(Cow::Owned(number.replace(separator, ""))),
            false => Some(number),
        }
    }

    /// Whether the user part is the number of a telephone, and not a name that looks like one.
    fn is_telephone(&self, user: &str) -> bool {
        let digits = |user: &str| user.chars().all(|c| c.is_ascii_hexdigit() || "+*#-.() ".contains(c));
        let phone = || self.param("user").is_some_and(|user| user.eq_ignore_ascii_case("phone"));
        digits(user) && (self.scheme == Scheme::Tel || user.starts_with('+') || phone())
    }

    /// The password, as written. Nobody should send one.
    pub fn password(&self) -> Option<&'a str> {
        self.password
    }

    /// The host; absent for tel and unknown schemes.
    pub fn host(&self) -> Option<Host<'a>> {
        self.host
    }

    /// The port, when written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The URI parameters.
    pub fn params(&self) -> Params<'a> {
        Params(self.params.as_bytes())
    }

    /// A URI parameter with its escapes undone; the empty text for one without a value.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        self.params().find(name).map(|param| unescape(param.value.unwrap_or_default()))
    }

    /// Whether `lr` is there (RFC 3261 16.12: a loose router).
    pub fn is_loose(&self) -> bool {
        self.params().has("lr")
    }

    /// What follows `?`, as written.
    pub fn headers(&self) -> Option<&'a str> {
        self.headers
    }

    /// RFC 3261 19.1.4: whether both name the same resource.
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        let same_scheme = match (self.scheme, other.scheme) {
            (Scheme::Sip, Scheme::Sip) | (Scheme::Sips, Scheme::Sips) | (Scheme::Tel, Scheme::Tel) => true,
            (Scheme::Other(_), Scheme::Other(_)) => return self.raw == other.raw,
            _ => false,
        };
        same_scheme
            && self.user() == other.user()
            && self.password.map(unescape) == other.password.map(unescape)
            && self.host == other.host
            && self.port == other.port
            && self.params_match(other)
            && other.params_match(self)
            && same_headers(self.headers, other.headers)
    }

    /// RFC 3261 19.1.4: a parameter in both must match; user, ttl, method, maddr and transport must be in both or neither.
    fn params_match(&self, other: &Uri<'_>) -> bool {
        let weighty = |name: &str| {
            ["user", "ttl", "method", "maddr", "transport"].iter().any(|known| known.eq_ignore_ascii_case(name))
        };
        self.params().iter().all(|Param { name, value }| match other.params().find(name) {
            Some(theirs) => {
                let plain = |v: Option<&str>| unescape(v.unwrap_or_default()).to_ascii_lowercase();
                plain(value) == plain(theirs.value)
            }
            None => !weighty(name),
        })
    }
}

/// RFC 3261 19.1.4: headers count, in any order.
fn same_headers(a: Option<&str>, b: Option<&str>) -> bool {
    let sorted = |headers: Option<&str>| {
        let mut all: Vec<String> = headers.unwrap_or_default().split('&').map(|h| unescape(h).to_string()).collect();
        all.sort_unstable();
        all
    };
    a == b || sorted(a) == sorted(b)
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.raw)
    }
}
