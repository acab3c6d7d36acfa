//! The stream of what happens, with the real process: a reader that is cut off, a switch that is started again and one that
//! is killed. Whoever goes on behind the last number that he has misses nothing, and has nothing twice.

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a configuration, and the switch that runs by it.
struct Office {
    folder: tempfile::TempDir,
    switch: Option<Child>,
}

impl Office {
    fn new() -> Office {
        let folder = tempfile::tempdir().expect("a folder");
        let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let text = format!(
            "[listen]\nudp = \"127.0.0.1:{port}\"\nrtp = \"30000-30099\"\n[storage]\ndatabase = \"sqlite:a.db\"\n\
             control = \"s.sock\"\n[[phone]]\nuser = \"alice\"\npassword = \"x\"\n[[agent]]\nname = \"alice\"\n\
             [[queue]]\nname = \"support\"\nagents = [\"alice\"]\n[[route]]\nfrom = \"*\"\ngo = \"queue:support\"\n"
        );
        std::fs::write(folder.path().join("strowger.toml"), text).expect("a configuration");
        Office { folder, switch: None }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn tell(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("the binary runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).expect("text")
    }

    fn start(&mut self) {
        self.switch = Some(self.command(&["run"]).stdout(Stdio::null()).spawn().expect("it starts"));
        until("the switch answers", || {
            self.command(&["status"]).stdout(Stdio::null()).status().is_ok_and(|s| s.success())
        });
    }

    /// SIGTERM with nothing to drain, or SIGKILL.
    fn end(&mut self, kill: bool) {
        let mut switch = self.switch.take().expect("it runs");
        let signal = if kill { "-KILL" } else { "-TERM" };
        let sent = Command::new("kill").args([signal, &switch.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        switch.wait().expect("it ends");
    }

    /// Alice goes and comes: two commands, and what the routing core makes of them.
    fn happen(&self, reason: &str) {
        self.tell(&["agent", "pause", "alice", "--reason", reason]);
        self.tell(&["agent", "ready", "alice"]);
    }

    fn account(&self) -> Vec<String> {
        self.tell(&["events", "--after", "0", "--json"]).lines().map(str::to_owned).collect()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(mut switch) = self.switch.take() {
            let _gone_already = switch.kill();
            let _ended = switch.wait();
        }
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Somebody who follows what happens, until he is cut off.
struct Reader {
    process: Child,
    file: PathBuf,
}

impl Reader {
    fn follow(office: &Office, after: &str, nth: u8) -> Reader {
        let file = office.folder.path().join(format!("reader.{nth}"));
        let out = std::fs::File::create(&file).expect("a file");
        let process = office.command(&["events", "--follow", "--json", "--after", after]).stdout(out).spawn();
        Reader { process: process.expect("it runs"), file }
    }

    fn lines(&self) -> Vec<String> {
        let file = std::fs::File::open(&self.file).expect("a file");
        BufReader::new(file).lines().map(|line| line.expect("text")).collect()
    }

    fn until_it_says(&self, word: &str) {
        until(word, || self.lines().iter().any(|line| line.contains(word)));
    }

    /// Killed where it stands; whole lines that it has.
    fn cut_off(mut self) -> Vec<String> {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        self.lines().into_iter().filter(|line| serde_json::from_str::<Value>(line).is_ok()).collect()
    }
}

fn seq(line: &str) -> String {
    let line: Value = serde_json::from_str(line).expect(line);
    line["seq"].as_str().expect("a number").to_owned()
}

fn is_command(line: &str) -> bool {
    line.contains("\"kind\":\"command\"")
}

fn node_start_count(line: &str) -> [u64; 3] {
    let parts: Vec<u64> = seq(line).split('-').map(|part| part.parse().expect("a number")).collect();
    [parts[0], parts[1], parts[2]]
}

fn assert_whole(read: &[String], account: &Path) {
    let numbers: Vec<_> = read.iter().map(|line| node_start_count(line)).collect();
    for pair in numbers.windows(2) {
        let next = [pair[0][0], pair[0][1], pair[0][2] + 1];
        let first_of_next_start = [pair[0][0], pair[0][1] + 1, 1];
        assert!(pair[1] == next || pair[1] == first_of_next_start, "{pair:?} of {}", account.display());
    }
}

#[test]
fn a_reader_that_is_cut_off_and_goes_on_has_what_the_account_has_over_restarts_and_a_kill() {
    let mut office = Office::new();
    office.start();
    let first = Reader::follow(&office, "0", 1);
    office.happen("one");
    first.until_it_says("\"one\"");
    let mut read = first.cut_off();
    // Nobody reads.
    office.happen("two");
    let second = Reader::follow(&office, &seq(read.last().expect("something")), 2);
    office.happen("three");
    second.until_it_says("\"three\"");
    // The switch is stopped and started while he waits for it.
    office.end(false);
    office.start();
    office.happen("four");
    second.until_it_says("\"four\"");
    // What he saw in the last moment before a kill may be on no disk.
    until("it is in the account", || office.account().iter().filter(|line| is_command(line)).count() == 8);
    office.end(true);
    office.start();
    office.happen("five");
    second.until_it_says("\"five\"");
    read.extend(second.cut_off());
    // He goes on to the end of what there is, and nothing more happens.
    let rest = office.tell(&["events", "--json", "--after", &seq(read.last().expect("something"))]);
    read.extend(rest.lines().map(str::to_owned));
    let mut account = vec![];
    until("the account has what he has", || {
        account = office.account();
        account.len() >= read.len()
    });
    let more: Vec<_> = account.iter().skip(read.len()).cloned().collect();
    read.extend(more);
    assert_eq!(read, account);
    assert_whole(&account, office.folder.path());
    let said = |word: &str| account.iter().filter(|line| line.contains(word) && is_command(line)).count();
    for reason in ["\"one\"", "\"two\"", "\"three\"", "\"four\"", "\"five\""] {
        assert_eq!(said(reason), 1, "{reason}");
    }
    office.end(false);
}

#[test]
fn what_happened_is_told_though_the_switch_does_not_run_and_a_snapshot_says_as_of_when_it_is() {
    let mut office = Office::new();
    office.start();
    office.happen("lunch");
    let status: Value = serde_json::from_str(&office.tell(&["status", "--json"])).expect("JSON");
    let as_of = status["as_of"].as_str().expect("a number").to_owned();
    office.end(false);
    let account = office.account();
    let known = account.iter().position(|line| seq(line) == as_of);
    assert!(known.is_some(), "{as_of} is among what happened");
    let behind = office.tell(&["events", "--json", "--after", &as_of]);
    assert_eq!(behind.lines().count(), account.len() - known.unwrap_or(0) - 1);
    let text = office.tell(&["events"]);
    assert!(text.contains("command") && text.contains("agent=alice"), "{text}");
    let refused = office.command(&["events", "--after", "yesterday"]).output().expect("it runs");
    assert_eq!(refused.status.code(), Some(2));
}
