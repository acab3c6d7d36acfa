//! A capture of everything that the switch sends and receives on loopback: by tcpdump, or by a packet
//! socket of our own where tcpdump cannot (as root of a user name space it fails to give up rights that it
//! does not have). Both take the right to capture; where it is missing the test says so, loudly, and
//! proves what it can without.

use crate::place::Place;
use crate::running::{Running, clock, wait_for};
use crate::wire::Trace;
use crate::wire::pcap::{Frame, internet};
use anyhow::Result;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::Read;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A capture that runs.
pub enum Capture {
    /// By tcpdump, into a file.
    Dump {
        /// tcpdump.
        run: Running,
        /// Its file.
        file: PathBuf,
    },
    /// By a thread of ours.
    Own {
        /// Tells it to end.
        stop: Arc<AtomicBool>,
        /// What it caught.
        caught: JoinHandle<Vec<Frame>>,
    },
}

impl Capture {
    /// Begins to capture, if that can be done here.
    pub fn start(place: &Place) -> Result<Option<Capture>> {
        for front in [&["tcpdump"][..], &["sudo", "-n", "tcpdump"]] {
            if let Some(capture) = dump(place, front)? {
                return Ok(Some(capture));
            }
        }
        if let Some(capture) = own(place.switch()) {
            return Ok(Some(capture));
        }
        eprintln!("NOT CAPTURED: no right to capture on lo (root or sudo -n): the wire is not checked in this test");
        Ok(None)
    }

    /// Ends the capture and reads it.
    pub fn stop(self) -> Result<Trace> {
        std::thread::sleep(Duration::from_millis(100));
        match self {
            Capture::Dump { mut run, file } => {
                // Through sudo the signal goes to sudo, which passes it on.
                run.signal("INT")?;
                run.wait(Duration::from_secs(5))?;
                Trace::read(&file)
            }
            Capture::Own { stop, caught } => {
                stop.store(true, Ordering::Relaxed);
                let frames = caught.join().map_err(|_| anyhow::anyhow!("the capture ended in a panic"))?;
                Ok(Trace::of(&frames))
            }
        }
    }
}

fn dump(place: &Place, front: &[&str]) -> Result<Option<Capture>> {
    let file = place.path("wire.pcap")?;
    let mut command = Command::new(front[0]);
    command.args(&front[1..]).args(["-i", "lo", "-U", "--immediate-mode", "-n", "-B", "16384", "-w"]);
    command.arg(&file);
    if is_root() || front.len() > 1 {
        command.args(["-Z", "root"]);
    }
    command.args(["host", &place.switch().to_string()]);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    let Ok(mut run) = Running::start(&mut command, &place.path("tcpdump.log")?) else { return Ok(None) };
    let listens = wait_for("tcpdump", Duration::from_secs(5), || run.output().contains("listening on") || !run.runs());
    // It says that it listens before it gives up its rights.
    std::thread::sleep(Duration::from_millis(20));
    Ok((listens.is_ok() && run.runs()).then_some(Capture::Dump { run, file }))
}

/// A packet socket for IPv4 alone sees each packet on `lo` once, as it comes in (packet(7)).
fn own(switch: IpAddr) -> Option<Capture> {
    const IPV4: u16 = 0x0800;
    let socket = Socket::new(Domain::PACKET, Type::DGRAM, Some(Protocol::from(i32::from(IPV4.to_be())))).ok()?;
    socket.set_recv_buffer_size(16 << 20).ok()?;
    socket.set_read_timeout(Some(Duration::from_millis(50))).ok()?;
    let stop = Arc::new(AtomicBool::new(false));
    let end = stop.clone();
    let caught = std::thread::spawn(move || {
        let mut frames = Vec::new();
        let mut buffer = vec![0; 65_536];
        while !end.load(Ordering::Relaxed) {
            let Ok(length) = (&socket).read(&mut buffer) else { continue };
            let frame = internet(clock(), &buffer[..length]);
            frames.extend(frame.filter(|frame| frame.from.ip() == switch || frame.to.ip() == switch));
        }
        frames
    });
    Some(Capture::Own { stop, caught })
}

/// Whether this is root, by the owner of our own entry in /proc.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn our_own_capture_sees_each_datagram_once() {
        let place = Place::take().unwrap();
        let Some(capture) = own(place.switch()) else {
            eprintln!("SKIPPED: no right to open a packet socket");
            return;
        };
        let (one, two) =
            (UdpSocket::bind((place.switch(), 0)).unwrap(), UdpSocket::bind((place.carrier(), 0)).unwrap());
        std::thread::sleep(Duration::from_millis(100));
        for sequence in 0..3u8 {
            let packet = [&[0x80, 0, 0, sequence][..], &[0; 168]].concat();
            one.send_to(&packet, two.local_addr().unwrap()).unwrap();
        }
        let trace = capture.stop().unwrap();
        assert_eq!(trace.streams.len(), 1);
        let sequence: Vec<u16> = trace.streams[0].packets.iter().map(|packet| packet.sequence).collect();
        assert_eq!(sequence, [0, 1, 2]);
    }
}
