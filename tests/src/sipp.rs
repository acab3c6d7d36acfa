//! SIPp as the carrier: runs a scenario of `tests/sipp/`, tells it when to hang up, and reads how it
//! went. What a scenario leaves open is filled in here, since SIPp takes no keywords in attributes.

use crate::place::Place;
use crate::running::{Running, tail};
use crate::voice::Voice;
use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The number that the carrier's caller shows.
pub const CALLER: &str = "+359888123456";

/// A carrier's call.
pub struct Sipp {
    run: Running,
    local: SocketAddr,
    number: u32,
    messages: PathBuf,
}

/// What a call is like.
pub struct Dial<'a> {
    /// The scenario's file name without `.xml`.
    pub scenario: &'a str,
    /// The number that is called.
    pub number: &'a str,
    /// From which address.
    pub from: IpAddr,
    /// Over TCP instead of UDP.
    pub tcp: bool,
    /// Its media, if it is not SIPp's own.
    pub voice: Option<&'a Voice>,
    /// Its payload type for audio.
    pub payload_type: u8,
    /// More keywords for the scenario.
    pub words: &'a [(&'a str, &'a str)],
}

impl<'a> Dial<'a> {
    /// A carrier's call with this media in A-law.
    pub fn new(place: &Place, number: &'a str, voice: &'a Voice) -> Dial<'a> {
        Dial {
            scenario: "caller",
            number,
            from: place.carrier(),
            tcp: false,
            voice: Some(voice),
            payload_type: 8,
            words: &[],
        }
    }

    /// A key of the phone `desk` that watches this, as a package shows it.
    pub fn key(number: &'a str, event: &str, place: &Place) -> Dial<'a> {
        let words: &[(&str, &str)] = match event {
            "conference" => &[("event", "conference"), ("document", "conference-info+xml")],
            "message-summary" => &[("event", "message-summary"), ("document", "simple-message-summary")],
            _ => &[("event", "dialog"), ("document", "dialog-info+xml")],
        };
        Dial { scenario: "lamp", number, from: place.device(9), tcp: false, voice: None, payload_type: 8, words }
    }
}

/// A file of `tests/sipp/`.
fn part(name: &str) -> Result<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("sipp/{name}.xml"));
    std::fs::read_to_string(&source).with_context(|| source.display().to_string())
}

/// A scenario with what it is made of in place: a line `[include NAME word=value ...]` stands for the file of that name in
/// `tests/sipp/desk/`, with these words filled in. `~` is a space in a value.
fn expanded(text: &str) -> Result<String> {
    let mut whole = String::new();
    for line in text.lines() {
        let Some(include) = line.strip_prefix("[include ").and_then(|rest| rest.strip_suffix(']')) else {
            whole.push_str(line);
            whole.push('\n');
            continue;
        };
        let mut words = include.split(' ');
        let mut inner = part(&format!("desk/{}", words.next().unwrap_or_default()))?;
        for (word, value) in words.filter_map(|word| word.split_once('=')) {
            inner = inner.replace(&format!("[{word}]"), &value.replace('~', " "));
        }
        whole.push_str(&expanded(&inner)?);
    }
    Ok(whole)
}

impl Sipp {
    /// Dials. `number` tells several calls of one test apart.
    pub fn dial(place: &Place, number: u32, to: SocketAddr, dial: &Dial<'_>) -> Result<Sipp> {
        let mut scenario = expanded(&part(dial.scenario)?)?;
        let voice = dial.voice.map_or(9, Voice::port).to_string();
        let (address, kind) = (dial.from.to_string(), dial.payload_type.to_string());
        let own = [("voice_ip", &*address), ("voice_port", &*voice), ("voice_type", &*kind), ("from", CALLER)];
        // A word of the test comes before one of ours.
        for (word, value) in dial.words.iter().chain(&own) {
            scenario = scenario.replace(&format!("[{word}]"), value);
        }
        let file = place.write(&format!("sipp{number}/{}.xml", dial.scenario), &scenario)?;
        let folder = file.parent().context("a folder")?;
        // A call has a port of its own, so that several at once do not meet.
        let local = SocketAddr::new(dial.from, 5_060 + number as u16 * 2);
        let mut command = Command::new("sipp");
        command.current_dir(folder).arg(to.to_string()).arg("-sf").arg(&file);
        command.args(["-s", dial.number, "-i", &address, "-p", &local.port().to_string(), "-mi", &address]);
        command.args([
            "-m",
            "1",
            "-t",
            if dial.tcp { "t1" } else { "u1" },
            "-cid_str",
            &format!("call{number}-%u-%p@%s"),
        ]);
        command.args([
            "-nostdin",
            "-trace_err",
            "-trace_msg",
            "-message_file",
            "messages.log",
            "-error_file",
            "errors.log",
        ]);
        command.args(["-timeout", "100s", "-timeout_error"]);
        let run = Running::start(&mut command, &folder.join("screen.log"))?;
        Ok(Sipp { run, local, number, messages: folder.join("messages.log") })
    }

    /// The Call-ID header's value of its call.
    pub fn call_id(&self) -> String {
        format!("call{}-1-{}@{}", self.number, self.run.pid(), self.local.ip())
    }

    /// Tells the caller to hang up.
    pub fn hang_up(&self) -> Result<()> {
        let order = format!(
            "MESSAGE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:9;branch=z9hG4bKorder\r\nFrom: <sip:test@{ip}>;tag=t\r\n\
             To: <sip:x>\r\nCall-ID: {call}\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n",
            ip = self.local.ip(),
            call = self.call_id()
        );
        UdpSocket::bind((self.local.ip(), 0))?.send_to(order.as_bytes(), self.local)?;
        Ok(())
    }

    /// All that it sent and got.
    pub fn messages(&self) -> String {
        std::fs::read(&self.messages).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Whether the call is still going on.
    pub fn runs(&mut self) -> bool {
        self.run.runs()
    }

    /// Waits until the call is over, and that it went as its scenario says.
    pub fn finish(mut self, limit: Duration) -> Result<()> {
        let status = self.run.wait(limit)?;
        ensure!(status.success(), "SIPp: {status}\n{}", tail(&self.run.output(), 60));
        Ok(())
    }
}
