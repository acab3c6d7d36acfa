//! Number patterns.

/// A compiled number pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As the operator wrote it.
    pub text: String,
}
