//! Strowger: a SIP softswitch with the call centre inside.
fn main() {}
