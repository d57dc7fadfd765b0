//! The machine sleeps, and the line goes down. All tills are on one machine, for they share a book; the gateway and the
//! customers go on.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use guitai::wechat::Failure;

use super::fault::Fault;
use super::gateway::Received;
use super::world::{Happening, MINUTE, Millis, SECOND, World};

/// In seconds.
const DAYS: Millis = 24 * 3600;

impl World {
    pub(crate) fn a_sleep(&mut self) -> Millis {
        // The last is longer than the gateway takes a reverse.
        let lengths = [(2, 20), (30, 120), (30, 120), (300, 900), (3600, 5 * 3600), (DAYS * 8, DAYS * 9)];
        let (shortest, longest) = self.dice.pick(&lengths);
        self.dice.between(shortest, longest) * SECOND
    }

    /// Nothing of the tills runs for so long: their timers stand still and go off that much later, and what is answered
    /// meanwhile is lost, or waits in the machine's buffers.
    pub(crate) fn sleep(&mut self, time: Millis) {
        self.counts.fault(Fault::Sleep);
        self.tell(format_args!("-- the machine sleeps for {} s --", time / SECOND));
        let (from, until) = (self.now, self.now + time);
        for Reverse(mut queued) in std::mem::take(&mut self.queue).into_vec() {
            match &queued.what {
                // These go on.
                Happening::Arrive { .. } | Happening::Customer(_) | Happening::ReportsDue => {}
                // Nothing was sent: only a timer of the machine's own says so.
                Happening::Reply { received: Err(Failure::NotSent(_)), .. } => queued.at += time,
                Happening::Reply { .. } => {}
                // Nobody answers, so the gateway sends it again.
                Happening::Reported { .. } if queued.at < until => continue,
                Happening::Reported { .. } => {}
                Happening::TimeOut { .. }
                | Happening::Wake { .. }
                | Happening::PauseOver { .. }
                | Happening::Cashier { .. }
                | Happening::Boot { .. }
                | Happening::TakeUp { .. }
                | Happening::Kill { .. }
                | Happening::PowerCut
                | Happening::Sleep { .. }
                | Happening::Outage { .. }
                | Happening::Restore
                | Happening::Told { .. }
                | Happening::SetClock { .. }
                | Happening::FaultsStop
                | Happening::LivenessEnds => queued.at += time,
            }
            self.queue.push(Reverse(queued));
        }
        self.asleep += time;
        self.asleep_until = from + time;
        // A shorter sleep is not told from a slow answer, and does no more harm.
        if time > MINUTE {
            self.asked_since = Some(BTreeSet::new());
            self.slept_from = from;
        }
        // The network comes back later than the machine, if at once is not its habit.
        self.down_until = if self.dice.below(2) == 0 { until } else { until + self.dice.between(1, 60) * SECOND };
    }

    /// A reply arrives: it is lost with its connection, or waits in the machine's buffers.
    pub(crate) fn sleeps_through(&mut self, call: u64, received: Received) {
        if self.dice.below(3) == 0 {
            self.counts.fault(Fault::WokenByAnAnswer);
            self.at(self.asleep_until, Happening::Reply { call, received });
        }
    }

    /// From now on no call gets through for so long.
    pub(crate) fn goes_down(&mut self, time: Millis) {
        self.counts.fault(Fault::Outage);
        self.tell(format_args!("-- the line is down for {} s --", time / SECOND));
        self.down_until = self.down_until.max(self.now + time.min(10 * MINUTE));
    }

    pub(crate) fn is_asleep(&self) -> bool {
        self.now < self.asleep_until
    }
}
