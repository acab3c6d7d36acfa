//! What can happen in a running call, one file each.

pub(crate) mod connect;
pub(crate) mod introduce;
pub(crate) mod leave;
pub(crate) mod parcel;
pub(crate) mod queue;
pub(crate) mod replace;
pub(crate) mod ring;
