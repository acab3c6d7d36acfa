//! `strowger token`: what lets programs and screens on walls look. A token is made here, and shown once: the switch learns
//! its hash alone.

use super::client;
use super::user::{hex, pages};
use super::which::Switch;
use crate::admin::table;
use crate::admin::wire::Reply;
use crate::files;
use crate::terminal::{say, wall_time};
use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use control::{Pass, Verb};
use ledger::{Reader, Token};
use sha2::{Digest as _, Sha256};
use terms::Wall;

/// What may be done with tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TokenVerb {
    /// Makes one, and shows it: it is never shown again.
    Create,
    /// Shows what they are good for, and when they were used.
    List,
    /// Makes one void, at once.
    Revoke,
}

/// What may be said to `strowger token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// What shall be done.
    verb: TokenVerb,
    /// What it is called.
    name: Option<String>,
    /// For create: what its bearer is, `supervisor` or `auditor`; may be said twice.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// For create: a queue that he sees; may be said several times. Without it, everything.
    #[arg(long = "queue", value_name = "NAME")]
    queues: Vec<String>,
    /// For create: a screen on a wall, that shows this board and nothing else.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["roles", "queues"])]
    board: Option<String>,
    /// For create: the day on which it ends, such as 2027-06-30; without it, when it is revoked.
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<Wall>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    switch: Switch,
}

/// The beginning of a day, on this machine.
pub(super) fn day(text: &str) -> Result<Wall, String> {
    let date: jiff::civil::Date = text.parse().map_err(|_| format!("{text:?} is no day like 2027-06-30"))?;
    let begin = date.to_zoned(jiff::tz::TimeZone::system()).map_err(|error| error.to_string())?;
    Ok(Wall::from_millis(begin.timestamp().as_millisecond()))
}

/// Does it.
pub fn token(args: TokenArgs) -> anyhow::Result<()> {
    let TokenArgs { verb, name, roles, queues, board, until, json, switch } = args;
    let says_what = !roles.is_empty() || !queues.is_empty() || board.is_some() || until.is_some();
    ensure!(verb == TokenVerb::Create || !says_what, "only `token create` is told what a token is good for");
    let named = |verb: &str| name.clone().with_context(|| format!("which? strowger token {verb} NAME"));
    match verb {
        TokenVerb::List => list(&switch, json),
        TokenVerb::Revoke => client::ask(&switch.control()?, Verb::RevokeToken { name: named("revoke")? }),
        TokenVerb::Create => {
            let name = name.clone().or_else(|| board.clone()).context("which? strowger token create NAME")?;
            create(&switch, name, Pass { roles, queues, board, until })
        }
    }
}

fn create(switch: &Switch, name: String, pass: Pass) -> anyhow::Result<()> {
    let mut secret = [0_u8; 16];
    getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    let secret = format!("stw_{}", hex(&secret));
    let proof = hex(&Sha256::digest(secret.as_bytes()));
    let is_screen = pass.board.is_some();
    match client::order(&switch.control()?, Verb::Token { name, proof, pass })? {
        Reply::Done(words) if is_screen => {
            let pages = pages(switch.config.as_deref());
            say(&format!("{words}. Open this on the screen; it is not shown again:\n  {pages}/d/{secret}\n"))
        }
        Reply::Done(words) => say(&format!("{words}. It is not shown again:\n  {secret}\n")),
        Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    }
}

fn list(switch: &Switch, json: bool) -> anyhow::Result<()> {
    let places = files::Places::find(switch.config.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tokens = runtime.block_on(async { anyhow::Ok(Reader::open(&places.database).await?.tokens().await?) })?;
    match json {
        true => {
            let lines: Vec<_> = tokens.iter().map(without_proof).collect();
            say(&format!("{}\n", serde_json::to_string_pretty(&lines)?))
        }
        false => say(&text(&tokens)),
    }
}

fn without_proof(token: &Token) -> serde_json::Value {
    let Token { name, pass, asked, at, seen, .. } = token;
    serde_json::json!({ "name": name, "pass": pass, "asked": asked, "at": at, "seen": seen })
}

fn text(tokens: &[Token]) -> String {
    if tokens.is_empty() {
        return "there is no token: strowger token create NAME --role auditor\n".into();
    }
    let heads = [("token", false), ("is", false), ("sees", false), ("until", false), ("used", false), ("by", false)];
    let row = |Token { name, pass, asked, seen, .. }: &Token| {
        let (is, sees) = match &pass.board {
            Some(board) => ("screen".to_owned(), format!("board {board}")),
            None if pass.queues.is_empty() => (pass.roles.join(", "), "everything".to_owned()),
            None => (pass.roles.join(", "), pass.queues.join(", ")),
        };
        let time = |at: Option<Wall>, none: &str| at.map_or_else(|| none.to_owned(), |at| wall_time(at.as_millis()));
        vec![name.clone(), is, sees, time(pass.until, "no end"), time(*seen, "never"), asked.clone()]
    };
    table::columns(&heads, &tokens.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_shown_with_what_they_are_good_for_and_never_with_themselves() {
        let token = |name: &str, pass: Pass| Token {
            name: name.into(),
            proof: "00ff".repeat(16),
            pass,
            asked: "operator:0".into(),
            at: Wall::from_millis(0),
            seen: None,
        };
        let board = Pass { board: Some("hall".into()), ..Pass::default() };
        let of =
            Pass { roles: vec!["auditor".into()], queues: vec!["sales".into(), "support".into()], ..Pass::default() };
        let tokens = [token("crm", of), token("wall", board)];
        let expected = "\
token  is       sees            until   used   by
crm    auditor  sales, support  no end  never  operator:0
wall   screen   board hall      no end  never  operator:0
";
        assert_eq!(text(&tokens), expected);
        assert!(!without_proof(&tokens[0]).to_string().contains("00ff"));
        assert!(text(&[]).contains("token create"));
    }

    #[test]
    fn a_token_ends_on_a_day() {
        assert!(day("2027-06-30").is_ok_and(|at| at.as_millis() > 1_813_000_000_000));
        assert!(day("tomorrow").is_err() && day("2027-02-30").is_err());
    }
}
