//! Commands over HTTP: who may, what fits, and that what comes again is not done again.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use control::{AgentWish, Reply, Verb};
use serde_json::Value;
use stand::{GUEST, Made, Stand};
use std::path::Path;

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

fn body(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn code(answer: &str) -> String {
    format!("{} {}", status(answer), body(answer)["code"].as_str().unwrap_or_default())
}

fn open(folder: &Path) -> Stand {
    Stand::made(folder, Made { link: true, plan: Some(GUEST), ..Made::default() })
}

const KEY: &str = "Idempotency-Key: k1\r\n";

#[test]
fn a_command_is_taken_as_the_user_s_own_and_answered_with_the_number_from_which_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    let answer = stand.put("PUT /api/v1/agents/alice/status", KEY, r#"{"status":"not_ready","reason":"lunch"}"#);
    assert_eq!(status(&answer), "202", "{answer}");
    let said = body(&answer);
    assert_eq!((said["command"].as_str(), said["said"].as_str()), (Some("k1"), Some("so be it")), "{answer}");
    assert!(said["sequence"].as_str().unwrap().starts_with("0-1-"), "{answer}");
    let [command] = &stand.commands()[..] else { panic!("one") };
    assert_eq!(command.by.to_string(), "user:guest");
    let lunch = Some("lunch".to_owned());
    assert_eq!(command.what, Verb::Agent { name: "alice".into(), status: AgentWish::Pause, reason: lunch });
    stand.says(Reply::Refused("somebody was first".into()));
    let answer = stand.put("PUT /api/v1/queues/sales/closed", "", "");
    assert_eq!(code(&answer), "409 refused");
    assert_eq!(body(&answer)["detail"].as_str(), Some("somebody was first"));
    let me = body(&stand.get("/api/v1/me"));
    assert_eq!((me["user"].as_str(), me["language"].as_str()), (Some("guest"), Some("en")), "{me}");
    stand.close();
}

#[test]
fn what_places_or_moves_a_call_has_a_name_and_is_done_once() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    let dial =
        |key: &str, to: &str| stand.put("POST /api/v1/calls", key, &format!(r#"{{"agent":"alice","to":"{to}"}}"#));
    assert_eq!(code(&dial("", "500")), "400 key-missing");
    assert_eq!(code(&dial("Idempotency-Key: a b\r\n", "500")), "400 bad-key");
    assert_eq!(code(&dial(&format!("Idempotency-Key: {}\r\n", "x".repeat(65)), "500")), "400 bad-key");
    assert_eq!(stand.commands().len(), 0);
    let (first, again) = (dial(KEY, "500"), dial(KEY, "500"));
    assert_eq!((status(&first), body(&first)), ("202", body(&again)));
    assert_eq!(stand.commands().len(), 1, "once");
    assert_eq!(code(&dial(KEY, "501")), "422 key-reused");
    for path in ["calls/c1000000003/transfer", "calls/c1000000003/consult", "agents/alice/pick", "pickups", "watches"] {
        let answer = stand.put(&format!("POST /api/v1/{path}"), "", "{}");
        assert_eq!(code(&answer), "400 key-missing", "{path}");
    }
    stand.close();
}

#[test]
fn a_body_that_does_not_fit_is_refused_with_what_is_wrong_and_reaches_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    let long = format!(r#"{{"status":"ready","reason":"{}"}}"#, "x".repeat(257));
    for (wrong, word) in [
        ("", "status"),
        ("[]", "object"),
        ("{", "EOF"),
        ("\u{0}\u{1}", "expected"),
        (r#"{"status":"busy"}"#, "one of ready, not_ready, logged_out"),
        (r#"{"status":1}"#, "one of"),
        (r#"{"status":"ready","reason":""}"#, "1 to 256"),
        (r#"{"status":"ready","by":"operator:0"}"#, "\"by\" is not known here"),
        (&long, "1 to 256"),
    ] {
        let answer = stand.put("PUT /api/v1/agents/alice/status", "", wrong);
        assert_eq!(code(&answer), "422 bad-body", "{wrong:.60}: {answer}");
        assert!(body(&answer)["detail"].as_str().unwrap().contains(word), "{word}: {answer}");
    }
    let answer = stand.put("PUT /api/v1/agents/alice/status", "", &"x".repeat(17_000));
    assert_eq!(code(&answer), "413 too-large");
    let deep = "[".repeat(10_000);
    assert_eq!(code(&stand.put("PUT /api/v1/agents/alice/status", "", &deep)), "422 bad-body");
    assert_eq!(stand.commands(), []);
    stand.close();
}

#[test]
fn who_is_not_there_is_not_found_and_a_call_that_does_not_run_neither() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    for path in ["PUT /api/v1/agents/mallory/status", "PUT /api/v1/agents/%ff/status"] {
        assert_eq!(code(&stand.put(path, "", r#"{"status":"ready"}"#)), "404 not-found", "{path}");
    }
    for path in ["PUT /api/v1/queues/nobody/closed", "DELETE /api/v1/queues/sales/agents/mallory"] {
        assert_eq!(code(&stand.put(path, "", "")), "404 not-found", "{path}");
    }
    for call in ["xyz", "c1000000003", "%00", "c99999999999999999999"] {
        stand.says(Reply::Refused("there is no such call".into()));
        let answer = stand.put(&format!("POST /api/v1/calls/{call}/hold"), "", "{}");
        assert_eq!(code(&answer), "404 not-found", "{call}");
    }
    let answer = stand.put("POST /api/v1/queues", "", "");
    assert_eq!(code(&answer), "405 no-such-method");
    stand.close();
}

#[test]
fn another_site_s_page_and_a_stranger_reach_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    for from in ["Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n", "Origin: http://evil.example\r\n"] {
        let answer = stand.put("PUT /api/v1/queues/sales/closed", from, "");
        assert_eq!(code(&answer), "403 other-site", "{from}");
    }
    let stranger = stand.ask("PUT /api/v1/queues/sales/closed", "Content-Length: 0\r\n");
    assert_eq!(status(&stranger), "401", "{stranger}");
    assert_eq!(stand.commands(), []);
    stand.close();
}

#[test]
fn what_an_agent_is_given_changes_only_as_it_was_seen_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    let answer = stand.get("/api/v1/agents/alice/given");
    let given = body(&answer);
    assert_eq!(given["queues"], serde_json::json!([{ "queue": "support", "tier": 1 }]), "{answer}");
    let mark = given["mark"].as_str().unwrap().to_owned();
    assert!(answer.to_lowercase().contains(&format!("etag: \"{mark}\"")), "{answer}");
    let seen = format!("If-Match: \"{mark}\"\r\n");
    assert_eq!(status(&stand.put("PUT /api/v1/queues/sales/agents/alice", &seen, "")), "202");
    assert_eq!(status(&stand.put("PATCH /api/v1/agents/alice/skills", &seen, r#"{"skills":{"french":3}}"#)), "202");
    assert_eq!(status(&stand.put("PUT /api/v1/queues/sales/agents/alice", "", "")), "202");
    let wanted: Vec<Verb> = stand.commands().into_iter().map(|command| command.what).collect();
    let (agent, skill) = (|| "alice".to_owned(), "french".to_owned());
    let join = control::Change::Join { agent: agent(), queue: "sales".into(), tier: 1 };
    let skill = control::Change::Skill { agent: agent(), skill, level: 3 };
    let given = |changes| Verb::Assign { agent: agent(), mark: mark.clone(), changes };
    assert_eq!(wanted, [given(vec![join.clone()]), given(vec![skill]), Verb::Change(join)]);
    assert_eq!(code(&stand.get("/api/v1/agents/mallory/given")), "404 not-found");
    stand.close();
}

#[test]
fn the_switch_as_a_whole_is_for_who_may_and_whoever_waits_can_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    for path in
        ["POST /api/v1/drain", "POST /api/v1/reload", "DELETE /api/v1/bans/all", "POST /api/v1/users/guest/lock_out"]
    {
        assert_eq!(code(&stand.put(path, "", "")), "403 not-allowed", "{path}");
    }
    assert_eq!(code(&stand.get("/api/v1/bans")), "403 not-allowed");
    assert_eq!(stand.commands(), []);
    assert_eq!(status(&stand.put("DELETE /api/v1/overlay/3", "", "")), "202");
    assert_eq!(status(&stand.put("POST /api/v1/contacts/w1000000007/prefer", "", "")), "202");
    let [drop, prefer] = &stand.commands()[..] else { panic!("two") };
    assert_eq!(drop.what, Verb::OverlayDrop { id: Some(3) });
    assert!(matches!(prefer.what, Verb::Prefer { .. }), "{prefer:?}");
    assert_eq!(code(&stand.get("/api/v1/contacts/nonsense/why")), "404 not-found");
    assert_eq!(body(&stand.get("/api/v1/overlay")), serde_json::json!({ "overlay": null }));
    stand.close();
}
