//! The brake on guessing: who tries wrong passwords waits, longer from try to try (RFC 3261 26.1 leaves it to us).
//!
//! Counted is by source and account, so that a phone with a wrong password, or somebody who guesses, stands in the way of
//! nobody else behind the same address. Accounts that do not exist are counted like those that do. The challenger decides
//! what a try is: a wrong password with a nonce that was given to that source.

use crate::origin::Origin;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{Mono, Now, Wall, limits};

/// So many wrong passwords cost nothing: people mistype.
const FREE: u32 = 4;
/// The pause after the first one that does; each further one doubles it.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause: a phone whose password was mended gets in after this at the latest.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// After so long without a wrong password everything is forgotten.
const FORGIVEN: Duration = Duration::from_secs(1_800);
/// A source that tries one account so often is told of: who goes on although he must wait. A phone with a wrong password
/// never comes to that,
const ACCOUNT_TOLD_AT: u32 = 6;
/// nor does an office full of them to this many of all accounts,
const SOURCE_TOLD_AT: u32 = 30;
/// since one try less is held against them for each ...
const TOLD_LESS: Duration = Duration::from_secs(6);
/// How often it is told of while it goes on.
const TOLD_EVERY: Duration = Duration::from_secs(60);
/// What stands for a source's accounts that share one brake.
const OTHERS: &str = "(others)";

/// One account that a source tries passwords of.
#[derive(Clone, Debug)]
struct Account {
    wrong: u32,
    held: u64,
    last: Mono,
    until: Mono,
    haste: Haste,
}

/// How fast tries come.
#[derive(Clone, Copy, Debug)]
struct Haste {
    level: u32,
    drained: Mono,
}

impl Haste {
    fn new(now: Mono) -> Haste {
        Haste { level: 0, drained: now }
    }

    /// One more; whether that is as many as `most`.
    fn reaches(&mut self, most: u32, now: Mono) -> bool {
        let less = now.since(self.drained).as_secs() / TOLD_LESS.as_secs();
        if less > 0 {
            self.drained = now;
        }
        self.level = self.level.saturating_sub(u32::try_from(less).unwrap_or(u32::MAX)).saturating_add(1);
        self.level >= most
    }
}

/// One source that tries passwords.
#[derive(Clone, Debug)]
struct Source {
    accounts: BTreeMap<Box<str>, Account>,
    /// For those beyond `limits::GUESSED_ACCOUNTS`.
    others: Option<Account>,
    wrong: u64,
    held: u64,
    since: Wall,
    last: Mono,
    haste: Haste,
    told: Option<Mono>,
}

/// A source that guesses, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guesses {
    /// Who.
    pub origin: Origin,
    /// Wrong passwords so far.
    pub wrong: u64,
    /// Tries that were not looked at.
    pub held: u64,
    /// How many accounts it tried.
    pub accounts: usize,
}

/// An account of a source whose passwords are not looked at for now, or were not a while ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Where the tries come from.
    pub origin: Origin,
    /// The user name that was tried, as far as it is kept.
    pub user: String,
    /// Wrong passwords.
    pub wrong: u32,
    /// Tries that were not looked at.
    pub held: u64,
    /// When this source's first wrong password came.
    pub since: Wall,
    /// For how long still nothing is looked at; zero: the next one is.
    pub pause: Duration,
}

/// What was tried lately.
#[derive(Debug, Default)]
pub(crate) struct Brake {
    sources: BTreeMap<Origin, Source>,
    /// Wrong passwords since the start.
    wrong: u64,
    /// Tries not looked at since the start.
    held: u64,
}

impl Brake {
    /// Wrong passwords and tries that were not looked at, since the start.
    pub(crate) fn totals(&self) -> (u64, u64) {
        (self.wrong, self.held)
    }

    /// How long this account of this source must still wait. A `resident` is registered from there: it has a brake of
    /// its own however many others there are.
    pub(crate) fn pause(&self, origin: Origin, user: &str, resident: bool, now: Mono) -> Option<Duration> {
        let source = self.sources.get(&origin)?;
        let own = source.accounts.get(cut(user));
        let account = own.or(source.others.as_ref().filter(|_| !resident))?;
        (account.until > now).then(|| account.until.since(now))
    }

    /// A wrong password. The answer is for the log, now and then.
    pub(crate) fn tried(&mut self, origin: Origin, user: &str, resident: bool, now: Now) -> Option<Guesses> {
        self.wrong += 1;
        self.make_room(origin);
        let source = self.sources.entry(origin).or_insert_with(|| Source::new(now));
        if now.mono.since(source.last) >= FORGIVEN {
            *source = Source::new(now);
        }
        source.wrong += 1;
        let account = source.account(cut(user), resident, now.mono);
        account.wrong = account.wrong.saturating_add(1);
        account.last = now.mono;
        account.until = now.mono + pause_after(account.wrong);
        let hasty = account.haste.reaches(ACCOUNT_TOLD_AT, now.mono);
        source.tell(origin, hasty, now.mono)
    }

    /// A password that was not looked at. The answer is for the log, now and then.
    pub(crate) fn held(&mut self, origin: Origin, user: &str, resident: bool, now: Mono) -> Option<Guesses> {
        self.held += 1;
        let source = self.sources.get_mut(&origin)?;
        source.held += 1;
        let account = source.account(cut(user), resident, now);
        account.held += 1;
        let hasty = account.haste.reaches(ACCOUNT_TOLD_AT, now);
        source.tell(origin, hasty, now)
    }

    /// Forgets what a source tried, or what all did; how many sources that were.
    pub(crate) fn lift(&mut self, origin: Option<Origin>) -> usize {
        match origin {
            Some(origin) => usize::from(self.sources.remove(&origin).is_some()),
            None => std::mem::take(&mut self.sources).len(),
        }
    }

    /// Who waits now, or tried more than people mistype.
    pub(crate) fn bans(&self, now: Mono) -> Vec<Ban> {
        let recent = self.sources.iter().filter(|(_, source)| now.since(source.last) < FORGIVEN);
        recent.flat_map(|(origin, source)| source.bans(*origin, now)).collect()
    }

    /// Accounts of sources that wait now.
    pub(crate) fn waiting(&self, now: Mono) -> usize {
        self.sources.values().flat_map(Source::all).filter(|(_, account)| account.until > now).count()
    }

    /// Beyond the limit the source that was quiet for the longest time is forgotten.
    fn make_room(&mut self, origin: Origin) {
        if self.sources.len() < limits::GUESSING_SOURCES || self.sources.contains_key(&origin) {
            return;
        }
        let quiet = self.sources.iter().min_by_key(|(_, source)| source.last).map(|(origin, _)| *origin);
        if let Some(quiet) = quiet {
            self.sources.remove(&quiet);
        }
    }
}

impl Source {
    fn new(now: Now) -> Source {
        Source {
            accounts: BTreeMap::new(),
            others: None,
            wrong: 0,
            held: 0,
            since: now.wall,
            last: now.mono,
            haste: Haste::new(now.mono),
            told: None,
        }
    }

    /// What is kept of an account; those that are forgiven make room.
    fn account(&mut self, user: &str, resident: bool, now: Mono) -> &mut Account {
        let forgiven = |account: &Account| now.since(account.last) >= FORGIVEN;
        if self.accounts.len() >= limits::GUESSED_ACCOUNTS {
            self.accounts.retain(|_, account| !forgiven(account));
        }
        let full = self.accounts.len() >= limits::GUESSED_ACCOUNTS;
        let account = match full && !resident && !self.accounts.contains_key(user) {
            true => self.others.get_or_insert_with(|| Account::new(now)),
            false => self.accounts.entry(user.into()).or_insert_with(|| Account::new(now)),
        };
        if forgiven(account) {
            *account = Account::new(now);
        }
        account
    }

    /// Counts a try for the log; what is to be told, if anything.
    fn tell(&mut self, origin: Origin, hasty: bool, now: Mono) -> Option<Guesses> {
        self.last = now;
        let hasty = self.haste.reaches(SOURCE_TOLD_AT, now) || hasty;
        let rests = self.told.is_some_and(|told| now.since(told) < TOLD_EVERY);
        if !hasty || rests {
            return None;
        }
        self.told = Some(now);
        let accounts = self.accounts.len() + usize::from(self.others.is_some());
        Some(Guesses { origin, wrong: self.wrong, held: self.held, accounts })
    }

    fn all(&self) -> impl Iterator<Item = (&str, &Account)> {
        let named = self.accounts.iter().map(|(user, account)| (&**user, account));
        named.chain(self.others.iter().map(|account| (OTHERS, account)))
    }

    fn bans(&self, origin: Origin, now: Mono) -> impl Iterator<Item = Ban> {
        self.all().filter(|(_, account)| account.wrong > FREE).map(move |(user, account)| Ban {
            origin,
            user: user.to_owned(),
            wrong: account.wrong,
            held: account.held,
            since: self.since,
            pause: account.until.since(now),
        })
    }
}

impl Account {
    fn new(now: Mono) -> Account {
        Account { wrong: 0, held: 0, last: now, until: now, haste: Haste::new(now) }
    }
}

fn pause_after(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE + 1) {
        None => Duration::ZERO,
        Some(doublings) => PAUSE.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(PAUSE_MAX),
    }
}

/// As much of a name as is kept.
fn cut(user: &str) -> &str {
    let end = user.floor_char_boundary(limits::CLAIMED_USER_BYTES);
    user.get(..end).unwrap_or(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Origin {
        Origin::of(address.parse().unwrap())
    }

    fn at(ms: u64) -> Now {
        Now { mono: Mono::from_micros(ms * 1_000), wall: Wall::from_millis(0) }
    }

    #[test]
    fn within_ten_tries_there_is_less_than_one_a_second_and_a_minute_is_the_longest_wait() {
        let (mut brake, guesser) = (Brake::default(), origin("192.0.2.66"));
        let (mut now, mut pauses) = (1_000, vec![]);
        for _ in 0..15 {
            brake.tried(guesser, "alice", false, at(now));
            let pause = brake.pause(guesser, "alice", false, at(now).mono).unwrap_or_default();
            pauses.push(pause.as_secs());
            now += u64::try_from(pause.as_millis()).unwrap();
        }
        assert_eq!(pauses, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
    }

    #[test]
    fn a_colleague_behind_the_same_address_and_the_same_account_elsewhere_are_left_alone() {
        let (mut brake, office) = (Brake::default(), origin("192.0.2.66"));
        for _ in 0..20 {
            brake.tried(office, "alice", false, at(0));
        }
        assert!(brake.pause(office, "alice", false, at(0).mono).is_some());
        assert!(brake.pause(office, "bob", false, at(0).mono).is_none());
        assert!(brake.pause(origin("192.0.2.67"), "alice", false, at(0).mono).is_none());
    }

    #[test]
    fn who_walks_over_names_comes_to_share_one_brake_and_residents_do_not() {
        let (mut brake, guesser) = (Brake::default(), origin("192.0.2.66"));
        for nth in 0..limits::GUESSED_ACCOUNTS + 10 {
            brake.tried(guesser, &format!("user{nth}"), false, at(0));
        }
        assert!(brake.pause(guesser, "somebody new", false, at(0).mono).is_some());
        assert!(brake.pause(guesser, "bob", true, at(0).mono).is_none(), "bob is registered from there");
        for _ in 0..10 {
            brake.tried(guesser, "bob", true, at(0));
        }
        assert!(brake.pause(guesser, "bob", true, at(0).mono).is_some(), "his account is guarded all the same");
        let kept = &brake.sources[&guesser].accounts;
        assert_eq!(kept.len(), limits::GUESSED_ACCOUNTS + 1);
    }

    #[test]
    fn beyond_the_limit_the_source_that_was_quiet_for_the_longest_time_is_forgotten() {
        let mut brake = Brake::default();
        for nth in 0..limits::GUESSING_SOURCES as u32 + 100 {
            let address = std::net::Ipv4Addr::from_bits(0x0a00_0000 + nth);
            brake.tried(Origin::of(address.into()), "alice", false, at(u64::from(nth)));
        }
        assert_eq!(brake.sources.len(), limits::GUESSING_SOURCES);
        assert!(!brake.sources.contains_key(&origin("10.0.0.0")) && brake.sources.contains_key(&origin("10.0.0.100")));
    }

    #[test]
    fn a_name_is_kept_as_far_as_the_limit_and_cut_between_letters() {
        let (mut brake, guesser) = (Brake::default(), origin("192.0.2.66"));
        let long = "é".repeat(5_000);
        for _ in 0..10 {
            brake.tried(guesser, &long, false, at(0));
        }
        assert_eq!(brake.bans(at(0).mono)[0].user.len(), limits::CLAIMED_USER_BYTES);
        assert!(brake.pause(guesser, &long, false, at(0).mono).is_some());
    }

    #[test]
    fn half_an_hour_of_quiet_is_forgiven_and_a_ban_can_be_lifted() {
        let (mut brake, guesser) = (Brake::default(), origin("192.0.2.66"));
        for _ in 0..10 {
            brake.tried(guesser, "alice", false, at(0));
        }
        assert_eq!((brake.bans(at(0).mono).len(), brake.bans(at(0).mono)[0].wrong), (1, 10));
        assert_eq!((brake.waiting(at(0).mono), brake.waiting(at(60_000).mono)), (1, 0));
        assert!(brake.bans(at(1_800_000).mono).is_empty());
        let again = Now { wall: Wall::from_millis(1_800_000), ..at(1_800_000) };
        brake.tried(guesser, "alice", false, again);
        assert!(brake.pause(guesser, "alice", false, at(1_800_000).mono).is_none());
        for _ in 0..10 {
            brake.tried(guesser, "alice", false, at(1_800_000));
        }
        let ban = brake.bans(at(1_800_000).mono).remove(0);
        assert_eq!((ban.since, ban.wrong), (again.wall, 11), "what is forgiven is not told of either");
        assert_eq!(brake.sources[&guesser].wrong, 11);
        assert_eq!((brake.lift(Some(origin("192.0.2.1"))), brake.lift(Some(guesser))), (0, 1));
        assert!(brake.bans(at(1_800_000).mono).is_empty());
        assert_eq!(brake.totals(), (21, 0));
    }

    #[test]
    fn a_guesser_is_told_of_once_a_minute_and_an_office_of_phones_with_wrong_passwords_never() {
        let (mut brake, guesser, phone) = (Brake::default(), origin("192.0.2.66"), origin("192.0.2.7"));
        let mut told = vec![];
        for nth in 0..1_200 {
            if let Some(guesses) = brake.held(guesser, "alice", false, at(nth * 100).mono) {
                told.push(guesses);
            }
            told.extend(brake.tried(guesser, "alice", false, at(nth * 100)));
        }
        assert_eq!(told.len(), 2, "in two minutes: {told:?}");
        assert_eq!((told[0].origin, told[0].accounts), (guesser, 1));
        let minute = 60_000;
        for nth in 0..500 {
            let alike = |desk: u32| brake.tried(phone, &format!("desk{desk}"), false, at(nth * minute)).is_none();
            assert!((0..8).all(alike), "eight phones, a try a minute each");
        }
        let names = (0..100).map(|nth| format!("user{nth}"));
        let told = names.filter_map(|name| brake.tried(origin("192.0.2.8"), &name, false, at(0))).count();
        assert_eq!(told, 1, "who tries one password with each name");
    }
}
