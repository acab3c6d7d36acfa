//! What call control asks for: streams opened, configured and closed.

use super::stream::{Plug, Stream};
use super::{Timer, Worker};
use crate::{Command, Event, Output, StreamEvent, StreamSettings};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{CallRef, Mono, Now, StreamId};

/// Ports that are tried for one stream: others on this machine may have taken some of ours.
const BIND_ATTEMPTS: u32 = 8;
/// How long after spare pairs were used others are opened in their place: some together.
const RESTOCK: Duration = Duration::from_millis(5);
/// The same when one could not be opened.
const RESTOCK_AFTER_FAILURE: Duration = Duration::from_secs(1);

impl Worker {
    pub(super) fn obey(&mut self, now: Now, command: Command) {
        match command {
            Command::Open { stream, call, spare } => self.open(now, stream, call, spare),
            Command::Configure { stream, settings } => self.configure(now, stream, settings),
            Command::Hearings { call, levels } => self.hearings(now, call, &levels),
            Command::Capture { capture, call, left, right } => self.capture(now, capture, call, left, right),
            Command::CaptureLeft { capture, left } => self.capture_left(capture, left),
            Command::CaptureRight { capture, right } => self.capture_right(capture, right),
            Command::CaptureGuests { capture, guests } => self.capture_guests(capture, guests),
            Command::HearSilence { capture, lasts } => self.hear_silence(capture, lasts),
            Command::EndCapture { capture } => self.end_capture(now, capture),
            Command::LetKeys { stream } => self.let_keys(stream),
            Command::Press { stream, key } => self.press(now, stream, key),
            Command::Close { stream } => self.close(now, stream),
            Command::Move { stream, call } => self.rehouse(now, stream, call),
            Command::Yield { stream } => self.give_up(now, stream),
            Command::Adopt { call, state } => self.adopt(now, call, state),
            // A sound that plays keeps its samples; only what is begun later comes from the new book.
            Command::Prompts(book) => self.book = book,
        }
    }

    fn open(&mut self, now: Now, id: StreamId, call: CallRef, spare: Option<u16>) {
        if self.names.contains_key(&id) {
            return;
        }
        let port = match spare {
            Some(port) => {
                let spare = self.ports.take_spare(port).then_some(port);
                self.restock_at(now.mono + RESTOCK);
                spare
            }
            None => self.ports.take(now.mono),
        };
        let Some(port) = port else {
            self.open_failures += 1;
            self.tell_of(id, StreamEvent::OpenFailed);
            return;
        };
        self.generation = self.generation.wrapping_add(1);
        let mut stream = Box::new(Stream::new(id, call, self.generation, port, &mut self.rng));
        stream.told = spare.is_some();
        self.seat(stream);
        self.outputs.push_back(Output::Bind { stream: id, port });
    }

    /// Gives a stream a slot, and a place in the room of its call.
    pub(super) fn seat(&mut self, stream: Box<Stream>) {
        let (id, call) = (stream.id, stream.call);
        let slot = match self.vacant.pop() {
            Some(slot) => slot,
            None => {
                self.streams.push(None);
                (self.streams.len() - 1) as u32
            }
        };
        if let Some(place) = self.streams.get_mut(slot as usize) {
            *place = Some(stream);
        }
        self.names.insert(id, slot);
        self.rooms.entry(call).or_default().push(slot);
    }

    /// The shell's answer to `Output::Bind` and `Output::TakeUp`. Where the port was taken, another one is tried.
    pub fn bound(&mut self, now: Now, stream: StreamId, ok: bool) {
        let Some((slot, s)) = self.named_mut(stream).filter(|(_, s)| !s.bound) else { return };
        if ok {
            s.bound = true;
            let (port, told) = (s.port, s.told);
            if !told {
                self.tell_of(stream, StreamEvent::Opened { local: SocketAddr::new(self.address, port) });
            }
            self.start(now, slot);
            return;
        }
        s.attempts += 1;
        // The peer has been told of a spare pair: no other will do.
        let (taken, again) = (s.port, s.attempts < BIND_ATTEMPTS && !s.told);
        self.rest(now, taken);
        match self.ports.take(now.mono).filter(|_| again) {
            Some(port) => {
                if let Some(s) = self.stream_mut(slot) {
                    s.port = port;
                }
                self.outputs.push_back(Output::Bind { stream, port });
            }
            None => {
                self.remove(now, slot);
                self.open_failures += 1;
                self.tell_of(stream, StreamEvent::OpenFailed);
            }
        }
    }

    /// The shell's answer to `Output::Prepare`: the pair may be used, or is closed.
    pub fn prepared(&mut self, now: Now, port: u16, usable: bool) {
        self.ports.prepared(now.mono, port, usable);
        if usable {
            self.tell(Event::Spare { local: SocketAddr::new(self.address, port) });
        } else {
            self.restock_at(now.mono + RESTOCK_AFTER_FAILURE);
        }
    }

    /// Opens pairs in advance, if there are too few.
    pub(super) fn restock(&mut self, now: Now) {
        if self.restock.is_none_or(|at| at > now.mono) {
            return;
        }
        self.restock = None;
        while let Some(port) = self.ports.advance(now.mono) {
            self.outputs.push_back(Output::Prepare { port });
        }
        if self.ports.is_short() {
            self.restock = Some(now.mono + RESTOCK_AFTER_FAILURE);
        }
    }

    fn restock_at(&mut self, at: Mono) {
        if self.ports.is_short() {
            self.restock = self.restock.or(Some(at));
        }
    }

    fn configure(&mut self, now: Now, stream: StreamId, settings: Box<StreamSettings>) {
        let Some((slot, s)) = self.named_mut(stream) else { return };
        if s.configure(now.mono, settings) && std::mem::take(&mut s.connected) {
            self.outputs.push_back(Output::ConnectSocket { stream, remote: None });
        }
        self.start(now, slot);
    }

    /// Begins what waited for a socket and an address.
    pub(super) fn start(&mut self, now: Now, slot: u32) {
        let Some(s) = self.stream(slot).filter(|s| s.bound && s.settings.is_some()) else { return };
        let tick = s.plug == Plug::Sound && s.deadlines.get(Timer::Tick).is_none();
        if s.deadlines.get(Timer::Report).is_none() {
            self.schedule_report(now, slot, true);
        }
        if tick {
            self.schedule_tick(now, slot);
        }
        self.begin_to_knock(now, slot);
        self.go_on_pressing(now, slot);
    }

    fn close(&mut self, now: Now, stream: StreamId) {
        let Some((slot, _)) = self.named(stream) else { return };
        self.goodbye(now, slot);
        let Some(s) = self.remove(now, slot) else { return };
        let keeps = s.bound && self.ports.has(s.port);
        let keep = keeps && self.ports.keep(now.mono, s.port);
        self.outputs.push_back(Output::Unbind { stream, keep });
        if !keeps {
            self.rest(now, s.port);
        }
        self.tell_of(stream, StreamEvent::Closed { totals: Box::new(s.totals()) });
    }

    /// A pair without sockets rests, at the worker whose range it is of.
    fn rest(&mut self, now: Now, port: u16) {
        match self.ports.has(port) {
            true => self.ports.give(now.mono, port),
            false => self.outputs.push_back(Output::GiveBack { port }),
        }
    }

    pub(super) fn remove(&mut self, now: Now, slot: u32) -> Option<Box<Stream>> {
        self.plug(slot, Plug::Nothing);
        let stream = self.streams.get_mut(slot as usize)?.take()?;
        for listener in &stream.listeners {
            self.plug(*listener, Plug::Nothing);
        }
        self.names.remove(&stream.id);
        self.vacant.push(slot);
        self.leave_room(now, stream.call, slot);
        Some(stream)
    }

    /// Ends everything, for a worker that stops: recordings and streams, each told as if it had been asked for.
    pub fn finish(&mut self, now: Now) {
        let captures: Vec<_> = self.captures.keys().copied().collect();
        captures.into_iter().for_each(|capture| self.end_capture(now, capture));
        let streams: Vec<_> = self.names.keys().copied().collect();
        streams.into_iter().for_each(|stream| self.close(now, stream));
        self.prune();
    }
}
