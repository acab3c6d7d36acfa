//! Looks names up for the signalling core, with what the machine has for it (getaddrinfo): each look-up on a thread of its
//! own, since it may take as long as it likes, and one at a time for each name. Nobody waits for such a thread at the end.

use std::collections::BTreeSet;
use std::net::{IpAddr, ToSocketAddrs};
use std::task::{Context, Poll};
use terms::TrunkId;
use tokio::sync::mpsc;

/// What a look-up found; no address: it failed.
pub struct Answer {
    /// Whose name it is.
    pub trunk: TrunkId,
    /// The name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// The look-ups that are under way.
pub struct Resolver {
    open: BTreeSet<(TrunkId, String)>,
    sender: mpsc::UnboundedSender<Answer>,
    answers: mpsc::UnboundedReceiver<Answer>,
    /// What woke the loop, taken before the rest.
    first: Option<Answer>,
}

impl Resolver {
    /// Nothing is looked up yet.
    pub fn new() -> Resolver {
        let (sender, answers) = mpsc::unbounded_channel();
        Resolver { open: BTreeSet::new(), sender, answers, first: None }
    }

    /// Looks a name up, unless that is being done.
    pub fn ask(&mut self, trunk: TrunkId, name: String) {
        if !self.open.insert((trunk, name.clone())) {
            return;
        }
        let sender = self.sender.clone();
        let look_up = move || {
            let found = (name.as_str(), 0).to_socket_addrs();
            if let Err(error) = &found {
                tracing::warn!(name, %error, "the name of a carrier cannot be looked up");
            }
            let addresses = found.into_iter().flatten().map(|address| address.ip()).collect();
            let _nobody_waits = sender.send(Answer { trunk, name, addresses });
        };
        if let Err(error) = std::thread::Builder::new().name("resolver".into()).spawn(look_up) {
            tracing::warn!(%error, "no thread to look a name up");
            self.open.retain(|(of, _)| *of != trunk);
        }
    }

    /// The next answer that is there.
    pub fn answer(&mut self) -> Option<Answer> {
        let answer = self.first.take().or_else(|| self.answers.try_recv().ok())?;
        self.open.remove(&(answer.trunk, answer.name.clone()));
        Some(answer)
    }

    /// Whether an answer is there; wakes the loop when one comes.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        match self.answers.poll_recv(cx) {
            Poll::Ready(answer) => {
                self.first = answer;
                self.first.is_some()
            }
            Poll::Pending => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn answer(resolver: &mut Resolver) -> Answer {
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            if let Some(answer) = resolver.answer() {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no answer came");
    }

    #[test]
    fn a_name_is_looked_up_once_at_a_time_and_one_that_is_none_has_no_address() {
        let trunk = TrunkId::of("home");
        let mut resolver = Resolver::new();
        resolver.ask(trunk, "localhost".into());
        resolver.ask(trunk, "localhost".into());
        let found = answer(&mut resolver);
        assert!(found.addresses.iter().any(IpAddr::is_loopback), "{:?}", found.addresses);
        assert!(resolver.open.is_empty());
        std::thread::sleep(Duration::from_millis(50));
        assert!(resolver.answer().is_none(), "it was asked for once");
        resolver.ask(trunk, "no such host".into());
        assert!(answer(&mut resolver).addresses.is_empty());
    }
}
