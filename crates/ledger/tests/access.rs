//! Passwords, links and sessions of those who work at the pages.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use control::{Actor, Command, Pass, Reply, Verb};
use desk::Desk;
use ledger::{Access, AuditFilter, Invitation, Item, Session, SignIn, Token};
use node::{Happening, Ordered};
use std::sync::mpsc;
use std::time::Duration;
use terms::{Told, Wall};

fn link(proof: &str, user: &str) -> Access {
    let (at, until) = (Wall::from_millis(1_000), Wall::from_millis(901_000));
    Access::Invited(Invitation { proof: proof.into(), user: user.into(), asked: "operator:0".into(), at, until })
}

fn password(user: &str, phc: &str) -> Access {
    Access::Password { user: user.into(), phc: phc.into(), at: Wall::from_millis(2_000) }
}

fn session(proof: &str, user: &str, seen: i64) -> Access {
    let (began, seen) = (Wall::from_millis(3_000), Wall::from_millis(seen));
    Access::Session(Session { proof: proof.into(), user: user.into(), began, seen, browser: "Firefox".into() })
}

/// Tells the account all of it, and has it on disk.
fn tell(desk: &Desk, accesses: impl IntoIterator<Item = Access>) {
    let side = desk.side.clone().unwrap();
    accesses.into_iter().for_each(|access| side.push_blocking(Item::Access(Box::new(access))).unwrap());
    let (receipt, received) = mpsc::channel();
    side.push_blocking(Item::Receipt(receipt)).unwrap();
    received.recv_timeout(Duration::from_secs(20)).unwrap();
}

/// The proofs of all sessions, and when each was seen.
fn sessions(desk: &Desk) -> Vec<(String, i64)> {
    let all = desk.runtime.block_on(desk.reader.sessions()).unwrap();
    all.into_iter().map(|session| (session.proof, session.seen.as_millis())).collect()
}

#[test]
fn a_password_and_a_session_are_there_after_a_kill_and_a_chosen_password_voids_links_and_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path());
    tell(&desk, [link("aa", "anna"), link("bb", "bob"), session("old", "anna", 3_000), session("his", "bob", 3_000)]);
    tell(&desk, [password("anna", "$argon2id$1"), session("new", "anna", 4_000), session("new", "anna", 5_000)]);
    desk.abort(); // As if it was killed at this moment.
    let desk = Desk::open(folder.path());
    let ask = |proof| desk.runtime.block_on(desk.reader.invitation(proof)).unwrap();
    assert_eq!(ask("aa"), None, "hers was used");
    let his = ask("bb").unwrap();
    assert_eq!((his.user.as_str(), his.until.as_millis()), ("bob", 901_000));
    let phc = |user| desk.runtime.block_on(desk.reader.password(user)).unwrap();
    assert_eq!((phc("anna").as_deref(), phc("bob")), (Some("$argon2id$1"), None));
    assert_eq!(sessions(&desk), [("new".to_owned(), 5_000), ("his".to_owned(), 3_000)]);
    desk.close();
}

#[test]
fn a_session_ends_alone_and_who_is_locked_out_has_nothing_left() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path());
    tell(&desk, [password("anna", "$a"), session("one", "anna", 1), session("two", "anna", 2), link("aa", "anna")]);
    tell(&desk, [Access::Ended("one".into()), session("two", "anna", 1), password("bob", "$b")]);
    desk.abort();
    let desk = Desk::open(folder.path());
    assert_eq!(sessions(&desk), [("two".to_owned(), 2)], "and nobody is seen earlier than he was");
    tell(&desk, [Access::Seen("two".into(), Wall::from_millis(7)), Access::Seen("one".into(), Wall::from_millis(7))]);
    desk.abort();
    let desk = Desk::open(folder.path());
    assert_eq!(sessions(&desk), [("two".to_owned(), 7)]);
    // A browser that was at it at the same moment is told of afterwards.
    tell(&desk, [Access::Locked("anna".into()), Access::Seen("two".into(), Wall::from_millis(9))]);
    desk.abort();
    let desk = Desk::open(folder.path());
    assert!(sessions(&desk).is_empty(), "what is void stays void");
    assert_eq!(desk.runtime.block_on(desk.reader.invitation("aa")).unwrap(), None);
    let chosen = desk.runtime.block_on(desk.reader.passwords()).unwrap();
    assert_eq!(chosen, [("bob".to_owned(), Wall::from_millis(2_000))]);
    desk.close();
}

fn came(at: i64, user: &str, what: &str) -> Access {
    let (at, user, what) = (Wall::from_millis(at), user.into(), what.into());
    Access::SignIn(SignIn { at, user, what, address: "192.0.2.7".into(), browser: "Firefox".into() })
}

#[test]
fn tokens_are_replaced_by_name_and_gone_when_they_are_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path());
    let token = |name: &str, proof: &str| {
        let (at, pass) = (Wall::from_millis(1), Pass { queues: vec!["sales".into()], ..Pass::default() });
        Access::Token(Token { name: name.into(), proof: proof.into(), pass, asked: "operator".into(), at, seen: None })
    };
    tell(&desk, [token("crm", "aa"), token("wall", "bb"), Access::TokenSeen("aa".into(), Wall::from_millis(9))]);
    tell(&desk, [token("crm", "aa"), Access::TokenSeen("aa".into(), Wall::from_millis(5))]);
    desk.abort();
    let desk = Desk::open(folder.path());
    let all = |desk: &Desk| desk.runtime.block_on(desk.reader.tokens()).unwrap();
    assert_eq!(all(&desk)[0].seen, Some(Wall::from_millis(9)), "the same one again is no other one");
    assert_eq!(all(&desk)[0].pass.queues, ["sales"]);
    tell(&desk, [token("crm", "cc"), Access::Revoked("wall".into())]);
    desk.abort();
    let desk = Desk::open(folder.path());
    let left: Vec<_> = all(&desk).into_iter().map(|token| (token.name, token.proof, token.seen)).collect();
    assert_eq!(left, [("crm".to_owned(), "cc".to_owned(), None)]);
    desk.close();
}

#[test]
fn an_auditor_reads_who_looked_at_what_and_how_it_stood_before_and_after_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let (by, what) = (Actor::User("clara".into()), Verb::QueueOpen { name: "sales".into() });
    let stood = |how: &str| Some(how.to_owned());
    let ordered = Ordered {
        command: Command { id: None, by, what },
        reply: Reply::Done("queue sales: open".into()),
        before: stood("closed"),
        after: stood("open"),
    };
    desk.push(desk::numbered(Happening::Command(Box::new(ordered))));
    let look = ledger::Look {
        at: Wall::from_millis(10_000_000_000_000),
        by: "user:otto".into(),
        what: Told::Known(ledger::Looked::RecordingPlayed),
        address: "192.0.2.7".into(),
        subject: serde_json::json!({ "recording": "r1" }),
    };
    tell(&desk, [Access::Looked(look.clone())]);
    tell(&desk, [Access::Looked(look)]); // Posted anew.
    desk.abort();
    let desk = Desk::open(folder.path());
    let all = desk.runtime.block_on(desk.reader.audit(&AuditFilter::default(), 100)).unwrap();
    let [played, opened] = &all[..] else { panic!("{all:?}") };
    assert_eq!((opened.before.as_deref(), opened.after.as_deref()), (Some("closed"), Some("open")));
    assert_eq!((played.by.as_str(), played.what.as_str()), ("user:otto", "recording_played"));
    assert_eq!((played.address.as_deref(), &played.subject["recording"]), (Some("192.0.2.7"), &"r1".into()));
    desk.close();
}

#[test]
fn an_auditor_reads_who_came_and_what_everybody_did_without_any_hash_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let order = |by: Actor, what: Verb, reply: Reply| {
        desk::numbered(Happening::Command(Box::new(Ordered {
            command: Command { id: None, by, what },
            reply,
            before: None,
            after: None,
        })))
    };
    let invite = Verb::Invite { user: "anna".into(), proof: "5ec7e7".repeat(10) };
    desk.push(order(Actor::Operator(Some(0)), invite, Reply::Done("invited".into())));
    let pause = Verb::Reload(());
    desk.push(order(Actor::User("clara".into()), pause, Reply::Refused("user:clara may not".into())));
    tell(&desk, [came(10_000_000_000_000, "anna", "in"), came(10_000_000_000_001, "", "wrong")]);
    tell(&desk, [came(10_000_000_000_000, "anna", "in")]); // Posted anew.
    desk.abort();
    let desk = Desk::open(folder.path());
    let read = |filter: AuditFilter| desk.runtime.block_on(desk.reader.audit(&filter, 100)).unwrap();
    let all = read(AuditFilter::default());
    let told: Vec<_> = all.iter().map(|it| (it.by.as_str(), it.what.as_str(), it.outcome.as_str())).collect();
    assert_eq!(told[..2], [("user:", "sign_in", "refused"), ("user:anna", "sign_in", "done")], "{all:?}");
    assert!(told.contains(&("operator:0", "invite", "done")) && told.contains(&("user:clara", "reload", "refused")));
    assert_eq!(all.len(), 4, "{all:?}");
    assert!(!format!("{all:?}").contains("5ec7e7") && format!("{all:?}").contains("anna"));
    let clara = read(AuditFilter { by: Some("user:clara".into()), ..AuditFilter::default() });
    assert_eq!(clara.iter().map(|it| it.words.as_str()).collect::<Vec<_>>(), ["user:clara may not"]);
    let late = AuditFilter { after: Some(Wall::from_millis(10_000_000_000_001)), ..AuditFilter::default() };
    assert_eq!(read(late).len(), 1);
    let before = AuditFilter { before: Some(Wall::from_millis(10_000_000_000_000)), ..AuditFilter::default() };
    assert_eq!(read(before).len(), 2);
    desk.close();
}
