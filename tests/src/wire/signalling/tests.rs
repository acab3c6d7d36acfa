//! The checker against a blameless call across a switch, and against each way to spoil it.

use super::*;

const SWITCH: &str = "127.0.9.1";

fn message(at: f64, from: &str, to: &str, lines: &[&str]) -> Message {
    let address = |name: &str| match name {
        "carrier" => "127.0.9.2:5060",
        "phone" => "127.0.9.3:5060",
        _ => "127.0.9.1:5060",
    };
    let text = format!("{}\r\nContent-Length: 0\r\n\r\n", lines.join("\r\n"));
    Message::parse(at, address(from).parse().unwrap(), address(to).parse().unwrap(), text.as_bytes()).unwrap()
}

/// A carrier's call, carried on to a phone, ended by the carrier; each side with its own dialog.
fn good() -> Vec<Message> {
    let mut all = Vec::new();
    let mut at = 0.0;
    let mut add = |from: &str, to: &str, start: &str, call: &str, tags: (&str, &str), cseq: &str, more: &[&str]| {
        at += 0.1;
        let from_line = format!("From: <sip:a@h>;tag={}", tags.0);
        let to_line = if tags.1.is_empty() { "To: <sip:b@h>".into() } else { format!("To: <sip:b@h>;tag={}", tags.1) };
        let call = format!("Call-ID: {call}");
        let cseq = format!("CSeq: {cseq}");
        let lines = [&[start, &from_line, &to_line, &call, &cseq], more].concat();
        all.push(message(at, from, to, &lines));
    };
    let contact = "Contact: <sip:x@h>";
    let carrier = "Via: SIP/2.0/UDP 127.0.9.2:5060;branch=z9hG4bKc1";
    let told = "Via: SIP/2.0/UDP 127.0.9.2:5060;branch=z9hG4bKc1;received=127.0.9.2";
    let ours = "Via: SIP/2.0/UDP 127.0.9.1:5060;branch=z9hG4bKs1";
    add(
        "carrier",
        "switch",
        "INVITE sip:1@h SIP/2.0",
        "in",
        ("c", ""),
        "1 INVITE",
        &[carrier, contact, "Max-Forwards: 70"],
    );
    add("switch", "carrier", "SIP/2.0 100 Trying", "in", ("c", ""), "1 INVITE", &[told]);
    add(
        "switch",
        "phone",
        "INVITE sip:p@h SIP/2.0",
        "out",
        ("s", ""),
        "1 INVITE",
        &[ours, contact, "Max-Forwards: 69"],
    );
    add("phone", "switch", "SIP/2.0 200 OK", "out", ("s", "p"), "1 INVITE", &[ours, contact]);
    let ack = "Via: SIP/2.0/UDP 127.0.9.1:5060;branch=z9hG4bKs2";
    add("switch", "phone", "ACK sip:p@h SIP/2.0", "out", ("s", "p"), "1 ACK", &[ack, "Max-Forwards: 70"]);
    add("switch", "carrier", "SIP/2.0 200 OK", "in", ("c", "sw"), "1 INVITE", &[told, contact]);
    let ack = "Via: SIP/2.0/UDP 127.0.9.2:5060;branch=z9hG4bKc2";
    add("carrier", "switch", "ACK sip:x@h SIP/2.0", "in", ("c", "sw"), "1 ACK", &[ack, "Max-Forwards: 70"]);
    let bye = "Via: SIP/2.0/UDP 127.0.9.2:5060;branch=z9hG4bKc3;rport";
    let told = "Via: SIP/2.0/UDP 127.0.9.2:5060;branch=z9hG4bKc3;rport=5060;received=127.0.9.2";
    add("carrier", "switch", "BYE sip:x@h SIP/2.0", "in", ("c", "sw"), "2 BYE", &[bye, "Max-Forwards: 70"]);
    add("switch", "carrier", "SIP/2.0 200 OK", "in", ("c", "sw"), "2 BYE", &[told]);
    let bye = "Via: SIP/2.0/UDP 127.0.9.1:5060;branch=z9hG4bKs3";
    add("switch", "phone", "BYE sip:p@h SIP/2.0", "out", ("s", "p"), "2 BYE", &[bye, "Max-Forwards: 70"]);
    add("phone", "switch", "SIP/2.0 200 OK", "out", ("s", "p"), "2 BYE", &[bye]);
    at += 2.0;
    let options = "Via: SIP/2.0/UDP 127.0.9.3:5060;branch=z9hG4bKp1";
    all.push(message(
        at,
        "phone",
        "switch",
        &["OPTIONS sip:h SIP/2.0", "From: <sip:p@h>;tag=o", "To: <sip:h>", "Call-ID: o", "CSeq: 1 OPTIONS", options],
    ));
    all
}

fn faults_of(change: impl Fn(&mut Vec<Message>)) -> Vec<String> {
    let mut messages = good();
    change(&mut messages);
    faults(&messages, SWITCH.parse().unwrap()).into_iter().map(|fault| fault.what).collect()
}

fn set(message: &mut Message, name: &str, value: &str) {
    message.headers.retain(|(other, _)| other != name);
    if !value.is_empty() {
        message.headers.push((name.into(), value.into()));
    }
}

#[test]
fn a_blameless_call_has_no_fault() {
    assert_eq!(faults_of(|_| {}), Vec::<String>::new());
}

#[test]
fn a_request_sent_again_unchanged_has_no_fault() {
    let found = faults_of(|messages| {
        let again = messages[2].clone();
        messages.insert(3, again);
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn each_way_to_spoil_a_call_is_found() {
    let expect = |needle: &str, change: &dyn Fn(&mut Vec<Message>)| {
        let found = faults_of(change);
        assert!(found.iter().any(|fault| fault.contains(needle)), "{needle}: {found:#?}");
    };
    expect("Content-Length", &|all| set(&mut all[2], "content-length", "12"));
    expect("Content-Length", &|all| set(&mut all[5], "content-length", ""));
    expect("without the magic cookie", &|all| set(&mut all[9], "via", "SIP/2.0/UDP h;branch=1"));
    expect("uses the branch of a INVITE again", &|all| {
        let via = all[2].header("via").unwrap().to_string();
        set(&mut all[9], "via", &via);
        set(&mut all[10], "via", &via);
    });
    expect("acknowledges a 2xx with the branch", &|all| {
        set(&mut all[4], "via", "SIP/2.0/UDP 127.0.9.1:5060;branch=z9hG4bKs1")
    });
    expect("Max-Forwards None", &|all| set(&mut all[9], "max-forwards", ""));
    expect("Max-Forwards 70 where it came with 70", &|all| set(&mut all[2], "max-forwards", "70"));
    expect("an INVITE without Contact", &|all| set(&mut all[2], "contact", ""));
    expect("a 2xx to INVITE without Contact", &|all| set(&mut all[5], "contact", ""));
    expect("a To without tag", &|all| set(&mut all[5], "to", "<sip:b@h>"));
    expect("changes the tag in To", &|all| set(&mut all[8], "to", "<sip:b@h>;tag=other"));
    expect("From differs", &|all| set(&mut all[5], "from", "<sip:a@h>;tag=d"));
    expect("Via differs", &|all| set(&mut all[5], "via", "SIP/2.0/UDP 127.0.9.9:5060;branch=z9hG4bKc1"));
    expect("answers no request", &|all| set(&mut all[5], "via", "SIP/2.0/UDP 127.0.9.2:5060;branch=z9hG4bKc9"));
    expect("rport None", &|all| set(&mut all[8], "via", "SIP/2.0/UDP 127.0.9.2:5060;branch=z9hG4bKc3;rport"));
    expect("CSeq 4 follows 1", &|all| set(&mut all[9], "cseq", "4 BYE"));
    expect("CSeq of no INVITE", &|all| set(&mut all[4], "cseq", "7 ACK"));
    expect("a From tag that this dialog does not have", &|all| set(&mut all[9], "from", "<sip:a@h>;tag=new"));
    expect("a To tag that nobody gave", &|all| set(&mut all[9], "to", "<sip:b@h>;tag=new"));
    expect("another To tag than", &|all| {
        let mut ringing = all[5].clone();
        ringing.start = "SIP/2.0 180 Ringing".into();
        set(&mut ringing, "to", "<sip:b@h>;tag=early");
        all.insert(5, ringing);
    });
    expect("200 OK [1 INVITE]: was never acknowledged", &|all| drop(all.remove(4)));
    expect("was never answered", &|all| drop(all.remove(8)));
    expect("was never answered", &|all| drop(all.remove(10)));
    expect("no call-id header", &|all| set(&mut all[5], "call-id", ""));
}

#[test]
fn a_cancel_must_match_its_invite_and_wait_for_a_response() {
    let cancelled = |early: bool, branch: &str| {
        faults_of(move |all| {
            let mut cancel = all[2].clone();
            cancel.start = "CANCEL sip:p@h SIP/2.0".into();
            set(&mut cancel, "cseq", "1 CANCEL");
            set(&mut cancel, "via", &format!("SIP/2.0/UDP 127.0.9.1:5060;branch={branch}"));
            let place = if early { 3 } else { 4 };
            cancel.at = all[place - 1].at;
            if early {
                cancel.at = all[place].at - 0.05;
            }
            all.insert(place, cancel.clone());
            let mut done = message(cancel.at, "phone", "switch", &["SIP/2.0 200 OK"]);
            done.headers = cancel.headers.clone();
            all.insert(place + 1, done);
        })
    };
    assert_eq!(cancelled(false, "z9hG4bKs1"), Vec::<String>::new());
    assert!(cancelled(true, "z9hG4bKs1").iter().any(|fault| fault.contains("before any response")));
    assert!(cancelled(false, "z9hG4bKother").iter().any(|fault| fault.contains("cancels no INVITE")));
}
