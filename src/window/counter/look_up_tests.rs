//! Orders looked up at the counter, what is not resolved, and a book that can't be written.

use super::*;
use crate::till::{FindError, OrderPage, OrderState, OrderView, Proof, Unresolved};
use crate::window::screen::orders::{self, Question};

const BILL: &str = "4200001234202611221234567890";

fn number() -> OutTradeNo {
    OutTradeNo::parse("2026112218240501304418").unwrap()
}

fn unresolved(id: i64, amount: i64) -> Unresolved {
    Unresolved {
        sale: SaleId::new(id),
        out_trade_no: number(),
        amount: fen(amount),
        note: String::new(),
        begun_at: Timestamp::from_wire("20261122181000").unwrap(),
        scanned: true,
        status: None,
        here: true,
    }
}

fn order() -> OrderView {
    OrderView {
        out_trade_no: number(),
        transaction_id: None,
        total_fee: fen(1250),
        refunded_fee: Fen::ZERO,
        state: OrderState::Paid,
        created_at: None,
        note: String::new(),
        sale: None,
    }
}

impl Desk {
    fn sum_up(&mut self, unresolved: Vec<Unresolved>) -> Vec<Effect> {
        self.tell(Message::Summary(Some(Summary { unresolved, ..Summary::default() })))
    }

    fn orders(&self) -> &Orders {
        match &self.counter.screen {
            Screen::Orders(orders) => orders,
            other => panic!("the orders are not in front: {other:?}"),
        }
    }
}

fn find(text: &str) -> Effect {
    Effect::Find(Question { text: text.to_owned(), after: None })
}

fn nothing() -> OrderPage {
    OrderPage { orders: Vec::new(), next: None, asked: false }
}

#[test]
fn f8_looks_orders_up_and_keeps_the_amount() {
    let mut desk = Desk::new();
    desk.typing("12.50");
    assert_eq!(desk.press(Key::Function(8)), vec![find("")]);
    desk.tell(Message::Found(Question { text: String::new(), after: None }, Ok(nothing())));
    assert_eq!(desk.typing("4"), vec![find("4")]);
    desk.typing("417");
    assert_eq!(desk.orders().text(), "4417");
    desk.press(Key::Backspace);
    assert_eq!(desk.orders().text(), "441");
    desk.press(Key::Escape);
    desk.press(Key::Escape);
    assert_eq!((&desk.counter.screen, desk.amount()), (&Screen::Charge, Ok(1250)));
}

#[test]
fn a_note_is_committed_by_the_input_method_and_full_width_digits_are_digits() {
    let mut desk = Desk::new();
    desk.press(Key::Function(8));
    let at = desk.epoch + Duration::from_secs(2);
    desk.tell(Message::Pressed(Pressed::Committed("外带".to_owned(), at)));
    desk.tell(Message::Pressed(Pressed::Committed("１".to_owned(), at + Duration::from_millis(400))));
    assert_eq!(desk.orders().text(), "外带1");
}

#[test]
fn a_scan_searches_and_no_digit_of_it_stays_in_the_box() {
    let mut desk = Desk::new();
    desk.press(Key::Function(8));
    desk.tell(Message::Found(Question { text: String::new(), after: None }, Ok(nothing())));
    desk.typing("12");
    for scanned in [BILL, number().as_str()] {
        let scanned = if crate::scan::classify(scanned) == crate::scan::Scanned::Unknown {
            OutTradeNo::make(desk.now, 1, 7).to_string()
        } else {
            scanned.to_owned()
        };
        let effects = desk.scan(&format!("{scanned}\n"));
        assert_eq!(effects.last(), Some(&find(&scanned)));
        assert_eq!(desk.orders().text(), scanned);
    }
    let before = desk.orders().text().to_owned();
    desk.scan(&format!("{CODE}\n"));
    assert_eq!(desk.answer(), Some(Lang::En.order_words().is_payment_code));
    assert_eq!(desk.orders().text(), before);
}

#[test]
fn a_bill_scanned_at_the_counter_opens_its_order() {
    let mut desk = Desk::new();
    desk.typing("12.50");
    let effects = desk.scan(&format!("{BILL}\n"));
    assert_eq!(effects, vec![find(BILL)]);
    assert_eq!((desk.orders().text(), desk.amount()), (BILL, Ok(1250)));
}

#[test]
fn a_sale_that_goes_on_is_not_left_for_a_search() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    assert_eq!(desk.press(Key::Function(8)), vec![]);
    assert_eq!(desk.answer(), Some(Lang::En.order_words().finish_first));
    let late = Status::PaidLate(desk.receipt());
    desk.hear_of(1, 1250, late);
    assert_eq!(desk.press(Key::Function(8)), vec![]);
    assert_eq!(desk.counter.screen, Screen::Charge);
    desk.typing("\n");
    assert_eq!(desk.press(Key::Function(8)), vec![find("")]);
}

#[test]
fn what_a_crash_left_open_is_told_once_and_asked_about_before_the_same_amount() {
    let mut desk = Desk::new();
    desk.sum_up(vec![unresolved(77, 1250)]);
    assert_eq!(desk.answer(), Some("Checking 1 sale that was left open"));
    desk.wait(6000);
    desk.sum_up(vec![unresolved(77, 1250)]);
    assert_eq!(desk.answer(), None);

    assert_eq!(desk.typing("12.50\n"), vec![]);
    assert!(matches!(desk.counter.screen, Screen::SameAmount(_)));
    assert_eq!(desk.typing("\n"), charge(1250, None));
    desk.press(Key::Escape);

    let mut desk = Desk::new();
    desk.sum_up(vec![unresolved(77, 1250)]);
    assert_eq!(desk.typing("12.51\n"), charge(1251, None), "another amount is no question");

    let mut desk = Desk::new();
    desk.sum_up(vec![unresolved(77, 1250)]);
    let paid = Status::Paid(desk.receipt());
    desk.hear_of(77, 1250, paid);
    assert_eq!(desk.answer(), Some("The unresolved ¥12.50 (tail 4418) is paid"));
    assert_eq!(desk.typing("12.50\n"), charge(1250, None), "it is resolved");

    let mut desk = Desk::new();
    desk.sum_up(vec![unresolved(77, 1250)]);
    desk.hear_of(77, 1250, Status::Reversed);
    assert_eq!(desk.answer(), Some("The unresolved ¥12.50 (tail 4418) is settled: nothing was received"));
}

#[test]
fn the_unresolved_are_listed_asked_about_and_go_when_they_end() {
    let mut desk = Desk::new();
    desk.sum_up(vec![unresolved(77, 1250)]);
    desk.press(Key::Function(8));
    assert_eq!(desk.press(Key::Function(8)), vec![Effect::Story(SaleId::new(77))]);
    assert_eq!(desk.press(Key::Function(6)), vec![Effect::Query(SaleId::new(77))]);
    let waiting = desk.waiting();
    let asked = desk.hear_of(77, 1250, Status::Unknown(waiting, Doubt::NoAnswer));
    assert_eq!(asked, vec![Effect::Story(SaleId::new(77))], "its story has a new line");
    assert!(desk.counter.summary.unresolved[0].status.is_some());
    desk.hear_of(77, 1250, Status::Reversed);
    assert_eq!(desk.counter.summary.unresolved, []);
    assert_eq!(desk.press(Key::Function(6)), vec![]);
    desk.press(Key::Escape);
    assert_eq!(desk.counter.screen, Screen::Charge);
    assert_eq!(desk.tell(Message::Did(Did::Unsettled)), vec![]);
    assert!(matches!(desk.counter.screen, Screen::Unresolved(_)), "the badge opens it too");
}

#[test]
fn the_customers_bill_proves_an_order_in_doubt() {
    let mut desk = Desk::new();
    desk.sum_up(vec![unresolved(77, 1250)]);
    let bill = TransactionId::parse(BILL).unwrap();
    assert_eq!(desk.scan(&format!("{BILL}\n")), vec![Effect::Prove(bill.clone())]);
    let mine = Proof::OfSale(SaleId::new(77), number());
    assert_eq!(desk.tell(Message::Proved(bill.clone(), Ok(mine))), vec![Effect::Story(SaleId::new(77))]);
    assert!(matches!(desk.counter.screen, Screen::Unresolved(_)));
    assert_eq!(desk.answer(), Some(Lang::En.order_words().proved));

    desk.tell(Message::Proved(bill.clone(), Ok(Proof::Nothing)));
    assert_eq!(desk.answer(), Some(Lang::En.order_words().proves_nothing));
    let silent = FindError::Unknown(crate::payment::QueryAnswer::NotSent(NotSent::Offline));
    desk.tell(Message::Proved(bill.clone(), Err(silent)));
    assert_eq!(desk.answer(), Some(Lang::En.order_words().proof_unknown));
    let other = Proof::Other(Box::new(order()));
    assert_eq!(desk.tell(Message::Proved(bill, Ok(other))), vec![find(BILL)]);
    assert_eq!(desk.answer(), Some("This is another order: ¥12.50, tail 4418"));
}

#[test]
fn a_proof_never_takes_a_sale_away() {
    let mut desk = Desk::new();
    desk.sum_up(vec![unresolved(77, 3000)]);
    desk.by_qr(1);
    let bill = TransactionId::parse(BILL).unwrap();
    desk.tell(Message::Proved(bill, Ok(Proof::OfSale(SaleId::new(77), number()))));
    assert!(desk.counter.sale.is_some());
    assert_eq!(desk.counter.screen, Screen::Charge);
}

#[test]
fn a_book_that_cannot_be_written_is_said_until_it_can() {
    let mut desk = Desk::new();
    desk.by_qr(1);
    desk.tell(Message::Till(Update::Held(true)));
    desk.wait(60_000);
    assert!(desk.counter.held_since.is_some(), "it is no answer that goes away");
    desk.tell(Message::Till(Update::Held(false)));
    assert_eq!(desk.counter.held_since, None);
}

/// The refund of the newest order, at its amount.
fn refunding(approvers: &[&str]) -> Desk {
    use crate::till::Refundable;

    let mut desk = Desk::new();
    let effects = desk.press(Key::Function(8));
    let [Effect::Find(question)] = &effects[..] else { panic!("{effects:?}") };
    let page = OrderPage { orders: vec![order()], next: None, asked: false };
    desk.tell(Message::Found(question.clone(), Ok(page)));
    assert_eq!(desk.typing("\n"), vec![Effect::Refundable(number())]);
    desk.tell(Message::Approvers(approvers.iter().map(|&name| name.to_owned()).collect()));
    let ready = Refundable {
        out_trade_no: number(),
        transaction_id: None,
        total_fee: fen(1250),
        promised: Fen::ZERO,
        left: fen(1250),
        confirmed: true,
    };
    desk.tell(Message::Refundable(number(), Ok(ready)));
    desk
}

#[test]
fn a_refund_without_a_certificate_is_told_and_nothing_is_asked_for_again() {
    use crate::payment::NoRefund;
    use crate::till::RefundRefused;
    use crate::window::screen::refund::NotMade;

    let mut desk = refunding(&[]);
    assert!(matches!(&desk.typing("\n\n")[..], [Effect::Refund(_)]));
    let none = RefundRefused::No(NoRefund::NoCertificate);
    assert_eq!(desk.tell(Message::Queued(number(), Err(NotMade::Refused(none)))), vec![]);
    let refund = desk.orders().refund().unwrap();
    assert!(!refund.is_going() && !refund.is_at_pin());
    assert_eq!(desk.press(Key::Function(6)), vec![], "there is nothing to ask after");
    let effects = desk.typing("\n");
    assert!(effects.iter().all(|effect| matches!(effect, Effect::Find(_))), "back to the list: {effects:?}");
}

#[test]
fn who_approves_is_chosen_by_a_digit_before_anything_is_asked_for() {
    let mut desk = refunding(&["王店长", "Li"]);
    assert_eq!(desk.typing("\n\n\n"), vec![], "nobody is chosen yet");
    assert_eq!(desk.answer(), Some("Who approves it?"));
    let effects = desk.typing("2\n");
    let [Effect::Refund(wish)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((wish.by.as_str(), wish.amount), ("Li", fen(1250)));
    assert_eq!(refunding(&["Li"]).typing("\n\n"), effects, "of one name there is no choice");
}

#[test]
fn another_order_is_another_approver_and_another_pin() {
    use crate::approval::NotApproved;
    use crate::window::screen::refund::NotMade;

    let mut desk = refunding(&["王店长", "Li"]);
    desk.typing("\n\n2\n");
    desk.tell(Message::Queued(number(), Err(NotMade::NotApproved(NotApproved::PinNeeded))));
    desk.typing("123");
    assert!(desk.orders().refund().unwrap().is_at_pin());
    // Another line of the list, and back: all of it begins anew.
    desk.tell(Message::Did(Did::Orders(orders::Message::Choose(0))));
    assert!(desk.orders().refund().is_none());
    desk.typing("\n");
    let refund = desk.orders().refund().unwrap();
    assert!(!refund.is_at_pin() && !format!("{refund:?}").contains("Some(1)"), "{refund:?}");
}

#[test]
fn who_is_named_no_more_is_chosen_anew() {
    use crate::approval::NotApproved;
    use crate::window::screen::refund::NotMade;

    let mut desk = refunding(&["王店长", "Li"]);
    desk.typing("\n\n2\n");
    let stale = Err(NotMade::NotApproved(NotApproved::NotNamed));
    assert_eq!(desk.tell(Message::Queued(number(), stale)), vec![Effect::Approvers]);
    desk.tell(Message::Approvers(vec!["王店长".to_owned(), "Zhao".to_owned()]));
    assert_eq!(desk.typing("\n"), vec![]);
    let effects = desk.typing("2\n");
    assert!(matches!(&effects[..], [Effect::Refund(wish)] if wish.by == "Zhao"), "{effects:?}");
}

#[test]
fn a_refund_goes_from_the_list_to_the_till_and_is_followed() {
    use crate::number::OutRefundNo;
    use crate::payment::RefundRequest;
    use crate::payment::refund::{RefundStatus, RefundView};
    use crate::till::Refundable;
    use crate::window::screen::refund::Wish;

    let mut desk = Desk::new();
    let effects = desk.press(Key::Function(8));
    let [Effect::Find(question)] = &effects[..] else { panic!("{effects:?}") };
    let page = OrderPage { orders: vec![order()], next: None, asked: false };
    desk.tell(Message::Found(question.clone(), Ok(page)));
    assert_eq!(desk.typing("\n"), vec![Effect::Refundable(number())]);
    let ready = Refundable {
        out_trade_no: number(),
        transaction_id: None,
        total_fee: fen(1250),
        promised: Fen::ZERO,
        left: fen(1250),
        confirmed: true,
    };
    desk.tell(Message::Refundable(number(), Ok(ready)));
    desk.typing("20\n");
    assert!(desk.answer().is_some(), "more than is left");
    desk.press(Key::Delete);
    desk.typing("3.5");

    // A scan searches, and no digit of it lands in the amount.
    let ours = OutTradeNo::make(desk.now, 1, 7);
    let before = desk.counter.screen.clone();
    desk.scan("96385074\n");
    assert_eq!(desk.counter.screen, before);
    let effects = desk.typing("\n2\n");
    let wish =
        Wish { order: number(), amount: fen(350), reason: "Overcharged".to_owned(), by: String::new(), pin: None };
    assert_eq!(effects, vec![Effect::Refund(wish)]);

    let request = RefundRequest {
        out_refund_no: OutRefundNo::make(desk.now, 1, 1),
        out_trade_no: number(),
        total_fee: fen(1250),
        refund_fee: fen(350),
        reason: String::new(),
    };
    let status = RefundStatus::Queued { trouble: None, next_at: None };
    let view = RefundView { request, asked_at: desk.now, status };
    desk.tell(Message::Queued(number(), Ok(view.clone())));
    let own = view.request.out_refund_no.clone();
    assert_eq!(desk.press(Key::Function(6)), vec![Effect::QueryRefund(own.clone())]);
    assert_eq!(desk.press(Key::Function(7)), vec![Effect::StopRefund(own)]);
    desk.tell(Message::Till(Update::Refund(RefundView { status: RefundStatus::Sending, ..view })));
    assert_eq!(desk.press(Key::Function(7)), vec![], "it is on its way");
    let effects = desk.scan(&format!("{ours}\n"));
    assert_eq!(effects.last(), Some(&find(ours.as_str())));
    assert!(desk.orders().refund().is_none());
}
