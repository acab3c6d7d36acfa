//! Calls through rtpengine, which speaks no SIP: its ng protocol instead, a cookie and a bencoded dictionary in a
//! datagram. What offer and answer bring back are session descriptions as in SIP.

use super::calls::{description, rtp_address};
use super::generator::{Leg, Places, Says};
use crate::stand::{Server, Stand};
use anyhow::{Context, Result, bail};
use std::net::{SocketAddrV4, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Where it listens for commands.
const PORT: u16 = 2223;
/// How long a command may take before it is sent again, and how often it is.
const AGAIN: (Duration, usize) = (Duration::from_millis(500), 10);

/// Starts it in user space, on the server's address; what it records goes to the stand's folder.
pub fn start(stand: &Stand, places: Places, root: Option<&Path>, record: bool) -> Result<Server> {
    let mut command = match root {
        Some(root) => {
            let mut command = Command::new("chroot");
            command.arg(root).arg("rtpengine");
            command
        }
        None => Command::new("rtpengine"),
    };
    let ip = places.server;
    command.args(["--foreground", "--log-stderr", "--log-level=3", "--table=-1", "--num-threads=1"]);
    command.args(["--port-min=20000", "--port-max=59999", "--delete-delay=0", "--timeout=3600"]);
    command.args(["--silent-timeout=3600".into(), format!("--interface={ip}"), format!("--listen-ng={ip}:{PORT}")]);
    if record {
        let folder = if root.is_some() { Path::new("/tmp") } else { stand.folder() };
        command.arg(format!("--recording-dir={}", folder.display()));
        command.args(["--recording-method=pcap", "--recording-format=raw"]);
    }
    let mut server = stand.start("rtpengine", &mut command).context(
        "rtpengine comes from Debian: `apt-get install rtpengine-daemon`, or --peer-root FOLDER with a Debian that has it",
    )?;
    let socket = UdpSocket::bind((places.side(0), 0))?;
    socket.connect((ip, PORT))?;
    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    server
        .until("answer ping", || socket.send(b"0 d7:command4:pinge").is_ok() && socket.recv(&mut [0; 512]).is_ok())?;
    Ok(server)
}

/// Calls that stand there.
#[derive(Debug)]
pub struct Sessions {
    socket: UdpSocket,
    cookie: u64,
    calls: usize,
    legs: Vec<Leg>,
}

impl Sessions {
    /// Sets up so many.
    pub fn set_up(places: Places, calls: usize, record: bool) -> Result<Sessions> {
        let socket = UdpSocket::bind((places.side(0), 0))?;
        socket.connect((places.server, PORT))?;
        socket.set_read_timeout(Some(AGAIN.0))?;
        let mut this = Sessions { socket, cookie: 0, calls, legs: vec![] };
        for call in 0..calls {
            // What is offered on behalf of one side is where the other one is to send.
            let called = this.describe(places, "offer", 0, call, record)?;
            let caller = this.describe(places, "answer", 1, call, record)?;
            this.legs.push(Leg { side: 1, call, to: called, says: Says::Stamps });
            this.legs.push(Leg { side: 0, call, to: caller, says: Says::Stamps });
        }
        Ok(this)
    }

    /// Both legs of each.
    pub fn legs(&self) -> Vec<Leg> {
        self.legs.clone()
    }

    /// Ends them; answers how many were not there to be ended.
    pub fn hang_up(mut self) -> usize {
        let delete = |this: &mut Sessions, call| {
            this.ask(&[("call-id", &id(call)), ("command", "delete"), ("from-tag", "caller")]).is_err()
        };
        (0..self.calls).filter(|call| delete(&mut self, *call)).count()
    }

    fn describe(
        &mut self,
        places: Places,
        command: &str,
        side: usize,
        call: usize,
        record: bool,
    ) -> Result<SocketAddrV4> {
        let (id, sdp) = (id(call), description(places, side, call));
        let mut fields = vec![("call-id", id.as_str()), ("command", command), ("from-tag", "caller")];
        if record {
            fields.push(("record call", "yes"));
        }
        fields.push(("sdp", &sdp));
        if side == 1 {
            fields.push(("to-tag", "called"));
        }
        let answer = self.ask(&fields)?;
        rtp_address(&answer).with_context(|| format!("rtpengine gave no address: {answer}"))
    }

    /// A dictionary's keys are sorted.
    fn ask(&mut self, fields: &[(&str, &str)]) -> Result<String> {
        self.cookie += 1;
        let cookie = format!("{} ", self.cookie);
        let text = |text: &str| format!("{}:{text}", text.len());
        let body: String = fields.iter().map(|(key, value)| text(key) + &text(value)).collect();
        let mut buffer = [0; 8_192];
        for _ in 0..AGAIN.1 {
            self.socket.send(format!("{cookie}d{body}e").as_bytes())?;
            let Ok(length) = self.socket.recv(&mut buffer) else { continue };
            let answer = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
            let Some(answer) = answer.strip_prefix(&cookie) else { continue };
            if answer.contains("6:result5:error") {
                bail!("rtpengine refused: {answer}");
            }
            return Ok(answer.to_owned());
        }
        bail!("rtpengine does not answer")
    }
}

fn id(call: usize) -> String {
    format!("{call}-{}@bench", std::process::id())
}
