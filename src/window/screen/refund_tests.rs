use super::view::steps;
use super::*;
use crate::number::{RefundId, TransactionId};
use crate::payment::RefundRequest;
use crate::payment::refund::RefundTrouble;
use crate::timestamp::Timestamp;
use crate::window::ui::Done;

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn number() -> OutTradeNo {
    OutTradeNo::parse("2026112218220701304417").unwrap()
}

fn ready(left: i64) -> Refundable {
    Refundable {
        out_trade_no: number(),
        transaction_id: TransactionId::parse("4200001234202611221234567890"),
        total_fee: fen(1250),
        promised: fen(1250 - left),
        left: fen(left),
        confirmed: true,
    }
}

fn view(refund_fee: i64, status: RefundStatus) -> RefundView {
    let made = Timestamp::from_wire("20261122182500").unwrap();
    let request = RefundRequest {
        out_refund_no: OutRefundNo::make(made, 1, 7),
        out_trade_no: number(),
        total_fee: fen(1250),
        refund_fee: fen(refund_fee),
        reason: String::new(),
    };
    RefundView { request, asked_at: made, status }
}

/// The form, with what is left of ¥12.50.
fn form(left: i64) -> Refund {
    let mut refund = Refund::new(number());
    refund.heard(Ok(ready(left)));
    refund
}

fn keys(refund: &mut Refund, keys: &str) -> Action {
    let mut last = Action::None;
    for key in keys.chars() {
        let message = match key {
            '\n' => Message::Next,
            '.' => Message::Point,
            '<' => Message::Backspace,
            digit => Message::Digit(digit),
        };
        last = refund.update(message, Lang::En);
    }
    last
}

fn asked(action: Action) -> (i64, String) {
    match action {
        Action::Refund(wish) => {
            assert_eq!(wish.order, number());
            (wish.amount.as_i64(), wish.reason)
        }
        other => panic!("nothing is refunded: {other:?}"),
    }
}

#[test]
fn enter_and_a_digit_refund_all_that_is_left() {
    assert_eq!(asked(keys(&mut form(1250), "\n\n")), (1250, "Goods returned".to_owned()));
    assert_eq!(asked(keys(&mut form(950), "\n3\n")), (950, "Paid twice".to_owned()));
    assert_eq!(asked(keys(&mut form(950), "\n9\n")), (950, "Goods returned".to_owned()), "there are four reasons");
}

#[test]
fn a_part_is_typed_and_never_more_than_is_left() {
    assert_eq!(asked(keys(&mut form(1250), "3.50\n2\n")), (350, "Overcharged".to_owned()));
    let mut refund = form(950);
    assert_eq!(keys(&mut refund, "9.51\n"), Action::TooMuch(fen(950)));
    assert_eq!(asked(keys(&mut refund, "<0\n\n")), (950, "Goods returned".to_owned()));
    assert_eq!(keys(&mut form(950), "0\n"), Action::Refuse(AmountError::Zero));
    assert_eq!(keys(&mut form(950), "1.005"), Action::Refuse(AmountError::TooManyDecimals));
    let mut refund = form(950);
    keys(&mut refund, "5<");
    assert_eq!(asked(keys(&mut refund, "\n\n")), (950, "Goods returned".to_owned()), "nothing typed is all");
}

#[test]
fn it_is_asked_for_once_however_often_enter_is_pressed() {
    let mut refund = form(1250);
    asked(keys(&mut refund, "\n\n"));
    assert_eq!(keys(&mut refund, "\n\n\n"), Action::None);
    assert_eq!(refund.update(Message::Back, Lang::En), Action::None, "it is being written");
    refund.queued(Ok(view(1250, RefundStatus::Queued { trouble: None, next_at: None })));
    assert!(refund.is_going() && refund.may_stop());
    assert_eq!(keys(&mut refund, "\n"), Action::Close);
}

#[test]
fn nothing_is_asked_for_before_the_gateway_was_asked() {
    let mut refund = Refund::new(number());
    assert_eq!(keys(&mut refund, "12\n\n\n"), Action::None);
    refund.heard(Err(RefundRefused::No(NoRefund::NotPaid)));
    assert_eq!(refund.stage, Stage::No(Refused::No(NoRefund::NotPaid)));
    assert_eq!(keys(&mut refund, "\n"), Action::Close);
    assert_eq!(form(0).stage, Stage::No(Refused::No(NoRefund::NothingLeft)));
}

#[test]
fn two_staff_one_refund() {
    let mut refund = form(1250);
    asked(keys(&mut refund, "\n\n"));
    refund.queued(Err(NotMade::Refused(RefundRefused::No(NoRefund::NothingLeft))));
    assert_eq!(refund.stage, Stage::No(Refused::No(NoRefund::NothingLeft)), "the other one was quicker, and is told");
}

#[test]
fn escape_goes_back_a_level_and_stops_no_refund() {
    let mut refund = form(1250);
    keys(&mut refund, "\n");
    assert!(refund.is_at_reason());
    assert_eq!(refund.update(Message::Back, Lang::En), Action::None);
    assert!(!refund.is_at_reason());
    assert_eq!(refund.update(Message::Back, Lang::En), Action::Close);
}

#[test]
fn a_refund_is_followed_by_its_own_number_and_stopped_only_before_it_is_taken() {
    let mut refund = form(1250);
    asked(keys(&mut refund, "\n\n"));
    let queued = view(1250, RefundStatus::Queued { trouble: Some(RefundTrouble::NotEnough), next_at: None });
    let own = queued.request.out_refund_no.clone();
    refund.queued(Ok(queued));
    assert_eq!(refund.update(Message::Stop, Lang::En), Action::Stop(own.clone()));
    let mut other = view(1250, RefundStatus::Stopped);
    other.request.out_refund_no = OutRefundNo::make(other.asked_at, 1, 8);
    refund.follow(&other);
    assert!(refund.may_stop());
    refund.follow(&view(1250, RefundStatus::Accepted(RefundId::parse("50000000382019052709732678859").unwrap())));
    assert_eq!(refund.update(Message::Stop, Lang::En), Action::None);
    assert_eq!(refund.update(Message::Query, Lang::En), Action::Query(own));
}

#[test]
fn the_steps_show_how_far_it_is() {
    let done = |status: &RefundStatus| steps(status, Lang::En).iter().map(|step| step.done).collect::<Vec<_>>();
    let queued = RefundStatus::Queued { trouble: None, next_at: None };
    assert_eq!(done(&queued), [Done::Yes, Done::Now, Done::Later, Done::Later]);
    assert_eq!(done(&RefundStatus::Sending), [Done::Yes, Done::Yes, Done::Now, Done::Later]);
    assert_eq!(done(&RefundStatus::Stopped), [Done::Yes, Done::Later, Done::Later, Done::Later]);
    let id = RefundId::parse("50000000382019052709732678859").unwrap();
    assert_eq!(done(&RefundStatus::Accepted(id.clone())), [Done::Yes, Done::Yes, Done::Yes, Done::Now]);
    assert_eq!(done(&RefundStatus::Bounced(id)), [Done::Yes, Done::Yes, Done::Yes, Done::Later], "it has not arrived");
}

#[test]
fn the_pin_is_asked_for_where_the_rules_want_it_and_typed_anew_after_each_change() {
    let mut refund = form(1250);
    asked(keys(&mut refund, "\n\n"));
    refund.queued(Err(NotMade::NotApproved(NotApproved::PinNeeded)));
    assert!(refund.is_at_pin());
    assert_eq!(keys(&mut refund, "975\n"), Action::None, "four digits at least");
    assert!(!format!("{refund:?}").contains("975"), "a PIN does not show in logs");
    let Action::Refund(wish) = keys(&mut refund, "3\n") else { panic!("it is whole") };
    assert_eq!((wish.pin, wish.amount), (Pin::parse("9753"), fen(1250)));
    refund.queued(Err(NotMade::NotApproved(NotApproved::PinWrong { left: 4 })));
    assert_eq!(keys(&mut refund, "\n"), Action::None, "a wrong one is gone");
    keys(&mut refund, "1234");
    refund.update(Message::Back, Lang::En);
    assert!(refund.is_at_reason());
    asked(keys(&mut refund, "2\n"));
    refund.queued(Err(NotMade::NotApproved(NotApproved::PinNeeded)));
    assert_eq!(keys(&mut refund, "\n"), Action::None, "another reason, another time to approve");
    let limit = fen(1000);
    asked(keys(&mut form(1250), "\n\n"));
    refund.stage = Stage::Told(ready(1250), fen(1250));
    refund.queued(Err(NotMade::NotApproved(NotApproved::AboveLimit { limit })));
    assert_eq!(refund.stage, Stage::No(Refused::NotApproved(NotApproved::AboveLimit { limit })));
}

/// The PIN's stage, with Wang chosen and "123" typed.
fn at_pin() -> Refund {
    let mut refund = form(1250);
    refund.name_approvers(&["Wang".to_owned(), "Li".to_owned()]);
    let Action::Refund(wish) = keys(&mut refund, "\n\n1\n") else { panic!("it is asked for") };
    assert_eq!(wish.by, "Wang");
    refund.queued(Err(NotMade::NotApproved(NotApproved::PinNeeded)));
    assert_eq!(keys(&mut refund, "123"), Action::None);
    refund
}

fn typed(refund: &Refund) -> usize {
    match &refund.stage {
        Stage::Pin(_, typed, _) => typed.len(),
        other => panic!("no PIN is wanted: {other:?}"),
    }
}

#[test]
fn another_approver_types_another_pin() {
    let mut refund = at_pin();
    refund.update(Message::Approver(0), Lang::En);
    assert_eq!(typed(&refund), 3, "the same one");
    refund.update(Message::Approver(1), Lang::En);
    assert_eq!(typed(&refund), 0);
    let Action::Refund(wish) = keys(&mut refund, "4321\n") else { panic!("it is whole") };
    assert_eq!((wish.by.as_str(), wish.pin), ("Li", Pin::parse("4321")));
    let mut refund = at_pin();
    refund.update(Message::OtherApprover, Lang::En);
    assert!(refund.is_at_approver(), "the names are in front again");
    let Action::Refund(wish) = keys(&mut refund, "2\n") else { panic!("Li is chosen") };
    assert_eq!((wish.by.as_str(), wish.pin), ("Li", None), "what was typed is gone");
    let mut refund = at_pin();
    refund.name_approvers(&["Zhao".to_owned(), "Li".to_owned()]);
    assert_eq!(typed(&refund), 0, "Wang is named no more");
}

#[test]
fn another_amount_is_another_pin() {
    let mut refund = at_pin();
    refund.update(Message::Back, Lang::En);
    refund.update(Message::Back, Lang::En);
    let Action::Refund(wish) = keys(&mut refund, "5\n\n\n") else { panic!("Wang is still chosen") };
    assert_eq!((wish.amount, wish.by.as_str(), wish.pin), (fen(500), "Wang", None));
    refund.queued(Err(NotMade::NotApproved(NotApproved::PinNeeded)));
    assert_eq!(typed(&refund), 0);
    let mut refund = at_pin();
    refund.update(Message::Whole, Lang::En);
    refund.update(Message::Reason(2), Lang::En);
    assert_eq!(typed(&refund), 3, "neither can be changed under a PIN");
}

#[test]
fn escape_from_the_approvers_goes_back_to_the_reason() {
    let mut refund = form(1250);
    refund.name_approvers(&["Wang".to_owned(), "Li".to_owned()]);
    keys(&mut refund, "\n\n");
    assert!(refund.is_at_approver());
    assert_eq!(keys(&mut refund, "9\n"), Action::WhoFirst, "there are two");
    refund.update(Message::Back, Lang::En);
    assert!(refund.is_at_reason());
}
