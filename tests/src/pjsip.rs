//! PJSIP as a phone: `tests/pjsip/phone.py` beside the test, told what to do and asked what happened line by line.

use crate::place::Place;
use crate::running::{Running, tail, wait_for};
use crate::sound::{Sound, Tone, listen, read_wav, tones};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use xtask::python::PJSIP;

/// How long a phone may take for what is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A phone that runs.
pub struct Pjsip {
    run: Running,
    orders: Mutex<ChildStdin>,
    events: Arc<Mutex<Vec<(Instant, Value)>>>,
    /// How many of the events have been waited for.
    taken: Mutex<usize>,
    folder: PathBuf,
    recordings: Mutex<u32>,
}

/// The Python that knows PJSIP, where it is.
pub fn python() -> Result<Option<PathBuf>> {
    crate::tools::program(&PJSIP, "python")
}

impl Pjsip {
    /// Switches a phone on; `number` is its address in the place, and `more` whatever else the script takes: `prack`,
    /// `timer`, `tcp`, `tls`, `leaves`. Without a password it does not register.
    pub fn start(place: &Place, number: u8, user: &str, password: &str, sound: &Sound, more: Value) -> Result<Pjsip> {
        let speaks = place.path(&format!("pjsip{number}/speaks.wav"))?;
        let folder = speaks.parent().context("a folder")?.to_path_buf();
        sound.write_wav(&speaks)?;
        let mut options = json!({
            "user": user, "password": password, "switch": place.switch(), "address": place.device(number),
            "speaks": speaks, "log": folder.join("pjsip.log"),
        });
        let told = options.as_object_mut().context("an object")?;
        told.extend(more.as_object().cloned().unwrap_or_default());
        let mut command = Command::new(python()?.context("PJSIP")?);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("pjsip/phone.py")).arg(options.to_string());
        let (run, orders, output) = Running::talking(&mut command, &folder.join("errors.log"))?;
        let events = Arc::new(Mutex::new(Vec::new()));
        let kept = events.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                kept.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), event));
            }
        });
        let (orders, taken, recordings) = (Mutex::new(orders), Mutex::new(0), Mutex::new(0));
        let phone = Pjsip { run, orders, events, taken, folder, recordings };
        phone.event(json!({"event": "ready"}))?;
        if !password.is_empty() {
            phone.event(json!({"event": "registered", "status": 200}))?;
        }
        Ok(phone)
    }

    /// Gives an order as the script takes it.
    pub fn tell(&self, order: &str) -> Result<()> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(orders, "{order}").with_context(|| self.story())
    }

    /// Waits for an event with these fields, later than the last one that was waited for.
    pub fn event(&self, like: Value) -> Result<Value> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        let waited = wait_for(&format!("{like} at {}", self.folder.display()), PATIENCE, || {
            let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            found = events.iter().skip(*taken).position(|(_, event)| is_like(event, &like)).map(|place| {
                *taken += place + 1;
                events[*taken - 1].1.clone()
            });
            found.is_some()
        });
        waited.with_context(|| self.story())?;
        found.context("it was found")
    }

    /// How many such events there were in all.
    pub fn count(&self, like: &Value) -> usize {
        self.times(like).len()
    }

    /// When such events were.
    pub fn times(&self, like: &Value) -> Vec<Instant> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().filter(|(_, event)| is_like(event, like)).map(|(at, _)| *at).collect()
    }

    /// Waits until a call of it is in this state: early, confirmed, disconnected ...
    pub fn state(&self, call: u32, state: &str) -> Result<Value> {
        self.event(json!({"event": "state", "call": call, "state": state}))
    }

    /// Waits until a call rings here.
    pub fn rings(&self, call: u32) -> Result<Value> {
        self.event(json!({"event": "incoming", "call": call}))
    }

    /// Waits until a call is over here.
    pub fn is_over(&self, call: u32) -> Result<Value> {
        self.state(call, "disconnected")
    }

    /// What it hears in a call from now on.
    pub fn records(&self, call: u32, for_ms: u64) -> Result<Vec<i16>> {
        let mut count = self.recordings.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        let file = self.folder.join(format!("heard{count}.wav"));
        self.tell(&format!("listen {call} {}", file.display()))?;
        std::thread::sleep(Duration::from_millis(for_ms));
        self.tell(&format!("stop {call}"))?;
        self.event(json!({"event": "stopped", "call": call}))?;
        Ok(whole(&file))
    }

    /// Which of these sounds it hears in a call from now on, each once, in their order.
    pub fn hears(&self, call: u32, sounds: &[&Sound], for_ms: u64) -> Result<Vec<String>> {
        let heard = self.records(call, for_ms)?;
        let mut names: Vec<String> = listen(&heard, sounds).into_iter().map(|run| run.sound).collect();
        names.dedup();
        Ok(names)
    }

    /// Waits until it hears this sound, and this one alone, in a call.
    pub fn hears_only(&self, call: u32, sound: &Sound, sounds: &[&Sound]) -> Result<()> {
        let begun = Instant::now();
        loop {
            let heard = self.hears(call, sounds, 300)?;
            if heard == [sound.name.as_str()] {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "hears {heard:?} instead of {:?}\n{}", sound.name, self.story());
        }
    }

    /// Waits until it hears these tones in a call, and no other of all of them.
    pub fn hears_tones(&self, call: u32, wanted: &[&str], all: &[Tone]) -> Result<()> {
        let begun = Instant::now();
        loop {
            let heard = tones(&self.records(call, 300)?, all);
            if heard == wanted {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "hears {heard:?} instead of {wanted:?}\n{}", self.story());
        }
    }

    /// All that it sent and got, as PJSIP logs it.
    pub fn log(&self) -> String {
        std::fs::read(self.folder.join("pjsip.log"))
            .map_or_else(|_| String::new(), |text| String::from_utf8_lossy(&text).into())
    }

    /// The messages that it got whose first line begins so.
    pub fn got(&self, first_line: &str) -> Vec<String> {
        messages(&self.log(), "RX ").into_iter().filter(|message| message.starts_with(first_line)).collect()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.run.pid()
    }

    fn story(&self) -> String {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let told: Vec<String> = events.iter().map(|(_, event)| event.to_string()).collect();
        format!("{}\n{}\n{}", told.join("\n"), tail(&self.run.output(), 20), tail(&self.log(), 40))
    }
}

/// What is in a file that PJSIP closes a moment after it has said so; nothing, where it heard nothing.
fn whole(file: &Path) -> Vec<i16> {
    let mut heard = vec![];
    let _ = wait_for("the file", Duration::from_secs(1), || {
        heard = read_wav(file).ok().and_then(|tracks| tracks.into_iter().next()).unwrap_or_default();
        !heard.is_empty()
    });
    heard
}

/// All fields of `like` are in the event.
fn is_like(event: &Value, like: &Value) -> bool {
    like.as_object().is_some_and(|fields| fields.iter().all(|(name, value)| event[name] == *value))
}

/// The messages of a log that went this way.
fn messages(log: &str, way: &str) -> Vec<String> {
    let mut found = vec![];
    let mut lines = log.lines();
    while let Some(line) = lines.next() {
        if line.contains("pjsua_core.c") && line.contains(way) && line.contains(" bytes ") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("--end msg--")).collect();
            found.push(text.join("\r\n"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_out_of_a_log_by_the_way_that_they_went() {
        let log = "1 pjsua_core.c .TX 9 bytes Request msg X to UDP 1:\nINVITE a\nTo: b\n\n--end msg--\n\
                   2 pjsua_core.c .RX 9 bytes Request msg X from UDP 1:\nCANCEL a\nReason: SIP\n\n--end msg--\nother\n";
        assert_eq!(messages(log, "RX "), ["CANCEL a\r\nReason: SIP\r\n"]);
    }

    #[test]
    fn an_event_is_like_another_when_it_has_all_of_its_fields() {
        let event = json!({"event": "state", "call": 1, "state": "early"});
        assert!(is_like(&event, &json!({"event": "state", "call": 1})));
        assert!(!is_like(&event, &json!({"event": "state", "call": 2})));
    }
}
