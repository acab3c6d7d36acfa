//! What is agreed: payload types, directions, hold, media lines, the `o=` line.

use super::*;
use crate::codec::Format;
use proptest::prelude::*;
use std::time::Duration;

fn answer(leg: &mut Negotiation, offer: &[&str]) -> (Description, crate::StreamSettings) {
    let answered = leg.answer(&from_peer(offer), local(), Direction::SendRecv).unwrap();
    (read(&answered.sdp), answered.settings)
}

#[test]
fn an_answer_keeps_the_numbers_and_the_order_of_its_offer() {
    let offer = "m=audio 4000 RTP/AVP 3 97 0 96\r\na=rtpmap:97 pcma/8000/1\r\na=rtpmap:96 telephone-event/8000";
    let (sdp, settings) = answer(&mut leg(), &[offer]);
    assert_eq!(sdp.media[0].formats, ["97", "0", "96"]);
    assert_eq!(settings.send, Format { codec: Codec::Pcma, payload_type: 97 });
    assert_eq!(settings.receive.len(), 2);
    assert_eq!((settings.send_events, settings.receive_events), (Some(96), Some(96)));
    assert_eq!(settings.remote, "198.51.100.7:4000".parse().unwrap());
    assert_eq!(settings.remote_rtcp, "198.51.100.7:4001".parse().unwrap());
    assert_eq!(settings.packet_time, Duration::from_millis(20));
}

#[test]
fn static_payload_types_need_no_rtpmap() {
    let (sdp, settings) = answer(&mut leg(), &["m=audio 4000 RTP/AVP 0"]);
    assert_eq!(settings.send, Codec::Pcmu.static_format());
    assert_eq!(settings.send_events, None, "nobody offered events");
    assert_eq!(sdp.media[0].map_of(0).unwrap().encoding, "PCMU");
}

#[test]
fn telephone_event_has_a_number_in_each_direction() {
    let mut leg = leg();
    let offer = read(&leg.offer(local(), Direction::SendRecv).unwrap());
    assert_eq!(offer.media[0].formats, ["8", "0", "101"]);
    let settings = leg.accept_answer(&from_peer(&[AUDIO])).unwrap();
    assert_eq!((settings.send_events, settings.receive_events), (Some(96), Some(101)));
    // RFC 3264 8.3.2: a number keeps its meaning through the session.
    let again = read(&leg.offer(local(), Direction::SendRecv).unwrap());
    assert_eq!(again.media[0].map_of(101).unwrap().encoding, "telephone-event");
}

#[test]
fn a_number_that_the_peer_gave_out_is_kept_in_our_next_offer() {
    let mut leg = leg();
    let _ = answer(
        &mut leg,
        &["m=audio 4000 RTP/AVP 101 96\r\na=rtpmap:101 PCMA/8000\r\na=rtpmap:96 telephone-event/8000"],
    );
    let offer = read(&leg.offer(local(), Direction::SendRecv).unwrap());
    assert_eq!(offer.media[0].map_of(101).unwrap().encoding, "PCMA");
    assert_eq!(offer.media[0].map_of(96).unwrap().encoding, "telephone-event");
}

#[test]
fn the_answerer_of_our_offer_chooses_the_codec() {
    let mut leg = leg();
    leg.offer(local(), Direction::SendRecv).unwrap();
    let settings = leg.accept_answer(&from_peer(&["m=audio 4000 RTP/AVP 0"])).unwrap();
    assert_eq!(settings.send.codec, Codec::Pcmu);
    // What flows stays first in the next offer, whatever we liked before.
    let again = read(&leg.offer(local(), Direction::SendRecv).unwrap());
    assert_eq!(again.media[0].formats.first().unwrap(), "0");
}

#[test]
fn hold_and_resume_are_mirrored() {
    for (said, answered, sending, receiving) in [
        ("a=sendonly", Direction::RecvOnly, false, true),
        ("a=inactive", Direction::Inactive, false, false),
        ("a=recvonly", Direction::SendOnly, true, false),
        ("a=sendrecv", Direction::SendRecv, true, true),
        ("c=IN IP4 0.0.0.0", Direction::RecvOnly, false, true),
        ("c=IN IP6 ::", Direction::RecvOnly, false, true),
        ("c=IN IP4 held.invalid", Direction::RecvOnly, false, true),
        ("c=IN IP4 0.0.0.0\r\na=inactive", Direction::Inactive, false, false),
    ] {
        let mut leg = leg();
        let _ = answer(&mut leg, &[AUDIO]);
        let (sdp, settings) = answer(&mut leg, &[AUDIO, said]);
        assert_eq!(sdp.media[0].direction, Some(answered), "{said}");
        assert_eq!((settings.sending, settings.receiving), (sending, receiving), "{said}");
        assert_eq!(leg.is_held(), !sending, "{said}");
        let (sdp, settings) = answer(&mut leg, &[AUDIO]);
        assert_eq!(sdp.media[0].direction, Some(Direction::SendRecv), "resumed after {said}");
        assert!(settings.sending && settings.receiving && !leg.is_held(), "resumed after {said}");
    }
}

#[test]
fn our_own_hold_closes_the_way_that_the_answer_closes() {
    let mut leg = leg();
    leg.offer(local(), Direction::SendOnly).unwrap();
    let settings = leg.accept_answer(&from_peer(&[AUDIO, "a=recvonly"])).unwrap();
    assert_eq!((settings.sending, settings.receiving), (true, false));
    leg.offer(local(), Direction::Inactive).unwrap();
    let settings = leg.accept_answer(&from_peer(&[AUDIO, "a=sendrecv"])).unwrap();
    assert_eq!((settings.sending, settings.receiving), (false, false), "whatever the answer says");
    leg.offer(local(), Direction::Inactive).unwrap();
    leg.accept_answer(&from_peer(&[AUDIO, "a=inactive"])).unwrap();
    assert!(!leg.is_held(), "that was our own hold");
}

#[test]
fn what_we_do_not_do_is_refused_in_its_place() {
    let offer = [
        "m=video 6000 RTP/AVP 99",
        "m=audio 4100 RTP/SAVP 0",
        "m=audio 4200 UDP/TLS/RTP/SAVPF 0",
        AUDIO,
        "m=audio 4300 RTP/AVP 0",
        "m=image 4400 udptl t38",
    ];
    let (sdp, settings) = answer(&mut leg(), &offer);
    let ports: Vec<u16> = sdp.media.iter().map(|line| line.port).collect();
    assert_eq!(ports, [0, 0, 0, 20_000, 0, 0]);
    assert_eq!(sdp.media[5].proto, "udptl");
    assert_eq!(settings.remote.port(), 4_000);
}

#[test]
fn the_line_in_use_stays_in_use() {
    let mut leg = leg();
    let _ = answer(&mut leg, &["m=audio 0 RTP/AVP 0", AUDIO]);
    let (sdp, settings) = answer(&mut leg, &["m=audio 4100 RTP/AVP 0", AUDIO]);
    assert_eq!((sdp.media[0].port, sdp.media[1].port), (0, 20_000));
    assert_eq!(settings.remote.port(), 4_000);
}

#[test]
fn our_offers_never_lose_a_media_line() {
    let mut leg = leg();
    let _ = answer(&mut leg, &["m=video 6000 RTP/AVP 99", AUDIO]);
    let offer = read(&leg.offer(local(), Direction::SendOnly).unwrap());
    let seen: Vec<_> = offer.media.iter().map(|line| (line.media.as_str(), line.port)).collect();
    assert_eq!(seen, [("video", 0), ("audio", 20_000)]);
    let settings = leg.accept_answer(&from_peer(&["m=video 0 RTP/AVP 99", AUDIO])).unwrap();
    assert_eq!(settings.remote.port(), 4_000);
    // The peer forgets his second line; our next offer does not.
    let _ = answer(&mut leg, &[AUDIO]);
    assert_eq!(read(&leg.offer(local(), Direction::SendRecv).unwrap()).media.len(), 2);
}

#[test]
fn a_stream_switched_off_by_the_peer_is_answered_with_port_0_and_can_come_back() {
    let mut leg = leg();
    let _ = answer(&mut leg, &[AUDIO]);
    let (sdp, settings) = answer(&mut leg, &["m=audio 0 RTP/AVP 0"]);
    assert_eq!(sdp.media[0].port, 0);
    assert!(!settings.sending && !settings.receiving && leg.is_held());
    let (sdp, settings) = answer(&mut leg, &[AUDIO]);
    assert!(sdp.media[0].port != 0 && settings.sending && settings.receiving);
}

#[test]
fn who_wants_a_fax_or_video_alone_instead_is_refused_and_the_call_goes_on_as_before() {
    const FAX: &str = "m=image 4400 udptl t38\r\na=T38FaxVersion:0";
    const OFF: &str = "m=audio 0 RTP/AVP 0";
    for offer in [
        &[OFF, FAX][..],
        &[OFF, "m=video 6000 RTP/AVP 99"],
        &[FAX],
        &[OFF, "m=audio 4000 RTP/AVP 18"],
        &[OFF, "m=image 0 udptl t38", "m=application 9 UDP/BFCP *"],
    ] {
        let mut leg = leg();
        let _ = answer(&mut leg, &[AUDIO]);
        let (settings, said) = (leg.settings().cloned(), leg.description().map(str::to_owned));
        let refusal = leg.answer(&from_peer(offer), local(), Direction::SendRecv).unwrap_err();
        assert_eq!((refusal.status(), leg.state(), leg.is_held()), (488, State::Stable, false), "{offer:?}");
        assert_eq!((leg.settings().cloned(), leg.description().map(str::to_owned)), (settings, said), "{offer:?}");
    }
    // Beside the sound a fax is only refused in its place.
    let mut leg = leg();
    let _ = answer(&mut leg, &[AUDIO]);
    let (sdp, settings) = answer(&mut leg, &[AUDIO, FAX]);
    assert_eq!((sdp.media[0].port, sdp.media[1].port, sdp.media[1].media.as_str()), (20_000, 0, "image"));
    assert!(settings.sending && settings.receiving);
}

#[test]
fn plain_audio_in_the_feedback_profile_is_answered_in_it_and_stays_in_it() {
    let feedback = "m=audio 4000 RTP/AVPF 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=rtcp-fb:* nack";
    let mut leg = leg();
    let (sdp, settings) = answer(&mut leg, &[feedback]);
    assert_eq!((sdp.media[0].proto.as_str(), sdp.media[0].port), ("RTP/AVPF", 20_000));
    assert_eq!((settings.send.codec, settings.send_events), (Codec::Pcmu, Some(96)));
    let offer = read(&leg.offer(local(), Direction::SendOnly).unwrap());
    assert_eq!(offer.media[0].proto, "RTP/AVPF");
    leg.accept_answer(&from_peer(&[feedback, "a=recvonly"])).unwrap();
    let (sdp, _) = answer(&mut leg, &["m=audio 0 RTP/AVPF 0"]);
    assert_eq!((sdp.media[0].proto.as_str(), sdp.media[0].port), ("RTP/AVPF", 0));
    assert_eq!(read(&leg.offer(local(), Direction::SendRecv).unwrap()).media[0].proto, "RTP/AVPF");
    leg.withdraw_offer();
    let (sdp, _) = answer(&mut leg, &[AUDIO]);
    assert_eq!(sdp.media[0].proto, "RTP/AVP", "he goes back");
    // An answer of his may name another profile than our offer: what is sent is the same.
    let mut ours = super::leg();
    ours.offer(local(), Direction::SendRecv).unwrap();
    assert!(ours.accept_answer(&from_peer(&[feedback])).is_ok());
    assert_eq!(read(&ours.offer(local(), Direction::SendRecv).unwrap()).media[0].proto, "RTP/AVP");
}

#[test]
fn an_answer_may_change_between_a_183_and_the_200_for_each_dialog_by_itself() {
    let mut placed = leg();
    let offer = placed.offer(local(), Direction::SendRecv).unwrap();
    let mut early = placed.clone();
    let first = early.accept_answer(&from_peer(&[AUDIO])).unwrap();
    assert_eq!((first.remote.port(), placed.state()), (4_000, State::LocalOffer), "the 200 has an answer of its own");
    let last = placed.accept_answer(&from_peer(&["m=audio 4700 RTP/AVP 8", "a=sendonly"])).unwrap();
    assert_eq!((last.remote.port(), last.send.codec, last.sending), (4_700, Codec::Pcma, false));
    assert_eq!(placed.description(), Some(offer.as_str()));
}

#[test]
fn the_version_grows_by_one_with_each_change_and_with_nothing_else() {
    // RFC 3264 8; what is said is told with the number of changes that it makes, and whether it is ours.
    enum Said {
        Answer(&'static [&'static str], u64),
        Refuses(&'static [&'static str]),
        Offer(Direction, u64),
        Answered(&'static [&'static str]),
        Withdrawn,
    }
    use Said::*;
    let steps = [
        Answer(&[AUDIO], 0),
        Answer(&[AUDIO], 0),
        Answer(
            &[
                "m=audio 4000 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15",
                "c=IN IP4 198.51.100.9",
            ],
            0,
        ),
        Refuses(&["m=audio 0 RTP/AVP 0", "m=image 4400 udptl t38"]),
        Answer(&[AUDIO], 0),
        Answer(&[AUDIO, "a=sendonly"], 1),
        Answer(&[AUDIO, "a=sendonly"], 0),
        Answer(&[AUDIO, "m=video 6000 RTP/AVP 99"], 1),
        Answer(&[AUDIO], 1),
        Offer(Direction::SendRecv, 1),
        Withdrawn,
        Offer(Direction::SendRecv, 0),
        Answered(&[AUDIO, "m=video 0 RTP/AVP 99"]),
        Offer(Direction::Inactive, 1),
        Answered(&[AUDIO, "a=inactive", "m=video 0 RTP/AVP 99"]),
        Offer(Direction::Inactive, 0),
        Withdrawn,
        Answer(&["m=audio 0 RTP/AVP 0", "m=video 0 RTP/AVP 99"], 1),
        Answer(&[AUDIO, "m=video 0 RTP/AVP 99"], 1),
    ];
    let (mut leg, mut last) = (leg(), None);
    for (nth, step) in steps.into_iter().enumerate() {
        let (sdp, changes) = match step {
            Answer(lines, changes) => {
                (leg.answer(&from_peer(lines), local(), Direction::SendRecv).unwrap().sdp, changes)
            }
            Offer(direction, changes) => (leg.offer(local(), direction).unwrap(), changes),
            Refuses(lines) => {
                leg.answer(&from_peer(lines), local(), Direction::SendRecv).unwrap_err();
                continue;
            }
            Answered(lines) => {
                leg.accept_answer(&from_peer(lines)).unwrap();
                continue;
            }
            Withdrawn => {
                leg.withdraw_offer();
                continue;
            }
        };
        if let Some(before) = last.replace(version(&sdp)) {
            assert_eq!(version(&sdp) - before, changes, "step {nth}: {sdp}");
        }
    }
}

#[test]
fn the_origin_is_stable_and_its_version_counts_changes() {
    let mut leg = leg();
    let first = leg.answer(&from_peer(&[AUDIO]), local(), Direction::SendRecv).unwrap().sdp;
    let same = leg.answer(&from_peer(&[AUDIO]), local(), Direction::SendRecv).unwrap().sdp;
    assert_eq!(first, same, "a session refresh changes nothing");
    assert_eq!(leg.description(), Some(first.as_str()));
    let held = leg.answer(&from_peer(&[AUDIO, "a=sendonly"]), local(), Direction::SendRecv).unwrap().sdp;
    assert_eq!(version(&held), version(&first) + 1);
    // An offer that failed used its version up.
    let failed = leg.offer(local(), Direction::Inactive).unwrap();
    assert_eq!(version(&failed), version(&held) + 1);
    leg.withdraw_offer();
    let after = leg.answer(&from_peer(&[AUDIO, "a=sendonly"]), local(), Direction::SendRecv).unwrap().sdp;
    assert_eq!(version(&after), version(&failed) + 1);
    let ids: Vec<u64> = [&first, &held, &failed, &after].iter().map(|sdp| read(sdp).origin.unwrap().id).collect();
    assert_eq!(ids, [42; 4]);
}

#[test]
fn packet_time_towards_the_peer_is_what_he_asks_and_can_take() {
    for (lines, ms) in [
        ("a=ptime:30", 30),
        ("a=ptime:25", 20),
        ("a=ptime:1", 10),
        ("a=ptime:500", 60),
        ("a=maxptime:10", 10),
        ("a=ptime:60\r\na=maxptime:40", 40),
    ] {
        let (_, settings) = answer(&mut leg(), &[AUDIO, lines]);
        assert_eq!(settings.packet_time, Duration::from_millis(ms), "{lines}");
    }
}

#[test]
fn rtcp_goes_where_the_peer_says() {
    let (_, settings) = answer(&mut leg(), &[AUDIO, "a=rtcp:9999"]);
    assert_eq!(settings.remote_rtcp, "198.51.100.7:9999".parse().unwrap());
    let (_, settings) = answer(&mut leg(), &["m=audio 65535 RTP/AVP 0"]);
    assert_eq!(settings.remote_rtcp.port(), 65_535, "there is no next port");
}

#[test]
fn offers_that_lead_nowhere_are_refused_with_the_right_status() {
    for (lines, status) in [
        (vec![], 488),
        (vec!["m=audio 4000 RTP/AVP 18 3"], 488),
        (vec!["m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 telephone-event/8000"], 488),
        (vec!["m=audio 0 RTP/AVP 0"], 488),
        (vec!["m=audio 4000 RTP/SAVP 0"], 488),
        (vec!["m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/16000"], 488),
        (vec!["m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.1.1.1"], 488),
        (vec!["m=audio 4000 RTP/AVP 0\r\nc=IN IP4 255.255.255.255"], 488),
        (vec!["m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example.com"], 488),
        (vec!["m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::7"], 488),
        (vec!["m=audio x RTP/AVP 0"], 400),
        (vec!["m=audio 1 RTP/AVP 0"; 17], 488),
    ] {
        let mut leg = leg();
        let refusal = leg.answer(&from_peer(&lines), local(), Direction::SendRecv).unwrap_err();
        assert_eq!((refusal.status(), leg.state()), (status, State::Idle), "{lines:?}");
    }
    assert_eq!(
        leg().answer(b"v=0\r\nm=audio 4000 RTP/AVP 0\r\n", local(), Direction::SendRecv),
        Err(Refusal::NoAddress)
    );
    assert_eq!(leg().answer(b"\xff\x00garbage", local(), Direction::SendRecv).unwrap_err().status(), 400);
}

#[test]
fn ipv6_is_spoken_where_the_socket_speaks_it() {
    let local = "[2001:db8::10]:20000".parse().unwrap();
    let mut leg = leg();
    let offer = from_peer(&["m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::7"]);
    let answered = leg.answer(&offer, local, Direction::SendRecv).unwrap();
    assert!(answered.sdp.contains("c=IN IP6 2001:db8::10\r\n"));
    assert_eq!(answered.settings.remote, "[2001:db8::7]:4000".parse().unwrap());
}

#[test]
fn an_answer_that_is_given_late_may_lead_with_another_codec_that_the_peer_offered() {
    for (wanted, first) in [(Codec::Pcma, Codec::Pcma), (Codec::Pcmu, Codec::Pcmu)] {
        let mut leg = leg();
        leg.receive_offer(&from_peer(&["m=audio 4000 RTP/AVP 0 8"])).unwrap();
        assert_eq!((leg.codec(), leg.description()), (Some(Codec::Pcmu), None), "his order, as long as nobody asks");
        leg.lead_with(wanted);
        assert_eq!(leg.codec(), Some(first));
        let answered = leg.answer_received(local(), Direction::SendRecv).unwrap();
        assert_eq!((answered.settings.send.codec, leg.codec()), (first, Some(first)));
        assert_eq!(leg.description(), Some(answered.sdp.as_str()), "the same again in the 200");
    }
    let mut leg = leg();
    leg.receive_offer(&from_peer(&["m=audio 4000 RTP/AVP 0"])).unwrap();
    leg.lead_with(Codec::Pcma);
    assert_eq!(leg.codec(), Some(Codec::Pcmu), "he did not offer it");
}

#[test]
fn whether_an_offer_can_be_reached_is_known_before_it_is_answered() {
    let mut leg = leg();
    leg.receive_offer(&from_peer(&[AUDIO])).unwrap();
    assert!(leg.is_reached_from(local()) && !leg.is_reached_from("[2001:db8::10]:20000".parse().unwrap()));
}

/// What a random peer and a random call do to a leg.
#[derive(Clone, Debug)]
enum Move {
    Offer(u8),
    Answer(usize),
    OfferComes(usize, u8),
    Withdraw,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        (0u8..4).prop_map(Move::Offer),
        (0..DESCRIPTIONS.len()).prop_map(Move::Answer),
        ((0..DESCRIPTIONS.len()), 0u8..4).prop_map(|(n, d)| Move::OfferComes(n, d)),
        Just(Move::Withdraw),
    ];
    proptest::collection::vec(one, 1..40)
}

/// What peers say.
const DESCRIPTIONS: [&str; 11] = [
    AUDIO,
    "m=audio 4000 RTP/AVP 0\r\na=sendonly",
    "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=inactive",
    "m=video 5000 RTP/AVP 99\r\nm=audio 4000 RTP/AVP 101 0\r\na=rtpmap:101 PCMA/8000",
    "m=audio 0 RTP/AVP 0",
    "m=audio 4000 RTP/AVP 18",
    "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\nm=video 0 RTP/AVP 99\r\nm=audio 0 RTP/AVP 0",
    "m=audio",
    "m=audio 4000 RTP/AVP 8\r\nm=audio 4100 RTP/AVP 8",
    "m=audio 4000 RTP/AVPF 0",
    "m=audio 0 RTP/AVP 0\r\nm=image 4400 udptl t38",
];

proptest! {
    #[test]
    fn through_any_history_versions_count_and_lines_stay(history in moves()) {
        let direction = |n: u8| Direction::of(n & 1 != 0, n & 2 != 0);
        let mut leg = leg();
        let mut said: Vec<String> = Vec::new();
        let mut lines = 0;
        for step in history {
            let (state, before) = (leg.state(), leg.settings().cloned());
            let mut failed = false;
            match step {
                Move::Offer(d) => if let Ok(sdp) = leg.offer(local(), direction(d)) {
                    prop_assert!(read(&sdp).media.len() >= lines, "an offer lost a line");
                    said.push(sdp);
                },
                Move::Answer(n) => failed = leg.accept_answer(&from_peer(&[DESCRIPTIONS[n]])).is_err(),
                Move::OfferComes(n, d) => match leg.answer(&from_peer(&[DESCRIPTIONS[n]]), local(), direction(d)) {
                    Ok(answered) => said.push(answered.sdp),
                    Err(_) => failed = true,
                },
                Move::Withdraw => leg.withdraw_offer(),
            }
            if failed {
                prop_assert_eq!(leg.settings().cloned(), before, "a failure changed what was agreed, from {:?}", state);
            }
            if leg.state() == State::Stable {
                lines = lines.max(read(leg.description().unwrap()).media.len());
            }
        }
        for pair in said.windows(2) {
            let grown = version(&pair[1]) - version(&pair[0]);
            prop_assert_eq!(grown, u64::from(pair[0] != pair[1]), "{} then {}", &pair[0], &pair[1]);
        }
    }
}
