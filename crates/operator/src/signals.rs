//! What somebody at the terminal, or whoever started this, says by signals to a command that shows something.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Ctrl-C: come to an end.
    Interrupt,
    /// End now: SIGTERM, SIGQUIT, or the terminal is gone.
    End,
    /// The terminal has another size.
    Resized,
}

/// The signals, heard from now on.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    quit: Signal,
    resized: Signal,
}

impl Signals {
    /// Hears them; within a runtime.
    pub fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            resized: signal(SignalKind::window_change())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.interrupt.recv() => Told::Interrupt,
            _ = self.terminate.recv() => Told::End,
            _ = self.hangup.recv() => Told::End,
            _ = self.quit.recv() => Told::End,
            _ = self.resized.recv() => Told::Resized,
        }
    }
}
