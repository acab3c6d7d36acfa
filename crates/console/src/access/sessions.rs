//! Browsers in which somebody is logged in. A cookie holds 256 random bits, of which SHA-256 alone is kept, here and in the
//! account, so that who reads the account can be nobody. A session ends after twelve idle hours and after a week.

use super::secret::{Secret, proof};
use ledger::{Access, Session};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use terms::Wall;

const MINUTE: i64 = 60_000;
/// Without a request for so long it ends.
const IDLE: i64 = 12 * 60 * MINUTE;
/// It ends so long after it began, whatever is done.
const LIFE: i64 = 7 * 24 * 60 * MINUTE;
/// Of one user; with one more the one that was used longest ago ends.
const OF_ONE: usize = 20;
/// What is younger than this may not be in the account yet.
pub const MOMENT: i64 = 2_000;
/// What a browser calls itself, as far as it is kept.
const BROWSER: usize = 120;

/// All of them, by the proof of their cookie.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<BTreeMap<String, Session>>);

impl Sessions {
    /// Those of the account that are still good; what the account is to be told of the others.
    pub fn begin_with(&self, kept: Vec<Session>, now: Wall) -> Vec<Access> {
        let (good, over): (Vec<_>, Vec<_>) = kept.into_iter().partition(|session| is_good(session, now));
        self.lock().extend(good.into_iter().map(|session| (session.proof.clone(), session)));
        over.into_iter().map(|session| Access::Ended(session.proof)).collect()
    }

    /// The account has these, and no others but what began a moment ago.
    pub fn only(&self, kept: &[Session], now: Wall) {
        let is_kept = |proof: &String| kept.iter().any(|session| session.proof == *proof);
        self.lock().retain(|proof, session| is_kept(proof) || now.as_millis() - session.began.as_millis() < MOMENT);
    }

    /// Somebody has proved who he is: what goes into the cookie, and what the account is told.
    pub fn begin(&self, secret: &Secret, user: &str, browser: &str, now: Wall) -> Vec<Access> {
        let browser = browser.chars().filter(|c| !c.is_control()).take(BROWSER).collect();
        let session = Session { proof: secret.proof(), user: user.to_owned(), began: now, seen: now, browser };
        let mut all = self.lock();
        let mut told: Vec<Access> = crowded_out(&all, user).map(Access::Ended).into_iter().collect();
        told.iter().for_each(|ended| {
            if let Access::Ended(proof) = ended {
                all.remove(proof);
            }
        });
        all.insert(session.proof.clone(), session.clone());
        told.push(Access::Session(session));
        told
    }

    /// Whose cookie this is; and what the account is told, at most once a minute.
    pub fn of(&self, cookie: &str, now: Wall) -> Option<(String, Option<Access>)> {
        let mut all = self.lock();
        let session = all.get_mut(&proof(cookie)).filter(|session| is_good(session, now))?;
        let told = now.as_millis() - session.seen.as_millis() >= MINUTE;
        if told {
            session.seen = now;
        }
        Some((session.user.clone(), told.then(|| Access::Seen(session.proof.clone(), now))))
    }

    /// Somebody goes.
    pub fn end(&self, cookie: &str) -> Option<Access> {
        self.lock().remove(&proof(cookie)).map(|session| Access::Ended(session.proof))
    }

    /// The one with this proof is over.
    pub fn end_proof(&self, proof: &str) -> Option<Access> {
        self.lock().remove(proof).map(|session| Access::Ended(session.proof))
    }

    /// A user's, the one that was used last first.
    pub fn all_of(&self, user: &str, now: Wall) -> Vec<Session> {
        let all = self.lock();
        let mut his: Vec<Session> =
            all.values().filter(|session| session.user == user && is_good(session, now)).cloned().collect();
        his.sort_by_key(|session| std::cmp::Reverse(session.seen));
        his
    }

    /// All of a user's are over; the account knows.
    pub fn end_all(&self, user: &str) {
        self.lock().retain(|_, session| session.user != user);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_good(session: &Session, now: Wall) -> bool {
    let now = now.as_millis();
    now - session.seen.as_millis() < IDLE && now - session.began.as_millis() < LIFE
}

/// The session that makes room for another one of this user.
fn crowded_out(all: &BTreeMap<String, Session>, user: &str) -> Option<String> {
    let own = || all.values().filter(|session| session.user == user);
    (own().count() >= OF_ONE).then(|| own().min_by_key(|session| session.seen).map(|session| session.proof.clone()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Wall {
        Wall::from_millis(minutes * MINUTE)
    }

    fn user(sessions: &Sessions, cookie: &Secret, now: Wall) -> Option<String> {
        sessions.of(cookie.reveal(), now).map(|(user, _)| user)
    }

    #[test]
    fn a_session_lives_while_it_is_used_and_no_longer_than_a_week() {
        let (sessions, cookie) = (Sessions::default(), Secret::of("a"));
        let told = sessions.begin(&cookie, "anna", "Firefox\n", at(0));
        let [Access::Session(session)] = told.as_slice() else { panic!("{told:?}") };
        assert!(session.browser == "Firefox" && session.proof != cookie.reveal(), "{session:?}");
        assert_eq!(user(&sessions, &cookie, at(11 * 60)).as_deref(), Some("anna"));
        assert_eq!(user(&sessions, &cookie, at(22 * 60)).as_deref(), Some("anna"), "it was used in between");
        assert_eq!(user(&sessions, &cookie, at(34 * 60)), None, "twelve idle hours");
        let cookie = Secret::of("b");
        sessions.begin(&cookie, "anna", "", at(0));
        let hours = (0..7 * 24).filter(|hour| user(&sessions, &cookie, at(hour * 60)).is_some()).count();
        assert_eq!((hours, user(&sessions, &cookie, at(7 * 24 * 60))), (7 * 24, None));
    }

    #[test]
    fn the_account_hears_of_a_session_in_use_once_a_minute_at_most() {
        let (sessions, cookie) = (Sessions::default(), Secret::of("a"));
        sessions.begin(&cookie, "anna", "", Wall::from_millis(0));
        let told = (1..=300).filter(|second| {
            let seen = sessions.of(cookie.reveal(), Wall::from_millis(second * 1_000));
            seen.is_some_and(|(_, told)| told.is_some())
        });
        assert_eq!(told.count(), 5);
    }

    #[test]
    fn who_goes_is_gone_and_who_is_locked_out_everywhere() {
        let (sessions, [one, two, his]) = (Sessions::default(), ["1", "2", "3"].map(Secret::of));
        sessions.begin(&one, "anna", "", at(0));
        sessions.begin(&two, "anna", "", at(0));
        sessions.begin(&his, "bob", "", at(0));
        assert_eq!(sessions.end(one.reveal()), Some(Access::Ended(one.proof())));
        assert_eq!(sessions.end(one.reveal()), None);
        assert_eq!((user(&sessions, &one, at(1)), user(&sessions, &two, at(1)).as_deref()), (None, Some("anna")));
        sessions.end_all("anna");
        assert_eq!((user(&sessions, &two, at(1)), user(&sessions, &his, at(1)).as_deref()), (None, Some("bob")));
    }

    #[test]
    fn a_start_takes_over_the_good_ones_and_ends_the_others_and_nobody_has_endless_ones() {
        let sessions = Sessions::default();
        let kept = |name: &str, began: i64, seen: i64| Session {
            proof: Secret::of(name).proof(),
            user: "anna".into(),
            began: at(began),
            seen: at(seen),
            browser: String::new(),
        };
        let told = sessions.begin_with(vec![kept("good", 0, 100), kept("idle", 0, 1)], at(13 * 60));
        assert_eq!(told, [Access::Ended(Secret::of("idle").proof())]);
        assert!(user(&sessions, &Secret::of("good"), at(13 * 60)).is_some());
        let more = |nth: usize| Secret::of(&format!("more {nth}"));
        for nth in 0..OF_ONE {
            sessions.begin(&more(nth), "anna", "", at(14 * 60 + nth as i64));
        }
        assert_eq!(user(&sessions, &Secret::of("good"), at(14 * 60 + 30)), None, "it made room");
        assert!((0..OF_ONE).all(|nth| user(&sessions, &more(nth), at(14 * 60 + 30)).is_some()));
    }

    #[test]
    fn a_cookie_that_nobody_was_given_is_nobodys() {
        let sessions = Sessions::default();
        sessions.begin(&Secret::of("a"), "anna", "", at(0));
        for made_up in ["", "anna", &Secret::of("a").proof(), "../../x"] {
            assert!(sessions.of(made_up, at(0)).is_none(), "{made_up}");
        }
    }
}
