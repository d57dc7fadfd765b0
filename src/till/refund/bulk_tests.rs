//! Each row of the list's tables.

use super::*;
use crate::audit::Means;
use crate::ledger::LedgerError;
use crate::number::RefundId;
use crate::payment::{RefundFault, RefundReceipt, RefundRefusal, RefundRequest};

fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn order(n: usize) -> OutTradeNo {
    OutTradeNo::parse(&format!("order-{n:04}")).unwrap()
}

fn number_of(n: usize) -> OutRefundNo {
    OutRefundNo::parse(&format!("refund-{n}")).unwrap()
}

fn found(n: usize, left: i64) -> Refundable {
    Refundable {
        out_trade_no: order(n),
        transaction_id: None,
        total_fee: fen(1000),
        promised: fen(1000 - left.min(1000)),
        left: fen(left),
        confirmed: false,
    }
}

fn view(n: usize, status: RefundStatus) -> RefundView {
    let request = RefundRequest {
        out_refund_no: number_of(n),
        out_trade_no: order(n),
        total_fee: fen(1000),
        refund_fee: fen(1000),
        reason: String::new(),
    };
    RefundView { request, asked_at: at(0), status }
}

fn queued() -> RefundStatus {
    RefundStatus::Queued { trouble: None, next_at: None }
}

fn short() -> RefundStatus {
    RefundStatus::Queued { trouble: Some(RefundTrouble::NotEnough), next_at: None }
}

fn id() -> RefundId {
    RefundId::parse("5000").unwrap()
}

fn taken() -> RefundStatus {
    RefundStatus::Accepted(id())
}

fn arrived() -> RefundStatus {
    RefundStatus::Arrived(RefundReceipt { refund_id: id(), account: String::new(), arrived_at: None })
}

fn no_end() -> RefundStatus {
    let refusal = RefundRefusal { fault: RefundFault::AccountAbnormal, code: String::new(), text: String::new() };
    RefundStatus::Refused(refusal)
}

fn leave() -> Approval {
    Approval { by: "店长".to_owned(), means: Means::Pin, up_to: fen(100_000), day_cap: Some(fen(5)) }
}

/// A list and its driver, which does nothing by itself.
struct List {
    bulk: Bulk,
    now: Timestamp,
    shown: Option<Arc<BulkView>>,
}

impl List {
    fn of(count: usize) -> Self {
        Self::limited(count, None)
    }

    fn limited(count: usize, limit: Option<Fen>) -> Self {
        let numbers = (0..count).map(|n| order(n).to_string()).collect();
        Self { bulk: Bulk::new(BulkId(1), numbers, limit), now: at(1_000), shown: None }
    }

    /// All that is to be done now, but for what is shown.
    fn todo(&mut self) -> Vec<Action> {
        let mut todo = Vec::new();
        loop {
            match self.bulk.next(self.now) {
                Action::Show(view) => self.shown = Some(view),
                Action::Wait(Some(until)) => self.now = until,
                Action::Wait(None) | Action::End => return todo,
                action @ (Action::LookUp(..) | Action::Refund(..) | Action::Stop(_)) => todo.push(action),
            }
        }
    }

    /// Looks up all orders, of each of which a thousand is left.
    fn ready(count: usize) -> Self {
        let mut list = Self::of(count);
        loop {
            let todo = list.todo();
            if todo.is_empty() {
                assert_eq!(list.phase(), BulkPhase::Ready);
                return list;
            }
            for action in todo {
                let Action::LookUp(place, _) = action else { panic!("{action:?}") };
                list.bulk.looked(place, Ok(found(place, 1000)));
            }
        }
    }

    fn going(count: usize) -> (Self, Vec<Action>) {
        let mut list = Self::ready(count);
        list.bulk.approved(leave(), "多收".to_owned());
        let todo = list.todo();
        (list, todo)
    }

    /// All are in the book.
    fn made(count: usize) -> Self {
        let (mut list, _) = Self::going(count);
        for n in 0..count {
            list.bulk.asked(n, Ok(view(n, queued())));
            list.todo();
        }
        list
    }

    fn hear(&mut self, n: usize, status: RefundStatus) {
        self.bulk.heard(&view(n, status));
        self.todo();
    }

    fn phase(&self) -> BulkPhase {
        self.shown.as_ref().unwrap().phase
    }

    fn counts(&self) -> BulkCounts {
        self.shown.as_ref().unwrap().counts
    }
}

#[test]
fn a_list_is_looked_up_a_few_at_a_time_and_waits_for_leave() {
    let mut list = List::of(20);
    let first = list.todo();
    assert_eq!(first.len(), AT_ONCE);
    assert_eq!(first[0], Action::LookUp(0, "order-0000".to_owned()));
    assert_eq!(list.counts(), BulkCounts { new: 20, ..BulkCounts::default() });
    list.bulk.looked(3, Ok(found(3, 1000)));
    assert_eq!(list.todo(), [Action::LookUp(8, "order-0008".to_owned())]);
    let mut list = List::ready(20);
    assert_eq!(list.counts(), BulkCounts { waiting: 20, ..BulkCounts::default() });
    assert_eq!(list.shown.as_ref().unwrap().sum, fen(20_000));
    assert_eq!(list.todo(), []);
}

#[test]
fn what_cannot_be_refunded_is_told_before_anything_is_begun() {
    let mut list = List::limited(6, Some(fen(1000)));
    list.todo();
    list.bulk.looked(0, Err(NoRefund::NotPaid.into()));
    list.bulk.looked(1, Ok(found(1, 0)));
    list.bulk.looked(2, Ok(found(2, 1001)));
    list.bulk.looked(3, Err(LedgerError::Damaged.into()));
    list.bulk.looked(4, Ok(found(4, 300)));
    // The gateway's number of the same order.
    list.bulk.looked(5, Ok(found(4, 300)));
    list.bulk.looked(5, Ok(found(5, 1000)));
    assert_eq!(list.todo(), []);
    assert_eq!(list.counts(), BulkCounts { already: 1, left_out: 3, waiting: 1, ..BulkCounts::default() });
    let shown = list.shown.clone().unwrap();
    assert_eq!((shown.sum, shown.largest), (fen(300), fen(300)));
    let whys: Vec<_> = shown.left_out.iter().map(|left_out| left_out.why.clone()).collect();
    assert_eq!(whys, [Why::Refused(NoRefund::NotPaid), Why::AboveLimit { limit: fen(1000) }, Why::Book]);
    list.bulk.approved(leave(), String::new());
    let todo = list.todo();
    assert!(matches!(&todo[..], [Action::Refund(4, _)]), "{todo:?}");
}

#[test]
fn each_is_refunded_whole_and_never_above_what_was_shown() {
    let (mut list, todo) = List::going(20);
    assert_eq!(todo.len(), AT_ONCE, "a few at a time");
    let Action::Refund(0, ask) = &todo[0] else { panic!("{todo:?}") };
    let approval = Approval { up_to: fen(1000), ..leave() };
    let whole = RefundAsk { number: order(0).to_string(), amount: None, reason: "多收".to_owned(), approval };
    assert_eq!(**ask, whole);
    list.bulk.asked(2, Ok(view(2, queued())));
    list.bulk.asked(5, Err(NoRefund::AboveDayCap { left: fen(7) }.into()));
    let todo = list.todo();
    assert!(matches!(&todo[..], [Action::Refund(8, _), Action::Refund(9, _)]), "one refused stops nothing: {todo:?}");
    assert_eq!(list.counts(), BulkCounts { waiting: 10, queued: 9, left_out: 1, ..BulkCounts::default() });
    assert_eq!(list.shown.as_ref().unwrap().left_out[0].why, Why::Refused(NoRefund::AboveDayCap { left: fen(7) }));
}

#[test]
fn a_list_is_over_once_all_is_taken_and_goes_on_counting() {
    let mut list = List::made(4);
    assert_eq!(list.phase(), BulkPhase::Going);
    list.hear(0, short());
    assert_eq!(list.shown.as_ref().unwrap().trouble, Some(RefundTrouble::NotEnough));
    assert_eq!(list.counts(), BulkCounts { queued: 3, short: 1, ..BulkCounts::default() });
    list.hear(0, taken());
    list.hear(1, arrived());
    list.hear(2, no_end());
    assert_eq!((list.phase(), list.shown.as_ref().unwrap().taken), (BulkPhase::Going, fen(2000)));
    list.hear(3, taken());
    assert_eq!(list.phase(), BulkPhase::Over { stopped: false });
    assert_eq!(list.counts(), BulkCounts { taken: 2, arrived: 1, left_out: 1, ..BulkCounts::default() });
    assert_eq!(list.bulk.open(), [number_of(0), number_of(3)]);
    list.hear(0, arrived());
    assert_ne!(list.bulk.next(list.now), Action::End);
    list.hear(3, RefundStatus::Bounced(id()));
    assert_eq!(list.counts(), BulkCounts { arrived: 2, left_out: 2, ..BulkCounts::default() });
    assert_eq!(list.shown.as_ref().unwrap().left_out.len(), 2);
    assert_eq!(list.bulk.next(list.now), Action::End);
}

#[test]
fn news_that_overtake_their_answer_are_not_lost() {
    let (mut list, _) = List::going(1);
    list.bulk.heard(&RefundView {
        request: RefundRequest { out_refund_no: number_of(9), ..view(0, taken()).request },
        ..view(0, no_end())
    });
    list.bulk.heard(&view(0, taken()));
    list.bulk.asked(0, Ok(view(0, queued())));
    list.todo();
    assert_eq!(list.counts(), BulkCounts { taken: 1, ..BulkCounts::default() }, "and another's are not its own");
    assert_eq!(list.phase(), BulkPhase::Over { stopped: false });
}

#[test]
fn a_stop_before_the_leave_begins_nothing() {
    let mut list = List::of(20);
    list.todo();
    list.bulk.stop();
    assert_eq!(list.todo(), []);
    assert_eq!(list.phase(), BulkPhase::Over { stopped: true });
    list.bulk.looked(0, Ok(found(0, 1000)));
    assert_eq!(list.todo(), [], "an answer after it changes nothing of that");
    list.bulk.approved(leave(), String::new());
    assert_eq!(list.todo(), []);

    let mut list = List::ready(2);
    list.bulk.stop();
    assert_eq!(list.todo(), []);
    list.bulk.approved(leave(), String::new());
    assert_eq!(list.todo(), [], "leave comes too late");
    assert_eq!(list.counts(), BulkCounts { waiting: 2, ..BulkCounts::default() });
    assert_eq!(list.bulk.next(list.now), Action::End);
}

#[test]
fn a_stop_begins_nothing_more_and_stops_what_was_not_taken() {
    let (mut list, _) = List::going(20);
    for n in 0..3 {
        list.bulk.asked(n, Ok(view(n, queued())));
    }
    list.todo();
    list.hear(0, taken());
    list.hear(1, short());
    list.bulk.stop();
    assert_eq!(list.todo(), [Action::Stop(vec![number_of(1), number_of(2)])]);
    assert_eq!(list.phase(), BulkPhase::Stopping);
    list.bulk.stop();
    assert_eq!(list.todo(), []);
    // What was being written down is stopped as it comes, unless it was taken at once.
    list.bulk.heard(&view(4, taken()));
    for n in 3..11 {
        list.bulk.asked(n, if n == 5 { Err(NoRefund::StillOpen.into()) } else { Ok(view(n, queued())) });
    }
    let todo = list.todo();
    let Some(Action::Stop(numbers)) = todo.first() else { panic!("{todo:?}") };
    assert_eq!((todo.len(), numbers.len(), numbers.contains(&number_of(4))), (1, 6, false));
    for n in [1, 2, 3, 6, 7, 8, 9, 10] {
        assert_eq!(list.phase(), BulkPhase::Stopping);
        list.hear(n, RefundStatus::Stopped);
    }
    assert_eq!(list.phase(), BulkPhase::Over { stopped: true });
    let counts = BulkCounts { waiting: 9, taken: 2, stopped: 8, left_out: 1, ..BulkCounts::default() };
    assert_eq!((list.counts(), counts.all()), (counts, 20));
    list.bulk.stop();
    list.bulk.approved(leave(), String::new());
    assert_eq!(list.todo(), [], "what was stopped stays so");
}

#[test]
fn a_refund_that_was_taken_although_it_was_stopped_is_counted_as_taken() {
    let mut list = List::made(2);
    list.bulk.stop();
    assert_eq!(list.todo(), [Action::Stop(vec![number_of(0), number_of(1)])]);
    list.hear(0, RefundStatus::Checking { trouble: None });
    list.hear(0, taken());
    assert_eq!(list.phase(), BulkPhase::Stopping);
    list.hear(1, RefundStatus::Stopped);
    assert_eq!(list.phase(), BulkPhase::Over { stopped: true });
    assert_eq!(list.counts(), BulkCounts { taken: 1, stopped: 1, ..BulkCounts::default() });
}

#[test]
fn leave_counts_once_and_only_for_a_list_that_waits_for_it() {
    let mut list = List::of(1);
    list.bulk.approved(leave(), String::new());
    assert_eq!(list.todo(), [Action::LookUp(0, order(0).to_string())]);
    list.bulk.looked(0, Ok(found(0, 0)));
    list.todo();
    list.bulk.approved(leave(), String::new());
    assert_eq!((list.todo(), list.phase()), (vec![], BulkPhase::Ready), "there is nothing to refund");
    let (mut list, todo) = List::going(1);
    assert_eq!(todo.len(), 1);
    list.bulk.approved(leave(), String::new());
    assert_eq!(list.todo(), []);
    list.bulk.asked(0, Ok(view(0, queued())));
    list.bulk.asked(0, Err(NoRefund::NotPaid.into()));
    list.todo();
    assert_eq!(list.counts(), BulkCounts { queued: 1, ..BulkCounts::default() }, "an answer counts once");
}

#[test]
fn screens_are_told_ten_times_a_second_and_of_a_phase_at_once() {
    let mut list = List::made(3);
    let mut shows = 0;
    let start = list.now;
    for place in 0..1000 {
        list.bulk.heard(&view(place % 3, short()));
        let now = start.plus(Duration::from_millis(u64::try_from(place).unwrap()));
        shows += usize::from(matches!(list.bulk.next(now), Action::Show(_)));
    }
    assert!((9..=11).contains(&shows), "{shows}");
    list.bulk.stop();
    assert!(matches!(list.bulk.next(start), Action::Stop(_)));
    let Action::Show(view) = list.bulk.next(start) else { panic!("the stop is not shown") };
    assert_eq!(view.phase, BulkPhase::Stopping);
}

#[test]
fn one_number_twice_is_one_order() {
    let bulk = Bulk::new(BulkId(1), vec!["a".to_owned(), "b".to_owned(), "a".to_owned()], None);
    assert_eq!(bulk.view().counts.all(), 2);
    let mut empty = Bulk::new(BulkId(1), Vec::new(), None);
    let Action::Show(view) = empty.next(at(0)) else { panic!("an empty list is shown") };
    assert_eq!(view.phase, BulkPhase::Ready);
}
