//! What an account tells, as text.

use crate::desk::Desk;
use ledger::report::{Grouping, Question};
use ledger::{CallRow, JournalPlace};
use std::fmt::Write as _;
use std::time::Duration;
use terms::Wall;

fn call(desk: &Desk, row: &CallRow, text: &mut String) {
    let ms = |at: Option<Wall>| at.map(Wall::as_millis);
    let times = (ms(Some(row.started)), ms(row.answered), ms(row.connected), ms(row.ended));
    let lengths = (row.waited_ms, row.talked_ms, row.held_ms);
    let names = (&row.queue_name, &row.agent_name, &row.recording);
    let ids = (row.contact, row.capture);
    writeln!(text, "{} {} {times:?} {lengths:?} {names:?} {ids:?}", row.call, row.outcome).unwrap();
    for event in desk.runtime.block_on(desk.reader.events(row.call)).unwrap() {
        let what = serde_json::to_string(&event.what).unwrap();
        writeln!(text, "  {} {:?} {what}", event.at.as_millis(), event.agent).unwrap();
    }
}

/// Calls with their events, recordings, reloads, the journal, the report, and what a start remembers.
pub fn told(desk: &Desk) -> String {
    let mut text = String::new();
    desk.calls().iter().for_each(|row| call(desk, row, &mut text));
    let ask = &desk.runtime;
    for row in ask.block_on(desk.reader.recordings(100, None)).unwrap() {
        writeln!(text, "{} {} {:?} {:?}", row.capture, row.call, row.file, row.sha256).unwrap();
    }
    for reload in ask.block_on(desk.reader.reloads(100)).unwrap() {
        writeln!(text, "reload {} {}", reload.at.as_millis(), reload.detail).unwrap();
    }
    for (place, entry) in ask.block_on(desk.reader.journal(JournalPlace::default(), 1_000)).unwrap() {
        let what = serde_json::to_string(&entry.what).unwrap();
        writeln!(text, "journal {}/{} {what}", place.incarnation.start(), place.sequence).unwrap();
    }
    let question = Question {
        grouping: Grouping::Queue,
        edges: vec![Wall::from_millis(1_795_300_000_000), Wall::from_millis(1_795_310_000_000)],
        queue: None,
        thresholds: [].into(),
        otherwise: Duration::from_secs(20),
        now: Wall::from_millis(1_795_310_000_000),
    };
    let report = ask.block_on(desk.reader.report(&question)).unwrap();
    let total = &report.total;
    let waits = (total.answered_wait_ms, total.longest_wait_ms, total.offered, total.missed, total.handled);
    let times = (total.talk_ms, total.talking_ms, total.wrap_up_ms, total.wrapping_ms, total.ready_ms);
    writeln!(text, "report {} {} {} {waits:?} {times:?}", total.came, total.answered, total.abandoned).unwrap();
    for (agent, sessions) in &report.sessions {
        let ms = |at: Option<Wall>| at.map(Wall::as_millis);
        let sessions: Vec<_> = sessions.iter().map(|session| (ms(session.from), ms(session.to))).collect();
        writeln!(text, "sessions of {agent}: {sessions:?}").unwrap();
    }
    let start = &desk.start;
    for (_, owed) in &start.dialogs {
        let sip::Owed::Bye(kept) = owed else { panic!("only confirmed dialogs were kept") };
        writeln!(text, "owed {}", kept.call_id).unwrap();
    }
    writeln!(text, "lost {}, overlay {}, statuses {:?}", start.lost, start.overlay.len(), start.statuses).unwrap();
    text
}
