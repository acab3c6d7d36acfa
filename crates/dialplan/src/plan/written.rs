//! Where the parts of routes and queues were written, for explanations.

use super::Place;
use terms::QueueId;

/// Where the parts of routes and queues were written.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// For each route of [`super::Plan::routes`]: its `go`, and its `otherwise`.
    pub routes: Vec<(Place, Place)>,
    /// For each queue of [`super::Plan::queues`].
    pub queues: Vec<WrittenQueue>,
}

/// How the parts of a queue were written.
#[derive(Clone, Debug)]
pub struct WrittenQueue {
    /// Which queue.
    pub queue: QueueId,
    /// Each of [`super::Queue::requirements`] in the operator's words.
    pub requirements: Vec<(String, Place)>,
    /// Each rule of [`super::Queue::overflow`].
    pub overflow: Vec<Place>,
}
