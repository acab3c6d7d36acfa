//! Users of the configuration: how they come in, and who is in. What they are and may is said by the plan in force at each
//! request; here is only whether somebody is who he says.
//!
//! A wrong password makes the next one wait, longer from try to try, by the name that is tried and by the address that tries.

pub mod change;

use super::password::{Passwords, may_be};
use super::secret::{Secret, proof};
use super::sessions::Sessions;
use ledger::{Access, Item, Reader, SideDoor};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use terms::{Guesses, Now, Patience, Wall};

/// Of one name so many wrong ones cost nothing.
const OF_A_NAME: Patience = Patience { free: 4, longest: Duration::from_secs(60) };
/// Many people may sit behind one address.
const OF_AN_ADDRESS: Patience = Patience { free: 19, longest: Duration::from_secs(60) };
/// Links that are remembered as used; the account has those of more than a moment ago.
const USED: usize = 1_000;
/// The longest name that is looked at, in bytes.
const NAME: usize = 64;

/// Whom a wrong password concerns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tried {
    Name(String),
    Address(Option<IpAddr>),
}

/// The door for users.
pub struct Users {
    passwords: Passwords,
    sessions: Sessions,
    tried: Mutex<Guesses<Tried>>,
    /// What became of passwords since the start, by user: chosen (so kept) or void. The account tells it a moment later.
    became: Mutex<BTreeMap<String, Option<String>>>,
    /// Links that were used a moment ago: the account may not tell it yet.
    used: Mutex<BTreeSet<String>>,
    reader: Reader,
    account: SideDoor,
}

/// Why somebody does not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Name or password is wrong; which of the two is not said.
    Wrong,
    /// Too many wrong ones: none is looked at for so long.
    Wait(Duration),
    /// A password that nobody may choose.
    Unfit,
    /// The link was used, or its time is over.
    Void,
    /// The account cannot be read or written.
    Away,
}

/// Who comes, from where and with what.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'a> {
    /// Its address.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub browser: &'a str,
}

impl Users {
    /// Opens the door with the sessions of the account.
    pub async fn open(reader: Reader, account: SideDoor, now: Wall) -> ledger::Result<Arc<Users>> {
        let (passwords, sessions) = (Passwords::default(), Sessions::default());
        let over = sessions.begin_with(reader.sessions().await?, now);
        let (tried, became, used) = (Mutex::default(), Mutex::default(), Mutex::default());
        let users = Users { passwords, sessions, tried, became, used, reader, account };
        users.tell(over).await;
        Ok(Arc::new(users))
    }

    /// Something was missed that may have concerned users: who was locked out meanwhile is out, as the account has it.
    pub async fn read_again(&self, now: Wall) -> ledger::Result<()> {
        self.sessions.only(&self.reader.sessions().await?, now);
        self.became().clear();
        Ok(())
    }

    /// Whose cookie this is.
    pub fn whose(&self, cookie: &str, now: Wall) -> Option<String> {
        let (user, told) = self.sessions.of(cookie, now)?;
        // When he was here last is worth no waiting: at a busy moment the account hears it a minute later.
        told.into_iter().for_each(|access| drop(self.account.try_push(item(access))));
        Some(user)
    }

    /// What is worth no waiting: at a busy moment the account does not hear it.
    pub fn tell_later(&self, told: Access) {
        let _or_not = self.account.try_push(item(told));
    }

    /// As [`Users::tell_later`], and waits for it; false: the account takes nothing.
    pub async fn tell_surely(&self, told: Access) -> bool {
        self.tell(vec![told]).await
    }

    /// The tokens of the account.
    pub async fn kept_tokens(&self) -> ledger::Result<Vec<ledger::Token>> {
        self.reader.tokens().await
    }

    /// Somebody comes with a wrong token: how long none of this address is looked at any more, if so.
    pub fn wrong_token(&self, address: IpAddr, now: Now) -> Option<Duration> {
        let of = Tried::Address(Some(address));
        let pause = self.tried().pause(&of, now.mono);
        match pause {
            Some(_) => self.tried().held(&of),
            None => self.tried().wrong(of, &OF_AN_ADDRESS, now.mono),
        }
        pause
    }

    /// Somebody says who he is, and comes in. `is_there`: whether the plan in force has him.
    pub async fn sign_in(
        &self,
        user: &str,
        password: String,
        is_there: bool,
        guest: Guest<'_>,
        now: Now,
    ) -> Result<Secret, Outside> {
        self.prove(user, password, is_there, guest, now).await?;
        self.begin(user, guest, now.wall, vec![sign_in(user, "in", guest, now.wall)]).await
    }

    /// Whether it is he.
    async fn prove(
        &self,
        user: &str,
        password: String,
        is_there: bool,
        guest: Guest<'_>,
        now: Now,
    ) -> Result<(), Outside> {
        let concerned = [Tried::Name(shortened(user)), Tried::Address(guest.address)];
        if let Some(pause) = concerned.iter().filter_map(|one| self.tried().pause(one, now.mono)).max() {
            concerned.iter().for_each(|one| self.tried().held(one));
            return Err(Outside::Wait(pause));
        }
        let known = is_there && user.len() <= NAME;
        let kept = if known { self.kept(user).await? } else { None };
        if !self.passwords.is(password, kept).await {
            let [name, address] = concerned;
            self.tried().wrong(name, &OF_A_NAME, now.mono);
            self.tried().wrong(address, &OF_AN_ADDRESS, now.mono);
            tracing::warn!(address = ?guest.address, "a wrong password at the pages");
            // Of a name that is nobody's it is not kept: people type their password there.
            self.tell_later(sign_in(if known { user } else { "" }, "wrong", guest, now.wall));
            return Err(Outside::Wrong);
        }
        self.tried().forgive(&concerned[0]);
        Ok(())
    }

    /// Whom a link lets choose a password.
    pub async fn invited(&self, secret: &str, now: Wall) -> Result<String, Outside> {
        let proof = proof(secret);
        if self.used().contains(&proof) {
            return Err(Outside::Void);
        }
        let link = self.reader.invitation(&proof).await.map_err(|_| Outside::Away)?;
        link.filter(|link| now < link.until).map(|link| link.user).ok_or(Outside::Void)
    }

    /// He chooses one: he is in, here and nowhere else, and the link is void.
    pub async fn choose(
        &self,
        secret: &str,
        password: String,
        guest: Guest<'_>,
        now: Now,
    ) -> Result<(String, Secret), Outside> {
        let user = self.invited(secret, now.wall).await?;
        if !may_be(&password) {
            return Err(Outside::Unfit);
        }
        let phc = self.passwords.hash(password).await.ok_or(Outside::Away)?;
        if !self.use_up(proof(secret)) {
            return Err(Outside::Void);
        }
        self.sessions.end_all(&user);
        self.became().insert(user.clone(), Some(phc.clone()));
        self.tried().forgive(&Tried::Name(shortened(&user)));
        let chosen = Access::Password { user: user.clone(), phc, at: now.wall };
        let session =
            self.begin(&user, guest, now.wall, vec![chosen, sign_in(&user, "chosen", guest, now.wall)]).await?;
        Ok((user, session))
    }

    /// He goes.
    pub async fn sign_out(&self, cookie: &str, guest: Guest<'_>, now: Wall) {
        let Some((user, _)) = self.sessions.of(cookie, now) else { return };
        let ended = self.sessions.end(cookie).into_iter();
        self.tell(ended.chain([sign_in(&user, "out", guest, now)]).collect()).await;
    }

    /// A user was locked out: the account has it already.
    pub fn lock_out(&self, user: &str) {
        self.became().insert(user.to_owned(), None);
        self.sessions.end_all(user);
    }

    async fn begin(&self, user: &str, guest: Guest<'_>, now: Wall, first: Vec<Access>) -> Result<Secret, Outside> {
        let secret = Secret::new().ok_or(Outside::Away)?;
        let told = first.into_iter().chain(self.sessions.begin(&secret, user, guest.browser, now));
        if self.tell(told.collect()).await {
            tracing::info!(user, "a user came in at the pages");
            return Ok(secret);
        }
        self.sessions.end(secret.reveal());
        Err(Outside::Away)
    }

    /// Whether the account takes it.
    async fn tell(&self, told: Vec<Access>) -> bool {
        for access in told {
            if self.account.push(item(access)).await.is_err() {
                return false;
            }
        }
        true
    }

    /// How a user's password is kept; none where he has none.
    async fn kept(&self, user: &str) -> Result<Option<String>, Outside> {
        if let Some(became) = self.became().get(user) {
            return Ok(became.clone());
        }
        self.reader.password(user).await.map_err(|_| Outside::Away)
    }

    fn became(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.became.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A link is good once; false: somebody was faster.
    fn use_up(&self, proof: String) -> bool {
        let mut used = self.used();
        if used.len() >= USED {
            used.clear();
        }
        used.insert(proof)
    }

    fn used(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tried(&self) -> MutexGuard<'_, Guesses<Tried>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many letters of a browser's name are kept.
const BROWSER: usize = 120;

/// That somebody came, went, or did not get in.
fn sign_in(user: &str, what: &str, guest: Guest<'_>, at: Wall) -> Access {
    let address = guest.address.map_or_else(String::new, |address| address.to_string());
    let browser = guest.browser.chars().filter(|c| !c.is_control()).take(BROWSER).collect();
    Access::SignIn(ledger::SignIn { at, user: user.into(), what: what.into(), address, browser })
}

fn item(access: Access) -> Item {
    Item::Access(Box::new(access))
}

/// As much of a name as is remembered: one that nobody can have is as good as another.
fn shortened(user: &str) -> String {
    user.chars().take(NAME).collect()
}
