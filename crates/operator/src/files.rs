//! The configuration's files: where they are, how they are read, and what the paths in them mean.
//!
//! A relative path in a configuration is relative to the folder of the configuration, so that a switch
//! finds its things wherever it is started from.

use crate::addresses;
use crate::certificates;
use crate::secrets::{self, Looks};
use anyhow::bail;
use dialplan::{Certificate, Finding, Kept, Loaded, Plan, SecretRef, Sound};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The configuration when nobody names one.
pub const CONFIG: &str = "strowger.toml";

/// Where the things of a plan are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The account.
    pub database: String,
    /// The number of the switch in it.
    pub node: u16,
    /// The recordings' folder.
    pub recordings: PathBuf,
    /// The sounds' folder.
    pub sounds: PathBuf,
    /// The control socket.
    pub control: PathBuf,
    /// Where a certificate of one's own making is kept: beside the account.
    pub certificates: PathBuf,
    /// The log, when it goes into a file.
    pub log: Option<PathBuf>,
}

impl Places {
    /// Of a plan that was loaded from `config`.
    pub fn of(config: &Path, plan: &Plan) -> Places {
        let folder = folder_of(config);
        Places {
            database: database_url(folder, &plan.storage.database),
            node: plan.storage.node,
            recordings: folder.join(&plan.storage.recordings),
            sounds: folder.join(&plan.storage.sounds),
            control: folder.join(&plan.storage.control),
            certificates: folder.join(beside(&plan.storage.database)),
            log: plan.log.file.as_ref().map(|file| folder.join(file)),
        }
    }

    /// For the commands that look at a switch from outside: by the named configuration, by the one in this
    /// folder, or by the defaults when there is none.
    pub fn find(config: Option<&Path>) -> anyhow::Result<Places> {
        Places::find_with_plan(config).map(|(places, _)| places)
    }

    /// The same, with the plan.
    pub fn find_with_plan(config: Option<&Path>) -> anyhow::Result<(Places, Arc<Plan>)> {
        let path = config.unwrap_or(Path::new(CONFIG));
        if config.is_none() && !path.exists() {
            let plan = Arc::new(Plan::default());
            return Ok((Places::of(path, &plan), plan));
        }
        match load(path) {
            Ok(loaded) => Ok((Places::of(path, &loaded.plan), loaded.plan)),
            Err(findings) => {
                let first = findings.first().map_or_else(String::new, |finding| finding.message.clone());
                bail!("{}: {first} (`strowger check {}` shows it all)", path.display(), path.display())
            }
        }
    }
}

/// The control socket of the switch that runs by a configuration. A mistake in it does not keep the operator from
/// a switch that runs by what was there before.
pub fn control(config: Option<&Path>) -> anyhow::Result<PathBuf> {
    Places::find(config).map(|places| places.control).or_else(|mistake| {
        let path = config.unwrap_or(Path::new(CONFIG));
        let said = std::fs::read_to_string(path).ok().and_then(|text| control_said(&text));
        let socket = folder_of(path).join(said.unwrap_or(dialplan::Storage::default().control));
        if socket.exists() { Ok(socket) } else { Err(mistake) }
    })
}

/// `control` of `[storage]`, in a text that need not be right.
fn control_said(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).skip_while(|line| !line.starts_with("[storage]")).skip(1);
    let line = lines.by_ref().take_while(|line| !line.starts_with('[')).find(|line| line.starts_with("control"))?;
    let value = line.split_once('=')?.1.trim().trim_start_matches(['"', '\'']);
    value.split(['"', '\'']).next().map(str::to_owned)
}

/// The folder that relative paths start from.
pub fn folder_of(config: &Path) -> &Path {
    config.parent().unwrap_or(Path::new(""))
}

/// `sqlite:strowger.db` below the configuration's folder. A database in memory and an absolute path stay.
fn database_url(folder: &Path, url: &str) -> String {
    let Some(path) = url.strip_prefix("sqlite:") else { return url.to_owned() };
    let path = path.strip_prefix("//").unwrap_or(path);
    if folder.as_os_str().is_empty() || path.starts_with('/') || path.contains(":memory:") {
        return url.to_owned();
    }
    // The URL is percent-decoded later; the folder's name is meant as it is.
    let folder = folder.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{folder}/{path}")
}

/// The folder of a database's file, as its URL has it; of one in memory that of the configuration.
fn beside(url: &str) -> PathBuf {
    let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    if path.contains(":memory:") { PathBuf::new() } else { Path::new(path).parent().unwrap_or(Path::new("")).into() }
}

/// Reads, checks and compiles a configuration, whatever its passwords.
pub fn load(config: &Path) -> Result<Loaded, Vec<Finding>> {
    load_noting(config, Looks::Away, &mut vec![])
}

/// The same with a look at the passwords; notes which files were asked for.
pub fn load_noting(config: &Path, looks: Looks, read: &mut Vec<PathBuf>) -> Result<Loaded, Vec<Finding>> {
    let mut files = Files { folder: folder_of(config).to_owned(), looks, read: vec![] };
    let loaded = dialplan::load(&mut files, &config.display().to_string());
    read.append(&mut files.read);
    loaded
}

/// Findings about `config` as an operator reads them.
pub fn render(config: &Path, findings: &[Finding]) -> String {
    let mut files = Files { folder: folder_of(config).to_owned(), looks: Looks::Away, read: vec![] };
    dialplan::render(findings, &mut files)
}

/// The file of a prompt: as the operator wrote it, or with `.wav` after it.
pub fn sound(sounds: &Path, path: &str) -> Option<PathBuf> {
    let exact = sounds.join(path);
    let with_ending = sounds.join(format!("{path}.wav"));
    [exact, with_ending].into_iter().find(|file| file.is_file())
}

/// What a sound file's head says of it.
fn look(file: &Path) -> Sound {
    let bytes = match std::fs::File::open(file).and_then(|file| Ok((file.metadata()?.len(), file))) {
        Ok((length, file)) => media::prompt::look(std::io::BufReader::new(file), length),
        Err(error) => return Sound::Refused(error.to_string()),
    };
    match bytes {
        Ok(kind) if kind.fits() => Sound::Fits,
        Ok(kind) => Sound::Converted(kind.to_string()),
        Err(error) => Sound::Refused(error.to_string()),
    }
}

/// Real files, for the dial plan.
struct Files {
    folder: PathBuf,
    looks: Looks,
    /// What was asked for, whether it was there or not.
    read: Vec<PathBuf>,
}

impl dialplan::Sources for Files {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        self.read.push(name.into());
        std::fs::read(name).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".into(),
            std::io::ErrorKind::PermissionDenied => "this user may not read it".into(),
            std::io::ErrorKind::IsADirectory => "it is a folder; name the file in it".into(),
            _ => error.to_string(),
        })
    }

    fn sound(&mut self, folder: &str, path: &str) -> Sound {
        match sound(&self.folder.join(folder), path) {
            None => Sound::Missing,
            Some(file) => look(&file),
        }
    }

    fn secret(&mut self, from: &SecretRef) -> Kept {
        if let SecretRef::File(path) = from {
            self.read.push(self.folder.join(path));
        }
        secrets::look(&self.folder, from, self.looks)
    }

    fn certificate(&mut self, certificate: &str, key: &str) -> Certificate {
        let (chain, key) = (self.folder.join(certificate), self.folder.join(key));
        self.read.extend([chain.clone(), key.clone()]);
        certificates::look(&chain, &key, self.looks)
    }

    fn addresses(&mut self) -> Vec<IpAddr> {
        // The switch finds it out by itself when it begins to listen.
        if self.looks == Looks::Aside { addresses::of_this_machine() } else { vec![] }
    }
}

/// The plan of a configuration, for a test.
#[cfg(test)]
pub fn plan_of(text: &str) -> Arc<Plan> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CONFIG);
    std::fs::write(&path, text).unwrap();
    load(&path).unwrap_or_else(|findings| panic!("{}", render(&path, &findings))).plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_configuration_names_lies_beside_it() {
        let places = Places::of(Path::new("/etc/strowger/strowger.toml"), &Plan::default());
        assert_eq!(places.database, "sqlite:/etc/strowger/strowger.db");
        assert_eq!(places.control, Path::new("/etc/strowger/strowger.sock"));
        let here = Places::of(Path::new("strowger.toml"), &Plan::default());
        assert_eq!((here.database.as_str(), here.sounds.as_path()), ("sqlite:strowger.db", Path::new("sounds")));
    }

    #[test]
    fn the_switch_is_found_by_a_configuration_with_a_mistake() {
        let text = "[listen\n[storage]\ncontrol = \"/run/s.sock\" # here\n[[queue]]\ncontrol = 'no'";
        assert_eq!(control_said(text).as_deref(), Some("/run/s.sock"));
        assert_eq!(control_said("[storage]\n[listen]\ncontrol = 'no'"), None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("strowger.toml");
        std::fs::write(&path, "[listen").unwrap();
        assert!(control(Some(&path)).is_err(), "no switch is there");
        std::fs::write(folder.path().join("strowger.sock"), "").unwrap();
        assert_eq!(control(Some(&path)).unwrap(), folder.path().join("strowger.sock"));
    }

    #[test]
    fn an_absolute_database_stays_where_it_is() {
        let url = |url| database_url(Path::new("conf 100%"), url);
        assert_eq!(url("sqlite:///var/lib/strowger.db"), "sqlite:///var/lib/strowger.db");
        assert_eq!(url("sqlite:/var/lib/strowger.db"), "sqlite:/var/lib/strowger.db");
        assert_eq!(url("sqlite::memory:"), "sqlite::memory:");
        assert_eq!(url("sqlite://strowger.db"), "sqlite:conf 100%25/strowger.db");
    }

    #[test]
    fn every_configuration_that_we_ship_is_taken_with_its_sounds() {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
        let mut files: Vec<PathBuf> = vec![];
        for folder in [config.clone(), config.join("examples")] {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            files.extend(entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml")));
        }
        assert!(files.len() >= 5, "{files:?}");
        for file in files {
            if let Err(findings) = load(&file) {
                panic!("{}", render(&file, &findings));
            }
        }
    }

    #[test]
    fn a_sound_may_be_named_without_its_ending() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("music")).unwrap();
        std::fs::write(folder.path().join("music/calm.wav"), b"").unwrap();
        let calm = Some(folder.path().join("music/calm.wav"));
        assert_eq!(sound(folder.path(), "music/calm"), calm);
        assert_eq!(sound(folder.path(), "music/calm.wav"), calm);
        assert_eq!(sound(folder.path(), "music"), None, "a folder is no sound");
    }
}
