//! Lists of refunds at a till: a balance that is short, news that are lost, and a till that goes.

use super::*;
use crate::till::{BulkCounts, BulkId, BulkPhase, BulkView};

impl Counter {
    /// Orders of this till that were paid.
    async fn paid_orders(&self, count: u32) -> Vec<OutTradeNo> {
        let mut orders = Vec::new();
        for n in 0..count {
            orders.push(self.paid(n, true).await);
        }
        orders
    }

    async fn refund_list(&self, orders: &[OutTradeNo]) -> BulkId {
        let numbers = orders.iter().map(OutTradeNo::to_string).collect();
        let id = self.till.begin_list(numbers, None).expect("no other list goes on");
        watch_list(&self.till, |view| view.phase == BulkPhase::Ready).await;
        let approval = Approval { by: "店长".to_owned(), means: Means::Pin, up_to: amount(), day_cap: None };
        self.till.refund_list(id, approval, String::new());
        id
    }
}

/// The first view of a list that is so, from now on.
async fn watch_list(till: &Till, so: impl Fn(&BulkView) -> bool) -> Arc<BulkView> {
    let mut updates = std::pin::pin!(till.updates());
    if let Some(view) = till.shared.bulk_view().filter(|view| so(view)) {
        return view;
    }
    loop {
        if let Update::Bulk(view) = updates.next().await.unwrap()
            && so(&view)
        {
            return view;
        }
    }
}

/// In real time: the window of sends is kept by the wall's clock, and replies that fail make it small.
#[tokio::test]
async fn a_list_waits_for_a_balance_and_what_is_stopped_can_be_done_again() {
    let counter = Counter::open();
    let orders = counter.paid_orders(3).await;
    counter.bank.script(std::iter::repeat_n(Next::Says(RefundAnswer::NotEnough), 1_000));
    let id = counter.refund_list(&orders).await;
    let short = watch_list(&counter.till, |view| view.counts.short > 0).await;
    assert_eq!((short.counts.taken, &short.trouble), (0, &Some(RefundTrouble::NotEnough)));
    assert!(counter.till.begin_list(vec![], None).is_none());
    counter.till.stop_list(id);
    let over = watch_list(&counter.till, |view| matches!(view.phase, BulkPhase::Over { .. })).await;
    assert_eq!(over.phase, BulkPhase::Over { stopped: true });
    assert_eq!(over.counts.stopped + over.counts.waiting, 3, "{:?}", over.counts);

    for order in &orders {
        assert_eq!(counter.bank.refunded(order), 0);
        let again = counter.till.refundable(order.as_str()).await.unwrap();
        assert_eq!(again.left, amount(), "the same list can be done again");
    }
}

/// In real time: it passes by itself only when there is nothing to do.
#[tokio::test]
async fn a_list_whose_news_are_lost_finds_them_in_the_book() {
    let counter = Counter::open();
    let orders = counter.paid_orders(3).await;
    let shared = Arc::clone(&counter.till.shared);
    // More news than a listener may fall behind, whenever anybody could read them.
    let flood = tokio::spawn(async move {
        loop {
            for n in 0..200 {
                shared.hold(SaleId::new(n), true);
                shared.hold(SaleId::new(n), false);
            }
            tokio::task::yield_now().await;
        }
    });
    counter.refund_list(&orders).await;
    let over = watch_list(&counter.till, |view| matches!(view.phase, BulkPhase::Over { .. }));
    let over = tokio::time::timeout(Duration::from_secs(10), over).await.expect("the book knows what became of them");
    assert_eq!(over.counts, BulkCounts { taken: 3, ..BulkCounts::default() });
    flood.abort();
}

#[tokio::test(start_paused = true)]
async fn a_till_lives_until_its_list_is_done_and_no_longer() {
    let counter = Counter::open();
    let orders = counter.paid_orders(20).await;
    counter.refund_list(&orders).await;
    let Counter { bank, till, ledger, folder } = counter;
    let gone = Arc::downgrade(&till.shared);
    drop(till);
    let done = || orders.iter().all(|order| bank.refunded(order) == 1250);
    while !done() {
        assert!(gone.upgrade().is_some(), "the list goes on though nobody holds the till");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    while gone.upgrade().is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(ledger.refund_counts().await.unwrap().waiting, 0);
    drop(folder);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_waits_for_leave_gives_way_to_another() {
    let counter = Counter::open();
    let orders = counter.paid_orders(2).await;
    let number = |place: usize| vec![orders[place].to_string()];
    let first = counter.till.begin_list(number(0), None).unwrap();
    watch_list(&counter.till, |view| view.phase == BulkPhase::Ready).await;
    let second = counter.till.begin_list(number(1), Some(fen(1249))).unwrap();
    assert_ne!(first, second);
    let approval = Approval { by: String::new(), means: Means::Rules, up_to: amount(), day_cap: None };
    counter.till.refund_list(first, approval.clone(), String::new());
    let ready = watch_list(&counter.till, |view| view.id == second && view.phase == BulkPhase::Ready).await;
    assert_eq!((ready.counts.waiting, ready.counts.left_out), (0, 1), "it is above the owner's limit");
    counter.till.refund_list(second, approval, String::new());
    let third = counter.till.begin_list(number(0), None);
    assert!(third.is_some(), "nothing of the second could be begun");
    counter.till.goodbye(Duration::from_secs(5)).await;
    assert!(counter.bank.truth().requests.is_empty());
}
