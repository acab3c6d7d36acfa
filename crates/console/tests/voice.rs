//! What a page says and hears of its voice over the socket of its state: whose phone it may speak of, what comes back, and
//! what becomes of a page that says too much.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use console::switch::{Attached, NoVoice, VoiceNews, VoiceWish};
use serde_json::{Value, json};
use stand::{Frames, Made, Stand, is_cut_off};
use terms::{LegId, PhoneId};

const PLAN: &str = "[listen]\nudp = \"127.0.0.1:5060\"\npages = \"127.0.0.1:16000\"\n\
                    [[phone]]\nuser = \"anna\"\npage = true\n[[phone]]\nuser = \"desk\"\npassword = \"correct-horse\"\n\
                    [[agent]]\nname = \"anna\"\ndevices = [\"phone:desk\", \"phone:anna\"]\n[[agent]]\nname = \"boris\"\ndevices = [\"phone:desk\"]\n";

fn stand(folder: &std::path::Path) -> Stand {
    Stand::made(folder, Made { link: true, plan: Some(PLAN), ..Made::default() })
}

/// The socket of a guest who sits at the desk of the agent of this number.
fn sits(stand: &Stand, agent: usize) -> Frames {
    let cookie = stand.cookie();
    let seat = format!("{}; strowger-desk-{}={agent}\r\n", cookie.trim_end(), stand.address.port());
    stand.socket_of("/api/v1/live", &format!("http://{}", stand.address), &seat).unwrap()
}

fn word(frames: &mut Frames, word: Value) {
    frames.say(&word.to_string());
}

fn next(frames: &mut Frames) -> Value {
    serde_json::from_str(&frames.until("\"frame\":\"voice.")).unwrap()
}

#[test]
fn a_page_speaks_of_the_page_of_the_agent_who_sits_there_and_is_told_what_happens() {
    let folder = tempfile::tempdir().unwrap();
    let stand = stand(folder.path());
    let mut anna = sits(&stand, 0);
    word(&mut anna, json!({ "ask": "voice.attach", "id": 1, "epoch": null, "sdp": "v=0\r\n" }));
    let (phone, wish) = stand.wish();
    assert_eq!(phone, PhoneId::of("anna"), "not the device that is beside it");
    let VoiceWish::Attach { epoch: None, take: false, offer, page, answer } = wish else { panic!("{wish:?}") };
    assert_eq!(offer, "v=0\r\n");
    word(&mut anna, json!({ "ask": "voice.restart", "id": 2, "epoch": 1, "sdp": "" }));
    assert_eq!(next(&mut anna), json!({ "frame": "voice.refused", "id": 2, "why": "under_way" }));
    answer.send(Ok(Attached { epoch: 4, answer: "v=0".into() })).unwrap();
    assert_eq!(next(&mut anna), json!({ "frame": "voice.attached", "id": 1, "epoch": 4, "sdp": "v=0" }));
    let leg = LegId::outbound(9);
    for (news, told) in [
        (VoiceNews::Rings(leg), json!({ "frame": "voice.ring", "leg": leg })),
        (VoiceNews::Talks(leg, true), json!({ "frame": "voice.talk", "leg": leg, "sound": true })),
        (VoiceNews::Quiet(leg), json!({ "frame": "voice.quiet", "leg": leg })),
        (VoiceNews::Superseded, json!({ "frame": "voice.superseded" })),
    ] {
        page.try_send(news).unwrap();
        assert_eq!(next(&mut anna), told);
    }
    word(&mut anna, json!({ "ask": "voice.answer", "epoch": 4, "leg": leg }));
    assert!(matches!(stand.wish().1, VoiceWish::Answer { epoch: 4, leg: said } if said == leg));
    word(&mut anna, json!({ "ask": "voice.end", "epoch": 4, "leg": leg }));
    assert!(matches!(stand.wish().1, VoiceWish::End { epoch: 4, leg: said } if said == leg));
    word(&mut anna, json!({ "ask": "voice.leave", "epoch": 4 }));
    assert!(matches!(stand.wish().1, VoiceWish::Leave { epoch: 4 }));
    word(&mut anna, json!({ "ask": "voice.resume", "id": 3, "epoch": 3 }));
    let VoiceWish::Resume { epoch: 3, answer, .. } = stand.wish().1 else { panic!("it comes again") };
    answer.send(Err(NoVoice::Superseded)).unwrap();
    assert_eq!(next(&mut anna), json!({ "frame": "voice.refused", "id": 3, "why": "superseded" }));
    drop(anna);
    assert!(matches!(stand.wish(), (phone, VoiceWish::Left) if phone == PhoneId::of("anna")));
    assert!(page.is_closed(), "it is told once nobody reads any more");
    stand.close();
}

#[test]
fn whoever_has_no_page_has_no_voice_and_who_says_too_much_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let stand = stand(folder.path());
    let mut boris = sits(&stand, 1);
    word(&mut boris, json!({ "ask": "voice.attach", "id": 7, "epoch": 1, "sdp": "" }));
    assert_eq!(next(&mut boris), json!({ "frame": "voice.refused", "id": 7, "why": "no_page" }));
    for passed_over in ["", "nonsense", "{}", r#"{"ask":"voice.end","epoch":1,"leg":"1"}"#, r#"{"ask":"voice.dial"}"#] {
        boris.say(passed_over);
    }
    word(&mut boris, json!({ "ask": "voice.resume", "id": 8, "epoch": 1 }));
    assert_eq!(next(&mut boris)["id"], 8, "what is no word is passed over");
    (0..60).for_each(|_| boris.say("{}"));
    assert!(is_cut_off(boris.into_stream()));
    let mut anna = sits(&stand, 0);
    anna.say(&"x".repeat(40_000));
    assert!(is_cut_off(anna.into_stream()), "a word has a length");
    stand.close();
}
