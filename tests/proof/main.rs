//! The real program on a real disk, killed and cut off, against a gateway that keeps the truth.
//!
//! - `cargo test --test proof -- --nocapture` shows the counts.
//! - `KILLS=2000 IMAGES=10000 cargo test --test proof -- --nocapture` is the long run.

mod disk;
mod drive;
#[path = "../live/keyring.rs"]
mod keyring;
mod kill;
mod log;
mod shop;

/// A number that the environment may set, for the long run.
fn from_environment(name: &str, or: u64) -> u64 {
    std::env::var(name).map_or(or, |text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// A number from 0 to `sides` - 1. Where a kill lands is chance anyway.
fn below(sides: u64) -> u64 {
    getrandom::u64().expect("the system gives random numbers") % sides
}
