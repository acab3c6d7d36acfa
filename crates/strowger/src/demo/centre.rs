//! The demo's call centre: a plan on embedded defaults, with passwords made up for this run.

use anyhow::Result;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

/// What callers of the demo's carrier dial.
pub const NUMBER: &str = "+442079460001";
/// What a real phone dials to get the same.
pub const SHORT_NUMBER: &str = "500";
/// The user for a real phone.
pub const GUEST: &str = "guest";
/// Where the synthetic carrier calls from.
pub const CARRIER: &str = "127.0.0.2";

/// The synthetic agents: name, and what they can do.
pub const AGENTS: [(&str, &str); 6] = [
    ("anna", "support = 9"),
    ("boris", "support = 7, sales = 3"),
    ("chen", "support = 5"),
    ("dora", "support = 6, sales = 8"),
    ("emil", "sales = 9"),
    ("fatima", "sales = 6, support = 2"),
];

/// Agents for people: they talk from the page.
pub const GUESTS: [&str; 4] = ["gita", "hugo", "iris", "jonas"];

const WELCOME: &[u8] = include_bytes!("../../../../config/sounds/welcome.wav");
const CHOOSE: &[u8] = include_bytes!("../../../../config/sounds/choose.wav");
const MUSIC: &[u8] = include_bytes!("../../../../config/sounds/music/calm.wav");

/// A password for each who needs one.
pub struct Passwords {
    /// The guest's, short enough to type.
    pub guest: String,
    /// The agents', in their order.
    pub agents: Vec<String>,
}

impl Passwords {
    /// Fresh ones.
    pub fn new() -> Result<Passwords> {
        let agents = AGENTS.iter().map(|_| word(16)).collect::<Result<_>>()?;
        Ok(Passwords { guest: word(8)?, agents })
    }
}

/// Random letters and digits that nobody mistakes for one another.
pub fn word(length: usize) -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = vec![0_u8; length];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

/// Writes the configuration and its sounds into a folder; the configuration's path.
pub fn write(
    folder: &Path,
    (listen, rtp): (SocketAddr, (u16, u16)),
    (pages, voices): (SocketAddr, SocketAddr),
) -> Result<std::path::PathBuf> {
    let sounds = folder.join("sounds");
    std::fs::create_dir_all(&sounds)?;
    for (name, bytes) in [("welcome.wav", WELCOME), ("choose.wav", CHOOSE), ("music.wav", MUSIC)] {
        std::fs::write(sounds.join(name), bytes)?;
    }
    let path = folder.join("demo.toml");
    std::fs::write(&path, text((listen, rtp), (pages, voices))?)?;
    Ok(path)
}

fn text(
    (listen, (first, last)): (SocketAddr, (u16, u16)),
    (pages, voices): (SocketAddr, SocketAddr),
) -> Result<String> {
    // Others come over the network.
    let certificate = if pages.ip().is_loopback() { "" } else { "\n[tls]\nself_made = true\n" };
    let mut text = format!(
        r#"[listen]
udp = "{listen}"
tcp = "{listen}"
rtp = "{first}-{last}"
pages = "{voices}"
domain = "demo"
digest = ["MD5"]  # a guest's phone of any age shall get in: some give up at a SHA-256 challenge

[console]
listen = "{pages}"
{certificate}
[[board]]
name = "main"
title = "Support and sales"
figures = [
    {{ show = "waiting", warning = "3", critical = "6" }},
    {{ show = "longest_wait", warning = "5s", critical = "15s" }},
    {{ show = "service_level", warning = "80%", critical = "60%" }},
    {{ show = "ready", warning = "1", critical = "0" }},
    {{ show = "talking" }},
    {{ show = "abandoned" }},
]

[[user]]
name = "{GUEST}"
roles = ["supervisor"]
supervises = "all"

[[trunk]]
name = "carrier"
peers = ["{CARRIER}"]
codecs = ["PCMA", "PCMU"]
calls_max = 100

[[phone]]
user = "{GUEST}"
password = {{ file = "secrets/{GUEST}" }}
extension = "100"
"#
    );
    for (nth, (name, skills)) in AGENTS.iter().enumerate() {
        write!(
            text,
            r#"
[[phone]]
user = "{name}"
password = {{ file = "secrets/{name}" }}
extension = "{}"

[[agent]]
name = "{name}"
devices = ["phone:{name}"]
skills = {{ {skills} }}
ready = true
"#,
            101 + nth
        )?;
    }
    for name in GUESTS {
        write!(
            text,
            r#"
[[phone]]
user = "{name}"
page = true

[[agent]]
name = "{name}"
skills = {{ support = 9, sales = 9 }}
"#
        )?;
    }
    let everybody = AGENTS.iter().map(|(name, _)| *name).chain(GUESTS);
    let agents = everybody.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    for (queue, require) in [("support", "support >= 5"), ("sales", "sales >= 5")] {
        write!(
            text,
            r#"
[[queue]]
name = "{queue}"
agents = [{agents}]
require = "{require}"
relax = [{{ after = "6s", require = "{queue} >= 2" }}]
ring = "6s"
wrap_up = "2s"
music = "music.wav"
record = true
service_level = {{ within = "5s", target = 0.8 }}
"#
        )?;
    }
    write!(
        text,
        r#"
[[route]]
from = "trunk:carrier"
to = "{NUMBER}"
go = "flow:main"

[[route]]
from = "phone:*"
to = "{SHORT_NUMBER}"
go = "flow:main"

[flow.main]
greet = {{ play = "welcome.wav", then = "choose" }}
choose = {{ menu = "choose.wav", keys = {{ 1 = "queue:support", 2 = "queue:sales" }}, no_input = "queue:support", no_match = "choose" }}
"#
    )?;
    Ok(text)
}

/// Writes the passwords where the configuration looks for them, for nobody else to read.
pub fn write_passwords(folder: &Path, passwords: &Passwords) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let secrets = folder.join("secrets");
    std::fs::DirBuilder::new().mode(0o700).create(&secrets)?;
    let agents = AGENTS.iter().map(|(name, _)| *name).zip(&passwords.agents);
    for (user, password) in agents.chain([(GUEST, &passwords.guest)]) {
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(secrets.join(user))?;
        std::io::Write::write_all(&mut file, password.as_bytes())?;
    }
    Ok(())
}
