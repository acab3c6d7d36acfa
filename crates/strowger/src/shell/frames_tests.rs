//! Who may open a WebSocket, and what becomes of whoever sends what he likes through one.

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

fn asked(lines: &[(&'static str, &'static str)], origins: &[&str]) -> u16 {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_static(value));
    }
    let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
    judged(&headers, &origins).map_or_else(|(status, _)| status.as_u16(), |()| 101)
}

#[test]
fn a_page_of_another_site_may_not_and_who_is_no_page_may() {
    let sip = ("Sec-WebSocket-Protocol", "chat, sip");
    let host = ("Host", "pbx.example.org:8089");
    let own = ("Origin", "https://PBX.example.org:8443");
    let other = ("Origin", "https://evil.example");
    assert_eq!(asked(&[host, sip], &[]), 101, "no page");
    assert_eq!(asked(&[host, sip, own], &[]), 101);
    assert_eq!(asked(&[host, sip, other], &[]), 403);
    assert_eq!(asked(&[sip, ("Origin", "https://")], &[]), 403);
    assert_eq!(asked(&[host, sip, ("Origin", "null")], &[]), 403);
    assert_eq!(asked(&[host, sip, other], &["https://evil.example"]), 101, "whoever is named");
    assert_eq!(asked(&[host, sip, own], &["https://evil.example"]), 403, "and then nobody else");
    assert_eq!(asked(&[host], &[]), 400, "the subprotocol must be offered");
    assert_eq!(asked(&[host, ("Sec-WebSocket-Protocol", "sipx")], &[]), 400);
}

const HELLO: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n";

/// A frame of a client, masked with noughts: its first byte, and what it says its length is.
fn frame(first: u8, length: u64, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match length {
        0..=125 => frame.push(0x80 | length as u8),
        126..=65_535 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// What comes through of these bytes after a good beginning, until the end, which must come; its answer is read along.
async fn through(bytes: &[u8]) -> Vec<Bytes> {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (mut reader, mut writer) = tokio::io::split(theirs);
    tokio::spawn(async move { while reader.read(&mut [0; 4_096]).await.is_ok_and(|length| length > 0) {} });
    writer.write_all(HELLO).await.unwrap();
    let opened = open(Box::new(ours), &[]).await.unwrap();
    writer.write_all(bytes).await.unwrap();
    writer.shutdown().await.unwrap();
    let (_answers, mut frames) = opened.split();
    let mut came = vec![];
    while let Some(bytes) = next(&mut frames).await {
        came.push(bytes);
    }
    came
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(std::time::Duration::from_secs(20), test).await.unwrap() })
}

#[test]
fn what_is_no_frame_or_too_long_ends_the_link_and_what_came_before_is_heard() {
    let good = frame(0x81, 5, b"hello");
    let half = frame(0x01, 40_000, &[b'x'; 40_000]);
    let rest = frame(0x80, 40_000, &[b'x'; 40_000]);
    let mut corpus: Vec<(&str, Vec<u8>)> = vec![
        ("longer than a message may be", frame(0x81, limits::MESSAGE_BYTES as u64 + 1, b"")),
        ("as long as can be written", frame(0x81, u64::MAX, b"")),
        ("two halves that are too long together", [half, rest].concat()),
        ("unmasked", vec![0x81, 2, b'h', b'i']),
        ("a reserved bit", frame(0xc1, 2, b"hi")),
        ("an unknown kind", frame(0x83, 2, b"hi")),
        ("a rest of nothing", frame(0x80, 2, b"hi")),
        ("a long ping", frame(0x89, 126, &[b'x'; 126])),
        ("a ping in pieces", frame(0x09, 2, b"hi")),
        ("text that is no text", frame(0x81, 2, &[0xff, 0xfe])),
        ("a close with half a reason", frame(0x88, 1, b"x")),
        ("SIP as over TCP", b"OPTIONS sip:a SIP/2.0\r\n\r\n".to_vec()),
        ("half a frame", frame(0x81, 9, b"hi")),
        ("nothing", vec![]),
    ];
    let mut noise = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..400 {
        let bytes = std::iter::repeat_with(|| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            noise as u8
        });
        corpus.push(("noise", bytes.take(64).collect()));
    }
    run(async {
        for (what, bytes) in corpus {
            let came = through(&[good.clone(), bytes].concat()).await;
            assert_eq!(came.first().map(Bytes::as_ref), Some(&b"hello"[..]), "{what}");
            assert!(came.iter().all(|one| one.len() <= limits::MESSAGE_BYTES), "{what}");
            assert!(what == "noise" || came.len() == 1, "{what}: {came:?}");
        }
    });
}

#[test]
fn pieces_are_one_message_pings_are_none_and_the_longest_comes_through() {
    let longest = vec![b'x'; limits::MESSAGE_BYTES];
    let all = [
        frame(0x01, 3, b"OPT"),
        frame(0x89, 2, b"hi"),
        frame(0x80, 4, b"IONS"),
        frame(0x82, longest.len() as u64, &longest),
        frame(0x88, 2, &[3, 232]),
        frame(0x81, 4, b"late"),
    ];
    let came = run(through(&all.concat()));
    assert_eq!(came.len(), 2, "nothing after the close");
    assert_eq!((came[0].as_ref(), came[1].len()), (&b"OPTIONS"[..], limits::MESSAGE_BYTES));
}

#[test]
fn a_beginning_without_end_or_sense_is_refused() {
    let beginning = |bytes: Vec<u8>| {
        run(async {
            let (ours, mut theirs) = tokio::io::duplex(1 << 20);
            theirs.write_all(&bytes).await.unwrap();
            theirs.shutdown().await.unwrap();
            open(Box::new(ours), &[]).await.map(drop)
        })
    };
    let field = [&b"X-Long: "[..], &vec![b'x'; 200_000]].concat();
    let fields: Vec<u8> = (0..1_000).flat_map(|nth| format!("X-{nth}: y\r\n").into_bytes()).collect();
    let start = &b"GET / HTTP/1.1\r\n"[..];
    for bytes in [
        vec![],
        b"OPTIONS sip:a SIP/2.0\r\n\r\n".to_vec(),
        [start, &field].concat(),
        [start, &fields, b"\r\n"].concat(),
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
        HELLO[..HELLO.len() - 2].to_vec(),
    ] {
        assert!(beginning(bytes).is_err());
    }
    assert!(beginning(HELLO.to_vec()).is_ok());
}
