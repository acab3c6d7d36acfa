//! How much this process takes on, and `strowger limits`, which says it for this machine and for others.

use crate::descriptors;
use crate::files::Places;
use crate::memory::limit_bytes;
use anyhow::Result;
use dialplan::Listen;
use std::fmt::Write as _;
use std::path::Path;
use terms::{Allowance, limits};

/// Sizes that the table shows besides this machine: descriptors, and memory in MiB.
const SIZES: [(u64, u64); 5] = [(1_024, 512), (1_024, 4_096), (4_096, 1_024), (65_536, 4_096), (1_048_576, 16_384)];

/// What this process takes on, by its descriptor limit, its memory and its ports for sound.
pub fn of_this_process(listen: &Listen) -> Allowance {
    Allowance::of(descriptors::limit(), limit_bytes()).with_pairs(listen.pairs())
}

/// Prints the table, and what the ports of a configuration allow.
pub fn print(config: Option<&Path>) -> Result<()> {
    let (_, plan) = Places::find_with_plan(config)?;
    descriptors::raise();
    let mut text = String::from("descriptors      memory     calls     links\n");
    let mut line = |descriptors: u64, memory: u64, what: &str| {
        let allowance = Allowance::of(descriptors, memory);
        let (calls, links) = (allowance.calls(0, 0), allowance.links(0, 0));
        let mib = memory >> 20;
        writeln!(text, "{descriptors:>11} {mib:>7} MiB {calls:>9} {links:>9}{what}")
    };
    line(descriptors::limit(), limit_bytes(), "   this machine")?;
    for (descriptors, mib) in SIZES {
        line(descriptors, mib << 20, "")?;
    }
    let (each, spare, kib) = (limits::DESCRIPTORS_PER_CALL, limits::DESCRIPTORS_SPARE, limits::MEMORY_PER_CALL >> 10);
    let share = limits::KEPT_SHARE;
    writeln!(
        text,
        "a call takes {each} descriptors and {kib} KiB, each link and each running recording a descriptor more;\n{spare} descriptors and half of the memory are for everything else, and one descriptor in {share} for RTP ports without a call"
    )?;
    let (steps, skills, classes) = (limits::REQUIREMENT_STEPS, limits::REQUIREMENT_SKILLS, limits::REQUIREMENT_CLASSES);
    writeln!(
        text,
        "a queue requires {skills} skills at most, in {steps} steps; its callers wait by {classes} requirements at most"
    )?;
    let ((first, last), ports) = (plan.listen.rtp, plan.listen.calls());
    let here = of_this_process(&plan.listen).calls(0, 0);
    writeln!(
        text,
        "a call takes four RTP ports: [listen] rtp = \"{first}-{last}\" has them for {ports} calls; with it this machine takes {here}"
    )?;
    crate::terminal::say(&text)
}
