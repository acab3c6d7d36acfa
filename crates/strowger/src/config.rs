//! The configuration from disk: the plan, the passwords, the prompts. Whatever is wrong comes back as
//! one text that says where and what to do.

use anyhow::{Context, Result, bail};
use dialplan::{Loaded, Plan, Secret, SecretRef, Secrets, Sources};
use media::PromptBook;
use node::Passwords;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use terms::{PhoneId, TrunkId};

/// Everything that a switch starts with.
pub struct Configured {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Passwords, for the signalling core alone.
    pub passwords: PasswordBook,
    /// Prompts and music, decoded.
    pub prompts: Arc<PromptBook>,
    /// Warnings, rendered; empty when there are none.
    pub warnings: String,
}

/// Passwords, read.
#[derive(Default)]
pub struct PasswordBook {
    phones: BTreeMap<PhoneId, String>,
    trunks: BTreeMap<TrunkId, String>,
}

impl Passwords for PasswordBook {
    fn phone(&self, phone: PhoneId) -> Option<String> {
        self.phones.get(&phone).cloned()
    }
    fn trunk(&self, trunk: TrunkId) -> Option<String> {
        self.trunks.get(&trunk).cloned()
    }
}

/// The folder of the configuration; every relative path in it is meant from there.
pub struct Folder {
    base: PathBuf,
}

impl Folder {
    /// The folder that holds this file.
    pub fn of(file: &Path) -> Folder {
        Folder { base: file.parent().map(Path::to_path_buf).unwrap_or_default() }
    }

    /// A path as the operator wrote it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.base.join(path)
    }
}

impl Sources for Folder {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.path(name)).map_err(|error| format!("{error}"))
    }

    fn sound_exists(&mut self, folder: &str, path: &str) -> bool {
        sound_file(&self.base, folder, path).is_file()
    }
}

/// Where a prompt is: below the sounds folder, `.wav` where the operator left it out.
fn sound_file(base: &Path, folder: &str, path: &str) -> PathBuf {
    let whole = base.join(folder).join(path);
    if whole.extension().is_some() { whole } else { whole.with_extension("wav") }
}

/// Loads the configuration, or says everything that is wrong with it.
pub fn load(path: &Path) -> Result<Configured> {
    let mut folder = Folder::of(path);
    let name = path.file_name().and_then(|name| name.to_str()).context("the configuration's path names no file")?;
    let Loaded { plan, secrets, warnings } = match dialplan::load(&mut folder, name) {
        Ok(loaded) => loaded,
        Err(findings) => bail!("{}", dialplan::render(&findings, &mut folder)),
    };
    let passwords = read_passwords(&folder, &secrets)?;
    let prompts = read_prompts(&folder, &plan)?;
    let warnings = if warnings.is_empty() { String::new() } else { dialplan::render(&warnings, &mut folder) };
    Ok(Configured { plan: Arc::new(rooted(&folder, &plan)), passwords, prompts: Arc::new(prompts), warnings })
}

/// The plan with its folders made relative to where the switch runs.
fn rooted(folder: &Folder, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    let storage = &mut plan.storage;
    for path in [&mut storage.recordings, &mut storage.sounds, &mut storage.control] {
        *path = folder.path(path).display().to_string();
    }
    if let Some(file) = storage.database.strip_prefix("sqlite:") {
        storage.database = format!("sqlite:{}", folder.path(file.trim_start_matches("//")).display());
    }
    plan
}

fn read_passwords(folder: &Folder, secrets: &Secrets) -> Result<PasswordBook> {
    let mut book = PasswordBook::default();
    for (phone, secret) in &secrets.phones {
        book.phones.insert(*phone, read_secret(folder, secret)?);
    }
    for (trunk, secret) in &secrets.trunks {
        book.trunks.insert(*trunk, read_secret(folder, secret)?);
    }
    Ok(book)
}

fn read_secret(folder: &Folder, secret: &Secret) -> Result<String> {
    let place = format!("{}:{}:{}", secret.place.file, secret.place.line, secret.place.column);
    let text = match &secret.from {
        SecretRef::Plain(text) => text.clone(),
        SecretRef::File(path) => {
            let path = folder.path(path);
            let why = || format!("error: cannot read the password file {} ({place})", path.display());
            let text = std::fs::read_to_string(&path).with_context(why)?;
            text.lines().next().unwrap_or_default().trim().to_owned()
        }
        SecretRef::Env(name) => std::env::var(name)
            .with_context(|| format!("error: the environment has no {name}, which should hold a password ({place})"))?,
    };
    if text.is_empty() {
        bail!("error: the password is empty ({place})");
    }
    Ok(text)
}

fn read_prompts(folder: &Folder, plan: &Plan) -> Result<PromptBook> {
    let mut book = PromptBook::builder();
    for prompt in &plan.prompts {
        let path = sound_file(&folder.base, &plan.storage.sounds, &prompt.path);
        let place = format!("{}:{}:{}", prompt.place.file, prompt.place.line, prompt.place.column);
        let bytes =
            std::fs::read(&path).with_context(|| format!("error: cannot read the prompt {} ({place})", path.display()))?;
        book.wav(prompt.id, &bytes).with_context(|| format!("error: bad prompt {} ({place})", path.display()))?;
    }
    Ok(book.build())
}
