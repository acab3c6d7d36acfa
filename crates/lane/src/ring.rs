//! The lane between two threads: an rtrb ring and an eventfd.
//!
//! The producer pushes, or puts several and rings once.
//!
//! The consumer's turn: `pop` until `None`, then `prepare_to_sleep`; if that says yes, wait on the
//! doorbell together with whatever else the thread waits for, then `awake`. [`Receiver::wait`] is that
//! turn for a thread that has only this lane. What a thread does while it is awake costs no system call.
//!
//! A consumer that looks again soon anyway says `prepare_to_doze` instead: then only `ring_urgently` wakes it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence};
use std::time::Duration;

/// The consumer looks for items by itself.
const AWAKE: u8 = 0;
/// It does so after a short time that it has set itself, or is about to wait for it.
const DOZING: u8 = 1;
/// It waits for the bell, or is about to.
const ASLEEP: u8 = 2;

/// What both ends see.
#[derive(Debug)]
struct Shared {
    /// [`AWAKE`], [`DOZING`] or [`ASLEEP`].
    rest: AtomicU8,
    /// The sender is gone.
    sender_gone: AtomicBool,
    /// The receiver is gone.
    receiver_gone: AtomicBool,
    high_water: AtomicUsize,
    refused: AtomicU64,
    doorbells: AtomicU64,
    bell: File,
}

impl Shared {
    fn ring_bell(&self) {
        // Counted before it sounds: whoever was woken by it finds it counted.
        self.doorbells.fetch_add(1, Ordering::Release);
        // The only failure of this write is a counter at its top (EAGAIN), and then the bell is ringing.
        let _ = (&self.bell).write(&1_u64.to_ne_bytes());
    }
}

/// The producer's end.
#[derive(Debug)]
pub struct Sender<T> {
    ring: rtrb::Producer<T>,
    capacity: usize,
    /// Something was put that nobody was woken for.
    rings: bool,
    shared: Arc<Shared>,
}

/// The consumer's end.
#[derive(Debug)]
pub struct Receiver<T> {
    ring: rtrb::Consumer<T>,
    /// The consumer had a turn of its own for the sender's end.
    end_noticed: bool,
    /// How many rings were silenced.
    silenced: u64,
    shared: Arc<Shared>,
}

/// A lane of at most `capacity` items (at least one) between two threads. Fails only when the process
/// has no descriptor left for the doorbell.
pub fn ring<T>(capacity: usize) -> io::Result<(Sender<T>, Receiver<T>)> {
    let capacity = capacity.max(1);
    let (producer, consumer) = rtrb::RingBuffer::new(capacity);
    let shared = Arc::new(Shared {
        rest: AtomicU8::new(AWAKE),
        sender_gone: AtomicBool::new(false),
        receiver_gone: AtomicBool::new(false),
        high_water: AtomicUsize::new(0),
        refused: AtomicU64::new(0),
        doorbells: AtomicU64::new(0),
        bell: File::from(eventfd()?),
    });
    Ok((
        Sender { ring: producer, capacity, rings: false, shared: Arc::clone(&shared) },
        Receiver { ring: consumer, end_noticed: false, silenced: 0, shared },
    ))
}

#[allow(unsafe_code)] // std has no eventfd; reading and writing it go through `File`.
fn eventfd() -> io::Result<OwnedFd> {
    // SAFETY: the call takes no pointer; a non-negative result is a descriptor that nobody else owns.
    unsafe {
        match libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) {
            -1 => Err(io::Error::last_os_error()),
            fd => Ok(OwnedFd::from_raw_fd(fd)),
        }
    }
}

impl<T> Sender<T> {
    /// Puts an item at the end and rings if the consumer sleeps; gives the item back when the lane is
    /// full, or when nobody will ever take it.
    pub fn push(&mut self, item: T) -> Result<(), T> {
        let put = self.put(item);
        self.ring();
        put
    }

    /// Puts an item at the end without ringing: for several in a row, each of which would wake the consumer for
    /// itself alone where both share a core. Whoever puts rings afterwards.
    pub fn put(&mut self, item: T) -> Result<(), T> {
        if self.is_closed() {
            return Err(item);
        }
        if let Err(rtrb::PushError::Full(item)) = self.ring.push(item) {
            self.shared.refused.fetch_add(1, Ordering::Relaxed);
            return Err(item);
        }
        self.shared.high_water.fetch_max(self.len(), Ordering::Relaxed);
        self.rings = true;
        Ok(())
    }

    /// Rings if something was put since the last ring and the consumer sleeps.
    pub fn ring(&mut self) {
        self.ring_above(DOZING);
    }

    /// The same, also if it only dozes: for what cannot wait until it looks by itself.
    pub fn ring_urgently(&mut self) {
        self.ring_above(AWAKE);
    }

    fn ring_above(&mut self, rest: u8) {
        if !std::mem::take(&mut self.rings) {
            return;
        }
        // Pairs with the fence in `prepare_to_rest`: of the two sides' "write, fence, read", at least one
        // reads what the other wrote. So either we see that it sleeps, or it sees that there is an item.
        fence(Ordering::SeqCst);
        if self.shared.rest.load(Ordering::Relaxed) > rest && self.shared.rest.swap(AWAKE, Ordering::AcqRel) > rest {
            self.shared.ring_bell();
        }
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.shared.receiver_gone.load(Ordering::Acquire)
    }

    /// Items inside, as seen from here.
    pub fn len(&self) -> usize {
        self.capacity - self.ring.slots()
    }

    /// Whether nothing is inside, as seen from here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Items that fit.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The most items that were ever inside.
    pub fn high_water(&self) -> usize {
        self.shared.high_water.load(Ordering::Relaxed)
    }

    /// How many pushes found it full.
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.sender_gone.store(true, Ordering::SeqCst);
        self.shared.ring_bell();
    }
}

impl<T> Receiver<T> {
    /// Takes the item at the front.
    pub fn pop(&mut self) -> Option<T> {
        self.ring.pop().ok()
    }

    /// What becomes readable when an item arrives, or the sender goes, while the consumer sleeps.
    pub fn doorbell(&self) -> BorrowedFd<'_> {
        self.shared.bell.as_fd()
    }

    /// Announces that the consumer is about to wait on the doorbell. `false`: something is there, or the
    /// sender has ended (said once): don't, look again.
    pub fn prepare_to_sleep(&mut self) -> bool {
        self.prepare_to_rest(ASLEEP)
    }

    /// The same for a wait that is short: of what arrives meanwhile, only what is urgent rings.
    pub fn prepare_to_doze(&mut self) -> bool {
        self.prepare_to_rest(DOZING)
    }

    fn prepare_to_rest(&mut self, rest: u8) -> bool {
        self.shared.rest.store(rest, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.ring.is_empty() && !self.notice_end() {
            return true;
        }
        self.shared.rest.store(AWAKE, Ordering::Relaxed);
        false
    }

    /// The sender's last ring may have been silenced by the turn that took its last items, after that turn had
    /// asked `is_closed`. So the end gets one turn of its own; after it, a consumer that stays may sleep.
    fn notice_end(&mut self) -> bool {
        if self.end_noticed || !self.shared.sender_gone.load(Ordering::SeqCst) {
            return false;
        }
        // Items that were sent before the end show now: then there is a turn for them first.
        self.end_noticed = self.ring.is_empty();
        true
    }

    /// The consumer no longer waits: silences the doorbell. Call it after each wait, whatever ended it.
    pub fn awake(&mut self) {
        // A sender that saw us rest before this store has rung or is about to: then one later wait ends for nothing.
        self.shared.rest.store(AWAKE, Ordering::Relaxed);
        if self.shared.doorbells.load(Ordering::Acquire) == self.silenced {
            return;
        }
        // The bell gives back how many rings it swallowed; one that is counted and not yet rung is still to come.
        let mut rings = [0; 8];
        if let Ok(8) = (&self.shared.bell).read(&mut rings) {
            self.silenced += u64::from_ne_bytes(rings);
        }
    }

    /// Waits until something is there, the sender is gone or `timeout` is over (`None`: without end).
    pub fn wait(&mut self, timeout: Option<Duration>) {
        if self.prepare_to_sleep() {
            poll_readable(self.doorbell(), timeout);
        }
        self.awake();
    }

    /// Whether the sender is gone and everything that it sent has been taken.
    pub fn is_closed(&self) -> bool {
        self.shared.sender_gone.load(Ordering::Acquire) && self.ring.is_empty()
    }

    /// Items inside, as seen from here.
    pub fn len(&self) -> usize {
        self.ring.slots()
    }

    /// Whether nothing is inside, as seen from here.
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// The most items that were ever inside.
    pub fn high_water(&self) -> usize {
        self.shared.high_water.load(Ordering::Relaxed)
    }

    /// How many pushes found it full.
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }

    /// How often the doorbell was rung: system calls that the sender paid.
    pub fn doorbells(&self) -> u64 {
        self.shared.doorbells.load(Ordering::Relaxed)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.receiver_gone.store(true, Ordering::Release);
    }
}

#[allow(unsafe_code)] // std cannot wait for a descriptor.
fn poll_readable(fd: BorrowedFd<'_>, timeout: Option<Duration>) {
    // Rounded up, so that a wait of half a millisecond does not become a busy loop.
    let ms = timeout.map_or(-1, |t| i32::try_from(t.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
    let mut entry = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one valid entry, alive for the length of the call. An interrupted wait is a wait that ended early.
    unsafe { libc::poll(&raw mut entry, 1, ms) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Instant;

    /// A small generator, so that each run's pauses are the same.
    fn next(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[test]
    fn a_million_items_cross_in_order_though_both_sides_fall_asleep() {
        const ITEMS: u64 = 1_000_000;
        let (mut sender, mut receiver) = ring(1024).unwrap();
        let began = Instant::now();
        let producer = thread::spawn(move || {
            let mut seed = 1;
            for item in 0..ITEMS {
                let mut rest = item;
                while let Err(back) = sender.push(rest) {
                    rest = back;
                    thread::yield_now();
                }
                match next(&mut seed) % 10_000 {
                    0 => thread::sleep(Duration::from_micros(200)),
                    1..5 => thread::yield_now(),
                    _ => {}
                }
            }
        });
        let mut seed = 2;
        let mut expected = 0;
        while !receiver.is_closed() {
            while let Some(item) = receiver.pop() {
                assert_eq!(item, expected);
                expected += 1;
                if next(&mut seed).is_multiple_of(20_000) {
                    thread::sleep(Duration::from_micros(200));
                }
            }
            let asleep = Instant::now();
            receiver.wait(Some(Duration::from_secs(10)));
            // A lost doorbell would show as a wait that ends by its timeout.
            assert!(asleep.elapsed() < Duration::from_secs(5), "slept through item {expected}");
        }
        producer.join().unwrap();
        assert_eq!(expected, ITEMS);
        assert!(began.elapsed() < Duration::from_secs(60));
        assert!(receiver.doorbells() < ITEMS / 10, "the bell rings only for a sleeper: {}", receiver.doorbells());
    }

    #[test]
    fn ping_pong_of_one_item_never_misses_the_doorbell() {
        let (mut there, mut at_b) = ring(1).unwrap();
        let (mut back, mut at_a) = ring(1).unwrap();
        let echo = thread::spawn(move || {
            while !at_b.is_closed() {
                match at_b.pop() {
                    Some(item) => back.push(item).unwrap(),
                    None => at_b.wait(None),
                }
            }
        });
        for round in 0..20_000_u32 {
            there.push(round).unwrap();
            loop {
                if let Some(item) = at_a.pop() {
                    assert_eq!(item, round);
                    break;
                }
                let asleep = Instant::now();
                at_a.wait(Some(Duration::from_secs(10)));
                assert!(asleep.elapsed() < Duration::from_secs(5), "slept through round {round}");
            }
        }
        drop(there);
        echo.join().unwrap();
    }

    #[test]
    fn the_bell_is_silent_while_the_consumer_is_awake() {
        let (mut sender, mut receiver) = ring(8).unwrap();
        sender.push(1).unwrap();
        assert_eq!(receiver.doorbells(), 0);
        assert!(!receiver.prepare_to_sleep(), "something is there");
        assert_eq!(receiver.pop(), Some(1));
        assert!(receiver.prepare_to_sleep());
        sender.push(2).unwrap();
        sender.push(3).unwrap();
        assert_eq!(receiver.doorbells(), 1, "one ring wakes it, the second item rides along");
        receiver.awake();
        let before = Instant::now();
        assert_eq!((receiver.pop(), receiver.pop()), (Some(2), Some(3)));
        receiver.wait(Some(Duration::from_millis(20)));
        assert!(before.elapsed() >= Duration::from_millis(20), "awake() silenced the bell");
    }

    #[test]
    fn what_is_put_wakes_nobody_until_the_ring_and_then_once() {
        let (mut sender, mut receiver) = ring(8).unwrap();
        assert!(receiver.prepare_to_sleep());
        sender.ring();
        assert_eq!(receiver.doorbells(), 0, "nothing was put");
        assert_eq!((sender.put(1), sender.put(2)), (Ok(()), Ok(())));
        assert_eq!(receiver.doorbells(), 0);
        sender.ring();
        sender.ring();
        assert_eq!(receiver.doorbells(), 1);
        receiver.awake();
        assert_eq!((receiver.pop(), receiver.pop()), (Some(1), Some(2)));
    }

    #[test]
    fn a_dozing_consumer_is_woken_by_what_is_urgent_only() {
        let (mut sender, mut receiver) = ring(8).unwrap();
        assert!(receiver.prepare_to_doze());
        sender.push(1).unwrap();
        assert_eq!(receiver.doorbells(), 0, "it looks by itself");
        sender.put(2).unwrap();
        sender.ring_urgently();
        assert_eq!(receiver.doorbells(), 1);
        receiver.awake();
        assert!(!receiver.prepare_to_doze(), "something is there");
        assert_eq!((receiver.pop(), receiver.pop()), (Some(1), Some(2)));
        assert!(receiver.prepare_to_sleep());
        sender.push(3).unwrap();
        assert_eq!(receiver.doorbells(), 2, "asleep, anything wakes it");
    }

    #[test]
    fn a_full_lane_gives_the_item_back_and_a_closed_one_says_so() {
        let (mut sender, mut receiver) = ring(2).unwrap();
        assert_eq!((sender.push(1), sender.push(2), sender.push(3)), (Ok(()), Ok(()), Err(3)));
        assert_eq!((sender.refused(), sender.high_water(), sender.len()), (1, 2, 2));
        assert!(!sender.is_closed());
        drop(sender);
        assert!(!receiver.is_closed(), "what was sent is still to be taken");
        assert_eq!((receiver.pop(), receiver.pop()), (Some(1), Some(2)));
        assert!(receiver.is_closed());
        let (mut sender, receiver) = ring(2).unwrap();
        drop(receiver);
        assert!(sender.is_closed());
        assert_eq!(sender.push(1), Err(1));
    }

    #[test]
    fn an_end_whose_ring_was_silenced_is_still_noticed_once() {
        let (mut sender, mut receiver) = ring(2).unwrap();
        assert!(receiver.prepare_to_sleep());
        sender.push(1).unwrap();
        drop(sender);
        receiver.awake(); // Both rings are silenced here.
        assert!(!receiver.is_closed(), "an item is left");
        assert_eq!(receiver.pop(), Some(1));
        assert!(!receiver.prepare_to_sleep(), "nobody will ring again: look once more");
        assert!(receiver.is_closed());
        assert!(receiver.prepare_to_sleep(), "who stays for other reasons does not spin");
    }

    #[test]
    fn the_end_of_the_sender_wakes_the_sleeper() {
        let (sender, mut receiver) = ring::<u8>(2).unwrap();
        let waiter = thread::spawn(move || {
            while !receiver.is_closed() {
                receiver.wait(None);
            }
        });
        thread::sleep(Duration::from_millis(20));
        drop(sender);
        waiter.join().unwrap();
    }
}
