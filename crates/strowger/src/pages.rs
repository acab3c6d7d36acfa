//! The console's thread and its joint to the signalling thread: it asks by nudges, as everybody does.

use crate::clock::Clock;
use crate::feed::Feed;
use crate::nudge::Nudge;
use crate::pulse::{LIVE, Pulse};
use console::Beginning;
use console::switch::{Answer, Snapshot, Switch};
use control::Actor;
use std::sync::Arc;
use terms::Now;
use tokio::sync::{mpsc, oneshot};

/// The way to the signalling thread.
struct Joint {
    nudges: mpsc::UnboundedSender<Nudge>,
    pulse: Pulse,
    clock: Clock,
}

impl Switch for Joint {
    fn snapshot(&self, answer: Answer<Box<Snapshot>>) {
        let _has_ended = self.nudges.send(Nudge::Mirrored(answer));
    }

    fn follow(&self, answer: Answer<Result<Feed, String>>) {
        // It reads everything and shows each reader what he may see.
        let _has_ended = self.nudges.send(Nudge::Follow(Actor::Operator(None), answer));
    }

    fn is_alive(&self) -> bool {
        self.pulse.age() < LIVE
    }

    fn now(&self) -> Now {
        self.clock.now()
    }
}

/// Serves the pages until the other end of `stop` is dropped.
pub fn spawn(
    beginning: Beginning,
    nudges: mpsc::UnboundedSender<Nudge>,
    pulse: Pulse,
    clock: Clock,
    stop: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    console::spawn(Arc::new(Joint { nudges, pulse, clock }), beginning, stop)
}
