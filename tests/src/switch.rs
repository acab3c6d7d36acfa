//! The switch under test.
