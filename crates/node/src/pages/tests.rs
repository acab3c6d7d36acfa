//! A page as a far end, without a switch around it.

use super::*;
use std::net::{IpAddr, Ipv4Addr};

const ANNA: PhoneId = PhoneId(7);
const LEG: LegId = LegId::outbound(1);

fn sound() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1)), 40_000)
}

fn at(seconds: u64) -> Mono {
    Mono::from_micros(seconds * 1_000_000)
}

fn offer(direction: &str) -> sip::Body {
    let head = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n";
    let line = "m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    sip::Body::sdp(format!("{head}{line}a={direction}\r\n"))
}

fn invite(leg: LegId, itself: bool) -> Command {
    let extras = Box::new(sip::Extras { answers_itself: itself, ..Default::default() });
    Command::Invite {
        leg,
        target: Target::Binding { phone: ANNA, binding: BindingId::FIXED },
        caller: "0888".into(),
        caller_name: None,
        withheld: false,
        max_forwards: 70,
        extras: Some(extras),
        body: Some(offer("sendrecv")),
    }
}

/// Everything that was put out, in short.
fn told(pages: &mut Pages) -> Vec<String> {
    std::iter::from_fn(|| pages.poll_output())
        .map(|output| match output {
            Output::Leg(_, LegEvent::Progress { status, .. }) => format!("{status}"),
            Output::Leg(_, LegEvent::Answered { .. }) => "answered".into(),
            Output::Leg(_, LegEvent::Refused { status, .. }) => format!("refused {status}"),
            Output::Leg(_, LegEvent::Ended { by, .. }) => format!("ended by {by:?}"),
            Output::Leg(_, LegEvent::OfferAnswered { body }) => {
                let body = String::from_utf8(body.expect("an answer").bytes.to_vec()).expect("text");
                let held = ["sendonly", "recvonly", "inactive"].into_iter().find(|word| body.contains(word));
                format!("agreed {}", held.unwrap_or("sendrecv"))
            }
            Output::Leg(_, event) => format!("{event:?}"),
            Output::Bindings(news) => {
                if news.lines.is_empty() {
                    "away".into()
                } else {
                    "there".into()
                }
            }
            Output::News(_, PageNews::Rings { .. }) => "rings".into(),
            Output::News(_, PageNews::Talks { to, .. }) => format!("talks to {}", to.map_or(0, |to| to.port())),
            Output::News(_, PageNews::Quiet { .. }) => "quiet".into(),
        })
        .collect()
}

fn attached() -> Pages {
    let mut pages = Pages::default();
    pages.reconfigure([ANNA].into_iter());
    pages.attach(ANNA, 1, sound()).expect("it is the first");
    assert_eq!(told(&mut pages), ["there"]);
    pages
}

fn talking() -> Pages {
    let mut pages = attached();
    pages.command(invite(LEG, false));
    pages.handle_input(at(1), ANNA, &PageInput::Answer { leg: LEG });
    assert_eq!(told(&mut pages), ["180", "rings", "answered", "talks to 20000"]);
    pages
}

#[test]
fn it_rings_is_answered_held_and_hung_up_at_either_end() {
    let mut pages = talking();
    pages.command(Command::Offer { leg: LEG, body: Some(offer("sendonly")) });
    assert_eq!(told(&mut pages), ["agreed recvonly", "talks to 20000"]);
    pages.command(Command::Offer { leg: LEG, body: Some(offer("sendrecv")) });
    assert_eq!(told(&mut pages), ["agreed sendrecv", "talks to 20000"]);
    pages.handle_input(at(2), ANNA, &PageInput::End { leg: LEG });
    assert_eq!(told(&mut pages), ["ended by Peer", "quiet"]);
    pages.command(invite(LEG, false));
    pages.handle_input(at(1), ANNA, &PageInput::Answer { leg: LEG });
    told(&mut pages);
    pages.command(Command::Release { leg: LEG, reason: terms::Cause::NORMAL.into() });
    assert_eq!(told(&mut pages), ["ended by Us", "quiet"]);
    assert!(pages.legs.is_empty() && !pages.has(&Command::Offer { leg: LEG, body: None }));
}

#[test]
fn what_rings_may_be_declined_or_taken_back_and_a_page_has_one_ear() {
    let mut pages = attached();
    pages.command(invite(LEG, false));
    pages.command(invite(LegId::outbound(2), false));
    assert_eq!(told(&mut pages), ["180", "rings", "refused 486"]);
    pages.handle_input(at(1), ANNA, &PageInput::End { leg: LEG });
    assert_eq!(told(&mut pages), ["refused 603", "quiet"]);
    pages.command(invite(LEG, false));
    pages.command(Command::Release { leg: LEG, reason: terms::Cause::NORMAL.into() });
    assert_eq!(told(&mut pages), ["180", "rings", "refused 487", "quiet"]);
}

#[test]
fn nobody_answers_or_ends_the_leg_of_another_page() {
    let mut pages = talking();
    let other = PhoneId(8);
    pages.reconfigure([ANNA, other].into_iter());
    pages.attach(other, 1, sound()).expect("it is the first");
    told(&mut pages);
    pages.handle_input(at(2), other, &PageInput::End { leg: LEG });
    pages.handle_input(at(2), other, &PageInput::Answer { leg: LEG });
    assert!(told(&mut pages).is_empty());
}

#[test]
fn a_page_that_comes_back_finds_its_call_and_an_older_one_does_not() {
    let mut pages = talking();
    pages.handle_input(at(10), ANNA, &PageInput::Detached { epoch: 1 });
    assert_eq!(pages.attach(ANNA, 2, sound()), Ok(()));
    assert_eq!(told(&mut pages), ["talks to 20000"], "and it was there all the time");
    assert_eq!(pages.attach(ANNA, 1, sound()), Err(NotAttached::Superseded));
    pages.handle_input(at(11), ANNA, &PageInput::Detached { epoch: 1 });
    pages.handle_timeout(at(60));
    assert!(told(&mut pages).is_empty(), "the older one's going is nobody's");
}

#[test]
fn a_page_that_stays_away_takes_no_calls_after_three_seconds_and_loses_its_own_after_thirty() {
    let mut pages = talking();
    pages.handle_input(at(10), ANNA, &PageInput::Detached { epoch: 1 });
    assert_eq!(pages.poll_timeout(), Some(at(13)));
    pages.handle_timeout(at(13));
    assert_eq!(told(&mut pages), ["away"]);
    pages.handle_timeout(at(39));
    assert!(told(&mut pages).is_empty());
    pages.handle_timeout(at(40));
    assert_eq!((told(&mut pages), pages.poll_timeout()), (vec!["ended by Timeout".into(), "quiet".into()], None));
    pages.command(invite(LEG, false));
    assert_eq!(told(&mut pages), ["refused 480"]);
}

#[test]
fn a_page_that_answers_by_itself_does_so_once_it_is_there() {
    let mut pages = attached();
    pages.command(invite(LEG, true));
    assert_eq!(told(&mut pages), ["180", "rings", "answered", "talks to 20000"]);
    pages.handle_input(at(1), ANNA, &PageInput::End { leg: LEG });
    pages.handle_input(at(1), ANNA, &PageInput::Detached { epoch: 1 });
    pages.command(invite(LEG, true));
    assert_eq!(told(&mut pages), ["ended by Peer", "quiet", "180", "rings"]);
    pages.attach(ANNA, 2, sound()).expect("it is newer");
    assert_eq!(told(&mut pages), ["rings", "answered", "talks to 20000"]);
}

#[test]
fn a_plan_without_the_page_ends_its_leg() {
    let mut pages = talking();
    pages.reconfigure([].into_iter());
    assert_eq!(told(&mut pages), ["ended by Timeout", "quiet", "away"]);
    assert_eq!(pages.attach(ANNA, 9, sound()), Err(NotAttached::NoPage));
}
