//! The clock of one sale: wall time when the sale began, and from then on the time that passed, so that a clock
//! that is set while a customer pays moves no deadline. Time that the machine slept has passed too.

use std::fmt;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::timestamp::Timestamp;

#[derive(Clone, Copy)]
pub(super) struct Clock {
    began_at: Timestamp,
    /// Stands still while the machine sleeps.
    began: Instant,
    /// How long the machine has slept altogether: asked at the beginning, and again each time.
    asleep: fn() -> Duration,
    asleep_before: Duration,
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

impl Clock {
    /// A clock that agrees with the wall now.
    pub(super) fn start() -> Self {
        Self::started(wall(), asleep)
    }

    fn started(began_at: Timestamp, asleep: fn() -> Duration) -> Self {
        Self { began_at, began: Instant::now(), asleep, asleep_before: asleep() }
    }

    pub(super) fn now(&self) -> Timestamp {
        reading(self.began_at, self.began.elapsed(), (self.asleep)().saturating_sub(self.asleep_before))
    }

    /// The steady instant at which this clock will show `at`, unless the machine sleeps: then whoever waits is late, at
    /// most by what was left to wait.
    pub(super) fn instant(&self, at: Timestamp) -> Instant {
        // A week bounds what a platform's timer has to take; the runner looks again when it is over.
        const FAR: Duration = Duration::from_secs(7 * 24 * 3600);
        Instant::now() + at.since(self.now()).min(FAR)
    }
}

/// What a clock that began at `began_at` shows after so long awake and so long asleep. Pure, so that a simulation's tills
/// go by it too.
pub fn reading(began_at: Timestamp, awake: Duration, slept: Duration) -> Timestamp {
    // Less than this is no sleep, only the time between two readings.
    const SHORTEST: Duration = Duration::from_secs(1);
    began_at.plus(awake + if slept < SHORTEST { Duration::ZERO } else { slept })
}

/// What the machine's own clock says.
pub(super) fn wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(since_epoch)
}

/// How long this machine has slept since it was started.
#[cfg(target_os = "linux")]
fn asleep() -> Duration {
    use rustix::time::{ClockId, Timespec, clock_gettime};
    let read = |clock| {
        let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
        Duration::from_secs(u64::try_from(tv_sec).unwrap_or_default())
            + Duration::from_nanos(u64::try_from(tv_nsec).unwrap_or_default())
    };
    let steady = read(ClockId::Monotonic);
    read(ClockId::Boottime).saturating_sub(steady)
}

/// Elsewhere a sale goes on after a sleep as if none had been: its next question is seconds away all the same.
#[cfg(not(target_os = "linux"))]
fn asleep() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static ASLEEP: Cell<Duration> = const { Cell::new(Duration::from_secs(40_000)) };
    }

    const HOURS: Duration = Duration::from_secs(8 * 3600);

    /// A minute before New Year in Beijing.
    fn clock() -> Clock {
        Clock::started(Timestamp::from_wire("20261231235900").unwrap(), || ASLEEP.get())
    }

    fn sleep_for(time: Duration) {
        ASLEEP.set(ASLEEP.get() + time);
    }

    #[tokio::test(start_paused = true)]
    async fn time_passes_over_new_year() {
        let clock = clock();
        let due = clock.now().plus(Duration::from_secs(90));
        tokio::time::sleep_until(clock.instant(due)).await;
        assert_eq!((clock.now(), due.wire().as_str()), (due, "20270101000030"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_machine_slept_has_passed() {
        let clock = clock();
        let due = clock.now().plus(Duration::from_secs(45));
        tokio::time::advance(Duration::from_secs(5)).await;
        sleep_for(HOURS);
        assert_eq!(clock.now().wire(), "20270101075905");
        assert_eq!(clock.instant(due), Instant::now(), "what was due meanwhile is due now");
        let later = clock.now().plus(Duration::from_secs(5));
        assert_eq!(clock.instant(later), Instant::now() + Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_moment_too_far_for_a_timer_is_looked_at_again() {
        let clock = clock();
        let far = clock.instant(Timestamp::from_millis(i64::MAX));
        assert_eq!(far, Instant::now() + Duration::from_secs(7 * 24 * 3600));
    }

    #[test]
    fn a_machine_that_is_awake_does_not_sleep() {
        let clock = Clock::start();
        assert!(
            clock.now().since(wall()) < Duration::from_secs(1) && wall().since(clock.now()) < Duration::from_secs(1)
        );
    }
}
