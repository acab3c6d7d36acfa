//! The deadlines of one call. All calls share one heap, in which each has one entry: its next deadline.

use terms::Mono;

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A key in a menu.
    Menu,
    /// Somebody who rings for a step of the flow.
    Ring,
    /// The cores, which are to forget the call.
    End,
}

/// When each of them is due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimerTable([Option<Mono>; 3]);

impl TimerTable {
    /// All of them.
    const ALL: [Timer; 3] = [Timer::Menu, Timer::Ring, Timer::End];

    /// Sets it, instead of what was set.
    pub fn set(&mut self, timer: Timer, at: Mono) {
        self.0[timer as usize] = Some(at);
    }

    /// Sets it no more.
    pub fn stop(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    /// The next one.
    pub fn next(&self) -> Option<Mono> {
        self.0.iter().flatten().min().copied()
    }

    /// One that is due by then.
    pub fn pop(&mut self, now: Mono) -> Option<Timer> {
        let due = |timer: &Timer| self.0[*timer as usize].is_some_and(|at| at <= now);
        let timer = TimerTable::ALL.into_iter().find(due)?;
        self.stop(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_deadline_is_due_once_and_the_next_one_is_known() {
        let at = Mono::from_micros;
        let mut table = TimerTable::default();
        table.set(Timer::Menu, at(30));
        table.set(Timer::End, at(20));
        table.set(Timer::Ring, at(10));
        table.stop(Timer::Ring);
        assert_eq!((table.next(), table.pop(at(19))), (Some(at(20)), None));
        assert_eq!(
            (table.pop(at(30)), table.pop(at(30)), table.pop(at(30))),
            (Some(Timer::Menu), Some(Timer::End), None)
        );
        assert_eq!(table.next(), None);
    }
}
