//! The picture in the sizes that terminals have: what is there, where, and in which colour.

use super::*;
use crate::admin::status::{AgentLine, CountsLine, FiguresLine, QueueLine, TrunkLine};
use ratatui_core::backend::TestBackend;
use ratatui_core::style::{Color, Style};
use ratatui_core::terminal::Terminal;

const ADDRESS: &str = "server 192.168.100.200:5060  user guest  password abcd2345  number 500";
const FOOT: &str = "Ctrl-C ends it";
const COLOURS: Look = Look { colour: true, unicode: true };

fn status() -> Status {
    let queue = |name: &str, waiting, longest_ms, share| QueueLine {
        name: name.into(),
        waiting,
        longest_ms,
        within_ms: 5_000,
        target: 0.8,
        today: FiguresLine {
            service_level: Some(share),
            counts: CountsLine { answered: 12_345, ..CountsLine::default() },
            abandoned_share: Some(0.125),
            ..FiguresLine::default()
        },
        ready: 2,
        ..QueueLine::default()
    };
    let agent = |(nth, name): (usize, &str)| AgentLine {
        name: name.into(),
        status: "ready".into(),
        state: ["talking", "ready", "wrap_up", "ringing"][nth % 4].into(),
        reachable: true,
        since_ms: 61_000,
        ..AgentLine::default()
    };
    let names = ["anna", "boris", "chen", "dora", "emil", "fatima"];
    Status {
        up_ms: 3_723_000,
        calls: 7,
        queues: vec![queue("support", 4, 41_000, 0.5), queue("sales", 0, 0, 1.0)],
        agents: names.into_iter().enumerate().map(agent).collect(),
        trunks: vec![TrunkLine { name: "carrier".into(), state: "up".into(), calls_max: 100, ..TrunkLine::default() }],
        ..Status::default()
    }
}

fn call(nth: u64) -> CallCells {
    CallCells {
        own: nth == 0,
        runs: nth < 7,
        started: format!("12:00:{nth:02}"),
        state: "answered".into(),
        tone: Tone::Good,
        caller: if nth == 0 { "guest (you)".into() } else { format!("+35988812340{}", nth % 10) },
        called: "+442079460001".into(),
        queue: Some("support".into()),
        agent: Some("anna".into()),
        waited_ms: Some(2_000 * nth),
        length_ms: 9_000,
    }
}

/// The cells of a picture of so many calls.
fn drawn(status: &Status, (width, height): (u16, u16), look: Look, calls: u64) -> Buffer {
    let rows: Vec<CallCells> = (0..calls).map(call).collect();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    draw(&mut terminal, status, look, &rows);
    terminal.backend().buffer().clone()
}

fn draw(terminal: &mut Terminal<TestBackend>, status: &Status, look: Look, rows: &[CallCells]) {
    let picture = Picture {
        title: "demo",
        status,
        top: &|look, _| Top { must: vec![Row::new(look).text(ADDRESS, Tone::Strong).line()], more: vec![] },
        calls: Some(Calls { rows, latest: true }),
        foot: (FOOT, Tone::Faint),
    };
    terminal.draw(|frame| paint(&picture, look, frame.area(), frame.buffer_mut())).unwrap();
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let line = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..buffer.area.height).map(line).collect()
}

fn line_with<'a>(lines: &'a [String], words: &str) -> (usize, &'a str) {
    let found = lines.iter().enumerate().find(|(_, line)| line.contains(words));
    found.map(|(nth, line)| (nth, line.as_str())).unwrap_or_else(|| panic!("no {words} in {lines:#?}"))
}

/// The style of the first cell of these words.
fn style(buffer: &Buffer, words: &str) -> Style {
    let lines = lines(buffer);
    let (y, line) = line_with(&lines, words);
    let x = line[..line.find(words).unwrap()].chars().count();
    buffer[(x as u16, y as u16)].style()
}

#[test]
fn everything_that_must_stay_in_sight_is_there_in_every_size() {
    for size in [(80, 24), (120, 40), (200, 60), (138, 40), (160, 24), (100, 30)] {
        let buffer = drawn(&status(), size, COLOURS, 60);
        let lines = lines(&buffer);
        assert!(lines[0].starts_with(" Strowger demo") && lines[0].ends_with("7 calls   up 1:02:03"), "{lines:#?}");
        assert_eq!(line_with(&lines, ADDRESS).0, 2);
        assert_eq!(lines.last().unwrap(), &format!(" {FOOT}"));
        for words in ["support", "sales", "anna", "fatima", "guest (you)", "12345", "12.5 %", "last calls"] {
            line_with(&lines, words);
        }
        // Six calls at least, one's own among them.
        let shown = lines.iter().filter(|line| line.contains("12:00:")).count();
        assert!(shown >= 6, "{size:?}: {shown} calls\n{lines:#?}");
    }
}

#[test]
fn figures_stand_below_one_another_and_nothing_runs_over_the_edge() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let lines = lines(&drawn(&status(), size, COLOURS, 60));
        let end = |line: &str, words: &str| line[..line.find(words).unwrap() + words.len()].chars().count();
        let (at, head) = line_with(&lines, "answered abandoned");
        assert_eq!(end(head, "answered"), end(&lines[at + 1], "12345"), "{lines:#?}");
        assert_eq!(end(head, "abandoned"), end(&lines[at + 1], "12.5 %"));
        assert_eq!(end(head, "SL"), end(&lines[at + 1], "50.0 %"));
        assert_eq!(end(head, "SL"), end(&lines[at + 2], "100.0 %"));
        assert_eq!(end(head, "longest"), end(&lines[at + 1], "00:41"));
        let (at, head) = line_with(&lines, "waited  length");
        assert_eq!(end(head, "length"), end(&lines[at + 1], "00:09"), "{lines:#?}");
        assert!(lines.iter().all(|line| line.chars().count() <= usize::from(size.0)));
    }
}

#[test]
fn colours_say_what_is_good_and_bad_and_without_them_no_cell_has_one() {
    let buffer = drawn(&status(), (120, 40), COLOURS, 9);
    assert_eq!(style(&buffer, "50.0 %").fg, Some(Color::Red));
    assert_eq!(style(&buffer, "100.0 %").fg, Some(Color::Green));
    assert_eq!(style(&buffer, "talking  01:01").fg, Some(Color::Cyan));
    assert_eq!(style(&buffer, "guest (you)").fg, Some(Color::Magenta));
    assert_eq!(style(&buffer, "━").fg, Some(Color::Red), "somebody waits far too long");
    let plain = drawn(&status(), (120, 40), Look { colour: false, unicode: false }, 9);
    assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(plain.content.iter().all(|cell| cell.symbol().is_ascii()), "{:#?}", lines(&plain));
}

#[test]
fn bars_show_how_much() {
    let lines = lines(&drawn(&status(), (80, 24), COLOURS, 1));
    let (at, _) = line_with(&lines, "answered abandoned");
    assert!(lines[at + 1].contains("4 ━━━────   00:41  ━━━╸───  50.0 %"), "{lines:#?}");
    assert!(lines[at + 2].contains("0 ───────       -  ━━━━━━━ 100.0 %"), "{lines:#?}");
}

#[test]
fn nothing_moves_while_figures_change_and_a_new_size_leaves_nothing_of_the_old() {
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
    let rows: Vec<CallCells> = (0..9).map(call).collect();
    draw(&mut terminal, &status(), COLOURS, &rows);
    let before = lines(terminal.backend().buffer());
    let mut later = status();
    later.queues[0].waiting = 0;
    later.queues[0].today.service_level = None;
    later.calls = 12;
    draw(&mut terminal, &later, COLOURS, &rows[..2]);
    let after = lines(terminal.backend().buffer());
    for head in ["answered abandoned", "agents", "last calls", "carrier", FOOT] {
        let (before, after) = (line_with(&before, head), line_with(&after, head));
        assert_eq!((before.0, before.1.find(head)), (after.0, after.1.find(head)));
    }
    terminal.backend_mut().resize(80, 24);
    draw(&mut terminal, &status(), COLOURS, &rows);
    assert_eq!(lines(terminal.backend().buffer()), lines(&drawn(&status(), (80, 24), COLOURS, 9)));
}

#[test]
fn a_terminal_of_any_size_gets_a_picture() {
    for size in [(1, 1), (2, 2), (10, 3), (40, 8), (80, 5), (500, 3), (20, 200)] {
        drawn(&status(), size, COLOURS, 60);
    }
    let lines = lines(&drawn(&status(), (80, 5), COLOURS, 60));
    assert!(lines[2].contains(ADDRESS), "{lines:#?}");
    let words = |size| self::lines(&drawn(&status(), size, COLOURS, 60)).join("/");
    assert_eq!(words((80, 2)), format!(" {ADDRESS}/"), "the picture goes before what must stay");
    assert!(words((40, 8)).ends_with(" too small: 71x2 needed"), "{}", words((40, 8)));
}

#[test]
fn what_is_wrong_is_said_below_the_title() {
    let mut wrong = status();
    wrong.ledger.fault = Some("disk full".into());
    (wrong.agents[1].reachable, wrong.agents[1].state) = (false, "unreachable".into());
    wrong.draining = true;
    let buffer = drawn(&wrong, (120, 40), COLOURS, 1);
    assert!(lines(&buffer)[0].contains("DRAINING"));
    assert!(lines(&buffer)[1].contains("THE DATABASE CANNOT BE WRITTEN"));
    assert_eq!(style(&buffer, "THE DATABASE").fg, Some(Color::Red));
    assert_eq!(style(&buffer, "no phone").fg, Some(Color::Red));
}

#[test]
fn a_pause_that_waits_for_the_end_of_a_call_is_called_a_pause() {
    let mut waits = status();
    waits.agents[0].pending = Some("not_ready".into());
    line_with(&lines(&drawn(&waits, (120, 40), COLOURS, 1)), "talking, then paused");
}

#[test]
fn more_agents_than_fit_are_counted() {
    let mut many = status();
    many.agents = (0..90).map(|nth| AgentLine { name: format!("agent{nth}"), ..many.agents[1].clone() }).collect();
    let lines = lines(&drawn(&many, (80, 24), COLOURS, 60));
    // Four rows of three are shown.
    let (_, more) = line_with(&lines, "more");
    assert_eq!(more, " … 78 more", "{lines:#?}");
}

#[test]
fn the_title_says_so_when_not_all_calls_that_run_are_below() {
    let title = |calls| lines(&drawn(&status(), (80, 24), COLOURS, calls))[0].clone();
    assert!(title(60).ends_with("7 calls   up 1:02:03"), "{}", title(60));
    assert!(title(3).ends_with("7 calls (3 below)   up 1:02:03"), "{}", title(3));
}
