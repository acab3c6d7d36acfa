//! What somebody tries who wants to be somebody else: a session that was planted, another name, a body without an end, a path
//! that leads out, and what comes from a page of another site.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use console::access::proof;
use ledger::{Access, Invitation, Item};
use stand::{Made, Stand, until};
use std::time::{Duration, Instant};
use terms::Wall;

const PLAN: &str = "[[agent]]\nname = \"alice\"\ndevices = []\n[[queue]]\nname = \"support\"\nagents = [\"alice\"]\n\
                    [[queue]]\nname = \"sales\"\nagents = []\n[[user]]\nname = \"alice\"\nroles = [\"agent\"]\n";
const WORDS: &str = "four+words+of+mine";

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

fn post(stand: &Stand, path: &str, headers: &str, body: &str) -> String {
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let length = body.len();
    let mut stream = stand
        .send(&format!("POST {path}"), &format!("{form}{headers}Connection: close\r\nContent-Length: {length}\r\n"));
    // A body that is refused by its length is not read to its end: what does not go out any more is no fault.
    let _ = std::io::Write::write_all(&mut stream, body.as_bytes());
    let mut text = String::new();
    let _ = std::io::Read::read_to_string(&mut stream, &mut text);
    text
}

/// A console whose user alice has chosen her password; her cookie.
fn with_alice(folder: &std::path::Path) -> (Stand, String) {
    let mut stand = Stand::made(folder, Made { plan: Some(PLAN), ..Made::default() });
    let (at, until_) = (Wall::from_millis(1), Wall::from_millis(i64::MAX));
    let link = Invitation { proof: proof("link"), user: "alice".into(), asked: "x".into(), at, until: until_ };
    stand.desk.push(Item::Access(Box::new(Access::Invited(link))));
    until("the account has the link", || status(&stand.ask("GET /join/link", "")) == "200");
    let planted = format!("Cookie: strowger-user-{}=planted\r\n", stand.address.port());
    let chosen = post(&stand, "/join/link", &planted, &format!("password={WORDS}&again={WORDS}"));
    assert_eq!(status(&chosen), "303", "{chosen}");
    let cookie = cookie(&chosen);
    (stand, cookie)
}

fn cookie(answer: &str) -> String {
    let line = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect(answer);
    line.split(';').next().unwrap().to_owned()
}

#[test]
fn a_session_that_somebody_has_planted_never_becomes_anybodys() {
    let folder = tempfile::tempdir().unwrap();
    let (stand, first) = with_alice(folder.path());
    let name = format!("strowger-user-{}", stand.address.port());
    assert!(first.starts_with(&name) && !first.contains("planted"), "{first}");
    let planted = format!("Cookie: {name}=planted\r\n");
    let second = cookie(&post(&stand, "/login", &planted, &format!("user=alice&password={WORDS}")));
    assert!(second != first && !second.contains("planted"), "each log-in has a session of its own");
    assert_eq!(status(&stand.ask("GET /api/v1/queues", &planted)), "401");
    for good in [&first, &second] {
        assert_eq!(status(&stand.ask("GET /api/v1/queues", &format!("Cookie: {good}\r\n"))), "200");
    }
    let out = post(&stand, "/logout", &format!("Cookie: {second}\r\n"), "");
    assert_eq!(status(&out), "303");
    assert_eq!(status(&stand.ask("GET /api/v1/queues", &format!("Cookie: {second}\r\n"))), "401");
    stand.close();
}

#[test]
fn a_name_that_nobody_has_is_answered_like_one_that_somebody_has_and_takes_as_long() {
    let folder = tempfile::tempdir().unwrap();
    let (stand, _) = with_alice(folder.path());
    let try_as = |name: &str| {
        let begun = Instant::now();
        let answer = post(&stand, "/login", "", &format!("user={name}&password=wrong+words"));
        let lines: Vec<&str> = answer.lines().filter(|line| !line.starts_with("date:")).collect();
        (begun.elapsed(), lines.join("\n").replace(name, "NAME"))
    };
    let warm = try_as("warm");
    assert!(warm.1.contains("401"));
    // The best of some, by turns: others may keep the machine busy.
    let pairs = ["bob", "carol", "dave"].map(|nobody| (try_as("alice").0, try_as(nobody).0));
    let (known, unknown) = (pairs.map(|pair| pair.0).into_iter().min(), pairs.map(|pair| pair.1).into_iter().min());
    let (known, unknown) = (known.unwrap(), unknown.unwrap());
    assert!(unknown > known / 5, "who is nobody is told so sooner: {unknown:?} against {known:?}");
    assert!(unknown > Duration::from_millis(5), "its password is looked at all the same: {unknown:?}");
    assert_eq!(try_as("alice").1, try_as("erica").1);
    stand.close();
}

#[test]
fn who_is_an_agent_finds_nothing_of_another_queue_at_any_address() {
    let folder = tempfile::tempdir().unwrap();
    let (stand, alice) = with_alice(folder.path());
    let get = |path: &str| stand.ask(&format!("GET {path}"), &format!("Cookie: {alice}\r\n"));
    for path in ["/api/v1/queues", "/api/v1/boards", "/api/v1/agents", "/api/v1/calls", "/api/v1/queues/support"] {
        let answer = get(path);
        assert!(status(&answer) == "200" && !answer.contains("sales"), "{path}: {answer}");
    }
    assert_eq!(status(&get("/api/v1/queues/sales")), "404");
    assert_eq!(
        get("/api/v1/queues/sales").len(),
        get("/api/v1/queues/nulls").len(),
        "and is not told that it is there"
    );
    stand.close();
}

#[test]
fn bodies_without_end_and_forms_of_other_sites_are_refused_and_paths_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (stand, alice) = with_alice(folder.path());
    let endless = format!("user=alice&password={}", "x".repeat(3 << 20));
    let refused = post(&stand, "/login", "", &endless);
    assert!(refused.is_empty() || matches!(status(&refused), "413" | "400" | "422"), "{}", status(&refused));
    for path in ["/login", "/logout", "/join/link"] {
        for from in ["Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n", "Origin: null\r\n"] {
            let answer = post(&stand, path, &format!("Cookie: {alice}\r\n{from}"), "user=alice&password=x");
            assert_eq!(status(&answer), "403", "{path} {from}");
        }
    }
    let cookie = format!("Cookie: {alice}\r\n");
    for path in
        ["/api/v1/../../floor", "/api/v1/%2e%2e/queues/sales", "/a/../console-key.pem", "//floor", "/floor/..;/x"]
    {
        assert_ne!(status(&stand.ask(&format!("GET {path}"), &cookie)), "200", "{path}");
    }
    assert_eq!(status(&stand.ask("GET /api/v1/queues", &cookie)), "200", "and she is still there");
    stand.close();
}
