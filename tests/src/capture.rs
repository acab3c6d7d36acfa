//! A capture of everything that the switch sends and receives, by tcpdump on `lo`. That takes the right
//! to capture (root, or sudo without a password); where it is missing the test says so, loudly, and
//! proves what it can without.

use crate::place::Place;
use crate::running::{Running, wait_for};
use crate::wire::Trace;
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// A capture that runs.
pub struct Capture {
    dump: Running,
    file: PathBuf,
}

impl Capture {
    /// Begins to capture, if that can be done here.
    pub fn start(place: &Place) -> Result<Option<Capture>> {
        let file = place.path("wire.pcap")?;
        let output = place.path("tcpdump.log")?;
        for front in [&["tcpdump"][..], &["sudo", "-n", "tcpdump"]] {
            let mut command = Command::new(front[0]);
            command.args(&front[1..]).args(["-i", "lo", "-U", "--immediate-mode", "-n", "-B", "16384", "-w"]);
            command.arg(&file);
            if is_root() || front.len() > 1 {
                command.args(["-Z", "root"]);
            }
            command.args(["host", &place.switch().to_string()]);
            let path = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
            let Ok(mut dump) = Running::start(&mut command, &output) else { continue };
            let listens =
                wait_for("tcpdump", Duration::from_secs(5), || dump.output().contains("listening on") || !dump.runs());
            if listens.is_ok() && dump.runs() {
                return Ok(Some(Capture { dump, file }));
            }
        }
        eprintln!("NOT CAPTURED: no right to capture on lo (root or sudo -n): the wire is not checked in this test");
        Ok(None)
    }

    /// Ends the capture and reads it.
    pub fn stop(mut self) -> Result<Trace> {
        std::thread::sleep(Duration::from_millis(100));
        // Through sudo the signal goes to sudo, which passes it on.
        self.dump.signal("INT")?;
        self.dump.wait(Duration::from_secs(5))?;
        Trace::read(&self.file)
    }
}

/// Whether this is root, by the owner of our own entry in /proc.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}
