use super::*;
use crate::money::Fen;
use crate::number::{OutTradeNo, RefundId};
use crate::payment::{Doubt, RefundAnswer};

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_795_341_600_000).plus(Duration::from_millis(millis))
}

fn id() -> RefundId {
    RefundId::parse("50000000000000000000000000001").unwrap()
}

fn refund(n: u32) -> Refund {
    let request = RefundRequest {
        out_refund_no: OutRefundNo::make(at(0), 1, u64::from(n)),
        out_trade_no: OutTradeNo::make(at(0), 1, n),
        total_fee: Fen::new(1250).unwrap(),
        refund_fee: Fen::new(1250).unwrap(),
        reason: String::new(),
    };
    Refund::new(request, at(0))
}

/// A refund as a dead process left it in the book, after these events.
fn left(n: u32, events: impl IntoIterator<Item = Event>) -> RefundRow {
    let mut refund = refund(n);
    for event in events {
        refund.handle(event, at(0));
    }
    let RefundRequest { out_refund_no, out_trade_no, refund_fee, reason, .. } = refund.request().clone();
    RefundRow {
        out_refund_no,
        out_trade_no,
        refund_fee,
        reason,
        created_at: at(0),
        state: refund.state_name().to_owned(),
        standing: standing(refund.standing()),
        rules: book::json(&refund),
        refund_id: None,
        look_first: false,
        owner: "aa".to_owned(),
        version: 2,
    }
}

fn accepted() -> [Event; 2] {
    [Event::Turn, Event::Answered(RefundAnswer::Accepted(id()))]
}

/// What was sent and asked until the queue waits; the book grants every turn.
#[derive(Debug, Default)]
struct Done {
    sent: Vec<OutRefundNo>,
    asked: Vec<OutRefundNo>,
    until: Option<Timestamp>,
}

fn go_on(queue: &mut Queue, now: Timestamp) -> Done {
    let mut done = Done::default();
    loop {
        match queue.next(now) {
            Action::TakeTurns(turns) => {
                let granted = turns.iter().map(|turn| (turn.out_refund_no.clone(), turn.version + 1)).collect();
                queue.granted(Ok(Turns { granted, ..Turns::default() }), now);
            }
            Action::Change { changes, .. } => {
                queue.changed(&Ok(changes.iter().map(|change| Some(change.version + 1)).collect()));
            }
            Action::Send(request) => {
                assert!(done.asked.is_empty(), "what waits is sent first");
                done.sent.push(request.out_refund_no);
            }
            Action::Query(request) => done.asked.push(request.out_refund_no),
            Action::Show(_) => {}
            Action::Pause(_) => unreachable!("the book is well"),
            Action::Wait(until) => {
                done.until = until;
                return done;
            }
        }
    }
}

fn still_on_its_way() -> Reply<RefundQueryAnswer> {
    Reply { answer: RefundQueryAnswer::Processing(id()), raw: None }
}

#[test]
fn a_till_that_starts_sends_before_it_asks_and_asks_little_at_once() {
    let mut queue = Queue::default();
    for n in 0..50 {
        queue.take_up(&left(n, accepted()), at(0));
    }
    let in_doubt: Vec<_> = (50..53).map(|n| left(n, [Event::Turn])).collect();
    for row in &in_doubt {
        queue.take_up(row, at(0));
    }
    for n in 60..70 + u32::try_from(TURNS_AT_ONCE).unwrap() {
        queue.take_up(&left(n, []), at(0));
    }
    let done = go_on(&mut queue, at(0));
    assert_eq!(done.sent.len(), TURNS_AT_ONCE);
    assert_eq!(done.asked.len(), QUESTIONS_AT_ONCE);
    let first: Vec<_> = in_doubt.iter().map(|row| row.out_refund_no.clone()).collect();
    assert_eq!(done.asked[..3], first, "those that may have to be sent again");
    let mut asked = done.asked;
    for round in 1..200 {
        let Some(number) = asked.pop() else { break };
        queue.queried(&number, &still_on_its_way(), at(round));
        asked.extend(go_on(&mut queue, at(round)).asked);
        assert!(asked.len() <= QUESTIONS_AT_ONCE, "in their turn, as answers come");
    }
    assert_eq!(queue.asking, 0);
    assert!(queue.to_ask.is_empty(), "all are asked");
}

#[test]
fn turns_come_two_hundred_a_second_whether_it_asks_often_or_rarely() {
    for (gap, rounds) in [(20, 25), (60, 10), (100, 10)] {
        let mut queue = Queue::default();
        for n in 0..300 {
            queue.add(refund(n), 1);
        }
        go_on(&mut queue, at(1_000));
        let mut sent = 0;
        for round in 1..=rounds {
            let now = at(1_000 + round * gap);
            let numbers = go_on(&mut queue, now).sent;
            sent += numbers.len();
            for number in numbers {
                queue.answered(&number, &Reply { answer: RefundAnswer::Accepted(id()), raw: None }, now);
            }
        }
        assert_eq!(sent, usize::try_from(rounds * gap / 5).unwrap(), "every {gap} ms");
    }
}

#[test]
fn a_hundred_sends_may_lack_a_reply_and_no_more() {
    let mut queue = Queue::default();
    for n in 0..300 {
        queue.add(refund(n), 1);
    }
    let mut sent = Vec::new();
    let mut until = None;
    for round in 0..60 {
        let done = go_on(&mut queue, at(round * 25));
        sent.extend(done.sent);
        until = done.until;
    }
    assert_eq!(sent.len(), UNANSWERED_AT_ONCE);
    assert_eq!(until, None, "only an answer lets it go on");
    let taken = Reply { answer: RefundAnswer::Accepted(id()), raw: None };
    queue.answered(&sent[0], &taken, at(1_500));
    assert_eq!(go_on(&mut queue, at(1_500)).sent.len(), 1);
}

#[test]
fn what_is_to_be_done_next_is_known() {
    let mut queue = Queue::default();
    assert_eq!((queue.awaited(), queue.next_try()), (0, None));
    queue.add(refund(1), 1);
    assert_eq!((queue.awaited(), queue.next_try()), (0, Some(at(0))), "it waits for its turn");
    let number = go_on(&mut queue, at(10)).sent.remove(0);
    assert_eq!((queue.awaited(), queue.next_try()), (1, None));
    let short = Reply { answer: RefundAnswer::NotEnough, raw: None };
    queue.answered(&number, &short, at(20));
    assert_eq!((queue.awaited(), queue.next_try()), (0, Some(at(60_020))), "a balance isn't there in a moment");
    queue.query(&number, at(30));
    go_on(&mut queue, at(30));
    let unclear = Reply { answer: RefundAnswer::Unknown(Doubt::NoAnswer), raw: None };
    queue.answered(&number, &unclear, at(40));
    queue.stop(&number, at(50));
    assert_eq!((queue.awaited(), queue.next_try()), (1, None), "whether it can be stopped is to be asked");
    assert_eq!(go_on(&mut queue, at(60)).asked, std::slice::from_ref(&number));
    let lost = Reply { answer: RefundQueryAnswer::Unknown(Doubt::NoAnswer), raw: None };
    queue.queried(&number, &lost, at(70));
    assert_eq!(queue.awaited(), 0);
    assert!(queue.next_try().is_some_and(|next| next > at(70)), "it is asked again");
    go_on(&mut queue, at(120_000));
    queue.queried(&number, &still_on_its_way(), at(120_010));
    assert_eq!((queue.awaited(), queue.next_try()), (0, None), "taken: now it is the bank's");
    assert!(go_on(&mut queue, at(120_020)).until.is_some(), "it is asked after all the same");
}
