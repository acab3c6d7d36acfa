//! `terms <- {sip, media, acd, control <- dialplan} <- call <- node <- {strowger, sim}`: who may depend on whom, read
//! from each Cargo.toml. Dependencies of tests count too: a core's tests have no business next door.

use anyhow::{Context, Result};
use std::path::Path;

/// A room, and the rooms it may know. A room that is not listed here may know none.
const ARROWS: &[(&str, &[&str])] = &[
    ("sip", &["terms"]),
    ("media", &["terms"]),
    ("acd", &["terms"]),
    // The leg of a page. No core knows it: it draws random numbers.
    ("browser", &["terms"]),
    ("control", &["terms"]),
    ("dialplan", &["terms", "control"]),
    ("call", &["terms", "sip", "media", "acd", "dialplan"]),
    ("lamps", &["terms", "sip", "acd", "dialplan"]),
    ("ledger", &["terms", "lane", "sip", "media", "acd", "control", "dialplan", "call", "node"]),
    // The cores of the signalling thread with their lanes: what the binary and the simulator share.
    ("node", &["terms", "lane", "sip", "media", "acd", "control", "dialplan", "call", "lamps"]),
    ("sim", &["terms", "lane", "sip", "media", "acd", "control", "dialplan", "call", "lamps", "node"]),
    // What people see in a browser.
    ("console", &["terms", "tls", "sip", "media", "acd", "control", "dialplan", "call", "node", "ledger"]),
    // What no call waits for: what the operator writes and reads.
    ("operator", &["terms", "tls", "sip", "media", "acd", "control", "dialplan", "call", "node", "ledger"]),
    (
        "strowger",
        &[
            "operator", "terms", "tls", "lane", "sip", "media", "acd", "control", "dialplan", "call", "node", "ledger",
            "sim", "console", "browser",
        ],
    ),
    // Both follow what the pages say.
    ("e2e", &["xtask"]),
    ("bench", &["terms", "lane", "sip", "media", "acd", "dialplan", "call", "node", "ledger", "sim"]),
];

/// Every arrow that points the wrong way, and every crate that left the common lints.
pub fn broken(root: &Path) -> Result<Vec<String>> {
    let mut rooms: Vec<_> = ["tests", "benches", "xtask"].map(|name| root.join(name)).into();
    if let Ok(entries) = std::fs::read_dir(root.join("crates")) {
        for entry in entries {
            rooms.push(entry?.path());
        }
    }
    let manifests: Vec<_> = rooms.iter().map(|room| room.join("Cargo.toml")).filter(|path| path.exists()).collect();
    let mut tables = Vec::new();
    for path in &manifests {
        let text = std::fs::read_to_string(path)?;
        let table: toml::Table = text.parse().with_context(|| format!("{}", path.display()))?;
        let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
        let name = table.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
        tables.push((shown, name.unwrap_or_default().to_string(), table));
    }
    let mut known: Vec<&str> = ARROWS.iter().flat_map(|(room, may)| may.iter().chain([room])).copied().collect();
    known.extend(tables.iter().map(|(_, name, _)| name.as_str()));
    let mut found = Vec::new();
    for (path, name, table) in &tables {
        let may = ARROWS.iter().find(|(room, _)| room == name).map_or(&[][..], |(_, may)| may);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(wanted) = table.get(section).and_then(|wanted| wanted.as_table()) else { continue };
            for other in wanted.keys().filter(|other| known.contains(&other.as_str())) {
                if !may.contains(&other.as_str()) {
                    found.push(format!("{path}: `{name}` must not depend on `{other}` [{section}]"));
                }
            }
        }
        let lints = table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        if lints != Some(true) {
            found.push(format!("{path}: `{name}` lacks [lints] workspace = true"));
        }
    }
    Ok(found)
}
