//! How users of the pages prove who they are: passwords, links to choose one, and sessions. No secret comes here: of a
//! password its argon2id hash, of what is in a link or a cookie its SHA-256.

use crate::audit::{self, SignIn};
use crate::looks::{self, Look};
use crate::tokens::{self, Token};
use crate::{Reader, Result};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use terms::Wall;

/// SHA-256 of a secret, in hexadecimal.
pub type Proof = String;

/// Something of it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// A link was made by which a user chooses a password.
    Invited(Invitation),
    /// A user has chosen a password: his links and sessions are void.
    Password {
        /// Who.
        user: String,
        /// `$argon2id$...`
        phc: String,
        /// When.
        at: Wall,
    },
    /// Somebody logged in. (Accounts of before say so, too, when his session was used again.)
    Session(Session),
    /// A session was used; one that is void stays void.
    Seen(Proof, Wall),
    /// A session ended.
    Ended(Proof),
    /// Somebody came, went, or did not get in.
    SignIn(SignIn),
    /// Somebody looked at something of people, or listened to it: whoever shows it keeps this first.
    Looked(Look),
    /// A token was made; one of its name is void.
    Token(Token),
    /// A token was used.
    TokenSeen(Proof, Wall),
    /// A token is void.
    Revoked(String),
    /// All that a user has is void: he is out until he is invited again.
    Locked(String),
}

/// A link by which a user chooses a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Of what is in it.
    pub proof: Proof,
    /// Whose.
    pub user: String,
    /// Who wanted it.
    pub asked: String,
    /// Since when.
    pub at: Wall,
    /// Until when it can be used.
    pub until: Wall,
}

/// A browser in which somebody is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Of its cookie.
    pub proof: Proof,
    /// Whose.
    pub user: String,
    /// Since when.
    pub began: Wall,
    /// When it was used last.
    pub seen: Wall,
    /// What the browser calls itself.
    pub browser: String,
}

/// Some of it, in a group, in the order in which it came.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Accesses(Vec<Access>);

const INVITED: &str = "INSERT INTO invitations (proof, user, asked, at, until) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (proof) DO NOTHING";
const PASSWORD: &str = "INSERT INTO passwords (user, phc, at) VALUES (?1, ?2, ?3)
    ON CONFLICT (user) DO UPDATE SET phc = excluded.phc, at = excluded.at";
const SESSION: &str = "INSERT INTO sessions (proof, user, began, seen, browser) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (proof) DO UPDATE SET seen = max(seen, excluded.seen)";
const SEEN: &str = "UPDATE sessions SET seen = max(seen, ?2) WHERE proof = ?1";
const ENDED: &str = "DELETE FROM sessions WHERE proof = ?1";
const VOID: [&str; 2] = ["DELETE FROM invitations WHERE user = ?1", "DELETE FROM sessions WHERE user = ?1"];
const FORGET: &str = "DELETE FROM passwords WHERE user = ?1";

impl Accesses {
    pub fn add(&mut self, access: Access) {
        self.0.push(access);
    }

    pub fn merge(&mut self, later: Accesses) {
        self.0.extend(later.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One after the other: there are few, and each may void what came before it.
    pub async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        for access in &self.0 {
            write(access, db).await?;
        }
        Ok(())
    }
}

async fn write(access: &Access, db: &mut SqliteConnection) -> Result<()> {
    match access {
        Access::Invited(link) => {
            let sql = sqlx::query(INVITED).bind(&link.proof).bind(&link.user).bind(&link.asked);
            sql.bind(link.at.as_millis()).bind(link.until.as_millis()).execute(db).await?;
        }
        Access::Password { user, phc, at } => {
            void(user, db).await?;
            sqlx::query(PASSWORD).bind(user).bind(phc).bind(at.as_millis()).execute(db).await?;
        }
        Access::Session(session) => {
            let sql = sqlx::query(SESSION).bind(&session.proof).bind(&session.user).bind(session.began.as_millis());
            sql.bind(session.seen.as_millis()).bind(&session.browser).execute(db).await?;
        }
        Access::Seen(proof, at) => _ = sqlx::query(SEEN).bind(proof).bind(at.as_millis()).execute(db).await?,
        Access::Ended(proof) => _ = sqlx::query(ENDED).bind(proof).execute(db).await?,
        Access::SignIn(entry) => audit::write(entry, db).await?,
        Access::Looked(look) => looks::write(look, db).await?,
        Access::Token(token) => tokens::made(token, db).await?,
        Access::TokenSeen(proof, at) => tokens::seen(proof, *at, db).await?,
        Access::Revoked(name) => tokens::revoked(name, db).await?,
        Access::Locked(user) => {
            void(user, db).await?;
            sqlx::query(FORGET).bind(user).execute(db).await?;
        }
    }
    Ok(())
}

async fn void(user: &str, db: &mut SqliteConnection) -> Result<()> {
    for sql in VOID {
        sqlx::query(sql).bind(user).execute(&mut *db).await?;
    }
    Ok(())
}

fn wall(row: &SqliteRow, column: &str) -> sqlx::Result<Wall> {
    Ok(Wall::from_millis(row.try_get(column)?))
}

fn session(row: &SqliteRow) -> Result<Session> {
    let (proof, user, browser) = (row.try_get("proof")?, row.try_get("user")?, row.try_get("browser")?);
    Ok(Session { proof, user, began: wall(row, "began")?, seen: wall(row, "seen")?, browser })
}

impl Reader {
    /// The link with this proof, used or not; whether its time is over is for the caller to see.
    pub async fn invitation(&self, proof: &str) -> Result<Option<Invitation>> {
        let row = sqlx::query("SELECT * FROM invitations WHERE proof = ?1").bind(proof);
        let Some(row) = row.fetch_optional(self.pool()).await? else { return Ok(None) };
        let (proof, user, asked) = (row.try_get("proof")?, row.try_get("user")?, row.try_get("asked")?);
        Ok(Some(Invitation { proof, user, asked, at: wall(&row, "at")?, until: wall(&row, "until")? }))
    }

    /// The password of a user, as argon2id has it.
    pub async fn password(&self, user: &str) -> Result<Option<String>> {
        let row = sqlx::query_scalar("SELECT phc FROM passwords WHERE user = ?1").bind(user);
        Ok(row.fetch_optional(self.pool()).await?)
    }

    /// Who has chosen a password, and when.
    pub async fn passwords(&self) -> Result<Vec<(String, Wall)>> {
        let rows = sqlx::query("SELECT user, at FROM passwords ORDER BY user").fetch_all(self.pool()).await?;
        rows.iter().map(|row| Ok((row.try_get("user")?, wall(row, "at")?))).collect()
    }

    /// The session of a cookie.
    pub async fn session(&self, proof: &str) -> Result<Option<Session>> {
        let row =
            sqlx::query("SELECT * FROM sessions WHERE proof = ?1").bind(proof).fetch_optional(self.pool()).await?;
        row.as_ref().map(session).transpose()
    }

    /// All sessions, the one that was used last first.
    pub async fn sessions(&self) -> Result<Vec<Session>> {
        let rows = sqlx::query("SELECT * FROM sessions ORDER BY seen DESC, proof").fetch_all(self.pool()).await?;
        rows.iter().map(session).collect()
    }
}
