//! `strowger schema`: every key of the configuration, for editors as a JSON schema and for people as the page
//! `docs/reference.md`. Both are made of the doc comments of `dialplan::keys`.

mod json;
mod page;

use crate::terminal;

/// Prints the schema, or the page.
pub fn schema(reference: bool) -> anyhow::Result<()> {
    let text = if reference { page::page() } else { json::schema()? };
    terminal::say(&text)
}

/// The lines of a doc comment as one text.
fn joined(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::path::{Path, PathBuf};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn the_committed_schema_and_the_committed_page_are_those_of_the_doc_comments() {
        for (file, text, command) in [
            ("config/strowger.schema.json", json::schema().unwrap(), "cargo run -- schema > "),
            ("docs/reference.md", page::page(), "cargo run -- schema --reference > "),
        ] {
            let committed = std::fs::read_to_string(root().join(file)).unwrap_or_default();
            assert!(committed == text, "{file} is stale: {command}{file}");
        }
    }

    /// What the schema has against a configuration, in words; empty when it takes it.
    fn against(text: &str) -> String {
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        let schema: Value = serde_json::from_str(&json::schema().unwrap()).unwrap();
        compiler.add_resource("strowger.json", schema).unwrap();
        let compiled = compiler.compile("strowger.json", &mut schemas).unwrap();
        let value: Value = toml::from_str(text).unwrap();
        schemas.validate(&value, compiled).err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn configurations(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect()
    }

    #[test]
    fn every_configuration_that_we_ship_names_the_schema_and_is_taken_by_it() {
        let config = root().join("config");
        let (own, examples) = (configurations(&config), configurations(&config.join("examples")));
        assert!(own.len() + examples.len() >= 5);
        for (files, schema) in [(own, "./strowger.schema.json"), (examples, "../strowger.schema.json")] {
            for file in files {
                let text = std::fs::read_to_string(&file).unwrap();
                assert_eq!(text.lines().next(), Some(format!("#:schema {schema}").as_str()), "{}", file.display());
                assert_eq!(against(&text), "", "{}", file.display());
            }
        }
        let desk = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/desk");
        for file in configurations(&desk).into_iter().chain(configurations(&desk.join("doubts"))) {
            let wrong = file.ends_with("mistakes.toml");
            let found = against(&std::fs::read_to_string(&file).unwrap());
            assert_eq!(!found.is_empty(), wrong, "{}: {found}", file.display());
        }
    }

    #[test]
    fn the_schema_refuses_what_an_editor_should_underline() {
        for wrong in [
            "[listne]\nudp = \"0.0.0.0\"",
            "[listen]\nudp = 5060",
            "[listen]\ndigest = [\"SHA-1\"]",
            "[[trunk]]\npeers = [\"192.0.2.1\"]",
            "[[trunk]]\nname = \"a\"\ncalls_max = 0",
            "[[phone]]\nuser = \"a\"\npassword = { fiel = \"x\" }",
            "[[agent]]\nname = \"a\"\nskills = { english = 11 }",
            "[[queue]]\nname = \"a\"\nring = 20",
            "[[queue]]\nname = \"a\"\nring = \"20 seconds\"",
            "[[queue]]\nname = \"a\"\nstrategy = \"random\"",
            "[[queue]]\nname = \"a\"\noverflow = [{ when = \"full\", go = \"voicemail:x\" }]",
            "[hours.a]\nopen = [\"always\"]",
            "[[route]]\nfrom = \"*\"",
            "[flow.a]\nb = { play = \"x\", no_input = \"c\" }",
            "[flow.a]\nb = { menu = \"x\", keys = { 11 = \"c\" } }",
            "[flow.a]\nb = { }",
        ] {
            assert_ne!(against(wrong), "", "{wrong}");
        }
        for right in [
            "",
            "[[queue]]\nname = \"q{1..3}\"\nagents = \"all\"\nring = \"1m30s\"",
            "[flow.a]\nlanguage = \"bg\"\nb = { hang_up = 17 }",
        ] {
            assert_eq!(against(right), "", "{right}");
        }
    }
}
