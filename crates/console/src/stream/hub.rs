//! Where everything comes in: the mirror and the ring are fed here, and nowhere else. The signalling thread is asked for a
//! snapshot at the start, after a gap, and when a configuration comes into force.

use super::FRAME;
use super::frame::Frame;
use super::ring::Ring;
use crate::access::Access;
use crate::access::Viewer;
use crate::mirror::boards::Boards;
use crate::mirror::{Mirror, Then};
use crate::switch::{Feed, Snapshot, Switch};
use crate::wire::{BoardState, Event, Names};
use control::{Reply, Verb};
use ledger::Token;
use ledger::stream::Line;
use node::{Happening, Record};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use terms::{Seq, Wall};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};

/// How long records gather, so that the signalling thread wakes nobody for each.
const GATHER: Duration = Duration::from_millis(20);
/// How long the signalling thread may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// After a question in vain.
const AGAIN: Duration = Duration::from_secs(1);
/// Waits that pass a threshold are looked for so often.
const LOOK: Duration = Duration::from_secs(1);
/// After so long the account tells whatever was done before something was missed.
const SETTLED: Duration = Duration::from_secs(2);
/// Frames that a page may be behind: then it gets everything anew.
const FRAMES: usize = 64;
/// While the account is read for the figures of today, the first snapshot lacks them: it is asked for another one.
const WHOLE_AFTER: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// What those who look share.
pub struct Hub {
    /// The switch.
    pub switch: Arc<dyn Switch>,
    /// The account; none where it is in memory.
    pub account: Option<ledger::Reader>,
    /// Users: who is locked out by a command is out here at once.
    access: Access,
    state: Mutex<State>,
    last: watch::Sender<Seq>,
    frames: broadcast::Sender<News>,
}

/// What pages are told.
#[derive(Clone, Debug)]
pub enum News {
    /// Some lines.
    Changes(Arc<Frame>),
    /// Everything may have changed.
    Everything,
}

struct State {
    names: Names,
    ring: Ring,
    mirror: Option<Mirror>,
    boards: Boards,
}

/// When what is to be done.
struct Due {
    /// Something may be to be told,
    something: bool,
    /// and not before then.
    frame: Instant,
    minute: i64,
    /// When figures that were not whole are asked for again, and after what time the next time.
    whole: Instant,
    whole_after: Duration,
    /// When it is read again who may be in, after something was missed.
    access: Option<Instant>,
}

impl Due {
    fn begin(now: Wall, missed: bool) -> Due {
        let (something, frame, whole) = (false, Instant::now(), Instant::now() + WHOLE_AFTER[0]);
        let access = missed.then(|| Instant::now() + SETTLED);
        Due { something, frame, minute: now.as_millis() / 60_000, whole, whole_after: WHOLE_AFTER[0], access }
    }

    fn is_another_minute(&mut self, now: Wall) -> bool {
        let minute = now.as_millis() / 60_000;
        minute != std::mem::replace(&mut self.minute, minute)
    }
}

/// Why the taking-in began anew.
enum Gap {
    /// Records were missed.
    Missed,
    /// The switch has ended.
    Over,
}

impl Hub {
    /// One that knows nothing yet.
    pub fn new(switch: Arc<dyn Switch>, account: Option<ledger::Reader>, names: Names, access: Access) -> Hub {
        let state = State { names, ring: Ring::new(Seq::default()), mirror: None, boards: Boards::default() };
        let (last, frames) = (watch::Sender::new(Seq::default()), broadcast::Sender::new(FRAMES));
        Hub { switch, account, access, state: Mutex::new(state), last, frames }
    }

    /// Takes everything in until the switch ends.
    pub async fn run(&self) {
        let mut missed = false;
        loop {
            let feed = self.ask(Switch::follow).await.and_then(Result::ok);
            let (Some(feed), Some(seen)) = (feed, self.ask(Switch::snapshot).await) else {
                sleep(AGAIN).await;
                continue;
            };
            self.begin(&feed, *seen);
            if let Gap::Over = self.take_in(feed, missed).await {
                return;
            }
            missed = true;
            tracing::warn!("the console missed what happened and begins anew");
            // Whoever cannot keep up must not have the signalling thread look at everything again and again.
            sleep(AGAIN).await;
        }
    }

    /// What lies behind a cursor, and so on.
    pub fn ring<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&self.lock().ring)
    }

    /// Told at each new number.
    pub fn last(&self) -> watch::Receiver<Seq> {
        self.last.subscribe()
    }

    /// Told at each change.
    pub fn frames(&self) -> broadcast::Receiver<News> {
        self.frames.subscribe()
    }

    /// How everything stands; none until the switch has answered.
    pub fn mirror<T>(&self, look: impl FnOnce(&Mirror, Wall) -> T) -> Option<T> {
        let now = self.switch.now().wall;
        self.lock().mirror.as_ref().map(|mirror| look(mirror, now))
    }

    /// Everything, for a page that begins.
    pub fn everything(&self) -> Option<Frame> {
        let now = self.switch.now().wall;
        let mut state = self.lock();
        let State { mirror, boards, .. } = &mut *state;
        mirror.as_ref().map(|mirror| Frame::everything(mirror, boards, now))
    }

    /// The boards that somebody sees: those of whose queues he sees every one.
    pub fn boards(&self, viewer: &Viewer) -> Option<Vec<BoardState>> {
        self.everything().map(|frame| frame.boards_seen_by(viewer))
    }

    /// Lines of the account, as events.
    pub fn events(&self, lines: &[Line]) -> Vec<Arc<Event>> {
        let state = self.lock();
        lines.iter().filter_map(|line| Event::of(line, &state.names)).map(Arc::new).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask<T>(&self, question: impl FnOnce(&dyn Switch, oneshot::Sender<T>)) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        question(self.switch.as_ref(), answer);
        timeout(ANSWER, answered).await.ok()?.ok()
    }

    fn begin(&self, feed: &Feed, seen: Snapshot) {
        let mut state = self.lock();
        state.ring = Ring::new(feed.after);
        self.see(&mut state, seen);
    }

    fn see(&self, state: &mut State, seen: Snapshot) {
        state.names.take_plan(&seen.plan);
        let mut mirror = Mirror::new(seen);
        state.mirror.as_mut().into_iter().for_each(|before| mirror.inherit(before));
        // Everybody is told everything now: that is no news any more.
        let _told = state.boards.news(&mirror, self.switch.now().wall);
        state.mirror = Some(mirror);
        let _nobody_looks = self.frames.send(News::Everything);
    }

    async fn take_in(&self, mut feed: Feed, missed: bool) -> Gap {
        let mut look = interval(LOOK);
        let mut due = Due::begin(self.switch.now().wall, missed);
        loop {
            tokio::select! {
                first = feed.records.recv() => match first {
                    Ok(record) => match self.take_all(&record, &mut feed) {
                        Ok(Then::Nothing) => due.something = true,
                        Ok(Then::AskAgain) => self.look_again().await,
                        Err(gap) => return gap,
                    },
                    Err(RecvError::Lagged(_)) => return Gap::Missed,
                    Err(RecvError::Closed) => return Gap::Over,
                },
                () = sleep_until(due.frame), if due.something => {}
                _ = look.tick() => self.look_around(&mut due).await,
            }
            if due.something && due.frame <= Instant::now() {
                (due.frame, due.something) = (Instant::now() + FRAME, false);
                self.tell();
            }
            sleep(GATHER).await;
        }
    }

    /// What time alone changes: waits that pass a threshold, figures of the last half hour, and those of today once the
    /// account was read.
    async fn look_around(&self, due: &mut Due) {
        due.something = true;
        if due.is_another_minute(self.switch.now().wall) {
            self.lock().mirror.iter_mut().for_each(Mirror::minute);
        }
        if due.whole <= Instant::now() && self.mirror(|mirror, _| !mirror.is_whole()).unwrap_or(false) {
            self.look_again().await;
            due.whole_after = (due.whole_after * 2).min(WHOLE_AFTER[1]);
            due.whole = Instant::now() + due.whole_after;
        }
        if due.access.is_some_and(|at| at <= Instant::now()) {
            due.access = match self.access.read_again(self.switch.now().wall).await {
                Ok(()) => None,
                Err(_) => Some(Instant::now() + SETTLED),
            };
        }
    }

    /// The first of several records, and those that came with it.
    fn take_all(&self, first: &Record, feed: &mut Feed) -> Result<Then, Gap> {
        let mut state = self.lock();
        let mut then = state.take(first);
        self.admit(first);
        loop {
            match feed.records.try_recv() {
                Ok(record) => {
                    self.admit(&record);
                    if state.take(&record) == Then::AskAgain {
                        then = Then::AskAgain;
                    }
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                Err(TryRecvError::Lagged(_)) => return Err(Gap::Missed),
            }
        }
        self.last.send_replace(state.ring.last());
        Ok(then)
    }

    /// Who was locked out by a command, and tokens that came or went.
    fn admit(&self, record: &Record) {
        let Happening::Command(ordered) = &record.what else { return };
        let Reply::Done(_) = &ordered.reply else { return };
        match (&ordered.command.what, &self.access.users) {
            (Verb::LockOut { user }, Some(users)) => users.lock_out(user),
            (Verb::Token { name, proof, pass }, _) => {
                let (asked, at) = (ordered.command.by.to_string(), record.at);
                let (name, proof, pass) = (name.clone(), proof.clone(), pass.clone());
                self.access.tokens.made(Token { name, proof, pass, asked, at, seen: None });
            }
            (Verb::RevokeToken { name }, _) => self.access.tokens.revoked(name),
            _ => {}
        }
    }

    async fn look_again(&self) {
        if let Some(seen) = self.ask(Switch::snapshot).await {
            self.see(&mut self.lock(), *seen);
        }
    }

    fn tell(&self) {
        // What changes by the clock alone would look fresh, though nothing comes from a switch that hangs.
        if !self.switch.is_alive() {
            return;
        }
        let now = self.switch.now().wall;
        let mut state = self.lock();
        let State { mirror: Some(mirror), boards, .. } = &mut *state else { return };
        let news = boards.news(mirror, now);
        let changed = mirror.changes();
        if let Some(frame) = Frame::changes(mirror, changed, news, now) {
            let _nobody_looks = self.frames.send(News::Changes(Arc::new(frame)));
        }
    }
}

impl State {
    fn take(&mut self, record: &Record) -> Then {
        let event = Event::of(&Line::from(record), &self.names);
        self.ring.push(record.seq, event);
        self.mirror.as_mut().map_or(Then::Nothing, |mirror| mirror.take(record))
    }
}
