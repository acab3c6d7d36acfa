//! The mirror against what it is told.
