//! The thread that writes the log's lines. Whoever logs is never held up: what does not fit into the queue is lost, and
//! counted.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::time::{Duration, Instant};

/// How long the end waits for a disk or a terminal that takes no more lines.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the end looks whether the queue has room for its word.
const LOOK: Duration = Duration::from_millis(5);

/// Where lines are handed in.
#[derive(Clone, Debug)]
pub struct Lines {
    queue: SyncSender<Item>,
    /// Bytes of lines that are not written yet.
    waiting: Arc<AtomicUsize>,
    room: Room,
    lost: Lost,
}

/// How much may wait to be written.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Lines.
    pub lines: usize,
    /// Their bytes: a stranger's message may be a long line.
    pub bytes: usize,
}

/// Lines that did not fit.
#[derive(Clone, Debug, Default)]
pub struct Lost(Arc<AtomicUsize>);

/// While it lives lines are written; dropped, it waits until those are that came before.
#[derive(Debug)]
pub struct Writing {
    queue: SyncSender<Item>,
    done: Receiver<()>,
}

#[derive(Debug)]
enum Item {
    Line(Box<[u8]>),
    End,
}

/// Starts the thread, with a queue that has so much room.
pub fn begin(mut out: impl Write + Send + 'static, room: Room) -> std::io::Result<(Lines, Writing)> {
    let (queue, items) = sync_channel(room.lines);
    let (finished, done) = channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let written = waiting.clone();
    std::thread::Builder::new().name("log".into()).spawn(move || {
        while let Ok(Item::Line(line)) = items.recv() {
            let _nobody_to_tell = out.write_all(&line);
            written.fetch_sub(line.len(), Relaxed);
        }
        let _nobody_to_tell = out.flush();
        drop(finished);
    })?;
    Ok((Lines { queue: queue.clone(), waiting, room, lost: Lost::default() }, Writing { queue, done }))
}

impl Lines {
    /// Counts what did not fit.
    pub fn lost(&self) -> Lost {
        self.lost.clone()
    }
}

impl Lost {
    /// How many there are.
    pub fn lines(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let waiting = self.waiting.fetch_add(line.len(), Relaxed) + line.len();
        if waiting > self.room.bytes || self.queue.try_send(Item::Line(line.into())).is_err() {
            self.waiting.fetch_sub(line.len(), Relaxed);
            self.lost.0.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let until = Instant::now() + PATIENCE;
        while let Err(TrySendError::Full(_)) = self.queue.try_send(Item::End) {
            if Instant::now() >= until {
                return;
            }
            std::thread::sleep(LOOK);
        }
        let _over_or_out_of_patience = self.done.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Condvar, Mutex, PoisonError};

    /// What takes lines once its gate is open.
    #[derive(Clone, Default)]
    struct Gate(Arc<(Mutex<Taken>, Condvar)>);

    #[derive(Default)]
    struct Taken {
        open: bool,
        bytes: Vec<u8>,
    }

    impl Gate {
        fn open(&self) {
            self.0.0.lock().unwrap_or_else(PoisonError::into_inner).open = true;
            self.0.1.notify_all();
        }
        fn text(&self) -> String {
            String::from_utf8(self.0.0.lock().unwrap().bytes.clone()).unwrap()
        }
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let state = self.0.0.lock().unwrap();
            self.0.1.wait_while(state, |state| !state.open).unwrap().bytes.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_came_before_the_end_are_written_and_those_that_do_not_fit_are_counted() {
        let gate = Gate::default();
        let (mut lines, writing) = begin(gate.clone(), Room { lines: 4, bytes: 1_000 }).unwrap();
        for n in 0..10 {
            lines.write_all(format!("{n}\n").as_bytes()).unwrap();
        }
        // One may be in the hands of the thread already.
        let lost = lines.lost().lines();
        assert!(lost == 5 || lost == 6, "{lost}");
        gate.open();
        drop(writing);
        assert_eq!(gate.text().lines().count(), 10 - lost);
        assert!(gate.text().starts_with("0\n1\n2\n3\n"));
    }

    #[test]
    fn long_lines_fill_the_queue_sooner() {
        let gate = Gate::default();
        let (mut lines, writing) = begin(gate.clone(), Room { lines: 100, bytes: 10 }).unwrap();
        for line in ["12345\n", "1234\n", "1234\n", "123\n", "\n"] {
            lines.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(lines.lost().lines(), 3);
        gate.open();
        drop(writing);
        assert_eq!(gate.text(), "12345\n123\n");
    }

    #[test]
    fn who_takes_no_more_lines_does_not_hold_the_end_up() {
        let (mut lines, writing) = begin(Gate::default(), Room { lines: 1, bytes: 1_000 }).unwrap();
        for _ in 0..3 {
            lines.write_all(b"never taken\n").unwrap();
        }
        let begun = Instant::now();
        drop(writing);
        assert!(begun.elapsed() < 3 * PATIENCE);
    }
}
