//! When the next refund may be sent: a sliding window over the sends of all processes, kept in the book.
//!
//! Pure but for the book's own rows; the limits are the gateway's, and the till brings them.

use std::time::Duration;

use crate::timestamp::Timestamp;

/// How fast refunds may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendLimits {
    /// The most sends in any span.
    pub most: usize,
    /// The most in any span in which a failing reply came.
    pub most_failing: usize,
    pub span: Duration,
    /// The least between two sends, so that a full window doesn't go out at once.
    pub gap: Duration,
    /// The least between two refunds of one order.
    pub order_gap: Duration,
    /// How far ahead turns are given. A process that is held up sends no more than these too late.
    pub ahead: Duration,
}

impl SendLimits {
    /// The first moment at which another refund may be sent; `sent` are the latest sends, oldest first.
    pub fn next_turn(&self, sent: &[Timestamp], failing: bool, now: Timestamp) -> Timestamp {
        let most = if failing { self.most_failing } else { self.most };
        let window = sent.len().checked_sub(most).and_then(|nth| sent.get(nth)).map(|at| at.plus(self.span));
        let spacing = sent.last().map(|at| at.plus(self.gap));
        window.into_iter().chain(spacing).fold(now, Timestamp::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SendLimits = SendLimits {
        most: 150,
        most_failing: 6,
        span: Duration::from_millis(1025),
        gap: Duration::from_millis(6),
        order_gap: Duration::from_secs(60),
        ahead: Duration::from_millis(25),
    };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    /// Sends as fast as it may for `span`.
    fn send(sent: &mut Vec<Timestamp>, failing: bool, from: i64, to: i64) {
        while let turn = LIMITS.next_turn(sent, failing, at(from))
            && turn < at(to)
        {
            sent.push(turn);
        }
    }

    fn most_in_a_second(sent: &[Timestamp]) -> usize {
        let second = Duration::from_secs(1);
        let from = |start: &Timestamp| sent.iter().filter(|at| **at >= *start && at.since(*start) < second).count();
        sent.iter().map(from).max().unwrap_or(0)
    }

    #[test]
    fn the_first_goes_at_once() {
        assert_eq!(LIMITS.next_turn(&[], false, at(0)), at(0));
        assert_eq!(LIMITS.next_turn(&[], true, at(0)), at(0));
    }

    #[test]
    fn no_window_has_more_than_the_limit_and_the_limit_is_nearly_used() {
        let mut sent = Vec::new();
        send(&mut sent, false, 0, 60_000);
        assert_eq!(most_in_a_second(&sent), 150);
        assert!((142 * 60..=150 * 60).contains(&sent.len()), "{}", sent.len());
    }

    #[test]
    fn a_failing_reply_narrows_it_at_once() {
        let mut sent = Vec::new();
        send(&mut sent, false, 0, 500);
        let before = sent.len();
        send(&mut sent, true, 500, 10_500);
        assert!(sent[before] >= at(1000), "the sends of the last second count");
        let narrow = &sent[before..];
        assert_eq!(most_in_a_second(narrow), 6);
        assert!(narrow.len() > 50, "{}", narrow.len());
    }
}
