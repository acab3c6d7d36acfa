//! Control of a running switch: the control socket, and what the front desk counts and sees for its answers. Their lines
//! are the [`operator`]'s; who answers is the front desk, and the office behind it.

pub use operator::admin::{
    bans, call, contacts, distribution, overlay, phones, reloaded, rooms, status, table, why, wire,
};

pub mod follow;
pub mod socket;
pub mod surroundings;
pub mod tally;
