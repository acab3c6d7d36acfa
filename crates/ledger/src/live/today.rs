//! What status and wall boards tell of queues: figures of today and of the last half hour, and counts since the start, by
//! the plan in force. They are fed with what goes into the account; what happened before this start is told once it was read.

use super::{Figures, Live};
use crate::report::Tally;
use call::cdr::CallEvent;
use dialplan::{Plan, Queue};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{QueueId, Wall, limits};

/// The figures.
#[derive(Clone, Debug)]
pub struct Today {
    live: Live,
    /// What happened while the account is read.
    meanwhile: Option<Vec<CallEvent>>,
    since_start: BTreeMap<QueueId, Tally>,
    queues: BTreeMap<QueueId, Day>,
}

/// By what a queue is judged.
#[derive(Clone, Debug)]
struct Day {
    zone: TimeZone,
    within: Duration,
}

impl Today {
    /// Without a past, until [`Today::past`] tells of it.
    pub fn new(plan: &Plan) -> Today {
        let mut figures = Today {
            live: Live::default(),
            meanwhile: Some(Vec::new()),
            since_start: BTreeMap::new(),
            queues: BTreeMap::new(),
        };
        figures.take_plan(plan);
        figures
    }

    /// Thresholds and zones as the plan has them now: figures of the past are judged by them too.
    pub fn take_plan(&mut self, plan: &Plan) {
        let office = plan.office.zone.as_deref().and_then(zone).unwrap_or_else(TimeZone::system);
        let day = |queue: &Queue| Day {
            zone: queue.zone.as_deref().and_then(zone).unwrap_or_else(|| office.clone()),
            within: queue.service_level,
        };
        self.queues = plan.queues.iter().map(|queue| (queue.id, day(queue))).collect();
        self.since_start.retain(|queue, _| self.queues.contains_key(queue));
        self.live.retain(|queue| self.queues.contains_key(&queue));
    }

    /// Something goes into the account.
    pub fn take(&mut self, event: &CallEvent) {
        let Some((queue, day)) = event.queue.and_then(|queue| Some((queue, self.queues.get(&queue)?))) else { return };
        let within_ms = u64::try_from(day.within.as_millis()).unwrap_or(u64::MAX);
        self.since_start.entry(queue).or_default().count_stay(&event.what, within_ms);
        self.live.take(event);
        if let Some(meanwhile) = &mut self.meanwhile {
            match meanwhile.len() < limits::FIGURES_MEANWHILE {
                true => meanwhile.push(event.clone()),
                false => {
                    self.meanwhile = None;
                    tracing::warn!("the account could not be read in time: figures of today begin with this start");
                }
            }
        }
    }

    /// What the account says of the time before this start.
    pub fn past(&mut self, past: Live) {
        let Some(meanwhile) = self.meanwhile.take() else { return };
        self.live = past;
        meanwhile.iter().for_each(|event| self.live.take(event));
        self.live.retain(|queue| self.queues.contains_key(&queue));
    }

    /// Whether what the account says of the time before this start is counted, or will never be.
    pub fn is_whole(&self) -> bool {
        self.meanwhile.is_none()
    }

    /// A queue's figures now.
    pub fn of(&self, queue: QueueId, now: Wall) -> Figures {
        let Some(Day { zone, within }) = self.queues.get(&queue) else { return Figures::default() };
        self.live.of(queue, *within, midnight(zone, now), now)
    }

    /// A queue's counts since the start; what was in time was so by the threshold of its time.
    pub fn since_start(&self, queue: QueueId) -> Tally {
        self.since_start.get(&queue).cloned().unwrap_or_default()
    }
}

fn zone(name: &str) -> Option<TimeZone> {
    dialplan::hours::zone(name).ok()
}

/// The begin of the day in a zone.
fn midnight(zone: &TimeZone, now: Wall) -> Wall {
    let begin = Timestamp::from_millisecond(now.as_millis())
        .and_then(|now| now.to_zoned(zone.clone()).start_of_day())
        .map(|begin| begin.timestamp().as_millisecond());
    begin.map_or(now, Wall::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use call::cdr::CallEventKind;
    use dialplan::{Loaded, Sound, Sources};

    struct Text(String);

    impl Sources for Text {
        fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.clone().into_bytes())
        }

        fn sound(&mut self, _: &str, _: &str) -> Sound {
            Sound::Fits
        }
    }

    fn plan(text: &str) -> std::sync::Arc<Plan> {
        let Loaded { plan, .. } = dialplan::load(&mut Text(text.into()), "strowger.toml").unwrap();
        plan
    }

    fn queues(within: &str) -> std::sync::Arc<Plan> {
        plan(&format!(
            "[office]\nzone = \"Europe/Sofia\"\n[[queue]]\nname = \"here\"\nagents = []\n\
             service_level = {{ within = \"{within}\" }}\n\
             [[queue]]\nname = \"far\"\nagents = []\nzone = \"Asia/Tokyo\"\n"
        ))
    }

    fn at(text: &str) -> Wall {
        Wall::from_millis(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    fn answered(queue: &str, at: Wall, waited_ms: u64) -> CallEvent {
        let what = serde_json::json!({"kind": "connected", "waited_ms": waited_ms, "rang_ms": 0});
        let what: CallEventKind = serde_json::from_value(what).unwrap();
        CallEvent { at, call: None, queue: Some(QueueId::of(queue)), contact: None, segment: None, agent: None, what }
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_queues_zone_or_the_offices() {
        let mut figures = Today::new(&queues("20s"));
        let (before, after) = (at("2026-11-25T21:59:59Z"), at("2026-11-25T22:00:00Z"));
        for queue in ["here", "far"] {
            figures.take(&answered(queue, before, 0));
            figures.take(&answered(queue, after, 0));
        }
        let now = at("2026-11-25T22:10:00Z");
        let of = |queue| figures.of(QueueId::of(queue), now);
        assert_eq!((of("here").today.answered, of("far").today.answered), (1, 2), "Tokyo is in its morning");
        assert_eq!((of("here").last_30_minutes.answered, of("far").last_30_minutes.answered), (2, 2));
        let later = at("2026-11-26T22:00:00Z");
        let of = |queue| figures.of(QueueId::of(queue), later);
        assert_eq!((of("here").today, of("far").today.answered), (Tally::default(), 0), "another day");
        assert_eq!(figures.since_start(QueueId::of("here")).answered, 2, "and the same start");
    }

    #[test]
    fn a_changed_threshold_judges_the_whole_day_and_no_count_since_the_start() {
        let mut figures = Today::new(&queues("20s"));
        let now = at("2026-11-25T10:00:00Z");
        for waited_ms in [4_000, 5_000, 5_001, 20_000, 20_001] {
            figures.take(&answered("here", now, waited_ms));
        }
        let in_time = |figures: &Today| {
            let figures = figures.of(QueueId::of("here"), now);
            (figures.today.answered_in_time, figures.last_30_minutes.answered_in_time)
        };
        assert_eq!(in_time(&figures), (4, 4));
        figures.take_plan(&queues("5s"));
        assert_eq!(in_time(&figures), (2, 2));
        assert_eq!(figures.since_start(QueueId::of("here")).answered_in_time, 4);
    }

    #[test]
    fn what_happens_while_the_account_is_read_is_counted_once() {
        let mut figures = Today::new(&queues("20s"));
        let now = at("2026-11-25T10:00:00Z");
        let mut past = Live::default();
        past.take(&answered("here", at("2026-11-25T08:00:00Z"), 0));
        figures.take(&answered("here", now, 0));
        assert_eq!(figures.of(QueueId::of("here"), now).today.answered, 1);
        figures.past(past);
        assert_eq!(figures.of(QueueId::of("here"), now).today.answered, 2);
        figures.take(&answered("here", now, 0));
        assert_eq!(figures.of(QueueId::of("here"), now).today.answered, 3);
        assert_eq!(figures.since_start(QueueId::of("here")).answered, 2);
    }

    #[test]
    fn a_queue_that_was_removed_is_forgotten() {
        let mut figures = Today::new(&queues("20s"));
        let now = at("2026-11-25T10:00:00Z");
        figures.take(&answered("here", now, 0));
        figures.take(&answered("nowhere", now, 0));
        figures.take_plan(&plan("[[queue]]\nname = \"far\"\nagents = []\n"));
        assert_eq!(figures.of(QueueId::of("here"), now), Figures::default());
        assert_eq!(figures.live, Live::default());
    }
}
