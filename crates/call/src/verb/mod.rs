//! What can happen in a running call, one file each.

pub(crate) mod connect;
pub(crate) mod leave;
pub(crate) mod press;
pub(crate) mod queue;
pub(crate) mod ring;
