//! Customers: found or made as their calls arrive, changed by hand, and forgotten from every file of the account.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{CallEventKind, CallRecord, Entry, Message, Outcome};
use desk::{Desk, column, event, happened, opened, record};
use ledger::customers::{Changed, CustomerBook, CustomerChange, Forms, NewNote};
use ledger::{Item, Reader};
use std::path::Path;
use std::time::Duration;
use terms::{CallRef, CaptureId, ContactId, ContactKind, Mailbox, PhoneId, Pii, QueueId, TrunkId, Wall};

fn with(call: u64, outcome: Outcome, change: impl FnOnce(&mut CallRecord)) -> Box<CallRecord> {
    let mut record = record(call, outcome);
    change(&mut record);
    record
}

fn from(call: u64, number: &str) -> Item {
    happened(Entry::Opened(with(call, Outcome::Open, |record| record.caller = Pii::from(number))))
}

fn entered(call: u64) -> Item {
    let what = CallEventKind::Entered { contact_kind: ContactKind::Voice, position: 1, again: false };
    happened(Entry::Event(event(call, what)))
}

fn names(folder: &Path) -> Vec<String> {
    column(folder, "SELECT call || ' ' || coalesce(customer, '-') FROM calls ORDER BY call")
}

fn book(desk: &Desk) -> CustomerBook {
    desk.runtime.block_on(CustomerBook::open(&desk.reader)).unwrap()
}

#[test]
fn who_calls_from_outside_is_found_by_his_number_or_made_and_his_calls_and_contacts_name_him() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push_all([from(1, "+359888123456"), entered(1), from(2, "+442079460001"), from(3, "+359888123456")]);
    // Withheld, an extension, no number in its international form, and a call of the house's own.
    desk.push_all([from(4, "anonymous"), from(5, "101"), from(6, "02079460001"), from(7, "")]);
    let own = |record: &mut CallRecord| record.source = sip::Source::Phone(PhoneId::of("alice"));
    desk.push(happened(Entry::Opened(with(8, Outcome::Open, own))));
    desk.settle();
    // One that begins and ends within a posting, and one that was known already and ends.
    let from_bulgaria = |record: &mut CallRecord| record.caller = Pii::from("+359888123456");
    desk.push(happened(Entry::Closed(with(9, Outcome::Answered, from_bulgaria))));
    desk.push(happened(Entry::Closed(with(1, Outcome::Answered, from_bulgaria))));
    desk.settle();
    assert_eq!(names(folder.path()), ["1 1", "2 2", "3 1", "4 -", "5 -", "6 -", "7 -", "8 -", "9 1"]);
    let contact = &desk.story(1).contacts[0].contact;
    assert_eq!((contact.customer, contact.number.as_ref().unwrap().reveal().as_str()), (Some(1), "+359888123456"));
    let card = desk.runtime.block_on(desk.reader.customer(1, 5)).unwrap().unwrap();
    assert_eq!(card.visits.iter().map(|visit| visit.call.0).collect::<Vec<_>>(), [9, 3, 1], "the newest first");
    assert_eq!((card.customer.created.as_millis(), card.customer.seen.as_millis()), (1_001, 1_009));
    desk.close();
}

#[test]
fn of_several_with_one_number_none_is_taken_until_somebody_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(from(1, "+359888123456"));
    desk.settle();
    let mut book = book(&desk);
    let wife = desk.runtime.block_on(book.add("Мария", "+359888123456")).unwrap();
    desk.push_all([from(2, "+359888123456"), entered(2)]);
    desk.settle();
    assert_eq!(names(folder.path()), ["1 1", "2 -"]);
    let both = desk.runtime.block_on(desk.reader.customers_with("+359888123456", 10)).unwrap();
    assert_eq!(both.iter().map(|one| one.customer).collect::<Vec<_>>(), [1, wife]);
    desk.runtime.block_on(book.pick(wife, terms::CallRef(2))).unwrap();
    assert_eq!(names(folder.path()), ["1 1".to_owned(), format!("2 {wife}")]);
    assert_eq!(desk.story(2).contacts[0].contact.customer, Some(wife));
    // They were one, after all.
    assert!(matches!(desk.runtime.block_on(book.merge(1, wife)).unwrap(), Changed::Done(_)));
    assert_eq!(names(folder.path()), ["1 1", "2 1"]);
    let one = desk.runtime.block_on(desk.reader.customer(1, 5)).unwrap().unwrap().customer;
    assert_eq!((one.name.as_str(), one.numbers.len()), ("Мария", 1));
    assert_eq!(desk.runtime.block_on(book.merge(1, wife)).unwrap(), Changed::Nobody);
    // The next one is nobody's number again.
    desk.push(from(3, "+442079460001"));
    desk.settle();
    assert_eq!(names(folder.path())[2], format!("3 {}", wife + 1));
    desk.close();
}

#[test]
fn who_changes_what_another_has_changed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push_all([from(1, "+359888123456"), from(2, "+4915112345678"), from(3, "+38640123456")]);
    desk.settle();
    let mut book = book(&desk);
    let mut change = |who, name: &str, version| {
        let fields = [("company".to_owned(), format!("{name} & Co"))].into();
        let change = CustomerChange { name: Some(name.into()), fields };
        desk.runtime.block_on(book.change(who, &change, version)).unwrap()
    };
    assert_eq!(change(1, "Цветан Йорданов", Some(1)), Changed::Done(2));
    assert_eq!(change(1, "Somebody", Some(1)), Changed::Meanwhile(2));
    assert_eq!(change(2, "Jürgen Groß", None), Changed::Done(2));
    assert_eq!(change(3, "Žiga Čuk", None), Changed::Done(2));
    assert_eq!(change(9, "Nobody", None), Changed::Nobody);
    assert_eq!(change(1, &"x".repeat(201), None), Changed::TooMuch);
    let find = |text: &str| {
        let found = desk.runtime.block_on(desk.reader.customers(text, 10)).unwrap();
        found.iter().map(|one| one.customer).collect::<Vec<_>>()
    };
    assert_eq!((find("цветан йор"), find("JURGEN"), find("gross")), (vec![1], vec![2], vec![2]));
    assert_eq!((find("ziga"), find("čuk & co"), find("%")), (vec![3], vec![3], vec![]));
    assert_eq!((find("888 123"), find("0888123456"), find("")), (vec![1], vec![1], vec![3, 2, 1]));
    desk.close();
}

#[test]
fn notes_are_kept_with_who_wrote_them_and_too_long_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(opened(1));
    desk.settle();
    let mut book = book(&desk);
    let mut write = |who, text: &str| {
        let note = NewNote { author: "user:anna".into(), text: text.into(), contact: Some(ContactId(1)) };
        desk.runtime.block_on(book.note(who, &note)).unwrap()
    };
    assert_eq!(write(1, "first"), Changed::Done(1));
    assert_eq!(write(1, " <b>second</b> "), Changed::Done(2));
    assert_eq!(
        (write(1, "  "), write(1, &"x".repeat(4_001)), write(2, "x")),
        (Changed::TooMuch, Changed::TooMuch, Changed::Nobody)
    );
    let notes = desk.runtime.block_on(desk.reader.customer(1, 5)).unwrap().unwrap().notes;
    let told: Vec<_> = notes.iter().map(|note| (note.text.as_str(), note.author.as_str(), note.contact)).collect();
    assert_eq!(told, [("<b>second</b>", "user:anna", Some(ContactId(1))), ("first", "user:anna", Some(ContactId(1)))]);
    desk.close();
}

/// Each file of the folder in which these bytes are.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let has = |path: &Path| std::fs::read(path).unwrap().windows(text.len()).any(|piece| piece == text.as_bytes());
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| has(path));
    files.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn who_is_erased_is_in_no_file_of_the_account_while_the_switch_runs_on() {
    const NUMBER: &str = "359888123456";
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let him = |call, outcome| with(call, outcome, |record| record.caller = Pii::from(format!("+{NUMBER}").as_str()));
    let to_him = |record: &mut CallRecord| {
        record.source = sip::Source::Phone(PhoneId::of("alice"));
        record.called = Pii::from(format!("00{NUMBER}").as_str());
    };
    desk.push_all([happened(Entry::Opened(him(1, Outcome::Open))), entered(1), opened(2)]);
    desk.push(happened(Entry::Closed(him(1, Outcome::Answered))));
    desk.push(happened(Entry::Closed(with(3, Outcome::Finished, to_him))));
    desk.push(happened(Entry::Message(Box::new(Message {
        capture: CaptureId(70),
        call: CallRef(1),
        mailbox: Mailbox::Queue(QueueId::of("support")),
        who: sip::Source::Trunk(TrunkId::of("acme")),
        number: format!("+{NUMBER}").as_str().into(),
        since: Wall::from_millis(5_000),
        until: Some(Wall::from_millis(9_000)),
        dropped: false,
    }))));
    desk.settle();
    let mut book = book(&desk);
    let note = NewNote { author: "user:anna".into(), text: "a secret of his".into(), contact: None };
    desk.runtime.block_on(book.note(1, &note)).unwrap();
    let numbers = desk.runtime.block_on(desk.reader.numbers_alone(1)).unwrap();
    let forms = Forms::of(&numbers, []);
    let export = |who| desk.runtime.block_on(desk.reader.customer_export(who, &forms)).unwrap();
    let all = export(1).unwrap();
    assert_eq!(
        (all["calls"].as_array().unwrap().len(), all["notes"][0]["text"].as_str()),
        (2, Some("a secret of his"))
    );
    assert_eq!(all["messages"][0]["capture"], 70, "what he left word of");
    assert!(export(7).is_none());
    assert!(!files_with(folder.path(), NUMBER).is_empty());
    let erased = desk.runtime.block_on(book.erase(1, forms.clone())).unwrap().unwrap();
    assert_eq!((erased.gone["notes"], erased.gone["customers"]), (1, 1));
    assert!(erased.rewritten["calls"] >= 2 && erased.rewritten["contacts"] == 1, "{erased:?}");
    assert_eq!(erased.rewritten["messages"], 1);
    // The switch goes on, and its next two postings leave nothing of before in the daybook.
    for call in 4..7 {
        desk.push(opened(call));
        desk.settle();
        std::thread::sleep(Duration::from_millis(50));
    }
    desk.runtime.block_on(book.tidy()).unwrap();
    let proof = book.prove(&erased.forms).unwrap();
    assert!(proof.holds() && proof.files.len() == 4, "{proof:?}");
    assert_eq!((files_with(folder.path(), NUMBER), files_with(folder.path(), "a secret of his")), (vec![], vec![]));
    assert_eq!(
        desk.calls().iter().map(|call| call.caller.reveal().as_str()).filter(|caller| *caller == "erased").count(),
        1
    );
    // His call ends a second time, and makes nobody again.
    desk.push(happened(Entry::Closed(with(1, Outcome::Answered, |record| record.caller = Pii::from("+442079460001")))));
    desk.settle();
    assert_eq!(names(folder.path())[0], "1 -");
    assert!(desk.runtime.block_on(book.erase(1, Forms::default())).unwrap().is_none());
    desk.close();
    let reader_of = |url: String| async move { Reader::open(&url).await };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reader = runtime.block_on(reader_of(desk::url(folder.path()))).unwrap();
    assert!(runtime.block_on(reader.customers(NUMBER, 5)).unwrap().is_empty());
}

#[test]
fn who_does_not_call_any_more_is_forgotten_after_a_time_and_notes_may_go_before() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let now = i64::try_from(now).unwrap();
    let today = |record: &mut CallRecord| {
        (record.caller, record.started) = (Pii::from("+359888123456"), terms::Wall::from_millis(now));
    };
    desk.push_all([from(1, "+442079460001"), happened(Entry::Opened(with(2, Outcome::Open, today)))]);
    desk.settle();
    let mut book = book(&desk);
    for who in [1, 2] {
        let note = NewNote { author: "user:anna".into(), text: "x".into(), contact: None };
        desk.runtime.block_on(book.note(who, &note)).unwrap();
    }
    let left = || column(folder.path(), "SELECT customer || ' ' || number FROM customer_numbers ORDER BY 1");
    let notes = || column(folder.path(), "SELECT CAST(customer AS TEXT) FROM notes ORDER BY 1");
    let keep = |keep| desk.side.as_ref().unwrap().push_blocking(Item::Keep(keep)).unwrap();
    keep(ledger::Retention { customers: Some(DAY), notes: Some(DAY), ..Default::default() });
    desk.until("the old one is gone", |_| left() == ["2 +359888123456"]);
    assert_eq!(notes(), ["2"]);
    desk.runtime.block_on(column_update(folder.path()));
    keep(ledger::Retention { notes: Some(DAY), ..Default::default() });
    desk.until("the old note is gone", |_| notes().is_empty());
    assert_eq!(left(), ["2 +359888123456"]);
    desk.close();
}

/// All notes were written long ago.
async fn column_update(folder: &Path) {
    use sqlx::Connection as _;
    let mut db = sqlx::SqliteConnection::connect(&desk::url(folder)).await.unwrap();
    sqlx::query("UPDATE notes SET at = 1").execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}
