//! One test a row of the table in `micropay.rs`.

use super::super::fixtures::*;
use super::super::{Call, Command, Doubt, NotSent, Outcome, Reason, Status};
use super::*;

fn paying() -> Micropay {
    Micropay::start(order(1), code(), at(0)).0
}

fn waiting() -> Micropay {
    let mut charge = paying();
    charge.handle(Event::Charged(ChargeAnswer::Paying), at(1));
    charge
}

/// A charge that was reversed at 45 s; the reverse is on its way.
fn reversing() -> Micropay {
    let mut charge = waiting();
    let commands = run_out(&mut charge, &QueryAnswer::Paying);
    assert_eq!(sent(&commands), Some(&Call::Reverse));
    charge
}

/// Answers every query with `answer` until something else than a query is sent; returns those commands.
fn run_out(charge: &mut Micropay, answer: &QueryAnswer) -> Vec<Command> {
    for _ in 0..20 {
        let due = charge.next_wakeup().expect("somebody waits for the next query");
        assert_eq!(sent(&charge.handle(Event::Wakeup, due)), Some(&Call::Query));
        let commands = charge.handle(Event::Queried(answer.clone()), due);
        if sent(&commands).is_some() {
            return commands;
        }
    }
    panic!("twenty queries and no end");
}

fn not_final() -> Vec<QueryAnswer> {
    vec![
        QueryAnswer::Unpaid,
        QueryAnswer::Paying,
        QueryAnswer::NotExist,
        QueryAnswer::Unknown(Doubt::NoAnswer),
        QueryAnswer::NotSent(NotSent::Offline),
    ]
}

#[test]
fn a_scan_is_committed_before_it_is_charged() {
    let (charge, commands) = Micropay::start(order(1), code(), at(0));
    assert!(commits_first(&commands));
    assert_eq!(sent(&commands), Some(&Call::Charge(code())));
    assert_eq!(charge.status(), Status::Sending { since: at(0) });
    assert!(!serde_json::to_string(&charge).unwrap().contains(code().expose()), "the code is never stored");
}

#[test]
fn paying_success_is_paid() {
    let mut charge = paying();
    let commands = charge.handle(Event::Charged(ChargeAnswer::Paid(receipt())), at(1));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(charge.outcome(), Outcome::Paid(receipt()));
    assert_eq!(charge.next_wakeup(), None);
}

#[test]
fn paying_a_signed_no_is_asked_once() {
    let mut charge = paying();
    let commands = charge.handle(Event::Charged(ChargeAnswer::Refused(refusal(Reason::NotEnough))), at(1));
    assert_eq!(sent(&commands), Some(&Call::Query));
    assert_eq!(charge.outcome(), Outcome::Open);
}

#[test]
fn paying_userpaying_waits_five_seconds() {
    let charge = waiting();
    assert_eq!(charge.next_wakeup(), Some(at(6)));
    assert!(matches!(charge.status(), Status::Password(wait) if wait.cancel_from == at(15) && wait.until == at(45)));
}

#[test]
fn paying_an_unclear_answer_is_asked_at_once_then_after_three_seconds_then_five() {
    for doubt in [busy(), Doubt::NoAnswer, Doubt::NotUnderstood, Doubt::NotOurs { field: "sign".to_owned() }] {
        let mut charge = paying();
        let commands = charge.handle(Event::Charged(ChargeAnswer::Unknown(doubt.clone())), at(10));
        assert_eq!(sent(&commands), Some(&Call::Query));
        assert!(matches!(charge.status(), Status::Unknown(_, shown) if shown == doubt));
        charge.handle(Event::Queried(QueryAnswer::NotExist), at(10));
        assert_eq!(charge.next_wakeup(), Some(at(13)));
        charge.handle(Event::Wakeup, at(13));
        charge.handle(Event::Queried(QueryAnswer::NotExist), at(13));
        assert_eq!(charge.next_wakeup(), Some(at(18)));
    }
}

#[test]
fn paying_an_earlier_send_is_asked_about() {
    for reason in [Reason::OrderPaid, Reason::NumberUsed, Reason::BuyerMismatch, Reason::BadRequest] {
        let mut charge = paying();
        let commands = charge.handle(Event::Charged(ChargeAnswer::Earlier(refusal(reason))), at(1));
        assert_eq!(sent(&commands), Some(&Call::Query));
        assert_eq!(charge.outcome(), Outcome::Open);
    }
}

#[test]
fn paying_not_sent_ends_without_a_question() {
    let mut charge = paying();
    let commands = charge.handle(Event::Charged(ChargeAnswer::NotSent(NotSent::Offline)), at(1));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(charge.status(), Status::NotSent(NotSent::Offline));
    assert_eq!(charge.outcome(), Outcome::NotPaid);
}

#[test]
fn confirming_success_is_paid() {
    let mut charge = paying();
    charge.handle(Event::Charged(ChargeAnswer::Refused(refusal(Reason::NotEnough))), at(1));
    charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(2));
    assert_eq!(charge.outcome(), Outcome::Paid(receipt()));
}

#[test]
fn confirming_userpaying_waits() {
    let mut charge = paying();
    charge.handle(Event::Charged(ChargeAnswer::Refused(refusal(Reason::NotEnough))), at(1));
    charge.handle(Event::Queried(QueryAnswer::Paying), at(2));
    assert!(matches!(charge.status(), Status::Password(_)));
    assert_eq!(charge.next_wakeup(), Some(at(7)));
}

#[test]
fn confirming_anything_else_declines_without_a_reverse() {
    let mut answers = not_final();
    answers.retain(|answer| *answer != QueryAnswer::Paying);
    answers.extend([QueryAnswer::Closed, QueryAnswer::Revoked, QueryAnswer::PayError]);
    for answer in answers {
        let mut charge = paying();
        charge.handle(Event::Charged(ChargeAnswer::Refused(refusal(Reason::NotEnough))), at(1));
        let commands = charge.handle(Event::Queried(answer), at(2));
        assert_eq!(commands, [Command::Commit, Command::Show]);
        assert_eq!(charge.status(), Status::Declined(refusal(Reason::NotEnough)));
    }
}

#[test]
fn waiting_success_is_paid() {
    let mut charge = waiting();
    charge.handle(Event::Wakeup, at(6));
    let commands = charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(6));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(charge.outcome(), Outcome::Paid(receipt()));
}

#[test]
fn waiting_goes_on_every_five_seconds_to_45_then_reverses_at_once() {
    for answer in not_final() {
        let mut charge = waiting();
        let mut asked_at = Vec::new();
        let reverse = loop {
            let due = charge.next_wakeup().unwrap();
            asked_at.push(due.since(at(0)).as_secs());
            charge.handle(Event::Wakeup, due);
            let commands = charge.handle(Event::Queried(answer.clone()), due);
            if sent(&commands).is_some() {
                break commands;
            }
            assert_eq!(charge.outcome(), Outcome::Open);
        };
        assert_eq!(asked_at.last(), Some(&45), "the last query is at 45 s: {asked_at:?}");
        assert!(commits_first(&reverse), "reverse is written before it is sent");
        assert_eq!(sent(&reverse), Some(&Call::Reverse));
    }
}

#[test]
fn waiting_payerror_is_reversed_but_not_before_15_seconds() {
    let mut charge = waiting();
    charge.handle(Event::Wakeup, at(6));
    assert_eq!(sent(&charge.handle(Event::Queried(QueryAnswer::PayError), at(6))), None);
    assert_eq!(charge.next_wakeup(), Some(at(11)));
    let reverse = run_out(&mut charge, &QueryAnswer::PayError);
    assert_eq!(sent(&reverse), Some(&Call::Reverse));
}

#[test]
fn waiting_what_the_gateway_ended_is_reversed_without_our_call() {
    for answer in [QueryAnswer::Revoked, QueryAnswer::Closed, QueryAnswer::Refunded(receipt())] {
        let mut charge = waiting();
        charge.handle(Event::Wakeup, at(6));
        let commands = charge.handle(Event::Queried(answer), at(6));
        assert_eq!(commands, [Command::Commit, Command::Show]);
        assert_eq!(charge.outcome(), Outcome::Reversed);
        assert_eq!(charge.next_wakeup(), None, "it can't come back to life");
    }
}

#[test]
fn waiting_cancel_is_heard_from_15_seconds_on() {
    let mut charge = waiting();
    assert_eq!(charge.handle(Event::Cancel, at(14)), []);
    let commands = charge.handle(Event::Cancel, at(15));
    assert_eq!(sent(&commands), Some(&Call::Query), "one last query");
    let commands = charge.handle(Event::Queried(QueryAnswer::Paying), at(15));
    assert_eq!(sent(&commands), Some(&Call::Reverse));
}

#[test]
fn waiting_cancel_during_a_query_reverses_when_it_is_answered() {
    let mut charge = waiting();
    charge.handle(Event::Wakeup, at(16));
    assert_eq!(charge.handle(Event::Cancel, at(16)), []);
    let commands = charge.handle(Event::Queried(QueryAnswer::Unpaid), at(17));
    assert_eq!(sent(&commands), Some(&Call::Reverse));
}

#[test]
fn waiting_paid_at_the_last_query_is_paid_and_never_reversed() {
    let mut charge = waiting();
    charge.handle(Event::Cancel, at(20));
    charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(20));
    assert_eq!(charge.outcome(), Outcome::Paid(receipt()));
    assert_eq!(charge.handle(Event::Cancel, at(21)), []);
}

#[test]
fn reversing_done_is_verified_and_then_reversed() {
    for answer in [QueryAnswer::Revoked, QueryAnswer::Closed, QueryAnswer::PayError, QueryAnswer::NotExist] {
        let mut charge = reversing();
        let commands = charge.handle(Event::Reversed(ReverseAnswer::Done), at(46));
        assert_eq!(sent(&commands), Some(&Call::Query));
        assert_eq!(charge.outcome(), Outcome::Open, "a signed SUCCESS alone proves nothing");
        let commands = charge.handle(Event::Queried(answer), at(47));
        assert_eq!(commands, [Command::Commit, Command::Show]);
        assert_eq!(charge.status(), Status::Reversed);
    }
}

#[test]
fn reversing_done_but_still_paid_goes_on() {
    for answer in [QueryAnswer::Paid(receipt()), QueryAnswer::Paying, QueryAnswer::Unpaid] {
        let mut charge = reversing();
        charge.handle(Event::Reversed(ReverseAnswer::Done), at(46));
        charge.handle(Event::Queried(answer.clone()), at(47));
        assert!(matches!(charge.status(), Status::Reversing { .. }), "never paid again once a reverse was sent");
        let due = charge.next_wakeup().unwrap();
        charge.handle(Event::Wakeup, due);
        let commands = charge.handle(Event::Queried(answer), due);
        assert_eq!(sent(&commands), Some(&Call::Reverse));
    }
}

#[test]
fn reversing_again_backs_off_1_2_4_and_asks_between() {
    for answer in [ReverseAnswer::Again, ReverseAnswer::Unknown(Doubt::NoAnswer)] {
        let mut charge = reversing();
        let mut now = at(45);
        for pause in [1, 2, 4, 5] {
            charge.handle(Event::Reversed(answer.clone()), now);
            assert_eq!(charge.next_wakeup(), Some(now.plus(Duration::from_secs(pause))));
            now = charge.next_wakeup().unwrap();
            assert_eq!(sent(&charge.handle(Event::Wakeup, now)), Some(&Call::Query));
            let commands = charge.handle(Event::Queried(QueryAnswer::Unpaid), now);
            assert_eq!(sent(&commands), Some(&Call::Reverse));
        }
        charge.handle(Event::Reversed(answer), now);
        let due = charge.next_wakeup().unwrap();
        charge.handle(Event::Wakeup, due);
        charge.handle(Event::Queried(QueryAnswer::Revoked), due);
        assert_eq!(charge.outcome(), Outcome::Reversed);
    }
}

#[test]
fn reversing_an_unknown_number_needs_a_signed_reverse_to_end() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Unknown(Doubt::NoAnswer)), at(45));
    charge.handle(Event::Wakeup, at(46));
    let commands = charge.handle(Event::Queried(QueryAnswer::NotExist), at(46));
    assert_eq!(sent(&commands), Some(&Call::Reverse), "the charge may still be under way");
}

#[test]
fn reversing_userpaying_pauses_five_seconds() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Paying), at(45));
    assert_eq!(charge.next_wakeup(), Some(at(50)));
}

#[test]
fn reversing_a_signed_no_pauses_15_seconds() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Refused(refusal(Reason::BadRequest))), at(45));
    assert_eq!(charge.next_wakeup(), Some(at(60)));
}

#[test]
fn reversing_without_a_certificate_goes_on_asking_until_the_gateway_ends_it() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::NotSent(NotSent::NoCertificate)), at(45));
    charge.handle(Event::Queried(QueryAnswer::Paying), at(45));
    charge.handle(Event::Wakeup, at(46));
    charge.handle(Event::Queried(QueryAnswer::Revoked), at(46));
    assert_eq!(charge.outcome(), Outcome::Reversed);
}

#[test]
fn reversing_expired_and_paid_has_to_be_refunded() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Expired), at(45));
    let commands = charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(46));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(charge.outcome(), Outcome::PaidLate(receipt()));
}

/// A reversal that this till can't send, with the query after it on its way.
fn reversing_without_a_certificate() -> Micropay {
    let mut charge = reversing();
    let commands = charge.handle(Event::Reversed(ReverseAnswer::NotSent(NotSent::NoCertificate)), at(45));
    assert_eq!(sent(&commands), Some(&Call::Query));
    charge
}

#[test]
fn reversing_without_a_certificate_and_paid_has_to_be_refunded() {
    let mut charge = reversing_without_a_certificate();
    let commands = charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(46));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(charge.outcome(), Outcome::PaidLate(receipt()));
}

#[test]
fn reversing_without_a_certificate_what_never_arrived_ends_and_is_asked_for_later() {
    for answer in [QueryAnswer::NotExist, QueryAnswer::PayError] {
        let mut charge = reversing_without_a_certificate();
        charge.handle(Event::Queried(answer), at(46));
        assert_eq!(charge.outcome(), Outcome::Reversed);
        assert_eq!(charge.next_wakeup(), Some(at(106)));
    }
}

#[test]
fn reversing_without_a_certificate_what_is_not_seen_soon_after_the_charge_is_asked_for_again() {
    let mut charge = waiting();
    charge.handle(Event::Cancel, at(20));
    charge.handle(Event::Queried(QueryAnswer::NotExist), at(20));
    charge.handle(Event::Reversed(ReverseAnswer::NotSent(NotSent::NoCertificate)), at(20));
    charge.handle(Event::Queried(QueryAnswer::NotExist), at(21));
    assert_eq!(charge.outcome(), Outcome::Open, "a query may not see yet what was paid");
    let wakeup = charge.next_wakeup().unwrap();
    charge.handle(Event::Wakeup, wakeup);
    charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), wakeup);
    assert_eq!(charge.outcome(), Outcome::PaidLate(receipt()));
}

#[test]
fn reversing_what_cannot_be_reversed_is_asked_for_with_pauses() {
    for no in [ReverseAnswer::NotSent(NotSent::NoCertificate), ReverseAnswer::Expired] {
        for answer in [QueryAnswer::Paying, QueryAnswer::Unpaid, QueryAnswer::Unknown(Doubt::NoAnswer)] {
            let mut charge = reversing();
            charge.handle(Event::Reversed(no.clone()), at(45));
            let commands = charge.handle(Event::Queried(answer), at(45));
            assert_eq!(sent(&commands), None, "{no:?}: no query and reverse in a tight loop");
            assert_eq!(charge.next_wakeup(), Some(at(46)));
            charge.handle(Event::Wakeup, at(46));
            charge.handle(Event::Queried(QueryAnswer::Revoked), at(46));
            assert_eq!(charge.outcome(), Outcome::Reversed);
        }
    }
}

#[test]
fn reversing_without_a_certificate_is_given_up_after_failed_questions_too() {
    let mut charge = reversing();
    charge.handle(Event::Resume, at(50));
    charge.handle(Event::Queried(QueryAnswer::Unknown(Doubt::NoAnswer)), at(60));
    charge.handle(Event::Wakeup, at(65));
    charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(65));
    charge.handle(Event::Reversed(ReverseAnswer::NotSent(NotSent::NoCertificate)), at(65));
    charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(65));
    assert_eq!(charge.outcome(), Outcome::PaidLate(receipt()));
}

#[test]
fn reversing_slows_down_but_never_ends_by_itself() {
    let mut charge = reversing();
    let mut now = at(45);
    for _ in 0..200 {
        charge.handle(Event::Reversed(ReverseAnswer::Unknown(Doubt::NoAnswer)), now);
        now = charge.next_wakeup().expect("it goes on");
        charge.handle(Event::Wakeup, now);
        charge.handle(Event::Queried(QueryAnswer::Unpaid), now);
    }
    charge.handle(Event::Reversed(ReverseAnswer::Unknown(Doubt::NoAnswer)), now);
    assert_eq!(charge.next_wakeup(), Some(now.plus(Duration::from_secs(300))));
}

#[test]
fn reversed_is_asked_again_after_1_5_and_30_minutes() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Done), at(45));
    charge.handle(Event::Queried(QueryAnswer::NotExist), at(45));
    for minutes in [1, 5, 30] {
        assert_eq!(charge.next_wakeup(), Some(at(45 + minutes * 60)));
        charge.handle(Event::Wakeup, at(45 + minutes * 60));
        charge.handle(Event::Queried(QueryAnswer::NotExist), at(45 + minutes * 60));
        assert_eq!(charge.status(), Status::Reversed);
    }
    assert_eq!(charge.next_wakeup(), None);
}

#[test]
fn reversed_a_lost_charge_that_arrives_after_all_is_reversed_again() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Done), at(45));
    charge.handle(Event::Queried(QueryAnswer::NotExist), at(45));
    charge.handle(Event::Wakeup, at(105));
    let commands = charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(105));
    assert!(commits_first(&commands));
    assert_eq!(sent(&commands), Some(&Call::Reverse));
}

#[test]
fn a_reverse_that_waits_for_its_15_seconds_is_not_hurried_by_a_question() {
    let mut charge = waiting();
    charge.handle(Event::Wakeup, at(6));
    charge.handle(Event::Queried(QueryAnswer::PayError), at(6));
    charge.handle(Event::Query, at(8));
    let commands = charge.handle(Event::Queried(QueryAnswer::PayError), at(8));
    assert_eq!((sent(&commands), charge.next_wakeup()), (None, Some(at(13))));
    charge.handle(Event::Wakeup, at(13));
    charge.handle(Event::Queried(QueryAnswer::PayError), at(13));
    charge.handle(Event::Wakeup, at(15));
    let commands = charge.handle(Event::Queried(QueryAnswer::PayError), at(15));
    assert_eq!(sent(&commands), Some(&Call::Reverse));
}

#[test]
fn a_restart_trusts_no_clock_across_it() {
    for restart in [at(5), at(100_000)] {
        let mut charge = waiting();
        charge.handle(Event::Resume, restart);
        charge.handle(Event::Queried(QueryAnswer::PayError), restart);
        let mut now = charge.next_wakeup().expect("it waits");
        assert!(now <= restart.plus(REVERSE_FROM));
        loop {
            charge.handle(Event::Wakeup, now);
            let commands = charge.handle(Event::Queried(QueryAnswer::PayError), now);
            if sent(&commands) == Some(&Call::Reverse) {
                break;
            }
            now = charge.next_wakeup().expect("it goes on");
        }
        assert_eq!(now, restart.plus(REVERSE_FROM), "neither before 15 s of this process nor a day later");
    }
}

#[test]
fn what_the_gateway_ended_is_not_asked_for_again_after_a_restart() {
    let mut charge = waiting();
    charge.handle(Event::Wakeup, at(6));
    charge.handle(Event::Queried(QueryAnswer::Revoked), at(6));
    assert_eq!(charge.handle(Event::Resume, at(8)), []);
}

#[test]
fn a_restart_asks_before_anything_else() {
    let mut confirming = paying();
    confirming.handle(Event::Charged(ChargeAnswer::Refused(refusal(Reason::NotEnough))), at(1));
    let mut reversed = reversing();
    reversed.handle(Event::Reversed(ReverseAnswer::Done), at(46));
    reversed.handle(Event::Queried(QueryAnswer::NotExist), at(46));
    for mut charge in [paying(), waiting(), confirming, reversing(), reversed] {
        let stored = serde_json::to_string(&charge).unwrap();
        charge = serde_json::from_str(&stored).unwrap();
        assert_eq!(sent(&charge.handle(Event::Resume, at(100))), Some(&Call::Query), "{stored}");
    }
}

#[test]
fn an_answer_that_nobody_asked_for_changes_nothing() {
    let mut reversed = reversing();
    reversed.handle(Event::Reversed(ReverseAnswer::Done), at(46));
    reversed.handle(Event::Queried(QueryAnswer::NotExist), at(46));
    let mut paused = reversing();
    paused.handle(Event::Reversed(ReverseAnswer::Again), at(46));
    for charge in [waiting(), paused, reversed] {
        for answer in [QueryAnswer::Paid(receipt()), QueryAnswer::Revoked, QueryAnswer::Unpaid] {
            let mut after = charge.clone();
            assert_eq!(after.handle(Event::Queried(answer), at(60)), []);
            assert_eq!(after, charge);
        }
    }
}

#[test]
fn what_is_final_stays_final() {
    let mut paid = paying();
    paid.handle(Event::Charged(ChargeAnswer::Paid(receipt())), at(1));
    let mut offline = paying();
    offline.handle(Event::Charged(ChargeAnswer::NotSent(NotSent::Offline)), at(1));
    for charge in [paid, offline] {
        for event in [
            Event::Charged(ChargeAnswer::Refused(refusal(Reason::NotEnough))),
            Event::Queried(QueryAnswer::Revoked),
            Event::Queried(QueryAnswer::Paid(receipt())),
            Event::Reversed(ReverseAnswer::Done),
            Event::Wakeup,
            Event::Query,
            Event::Cancel,
            Event::Resume,
            Event::Charged(ChargeAnswer::Paid(receipt())),
        ] {
            let mut after = charge.clone();
            assert_eq!(after.handle(event, at(60)), []);
            assert_eq!(after, charge);
        }
    }
}

/// As it stands in a backup that was made while the charge waited, or was about to be declined.
fn restored(mut charge: Micropay) -> Micropay {
    charge.restored();
    let stored = serde_json::to_string(&charge).unwrap();
    let mut charge: Micropay = serde_json::from_str(&stored).unwrap();
    assert_eq!(sent(&charge.handle(Event::Resume, at(86_400))), Some(&Call::Query), "it asks before anything else");
    charge
}

fn silence() -> [QueryAnswer; 2] {
    [QueryAnswer::Unknown(Doubt::NoAnswer), QueryAnswer::NotSent(NotSent::Offline)]
}

/// A charge that was refused, before the one question about that.
fn confirming() -> Micropay {
    let mut charge = paying();
    charge.handle(Event::Charged(ChargeAnswer::Refused(refusal(Reason::NotEnough))), at(1));
    charge
}

#[test]
fn a_restored_charge_is_never_reversed_or_declined_on_silence() {
    for answer in silence() {
        for mut charge in [restored(waiting()), restored(paying()), restored(confirming())] {
            let mut now = at(86_400);
            for _ in 0..20 {
                assert_eq!(sent(&charge.handle(Event::Queried(answer.clone()), now)), None);
                assert_eq!(charge.outcome(), Outcome::Open);
                now = charge.next_wakeup().expect("it asks again");
                assert_eq!(sent(&charge.handle(Event::Wakeup, now)), Some(&Call::Query));
            }
            // The cashier's cancel waits for an answer too.
            charge.handle(Event::Queried(answer.clone()), now);
            assert_eq!(sent(&charge.handle(Event::Cancel, now)), Some(&Call::Query));
            assert_eq!(sent(&charge.handle(Event::Queried(answer.clone()), now)), None);
            let due = charge.next_wakeup().expect("it asks again");
            charge.handle(Event::Wakeup, due);
            charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), due);
            assert_eq!(charge.outcome(), Outcome::Paid(receipt()));
        }
    }
}

#[test]
fn a_restored_charge_that_is_answered_goes_on_by_the_rules() {
    let mut charge = restored(waiting());
    charge.handle(Event::Queried(QueryAnswer::Paying), at(86_400));
    let commands = run_out(&mut charge, &QueryAnswer::Unknown(Doubt::NoAnswer));
    assert_eq!(sent(&commands), Some(&Call::Reverse), "it was not paid when the gateway was asked");
}

/// One that ended at 50 s: declined, not sent, reversed and asked after for the last time.
fn ended_unpaid() -> [Micropay; 3] {
    let mut declined = confirming();
    declined.handle(Event::Queried(QueryAnswer::NotExist), at(2));
    let mut not_sent = paying();
    not_sent.handle(Event::Charged(ChargeAnswer::NotSent(NotSent::Offline)), at(1));
    let mut reversed = waiting();
    reversed.handle(Event::Wakeup, at(6));
    reversed.handle(Event::Queried(QueryAnswer::Revoked), at(6));
    let ended = [declined, not_sent, reversed];
    assert!(ended.iter().all(|charge| charge.has_nothing_to_do() && charge.outcome() != Outcome::Open));
    ended
}

#[test]
fn a_report_of_a_payment_has_an_open_charge_asked_about() {
    let mut charge = waiting();
    assert_eq!(sent(&charge.handle(Event::Reported, at(3))), Some(&Call::Query));
    assert_eq!(charge.handle(Event::Reported, at(3)), [], "it is being asked about");
    assert_eq!(paying().handle(Event::Reported, at(3)), [], "the answer is on its way");
}

#[test]
fn a_report_of_a_payment_that_was_told_as_unpaid_is_asked_about_and_goes_back() {
    for mut charge in ended_unpaid() {
        let commands = charge.handle(Event::Reported, at(600));
        assert!(commits_first(&commands), "a crash must not forget the report");
        assert_eq!(sent(&commands), Some(&Call::Query), "a report is not the proof");
        assert!(!charge.has_nothing_to_do());
        assert_eq!(charge.handle(Event::Reported, at(600)), [], "it is being asked about");
        let reversed = charge.outcome() == Outcome::Reversed;
        let commands = charge.handle(Event::Queried(QueryAnswer::Paid(receipt())), at(601));
        if reversed {
            assert_eq!(sent(&commands), Some(&Call::Reverse));
        } else {
            assert_eq!(charge.outcome(), Outcome::PaidLate(receipt()));
            assert_eq!(commands, [Command::Commit, Command::Show]);
        }
    }
}

#[test]
fn no_answer_of_before_a_sleep_decides_a_reverse() {
    for answer in not_final().into_iter().chain([QueryAnswer::PayError]) {
        let mut charge = waiting();
        assert_eq!(sent(&charge.handle(Event::Wakeup, at(40))), Some(&Call::Query));
        // The machine slept, and the customer may have paid meanwhile.
        let commands = charge.handle(Event::Queried(answer.clone()), at(3600));
        assert_eq!(sent(&commands), Some(&Call::Query), "{answer:?}");
        assert_eq!(charge.state_name(), "waiting");
        let commands = charge.handle(Event::Queried(answer), at(3601));
        assert_eq!(sent(&commands), Some(&Call::Reverse));
    }
    // One that is only slow decides as any does.
    let mut charge = waiting();
    charge.handle(Event::Wakeup, at(40));
    let commands = charge.handle(Event::Queried(QueryAnswer::Unpaid), at(60));
    assert_eq!(sent(&commands), Some(&Call::Reverse));
}

#[test]
fn a_payment_that_is_there_after_a_signed_reverse_is_reversed_again_soon_however_long_it_takes() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Done), at(46));
    let mut now = at(46);
    // The line was bad for twenty minutes, so that a question goes out every five.
    while now < at(1_200) {
        charge.handle(Event::Queried(QueryAnswer::NotSent(NotSent::Offline)), now);
        now = charge.next_wakeup().expect("it asks again");
        assert_eq!(sent(&charge.handle(Event::Wakeup, now)), Some(&Call::Query));
    }
    for answer in [QueryAnswer::Paid(receipt()), QueryAnswer::Paying, QueryAnswer::Unpaid] {
        let mut charge = charge.clone();
        assert_eq!(sent(&charge.handle(Event::Queried(answer.clone()), now)), None);
        let soon = now.plus(Duration::from_secs(5));
        assert_eq!(charge.next_wakeup(), Some(soon));
        charge.handle(Event::Wakeup, soon);
        assert_eq!(sent(&charge.handle(Event::Queried(answer), soon)), Some(&Call::Reverse));
    }
}

#[test]
fn a_reversal_goes_on_quickly_after_a_sleep() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Unknown(Doubt::NoAnswer)), at(60));
    // Four hours later: the time that the machine slept is none that somebody has waited and tried.
    let mut now = at(14_400);
    for pause in [1, 2, 4, 5, 5] {
        assert_eq!(sent(&charge.handle(Event::Wakeup, now)), Some(&Call::Query));
        charge.handle(Event::Queried(QueryAnswer::NotSent(NotSent::Offline)), now);
        assert_eq!(charge.next_wakeup(), Some(now.plus(Duration::from_secs(pause))));
        now = now.plus(Duration::from_secs(pause));
    }
    // A minute late is only busy.
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Unknown(Doubt::NoAnswer)), at(60));
    charge.handle(Event::Wakeup, at(121));
    charge.handle(Event::Queried(QueryAnswer::NotSent(NotSent::Offline)), at(121));
    assert_eq!(charge.next_wakeup(), Some(at(151)));
}

#[test]
fn a_report_that_the_gateway_does_not_bear_out_changes_nothing() {
    for before in ended_unpaid() {
        for answer in silence().into_iter().chain([QueryAnswer::Unpaid, QueryAnswer::NotExist, QueryAnswer::Revoked]) {
            let mut charge = before.clone();
            charge.handle(Event::Reported, at(600));
            let commands = charge.handle(Event::Queried(answer.clone()), at(600));
            assert_eq!(charge.outcome(), before.outcome());
            if silence().contains(&answer) {
                assert_eq!(charge.next_wakeup(), Some(at(660)));
                assert_eq!(sent(&charge.handle(Event::Wakeup, at(660))), Some(&Call::Query));
            } else {
                assert_eq!(commands, [Command::Commit]);
                assert_eq!((charge.has_nothing_to_do(), charge.state_name()), (true, before.state_name()));
            }
        }
    }
}

#[test]
fn a_report_that_stands_in_the_book_is_asked_about_by_whoever_takes_it_up() {
    for mut charge in ended_unpaid() {
        assert_eq!(charge.handle(Event::Resume, at(600)), [], "nothing was reported");
        charge.reported(at(600));
        let stored = serde_json::to_string(&charge).unwrap();
        let mut charge: Micropay = serde_json::from_str(&stored).unwrap();
        assert!(!charge.has_nothing_to_do());
        assert_eq!(sent(&charge.handle(Event::Resume, at(700))), Some(&Call::Query));
        // Once more, while the answer is awaited.
        assert_eq!(sent(&charge.handle(Event::Resume, at(701))), Some(&Call::Query));
    }
    let mut open = waiting();
    open.reported(at(3));
    assert_eq!(open, waiting(), "one that is open is asked about anyway");
}

#[test]
fn late_questions_count_from_the_restart() {
    let mut charge = reversing();
    charge.handle(Event::Reversed(ReverseAnswer::Done), at(46));
    charge.handle(Event::Queried(QueryAnswer::NotExist), at(46));
    // A clock that was set a day ahead says that all of them are over; the charge is still on its way.
    let restart = at(86_400);
    assert_eq!(sent(&charge.handle(Event::Resume, restart)), Some(&Call::Query));
    charge.handle(Event::Queried(QueryAnswer::NotExist), restart);
    for pause in [60, 300, 1800] {
        assert_eq!(charge.next_wakeup(), Some(at(86_400 + pause)));
        charge.handle(Event::Wakeup, at(86_400 + pause));
        charge.handle(Event::Queried(QueryAnswer::NotExist), at(86_400 + pause));
    }
    assert!(charge.has_nothing_to_do());
}
