//! End to end: the real switch on loopback, with clients that nobody here wrote (SIPp as the carrier,
//! baresip and PJSIP as phones), sounds that tell their time, and a wire checker with an eye of its own: nothing
//! in here uses the crates of the switch.

pub mod baresip;
pub mod browser;
pub mod capture;
pub mod crowd;
pub mod frozen;
pub mod g711;
pub mod http;
pub mod openssl;
pub mod pjsip;
pub mod place;
pub mod proof;
pub mod raw;
pub mod reader;
pub mod registrants;
pub mod running;
pub mod sipp;
pub mod sound;
pub mod stage;
pub mod switch;
pub mod tools;
pub mod voice;
pub mod wire;
