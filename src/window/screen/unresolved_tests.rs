use super::*;
use crate::money::Fen;

fn open(n: u32, here: bool) -> Open {
    let begun_at = Timestamp::from_wire("20261122120000").unwrap();
    Open {
        sale: SaleId::new(i64::from(n)),
        out_trade_no: OutTradeNo::make(begun_at, 1, n),
        amount: Fen::new(3000).unwrap(),
        note: String::new(),
        begun_at,
        scanned: true,
        status: None,
        here,
    }
}

fn list_of(open: &[Open]) -> List<'_> {
    List { open, bounced: &[] }
}

fn bounced(n: u64) -> RefundView {
    use crate::number::RefundId;
    use crate::payment::RefundRequest;
    use crate::payment::refund::RefundStatus;
    let made = Timestamp::from_wire("20261122120000").unwrap();
    let request = RefundRequest {
        out_refund_no: OutRefundNo::make(made, 1, n),
        out_trade_no: open(9, true).out_trade_no,
        total_fee: Fen::new(3000).unwrap(),
        refund_fee: Fen::new(500).unwrap(),
        reason: String::new(),
    };
    RefundView { request, asked_at: made, status: RefundStatus::Bounced(RefundId::parse("5000").unwrap()) }
}

#[test]
fn refunds_that_came_back_stand_below_and_ask_nothing() {
    let (orders, refunds) = ([open(1, true)], [bounced(1), bounced(2)]);
    let all = List { open: &orders, bounced: &refunds };
    let (mut list, _) = Unresolved::open(all);
    assert_eq!(list.update(Message::Next, all), Action::None);
    assert_eq!((list.place(all), list.update(Message::Query, all)), (1, Action::None));
    list.update(Message::Next, all);
    let rest = List { open: &[], bounced: &refunds };
    assert_eq!(list.place(rest), 1, "the order has ended; the refund is still the chosen one");
    assert_eq!(list.update(Message::Next, rest), Action::None);
    assert_eq!(list.place(rest), 0);
}

fn line(kind: StoryKind, what: &str, read: &str) -> StoryLine {
    let at = Timestamp::from_wire("20261122120000").unwrap();
    StoryLine { at, out_trade_no: None, kind, what: what.to_owned(), read: read.to_owned() }
}

#[test]
fn the_first_is_chosen_and_stays_chosen_by_its_number() {
    let all = [open(1, true), open(2, true)];
    let (mut list, action) = Unresolved::open(list_of(&all));
    assert_eq!(action, Action::Tell(SaleId::new(1)));
    assert_eq!(list.update(Message::Next, list_of(&all)), Action::Tell(SaleId::new(2)));
    assert_eq!(list.update(Message::Query, list_of(&all)), Action::Query(SaleId::new(2)));
    let rest = [open(2, true)];
    assert_eq!(list.update(Message::Query, list_of(&rest)), Action::Query(SaleId::new(2)), "the first one has ended");
    assert_eq!(list.update(Message::Query, list_of(&[])), Action::None);
    assert_eq!(list.update(Message::Back, list_of(&[])), Action::Leave);
}

#[test]
fn what_another_window_drives_is_not_asked_about_here() {
    let all = [open(1, false)];
    let (mut list, _) = Unresolved::open(list_of(&all));
    assert_eq!(list.update(Message::Query, list_of(&all)), Action::NotHere);
}

#[test]
fn a_story_that_comes_late_is_not_shown_beside_another_order() {
    let all = [open(1, true), open(2, true)];
    let (mut list, _) = Unresolved::open(list_of(&all));
    list.heard(SaleId::new(2), vec![line(StoryKind::Sent, "charge", "")], list_of(&all));
    assert_eq!(list.story, None);
    list.heard(SaleId::new(1), vec![line(StoryKind::Sent, "charge", "")], list_of(&all));
    assert!(list.story.is_some());
}

/// Each word that the till writes into its journal.
#[test]
fn every_line_of_the_journal_is_said_in_words() {
    let readings = [
        "picture",
        "already paid",
        "refused: NOTENOUGH",
        "not known: SYSTEMERROR",
        "no answer",
        "unsigned failure",
        "not understood",
        "not ours: total_fee",
        "not sent: offline",
        "not sent: untrusted",
        "not sent: no certificate",
        "not sent: certificate refused",
        "paid",
        "customer is paying",
        "unpaid",
        "closed",
        "revoked",
        "payment failed",
        "refunded",
        "no such order",
        "too early to close",
        "reversed",
        "again",
        "too old to reverse",
    ];
    for read in readings {
        let told = Lang::Zh.told_answer(read);
        assert!(told.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c)), "{read}: {told}");
        assert_ne!(Lang::En.told_answer(read), read);
    }
    assert_eq!(Lang::En.told_answer("refused: NOTENOUGH"), "WeChat refused (NOTENOUGH)");
    assert_eq!(Lang::Zh.told_answer("something new"), "something new");
    for (kind, what) in [(StoryKind::Sent, "reverse"), (StoryKind::Cashier, "cancel")] {
        assert_ne!(say(&line(kind, what, ""), Lang::En), say(&line(kind, what, ""), Lang::Zh));
    }
}
