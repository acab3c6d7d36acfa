//! A newcomer's first hour: the first phone, the first trunk and the first queue, one after the other in one folder, with
//! nothing written or typed but what stands on the pages. Debian's SIPp is the carrier, Debian's baresip with the page's
//! account line is each phone; they talk, and what the pages promise is looked for.
//!
//! Where libfaketime is installed it is Wednesday morning, since the first trunk has office hours.

use anyhow::{Context, Result, ensure};
use e2e::baresip::Baresip;
use e2e::capture::is_root;
use e2e::g711::Law;
use e2e::place::Place;
use e2e::proof::{holds, recording};
use e2e::raw::Raw;
use e2e::reader::{Reader, in_the_pages_network};
use e2e::running::wait_for;
use e2e::sipp::{CALLER, Dial, Sipp};
use e2e::sound::Sound;
use e2e::stage::PATIENCE;
use e2e::voice::Voice;
use serde_json::Value;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::process::Command;
use std::time::Duration;
use xtask::pages::{Block, Page, WALKED};

const SWITCH: &str = "192.168.1.10:5060";
const CARRIER: &str = "192.0.2.1";
const OTHER_CARRIER: &str = "198.51.100.1";
const MAIN: &str = "+442079460001";

#[test]
fn who_follows_the_first_pages_word_for_word_has_phones_a_trunk_hours_and_a_recorded_queue() -> Result<()> {
    if !is_root() {
        eprintln!("SKIPPED: only root makes a network with the addresses of the manual");
        return Ok(());
    }
    in_the_pages_network(
        "who_follows_the_first_pages_word_for_word_has_phones_a_trunk_hours_and_a_recorded_queue",
        follow_the_first_pages,
    )
}

fn follow_the_first_pages() -> Result<()> {
    let mut walk = Walk::begin()?;
    for page in WALKED {
        walk.open(page)?;
        match page {
            "first-phone.md" => walk.first_phone(),
            "first-trunk.md" => walk.first_trunk(),
            _ => walk.first_queue(),
        }
        .with_context(|| format!("{page}, behind {:?}\n{}", walk.last, walk.reader.log()))?;
        ensure!(walk.page.is_empty(), "{page}: not followed to its end: {:?}", walk.page);
    }
    Ok(())
}

fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// The newcomer, the page before him, and whom he calls.
struct Walk {
    reader: Reader,
    page: VecDeque<Block>,
    /// The line that he typed last.
    last: String,
    /// The line that a baresip's `accounts` gets, as it stands.
    account: String,
    place: Place,
    carriers: u32,
    caller: Sound,
    wall: Option<Wall>,
    /// Her phone, which stays on.
    alice: Option<Baresip>,
}

/// Two that talk: the phone, and the carrier's end.
struct Carried {
    call: Sipp,
    voice: Voice,
}

impl Walk {
    fn begin() -> Result<Walk> {
        let phone = Page::named("first-phone.md")?;
        let account = phone.text.lines().find(|line| line.starts_with("<sip:alice@")).context("an account line")?;
        let mut reader = Reader::new(|| Ok(()))?;
        let wall = Wall::find(&mut reader)?;
        let caller = Sound::new("caller", 25.0);
        let (place, page, last) = (Place::take()?, VecDeque::new(), String::new());
        Ok(Walk { reader, page, last, account: account.into(), place, carriers: 0, caller, wall, alice: None })
    }

    fn open(&mut self, page: &str) -> Result<()> {
        self.page = Page::named(page)?.blocks().into();
        Ok(())
    }

    /// Copies and types down to the first command that begins like this; what that one said.
    fn read_to(&mut self, until: &str) -> Result<String> {
        while let Some(block) = self.page.pop_front() {
            match block {
                Block::Toml { text, .. } => std::fs::write(self.reader.folder().join("strowger.toml"), text)?,
                Block::Command { line, text } => {
                    let said = self.reader.types(&text).with_context(|| format!("line {line}: {text}"))?;
                    println!("$ {text}\n{said}");
                    self.last.clone_from(&text);
                    if text.starts_with(until) {
                        return Ok(said);
                    }
                }
            }
        }
        anyhow::bail!("the page has no {until:?} any more")
    }

    /// A baresip with the page's account line, for this user.
    fn phone(&self, user: &str, port: u16, says: &Sound) -> Result<Baresip> {
        let password = std::fs::read_to_string(self.reader.folder().join("secrets").join(user))?;
        let account = self.account.replace("alice", user).replace("PASSWORD", password.trim());
        let folder = self.reader.folder().join(format!("baresip-{user}"));
        std::fs::create_dir_all(&folder)?;
        let address = SocketAddr::new(SWITCH.parse::<SocketAddr>()?.ip(), port);
        let phone = Baresip::start_in(folder, address, &format!("{account}\n"), says)?;
        phone.registered()?;
        Ok(phone)
    }

    /// The carrier calls the main number, or waits to be called.
    fn carrier(&mut self, address: &str, scenario: &str) -> Result<Carried> {
        let from: IpAddr = address.parse()?;
        let voice = Voice::open(from, &self.caller, Law::A)?;
        let dial = Dial { scenario, number: MAIN, from, tcp: false, voice: Some(&voice), payload_type: 8, words: &[] };
        // Who is called has to be at 5060, so that is the first number's; callers come from others.
        let number = if scenario == "called" { 0 } else { self.carriers + 1 };
        self.carriers += 1;
        let call = Sipp::dial(&self.place, number, SWITCH.parse()?, &dial)?;
        Ok(Carried { call, voice })
    }

    fn calls(&self) -> Result<Vec<Value>> {
        let text = self.reader.asks("strowger calls --json")?;
        match serde_json::from_str(&text) {
            Ok(Value::Array(calls)) => Ok(calls),
            _ => text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect(),
        }
    }

    /// Waits until the latest call in the account has ended and is like this.
    fn accounted(&self, like: &[(&str, Value)]) -> Result<Value> {
        let mut last = vec![];
        let found = |calls: &[Value]| {
            let fits = |call: &&Value| !call["ended"].is_null() && like.iter().all(|(key, value)| call[*key] == *value);
            calls.iter().find(fits).cloned()
        };
        wait_for("a call in the account", PATIENCE, || {
            last = self.calls().unwrap_or_default();
            found(&last).is_some()
        })
        .with_context(|| format!("{like:?} in {last:#?}"))?;
        found(&last).context("a call")
    }

    /// Two phones; alice dials 102, as the page says.
    fn first_phone(&mut self) -> Result<()> {
        self.read_to("strowger run")?;
        let (hers, his) = (Sound::new("alice", 20.0), Sound::new("bob", 20.0));
        let (alice, bob) = (self.phone("alice", 5070, &hers)?, self.phone("bob", 5080, &his)?);
        let said = self.read_to("strowger phones")?;
        ensure!(said.matches(" registered").count() == 2, "{said}");
        alice.command("dial", "102")?;
        bob.event("CALL_INCOMING", 1)?;
        bob.command("accept", "")?;
        alice.event("CALL_ESTABLISHED", 1)?;
        pause(2_000);
        alice.command("hangup", "")?;
        bob.event("CALL_CLOSED", 1)?;
        holds(&alice.heard()?[0], &his, &[&hers], 1_000.0)?;
        holds(&bob.heard()?[0], &hers, &[&his], 1_000.0)?;
        self.accounted(&[("outcome", "answered".into())])?;
        self.alice = Some(alice);
        let said = self.read_to("strowger calls")?;
        ensure!(said.contains("alice") && said.contains("answered"), "{said}");
        Ok(())
    }

    /// In by day and busy by night, out to the numbers that the route allows, and by another carrier where the first is gone.
    fn first_trunk(&mut self) -> Result<()> {
        let said = self.read_to("strowger route")?;
        ensure!(said.contains("alice"), "{said}");
        self.read_to("strowger reload")?;
        let hers = Sound::new("alice", 20.0);
        let alice = self.alice.take().context("her phone")?;
        if self.wall.is_some() {
            self.comes_in(&alice, &hers)?;
        }
        self.goes_out(&alice, &hers, CARRIER, "acme")?;
        // And nothing else.
        let before = alice.count("CALL_CLOSED");
        alice.command("dial", "+359888123456")?;
        alice.event("CALL_CLOSED", before + 1)?;
        self.accounted(&[("status", 404.into()), ("called", "+359888123456".into())])?;
        if let Some(wall) = &self.wall {
            wall.set("20:00")?;
            let night = Raw::open(CARRIER.parse()?, SWITCH.parse()?)?.invite(MAIN, "night", "", "")?;
            ensure!(night.status() == Some(486), "{}", night.summary());
            self.accounted(&[("status", 486.into()), ("cause", 17.into())])?;
        }
        let said = self.read_to("strowger calls --trunk acme")?;
        ensure!(said.contains("acme") && said.contains("answered"), "{said}");
        self.read_to("strowger calls --json")?;
        self.without_the_carrier(&alice, &hers)?;
        self.registers_itself()?;
        // Such a carrier is called in the tests of the edge.
        self.read_to("strowger check").map(drop)
    }

    /// The carrier brings a call; alice takes it, and both hear each other.
    fn comes_in(&mut self, alice: &Baresip, hers: &Sound) -> Result<()> {
        let before = ["CALL_INCOMING", "CALL_CLOSED"].map(|event| alice.count(event));
        let Carried { call, voice } = self.carrier(CARRIER, "caller")?;
        alice.event("CALL_INCOMING", before[0] + 1)?;
        alice.command("accept", "")?;
        voice.wait_to_hear(hers, PATIENCE)?;
        pause(1_500);
        let id = call.call_id();
        call.hang_up()?;
        call.finish(PATIENCE)?;
        alice.event("CALL_CLOSED", before[1] + 1)?;
        holds(alice.heard()?.last().context("a call")?, &self.caller, &[hers], 1_000.0)?;
        let like = [("sip_call_id", id.into()), ("source", "trunk:acme".into()), ("outcome", "answered".into())];
        self.accounted(&like).map(drop)
    }

    /// Alice dials a number outside; this carrier answers, and both hear each other.
    fn goes_out(&mut self, alice: &Baresip, hers: &Sound, carrier: &str, trunk: &str) -> Result<()> {
        let Carried { call, voice } = self.carrier(carrier, "called")?;
        pause(500);
        let before = ["CALL_ESTABLISHED", "CALL_CLOSED"].map(|event| alice.count(event));
        alice.command("dial", "+442079460123")?;
        alice.event("CALL_ESTABLISHED", before[0] + 1)?;
        voice.wait_to_hear(hers, PATIENCE)?;
        pause(1_500);
        alice.command("hangup", "")?;
        alice.event("CALL_CLOSED", before[1] + 1)?;
        call.finish(PATIENCE)?;
        holds(alice.heard()?.last().context("a call")?, &self.caller, &[hers], 1_000.0)?;
        self.accounted(&[("outcome", "answered".into()), ("trunk_out_name", trunk.into())]).map(drop)
    }

    /// The next configuration: the carrier does not answer its probes, calls go out by another, and its own are taken.
    fn without_the_carrier(&mut self, alice: &Baresip, hers: &Sound) -> Result<()> {
        self.copies_the_next()?;
        let gone = || self.reader.asks("strowger status").unwrap_or_default().contains("UNREACHABLE");
        wait_for("a trunk without its carrier", PATIENCE, gone)
            .with_context(|| self.reader.asks("strowger status").unwrap_or_default())?;
        self.goes_out(alice, hers, OTHER_CARRIER, "other")?;
        self.comes_in(alice, hers)
    }

    /// The one after it: nobody knows the carrier's name in this network, and the status says so.
    fn registers_itself(&mut self) -> Result<()> {
        self.reader.types("umask 077; echo what-the-carrier-gave > secrets/home")?;
        self.copies_the_next()?;
        let mut said = String::new();
        wait_for("a trunk that fails to register", PATIENCE, || {
            said = self.reader.asks("strowger status").unwrap_or_default();
            said.contains("UNREGISTERED")
        })
        .with_context(|| said.clone())
    }

    fn copies_the_next(&mut self) -> Result<()> {
        let Some(Block::Toml { text, .. }) = self.page.pop_front() else {
            anyhow::bail!("no configuration comes next")
        };
        std::fs::write(self.reader.folder().join("strowger.toml"), text)?;
        self.reader.asks("strowger check strowger.toml")?;
        self.reader.asks("strowger reload").map(drop)
    }

    /// Greeting, menu, queue, Anna, and what is kept of it; one who gives up.
    fn first_queue(&mut self) -> Result<()> {
        let [welcome, choose, sorry] = ["welcome", "choose", "sorry"].map(|name| Sound::new(name, 2.0));
        let spoken = self.reader.folder().join("spoken");
        std::fs::create_dir(&spoken)?;
        for sound in [&welcome, &choose, &sorry] {
            sound.write_wav(&spoken.join(format!("{}.wav", sound.name)))?;
        }
        self.read_to("strowger reload")?;
        let [hers, his] = ["anna", "boris"].map(|name| Sound::new(name, 20.0));
        let (anna, boris) = (self.phone("desk1", 5074, &hers)?, self.phone("desk2", 5084, &his)?);
        self.read_to("strowger agent ready boris")?;
        let said = self.read_to("strowger status")?;
        ensure!(said.contains("anna") && said.contains("boris") && said.contains("support"), "{said}");
        self.read_to("strowger agent ready anna")?;

        let Carried { call, voice } = self.carrier(CARRIER, "caller")?;
        voice.wait_to_hear(&welcome, PATIENCE)?;
        voice.wait_to_hear(&choose, PATIENCE)?;
        voice.press('1');
        anna.event("CALL_INCOMING", 1)?;
        anna.command("accept", "")?;
        voice.wait_to_hear(&hers, PATIENCE)?;
        pause(2_500);
        call.hang_up()?;
        call.finish(PATIENCE)?;
        anna.event("CALL_CLOSED", 1)?;
        ensure!(boris.count("CALL_INCOMING") == 0, "he lacks a skill for thirty seconds");
        holds(&anna.heard()?[0], &self.caller, &[&hers], 1_500.0)?;
        let served = [("queue_name", "support".into()), ("agent_name", "anna".into()), ("digits", "1".into())];
        let record = self.accounted(&served)?;
        let file = record["recording"].as_str().with_context(|| format!("no recording in {record:#}"))?;
        let recordings = self.reader.folder().join("recordings");
        recording(&recordings.join(file), None, CARRIER.parse()?, &self.caller, &hers)?;

        // Anna writes down what was said for a quarter of a minute, and Boris may not yet: this one gives up.
        let Carried { call, voice } = self.carrier(CARRIER, "caller")?;
        voice.wait_to_hear(&choose, PATIENCE)?;
        voice.press('1');
        let waiting = |line: &str| line.split_whitespace().take(2).eq(["support", "1"]);
        let waits = || self.reader.asks("strowger status").unwrap_or_default().lines().any(waiting);
        wait_for("one who waits", PATIENCE, waits)?;
        call.hang_up()?;
        call.finish(PATIENCE)?;
        self.accounted(&[("outcome", "abandoned".into()), ("queue_name", "support".into())])?;
        let said = self.read_to("strowger calls --queue support")?;
        ensure!(["anna", "answered", "abandoned", CALLER].iter().all(|word| said.contains(word)), "{said}");
        let abandoned: Value = serde_json::from_str(&self.read_to("strowger calls --outcome abandoned")?)?;
        ensure!(abandoned.as_array().is_some_and(|calls| calls.len() == 1), "{abandoned:#}");
        let report = self.read_to("strowger report")?;
        let status = self.reader.asks("strowger status")?;
        for said in [&report, &status] {
            let tables = said.split("\n\n").filter(|table| table.contains("volume  contacts"));
            let row = tables.flat_map(str::lines).find(|line| line.starts_with("support")).context("a row")?;
            let figures: Vec<&str> = row.split_whitespace().skip(1).take(5).collect();
            ensure!(figures == ["2", "2", "1", "1", "0"], "volume, contacts, answered, abandoned, sent on: {said}");
        }
        Ok(())
    }
}

/// What the clock on the wall of the newcomer says.
struct Wall(std::path::PathBuf);

impl Wall {
    /// Wednesday, half past ten, for all that he starts; `None` where libfaketime is not installed.
    fn find(reader: &mut Reader) -> Result<Option<Wall>> {
        let folders = std::fs::read_dir("/usr/lib")?.flatten().map(|entry| entry.path().join("faketime"));
        let Some(library) = folders.map(|folder| folder.join("libfaketimeMT.so.1")).find(|path| path.exists()) else {
            eprintln!("SKIPPED: nobody calls in office hours: no libfaketime here (apt-get install faketime)");
            return Ok(None);
        };
        let wall = Wall(reader.folder().join("wall"));
        wall.set("10:30")?;
        reader.set("LD_PRELOAD", &library.display().to_string());
        reader.set("FAKETIME_TIMESTAMP_FILE", &wall.0.display().to_string());
        for name in ["FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "DONT_FAKE_MONOTONIC"] {
            reader.set(name, "1");
        }
        Ok(Some(wall))
    }

    /// That Wednesday's hour in London.
    fn set(&self, hour: &str) -> Result<()> {
        let when = format!("TZ=\"Europe/London\" next wednesday {hour}");
        let said = Command::new("date").args(["-d", &when, "+%s"]).output()?;
        let then: i64 = String::from_utf8(said.stdout)?.trim().parse().context("a time")?;
        let offset = then - e2e::running::clock() as i64;
        // Read at any moment: never half written.
        let aside = self.0.with_extension("new");
        std::fs::write(&aside, format!("{offset:+}s\n"))?;
        Ok(std::fs::rename(aside, &self.0)?)
    }
}
