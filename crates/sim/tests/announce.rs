//! A sound is played into a running conversation: whom it is meant for hears it, and then the other one again. And whoever is
//! watched hears a tone when that begins, where the configuration wants it.

use call::{Side, Verb};
use dialplan::{Destination, Routed};
use sim::deeds::ms;
use sim::scenario::{CAROL, PLAN, world_of};
use sim::{CARRIER, Conduct, Faults, World};
use terms::{LegId, PhoneId, PromptId, WatchMode};

const TALK: [&str; 2] = ["carrier hears carol", "carol hears carrier"];

/// The carrier talks to carol.
fn conversation(seed: u64, plan: &str) -> (World, LegId) {
    let mut world = world_of(seed, plan, Faults::default());
    world.agent("carol").conduct = Conduct::default();
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(3_000));
    assert_eq!(world.heard(), TALK, "{}", world.ladder);
    (world, leg)
}

fn leg_of(world: &World, side: Side) -> LegId {
    let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
    sheet.parties.iter().find(|line| line.side == side).expect("he is in it").leg
}

/// A sound of two seconds.
fn play(world: &mut World, to: Option<LegId>) {
    world.obeys(Verb::Play { to, sound: PromptId::of("music.wav") });
}

fn end(mut world: World, leg: LegId) {
    world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn whom_a_sound_is_meant_for_hears_it_and_the_conversation_goes_on() {
    let (mut world, leg) = conversation(400, PLAN);
    let to = leg_of(&world, Side::Caller);
    play(&mut world, Some(to));
    assert_eq!(world.heard(), ["carrier hears a sound", "carol hears carrier"], "{}", world.ladder);
    world.advance(ms(1_200));
    assert_eq!(world.heard(), TALK, "{}", world.ladder);
    play(&mut world, None);
    assert_eq!(world.heard(), ["carrier hears a sound", "carol hears a sound"]);
    world.advance(ms(1_200));
    assert_eq!(world.heard(), TALK);
    // Another one takes the place of the first.
    play(&mut world, Some(to));
    world.advance(ms(1_000));
    play(&mut world, Some(to));
    assert_eq!(world.heard(), ["carrier hears a sound", "carol hears carrier"], "it is not over yet");
    world.advance(ms(1_200));
    assert_eq!(world.heard(), TALK);
    end(world, leg);
}

#[test]
fn whoever_hangs_up_while_it_is_played_leaves_nothing_behind() {
    for (who, after) in
        ["carrier", "carol"].into_iter().flat_map(|who| [0, 20, 500, 1_990, 2_010].map(|after| (who, after)))
    {
        let (mut world, _) = conversation(401, PLAN);
        play(&mut world, None);
        world.advance(ms(after));
        let phone = world.phone(who);
        let own = world.agents[phone].current().expect("in the call");
        world.act(phone, |agent, now| agent.hang_up(now, own));
        world.assert_quiescent();
    }
}

#[test]
fn nothing_is_played_where_nobody_talks_or_to_one_who_is_not_there() {
    let mut world = world_of(402, PLAN, Faults::default());
    world.agent("carol").conduct = Conduct { ring: ms(3_000), ..Conduct::default() };
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(1_000));
    let may = |world: &World, to| {
        let verb = Verb::Play { to, sound: PromptId::of("welcome.wav") };
        world.node.board().may(world.only_call(), &verb)
    };
    assert_eq!(may(&world, None), Err("in no conversation"));
    world.advance(ms(4_000));
    assert_eq!((may(&world, None), may(&world, Some(LegId::outbound(999)))), (Ok(()), Err("no such party")));
    end(world, leg);
}

#[test]
fn whoever_is_watched_hears_a_tone_once_where_that_is_wanted() {
    for (seed, tone) in [(403, true), (404, false)] {
        let plan = format!("{PLAN}\n[supervision]\ntone = {tone}\n");
        let (mut world, leg) = conversation(seed, &plan);
        let to = Routed { destination: Destination::Phone(PhoneId::of("bob")), record: false, route: None };
        let party = leg_of(&world, Side::Callee);
        world.agent("bob").conduct = Conduct { ring: ms(500), ..Conduct::default() };
        world.obeys(Verb::Watch { party, to, mode: WatchMode::Listen });
        let told = |world: &World| {
            let sheet = world.node.board().sheet(world.now(), world.only_call()).expect("it runs");
            let has = |side| sheet.parties.iter().any(|line| line.side == side && line.sound.is_some());
            (has(Side::Callee), has(Side::Caller) || has(Side::Watcher))
        };
        let mut moments = vec![];
        let mut watch = |world: &mut World, times: u32| {
            for _ in 0..times {
                world.advance(ms(50));
                moments.push(told(world));
            }
        };
        watch(&mut world, 60);
        let watcher = leg_of(&world, Side::Watcher);
        world.obeys(Verb::Mode { party: watcher, mode: WatchMode::Whisper });
        watch(&mut world, 20);
        assert!(moments.iter().all(|(_, others)| !others), "nobody else hears it");
        let heard = moments.iter().filter(|(callee, _)| *callee).count();
        assert_eq!((1..=4).contains(&heard), tone, "{heard} times 50 ms\n{}", world.ladder);
        end(world, leg);
    }
}
