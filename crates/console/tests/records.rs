//! Calls that are over: who finds which, page by page, and what the story of one tells whom.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use call::cdr::{CallEvent, CallEventKind, CallRecord, Entry, Outcome};
use console::access::proof;
use control::{Pass, Verb};
use desk::{event, happened, record};
use ledger::{Item, Name};
use serde_json::Value;
use stand::{Made, Stand, until};
use std::path::Path;
use terms::{AgentId, CallRef, QueueId, Wall};

const PLAN: &str = "[office]\nzone = \"Europe/Sofia\"\n\
    [[agent]]\nname = \"alice\"\nteam = \"north\"\ndevices = []\n[[agent]]\nname = \"bob\"\nteam = \"south\"\ndevices = []\n\
    [[queue]]\nname = \"support\"\nagents = [\"alice\"]\n[[queue]]\nname = \"sales\"\nagents = [\"bob\"]\n";

/// Of one queue each, and one of everything.
const TOKENS: [(&str, &[&str]); 3] = [("stw_all", &[]), ("stw_support", &["support"]), ("stw_sales", &["sales"])];

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

fn body(answer: &str) -> Value {
    serde_json::from_str(answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)).unwrap()
}

/// Calls 1, 3, 5 of support, which alice took; 2, 4, 6 of sales, which bob took. Call 6 came to support before.
fn past() -> Vec<Item> {
    let names = [Name::agent("alice"), Name::agent("bob"), Name::queue("support"), Name::queue("sales")];
    let mut items: Vec<Item> = names.into_iter().map(|name| Item::Name(Box::new(name))).collect();
    for n in 1..=6_u64 {
        let (queue, agent) = if n % 2 == 1 { ("support", "alice") } else { ("sales", "bob") };
        let outcome = if n == 3 { Outcome::Abandoned } else { Outcome::Answered };
        items.push(happened(Entry::Opened(record(n, Outcome::Open))));
        let before = (n == 6).then(|| happening(n, "support", "alice"));
        items.extend(before.into_iter().chain([happening(n, queue, agent)]).map(|it| happened(Entry::Event(it))));
        let of = (Some(QueueId::of(queue)), Some(AgentId::of(agent)));
        let caller = format!("+4420794600{n:02}").as_str().into();
        let (caller, talked_ms) = (caller, 10_000 * n);
        let closed = CallRecord { queue: of.0, agent: of.1, caller, talked_ms, held_ms: 0, ..*record(n, outcome) };
        items.push(happened(Entry::Closed(Box::new(closed))));
    }
    items.push(happened(Entry::Opened(record(7, Outcome::Open))));
    items
}

fn happening(call: u64, queue: &str, agent: &str) -> CallEvent {
    let (queue, agent) = (Some(QueueId::of(queue)), Some(AgentId::of(agent)));
    CallEvent { queue, agent, at: Wall::from_millis(1_500), ..event(call, CallEventKind::Picked) }
}

/// A switch with that past, and its tokens.
fn open(folder: &Path) -> Stand {
    let mut stand = Stand::made(folder, Made { plan: Some(PLAN), ..Made::default() });
    stand.desk.push_all(past());
    for (token, queues) in TOKENS {
        let queues = queues.iter().map(|queue| (*queue).to_owned()).collect();
        let pass = Pass { roles: vec!["auditor".into()], queues, ..Pass::default() };
        stand.order(Verb::Token { name: token.into(), proof: proof(token), pass });
    }
    until("the past is posted", || {
        status(&get(&stand, "stw_sales", "?limit=1")) == "200" && found(&stand, "stw_all", "").len() == 6
    });
    stand
}

fn get(stand: &Stand, token: &str, rest: &str) -> String {
    stand.ask(&format!("GET /api/v1/records{rest}"), &format!("Authorization: Bearer {token}\r\n"))
}

/// The calls that somebody finds.
fn found(stand: &Stand, token: &str, rest: &str) -> Vec<String> {
    calls(&body(&get(stand, token, rest)))
}

fn calls(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["call"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn whoever_looks_finds_the_calls_of_his_queues_and_learns_nothing_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    assert_eq!(found(&stand, "stw_all", ""), ["c6", "c5", "c4", "c3", "c2", "c1"], "the newest first; none that runs");
    assert_eq!(found(&stand, "stw_support", ""), ["c5", "c3", "c1"]);
    assert_eq!(found(&stand, "stw_sales", ""), ["c6", "c4", "c2"]);
    for asked in ["?queue=sales", "?agent=bob", "?team=south", "?number=442079460002"] {
        assert_eq!(found(&stand, "stw_support", asked), [""; 0], "{asked}");
    }
    assert_eq!(found(&stand, "stw_sales", "?queue=support"), [""; 0], "c6 is its own, but not where it was before");
    let page = get(&stand, "stw_support", "");
    assert!(!page.contains("sales") && !page.contains("bob") && !page.contains("442079460002"), "{page}");
    assert_eq!(status(&get(&stand, "stw_support", "/c2")), "404", "what it may not see is not there");
    assert_eq!(status(&get(&stand, "stw_all", "/c7")), "404", "it runs");
    assert_eq!(status(&get(&stand, "stw_all", "/x")), "404");
    assert_eq!(status(&stand.ask("GET /api/v1/records", "")), "401");
    stand.close();
}

#[test]
fn calls_are_found_by_what_is_known_of_them_and_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    for (asked, wanted) in [
        ("?agent=alice", &["c5", "c3", "c1"][..]),
        ("?team=south&queue=sales", &["c6", "c4", "c2"]),
        ("?team=east", &[]),
        ("?queue=support", &["c6", "c5", "c3", "c1"]),
        ("?outcome=abandoned", &["c3"]),
        ("?number=%2B44+20+7946+00-04", &["c4"]),
        ("?talked_from=20&talked_to=40", &["c4", "c3", "c2"]),
        ("?from=1970-01-01T00:00:01.004Z", &["c6", "c5", "c4"]),
        ("?to=1970-01-01T00:00:01.004Z&number=", &["c3", "c2", "c1"]),
        ("?from=1970-01-02", &[]),
        ("?to=1970-01-01&limit=1", &["c6"]),
    ] {
        assert_eq!(found(&stand, "stw_all", asked), wanted, "{asked}");
    }
    let (mut all, mut after) = (vec![], String::new());
    loop {
        let page = body(&get(&stand, "stw_all", &format!("?limit=4&after={after}")));
        all.extend(calls(&page));
        let Some(next) = page["next"].as_str() else { break };
        next.clone_into(&mut after);
    }
    assert_eq!(all, ["c6", "c5", "c4", "c3", "c2", "c1"]);
    let refused = get(&stand, "stw_all", "?outcome=lost");
    assert!(status(&refused) == "400" && refused.contains("`outcome` is one of"), "{refused}");
    assert!(refused.contains("application/problem+json"), "{refused}");
    stand.close();
}

#[test]
fn a_story_tells_of_the_queues_that_its_reader_sees_alone() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    let told = |token| {
        let story = body(&get(&stand, token, "/c6"));
        let events = story["events"].as_array().unwrap();
        events.iter().map(|event| event["queue"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told("stw_all"), ["support", "sales"]);
    assert_eq!(told("stw_sales"), ["sales"]);
    let text = get(&stand, "stw_sales", "/c6");
    assert!(!text.contains("support") && !text.contains("alice"), "{text}");
    let story = body(&get(&stand, "stw_all", "/c6"));
    assert_eq!(story["record"]["talked_ms"], 60_000);
    assert_eq!((&story["events"][0]["type"], &story["events"][0]["after_ms"]), (&"contact.picked".into(), &494.into()));
    assert_eq!(story["record"]["call"], CallRef(6).to_string());
    stand.close();
}

#[test]
fn the_pages_show_what_their_reader_may_see_and_nothing_of_a_name_is_markup() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = open(folder.path());
    let strange = CallRecord { caller: "<img src=x onerror=y>".into(), ..*record(9, Outcome::Failed) };
    stand.desk.push(happened(Entry::Closed(Box::new(strange))));
    until("it is posted", || found(&stand, "stw_support", "").len() == 4);
    let page =
        |token: &str, path: &str| stand.ask(&format!("GET {path}"), &format!("Authorization: Bearer {token}\r\n"));
    let support = page("stw_support", "/calls");
    assert!(support.contains("/calls/c5") && support.contains("option value=\"support\""), "{support}");
    for unseen in ["/calls/c2", "sales", "bob", "442079460002", "<img src=x"] {
        assert!(!support.contains(unseen), "{unseen}: {support}");
    }
    assert!(support.contains("&lt;img src=x"));
    let first = page("stw_all", "/calls?number=4420&outcome=answered");
    let at = |call: &str| first.find(&format!("/calls/{call}\"")).unwrap_or_else(|| panic!("{call}: {first}"));
    assert!(at("c6") < at("c5") && at("c5") < at("c1"), "the newest first");
    assert!(first.contains("Times are those of Europe/Sofia") && first.contains(">1970-01-01 02:00:01<"), "{first}");
    assert!(
        first.contains("value=\"4420\"") && first.contains("value=\"answered\" selected"),
        "what was asked stands there"
    );
    let refused = page("stw_all", "/calls?talked_from=x");
    assert!(status(&refused) == "400" && refused.contains("“Talked at least (s)” cannot be read."), "{refused}");
    assert_eq!(status(&page("stw_support", "/calls/c2")), "404");
    let story = page("stw_sales", "/calls/c6");
    assert!(
        story.contains("was picked by an agent") && !story.contains("support") && !story.contains("alice"),
        "{story}"
    );
    stand.close();
}
