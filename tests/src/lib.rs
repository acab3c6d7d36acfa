//! End to end: the switch as a process, between SIPp as the carrier and baresip as phones.
