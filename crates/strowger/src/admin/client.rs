//! The other end of the control socket: `strowger status`, `agent`, `drain`, `reload`.

use crate::admin::{Reply, Request, table};
use crate::style;
use anyhow::{Context as _, bail};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How much longer than the switch allows itself an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to say of an answer that belongs to another question.
pub const OTHER: &str = "the switch answered something else; is it of another version?";

/// Asks for the state and prints it.
pub fn status(socket: &Path, calls: bool, json: bool) -> anyhow::Result<()> {
    match request(socket, &Request::Status(()))? {
        Reply::Status(status) if json => crate::cli::say(&format!("{}\n", serde_json::to_string_pretty(&status)?)),
        Reply::Status(status) => crate::cli::say(&table::status(&status, calls, style::colours())),
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{OTHER}"),
    }
}

/// Asks for something to be done and prints what was.
pub fn ask(socket: &Path, what: &Request) -> anyhow::Result<()> {
    match request(socket, what)? {
        Reply::Done(words) => crate::cli::say(&format!("{words}\n")),
        Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{OTHER}"),
    }
}

/// One request, one answer.
pub fn request(socket: &Path, what: &Request) -> anyhow::Result<Reply> {
    let stream = UnixStream::connect(socket).map_err(|error| anyhow::anyhow!("{}", no_switch(socket, &error)))?;
    let patience = what.patience() + PATIENCE;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    let mut line = serde_json::to_string(what)?;
    line.push('\n');
    (&stream).write_all(line.as_bytes()).context("the switch hung up")?;
    let mut answer = String::new();
    match BufReader::new(&stream).read_line(&mut answer) {
        Ok(0) => bail!("the switch hung up without an answer: its log says why"),
        Ok(_) => {
            serde_json::from_str(&answer).context("the switch's answer is not understood; is it of another version?")
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            bail!("the switch does not answer within {} s: its log says why", patience.as_secs())
        }
        Err(error) => Err(error).context("the switch hung up"),
    }
}

/// What to do when there is nobody.
fn no_switch(socket: &Path, error: &std::io::Error) -> String {
    let socket = socket.display();
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
            format!("no switch answers at {socket}: is `strowger run` running here?")
        }
        ErrorKind::PermissionDenied => format!("{socket} belongs to another user: say this as the user of the switch"),
        _ => format!("{socket}: {error}"),
    }
}
