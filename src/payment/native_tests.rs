//! One test a row of the table in `native.rs`.

use super::super::fixtures::*;
use super::super::{Call, Command, Outcome, Reason, Status};
use super::*;

const PICTURE: &str = "weixin://wxpay/bizpayurl?pr=first";
const NEW_PICTURE: &str = "weixin://wxpay/bizpayurl?pr=second";

fn picture(code_url: &str) -> Event {
    Event::Created(CreateAnswer::Picture(code_url.to_owned()))
}

fn creating() -> Native {
    Native::start(order(1), 100).0
}

/// An order with `pictures` pictures to show; the first came at `at(0)`.
fn shown_of(pictures: u32) -> Native {
    let mut native = Native::start(order(1), pictures).0;
    native.handle(picture(PICTURE), at(0));
    native
}

fn shown() -> Native {
    shown_of(100)
}

/// F5 at `at(10)`; the query before the new picture is on its way.
fn renewing() -> Native {
    let mut native = shown();
    assert_eq!(sent(&native.handle(Event::Renew, at(10))), Some(&Call::Query));
    native
}

/// A code was scanned at `at(10)`; the query is on its way.
fn giving_way() -> Native {
    let mut native = shown();
    assert_eq!(sent(&native.handle(Event::GiveWay, at(10))), Some(&Call::Query));
    native
}

/// The close for a scan is on its way.
fn giving_way_by_close() -> Native {
    let mut native = giving_way();
    assert_eq!(sent(&native.handle(Event::Queried(QueryAnswer::Unpaid), at(10))), Some(&Call::Close));
    native
}

/// The close was refused; the create that kills the picture is on its way.
fn giving_way_by_create() -> Native {
    let mut native = giving_way_by_close();
    assert_eq!(sent(&native.handle(Event::Closed(CloseAnswer::TooEarly), at(10))), Some(&Call::Create));
    native
}

/// The shown picture is dead; the question whether it was paid is on its way.
fn giving_way_by_asking_again() -> Native {
    let mut native = giving_way_by_create();
    assert_eq!(sent(&native.handle(picture(NEW_PICTURE), at(10))), Some(&Call::Query));
    native
}

/// The cashier left at `at(10)`; the last query is on its way.
fn closing() -> Native {
    let mut native = shown();
    assert_eq!(sent(&native.handle(Event::Leave, at(10))), Some(&Call::Query));
    native
}

/// The close after the last query is on its way.
fn closing_by_close() -> Native {
    let mut native = closing();
    assert_eq!(sent(&native.handle(Event::Queried(QueryAnswer::Unpaid), at(10))), Some(&Call::Close));
    native
}

/// `ORDERPAID` was said at creation; the receipt is asked for.
fn checking() -> Native {
    let mut native = creating();
    native.handle(Event::Created(CreateAnswer::AlreadyPaid), at(1));
    native
}

fn unpaid_or_unknown() -> Vec<QueryAnswer> {
    vec![
        QueryAnswer::Unpaid,
        QueryAnswer::Paying,
        QueryAnswer::NotExist,
        QueryAnswer::Unknown(Doubt::NoAnswer),
        QueryAnswer::NotSent(NotSent::Offline),
    ]
}

/// Wakes at the next wake-up, which must be `seconds` after the beginning, and answers the query.
fn poll(native: &mut Native, seconds: u64, answer: QueryAnswer) -> Vec<Command> {
    assert_eq!(native.next_wakeup(), Some(at(seconds)));
    assert_eq!(sent(&native.handle(Event::Wakeup, at(seconds))), Some(&Call::Query));
    native.handle(Event::Queried(answer), at(seconds))
}

/// Polls "unpaid" until a query is not the next thing, or the state is another.
fn poll_while_shown(native: &mut Native) -> Timestamp {
    loop {
        let due = native.next_wakeup().expect("a shown picture is asked for");
        assert_eq!(sent(&native.handle(Event::Wakeup, due)), Some(&Call::Query));
        if native.state_name() != "shown" {
            return due;
        }
        native.handle(Event::Queried(QueryAnswer::Unpaid), due);
    }
}

// Creating ---------------------------------------------------------------------------------------

#[test]
fn a_new_order_is_committed_before_it_is_created() {
    let (native, commands) = Native::start(order(1), 2);
    assert!(commits_first(&commands));
    assert_eq!(sent(&commands), Some(&Call::Create));
    assert_eq!(native.status(), Status::Preparing { since: at(0), doubt: None });
    assert_eq!(native.outcome(), Outcome::Open);
}

#[test]
fn creating_success_shows_the_picture_for_five_minutes() {
    let mut native = creating();
    assert_eq!(native.handle(picture(PICTURE), at(1)), [Command::Show]);
    let status = Status::Showing { code_url: PICTURE.to_owned(), shown_at: at(1), renew_at: at(301) };
    assert_eq!(native.status(), status);
    assert_eq!(native.next_wakeup(), Some(at(3)));
}

#[test]
fn creating_without_a_clear_answer_is_tried_again_slower_and_slower() {
    let mut native = creating();
    let mut now = at(0);
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(native.handle(Event::Created(CreateAnswer::Unknown(busy())), now), [Command::Show]);
        assert_eq!(native.status(), Status::Preparing { since: at(0), doubt: Some(busy()) });
        let due = now.plus(Duration::from_secs(pause));
        assert_eq!(native.next_wakeup(), Some(due));
        now = due;
        assert_eq!(sent(&native.handle(Event::Wakeup, now)), Some(&Call::Create));
    }
    native.handle(picture(PICTURE), now);
    assert!(matches!(native.status(), Status::Showing { .. }));
}

#[test]
fn creating_offline_after_an_unclear_try_is_no_proof_that_nothing_was_sent() {
    let mut native = creating();
    native.handle(Event::Created(CreateAnswer::Unknown(Doubt::NoAnswer)), at(0));
    native.handle(Event::Wakeup, at(1));
    native.handle(Event::Created(CreateAnswer::NotSent(NotSent::Offline)), at(1));
    assert_eq!(native.outcome(), Outcome::Open);
    assert_eq!(native.next_wakeup(), Some(at(3)));
}

#[test]
fn creating_orderpaid_asks_for_the_receipt() {
    let mut native = creating();
    let commands = native.handle(Event::Created(CreateAnswer::AlreadyPaid), at(1));
    assert!(commits_first(&commands));
    assert_eq!(sent(&commands), Some(&Call::Query));
    native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(1));
    assert_eq!(native.outcome(), Outcome::Paid(receipt()));
}

#[test]
fn creating_a_signed_no_fails_with_its_reason() {
    let mut native = creating();
    let no = refusal(Reason::NoPermission);
    assert_eq!(
        native.handle(Event::Created(CreateAnswer::Refused(no.clone())), at(1)),
        [Command::Commit, Command::Show]
    );
    assert_eq!(native.status(), Status::Declined(no));
    assert_eq!(native.outcome(), Outcome::NotPaid);
    assert_eq!(native.next_wakeup(), None);
}

#[test]
fn creating_offline_moves_no_money() {
    let mut native = creating();
    let commands = native.handle(Event::Created(CreateAnswer::NotSent(NotSent::Offline)), at(1));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(native.status(), Status::NotSent(NotSent::Offline));
    assert_eq!(native.outcome(), Outcome::NotPaid);
}

#[test]
fn creating_offline_after_the_cashier_left_is_closed() {
    let mut native = creating();
    assert_eq!(native.handle(Event::Leave, at(1)), [Command::Commit, Command::Show]);
    native.handle(Event::Created(CreateAnswer::NotSent(NotSent::Offline)), at(2));
    assert_eq!(native.outcome(), Outcome::Closed);
}

// Shown ------------------------------------------------------------------------------------------

#[test]
fn shown_success_is_paid() {
    let mut native = shown();
    assert_eq!(poll(&mut native, 2, QueryAnswer::Paid(receipt())), [Command::Commit, Command::Show]);
    assert_eq!(native.outcome(), Outcome::Paid(receipt()));
    assert_eq!(native.next_wakeup(), None);
}

#[test]
fn shown_is_asked_every_two_seconds_and_after_a_minute_every_five() {
    for answer in unpaid_or_unknown() {
        let mut native = shown();
        for seconds in (2..=60).step_by(2).chain((65..300).step_by(5)) {
            assert_eq!(poll(&mut native, seconds, answer.clone()), [Command::Show]);
            assert!(matches!(native.status(), Status::Showing { .. }));
        }
        assert_eq!(native.next_wakeup(), Some(at(300)), "the picture's end");
    }
}

#[test]
fn shown_what_somebody_else_ended_is_closed() {
    for answer in [QueryAnswer::Closed, QueryAnswer::Revoked, QueryAnswer::PayError] {
        let mut native = shown();
        assert_eq!(poll(&mut native, 2, answer), [Command::Commit, Command::Show]);
        assert_eq!(native.outcome(), Outcome::Closed);
    }
}

#[test]
fn shown_refund_is_reversed() {
    let mut native = shown();
    assert_eq!(poll(&mut native, 2, QueryAnswer::Refunded(receipt())), [Command::Commit, Command::Show]);
    assert_eq!(native.outcome(), Outcome::Reversed);
}

#[test]
fn shown_query_asks_now() {
    let mut native = shown();
    assert_eq!(sent(&native.handle(Event::Query, at(1))), Some(&Call::Query));
    native.handle(Event::Queried(QueryAnswer::Unpaid), at(1));
    assert_eq!(native.next_wakeup(), Some(at(3)));
}

#[test]
fn shown_after_five_minutes_is_asked_first_and_then_created_again() {
    for answer in unpaid_or_unknown() {
        let mut native = shown();
        let before = native.order().clone();
        assert_eq!(poll_while_shown(&mut native), at(300));
        assert!(matches!(native.status(), Status::Showing { .. }), "the old picture stands until there is a new one");
        let commands = native.handle(Event::Queried(answer), at(300));
        assert_eq!(sent(&commands), Some(&Call::Create));
        assert_eq!(native.order(), &before, "byte-identical parameters");
        native.handle(picture(NEW_PICTURE), at(301));
        let status = Status::Showing { code_url: NEW_PICTURE.to_owned(), shown_at: at(301), renew_at: at(601) };
        assert_eq!(native.status(), status);
        assert_eq!(native.next_wakeup(), Some(at(303)), "quick again: somebody may be scanning it");
    }
}

#[test]
fn shown_f5_renews_the_same_way() {
    let mut native = renewing();
    let commands = native.handle(Event::Queried(QueryAnswer::Unpaid), at(10));
    assert_eq!(sent(&commands), Some(&Call::Create));
    native.handle(picture(NEW_PICTURE), at(11));
    assert!(matches!(native.status(), Status::Showing { code_url, .. } if code_url == NEW_PICTURE));
}

#[test]
fn shown_the_last_picture_s_time_over_is_asked_and_closed_at_once() {
    let mut native = shown_of(2);
    assert_eq!(poll_while_shown(&mut native), at(300));
    assert_eq!(native.state_name(), "renewing");
    native.handle(Event::Queried(QueryAnswer::Unpaid), at(300));
    native.handle(picture(NEW_PICTURE), at(300));
    assert_eq!(poll_while_shown(&mut native), at(600));
    assert_eq!(native.status(), Status::Closing { since: at(0) });
    let commands = native.handle(Event::Queried(QueryAnswer::Unpaid), at(600));
    assert_eq!(sent(&commands), Some(&Call::Close), "no pause between the last query and the close");
    native.handle(Event::Closed(CloseAnswer::Closed), at(600));
    assert_eq!(native.status(), Status::Closed);
}

#[test]
fn shown_time_over_but_paid_at_the_last_query_is_paid_in_time() {
    let mut native = shown_of(1);
    poll_while_shown(&mut native);
    native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(300));
    assert_eq!(native.outcome(), Outcome::Paid(receipt()), "nobody had ended the sale");
}

#[test]
fn shown_leave_is_committed_then_asked_and_closed_at_once() {
    let mut native = shown();
    let commands = native.handle(Event::Leave, at(10));
    assert!(commits_first(&commands));
    assert_eq!(native.status(), Status::Closing { since: at(0) });
    let commands = native.handle(Event::Queried(QueryAnswer::Unpaid), at(10));
    assert_eq!(sent(&commands), Some(&Call::Close));
}

// Renewing ---------------------------------------------------------------------------------------

/// A renewal whose create is on its way.
fn renewing_by_create() -> Native {
    let mut native = renewing();
    native.handle(Event::Queried(QueryAnswer::Unpaid), at(10));
    native
}

#[test]
fn renewing_paid_meanwhile_is_paid() {
    let mut native = renewing();
    native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(10));
    assert_eq!(native.outcome(), Outcome::Paid(receipt()));
}

#[test]
fn renewing_orderpaid_asks_for_the_receipt() {
    let mut native = renewing_by_create();
    let commands = native.handle(Event::Created(CreateAnswer::AlreadyPaid), at(10));
    assert!(commits_first(&commands));
    assert_eq!(sent(&commands), Some(&Call::Query));
    native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(10));
    assert_eq!(native.outcome(), Outcome::Paid(receipt()));
}

#[test]
fn renewing_without_a_clear_answer_shows_no_picture_and_begins_again_with_a_question() {
    for answer in [CreateAnswer::Unknown(Doubt::NoAnswer), CreateAnswer::NotSent(NotSent::Offline)] {
        let mut native = renewing_by_create();
        native.handle(Event::Created(answer), at(10));
        assert!(matches!(native.status(), Status::Preparing { doubt: Some(_), .. }), "the old picture may be dead");
        assert_eq!(native.next_wakeup(), Some(at(11)));
        assert_eq!(sent(&native.handle(Event::Wakeup, at(11))), Some(&Call::Query));
        assert_eq!(sent(&native.handle(Event::Queried(QueryAnswer::Unpaid), at(11))), Some(&Call::Create));
    }
}

#[test]
fn renewing_a_signed_no_never_ends_an_order_that_a_customer_may_be_paying() {
    for reason in [Reason::Settings, Reason::OrderEnded, Reason::BadRequest, Reason::NoPermission] {
        let mut native = renewing_by_create();
        let commands = native.handle(Event::Created(CreateAnswer::Refused(refusal(reason))), at(10));
        assert_eq!(sent(&commands), Some(&Call::Query), "{reason:?}: the shown picture may still be paid");
        assert_eq!(native.outcome(), Outcome::Open);
        let commands = native.handle(Event::Queried(QueryAnswer::Unpaid), at(10));
        assert_eq!(sent(&commands), Some(&Call::Close));
    }
}

#[test]
fn renewing_too_often_is_tried_again_later() {
    let mut native = renewing_by_create();
    let commands = native.handle(Event::Created(CreateAnswer::Refused(refusal(Reason::TooOften))), at(10));
    assert_eq!(sent(&commands), None);
    assert_eq!(native.next_wakeup(), Some(at(70)), "the gateway wants a minute's rest");
    assert_eq!(sent(&native.handle(Event::Wakeup, at(70))), Some(&Call::Query));
}

// What the cashier wants while an answer is awaited ------------------------------------------------

#[test]
fn wishes_while_a_query_is_awaited_are_heard_with_its_answer() {
    for (event, call, name) in [
        (Event::Query, Call::Query, "shown"),
        (Event::Renew, Call::Query, "renewing"),
        (Event::GiveWay, Call::Query, "giving_way"),
        (Event::Leave, Call::Query, "closing"),
    ] {
        let mut native = shown();
        native.handle(Event::Wakeup, at(2));
        assert_eq!(sent(&native.handle(event.clone(), at(2))), None, "{event:?}: one call at a time");
        let commands = native.handle(Event::Queried(QueryAnswer::Unpaid), at(3));
        assert_eq!((sent(&commands), native.state_name()), (Some(&call), name), "{event:?}");
    }
}

#[test]
fn wishes_while_a_create_is_awaited_are_heard_with_its_answer() {
    let answers = [picture(PICTURE), Event::Created(CreateAnswer::Unknown(Doubt::NoAnswer))];
    for answer in answers {
        for (event, name) in [(Event::GiveWay, "giving_way"), (Event::Leave, "closing")] {
            let mut native = creating();
            assert_eq!(sent(&native.handle(event, at(1))), None);
            let commands = native.handle(answer.clone(), at(2));
            assert_eq!((sent(&commands), native.state_name()), (Some(&Call::Query), name));
        }
    }
}

#[test]
fn wishes_while_a_create_waits_for_its_next_try_are_heard_at_once() {
    for (event, call, name) in [
        (Event::Query, Call::Create, "creating"),
        (Event::Renew, Call::Create, "creating"),
        (Event::GiveWay, Call::Query, "giving_way"),
        (Event::Leave, Call::Query, "closing"),
    ] {
        let mut native = creating();
        native.handle(Event::Created(CreateAnswer::Unknown(Doubt::NoAnswer)), at(1));
        let commands = native.handle(event, at(1));
        assert_eq!((sent(&commands), native.state_name()), (Some(&call), name));
    }
}

#[test]
fn wishes_leaving_stands_above_all_and_a_scan_above_a_look() {
    let after = |wishes: [Event; 2]| {
        let mut native = shown();
        native.handle(Event::Wakeup, at(2));
        for wish in wishes {
            assert_eq!(sent(&native.handle(wish, at(2))), None);
        }
        native.handle(Event::Queried(QueryAnswer::Unpaid), at(3));
        native.state_name()
    };
    assert_eq!(after([Event::Leave, Event::GiveWay]), "closing");
    assert_eq!(after([Event::GiveWay, Event::Leave]), "closing");
    assert_eq!(after([Event::Leave, Event::Renew]), "closing");
    assert_eq!(after([Event::GiveWay, Event::Query]), "giving_way");
    assert_eq!(after([Event::GiveWay, Event::Renew]), "giving_way");
    assert_eq!(after([Event::Renew, Event::GiveWay]), "giving_way");
}

#[test]
fn wishes_f5_pressed_twice_renews_once() {
    let mut native = renewing();
    native.handle(Event::Renew, at(10));
    native.handle(Event::Queried(QueryAnswer::Unpaid), at(10));
    native.handle(Event::Renew, at(10));
    assert_eq!(native.handle(picture(NEW_PICTURE), at(11)), [Command::Show]);
    assert_eq!(native.state_name(), "shown");
}

#[test]
fn wishes_leave_then_paid_is_paid_late() {
    let mut native = shown();
    native.handle(Event::Wakeup, at(2));
    native.handle(Event::Leave, at(2));
    native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(3));
    assert_eq!(native.outcome(), Outcome::PaidLate(receipt()));
}

// Giving way -------------------------------------------------------------------------------------

#[test]
fn giving_way_asks_and_closes_and_only_then_lets_the_scan_through() {
    let mut native = giving_way();
    assert_eq!(native.gave_way(), GaveWay::NotYet);
    assert_eq!(native.status(), Status::GivingWay { since: at(0) });
    let commands = native.handle(Event::Queried(QueryAnswer::Unpaid), at(10));
    assert_eq!(sent(&commands), Some(&Call::Close));
    assert_eq!(native.gave_way(), GaveWay::NotYet);
    assert_eq!(native.handle(Event::Closed(CloseAnswer::Closed), at(10)), [Command::Commit, Command::Show]);
    assert_eq!(native.gave_way(), GaveWay::Yes);
    assert_eq!(native.outcome(), Outcome::Closed);
}

#[test]
fn giving_way_paid_meanwhile_is_paid_and_the_scan_is_not_let_through() {
    for mut native in [giving_way(), giving_way_by_asking_again()] {
        native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(10));
        assert_eq!(native.outcome(), Outcome::Paid(receipt()));
        assert_eq!(native.gave_way(), GaveWay::No);
    }
}

#[test]
fn giving_way_closed_by_somebody_else_lets_the_scan_through() {
    for mut native in [giving_way(), giving_way_by_asking_again()] {
        native.handle(Event::Queried(QueryAnswer::Closed), at(10));
        assert_eq!(native.gave_way(), GaveWay::Yes);
    }
}

#[test]
fn giving_way_in_the_first_five_minutes_kills_the_picture_and_asks_once_more() {
    let mut native = giving_way_by_close();
    let commands = native.handle(Event::Closed(CloseAnswer::TooEarly), at(10));
    assert_eq!(sent(&commands), Some(&Call::Create));
    assert_eq!(native.gave_way(), GaveWay::NotYet);
    let commands = native.handle(picture(NEW_PICTURE), at(10));
    assert_eq!(sent(&commands), Some(&Call::Query));
    assert_eq!(native.gave_way(), GaveWay::NotYet);
    assert_eq!(native.status(), Status::GivingWay { since: at(0) }, "the new picture is shown to nobody");
    let commands = native.handle(Event::Queried(QueryAnswer::Unpaid), at(11));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(native.gave_way(), GaveWay::Yes);
    assert_eq!(native.next_wakeup(), Some(at(301)), "closed when the first five minutes are over");
    assert!(poll(&mut native, 301, QueryAnswer::Unpaid).contains(&Command::Send(Call::Close)));
    native.handle(Event::Closed(CloseAnswer::Closed), at(301));
    assert_eq!(native.outcome(), Outcome::Closed);
}

#[test]
fn giving_way_then_paid_after_all_is_paid_late() {
    let mut native = giving_way_by_asking_again();
    native.handle(Event::Queried(QueryAnswer::Unpaid), at(11));
    poll(&mut native, 301, QueryAnswer::Paid(receipt()));
    assert_eq!(native.outcome(), Outcome::PaidLate(receipt()));
}

/// The scan was not taken: a question, and then a new picture.
fn assert_stays(native: &mut Native, commands: &[Command], what: &str) {
    assert_eq!(native.gave_way(), GaveWay::No, "{what}");
    assert_eq!(sent(commands), Some(&Call::Query), "{what}");
    assert!(matches!(native.status(), Status::Preparing { .. }), "{what}: the old picture may be dead");
    assert_eq!(sent(&native.handle(Event::Queried(QueryAnswer::Unpaid), at(12))), Some(&Call::Create), "{what}");
    native.handle(picture("weixin://wxpay/bizpayurl?pr=third"), at(12));
    assert_eq!(native.gave_way(), GaveWay::No, "{what}");
    assert!(matches!(native.status(), Status::Showing { .. }), "{what}");
}

#[test]
fn giving_way_an_uncertain_query_does_not_let_the_scan_through() {
    for answer in [QueryAnswer::Unknown(Doubt::NoAnswer), QueryAnswer::NotSent(NotSent::Offline)] {
        let mut native = giving_way();
        let commands = native.handle(Event::Queried(answer.clone()), at(11));
        assert_stays(&mut native, &commands, &format!("{answer:?}"));
    }
}

#[test]
fn giving_way_an_uncertain_close_does_not_let_the_scan_through() {
    for answer in [CloseAnswer::Unknown(Doubt::NoAnswer), CloseAnswer::NotSent(NotSent::Offline)] {
        let mut native = giving_way_by_close();
        let commands = native.handle(Event::Closed(answer.clone()), at(11));
        assert_stays(&mut native, &commands, &format!("{answer:?}"));
    }
}

#[test]
fn giving_way_an_uncertain_create_does_not_let_the_scan_through() {
    for answer in [
        CreateAnswer::Unknown(Doubt::NoAnswer),
        CreateAnswer::NotSent(NotSent::Offline),
        CreateAnswer::Refused(refusal(Reason::TooOften)),
    ] {
        let mut native = giving_way_by_create();
        let commands = native.handle(Event::Created(answer.clone()), at(11));
        assert_stays(&mut native, &commands, &format!("{answer:?}"));
    }
}

#[test]
fn giving_way_only_a_plain_unpaid_proves_that_the_dead_picture_was_not_paid() {
    // "Paying" is a customer about to pay, and "no such order" of an order just made is no knowledge.
    for answer in [
        QueryAnswer::Paying,
        QueryAnswer::NotExist,
        QueryAnswer::Unknown(Doubt::NoAnswer),
        QueryAnswer::NotSent(NotSent::Offline),
    ] {
        let mut native = giving_way_by_asking_again();
        let commands = native.handle(Event::Queried(answer.clone()), at(11));
        assert_stays(&mut native, &commands, &format!("{answer:?}"));
    }
}

#[test]
fn giving_way_leave_ends_in_closing_and_uncertainty_does_not_show_a_picture_again() {
    let mut native = giving_way_by_close();
    native.handle(Event::Leave, at(11));
    native.handle(Event::Closed(CloseAnswer::Unknown(Doubt::NoAnswer)), at(12));
    assert_eq!(native.status(), Status::Closing { since: at(0) });
}

#[test]
fn leaving_kills_no_picture_so_it_lets_no_scan_through() {
    for mut native in [closing(), closing_by_close()] {
        assert_ne!(native.gave_way(), GaveWay::Yes, "the customer can still pay");
        native.handle(Event::GiveWay, at(11));
        assert_ne!(native.gave_way(), GaveWay::Yes);
    }
}

#[test]
fn a_scan_while_a_run_out_order_is_closed_waits_for_that_close_and_no_longer() {
    let run_out = || {
        let mut native = shown_of(1);
        poll_while_shown(&mut native);
        native.handle(Event::GiveWay, at(300));
        assert_eq!(native.gave_way(), GaveWay::NotYet);
        native.handle(Event::Queried(QueryAnswer::Unpaid), at(300));
        assert_eq!(native.gave_way(), GaveWay::NotYet);
        native
    };
    let mut native = run_out();
    native.handle(Event::Closed(CloseAnswer::Closed), at(300));
    assert_eq!(native.gave_way(), GaveWay::Yes);
    for answer in [CloseAnswer::TooEarly, CloseAnswer::Unknown(Doubt::NoAnswer)] {
        let mut native = run_out();
        native.handle(Event::Closed(answer), at(300));
        assert_eq!(native.gave_way(), GaveWay::No, "a code is not kept for minutes");
    }
}

#[test]
fn a_scan_while_a_paid_order_is_renewed_is_let_go() {
    let mut native = renewing_by_create();
    native.handle(Event::GiveWay, at(10));
    assert_eq!(native.gave_way(), GaveWay::NotYet);
    native.handle(Event::Created(CreateAnswer::AlreadyPaid), at(11));
    assert_eq!(native.gave_way(), GaveWay::No, "paid, so nothing is charged");
}

// Closing and checking ---------------------------------------------------------------------------

#[test]
fn closing_goes_on_to_the_close_whatever_does_not_end_the_order() {
    for answer in unpaid_or_unknown() {
        let mut native = closing();
        let commands = native.handle(Event::Queried(answer), at(10));
        assert_eq!(sent(&commands), Some(&Call::Close));
    }
}

#[test]
fn closing_closed_burns_the_number() {
    let mut native = closing_by_close();
    assert_eq!(native.handle(Event::Closed(CloseAnswer::Closed), at(11)), [Command::Commit, Command::Show]);
    assert_eq!(native.status(), Status::Closed);
    assert_eq!(native.next_wakeup(), None);
}

#[test]
fn orderpaid_anywhere_asks_until_the_receipt_comes() {
    let created = Event::Created(CreateAnswer::AlreadyPaid);
    let closed = Event::Closed(CloseAnswer::AlreadyPaid);
    for (mut native, event, late) in [
        (creating(), created.clone(), false),
        (renewing_by_create(), created.clone(), false),
        (giving_way_by_close(), closed.clone(), false),
        (giving_way_by_create(), created, false),
        (closing_by_close(), closed, true),
    ] {
        let before = native.state_name();
        let commands = native.handle(event, at(20));
        assert!(commits_first(&commands), "{before}");
        assert_eq!(native.gave_way(), GaveWay::No, "{before}: paid, so nothing is charged");
        assert!(matches!(native.status(), Status::Unknown(..)), "{before}");
        let mut now = at(20);
        for (answer, pause) in unpaid_or_unknown().into_iter().zip([1, 2, 4, 8, 16]) {
            assert_eq!(native.handle(Event::Queried(answer), now), [Command::Show], "{before}");
            now = now.plus(Duration::from_secs(pause));
            assert_eq!(native.next_wakeup(), Some(now), "{before}");
            assert_eq!(sent(&native.handle(Event::Wakeup, now)), Some(&Call::Query), "{before}");
        }
        native.handle(Event::Queried(QueryAnswer::Paid(receipt())), now);
        let outcome = if late { Outcome::PaidLate(receipt()) } else { Outcome::Paid(receipt()) };
        assert_eq!(native.outcome(), outcome, "{before}");
    }
}

#[test]
fn closing_refused_in_the_first_five_minutes_is_done_when_they_are_over() {
    let mut native = closing_by_close();
    let commands = native.handle(Event::Closed(CloseAnswer::TooEarly), at(11));
    assert_eq!(commands, [Command::Commit, Command::Show], "it survives a restart");
    let commands = poll(&mut native, 301, QueryAnswer::Unpaid);
    assert_eq!(sent(&commands), Some(&Call::Close));
    native.handle(Event::Closed(CloseAnswer::TooEarly), at(301));
    assert_eq!(native.next_wakeup(), Some(at(306)), "its clock is not ours");
}

#[test]
fn closing_waits_no_longer_than_five_minutes_after_a_restart_whatever_the_clock_says() {
    for set_back in [60, 200, 100_000] {
        let mut native = closing_by_close();
        native.handle(Event::Closed(CloseAnswer::TooEarly), at(11));
        let restart = Timestamp::from_millis(at(11).as_millis() - set_back * 1000);
        native.handle(Event::Resume, restart);
        native.handle(Event::Queried(QueryAnswer::Unpaid), restart);
        native.handle(Event::Closed(CloseAnswer::TooEarly), restart);
        let due = native.next_wakeup().unwrap();
        assert!(due <= restart.plus(Duration::from_secs(301)) && due <= at(301), "{set_back}");
    }
}

#[test]
fn closing_without_an_answer_is_tried_again_slower_and_slower() {
    for answer in [CloseAnswer::Unknown(Doubt::NoAnswer), CloseAnswer::NotSent(NotSent::Offline)] {
        let mut native = closing_by_close();
        let mut seconds = 10;
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            native.handle(Event::Closed(answer.clone()), at(seconds));
            seconds += pause;
            assert_eq!(sent(&poll(&mut native, seconds, QueryAnswer::Unpaid)), Some(&Call::Close));
        }
    }
}

#[test]
fn closing_paid_after_a_person_had_ended_the_sale_is_paid_late() {
    let mut native = closing();
    native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(10));
    assert_eq!(native.status(), Status::PaidLate(receipt()));
}

#[test]
fn closing_and_checking_are_asked_now_if_the_cashier_wants() {
    let mut closing = closing_by_close();
    closing.handle(Event::Leave, at(10));
    closing.handle(Event::Closed(CloseAnswer::Unknown(Doubt::NoAnswer)), at(10));
    let mut checking = checking();
    checking.handle(Event::Leave, at(10));
    checking.handle(Event::Queried(QueryAnswer::Unknown(Doubt::NoAnswer)), at(10));
    for mut native in [closing, checking] {
        assert_eq!(sent(&native.handle(Event::Query, at(10))), Some(&Call::Query));
    }
}

// Restart, strangers and the end -----------------------------------------------------------------

fn every_open_state() -> Vec<Native> {
    let mut closing_later = closing_by_close();
    closing_later.handle(Event::Closed(CloseAnswer::TooEarly), at(11));
    let mut retrying = creating();
    retrying.handle(Event::Created(CreateAnswer::Unknown(Doubt::NoAnswer)), at(1));
    vec![
        creating(),
        retrying,
        shown(),
        renewing(),
        renewing_by_create(),
        giving_way(),
        giving_way_by_close(),
        giving_way_by_create(),
        giving_way_by_asking_again(),
        closing(),
        closing_by_close(),
        closing_later,
        checking(),
    ]
}

#[test]
fn a_restart_asks_first_and_then_closes_what_nobody_sees_any_more() {
    for native in every_open_state() {
        let stored = serde_json::to_string(&native).unwrap();
        let mut native: Native = serde_json::from_str(&stored).unwrap();
        assert_eq!(sent(&native.handle(Event::Resume, at(400))), Some(&Call::Query), "{stored}");
        let mut paid = native.clone();
        paid.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(400));
        assert!(matches!(paid.outcome(), Outcome::Paid(_) | Outcome::PaidLate(_)), "{stored}");
        let commands = native.handle(Event::Queried(QueryAnswer::Unpaid), at(400));
        if native.state_name() == "checking" {
            assert_eq!(sent(&commands), None, "ORDERPAID stands: {stored}");
        } else {
            assert_eq!(sent(&commands), Some(&Call::Close), "{stored}");
            native.handle(Event::Closed(CloseAnswer::Closed), at(400));
            assert_eq!(native.outcome(), Outcome::Closed, "{stored}");
        }
    }
}

#[test]
fn a_restart_keeps_paid_in_time_and_paid_late_apart() {
    for (mut native, late) in [(shown(), false), (giving_way(), false), (closing(), true)] {
        native.handle(Event::Resume, at(400));
        native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(400));
        assert_eq!(matches!(native.outcome(), Outcome::PaidLate(_)), late);
    }
}

fn every_final_state() -> Vec<Native> {
    let end = |mut native: Native, event| {
        native.handle(event, at(20));
        native
    };
    vec![
        end(renewing(), Event::Queried(QueryAnswer::Paid(receipt()))),
        end(closing(), Event::Queried(QueryAnswer::Paid(receipt()))),
        end(closing_by_close(), Event::Closed(CloseAnswer::Closed)),
        end(renewing(), Event::Queried(QueryAnswer::Refunded(receipt()))),
        end(creating(), Event::Created(CreateAnswer::Refused(refusal(Reason::Settings)))),
        end(creating(), Event::Created(CreateAnswer::NotSent(NotSent::Offline))),
    ]
}

fn every_event() -> Vec<Event> {
    vec![
        picture(NEW_PICTURE),
        Event::Created(CreateAnswer::AlreadyPaid),
        Event::Created(CreateAnswer::Refused(refusal(Reason::Settings))),
        Event::Created(CreateAnswer::Unknown(busy())),
        Event::Created(CreateAnswer::NotSent(NotSent::Offline)),
        Event::Queried(QueryAnswer::Paid(receipt())),
        Event::Queried(QueryAnswer::Unpaid),
        Event::Queried(QueryAnswer::Closed),
        Event::Queried(QueryAnswer::Refunded(receipt())),
        Event::Queried(QueryAnswer::Unknown(busy())),
        Event::Closed(CloseAnswer::Closed),
        Event::Closed(CloseAnswer::AlreadyPaid),
        Event::Closed(CloseAnswer::TooEarly),
        Event::Closed(CloseAnswer::Unknown(busy())),
        Event::Wakeup,
        Event::Query,
        Event::Renew,
        Event::GiveWay,
        Event::Leave,
        Event::Resume,
    ]
}

#[test]
fn what_is_final_stays_final() {
    let mut names = Vec::new();
    for native in every_final_state() {
        assert_eq!(native.next_wakeup(), None);
        assert!(native.status().is_final());
        names.push(native.state_name());
        for event in every_event() {
            let mut after = native.clone();
            assert_eq!(after.handle(event.clone(), at(600)), [], "{event:?}");
            assert_eq!(after, native, "{event:?}");
        }
    }
    assert_eq!(names, ["paid", "paid_late", "closed", "reversed", "failed", "not_sent"]);
}

#[test]
fn an_answer_that_nobody_asked_for_changes_nothing() {
    for native in every_open_state() {
        // What each state waits for, by what it sends when it is taken up to this point.
        let waits_for = match &native.state {
            _ if native.next != Next::Answer => None,
            State::Creating | State::Renewing(Step::Create) | State::GivingWay(Step::Create) => Some(0),
            State::GivingWay(Step::Close) | State::Closing(Step::Close) => Some(2),
            _ => Some(1),
        };
        for event in every_event() {
            let kind = match event {
                Event::Created(_) => 0,
                Event::Queried(_) => 1,
                Event::Closed(_) => 2,
                _ => continue,
            };
            if waits_for == Some(kind) {
                continue;
            }
            let mut after = native.clone();
            assert_eq!(after.handle(event.clone(), at(20)), [], "{} {event:?}", native.state_name());
            assert_eq!(after, native, "{event:?}");
        }
    }
}

fn ended_unpaid() -> Vec<Native> {
    let ended: Vec<_> = every_final_state().into_iter().filter(|native| !native.was_paid()).collect();
    assert_eq!(ended.len(), 4);
    ended
}

#[test]
fn a_report_of_a_payment_has_an_open_order_asked_about() {
    let mut native = shown();
    assert_eq!(sent(&native.handle(Event::Reported, at(2))), Some(&Call::Query));
    assert_eq!(native.handle(Event::Reported, at(2)), [], "it is being asked about");
}

#[test]
fn a_report_of_a_payment_that_was_told_as_unpaid_is_asked_about_and_booked() {
    for mut native in ended_unpaid() {
        let commands = native.handle(Event::Reported, at(600));
        assert!(commits_first(&commands), "a crash must not forget the report");
        assert_eq!(sent(&commands), Some(&Call::Query), "a report is not the proof");
        assert!(!native.has_nothing_to_do());
        assert_eq!(native.handle(Event::Reported, at(600)), [], "it is being asked about");
        native.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(601));
        assert_eq!(native.outcome(), Outcome::PaidLate(receipt()));
    }
}

#[test]
fn a_report_that_the_gateway_does_not_bear_out_changes_nothing() {
    for before in ended_unpaid() {
        let mut native = before.clone();
        native.handle(Event::Reported, at(600));
        for pause in [1, 2, 4] {
            assert_eq!(native.handle(Event::Queried(QueryAnswer::Unknown(busy())), at(600)), []);
            let due = at(600 + pause);
            assert_eq!((native.next_wakeup(), native.outcome()), (Some(due), before.outcome()));
            assert_eq!(sent(&native.handle(Event::Wakeup, due)), Some(&Call::Query));
        }
        assert_eq!(native.handle(Event::Queried(QueryAnswer::Closed), at(620)), [Command::Commit]);
        assert_eq!((native.has_nothing_to_do(), native.state_name()), (true, before.state_name()));
    }
}

#[test]
fn a_report_that_stands_in_the_book_is_asked_about_by_whoever_takes_it_up() {
    for mut native in ended_unpaid() {
        native.reported(at(600));
        let stored = serde_json::to_string(&native).unwrap();
        let mut native: Native = serde_json::from_str(&stored).unwrap();
        assert!(!native.has_nothing_to_do());
        assert_eq!(sent(&native.handle(Event::Resume, at(700))), Some(&Call::Query));
        // Once more, while the answer is awaited.
        assert_eq!(sent(&native.handle(Event::Resume, at(701))), Some(&Call::Query));
    }
    let mut open = shown();
    open.reported(at(3));
    assert_eq!(open, shown(), "one that is open is asked about anyway");
}
