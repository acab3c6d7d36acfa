//! The switch's end of the control socket: reads requests, hands them to the signalling thread, writes
//! the answers. A client that says too much, too slowly or nonsense is told so and costs nobody else.

use super::follow::follow;
use super::wire::{self, Asked, Reply, Wanted};
use crate::feed::Feed;
use crate::nudge::{Nudge, Request};
use anyhow::{Context as _, bail};
use control::{Actor, CommandId, TraceWish, View};
use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Clients at once; more are hung up on.
const CLIENTS: usize = 16;
/// Bytes of one request.
const REQUEST_BYTES: u64 = 65_536;
const STOPPING: &str = "the switch is stopping";
/// How long a client may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// Hands what is wanted to the thread that answers it; false when that thread has ended.
pub type Forward = Box<dyn FnMut(Nudge) -> bool>;

/// A bound control socket. Its file goes with it.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Binds the socket, for its owner alone; needs a tokio runtime. A file left by a dead switch is replaced, a living one refused.
    pub fn bind(path: &Path) -> anyhow::Result<Control> {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            bail!("another switch answers at {}: stop it, or give this one another storage.control", path.display());
        }
        // Bound under another name, closed to others, then put in place: at no time may a stranger connect.
        let fresh = PathBuf::from(format!("{}.{}", path.display(), std::process::id()));
        let _ = std::fs::remove_file(&fresh);
        let listener = UnixListener::bind(&fresh).with_context(|| {
            format!(
                "control socket {}: give storage.control a short path in a folder that exists and can be written",
                path.display()
            )
        })?;
        std::fs::set_permissions(&fresh, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&fresh, path).with_context(|| format!("control socket {}", path.display()))?;
        Ok(Control { listener, path: path.to_owned() })
    }

    /// Serves until it is dropped. Runs on a `LocalSet`, since all clients share one way to the signalling thread.
    pub async fn serve(self, forward: Forward) {
        let forward = Rc::new(RefCell::new(forward));
        let clients = Rc::new(());
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) if Rc::strong_count(&clients) <= CLIENTS => {
                    let (forward, present) = (Rc::clone(&forward), Rc::clone(&clients));
                    tokio::task::spawn_local(async move {
                        // A client that goes away in the middle is its own affair.
                        let _ = client(stream, &forward).await;
                        drop(present);
                    });
                }
                Ok(_) => tracing::warn!("more than {CLIENTS} clients at the control socket: one was turned away"),
                Err(error) => {
                    tracing::warn!(%error, "control socket");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn client(stream: UnixStream, forward: &RefCell<Forward>) -> std::io::Result<()> {
    let user = stream.peer_cred().ok().map(|who| who.uid());
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = Vec::new();
        let mut limited = (&mut read).take(REQUEST_BYTES);
        let Ok(got) = timeout(SILENCE, limited.read_until(b'\n', &mut line)).await else { return Ok(()) };
        let whole = line.ends_with(b"\n");
        if got? == 0 {
            return Ok(());
        }
        let reply = match wire::read(&line) {
            Ok(Asked { what: Wanted::Look(View::Events(())), .. }) => {
                match feed(Actor::Operator(user), forward).await {
                    Ok(feed) => return follow(feed, &mut read, &mut write).await,
                    Err(words) => Reply::Refused(words),
                }
            }
            Ok(asked) => answer(asked.id, Actor::Operator(user), asked.what, forward).await,
            Err(error) => Reply::Refused(format!("not a request: {error}; try {{\"status\":null}}")),
        };
        let mut text = serde_json::to_vec(&reply)?;
        text.push(b'\n');
        write.write_all(&text).await?;
        if !whole {
            return Ok(()); // The end of the stream, or a request beyond the limit: nothing sensible can follow.
        }
    }
}

async fn answer(id: Option<CommandId>, by: Actor, what: Wanted, forward: &RefCell<Forward>) -> Reply {
    let patience = what.patience();
    let wish = if let Wanted::Look(View::Trace(wish)) = &what { Some(wish.clone()) } else { None };
    let (request, answered) = Request::new(by, what);
    if !(forward.borrow_mut())(Nudge::Asked(Request { id, ..request })) {
        return Reply::Refused(STOPPING.into());
    }
    match timeout(patience, answered).await {
        Ok(Ok(reply)) => sifted(reply, wish),
        Ok(Err(_)) => Reply::Refused(STOPPING.into()),
        Err(_) => Reply::Refused("the switch is busy: try again".into()),
    }
}

/// Of messages, those that were wished for: sought out here, since the signalling thread has better things to do.
fn sifted(mut reply: Reply, wish: Option<TraceWish>) -> Reply {
    if let (Reply::Trace(traced), Some(wish)) = (&mut reply, wish) {
        traced.select(&wish);
    }
    reply
}

/// What happens from now on, if he may follow it.
async fn feed(by: Actor, forward: &RefCell<Forward>) -> Result<Feed, String> {
    let (reply, answered) = oneshot::channel();
    if !(forward.borrow_mut())(Nudge::Follow(by, reply)) {
        return Err(STOPPING.into());
    }
    answered.await.unwrap_or_else(|_| Err(STOPPING.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::status::Status;
    use control::{AgentWish, Verb, View};
    use operator::cli::client;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream as Plain;

    /// A switch whose only agent is alice, serving at a socket until the test ends.
    fn switch(path: PathBuf) {
        let (ready, started) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, async move {
                let control = Control::bind(&path).unwrap();
                ready.send(()).unwrap();
                let forward = |nudge: Nudge| {
                    let Nudge::Asked(request) = nudge else { return false };
                    assert!(matches!(request.by, Actor::Operator(Some(_))), "the kernel says who asks");
                    let reply = match &request.what {
                        Wanted::Look(View::Status(())) => {
                            Reply::Status(Box::new(Status { calls: 7, ..Status::default() }))
                        }
                        Wanted::Do(Verb::Agent { name, .. }) if name == "alice" => {
                            assert!(request.id.is_some(), "a command has a name");
                            Reply::Done("alice is ready".into())
                        }
                        Wanted::Do(Verb::Reload(())) => return true, // Dropped: as if the switch stopped.
                        _ => Reply::Refused("there is no such agent".into()),
                    };
                    request.answer(reply);
                    true
                };
                control.serve(Box::new(forward)).await;
            });
        });
        started.recv().unwrap();
    }

    fn agent(name: &str) -> Verb {
        Verb::Agent { name: name.into(), status: AgentWish::Ready, reason: None }
    }

    #[test]
    fn a_request_is_answered_and_a_refusal_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("strowger.sock");
        switch(path.clone());
        let Reply::Status(status) = client::look(&path, View::Status(())).unwrap() else { panic!("no status") };
        assert_eq!(status.calls, 7);
        assert_eq!(client::order(&path, agent("alice")).unwrap(), Reply::Done("alice is ready".into()));
        let refused = client::ask(&path, agent("mallory")).unwrap_err();
        assert_eq!(refused.to_string(), "there is no such agent");
        let stopping = client::ask(&path, Verb::Reload(())).unwrap_err();
        assert_eq!(stopping.to_string(), "the switch is stopping");
    }

    #[test]
    fn the_socket_is_for_its_owner_alone_and_one_switch_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("strowger.sock");
        std::fs::write(&path, "left by a dead switch").unwrap();
        switch(path.clone());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let second = runtime.block_on(async { Control::bind(&path) }).unwrap_err();
        assert!(second.to_string().starts_with("another switch answers at"), "{second}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn nonsense_and_endless_requests_are_refused_and_others_still_served() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("strowger.sock");
        switch(path.clone());
        let mut talker = Plain::connect(&path).unwrap();
        talker.write_all(b"{\"agent\":{\"name\":1}}\n\xff\xfe\n").unwrap();
        let mut endless = Plain::connect(&path).unwrap();
        let _ = endless.write_all(&vec![b'x'; 100_000]);
        let mut answer = String::new();
        let _ = endless.read_to_string(&mut answer); // It ends: the switch hung up.
        assert!(answer.is_empty() || answer.contains("not a request"), "{answer}");
        let idle: Vec<_> = (0..40).filter_map(|_| Plain::connect(&path).ok()).collect();
        drop(idle);
        let mut two = [0; 4_096];
        let got = talker.read(&mut two).unwrap();
        assert!(String::from_utf8_lossy(&two[..got]).contains("refused"));
        drop((talker, endless));
        std::thread::sleep(Duration::from_millis(50));
        assert!(client::look(&path, View::Status(())).is_ok());
    }

    #[test]
    fn nobody_there_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("strowger.sock");
        let error = client::look(&path, View::Status(())).unwrap_err().to_string();
        assert_eq!(error, format!("no switch answers at {}: is `strowger run` running here?", path.display()));
    }
}
