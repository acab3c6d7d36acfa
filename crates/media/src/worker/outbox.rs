//! Packets that wait for the shell to send them. They lie in one buffer that is reused, so that a tick allocates nothing.

use super::Slot;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// A packet for the shell to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit<'a> {
    /// From this stream's sockets.
    pub slot: Slot,
    /// From the RTCP socket rather than from the RTP socket.
    pub rtcp: bool,
    /// To whom, where the socket is not connected.
    pub to: SocketAddr,
    /// The packet.
    pub packet: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
struct Item {
    slot: Slot,
    rtcp: bool,
    to: SocketAddr,
    start: usize,
    end: usize,
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    items: VecDeque<Item>,
}

impl Outbox {
    /// Appends a packet that `write` puts at the end of the buffer.
    pub(super) fn push(&mut self, slot: Slot, rtcp: bool, to: SocketAddr, write: impl FnOnce(&mut Vec<u8>)) {
        if self.items.is_empty() {
            self.bytes.clear();
        }
        let start = self.bytes.len();
        write(&mut self.bytes);
        self.items.push_back(Item { slot, rtcp, to, start, end: self.bytes.len() });
    }

    /// The next packet.
    pub(super) fn pop(&mut self) -> Option<Transmit<'_>> {
        let Item { slot, rtcp, to, start, end } = self.items.pop_front()?;
        Some(Transmit { slot, rtcp, to, packet: self.bytes.get(start..end)? })
    }
}
