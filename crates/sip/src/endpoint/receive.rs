//! Bytes in: datagrams and stream pieces become messages, keep-alives are answered, garbage is counted.

use super::{Due, Endpoint};
use crate::face::{Framing, Output};
use crate::message::{Framed, Malformed, Message, is_keep_alive};
use bytes::Bytes;
use std::net::SocketAddr;
use terms::{LinkId, limits};

/// A request with the way it took.
pub(super) struct Incoming {
    /// The request, its top Via stamped.
    pub message: Message,
    /// The link.
    pub link: LinkId,
    /// Who sent it.
    pub remote: SocketAddr,
}

impl Endpoint {
    pub(super) fn received(&mut self, link: LinkId, remote: SocketAddr, bytes: Bytes) {
        match self.links.get(link).map(|link| link.transport.framing()) {
            Some(Framing::Datagram) => self.datagram(link, remote, bytes),
            Some(Framing::Stream) => self.piece(link, remote, &bytes),
            Some(Framing::Frame) => self.frame(link, remote, bytes),
            None => self.counts.garbage += 1,
        }
    }

    fn datagram(&mut self, link: LinkId, remote: SocketAddr, bytes: Bytes) {
        if is_keep_alive(&bytes) {
            return;
        }
        match Message::parse(bytes) {
            Ok(message) => self.message(link, remote, message),
            Err(malformed) => self.malformed(link, remote, malformed),
        }
    }

    /// A frame of a WebSocket: a message, or a sign of life that wants its answer (RFC 7118 6).
    fn frame(&mut self, link: LinkId, remote: SocketAddr, bytes: Bytes) {
        if bytes.as_ref() == b"\r\n\r\n" {
            self.pong(link, remote);
        } else {
            self.datagram(link, remote, bytes);
        }
        self.watch_stream(link, true);
    }

    fn piece(&mut self, id: LinkId, remote: SocketAddr, bytes: &[u8]) {
        let Some(link) = self.links.get_mut(id).filter(|link| !link.decoder.is_broken()) else { return };
        link.decoder.push(bytes);
        let mut framed_any = false;
        while let Some(framed) = self.links.get_mut(id).and_then(|link| link.decoder.poll()) {
            framed_any = true;
            match framed {
                Framed::Message(message) => self.message(id, remote, *message),
                Framed::Ping => self.pong(id, remote),
                Framed::Malformed(malformed) => self.malformed(id, remote, malformed),
                Framed::Broken(malformed) => {
                    self.malformed(id, remote, malformed);
                    // Not before call control has answered the whole requests that came with it.
                    return self.deadlines.set(Due::Link(id), self.now.mono);
                }
            }
        }
        self.watch_stream(id, framed_any);
    }

    /// A message must not dawdle, and a stream must not be silent for ever.
    fn watch_stream(&mut self, id: LinkId, framed_any: bool) {
        let now = self.now.mono;
        let Some(link) = self.links.get_mut(id) else { return };
        link.heard = now;
        let was = link.partial_since.filter(|_| !framed_any);
        link.partial_since = (link.decoder.pending() > 0).then(|| was.unwrap_or(now));
        match link.partial_since {
            Some(since) => self.deadlines.set(Due::Link(id), since + limits::MESSAGE_TIME),
            None => self.deadlines.set(Due::Link(id), now + limits::LINK_IDLE),
        }
    }

    /// RFC 5626 3.5.1: one CRLF answers two.
    fn pong(&mut self, link: LinkId, remote: SocketAddr) {
        self.outputs.push_back(Output::Transmit { link, remote, bytes: Bytes::from_static(b"\r\n") });
    }

    fn malformed(&mut self, link: LinkId, remote: SocketAddr, malformed: Malformed) {
        self.counts.garbage += 1;
        let Some(request) = malformed.answerable() else { return };
        let mut message = request.clone();
        message.arrived_from(remote);
        let incoming = Incoming { message, link, remote };
        self.refuse_stateless(&incoming, malformed.flaw.status, malformed.flaw.reason, "malformed");
    }

    fn message(&mut self, link: LinkId, remote: SocketAddr, mut message: Message) {
        if message.is_request() {
            message.arrived_from(remote);
            self.request(Incoming { message, link, remote });
        } else {
            self.response(message);
        }
    }
}
