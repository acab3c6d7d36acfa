//! NOTIFYs (RFC 6665 4.2.2): what a subscription is told, what its answers mean, and its end. A NOTIFY that nobody answers,
//! or that is refused, ends it: a phone that lives subscribes anew, and is told everything then.

use super::{Due, Endpoint};
use crate::face::{Body, Watch};
use crate::message::{Message, Method, Name};
use crate::notifier::state::{Act, Event as Step, State, step};
use crate::notifier::{Reason, SubId, SubTimer, Subscription};
use crate::transaction::store::{Path, Purpose};
use std::time::Duration;
use terms::limits;

impl Endpoint {
    /// What a subscription is to know now.
    pub(super) fn notify(&mut self, id: SubId, body: Body) {
        self.step_subscription(id, Step::News, Some(body));
    }

    /// There is nothing more to tell it.
    pub(super) fn end_subscription(&mut self, id: SubId) {
        self.close_subscription(id, Reason::NoResource);
    }

    fn close_subscription(&mut self, id: SubId, reason: Reason) {
        if let Some(known) = self.notifier.get_mut(id) {
            known.reason = reason;
        }
        self.step_subscription(id, Step::Ended, None);
    }

    /// Those of phones that are no longer known end.
    pub(super) fn subscriptions_reconfigured(&mut self) {
        let gone = self.notifier.those(|known| self.directory.phone(known.by).is_none());
        gone.into_iter().for_each(|id| self.close_subscription(id, Reason::Rejected));
    }

    /// A deadline of a subscription has come.
    pub(super) fn subscription_due(&mut self, id: SubId, timer: SubTimer) {
        let step = match timer {
            SubTimer::Expiry => Step::Left,
            SubTimer::Retry => Step::Rested,
        };
        self.step_subscription(id, step, None);
    }

    /// Asks the table, and does what it says.
    pub(super) fn step_subscription(&mut self, id: SubId, event: Step, mut news: Option<Body>) {
        let Some(known) = self.notifier.get_mut(id) else { return };
        let Some((next, acts)) = step(known.state, event) else { return };
        known.state = next;
        let mut sent = true;
        for act in acts {
            match act {
                Act::Arm => self.arm_subscription(id),
                Act::Disarm => {
                    SubTimer::ALL.iter().for_each(|timer| self.deadlines.cancel(Due::Subscription(id, *timer)))
                }
                Act::Ask => self.watch(Watch::StateWanted { sub: id }),
                Act::Send => sent = self.send_notify(id, news.take(), false),
                Act::SendWaiting => {
                    let waiting = self.notifier.get_mut(id).and_then(|known| known.waiting.take());
                    match waiting {
                        None if self.wants_all(id) => {}
                        waiting => sent = self.send_notify(id, waiting, false),
                    }
                }
                Act::SendLast => sent = self.send_notify(id, news.take(), true),
                Act::Keep => self.keep_news(id, news.take()),
                Act::Rest => self.keep_news(id, None),
                Act::Tell => self.watch(Watch::Unsubscribed { sub: id }),
                Act::Forget => self.forget_subscription(id),
            }
        }
        if !sent {
            // There is no way to it.
            self.step_subscription(id, Step::Lost, None);
        }
    }

    /// What says only what is new has not waited: whoever missed one of those is told everything instead.
    fn wants_all(&mut self, id: SubId) -> bool {
        let Some(known) = self.notifier.get_mut(id).filter(|known| known.package.is_partial()) else { return false };
        known.state = State::Idle;
        self.watch(Watch::StateWanted { sub: id });
        true
    }

    fn arm_subscription(&mut self, id: SubId) {
        let Some(known) = self.notifier.get(id) else { return };
        self.deadlines.set(Due::Subscription(id, SubTimer::Expiry), known.expires);
    }

    fn keep_news(&mut self, id: SubId, news: Option<Body>) {
        if let Some(known) = self.notifier.get_mut(id) {
            known.waiting = news.filter(|_| !known.package.is_partial());
        }
    }

    fn forget_subscription(&mut self, id: SubId) {
        SubTimer::ALL.iter().for_each(|timer| self.deadlines.cancel(Due::Subscription(id, *timer)));
        let Some(known) = self.notifier.get(id) else { return };
        let key = self.keys.dialog(&known.dialog.call_id, &known.dialog.local_tag);
        self.notifier.remove(id, key);
    }

    /// Sends one; false: there is no way.
    fn send_notify(&mut self, id: SubId, body: Option<Body>, last: bool) -> bool {
        let Some(path) = self.notify_path(id) else {
            self.counts.unsent += 1;
            return false;
        };
        let branch = self.tokens.branch();
        let now = self.now.mono;
        let Some(known) = self.notifier.get_mut(id) else { return false };
        let seq = known.dialog.next_seq();
        known.out = seq;
        let left = known.expires.since(now).as_secs();
        let Some(known) = self.notifier.get(id) else { return false };
        let builder = self
            .dialog_request(&known.dialog, &Method::Notify, seq, path, &branch)
            .header(Name::Contact, &known.contact)
            .header(Name::Event, &known.event);
        let builder = match last {
            false => builder.header(Name::SubscriptionState, format_args!("active;expires={left}")),
            true => {
                builder.header(Name::SubscriptionState, format_args!("terminated;reason={}", known.reason.as_str()))
            }
        };
        let request = super::compose::with_body(builder, body.as_ref()).build();
        self.notifier.told += 1;
        self.send_other(&Method::Notify, branch, path, request, Purpose::News { sub: id, seq });
        true
    }

    /// The way that its last SUBSCRIBE came; or where its device is now, when that way is gone.
    fn notify_path(&mut self, id: SubId) -> Option<Path> {
        let Subscription { way, by, .. } = self.notifier.get(id)?;
        let (way, by) = (*way, *by);
        if !self.links.takes(way.link) && way.transport.is_reliable() {
            let binding = way.device.and_then(|device| self.registrar.binding(by, device));
            let binding = binding.filter(|binding| binding.usable() && binding.transport == way.transport)?;
            let (remote, link) = (binding.remote, binding.link);
            return self.path_to(way.transport, remote, link);
        }
        self.path_to(way.transport, way.remote, Some(way.link))
    }

    /// It was answered.
    pub(super) fn news_answered(&mut self, id: SubId, seq: u32, status: u16, message: &Message) {
        let pause = message.retry_after().map(|retry| retry.delay.min(limits::NOTIFY_REST));
        let event = match (status, pause) {
            (200..=299, _) => Step::Taken,
            // RFC 6665 4.2.2: it has not failed when it may be tried again.
            (_, Some(pause)) if status >= 500 || status == 480 => return self.news_postponed(id, seq, pause),
            _ => Step::Lost,
        };
        self.news_over(id, seq, event);
    }

    fn news_postponed(&mut self, id: SubId, seq: u32, pause: Duration) {
        self.news_over(id, seq, Step::Postponed);
        if self.notifier.get(id).is_some_and(|known| known.state == State::Resting) {
            self.deadlines.set(Due::Subscription(id, SubTimer::Retry), self.now.mono + pause);
        }
    }

    /// It was answered, or will not be. The answer to one that another has overtaken says nothing.
    pub(super) fn news_over(&mut self, id: SubId, seq: u32, event: Step) {
        if self.notifier.get(id).is_some_and(|known| known.out == seq) {
            self.step_subscription(id, event, None);
        }
    }
}
