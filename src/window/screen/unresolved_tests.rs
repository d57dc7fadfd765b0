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

fn line(kind: StoryKind, what: &str, read: &str) -> StoryLine {
    let at = Timestamp::from_wire("20261122120000").unwrap();
    StoryLine { at, out_trade_no: None, kind, what: what.to_owned(), read: read.to_owned() }
}

#[test]
fn the_first_is_chosen_and_stays_chosen_by_its_number() {
    let all = [open(1, true), open(2, true)];
    let (mut list, action) = Unresolved::open(&all);
    assert_eq!(action, Action::Tell(SaleId::new(1)));
    assert_eq!(list.update(Message::Next, &all), Action::Tell(SaleId::new(2)));
    assert_eq!(list.update(Message::Query, &all), Action::Query(SaleId::new(2)));
    let rest = [open(2, true)];
    assert_eq!(list.update(Message::Query, &rest), Action::Query(SaleId::new(2)), "the first one has ended");
    assert_eq!(list.update(Message::Query, &[]), Action::None);
    assert_eq!(list.update(Message::Back, &[]), Action::Leave);
}

#[test]
fn what_another_window_drives_is_not_asked_about_here() {
    let all = [open(1, false)];
    let (mut list, _) = Unresolved::open(&all);
    assert_eq!(list.update(Message::Query, &all), Action::NotHere);
}

#[test]
fn a_story_that_comes_late_is_not_shown_beside_another_order() {
    let all = [open(1, true), open(2, true)];
    let (mut list, _) = Unresolved::open(&all);
    list.heard(SaleId::new(2), vec![line(StoryKind::Sent, "charge", "")], &all);
    assert_eq!(list.story, None);
    list.heard(SaleId::new(1), vec![line(StoryKind::Sent, "charge", "")], &all);
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
