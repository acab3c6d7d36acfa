//! Tokens: what a program sees by one, what a screen on a wall does, and what becomes of who has a wrong one or asks too often.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use console::access::proof;
use control::{Pass, Verb};
use serde_json::Value;
use stand::{Made, Stand, until};

const TOKEN: &str = "stw_0123456789abcdef0123456789abcdef";

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

fn open(folder: &std::path::Path) -> Stand {
    Stand::made(folder, Made::default())
}

/// A token is made, and the console knows it.
fn make(stand: &mut Stand, name: &str, token: &str, pass: Pass) {
    stand.order(Verb::Token { name: name.into(), proof: proof(token), pass });
}

/// A token of long ago, as the account has it.
fn token(name: &str, token: &str) -> ledger::Token {
    let (asked, at) = ("operator:0".into(), terms::Wall::from_millis(1));
    ledger::Token { name: name.into(), proof: proof(token), pass: auditor(), asked, at, seen: None }
}

fn auditor() -> Pass {
    Pass { roles: vec!["auditor".into()], ..Pass::default() }
}

fn names(answer: &str) -> Vec<String> {
    let page: Value = serde_json::from_str(body(answer)).unwrap();
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_program_reads_by_its_token_what_that_is_for_until_it_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = open(folder.path());
    let get = |stand: &Stand, token: &str| stand.ask("GET /api/v1/queues", &bearer(token));
    assert_eq!(status(&get(&stand, TOKEN)), "401");
    make(&mut stand, "crm", TOKEN, auditor());
    make(&mut stand, "support", "stw_support", Pass { queues: vec!["support".into()], ..auditor() });
    until("the tokens are known", || status(&get(&stand, "stw_support")) == "200");
    assert_eq!(names(&get(&stand, TOKEN)), ["sales", "support"]);
    assert_eq!(names(&get(&stand, "stw_support")), ["support"]);
    let unseen = stand.ask("GET /api/v1/queues/sales", &bearer("stw_support"));
    assert_eq!(status(&unseen), "404", "what it may not see is not there");
    let as_sse = stand.send("GET /api/v1/events", &bearer(TOKEN));
    let mut begin = [0; 15];
    std::io::Read::read_exact(&mut &as_sse, &mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    for wrong in ["", "stw_", &TOKEN[1..], &proof(TOKEN), "\u{e9}"] {
        assert_eq!(status(&get(&stand, wrong)), "401", "{wrong}");
    }
    let in_the_address = stand.ask(&format!("GET /api/v1/queues?token={TOKEN}&access_token={TOKEN}"), "");
    assert_eq!(status(&in_the_address), "401", "addresses are in logs");
    stand.order(Verb::RevokeToken { name: "crm".into() });
    until("it is void", || status(&get(&stand, TOKEN)) == "401");
    stand.close();
}

#[test]
fn a_screen_shows_its_board_and_nothing_else_and_says_nothing_of_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = open(folder.path());
    make(&mut stand, "wall", TOKEN, Pass { board: Some("main".into()), ..Pass::default() });
    let link = format!("GET /d/{TOKEN}");
    until("the link is good", || status(&stand.ask(&link, "")) == "303");
    let answer = stand.ask(&link, "");
    assert!(answer.contains("\r\nlocation: /board/main\r\n"), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; Max-Age="), "{cookie}");
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    assert_eq!(status(&stand.ask("GET /board/main", &cookie)), "200");
    let others = [
        "/",
        "/floor",
        "/board/hall",
        "/board/main/x",
        "/api/v1/queues",
        "/api/v1/calls",
        "/api/v1/events",
        "/api/v1/boards",
    ];
    for path in others {
        assert_eq!(status(&stand.ask(&format!("GET {path}"), &cookie)), "404", "{path}");
    }
    let mut frames = stand.socket_of("/api/v1/live", &format!("http://{}", stand.address), &cookie).unwrap();
    let first: Value = serde_json::from_str(&frames.next()).unwrap();
    assert_eq!(first["boards"].as_array().map(Vec::len), Some(1), "{first}");
    for hidden in ["queues", "agents", "calls", "ended"] {
        assert!(first.get(hidden).is_none(), "{hidden}: {first}");
    }
    assert_eq!(status(&stand.ask("GET /d/stw_wrong", "")), "403");
    stand.close();
}

#[test]
fn who_asks_too_often_or_with_too_many_wrong_ones_is_told_how_long_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = open(folder.path());
    make(&mut stand, "crm", TOKEN, auditor());
    make(&mut stand, "other", "stw_other", auditor());
    until("it is known", || status(&stand.ask("GET /api/v1/boards", &bearer(TOKEN))) == "200");
    let answers: Vec<String> = (0..400).map(|_| stand.ask("GET /api/v1/boards", &bearer(TOKEN))).collect();
    let held = answers.iter().find(|answer| status(answer) == "429").expect("somewhere it is too much");
    assert!(held.contains("\r\nretry-after: 1\r\n") && body(held).contains("too-many-requests"), "{held}");
    assert!(answers.iter().all(|answer| ["200", "429"].contains(&status(answer))));
    let wrong: Vec<String> =
        (0..30).map(|nth| stand.ask("GET /api/v1/boards", &bearer(&format!("stw_{nth}")))).collect();
    assert!(wrong[..5].iter().all(|answer| status(answer) == "401"), "people mistype");
    assert!(wrong[20..].iter().any(|answer| status(answer) == "429" && answer.contains("\r\nretry-after: ")));
    let good = stand.ask("GET /api/v1/boards", &bearer("stw_other"));
    assert_eq!(status(&good), "200", "a good one is good all the same");
    stand.close();
}

#[test]
fn who_is_out_while_the_console_misses_records_is_out_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::made(folder.path(), Made { room: 8, plan: Some(stand::GUEST), ..Made::default() });
    let tell = |stand: &mut Stand, access| stand.desk.push(ledger::Item::Access(Box::new(access)));
    let began = terms::Wall::from_millis(stand::now().wall.as_millis() - 120_000);
    let session =
        ledger::Session { proof: proof("cookie"), user: "guest".into(), began, seen: began, browser: "".into() };
    tell(&mut stand, ledger::Access::Session(session));
    tell(&mut stand, ledger::Access::Token(token("crm", TOKEN)));
    tell(&mut stand, ledger::Access::Token(token("other", "stw_other")));
    stand.close();

    let mut stand = Stand::made(folder.path(), Made { room: 8, plan: Some(stand::GUEST), ..Made::default() });
    let cookie = format!("Cookie: strowger-user-{}=cookie\r\n", stand.address.port());
    let by = |stand: &Stand, headers: &str| status(&stand.ask("GET /api/v1/queues", headers)).to_owned();
    until("all are in", || [&*cookie, &bearer(TOKEN), &bearer("stw_other")].iter().all(|it| by(&stand, it) == "200"));
    // The account is told of all of it, the console only that it was too slow.
    tell(&mut stand, ledger::Access::Revoked("crm".into()));
    tell(&mut stand, ledger::Access::Locked("guest".into()));
    stand.order(Verb::RevokeToken { name: "crm".into() });
    stand.order(Verb::LockOut { user: "guest".into() });
    (0..200).for_each(|_| stand.order(Verb::Lift { source: "all".into() }));
    until("the token is void", || by(&stand, &bearer(TOKEN)) == "401");
    until("the user is out", || by(&stand, &cookie) == "401");
    assert_eq!(by(&stand, &bearer("stw_other")), "200", "others stay");
    stand.close();
}

#[test]
fn tokens_are_there_after_a_restart_and_the_account_has_their_hash_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = open(folder.path());
    stand.desk.push(ledger::Item::Access(Box::new(ledger::Access::Token(token("crm", TOKEN)))));
    stand.close();
    let stand = open(folder.path());
    assert_eq!(status(&stand.ask("GET /api/v1/queues", &bearer(TOKEN))), "200");
    let used = || stand.desk.runtime.block_on(stand.desk.reader.tokens()).unwrap();
    until("the account hears that it was used", || used()[0].seen.is_some());
    assert_eq!(used()[0].asked, "operator:0");
    stand.close();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()));
    }
}
