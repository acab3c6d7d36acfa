//! Two legs that hear each other.

use super::*;
use crate::codec::pcmu_to_pcma;

#[test]
fn a_relayed_packet_is_rewritten_and_nothing_else() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    for n in 0..50u16 {
        assert!(matches!(bench.say(1, rtp(0, n, 160 * u32::from(n), 5)), Verdict::Forward { .. }));
        bench.advance(20);
    }
    let heard = bench.heard_by(2);
    assert_eq!(heard.len(), 50);
    assert_one_stream(&heard, &[0]);
    assert!(heard.iter().all(|s| s.payload() == [0x55; 160] && s.to == peer(2) && s.header().ssrc != 5));
    assert!(bench.heard_by(1).is_empty(), "nobody hears himself");
}

#[test]
fn unlike_codecs_are_transcoded_in_place_under_the_listeners_payload_type() {
    let mut bench = Bench::bridged(Codec::Pcma);
    bench.say(1, rtp(0, 1, 160, 5));
    bench.say(2, rtp(8, 1, 160, 6));
    assert_eq!((bench.heard_by(2)[0].header().payload_type, bench.heard_by(1)[0].header().payload_type), (8, 0));
    assert_eq!(bench.heard_by(2)[0].payload(), [pcmu_to_pcma(0x55); 160]);
}

#[test]
fn extensions_and_padding_do_not_travel() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    let mut packet = packet::header(true, 0, 1, 160, 5).to_vec();
    packet[0] |= 0x30;
    packet.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
    packet.extend([0x55; 160]);
    packet.extend([0, 0, 0, 4]);
    bench.say(1, packet);
    let heard = bench.heard_by(2);
    assert_eq!((heard[0].packet.len(), heard[0].packet[0]), (172, 0x80));
    assert_eq!(heard[0].payload(), [0x55; 160]);
}

#[test]
fn a_long_relay_keeps_loss_visible_and_drops_duplicates() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    let (mut said, mut offset) = (0u64, None);
    for n in 0..70_000u32 {
        if n % 50 == 7 {
            continue;
        }
        said += 1;
        bench.say(1, rtp(0, n as u16, n.wrapping_mul(160), 5));
        if n % 100 == 0 {
            assert_eq!(bench.say(1, rtp(0, n as u16, n.wrapping_mul(160), 5)), Verdict::Drop(DropReason::Duplicate));
        }
        let header = bench.heard_by(2)[0].header();
        let shift = (header.sequence.wrapping_sub(n as u16), header.timestamp.wrapping_sub(n.wrapping_mul(160)));
        assert_eq!(*offset.get_or_insert(shift), shift, "packet {n}");
        bench.sent.clear();
        bench.advance(20);
        bench.sent.clear();
    }
    let snapshot = bench.worker.inspect();
    let totals = &snapshot.streams[0].totals;
    assert_eq!((totals.packets_received, totals.packets_lost), (said, 1_400));
}

#[test]
fn other_packet_times_are_forwarded_as_they_come() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    for n in 0..3u16 {
        let mut packet = rtp(0, n, 240 * u32::from(n), 5);
        packet.extend([0x55; 80]);
        bench.say(1, packet);
        bench.advance(30);
    }
    let heard = bench.heard_by(2);
    assert!(heard.iter().all(|s| s.payload().len() == 240));
    assert_eq!(heard[2].header().timestamp.wrapping_sub(heard[0].header().timestamp), 480);
}

#[test]
fn prompt_music_relay_prompt_is_one_stream_for_the_peer() {
    let mut bench = Bench::new();
    bench.ready(1, settings(1, Codec::Pcmu));
    bench.ready(2, settings(2, Codec::Pcma));
    bench.play(1, 1, Sound::Tone(Tone::Busy), true);
    bench.advance(1_000);
    bench.play(1, 2, Sound::Tone(Tone::Ringback), true);
    bench.advance(1_000);
    let before = bench.heard_by(1).len();
    bench.hear(1, 2);
    for n in 0..50 {
        bench.advance(20);
        bench.say(2, rtp(8, 40_000 + n, 7_000 + 160 * u32::from(n), 9));
    }
    bench.play(1, 3, Sound::Tone(Tone::Busy), true);
    bench.advance(1_000);
    let heard = bench.heard_by(1);
    assert_one_stream(&heard, &[0, before / 2, before, before + 50]);
    let (first, last) = (heard[0], heard[heard.len() - 1]);
    let ticks = u64::from(last.header().timestamp.wrapping_sub(first.header().timestamp));
    let elapsed_ms = (last.at - first.at).as_millis() as u64;
    assert!(ticks.abs_diff(elapsed_ms * 8) <= 2 * 160, "RTP time follows the clock: {ticks} in {elapsed_ms} ms");
}

#[test]
fn hold_sends_nothing_and_goes_on_without_a_false_loss() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.say(2, rtp(0, 1, 160, 6));
    let mut n = 0u16;
    let mut talk = |bench: &mut Bench| {
        for _ in 0..50 {
            bench.say(1, rtp(0, n, 160 * u32::from(n), 5));
            bench.advance(20);
            n += 1;
        }
    };
    talk(&mut bench);
    bench.configure(2, StreamSettings { sending: false, ..settings(2, Codec::Pcmu) });
    talk(&mut bench);
    assert_eq!(bench.heard_by(2).len(), 50);
    bench.configure(2, settings(2, Codec::Pcmu));
    talk(&mut bench);
    bench.configure(1, StreamSettings { receiving: false, ..settings(1, Codec::Pcmu) });
    talk(&mut bench);
    bench.configure(1, settings(1, Codec::Pcmu));
    talk(&mut bench);
    let heard = bench.heard_by(2);
    assert_one_stream(&heard, &[0, 50, 100]);
    assert_eq!(bench.worker.inspect().streams[0].totals.packets_lost, 0);
    let pause = heard[50].header().timestamp.wrapping_sub(heard[49].header().timestamp);
    assert_eq!(pause, 51 * 160, "a second on hold is a second of RTP time");
}

#[test]
fn keys_are_told_once_and_forwarded_under_the_listeners_payload_type() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(2, StreamSettings { send_events: Some(96), ..settings(2, Codec::Pcmu) });
    bench.say(1, rtp(0, 0, 0, 5));
    for n in 1..6u16 {
        bench.advance(20);
        bench.say(1, key(11, n, 160, 5, n > 2, n.min(3) * 160));
    }
    bench.say(1, rtp(0, 6, 960, 5));
    assert_eq!(bench.digits(), "#");
    let heard = bench.heard_by(2);
    assert_eq!(heard.len(), 7);
    let anchor = heard[0].header().timestamp;
    for (n, sent) in heard[1..6].iter().enumerate() {
        let header = sent.header();
        assert_eq!((header.payload_type, header.timestamp.wrapping_sub(anchor)), (96, 160), "event packet {n}");
        assert_eq!(sent.payload()[0], 11);
    }
    assert_eq!(heard[5].payload(), [11, 0x8a, 1, 0xe0], "the duration as it came");
    assert_eq!(heard[6].header().timestamp.wrapping_sub(anchor), 960);
}

#[test]
fn keys_are_absorbed_where_the_listener_does_not_know_them_and_leave_no_gap() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(2, StreamSettings { send_events: None, ..settings(2, Codec::Pcmu) });
    bench.say(1, rtp(0, 0, 0, 5));
    for n in 1..6 {
        assert_eq!(bench.say(1, key(5, n, 160, 5, n > 2, 480)), Verdict::Absorbed);
    }
    bench.say(1, rtp(0, 6, 960, 5));
    assert_eq!(bench.digits(), "5");
    let heard = bench.heard_by(2);
    assert_eq!(heard[1].header().sequence, heard[0].header().sequence.wrapping_add(1));
}

#[test]
fn one_speaker_may_have_several_listeners() {
    let mut bench = Bench::bridged(Codec::Pcma);
    bench.ready(3, settings(3, Codec::Pcmu));
    bench.hear(3, 1);
    bench.say(1, rtp(0, 1, 160, 5));
    assert_eq!(bench.heard_by(2)[0].payload(), [pcmu_to_pcma(0x55); 160]);
    assert_eq!(bench.heard_by(3)[0].payload(), [0x55; 160]);
    bench.unhear(2);
    bench.say(1, rtp(0, 2, 320, 5));
    assert_eq!((bench.heard_by(2).len(), bench.heard_by(3).len()), (1, 2));
}

#[test]
fn a_listener_without_an_address_is_sent_nothing() {
    let mut bench = Bench::bridged(Codec::Pcmu);
    bench.configure(2, StreamSettings { remote: addr("0.0.0.0:4000"), ..settings(2, Codec::Pcmu) });
    assert_eq!(bench.say(1, rtp(0, 1, 160, 5)), Verdict::Absorbed);
}
