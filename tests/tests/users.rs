//! Users of the pages: invited by a link, in with a password, seeing what is theirs, and out again; and what strangers try.

use anyhow::{Context, Result, ensure};
use e2e::browser::Browser;
use e2e::http::{Answer, Request};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::switch::{Switch, ask};
use e2e::tools::program;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;
use xtask::python::SCHEMATHESIS;

const ANEW: &str = r#"
import re, uuid
import schemathesis

@schemathesis.hook
def before_call(context, case, kwargs):
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]{1,64}", key):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
"#;

const WORDS: &str = "four words of one's own";

/// support is anna's, sales is boris's; clara leads sales; ivan looks at everything.
fn config(place: &Place, pages: SocketAddr) -> String {
    let (switch, phone) = (place.switch(), place.device(1));
    format!(
        r#"
[listen]
udp = "{switch}:0"
[console]
listen = "{pages}"
[[phone]]
user = "desk{{1..2}}"
contact = "{phone}:50{{}}0"
[[agent]]
name = "anna"
devices = ["phone:desk1"]
[[agent]]
name = "boris"
devices = ["phone:desk2"]
[[queue]]
name = "support"
agents = ["anna"]
[[queue]]
name = "sales"
agents = ["boris"]
[[route]]
from = "*"
to = "500"
go = "queue:support"
[[route]]
from = "*"
to = "501"
go = "queue:sales"
[[user]]
name = "anna"
roles = ["agent"]
[[user]]
name = "clara"
roles = ["supervisor"]
supervises = ["queue:sales"]
[[user]]
name = "ivan"
roles = ["auditor"]
"#
    )
}

fn free_port() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// What the command prints.
fn said(switch: &Switch, arguments: &[&str]) -> Result<String> {
    let output = ask(switch.config(), arguments)?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The path of a link that is made for a user.
fn invited(switch: &Switch, user: &str) -> Result<String> {
    let said = said(switch, &["user", "invite", user])?;
    let at = said.find("/join/").with_context(|| said.clone())?;
    let path = said.get(at..).and_then(|rest| rest.split_whitespace().next()).context("a path")?.to_owned();
    ensure!(!switch.log().contains(path.trim_start_matches("/join/")), "no secret is in a log");
    Ok(path)
}

/// Comes in by a link, with a password of his choice; his cookie.
fn come_in(pages: SocketAddr, switch: &Switch, user: &str) -> Result<String> {
    let link = invited(switch, user)?;
    wait_for("the account tells of the link", Duration::from_secs(5), || {
        Request::get(&link).send(pages).is_ok_and(|page| page.status == 200)
    })?;
    let page = Request::get(&link).send(pages)?;
    ensure!(page.body.contains(user) && page.header("content-security-policy").is_some(), "{page:?}");
    let chosen = Request::form(&link, &[("password", WORDS), ("again", WORDS)]).send(pages)?;
    ensure!(chosen.status == 303 && chosen.header("location") == Some("/"), "{chosen:?}");
    ensure!(Request::get(&link).send(pages)?.status == 403, "a link is good once");
    cookie(&chosen)
}

fn cookie(answer: &Answer) -> Result<String> {
    let set = answer.header("set-cookie").context("a cookie")?;
    ensure!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    Ok(set.split(';').next().unwrap_or_default().to_owned())
}

/// The names in a list of the API, as this cookie sees it.
fn seen(pages: SocketAddr, cookie: &str, list: &str) -> Result<Vec<String>> {
    let answer = Request::get(&format!("/api/v1/{list}")).with("cookie", cookie).send(pages)?;
    ensure!(answer.status == 200, "{answer:?}");
    let value: serde_json::Value = serde_json::from_str(&answer.body)?;
    let items = value["items"].as_array().context("items")?;
    Ok(items.iter().filter_map(|item| item["name"].as_str().map(str::to_owned)).collect())
}

#[test]
fn a_user_comes_in_by_a_link_sees_what_is_his_and_is_out_when_he_is_locked_out() -> Result<()> {
    let (place, pages) = (Place::take()?, free_port()?);
    let switch = Switch::start(&place, &config(&place, pages))?;
    let outside = Request::get("/").send(pages)?;
    ensure!(outside.status == 303 && outside.header("location") == Some("/login"), "{outside:?}");
    ensure!(Request::get("/api/v1/queues").send(pages)?.status == 401, "a program is told");
    ensure!(Request::get("/login").send(pages)?.status == 200);

    let anna = come_in(pages, &switch, "anna")?;
    let clara = come_in(pages, &switch, "clara")?;
    let ivan = come_in(pages, &switch, "ivan")?;
    ensure!(seen(pages, &anna, "queues")? == ["support"] && seen(pages, &anna, "agents")? == ["anna"]);
    ensure!(seen(pages, &clara, "queues")? == ["sales"] && seen(pages, &clara, "agents")? == ["boris"]);
    ensure!(seen(pages, &ivan, "queues")? == ["sales", "support"]);
    let unseen = Request::get("/api/v1/queues/sales").with("cookie", &anna).send(pages)?;
    ensure!(unseen.status == 404, "what he may not see is not there: {unseen:?}");

    let listed = said(&switch, &["user", "list"])?;
    ensure!(listed.lines().any(|line| line.starts_with("anna") && line.contains("chosen")), "{listed}");

    // A restart asks nobody for his password; a lock-out ends what he has, at once.
    switch.kill()?;
    let config_file = place.folder().join("strowger.toml");
    let switch = Switch::start_again(&place, &config_file)?;
    wait_for("anna is in", Duration::from_secs(5), || seen(pages, &anna, "queues").is_ok())?;
    switch.tell(&["user", "lock", "anna"])?;
    wait_for("anna is out", Duration::from_secs(5), || {
        Request::get("/api/v1/queues").with("cookie", &anna).send(pages).is_ok_and(|answer| answer.status == 401)
    })?;
    ensure!(seen(pages, &clara, "queues")? == ["sales"], "others stay");
    let again = Request::form("/login", &[("user", "anna"), ("password", WORDS)]).send(pages)?;
    ensure!(again.status == 401, "her password is void: {again:?}");

    let out = Request::form("/logout", &[]).with("cookie", &clara).send(pages)?;
    ensure!(out.status == 303 && Request::get("/api/v1/queues").with("cookie", &clara).send(pages)?.status == 401);
    let back = Request::form("/login", &[("user", "clara"), ("password", WORDS)]).send(pages)?;
    ensure!(seen(pages, &cookie(&back)?, "queues")? == ["sales"]);
    ensure!(!switch.log().contains(WORDS));
    switch.stop()
}

#[test]
fn who_guesses_waits_and_another_sites_page_does_nothing() -> Result<()> {
    let (place, pages) = (Place::take()?, free_port()?);
    let switch = Switch::start(&place, &config(&place, pages))?;
    let try_it = |user: &str, password: &str| Request::form("/login", &[("user", user), ("password", password)]);
    let statuses: Vec<u16> =
        (0..7).map(|nth| Ok(try_it("ivan", &format!("guess {nth}")).send(pages)?.status)).collect::<Result<_>>()?;
    ensure!(statuses[..5] == [401; 5] && statuses[5..].contains(&429), "{statuses:?}");
    ensure!(try_it("nobody", "x").send(pages)?.status == 401, "a name that nobody has is told as a wrong password is");

    let foreign = try_it("clara", WORDS).with("origin", "http://evil.example").send(pages)?;
    ensure!(foreign.status == 403, "{foreign:?}");
    let link = invited(&switch, "clara")?;
    let unlike = Request::form(&link, &[("password", WORDS), ("again", "something else")]);
    wait_for("the link", Duration::from_secs(5), || unlike.send(pages).is_ok_and(|answer| answer.status == 400))?;
    let short = Request::form(&link, &[("password", "short"), ("again", "short")]).send(pages)?;
    ensure!(short.status == 400, "{short:?}");
    let stolen = Request::form(&link, &[("password", WORDS), ("again", WORDS)]).with("origin", "null").send(pages)?;
    ensure!(stolen.status == 403, "{stolen:?}");
    for made_up in ["/join/", "/join/00", "/join/..%2f..%2fetc"] {
        ensure!(Request::get(made_up).send(pages)?.status >= 303, "{made_up}");
    }
    let unknown = ask(switch.config(), &["user", "invite", "clra"])?;
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    ensure!(!unknown.status.success() && said.contains("did you mean \"clara\"?"), "{said}");
    switch.stop()
}

/// What may be refused although the document allows it: a change of what somebody has changed meanwhile (412), and a text
/// that is no time.
const REFUSED: &str = r#"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "429", "5xx"]

[[operations]]
include-path = "/api/v1/records"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400"]
"#;

/// Whatever the document allows is answered as it says, and whatever it does not is refused, and never with a fault.
#[test]
fn the_api_answers_random_requests_as_its_document_says() -> Result<()> {
    let Some(schemathesis) = program(&SCHEMATHESIS, "schemathesis")? else { return Ok(()) };
    let (place, pages) = (Place::take()?, free_port()?);
    let switch = Switch::start(&place, &config(&place, pages))?;
    // Each is another command: the same name with another body is refused, as it should be.
    std::fs::write(place.folder().join("anew.py"), ANEW)?;
    std::fs::write(place.folder().join("schemathesis.toml"), REFUSED)?;
    let mut ask = Command::new(schemathesis);
    ask.env("SCHEMATHESIS_HOOKS", "anew").env("PYTHONPATH", place.folder());
    ask.current_dir(place.folder()).arg("run").arg(format!("http://{pages}/api/v1/openapi.json"));
    ask.arg("--header").arg(format!("Cookie: {}", come_in(pages, &switch, "clara")?));
    // Who guesses passwords waits, and the answer to the fifth guess is not in the document.
    ask.args(["--exclude-path", "/api/v1/me/password"]);
    // Nor may the one who asks end his own session, whose id he has read, or be locked out.
    ask.args(["--exclude-path", "/api/v1/sessions/{session}", "--exclude-path", "/api/v1/users/{user}/lock_out"]);
    // These two do not end.
    ask.args(["--exclude-path", "/api/v1/events", "--exclude-path", "/api/v1/live"]);
    ask.args([
        "--phases",
        "coverage,fuzzing",
        "--checks",
        "all",
        "--max-examples",
        "30",
        "--seed",
        "1",
        "--request-timeout",
        "10",
        "--no-color",
    ]);
    let said = ask.output()?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    ensure!(!switch.log().contains("panic"), "{}", switch.log());
    switch.stop()
}

/// Does something by the API, as whoever has this cookie; the status.
fn done(pages: SocketAddr, cookie: &str, line: &str, body: &str, key: &str) -> Result<u16> {
    let (method, path) = line.split_once(' ').context("a method and a path")?;
    let request = Request::json(method, &format!("/api/v1/{path}"), body).with("cookie", cookie);
    Ok(request.with("idempotency-key", key).send(pages)?.status)
}

#[test]
fn each_role_may_command_what_is_its_own_and_of_the_rest_it_learns_nothing() -> Result<()> {
    let (place, pages) = (Place::take()?, free_port()?);
    let config = format!("{}[[user]]\nname = \"olga\"\nroles = [\"owner\"]\n", config(&place, pages));
    let switch = Switch::start(&place, &config)?;
    let users = ["anna", "clara", "ivan", "olga"];
    let cookies = users.iter().map(|user| come_in(pages, &switch, user)).collect::<Result<Vec<_>>>()?;
    // Of whom somebody does not see he finds nothing; whom he sees he may not always command.
    for (line, body, wanted) in [
        ("PUT agents/anna/status", r#"{"status":"ready"}"#, [202, 404, 403, 202]),
        ("PUT agents/boris/status", r#"{"status":"not_ready","reason":"lunch"}"#, [404, 202, 403, 202]),
        ("PUT queues/sales/closed", "{}", [404, 202, 403, 202]),
        ("DELETE queues/sales/closed", "", [404, 202, 403, 409]),
        ("PUT queues/support/closed", "{}", [403, 404, 403, 202]),
        ("PATCH queues/sales/settings", r#"{"settings":{"ring":"15s"}}"#, [404, 202, 403, 202]),
        ("DELETE queues/sales/agents/boris", "", [404, 202, 403, 202]),
        ("POST calls", r#"{"agent":"anna","to":"501"}"#, [202, 403, 403, 409]),
        ("POST agents/boris/pick", "{}", [404, 409, 403, 409]),
        ("POST contacts", r#"{"queue":"sales","kind":"task"}"#, [403, 202, 403, 202]),
        ("POST calls/c1000000003/hangup", "", [404, 404, 404, 404]),
    ] {
        let key = line.replace(' ', "-");
        let got = cookies.iter().map(|cookie| done(pages, cookie, line, body, &key));
        let got = got.collect::<Result<Vec<_>>>()?;
        ensure!(got == wanted, "{line}: {got:?} and not {wanted:?}");
    }
    let lunch = said(&switch, &["status", "--json"])?;
    ensure!(lunch.contains("lunch"), "{lunch}");
    ensure!(!switch.log().contains("panic"), "{}", switch.log());
    // The phone that was to dial rings still.
    switch.kill()
}

#[test]
fn a_token_made_at_the_command_line_lets_a_program_look_and_a_screen_at_its_board_until_it_is_revoked() -> Result<()> {
    let (place, pages) = (Place::take()?, free_port()?);
    let switch = Switch::start(&place, &config(&place, pages))?;
    let told = said(&switch, &["token", "create", "crm", "--role", "auditor", "--queue", "sales"])?;
    let token = told.split_whitespace().find(|word| word.starts_with("stw_")).with_context(|| told.clone())?.to_owned();
    let get =
        |token: &str, path: &str| Request::get(path).with("authorization", &format!("Bearer {token}")).send(pages);
    wait_for("the token is good", Duration::from_secs(5), || {
        get(&token, "/api/v1/queues").is_ok_and(|answer| answer.status == 200)
    })?;
    let queues = get(&token, "/api/v1/queues")?.body;
    ensure!(queues.contains("sales") && !queues.contains("support"), "{queues}");
    ensure!(get("stw_wrong", "/api/v1/queues")?.status == 401);
    let close = Request::json("PUT", "/api/v1/queues/sales/closed", "{}");
    let close = close.with("authorization", &format!("Bearer {token}")).send(pages)?;
    ensure!(close.status == 403, "a token looks and commands nothing: {close:?}");
    let link = said(&switch, &["token", "create", "--board", "main"])?;
    let path =
        link.find("/d/stw_").and_then(|at| link.get(at..)?.split_whitespace().next()).with_context(|| link.clone())?;
    wait_for("the link is good", Duration::from_secs(5), || {
        Request::get(path).send(pages).is_ok_and(|answer| answer.status == 303)
    })?;
    let screen = cookie(&Request::get(path).send(pages)?)?;
    ensure!(Request::get("/board/main").with("cookie", &screen).send(pages)?.status == 200);
    ensure!(
        Request::get("/floor").with("cookie", &screen).send(pages)?.status == 404,
        "a screen shows its board alone"
    );
    let refused = ask(switch.config(), &["token", "create", "x", "--role", "owner"])?;
    ensure!(!refused.status.success(), "a token does nothing");
    let listed = said(&switch, &["token", "list"])?;
    ensure!(listed.contains("crm") && listed.contains("board main") && !listed.contains(&token), "{listed}");
    ensure!(!switch.log().contains(token.trim_start_matches("stw_")), "no secret is in a log");
    switch.kill()?;
    let switch = Switch::start_again(&place, &place.folder().join("strowger.toml"))?;
    wait_for("it is good after a kill", Duration::from_secs(5), || {
        get(&token, "/api/v1/queues").is_ok_and(|answer| answer.status == 200)
    })?;
    let wrong = Request::form("/login", &[("user", "anna"), ("password", "my bank's password")]).send(pages)?;
    ensure!(wrong.status == 401, "{wrong:?}");
    let slip = Request::form("/login", &[("user", "my bank's password"), ("password", "anna")]).send(pages)?;
    ensure!(slip.status == 401, "{slip:?}");
    wait_for("the audit has it", Duration::from_secs(5), || {
        said(&switch, &["audit"]).is_ok_and(|audit| audit.matches("wrong").count() == 2)
    })?;
    let audit = said(&switch, &["audit", "--json"])?;
    ensure!(audit.contains("\"address\":\"127.0.0.1\"") && audit.contains("\"what\":\"token\""), "{audit}");
    ensure!(!audit.contains("proof") && !audit.contains("bank"), "neither a hash nor what people mistype: {audit}");
    switch.tell(&["token", "revoke", "crm"])?;
    wait_for("it is void", Duration::from_secs(5), || {
        get(&token, "/api/v1/queues").is_ok_and(|answer| answer.status == 401)
    })?;
    switch.stop()
}

/// What an address of the API answers to a cookie.
fn told(pages: SocketAddr, cookie: &str, request: Request) -> Result<(u16, serde_json::Value)> {
    let answer = request.with("cookie", cookie).send(pages)?;
    Ok((answer.status, serde_json::from_str(&answer.body).unwrap_or_default()))
}

#[test]
fn an_administrator_invites_makes_tokens_and_reads_what_was_before_and_everybody_changes_his_own() -> Result<()> {
    let (place, pages) = (Place::take()?, free_port()?);
    let more = "[[user]]\nname = \"root\"\nroles = [\"administrator\"]\n";
    let switch = Switch::start(&place, &(config(&place, pages) + more))?;
    let (root, clara) = (come_in(pages, &switch, "root")?, come_in(pages, &switch, "clara")?);
    let get = |cookie: &str, path: &str| told(pages, cookie, Request::get(&format!("/api/v1/{path}")));
    let post = |cookie: &str, path: &str, body: &str| {
        told(pages, cookie, Request::json("POST", &format!("/api/v1/{path}"), body))
    };

    // A link from the page is as good as one from the command line; who may not gets none, and sees nobody.
    let (status, made) = post(&root, "users/anna/invitation", "")?;
    let link = made["path"].as_str().context("a link")?.to_owned();
    ensure!(status == 200 && !switch.log().contains(link.trim_start_matches("/join/")), "{made}");
    wait_for("the link", Duration::from_secs(5), || {
        Request::get(&link).send(pages).is_ok_and(|page| page.status == 200)
    })?;
    for path in ["users", "tokens", "audit"] {
        ensure!(get(&clara, path)?.0 == 403, "{path} is not for clara");
        ensure!(get(&root, path)?.0 == 200, "{path}");
    }
    ensure!(
        post(&clara, "users/anna/invitation", "")?.0 == 403 && post(&clara, "tokens", r#"{"token":"x"}"#)?.0 == 403
    );
    let foreign = Request::json("POST", "/api/v1/users/anna/invitation", "").with("origin", "http://evil.example");
    ensure!(told(pages, &root, foreign)?.0 == 403, "another site's page");
    let (_, users) = get(&root, "users")?;
    let line =
        |name: &str| users["items"].as_array().and_then(|all| all.iter().find(|user| user["user"] == name)).cloned();
    let (seen, none) = (line("clara").context("clara")?, line("boris"));
    ensure!(seen["sessions"] == 1 && seen["password_since"].is_string() && none.is_none(), "{users}");

    // A token is told once, looks, and is void when it is revoked.
    let (status, made) = post(&root, "tokens", r#"{"token":"crm","roles":["auditor"],"days":1}"#)?;
    let token = made["secret"].as_str().context("a token")?.to_owned();
    ensure!(status == 200 && !switch.log().contains(&token), "{made}");
    let looks = || Request::get("/api/v1/queues").with("authorization", &format!("Bearer {token}")).send(pages);
    wait_for("the token looks", Duration::from_secs(5), || looks().is_ok_and(|answer| answer.status == 200))?;
    wait_for("it is listed", Duration::from_secs(5), || {
        get(&root, "tokens")
            .is_ok_and(|(_, all)| all["items"][0]["token"] == "crm" && !all.to_string().contains(&token))
    })?;
    ensure!(told(pages, &root, Request::json("DELETE", "/api/v1/tokens/crm", ""))?.0 == 202);
    wait_for("it is void", Duration::from_secs(5), || looks().is_ok_and(|answer| answer.status == 401))?;
    ensure!(post(&root, "tokens", r#"{"token":"x","roles":["owner"]}"#)?.0 == 409, "a token looks, and does nothing");

    // What a supervisor changes is in the audit with what was before, and who did it.
    let forced = Request::json("PUT", "/api/v1/agents/boris/status", r#"{"status":"ready","reason":"come back"}"#);
    ensure!(told(pages, &clara, forced)?.0 == 202);
    wait_for("boris is told who wanted it, and why", Duration::from_secs(5), || {
        let (_, boris) = get(&clara, "agents/boris").unwrap_or_default();
        boris["set_by"]["by"] == "user:clara" && boris["set_by"]["reason"] == "come back"
    })?;
    let ring = Request::json("PATCH", "/api/v1/queues/sales/settings", r#"{"settings":{"ring":"15s"}}"#);
    ensure!(told(pages, &clara, ring)?.0 == 202);
    let said = |what: &str| {
        let (_, all) = get(&root, "audit?by=user:clara").unwrap_or_default();
        all["items"].as_array().and_then(|all| all.iter().find(|entry| entry["what"] == what)).cloned()
    };
    wait_for("the audit has both", Duration::from_secs(5), || said("changes").is_some() && said("agent").is_some())?;
    let (ring, state) = (said("changes").unwrap_or_default(), said("agent").unwrap_or_default());
    ensure!(ring["before"] == "20s" && ring["after"] == "15s", "{ring}");
    ensure!(state["before"] == "logged out" && state["after"] == "ready", "{state}");

    // Two look at an agent, and the second is told that somebody was faster.
    let (_, given) = get(&clara, "agents/boris/given")?;
    let mark = format!("\"{}\"", given["mark"].as_str().context("a mark")?);
    let leave = || Request::json("DELETE", "/api/v1/queues/sales/agents/boris", "").with("if-match", &mark);
    let (first, second) = (told(pages, &clara, leave())?, told(pages, &clara, leave())?);
    ensure!(first.0 == 202 && second.0 == 412 && second.1["code"] == "stale", "{first:?} {second:?}");

    // One's own: the sessions, and the password with the one that there is.
    let other = cookie(&Request::form("/login", &[("user", "clara"), ("password", WORDS)]).send(pages)?)?;
    let (_, mine) = get(&clara, "sessions")?;
    let mine = mine["items"].as_array().context("sessions")?.clone();
    ensure!(mine.len() == 2 && mine.iter().filter(|session| session["here"] == true).count() == 1, "{mine:?}");
    let there = mine.iter().find(|session| session["here"] == false).context("the other")?["session"].as_str();
    let end = format!("/api/v1/sessions/{}", there.unwrap_or_default());
    ensure!(told(pages, &root, Request::json("DELETE", &end, ""))?.0 == 404, "it is none of his");
    ensure!(told(pages, &clara, Request::json("DELETE", &end, ""))?.0 == 204 && get(&other, "queues")?.0 == 401);
    let change = |old: &str, new: &str| {
        let body = serde_json::json!({ "old": old, "new": new }).to_string();
        Request::json("PUT", "/api/v1/me/password", &body).with("cookie", &clara).send(pages)
    };
    ensure!(change("a wrong one", "a better password")?.status == 403 && change(WORDS, "short")?.status == 422);
    let changed = change(WORDS, "a better password")?;
    ensure!(changed.status == 204 && get(&clara, "queues")?.0 == 401, "the old session is over: {changed:?}");
    ensure!(get(&cookie(&changed)?, "queues")?.0 == 200, "he is in here");
    let back = Request::form("/login", &[("user", "clara"), ("password", "a better password")]).send(pages)?;
    ensure!(back.status == 303, "{back:?}");
    for path in ["/users", "/me"] {
        ensure!(Request::get(path).with("cookie", &root).send(pages)?.status == 200, "{path}");
    }
    ensure!(Request::get("/users").with("cookie", &cookie(&back)?).send(pages)?.status == 403);
    switch.stop()
}

/// Comes in at the page, in a browser of its own.
fn log_in(browser: &mut Browser, pages: SocketAddr, user: &str, (width, locale): (u32, &str)) -> Result<()> {
    browser.begin((width, 800), "light", locale)?;
    browser.go(&format!("http://{pages}/login"))?;
    browser.write("#user", user)?;
    browser.write("#password", WORDS)?;
    browser.look("document.querySelector('.sign-in button').click()")?;
    // The page goes on to another one meanwhile.
    let is_in = "document.querySelector('.sign-out') !== null";
    wait_for("he is in", Duration::from_secs(10), || browser.until(is_in, Duration::from_secs(1)).is_ok())
}

#[test]
fn the_pages_of_users_and_of_ones_own_are_worked_in_a_browser_and_fit_in_every_language() -> Result<()> {
    let (place, pages) = (Place::take()?, free_port()?);
    let more = "[[user]]\nname = \"root\"\nroles = [\"administrator\"]\n";
    let switch = Switch::start(&place, &(config(&place, pages) + more))?;
    come_in(pages, &switch, "root")?;
    let Some(mut browser) = Browser::start(&place)? else { return Ok(()) };
    let soon = Duration::from_secs(10);
    log_in(&mut browser, pages, "root", (1_280, "en-GB"))?;
    browser.go(&format!("http://{pages}/users"))?;
    browser.until("document.querySelectorAll('#users tr').length === 4", soon)?;
    ensure!(browser.axe()?.is_empty(), "{:?}", browser.axe()?);
    browser.look("document.querySelector('[data-invite=anna]').click()")?;
    browser.until("document.getElementById('link-address').value.includes('/join/')", soon)?;
    ensure!(browser.axe()?.is_empty(), "{:?}", browser.axe()?);
    if let Some(to) = std::env::var_os("STROWGER_SHOTS") {
        browser.shot(&std::path::Path::new(&to).join("users.png"))?;
    }
    let link = browser.look("document.getElementById('link-address').value")?;
    let path = link.as_str().and_then(|link| link.split_once("/join/")).context("a link")?.1.to_owned();
    browser.look("document.querySelector('#link [type=submit]').click()")?;
    wait_for("it lets somebody choose", soon, || {
        Request::get(&format!("/join/{path}")).send(pages).is_ok_and(|page| page.status == 200)
    })?;
    browser.look("document.querySelector('[data-lock=anna]').click()")?;
    browser.look("document.querySelector('#sure .danger').click()")?;
    wait_for("the link is void", soon, || {
        Request::get(&format!("/join/{path}")).send(pages).is_ok_and(|page| page.status == 403)
    })?;
    browser.go(&format!("http://{pages}/me"))?;
    browser.until("document.querySelectorAll('#sessions li').length === 2", soon)?;
    ensure!(browser.axe()?.is_empty(), "{:?}", browser.axe()?);
    browser.look("[...document.querySelectorAll('#sessions button')].find((one) => !one.hidden).click()")?;
    browser.until("document.querySelectorAll('#sessions li').length === 1", soon)?;
    for (field, word) in [("old", WORDS), ("new", "another four words"), ("again", "another four words")] {
        browser.write(&format!("#{field}"), word)?;
    }
    browser.look("document.querySelector('#password .first').click()")?;
    browser.until("document.getElementById('said').textContent.startsWith('The password is changed')", soon)?;
    ensure!(browser.errors()?.is_empty(), "{:?}", browser.errors()?);
    switch.tell(&["user", "lock", "root"])?;
    wait_for("he is locked out", soon, || come_in(pages, &switch, "root").is_ok())?;
    for locale in ["en-GB", "de", "fr", "es", "bg", "ro", "ru", "sl"] {
        for width in [320, 1_280] {
            log_in(&mut browser, pages, "root", (width, locale))?;
            for page in ["users", "me"] {
                browser.go(&format!("http://{pages}/{page}"))?;
                browser.until("document.querySelector('#users tr, #sessions li') !== null", soon)?;
                let wide =
                    browser.look("document.documentElement.scrollWidth - document.documentElement.clientWidth")?;
                ensure!(wide == 0, "{locale} {width} {page}: {wide}");
            }
        }
    }
    switch.stop()
}
