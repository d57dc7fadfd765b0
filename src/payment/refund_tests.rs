//! One test a row of the table in `refund.rs`, and seeded walks against a gateway that keeps the truth.

use super::super::RefundFault;
use super::super::fixtures::*;
use super::*;
use crate::money::Fen;
use crate::number::OutRefundNo;

fn request() -> RefundRequest {
    let order = order(1);
    RefundRequest {
        out_refund_no: OutRefundNo::make(at(0), 1, 1),
        out_trade_no: order.out_trade_no,
        total_fee: order.total_fee,
        refund_fee: Fen::new(250).unwrap(),
        reason: "商品退回".to_owned(),
    }
}

fn id() -> RefundId {
    RefundId::parse("50000000002026112200000000001").unwrap()
}

fn arrived() -> RefundReceipt {
    RefundReceipt { refund_id: id(), account: "支付用户零钱".to_owned(), arrived_at: Some(at(90)) }
}

fn no(fault: RefundFault) -> RefundRefusal {
    RefundRefusal { fault, code: format!("{fault:?}"), text: String::new() }
}

fn queued() -> Refund {
    Refund::new(request(), at(0))
}

fn sending() -> Refund {
    let mut refund = queued();
    refund.handle(Event::Turn, at(0));
    refund
}

fn after(answer: RefundAnswer) -> Refund {
    let mut refund = sending();
    refund.handle(Event::Answered(answer), at(1));
    refund
}

fn unclear() -> Refund {
    after(RefundAnswer::Unknown(busy()))
}

fn accepted() -> Refund {
    after(RefundAnswer::Accepted(id()))
}

fn confirming() -> Refund {
    after(RefundAnswer::Refused(no(RefundFault::TooOld)))
}

fn asking() -> Refund {
    let mut refund = unclear();
    assert_eq!(refund.handle(Event::Resume, at(5)), [Command::Query, Command::Show]);
    refund
}

#[test]
fn it_waits_for_its_turn_and_is_committed_before_it_is_sent() {
    let mut refund = queued();
    assert_eq!((refund.wants(), refund.next_wakeup()), (Wants::Turn, Some(at(0))));
    assert_eq!(refund.handle(Event::Wakeup, at(0)), []);
    assert_eq!(refund.handle(Event::Turn, at(0)), [Command::Commit, Command::Send, Command::Show]);
    assert_eq!(refund.view().status, RefundStatus::Sending);
    assert_eq!(refund.wants(), Wants::Nothing);
    assert_eq!(refund.handle(Event::Turn, at(0)), [], "one call at a time");
}

#[test]
fn accepted_is_written_and_asked_after_slower_and_slower() {
    let mut refund = sending();
    let commands = refund.handle(Event::Answered(RefundAnswer::Accepted(id())), at(1));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(refund.view().status, RefundStatus::Accepted(id()));
    let mut now = at(1);
    for minutes in [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360] {
        let due = now.plus(Duration::from_secs(minutes * 60));
        assert_eq!((refund.wants(), refund.next_wakeup()), (Wants::Query, Some(due)));
        assert_eq!(refund.handle(Event::Wakeup, due), [Command::Query, Command::Show]);
        assert_eq!(refund.handle(Event::Queried(RefundQueryAnswer::Processing(id())), due), [Command::Show]);
        now = due;
    }
}

#[test]
fn an_unclear_answer_repeats_the_same_in_a_while() {
    let mut refund = sending();
    let mut now = at(0);
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        refund.handle(Event::Answered(RefundAnswer::Unknown(Doubt::NoAnswer)), now);
        let due = now.plus(Duration::from_secs(pause));
        assert_eq!((refund.wants(), refund.next_wakeup()), (Wants::Turn, Some(due)));
        assert_eq!(refund.state_name(), "repeating");
        assert_eq!(refund.handle(Event::Turn, due)[..2], [Command::Commit, Command::Send]);
        assert_eq!(*refund.request(), request(), "the same number, the same parameters");
        now = due;
    }
}

#[test]
fn what_never_left_is_queued_as_before() {
    let mut refund = after(RefundAnswer::NotSent(NotSent::Offline));
    assert_eq!((refund.state_name(), refund.next_wakeup()), ("queued", Some(at(2))));
    let trouble = Some(RefundTrouble::NotSent(NotSent::Offline));
    assert_eq!(refund.view().status, RefundStatus::Queued { trouble, next_at: Some(at(2)) });
    refund.handle(Event::Turn, at(2));
    refund.handle(Event::Answered(RefundAnswer::Unknown(busy())), at(3));
    refund.handle(Event::Turn, at(6));
    refund.handle(Event::Answered(RefundAnswer::NotSent(NotSent::Offline)), at(7));
    assert_eq!(refund.state_name(), "repeating", "the send before may have arrived");
}

#[test]
fn a_short_balance_is_said_and_looked_at_again() {
    let mut refund = sending();
    let mut now = at(0);
    for minutes in [1, 2, 4, 4] {
        refund.handle(Event::Answered(RefundAnswer::NotEnough), now);
        let due = now.plus(Duration::from_secs(60 * minutes));
        let trouble = Some(RefundTrouble::NotEnough);
        assert_eq!(refund.view().status, RefundStatus::Queued { trouble, next_at: Some(due) });
        refund.handle(Event::Turn, due);
        now = due;
    }
}

#[test]
fn too_many_calls_are_followed_by_a_minute_of_silence() {
    let refund = after(RefundAnswer::TooOften { code: "FREQUENCY_LIMITED".to_owned() });
    assert_eq!((refund.wants(), refund.next_wakeup()), (Wants::Turn, Some(at(61))));
}

#[test]
fn a_signed_no_is_final_only_when_the_gateway_has_no_such_refund() {
    let mut refund = sending();
    let refusal = no(RefundFault::TooOld);
    let commands = refund.handle(Event::Answered(RefundAnswer::Refused(refusal.clone())), at(1));
    assert_eq!(commands, [Command::Query, Command::Show]);
    assert_eq!(refund.standing(), Standing::Open, "it counts against the order until it is certain");
    let commands = refund.handle(Event::Queried(RefundQueryAnswer::NotExist), at(2));
    assert_eq!(commands, [Command::Commit, Command::Show]);
    assert_eq!(refund.view().status, RefundStatus::Refused(refusal));
    assert_eq!(refund.standing(), Standing::Void);
}

#[test]
fn a_signed_no_after_an_unclear_send_waits_until_that_can_not_arrive_any_more() {
    let mut refund = unclear();
    refund.handle(Event::Turn, at(2));
    refund.handle(Event::Answered(RefundAnswer::Refused(no(RefundFault::BadRequest))), at(3));
    refund.handle(Event::Queried(RefundQueryAnswer::NotExist), at(4));
    assert_eq!((refund.standing(), refund.next_wakeup()), (Standing::Open, Some(at(61))));
    refund.handle(Event::Wakeup, at(61));
    refund.handle(Event::Queried(RefundQueryAnswer::NotExist), at(61));
    assert_eq!(refund.standing(), Standing::Void);
}

#[test]
fn a_no_that_contradicts_the_truth_is_no_no() {
    let mut refund = confirming();
    refund.handle(Event::Queried(RefundQueryAnswer::Processing(id())), at(2));
    assert_eq!(refund.view().status, RefundStatus::Accepted(id()));
}

#[test]
fn a_question_without_an_answer_is_asked_again() {
    for mut refund in [confirming(), asking()] {
        refund.handle(Event::Queried(RefundQueryAnswer::Unknown(Doubt::NoAnswer)), at(10));
        assert_eq!((refund.wants(), refund.standing()), (Wants::Query, Standing::Open));
        assert!(refund.next_wakeup().unwrap() <= at(70));
        assert_eq!(refund.handle(Event::Wakeup, at(70)), [Command::Query, Command::Show]);
    }
}

#[test]
fn what_a_dead_process_sent_is_asked_after_first() {
    let mut sent = sending();
    assert_eq!(sent.handle(Event::Resume, at(9)), [Command::Query, Command::Show]);
    let mut refund = asking();
    refund.handle(Event::Queried(RefundQueryAnswer::NotExist), at(6));
    assert_eq!((refund.wants(), refund.next_wakeup()), (Wants::Turn, Some(at(6))));
    assert_eq!(*refund.request(), request());
}

#[test]
fn what_was_never_sent_goes_on_waiting_after_a_restart() {
    let mut refund = queued();
    assert_eq!(refund.handle(Event::Resume, at(9)), [Command::Show]);
    assert_eq!((refund.wants(), refund.next_wakeup()), (Wants::Turn, Some(at(9))));
}

#[test]
fn a_restored_book_is_asked_before_it_is_believed() {
    for mut refund in [queued(), unclear()] {
        assert_eq!(refund.handle(Event::LookFirst, at(9)), [Command::Query, Command::Show]);
        refund.handle(Event::Queried(RefundQueryAnswer::Arrived(arrived())), at(10));
        assert_eq!(refund.standing(), Standing::Arrived);
    }
}

#[test]
fn an_accepted_refund_ends_as_the_gateway_says() {
    type Row = (RefundQueryAnswer, RefundStatus, Standing);
    let rows: [Row; 3] = [
        (RefundQueryAnswer::Arrived(arrived()), RefundStatus::Arrived(arrived()), Standing::Arrived),
        (RefundQueryAnswer::Bounced(id()), RefundStatus::Bounced(id()), Standing::Bounced),
        (RefundQueryAnswer::Closed(id()), RefundStatus::Closed(id()), Standing::Void),
    ];
    for (answer, status, standing) in rows {
        for mut refund in [accepted(), asking(), confirming()] {
            refund.handle(Event::Query, at(60));
            let commands = refund.handle(Event::Queried(answer.clone()), at(60));
            assert_eq!(commands, [Command::Commit, Command::Show]);
            assert_eq!((refund.view().status, refund.standing()), (status.clone(), standing));
            assert!(refund.is_over());
        }
    }
}

#[test]
fn an_accepted_refund_stays_accepted_whatever_a_question_comes_to() {
    for answer in [
        RefundQueryAnswer::NotExist,
        RefundQueryAnswer::Unknown(Doubt::NoAnswer),
        RefundQueryAnswer::NotSent(NotSent::Offline),
    ] {
        let mut refund = accepted();
        refund.handle(Event::Wakeup, at(61));
        refund.handle(Event::Queried(answer), at(62));
        assert_eq!((refund.standing(), refund.wants()), (Standing::Accepted, Wants::Query));
    }
}

#[test]
fn a_person_stops_at_once_what_was_never_sent() {
    let mut refund = queued();
    assert_eq!(refund.handle(Event::Stop, at(1)), [Command::Commit, Command::Show]);
    assert_eq!((refund.view().status, refund.standing()), (RefundStatus::Stopped, Standing::Void));
}

#[test]
fn what_may_have_been_taken_is_stopped_only_if_it_was_not() {
    let mut refund = after(RefundAnswer::NotEnough);
    assert_eq!(refund.handle(Event::Stop, at(2)), [Command::Query, Command::Show]);
    refund.handle(Event::Queried(RefundQueryAnswer::NotExist), at(3));
    assert_eq!(refund.view().status, RefundStatus::Stopped);

    let mut refund = sending();
    assert_eq!(refund.handle(Event::Stop, at(1)), []);
    refund.handle(Event::Answered(RefundAnswer::Accepted(id())), at(2));
    assert_eq!(refund.standing(), Standing::Accepted, "taken before it could be stopped");

    let mut refund = sending();
    refund.handle(Event::Stop, at(1));
    let commands = refund.handle(Event::Answered(RefundAnswer::Unknown(busy())), at(2));
    assert_eq!(commands, [Command::Query, Command::Show]);
}

#[test]
fn a_person_tries_again_at_once() {
    let mut refund = after(RefundAnswer::NotEnough);
    refund.handle(Event::Query, at(5));
    assert_eq!((refund.wants(), refund.next_wakeup()), (Wants::Turn, Some(at(5))));
}

#[test]
fn what_is_final_stays() {
    let ends =
        [RefundQueryAnswer::Arrived(arrived()), RefundQueryAnswer::Bounced(id()), RefundQueryAnswer::Closed(id())];
    for end in ends {
        let mut refund = accepted();
        refund.handle(Event::Wakeup, at(61));
        refund.handle(Event::Queried(end), at(62));
        let ended = refund.clone();
        for event in [
            Event::Turn,
            Event::Answered(RefundAnswer::Accepted(id())),
            Event::Queried(RefundQueryAnswer::NotExist),
            Event::Wakeup,
            Event::Query,
            Event::Stop,
            Event::Resume,
            Event::LookFirst,
        ] {
            assert_eq!(refund.handle(event, at(99)), []);
            assert_eq!(refund, ended);
        }
    }
}

#[test]
fn answers_to_nobodys_question_change_nothing() {
    for refund in [queued(), unclear(), accepted()] {
        let mut heard = refund.clone();
        heard.handle(Event::Queried(RefundQueryAnswer::Closed(id())), at(9));
        heard.handle(Event::Answered(RefundAnswer::Refused(no(RefundFault::TooOld))), at(9));
        assert_eq!(heard, refund);
    }
}

// Walks ------------------------------------------------------------------------------------------

/// Numerical Recipes' 64-bit generator, so that a failing seed fails again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// The gateway's truth about one number.
#[derive(Default)]
struct Truth {
    taken_at: Option<Timestamp>,
    /// Requests that arrive late, within the minute that a request may take.
    late: Vec<Timestamp>,
    ended: Option<u64>,
}

impl Truth {
    fn take(&mut self, now: Timestamp) {
        self.taken_at = self.taken_at.or(Some(now));
    }

    fn arrive(&mut self, now: Timestamp) {
        let due = self.late.iter().filter(|at| **at <= now).min().copied();
        self.late.retain(|at| *at > now);
        if let Some(at) = due {
            self.take(at);
        }
    }

    fn answer(&mut self, dice: &mut Dice, now: Timestamp) -> RefundAnswer {
        match dice.below(9) {
            0 => {
                self.late.push(now.plus(Duration::from_secs(dice.below(55))));
                RefundAnswer::Unknown(Doubt::NoAnswer)
            }
            1 => {
                self.take(now);
                RefundAnswer::Unknown(busy())
            }
            2 => RefundAnswer::Unknown(busy()),
            3 => RefundAnswer::NotSent(NotSent::Offline),
            4 => RefundAnswer::Refused(no(RefundFault::BadRequest)),
            5 if self.taken_at.is_none() => RefundAnswer::NotEnough,
            6 if self.taken_at.is_none() => RefundAnswer::TooOften { code: "FREQUENCY_LIMITED".to_owned() },
            _ => {
                self.take(now);
                RefundAnswer::Accepted(id())
            }
        }
    }

    fn tell(&mut self, dice: &mut Dice) -> RefundQueryAnswer {
        match (self.taken_at, dice.below(4)) {
            (_, 0) => RefundQueryAnswer::Unknown(Doubt::NoAnswer),
            (None, _) => RefundQueryAnswer::NotExist,
            (Some(_), roll) if roll > 1 && self.ended.is_none() => RefundQueryAnswer::Processing(id()),
            (Some(_), _) => match *self.ended.get_or_insert_with(|| dice.below(3)) {
                0 => RefundQueryAnswer::Arrived(arrived()),
                1 => RefundQueryAnswer::Bounced(id()),
                _ => RefundQueryAnswer::Closed(id()),
            },
        }
    }
}

/// Walks one refund, with restarts from what was committed, until it ends.
fn walk(seed: u64) -> (Refund, Truth) {
    let mut dice = Dice(seed);
    let mut truth = Truth::default();
    let mut refund = queued();
    let mut book = serde_json::to_string(&refund).unwrap();
    let mut now = at(0);
    for _ in 0..400 {
        if refund.is_over() {
            break;
        }
        let event = match (refund.wants(), dice.below(20)) {
            (_, 0) => Event::Stop,
            (_, 1) => Event::Query,
            (_, 2) => {
                refund = serde_json::from_str(&book).unwrap();
                // The send that is under way may still arrive.
                if refund.state_name() == "sending" {
                    truth.late.push(now.plus(Duration::from_secs(dice.below(55))));
                }
                if dice.below(2) == 0 { Event::Resume } else { Event::LookFirst }
            }
            (Wants::Nothing, _) if refund.state_name() == "sending" => Event::Answered(truth.answer(&mut dice, now)),
            (Wants::Nothing, _) => Event::Queried(truth.tell(&mut dice)),
            (wants, _) => {
                now = now.max(refund.next_wakeup().unwrap());
                truth.arrive(now);
                if wants == Wants::Turn { Event::Turn } else { Event::Wakeup }
            }
        };
        let commands = refund.handle(event, now);
        let sends = commands.iter().position(|command| *command == Command::Send);
        let commits = commands.iter().position(|command| *command == Command::Commit);
        assert!(sends.is_none() || commits < sends, "seed {seed}: sent before it was written");
        assert_eq!(*refund.request(), request(), "seed {seed}: another request");
        if commits.is_some() || dice.below(2) == 0 {
            book = serde_json::to_string(&refund).unwrap();
        }
        now = now.plus(Duration::from_millis(dice.below(1500)));
        truth.arrive(now);
    }
    (refund, truth)
}

#[test]
fn walks_end_with_what_the_gateway_did() {
    let mut ends = std::collections::BTreeMap::new();
    for seed in 0..4_000 {
        let (refund, mut truth) = walk(seed);
        assert!(refund.is_over(), "seed {seed}: no end in state {}", refund.state_name());
        // Whatever is under way arrives in the end.
        truth.arrive(at(u64::MAX / 2000));
        let takes_effect = truth.taken_at.is_some() && truth.ended != Some(2);
        let in_the_book = matches!(refund.standing(), Standing::Arrived | Standing::Bounced);
        assert_eq!(in_the_book, takes_effect, "seed {seed}: {}", refund.state_name());
        *ends.entry(refund.state_name()).or_insert(0) += 1;
    }
    for end in ["arrived", "bounced", "closed", "failed", "stopped"] {
        assert!(ends.contains_key(end), "no walk ended {end}: {ends:?}");
    }
}
