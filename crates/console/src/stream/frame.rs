//! What a page is told: everything at first, then what has changed, gathered. It is serialised once for all who see the same.

use crate::access::tokens::screen;
use crate::access::{About, Viewer, may_see};
use crate::mirror::boards::{self, Boards};
use crate::mirror::{Changed, Mirror};
use crate::wire::{AgentState, BoardState, CallState, QueueState, time};
use bytes::Bytes;
use serde::Serialize;
use std::sync::OnceLock;
use terms::{QueueId, Wall};

/// Lines of the state, as of one moment.
#[derive(Clone, Debug, Serialize)]
struct Lines {
    frame: &'static str,
    as_of: String,
    at: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    boards: Vec<BoardState>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queues: Vec<QueueState>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    agents: Vec<AgentState>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallState>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ended: Vec<CallState>,
    /// Only in the first frame: by which files the page should be made, so that one of another version loads itself anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    assets: Option<&'static str>,
}

/// A frame.
#[derive(Debug)]
pub struct Frame {
    lines: Lines,
    /// Queues of each board, in the order of `lines.boards`.
    of_boards: Vec<Vec<QueueId>>,
    whole: OnceLock<Bytes>,
}

impl Frame {
    fn of(lines: Lines, mirror: &Mirror) -> Frame {
        let plan = mirror.plan();
        let queues = |state: &BoardState| {
            let board = boards::of(plan).into_iter().find(|board| board.name == state.name);
            board.map(|board| boards::queues_of(&board, plan)).unwrap_or_default()
        };
        let of_boards = lines.boards.iter().map(queues).collect();
        Frame { lines, of_boards, whole: OnceLock::new() }
    }

    /// Everything.
    pub fn everything(mirror: &Mirror, boards: &mut Boards, now: Wall) -> Frame {
        let lines = Lines {
            frame: "snapshot",
            as_of: mirror.as_of().to_string(),
            at: time(now),
            boards: boards.look(mirror, now),
            queues: mirror.queues(now),
            agents: mirror.agents(),
            calls: mirror.calls(),
            ended: vec![],
            assets: Some(crate::assets::hash()),
        };
        Frame::of(lines, mirror)
    }

    /// What has changed; none where nothing has.
    pub fn changes(mirror: &Mirror, changed: Changed, news: Vec<BoardState>, now: Wall) -> Option<Frame> {
        if changed.is_empty() && news.is_empty() {
            return None;
        }
        let lines = Lines {
            frame: "changes",
            as_of: mirror.as_of().to_string(),
            at: time(now),
            boards: news,
            queues: changed.queues.iter().filter_map(|queue| mirror.queue_state(*queue, now)).collect(),
            agents: changed.agents.iter().filter_map(|agent| mirror.agent_state(*agent)).collect(),
            calls: changed.calls.iter().filter_map(|call| mirror.call_state(*call)).collect(),
            ended: changed.ended,
            assets: None,
        };
        Some(Frame::of(lines, mirror))
    }

    /// As somebody sees it.
    pub fn seen_by(&self, viewer: &Viewer) -> Bytes {
        match viewer.sight.is_everything() {
            true => self.whole.get_or_init(|| json(&self.lines)).clone(),
            false => json(&self.sight(viewer)),
        }
    }

    /// Its boards, as somebody sees them.
    pub fn boards_seen_by(&self, viewer: &Viewer) -> Vec<BoardState> {
        self.sight(viewer).boards
    }

    fn sight(&self, viewer: &Viewer) -> Lines {
        let sees = |queue: Option<&str>, agent: Option<&str>| may_see(viewer, About { queue, agent });
        let mut lines = self.lines.clone();
        let whole = |queues: &Vec<QueueId>| {
            let each = !queues.is_empty() && queues.iter().all(|queue| viewer.sight.queue(*queue));
            viewer.sight.is_everything() || each
        };
        let mut of_boards = self.of_boards.iter();
        lines.boards.retain(|_| of_boards.next().is_some_and(whole));
        lines.queues.retain(|queue| sees(Some(&queue.name), None));
        lines.agents.retain(|agent| sees(None, Some(&agent.name)));
        lines.agents.iter_mut().for_each(|agent| agent.queues.retain(|queue| sees(Some(queue), None)));
        let call = |call: &CallState| sees(call.queue.as_deref(), call.agent.as_deref());
        lines.calls.retain(call);
        lines.ended.retain(call);
        match screen(viewer) {
            Some(board) => only(board, lines),
            None => lines,
        }
    }
}

/// What a screen on a wall shows: one board, and nothing of anybody.
fn only(board: &str, mut lines: Lines) -> Lines {
    lines.boards.retain(|state| state.name == board);
    Lines { queues: vec![], agents: vec![], calls: vec![], ended: vec![], ..lines }
}

fn json(lines: &Lines) -> Bytes {
    serde_json::to_vec(lines).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{BEGIN, after, agent, entered, event, snapshot};
    use acd::{Status, Work};
    use control::{Role, Scope, Sight};
    use serde_json::Value;
    use terms::AgentId;

    fn viewer(scope: Scope) -> Viewer {
        Viewer { name: "x".into(), roles: vec![Role::Supervisor], sight: Sight::from(&scope) }
    }

    fn seen(frame: &Frame, scope: Scope) -> (String, Value) {
        let text = String::from_utf8(frame.seen_by(&viewer(scope)).to_vec()).unwrap();
        (text.clone(), serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn who_leads_one_queue_finds_nothing_of_another_in_any_frame_and_all_others_share_one() {
        let mut mirror = Mirror::new(snapshot());
        mirror.take(&event(11, 1_000, 1, "support", None, entered()));
        mirror.take(&event(12, 1_000, 2, "sales", None, entered()));
        mirror.take(&agent(13, 2_000, "anna", Status::Ready, Work::Idle));
        mirror.take(&agent(14, 2_000, "boris", Status::Ready, Work::Idle));
        let mut boards = Boards::default();
        let everything = Frame::everything(&mirror, &mut boards, BEGIN);
        let changed = mirror.changes();
        let news = boards.news(&mirror, after(3_000));
        let changes = Frame::changes(&mirror, changed, news, after(3_000)).unwrap();
        let (queues, agents) = ([QueueId::of("support")].into(), [AgentId::of("anna")].into());
        let support = Scope::Of { queues, agents, phones: [].into() };
        for frame in [&everything, &changes] {
            let (whole, all) = seen(frame, Scope::All);
            assert!(whole.contains("sales") && whole.contains("boris") && all["boards"].as_array().unwrap().len() == 2);
            let (text, some) = seen(frame, support.clone());
            assert!(text.contains("support") && text.contains("anna"), "{text}");
            assert!(!text.contains("sales") && !text.contains("boris") && !text.contains("shop"), "{text}");
            assert_eq!(some["boards"], Value::Null, "boards of queues of which he does not see every one");
        }
        let shared = [(); 2].map(|()| everything.seen_by(&viewer(Scope::All)).as_ptr());
        assert_eq!(shared[0], shared[1], "serialised once");
    }
}
