//! baresip as a phone: a configuration written for it, a sound that it plays, what it hears kept in WAV
//! files, and its events and commands over its control connection (JSON in netstrings).

use crate::place::Place;
use crate::running::{Running, tail, wait_for};
use crate::sound::{Sound, read_wav};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a phone reaches the switch and what it does.
pub struct Account<'a> {
    /// The digest user.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
    /// Over TCP instead of UDP.
    pub tcp: bool,
    /// Whether it registers; a trunk by address does not.
    pub registers: bool,
    /// Answers by itself.
    pub answers: bool,
    /// Codecs in order of preference.
    pub codecs: &'a str,
}

impl<'a> Account<'a> {
    /// A registered phone over UDP that waits for somebody to answer it.
    pub fn new(user: &'a str, password: &'a str) -> Account<'a> {
        Account { user, password, tcp: false, registers: true, answers: false, codecs: "PCMA,PCMU" }
    }
}

/// A phone that runs.
pub struct Baresip {
    run: Running,
    folder: PathBuf,
    control: TcpStream,
    events: Arc<Mutex<Vec<Value>>>,
}

impl Baresip {
    /// Switches a phone on; `number` is its address in the place.
    pub fn start(place: &Place, number: u8, account: &Account<'_>, sound: &Sound) -> Result<Baresip> {
        Baresip::start_as(place, number, &account_line(account, place.switch()), sound)
    }

    /// Switches a phone on with an account line as somebody wrote it.
    pub fn start_as(place: &Place, number: u8, account: &str, sound: &Sound) -> Result<Baresip> {
        let folder = place.path(&format!("phone{number}/config"))?.parent().context("a folder")?.to_path_buf();
        Baresip::start_in(folder, place.phone(number), account, sound)
    }

    /// Switches one on at an address, with its files in this folder.
    pub fn start_in(folder: PathBuf, address: SocketAddr, account: &str, sound: &Sound) -> Result<Baresip> {
        sound.write_wav(&folder.join("speaks.wav"))?;
        std::fs::write(folder.join("config"), configuration(address, &folder.display().to_string()))?;
        std::fs::write(folder.join("accounts"), account)?;
        std::fs::write(folder.join("contacts"), "")?;
        let mut command = Command::new("baresip");
        command.arg("-4").arg("-s").arg("-v").arg("-f").arg(&folder);
        let mut run = Running::start(&mut command, &folder.join("baresip.log"))?;
        let mut control = None;
        wait_for("baresip's control port", Duration::from_secs(10), || {
            control = TcpStream::connect(control_port(address)).ok();
            control.is_some() || !run.runs()
        })?;
        let control = control.with_context(|| format!("baresip ended:\n{}", tail(&run.output(), 30)))?;
        let events = Arc::new(Mutex::new(Vec::new()));
        let (reader, kept) = (control.try_clone()?, events.clone());
        std::thread::spawn(move || read_events(reader, &kept));
        Ok(Baresip { run, folder, control, events })
    }

    /// Waits until the switch knows the phone.
    pub fn registered(&self) -> Result<()> {
        // Its control connection may be younger than its registration: the log saw both.
        wait_for("a registration", Duration::from_secs(15), || {
            self.log().contains(" 200 OK (") && self.log().contains(" binding")
        })
        .with_context(|| tail(&self.log(), 60))
    }

    /// Waits until the switch has refused its registration for good.
    pub fn refused(&self) -> Result<()> {
        let refused = || self.log().lines().any(|line| line.contains("reg: ") && line.contains(" 40"));
        wait_for("a refusal", Duration::from_secs(15), refused).with_context(|| tail(&self.log(), 60))
    }

    /// Waits for so many events of a type: CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED, REGISTER_FAIL ...
    pub fn event(&self, kind: &str, times: usize) -> Result<()> {
        wait_for(&format!("{kind} at {}", self.folder.display()), Duration::from_secs(15), || self.count(kind) >= times)
            .with_context(|| tail(&self.run.output(), 60))
    }

    /// How many events of a type there were.
    pub fn count(&self, kind: &str) -> usize {
        let events = self.events.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        events.iter().filter(|event| event["type"] == kind).count()
    }

    /// Gives a command of its menu: accept, hangup, hold, resume, dial, sndcode.
    pub fn command(&self, name: &str, parameters: &str) -> Result<()> {
        let text = serde_json::json!({ "command": name, "params": parameters }).to_string();
        (&self.control).write_all(format!("{}:{text},", text.len()).as_bytes())?;
        Ok(())
    }

    /// The status with which its last registration was refused, if it was.
    pub fn log(&self) -> String {
        self.run.output()
    }

    /// What it heard in its calls, in the order in which they began: decoded audio as it came.
    pub fn heard(&self) -> Result<Vec<Vec<i16>>> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .collect();
        files.sort();
        let mut heard = Vec::new();
        for file in &files {
            heard.extend(read_wav(file)?.into_iter().next());
        }
        ensure!(!heard.is_empty(), "{} heard nothing:\n{}", self.folder.display(), tail(&self.run.output(), 30));
        Ok(heard)
    }

    /// Pulls the plug: it says good-bye to nobody.
    pub fn vanish(self) -> Result<()> {
        self.run.signal("KILL")
    }
}

/// Next to SIP and SIP over TLS, which baresip opens unasked.
fn control_port(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port() + 2)
}

fn configuration(address: SocketAddr, folder: &str) -> String {
    let (ip, control) = (address.ip(), control_port(address));
    // The player goes nowhere; the sndfile module keeps what passes before it. ctrl_tcp wants its port early.
    format!(
        "poll_method epoll\nsip_listen {address}\nnet_interface {ip}\nctrl_tcp_listen {control}\n\
         audio_path {folder}\nsnd_path {folder}\n\
         audio_source aufile,{folder}/speaks.wav\naudio_player aubridge,nowhere\naudio_alert aubridge,nowhere\n\
         ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\naudio_level no\n\
         audio_buffer 20-160\njitter_buffer_delay 1-10\nrtp_ports 20000-30000\nrtp_stats no\ncall_local_timeout 60\n\
         module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
         module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
    )
}

fn account_line(account: &Account<'_>, switch: IpAddr) -> String {
    let transport = if account.tcp { "tcp" } else { "udp" };
    format!(
        "<sip:{user}@{switch};transport={transport}>;auth_user={user};auth_pass={password};regint={every};\
         answermode={mode};audio_codecs={codecs}\n",
        user = account.user,
        password = account.password,
        every = if account.registers { 60 } else { 0 },
        mode = if account.answers { "auto" } else { "manual" },
        codecs = account.codecs,
    )
}

/// Netstrings of JSON, events kept; ends with the connection.
fn read_events(mut reader: TcpStream, events: &Mutex<Vec<Value>>) {
    let mut buffer = Vec::new();
    let mut piece = [0; 4_096];
    while let Ok(length @ 1..) = reader.read(&mut piece) {
        buffer.extend(&piece[..length]);
        while let Some((text, rest)) = netstring(&buffer) {
            if let Ok(value) = serde_json::from_slice::<Value>(text)
                && value["event"] == true
            {
                events.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(value);
            }
            buffer = rest.to_vec();
        }
    }
}

fn netstring(buffer: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = buffer.iter().position(|byte| *byte == b':')?;
    let length: usize = std::str::from_utf8(&buffer[..colon]).ok()?.trim().parse().ok()?;
    let end = colon + 1 + length;
    (buffer.len() > end).then(|| (&buffer[colon + 1..end], &buffer[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netstrings_are_cut_where_they_end_and_not_before_they_are_whole() {
        assert_eq!(netstring(b"2:{},3:abc,"), Some((&b"{}"[..], &b"3:abc,"[..])));
        assert_eq!(netstring(b"2:{}"), None);
        assert_eq!(netstring(b"2"), None);
    }
}
