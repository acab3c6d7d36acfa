//! Session timers (RFC 4028), as caller and as called: what is agreed, who refreshes and how, and the end without a sign of
//! life.

use super::stage::*;
use crate::face::*;
use crate::message::Name;
use std::time::Duration;
use terms::LegId;

fn running(fields: &str) -> (Stage, LegId, Talk, Sent) {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in(fields, "offer");
    let leg = stage.arrived();
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    let answer = stage.learn(&mut talk);
    stage.within(&mut talk, "ACK", "", "");
    stage.heard();
    stage.take();
    (stage, leg, talk, answer)
}

#[test]
fn an_interval_that_is_too_short_is_refused_with_422() {
    let mut stage = Stage::with_carrier();
    stage.call_in("Supported: timer\nSession-Expires: 60\n", "offer");
    let sent = stage.take().remove(0);
    assert_eq!((sent.name(), sent.field(Name::MinSe)), ("422 INVITE".into(), "90".into()));
    assert!(stage.events.is_empty());
    let (_, _, _, answer) = running("Session-Expires: 60\n");
    assert_eq!(answer.field(Name::SessionExpires), "90;refresher=uas", "who does not know 422 gets what we take");
}

#[test]
fn who_refreshes_is_agreed_as_the_caller_can_and_says() {
    for (fields, agreed, required) in [
        ("Supported: timer\nSession-Expires: 1800\n", "1800;refresher=uac", "timer"),
        ("Supported: timer\nSession-Expires: 1800;refresher=uas\n", "1800;refresher=uas", ""),
        ("Supported: timer\nSession-Expires: 1800;refresher=uac\n", "1800;refresher=uac", "timer"),
        ("Session-Expires: 1800\n", "1800;refresher=uas", ""),
        ("Require: timer\nx: 300\n", "300;refresher=uac", "timer"),
        ("Supported: timer\nMin-SE: 600\nSession-Expires: 300\n", "600;refresher=uac", "timer"),
        ("Supported: timer\n", "", ""),
        ("", "", ""),
    ] {
        let (_, _, _, answer) = running(fields);
        assert_eq!(
            (answer.field(Name::SessionExpires), answer.field(Name::Require)),
            (agreed.into(), required.into()),
            "{fields}"
        );
    }
}

#[test]
fn a_call_whose_caller_gives_no_sign_of_life_ends() {
    let (mut stage, _, mut talk, _) = running("Supported: timer\nSession-Expires: 300\n");
    stage.advance(Duration::from_secs(200));
    stage.within(&mut talk, "UPDATE", "Supported: timer\nSession-Expires: 300;refresher=uac\n", "");
    let answer = stage.take().remove(0);
    assert_eq!((answer.name(), answer.field(Name::SessionExpires)), ("200 UPDATE".into(), "300;refresher=uac".into()));
    assert!(stage.heard().is_empty(), "call control has nothing to do with it");
    stage.advance(Duration::from_secs(267));
    assert!(stage.names().is_empty());
    stage.advance(Duration::from_millis(1_200));
    assert_eq!(stage.names(), ["BYE"], "a little before the end (RFC 4028 10)");
    assert_eq!(stage.heard(), ["ended Timeout"]);
}

#[test]
fn we_refresh_by_update_where_it_is_allowed_else_by_reinvite_with_the_same_description() {
    for (allow, method) in [("Allow: INVITE, UPDATE\n", "UPDATE"), ("Allow: INVITE\n", "INVITE")] {
        let (mut stage, _, mut talk, _) =
            running(&format!("{allow}Supported: timer\nSession-Expires: 300;refresher=uas\n"));
        for _ in 0..3 {
            stage.advance(Duration::from_secs(149));
            assert!(stage.names().is_empty());
            stage.advance(Duration::from_secs(2));
            let refresh = stage.take().remove(0);
            assert_eq!(
                (refresh.name(), refresh.field(Name::SessionExpires)),
                (method.into(), "300;refresher=uac".into())
            );
            assert!(refresh.message.supports("timer"), "RFC 4028 7.1");
            assert_eq!(refresh.body(), if method == "INVITE" { "answer" } else { "" });
            stage.answer(&CARRIER, &refresh.message, 200, "", &[(Name::SessionExpires, "300;refresher=uac")], "same");
            assert_eq!(stage.names().len(), usize::from(method == "INVITE"), "an ACK");
        }
        assert!(stage.heard().is_empty());
        stage.within(&mut talk, "BYE", "", "");
        stage.advance(Duration::from_secs(400));
        let left = stage.switch.inspect();
        assert_eq!((left.legs, left.deadlines), (0, 0));
    }
}

#[test]
fn a_refresh_that_finds_nobody_ends_the_call_and_one_that_is_refused_does_so_later() {
    let timers = "Allow: UPDATE\nSupported: timer\nSession-Expires: 300;refresher=uas\n";
    for status in [481, 500] {
        let (mut stage, _, _, _) = running(timers);
        stage.advance(Duration::from_secs(151));
        let refresh = stage.take().remove(0);
        stage.answer(&CARRIER, &refresh.message, status, "", &[], "");
        let at_once = status == 481;
        assert_eq!(stage.names().len(), usize::from(at_once), "{status}");
        stage.advance(Duration::from_secs(118));
        assert_eq!(stage.heard(), ["ended Timeout"], "{status}");
    }
    let (mut stage, _, _, _) = running(timers);
    stage.advance(Duration::from_secs(151));
    let refresh = stage.take().remove(0);
    stage.answer(&CARRIER, &refresh.message, 422, "", &[(Name::MinSe, "900")], "");
    stage.advance(Duration::ZERO);
    let again = stage.take().remove(0);
    assert_eq!(
        (again.field(Name::SessionExpires), again.field(Name::MinSe)),
        ("900;refresher=uac".into(), "900".into())
    );
    let (mut stage, _, _, _) = running(timers);
    stage.advance(Duration::from_secs(151));
    let refresh = stage.take().remove(0);
    stage.answer(&CARRIER, &refresh.message, 405, "", &[], "");
    stage.advance(Duration::ZERO);
    assert_eq!(stage.names(), ["INVITE"], "it does not know UPDATE after all");
}

#[test]
fn a_sign_of_life_of_ours_does_not_stand_in_the_way_of_their_offer() {
    for method in ["INVITE", "UPDATE"] {
        let (mut stage, leg, mut talk, _) =
            running("Allow: UPDATE\nSupported: timer\nSession-Expires: 300;refresher=uas\n");
        stage.advance(Duration::from_millis(150_100));
        let refresh = stage.take().remove(0);
        stage.within(&mut talk, method, "", "hold");
        stage.command(Command::AnswerOffer { leg, body: Some(Body::sdp("held")) });
        assert_eq!(stage.names().last().unwrap(), &format!("200 {method}"));
        stage.answer(&CARRIER, &refresh.message, 200, "", &[], "");
        assert_eq!(stage.heard(), ["offered [hold]"], "{method}");
    }
}

fn asking() -> Stage {
    Stage::new(|config| {
        config.trunks = vec![super::office::carrier("carrier", CARRIER.at)];
        config.session = Duration::from_secs(300);
    })
}

#[test]
fn what_an_operator_wants_at_the_least_is_asked_for_and_said() {
    let mut stage = Stage::new(|config| {
        config.trunks = vec![super::office::carrier("carrier", CARRIER.at)];
        (config.session, config.session_min) = (Duration::from_secs(900), Duration::from_secs(300));
    });
    stage.call_in("Supported: timer\nSession-Expires: 299\n", "offer");
    let sent = stage.take().remove(0);
    assert_eq!((sent.name(), sent.field(Name::MinSe)), ("422 INVITE".into(), "300".into()));
    let (_, invite) = stage.call_out(Some("offer"));
    assert_eq!((invite.field(Name::SessionExpires), invite.field(Name::MinSe)), ("900".into(), "300".into()));
}

#[test]
fn we_ask_for_a_timer_take_the_least_of_the_other_side_and_do_without_one() {
    let mut stage = asking();
    let (_, invite) = stage.call_out(Some("offer"));
    assert_eq!(invite.field(Name::SessionExpires), "300");
    stage.answer(&CARRIER, &invite.message, 422, "x", &[(Name::MinSe, "1200")], "");
    let sent = stage.take();
    assert_eq!(sent.iter().map(Sent::name).collect::<Vec<_>>(), ["ACK", "INVITE"]);
    let again = &sent[1];
    assert_eq!((again.field(Name::SessionExpires), again.field(Name::MinSe)), ("1200".into(), "1200".into()));
    stage.answer(&CARRIER, &again.message, 422, "x", &[(Name::MinSe, "1200")], "");
    assert_eq!(stage.heard(), ["refused 422"], "not for ever");
    let (_, invite) = stage.call_out(Some("offer"));
    stage.answer(&CARRIER, &invite.message, 200, "a", &[], "answer");
    stage.take();
    stage.advance(Duration::from_secs(3_600));
    assert!(stage.names().is_empty(), "it knows no timers");
}

#[test]
fn as_caller_we_refresh_or_wait_as_the_answer_says() {
    for (answer, sent) in [("300;refresher=uac", "UPDATE"), ("300", "UPDATE"), ("300;refresher=uas", "")] {
        let mut stage = asking();
        let (_, invite) = stage.call_out(Some("offer"));
        let fields = [(Name::SessionExpires, answer), (Name::Allow, "INVITE, UPDATE")];
        stage.answer(&CARRIER, &invite.message, 200, "a", &fields, "answer");
        stage.take();
        stage.advance(Duration::from_millis(150_100));
        assert_eq!(stage.names().concat(), sent, "{answer}");
        stage.advance(Duration::from_secs(120));
        let ends = stage.heard().contains(&"ended Timeout".to_owned());
        assert!(ends, "{answer}: nobody answers");
    }
}

#[test]
fn a_call_between_two_of_us_lives_on_as_long_as_both_do() {
    use super::pair::*;
    let mut pair = Pair::with_carrier();
    let mut config = switch_config(Some(pair.ends[U].address));
    config.session = Duration::from_secs(600);
    pair.input(S, Input::Reconfigure(Box::new(config)));
    for from in [S, U] {
        let (leg, _) = pair.call(from);
        pair.heard(S);
        pair.heard(U);
        pair.ladder.clear();
        pair.advance(Duration::from_secs(3_650));
        let refreshes = pair.ladder.iter().filter(|line| line.contains("UPDATE")).count();
        assert_eq!((refreshes, pair.ladder.len()), (2 * 12, 2 * 12), "every 300 s: {:#?}", pair.ladder);
        let arrow = if from == S { "<-" } else { "->" };
        assert_eq!(pair.ladder[0], format!("{arrow} UPDATE"), "the caller refreshes");
        assert!(pair.heard(S).is_empty() && pair.heard(U).is_empty());
        pair.faults.extend((pair.sent..pair.sent + 400).map(|n| (n, Fault::Lose)));
        pair.advance(Duration::from_secs(700));
        assert_eq!((pair.heard(S), pair.heard(U)), (vec!["ended Timeout".into()], vec!["ended Timeout".into()]));
        let _ = leg;
        pair.faults.clear();
        pair.assert_quiescent();
    }
}
