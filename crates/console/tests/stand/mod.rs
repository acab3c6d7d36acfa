//! A console before a switch that says what the test says, with a real account behind it, and clients that talk to it over
//! sockets of their own.
#![allow(dead_code)] // Each test binary uses a part of it.

use crate::desk::{Desk, url};
use console::switch::{Answer, Feed, Receipt, Refusal, Snapshot, Switch, VoiceWish, Why};
use console::{Beginning, Link};
use control::{Known, Replies, Reply};
use dialplan::{Loaded, Plan, Sound, Sources};
use ledger::Item;
use ledger::live::{Live, Today};
use node::{Happening, Record};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use terms::{Now, PhoneId, Seq, Wall};
use tls::InUse;
use tokio::sync::{broadcast, oneshot};

pub const TOKEN: &str = "abcdefghijkmnpqrstuvwxyz23";
const PATIENCE: Duration = Duration::from_secs(20);

struct Text(&'static str);

impl Sources for Text {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }

    fn sound(&mut self, _: &str, _: &str) -> Sound {
        Sound::Fits
    }
}

/// What a console is made with.
#[derive(Default)]
pub struct Made {
    pub port: u16,
    pub link: bool,
    pub certificate: InUse,
    pub plan: Option<&'static str>,
    /// So many records wait for a console that is slow; 0 is plenty.
    pub room: usize,
}

pub fn plan() -> Arc<Plan> {
    plan_of(PLAN)
}

pub fn plan_of(text: &'static str) -> Arc<Plan> {
    let Loaded { plan, .. } = dialplan::load(&mut Text(text), "strowger.toml").expect("a plan");
    plan
}

pub const PLAN: &str = "[office]\nzone = \"Europe/Sofia\"\n[[agent]]\nname = \"alice\"\ndevices = []\n\
                [[queue]]\nname = \"support\"\nagents = [\"alice\"]\n[[queue]]\nname = \"sales\"\nagents = []\n";

/// The same, and a link's guest may do what supervisors may.
pub const GUEST: &str = "[[agent]]\nname = \"alice\"\ndevices = []\n[[queue]]\nname = \"support\"\nagents = [\"alice\"]\n\
                         [[queue]]\nname = \"sales\"\nagents = []\n[[user]]\nname = \"guest\"\nroles = [\"supervisor\"]\n\
                         supervises = \"all\"\n";

/// What the fake switch knows.
struct Inner {
    last: Seq,
    records: broadcast::Sender<Arc<Record>>,
    snapshots: usize,
    alive: bool,
    /// What was wanted and may be.
    commands: Vec<control::Command>,
    replies: Replies<Reply>,
    /// What is answered.
    says: Reply,
    /// What pages wanted of their voices.
    wishes: Vec<(PhoneId, VoiceWish)>,
}

#[derive(Clone)]
pub struct Fake(Arc<Mutex<Inner>>, Arc<Plan>);

impl Switch for Fake {
    fn snapshot(&self, answer: Answer<Box<Snapshot>>) {
        let mut inner = self.0.lock().unwrap();
        inner.snapshots += 1;
        let acd = acd::Engine::new(1).inspect();
        let (plan, mut figures) = (self.1.clone(), Today::new(&self.1));
        figures.past(Live::default());
        let seen =
            Snapshot { as_of: inner.last, at: now(), plan, acd, calls: vec![], figures, closed: BTreeSet::new() };
        let _ = answer.send(Box::new(seen));
    }

    fn follow(&self, answer: Answer<Result<Feed, String>>) {
        let inner = self.0.lock().unwrap();
        let _ = answer.send(Ok(Feed { after: inner.last, records: inner.records.subscribe() }));
    }

    /// Nothing is there but what is asked.
    fn look(&self, by: control::Actor, view: control::View, answer: Answer<Result<serde_json::Value, Refusal>>) {
        let subject = control::Subject::WHOLE;
        let seen = match control::may(&self.1.roles, &by, &view, &subject) {
            Err(denied) => Err(Refusal { words: denied.to_string(), why: Why::Denied }),
            Ok(()) => Ok(serde_json::to_value(&view).unwrap()),
        };
        let _ = answer.send(seen);
    }

    /// As at the switch's own door, without a switch behind it.
    fn command(&self, command: control::Command, answer: Answer<Receipt>) {
        let mut inner = self.0.lock().unwrap();
        let subject = control::Subject::of(&command.what);
        let by_role = control::may_order(&self.1.roles, &command.by, &command.what, &subject);
        let (reply, why) = match by_role {
            Err(denied) => (Reply::Refused(denied.to_string()), Why::Denied),
            Ok(()) => match inner.replies.came(&command) {
                Known::New => {
                    let reply = inner.says.clone();
                    inner.replies.answered(&command, &reply);
                    inner.commands.push(command);
                    (reply, Why::Said)
                }
                Known::Answered(reply) => (reply, Why::Said),
                Known::UnderWay => (Reply::Refused("under way".into()), Why::UnderWay),
                Known::Another => (Reply::Refused("another".into()), Why::Another),
            },
        };
        let _ = answer.send(Receipt { reply, why, seq: Some(inner.last) });
    }

    fn voice(&self, phone: PhoneId, wish: VoiceWish) {
        self.0.lock().unwrap().wishes.push((phone, wish));
    }

    fn is_alive(&self) -> bool {
        self.0.lock().unwrap().alive
    }

    fn now(&self) -> Now {
        now()
    }
}

pub fn now() -> Now {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Now { wall: Wall::from_millis(i64::try_from(since.as_millis()).unwrap()), ..Now::default() }
}

/// A console that runs.
pub struct Stand {
    pub address: SocketAddr,
    pub fake: Fake,
    pub desk: Desk,
    _stop: oneshot::Sender<()>,
}

impl Stand {
    /// On this folder's account; `port` 0 is any.
    pub fn open(folder: &Path, port: u16) -> Stand {
        Stand::with(folder, port, true)
    }

    pub fn with(folder: &Path, port: u16, link: bool) -> Stand {
        Stand::made(folder, Made { port, link, ..Made::default() })
    }

    pub fn made(folder: &Path, made: Made) -> Stand {
        let (port, link) = (made.port, made.link);
        let desk = Desk::open(folder);
        let start = desk.start.incarnation;
        let last = Seq { node: start.node(), start: start.start(), n: desk.start.lost };
        let inner = Inner {
            last,
            records: broadcast::Sender::new(if made.room > 0 { made.room } else { 1 << 16 }),
            snapshots: 0,
            alive: true,
            commands: vec![],
            replies: Replies::default(),
            says: Reply::Done("so be it".into()),
            wishes: vec![],
        };
        let fake = Fake(Arc::new(Mutex::new(inner)), made.plan.map_or_else(plan, plan_of));
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let link = link.then(|| Link::new(TOKEN.into(), address.port()));
        let (stop, stopped) = oneshot::channel();
        let account = desk.side.clone().unwrap();
        let certificate = made.certificate.clone();
        let recordings = folder.join("recordings");
        let beginning = Beginning { listener, database: url(folder), account, recordings, link, certificate };
        console::spawn(Arc::new(fake.clone()), beginning, stopped).unwrap();
        let stand = Stand { address, fake, desk, _stop: stop };
        until("the console follows", || stand.fake.0.lock().unwrap().snapshots > 0);
        stand
    }

    /// Something happens: it goes into the account and to who follows, under one number.
    pub fn happen(&mut self, what: Happening) -> Seq {
        let mut inner = self.fake.0.lock().unwrap();
        inner.last.n += 1;
        let record = Record { seq: inner.last, at: Wall::from_millis(4_000), what };
        self.desk.push(Item::Happened(record.clone()));
        let _ = inner.records.send(Arc::new(record));
        inner.last
    }

    /// Somebody has this done, and it is.
    pub fn order(&mut self, what: control::Verb) {
        let command = control::Command { id: None, by: control::Actor::Operator(None), what };
        let reply = control::Reply::Done(String::new());
        self.happen(Happening::Command(Box::new(node::Ordered { command, reply, before: None, after: None })));
    }

    pub fn is_alive(&self, alive: bool) {
        self.fake.0.lock().unwrap().alive = alive;
    }

    /// What was wanted since this was asked last.
    pub fn commands(&self) -> Vec<control::Command> {
        std::mem::take(&mut self.fake.0.lock().unwrap().commands)
    }

    /// The next thing that a page wants of its voice.
    pub fn wish(&self) -> (PhoneId, VoiceWish) {
        until("a page wants something", || !self.fake.0.lock().unwrap().wishes.is_empty());
        self.fake.0.lock().unwrap().wishes.remove(0)
    }

    /// What commands are answered from now on.
    pub fn says(&self, reply: Reply) {
        self.fake.0.lock().unwrap().says = reply;
    }

    /// Sends a body, as a page of one's own.
    pub fn put(&self, line: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let whole = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {length}\r\n{}{headers}\r\n{body}",
            self.address,
            self.cookie()
        );
        stream.write_all(whole.as_bytes()).unwrap();
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text
    }

    pub fn snapshots(&self) -> usize {
        self.fake.0.lock().unwrap().snapshots
    }

    /// An end in order: the account is whole, and the port free.
    pub fn close(self) {
        let Stand { desk, address, _stop: stop, fake } = self;
        drop((stop, fake));
        desk.close();
        until("the port is free", || TcpListener::bind(address).is_ok());
    }

    pub fn cookie(&self) -> String {
        let link = Link::new(TOKEN.into(), self.address.port());
        format!("Cookie: {}={}\r\n", link.cookie(), link.session())
    }

    /// Sends a request with these headers; what comes back, to its end or for as long as it takes.
    pub fn send(&self, line: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "{line} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.address).unwrap();
        stream
    }

    /// A request of somebody who has room for little, and has not read yet.
    pub fn narrow(&self, line: &str) -> TcpStream {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        socket.connect(&self.address.into()).unwrap();
        let mut stream = TcpStream::from(socket);
        write!(stream, "{line} HTTP/1.1\r\nHost: {}\r\n{}\r\n", self.address, self.cookie()).unwrap();
        stream
    }

    /// Status line, headers and body of a whole answer.
    pub fn ask(&self, line: &str, headers: &str) -> String {
        let mut text = String::new();
        let _ = self.send(line, &format!("{headers}Connection: close\r\n")).read_to_string(&mut text);
        text
    }

    pub fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path}"), &self.cookie())
    }

    /// Reads events over SSE from behind a number.
    pub fn events(&self, after: Option<Seq>) -> Events {
        let seen = after.map(|seq| format!("Last-Event-ID: {seq}\r\n")).unwrap_or_default();
        Events(BufReader::new(self.send("GET /api/v1/events", &format!("{}{seen}", self.cookie()))))
    }

    /// Opens a socket; its frames.
    pub fn socket(&self, path: &str, origin: &str) -> Result<Frames, String> {
        self.socket_of(path, origin, &self.cookie())
    }

    /// The same, of whoever has this cookie.
    pub fn socket_of(&self, path: &str, origin: &str, cookie: &str) -> Result<Frames, String> {
        let headers = format!(
            "{cookie}Origin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        );
        let mut reader = BufReader::new(self.send(&format!("GET {path}"), &headers));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
        if head.starts_with("HTTP/1.1 101 ") { Ok(Frames(reader)) } else { Err(head) }
    }
}

pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a stream ends, in order or not, within a few seconds.
pub fn is_cut_off(mut stream: TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let mut rest = vec![];
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

/// A reader over SSE.
pub struct Events(BufReader<TcpStream>);

impl Events {
    pub fn of(stream: TcpStream) -> Events {
        Events(BufReader::new(stream))
    }

    /// The next event: its number, its type and its data. Beats are passed over.
    pub fn next(&mut self) -> (String, String, String) {
        let (mut id, mut kind) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).expect("a line in time") > 0, "the stream has ended");
            let line = line.trim_end();
            if let Some(said) = line.strip_prefix("id: ") {
                said.clone_into(&mut id);
            } else if let Some(said) = line.strip_prefix("event: ") {
                said.clone_into(&mut kind);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (id, kind, data.to_owned());
            }
        }
    }

    pub fn take(&mut self, n: usize) -> Vec<(String, String, String)> {
        (0..n).map(|_| self.next()).collect()
    }
}

/// A reader over a socket.
pub struct Frames(BufReader<TcpStream>);

impl Frames {
    /// The next frame's text.
    pub fn next(&mut self) -> String {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).expect("a frame in time");
        let length = match head[1] & 0x7f {
            126 => {
                let mut long = [0; 2];
                self.0.read_exact(&mut long).unwrap();
                usize::from(u16::from_be_bytes(long))
            }
            127 => {
                let mut long = [0; 8];
                self.0.read_exact(&mut long).unwrap();
                usize::try_from(u64::from_be_bytes(long)).unwrap()
            }
            short => usize::from(short),
        };
        let mut text = vec![0; length];
        self.0.read_exact(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// Says something, as a page does: masked, with a mask that leaves it as it is.
    pub fn say(&mut self, text: &str) {
        let mut frame = vec![0x81];
        match text.len() {
            short @ ..126 => frame.push(0x80 | short as u8),
            long @ ..0x1_0000 => {
                frame.push(0x80 | 126);
                frame.extend((long as u16).to_be_bytes());
            }
            longer => {
                frame.push(0x80 | 127);
                frame.extend((longer as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        let _closed_already = self.0.get_mut().write_all(&frame);
    }

    /// Whether nothing comes for so long.
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        self.0.get_ref().set_read_timeout(Some(time)).unwrap();
        self.0.read_exact(&mut [0]).is_err()
    }

    pub fn into_stream(self) -> TcpStream {
        self.0.into_inner()
    }

    /// The next one that has these words.
    pub fn until(&mut self, words: &str) -> String {
        let began = Instant::now();
        loop {
            let text = self.next();
            assert!(began.elapsed() < PATIENCE, "{words} does not come: {text}");
            if text.contains(words) {
                return text;
            }
        }
    }
}
