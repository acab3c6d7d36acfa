//! The project errands: `cargo xtask test`, `sim`, `tidy`.
fn main() -> std::process::ExitCode {
    let ok = std::process::Command::new("cargo").args(["test", "--workspace"]).status().is_ok_and(|s| s.success());
    if ok { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
