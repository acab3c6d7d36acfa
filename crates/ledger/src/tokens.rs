//! Tokens, by which programs and screens on walls look. Of a token its SHA-256 comes here, and nothing else.

use crate::access::Proof;
use crate::{Reader, Result};
use control::Pass;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use terms::Wall;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What it is called.
    pub name: String,
    /// Of it.
    pub proof: Proof,
    /// What it is good for.
    pub pass: Pass,
    /// Who wanted it.
    pub asked: String,
    /// Since when there is it.
    pub at: Wall,
    /// When it was used last.
    #[serde(default)]
    pub seen: Option<Wall>,
}

const MADE: &str = "INSERT INTO tokens (name, proof, pass, asked, at) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (name) DO UPDATE SET proof = excluded.proof, pass = excluded.pass, asked = excluded.asked,
    at = excluded.at, seen = NULL WHERE proof <> excluded.proof";
const SEEN: &str = "UPDATE tokens SET seen = max(coalesce(seen, 0), ?2) WHERE proof = ?1";

pub(crate) async fn made(token: &Token, db: &mut SqliteConnection) -> Result<()> {
    let pass = serde_json::to_string(&token.pass)?;
    let sql = sqlx::query(MADE).bind(&token.name).bind(&token.proof).bind(pass).bind(&token.asked);
    sql.bind(token.at.as_millis()).execute(db).await?;
    Ok(())
}

pub(crate) async fn seen(proof: &str, at: Wall, db: &mut SqliteConnection) -> Result<()> {
    sqlx::query(SEEN).bind(proof).bind(at.as_millis()).execute(db).await?;
    Ok(())
}

pub(crate) async fn revoked(name: &str, db: &mut SqliteConnection) -> Result<()> {
    sqlx::query("DELETE FROM tokens WHERE name = ?1").bind(name).execute(db).await?;
    Ok(())
}

fn token(row: &SqliteRow) -> Result<Token> {
    let pass: String = row.try_get("pass")?;
    let seen: Option<i64> = row.try_get("seen")?;
    Ok(Token {
        name: row.try_get("name")?,
        proof: row.try_get("proof")?,
        pass: serde_json::from_str(&pass)?,
        asked: row.try_get("asked")?,
        at: Wall::from_millis(row.try_get("at")?),
        seen: seen.map(Wall::from_millis),
    })
}

impl Reader {
    /// All tokens, by their names.
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        let rows = sqlx::query("SELECT * FROM tokens ORDER BY name").fetch_all(self.pool()).await?;
        rows.iter().map(token).collect()
    }
}
