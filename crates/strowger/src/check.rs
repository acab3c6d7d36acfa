//! `strowger check`: would the switch take this configuration?

use crate::{cli, files};
use dialplan::{Finding, Severity};
use std::path::Path;
use std::process::ExitCode;

/// Prints what is wrong or doubtful. The exit code says whether the switch would take it.
pub fn check(path: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let findings = match files::load(path) {
        Ok(loaded) => loaded.warnings,
        Err(findings) => findings,
    };
    let taken = findings.iter().all(|finding| finding.severity != Severity::Error);
    cli::say(&if json { as_json(taken, &findings)? } else { as_text(path, &findings) })?;
    Ok(if taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn as_json(taken: bool, findings: &[Finding]) -> anyhow::Result<String> {
    let answer = serde_json::json!({ "ok": taken, "findings": findings });
    Ok(format!("{}\n", serde_json::to_string_pretty(&answer)?))
}

fn as_text(path: &Path, findings: &[Finding]) -> String {
    if findings.is_empty() {
        return format!("{}: no mistakes found\n", path.display());
    }
    files::render(path, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_and_a_mistake_are_findings_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("strowger.toml");
        let findings = files::load(&path).unwrap_err();
        assert!(as_text(&path, &findings).contains("there is no such file"), "{findings:?}");
        std::fs::write(&path, "[[queue]]\nname = \"support\"\nagents = [\"alize\"]\n").unwrap();
        let findings = files::load(&path).unwrap_err();
        let text = as_text(&path, &findings);
        assert!(text.contains("strowger.toml:3:"), "{text}");
        let json = as_json(false, &findings).unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&value["ok"], &value["findings"][0]["line"]), (&false.into(), &3.into()), "{json}");
    }
}
