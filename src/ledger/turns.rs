//! When the next refund may be sent: a sliding window over the sends of all processes, kept in the book.
//!
//! Pure but for the book's own rows; the limits are the gateway's, and the till brings them.
//!
//! # Why no span at the gateway sees more than the limit
//!
//! A request reaches the gateway after its turn, which is in the book before anything leaves, and before its reply. So it
//! counts as having arrived when its reply came, and as long as it has none, as one that arrives only
//! [`arrives_within`](SendLimits::arrives_within) after its turn. Take any span, and of the requests that may reach the
//! gateway in it the one whose turn came last: at that turn all others counted, because none was known to have arrived
//! a span ago. So together they are no more than the limit, wherever in its time each arrived, and whoever sent it.
//!
//! # What that costs
//!
//! A request fills its place for its reply time and a span: with replies after `r` seconds, `most / (span + r)` go out a
//! second. That is 98 % of the limit at 15 ms and 77 % at 300 ms, and no rule that knows turns and replies alone can do
//! better: a request may have arrived just before its reply, and the next may arrive just after its turn. Ten thousand
//! refunds take 87 s instead of 67 s then; one that is refused for coming too soon is put off for a minute.
//!
//! # What a dead process has sent
//!
//! What a killed process had in its memory never leaves. What it had given to the system goes out all the same, and comes
//! after seconds if packets are lost on the way: the system sends again for the dead as it does for the living. So that a
//! process is dead says nothing of when its last requests arrive, and they count as all others do, to the end of
//! `arrives_within`. Whoever goes on needn't wait for them: a process has at most a hundred requests without a reply (the
//! till's queue sees to it). The other fifty places are free, or their replies were there before the death and free them
//! within a span of it. So the first send after a kill comes within the span, however slow replies were (two processes with
//! slow replies that die together may have filled the window, and the next waits for `arrives_within`); until
//! `arrives_within` is over only as many go out as find a place: with replies after 15 ms, all but one or two.
//!
//! # What is assumed
//!
//! That a request without a reply arrives within `arrives_within` or never: one whose packets were lost again and again,
//! or whose machine fell asleep between turn and send, may come later. Then the gateway sees one more than it takes, says
//! FREQUENCY_LIMITED to it, and the refund is sent again under its number, a minute later; no money hangs on it.

use std::time::Duration;

use crate::number::OutRefundNo;
use crate::timestamp::Timestamp;

/// How fast refunds may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendLimits {
    /// The most requests that may reach the gateway in any span.
    pub most: usize,
    /// The most while a failing reply came within the span.
    pub most_failing: usize,
    pub span: Duration,
    /// A request without a reply may reach the gateway for so long; one with a reply did so before that came.
    pub arrives_within: Duration,
    /// The least between two refunds of one order.
    pub order_gap: Duration,
}

/// Which refunds may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turns {
    /// Each with its new version; written down as sent now.
    pub granted: Vec<(OutRefundNo, i64)>,
    /// Another refund of the same order was sent a moment ago: not before this.
    pub too_soon: Vec<(OutRefundNo, Timestamp)>,
    /// Another process has taken it further.
    pub stale: Vec<OutRefundNo>,
    /// When to ask again for those that were not answered, because the window is full.
    pub again_at: Option<Timestamp>,
}

impl SendLimits {
    /// When another refund may be sent; `arriving` are the moments until which requests may have reached the gateway
    /// within the span or later, earliest first, and `failed` is when the last failing reply within the span came.
    ///
    /// Counted by when a request may last have arrived, not by when it was sent: however long each is on its way, no
    /// span at the gateway sees more than the limit.
    pub fn next_turn(&self, arriving: &[Timestamp], failed: Option<Timestamp>, now: Timestamp) -> Timestamp {
        let room = |most: usize| {
            let full = arriving.len().checked_sub(most).and_then(|nth| arriving.get(nth));
            full.map_or(now, |at| at.plus(self.span)).max(now)
        };
        match failed {
            None => room(self.most),
            // Whichever is first: there is room among the few, or it is wide again.
            Some(failed) => room(self.most_failing).min(room(self.most).max(failed.plus(self.span))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SendLimits = SendLimits {
        most: 150,
        most_failing: 6,
        span: Duration::from_secs(1),
        arrives_within: Duration::from_secs(10),
        order_gap: Duration::from_secs(60),
    };
    const MILLI: Duration = Duration::from_millis(1);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    #[derive(Debug, Clone, Copy)]
    struct Sent {
        at: Timestamp,
        /// When the reply comes; never to the dead.
        reply: Option<Timestamp>,
    }

    impl Sent {
        /// Until when it may arrive, as it is known at `now`.
        fn until(&self, now: Timestamp) -> Timestamp {
            self.reply.filter(|reply| *reply <= now).unwrap_or(self.at.plus(LIMITS.arrives_within))
        }
    }

    /// A process that sends as fast as it may, and has at most so many requests without a reply.
    #[derive(Debug, Clone, Copy)]
    struct Sender {
        failing: bool,
        latency: Duration,
        unanswered: usize,
    }

    impl Sender {
        fn of(latency: u64) -> Self {
            Self { failing: false, latency: Duration::from_millis(latency), unanswered: 100 }
        }

        /// Goes on with what was sent before, from a moment to another.
        fn send(self, sent: &mut Vec<Sent>, from: Timestamp, to: Timestamp) {
            let others = sent.len();
            let mut now = from;
            while now < to {
                let mut arriving: Vec<_> =
                    sent.iter().map(|sent| sent.until(now)).filter(|until| until.plus(LIMITS.span) > now).collect();
                arriving.sort_unstable();
                let replies = sent[others..].iter().filter_map(|sent| sent.reply).filter(|reply| *reply > now);
                let may_send = replies.clone().count() < self.unanswered;
                let failed = self.failing.then_some(now);
                let turn = Some(LIMITS.next_turn(&arriving, failed, now)).filter(|_| may_send);
                if turn == Some(now) {
                    sent.push(Sent { at: now, reply: Some(now.plus(self.latency)) });
                } else {
                    now = turn.into_iter().chain(replies.min()).chain([to]).min().unwrap();
                }
            }
        }
    }

    /// The most requests that any span may see, if each arrives where it is worst.
    fn most_in_a_span(sent: &[Sent]) -> usize {
        let end = sent.iter().map(|sent| sent.at).max().unwrap();
        // It is most just when one more may arrive.
        let last = |last: &Sent| {
            let from = last.at.plus(MILLI).as_millis() - 1_000;
            sent.iter().filter(|sent| sent.at <= last.at && sent.until(end).as_millis() >= from).count()
        };
        sent.iter().map(last).max().unwrap_or(0)
    }

    #[test]
    fn the_first_goes_at_once() {
        assert_eq!(LIMITS.next_turn(&[], None, at(0)), at(0));
        assert_eq!(LIMITS.next_turn(&[], Some(at(0)), at(0)), at(0));
    }

    #[test]
    fn a_window_that_a_failing_reply_has_narrowed_is_wide_again_a_span_later() {
        let arriving = [at(5_000); 20];
        assert_eq!(LIMITS.next_turn(&arriving, None, at(700)), at(700));
        assert_eq!(LIMITS.next_turn(&arriving, Some(at(100)), at(700)), at(1_100), "it needn't wait for the twenty");
        assert_eq!(LIMITS.next_turn(&[at(0); 20], Some(at(100)), at(700)), at(1_000), "they are gone before");
        assert_eq!(LIMITS.next_turn(&[at(5_000); 150], Some(at(100)), at(700)), at(6_000), "full is full");
    }

    #[test]
    fn no_span_at_the_gateway_has_more_than_the_limit_whenever_each_arrives() {
        for (failing, latency, most, least_in_all) in
            [(false, 5, 150, 570), (false, 300, 150, 430), (false, 1_500, 150, 220), (true, 5, 6, 20)]
        {
            let mut sent = Vec::new();
            Sender { failing, ..Sender::of(latency) }.send(&mut sent, at(0), at(4_000));
            assert!(sent.len() > least_in_all, "{} at {latency} ms", sent.len());
            let found = most_in_a_span(&sent);
            assert!(found <= most, "{found} at {latency} ms");
            assert_eq!(found, most, "the check sees the limit reached");
        }
    }

    /// One process is killed at some moment, what it sent last may arrive for ten seconds more, and another goes on.
    /// Says how long after the kill its first send comes.
    fn killed(sender: Sender, kill: i64, goes_on: i64) -> (Duration, Vec<Sent>) {
        let mut sent = Vec::new();
        sender.send(&mut sent, at(0), at(kill));
        for dead in &mut sent {
            dead.reply = dead.reply.filter(|reply| *reply <= at(kill));
        }
        let before = sent.len();
        sender.send(&mut sent, at(kill), at(kill + goes_on));
        let first = sent.get(before).map_or(at(kill + goes_on), |sent| sent.at);
        (first.since(at(kill)), sent)
    }

    #[test]
    fn after_a_kill_the_first_goes_within_a_span_and_the_limit_holds_whenever_the_dead_ones_arrive() {
        for latency in [5, 90, 300, 700, 1_000, 1_900] {
            for kill in (1..3_000).step_by(97) {
                let (waited, sent) = killed(Sender::of(latency), kill, 2_000);
                assert!(waited <= LIMITS.span, "{waited:?} at {latency} ms, killed after {kill}");
                let most = most_in_a_span(&sent);
                assert!(most <= LIMITS.most, "{most} at {latency} ms, killed after {kill}");
            }
        }
    }

    #[test]
    fn a_process_that_fills_the_window_with_what_has_no_reply_would_stop_the_next() {
        let all = Sender { unanswered: LIMITS.most, ..Sender::of(700) };
        let (waited, _) = killed(all, 500, 3_000);
        assert_eq!(waited, Duration::from_secs(3), "none goes for ten seconds");
    }

    #[test]
    fn the_limit_of_what_has_no_reply_costs_nothing_while_replies_come_within_two_seconds() {
        for latency in [5, 300, 1_000, 1_900] {
            let sent = |unanswered| {
                let mut sent = Vec::new();
                Sender { unanswered, ..Sender::of(latency) }.send(&mut sent, at(0), at(30_000));
                sent.len()
            };
            let (few, all) = (sent(100), sent(LIMITS.most));
            assert!(few + LIMITS.most >= all, "{few} of {all} at {latency} ms");
        }
    }
}
