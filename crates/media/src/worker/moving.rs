//! A stream on its way from one worker to another, when its party goes on in a call that lives there. It keeps its port and
//! its sockets, its numbers, whom it believes, what it has heard and counted, and the sound that it plays. What belonged to
//! the room that it left stays behind: who heard whom, recordings, deadlines.
//!
//! Between the two workers nobody reads its sockets; what comes there waits. The port goes home to the worker whose range
//! it is of once the stream is closed, wherever that is.

use super::Worker;
use super::stream::Stream;
use crate::{Output, StreamEvent};
use std::fmt;
use terms::{CallRef, Now, StreamId};

/// A stream between two workers.
#[derive(Clone)]
pub struct StreamState(Box<Stream>);

impl StreamState {
    /// Which stream it is.
    pub fn stream(&self) -> StreamId {
        self.0.id
    }
}

/// What is in it, the keys that were pressed among it, is no matter of a log.
impl fmt::Debug for StreamState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamState").field("stream", &self.0.id).field("port", &self.0.port).finish_non_exhaustive()
    }
}

impl Worker {
    /// A stream goes from one room to another. Its sockets, and whether they are there yet, are no matter of rooms.
    pub(super) fn rehouse(&mut self, now: Now, stream: StreamId, call: CallRef) {
        let Some((slot, _)) = self.named(stream) else { return };
        let Some(mut s) = self.remove(now, slot) else { return };
        let shell = (s.told, s.bound);
        s.leave();
        (s.call, (s.told, s.bound)) = (call, shell);
        self.seat(s);
        self.tap_again(call, stream);
        self.wire(now, call);
    }

    /// Another worker goes on with a stream. One whose sockets are not there yet is not given up: the shell answers at once.
    pub(super) fn give_up(&mut self, now: Now, stream: StreamId) {
        let Some((slot, _)) = self.named(stream).filter(|(_, s)| s.bound) else { return };
        let Some(mut s) = self.remove(now, slot) else { return };
        s.leave();
        self.outputs.push_back(Output::LayDown { stream });
        self.tell_of(stream, StreamEvent::Yielded { state: StreamState(s) });
    }

    /// Goes on with one.
    pub(super) fn adopt(&mut self, now: Now, call: CallRef, StreamState(mut s): StreamState) {
        let (stream, port) = (s.id, s.port);
        if self.names.contains_key(&stream) {
            return;
        }
        self.generation = self.generation.wrapping_add(1);
        (s.call, s.generation) = (call, self.generation);
        self.seat(s);
        self.tap_again(call, stream);
        self.wire(now, call);
        self.outputs.push_back(Output::TakeUp { stream, port });
    }

    /// A stream that another worker adopted is closed, and the port is one of this worker's: it rests here.
    pub fn given_back(&mut self, now: Now, port: u16) {
        if self.ports.has(port) {
            self.ports.give(now.mono, port);
        }
    }

    /// Whether a port is of this worker's range.
    pub fn has_port(&self, port: u16) -> bool {
        self.ports.has(port)
    }
}

impl Stream {
    /// Leaves behind what belongs to its worker and to its room.
    fn leave(&mut self) {
        let Stream {
            hears, speaks, keeps_keys, quiet, awaited, voice, plug, listeners, taps, attended, deadlines, ..
        } = self;
        (*hears, *speaks, *keeps_keys, *plug) = Default::default();
        (*quiet, *awaited, *voice, *attended, *deadlines) = Default::default();
        listeners.clear();
        taps.clear();
        // Call control knows its port; the next shell has no sockets for it yet.
        (self.told, self.bound) = (true, false);
    }
}
