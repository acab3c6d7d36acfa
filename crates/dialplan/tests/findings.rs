//! What an operator reads when something is wrong: the whole text of every finding, for each file in
//! `findings/`. To read them again after a change: `INSTA_UPDATE=always cargo test -p dialplan --test findings`.

mod common;

use common::{Map, one, seen, seen_in};

#[test]
fn names_that_do_not_exist_are_told_with_the_nearest_that_does() {
    insta::assert_snapshot!(seen(include_str!("findings/names.toml")));
}

#[test]
fn values_that_cannot_be_are_told_where_they_stand() {
    insta::assert_snapshot!(seen(include_str!("findings/values.toml")));
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    insta::assert_snapshot!(seen(include_str!("findings/doubts.toml")));
}

#[test]
fn codes_that_could_be_taken_for_something_else_are_told() {
    insta::assert_snapshot!(seen(include_str!("findings/codes.toml")));
}

#[test]
fn flows_that_never_come_to_anything_are_refused() {
    insta::assert_snapshot!(seen(include_str!("findings/loops.toml")));
}

#[test]
fn broken_toml_is_told_in_plain_words() {
    insta::assert_snapshot!(seen(include_str!("findings/syntax.toml")));
}

#[test]
fn a_missing_sound_says_what_to_do() {
    let mut map = one("[[route]]\nfrom = \"*\"\ngo = \"flow:main\"\n\n[flow.main]\nsay = { play = \"hello.wav\" }\n");
    map.missing.push("hello.wav".into());
    insta::assert_snapshot!(seen_in(&mut map));
}

#[test]
fn includes_that_fail_are_told_where_they_are_named() {
    let mut map = Map::default();
    for (name, text) in [
        (
            "strowger.toml",
            "include = [\"a.toml\", \"gone.toml\", \"more/c.toml\", \"binary.toml\"]\n\n[listen]\nudp = \"0.0.0.0\"\n",
        ),
        ("a.toml", "include = \"strowger.toml\"\n\n[listen]\n\n[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\n"),
        ("more/c.toml", "include = [\"d.toml\", \"../a.toml\"]\n"),
        ("more/d.toml", ""),
    ] {
        map.files.insert(name.into(), text.as_bytes().to_vec());
    }
    map.files.insert("binary.toml".into(), vec![b'\n', 0xff, 0xfe]);
    insta::assert_snapshot!(seen_in(&mut map));
}

#[test]
fn a_requirement_without_end_is_refused_where_it_becomes_too_much() {
    let steps: Vec<_> = (1..40).map(|n| format!("  {{ after = \"{n}s\", require = \"english >= 5\" }},\n")).collect();
    let text = format!(
        "[[route]]\nfrom = \"*\"\ngo = \"queue:support\"\n\n[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\n\n[[agent]]\nname = \"alice\"\nskills = {{ english = 9 }}\n\n\
         [[queue]]\nname = \"support\"\nagents = \"all\"\nrequire = \"{}english\"\nrelax = [\n{}]\n",
        "english or ".repeat(64),
        steps.concat()
    );
    insta::assert_snapshot!(seen(&text));
}

#[test]
fn a_file_that_is_not_there_is_told_without_a_line() {
    insta::assert_snapshot!(seen_in(&mut Map::default()));
}
