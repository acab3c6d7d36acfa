//! Every mistake is said at once: none hides behind another, and none is said that follows from another.

mod common;

use common::{Map, one, read, seen};
use dialplan::{Finding, Severity, load};

/// The findings that are errors, as `line code`.
fn errors_in(map: &mut Map) -> Vec<String> {
    let findings = load(map, "strowger.toml").map(|loaded| loaded.warnings).unwrap_or_else(|findings| findings);
    let errors = findings.into_iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| format!("{} {}", finding.line, finding.code)).collect()
}

fn errors(text: &str) -> Vec<String> {
    errors_in(&mut one(text))
}

fn findings(text: &str) -> Vec<Finding> {
    read(text).map(|loaded| loaded.warnings).unwrap_or_else(|findings| findings)
}

fn codes(text: &str) -> Vec<&'static str> {
    findings(text).iter().map(|finding| finding.code).collect()
}

/// Blocks with one mistake about what they are, and another further down.
#[test]
fn a_block_that_cannot_be_taken_is_read_to_its_end() {
    let mistake = "colour = \"red\"\n";
    for (block, of_itself) in [
        ("[[phone]]\ncontact = \"192.0.2.7\"\n", "1 missing-key"),
        ("[[phone]]\nuser = \"a b\"\ncontact = \"192.0.2.7\"\n", "2 bad-name"),
        ("[[phone]]\nuser = \"a{1..\"\ncontact = \"192.0.2.7\"\n", "2 bad-range"),
        ("[[phone]]\nuser = 101\ncontact = \"192.0.2.7\"\n", "2 wrong-type"),
        ("[[trunk]]\npeers = [\"192.0.2.0/28\"]\n", "1 missing-key"),
        ("[[trunk]]\nname = \"\"\npeers = [\"192.0.2.0/28\"]\n", "2 bad-name"),
        ("[[agent]]\ndevices = []\n", "1 missing-key"),
        ("[[queue]]\nagents = []\n", "1 missing-key"),
        ("[phone]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\n", "1 wrong-type"),
    ] {
        let text = format!("{block}{mistake}");
        let expected = [of_itself.to_owned(), format!("{} unknown-key", text.lines().count())];
        assert_eq!(errors(&text), expected, "{text}");
    }
}

#[test]
fn a_block_that_is_defined_twice_is_judged_both_times_and_not_for_being_like_the_first() {
    let twice = |block: &str| errors(&format!("{block}\n{block}colour = \"red\"\n"));
    assert_eq!(
        twice("[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\nextension = \"101\"\n"),
        ["7 defined-twice", "10 unknown-key"]
    );
    assert_eq!(twice("[[trunk]]\nname = \"acme\"\npeers = [\"192.0.2.0/28\"]\n"), ["6 defined-twice", "8 unknown-key"]);
    assert_eq!(twice("[[agent]]\nname = \"alice\"\ndevices = []\n"), ["6 defined-twice", "8 unknown-key"]);
    assert_eq!(twice("[[queue]]\nname = \"sales\"\nagents = []\n"), ["6 defined-twice", "8 unknown-key"]);
    let mut map = one(
        "include = \"more.toml\"\n\n[listen]\ncolour = 1\n[hours.office]\ncolour = 2\nzone = \"UTC\"\nopen = []\n[flow.main]\na = { hang_up = 999 }\n",
    );
    let more = "[listen]\nrtp = 5\n[hours.office]\nzone = \"Mars\"\nopen = []\n[flow.main]\na = { hang_up = 999 }\n";
    map.files.insert("more.toml".into(), more.into());
    assert_eq!(
        errors_in(&mut map),
        [
            "3 defined-twice",
            "4 unknown-key",
            "5 defined-twice",
            "6 unknown-key",
            "9 defined-twice",
            "10 out-of-range",
            "2 wrong-type",
            "4 unknown-zone",
            "7 out-of-range",
        ]
    );
}

#[test]
fn the_password_of_a_block_that_cannot_be_taken_is_looked_for() {
    let secret = |name: &str| format!("password = {{ file = \"{name}\" }}\n");
    let text = [
        "[[phone]]\nuser = \"alice\"\n",
        &secret("one"),
        "[[phone]]\nuser = \"alice\"\n",
        &secret("two"),
        "[[phone]]\n",
        &secret("three"),
        "[[trunk]]\nname = \"acme\"\nhost = \"acme.example\"\n",
        &secret("four"),
    ];
    let mut map = one(&text.concat());
    for name in ["one", "two", "three", "four"] {
        map.kept.insert(name.into(), dialplan::Kept::Missing);
    }
    assert_eq!(
        errors_in(&mut map),
        [
            "3 no-password-file",
            "5 defined-twice",
            "6 no-password-file",
            "7 missing-key",
            "8 no-password-file",
            "9 missing-key",
            "12 no-password-file",
        ]
    );
}

#[test]
fn each_part_of_a_block_is_judged_whatever_is_wrong_with_the_part_before() {
    let queue = "[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\n[[agent]]\nname = \"alice\"\nskills = { english = 9 }\n\
                 [[route]]\nfrom = \"*\"\ngo = \"queue:q\"\n[[queue]]\nname = \"q\"\n";
    let found = |rest: &str| {
        let all = errors(&format!("{queue}{rest}"));
        all.into_iter().map(|one| one.split_once(' ').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    for (rest, expected) in [
        (
            "agents = \"all\"\nrequire = \"english\"\nrelax = [\n{ require = \"dutch\" },\n{ after = \"5\", require = \"dutch\" },\n{ after = \"0s\", require = \"dutch\", x = 1 }]\n",
            &[
                "missing-key",
                "unknown-skill",
                "bad-duration",
                "unknown-skill",
                "steps-out-of-order",
                "unknown-skill",
                "unknown-key",
            ][..],
        ),
        (
            "agents = \"all\"\noverflow = [\n{ go = \"queue:x\" },\n{ when = \"soon\" },\n{ when = \"soon\", go = \"queue:x\" }]\n",
            &["missing-key", "unknown-name", "missing-key", "bad-condition", "bad-condition", "unknown-name"],
        ),
        (
            "agents = [\"bob\"]\ntiers = [[\"carol\"], [\"dave\"]]\n",
            &["unknown-name", "said-twice", "unknown-name", "unknown-name"],
        ),
        (
            "agents = \"all\"\n[[agent]]\nname = \"b\"\ndevices = []\nskills = { and = 99 }\n",
            &["bad-name", "out-of-range"],
        ),
        (
            "agents = \"all\"\n[[trunk]]\nname = \"t\"\npeers = [\"192.0.2.1\"]\nregister = \"5\"\n",
            &["bad-duration", "missing-key", "missing-key", "missing-key"],
        ),
        (
            "agents = \"all\"\n[flow.main]\na = { play = \"a.wav\", hang_up = 999, then = \"nowhere\" }\n",
            &["several-acts", "unknown-step", "out-of-range"],
        ),
        ("agents = \"all\"\n[[route]]\nto = \"1\"\n", &["missing-key", "missing-key"]),
        ("agents = \"all\"\n[hours.x]\n", &["missing-key", "missing-key"]),
        ("agents = \"all\"\n[flow.main]\na = { then = \"nowhere\" }\n", &["no-act", "unknown-step"]),
        ("agents = \"all\"\n[flow.main]\na = { play = \"a.wav\", keys = { x = 5 } }\n", &["unknown-key"]),
        ("agents = \"all\"\n[flow.main]\na = { menu = \"a.wav\", keys = { x = 5 } }\n", &["bad-key", "wrong-type"]),
        (
            "agents = \"all\"\n[[route]]\nfrom = \"*\"\nto = \"1\"\ngo = \"trunk:x/abc\"\n",
            &["unknown-name", "bad-number"],
        ),
    ] {
        let mut found = found(rest);
        let mut expected: Vec<String> = expected.iter().map(|&code| code.to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{rest}");
    }
}

#[test]
fn what_stands_beside_a_mistake_in_the_toml_is_judged_and_nothing_is_said_that_follows_from_it() {
    insta::assert_snapshot!(seen(include_str!("findings/beside.toml")));
}

/// A whole configuration without a mistake.
const WHOLE: &str = include_str!("whole.toml");

/// It with another line in the place of one.
fn whole_but_for(nth: usize, broken: &str) -> String {
    let lines = WHOLE.lines().enumerate().map(|(at, line)| if at == nth { broken } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// What is found beside the mistake in the TOML, and was not before.
fn others(found: &[Finding], before: &[&str]) -> Vec<String> {
    let other = found.iter().filter(|one| one.code != "syntax" && !before.contains(&one.code));
    other.map(|one| format!("{}: {} {}", one.line, one.code, one.message)).collect()
}

/// Each line of a right configuration is broken in its turn: that one is told, and nothing else.
#[test]
fn a_broken_line_brings_no_other_finding() {
    let before: Vec<&str> = codes(WHOLE);
    assert!(!before.contains(&"syntax"));
    for (nth, line) in WHOLE.lines().enumerate() {
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with([' ', '#', ']'])) else { continue };
        let value = value.split('#').next().unwrap_or(value);
        for broken in [format!("{key}= \"{}", value.replace('"', "")), key.to_owned(), format!("{key}={value} x")] {
            let found = findings(&whole_but_for(nth, &broken));
            assert!(found.iter().any(|one| one.code == "syntax" && one.line == nth as u32 + 1), "{broken}");
            let others = others(&found, &before);
            assert!(others.is_empty(), "{broken}: {others:#?}");
        }
    }
}

/// The same for headers: what stands below is judged as what it is.
#[test]
fn a_broken_header_brings_no_other_finding_and_hides_none() {
    let before: Vec<&str> = codes(WHOLE);
    for (nth, line) in WHOLE.lines().enumerate().filter(|(_, line)| line.starts_with('[')) {
        for broken in [line.trim_end_matches(']').to_owned(), format!("{line} x")] {
            let text = whole_but_for(nth, &broken);
            let found = findings(&text);
            assert!(found.iter().any(|one| one.code == "syntax"), "{broken}");
            let others = others(&found, &before);
            assert!(others.is_empty(), "{broken}: {others:#?}");
            let text = text.replacen(&format!("{broken}\n"), &format!("{broken}\ncolour = 5\n"), 1);
            let colour = if line.starts_with("[flow.") { "wrong-type" } else { "unknown-key" };
            assert!(codes(&text).contains(&colour), "{text}");
        }
    }
}

#[test]
fn a_file_that_is_not_there_takes_its_names_along_and_hides_nothing_else() {
    let text = "include = \"gone.toml\"\n[[route]]\nfrom = \"trunk:acme\"\ngo = \"queue:support\"\nwhen = 1\n";
    assert_eq!(errors(text), ["1 cannot-read", "5 unknown-key"]);
}

#[test]
fn a_name_that_is_nearly_one_is_told_even_beside_a_block_without_a_name() {
    let phones = "[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\n[[phone]]\ncontact = \"192.0.2.8\"\n";
    let route = |name: &str| errors(&format!("{phones}[[route]]\nfrom = \"*\"\ngo = \"phone:{name}\"\n"));
    assert_eq!(route("alcie"), ["4 missing-key", "8 unknown-name"]);
    assert_eq!(route("robert"), ["4 missing-key"], "perhaps that is his");
    let numbered = phones.replace("alice", "101");
    let text = format!("{numbered}[[route]]\nfrom = \"*\"\ngo = \"phone:102\"\n");
    assert_eq!(errors(&text), ["4 missing-key"], "the next number is no typing error");
}

#[test]
fn a_warning_is_said_beside_errors_that_have_nothing_to_do_with_it() {
    let text = "[listen]\nudp = []\nrtp = 5\n[hours.never]\nzone = \"UTC\"\nopen = []\n[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\nring = 5\n\
                [[route]]\nfrom = \"*\"\ngo = \"flow:main\"\n[flow.main]\na = { play = \"a.wav\", then = \"c\" }\nb = { play = \"b.wav\" }\nc = { hang_up = 16 }\n\
                [flow.other]\na = { hang_up = 16 }\n";
    let found = codes(text);
    for code in ["no-listener", "never-open", "unreachable-step", "unused", "unknown-key", "wrong-type"] {
        assert!(found.contains(&code), "{code}: {}", seen(text));
    }
}

#[test]
fn a_line_is_told_once_however_long_the_rest_of_a_broken_file_is() {
    let block = "[[phone]]\nuser = \"u\"\ncontact = \"192.0.2.7\"\ncodecs = [\n  \"PCMA\", # so\n  \"PCMU\",\n]\n";
    let blocks: Vec<String> = (0..2_000).map(|n| block.replace("\"u\"", &format!("\"u{n}\""))).collect();
    let text = format!("[listen\nudp = [\"0.0.0.0:5060\"\n{}", blocks.concat());
    assert_eq!(errors(&text), ["1 syntax", "2 syntax"]);
}

#[test]
fn a_file_of_another_switch_is_told_once() {
    let text = "<configuration name=\"sofia.conf\">\n[phone]\ncolour = 5\n";
    assert_eq!(errors(text), ["1 syntax"]);
}
