//! Control of a running switch: what is said over the control socket, the socket, and the lines of the answers.
//! What may be asked is [`control`]'s; who answers is the front desk, and the office behind it.

pub mod bans;
pub mod call;
pub mod distribution;
pub mod figures;
pub mod follow;
pub mod overlay;
pub mod phones;
pub mod reloaded;
pub mod socket;
pub mod status;
pub mod surroundings;
pub mod table;
pub mod tally;
pub mod wire;
