//! Session timers (RFC 4028), as either side: an agreed time within which one of the two gives a sign of life; without it
//! the call is over. What is asked for, what is agreed to, who refreshes, and what happens when the time has come.

use super::leg::{Change, Leg, LegTimer, Phase};
use super::receive::Incoming;
use super::{Due, Endpoint};
use crate::face::{Body, EndedBy};
use crate::message::{Builder, Message, Method, Name};
use bytes::Bytes;
use std::time::Duration;
use terms::{Cause, LegId, Mono};

/// RFC 4028 4: no interval is shorter, and none need be taken that is.
const LEAST: u32 = 90;
/// When a refresh cannot go out since something else is under way.
const SOON: Duration = Duration::from_secs(5);

/// What is agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The session interval, in seconds.
    pub interval: u32,
    /// We refresh.
    pub ours: bool,
    /// When the last sign of life came.
    pub since: Mono,
}

/// What a leg keeps of its session timer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Life {
    /// What is agreed; none: the call may be silent for ever.
    pub session: Option<Session>,
    /// What we ask for, in seconds; 0: nothing.
    pub asks: u32,
    /// The least that the other side takes, where it said so.
    pub least: u32,
    /// Our session description, for a refresh by re-INVITE.
    pub description: Bytes,
}

impl Session {
    /// RFC 4028 10: the refresher is early, and who waits for him gives up a little before the end.
    fn due(&self) -> Mono {
        let interval = u64::from(self.interval);
        let wait = if self.ours { interval / 2 } else { interval - (interval / 3).min(32) };
        self.since + Duration::from_secs(wait)
    }
}

impl Leg {
    /// Adds to a request of ours what we ask for, or keep up (RFC 4028 7.1, 7.4).
    pub(super) fn ask_session(&self, builder: Builder) -> Builder {
        let builder = match (self.life.session, self.life.asks) {
            (Some(Session { interval, ours, .. }), _) => {
                let refresher = if ours { "uac" } else { "uas" };
                builder.header(Name::SessionExpires, format_args!("{interval};refresher={refresher}"))
            }
            (None, 0) => return builder,
            (None, asks) => builder.header(Name::SessionExpires, asks),
        };
        match self.life.least {
            0 => builder,
            least => builder.header(Name::MinSe, least),
        }
    }
}

impl Endpoint {
    /// What we ask for, in seconds.
    fn asked_life(&self) -> u32 {
        let asked = self.directory.config.session;
        if asked.is_zero() { 0 } else { in_seconds(asked).max(self.least_session()) }
    }

    /// The least that we take, in seconds.
    fn least_session(&self) -> u32 {
        in_seconds(self.directory.config.session_min).max(LEAST)
    }

    /// What a leg begins with.
    pub(super) fn fresh_life(&self) -> Life {
        // RFC 4028 5: where nothing is said, 90 s are meant.
        let least = Some(self.least_session()).filter(|least| *least > LEAST).unwrap_or_default();
        Life { asks: self.asked_life(), least, ..Life::default() }
    }

    /// RFC 4028 9: an interval that is too short, from somebody who understands a 422.
    pub(super) fn is_too_brief(&self, message: &Message) -> bool {
        message.session_expires().is_some_and(|(seconds, _)| seconds < self.least_session())
            && message.supports("timer")
    }

    /// 422.
    pub(super) fn refuse_interval(&mut self, incoming: &Incoming) {
        let least = self.least_session();
        self.refuse_with(incoming, 422, "", "interval too brief", |builder| builder.header(Name::MinSe, least));
    }

    /// What a 2xx to this request agrees to (RFC 4028 9). From now on it counts.
    pub(super) fn agree_session(&mut self, id: LegId, request: &Message) -> Option<Session> {
        if !matches!(request.method(), Some(Method::Invite | Method::Update)) {
            return None;
        }
        let knows = request.supports("timer");
        let now = self.now.mono;
        let life = &mut self.legs.get_mut(&id)?.life;
        let asked = request.session_expires();
        let interval = match asked {
            Some((seconds, _)) => seconds,
            None if knows && life.asks > 0 => life.asks,
            None => {
                self.no_session(id);
                return None;
            }
        };
        let interval = interval.max(LEAST).max(request.min_se().unwrap_or(0));
        // RFC 4028 9, table 2: as the caller says; where he says nothing, he does it if he can.
        let ours = match asked.and_then(|(_, refresher)| refresher) {
            Some(who) => who.eq_ignore_ascii_case("uas") || !knows,
            None => !knows,
        };
        let session = Session { interval, ours, since: now };
        life.session = Some(session);
        self.deadlines.set(Due::Leg(id, LegTimer::Session), session.due());
        Some(session)
    }

    /// What a 2xx to a request of ours agreed to (RFC 4028 7.2).
    pub(super) fn session_agreed(&mut self, id: LegId, response: &Message) {
        let now = self.now.mono;
        let Some((interval, refresher)) = response.session_expires() else {
            return self.no_session(id);
        };
        let ours = refresher.is_none_or(|who| !who.eq_ignore_ascii_case("uas"));
        let session = Session { interval: interval.max(LEAST), ours, since: now };
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.life.session = Some(session);
        self.deadlines.set(Due::Leg(id, LegTimer::Session), session.due());
    }

    /// Nothing is agreed: the call may be silent for ever (RFC 4028 7.2, 9).
    fn no_session(&mut self, id: LegId) {
        if self.legs.get_mut(&id).and_then(|leg| leg.life.session.take()).is_some() {
            self.deadlines.cancel(Due::Leg(id, LegTimer::Session));
        }
    }

    /// Notes what we told the other side of our media.
    pub(super) fn describe_us(&mut self, id: LegId, body: Option<&Body>) {
        if let (Some(leg), Some(body)) = (self.legs.get_mut(&id), body) {
            leg.life.description = body.bytes.clone();
        }
    }

    /// The time has come: to refresh, or to give up.
    pub(super) fn session_due(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.told) else { return };
        let Some(session) = leg.life.session else { return };
        if !session.ours {
            return self.session_lapsed(id);
        }
        let free = matches!((&leg.phase, &leg.change), (Phase::Up, Change::None)) && leg.repeat.is_none();
        if !free || self.deadlines.is_set(Due::Leg(id, LegTimer::Glare)) {
            return self.deadlines.set(Due::Leg(id, LegTimer::Session), self.now.mono + SOON);
        }
        self.refresh(id);
    }

    /// Sends a sign of life.
    pub(super) fn refresh(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        let (updates, description, at) = (leg.updates, leg.life.description.clone(), leg.chosen.unwrap_or(0));
        match updates {
            true if self.send_refresh(id, at) => {}
            true => self.refresh_failed(id, 503, None),
            // RFC 4028 7.4: the same session description, unchanged.
            false if !description.is_empty() => self.send_reinvite(id, Some(Body::sdp(description)), true),
            false => self.refresh_failed(id, 501, None),
        }
    }

    /// The sign of life was not taken.
    pub(super) fn refresh_failed(&mut self, id: LegId, status: u16, message: Option<&Message>) {
        if matches!(status, 408 | 481) {
            return self.lose(id);
        }
        let pause = match status {
            491 => Some(self.glare_pause(id)),
            401 | 407 if message.is_some_and(|message| self.take_challenge(id, message)) => Some(Duration::ZERO),
            _ => None,
        };
        let now = self.now.mono;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(session) = leg.life.session.as_mut() else { return };
        let due = match (status, pause) {
            (_, Some(pause)) => now + pause,
            // RFC 4028 7.3: not so often.
            (422, None) if message.and_then(Message::min_se).is_some_and(|least| least > session.interval) => {
                session.interval = message.and_then(Message::min_se).unwrap_or(LEAST);
                leg.life.least = session.interval;
                now
            }
            (405 | 501, None) if leg.updates => {
                leg.updates = false;
                now
            }
            // RFC 4028 10: nothing helped; the other side may still refresh, else it is over.
            _ => {
                session.ours = false;
                session.due().max(now)
            }
        };
        self.deadlines.set(Due::Leg(id, LegTimer::Session), due);
    }

    /// RFC 4028 10: nobody gave a sign of life.
    fn session_lapsed(&mut self, id: LegId) {
        if !self.legs.get(&id).is_some_and(|leg| matches!(leg.phase, Phase::Up)) {
            return;
        }
        self.tell_ended(id, EndedBy::Timeout, Some(Cause::TIMEOUT));
        self.send_bye(id, Some(Cause::TIMEOUT.into()));
    }

    /// The INVITE asked for too short an interval: once more with theirs (RFC 4028 7.3).
    pub(super) fn take_interval(&mut self, id: LegId, message: &Message) -> bool {
        let Some(least) = message.min_se() else { return false };
        let Some(life) = self.legs.get_mut(&id).map(|leg| &mut leg.life) else { return false };
        if life.asks == 0 || least <= life.asks {
            return false;
        }
        (life.asks, life.least) = (least, least);
        true
    }
}

fn in_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}

/// Adds what was agreed to a 2xx (RFC 4028 9).
pub(super) fn with_session(builder: Builder, session: Option<Session>) -> Builder {
    match session {
        None => builder,
        Some(Session { interval, ours: true, .. }) => {
            builder.header(Name::SessionExpires, format_args!("{interval};refresher=uas"))
        }
        Some(Session { interval, .. }) => builder
            .header(Name::Require, "timer")
            .header(Name::SessionExpires, format_args!("{interval};refresher=uac")),
    }
}
