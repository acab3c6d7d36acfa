//! What the API says: one type for each resource, from which the OpenAPI document is made.

mod agent;
mod board;
mod call;
mod command;
pub mod customer;
pub mod event;
mod names;
mod page;
pub mod people;
pub mod problem;
mod queue;
pub mod record;
mod statistics;

pub use agent::{AgentState, SetBy};
pub use board::{BoardState, FigureState};
pub use call::{CallState, Stage, Watcher};
pub use command::{Me, Taken};
pub use event::Event;
pub use names::Names;
pub use page::Page;
pub use problem::Problem;
pub use queue::{Figures, QueueState, Staff};
pub use statistics::Statistics;

use jiff::Timestamp;
use terms::Wall;

/// RFC 3339, in UTC, with milliseconds.
pub fn time(wall: Wall) -> String {
    let at = Timestamp::from_millisecond(wall.as_millis()).unwrap_or_default();
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_milliseconds_and_is_in_utc() {
        assert_eq!(time(Wall::from_millis(1_700_000_000_000)), "2023-11-14T22:13:20.000Z");
        assert_eq!(time(Wall::from_millis(1_700_000_000_007)), "2023-11-14T22:13:20.007Z");
    }
}
