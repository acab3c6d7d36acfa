//! The carrier's media gateway beside SIPp: plays a sound, presses keys as RFC 4733 events, and keeps
//! every packet that it gets. SIPp itself can do neither without the right to open raw sockets.

use crate::g711::Law;
use crate::running::{clock, wait_for};
use crate::sound::Sound;
use crate::wire::rtp::{Heard, Packet, Stream};
use anyhow::Result;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The payload type of its events.
pub const EVENTS: u8 = 101;
const PACKET: Duration = Duration::from_millis(20);
const SAMPLES: usize = 160;

/// One leg's media.
pub struct Voice {
    local: SocketAddr,
    keys: Sender<u8>,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    remote: Option<SocketAddr>,
    /// Stays with this address instead of the one that sends.
    fixed: bool,
    muted: bool,
    received: Vec<Packet>,
}

impl Voice {
    /// Opens a port at this address. It begins to play with the first packet that it gets.
    pub fn open(address: IpAddr, sound: &Sound, law: Law) -> Result<Voice> {
        let socket = UdpSocket::bind((address, 0))?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let local = socket.local_addr()?;
        let (keys, pressed) = channel();
        let state = Arc::new(Mutex::new(State::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let player = Player {
            socket: socket.try_clone()?,
            state: state.clone(),
            stop: stop.clone(),
            sound: sound.clone(),
            law,
            pressed,
        };
        let (heard, ended) = (state.clone(), stop.clone());
        let threads = vec![
            std::thread::spawn(move || player.run()),
            std::thread::spawn(move || receive(&socket, &heard, &ended)),
        ];
        Ok(Voice { local, keys, state, stop, threads })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.local.port()
    }

    /// Sends there, whoever sends here.
    pub fn talk_to(&self, remote: SocketAddr) {
        let mut state = self.state();
        (state.remote, state.fixed) = (Some(remote), true);
    }

    /// Stops or goes on sending; the sound runs on meanwhile.
    pub fn mute(&self, muted: bool) {
        self.state().muted = muted;
    }

    /// Presses a key for 100 ms.
    pub fn press(&self, key: char) {
        let event = match key {
            '0'..='9' => key as u8 - b'0',
            '*' => 10,
            '#' => 11,
            other => panic!("{other:?} is no key"),
        };
        let _ = self.keys.send(event);
    }

    /// What came in so far.
    pub fn received(&self) -> Stream {
        let state = self.state();
        let from = state.remote.unwrap_or(self.local);
        Stream { from, to: self.local, packets: state.received.clone() }
    }

    /// Waits until this sound is heard.
    pub fn wait_to_hear(&self, sound: &Sound, limit: Duration) -> Result<Heard> {
        let mut found = None;
        wait_for(&format!("the sound {:?}", sound.name), limit, || {
            std::thread::sleep(Duration::from_millis(80));
            // The last second is enough, and searching minutes again and again would eat the processor.
            let mut stream = self.received();
            let old = stream.packets.len().saturating_sub(50);
            stream.packets.drain(..old);
            found = stream.heard(&[sound]).into_iter().next();
            found.is_some()
        })?;
        found.ok_or_else(|| anyhow::anyhow!("heard"))
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn receive(socket: &UdpSocket, state: &Mutex<State>, stop: &AtomicBool) {
    let mut buffer = [0; 2_048];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        let Some(packet) = Packet::parse(clock(), &buffer[..length]) else { continue };
        let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !state.fixed {
            state.remote = Some(from);
        }
        state.received.push(packet);
    }
}

struct Player {
    socket: UdpSocket,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    sound: Sound,
    law: Law,
    pressed: Receiver<u8>,
}

impl Player {
    fn run(self) {
        let mut next = Instant::now();
        let mut count: u32 = 0;
        let mut sequence = 1_000u16;
        let mut first = true;
        // The event, when it began, and how many packets of it are out.
        let mut event: Option<(u8, u32, u16)> = None;
        while !self.stop.load(Ordering::Relaxed) {
            next += PACKET;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            let (remote, muted) = {
                let state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                (state.remote, state.muted)
            };
            let Some(remote) = remote else { continue };
            let timestamp = count * SAMPLES as u32;
            if event.is_none() {
                event = self.pressed.try_recv().ok().map(|key| (key, timestamp, 0));
            }
            let packets = match &mut event {
                Some((key, begun, sent)) => {
                    *sent += 1;
                    let last = *sent == 5;
                    // RFC 4733 2.5.1.4: the end is said three times.
                    let packets = vec![self.event(*key, *begun, *sent, last); if last { 3 } else { 1 }];
                    if last {
                        event = None;
                    }
                    packets
                }
                None if muted => vec![],
                None => vec![self.audio(count, first)],
            };
            for mut packet in packets {
                packet.sequence = sequence;
                sequence = sequence.wrapping_add(1);
                first = false;
                let _ = self.socket.send_to(&packet.print(), remote);
            }
            count += 1;
        }
    }

    fn audio(&self, count: u32, marker: bool) -> Packet {
        let begin = count as usize * SAMPLES;
        let payload = (begin..begin + SAMPLES).map(|place| self.law.encode(self.sound.looped(place))).collect();
        Packet { marker, payload_type: self.law.payload_type(), timestamp: count * SAMPLES as u32, payload, ..blank() }
    }

    fn event(&self, key: u8, begun: u32, sent: u16, last: bool) -> Packet {
        let [high, low] = (sent * SAMPLES as u16).to_be_bytes();
        let payload = vec![key, if last { 0x8a } else { 0x0a }, high, low];
        Packet { marker: sent == 1, payload_type: EVENTS, timestamp: begun, payload, ..blank() }
    }
}

fn blank() -> Packet {
    Packet { at: 0.0, marker: false, payload_type: 0, sequence: 0, timestamp: 0, ssrc: 0xca11_ab1e, payload: vec![] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_voices_hear_one_another_and_a_key_keeps_the_stream_whole() {
        let (one, two) = (Sound::new("one", 4.0), Sound::new("two", 4.0));
        let address = "127.0.0.1".parse().unwrap();
        let (left, right) = (Voice::open(address, &one, Law::A).unwrap(), Voice::open(address, &two, Law::Mu).unwrap());
        left.talk_to(right.local);
        right.wait_to_hear(&one, Duration::from_secs(5)).unwrap();
        left.wait_to_hear(&two, Duration::from_secs(5)).unwrap();
        left.press('7');
        std::thread::sleep(Duration::from_millis(400));
        let packets = right.received().packets;
        assert!(packets.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)));
        let events: Vec<_> = packets.iter().filter(|packet| packet.payload_type == EVENTS).collect();
        assert_eq!(events.len(), 7);
        assert!(events[0].marker && events.iter().all(|event| event.payload[0] == 7));
        assert_eq!(events[6].payload, [7, 0x8a, 3, 32]);
    }
}
