//! The load harness as a program; `cargo xtask bench` builds and runs it.

fn main() -> std::process::ExitCode {
    bench::line::main()
}
