//! Makes a report of events, one after the other, in constant space for each row.

use super::spans::{Doing, Span, Spans};
use super::tally::{Tally, Wait};
use acd::WorkKind;
use call::cdr::{CallEvent, CallEventKind};
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{AgentId, ContactId, ContactKind, QueueId, Wall};

/// What the rows of a report are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// A row a queue.
    Queue,
    /// A row an agent.
    Agent,
    /// A row for each time between two edges.
    Time,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A queue.
    Queue(QueueId),
    /// An agent.
    Agent(AgentId),
    /// The time that begins at this edge.
    Time(usize),
}

/// A report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What there is to say, in order.
    pub rows: BTreeMap<Key, Tally>,
    /// All of it.
    pub total: Tally,
    /// When each agent logged in and out.
    pub sessions: BTreeMap<AgentId, Vec<LoginSession>>,
}

/// An agent's time at work, from his log-in to his log-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginSession {
    /// None: he was there when the time began.
    pub from: Option<Wall>,
    /// None: he was still there when it ended.
    pub to: Option<Wall>,
}

/// Takes events in the order in which they happened.
#[derive(Debug)]
pub struct Compiler {
    grouping: Grouping,
    /// Wall milliseconds; the first is the begin, the last the end.
    edges: Vec<i64>,
    queue: Option<QueueId>,
    thresholds: BTreeMap<QueueId, Duration>,
    otherwise: Duration,
    spans: Spans,
    /// The conversations that agents had last, while their after-call work is not over.
    wrapping: BTreeMap<AgentId, Wrapping>,
    report: Report,
}

/// A conversation that ended within the time.
#[derive(Clone, Copy, Debug)]
struct Wrapping {
    /// Its row.
    key: Option<Key>,
    kind: ContactKind,
    /// Which it was.
    of: (Option<ContactId>, Option<u16>),
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Compiler {
    /// A compiler for the time from the first to the last edge, of one queue or of all. A queue without a
    /// threshold has `otherwise`.
    pub fn new(
        grouping: Grouping,
        edges: &[Wall],
        queue: Option<QueueId>,
        thresholds: BTreeMap<QueueId, Duration>,
        otherwise: Duration,
    ) -> Compiler {
        let edges = edges.iter().map(|edge| edge.as_millis()).collect();
        let (spans, wrapping, report) = (Spans::default(), BTreeMap::new(), Report::default());
        Compiler { grouping, edges, queue, thresholds, otherwise, spans, wrapping, report }
    }

    /// What an agent did when the time began.
    pub fn begin_with(&mut self, event: &CallEvent) {
        if let Some(agent) = event.agent {
            self.spans.tell(agent, event.at.as_millis(), &event.what);
        }
    }

    /// All that was done when the time began is told.
    pub fn begun(&mut self) {
        if self.queue.is_none() {
            let there = LoginSession { from: None, to: None };
            self.report.sessions.extend(self.spans.at_work().map(|agent| (agent, vec![there])));
        }
    }

    /// Counts an event of the time.
    pub fn take(&mut self, event: &CallEvent) {
        let at = event.at.as_millis();
        if let (Some(agent), CallEventKind::AgentState { .. }) = (event.agent, &event.what) {
            let before = self.spans.is_at_work(agent);
            if let Some(span) = self.spans.tell(agent, at, &event.what) {
                self.followed(&span, &event.what);
                self.spend(&span);
            }
            match (before, self.spans.is_at_work(agent)) {
                (false, true) => self.logged_in(agent, event.at),
                (true, false) => self.logged_out(agent, event.at),
                _ => {}
            }
            return;
        }
        let Some(place) = self.place(at) else { return };
        if self.queue.is_some_and(|queue| event.queue != Some(queue)) {
            return;
        }
        if let CallEventKind::Disposed { .. } = &event.what {
            return self.disposed(event);
        }
        let threshold = event.queue.and_then(|queue| self.thresholds.get(&queue)).unwrap_or(&self.otherwise);
        let threshold_ms = millis(*threshold);
        // What is about contacts counts their whole wait, what is about a queue the wait in it.
        let total = if self.queue.is_some() { Wait::Stay } else { Wait::Whole };
        let each = if self.grouping == Grouping::Queue { Wait::Stay } else { total };
        self.report.total.count(&event.what, threshold_ms, total);
        let key = match self.grouping {
            Grouping::Queue => event.queue.map(Key::Queue),
            Grouping::Agent => event.agent.map(Key::Agent),
            Grouping::Time => Some(Key::Time(place)),
        };
        if let Some(key) = key {
            self.report.rows.entry(key).or_default().count(&event.what, threshold_ms, each);
        }
        if let (CallEventKind::Completed { contact_kind, .. }, Some(agent)) = (&event.what, event.agent) {
            let (kind, of) = (*contact_kind, (event.contact, event.segment));
            self.wrapping.insert(agent, Wrapping { key, kind, of });
        }
    }

    /// What came of a conversation belongs to its row, whenever it was said.
    fn disposed(&mut self, event: &CallEvent) {
        let last = event.agent.and_then(|agent| self.wrapping.get(&agent));
        let Some(last) = last.filter(|last| last.of == (event.contact, event.segment)) else { return };
        let row = last.key.map(|key| self.report.rows.entry(key).or_default());
        for tally in row.into_iter().chain([&mut self.report.total]) {
            tally.count(&event.what, 0, Wait::Stay);
        }
    }

    /// After the end: only what follows a conversation of the time counts still, after-call work and what came of it.
    pub fn follow(&mut self, event: &CallEvent) {
        if let CallEventKind::Disposed { .. } = &event.what {
            return self.disposed(event);
        }
        if let (Some(agent), CallEventKind::AgentState { .. }) = (event.agent, &event.what)
            && let Some(span) = self.spans.tell(agent, event.at.as_millis(), &event.what)
        {
            self.followed(&span, &event.what);
        }
    }

    /// Whether after-call work that counts may still come.
    pub fn is_followed(&self) -> bool {
        !self.wrapping.is_empty()
    }

    /// Everybody's state ends: the switch died, or the time is over. With `goes_on`, what agents do is told
    /// further by [`Compiler::follow`].
    pub fn cut(&mut self, at: Wall, goes_on: bool) {
        for span in self.spans.end(at.as_millis()) {
            self.spend(&span);
            if goes_on {
                self.spans.resume(span);
            }
        }
        if !goes_on {
            self.wrapping.clear();
        }
    }

    /// The switch died then: nobody is at work any more.
    pub fn died(&mut self, at: Wall) {
        let open = self.report.sessions.values_mut().flatten().filter(|session| session.to.is_none());
        open.for_each(|session| session.to = Some(at));
    }

    fn logged_in(&mut self, agent: AgentId, at: Wall) {
        if self.queue.is_none() {
            self.report.sessions.entry(agent).or_default().push(LoginSession { from: Some(at), to: None });
        }
    }

    fn logged_out(&mut self, agent: AgentId, at: Wall) {
        let last = self.report.sessions.get_mut(&agent).and_then(|sessions| sessions.last_mut());
        if let Some(session) = last.filter(|session| session.to.is_none()) {
            session.to = Some(at);
        }
    }

    /// The report.
    pub fn report(self) -> Report {
        self.report
    }

    /// Which time an instant belongs to.
    fn place(&self, at: i64) -> Option<usize> {
        let after = self.edges.partition_point(|edge| *edge <= at);
        (after > 0 && after < self.edges.len()).then(|| after - 1)
    }

    /// After-call work belongs to the conversation before it.
    fn followed(&mut self, span: &Span, next: &CallEventKind) {
        let Some(Wrapping { key, kind, .. }) = self.wrapping.get(&span.agent).copied() else { return };
        if span.doing == Doing::WrapUp {
            let length_ms = span.to.saturating_sub(span.from).unsigned_abs();
            self.report.total.wrapped(kind, length_ms);
            if let Some(row) = key.and_then(|key| self.report.rows.get_mut(&key)) {
                row.wrapped(kind, length_ms);
            }
        }
        if !matches!(next, CallEventKind::AgentState { work, .. } if *work == WorkKind::WrapUp) {
            self.wrapping.remove(&span.agent);
        }
    }

    /// Adds an agent's time to the rows that it touches. With one queue it is left out: his time is that of
    /// all his queues.
    fn spend(&mut self, span: &Span) {
        if self.queue.is_some() || span.doing == Doing::LoggedOut {
            return;
        }
        let (Some(begin), Some(end)) = (self.edges.first(), self.edges.last()) else { return };
        let (from, to) = (span.from.max(*begin), span.to.min(*end));
        let mut at = from;
        while at < to {
            let Some(place) = self.place(at) else { return };
            let until = self.edges.get(place + 1).copied().unwrap_or(to).min(to);
            let length_ms = (until - at).unsigned_abs();
            let key = match self.grouping {
                Grouping::Queue => None,
                Grouping::Agent => Some(Key::Agent(span.agent)),
                Grouping::Time => Some(Key::Time(place)),
            };
            let row = key.map(|key| self.report.rows.entry(key).or_default());
            for tally in row.into_iter().chain([&mut self.report.total]) {
                match &span.doing {
                    Doing::Talking => tally.talking_ms += length_ms,
                    Doing::WrapUp => tally.wrapping_ms += length_ms,
                    Doing::Ready => tally.ready_ms += length_ms,
                    Doing::NoPhone => tally.unreachable_ms += length_ms,
                    Doing::Paused(reason) => *tally.paused_ms.entry(reason.clone()).or_insert(0) += length_ms,
                    Doing::LoggedOut => {}
                }
            }
            at = until;
        }
    }
}
