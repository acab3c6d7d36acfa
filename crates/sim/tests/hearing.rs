//! Who hears whose voice, deed by deed: the fingerprints that the phones hear are those that the state of the call names.

use media::sdp::Direction;
use sim::scenario::{CAROL, NUMBER, PLAN, prompts, world};
use sim::{Conduct, Faults, Heard, World};
use std::time::Duration;
use terms::LegId;

fn heard(world: &mut World) -> Vec<String> {
    world.heard()
}

fn turn(world: &mut World, who: &str, direction: Direction) {
    let phone = world.phone(who);
    let leg = world.agents[phone].current().expect("a call");
    world.act(phone, |agent, now| agent.turn(now, leg, direction));
}

fn hang_up(world: &mut World, leg: LegId) {
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn in_a_call_from_a_queue_who_is_held_hears_its_music_and_who_holds_hears_nobody() {
    let mut world = world(41, Faults::default());
    world.agent("alice").conduct = Conduct { ring: Duration::from_secs(3), ..Conduct::default() };
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", NUMBER));
    assert_eq!(heard(&mut world), ["carrier hears a sound"]);
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(Duration::from_millis(200));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    assert_eq!(heard(&mut world), ["carrier hears a sound"], "the music, while alice rings");
    world.advance(Duration::from_secs(4));
    let both = ["carrier hears alice", "alice hears carrier"];
    assert_eq!(heard(&mut world), both);
    for how in [Direction::SendOnly, Direction::Inactive] {
        turn(&mut world, "alice", how);
        assert_eq!(heard(&mut world), ["carrier hears a sound"], "{how:?}");
        turn(&mut world, "alice", Direction::SendRecv);
        assert_eq!(heard(&mut world), both);
        turn(&mut world, "carrier", how);
        assert_eq!(heard(&mut world), ["alice hears a sound"], "{how:?}");
        turn(&mut world, "alice", how);
        assert_eq!(heard(&mut world), [""; 0], "both hold");
        turn(&mut world, "carrier", Direction::SendRecv);
        assert_eq!(heard(&mut world), ["carrier hears a sound"], "{how:?}");
        turn(&mut world, "alice", Direction::SendRecv);
        assert_eq!(heard(&mut world), both);
    }
    turn(&mut world, "alice", Direction::RecvOnly);
    assert_eq!(heard(&mut world), ["alice hears carrier"], "she listens: that is no hold");
    hang_up(&mut world, leg);
}

#[test]
fn in_a_call_without_music_who_is_held_hears_what_the_holder_sends() {
    let mut world = world(42, Faults::default());
    world.agent("carol").conduct = Conduct { ring: Duration::from_secs(3), early_media: true, ..Conduct::default() };
    let leg = world.dial("+359888123456", CAROL);
    assert_eq!(heard(&mut world), ["carrier hears carol"], "before the answer");
    world.advance(Duration::from_secs(3));
    let both = ["carrier hears carol", "carol hears carrier"];
    assert_eq!(heard(&mut world), both);
    turn(&mut world, "carol", Direction::SendOnly);
    assert_eq!(heard(&mut world), ["carrier hears carol"]);
    turn(&mut world, "carol", Direction::Inactive);
    assert_eq!(heard(&mut world), ["carrier hears a sound"], "the music that there is");
    turn(&mut world, "carol", Direction::SendRecv);
    assert_eq!(heard(&mut world), both);
    turn(&mut world, "carrier", Direction::SendOnly);
    assert_eq!(heard(&mut world), ["carol hears carrier"]);
    hang_up(&mut world, leg);
}

/// The three ways to hold that are in use.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    SendOnly,
    Inactive,
    NullAddress,
}

#[test]
fn whoever_is_held_outside_a_queue_is_sent_music_or_silence_whatever_the_style_and_the_talk_goes_on_after_it() {
    for (hold, sounds) in [("music.wav", true), ("silence", false)] {
        let plan = PLAN.replace("[[trunk]]", &format!("[media]\nhold = \"{hold}\"\n\n[[trunk]]"));
        let mut world = World::new(44, &plan, prompts(), Faults::default());
        world
            .wait_until(Duration::from_secs(5), |world| world.agents.iter().skip(1).all(|a| a.registered == Some(200)));
        let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(3));
        let theirs = world.agents[carol].current().expect("a call");
        for style in [Style::SendOnly, Style::Inactive, Style::NullAddress] {
            for (holder, held) in [((carol, theirs), (carrier, leg)), ((carrier, leg), (carol, theirs))] {
                let count = |world: &World| world.agents[held.0].talks[&held.1].heard.clone();
                let voice = world.agents[holder.0].identity.fingerprint;
                // One who holds by `sendonly` may have music of his own, and mostly has none.
                world.agents[holder.0].silent = true;
                world.act(holder.0, |agent, now| match style {
                    Style::SendOnly => agent.turn(now, holder.1, Direction::SendOnly),
                    Style::Inactive => agent.turn(now, holder.1, Direction::Inactive),
                    Style::NullAddress => agent.hold_by_address(now, holder.1),
                });
                world.advance(Duration::from_secs(1));
                let before = count(&world);
                world.advance(Duration::from_secs(2));
                let after = count(&world);
                let what = format!("{hold}, {style:?}, held: {}", world.agents[held.0].identity.user);
                assert!((99..=101).contains(&(after.packets - before.packets)), "{what}: {before:?} {after:?}");
                assert_eq!(after.sounds() - before.sounds() > 90, sounds, "{what}");
                assert_eq!(after.voice(voice), before.voice(voice), "{what}");
                world.agents[holder.0].silent = false;
                if style == Style::SendOnly {
                    world.advance(Duration::from_secs(1));
                    assert!(count(&world).voice(voice) > after.voice(voice) + 45, "{what}: his own comes before it");
                }
                world.act(holder.0, |agent, now| agent.turn(now, holder.1, Direction::SendRecv));
                world.advance(Duration::from_millis(300));
                let before = count(&world);
                world.advance(Duration::from_secs(1));
                assert!(count(&world).voice(voice) - before.voice(voice) >= 49, "{what}: he is back");
                assert_eq!((before.ssrcs.len(), before.time_reversals), (1, 0), "{what}");
            }
        }
        hang_up(&mut world, leg);
    }
}

#[test]
fn early_media_that_do_not_come_leave_the_caller_with_the_ringing_tone() {
    let mut world = world(60, Faults::default());
    world.agent("carol").conduct = Conduct { ring: Duration::from_secs(9), early_media: true, ..Conduct::default() };
    let carol = world.phone("carol");
    world.agents[carol].silent = true;
    let leg = world.dial("+359888123456", CAROL);
    let carrier = world.phone("carrier");
    let voice = world.agents[carol].identity.fingerprint;
    let count = |world: &World| world.agents[carrier].talks[&leg].heard.clone();
    // The pauses of the tone are packets, too.
    let tones = |heard: &Heard| heard.packets - heard.voice(voice);
    world.advance(Duration::from_millis(3_300));
    let before = count(&world);
    assert!((130..=150).contains(&tones(&before)) && before.sounds() == 50, "{before:?}");
    world.agents[carol].silent = false;
    assert_eq!(heard(&mut world), ["carrier hears carol"], "she speaks now");
    let before = count(&world);
    world.agents[carol].silent = true;
    world.advance(Duration::from_millis(1_500));
    let after = count(&world);
    assert!((49..=56).contains(&(tones(&after) - tones(&before))), "{before:?}\n{after:?}");
    assert_eq!((after.ssrcs.len(), after.sequence_breaks, after.time_reversals), (1, 0, 0));
    world.agents[carol].silent = false;
    world.advance(Duration::from_secs(5));
    assert_eq!(heard(&mut world), ["carrier hears carol", "carol hears carrier"]);
    hang_up(&mut world, leg);
}

#[test]
fn whatever_they_do_each_hears_whom_the_state_of_the_call_names() {
    for seed in 0..12u64 {
        let mut world = world(43 + seed, Faults::default());
        world.media_delay = Duration::from_millis(seed % 4 * 7);
        for who in ["alice", "bob", "carol"] {
            let early_media = seed % 3 == 0;
            world.agent(who).conduct = Conduct { early_media, ring: Duration::from_secs(2), ..Conduct::default() };
        }
        let carrier = world.phone("carrier");
        let leg = world.dial("+359888123456", if seed % 2 == 0 { NUMBER } else { CAROL });
        let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for _ in 0..10 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let talks = world.talks();
            let (who, theirs) = talks[(dice >> 33) as usize % talks.len()];
            let ways = [Direction::SendRecv, Direction::SendOnly, Direction::Inactive, Direction::RecvOnly];
            match (dice >> 40) % 6 {
                way @ 0..4 => world.act(who, |agent, now| agent.turn(now, theirs, ways[way as usize])),
                4 => world.act(carrier, |agent, _| agent.press(leg, '1')),
                _ => world.advance(Duration::from_millis(dice >> 50)),
            }
            heard(&mut world);
            if talks.is_empty() || world.agents[carrier].current().is_none() {
                break;
            }
        }
        if world.agents[carrier].current().is_some() {
            world.act(carrier, |agent, now| agent.hang_up(now, leg));
        }
        world.assert_quiescent();
    }
}
