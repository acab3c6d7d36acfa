//! Customers over HTTP: found, shown, changed and told apart, by whom they may be.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use call::cdr::{CallRecord, Entry, Outcome};
use console::access::proof;
use control::{Pass, Verb};
use ledger::customers::CustomerBook;
use ledger::{Item, Name};
use node::Happening;
use serde_json::{Value, json};
use stand::{Made, Stand, until};
use terms::Pii;

const PLAN: &str = "[customers]\nfields = [\"company\"]\n[[agent]]\nname = \"alice\"\ndevices = []\n[[queue]]\nname = \"support\"\n\
    agents = [\"alice\"]\n[[queue]]\nname = \"sales\"\nagents = []\n[[user]]\nname = \"guest\"\nroles = [\"supervisor\"]\n\
    supervises = \"all\"\n";
const NASTY: &str = "<img src=x onerror=alert(1)> \"Müller\"";

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

fn body(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or_default()
}

/// A caller, known or not, at his call's begin or end.
fn call(call: u64, outcome: Outcome, number: &str) -> Happening {
    let mut record: Box<CallRecord> = desk::record(call, outcome);
    record.caller = Pii::from(number);
    Happening::Call(if outcome == Outcome::Open { Entry::Opened(record) } else { Entry::Closed(record) })
}

fn open(folder: &std::path::Path) -> Stand {
    let mut stand = Stand::made(folder, Made { link: true, plan: Some(PLAN), ..Made::default() });
    let names = [Name::queue("support"), Name::agent("alice")];
    names.into_iter().for_each(|name| stand.desk.push(Item::Name(Box::new(name))));
    stand.happen(call(1, Outcome::Open, "+442079460001"));
    stand.happen(call(1, Outcome::Answered, "+442079460001"));
    stand.desk.settle();
    stand
}

#[test]
fn a_customer_is_found_and_changed_and_who_was_slower_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    let change = |tag: &str, body: &Value| {
        let tag = if tag.is_empty() { String::new() } else { format!("If-Match: {tag}\r\n") };
        stand.put("PATCH /api/v1/customers/1", &tag, &body.to_string())
    };
    let first = stand.get("/api/v1/customers/1");
    let has = |header: &str| first.to_lowercase().contains(header);
    assert!(has("etag: \"1\"") && has("cache-control: no-store"), "{first}");
    assert_eq!(body(&first)["customer"]["numbers"], json!(["+442079460001"]));
    assert_eq!(body(&first)["visits"][0]["queue"], json!("support"));
    let changed = change("\"1\"", &json!({ "name": NASTY, "fields": { "company": "Čuk" } }));
    assert_eq!((status(&changed), &body(&changed)["customer"]["name"]), ("200", &json!(NASTY)));
    let slower = change("\"1\"", &json!({ "name": "Miller" }));
    assert_eq!((status(&slower), &body(&slower)["code"]), ("412", &json!("changed-meanwhile")));
    assert_eq!(status(&change("x", &json!({}))), "412");
    for wrong in
        [json!({ "fields": { "age": "7" } }), json!({ "name": "x".repeat(201) }), json!({ "nme": "x" }), json!(7)]
    {
        assert_eq!(status(&change("", &wrong)), "422", "{wrong}");
    }
    for (text, found) in [("MULLER", 1), ("cuk", 1), ("946%200001", 1), ("", 1), ("Miller", 0), ("%25", 0)] {
        let answer = body(&stand.get(&format!("/api/v1/customers?search={text}")));
        assert_eq!(answer["items"].as_array().unwrap().len(), found, "{text}: {answer}");
    }
    let note = |who: &str, text: &str| {
        stand.put(&format!("POST /api/v1/customers/{who}/notes"), "", &json!({ "text": text }).to_string())
    };
    let noted = note("1", "calls again");
    assert_eq!(body(&noted)["notes"][0]["text"], json!("calls again"), "{noted}");
    assert_eq!(body(&noted)["notes"][0]["author"], json!("user:guest"));
    assert_eq!((status(&note("1", " ")), status(&note("1", &"x".repeat(4_001)))), ("422", "422"));
    assert_eq!(
        (status(&note("1", &"x".repeat(40_000))), status(&note("9", "x")), status(&note("x", "x"))),
        ("413", "404", "404")
    );
    stand.close();
}

#[test]
fn who_may_not_see_a_customer_does_not_find_him_and_an_auditor_sees_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = open(folder.path());
    for (token, role, queue) in
        [("stw_a", "auditor", "support"), ("stw_b", "auditor", "sales"), ("stw_c", "supervisor", "support")]
    {
        let pass = Pass { roles: vec![role.into()], queues: vec![queue.into()], ..Pass::default() };
        stand.order(Verb::Token { name: token.into(), proof: proof(token), pass });
    }
    let ask = |line: &str, token: &str| stand.ask(line, &format!("Authorization: Bearer {token}\r\n"));
    until("the tokens are known", || status(&ask("GET /api/v1/queues", "stw_c")) == "200");
    let seen = ask("GET /api/v1/customers/1", "stw_a");
    assert_eq!((status(&seen), &body(&seen)["customer"]["numbers"]), ("200", &json!(["***01"])), "{seen}");
    assert!(!seen.contains("2079460001"), "{seen}");
    assert_eq!(body(&ask("GET /api/v1/customers/1", "stw_c"))["customer"]["numbers"], json!(["+442079460001"]));
    assert_eq!(status(&ask("GET /api/v1/customers/1", "stw_b")), "404");
    assert_eq!(body(&ask("GET /api/v1/customers", "stw_b"))["items"], json!([]));
    assert_eq!(status(&ask("GET /api/v1/customers/1", "")), "401");
    stand.close();
}

#[test]
fn a_running_call_says_who_calls_and_of_several_one_is_picked() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = open(folder.path());
    let numbers = ["+442079460001", "+359888123456", "anonymous", "101"];
    for (nth, number) in numbers.into_iter().enumerate() {
        stand.happen(call(10 + nth as u64, Outcome::Open, number));
    }
    stand.desk.settle();
    let who = |stand: &Stand, call: u64| body(&stand.get(&format!("/api/v1/calls/c{call:x}/customers")));
    until("the calls are known", || who(&stand, 13)["who"] == json!("internal"));
    let known = who(&stand, 10);
    assert_eq!((&known["who"], known["cards"].as_array().unwrap().len()), (&json!("known"), 1), "{known}");
    assert_eq!((&who(&stand, 11)["who"], &who(&stand, 12)["who"]), (&json!("known"), &json!("withheld")));
    let mut book = stand.desk.runtime.block_on(CustomerBook::open(&stand.desk.reader)).unwrap();
    let other = stand.desk.runtime.block_on(book.add("Anna", "+442079460001")).unwrap();
    assert_eq!(who(&stand, 10)["who"], json!("several"));
    let pick = |call: u64, who: i64| {
        let line = format!("PUT /api/v1/calls/c{call:x}/customer");
        stand.put(&line, "", &json!({ "customer": who.to_string() }).to_string())
    };
    let picked = pick(10, other);
    assert_eq!((status(&picked), &body(&picked)["customer"]["name"]), ("200", &json!("Anna")), "{picked}");
    let named = desk::column(folder.path(), "SELECT CAST(customer AS TEXT) FROM calls WHERE call = 10");
    assert_eq!(named, [other.to_string()], "{picked}");
    assert_eq!((status(&pick(11, other)), status(&pick(99, other))), ("409", "404"));
    stand.close();
}
