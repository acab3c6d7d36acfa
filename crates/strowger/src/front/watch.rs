//! What is wanted of who watches a running call: that he is rung, that others hear him, that he takes a place.

use super::FrontDesk;
use super::calls::{obeyed, only, party, routed};
use crate::admin::wire::Reply;
use call::{At, PartyLine, Side, Verb};
use node::Node;
use terms::{CallRef, Now, WatchMode, Word as _};

impl FrontDesk {
    /// Rings somebody who is to watch a party.
    pub(super) fn listen(
        &self,
        now: Now,
        node: &mut Node,
        call: CallRef,
        (whom, mode): (Option<&str>, WatchMode),
        at: &str,
    ) -> Reply {
        let done = self.sheet(now, node, call).and_then(|sheet| {
            let one = match whom {
                Some(text) => party(&self.plan, &sheet, text)?,
                None => only(&self.plan, &sheet, |line| {
                    matches!(line.at, Some(At::Phone(_))) && line.side != Side::Watcher
                })?,
            };
            let (to, _) = routed(&self.plan, None, at, now.wall)?;
            obeyed(now, node, call, Verb::Watch { party: one.leg, to, mode })?;
            Ok(format!("{at} is rung to {} to {} of call {call}", mode.word(), one.leg))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Others hear one who watches.
    pub(super) fn mode(&self, now: Now, node: &mut Node, call: CallRef, who: Option<&str>, mode: WatchMode) -> Reply {
        let done = self.watcher(now, node, call, who).and_then(|one| {
            obeyed(now, node, call, Verb::Mode { party: one.leg, mode })?;
            Ok(format!("{} of call {call}: {}", one.leg, mode.word()))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// He takes the place of the one whom he watches.
    pub(super) fn take_over(&self, now: Now, node: &mut Node, call: CallRef, who: Option<&str>) -> Reply {
        let done = self.watcher(now, node, call, who).and_then(|one| {
            obeyed(now, node, call, Verb::TakeOver { party: one.leg })?;
            Ok(format!("{} takes over call {call}", one.leg))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    fn watcher(&self, now: Now, node: &Node, call: CallRef, who: Option<&str>) -> Result<PartyLine, String> {
        let sheet = self.sheet(now, node, call)?;
        let one = match who {
            Some(text) => party(&self.plan, &sheet, text)?,
            None if sheet.parties.iter().all(|line| line.side != Side::Watcher) => {
                return Err(format!("nobody watches call {call}"));
            }
            None => only(&self.plan, &sheet, |line| line.side == Side::Watcher)?,
        };
        Ok(one.clone())
    }
}
