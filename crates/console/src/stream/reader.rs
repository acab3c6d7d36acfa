//! One reader of the events: what lies behind his cursor, from memory or else from the account, and then what happens. He
//! holds nothing but his cursor, so that a thousand of them are no memory to speak of.

use super::hub::Hub;
use super::ring::Behind;
use crate::access::{About, may_see};
use crate::guard::Who;
use crate::wire::Event;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use terms::{Seq, limits};
use tokio::sync::watch;
use tokio::time::sleep;

/// Lines of the account at once.
const LINES: u32 = 512;
/// How long the account may be behind: what happened is written within a quarter of a second, unless its disk hangs.
const POSTED: Duration = Duration::from_millis(250);
const TRIES: u32 = 40;

/// What a reader wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these types; none: all.
    pub types: BTreeSet<String>,
    /// Only of these queues.
    pub queues: BTreeSet<String>,
    /// Only of these agents.
    pub agents: BTreeSet<String>,
}

impl Filter {
    fn wants(&self, event: &Event) -> bool {
        let named = |set: &BTreeSet<String>, name: &Option<String>| {
            set.is_empty() || name.as_ref().is_some_and(|name| set.contains(name))
        };
        (self.types.is_empty() || self.types.contains(event.kind))
            && named(&self.queues, &event.queue)
            && named(&self.agents, &event.agent)
    }
}

/// A reader.
pub struct Reader {
    hub: Arc<Hub>,
    who: Who,
    filter: Filter,
    cursor: Seq,
    news: watch::Receiver<Seq>,
    tries: u32,
}

/// What he gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// These events. The cursor behind them is [`Reader::cursor`].
    Events(Vec<Arc<Event>>),
    /// What came before this number cannot be told any more: he looks at everything anew and goes on from here.
    Reset(Seq),
}

impl Reader {
    /// One who has seen everything up to `after`; none: everything up to now.
    pub fn new(hub: Arc<Hub>, who: Who, filter: Filter, after: Option<Seq>) -> Reader {
        let news = hub.last();
        let cursor = after.unwrap_or_else(|| hub.ring(super::ring::Ring::last));
        Reader { hub, who, filter, cursor, news, tries: 0 }
    }

    /// What he has seen everything up to.
    pub fn cursor(&self) -> Seq {
        self.cursor
    }

    /// The next piece, when there is one; none when the switch has ended. It can be dropped and asked again.
    pub async fn next(&mut self) -> Option<Piece> {
        (self.who)()?;
        loop {
            self.news.mark_unchanged();
            match self.hub.ring(|ring| ring.behind(self.cursor, limits::CONSOLE_PIECE)) {
                Behind::Events(_, until) if until == self.cursor => self.news.changed().await.ok()?,
                Behind::Events(events, until) => {
                    self.cursor = until;
                    let events = self.sight(events);
                    if !events.is_empty() {
                        return Some(Piece::Events(events));
                    }
                }
                Behind::Ahead(last) => return Some(self.reset(last)),
                Behind::Older(first) => {
                    if let Some(piece) = self.read_account(first).await {
                        return Some(piece);
                    }
                }
            }
        }
    }

    fn reset(&mut self, to: Seq) -> Piece {
        (self.cursor, self.tries) = (to, 0);
        Piece::Reset(to)
    }

    /// The next lines of the account; what it should have and has not yet is waited for.
    async fn read_account(&mut self, until: Seq) -> Option<Piece> {
        let Some(account) = self.hub.account.clone() else { return Some(self.reset(until)) };
        let lines = match account.stream(Some(self.cursor), LINES).await {
            Ok(lines) => lines,
            Err(error) => {
                tracing::warn!(%error, "the account cannot be read for a reader of the stream");
                vec![]
            }
        };
        let Some(last) = lines.last().map(|line| line.seq) else {
            self.tries += 1;
            if self.tries > TRIES {
                return Some(self.reset(until));
            }
            sleep(POSTED).await;
            return None;
        };
        self.tries = 0;
        match lines.iter().position(|line| line.missing.is_some()) {
            // Something was deleted before the first line that it still has.
            Some(0) => return Some(self.reset(Seq { n: lines[0].seq.n.saturating_sub(1), ..lines[0].seq })),
            Some(nth) => {
                self.cursor = lines[nth - 1].seq;
                return self.some(&lines[..nth]);
            }
            None => {}
        }
        self.cursor = last;
        self.some(&lines)
    }

    fn some(&self, lines: &[ledger::stream::Line]) -> Option<Piece> {
        let events = self.sight(self.hub.events(lines));
        (!events.is_empty()).then_some(Piece::Events(events))
    }

    fn sight(&self, events: Vec<Arc<Event>>) -> Vec<Arc<Event>> {
        // Who is out by now sees nothing, and is cut off with the next piece.
        let Some(viewer) = (self.who)() else { return vec![] };
        let sees =
            |event: &Event| may_see(&viewer, About { queue: event.queue.as_deref(), agent: event.agent.as_deref() });
        events.into_iter().filter(|event| self.filter.wants(event) && sees(event)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Viewer;
    use crate::testing::{Mute, entered, event, plan, record};
    use crate::wire::Names;
    use control::{Role, Scope, Sight};
    use ledger::stream::Line;
    use node::Happening;
    use terms::QueueId;

    #[test]
    fn who_leads_one_queue_reads_nothing_of_another_in_the_stream() {
        let mut names = Names::default();
        names.take_plan(&plan());
        let hub = Arc::new(Hub::new(Arc::new(Mute), None, names, Default::default()));
        let records = [
            event(1, 0, 1, "support", None, entered()),
            event(2, 0, 2, "sales", Some("boris"), entered()),
            event(
                3,
                0,
                1,
                "support",
                Some("anna"),
                call::cdr::CallEventKind::Offered { contact_kind: Default::default() },
            ),
            record(4, 0, Happening::Plan { hash: "ab".into() }),
        ];
        let lines: Vec<Line> = records.iter().map(Line::from).collect();
        let scope = Scope::Of { queues: [QueueId::of("support")].into(), agents: [].into(), phones: [].into() };
        let viewer = |scope| Viewer { name: "x".into(), roles: vec![Role::Supervisor], sight: Sight::from(&scope) };
        let read = |scope, filter| {
            let events = hub.events(&lines);
            let viewer = viewer(scope);
            Reader::new(hub.clone(), Arc::new(move || Some(viewer.clone())), filter, None).sight(events)
        };
        let numbers = |events: Vec<Arc<Event>>| events.iter().map(|event| event.seq.n).collect::<Vec<_>>();
        assert_eq!(numbers(read(Scope::All, Filter::default())), [1, 2, 3, 4]);
        assert_eq!(numbers(read(scope, Filter::default())), [1, 3]);
        let offers = Filter { types: ["offer.made".to_owned()].into(), ..Filter::default() };
        assert_eq!(numbers(read(Scope::All, offers)), [3]);
    }
}
