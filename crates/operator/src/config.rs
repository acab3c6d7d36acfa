//! The configuration from disk: the plan, the passwords, the prompts. Read whole and checked aside, at the
//! start and at each reload; whatever is wrong is a finding with its place.

use crate::addresses;
use crate::certificates;
use crate::files::{self, Places};
use crate::secrets::{self, Looks};
use anyhow::{Result, bail};
use dialplan::duty::{VOICES, Voice};
use dialplan::{CONFIRM_PROMPT, Finding, Loaded, Place, Plan, Secret, SecretRef, Secrets, Severity, Tls};
use media::PromptBook;
use node::Passwords;
use rustls::ClientConfig;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use terms::{AgentId, PhoneId, PromptId, RoomId, TrunkId, limits};

/// The voice that asks somebody at a number outside whether he takes a call.
const CONFIRM: &[u8] = include_bytes!("../../../config/sounds/confirm.wav");

/// Everything that a switch runs by.
pub struct Configured {
    /// Where it was read.
    pub path: PathBuf,
    /// The plan.
    pub plan: Arc<Plan>,
    /// Where its things are.
    pub places: Places,
    /// Passwords, for the signalling core alone.
    pub passwords: PasswordBook,
    /// The certificate of the pages, where there is to be one.
    pub certificate: Option<tls::Certificate>,
    /// The authorities that are believed of carriers over TLS.
    pub believed: Arc<ClientConfig>,
    /// Prompts and music, decoded.
    pub prompts: Arc<PromptBook>,
    /// What is probably not meant.
    pub doubts: Vec<Finding>,
    /// The same, rendered; empty when there are none.
    pub warnings: String,
    /// Every file that was read.
    pub files: Vec<PathBuf>,
    /// The sounds' files, as they were when they were decoded.
    pub sounds: Sounds,
}

/// Files of sounds, and how each looked: one that looks the same is not decoded again.
pub type Sounds = BTreeMap<PathBuf, Stamp>;

/// What tells a file from what it was: when it was written, how long it is, which it is.
pub type Stamp = Option<(i64, i64, u64, u64)>;

/// How a file looks now.
pub fn stamp(file: &Path) -> Stamp {
    let meta = std::fs::metadata(file).ok()?;
    Some((meta.mtime(), meta.mtime_nsec(), meta.len(), meta.ino()))
}

/// Why a configuration is not taken.
#[derive(Debug)]
pub struct Refused {
    /// Every mistake.
    pub findings: Vec<Finding>,
    /// The same, as an operator reads it; the last line counts them and does not end.
    pub text: String,
    /// Every file that was read.
    pub files: Vec<PathBuf>,
}

/// Passwords, read.
#[derive(Default)]
pub struct PasswordBook {
    /// Of phones.
    pub phones: BTreeMap<PhoneId, String>,
    /// Ours at trunks.
    pub trunks: BTreeMap<TrunkId, String>,
    /// PINs of agents.
    pub agents: BTreeMap<AgentId, String>,
    /// PINs of rooms' guests.
    pub rooms: BTreeMap<RoomId, String>,
    /// PINs of rooms' hosts.
    pub hosts: BTreeMap<RoomId, String>,
}

impl Passwords for PasswordBook {
    fn phone(&self, phone: PhoneId) -> Option<String> {
        self.phones.get(&phone).cloned()
    }
    fn trunk(&self, trunk: TrunkId) -> Option<String> {
        self.trunks.get(&trunk).cloned()
    }
    fn room(&self, room: RoomId) -> Option<String> {
        self.rooms.get(&room).cloned()
    }
    fn host(&self, room: RoomId) -> Option<String> {
        self.hosts.get(&room).cloned()
    }
}

/// Loads the configuration for a start, or says everything that is wrong with it.
pub fn load(path: &Path) -> Result<Configured> {
    match read(path, None) {
        Ok(configured) => Ok(configured),
        Err(refused) => bail!("{}: the switch does not start", refused.text),
    }
}

/// Reads and checks everything. Sounds that have not changed since `before` are taken from there.
pub fn read(path: &Path, before: Option<(&Sounds, &PromptBook)>) -> Result<Configured, Refused> {
    let mut files = vec![];
    let loaded = files::load_noting(path, Looks::AsTheSwitch, &mut files);
    let Loaded { plan, secrets, warnings: mut doubts, .. } = match loaded {
        Ok(loaded) => loaded,
        Err(findings) => return Err(Refused::new(path, findings, files)),
    };
    let places = Places::of(path, &plan);
    let mut mistakes = vec![];
    let passwords = read_passwords(files::folder_of(path), &secrets, &mut mistakes, &mut files);
    let mut sounds = Sounds::new();
    let prompts = Arc::new(read_prompts(&places, &plan, before, &mut sounds, &mut mistakes));
    files.extend(sounds.keys().cloned());
    let certificate = certificates::read(files::folder_of(path), &plan, &places.certificates);
    let certificate = certificate.unwrap_or_else(|fault| {
        mistakes.push(no_certificate(&plan, &fault));
        None
    });
    let believed = certificates::believed(files::folder_of(path), &plan);
    let believed = match (believed, mistakes.is_empty()) {
        (Ok(believed), true) => believed,
        (believed, _) => {
            mistakes.extend(believed.err().map(|why| nobody_vouches(&plan, &why)));
            mistakes.append(&mut doubts);
            return Err(Refused::new(path, mistakes, files));
        }
    };
    let warnings = if doubts.is_empty() { String::new() } else { files::render(path, &doubts) };
    let path = path.to_owned();
    Ok(Configured { path, plan, places, passwords, certificate, believed, prompts, doubts, warnings, files, sounds })
}

/// Nobody can be told from a stranger over TLS.
fn nobody_vouches(plan: &Plan, why: &str) -> Finding {
    let (file, place) = plan.sip.authorities.clone().unwrap_or_default();
    let message = format!("the authorities in {file:?} cannot be used: {why}");
    mistake(&place, "bad-authorities", message, "certificates of authorities in PEM, which this user may read")
}

/// What could not be read was told with the other mistakes; this is for what went away since, and for a folder that takes
/// nothing.
fn no_certificate(plan: &Plan, fault: &tls::Fault) -> Finding {
    let place = match &plan.tls {
        Some(Tls::Files { place, .. }) => place.clone(),
        _ => Place::default(),
    };
    let message = format!("the certificate of the pages cannot be used: {fault}");
    mistake(&place, "bad-certificate", message, "a chain in PEM with its key; a folder that the switch may write into")
}

/// What the signalling core must know of a configuration.
pub fn sip(configured: &Configured) -> sip::Config {
    let mut config = node::sip_config(&configured.plan, &configured.passwords);
    let listen = &configured.plan.listen;
    if listen.all().any(|address| address.ip().is_unspecified()) {
        // A listener on every address says nothing about which one to tell.
        config.advertise = config.advertise.or_else(addresses::primary);
    }
    config
}

impl Refused {
    /// With the findings of a configuration.
    pub fn new(path: &Path, findings: Vec<Finding>, files: Vec<PathBuf>) -> Refused {
        let text = files::render(path, &findings).trim_end().to_owned();
        Refused { findings, text, files }
    }
}

/// A mistake that only the file system shows.
pub fn mistake(place: &Place, code: &'static str, message: String, help: &str) -> Finding {
    let Place { file, line, column } = place.clone();
    let (severity, help) = (Severity::Error, Some(help.to_owned()));
    Finding { severity, code, file, line, column, length: 0, message, help, note: None }
}

fn read_passwords(
    folder: &Path,
    secrets: &Secrets,
    mistakes: &mut Vec<Finding>,
    files: &mut Vec<PathBuf>,
) -> PasswordBook {
    let mut book = PasswordBook::default();
    for (phone, secret) in &secrets.phones {
        book.phones.extend(read_secret(folder, secret, mistakes, files).map(|text| (*phone, text)));
    }
    for (trunk, secret) in &secrets.trunks {
        book.trunks.extend(read_secret(folder, secret, mistakes, files).map(|text| (*trunk, text)));
    }
    for (agent, secret) in &secrets.agents {
        book.agents.extend(read_pin(folder, secret, mistakes, files).map(|text| (*agent, text)));
    }
    for (room, secret) in &secrets.rooms {
        book.rooms.extend(read_pin(folder, secret, mistakes, files).map(|text| (*room, text)));
    }
    for (room, secret) in &secrets.hosts {
        let pin = read_pin(folder, secret, mistakes, files);
        if pin.is_some() && pin.as_ref() == book.rooms.get(room) {
            let message = "the PIN of the hosts is that of the guests".to_owned();
            mistakes.push(mistake(&secret.place, "same-pin", message, "choose another, or everybody is a host"));
        }
        book.hosts.extend(pin.map(|text| (*room, text)));
    }
    book
}

/// A PIN is typed on a telephone.
fn read_pin(folder: &Path, secret: &Secret, mistakes: &mut Vec<Finding>, files: &mut Vec<PathBuf>) -> Option<String> {
    let pin = read_secret(folder, secret, mistakes, files)?;
    let fits =
        pin.bytes().all(|byte| byte.is_ascii_digit()) && (limits::PIN_LEAST..=limits::PIN_DIGITS).contains(&pin.len());
    if !fits {
        let message =
            format!("this PIN has not {} to {} digits, and nothing else", limits::PIN_LEAST, limits::PIN_DIGITS);
        mistakes.push(mistake(&secret.place, "bad-pin", message, "six digits that are no date are hard to guess"));
    }
    fits.then_some(pin)
}

/// What could not be read was told with the other mistakes; this is for what went away since.
fn read_secret(
    folder: &Path,
    secret: &Secret,
    mistakes: &mut Vec<Finding>,
    files: &mut Vec<PathBuf>,
) -> Option<String> {
    if let SecretRef::File(path) = &secret.from {
        files.push(folder.join(path));
    }
    match secrets::read(folder, &secret.from) {
        Ok(text) => Some(text),
        Err(_) => {
            let message = format!("{} cannot be read", secret.from);
            mistakes.push(mistake(
                &secret.place,
                "unreadable-password",
                message,
                "one line, which the switch may read",
            ));
            None
        }
    }
}

/// The sounds that come with the program.
fn built_in() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    let voices = VOICES.iter().map(|spoken| (spoken.built_in, voice(spoken.voice)));
    std::iter::once((CONFIRM_PROMPT, CONFIRM)).chain(voices)
}

fn voice(voice: Voice) -> &'static [u8] {
    match voice {
        Voice::Ready => include_bytes!("../../../config/sounds/agent-ready.wav"),
        Voice::Paused => include_bytes!("../../../config/sounds/agent-paused.wav"),
        Voice::LoggedOut => include_bytes!("../../../config/sounds/agent-logged-out.wav"),
        Voice::LoggedIn => include_bytes!("../../../config/sounds/agent-logged-in.wav"),
        Voice::Number => include_bytes!("../../../config/sounds/agent-number.wav"),
        Voice::Pin => include_bytes!("../../../config/sounds/agent-pin.wav"),
        Voice::Noted => include_bytes!("../../../config/sounds/agent-disposition.wav"),
        Voice::Next => include_bytes!("../../../config/sounds/agent-next.wav"),
        Voice::Waited(1) => include_bytes!("../../../config/sounds/agent-waited-1.wav"),
        Voice::Waited(2) => include_bytes!("../../../config/sounds/agent-waited-2.wav"),
        Voice::Waited(3) => include_bytes!("../../../config/sounds/agent-waited-3.wav"),
        Voice::Waited(4) => include_bytes!("../../../config/sounds/agent-waited-4.wav"),
        Voice::Waited(5) => include_bytes!("../../../config/sounds/agent-waited-5.wav"),
        Voice::Waited(10) => include_bytes!("../../../config/sounds/agent-waited-10.wav"),
        Voice::Waited(20) => include_bytes!("../../../config/sounds/agent-waited-20.wav"),
        Voice::Waited(30..) => include_bytes!("../../../config/sounds/agent-waited-30.wav"),
        Voice::Waited(_) => include_bytes!("../../../config/sounds/agent-waited-0.wav"),
        Voice::Zip => include_bytes!("../../../config/sounds/zip.wav"),
        Voice::Done => include_bytes!("../../../config/sounds/agent-done.wav"),
    }
}

fn read_prompts(
    places: &Places,
    plan: &Plan,
    before: Option<(&Sounds, &PromptBook)>,
    sounds: &mut Sounds,
    mistakes: &mut Vec<Finding>,
) -> PromptBook {
    let mut book = PromptBook::builder();
    for (name, sound) in built_in() {
        let own = PromptId::of(name);
        match before.and_then(|(_, book)| book.get(own)) {
            Some(sound) => book.share(own, sound),
            None => book.wav(own, sound).expect("the sound that comes with the program can be read"),
        }
    }
    for prompt in &plan.prompts {
        let mut wrong = |message, help| mistakes.push(mistake(&prompt.place, "bad-sound", message, help));
        let Some(path) = files::sound(&places.sounds, &prompt.path) else {
            let message = format!("there is no sound {:?} in {}", prompt.path, places.sounds.display());
            wrong(message, "put the file there, or correct the name or `storage.sounds`");
            continue;
        };
        // Looked at before it is read: what is written meanwhile shows the next time.
        let looks = stamp(&path);
        let known = before.filter(|(sounds, _)| looks.is_some() && sounds.get(&path) == Some(&looks));
        sounds.insert(path.clone(), looks);
        if let Some(sound) = known.and_then(|(_, book)| book.get(prompt.id)) {
            book.share(prompt.id, sound);
            continue;
        }
        let read = std::fs::read(&path).map_err(|error| error.to_string());
        let taken = read.and_then(|bytes| book.wav(prompt.id, &bytes).map_err(|error| error.to_string()));
        if let Err(error) = taken {
            wrong(format!("cannot use the sound {}: {error}", path.display()), "a WAV file, 16-bit PCM, mono");
        }
    }
    book.build()
}
