//! Claims about the routing core, each a test under a virtual clock. `model` checks random histories
//! against a brute-force reference.

mod beside;
mod eligibility;
mod fairness;
mod load;
mod model;
mod offers;
mod order;
mod overflow;
mod races;
mod reconfigure;
mod replay;
mod requirements;
mod together;
mod transfer;
mod visible;
mod world;
