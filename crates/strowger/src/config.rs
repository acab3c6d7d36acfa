//! The configuration from disk: the plan, the passwords, the prompts. Whatever is wrong comes back as
//! one text that says where and what to do.

use crate::files::{self, Places};
use anyhow::{Context, Result, bail};
use dialplan::{Loaded, Plan, Secret, SecretRef, Secrets};
use media::PromptBook;
use node::Passwords;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use terms::{PhoneId, TrunkId};

/// Everything that a switch starts with.
pub struct Configured {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Where its things are.
    pub places: Places,
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

/// Loads the configuration, or says everything that is wrong with it.
pub fn load(path: &Path) -> Result<Configured> {
    let Loaded { plan, secrets, warnings } = match files::load(path) {
        Ok(loaded) => loaded,
        Err(findings) => bail!("{}the switch does not start", files::render(path, &findings)),
    };
    let places = Places::of(path, &plan);
    let passwords = read_passwords(path.parent().unwrap_or(Path::new("")), &secrets)?;
    let prompts = Arc::new(read_prompts(&places, &plan)?);
    let warnings = if warnings.is_empty() { String::new() } else { files::render(path, &warnings) };
    Ok(Configured { plan, places, passwords, prompts, warnings })
}

fn read_passwords(folder: &Path, secrets: &Secrets) -> Result<PasswordBook> {
    let mut book = PasswordBook::default();
    for (phone, secret) in &secrets.phones {
        book.phones.insert(*phone, read_secret(folder, secret)?);
    }
    for (trunk, secret) in &secrets.trunks {
        book.trunks.insert(*trunk, read_secret(folder, secret)?);
    }
    Ok(book)
}

fn read_secret(folder: &Path, secret: &Secret) -> Result<String> {
    let place = format!("{}:{}:{}", secret.place.file, secret.place.line, secret.place.column);
    let text = match &secret.from {
        SecretRef::Plain(text) => text.clone(),
        SecretRef::File(path) => {
            let path = folder.join(path);
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

fn read_prompts(places: &Places, plan: &Plan) -> Result<PromptBook> {
    let mut book = PromptBook::builder();
    for prompt in &plan.prompts {
        let place = format!("{}:{}:{}", prompt.place.file, prompt.place.line, prompt.place.column);
        let missing = || format!("error: there is no sound {:?} in {} ({place})", prompt.path, places.sounds.display());
        let path = files::sound(&places.sounds, &prompt.path).with_context(missing)?;
        let unreadable = || format!("error: cannot read the sound {} ({place})", path.display());
        let bytes = std::fs::read(&path).with_context(unreadable)?;
        book.wav(prompt.id, &bytes).with_context(|| format!("error: bad sound {} ({place})", path.display()))?;
    }
    Ok(book.build())
}
