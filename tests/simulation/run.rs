//! Many seeds, on all cores: the runs that both the test and the program make.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::bug::Bug;
use super::report::Counts;
use super::world::World;

/// In so many seeds each fault strikes and each edge is taken.
pub(crate) const MANY: u64 = 20_000;
/// A planted bug has to be found within so many seeds.
pub(crate) const FOUND_WITHIN: u64 = 10_000;

/// What many seeds came to.
pub(crate) struct Seeds {
    counts: Counts,
    count: u64,
    /// Events in the median seed.
    median: u64,
    took: Duration,
    workers: usize,
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.counts)?;
        write!(f, "{} seeds, 0 violations, {} seeds a second", self.count, per_second(self.count, self.took))?;
        write!(f, " on {} threads, {} events in the median", self.workers, self.median)
    }
}

pub(crate) fn per_second(count: u64, took: Duration) -> u128 {
    u128::from(count) * 1000 / took.as_millis().max(1)
}

pub(crate) fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Runs `work` on every core, each with a number of its own at every call, until it says that it has enough.
pub(crate) fn on_all_cores<T: Send>(work: impl Fn(&AtomicU64) -> T + Sync) -> Vec<T> {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers()).map(|_| scope.spawn(|| work(&next))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a worker's panic ends the run")).collect()
    })
}

/// Runs `count` seeds from `first` on; the error is a failing seed's trace, or what many seeds never showed.
pub(crate) fn seeds(first: u64, count: u64) -> Result<Seeds, String> {
    let failed = Mutex::new(None);
    let began = Instant::now();
    let parts = on_all_cores(|next| {
        let mut counts = Counts::default();
        let mut events = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count || failed.lock().expect("no worker panics with it").is_some() {
                return (counts, events);
            }
            let mut world = World::new(first + place, None, false);
            world.run();
            events.push(world.counts.events);
            counts.add(&world.counts);
            if world.violation.is_some() {
                failed.lock().expect("no worker panics with it").get_or_insert(first + place);
            }
        }
    });
    let took = began.elapsed();
    if let Some(seed) = failed.into_inner().expect("no worker panics with it") {
        return Err(explain(seed, None).0);
    }
    let mut sum = Counts::default();
    let mut events = Vec::new();
    for (counts, mut more) in parts {
        sum.add(&counts);
        events.append(&mut more);
    }
    events.sort_unstable();
    let median = events.get(events.len() / 2).copied().unwrap_or_default();
    let done = Seeds { counts: sum, count, median, took, workers: workers() };
    let missing = done.counts.missing();
    if count >= MANY && (median < 200 || !missing.is_empty()) {
        return Err(format!("{done}\nnever happened: {missing:#?}"));
    }
    Ok(done)
}

/// One seed's trace and how to see it again; and whether something is wrong with it.
pub(crate) fn explain(seed: u64, bug: Option<Bug>) -> (String, bool) {
    let mut world = World::new(seed, bug, true);
    world.run();
    let lines = world.trace.lines.unwrap_or_default();
    let bug = bug.map_or_else(String::new, |bug| format!(" {bug:?}"));
    let wrong = world.violation.is_some();
    let what = world.violation.unwrap_or_else(|| "nothing is wrong".to_owned());
    (format!("{}\nseed {seed}: {what}\nagain: cargo simulation seed {seed}{bug}", lines.join("\n")), wrong)
}

/// Runs each seed twice; the error is the first that was another run the second time.
pub(crate) fn same(count: u64) -> Result<(), String> {
    let hash = |seed| {
        let mut world = World::new(seed, None, false);
        world.run();
        (world.trace.hash, world.counts.events)
    };
    let differs = on_all_cores(|next| {
        std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)))
            .take_while(|seed| *seed < count)
            .find(|seed| hash(*seed) != hash(*seed))
    });
    differs.into_iter().flatten().next().map_or(Ok(()), |seed| Err(format!("seed {seed} is another run each time")))
}

/// Looks for every planted bug, or for one; the error names those that were not found.
pub(crate) fn bugs(only: Option<Bug>) -> Result<String, String> {
    let wanted: Vec<Bug> = Bug::ALL.iter().copied().filter(|bug| only.is_none_or(|only| only == *bug)).collect();
    let found = on_all_cores(|next| {
        std::iter::from_fn(|| wanted.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok()?).copied())
            .map(find)
            .collect::<Vec<_>>()
    });
    let all: Vec<_> = found.into_iter().flatten().collect();
    let (found, missed): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    if missed.is_empty() {
        let found: Vec<String> = found.into_iter().flatten().collect();
        return Ok(format!("{}\n{} of {} planted bugs found", found.join("\n"), found.len(), wanted.len()));
    }
    let missed: Vec<String> = missed.into_iter().filter_map(Result::err).collect();
    Err(missed.join("\n"))
}

/// The first seed that finds a bug, and nothing without it.
fn find(bug: Bug) -> Result<String, String> {
    let found = (0..FOUND_WITHIN).find_map(|seed| {
        let mut world = World::new(seed, Some(bug), false);
        world.run();
        world.violation.map(|violation| (seed, violation))
    });
    let (seed, violation) = found.ok_or_else(|| format!("not found: {}", bug.text()))?;
    let mut clean = World::new(seed, None, false);
    clean.run();
    match clean.violation {
        None => Ok(format!("seed {seed:>5} finds: {} ({violation})", bug.text())),
        Some(violation) => Err(format!("seed {seed} fails without {bug:?} as well: {violation}")),
    }
}
