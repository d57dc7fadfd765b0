//! Lists of refunds, key by key.

use super::*;
use crate::approval::{NotApproved, Pin};
use crate::number::{OutRefundNo, RefundId};
use crate::payment::refund::{RefundStatus, RefundView};
use crate::payment::{NoRefund, RefundRequest};
use crate::till::{
    BulkCounts, BulkId, BulkPhase, BulkView, LeftOut, NoList, Numbers, OrderPage, OrderState, OrderView, Why,
};
use crate::window::screen::bulk::Wish;
use crate::window::screen::orders::Question;

use std::sync::Arc;

const ID: BulkId = BulkId::new(3);

fn order(n: u32, state: OrderState) -> OrderView {
    let refunded = if state == OrderState::PartlyRefunded { 250 } else { 0 };
    OrderView {
        out_trade_no: numbered(n),
        transaction_id: None,
        total_fee: fen(1250),
        refunded_fee: fen(refunded),
        state,
        created_at: None,
        note: String::new(),
        sale: None,
    }
}

fn numbered(n: u32) -> OutTradeNo {
    OutTradeNo::make(Timestamp::from_wire("20261122182405").unwrap(), 1, n)
}

fn numbers(list: &[u32]) -> Numbers {
    Numbers { orders: list.iter().map(|&n| numbered(n).to_string()).collect(), ..Numbers::default() }
}

fn view(phase: BulkPhase, waiting: usize) -> BulkView {
    BulkView {
        id: ID,
        phase,
        counts: BulkCounts { waiting, ..BulkCounts::default() },
        sum: fen(2250),
        largest: fen(1250),
        taken: Fen::ZERO,
        trouble: None,
        left_out: Vec::new(),
    }
}

impl Desk {
    /// The orders are in front, and these are found.
    fn at_orders() -> Self {
        let mut desk = Self::new();
        let effects = desk.press(Key::Function(8));
        desk.found(&effects);
        desk
    }

    fn found(&mut self, effects: &[Effect]) {
        let Some(Effect::Find(question)) = effects.last() else { panic!("nothing is asked: {effects:?}") };
        let orders =
            vec![order(1, OrderState::Paid), order(2, OrderState::NotPaid), order(3, OrderState::PartlyRefunded)];
        self.tell(Message::Found(question.clone(), Ok(OrderPage { orders, next: None, asked: false })));
    }

    fn list(&mut self, view: BulkView) -> Vec<Effect> {
        self.tell(Message::Till(Update::Bulk(Arc::new(view))))
    }

    /// Two orders were marked and looked up, and what they come to was read.
    fn ready() -> Self {
        let mut desk = Self::looked_up();
        desk.wait(1_000);
        desk
    }

    /// Two orders were marked and looked up just now.
    fn looked_up() -> Self {
        let mut desk = Self::at_orders();
        desk.press(Key::Mark);
        desk.press(Key::Down);
        desk.press(Key::Mark);
        let effects = desk.typing("\n");
        assert_eq!(effects, vec![Effect::BeginList(numbers(&[1, 3]))]);
        desk.tell(Message::ListBegun(Some(ID), numbers(&[1, 3])));
        desk.list(view(BulkPhase::Ready, 2));
        desk
    }

    fn marked(&self) -> usize {
        match &self.counter.screen {
            Screen::Orders(orders) => orders.marked(),
            other => panic!("the orders are not in front: {other:?}"),
        }
    }

    fn is_at_list(&self) -> bool {
        matches!(self.counter.screen, Screen::Bulk(_))
    }
}

fn wish(reason: &str, pin: Option<&str>) -> Vec<Effect> {
    approved_wish(reason, "", pin)
}

fn approved_wish(reason: &str, by: &str, pin: Option<&str>) -> Vec<Effect> {
    let pin = pin.map(|pin| Pin::parse(pin).unwrap());
    let (reason, by) = (reason.to_owned(), by.to_owned());
    vec![Effect::RefundList(Wish { id: ID, sum: fen(2250), largest: fen(1250), reason, by, pin })]
}

#[test]
fn the_pad_alone_marks_orders_and_refunds_them() {
    let mut desk = Desk::at_orders();
    desk.press(Key::Mark);
    assert_eq!(desk.marked(), 1);
    // It has gone on to the next line, which nobody paid.
    desk.press(Key::Mark);
    assert_eq!((desk.marked(), desk.answer()), (1, Some(Lang::En.bulk_words().no_mark)));
    desk.typing("+");
    desk.press(Key::Mark);
    assert_eq!(desk.marked(), 2);
    desk.press(Key::Mark);
    assert_eq!(desk.marked(), 1, "the same once more takes it away");
    desk.press(Key::Function(2));
    // Whatever is searched for, they stay marked.
    let effects = desk.typing("4");
    desk.found(&effects);
    assert_eq!(desk.marked(), 2);
    let effects = desk.typing("\n");
    assert_eq!(effects, vec![Effect::BeginList(numbers(&[1, 3]))]);
    desk.tell(Message::ListBegun(Some(ID), numbers(&[1, 3])));
    assert!(desk.is_at_list());
    assert_eq!(desk.typing("\n"), vec![], "nothing is refunded while they are looked up");
    desk.list(view(BulkPhase::Ready, 2));
    desk.wait(1_000);
    assert_eq!(desk.typing("2\n"), wish("Overcharged", None));
    assert_eq!(desk.typing("\n"), vec![], "once");
    desk.tell(Message::ListApproved(ID, Ok(())));
    desk.list(view(BulkPhase::Going, 2));
    assert_eq!(desk.press(Key::Function(7)), vec![Effect::StopList(ID)]);
    desk.list(view(BulkPhase::Stopping, 1));
    assert_eq!(desk.press(Key::Function(7)), vec![]);
    assert!(matches!(desk.typing("\n").last(), Some(Effect::Find(_))), "what went back is another sum now");
    assert_eq!(desk.marked(), 0);
}

#[test]
fn a_second_quick_enter_refunds_no_list_that_nobody_has_read() {
    let click = Message::Did(Did::Bulk(crate::window::screen::bulk::Message::Next));
    for late in [200, 500, 900] {
        let mut desk = Desk::looked_up();
        assert!(desk.counter.tick().is_some(), "the button is looked at again");
        desk.wait(late);
        assert_eq!(desk.keys("\n", 0), vec![], "{late} ms");
        assert_eq!(desk.tell(click.clone()), vec![], "a double click, {late} ms");
        desk.wait(1_000 - late);
        assert_eq!(desk.counter.tick(), None);
        assert_eq!(desk.keys("\n", 0), wish("Goods returned", None));
    }
    let mut desk = Desk::looked_up();
    desk.now = desk.now.plus(Duration::from_secs(1));
    assert_eq!(desk.tell(click.clone()), wish("Goods returned", None), "no tick is needed for it");

    // It counts from when the page is there, each time, and not while the keys' sheet is over it.
    let mut desk = Desk::looked_up();
    desk.press(Key::Escape);
    let effects = desk.typing("\n");
    assert_eq!(effects, vec![Effect::BeginList(numbers(&[1, 3]))]);
    desk.list(view(BulkPhase::Ready, 2));
    desk.press(Key::Function(1));
    desk.wait(5_000);
    desk.tell(Message::ListBegun(Some(ID), numbers(&[1, 3])));
    desk.wait(5_000);
    assert_eq!(desk.keys("\n\n", 200), vec![], "the first has closed the sheet");
    desk.wait(1_000);
    assert_eq!(desk.typing("\n"), wish("Goods returned", None));

    // A list of which nothing can be refunded is not put away unread either, and Esc needs no waiting.
    let mut desk = Desk::looked_up();
    desk.list(view(BulkPhase::Ready, 0));
    assert_eq!(desk.typing("\n"), vec![]);
    assert_eq!(desk.press(Key::Escape), vec![Effect::StopList(ID)]);
}

#[test]
fn the_button_of_a_list_that_was_not_read_is_no_button_yet() {
    let button = Lang::En.refund_list(2, fen(2250));
    let clicked = |desk: &Desk| {
        let mut window = simulator(crate::window::frame::view(&desk.counter));
        window.click(button.as_str()).expect("it is on the screen");
        window.into_messages().count()
    };
    let mut desk = Desk::looked_up();
    assert_eq!(clicked(&desk), 0);
    desk.wait(1_000);
    assert_eq!(clicked(&desk), 1);
}

#[test]
fn a_click_on_a_box_marks_its_line_and_escape_takes_marks_away_before_it_leaves() {
    let mut desk = Desk::at_orders();
    let click = |place| Message::Did(Did::Orders(crate::window::screen::orders::Message::MarkAt(place)));
    desk.tell(click(2));
    desk.tell(click(0));
    desk.tell(click(9));
    assert_eq!(desk.marked(), 2);
    desk.tell(click(2));
    assert_eq!(desk.marked(), 1);
    desk.press(Key::Escape);
    assert_eq!(desk.marked(), 0);
    desk.press(Key::Escape);
    assert_eq!(desk.counter.screen, Screen::Charge);
}

#[test]
fn the_pin_is_asked_once_and_typed_anew_whatever_changes() {
    let mut desk = Desk::ready();
    assert_eq!(desk.typing("\n"), wish("Goods returned", None));
    desk.tell(Message::ListApproved(ID, Err(NotApproved::PinNeeded)));
    assert_eq!(desk.typing("123\n"), vec![], "a PIN has four digits");
    assert_eq!(desk.typing("4\n"), wish("Goods returned", Some("1234")));
    desk.tell(Message::ListApproved(ID, Err(NotApproved::PinWrong { left: 4 })));
    desk.typing("1234");
    desk.press(Key::Escape);
    assert_eq!(desk.typing("3\n"), wish("Paid twice", None), "another reason, and no PIN");
    desk.tell(Message::ListApproved(ID, Err(NotApproved::PinNeeded)));
    assert_eq!(desk.typing("\n"), vec![]);
    desk.typing("1234");
    desk.press(Key::Backspace);
    desk.press(Key::Delete);
    assert_eq!(desk.typing("9876\n"), wish("Paid twice", Some("9876")));
    let why = NotApproved::AboveLimit { limit: fen(1000) };
    desk.tell(Message::ListApproved(ID, Err(why)));
    assert_eq!(desk.answer(), Some(Lang::En.refund_words().not_approved));
    // An answer about another list is none.
    desk.typing("\n");
    desk.tell(Message::ListApproved(BulkId::new(2), Err(NotApproved::PinNeeded)));
    assert_eq!(desk.typing("1234\n"), vec![]);
}

#[test]
fn who_approves_is_chosen_and_another_types_their_own_pin() {
    let mut desk = Desk::ready();
    desk.tell(Message::Approvers(vec!["Wang".to_owned(), "Li".to_owned()]));
    assert_eq!(desk.typing("\n\n"), vec![]);
    assert_eq!(desk.answer(), Some(Lang::En.refund_words().who_first));
    assert_eq!(desk.typing("2\n"), approved_wish("Goods returned", "Li", None));
    desk.tell(Message::ListApproved(ID, Err(NotApproved::PinNeeded)));
    desk.typing("1234+1\n");
    desk.tell(Message::ListApproved(ID, Err(NotApproved::PinNeeded)));
    assert_eq!(desk.typing("\n"), vec![], "the PIN was another's");
    desk.typing("1234");
    desk.tell(Message::Approvers(vec!["Li".to_owned(), "Zhao".to_owned()]));
    assert_eq!(desk.typing("\n"), vec![], "who is no more named has no PIN");
    desk.tell(Message::ListApproved(ID, Ok(())));

    // The names were changed after they had been asked for.
    let mut desk = Desk::ready();
    desk.typing("\n");
    let effects = desk.tell(Message::ListApproved(ID, Err(NotApproved::NotNamed)));
    assert_eq!(effects, vec![Effect::Approvers]);
    desk.tell(Message::Approvers(vec!["Li".to_owned()]));
    assert_eq!(desk.typing("\n"), approved_wish("Goods returned", "Li", None));
}

#[test]
fn a_scan_on_the_lists_page_searches_and_neither_types_nor_confirms() {
    let ours = numbered(77).to_string();
    for phase in [BulkPhase::Looking, BulkPhase::Ready, BulkPhase::Going, BulkPhase::Over { stopped: true }] {
        let mut desk = Desk::ready();
        desk.list(view(phase, 2));
        let before = desk.counter.screen.clone();
        assert_eq!(desk.scan("96385074\n"), vec![]);
        assert_eq!(desk.counter.screen, before, "a product");
        let effects = desk.scan(&format!("{CODE}\n"));
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::RefundList(_) | Effect::StopList(_))));
        assert_eq!(desk.answer(), Some(Lang::En.order_words().is_payment_code));
        let effects = desk.scan(&format!("{ours}\n"));
        assert_eq!(effects.last(), Some(&Effect::Find(Question { text: ours.clone(), after: None })));
        desk.found(&effects);
        desk.press(Key::Function(5));
        assert!(desk.is_at_list(), "and it is there still");
    }
    let mut desk = Desk::ready();
    desk.typing("\n");
    desk.tell(Message::ListApproved(ID, Err(NotApproved::PinNeeded)));
    desk.typing("12");
    desk.scan(&format!("{CODE}\n"));
    assert_eq!(desk.typing("34\n"), wish("Goods returned", Some("1234")), "no digit of it is the PIN's");
}

#[test]
fn leaving_before_it_begins_puts_it_away_with_the_marks_kept() {
    let mut desk = Desk::ready();
    assert_eq!(desk.press(Key::Escape), vec![Effect::StopList(ID)]);
    assert_eq!(desk.marked(), 2);
    assert_eq!(desk.counter.list, None);
    desk.list(view(BulkPhase::Over { stopped: true }, 2));
    assert_eq!(desk.counter.list, None, "what it still says is no news");
    let mut desk = Desk::ready();
    desk.list(view(BulkPhase::Ready, 0));
    assert_eq!(desk.typing("\n"), vec![Effect::StopList(ID)], "there is nothing to refund");
}

#[test]
fn what_the_till_told_before_its_list_was_known_is_kept() {
    let mut desk = Desk::at_orders();
    assert_eq!(desk.tell(Message::ListRead(Ok(numbers(&[1])))), vec![Effect::BeginList(numbers(&[1]))]);
    desk.list(view(BulkPhase::Ready, 2));
    assert_eq!(desk.tell(Message::ListBegun(Some(ID), numbers(&[1]))), vec![Effect::Approvers]);
    desk.wait(1_000);
    assert_eq!(desk.typing("\n"), wish("Goods returned", None));
}

#[test]
fn a_list_that_goes_on_is_not_lost_and_another_has_to_wait() {
    let mut desk = Desk::ready();
    desk.list(view(BulkPhase::Going, 2));
    desk.press(Key::Escape);
    desk.press(Key::Escape);
    assert_eq!(desk.counter.screen, Screen::Charge, "there are customers to charge");
    desk.list(view(BulkPhase::Going, 1));
    let effects = desk.press(Key::Function(8));
    desk.found(&effects);
    assert_eq!(desk.tell(Message::ListRead(Ok(numbers(&[5, 6])))), vec![]);
    assert!(desk.is_at_list());
    assert_eq!(desk.answer(), Some(Lang::En.bulk_words().busy));
    assert_eq!(desk.counter.list.as_ref().unwrap().view.as_ref().unwrap().counts.waiting, 1);
    desk.list(view(BulkPhase::Over { stopped: false }, 0));
    let effects = desk.typing("\n");
    desk.found(&effects);
    assert_eq!(desk.tell(Message::ListRead(Ok(numbers(&[5, 6])))), vec![Effect::BeginList(numbers(&[5, 6]))]);
    desk.tell(Message::ListBegun(None, numbers(&[5, 6])));
    assert_eq!(desk.answer(), Some(Lang::En.bulk_words().busy), "the till has the last word");
    assert_eq!(desk.marked(), 0);
}

/// A refund of that order, asked for now, that has come back.
fn bounced(desk: &Desk, n: u32) -> RefundView {
    let request = RefundRequest {
        out_refund_no: OutRefundNo::make(desk.now, 1, u64::from(n)),
        out_trade_no: numbered(n),
        total_fee: fen(1250),
        refund_fee: fen(1250),
        reason: String::new(),
    };
    RefundView { request, asked_at: desk.now, status: RefundStatus::Bounced(RefundId::parse("5000").unwrap()) }
}

#[test]
fn refunds_of_a_list_call_nobody_while_its_page_says_how_they_are() {
    let mut desk = Desk::ready();
    desk.typing("\n");
    let news = bounced(&desk, 1);
    desk.tell(Message::ListApproved(ID, Ok(())));
    desk.list(view(BulkPhase::Going, 2));
    desk.tell(Message::Till(Update::Refund(news.clone())));
    assert_eq!(desk.answer(), None);
    desk.press(Key::Escape);
    desk.tell(Message::Till(Update::Refund(news)));
    assert!(desk.answer().is_some(), "elsewhere a person is called");
}

#[test]
fn a_refund_that_is_not_the_lists_calls_a_person_on_its_page_too() {
    // One of the same order, from before the list.
    let mut desk = Desk::ready();
    let (before, other) = (bounced(&desk, 1), bounced(&desk, 7));
    desk.wait(10);
    desk.typing("\n");
    desk.tell(Message::ListApproved(ID, Ok(())));
    desk.list(view(BulkPhase::Going, 2));
    for (news, tail) in [(before, numbered(1)), (other, numbered(7)), (bounced(&desk, 8), numbered(8))] {
        assert_eq!(desk.tell(Message::Till(Update::Refund(news))), vec![Effect::LookAgain]);
        assert!(desk.is_at_list());
        assert!(desk.answer().unwrap().ends_with(tail.tail()), "{:?}", desk.answer());
    }

    // Before leave was given, no refund is the list's.
    for refused in [false, true] {
        let mut desk = Desk::ready();
        if refused {
            desk.typing("\n");
            desk.tell(Message::ListApproved(ID, Err(NotApproved::PinNeeded)));
        }
        let news = bounced(&desk, 1);
        desk.tell(Message::Till(Update::Refund(news)));
        assert!(desk.answer().is_some(), "refused: {refused}");
    }
}

#[test]
fn the_set_up_waits_for_a_list_that_goes_on() {
    let set_up = || Message::Did(Did::SetUp);
    let mut desk = Desk::ready();
    desk.typing("\n");
    assert_eq!(desk.tell(set_up()), vec![], "leave may be given at any moment");
    assert_eq!(desk.answer(), Some(Lang::En.bulk_words().goes_on));
    desk.tell(Message::ListApproved(ID, Err(NotApproved::PinNeeded)));
    assert_eq!(desk.tell(set_up()), vec![Effect::SetUp], "nothing of it was begun");
    desk.typing("1234\n");
    // Whoever is elsewhere when it is refused is not kept from the set-up either.
    desk.press(Key::Function(8));
    desk.tell(Message::ListApproved(ID, Err(NotApproved::Book)));
    assert_eq!(desk.tell(set_up()), vec![Effect::SetUp]);
    for phase in [BulkPhase::Going, BulkPhase::Stopping] {
        let mut desk = Desk::ready();
        desk.typing("\n");
        desk.tell(Message::ListApproved(ID, Ok(())));
        desk.list(view(phase, 1));
        for _ in 0..3 {
            assert_eq!(desk.tell(set_up()), vec![], "{phase:?}, at {:?}", desk.counter.screen);
            assert_eq!(desk.answer(), Some(Lang::En.bulk_words().goes_on));
            desk.press(Key::Escape);
        }
        assert_eq!(desk.counter.screen, Screen::Charge);
        desk.list(view(BulkPhase::Over { stopped: phase == BulkPhase::Stopping }, 0));
        assert_eq!(desk.tell(set_up()), vec![Effect::SetUp]);
    }
}

#[test]
fn a_file_is_read_at_the_orders_only() {
    let file = PathBuf::from("list.csv");
    let mut desk = Desk::new();
    assert_eq!(desk.tell(Message::Dropped(file.clone())), vec![]);
    assert_eq!(desk.answer(), Some(Lang::En.bulk_words().drop_there));
    assert_eq!(desk.tell(Message::Paste), vec![]);
    assert_eq!(desk.tell(Message::ListRead(Ok(numbers(&[1])))), vec![], "it was read too late");

    let mut desk = Desk::at_orders();
    assert_eq!(desk.press(Key::Function(4)), vec![Effect::ChooseList]);
    desk.tell(Message::Hovered(true));
    assert_eq!(desk.tell(Message::Dropped(file.clone())), vec![Effect::ReadList(file)]);
    desk.tell(Message::ListRead(Err(NoList::Empty)));
    assert_eq!(desk.answer(), Some("No order number in it"));
    assert_eq!(desk.tell(Message::ListRead(Ok(numbers(&[1])))), vec![Effect::BeginList(numbers(&[1]))]);

    desk.typing("\n");
    assert_eq!(desk.press(Key::Function(4)), vec![], "a refund is being asked for");
}

#[test]
fn a_pasted_line_is_searched_for_and_several_are_a_list() {
    let mut desk = Desk::at_orders();
    assert_eq!(desk.tell(Message::Paste), vec![Effect::Paste]);
    let (one, two) = (numbered(1), numbered(2));
    let effects = desk.tell(Message::Pasted(format!(" {one}\n")));
    assert_eq!(effects, vec![Effect::Find(Question { text: one.to_string(), after: None })]);
    let effects = desk.tell(Message::Pasted(format!("{one}\r\n\r\n{two}\r\n")));
    assert_eq!(effects, vec![Effect::BeginList(numbers(&[1, 2]))]);
    assert_eq!(desk.tell(Message::Pasted("\n".to_owned())), vec![]);
}

#[test]
fn what_needs_a_person_is_looked_through_page_by_page() {
    let mut desk = Desk::ready();
    let left_out = |n| LeftOut { number: numbered(n).to_string(), amount: None, why: Why::Refused(NoRefund::NotPaid) };
    desk.list(BulkView { left_out: (0..6).map(left_out).collect(), ..view(BulkPhase::Ready, 2) });
    let first = desk.counter.screen.clone();
    desk.typing("+");
    assert_ne!(desk.counter.screen, first);
    desk.typing("+");
    assert_eq!(desk.counter.screen, first, "behind the last page comes the first");
}
