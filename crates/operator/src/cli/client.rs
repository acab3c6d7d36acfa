//! The other end of the control socket: what commands ask of a running switch.

use crate::admin::table;
use crate::admin::wire::{self, Asked, Reply, Wanted};
use crate::style;
use crate::terminal::say;
use anyhow::{Context as _, bail};
use control::{CommandId, Verb, View};
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
    match look(socket, View::Status(()))? {
        Reply::Status(status) if json => say(&format!("{}\n", serde_json::to_string_pretty(&status)?)),
        Reply::Status(status) => say(&table::status(&status, calls, style::colours())),
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{OTHER}"),
    }
}

/// Asks for something to be done and prints what was.
pub fn ask(socket: &Path, what: Verb) -> anyhow::Result<()> {
    match order(socket, what)? {
        Reply::Done(words) => say(&format!("{words}\n")),
        Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{OTHER}"),
    }
}

/// One look, one answer.
pub fn look(socket: &Path, what: View) -> anyhow::Result<Reply> {
    request(socket, &Asked { id: None, what: Wanted::Look(what) })
}

/// One command, one answer. It has an id, so that the account tells which was which.
pub fn order(socket: &Path, what: Verb) -> anyhow::Result<Reply> {
    let random = getrandom::u64().map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    let id = CommandId::try_from(format!("{random:016x}"))?;
    request(socket, &Asked { id: Some(id), what: Wanted::Do(what) })
}

fn request(socket: &Path, asked: &Asked) -> anyhow::Result<Reply> {
    let stream = UnixStream::connect(socket).map_err(|error| anyhow::anyhow!("{}", no_switch(socket, &error)))?;
    let patience = asked.what.patience() + PATIENCE;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    (&stream).write_all(wire::write(asked)?.as_bytes()).context("the switch hung up")?;
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
