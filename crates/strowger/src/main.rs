//! Strowger: a SIP softswitch with the call centre inside.

mod admin;
#[cfg(test)]
mod book;
mod calls;
mod check;
mod cli;
mod clock;
mod config;
mod demo;
mod desk;
mod files;
mod log;
mod route;
mod run;
mod shell;
mod threads;

fn main() -> std::process::ExitCode {
    cli::main()
}
