//! When the next refund may be sent: a sliding window over the sends of all processes, kept in the book.
//!
//! Pure but for the book's own rows; the limits are the gateway's, and the till brings them.

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
    /// within the span or later, earliest first.
    ///
    /// Counted by when a request may last have arrived, not by when it was sent: however long each is on its way, no
    /// span at the gateway sees more than the limit.
    pub fn next_turn(&self, arriving: &[Timestamp], failing: bool, now: Timestamp) -> Timestamp {
        let most = if failing { self.most_failing } else { self.most };
        let full = arriving.len().checked_sub(most).and_then(|nth| arriving.get(nth));
        full.map_or(now, |at| at.plus(self.span)).max(now)
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

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    /// The moments at which requests go out as fast as they may, each answered `latency` later, up to `until`.
    fn send(failing: bool, latency: u64, until: i64) -> Vec<Timestamp> {
        let (mut sent, mut now) = (Vec::new(), at(0));
        while now < at(until) {
            let latency = Duration::from_millis(latency);
            let until = |at: &Timestamp| {
                if at.plus(latency) <= now { at.plus(latency) } else { at.plus(LIMITS.arrives_within) }
            };
            let mut arriving: Vec<_> = sent.iter().map(until).filter(|at| at.plus(LIMITS.span) > now).collect();
            arriving.sort_unstable();
            if LIMITS.next_turn(&arriving, failing, now) <= now {
                sent.push(now);
            } else {
                now = now.plus(Duration::from_millis(1));
            }
        }
        sent
    }

    #[test]
    fn the_first_goes_at_once() {
        assert_eq!(LIMITS.next_turn(&[], false, at(0)), at(0));
        assert_eq!(LIMITS.next_turn(&[], true, at(0)), at(0));
    }

    #[test]
    fn no_span_at_the_gateway_has_more_than_the_limit_whenever_each_arrives() {
        for (failing, latency, most, least_in_all) in [(false, 5, 150, 570), (false, 300, 150, 430), (true, 5, 6, 20)] {
            let sent = send(failing, latency, 4_000);
            assert!(sent.len() > least_in_all, "{} at {latency} ms", sent.len());
            // Whoever arrives in a span was sent before its end and answered after its beginning.
            for start in 0..40 {
                let (from, to) = (at(start * 100), at(start * 100 + 1_000));
                let in_it = sent.iter().filter(|at| **at < to && at.plus(Duration::from_millis(latency)) >= from);
                assert!(in_it.count() <= most, "from {start}");
            }
        }
    }
}
