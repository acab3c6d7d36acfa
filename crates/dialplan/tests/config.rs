//! Every configuration that we hand out loads, and the full one shows every key.

mod common;

use common::{one, read, taken};
use dialplan::keys::{Keys, ROOT};
use dialplan::{Arrival, Destination, Loaded, Origin};
use terms::{QueueId, TrunkId, Wall};

const FULL: &str = include_str!("../../../config/strowger.toml");
const BENCH: &str = include_str!("../../../config/bench.toml");

/// Loads, with no warning but these.
fn clean(text: &str, codes: &[&str]) -> Loaded {
    let loaded = taken(text);
    let warned: Vec<&str> = loaded.warnings.iter().map(|finding| finding.code).collect();
    assert_eq!(warned, codes, "{}", dialplan::render(&loaded.warnings, &mut one(text)));
    loaded
}

#[test]
fn the_full_configuration_and_the_examples_load_without_a_warning() {
    clean(FULL, &[]);
    clean(include_str!("../../../config/examples/small-office.toml"), &[]);
    clean(include_str!("../../../config/examples/call-centre.toml"), &[]);
    clean(include_str!("../../../config/examples/after-hours.toml"), &[]);
}

#[test]
fn the_plan_of_the_load_harness_has_its_phones_agents_and_numbers() {
    let loaded = clean(BENCH, &["plain-password"]);
    let plan = loaded.plan;
    assert_eq!((plan.phones.len(), plan.agents.len(), loaded.secrets.phones.len()), (2050, 50, 2000));
    assert!(plan.agents.iter().all(|agent| agent.ready_at_start && agent.devices.len() == 1));
    let from = Origin::Trunk(TrunkId::of("caller"));
    let go = |called| plan.decide(&Arrival { from, caller: "7", called }, Wall::default()).unwrap();
    assert_eq!(go("1555").destination, Destination::Trunk(TrunkId::of("callee"), None));
    assert!(go("2555").record && !go("1555").record);
    assert_eq!(go("3").destination, Destination::Queue(QueueId::of("ringing")));
    assert!(plan.queue(QueueId::of("answering")).unwrap().answer);
    assert_eq!(plan.queue(QueueId::of("answering")).unwrap().agents.len(), 50);
}

#[test]
fn a_code_that_nobody_has_written_yields_to_a_number_that_somebody_has() {
    let phone = "[[phone]]\nuser = \"alice\"\nextension = \"*51\"\ncontact = \"192.0.2.7\"\n";
    let route = "[[route]]\nfrom = \"phone:alice\"\nto = \"*5*\"\ngo = \"hangup\"\n";
    let dialled = |text: &str, number| taken(text).plan.codes.dialled(number).is_some();
    assert_eq!((dialled(phone, "*51"), dialled(phone, "*52")), (false, true));
    assert!(!dialled(&format!("{phone}{route}"), "*52"));
}

#[test]
fn a_code_that_takes_a_number_yields_to_whatever_begins_with_it() {
    let phone = |extension: &str| {
        format!("[[phone]]\nuser = \"alice\"\nextension = \"{extension}\"\ncontact = \"192.0.2.7\"\n")
    };
    let routed = |to: &str| format!("{}[[route]]\nfrom = \"*\"\nto = \"{to}\"\ngo = \"hangup\"\n", phone("101"));
    let dialled = |text: &str, number| taken(text).plan.codes.dialled(number).is_some();
    // `*21` takes a number, `*52` a digit, and `*54` nothing.
    for (to, number) in [
        ("*21xxx", "*21101"),
        ("*210*", "*21*101#"),
        ("*210", "*21"),
        ("*523", "*52"),
        ("*52x", "*52*1#"),
        ("*54", "*54#"),
    ] {
        assert!(!dialled(&routed(to), number), "{to}: {number}");
    }
    for (to, number) in [("*22xxx", "*21101"), ("*5211", "*521"), ("*541", "*54"), ("*", "*21101")] {
        assert!(dialled(&routed(to), number), "{to}: {number}");
    }
    assert!(!dialled(&phone("*2199"), "*21101"));
}

#[test]
fn every_key_is_in_the_full_configuration() {
    let mut open: Vec<&Keys> = vec![&ROOT];
    let mut found = 0;
    while let Some(keys) = open.pop() {
        for key in keys.keys {
            let (name, tables) = (key.name, key.tables());
            let shown = FULL.contains(&format!("{name} =")) || FULL.contains(&format!("[{name}"));
            assert!(shown, "{name} of {} is not in config/strowger.toml", keys.title);
            open.extend(tables);
            found += 1;
        }
    }
    assert!(found >= 80, "{found} keys");
}

#[test]
fn thousands_of_queues_in_a_row_are_checked_at_once() {
    let count = 4_000;
    let queue = |number: usize| {
        let next = (number + 1) % count;
        format!(
            "[[queue]]\nname = \"q{number}\"\nagents = []\noverflow = [{{ when = \"full\", go = \"queue:q{next}\" }}]\n"
        )
    };
    let text: String = (0..count).map(queue).collect();
    let loaded = taken(&text);
    let circles = loaded.warnings.iter().filter(|finding| finding.code == "overflow-circle").count();
    assert_eq!(circles, 1);
}

#[test]
fn a_queue_says_where_its_days_begin_and_whether_a_ring_is_interrupted() {
    let text = |more: &str| format!("[office]\nzone = \"Europe/Sofia\"\n[[queue]]\nname = \"a\"\nagents = []\n{more}");
    let plan = taken(&text("")).plan;
    assert_eq!((plan.office.zone.as_deref(), &plan.queues[0].zone), (Some("Europe/Sofia"), &None));
    assert!(!plan.queues[0].interrupts_ring);
    let plan = taken(&text("zone = \"Asia/Tokyo\"\ninterrupt_ring = true\n")).plan;
    assert_eq!((plan.queues[0].zone.as_deref(), plan.queues[0].interrupts_ring), (Some("Asia/Tokyo"), true));
    for (wrong, code) in [
        ("zone = \"Europe/Sophia\"\n", "unknown-zone"),
        ("interrupt_ring = \"yes\"\n", "wrong-type"),
        ("service_level = { within = \"1s500ms\" }\n", "out-of-range"),
    ] {
        let findings = read(&text(wrong)).expect_err(wrong);
        assert!(findings.iter().any(|finding| finding.code == code), "{wrong}: {findings:?}");
    }
}

#[test]
fn a_queue_says_who_rings_together_and_what_is_announced() {
    let agents: String = (0..40)
        .map(|n| format!("[[phone]]\nuser = \"p{n}\"\ncontact = \"192.0.2.1\"\n[[agent]]\nname = \"p{n}\"\n"))
        .collect();
    let text = |keys: &str| format!("{agents}[[queue]]\nname = \"a\"\nagents = [\"p0\", \"p1\"]\n{keys}\n");
    let plan =
        taken(&text("strategy = \"progressive\"\ndelay = \"4s\"\nannounce = [{ every = \"30s\", play = \"a.wav\" }]"))
            .plan;
    let seconds = std::time::Duration::from_secs;
    assert_eq!((plan.queues[0].strategy, plan.queues[0].delay), (dialplan::Strategy::Progressive, seconds(4)));
    let every = dialplan::Announcement { every: seconds(30), play: terms::PromptId::of("a.wav") };
    assert_eq!((&plan.queues[0].announce, plan.prompts.len()), (&vec![every], 1), "check looks for the sound");
    let codes = |text: &str| {
        let codes = taken(text).warnings.into_iter().map(|finding| finding.code);
        codes.filter(|code| *code != "unused").collect::<Vec<_>>()
    };
    let warned = |keys: &str| codes(&text(keys));
    assert_eq!(warned("strategy = \"progressive\"\ndelay = \"20s\""), ["rings-alone"]);
    assert_eq!(warned("strategy = \"ring-all\""), [""; 0]);
    assert_eq!(warned("answer = false\nannounce = [{ every = \"30s\", play = \"a.wav\" }]"), ["music-unheard"]);
    let all = text("strategy = \"ring-all\"").replace("[\"p0\", \"p1\"]", "\"all\"");
    assert_eq!(codes(&all), ["too-many-members"]);
    let line = "{ every = \"30s\", play = \"a.wav\" }, ";
    for (wrong, code) in [
        ("announce = [{ play = \"a.wav\" }]".to_owned(), "missing-key"),
        ("announce = [{ every = \"30s\" }]".to_owned(), "missing-key"),
        ("announce = [{ every = \"1s\", play = \"a.wav\" }]".to_owned(), "out-of-range"),
        (format!("announce = [{}]", line.repeat(9)), "too-many-announcements"),
    ] {
        let findings = read(&text(&wrong)).expect_err(&wrong);
        assert!(findings.iter().any(|finding| finding.code == code), "{wrong}: {findings:?}");
    }
}

#[test]
fn the_agents_at_a_phone_are_those_who_have_it_in_their_order() {
    let phones = ["a", "b"].map(|user| format!("[[phone]]\nuser = \"{user}\"\ncontact = \"192.0.2.1\"\n")).concat();
    let agents = [("x", "\"phone:b\", \"phone:a\""), ("y", "\"phone:a\"")]
        .map(|(name, devices)| format!("[[agent]]\nname = \"{name}\"\ndevices = [{devices}]\n"));
    let text = phones + &agents.concat();
    let plan = taken(&text).plan;
    let at = |phone| plan.agents_at(terms::PhoneId::of(phone)).map(|agent| agent.name.clone()).collect::<Vec<_>>();
    assert_eq!((at("a"), at("b"), at("c")), (vec!["x".into(), "y".into()], vec!["x".into()], vec![]));
}

#[test]
fn hold_is_what_is_written_or_the_music_that_there_is_and_silence_is_none() {
    let queue = |music: &str| format!("[[queue]]\nname = \"a\"\nagents = []\nanswer = true\n{music}\n");
    let two = queue("") + &queue("music = \"calm.wav\"").replace("\"a\"", "\"b\"");
    let hold = |media: &str| taken(&format!("{media}\n{two}")).plan.media.hold;
    let of = |path: &str| Some(terms::PromptId::of(path));
    assert_eq!((hold(""), hold("[media]")), (of("calm.wav"), of("calm.wav")));
    assert_eq!((hold("[media]\nhold = \"wait.wav\""), hold("[media]\nhold = \"silence\"")), (of("wait.wav"), None));
    assert_eq!(taken("").plan.media.hold, None);
    let prompts = &taken("[media]\nhold = \"wait.wav\"").plan.prompts;
    assert_eq!(prompts.iter().map(|prompt| prompt.path.as_str()).collect::<Vec<_>>(), ["wait.wav"]);
}

#[test]
fn each_media_worker_has_ports_for_a_call() {
    let with = |workers: u32| format!("[listen]\nrtp = \"20000-20011\"\n[media]\nworkers = {workers}\n");
    assert_eq!(taken(&with(3)).plan.media.workers, Some(3));
    let wrong = |text: &str| read(text).expect_err("too many").into_iter().find(|f| f.code != "few-ports").unwrap();
    let few = wrong(&with(4));
    assert_eq!((few.code, few.line, few.help.as_deref()), ("many-workers", 4, Some("write 3, or less")));
    for workers in [0, 65] {
        assert_eq!(wrong(&with(workers)).code, "out-of-range");
    }
}

#[test]
fn a_call_may_be_silent_for_so_long_as_the_operator_says() {
    let seconds = |text: &str| {
        let sip = taken(text).plan.sip.clone();
        (sip.session_expires.as_secs(), sip.session_min.as_secs())
    };
    assert_eq!(seconds(""), (1_800, 90));
    assert_eq!(seconds("[sip]\nsession_expires = \"5m\"\nsession_min = \"2m\"\n"), (300, 120));
    assert_eq!(seconds("[sip]\nsession_expires = \"0s\"\n"), (0, 90), "nothing is asked for");
    assert_eq!(seconds("[sip]\nsession_min = \"1h\"\n"), (3_600, 3_600), "nor anything shorter than others may");
    for (keys, code) in [
        ("session_expires = \"60s\"", "session-too-short"),
        ("session_expires = \"5m\"\nsession_min = \"10m\"", "session-too-short"),
        ("session_expires = \"2d\"", "out-of-range"),
        ("session_min = \"60s\"", "out-of-range"),
        ("session_expire = \"5m\"", "unknown-key"),
    ] {
        let findings = read(&format!("[sip]\n{keys}\n")).expect_err(keys);
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [code], "{keys}");
    }
}
