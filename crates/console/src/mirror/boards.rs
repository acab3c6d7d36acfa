//! The wall boards' figures. They are reckoned here and not in the pages, so that every screen shows the same, and agrees
//! since when something is at fault.

use super::Mirror;
use crate::wire::{BoardState, FigureState, time};
use dialplan::{Board, BoardFigure, Figure, Plan};
use ledger::report::Tally;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use terms::{QueueId, Wall, Word as _, words};

/// The boards of a plan; where it has none, the one of all queues.
pub fn of(plan: &Plan) -> Vec<Board> {
    if plan.boards.is_empty() { vec![Board::of_all()] } else { plan.boards.clone() }
}

/// The queues of a board.
pub fn queues_of(board: &Board, plan: &Plan) -> Vec<QueueId> {
    if board.queues.is_empty() { plan.queues.iter().map(|queue| queue.id).collect() } else { board.queues.clone() }
}

/// How bad a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    Warning,
    Critical,
}

words! { Level { Ok "ok", Warning "warning", Critical "critical", } }

impl Level {
    fn of(figure: &BoardFigure, value: Option<f64>) -> Level {
        let Some(value) = value else { return Level::Ok };
        let reached = |threshold: Option<f64>| {
            threshold.is_some_and(|at| if figure.show.is_wanted() { value <= at } else { value >= at })
        };
        match (reached(figure.critical), reached(figure.warning)) {
            (true, _) => Level::Critical,
            (false, true) => Level::Warning,
            (false, false) => Level::Ok,
        }
    }
}

/// Since when which figure is at fault.
#[derive(Debug, Default)]
pub struct Boards {
    /// By board and place on it.
    faults: BTreeMap<(String, usize), (Level, Wall)>,
    told: Vec<BoardState>,
}

impl Boards {
    /// How the boards stand.
    pub fn look(&mut self, mirror: &Mirror, now: Wall) -> Vec<BoardState> {
        of(mirror.plan()).iter().map(|board| self.board(mirror, board, now)).collect()
    }

    /// Those that stand otherwise than they were told last. A wait that grows is no news: it is told since when.
    pub fn news(&mut self, mirror: &Mirror, now: Wall) -> Vec<BoardState> {
        let now = self.look(mirror, now);
        let news = now.iter().filter(|board| !self.told.contains(board)).cloned().collect();
        self.told = now;
        news
    }

    fn board(&mut self, mirror: &Mirror, board: &Board, now: Wall) -> BoardState {
        let queues = queues_of(board, mirror.plan());
        let today = LazyCell::new(|| mirror.today(&queues, now));
        let figures = (0..).zip(&board.figures).map(|(nth, figure)| {
            let (value, since) = mirror.figure(figure.show, &queues, &|| today.clone(), now);
            let level = Level::of(figure, value);
            let fault = self.fault((board.name.clone(), nth), level, now);
            FigureState {
                show: figure.show.word(),
                value: value.filter(|_| since.is_none()),
                since: since.map(time),
                level: level.word(),
                level_since: fault.map(time),
            }
        });
        BoardState { name: board.name.clone(), figures: figures.collect() }
    }

    fn fault(&mut self, place: (String, usize), level: Level, now: Wall) -> Option<Wall> {
        if level == Level::Ok {
            self.faults.remove(&place);
            return None;
        }
        let known = self.faults.entry(place).or_insert((level, now));
        if known.0 != level {
            *known = (level, now);
        }
        Some(known.1)
    }
}

impl Mirror {
    /// What a figure of these queues together is; of a wait that grows, since when, too.
    fn figure(
        &self,
        show: Figure,
        queues: &[QueueId],
        today: &dyn Fn() -> Tally,
        now: Wall,
    ) -> (Option<f64>, Option<Wall>) {
        let waiting = || self.waiting.values().filter(|waiting| queues.contains(&waiting.queue));
        let staff = |state| Some(count(self.in_state(queues, state)));
        let value = match show {
            Figure::Waiting => Some(count(waiting().count())),
            Figure::LongestWait => {
                let since = waiting().map(|waiting| waiting.since).min();
                return (Some(since.map_or(0.0, |since| ms(now.ms_since(since)))), since);
            }
            Figure::ServiceLevel => today().service_level().value,
            Figure::Ready => staff(acd::State::Ready),
            Figure::Talking => staff(acd::State::Talking),
            Figure::Answered => Some(ms(today().answered)),
            Figure::Abandoned => Some(ms(today().abandoned)),
            Figure::AbandonedShare => today().abandoned_share().value,
            Figure::AverageWait => {
                let today = today();
                today.answered_wait_ms.checked_div(today.answered).map(ms)
            }
        };
        (value, None)
    }

    /// Agents of these queues in one state: who serves several counts once.
    fn in_state(&self, queues: &[QueueId], state: acd::State) -> usize {
        let plan = queues.iter().filter_map(|queue| self.plan.queue(*queue));
        let serve: BTreeSet<_> = plan.flat_map(|queue| queue.agents.iter().map(|(id, _)| *id)).collect();
        serve.iter().filter_map(|id| self.agents.get(id)).filter(|agent| agent.state() == state).count()
    }

    fn today(&self, queues: &[QueueId], now: Wall) -> Tally {
        let mut sum = Tally::default();
        for queue in queues {
            let today = self.figures.of(*queue, now).today;
            sum.answered += today.answered;
            sum.answered_in_time += today.answered_in_time;
            sum.abandoned += today.abandoned;
            sum.abandoned_in_time += today.abandoned_in_time;
            sum.answered_wait_ms += today.answered_wait_ms;
        }
        sum
    }
}

#[allow(clippy::cast_precision_loss)] // A count of people.
fn count(n: usize) -> f64 {
    n as f64
}

#[allow(clippy::cast_precision_loss)] // Far below 2^53.
fn ms(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_is_wanted_is_at_fault_when_there_is_little_of_it() {
        let figure = |show, warning, critical| BoardFigure { show, warning: Some(warning), critical: Some(critical) };
        let waiting = figure(Figure::Waiting, 3.0, 6.0);
        let level = |figure, value| Level::of(figure, value).word();
        assert_eq!([2.0, 3.0, 6.0].map(|n| level(&waiting, Some(n))), ["ok", "warning", "critical"]);
        let ready = figure(Figure::Ready, 2.0, 0.0);
        assert_eq!([3.0, 2.0, 0.0].map(|n| level(&ready, Some(n))), ["ok", "warning", "critical"]);
        assert_eq!(level(&ready, None), "ok", "nothing is known of it");
        let without = BoardFigure { show: Figure::Waiting, warning: None, critical: None };
        assert_eq!(level(&without, Some(1_000.0)), "ok");
    }

    #[test]
    fn a_fault_is_as_old_as_its_level() {
        let (mut boards, at) = (Boards::default(), Wall::from_millis);
        let mut fault = |level, ms| boards.fault(("hall".into(), 0), level, at(ms));
        assert_eq!(fault(Level::Ok, 1), None);
        assert_eq!([fault(Level::Warning, 2), fault(Level::Warning, 3)], [Some(at(2)), Some(at(2))]);
        assert_eq!([fault(Level::Critical, 4), fault(Level::Critical, 5)], [Some(at(4)), Some(at(4))]);
        assert_eq!([fault(Level::Ok, 6), fault(Level::Warning, 7)], [None, Some(at(7))]);
    }
}
