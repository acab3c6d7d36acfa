//! What the parser takes, what it refuses, and that printing keeps what was read.

use super::*;
use proptest::prelude::*;

const OFFER: &str = "v=0\r\no=alice 2890844526 2890842807 IN IP4 203.0.113.1\r\ns=call\r\nc=IN IP4 203.0.113.1\r\n\
    t=0 0\r\na=sendonly\r\nm=audio 49170 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
    a=ptime:30\r\na=maxptime:40\r\na=rtcp:53020 IN IP4 203.0.113.2\r\nm=video 51372 RTP/AVPF 99\r\n\
    c=IN IP6 2001:db8::1\r\na=rtpmap:99 H264/90000\r\na=inactive\r\n";

#[test]
fn a_full_offer_is_read_in_all_its_parts() {
    let d = read(OFFER);
    let origin = d.origin.clone().unwrap();
    assert_eq!((origin.user.as_str(), origin.id, origin.version), ("alice", 2_890_844_526, 2_890_842_807));
    let [audio, video] = d.media.as_slice() else { panic!("two lines") };
    assert_eq!((audio.port, audio.proto.as_str()), (49_170, "RTP/AVP"));
    assert_eq!(audio.formats, ["8", "0", "101"]);
    assert_eq!(audio.map_of(101).unwrap().encoding, "telephone-event");
    assert_eq!(audio.parameters, [("101".to_owned(), "0-16".to_owned())]);
    assert_eq!((audio.ptime_ms, audio.maxptime_ms), (Some(30), Some(40)));
    assert_eq!(audio.rtcp_of("203.0.113.1:49170".parse().unwrap()), "203.0.113.2:53020".parse().unwrap());
    assert_eq!(d.direction_of(audio), Direction::SendOnly, "the session's direction");
    assert_eq!(d.direction_of(video), Direction::Inactive, "its own direction");
    assert_eq!(d.connection_of(video), Some(&Connection::Address("2001:db8::1".parse().unwrap())));
}

#[test]
fn bare_lf_unknown_lines_and_disorder_are_tolerated() {
    let d = read("\ns=x\nz=0 0\n???\nm=audio 4000 RTP/AVP 0\na=whatever\nb=AS:64\nc=in ip4 198.51.100.7\nv=0\no=bad\n");
    assert_eq!(d.media.len(), 1);
    assert!(d.origin.is_none());
    assert!(d.connection_of(&d.media[0]).is_some());
}

#[test]
fn a_session_name_that_is_not_utf8_harms_nobody() {
    let mut bytes = b"v=0\r\ns=Caf\xe9\r\n".to_vec();
    bytes.extend_from_slice(b"m=audio 4000 RTP/AVP 0\r\n");
    assert_eq!(super::super::parse(&bytes).unwrap().media.len(), 1);
}

#[test]
fn packet_times_are_clamped() {
    for (text, expected) in [
        ("0", Some(10)),
        ("5", Some(10)),
        ("20", Some(20)),
        ("20.5", Some(20)),
        ("99999999999999999999999", Some(60)),
        ("-20", None),
        ("", None),
        ("x", None),
    ] {
        let d = read(&format!("v=0\r\nm=audio 1 RTP/AVP 0\r\na=ptime:{text}\r\n"));
        assert_eq!(d.media[0].ptime_ms, expected, "ptime:{text}");
    }
}

#[test]
fn what_cannot_be_answered_is_refused() {
    for (sdp, why) in [
        ("", Malformed::NoVersion),
        ("hello", Malformed::NoVersion),
        ("v=1\r\nm=audio 1 RTP/AVP 0\r\n", Malformed::NoVersion),
        ("v=0\r\nm=audio\r\n", Malformed::MediaLine),
        ("v=0\r\nm=audio 70000 RTP/AVP 0\r\n", Malformed::MediaLine),
        ("v=0\r\nm=audio -1 RTP/AVP 0\r\n", Malformed::MediaLine),
        ("v=0\r\nm=audio 1 RTP/AVP\r\n", Malformed::MediaLine),
        ("v=0\r\nm=audio 1 RTP/AVP \u{7}\r\n", Malformed::MediaLine),
    ] {
        assert_eq!(super::super::parse(sdp.as_bytes()), Err(why), "{sdp:?}");
    }
}

#[test]
fn media_lines_and_formats_stop_at_their_limits() {
    let lines = |n: usize| format!("v=0\r\n{}", "m=audio 1 RTP/AVP 0\r\n".repeat(n));
    assert_eq!(read(&lines(terms::limits::MEDIA_LINES)).media.len(), terms::limits::MEDIA_LINES);
    let beyond = super::super::parse(lines(terms::limits::MEDIA_LINES + 1).as_bytes());
    assert_eq!(beyond, Err(Malformed::TooManyMediaLines));
    let d = read(&format!("v=0\r\nm=audio 1 RTP/AVP{}\r\n", " 0".repeat(5_000)));
    assert_eq!(d.media[0].formats.len(), terms::limits::FORMATS);
}

#[test]
fn nothing_of_a_hostile_line_is_repeated_with_control_characters() {
    let d = read("v=0\r\nm=audio 1 RTP/AVP 0\r\na=fmtp:0 x\ry\r\na=rtpmap:0 PC\u{0}MU/8000\r\n");
    assert!(d.media[0].parameters.is_empty() && d.media[0].maps.is_empty());
}

#[test]
fn printing_what_was_read_keeps_it() {
    let d = read(OFFER);
    assert_eq!(read(&d.to_string()), d);
}

/// Lines that a description is made of, some of them broken.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("v=0".to_owned()),
        "o=[a-z-]{1,4} [0-9]{1,22} [0-9]{1,3} IN IP[46] [0-9a-f.:]{1,12}",
        "c=IN IP[46] (198\\.51\\.100\\.[0-9]{1,3}|2001:db8::[0-9a-f]{1,4}|0\\.0\\.0\\.0|x\\.invalid|224\\.0\\.0\\.1/127)",
        "m=(audio|video|image) [0-9]{1,5}(/[0-9]{1,2})? (RTP/AVP|RTP/SAVP|udptl)( [0-9]{1,3}){0,4}",
        "a=rtpmap:[0-9]{1,3} (PCMU|pcma|telephone-event|opus)/(8000|48000)(/[0-9]{1,3})?",
        "a=fmtp:[0-9]{1,3} [ -~]{0,20}",
        "a=(ptime|maxptime):[0-9]{1,6}",
        "a=(sendrecv|sendonly|recvonly|inactive)",
        "a=rtcp:[0-9]{1,6}( IN IP4 198\\.51\\.100\\.1)?",
        "[ -~]{0,30}",
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = super::super::parse(&bytes);
        let _ = leg().answer(&bytes, local(), Direction::SendRecv);
    }

    #[test]
    fn print_and_parse_agree(lines in proptest::collection::vec(line(), 0..24)) {
        let text = format!("v=0\r\n{}\r\n", lines.join("\r\n"));
        if let Ok(first) = super::super::parse(text.as_bytes()) {
            let second = super::super::parse(first.to_string().as_bytes());
            prop_assert_eq!(second, Ok(first));
        }
    }

    #[test]
    fn every_answer_has_the_lines_of_its_offer(lines in proptest::collection::vec(line(), 0..24)) {
        let text = format!("v=0\r\n{}\r\n", lines.join("\r\n"));
        let mut leg = leg();
        if let Ok(answered) = leg.answer(text.as_bytes(), local(), Direction::SendRecv) {
            let (offer, answer) = (read(&text), read(&answered.sdp));
            prop_assert_eq!(offer.media.len(), answer.media.len());
            for (offered, answered) in offer.media.iter().zip(&answer.media) {
                prop_assert_eq!(&offered.media, &answered.media);
                prop_assert_eq!(&offered.proto, &answered.proto);
                // A number may have been written as 08: it is the same number in ours.
                let number = |format: &String| format.parse::<u8>().map_err(|_| format.clone());
                let numbers: Vec<_> = offered.formats.iter().map(number).collect();
                prop_assert!(answered.formats.iter().all(|f| numbers.contains(&number(f))));
                prop_assert!(offered.port != 0 || answered.port == 0);
            }
            prop_assert_eq!(answer.media.iter().filter(|line| line.port != 0).count(), 1);
        }
    }
}
