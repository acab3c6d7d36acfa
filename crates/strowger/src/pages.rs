//! The console's thread and its joint to the signalling thread: it asks by nudges, as everybody does.

use crate::admin::wire::Wanted;
use crate::clock::Clock;
use crate::feed::Feed;
use crate::nudge::{Asker, Nudge, Request};
use crate::pulse::{LIVE, Pulse};
use console::Beginning;
use console::switch::{Answer, Receipt, Refusal, Snapshot, Switch, VoiceWish};
use control::{Actor, Command, View};
use std::sync::Arc;
use terms::{Now, PhoneId};
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

    fn command(&self, command: Command, answer: Answer<Receipt>) {
        let Command { id, by, what } = command;
        let request =
            Request { id, by, what: Wanted::Do(what), before: None, heard: None, reply: Some(Asker::Receipt(answer)) };
        let _has_ended = self.nudges.send(Nudge::Asked(request));
    }

    fn voice(&self, phone: PhoneId, wish: VoiceWish) {
        let _has_ended = self.nudges.send(Nudge::Voice(phone, wish));
    }

    fn look(&self, by: Actor, view: View, answer: Answer<Result<serde_json::Value, Refusal>>) {
        let what = Wanted::Look(view);
        let request = Request { id: None, by, what, before: None, heard: None, reply: Some(Asker::Sight(answer)) };
        let _has_ended = self.nudges.send(Nudge::Asked(request));
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

#[cfg(test)]
mod tests {
    use super::*;
    use control::{AgentWish, Reply, Verb};
    use node::Happening;

    /// Asks over the joint and waits.
    fn asked<T>(question: impl FnOnce(Answer<T>)) -> T {
        let (answer, answered) = oneshot::channel();
        question(answer);
        answered.blocking_recv().expect("the switch answers")
    }

    #[test]
    fn a_command_of_a_page_is_done_and_its_record_has_the_number_of_the_receipt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(crate::files::CONFIG);
        let text = "[listen]\nudp = \"127.0.0.1:0\"\nrtp = \"39000-39099\"\n[storage]\ndatabase = \"sqlite::memory:\"\n\
                    [[agent]]\nname = \"alice\"\ndevices = []\n[[queue]]\nname = \"sales\"\nagents = [\"alice\"]\n";
        std::fs::write(&path, text).unwrap();
        let configured = crate::config::load(&path).unwrap();
        let switch = crate::threads::Switch::start(configured, false, None).unwrap();
        let clock = Clock::start();
        let joint = Joint { nudges: switch.nudges.clone(), pulse: switch.pulse.clone(), clock };
        let Feed { after, mut records } = asked(|answer| joint.follow(answer)).unwrap();
        let command = |status, id: &str| Command {
            id: id.to_owned().try_into().ok(),
            by: Actor::Operator(None),
            what: Verb::Agent { name: "alice".into(), status, reason: None },
        };
        let receipt = asked(|answer| joint.command(command(AgentWish::Ready, "a"), answer));
        assert!(matches!(receipt.reply, Reply::Done(_)), "{receipt:?}");
        let seq = receipt.seq.unwrap();
        assert!(seq > after);
        let record = std::iter::from_fn(|| records.blocking_recv().ok()).find(|record| record.seq == seq).unwrap();
        let Happening::Command(ordered) = &record.what else { panic!("{record:?}") };
        assert_eq!(ordered.reply, receipt.reply);
        assert_eq!((ordered.before.as_deref(), ordered.after.as_deref()), (Some("logged out"), Some("ready")));
        let seen = asked(|answer| joint.snapshot(answer));
        assert!(seen.as_of >= seq && seen.acd.agents.iter().any(|agent| agent.status == acd::Status::Ready));
        // A setting, too, has what it was; what the office does is no other thing.
        let of = |what, by| Command { id: None, by, what };
        let ring = |value: &str| {
            let (queue, key, value) = ("sales".into(), "ring".into(), value.into());
            Verb::Change(control::Change::Set { queue, key, value })
        };
        let changed = asked(|answer| joint.command(of(ring("15s"), Actor::Operator(None)), answer));
        let record = std::iter::from_fn(|| records.blocking_recv().ok()).find(|record| Some(record.seq) == changed.seq);
        let Happening::Command(ordered) = &record.as_ref().unwrap().what else { panic!("{record:?}") };
        assert_eq!((ordered.before.as_deref(), ordered.after.as_deref()), (Some("20s"), Some("15s")), "{ordered:?}");
        // It comes again: nothing happens.
        let again = asked(|answer| joint.command(command(AgentWish::Ready, "a"), answer));
        assert_eq!((again.reply, again.seq), (receipt.reply, None));
        let nobody = Command { by: Actor::User("mallory".into()), ..command(AgentWish::Logout, "b") };
        let refused = asked(|answer| joint.command(nobody, answer));
        assert!(matches!(refused.reply, Reply::Refused(_)), "{refused:?}");
        let _ends = switch.nudges.send(Nudge::Stop);
        switch.join().unwrap();
    }
}
