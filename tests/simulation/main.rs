//! The simulator: the till's own rules, decisions and wire over practice's books, in virtual time.
//!
//! One seed is one run: some tills on one book, sales, a cashier, customers, a line and a disk that fail, and
//! processes that die. After every step and at the end it must hold what `shared/design/reliability.md` promises.
//!
//! Refunds have a simulation of their own, [`refunds`], over a real book.
//!
//! Here a few seeds run beside the other tests, and the model of the book is held against the book. The many run in
//! the program of the same name, optimised: `cargo simulation` says how.

mod backup;
mod bug;
mod check;
mod contract;
mod crash;
mod dice;
mod fault;
mod gateway;
mod model;
mod people;
mod real;
mod refunds;
mod report;
mod reported;
mod run;
mod scenario;
mod sleep;
mod till;
mod world;

const SEEDS: u64 = 200;

#[test]
fn seeds() {
    match run::seeds(0, SEEDS) {
        Ok(done) => println!("{done}"),
        Err(trace) => panic!("{trace}"),
    }
}

#[test]
fn the_same_seed_twice_is_the_same_run() {
    run::same(20).unwrap();
}

#[test]
fn a_planted_bug_is_found_and_told_with_its_trace() {
    let bug = bug::Bug::NewNumberAfterTimeOut;
    println!("{}", run::bugs(Some(bug)).unwrap());
    let finds = (0..run::FOUND_WITHIN).map(|seed| run::explain(seed, Some(bug))).find(|(_, wrong)| *wrong);
    let (trace, _) = finds.expect("it was found above");
    assert!(trace.contains("VIOLATION") && trace.contains("again: cargo simulation seed"), "{trace}");
}

#[test]
fn a_crash_at_every_step() {
    let some: Vec<_> = scenario::ALL.iter().copied().step_by(9).collect();
    println!("{}", crash::everywhere(&some, false).unwrap_or_else(|trace| panic!("{trace}")));
}
