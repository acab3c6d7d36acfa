//! Who comes in, and what is said to who does not; and what strangers send.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use serde_json::Value;
use stand::{Stand, TOKEN};
use std::io::{Read as _, Write as _};

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[test]
fn the_link_gives_a_cookie_that_scripts_do_not_see_and_the_cookie_lets_in() {
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::open(folder.path(), 0);
    let answer = stand.ask(&format!("GET /k/{TOKEN}"), "");
    assert_eq!(status(&answer), "303", "{answer}");
    assert!(answer.contains("\r\nlocation: /\r\n"), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains(TOKEN), "the cookie is another secret");
    let pair = cookie.split(';').next().unwrap();
    for path in ["/", "/board/main", "/floor", "/api/v1/queues", "/api/v1/openapi.json"] {
        let answer = stand.ask(&format!("GET {path}"), &format!("Cookie: {pair}\r\n"));
        assert_eq!(status(&answer), "200", "{path}: {answer}");
        assert!(answer.contains("trusted-types 'none'") && answer.contains("frame-ancestors 'none'"), "{answer}");
        assert!(answer.contains("\r\ncache-control: no-store\r\n"), "{answer}");
    }
    stand.close();
}

#[test]
fn nobody_else_gets_in_and_where_there_is_no_link_nobody_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::open(folder.path(), 0);
    for wrong in ["", "Cookie: strowger=x\r\n", &format!("Cookie: strowger-{}={TOKEN}\r\n", stand.address.port())] {
        let api = stand.ask("GET /api/v1/queues", wrong);
        assert_eq!(status(&api), "401", "{api}");
        assert!(api.contains("content-type: application/problem+json"), "{api}");
        let problem: Value = serde_json::from_str(body(&api)).unwrap();
        assert_eq!((problem["code"].as_str(), problem["status"].as_u64()), (Some("not-signed-in"), Some(401)));
        for path in ["/", "/floor", "/api/v1/events", "/api/v1/live", "/no/such/thing"] {
            assert_eq!(status(&stand.ask(&format!("GET {path}"), wrong)), "401", "{path}");
        }
    }
    for token in ["", "x", &TOKEN[1..], &format!("{TOKEN}x"), &TOKEN.to_uppercase()] {
        let answer = stand.ask(&format!("GET /k/{token}"), "");
        assert!(matches!(status(&answer), "403" | "401") && !answer.contains("set-cookie"), "{token}: {answer}");
    }
    stand.close();
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::with(folder.path(), 0, false);
    assert_eq!(status(&stand.ask(&format!("GET /k/{TOKEN}"), "")), "403");
    assert_eq!(status(&stand.get("/")), "401");
    stand.close();
}

#[test]
fn a_page_of_another_site_can_neither_change_anything_nor_open_a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::open(folder.path(), 0);
    let cookie = stand.cookie();
    for from in ["Sec-Fetch-Site: cross-site\r\n", "Origin: http://evil.example\r\n", "Origin: null\r\n"] {
        let answer = stand.ask("POST /api/v1/queues", &format!("{cookie}{from}Content-Length: 0\r\n"));
        assert_eq!(status(&answer), "403", "{answer}");
    }
    for path in ["/api/v1/events", "/api/v1/live"] {
        for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
            let refused = stand.socket(path, origin).err().unwrap();
            assert_eq!(status(&refused), "403", "{origin}: {refused}");
        }
        assert!(stand.socket(path, &format!("http://{}", stand.address)).is_ok());
    }
    stand.close();
}

#[test]
fn what_is_not_there_or_cannot_be_done_is_said_as_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::open(folder.path(), 0);
    let code = |answer: &str| serde_json::from_str::<Value>(body(answer)).map(|problem| problem["code"].to_string());
    for (path, status_wanted, wanted) in [
        ("/api/v1/nothing", "404", "not-found"),
        ("/api/v1/queues/nobody", "404", "not-found"),
        ("/api/v1/calls/xyz", "404", "not-found"),
        ("/api/v1/queues?limit=0", "400", "bad-parameter"),
        ("/api/v1/queues?limit=99999999999999999999", "400", "bad-parameter"),
        ("/api/v1/events?after=yesterday", "400", "bad-cursor"),
        ("/api/v1/live", "400", "bad-parameter"),
    ] {
        let answer = stand.get(path);
        assert_eq!(status(&answer), status_wanted, "{path}: {answer}");
        assert_eq!(code(&answer).unwrap(), format!("\"{wanted}\""), "{path}: {answer}");
    }
    let answer = stand.ask("DELETE /api/v1/queues", &stand.cookie());
    assert_eq!((status(&answer), code(&answer).unwrap().as_str()), ("405", "\"no-such-method\""), "{answer}");
    assert!(answer.contains("\r\nallow: GET,HEAD\r\n"), "{answer}");
    let board = stand.get("/board/%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    assert!(status(&board) == "404" && !board.contains("<script>alert"), "{board}");
    for path in ["/a/0000000000000000/core/socket.js", "/a/x/../../../etc/passwd", "/a/x/..%2f..%2fetc%2fpasswd"] {
        assert_ne!(status(&stand.get(path)), "200", "{path}");
    }
    stand.close();
}

#[test]
fn every_address_of_the_document_answers_and_lists_come_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::open(folder.path(), 0);
    let document: Value = serde_json::from_str(body(&stand.get("/api/v1/openapi.json"))).unwrap();
    let paths = document["paths"].as_object().unwrap().iter().filter(|(path, what)| {
        // It does not end; and some addresses only take commands.
        !path.ends_with("/events") && what.get("get").is_some()
    });
    for (path, _) in paths {
        let path = path.replace("{name}", if path.contains("agents") { "alice" } else { "support" });
        let answer = stand.get(&path);
        // There is nothing with an id at the moment, a guest leads no switch, and what is a socket wants to be one.
        let of_the_switch = ["/audit", "/bans", "/overlay", "/users", "/tokens"].iter().any(|end| path.ends_with(end));
        let wanted = if path.contains('{') {
            "404"
        } else if of_the_switch {
            "403"
        } else if path.ends_with("/live") {
            "400"
        } else {
            "200"
        };
        assert_eq!(status(&answer), wanted, "{path}: {answer}");
    }
    let page: Value = serde_json::from_str(body(&stand.get("/api/v1/queues?limit=1"))).unwrap();
    assert_eq!((page["items"][0]["name"].as_str(), page["next"].as_str()), (Some("sales"), Some("sales")));
    let page: Value = serde_json::from_str(body(&stand.get("/api/v1/queues?limit=1&after=sales"))).unwrap();
    assert_eq!((page["items"][0]["name"].as_str(), page["next"].as_str()), (Some("support"), None));
    stand.close();
}

#[test]
fn what_strangers_send_is_answered_or_hung_up_on_and_others_are_still_served() {
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::open(folder.path(), 0);
    let long = "x".repeat(40_000);
    for (line, headers) in [
        ("\u{0}\u{1}nonsense", String::new()),
        ("GET /", format!("X: {long}\r\n")),
        ("GET /", format!("Cookie: {}\r\n", "a=b; ".repeat(2_000))),
        (&format!("GET /{long}"), String::new()),
        ("GET /", "Accept-Language: \u{ff};;;,q=,,=-\r\n".into()),
        ("GET /api/v1/events?after=%00%ff&types=%zz", stand.cookie()),
    ] {
        let answer = stand.ask(line, &headers);
        assert!(!answer.starts_with("HTTP/1.1 2") && !answer.starts_with("HTTP/1.1 5"), "{line:.40}: {answer:.200}");
    }
    let silent: Vec<_> = (0..200).map(|_| std::net::TcpStream::connect(stand.address).unwrap()).collect();
    let origin = format!("http://{}", stand.address);
    let mut socket = stand.socket("/api/v1/live", &origin).unwrap();
    socket.next();
    // A frame of a megabyte, masked as it should be: more than is listened to.
    let mut stream = socket.into_stream();
    let _ = stream.write_all(&[0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]);
    let _ = stream.write_all(&vec![b'a'; 1 << 20]);
    let mut rest = vec![];
    let _ = stream.read_to_end(&mut rest); // It ends.
    assert_eq!(status(&stand.get("/api/v1/queues")), "200");
    drop(silent);
    stand.close();
}
