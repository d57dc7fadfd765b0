//! The simulator: the till's own rules, decisions and wire over practice's books, in virtual time.
//!
//! One seed is one run: some tills on one book, sales, a cashier, customers, a line and a disk that fail, and
//! processes that die. After every step and at the end it must hold what `shared/design/reliability.md` promises.
//!
//! - `cargo test --test simulation -- --nocapture` runs 20,000 seeds and shows the tables.
//! - `SEED=17 cargo test --test simulation one_seed -- --nocapture` shows one seed's trace; `BUG=NeverTakesUp`
//!   besides runs it with a planted bug.
//! - `SEEDS=1000000 cargo test --release --test simulation seeds -- --nocapture` is the long run; `FROM=…` is its
//!   first seed.

mod bug;
mod check;
mod contract;
mod dice;
mod fault;
mod gateway;
mod model;
mod people;
mod report;
mod till;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use bug::Bug;
use report::Counts;
use world::World;

const SEEDS: u64 = 20_000;
/// A planted bug has to be found within so many seeds.
const FOUND_WITHIN: u64 = 10_000;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// What a failing seed leaves: its trace and how to see it again.
fn explain(seed: u64, bug: Option<Bug>) -> String {
    let mut world = World::new(seed, bug, true);
    world.run();
    let lines = world.trace.lines.unwrap_or_default();
    let again = bug.map_or_else(String::new, |bug| format!("BUG={bug:?} "));
    let what = world.violation.unwrap_or_default();
    format!(
        "{}\nseed {seed}: {what}\nagain: SEED={seed} {again}cargo test --test simulation one_seed -- --nocapture",
        lines.join("\n")
    )
}

#[test]
fn seeds() {
    let count = from_environment("SEEDS").unwrap_or(SEEDS);
    let first = from_environment("FROM").unwrap_or(0);
    let next = AtomicU64::new(first);
    let failed = Mutex::new(None);
    let sum = Mutex::new((Counts::default(), Vec::new()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..workers() {
            scope.spawn(|| {
                let mut counts = Counts::default();
                let mut events = Vec::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count || failed.lock().unwrap().is_some() {
                        break;
                    }
                    let mut world = World::new(seed, None, false);
                    world.run();
                    events.push(world.counts.events);
                    counts.add(&world.counts);
                    if world.violation.is_some() {
                        failed.lock().unwrap().get_or_insert(seed);
                    }
                }
                let mut sum = sum.lock().unwrap();
                sum.0.add(&counts);
                sum.1.append(&mut events);
            });
        }
    });
    let took = began.elapsed();
    if let Some(seed) = failed.into_inner().unwrap() {
        panic!("{}", explain(seed, None));
    }
    let (counts, mut events) = sum.into_inner().unwrap();
    events.sort_unstable();
    let median = events[events.len() / 2];
    let rate = u128::from(count) * 1000 / took.as_millis().max(1);
    println!("{counts}");
    println!(
        "{count} seeds, 0 violations, {rate} seeds a second on {} threads, {median} events in the median",
        workers()
    );
    if count >= SEEDS {
        assert!(median >= 200, "a seed has {median} events");
        let missing = counts.missing();
        assert!(missing.is_empty(), "never happened: {missing:#?}");
    }
}

#[test]
fn the_same_seed_twice_is_the_same_run() {
    for seed in 0..1000 {
        let hash = || {
            let mut world = World::new(seed, None, false);
            world.run();
            (world.trace.hash, world.counts.events)
        };
        assert_eq!(hash(), hash(), "seed {seed}");
    }
}

#[test]
fn one_seed() {
    let seed = from_environment("SEED").unwrap_or(0);
    let name = std::env::var("BUG").ok();
    let bug = name.map(|name| *Bug::ALL.iter().find(|bug| format!("{bug:?}") == name).expect("a planted bug"));
    let text = explain(seed, bug);
    println!("{text}");
    assert!(bug.is_some() || text.contains(&format!("seed {seed}: \n")), "seed {seed} fails");
}

#[test]
fn planted_bugs_are_found() {
    let missed = Mutex::new(Vec::new());
    let next = AtomicU64::new(0);
    let only = std::env::var("BUG").ok();
    let found_all = AtomicBool::new(true);
    std::thread::scope(|scope| {
        for _ in 0..workers() {
            scope.spawn(|| {
                loop {
                    let place = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap();
                    let Some(bug) = Bug::ALL.get(place).copied() else { break };
                    if only.as_ref().is_some_and(|only| *only != format!("{bug:?}")) {
                        continue;
                    }
                    let found = (0..FOUND_WITHIN).find_map(|seed| {
                        let mut world = World::new(seed, Some(bug), false);
                        world.run();
                        world.violation.map(|violation| (seed, violation))
                    });
                    if let Some((seed, violation)) = found {
                        let mut clean = World::new(seed, None, false);
                        clean.run();
                        assert_eq!(clean.violation, None, "seed {seed} fails without the bug as well");
                        println!("seed {seed:>5} finds: {} ({violation})", bug.text());
                    } else {
                        found_all.store(false, Ordering::Relaxed);
                        missed.lock().unwrap().push(bug.text());
                    }
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(found_all.into_inner(), "not found: {missed:#?}");
}
