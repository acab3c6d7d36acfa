//! Tokens: by one a program looks, or a screen on a wall at one board. They are `stw_` and 128 random bits, of which SHA-256
//! alone is kept; they can do nothing. The account knows them all at the start, and the stream tells of those that come and go.
//!
//! Who asks too often by one waits a little: a bucket for each token, which fills by and by.

use super::secret::proof;
use super::sessions::MOMENT;
use super::{Viewer, cookies};
use crate::mirror::boards;
use axum::http::{HeaderMap, header};
use control::{Pass, Role, Scope, Sight};
use dialplan::Plan;
use ledger::{Access, Token};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use terms::{Mono, Now, QueueId, Wall, Word as _};

/// Requests that may come at once,
const BURST: f64 = 100.0;
/// and so many a second.
const A_SECOND: f64 = 20.0;
const MINUTE: i64 = 60_000;
/// Before the name of who looks by a token; a user's name has no colon.
const BEARER: &str = "token:";
/// Before the name of the board that a screen shows.
const SCREEN: &str = "display:";

/// Who comes with one.
#[derive(Debug, PartialEq)]
pub enum Bearer {
    /// Nobody says that he has one.
    Nobody,
    /// What he has is none, or none any more.
    Wrong,
    /// He asks too often: he waits so long.
    Hasty(Duration),
    /// He sees this.
    Is(Viewer),
}

#[derive(Debug)]
struct Held {
    token: Token,
    level: f64,
    at: Mono,
}

/// All of them, by their proof.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<BTreeMap<String, Held>>);

impl Tokens {
    /// Those of the account.
    pub fn begin_with(&self, kept: Vec<Token>) {
        kept.into_iter().for_each(|token| self.made(token));
    }

    /// The account has these, and no others but what was made a moment ago. A bucket stays as full as it is.
    pub fn only(&self, kept: Vec<Token>, now: Wall) {
        let is_kept = |held: &Held| kept.iter().any(|token| token.proof == held.token.proof);
        let is_young = |held: &Held| now.as_millis() - held.token.at.as_millis() < MOMENT;
        self.lock().retain(|_, held| is_kept(held) || is_young(held));
        let unknown = |token: &Token| !self.lock().contains_key(&token.proof);
        kept.into_iter().filter(unknown).for_each(|token| self.made(token));
    }

    /// One was made; one of its name is void.
    pub fn made(&self, token: Token) {
        let mut all = self.lock();
        all.retain(|_, held| held.token.name != token.name);
        all.insert(token.proof.clone(), Held { token, level: BURST, at: Mono::default() });
    }

    /// One was revoked.
    pub fn revoked(&self, name: &str) {
        self.lock().retain(|_, held| held.token.name != name);
    }

    /// Who comes with this; and what the account is told, at most once a minute. `counts`: it is a request, and not the look
    /// at somebody who is there already.
    pub fn bearer(&self, said: &str, plan: &Plan, now: Now, counts: bool) -> (Bearer, Option<Access>) {
        let mut all = self.lock();
        let is_good = |held: &&mut Held| held.token.pass.until.is_none_or(|until| now.wall < until);
        let Some(held) = all.get_mut(&proof(said)).filter(is_good) else { return (Bearer::Wrong, None) };
        if let Some(pause) = counts.then(|| held.take(now.mono)).flatten() {
            return (Bearer::Hasty(pause), None);
        }
        let Some(viewer) = viewer(&held.token, plan) else { return (Bearer::Wrong, None) };
        (Bearer::Is(viewer), held.is_news(now.wall).then(|| Access::TokenSeen(held.token.proof.clone(), now.wall)))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// One request; or how long until there is room for it.
    fn take(&mut self, now: Mono) -> Option<Duration> {
        self.level = (self.level + now.since(self.at).as_secs_f64() * A_SECOND).min(BURST);
        self.at = now;
        if self.level < 1.0 {
            return Some(Duration::from_secs_f64((1.0 - self.level) / A_SECOND));
        }
        self.level -= 1.0;
        None
    }

    fn is_news(&mut self, now: Wall) -> bool {
        let news = self.token.seen.is_none_or(|seen| now.as_millis() - seen.as_millis() >= MINUTE);
        if news {
            self.token.seen = Some(now);
        }
        news
    }
}

/// What its bearer sees, by the plan in force; none where the board of a screen is no more.
fn viewer(token: &Token, plan: &Plan) -> Option<Viewer> {
    let Pass { roles, queues, board, .. } = &token.pass;
    if let Some(name) = board {
        let board = boards::of(plan).into_iter().find(|board| board.name == *name)?;
        let sight = sight_of(&boards::queues_of(&board, plan), plan);
        return Some(Viewer { name: format!("{SCREEN}{name}"), roles: vec![], sight });
    }
    let queues: Vec<QueueId> = queues.iter().map(|name| QueueId::of(name)).collect();
    let sight = if queues.is_empty() { Sight::everything() } else { sight_of(&queues, plan) };
    let roles = roles.iter().filter_map(|role| Role::of_word(role)).collect();
    Some(Viewer { name: format!("{BEARER}{}", token.name), roles, sight })
}

/// Of these queues, and of who serves them.
fn sight_of(queues: &[QueueId], plan: &Plan) -> Sight {
    let serving = queues.iter().filter_map(|queue| plan.roles.serving.get(queue));
    let agents = serving.flatten().copied().collect();
    Sight::from(&Scope::Of { queues: queues.iter().copied().collect(), agents, phones: [].into() })
}

/// The board that a screen shows, if this is one.
pub fn screen(viewer: &Viewer) -> Option<&str> {
    viewer.name.strip_prefix(SCREEN)
}

/// What somebody says that he has: in a header, or, of a screen, in its cookie.
pub fn said<'h>(headers: &'h HeaderMap, screen: &str) -> Option<&'h str> {
    let bearer = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let token = bearer.map(|text| text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")));
    token.map(|pair| pair.map_or("", |(_, token)| token.trim())).or_else(|| cookies(headers, screen).next())
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;
    use crate::testing::plan;

    fn token(name: &str, pass: Pass) -> Token {
        let (proof, asked) = (Secret::of(name).proof(), "operator".into());
        Token { name: name.into(), proof, pass, asked, at: Wall::default(), seen: None }
    }

    fn at(ms: u64) -> Now {
        Now { wall: Wall::from_millis(ms.cast_signed()), mono: Mono::default() + Duration::from_millis(ms) }
    }

    fn auditor() -> Pass {
        Pass { roles: vec!["auditor".into()], ..Pass::default() }
    }

    #[test]
    fn a_token_shows_what_it_is_for_until_it_ends_or_is_revoked_or_replaced() {
        let (tokens, plan) = (Tokens::default(), plan());
        let seen = |said: &str, ms| match tokens.bearer(said, &plan, at(ms), false).0 {
            Bearer::Is(viewer) => Some(viewer),
            _ => None,
        };
        let one_queue = Pass { queues: vec!["sales".into()], ..auditor() };
        tokens.begin_with(vec![token("all", auditor()), token("sales", one_queue)]);
        tokens.made(token("short", Pass { until: Some(Wall::from_millis(5_000)), ..auditor() }));
        assert!(seen("all", 0).is_some_and(|viewer| viewer.sight.is_everything() && viewer.name == "token:all"));
        let sales = seen("sales", 0).unwrap().sight;
        assert!(sales.queue(QueueId::of("sales")) && !sales.queue(QueueId::of("support")) && !sales.is_everything());
        assert!(seen("short", 4_999).is_some() && seen("short", 5_000).is_none());
        for wrong in ["", "al", "all ", &Secret::of("all").proof()] {
            assert!(seen(wrong, 0).is_none(), "{wrong}");
        }
        tokens.revoked("all");
        assert!(seen("all", 0).is_none());
        tokens.made(Token { proof: Secret::of("new").proof(), ..token("sales", auditor()) });
        assert!(seen("sales", 0).is_none() && seen("new", 0).is_some());
    }

    #[test]
    fn a_screen_shows_its_board_and_is_blank_when_there_is_none() {
        let (tokens, plan) = (Tokens::default(), plan());
        tokens.made(token("wall", Pass { board: Some("shop".into()), ..Pass::default() }));
        tokens.made(token("gone", Pass { board: Some("cellar".into()), ..Pass::default() }));
        let Bearer::Is(viewer) = tokens.bearer("wall", &plan, at(0), false).0 else { panic!() };
        assert!(screen(&viewer) == Some("shop") && viewer.roles.is_empty() && !viewer.sight.is_everything());
        assert_eq!(tokens.bearer("gone", &plan, at(0), false).0, Bearer::Wrong);
    }

    #[test]
    fn who_asks_too_often_waits_and_the_account_hears_of_the_use_once_a_minute() {
        let (tokens, plan) = (Tokens::default(), plan());
        tokens.made(token("all", auditor()));
        let asks = |ms| tokens.bearer("all", &plan, at(ms), true);
        let told = (0..100).filter(|_| asks(1_000).1.is_some()).count();
        assert_eq!(told, 1);
        assert_eq!(asks(1_000).0, Bearer::Hasty(Duration::from_millis(50)));
        assert!(matches!(asks(1_050).0, Bearer::Is(_)) && matches!(asks(1_050).0, Bearer::Hasty(_)));
        assert!(matches!(tokens.bearer("all", &plan, at(1_050), false).0, Bearer::Is(_)), "who is there stays");
        assert!(asks(61_001).1.is_some());
    }

    #[test]
    fn a_token_is_said_in_its_header_and_a_screen_s_in_its_cookie() {
        let headers = |name: &'static str, value: &str| {
            HeaderMap::from_iter([(name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap())])
        };
        let of = |name, value: &str| said(&headers(name, value), "screen").map(str::to_owned);
        assert_eq!(of("authorization", "Bearer stw_1").as_deref(), Some("stw_1"));
        assert_eq!(of("authorization", "bearer  stw_1").as_deref(), Some("stw_1"));
        assert_eq!(of("authorization", "Basic stw_1").as_deref(), Some(""), "a wrong one, not none");
        assert_eq!(of("cookie", "a=b; screen=stw_2").as_deref(), Some("stw_2"));
        assert_eq!(of("cookie", "a=b"), None);
    }
}
