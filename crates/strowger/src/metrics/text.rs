//! A status as Prometheus reads it: text exposition format 0.0.4. Names carry their unit, counters end in
//! `_total`; no label holds anything about a person.

use crate::admin::distribution::Distribution;
use crate::admin::status::{FiguresLine, LedgerLine, Status};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// What is written so far.
#[derive(Default)]
struct Page {
    text: String,
}

type Labels<'a> = &'a [(&'a str, &'a str)];

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: Labels<'_>, value: f64) {
        self.text.push_str(name);
        for (nth, (label, value)) in labels.iter().enumerate() {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.text, "{}{label}=\"{value}\"", if nth == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.text, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.head(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        self.sample(name, &[], number(value));
    }

    fn by(&mut self, name: &str, help: &str, label: &str, counts: &BTreeMap<String, u64>) {
        self.head(name, "counter", help);
        for (which, count) in counts {
            self.sample(name, &[(label, which)], number(*count));
        }
    }

    fn histogram(&mut self, name: &str, labels: Labels<'_>, lengths: &Distribution) {
        let mut upto = 0;
        let bucket = format!("{name}_bucket");
        let bounds = lengths.bounds_ms.iter().map(|bound| seconds(*bound).to_string()).chain(["+Inf".to_owned()]);
        for (count, bound) in lengths.counts.iter().zip(bounds) {
            upto += count;
            self.sample(&bucket, &[labels, &[("le", &bound)]].concat(), number(upto));
        }
        self.sample(&format!("{name}_sum"), labels, seconds(lengths.sum_ms));
        self.sample(&format!("{name}_count"), labels, number(upto));
    }
}

#[allow(clippy::cast_precision_loss)] // Prometheus keeps floats; counts stay far below 2^53.
fn number(count: u64) -> f64 {
    count as f64
}

fn size(count: usize) -> f64 {
    number(count as u64)
}

fn seconds(ms: u64) -> f64 {
    number(ms) / 1_000.0
}

fn flag(so: bool) -> f64 {
    f64::from(u8::from(so))
}

/// The page. Without a status the switch did not answer.
pub fn exposition(status: Option<&Status>, pulse_age: Duration) -> String {
    let mut page = Page::default();
    page.gauge("strowger_up", "Whether the signalling loop answers.", flag(status.is_some()));
    let help = "Since the signalling loop turned last.";
    page.gauge("strowger_signalling_pulse_age_seconds", help, pulse_age.as_secs_f64());
    let help = "Lines of the log that came faster than they could be written.";
    page.counter("strowger_log_lines_lost_total", help, crate::log::lost() as u64);
    if let Some(status) = status {
        switch(&mut page, status);
        signalling(&mut page, status);
        trunks(&mut page, status);
        media(&mut page, status);
        account(&mut page, status);
        machine(&mut page, status);
        queues(&mut page, status);
        shares(&mut page, status);
        agents(&mut page, status);
    }
    page.text
}

fn switch(page: &mut Page, status: &Status) {
    page.head("strowger_info", "gauge", "What runs; always 1.");
    page.sample("strowger_info", &[("version", &status.version), ("plan", &status.plan)], 1.0);
    page.gauge("strowger_up_seconds", "Since the start.", seconds(status.up_ms));
    page.counter("strowger_starts_total", "How often this node has started.", u64::from(status.incarnation));
    page.gauge("strowger_draining", "Whether new calls are refused.", flag(status.draining));
    page.gauge("strowger_calls", "Running calls.", size(status.calls));
    page.gauge("strowger_calls_limit", "Calls that may run at once.", size(status.calls_max));
    page.counter("strowger_calls_total", "Calls begun.", status.calls_total);
    page.by("strowger_refusals_total", "What was refused, by reason.", "reason", &status.refusals);
    page.by("strowger_astray_total", "What cannot be and came all the same: a bug, each.", "what", &status.astray);
    page.head("strowger_call_setup_seconds", "histogram", "From an INVITE to its answer.");
    page.histogram("strowger_call_setup_seconds", &[], &status.setups);
    let name = "strowger_reloads_total";
    page.head(name, "counter", "How the configuration was read again.");
    page.sample(name, &[("result", "taken")], number(status.reloads.taken));
    page.sample(name, &[("result", "refused")], number(status.reloads.refused));
}

fn signalling(page: &mut Page, status: &Status) {
    let sip = &status.sip;
    page.by("strowger_sip_requests_total", "SIP requests received, by method.", "method", &sip.received);
    page.counter("strowger_sip_garbage_total", "Datagrams and pieces of streams that were no message.", sip.garbage);
    let help = "Wrong passwords, with a nonce of ours.";
    page.counter("strowger_wrong_passwords_total", help, sip.wrong_passwords);
    let help = "Passwords not looked at, since there were too many wrong ones before.";
    page.counter("strowger_held_passwords_total", help, sip.held_passwords);
    let help = "Accounts of sources that wait after too many wrong passwords.";
    page.gauge("strowger_braked", help, size(sip.braked));
    page.gauge("strowger_sip_transactions", "Transactions alive.", size(sip.transactions));
    page.gauge("strowger_sip_dialogs", "Dialogs alive.", size(sip.dialogs));
    page.gauge("strowger_sip_legs", "Legs alive.", size(sip.legs));
    page.gauge("strowger_subscriptions", "Keys of phones that watch somebody.", size(sip.subscriptions));
    page.counter("strowger_notified_total", "What they were told, in NOTIFYs.", sip.notified);
    page.gauge("strowger_sip_streams", "TCP connections open.", size(sip.links));
    page.gauge("strowger_phones", "Phones in the configuration.", size(status.phones.configured));
    page.gauge("strowger_phones_reachable", "Phones that can be rung.", size(status.phones.reachable));
    page.gauge("strowger_registrations", "Contacts that are registered.", size(status.phones.bindings));
}

fn trunks(page: &mut Page, status: &Status) {
    page.head("strowger_trunk_calls", "gauge", "Running calls of a trunk.");
    for trunk in &status.trunks {
        page.sample("strowger_trunk_calls", &[("trunk", &trunk.name), ("direction", "in")], size(trunk.calls_in));
        page.sample("strowger_trunk_calls", &[("trunk", &trunk.name), ("direction", "out")], size(trunk.calls_out));
    }
    page.head("strowger_trunk_calls_limit", "gauge", "Calls that a trunk may carry at once.");
    for trunk in &status.trunks {
        page.sample("strowger_trunk_calls_limit", &[("trunk", &trunk.name)], f64::from(trunk.calls_max));
    }
    let probed: Vec<_> = status.trunks.iter().filter_map(|trunk| Some((trunk, trunk.reachable?))).collect();
    page.head("strowger_trunk_reachable", "gauge", "Whether a trunk that is probed answers.");
    for (trunk, reachable) in &probed {
        page.sample("strowger_trunk_reachable", &[("trunk", &trunk.name)], f64::from(u8::from(*reachable)));
    }
    page.head("strowger_trunk_reachable_age_seconds", "gauge", "For how long a probed trunk has been as it is.");
    for (trunk, _) in &probed {
        let seconds = number(trunk.since_ms.unwrap_or(0)) / 1_000.0;
        page.sample("strowger_trunk_reachable_age_seconds", &[("trunk", &trunk.name)], seconds);
    }
    page.head("strowger_trunk_registered", "gauge", "Whether a trunk that registers is registered.");
    for (trunk, registered) in status.trunks.iter().filter_map(|trunk| Some((trunk, trunk.registered?))) {
        page.sample("strowger_trunk_registered", &[("trunk", &trunk.name)], f64::from(u8::from(registered)));
    }
    page.head("strowger_trunk_calls_total", "counter", "Calls that a trunk brought.");
    for trunk in &status.trunks {
        page.sample("strowger_trunk_calls_total", &[("trunk", &trunk.name)], number(trunk.in_total));
    }
    page.head("strowger_trunk_ended_total", "counter", "Of which ended, but for those that went on in another call.");
    for trunk in &status.trunks {
        page.sample("strowger_trunk_ended_total", &[("trunk", &trunk.name)], number(trunk.in_ended));
    }
    let name = "strowger_trunk_ended_answered_total";
    page.head(name, "counter", "Of those that ended, somebody had answered.");
    for trunk in &status.trunks {
        page.sample(name, &[("trunk", &trunk.name)], number(trunk.in_ended_answered));
    }
}

fn media(page: &mut Page, status: &Status) {
    let media = &status.media;
    page.gauge("strowger_rtp_streams", "RTP streams open.", size(status.streams));
    page.counter("strowger_rtp_packets_received_total", "RTP and RTCP packets that arrived.", media.received);
    page.counter("strowger_rtp_packets_sent_total", "RTP and RTCP packets sent.", media.sent);
    page.counter("strowger_rtp_packets_unsent_total", "Packets that the kernel did not take.", media.unsent);
    page.by("strowger_rtp_packets_dropped_total", "Packets refused, by reason.", "reason", &media.dropped);
    let help = "Frames that the recorder had no room for: gaps in recordings.";
    page.counter("strowger_recording_frames_dropped_total", help, media.frames_dropped);
    let help = "Share of the packets of ended calls' callers that never came.";
    page.gauge("strowger_rtp_loss_ratio", help, media.loss.unwrap_or(0.0));
}

fn account(page: &mut Page, status: &Status) {
    let ledger = &status.ledger;
    page.gauge("strowger_ledger_backlog", "Items not in the database yet.", size(ledger.backlog));
    let help = "Items that may wait; at this many, new calls are refused.";
    page.gauge("strowger_ledger_backlog_limit", help, size(ledger.backlog_max));
    let help = "Since the oldest item came that is neither in the daybook nor in the database.";
    page.gauge("strowger_ledger_lag_seconds", help, seconds(ledger.lag_ms));
    page.counter("strowger_ledger_written_total", "Items that the database was given.", ledger.written);
    page.counter("strowger_ledger_commits_total", "Commits of the database.", ledger.commits);
    page.counter("strowger_ledger_failures_total", "Attempts to write that failed.", ledger.failures);
    let help = "Rows deleted and recordings removed, since they had been kept for long enough.";
    page.counter("strowger_ledger_purged_total", help, ledger.purged);
    let help = "How long the last commit took.";
    page.gauge("strowger_ledger_commit_seconds", help, number(ledger.commit_us) / 1_000_000.0);
    page.gauge("strowger_ledger_fault", "Whether the database cannot be written now.", flag(ledger.fault.is_some()));
    daybook(page, ledger);
    let help = "Ended calls whose final record is not on disk yet.";
    page.gauge("strowger_calls_unwritten", help, size(ledger.unwritten));
}

fn daybook(page: &mut Page, ledger: &LedgerLine) {
    page.counter("strowger_daybook_entries_total", "Groups written down in the daybook.", ledger.entries);
    let help = "How long the last of them took, with its sync.";
    page.gauge("strowger_daybook_entry_seconds", help, number(ledger.entry_us) / 1_000_000.0);
    let help = "Bytes in the daybook that are not in the database yet.";
    page.gauge("strowger_daybook_bytes", help, number(ledger.daybook_bytes));
    let help = "Since the oldest of them was written down.";
    page.gauge("strowger_daybook_unposted_seconds", help, seconds(ledger.unposted_ms));
    let help = "Whether records go to the database at once because there is no daybook.";
    page.gauge("strowger_daybook_fault", help, flag(ledger.daybook_fault.is_some()));
}

fn machine(page: &mut Page, status: &Status) {
    if let Some(disk) = &status.disk {
        page.gauge("strowger_disk_free_bytes", "Left for recordings.", number(disk.free_bytes));
        page.gauge("strowger_disk_size_bytes", "Of the disk of the recordings.", number(disk.total_bytes));
        page.counter("strowger_recorded_bytes_total", "Bytes of recordings written.", disk.recorded_bytes);
        let help = "Since the disk answered last.";
        page.gauge("strowger_disk_seen_age_seconds", help, seconds(disk.seen_ms));
        if let Some(days) = disk.days_left {
            let help = "How long the disk lasts at the present rate of recording.";
            page.gauge("strowger_disk_left_seconds", help, days * 86_400.0);
        }
    }
    if let Some(descriptors) = &status.descriptors {
        page.gauge("strowger_descriptors", "File descriptors in use.", number(descriptors.used));
        page.gauge("strowger_descriptors_limit", "File descriptors that may be open.", number(descriptors.limit));
    }
    page.gauge("process_resident_memory_bytes", "Resident memory.", number(status.memory.used_bytes));
    page.gauge("strowger_memory_limit_bytes", "Memory that the process may use.", number(status.memory.limit_bytes));
}

fn queues(page: &mut Page, status: &Status) {
    type Of = fn(&crate::admin::status::QueueLine) -> f64;
    let gauges: [(&str, &str, Of); 4] = [
        ("strowger_queue_waiting", "Callers who wait.", |queue| size(queue.waiting)),
        ("strowger_queue_longest_wait_seconds", "The longest of their waits.", |queue| seconds(queue.longest_ms)),
        ("strowger_queue_threshold_seconds", "The service level's threshold T.", |queue| seconds(queue.within_ms)),
        ("strowger_queue_target_ratio", "The service level's target.", |queue| queue.target),
    ];
    let counters: [(&str, &str, Of); 7] = [
        ("strowger_queue_volume_total", "Stays that began, since the start.", |queue| {
            number(queue.since_start.counts.volume)
        }),
        ("strowger_queue_contacts_total", "Of which of contacts that came to no queue before.", |queue| {
            number(queue.since_start.counts.contacts)
        }),
        ("strowger_queue_answered_total", "Contacts answered, also those who talk still, since the start.", |queue| {
            number(queue.since_start.counts.answered)
        }),
        ("strowger_queue_answered_in_time_total", "Of which within the T of their time.", |queue| {
            number(queue.since_start.counts.answered_in_time)
        }),
        ("strowger_queue_abandoned_total", "Contacts whose caller left, since the start.", |queue| {
            number(queue.since_start.counts.abandoned)
        }),
        ("strowger_queue_abandoned_in_time_total", "Of which within the T of their time.", |queue| {
            number(queue.since_start.counts.abandoned_in_time)
        }),
        ("strowger_queue_overflowed_total", "Contacts sent on, since the start.", |queue| {
            number(queue.since_start.counts.sent_on)
        }),
    ];
    for (kind, families) in [("gauge", &gauges[..]), ("counter", &counters[..])] {
        for (name, help, value) in families {
            page.head(name, kind, help);
            for queue in &status.queues {
                page.sample(name, &[("queue", &queue.name)], value(queue));
            }
        }
    }
    let name = "strowger_queue_agents";
    page.head(name, "gauge", "Agents of a queue who are logged in, by what they do.");
    for queue in &status.queues {
        for (state, count) in [
            ("ready", queue.ready),
            ("ringing", queue.ringing),
            ("talking", queue.talking),
            ("wrap_up", queue.wrap_up),
            ("paused", queue.paused),
            ("unreachable", queue.unreachable),
            ("other_call", queue.other_call),
        ] {
            page.sample(name, &[("queue", &queue.name), ("state", state)], size(count));
        }
    }
    let name = "strowger_queue_answer_wait_seconds";
    page.head(name, "histogram", "How long the answered waited, since the start.");
    for queue in &status.queues {
        page.histogram(name, &[("queue", &queue.name)], &queue.since_start.waits);
    }
}

/// Figures of a time that moves on: absent while there is nothing to divide by.
fn shares(page: &mut Page, status: &Status) {
    type Of = fn(&FiguresLine) -> Option<f64>;
    let families: [(&str, &str, Of); 3] = [
        ("strowger_queue_service_level_ratio", "SL3 of today and of the last 30 minutes.", |of| of.service_level),
        ("strowger_queue_abandoned_ratio", "abandoned / (answered + abandoned), likewise.", |of| of.abandoned_share),
        ("strowger_queue_asa_seconds", "Average wait of the answered, likewise.", |of| of.asa_ms.map(seconds)),
    ];
    for (name, help, value) in families {
        page.head(name, "gauge", help);
        for queue in &status.queues {
            for (of, figures) in [("today", &queue.today), ("last_30_minutes", &queue.last_30_minutes)] {
                if let Some(value) = value(figures) {
                    page.sample(name, &[("queue", &queue.name), ("of", of)], value);
                }
            }
        }
    }
}

fn agents(page: &mut Page, status: &Status) {
    page.head("strowger_agents", "gauge", "Agents, by what they do.");
    for (state, count) in &status.staff.states {
        page.sample("strowger_agents", &[("state", state)], size(*count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::status::{CountsLine, DescriptorLine, DiskLine, QueueLine, SinceStartLine, StaffLine, TrunkLine};
    use std::collections::BTreeSet;

    fn full() -> Status {
        let mut waits = Distribution::new(&[1_000, 20_000]);
        [500, 1_500, 90_000].into_iter().for_each(|wait| waits.count(wait));
        Status {
            version: "0.1.0".into(),
            calls: 3,
            refusals: BTreeMap::from([("no route".into(), 2), ("a \"b\"\\c\nd".into(), 1)]),
            setups: Distribution::setups(),
            trunks: vec![TrunkLine {
                name: "acme".into(),
                calls_in: 2,
                reachable: Some(false),
                registered: Some(true),
                ..TrunkLine::default()
            }],
            disk: Some(DiskLine { days_left: Some(0.5), ..DiskLine::default() }),
            descriptors: Some(DescriptorLine::default()),
            queues: vec![QueueLine {
                name: "support".into(),
                waiting: 4,
                paused: 2,
                today: FiguresLine { service_level: Some(0.5), asa_ms: Some(1_500), ..FiguresLine::default() },
                since_start: SinceStartLine { counts: CountsLine { answered: 3, ..CountsLine::default() }, waits },
                ..QueueLine::default()
            }],
            staff: StaffLine { states: [("ready".into(), 1)].into(), ..StaffLine::default() },
            ..Status::default()
        }
    }

    /// What a scraper insists on, after the format's description.
    fn check(text: &str) {
        let mut families: BTreeMap<&str, &str> = BTreeMap::new();
        let mut helped = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                assert!(helped.insert(help.split(' ').next().unwrap()), "twice: {line}");
                continue;
            }
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert!(helped.contains(name) && families.insert(name, kind).is_none(), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                continue;
            }
            let name = line.split(['{', ' ']).next().unwrap();
            let family = families.get(name).map(|_| name).or_else(|| {
                let base = ["_bucket", "_sum", "_count"].iter().find_map(|ending| name.strip_suffix(ending))?;
                (families.get(base) == Some(&"histogram")).then_some(base)
            });
            assert_eq!(families.keys().next_back().is_some(), family.is_some(), "no TYPE before {line}");
            let (sample, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(seen.insert(sample), "twice: {line}");
        }
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn every_sample_has_its_family_once_and_a_number() {
        let text = exposition(Some(&full()), Duration::from_millis(1_500));
        check(&text);
        for line in [
            "strowger_up 1",
            "strowger_signalling_pulse_age_seconds 1.5",
            "strowger_calls 3",
            "strowger_refusals_total{reason=\"no route\"} 2",
            "strowger_refusals_total{reason=\"a \\\"b\\\"\\\\c\\nd\"} 1",
            "strowger_trunk_calls{trunk=\"acme\",direction=\"in\"} 2",
            "strowger_trunk_reachable{trunk=\"acme\"} 0",
            "strowger_queue_waiting{queue=\"support\"} 4",
            "strowger_disk_left_seconds 43200",
            "strowger_agents{state=\"ready\"} 1",
            "strowger_queue_agents{queue=\"support\",state=\"paused\"} 2",
            "strowger_queue_answered_total{queue=\"support\"} 3",
            "strowger_queue_service_level_ratio{queue=\"support\",of=\"today\"} 0.5",
            "strowger_queue_asa_seconds{queue=\"support\",of=\"today\"} 1.5",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
        }
        check(&exposition(None, Duration::ZERO));
    }

    #[test]
    fn a_histogram_adds_up_to_its_count() {
        let text = exposition(Some(&full()), Duration::ZERO);
        let of = |ending: &str| {
            let name = format!("strowger_queue_answer_wait_seconds_{ending}");
            text.lines()
                .filter(|line| line.starts_with(&name))
                .map(|line| line[name.len()..].to_owned())
                .collect::<Vec<_>>()
        };
        let labels = "{queue=\"support\"";
        let buckets = [("1", 1), ("20", 2), ("+Inf", 3)].map(|(le, n)| format!("{labels},le=\"{le}\"}} {n}"));
        assert_eq!(of("bucket"), buckets);
        assert_eq!((of("sum"), of("count")), (vec![format!("{labels}}} 92")], vec![format!("{labels}}} 3")]));
    }
}
