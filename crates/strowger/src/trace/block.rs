//! Blocks of messages, one behind the other: the last one is being filled, and the first one goes when there is no room.
//! Its memory is then filled anew, unless somebody still looks at what was in it.

use super::passed::{Passed, Way};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use terms::Wall;

/// What keeping a message costs beside its bytes.
pub const BESIDE: usize = 160;
/// How much is in a block, but where all have little room: then each has its part of it.
const BLOCK: usize = 65_536;
/// How many blocks there are at least.
const BLOCKS: usize = 16;

/// What is known of a message beside its bytes.
#[derive(Debug)]
pub struct Head {
    /// Its number.
    pub n: u64,
    /// What its Call-ID comes to.
    pub key: u64,
    /// When.
    pub at: Wall,
    /// It went out.
    pub out: bool,
    /// How.
    pub way: Arc<Way>,
    /// From where, or where to.
    pub remote: SocketAddr,
    /// Its end in its block.
    end: usize,
    length: usize,
}

impl Head {
    /// That of a message with this number and key.
    pub fn of(n: u64, key: u64, passed: &Passed<impl AsRef<[u8]>>) -> Head {
        let Passed { at, out, way, remote, bytes } = passed;
        let length = bytes.as_ref().len();
        Head { n, key, at: *at, out: *out, way: way.clone(), remote: *remote, end: 0, length }
    }

    /// What keeping it costs.
    pub fn size(&self) -> usize {
        self.length + BESIDE
    }
}

/// What fills a block.
#[derive(Debug)]
struct Block<B> {
    bytes: B,
    heads: Vec<Head>,
}

impl<B: AsRef<[u8]>> Block<B> {
    fn size(&self) -> usize {
        self.bytes.as_ref().len() + self.heads.len() * BESIDE
    }
}

impl Block<BytesMut> {
    fn empty(size: usize) -> Block<BytesMut> {
        Block { bytes: BytesMut::with_capacity(size), heads: Vec::new() }
    }
}

/// One to be filled anew, unless somebody has a part of it.
fn emptied(block: Block<Bytes>) -> Option<Block<BytesMut>> {
    let Block { bytes, mut heads } = block;
    let mut bytes = bytes.try_into_mut().ok()?;
    bytes.clear();
    heads.clear();
    Some(Block { bytes, heads })
}

/// The blocks.
#[derive(Debug)]
pub struct Blocks {
    full: VecDeque<Block<Bytes>>,
    open: Block<BytesMut>,
    /// What is in all of them.
    size: usize,
    /// How many messages are.
    count: usize,
    room: usize,
}

impl Blocks {
    /// Empty ones, with so much room.
    pub fn new(room: usize) -> Blocks {
        Blocks { full: VecDeque::new(), open: Block::empty(0), size: 0, count: 0, room }
    }

    /// How much is kept.
    #[cfg(test)]
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many messages are kept.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The number of the oldest message.
    pub fn oldest(&self) -> Option<u64> {
        let first = self.full.front().map_or(&self.open.heads, |block| &block.heads);
        first.first().map(|head| head.n)
    }

    /// Keeps a message, with its head, which does not know yet where it is. Each that must go for it is told to `gone`.
    pub fn push(&mut self, head: Head, bytes: &[u8], mut gone: impl FnMut(&Head)) {
        let size = head.size();
        if size > self.room {
            return;
        }
        let mut spare = None;
        let block = BLOCK.min(self.room / BLOCKS);
        if !self.open.heads.is_empty() && self.open.size() + size > block {
            self.close();
        }
        while self.size + size > self.room {
            let Some(first) = self.full.pop_front() else { break };
            (self.size, self.count) = (self.size - first.size(), self.count - first.heads.len());
            first.heads.iter().for_each(&mut gone);
            spare = Some(first);
        }
        if self.open.heads.is_empty() {
            self.open = spare.and_then(emptied).unwrap_or_else(|| Block::empty(block));
        }
        self.open.bytes.extend_from_slice(bytes);
        self.open.heads.push(Head { end: self.open.bytes.len(), ..head });
        (self.size, self.count) = (self.size + size, self.count + 1);
    }

    /// The messages, the oldest first.
    pub fn messages(&self) -> impl Iterator<Item = (&Head, Bytes)> {
        let open = (Bytes::copy_from_slice(&self.open.bytes), &self.open.heads);
        let full = self.full.iter().map(|block| (block.bytes.clone(), &block.heads));
        full.chain(std::iter::once(open)).flat_map(|(bytes, heads)| {
            heads.iter().map(move |head| (head, bytes.slice(head.end.saturating_sub(head.length)..head.end)))
        })
    }

    fn close(&mut self) {
        let Block { bytes, heads } = std::mem::replace(&mut self.open, Block::empty(0));
        self.full.push_back(Block { bytes: bytes.freeze(), heads });
    }
}
