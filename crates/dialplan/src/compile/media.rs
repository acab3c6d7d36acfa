//! `[media]`.

use crate::finding::Report;
use crate::scope::Scope;
use crate::table::Table;
use crate::text::At;
use crate::{Listen, Media, Plan};
use terms::{PromptId, limits};

/// What is written where a held caller is to hear nothing.
const SILENCE: &str = "silence";

/// Reads it; the plan has its ports and queues already.
pub(super) fn read(table: Option<Table<'_>>, plan: &Plan, scope: &mut Scope, report: &mut Report) -> Media {
    let music = || plan.queues.iter().find_map(|queue| queue.music);
    let Some(mut table) = table else { return Media { workers: None, hold: music() } };
    let workers = table.integer("workers", 1..=limits::MEDIA_WORKERS, report);
    if let (Some(workers), Some(at)) = (workers, table.get("workers")) {
        share(&plan.listen, workers as usize, at.at, report);
    }
    let said = table.says("hold", report);
    let hold = hold(&mut table, scope, report);
    table.finish(report);
    Media { workers: workers.map(|workers| workers as u16), hold: if said { hold } else { music() } }
}

fn hold(table: &mut Table<'_>, scope: &mut Scope, report: &mut Report) -> Option<PromptId> {
    let text = table.string("hold", report)?;
    (text.text != SILENCE).then(|| scope.prompt(&text, report))
}

/// Each worker needs ports for a whole call.
fn share(listen: &Listen, workers: usize, at: At, report: &mut Report) {
    let pairs = listen.pairs();
    if pairs / workers < 2 {
        let message = format!("{pairs} pairs of RTP ports are too few for {workers} workers");
        let help = match pairs / 2 {
            0 | 1 => "leave it out: there is one".to_owned(),
            most => format!("write {most}, or less"),
        };
        let finding = report.error(at, "many-workers", message).help(help);
        finding.note("a call takes two pairs, and both are of one worker");
    }
}
