//! Keys that no menu has taken yet.

use std::collections::VecDeque;
use terms::limits;

/// In the order in which they were pressed.
#[derive(Debug, Default)]
pub(crate) struct Keys(VecDeque<char>);

impl Keys {
    /// A key; of too many the first are forgotten.
    pub fn press(&mut self, key: char) {
        if self.0.len() == limits::DIGITS {
            self.0.pop_front();
        }
        self.0.push_back(key);
    }

    /// The one that was pressed first.
    pub fn take(&mut self) -> Option<char> {
        self.0.pop_front()
    }
}
