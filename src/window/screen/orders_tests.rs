use super::*;
use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId};
use crate::payment::{Doubt, QueryAnswer};

fn order(n: u32, state: OrderState) -> OrderView {
    let made = Timestamp::from_wire("20261122120000").unwrap();
    OrderView {
        out_trade_no: OutTradeNo::make(made, 1, n),
        transaction_id: None,
        total_fee: Fen::new(1250).unwrap(),
        refunded_fee: Fen::ZERO,
        state,
        created_at: Some(made),
        note: String::new(),
        sale: Some(SaleId::new(i64::from(n))),
    }
}

fn page(orders: std::ops::Range<u32>, more: bool) -> OrderPage {
    let orders: Vec<OrderView> = orders.map(|n| order(n, OrderState::Paid)).collect();
    let end = orders.last().filter(|_| more);
    let next =
        end.map(|order| Place { created_at: order.created_at.unwrap(), out_trade_no: order.out_trade_no.clone() });
    OrderPage { orders, next, asked: false }
}

fn asked(action: Action) -> Question {
    match action {
        Action::Ask(question) => question,
        other => panic!("nothing was asked: {other:?}"),
    }
}

/// Open, with this page in it.
fn open_with(first: OrderPage) -> Orders {
    let (mut orders, action) = Orders::open();
    assert_eq!(orders.heard(&asked(action), Ok(first)), Action::None);
    orders
}

#[test]
fn fast_typing_asks_one_question_at_a_time_and_the_last_one_last() {
    let (mut orders, action) = Orders::open();
    let first = asked(action);
    assert_eq!(first.text, "");
    for digit in "4417".chars() {
        assert_eq!(orders.update(Message::Type(digit), Lang::En), Action::None, "the book has not answered yet");
    }
    let second = asked(orders.heard(&first, Ok(page(0..3, false))));
    assert_eq!(second.text, "4417");
    assert_eq!(orders.heard(&first, Ok(page(5..9, false))), Action::None, "nobody waits for that any more");
    assert_eq!(orders.heard(&second, Ok(page(4..5, false))), Action::None);
    assert_eq!(orders.chosen().map(|order| &order.out_trade_no), Some(&order(4, OrderState::Paid).out_trade_no));
}

#[test]
fn a_scan_takes_the_place_of_what_was_typed_and_waits_for_nothing() {
    let mut orders = open_with(page(0..3, false));
    let typed = asked(orders.update(Message::Type('1'), Lang::En));
    let scanned = asked(orders.search("4200001234202611221234567890"));
    assert_eq!(orders.text(), "4200001234202611221234567890");
    orders.heard(&typed, Ok(page(0..9, false)));
    assert!(orders.is_asking_for_a_number(), "the typed digit's answer is not the scan's");
    orders.heard(&scanned, Ok(page(7..8, false)));
    assert_eq!(orders.count(), 1);
}

#[test]
fn the_next_page_is_asked_for_before_its_first_line_is_reached() {
    let mut orders = open_with(page(0..21, true));
    for _ in 0..6 {
        assert_eq!(orders.update(Message::Next, Lang::En), Action::None);
    }
    assert_eq!(orders.update(Message::Next, Lang::En), Action::None, "two screens are there");
    let more = asked(orders.update(Message::Earlier, Lang::En));
    assert_eq!(more.after.as_ref().map(|place| &place.out_trade_no), Some(&order(20, OrderState::Paid).out_trade_no));
    assert_eq!(orders.heard(&more, Ok(page(21..25, false))), Action::None);
    assert_eq!((orders.count(), orders.chosen), (25, 14));
    orders.update(Message::Earlier, Lang::En);
    orders.update(Message::Earlier, Lang::En);
    assert_eq!(orders.chosen, 24, "the last page has four lines");
    assert_eq!(orders.update(Message::Next, Lang::En), Action::None);
    assert_eq!(orders.chosen, 0, "behind the last line comes the first");
    orders.update(Message::Previous, Lang::En);
    assert_eq!(orders.chosen, 0);
}

#[test]
fn escape_clears_the_box_and_then_leaves() {
    let mut orders = open_with(page(0..1, false));
    let question = asked(orders.update(Message::Type('8'), Lang::En));
    orders.heard(&question, Ok(page(0..0, false)));
    assert_eq!(asked(orders.update(Message::Back, Lang::En)).text, "");
    assert_eq!(orders.update(Message::Back, Lang::En), Action::Leave);
}

#[test]
fn an_order_in_doubt_leads_to_the_list_of_what_is_not_resolved() {
    let unknown = OrderPage { orders: vec![order(1, OrderState::Unknown)], next: None, asked: false };
    assert_eq!(open_with(unknown).update(Message::Query, Lang::En), Action::Unresolved);
    assert_eq!(open_with(page(0..1, false)).update(Message::Query, Lang::En), Action::None);
}

#[test]
fn what_cannot_be_answered_is_no_empty_list() {
    let mut orders = open_with(page(0..1, false));
    let question = asked(orders.update(Message::Type('8'), Lang::En));
    orders.heard(&question, Err(FindError::Unknown(QueryAnswer::Unknown(Doubt::NoAnswer))));
    assert_eq!((orders.shown, orders.chosen), (Shown::Trouble(Trouble::Gateway), 0));
}

#[test]
fn a_day_is_said_only_of_other_days() {
    let at = |text| Timestamp::from_wire(text).unwrap();
    assert_eq!(moment(at("20261122182207"), at("20261122235959")), "18:22");
    assert_eq!(moment(at("20261121182207"), at("20261122000000")), "11-21 18:22");
}

#[test]
fn a_number_is_read_in_groups() {
    assert_eq!(lines::in_groups("2026112218240501304418"), "20261122 1824 05 0130 4418");
    assert_eq!(lines::in_groups("ABC-1"), "ABC-1");
}
