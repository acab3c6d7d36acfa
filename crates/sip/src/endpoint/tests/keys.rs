//! Keys that are sent by INFO: only to who says that he takes it, and to who does not take it after all no more.

use super::stage::*;
use crate::face::*;

fn key() -> Body {
    Body { content_type: "application/dtmf-relay".into(), bytes: "Signal=5\r\n".into() }
}

fn running(fields: &str) -> (Stage, terms::LegId) {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in(fields, "offer");
    let leg = stage.arrived();
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    stage.learn(&mut talk);
    stage.within(&mut talk, "ACK", "", "");
    stage.heard();
    stage.take();
    (stage, leg)
}

#[test]
fn an_info_goes_only_to_who_says_that_he_takes_it() {
    for (fields, sent) in
        [("Allow: INVITE, INFO\n", 1), ("Allow: INVITE\nAllow: INFO, BYE\n", 1), ("Allow: INVITE\n", 0), ("", 0)]
    {
        let (mut stage, leg) = running(fields);
        stage.command(Command::Info { leg, body: key() });
        assert_eq!(stage.names().len(), sent, "{fields}");
    }
}

#[test]
fn who_takes_none_after_all_is_sent_no_other() {
    for (status, others) in [(200, 1), (405, 0), (501, 0), (415, 1), (503, 1)] {
        let (mut stage, leg) = running("Allow: INFO\n");
        stage.command(Command::Info { leg, body: key() });
        let info = stage.take().remove(0);
        assert_eq!(info.body(), "Signal=5\r\n");
        stage.answer(&CARRIER, &info.message, status, "", &[], "");
        stage.command(Command::Info { leg, body: key() });
        assert_eq!(stage.names().len(), others, "{status}");
        assert!(stage.heard().is_empty(), "the call goes on");
    }
}
