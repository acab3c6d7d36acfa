//! Users, the browsers in which somebody is, tokens and the audit. Who may look is asked of the one table of rights; what is
//! done is a command like others, but that its secret is made here and told once.

use super::lists::json;
use super::orders::take::sent;
use crate::Console;
use crate::access::users::{Outside, Users, change};
use crate::access::{Secret, Viewer, proof, set_cookie};
use crate::pages::sign_in::guest;
use crate::serve::Peer;
use crate::switch::Why;
use crate::wire::people::{AuditLine, Few, Secretly, SessionState, TokenState, UserState, place, placed};
use crate::wire::problem::{Kind, Problem};
use crate::wire::time;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use control::{Command, Deed, Pass, Reply, Verb, everywhere};
use ledger::AuditFilter;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Wall, Word as _};

/// Entries of a page of the audit.
const ENTRIES: u32 = 100;
/// Letters of what is random in a token: 128 bits.
const RANDOM: usize = 32;
const DAY: i64 = 86_400_000;

type Shared = State<Arc<Console>>;

/// Whether somebody may look at the switch as a whole in this way.
pub fn may(viewer: &Viewer, deed: Deed) -> bool {
    viewer.sight.is_everything() && viewer.roles.iter().any(|role| everywhere(*role, deed))
}

fn ask(viewer: &Viewer, deed: Deed) -> Result<(), Problem> {
    if may(viewer, deed) { Ok(()) } else { Err(Kind::NOT_ALLOWED.into()) }
}

fn users(console: &Console) -> Result<&Arc<Users>, Problem> {
    console.access.users.as_ref().ok_or_else(|| Kind::NOT_READY.into())
}

fn away(_: ledger::Error) -> Problem {
    Kind::NOT_READY.into()
}

pub async fn list(State(console): Shared, Extension(viewer): Extension<Viewer>) -> Result<Response, Problem> {
    ask(&viewer, Deed::SeeUsers)?;
    let users = users(&console)?;
    let passwords: BTreeMap<String, Wall> = users.passwords().await.map_err(away)?.into_iter().collect();
    let now = console.hub.switch.now().wall;
    let line = |user: &dialplan::User, plan: &dialplan::Plan| {
        let (sessions, seen) = users.sessions_count(&user.name, now);
        UserState {
            user: user.name.clone(),
            roles: user.roles.iter().map(|role| role.word()).collect(),
            agent: user.agent.and_then(|agent| plan.agent(agent)).map(|agent| agent.name.clone()),
            password_since: passwords.get(&user.name).copied().map(time),
            sessions,
            seen: seen.map(time),
        }
    };
    let items = console.hub.mirror(|mirror, _| {
        let plan = mirror.plan();
        plan.users.iter().map(|user| line(user, plan)).collect::<Vec<_>>()
    });
    Ok(json(&Few { items: items.ok_or(Kind::NOT_READY)?, next: None }))
}

/// What a body says.
fn body<T: serde::de::DeserializeOwned>(said: Result<Bytes, BytesRejection>) -> Result<T, Problem> {
    let said = said.map_err(|_| Problem::from(Kind::TOO_LARGE))?;
    serde_json::from_slice(&said).map_err(|error| Problem::because(Kind::BAD_BODY, error.to_string()))
}

/// Does it, in the name of whoever asks.
async fn order(console: &Console, viewer: &Viewer, what: Verb) -> Result<String, Problem> {
    let receipt = sent(console, Command { id: None, by: viewer.actor(), what }).await?;
    match receipt.reply {
        Reply::Done(said) => Ok(said),
        Reply::Refused(words) if receipt.why == Why::Denied => Err(Problem::because(Kind::NOT_ALLOWED, words)),
        Reply::Refused(words) => Err(Problem::because(Kind::REFUSED, words)),
    }
}

/// A link by which a user chooses a password: it is told once.
pub async fn invite(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    let secret = Secret::new().ok_or(Kind::NOT_READY)?;
    let said = order(&console, &viewer, Verb::Invite { user, proof: secret.proof() }).await?;
    Ok(json(&Secretly { secret: None, path: Some(format!("/join/{}", secret.reveal())), said }))
}

pub async fn tokens(State(console): Shared, Extension(viewer): Extension<Viewer>) -> Result<Response, Problem> {
    ask(&viewer, Deed::SeeUsers)?;
    let all = users(&console)?.kept_tokens().await.map_err(away)?;
    Ok(json(&Few { items: all.into_iter().map(TokenState::from).collect(), next: None }))
}

/// What a token shall be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is called; one of this name that there is already is void.
    token: String,
    /// `supervisor` or `auditor`; none for a screen.
    #[serde(default)]
    roles: Vec<String>,
    /// The queues that are seen; none: all.
    #[serde(default)]
    queues: Vec<String>,
    /// The board that a screen shows.
    board: Option<String>,
    /// For how many days it is good; without it, until it is revoked.
    #[schema(maximum = 65535)]
    days: Option<u16>,
}

pub async fn make_token(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    said: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let new: NewToken = body(said)?;
    let random = Secret::new().ok_or(Kind::NOT_READY)?;
    let secret = format!("stw_{}", random.reveal().get(..RANDOM).unwrap_or_default());
    let now = console.hub.switch.now().wall.as_millis();
    let until = new.days.map(|days| Wall::from_millis(now + i64::from(days) * DAY));
    let is_screen = new.board.is_some();
    let pass = Pass { roles: new.roles, queues: new.queues, board: new.board, until };
    let said = order(&console, &viewer, Verb::Token { name: new.token, proof: proof(&secret), pass }).await?;
    let path = is_screen.then(|| format!("/d/{secret}"));
    Ok(json(&Secretly { secret: (!is_screen).then_some(secret), path, said }))
}

/// Which entries of the audit.
#[derive(Default, Deserialize)]
pub struct Entries {
    by: Option<String>,
    after: Option<String>,
}

pub async fn audit(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    asked: Result<Query<Entries>, QueryRejection>,
) -> Result<Response, Problem> {
    ask(&viewer, Deed::SeeAudit)?;
    let Query(asked) = asked.map_err(|error| Problem::because(Kind::BAD_PARAMETER, error.body_text()))?;
    let bad = || Problem::because(Kind::BAD_PARAMETER, "`after` is `next` of the page before");
    let from = asked.after.as_deref().map(|text| placed(text).ok_or_else(bad)).transpose()?;
    let read = from.map_or(0, |(_, read)| read);
    let before = from.map(|(at, _)| Wall::from_millis(at.as_millis().saturating_add(1)));
    let filter = AuditFilter { by: asked.by, before, ..AuditFilter::default() };
    let limit = ENTRIES.saturating_add(u32::try_from(read).unwrap_or(u32::MAX));
    let all = users(&console)?.audit(&filter, limit.saturating_add(1)).await.map_err(away)?;
    let more = all.len() > limit as usize;
    let shown: Vec<_> = all.into_iter().take(limit as usize).collect();
    let last = shown.last().map(|entry| (entry.at, shown.iter().filter(|other| other.at == entry.at).count()));
    let next = last.filter(|_| more).map(|(at, of_it)| place(at, of_it));
    Ok(json(&Few { items: shown.into_iter().skip(read).map(AuditLine::from).collect(), next }))
}

pub async fn sessions(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let here = console.access.cookie(&headers, peer.secure).map(proof);
    let all = users(&console)?.sessions_of(&viewer.name, console.hub.switch.now().wall);
    let state = |session: &ledger::Session| SessionState {
        session: change::id(session).to_owned(),
        here: here.as_ref() == Some(&session.proof),
        began: time(session.began),
        seen: time(session.seen),
        browser: session.browser.clone(),
    };
    Ok(json(&Few { items: all.iter().map(state).collect(), next: None }))
}

/// One of his own ends.
pub async fn end_session(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Extension(peer): Extension<Peer>,
    Path(session): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = console.hub.switch.now().wall;
    match users(&console)?.end_session(&viewer.name, &session, guest(peer, &headers), now).await {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(Kind::NOT_FOUND.into()),
    }
}

/// The password that somebody has, and the one that he wants.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// The one that he has.
    old: String,
    /// The one that he wants.
    #[schema(min_length = 10, max_length = 256)]
    new: String,
}

pub async fn password(
    State(console): Shared,
    Extension(viewer): Extension<Viewer>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    said: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let said: Passwords = body(said)?;
    let users = users(&console)?;
    let now = console.hub.switch.now();
    // Who comes by a token, or by the link of a demonstration, has no password.
    if users.sessions_of(&viewer.name, now.wall).is_empty() {
        return Err(Kind::NOT_ALLOWED.into());
    }
    let changed = users.change(&viewer.name, (said.old, said.new), guest(peer, &headers), now).await;
    let session = changed.map_err(|outside| match outside {
        Outside::Wrong | Outside::Void => Problem::from(Kind::WRONG_PASSWORD),
        Outside::Wait(_) => Kind::TOO_MANY.into(),
        Outside::Unfit => Problem::because(Kind::BAD_BODY, "a password has 10 to 256 characters"),
        Outside::Away => Kind::NOT_READY.into(),
    })?;
    let cookie = set_cookie(console.access.cookie_name(), session.reveal(), peer.secure, "");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Problem::from(Kind::NOT_READY))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
