//! The clock of one sale: wall time when the sale began, and from then on steady time, so that a clock
//! that is set while a customer pays moves no deadline.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::timestamp::Timestamp;

#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    began_at: Timestamp,
    began: Instant,
}

impl Clock {
    /// A clock that agrees with the wall now.
    pub(super) fn start() -> Self {
        Self { began_at: wall(), began: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.began_at.plus(self.began.elapsed())
    }

    /// The steady instant at which this clock will show `at`.
    pub(super) fn instant(&self, at: Timestamp) -> Instant {
        // A week bounds what a platform's timer has to take; the runner looks again when it is over.
        const FAR: Duration = Duration::from_secs(7 * 24 * 3600);
        self.began + at.since(self.began_at).min(self.began.elapsed() + FAR)
    }
}

/// What the machine's own clock says.
pub(super) fn wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(since_epoch)
}
