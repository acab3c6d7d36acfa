//! What is wanted of who watches a running call: that he is rung, or comes as he has dialled, that others hear him, that he
//! takes a place; and what is played to those who talk.

use super::FrontDesk;
use super::calls::{obeyed, only, party, routed};
use super::door::Heard;
use super::slots::phones;
use crate::admin::wire::Reply;
use crate::names;
use call::{At, CallSheet, PartyLine, Side, Verb};
use dialplan::Plan;
use node::Node;
use terms::{CallRef, Now, PromptId, WatchMode, Word as _};

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
            let one = listened(&self.plan, &sheet, whom)?;
            let (to, _) = routed(&self.plan, None, at, now.wall)?;
            obeyed(now, node, call, Verb::Watch { party: one.leg, to, mode })?;
            Ok(format!("{at} is rung to {} to {} of call {call}", mode.word(), one.leg))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Takes somebody to whatever call a phone is in: who has dialled a code for it as he is, and else he is rung.
    pub(super) fn take_to(
        &self,
        now: Now,
        node: &mut Node,
        whom: &str,
        (at, mode): (&str, WatchMode),
        heard: Heard,
    ) -> Reply {
        let done = phones(&self.plan, whom).and_then(|phones| {
            let talks = node.board().talking_at(&phones);
            let (call, party) = talks.ok_or_else(|| format!("not now: {whom} is in no conversation"))?;
            let (to, _) = routed(&self.plan, None, at, now.wall)?;
            let watch = Verb::Watch { party, to, mode };
            if let Some((own, leg)) = heard {
                node.board().may(call, &watch).map_err(|words| format!("not now: {words}"))?;
                obeyed(now, node, own, Verb::Observe { party: leg, to: call, of: party, mode })?;
                return Ok(format!("{at} comes to {} to {whom} in call {call}", mode.word()));
            }
            obeyed(now, node, call, watch)?;
            Ok(format!("{at} is rung to {} to {whom} in call {call}", mode.word()))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Plays a sound into a call, to one of its parties or to all who talk.
    pub(super) fn play(&self, now: Now, node: &mut Node, call: CallRef, file: &str, to: Option<&str>) -> Reply {
        let done = self.sheet(now, node, call).and_then(|sheet| {
            let to = to.map(|text| party(&self.plan, &sheet, text).map(|line| line.leg)).transpose()?;
            names::known("sound", file, self.plan.prompts.iter().map(|prompt| prompt.path.as_str()))?;
            obeyed(now, node, call, Verb::Play { to, sound: PromptId::of(file) })?;
            let whom = to.map_or_else(|| "all".to_owned(), |leg| leg.to_string());
            Ok(format!("{file} is played to {whom} of call {call}"))
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

    /// The one who watches a call, or who is named of several.
    pub(super) fn watcher(&self, now: Now, node: &Node, call: CallRef, who: Option<&str>) -> Result<PartyLine, String> {
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

/// Whoever is named, else the only one who has a phone of ours.
pub(super) fn listened(plan: &Plan, sheet: &CallSheet, whom: Option<&str>) -> Result<PartyLine, String> {
    let one = match whom {
        Some(text) => party(plan, sheet, text),
        None => only(plan, sheet, |line| matches!(line.at, Some(At::Phone(_))) && line.side != Side::Watcher),
    };
    one.cloned()
}
