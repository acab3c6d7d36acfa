//! Strowger: a SIP softswitch with the call centre inside.

mod account;
mod addresses;
mod admin;
mod allowance;
#[cfg(test)]
mod book;
mod calls;
mod check;
mod cli;
mod clock;
mod config;
mod demo;
mod feed;
mod files;
mod front;
mod log;
mod log_lines;
mod log_thread;
mod memory;
mod metrics;
mod names;
mod notify;
mod nudge;
mod past;
mod picture;
mod pulse;
mod reload;
mod report;
mod route;
mod run;
mod schema;
mod secrets;
mod shell;
mod signals;
mod style;
mod terminal;
mod threads;

/// Calls allocate on one thread and are freed on another, thousands a second: what this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
