//! "One sale, one winner": a QR order and a scanned charge beside each other.

use super::super::fixtures::*;
use super::super::{Call, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, NotSent, QueryAnswer, Reason, ReverseAnswer};
use super::*;

const QR: u32 = 1;
const CODE: u32 = 2;

fn number(entropy: u32) -> OutTradeNo {
    order(entropy).out_trade_no
}

fn picture() -> Answer {
    Answer::Created(CreateAnswer::Picture("weixin://wxpay/bizpayurl?pr=1".to_owned()))
}

fn queried(answer: QueryAnswer) -> Answer {
    Answer::Queried(answer)
}

fn closed(answer: CloseAnswer) -> Answer {
    Answer::Closed(answer)
}

fn sale_id() -> SaleId {
    SaleId::new(7)
}

/// A sale whose QR is up since `at(0)`.
fn shown() -> Sale {
    let (mut sale, _) = Sale::by_qr(sale_id(), "外带".to_owned(), order(QR), 100);
    answer(&mut sale, QR, picture(), 0);
    sale
}

fn answer(sale: &mut Sale, entropy: u32, answer: Answer, seconds: u64) -> Vec<Step> {
    sale.handle(Event::Answered(number(entropy), answer), at(seconds))
}

fn scan(sale: &mut Sale, seconds: u64) -> Vec<Step> {
    sale.handle(Event::Scan(code(), order(CODE)), at(seconds))
}

/// The calls among `steps`, with the attempt each is about.
fn calls(steps: &[Step]) -> Vec<(OutTradeNo, Call)> {
    let call = |step: &Step| match &step.1 {
        Command::Send(call) => Some((step.0.clone(), call.clone())),
        Command::Commit | Command::Show => None,
    };
    steps.iter().filter_map(call).collect()
}

/// The charge, which must be committed right before it is sent, and after what the QR order commits.
fn assert_charges(steps: &[Step]) {
    assert_eq!(calls(steps), [(number(CODE), Call::Charge(code()))]);
    let sent = steps.iter().position(|step| step.1 == Command::Send(Call::Charge(code()))).unwrap();
    let own = steps.iter().position(|step| *step == (number(CODE), Command::Commit)).unwrap();
    let other = steps.iter().position(|step| *step == (number(QR), Command::Commit)).unwrap();
    assert!(other < own && own < sent, "{steps:?}");
}

/// A scan at 10 s that went through by killing the picture; the charge is on its way.
fn charged_over_a_dead_picture() -> Sale {
    let mut sale = shown();
    scan(&mut sale, 10);
    answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 10);
    answer(&mut sale, QR, closed(CloseAnswer::TooEarly), 10);
    answer(&mut sale, QR, picture(), 10);
    let steps = answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 10);
    assert_charges(&steps);
    sale
}

/// Takes the QR order that waits for its close at 301 s to "paid after all".
fn pay_the_loser(sale: &mut Sale) -> Vec<Step> {
    let steps = sale.handle(Event::Wakeup, at(301));
    assert!(calls(&steps).contains(&(number(QR), Call::Query)), "{steps:?}");
    answer(sale, QR, queried(QueryAnswer::Paid(receipt())), 301)
}

// Beginning --------------------------------------------------------------------------------------

#[test]
fn a_qr_sale_is_committed_before_it_is_created() {
    let (sale, steps) = Sale::by_qr(sale_id(), "外带".to_owned(), order(QR), 2);
    assert_eq!(steps[0], (number(QR), Command::Commit));
    assert_eq!(calls(&steps), [(number(QR), Call::Create)]);
    let view = sale.view();
    assert_eq!((view.id, view.amount, view.note.as_str()), (sale_id(), order(QR).total_fee, "外带"));
    assert_eq!((view.out_trade_no, view.notice), (number(QR), None));
}

#[test]
fn a_scanned_sale_is_committed_before_it_is_charged() {
    let (sale, steps) = Sale::by_code(sale_id(), String::new(), order(CODE), code(), at(0));
    assert_eq!(steps[0], (number(CODE), Command::Commit));
    assert_eq!(calls(&steps), [(number(CODE), Call::Charge(code()))]);
    assert_eq!(sale.view().status, Status::Sending { since: at(0) });
    assert_eq!(sale.attempt(&number(CODE)).unwrap().method(), "micropay");
    assert_eq!(sale.attempt(&number(QR)), None);
}

// A scan while the QR is up ----------------------------------------------------------------------

#[test]
fn a_scan_hides_the_picture_at_once() {
    let mut sale = shown();
    assert_eq!(calls(&scan(&mut sale, 1)), [(number(QR), Call::Query)]);
    assert!(matches!(sale.view().status, Status::GivingWay { .. }));
    let mut polling = shown();
    polling.handle(Event::Wakeup, at(2));
    assert_eq!(calls(&scan(&mut polling, 2)), [], "one call at a time");
    assert!(matches!(polling.view().status, Status::GivingWay { .. }));
}

#[test]
fn a_scan_is_charged_after_the_order_is_closed_and_committed() {
    let mut sale = shown();
    scan(&mut sale, 310);
    assert_eq!(calls(&answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 310)), [(number(QR), Call::Close)]);
    assert_charges(&answer(&mut sale, QR, closed(CloseAnswer::Closed), 311));
    assert_eq!(sale.view().status, Status::Sending { since: at(311) }, "the charge counts from when it is sent");
    assert_eq!(sale.view().out_trade_no, number(CODE));
    assert_eq!(sale.attempt(&number(QR)).unwrap().outcome(), Outcome::Closed);
}

#[test]
fn a_scan_is_charged_when_somebody_else_closed_the_order() {
    let mut sale = shown();
    scan(&mut sale, 10);
    assert_charges(&answer(&mut sale, QR, queried(QueryAnswer::Closed), 10));
}

#[test]
fn a_scan_in_the_first_five_minutes_is_charged_when_the_picture_is_dead_and_unpaid() {
    let mut sale = charged_over_a_dead_picture();
    assert_eq!(sale.view().notice, None);
    answer(&mut sale, CODE, Answer::Charged(ChargeAnswer::Paid(receipt())), 11);
    assert_eq!(sale.outcome(), Outcome::Paid(receipt()));
    assert!(!sale.is_over(), "the QR order is watched until it is closed");
    assert_eq!(sale.next_wakeup(), Some(at(301)));
    sale.handle(Event::Wakeup, at(301));
    answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 301);
    answer(&mut sale, QR, closed(CloseAnswer::Closed), 301);
    assert!(sale.is_over());
    assert_eq!((sale.outcome(), sale.view().notice), (Outcome::Paid(receipt()), None));
}

#[test]
fn a_scan_before_the_first_picture_waits_for_the_order() {
    let (mut sale, _) = Sale::by_qr(sale_id(), String::new(), order(QR), 100);
    assert_eq!(calls(&scan(&mut sale, 1)), []);
    assert_eq!(calls(&answer(&mut sale, QR, picture(), 1)), [(number(QR), Call::Query)]);
    assert!(matches!(sale.view().status, Status::GivingWay { .. }), "the picture is not shown");
}

#[test]
fn a_scan_before_an_order_that_never_left_is_charged() {
    let (mut sale, _) = Sale::by_qr(sale_id(), String::new(), order(QR), 100);
    scan(&mut sale, 1);
    let offline = Answer::Created(CreateAnswer::NotSent(NotSent::Offline));
    assert_charges(&answer(&mut sale, QR, offline, 1));
}

/// Answers `path` to the QR order's calls after a scan, and then expects no charge.
fn not_charged(path: Vec<Answer>) -> Sale {
    let mut sale = shown();
    scan(&mut sale, 10);
    for step in path {
        let steps = answer(&mut sale, QR, step, 11);
        assert!(calls(&steps).iter().all(|(about, _)| *about == number(QR)), "{steps:?}");
    }
    assert_eq!(sale.attempt(&number(CODE)), None);
    sale
}

#[test]
fn a_scan_is_not_charged_and_not_mentioned_if_the_qr_was_paid_meanwhile() {
    let paid = || queried(QueryAnswer::Paid(receipt()));
    let unpaid = || queried(QueryAnswer::Unpaid);
    let order_paid = || Answer::Created(CreateAnswer::AlreadyPaid);
    for path in [
        vec![paid()],
        vec![unpaid(), closed(CloseAnswer::AlreadyPaid), paid()],
        vec![unpaid(), closed(CloseAnswer::TooEarly), order_paid(), paid()],
        vec![unpaid(), closed(CloseAnswer::TooEarly), picture(), paid()],
    ] {
        let sale = not_charged(path);
        assert_eq!(sale.outcome(), Outcome::Paid(receipt()));
        assert_eq!(sale.view().notice, None);
        assert!(sale.is_over());
    }
}

#[test]
fn a_scan_is_not_called_untaken_while_the_receipt_is_asked_for() {
    let sale = not_charged(vec![queried(QueryAnswer::Unpaid), closed(CloseAnswer::AlreadyPaid)]);
    assert_eq!(sale.view().notice, None, "\"scan again\" would charge a second time");
    let mut sale = sale;
    assert_eq!(scan(&mut sale, 12), []);
    answer(&mut sale, QR, queried(QueryAnswer::Closed), 12);
    assert_eq!(sale.attempt(&number(CODE)), None);
}

/// Paths on which nothing certain is learnt.
fn uncertain() -> Vec<Vec<Answer>> {
    let unpaid = || queried(QueryAnswer::Unpaid);
    let early = || closed(CloseAnswer::TooEarly);
    let unknown = || queried(QueryAnswer::Unknown(Doubt::NoAnswer));
    let refused = CreateAnswer::Refused(refusal(Reason::TooOften));
    vec![
        vec![unknown()],
        vec![unpaid(), closed(CloseAnswer::Unknown(Doubt::NoAnswer))],
        vec![unpaid(), closed(CloseAnswer::NotSent(NotSent::Offline))],
        vec![unpaid(), early(), Answer::Created(CreateAnswer::Unknown(busy()))],
        vec![unpaid(), early(), Answer::Created(refused)],
        vec![unpaid(), early(), picture(), unknown()],
        vec![unpaid(), early(), picture(), queried(QueryAnswer::Paying)],
        vec![unpaid(), early(), picture(), queried(QueryAnswer::NotExist)],
    ]
}

#[test]
fn a_scan_is_dropped_with_a_word_if_nothing_certain_is_learnt() {
    for path in uncertain() {
        let mut sale = not_charged(path);
        assert_eq!(sale.view().notice, Some(Notice::ScanNotTaken));
        // The next picture, and even the order's close, charge nothing: the code is gone.
        answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 12);
        answer(&mut sale, QR, picture(), 12);
        assert!(matches!(sale.view().status, Status::Showing { .. }));
        sale.handle(Event::Query, at(13));
        assert_eq!(calls(&answer(&mut sale, QR, queried(QueryAnswer::Closed), 13)), []);
    }
}

#[test]
fn a_scan_that_was_not_taken_can_be_scanned_again_or_paid_by_qr() {
    let again = || {
        let mut sale = not_charged(uncertain().remove(0));
        answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 12);
        answer(&mut sale, QR, picture(), 12);
        sale
    };
    let mut sale = again();
    assert_eq!(calls(&scan(&mut sale, 13)), [(number(QR), Call::Query)]);
    assert_eq!(sale.view().notice, None);
    let mut sale = again();
    sale.handle(Event::Query, at(13));
    answer(&mut sale, QR, queried(QueryAnswer::Paid(receipt())), 13);
    assert_eq!(sale.view().status, Status::Paid(receipt()));
    assert_eq!(sale.view().notice, None, "nobody scans again on a green screen");
}

#[test]
fn leaving_while_a_scan_is_held_never_charges_it() {
    let unpaid = || queried(QueryAnswer::Unpaid);
    let early = || closed(CloseAnswer::TooEarly);
    let path = [unpaid(), early(), picture(), unpaid()];
    for left_after in 0..path.len() {
        let mut sale = shown();
        scan(&mut sale, 10);
        for step in &path[..left_after] {
            answer(&mut sale, QR, step.clone(), 10);
        }
        sale.handle(Event::Leave, at(11));
        for step in path[left_after..].iter().cloned().chain([closed(CloseAnswer::Closed)]) {
            let steps = answer(&mut sale, QR, step, 11);
            assert!(calls(&steps).iter().all(|(about, _)| *about == number(QR)), "left after {left_after}");
        }
        assert_eq!(sale.attempt(&number(CODE)), None);
        assert_eq!(sale.view().notice, None);
    }
}

#[test]
fn a_scan_after_leaving_is_not_charged() {
    // The order is being closed, but its picture can still be paid; the sale is no longer wanted anyway.
    let mut sale = shown();
    sale.handle(Event::Leave, at(10));
    scan(&mut sale, 11);
    answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 11);
    assert_eq!(calls(&answer(&mut sale, QR, closed(CloseAnswer::Closed), 11)), []);
    let mut sale = shown();
    sale.handle(Event::Leave, at(10));
    assert_eq!(calls(&scan(&mut sale, 11)), []);
    answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 11);
    assert_eq!(calls(&scan(&mut sale, 11)), []);
    answer(&mut sale, QR, closed(CloseAnswer::TooEarly), 11);
    assert_eq!(calls(&scan(&mut sale, 12)), []);
    sale.handle(Event::Wakeup, at(301));
    answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 301);
    assert_eq!(calls(&answer(&mut sale, QR, closed(CloseAnswer::Closed), 301)), []);
    assert_eq!(sale.outcome(), Outcome::Closed);
}

#[test]
fn a_second_scan_while_one_is_held_or_charged_is_ignored() {
    let second = || Event::Scan(AuthCode::parse("101111111111111111").unwrap(), order(3));
    let mut sale = shown();
    scan(&mut sale, 310);
    assert_eq!(sale.handle(second(), at(310)), []);
    answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 310);
    assert_eq!(sale.handle(second(), at(310)), []);
    assert_charges(&answer(&mut sale, QR, closed(CloseAnswer::Closed), 310));
    assert_eq!(sale.handle(second(), at(311)), []);
    assert_eq!(sale.attempt(&number(3)), None);
}

#[test]
fn a_scan_for_a_sale_without_a_qr_is_ignored() {
    let (mut sale, _) = Sale::by_code(sale_id(), String::new(), order(CODE), code(), at(0));
    assert_eq!(sale.handle(Event::Scan(code(), order(3)), at(1)), []);
}

// The loser --------------------------------------------------------------------------------------

#[test]
fn the_loser_paid_later_is_told_and_the_charge_stays_the_winner() {
    let mut sale = charged_over_a_dead_picture();
    answer(&mut sale, CODE, Answer::Charged(ChargeAnswer::Paid(receipt())), 11);
    pay_the_loser(&mut sale);
    let told = Some(Notice::AlsoPaid { out_trade_no: number(QR), receipt: receipt() });
    assert_eq!(sale.view().notice, told);
    assert_eq!(sale.view().status, Status::Paid(receipt()));
    assert_eq!(sale.attempt(&number(QR)).unwrap().outcome(), Outcome::PaidLate(receipt()));
    assert_eq!(sale.outcome(), Outcome::Paid(receipt()));
    assert!(sale.is_over());
    let attempts = [QR, CODE].map(|n| sale.attempt(&number(n)).unwrap());
    let restored = Sale::restore(sale_id(), String::new(), attempts.to_vec()).unwrap();
    assert_eq!(restored.view().notice, told, "a restart does not forget it");
    assert_eq!(numbers_given_back(&sale), [OutRefundNo::of_order(&number(QR))]);
    assert_eq!(numbers_given_back(&restored), numbers_given_back(&sale));
}

fn numbers_given_back(sale: &Sale) -> Vec<OutRefundNo> {
    sale.gives_back().into_iter().map(|(number, _)| number).collect()
}

#[test]
fn the_number_under_which_the_loser_would_go_back_is_committed_before_the_charge_is_sent() {
    let sale = charged_over_a_dead_picture();
    let Some(Attempt::Native(native)) = sale.attempt(&number(QR)) else { panic!("a QR order") };
    // Its commit stands before the charge's, as `assert_charges` has seen.
    assert!(serde_json::to_string(&native).unwrap().contains(OutRefundNo::of_order(&number(QR)).as_str()));
    assert_eq!(numbers_given_back(&sale), []);
}

#[test]
fn a_payment_after_a_person_left_goes_back_by_itself() {
    let mut sale = shown();
    sale.handle(Event::Leave, at(10));
    answer(&mut sale, QR, queried(QueryAnswer::Paid(receipt())), 11);
    let view = sale.view();
    assert_eq!((view.status, view.notice), (Status::PaidLate(receipt()), Some(Notice::GoesBack)));
    assert_eq!(numbers_given_back(&sale), [OutRefundNo::of_order(&number(QR))]);
}

#[test]
fn a_payment_that_was_known_before_a_person_left_or_came_after_a_crash_stays() {
    let mut known = shown();
    scan(&mut known, 310);
    answer(&mut known, QR, queried(QueryAnswer::Unpaid), 310);
    answer(&mut known, QR, closed(CloseAnswer::AlreadyPaid), 310);
    known.handle(Event::Leave, at(311));
    answer(&mut known, QR, queried(QueryAnswer::Paid(receipt())), 312);
    let mut crashed = restart(&shown());
    crashed.handle(Event::Resume, at(20));
    answer(&mut crashed, QR, queried(QueryAnswer::Paid(receipt())), 21);
    for sale in [known, crashed] {
        assert!(matches!(sale.outcome(), Outcome::Paid(_) | Outcome::PaidLate(_)), "{:?}", sale.outcome());
        assert_eq!((numbers_given_back(&sale), sale.view().notice), (vec![], None));
    }
}

#[test]
fn the_loser_paid_while_the_charge_is_open_is_told_at_once() {
    let mut sale = charged_over_a_dead_picture();
    answer(&mut sale, CODE, Answer::Charged(ChargeAnswer::Paying), 11);
    pay_the_loser(&mut sale);
    assert!(matches!(sale.view().notice, Some(Notice::AlsoPaid { .. })));
    assert_eq!(sale.outcome(), Outcome::Open);
    assert_eq!(numbers_given_back(&sale), [], "the charge may still come to nothing");
}

#[test]
fn the_loser_that_alone_was_paid_is_what_the_sale_says() {
    let mut sale = charged_over_a_dead_picture();
    let no = ChargeAnswer::Refused(refusal(Reason::NotEnough));
    answer(&mut sale, CODE, Answer::Charged(no), 11);
    answer(&mut sale, CODE, queried(QueryAnswer::NotExist), 11);
    assert_eq!(sale.outcome(), Outcome::NotPaid);
    pay_the_loser(&mut sale);
    assert_eq!(sale.outcome(), Outcome::PaidLate(receipt()), "the gateway keeps the money");
    let view = sale.view();
    assert_eq!((view.status, view.out_trade_no), (Status::PaidLate(receipt()), number(QR)));
    assert_eq!(view.notice, None, "there is no second payment that has to go back");
    assert_eq!(numbers_given_back(&sale), []);
}

#[test]
fn the_winner_stays_the_winner_when_a_lost_charge_arrives_after_all() {
    let mut sale = charged_over_a_dead_picture();
    answer(&mut sale, CODE, Answer::Charged(ChargeAnswer::Unknown(Doubt::NoAnswer)), 20);
    answer(&mut sale, CODE, queried(QueryAnswer::NotExist), 60);
    answer(&mut sale, CODE, Answer::Reversed(ReverseAnswer::Done), 60);
    answer(&mut sale, CODE, queried(QueryAnswer::NotExist), 60);
    sale.handle(Event::Wakeup, at(120));
    answer(&mut sale, CODE, queried(QueryAnswer::NotExist), 120);
    pay_the_loser(&mut sale);
    let stands = |sale: &Sale, notice: Option<Notice>| {
        let view = sale.view();
        assert_eq!(sale.outcome(), Outcome::PaidLate(receipt()));
        assert_eq!((view.out_trade_no, view.notice), (number(QR), notice));
    };
    stands(&sale, None);
    sale.handle(Event::Wakeup, at(400));
    let steps = answer(&mut sale, CODE, queried(QueryAnswer::Paid(receipt())), 400);
    assert_eq!(calls(&steps), [(number(CODE), Call::Reverse)], "the charge is undone again");
    stands(&sale, None);
    stands(&restart(&sale), None);
    answer(&mut sale, CODE, Answer::Reversed(ReverseAnswer::NotSent(NotSent::NoCertificate)), 400);
    answer(&mut sale, CODE, queried(QueryAnswer::Paid(receipt())), 400);
    stands(&sale, Some(Notice::AlsoPaid { out_trade_no: number(CODE), receipt: receipt() }));
    assert_eq!(numbers_given_back(&sale), [OutRefundNo::of_order(&number(CODE))]);
}

// Over both attempts -----------------------------------------------------------------------------

#[test]
fn the_next_wakeup_is_the_earlier_of_both_and_wakes_only_who_is_due() {
    let mut sale = charged_over_a_dead_picture();
    answer(&mut sale, CODE, Answer::Charged(ChargeAnswer::Paying), 11);
    assert_eq!(sale.next_wakeup(), Some(at(16)));
    assert_eq!(sale.handle(Event::Wakeup, at(15)), []);
    assert_eq!(calls(&sale.handle(Event::Wakeup, at(16))), [(number(CODE), Call::Query)]);
    assert_eq!(sale.next_wakeup(), Some(at(301)), "the charge's answer is awaited");
    answer(&mut sale, CODE, queried(QueryAnswer::Paying), 16);
    let both = sale.handle(Event::Wakeup, at(301));
    assert_eq!(calls(&both), [(number(QR), Call::Query), (number(CODE), Call::Query)], "after a long sleep");
    assert_eq!(sale.next_wakeup(), None);
}

/// A charge that was reversed at 60 s and is asked for again after 1, 5 and 30 minutes.
fn reversed() -> Sale {
    let (mut sale, _) = Sale::by_code(sale_id(), String::new(), order(CODE), code(), at(0));
    answer(&mut sale, CODE, Answer::Charged(ChargeAnswer::Unknown(Doubt::NoAnswer)), 10);
    answer(&mut sale, CODE, queried(QueryAnswer::NotExist), 60);
    answer(&mut sale, CODE, Answer::Reversed(ReverseAnswer::Done), 60);
    answer(&mut sale, CODE, queried(QueryAnswer::NotExist), 60);
    assert_eq!(sale.outcome(), Outcome::Reversed);
    sale
}

#[test]
fn a_reversed_sale_is_not_over_before_its_last_question_is_answered() {
    let mut sale = reversed();
    for minutes in [1, 5, 30] {
        assert!(!sale.is_over());
        let due = at(60 + minutes * 60);
        assert_eq!(sale.next_wakeup(), Some(due));
        sale.handle(Event::Wakeup, due);
        assert!(!sale.is_over(), "the answer may say that a lost charge arrived");
        answer(&mut sale, CODE, queried(QueryAnswer::NotExist), 60 + minutes * 60);
    }
    assert!(sale.is_over());
}

#[test]
fn a_query_and_a_cancel_go_to_the_charge_and_f5_to_the_qr() {
    let mut sale = charged_over_a_dead_picture();
    answer(&mut sale, CODE, Answer::Charged(ChargeAnswer::Paying), 11);
    assert_eq!(calls(&sale.handle(Event::Query, at(12))), [(number(CODE), Call::Query)]);
    answer(&mut sale, CODE, queried(QueryAnswer::Paying), 12);
    assert_eq!(calls(&sale.handle(Event::Cancel, at(24))), [], "15 s after the charge, which went out at 10 s");
    assert_eq!(calls(&sale.handle(Event::Cancel, at(25))), [(number(CODE), Call::Query)]);
    let mut sale = shown();
    assert_eq!(calls(&sale.handle(Event::Cancel, at(20))), []);
    assert_eq!(calls(&sale.handle(Event::Renew, at(20))), [(number(QR), Call::Query)]);
}

#[test]
fn an_answer_for_another_attempt_or_of_another_kind_is_ignored() {
    let (charge, _) = Sale::by_code(sale_id(), String::new(), order(CODE), code(), at(0));
    let overlap = charged_over_a_dead_picture();
    let strangers = |entropy| {
        [
            picture(),
            Answer::Charged(ChargeAnswer::Paid(receipt())),
            queried(QueryAnswer::Paid(receipt())),
            closed(CloseAnswer::Closed),
            Answer::Reversed(ReverseAnswer::Done),
        ]
        .map(|answer| (number(entropy), answer))
    };
    let not_charged = |answer: &Answer| !matches!(answer, Answer::Charged(_));
    let not_queried = |answer: &Answer| !matches!(answer, Answer::Queried(_));
    let mut asked = shown();
    asked.handle(Event::Wakeup, at(2));
    for (sale, wrong) in [
        (&charge, strangers(QR).to_vec()),
        (&charge, strangers(9).to_vec()),
        (&charge, strangers(CODE).into_iter().filter(|(_, answer)| not_charged(answer)).collect()),
        (&overlap, strangers(9).to_vec()),
        (&overlap, strangers(QR).to_vec()),
        (&asked, strangers(CODE).to_vec()),
        (&asked, strangers(QR).into_iter().filter(|(_, answer)| not_queried(answer)).collect()),
    ] {
        for (about, answer) in wrong {
            let mut after = sale.clone();
            assert_eq!(after.handle(Event::Answered(about.clone(), answer.clone()), at(20)), [], "{about} {answer:?}");
            assert_eq!(after, *sale, "{about} {answer:?}");
        }
    }
}

// Restart ----------------------------------------------------------------------------------------

fn restart(sale: &Sale) -> Sale {
    let attempts = [QR, CODE].into_iter().filter_map(|n| sale.attempt(&number(n)));
    let stored: Vec<_> = attempts.map(|attempt| serde_json::to_string(&attempt).unwrap()).collect();
    let attempts = stored.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
    Sale::restore(sale.id(), sale.note().to_owned(), attempts).unwrap()
}

#[test]
fn a_restart_asks_for_both_attempts_and_goes_on() {
    let mut sale = restart(&charged_over_a_dead_picture());
    assert_eq!((sale.id(), sale.note()), (sale_id(), "外带"));
    let steps = sale.handle(Event::Resume, at(20));
    assert_eq!(calls(&steps), [(number(QR), Call::Query), (number(CODE), Call::Query)]);
    answer(&mut sale, CODE, queried(QueryAnswer::Paid(receipt())), 20);
    answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 20);
    answer(&mut sale, QR, closed(CloseAnswer::Closed), 20);
    assert!(sale.is_over());
    assert_eq!(sale.outcome(), Outcome::Paid(receipt()));
}

#[test]
fn a_restart_forgets_a_held_scan_and_closes_the_order() {
    let mut held = shown();
    scan(&mut held, 10);
    let mut sale = restart(&held);
    assert_eq!(calls(&sale.handle(Event::Resume, at(20))), [(number(QR), Call::Query)]);
    assert_eq!(scan(&mut sale, 20), [], "nobody stands at the counter for it");
    answer(&mut sale, QR, queried(QueryAnswer::Unpaid), 20);
    assert_eq!(calls(&answer(&mut sale, QR, closed(CloseAnswer::Closed), 20)), []);
    assert_eq!(sale.outcome(), Outcome::Closed);
}

#[test]
fn a_restart_keeps_the_questions_after_a_reversal() {
    let mut sale = reversed();
    for seconds in [61, 62, 63] {
        sale = restart(&sale);
        assert!(!sale.is_over());
        assert_eq!(calls(&sale.handle(Event::Resume, at(seconds))), [(number(CODE), Call::Query)]);
        answer(&mut sale, CODE, queried(QueryAnswer::NotExist), seconds);
        let first = Some(at(seconds + 60));
        assert_eq!(sale.next_wakeup(), first, "no clock tells how long ago it was: none of the questions is over");
    }
}

#[test]
fn nothing_can_be_restored_from_nothing() {
    assert_eq!(Sale::restore(sale_id(), String::new(), Vec::new()), None);
}
