//! Who may offer and answer when: the rows of RFC 6337 2 (its table 1, both sides of each row), the moves that each
//! state refuses, and the re-offers of its section 5.

use super::*;

/// What happens to one leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    /// We send an offer.
    SendOffer,
    /// The peer's answer comes.
    AnswerComes,
    /// The peer's answer comes, but it cannot be used.
    BadAnswerComes,
    /// The peer's offer comes.
    OfferComes,
    /// The peer's offer comes, but nothing can be made of it.
    BadOfferComes,
    /// We send an answer.
    SendAnswer,
    /// The request with our offer fails.
    OfferFails,
    /// We refuse the peer's offer.
    RefuseOffer,
}
use Move::*;
use State::*;

fn make(leg: &mut Negotiation, step: Move) -> Result<(), Refusal> {
    match step {
        SendOffer => leg.offer(local(), Direction::SendRecv).map(drop),
        AnswerComes => leg.accept_answer(&from_peer(&[AUDIO])).map(drop),
        BadAnswerComes => leg.accept_answer(&from_peer(&["m=audio 4000 RTP/AVP 18"])).map(drop),
        OfferComes => leg.receive_offer(&from_peer(&[AUDIO])),
        BadOfferComes => leg.receive_offer(&from_peer(&["m=audio 4000 RTP/AVP 18"])),
        SendAnswer => leg.answer_received(local(), Direction::SendRecv).map(drop),
        OfferFails => {
            leg.withdraw_offer();
            Ok(())
        }
        RefuseOffer => {
            leg.refuse_offer();
            Ok(())
        }
    }
}

/// Brings a leg into a state.
fn leg_in(state: State) -> Negotiation {
    let mut leg = leg();
    let way: &[Move] = match state {
        Idle => &[],
        LocalOffer => &[SendOffer],
        RemoteOffer => &[OfferComes],
        Stable => &[SendOffer, AnswerComes],
    };
    way.iter().for_each(|step| make(&mut leg, *step).unwrap());
    assert_eq!(leg.state(), state);
    leg
}

#[test]
fn every_row_of_rfc_6337_ends_stable_on_both_sides() {
    let rows: [(&str, &[Move]); 18] = [
        // Table 1, the side that offers.
        ("1 UAC: INVITE offers, 2xx answers", &[SendOffer, AnswerComes]),
        ("2 UAS: 2xx offers, ACK answers", &[SendOffer, AnswerComes]),
        ("3 UAC: INVITE offers, reliable 1xx answers", &[SendOffer, AnswerComes]),
        ("4 UAS: reliable 1xx offers, PRACK answers", &[SendOffer, AnswerComes]),
        ("5 UAC: PRACK offers, its 2xx answers", &[OfferComes, SendAnswer, SendOffer, AnswerComes]),
        ("6 either: UPDATE offers, its 2xx answers", &[SendOffer, AnswerComes, SendOffer, AnswerComes]),
        // Table 1, the side that answers.
        ("1 UAS: INVITE offers, 2xx answers", &[OfferComes, SendAnswer]),
        ("2 UAC: 2xx offers, ACK answers", &[OfferComes, SendAnswer]),
        ("3 UAS: INVITE offers, reliable 1xx answers", &[OfferComes, SendAnswer]),
        ("4 UAC: reliable 1xx offers, PRACK answers", &[OfferComes, SendAnswer]),
        ("5 UAS: PRACK offers, its 2xx answers", &[SendOffer, AnswerComes, OfferComes, SendAnswer]),
        ("6 either: UPDATE offers, its 2xx answers", &[SendOffer, AnswerComes, OfferComes, SendAnswer]),
        // Section 5: in a dialog that stands.
        ("re-INVITE of ours", &[SendOffer, AnswerComes, SendOffer, AnswerComes]),
        ("re-INVITE of the peer", &[SendOffer, AnswerComes, OfferComes, SendAnswer]),
        ("re-INVITE without offer from us", &[OfferComes, SendAnswer, OfferComes, SendAnswer]),
        ("re-INVITE without offer from the peer", &[OfferComes, SendAnswer, SendOffer, AnswerComes]),
        // Section 3.4: a refused offer leaves the session as it was.
        ("re-INVITE of ours refused", &[SendOffer, AnswerComes, SendOffer, OfferFails]),
        ("re-INVITE of the peer refused", &[OfferComes, SendAnswer, OfferComes, RefuseOffer]),
    ];
    for (row, moves) in rows {
        let mut leg = leg();
        for step in moves {
            make(&mut leg, *step).unwrap_or_else(|why| panic!("{row}: {step:?}: {why}"));
        }
        assert_eq!(leg.state(), Stable, "{row}");
        assert!(leg.settings().is_some_and(|s| s.sending && s.receiving), "{row}");
    }
}

#[test]
fn every_move_in_every_state_has_one_outcome() {
    let allowed = |state| Ok::<State, (u16, State)>(state);
    let refused = |status, state| Err::<State, (u16, State)>((status, state));
    let table = [
        (Idle, SendOffer, allowed(LocalOffer)),
        (Idle, AnswerComes, refused(500, Idle)),
        (Idle, BadAnswerComes, refused(500, Idle)),
        (Idle, OfferComes, allowed(RemoteOffer)),
        (Idle, BadOfferComes, refused(488, Idle)),
        (Idle, SendAnswer, refused(500, Idle)),
        (Idle, OfferFails, allowed(Idle)),
        (Idle, RefuseOffer, allowed(Idle)),
        (LocalOffer, SendOffer, refused(500, LocalOffer)),
        (LocalOffer, AnswerComes, allowed(Stable)),
        (LocalOffer, BadAnswerComes, refused(488, Idle)),
        // RFC 3261 14.2: crossed offers get 491.
        (LocalOffer, OfferComes, refused(491, LocalOffer)),
        (LocalOffer, BadOfferComes, refused(491, LocalOffer)),
        (LocalOffer, SendAnswer, refused(500, LocalOffer)),
        (LocalOffer, OfferFails, allowed(Idle)),
        (LocalOffer, RefuseOffer, allowed(LocalOffer)),
        (RemoteOffer, SendOffer, refused(500, RemoteOffer)),
        (RemoteOffer, AnswerComes, refused(500, RemoteOffer)),
        (RemoteOffer, BadAnswerComes, refused(500, RemoteOffer)),
        // RFC 3261 14.2: an offer before the last one is answered gets 500.
        (RemoteOffer, OfferComes, refused(500, RemoteOffer)),
        (RemoteOffer, BadOfferComes, refused(500, RemoteOffer)),
        (RemoteOffer, SendAnswer, allowed(Stable)),
        (RemoteOffer, OfferFails, allowed(RemoteOffer)),
        (RemoteOffer, RefuseOffer, allowed(Idle)),
        (Stable, SendOffer, allowed(LocalOffer)),
        (Stable, AnswerComes, refused(500, Stable)),
        (Stable, BadAnswerComes, refused(500, Stable)),
        (Stable, OfferComes, allowed(RemoteOffer)),
        (Stable, BadOfferComes, refused(488, Stable)),
        (Stable, SendAnswer, refused(500, Stable)),
        (Stable, OfferFails, allowed(Stable)),
        (Stable, RefuseOffer, allowed(Stable)),
    ];
    assert_eq!(table.len(), 4 * 8, "every pair");
    for (state, step, expected) in table {
        let mut leg = leg_in(state);
        let outcome = make(&mut leg, step);
        let seen = outcome.map(|()| leg.state()).map_err(|why| (why.status(), leg.state()));
        assert_eq!(seen, expected, "{step:?} in {state:?}");
    }
}

#[test]
fn a_failed_reoffer_leaves_what_was_agreed() {
    for failure in [OfferFails, BadAnswerComes] {
        let mut leg = leg_in(Stable);
        let before = leg.settings().cloned();
        leg.offer(local(), Direction::SendOnly).unwrap();
        let _ = make(&mut leg, failure);
        assert_eq!((leg.state(), leg.settings().cloned()), (Stable, before.clone()), "{failure:?}");
    }
    let mut leg = leg_in(Stable);
    let before = leg.settings().cloned();
    make(&mut leg, OfferComes).unwrap();
    make(&mut leg, RefuseOffer).unwrap();
    assert_eq!(leg.settings().cloned(), before);
}
