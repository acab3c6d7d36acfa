//! `[[board]]` and `[console]`: what they say, and what is wrong with one.

mod common;

use common::taken;
use dialplan::Figure;
use terms::QueueId;

const QUEUES: &str = "[[queue]]\nname = \"support\"\nagents = []\nservice_level = { within = \"20s\" }\n[[queue]]\nname = \"sales\"\nagents = []\n";

/// The codes of what is wrong.
fn wrong(keys: &str) -> Vec<&'static str> {
    let findings = common::read(&format!("{QUEUES}{keys}")).map_or_else(|findings| findings, |loaded| loaded.warnings);
    findings.iter().map(|finding| finding.code).filter(|code| !["unused", "unanswerable"].contains(code)).collect()
}

#[test]
fn a_board_has_its_queues_and_its_thresholds_in_the_unit_of_each_figure() {
    let text = format!(
        "{QUEUES}[[board]]\nname = \"hall\"\ntitle = \"Support\"\nqueues = [\"support\"]\nfigures = [\n\
         {{ show = \"waiting\", warning = \"3\" }},\n{{ show = \"longest_wait\", warning = \"30s\", critical = \"1m\" }},\n\
         {{ show = \"service_level\", critical = \"60%\" }},\n]\n[[board]]\nname = \"plain\"\n"
    );
    let plan = taken(&text).plan;
    let hall = &plan.boards[0];
    assert_eq!((hall.title.as_str(), hall.queues.as_slice()), ("Support", &[QueueId::of("support")][..]));
    let figures: Vec<_> = hall.figures.iter().map(|figure| (figure.show, figure.warning, figure.critical)).collect();
    assert_eq!(
        figures,
        [
            (Figure::Waiting, Some(3.0), None),
            (Figure::LongestWait, Some(30_000.0), Some(60_000.0)),
            (Figure::ServiceLevel, None, Some(0.6)),
        ]
    );
    let plain = &plan.boards[1];
    assert_eq!((plain.title.as_str(), plain.queues.len(), plain.figures.len()), ("plain", 0, 4));
}

#[test]
fn what_cannot_be_shown_is_found() {
    let board = |figures: &str| format!("[[board]]\nname = \"hall\"\nfigures = [{figures}]\n");
    let three = "{ show = \"ready\" }, { show = \"talking\" }, ";
    assert_eq!(wrong(&board(&format!("{three}{{ show = \"waiting\" }}"))), Vec::<&str>::new());
    assert_eq!(wrong(&board(&format!("{three}{{ show = \"wating\" }}"))), ["unknown-figure"]);
    assert_eq!(wrong(&board(&format!("{three}{{ show = \"waiting\", warning = \"30s\" }}"))), ["bad-threshold"]);
    assert_eq!(wrong(&board("{ show = \"waiting\" }")), ["board-figures"]);
    assert_eq!(wrong("[[board]]\nname = \"hall\"\nqueues = [\"suport\"]\n"), ["unknown-name"]);
    assert_eq!(wrong("[[board]]\nname = \"hall\"\n[[board]]\nname = \"hall\"\n"), ["defined-twice"]);
}
