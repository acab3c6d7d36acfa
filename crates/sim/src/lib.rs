//! The whole switch under a virtual clock and a lossy network.
