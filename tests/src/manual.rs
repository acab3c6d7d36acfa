//! The README and the chapters of the manual, as what stands in them to be copied: blocks of TOML, and lines for a shell.

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

/// Whether the tests that follow the pages type a command as it stands: ours, and what a page needs on its way to them.
pub fn is_typed(command: &str) -> bool {
    ["strowger ", "umask ", "mkdir ", "openssl ", "echo ", "install ", "sox "]
        .iter()
        .any(|word| command.starts_with(word))
}

/// A page.
pub struct Page {
    /// Its file name.
    pub name: String,
    /// All of its text.
    pub text: String,
}

impl Page {
    /// The README and every chapter that is written by hand.
    pub fn all() -> Result<Vec<Page>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the repository")?;
        let chapters = std::fs::read_dir(root.join("docs"))?.map(|entry| entry.map(|entry| entry.path()));
        let mut paths: Vec<PathBuf> = chapters.collect::<std::io::Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|end| end == "md"));
        paths.push(root.join("README.md"));
        paths.sort();
        let page = |path: &PathBuf| {
            let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
            Ok(Page { name, text: std::fs::read_to_string(path)? })
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
                    "sh" => blocks.extend(command(at + 1, line)),
                    _ => *text += &format!("{line}\n"),
                }
            } else if let Some(line) = line.strip_prefix("    ") {
                blocks.extend(command(at + 1, line).filter(|_| is_command(line)));
            }
        }
        blocks
    }
}

/// Text that is set in by four blanks is a command when it begins like one.
fn is_command(line: &str) -> bool {
    ["strowger ", "cargo ", "mkdir ", "umask ", "openssl ", "sudo ", "apt "].iter().any(|word| line.starts_with(word))
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
}
