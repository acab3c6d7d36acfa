//! A caller leaves a message: a greeting, a tone, and then what he says, until a key, a silence, the longest that it may be, or
//! the end of his call.

use call::cdr::{Entry, Mark, Message, MessageMark};
use media::recording::HEADER_BYTES;
use sim::deeds::{Own, ms, under_each_fault};
use sim::scenario::{NUMBER, PLAN, world_of};
use sim::{Faults, Standing, World};
use terms::{Mailbox, QueueId};

/// Whoever presses 9 leaves a message of at most 20 s, and hears music once he has; who leaves none is rejected.
fn world(seed: u64) -> World {
    world_with(seed, "greeting = \"welcome.wav\", longest = \"20s\"")
}

fn world_with(seed: u64, settings: &str) -> World {
    let plan = PLAN.replace("2 = \"phone:carol\"", "2 = \"phone:carol\", 9 = \"flow:message\"");
    let flow = format!(
        "[flow.message]\nleave = {{ voicemail = \"queue:support\", {settings}, then = \"thanks\", otherwise = \"none\" }}\n\
        thanks = {{ play = \"music.wav\", then = \"hangup\" }}\nnone = {{ hang_up = \"rejected\" }}\n"
    );
    world_of(seed, &(plan + &flow), Faults::default())
}

fn comes(world: &mut World) -> Own {
    let customer = world.brings("+359888123456", NUMBER);
    world.advance(ms(2_000));
    world.type_in(customer, "9");
    customer
}

/// He speaks from now on: the greeting is a second, the tone half of one.
fn speaks(world: &mut World) -> Own {
    let customer = comes(world);
    world.advance(ms(1_700));
    customer
}

/// What the account has of messages that are over.
fn told(world: &World) -> Vec<Message> {
    let over = |entry: &Entry| match entry {
        Entry::Message(message) if message.until.is_some() => Some((**message).clone()),
        _ => None,
    };
    world.ledger.iter().filter_map(over).collect()
}

fn length(message: &Message) -> u64 {
    message.until.expect("it is over").ms_since(message.since)
}

fn lying(world: &World) -> usize {
    world.node.board().mailbox(Mailbox::Queue(QueueId::of("support"))).len()
}

#[test]
fn what_he_says_after_the_tone_is_a_message_and_he_goes_on_once_a_key_ends_it() {
    under_each_fault(
        || world(500),
        |world| {
            let customer = speaks(world);
            assert!(world.wait_until(ms(8_000), |world| world.recorder.inspect().captures == 1), "{}", world.ladder);
            world.advance(ms(4_000));
            world.type_in(customer, "#");
            world.advance(ms(400));
            assert_eq!(world.heard(), ["carrier hears a sound"], "he is thanked");
            world.advance(ms(10_000));
            assert_ne!(world.standing(customer), Standing::Up);
            let [message] = &told(world)[..] else { panic!("{:?}", told(world)) };
            assert_eq!((message.mailbox, message.dropped), (Mailbox::Queue(QueueId::of("support")), false));
            assert_eq!(message.number, "+359888123456".into());
            assert!((3_900..5_000).contains(&length(message)), "{message:?}");
            assert_eq!(lying(world), 1);
        },
    );
}

#[test]
fn neither_the_greeting_nor_the_tone_is_in_it_but_all_that_he_says() {
    let mut world = world(501);
    let customer = speaks(&mut world);
    world.advance(ms(3_000));
    world.hang_up(customer);
    world.advance(ms(2_000));
    world.assert_quiescent();
    let [message] = &told(&world)[..] else { panic!("{:?}", told(&world)) };
    let file = world.files.values().find(|file| file.len() > HEADER_BYTES).expect("it is recorded");
    let (samples, _) = file[HEADER_BYTES..].as_chunks::<4>();
    let left = samples.iter().filter(|pair| pair[..2] != [0, 0]).count();
    let right = samples.iter().filter(|pair| pair[2..] != [0, 0]).count();
    assert!(left * 10 > samples.len() * 8 && right == 0, "{left} and {right} of {}", samples.len());
    let recorded = samples.len() as u64 / 8;
    assert!(recorded.abs_diff(length(message)) < 30, "{recorded} ms, {message:?}");
}

#[test]
fn a_key_cuts_the_greeting_short() {
    let mut world = world(502);
    let customer = comes(&mut world);
    world.type_in(customer, "1");
    world.advance(ms(500));
    assert_eq!(world.recorder.inspect().captures, 1, "{}", world.ladder);
    world.hang_up(customer);
    world.advance(ms(2_000));
    world.assert_quiescent();
}

#[test]
fn who_is_silent_is_heard_no_further_and_what_he_has_said_counts() {
    for (says, kept) in [(0, false), (6_000, true)] {
        let mut world = world_with(503, "silence = \"4s\"");
        let customer = comes(&mut world);
        world.advance(ms(1_000));
        world.advance(ms(says));
        world.act(customer.0, |agent, _| agent.mute(customer.1));
        world.advance(ms(6_000));
        assert_eq!(world.recorder.inspect().captures, 0, "{says}");
        let [message] = &told(&world)[..] else { panic!("{:?}", told(&world)) };
        assert_eq!((message.dropped, lying(&world)), (!kept, usize::from(kept)), "{says}");
        world.finish();
    }
}

#[test]
fn it_ends_at_its_longest() {
    let mut world = world(504);
    speaks(&mut world);
    world.advance(ms(25_000));
    let [message] = &told(&world)[..] else { panic!("{:?}", told(&world)) };
    assert_eq!(length(message), 20_000);
    world.finish();
}

#[test]
fn who_hangs_up_at_any_moment_leaves_a_message_or_none_and_nothing_else() {
    for moment in 0..30_u64 {
        let mut world = world(505);
        let customer = comes(&mut world);
        world.advance(ms(moment * 150));
        world.hang_up(customer);
        world.advance(ms(3_000));
        world.assert_quiescent();
        let told = told(&world);
        assert!(told.len() <= 1, "{told:?}");
        let kept = told.iter().filter(|message| !message.dropped).count();
        assert!(told.iter().all(|message| message.dropped == (length(message) < 2_000)), "{told:?}");
        assert_eq!(lying(&world), kept);
        let over: Vec<_> = world.records();
        assert_eq!(over.len(), 1);
    }
}

#[test]
fn two_at_once_leave_one_each() {
    let mut world = world(506);
    let one = world.brings("+359888123456", NUMBER);
    let two = world.brings("+359888123457", NUMBER);
    world.advance(ms(2_000));
    world.type_in(one, "9");
    world.type_in(two, "9");
    world.advance(ms(6_000));
    assert_eq!(world.recorder.inspect().captures, 2);
    world.hang_up(one);
    world.advance(ms(2_000));
    world.hang_up(two);
    world.advance(ms(2_000));
    world.assert_quiescent();
    let numbers: Vec<_> = told(&world).into_iter().map(|message| message.number).collect();
    assert_eq!((numbers, lying(&world)), (vec!["+359888123456".into(), "+359888123457".into()], 2));
}

#[test]
fn a_full_mailbox_takes_no_more_and_its_caller_goes_on_otherwise() {
    let mut world = world_with(507, "longest = \"5s\"");
    for nth in 0..terms::limits::MAILBOX {
        let customer = comes(&mut world);
        world.advance(ms(4_000));
        world.hang_up(customer);
        world.advance(ms(1_000));
        assert_eq!(lying(&world), nth + 1);
    }
    let customer = comes(&mut world);
    world.advance(ms(1_000));
    assert_ne!(world.standing(customer), Standing::Up);
    assert_eq!((lying(&world), world.refusals("mailbox full")), (terms::limits::MAILBOX, 1));
    world.advance(ms(2_000));
    world.assert_quiescent();
}

/// Alice, who serves the queue, watches her own mailboxes; the last that she was told.
fn lamp(world: &World, key: usize) -> String {
    world.watchers[0].told(key).last().map(|told| told.body.clone()).unwrap_or_default()
}

#[test]
fn her_lamp_is_lit_while_nobody_has_heard_it_and_is_out_once_somebody_is_done() {
    let mut world = world(508);
    world.add_watcher("alice");
    let key = world.let_watch(0, |keys, now| keys.watch(now, "101", "message-summary", 3_600));
    world.advance(ms(100));
    assert!(lamp(&world, key).contains("Messages-Waiting: no"), "{}", lamp(&world, key));
    let customer = speaks(&mut world);
    world.advance(ms(3_000));
    world.hang_up(customer);
    world.advance(ms(2_000));
    let lit = lamp(&world, key);
    assert!(lit.contains("Messages-Waiting: yes\r\n") && lit.contains("Voice-Message: 1/0 (0/0)\r\n"), "{lit}");
    let message = world.node.board().mailbox(Mailbox::Queue(QueueId::of("support")))[0].capture;
    for (what, wanted) in [(Mark::Heard, "no\r\n"), (Mark::Done, "no\r\n")] {
        let now = world.now();
        assert_eq!(world.node.mark_message(now, message, what, "agent:bob".into()), Ok(()));
        world.flush();
        world.advance(ms(2_000));
        assert!(lamp(&world, key).contains(&format!("Messages-Waiting: {wanted}")), "{}", lamp(&world, key));
    }
    assert!(lamp(&world, key).contains("Voice-Message: 0/0"), "{}", lamp(&world, key));
    let now = world.now();
    world.node.mark_message(now, message, Mark::Done, "agent:bob".into()).expect_err("it is done");
    let marked = |entry: &Entry| match entry {
        Entry::Marked(mark) => Some((**mark).clone()),
        _ => None,
    };
    let marks: Vec<MessageMark> = world.ledger.iter().filter_map(marked).collect();
    assert_eq!(marks.iter().map(|mark| mark.what).collect::<Vec<_>>(), [Mark::Heard, Mark::Done]);
    world.let_watch(0, |watcher, now| watcher.renew(now, key, 0));
    world.assert_quiescent();
}
