//! `strowger check`: would the switch take this configuration?

use crate::secrets::Looks;
use crate::{files, terminal};
use dialplan::{Finding, Severity};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// Prints what is wrong or doubtful. The exit code says whether the switch would take it.
pub fn check(path: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let findings = match files::load_noting(path, Looks::Aside, &mut vec![]) {
        Ok(loaded) => loaded.warnings,
        Err(findings) => findings,
    };
    let taken = findings.iter().all(|finding| finding.severity != Severity::Error);
    terminal::say(&if json { as_json(&findings)? } else { as_text(path, &findings) })?;
    Ok(if taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A finding as programs read it: these keys and no others.
#[derive(Serialize)]
struct Told<'a> {
    file: &'a str,
    /// 0, as is the column, when no line is to blame: the file itself cannot be read.
    line: u32,
    column: u32,
    severity: Severity,
    message: &'a str,
    /// What to do, and why it is so; null when the message says it all.
    help: Option<String>,
}

fn as_json(findings: &[Finding]) -> anyhow::Result<String> {
    let told = |finding: &Finding| -> anyhow::Result<String> {
        let parts: Vec<&str> = [&finding.help, &finding.note].into_iter().flatten().map(String::as_str).collect();
        let told = Told {
            file: &finding.file,
            line: finding.line,
            column: finding.column,
            severity: finding.severity,
            message: &finding.message,
            help: Some(parts.join("; ")).filter(|help| !help.is_empty()),
        };
        Ok(serde_json::to_string(&told)?)
    };
    // One finding a line, for people who read along.
    let lines = findings.iter().map(told).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(if lines.is_empty() { "[]\n".into() } else { format!("[\n  {}\n]\n", lines.join(",\n  ")) })
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
        let json = as_json(&findings).unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&value[0]["severity"], &value[0]["line"]), (&"error".into(), &3.into()), "{json}");
    }

    #[test]
    fn no_finding_is_an_empty_array() {
        assert_eq!(as_json(&[]).unwrap(), "[]\n");
    }
}
