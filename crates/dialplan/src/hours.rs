//! Opening hours with a time zone.

/// Named opening hours.
#[derive(Clone, Debug)]
pub struct Hours {
    /// The name.
    pub name: String,
}
