//! What is said over the control socket, and the lines of the answers. What may be asked is [`control`]'s.

pub mod bans;
pub mod call;
pub mod contacts;
pub mod distribution;
pub mod lines;
pub mod overlay;
pub mod phones;
pub mod reloaded;
pub mod rooms;
pub mod status;
pub mod table;
pub mod trace;
pub mod why;
pub mod wire;
