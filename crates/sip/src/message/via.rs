//! Via (RFC 3261 20.42, RFC 3581): the way that a response takes back.

use super::uri::host_port;
use super::value::{Params, cut, is_lws, is_token, number, text, trim};
use super::{Flaw, Host};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The `rport` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rport {
    /// Not there.
    Absent,
    /// There without a value: the sender asks for it.
    Asked,
    /// Filled in.
    Port(u16),
}

/// One Via value.
#[derive(Clone, Copy, Debug)]
pub struct Via<'a> {
    /// The transport as written, such as `UDP`.
    pub transport: &'a str,
    /// The sender's host and port, as written.
    pub sent_by: &'a str,
    /// The sender's host.
    pub host: Host<'a>,
    /// The sender's port, when written.
    pub port: Option<u16>,
    /// The branch.
    pub branch: Option<&'a str>,
    /// Where the request really came from.
    pub received: Option<IpAddr>,
    /// The port where it really came from.
    pub rport: Rport,
    /// The multicast address to answer to.
    pub maddr: Option<&'a str>,
    /// All parameters as written.
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Parses one Via value.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn parse(value: &'a [u8]) -> Result<Via<'a>, Flaw> {
        const BAD: Flaw = Flaw::bad("Malformed Via");
        let (head, params) = cut(value, b';', true);
        let params = Params(params.unwrap_or_default());
        // sent-protocol: name / version / transport, with white space around each slash.
        let mut parts = head.splitn(3, |&b| b == b'/');
        let (name, version) = (parts.next().map(trim), parts.next().map(trim));
        let rest = trim(parts.next().ok_or(BAD)?);
        if !name.is_some_and(|n| n.eq_ignore_ascii_case(b"SIP")) || !version.is_some_and(is_token) {
            return Err(BAD);
        }
        let gap = rest.iter().position(|&b| is_lws(b)).ok_or(BAD)?;
        let (transport, sent_by) = rest.split_at_checked(gap).ok_or(BAD)?;
        if !is_token(transport) {
            return Err(BAD);
        }
        // RFC 2543 allowed a comment after sent-by.
        let (sent_by, _) = cut(sent_by, b'(', false);
        let sent_by = text(trim(sent_by));
        let (host, port) = host_port(sent_by).map_err(|_| BAD)?;
        let mut via = Via {
            transport: text(transport),
            sent_by,
            host,
            port,
            branch: None,
            received: None,
            rport: Rport::Absent,
            maddr: None,
            params,
        };
        via.read_params().map_err(|_| BAD)?;
        Ok(via)
    }

    /// Takes note of the parameters that mean something here; of a name that comes twice the first one counts.
    fn read_params(&mut self) -> Result<(), Flaw> {
        let mut seen = [false; 4];
        let names: [&[u8]; 4] = [b"branch", b"received", b"rport", b"maddr"];
        for pair in self.params.checked() {
            let (name, value) = pair?;
            let Some(which) = names.iter().position(|known| known.eq_ignore_ascii_case(name)) else { continue };
            if seen.get_mut(which).is_none_or(|seen| std::mem::replace(seen, true)) {
                continue;
            }
            match which {
                0 => self.branch = value.map(text).filter(|branch| !branch.is_empty()),
                1 => self.received = value.map(text).and_then(address),
                2 => self.rport = rport(value),
                _ => self.maddr = value.map(text),
            }
        }
        Ok(())
    }

    /// RFC 3261 8.1.1.7: the branch, when it is unique as that RFC promises: the cookie and something after it.
    pub fn unique_branch(&self) -> Option<&'a str> {
        self.branch.filter(|b| b.get(..7).is_some_and(|c| c.eq_ignore_ascii_case("z9hG4bK")) && b.len() > 7)
    }

    /// Fills `received` and `rport` in from the packet's source, as RFC 3261 18.2.1 and RFC 3581 4 demand.
    pub fn stamped(mut self, source: SocketAddr) -> Via<'a> {
        let asked = self.rport != Rport::Absent;
        // What the sender itself claims in these parameters is never believed.
        self.received = (asked || self.host.ip() != Some(source.ip())).then_some(source.ip());
        if asked {
            self.rport = Rport::Port(source.port());
        }
        self
    }

    /// Where a response over datagrams goes (RFC 3261 18.2.2, RFC 3581 4); none when sent-by is a name and
    /// nobody stamped it. `maddr` is not followed: it would let a stranger aim our responses at others.
    pub fn reply_address(&self) -> Option<SocketAddr> {
        let ip = self.received.or(self.host.ip())?;
        let port = match self.rport {
            Rport::Port(port) => port,
            _ => self.port.unwrap_or(5_060),
        };
        Some(SocketAddr::new(ip, port))
    }
}

fn rport(value: Option<&[u8]>) -> Rport {
    let port = value.and_then(number).and_then(|n| u16::try_from(n).ok()).filter(|&n| n > 0);
    port.map_or(Rport::Asked, Rport::Port)
}

/// RFC 5118 4.5: an IPv6 `received` comes with and without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}
