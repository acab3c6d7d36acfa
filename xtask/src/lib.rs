//! What README and manual show, and who runs it: read by the errands, and by the end-to-end tests that follow the pages.

pub mod node;
pub mod pages;
pub mod python;
pub mod runners;
