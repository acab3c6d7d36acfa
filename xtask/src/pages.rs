//! The README and the chapters of the manual, as what stands in them to be copied: blocks of TOML, and lines for a shell.
//! Who runs those is said in [`crate::runners`].

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// What can be copied out of a page, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A configuration, or a piece of one.
    Toml {
        /// The line of the page where it begins.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// A line for a shell.
    Command {
        /// The line of the page.
        line: usize,
        /// What stands there, without the comment behind it.
        text: String,
    },
}

/// The chapters that a newcomer walks through one after the other, in one folder.
pub const WALKED: [&str; 3] = ["first-phone.md", "first-trunk.md", "first-queue.md"];

/// Pages that are written by a program, or are about figures: nobody follows them from top to bottom.
pub const WRITTEN: [&str; 3] = ["reference.md", "performance.md", "SUMMARY.md"];

/// How a container is made and used, which their remarks say.
const CONTAINER: [&str; 2] = ["Dockerfile", "docker-compose.yml"];
/// How a line begins that is meant for a shell, where nothing else says that it is one.
const PROGRAMS: &str =
    "strowger cargo rustup time apt apt-get dpkg docker sudo systemctl git curl mkdir umask openssl useradd cp";
/// Those that build, test, measure or install: they are commands within a sentence, too.
const BUILDERS: &str = "cargo rustup time apt apt-get dpkg docker sudo curl";

/// A page.
pub struct Page {
    /// Its file name.
    pub name: String,
    /// All of its text.
    pub text: String,
}

impl Page {
    /// The README, how to work here, every chapter, and what says how a container is made.
    pub fn all() -> Result<Vec<Page>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the repository")?;
        let chapters = std::fs::read_dir(root.join("docs"))?.map(|entry| entry.map(|entry| entry.path()));
        let mut paths: Vec<PathBuf> = chapters.collect::<std::io::Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|end| end == "md"));
        paths.extend(["README.md", "CONTRIBUTING.md"].iter().chain(&CONTAINER).map(|name| root.join(name)));
        paths.sort();
        let page = |path: &PathBuf| {
            let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
            let mut text = std::fs::read_to_string(path)?;
            if CONTAINER.contains(&name.as_str()) {
                text = text.lines().filter(|line| line.starts_with('#')).collect::<Vec<_>>().join("\n");
            }
            Ok(Page { name, text })
        };
        paths.iter().map(page).collect()
    }

    /// One of them.
    pub fn named(name: &str) -> Result<Page> {
        Page::all()?.into_iter().find(|page| page.name == name).with_context(|| format!("no page {name}"))
    }

    /// What can be copied out of it.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut fence: Option<(usize, &str, String)> = None;
        for (at, line) in self.text.lines().enumerate() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                match fence.take() {
                    Some((line, "toml", text)) => blocks.push(Block::Toml { line, text }),
                    Some(_) => {}
                    None => fence = Some((at + 1, language.trim(), String::new())),
                }
            } else if let Some((_, language, text)) = &mut fence {
                match *language {
                    "sh" | "bash" | "shell" | "console" => blocks.extend(command(at + 1, line)),
                    _ => *text += &format!("{line}\n"),
                }
            } else if let Some(line) = line.strip_prefix("    ") {
                blocks.extend(command(at + 1, line).filter(|_| begins_with(line, PROGRAMS)));
            }
        }
        blocks
    }

    /// Every command that the page shows: those to copy, and within its sentences those that build, test, measure or
    /// install.
    pub fn commands(&self) -> Vec<String> {
        let copied = self.blocks().into_iter().filter_map(|block| match block {
            Block::Command { text, .. } => Some(text),
            Block::Toml { .. } => None,
        });
        // A Dockerfile says it in a comment.
        let remarks = self.text.lines().filter_map(|line| line.strip_prefix("#  ")).map(str::trim);
        let prose = self.text.split("```").step_by(2).collect::<Vec<_>>().join("\n");
        let quoted: Vec<String> = prose.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " ")).collect();
        let told = remarks.map(str::to_owned).chain(quoted).filter(|text| begins_with(text, BUILDERS));
        copied.chain(told).collect()
    }
}

/// Whether its first word is one of these, with more behind it.
fn begins_with(line: &str, programs: &str) -> bool {
    line.split_once(' ').is_some_and(|(first, _)| programs.split(' ').any(|program| program == first))
}

fn command(line: usize, text: &str) -> Option<Block> {
    // A comment has two blanks before it, or nothing.
    let text = text.split("  #").next().unwrap_or_default().trim();
    (!text.is_empty() && !text.starts_with('#')).then(|| Block::Command { line, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_commands_are_told_from_the_rest() {
        let text = "# A page\n\n```toml\n[listen]\n```\n\n    strowger run       # for ever\n    a table of some kind\n\n\
                    ```sh\n# how\nopenssl rand 4 > secrets/a\n```\n```\nstrowger said this\n```\n";
        let page = Page { name: "page.md".into(), text: text.into() };
        let expected = [
            Block::Toml { line: 3, text: "[listen]\n".into() },
            Block::Command { line: 7, text: "strowger run".into() },
            Block::Command { line: 12, text: "openssl rand 4 > secrets/a".into() },
        ];
        assert_eq!(page.blocks(), expected);
    }

    #[test]
    fn what_builds_or_installs_is_a_command_within_a_sentence_too() {
        let text = "Make it by `cargo xtask deb` (not by `make`), and\n`apt install\n./it.deb`; `cargo` is needed.\n\n\
                    ```\n`docker run it`\n```\n#   docker build .\n";
        let page = Page { name: "page.md".into(), text: text.into() };
        assert_eq!(page.commands(), ["docker build .", "cargo xtask deb", "apt install ./it.deb"]);
    }
}
