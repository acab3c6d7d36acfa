//! Benches of the cores.
