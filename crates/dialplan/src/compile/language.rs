//! Which language a prompt is in: that of its first folder below the sounds, `bg/welcome.wav`. A flow speaks
//! one language (its own `language`, or that of `[storage]`) and takes its prompts from that folder.

use crate::Storage;
use crate::finding::Report;
use crate::scope::Scope;
use crate::source::{Sound, Sources};
use crate::table::Str;
use terms::PromptId;

/// Reads a language tag such as `bg` or `en-GB`.
pub(super) fn read(text: &Str, report: &mut Report) -> Option<String> {
    if is_tag(&text.text) {
        return Some(text.text.clone());
    }
    let message = format!("{:?} is not a language", text.text);
    report
        .error(text.at, "bad-language", message)
        .help("write its short name, which is also the folder: \"bg\", \"en-GB\"");
    None
}

/// `bg`, `en-GB`, `zh-Hant-TW`: RFC 5646 2.1, as far as a folder of prompts needs it.
fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or("");
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Where flows find their prompts.
pub(super) struct Prompts<'a> {
    sources: &'a mut dyn Sources,
    folder: String,
    usual: Option<String>,
    /// Whether the folder is what the file says.
    known: bool,
}

impl<'a> Prompts<'a> {
    pub fn new(sources: &'a mut dyn Sources, storage: &Storage, known: bool) -> Prompts<'a> {
        Prompts { sources, folder: storage.sounds.clone(), usual: storage.language.clone(), known }
    }

    /// The language of a flow that does not name its own.
    pub fn usual(&self) -> Option<String> {
        self.usual.clone()
    }

    /// The sound that a step of a flow names: of the flow's language where there is one.
    pub fn find(&mut self, path: &Str, flow: &Speaker<'_>, scope: &mut Scope, report: &mut Report) -> PromptId {
        let Some(language) = flow.language.filter(|_| self.known) else { return scope.prompt(path, report) };
        let folder = path.text.split_once('/').map(|(folder, _)| folder).filter(|folder| is_tag(folder));
        if folder == Some(language) {
            return scope.prompt(path, report);
        }
        let own = format!("{language}/{}", path.text);
        if self.sources.sound(&self.folder, &own) != Sound::Missing {
            return scope.prompt(&path.with(&own), report);
        }
        // What is nowhere is complained about as missing.
        if self.sources.sound(&self.folder, &path.text) != Sound::Missing {
            let name = flow.name;
            let (message, help) = match folder.and_then(|folder| Some((folder, path.text.split_once('/')?.1))) {
                Some((folder, rest)) => (
                    format!("{:?} is in {folder:?}, and flow {name:?} speaks {language:?}", path.text),
                    format!("write {rest:?}: it is taken from \"{}/{language}\"", self.folder),
                ),
                None => (
                    format!("there is no {own:?}: flow {name:?} speaks {language:?}, and this sound may not"),
                    format!("put the recording of that language at \"{}/{own}\"", self.folder),
                ),
            };
            report.warn(path.at, "wrong-language", message).help(help);
        }
        scope.prompt(path, report)
    }
}

/// Who speaks: a flow, in a language where one is configured.
pub(super) struct Speaker<'a> {
    pub name: &'a str,
    pub language: Option<&'a str>,
}
