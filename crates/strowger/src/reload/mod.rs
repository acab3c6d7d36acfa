//! Reloads and run-time changes: one thread reads, checks and compiles aside, and hands the result over in
//! one piece. It does one errand after the other, so that two at once cannot mix; the signalling thread
//! only swaps what is ready.
//!
//! ```text
//! signal, control socket, file change -> signalling (may he?) -> [ office: files -> plan + overlay ] -> signalling (swap) -> office -> ledger
//! ```

mod difference;
mod frozen;
mod guests;
pub mod overlay;
mod tokens;
mod watch;

use crate::admin::overlay::OverlayLine;
use crate::admin::reloaded::{Outcome, Told, short};
use crate::admin::wire::{Reply, Wanted};
use crate::clock::Clock;
use crate::config::{self, Configured, Refused, Sounds};
use crate::log_lines::numbers;
use crate::names;
use crate::nudge::{Nudge, Overlaid, Request, Swap};
use control::{Actor, AgentWish, Change, Verb, View};
use dialplan::Plan;
use dialplan::login::Pins;
use difference::{Marks, Side};
use ledger::{Item, OverlayRow, SideDoor};
use media::PromptBook;
use overlay::{Entry, Overlay};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use terms::AgentId;
use tls::{Believed, InUse};
use tokio::sync::mpsc;

/// Errands that wait; more are told to come back.
const WAITING: usize = 64;
/// How long the signalling thread may take to swap.
const SWAP: Duration = Duration::from_secs(30);
/// How long the ledger may take before a change is said to be in force but not yet on disk.
const ON_DISK: Duration = Duration::from_secs(5);

/// The office.
pub struct Office {
    path: PathBuf,
    /// Where it listens and keeps things until it is started again.
    started: Arc<Plan>,
    /// As the files say it.
    base: Arc<Plan>,
    /// With the overlay.
    in_force: Arc<Plan>,
    /// Of the passwords only that they changed must be known; they themselves are with the signalling core.
    passwords: Marks,
    salt: u64,
    /// Of the pages.
    certificate: InUse,
    believed: Believed,
    prompts: Arc<PromptBook>,
    sounds: Sounds,
    /// Plans before this one and their sounds, as long as a call that began with one runs.
    older: Vec<(Weak<Plan>, Arc<PromptBook>)>,
    overlay: Overlay,
    watched: Option<watch::Watch>,
    /// PINs that the front desk is to have with the next swap.
    pins: Option<Pins>,
    nudges: mpsc::UnboundedSender<Nudge>,
    ledger: SideDoor,
    clock: Clock,
}

/// What an office begins with.
pub struct Beginning {
    /// What was read.
    pub configured: Configured,
    /// What is laid over it.
    pub overlay: Overlay,
    /// The two together.
    pub in_force: Arc<Plan>,
    /// Reload by itself when a file changes.
    pub watch: bool,
    /// The certificate that is shown, and the authorities that are believed.
    pub shown: (InUse, Believed),
}

impl Office {
    /// Opens it. It closes when nobody can come in any more.
    pub fn open(
        beginning: Beginning,
        nudges: mpsc::UnboundedSender<Nudge>,
        ledger: SideDoor,
        clock: Clock,
    ) -> std::io::Result<(SyncSender<Request>, JoinHandle<()>)> {
        let Beginning { configured, overlay, in_force, watch, shown: (certificate, believed) } = beginning;
        let (door, errands) = sync_channel(WAITING);
        let plan = configured.plan;
        let salt = getrandom::u64().map_err(|error| std::io::Error::other(error.to_string()))?;
        let passwords = difference::marks(&plan, &configured.passwords, salt);
        let watched = watch.then(|| watch::Watch::new(configured.files.clone()));
        let office = Office {
            path: configured.path,
            started: plan.clone(),
            base: plan,
            in_force,
            passwords,
            salt,
            certificate,
            believed,
            prompts: configured.prompts,
            sounds: configured.sounds,
            older: vec![],
            overlay,
            watched,
            pins: None,
            nudges,
            ledger,
            clock,
        };
        let thread = thread::Builder::new().name("office".into()).spawn(move || office.work(&errands))?;
        Ok((door, thread))
    }

    fn work(mut self, errands: &Receiver<Request>) {
        loop {
            let errand = match errands.recv_timeout(watch::EVERY) {
                Ok(errand) => errand,
                Err(RecvTimeoutError::Timeout) => {
                    if self.watched.as_mut().is_some_and(watch::Watch::has_changed) {
                        self.want_reload();
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let reply = self.answer(&errand.what, &errand.by.to_string());
            let _signalling_has_ended = self.nudges.send(Nudge::Answered(errand, reply));
        }
    }

    /// A file has changed: that, too, is a command, which comes back by the same door as those of others.
    fn want_reload(&self) {
        let request = Request {
            id: None,
            by: Actor::FileChange,
            what: Verb::Reload(()).into(),
            before: None,
            heard: None,
            reply: None,
        };
        let _signalling_has_ended = self.nudges.send(Nudge::Asked(request));
    }

    fn answer(&mut self, what: &Wanted, asked: &str) -> Reply {
        match what {
            Wanted::Look(View::Overlay(())) => Reply::Overlay(self.overlay.lines(&self.base)),
            Wanted::Do(Verb::Reload(())) => self.reload(asked),
            Wanted::Do(Verb::Change(change)) => self.change(asked, vec![change.clone()]),
            Wanted::Do(Verb::Changes(changes)) => self.change(asked, changes.clone()),
            Wanted::Do(Verb::Assign { agent, mark, changes }) => self.assign(asked, agent, mark, changes),
            Wanted::Do(Verb::OverlayDrop { id }) => self.drop(asked, *id),
            Wanted::Do(Verb::QueueOpen { name }) => self.open_queue(asked, name),
            Wanted::Do(Verb::Invite { user, proof }) => self.invite(asked, user, proof),
            Wanted::Do(Verb::LockOut { user }) => self.lock_out(asked, user),
            Wanted::Do(Verb::Token { name, proof, pass }) => self.token(asked, name, proof, pass),
            Wanted::Do(Verb::RevokeToken { name }) => self.revoke(asked, name),
            Wanted::Do(Verb::LogIn { agent, phone }) => {
                self.change(asked, vec![Change::Seat { agent: agent.clone(), phone: phone.clone() }])
            }
            Wanted::Do(Verb::Agent { name, status: AgentWish::Logout, .. }) => self.unseat(asked, name),
            Wanted::Do(_) | Wanted::Look(_) => Reply::Refused("the office does not know this".into()),
        }
    }

    fn reload(&mut self, asked: &str) -> Reply {
        if let Some(watched) = &mut self.watched {
            watched.begin();
        }
        let outcome = match config::read(&self.path, Some((&self.sounds, &self.prompts))) {
            Err(refused) => self.refuse(refused),
            Ok(configured) => {
                let needs_restart = frozen::findings(&self.started, &configured.plan, &configured.files);
                if needs_restart.is_empty() {
                    self.take(configured)
                } else {
                    self.refuse(Refused::new(&self.path, needs_restart, configured.files))
                }
            }
        };
        let Ok(outcome) = outcome else { return Reply::Refused("the switch is stopping".into()) };
        let (before, after) = (short(&outcome.before), short(&outcome.after));
        match outcome.taken {
            true => {
                let changes = one_line(&difference::text(&outcome.changes));
                tracing::info!(
                    asked,
                    before,
                    after,
                    doubts = outcome.findings.len(),
                    "the configuration was reloaded: {changes}"
                );
            }
            false => tracing::error!(asked, before, "the configuration was not reloaded\n{}", outcome.text),
        }
        self.account(asked, &outcome);
        Reply::Reload(Box::new(outcome))
    }

    fn refuse(&mut self, refused: Refused) -> Result<Outcome, Stopping> {
        let Refused { findings, text, files } = refused;
        if let Some(watched) = &mut self.watched {
            watched.follow(files);
        }
        self.swap(None, Some(false))?;
        let hash = self.base.content_hash.clone();
        Ok(Outcome {
            taken: false,
            before: hash.clone(),
            after: hash,
            changes: vec![],
            findings: findings.iter().map(Told::from).collect(),
            text: format!("{text}: the running configuration is unchanged\n"),
        })
    }

    fn take(&mut self, configured: Configured) -> Result<Outcome, Stopping> {
        let sip = Some(Box::new(config::sip(&configured)));
        let pins = Some(node::room_pins(&configured.plan, &configured.passwords));
        let Configured { plan, passwords, certificate, believed, prompts, doubts, warnings, files, sounds, .. } =
            configured;
        self.pins = Some(Pins::of(passwords.agents.clone()));
        let passwords = difference::marks(&plan, &passwords, self.salt);
        let changes = difference::between(
            &Side { plan: &self.base, passwords: &self.passwords, prompts: &self.prompts },
            &Side { plan: &plan, passwords: &passwords, prompts: &prompts },
        );
        let before = std::mem::replace(&mut self.base, plan);
        let replaced = std::mem::replace(&mut self.prompts, prompts);
        self.passwords = passwords;
        self.sounds = sounds;
        self.older.push((Arc::downgrade(&self.in_force), replaced));
        self.in_force = Arc::new(self.overlay.lay(&self.base));
        let change = node::Change { plan: self.in_force.clone(), sip, pins, prompts: Some(self.all_sounds()) };
        names::tell(&self.ledger, &self.base).map_err(|_| Stopping)?;
        self.swap(Some(change), Some(true))?;
        // Open pages go on with the one under which they were opened.
        self.certificate.set(certificate);
        self.believed.set(believed);
        if let Some(watched) = &mut self.watched {
            watched.follow(files);
        }
        Ok(Outcome {
            taken: true,
            before: before.content_hash.clone(),
            after: self.base.content_hash.clone(),
            text: format!("{}{}{warnings}", difference::text(&changes), self.without_effect()),
            changes,
            findings: doubts.iter().map(Told::from).collect(),
        })
    }

    /// Run-time changes that this configuration has no place for, line by line.
    fn without_effect(&self) -> String {
        let line = |line: OverlayLine| {
            let why = line.without_effect?;
            Some(format!("change {} ({}) has no effect: {why}\n", line.id, line.text))
        };
        self.overlay.lines(&self.base).into_iter().filter_map(line).collect()
    }

    /// The sounds of this plan, and those that a running call may still want of an older one.
    fn all_sounds(&mut self) -> Arc<PromptBook> {
        self.older.retain(|(plan, _)| plan.strong_count() > 0);
        if self.older.is_empty() {
            return self.prompts.clone();
        }
        let mut book = (*self.prompts).clone();
        self.older.iter().rev().for_each(|(_, older)| book.keep(older));
        Arc::new(book)
    }

    /// Hands it over and waits until it is in force.
    fn swap(&mut self, change: Option<node::Change>, reload: Option<bool>) -> Result<(), Stopping> {
        let (done, is_done) = sync_channel(1);
        let overlaid = Overlaid { changes: self.overlay.len(), closed: self.overlay.closed(&self.base) };
        let reload = reload.map(|taken| (taken, self.clock.now().wall));
        let swap = Swap { change, overlaid, reload, pins: self.pins.take(), done };
        self.nudges.send(Nudge::Swap(Box::new(swap))).map_err(|_| Stopping)?;
        is_done.recv_timeout(SWAP).map_err(|_| Stopping)
    }

    fn account(&self, asked: &str, outcome: &Outcome) {
        let reload = ledger::Reload {
            at: self.clock.now().wall,
            asked: asked.to_owned(),
            taken: outcome.taken,
            before: outcome.before.clone(),
            after: if outcome.taken { outcome.after.clone() } else { String::new() },
            detail: outcome.text.clone(),
        };
        let _ended_at_its_end = self.ledger.push_blocking(Item::Reload(Box::new(reload)));
    }

    fn change(&mut self, asked: &str, changes: Vec<Change>) -> Reply {
        let before = self.overlay.clone();
        match self.add(asked, changes) {
            Ok((items, words)) if items.is_empty() => Reply::Done(words),
            Ok((items, words)) => self.lay(asked, before, items, words),
            Err(words) => {
                self.overlay = before;
                Reply::Refused(words)
            }
        }
    }

    /// An agent is given queues and skills, unless somebody has done so since this was looked at.
    fn assign(&mut self, asked: &str, agent: &str, mark: &str, changes: &[Change]) -> Reply {
        let Some(now) = self.in_force.mark_of(AgentId::of(agent)) else {
            return Reply::Refused(names::agent(&self.base, agent).err().unwrap_or_default());
        };
        if changes.iter().any(|change| change.agent() != Some(AgentId::of(agent))) {
            return Reply::Refused(format!("all of it has to be about agent {agent}"));
        }
        match now == mark {
            true => self.change(asked, changes.to_vec()),
            false => Reply::Stale(format!("agent {agent} was given other queues or skills meanwhile: look again")),
        }
    }

    /// All of them into the overlay: what the account is told, and the words for who asked.
    fn add(&mut self, asked: &str, changes: Vec<Change>) -> Result<(Vec<Item>, String), String> {
        let (mut items, mut lines) = (vec![], vec![]);
        for change in changes {
            if let Some(id) = self.overlay.has(&change) {
                lines.push(format!("{change} already (change {id}): nothing is changed"));
                continue;
            }
            let (entry, replaced) = self.overlay.add(&self.base, self.clock.now().wall, asked, change)?;
            let Entry { id, at, asked, change } = entry;
            lines.push(format!("{change} (change {id}, until `strowger overlay drop {id}`)"));
            lines.extend(overlay::cut_off(&change, &self.overlay.lay(&self.base)));
            let change = serde_json::to_string(&change).map_err(|error| error.to_string())?;
            items.extend(replaced.into_iter().map(|id| Item::Overlay(id, None)));
            items.push(Item::Overlay(id, Some(Box::new(OverlayRow { id, at, asked, change }))));
        }
        Ok((items, lines.join("\n")))
    }

    fn drop(&mut self, asked: &str, id: Option<i64>) -> Reply {
        let before = self.overlay.clone();
        let gone = self.overlay.drop(id);
        match (id, gone.as_slice()) {
            (Some(id), []) => Reply::Refused(format!("there is no change {id}: `strowger overlay list` shows them")),
            (None, []) => Reply::Done("there was no change to drop".into()),
            (_, [one]) => {
                let words = format!("change {one} is dropped: as the configuration says");
                self.lay(asked, before, gone.iter().map(|id| Item::Overlay(*id, None)).collect(), words)
            }
            (_, many) => {
                let words = format!("{} changes are dropped: as the configuration says", many.len());
                self.lay(asked, before, gone.iter().map(|id| Item::Overlay(*id, None)).collect(), words)
            }
        }
    }

    fn open_queue(&mut self, asked: &str, name: &str) -> Reply {
        if let Err(words) = names::queue(&self.base, name) {
            return Reply::Refused(words);
        }
        let before = self.overlay.clone();
        let gone = self.overlay.open(name);
        if gone.is_empty() {
            return Reply::Refused(format!("queue {name} is not closed"));
        }
        let items = gone.into_iter().map(|id| Item::Overlay(id, None)).collect();
        self.lay(asked, before, items, format!("queue {name}: open"))
    }

    /// An agent is where the configuration says.
    fn unseat(&mut self, asked: &str, name: &str) -> Reply {
        let before = self.overlay.clone();
        let gone = self.overlay.unseat(name);
        let items = gone.into_iter().map(|id| Item::Overlay(id, None)).collect();
        self.lay(asked, before, items, format!("agent {name}: at no phone of his choice any more"))
    }

    /// Brings a changed overlay into force and on disk.
    fn lay(&mut self, asked: &str, before: Overlay, items: Vec<Item>, words: String) -> Reply {
        let replaced = std::mem::replace(&mut self.in_force, Arc::new(self.overlay.lay(&self.base)));
        self.older.push((Arc::downgrade(&replaced), self.prompts.clone()));
        drop(replaced);
        // The sounds are the same; those of older plans are kept with the next reload.
        self.older.retain(|(plan, _)| plan.strong_count() > 0);
        let change = node::Change { plan: self.in_force.clone(), sip: None, pins: None, prompts: None };
        if self.swap(Some(change), None).is_err() {
            self.overlay = before;
            return Reply::Refused("the switch is stopping".into());
        }
        tracing::info!(asked = numbers(asked), "a run-time change: {}", numbers(&words));
        match self.keep(items) {
            true => Reply::Done(words),
            false => Reply::Done(format!("{words}; NOT ON DISK YET: the ledger cannot write, see `strowger status`")),
        }
    }

    /// Whether the account has it within a time that a person waits.
    fn keep(&self, items: Vec<Item>) -> bool {
        let (receipt, received) = std::sync::mpsc::channel();
        let items = items.into_iter().chain([Item::Receipt(receipt)]);
        for item in items {
            if self.ledger.push_blocking(item).is_err() {
                return false;
            }
        }
        received.recv_timeout(ON_DISK).is_ok()
    }
}

/// The signalling thread has ended.
struct Stopping;

fn one_line(text: &str) -> String {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(words).collect::<Vec<_>>().join("; ")
}
