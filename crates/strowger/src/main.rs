//! Strowger: a SIP softswitch with the call centre inside.

mod admin;
mod allowance;
mod clock;
mod demo;
mod descriptors;
mod feed;
mod front;
mod log_lines;
mod memory;
mod metrics;
mod notify;
mod nudge;
mod pages;
mod past;
mod pulse;
mod reload;
mod run;
mod shell;
mod threads;
mod trace;

use operator::{addresses, config, destination, files, log, names, picture, signals, style, terminal};

/// Calls allocate on one thread and are freed on another, thousands a second: what this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    operator::cli::main(&operator::cli::Doers { run: run::run, demo: demo::demo, limits: allowance::print })
}

#[cfg(test)]
mod plans {
    //! Plans for tests.

    /// The plan of a configuration.
    pub fn plan_of(text: &str) -> std::sync::Arc<dialplan::Plan> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(crate::files::CONFIG);
        std::fs::write(&path, text).unwrap();
        crate::files::load(&path).unwrap_or_else(|findings| panic!("{}", crate::files::render(&path, &findings))).plan
    }
}
