//! `[[board]]`: wall boards.

use terms::{QueueId, words};

/// A page with a few large figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// Its name.
    pub name: String,
    /// What stands above it.
    pub title: String,
    /// Whose figures; none: every queue's.
    pub queues: Vec<QueueId>,
    /// What it shows.
    pub figures: Vec<BoardFigure>,
}

/// A figure, and from where on it is too much, or too little.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardFigure {
    /// Which.
    pub show: Figure,
    /// Somebody should look. In the figure's own unit: a count, milliseconds, or a share from 0 to 1.
    pub warning: Option<f64>,
    /// Somebody must act.
    pub critical: Option<f64>,
}

/// What a board can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Contacts that wait.
    Waiting,
    /// The longest of their waits.
    LongestWait,
    /// Answered in time, of today.
    ServiceLevel,
    /// Agents who can be offered a contact.
    Ready,
    /// Agents who talk to a contact.
    Talking,
    /// Contacts answered today.
    Answered,
    /// Contacts whose caller left today.
    Abandoned,
    /// Their share.
    AbandonedShare,
    /// How long the answered waited today.
    AverageWait,
}

words! { Figure {
    Waiting "waiting", LongestWait "longest_wait", ServiceLevel "service_level", Ready "ready", Talking "talking",
    Answered "answered", Abandoned "abandoned", AbandonedShare "abandoned_share", AverageWait "average_wait",
} }

/// In what a figure is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// How long.
    Time,
    /// Of how many.
    Share,
}

impl Figure {
    /// In what it is counted.
    pub fn unit(self) -> Unit {
        match self {
            Figure::LongestWait | Figure::AverageWait => Unit::Time,
            Figure::ServiceLevel | Figure::AbandonedShare => Unit::Share,
            Figure::Waiting | Figure::Ready | Figure::Talking | Figure::Answered | Figure::Abandoned => Unit::Count,
        }
    }

    /// Whether little of it is bad, and not much.
    pub fn is_wanted(self) -> bool {
        matches!(self, Figure::ServiceLevel | Figure::Ready | Figure::Answered)
    }
}

impl Board {
    /// The one that there is where none is written.
    pub fn of_all() -> Board {
        let figure = |show| BoardFigure { show, warning: None, critical: None };
        let figures = [Figure::Waiting, Figure::LongestWait, Figure::ServiceLevel, Figure::Ready].map(figure).into();
        Board { name: "main".into(), title: "main".into(), queues: vec![], figures }
    }
}
