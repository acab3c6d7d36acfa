//! Who wants to know when nobody speaks is told so, once.

use super::*;

const LASTS: Duration = Duration::from_secs(3);

/// Packets of nothing, as phones send them that know no comfort noise.
fn hum(n: u64, ms: u64) -> Input {
    let mut packet = CALLER.packet(n, ms);
    if let Input::Frame { payload, codec, .. } = &mut packet {
        *payload = vec![codec.silence(); 160].into();
    }
    packet
}

/// Speaks from 0 to `speaks`, then sends silence to `sends`; when he was said to be silent, by 10 s.
fn told_at(speaks: u64, sends: u64) -> Option<u64> {
    let (mut recorder, mut disk) = (Recorder::new(), Disk::default());
    recorder.handle_input(now(0), Input::Begin { capture: CAPTURE, call: CallRef(0x1f), at: mono(0) });
    recorder.handle_input(now(0), Input::HearSilence { capture: CAPTURE, lasts: LASTS });
    let mut told = None;
    for n in 0..500 {
        let ms = n * 20;
        advance(&mut recorder, &mut disk, ms);
        match ms {
            _ if ms < speaks => recorder.handle_input(now(ms), CALLER.packet(n, ms)),
            _ if ms < sends => recorder.handle_input(now(ms), hum(n, ms)),
            _ => {}
        }
        disk.drain(&mut recorder);
        assert!(disk.silent.len() <= 1, "told once");
        told = told.or((!disk.silent.is_empty()).then_some(ms));
    }
    told
}

#[test]
fn silence_is_told_after_the_last_word_whether_packets_come_or_not() {
    for sends in [0, 20_000] {
        for speaks in [0, 2_000, 5_000] {
            let told = told_at(speaks, sends).expect("he is silent in the end");
            // Files take turns, and their clock follows half a second behind.
            assert!((speaks + 3_000..=speaks + 3_800).contains(&told), "{speaks} {sends}: {told}");
        }
    }
}

#[test]
fn who_goes_on_speaking_is_not_silent() {
    assert_eq!(told_at(20_000, 20_000), None);
}
