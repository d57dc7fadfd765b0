//! The simulator as a program: many more seeds a second than as a test. See `main.rs` for what it proves.

mod backup;
mod bug;
mod check;
mod crash;
mod dice;
mod fault;
mod gateway;
mod model;
mod people;
mod report;
mod reported;
mod run;
mod scenario;
mod sleep;
mod till;
mod world;

use std::process::ExitCode;

use bug::Bug;

const USAGE: &str = "\
cargo simulation seeds [COUNT [FIRST]]   many seeds: faults, crashes, and what must hold (20,000)
cargo simulation seed NUMBER [BUG]       one seed's trace
cargo simulation same [COUNT]            each seed twice, the same run (1,000)
cargo simulation bugs [BUG]              every planted bug is found
cargo simulation crashes                 every scenario with a crash at every step, and a second one";

const TWICE: u64 = 1_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match read(&arguments) {
        None => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
        Some(Wanted::Seeds(count, first)) => run::seeds(first, count).map(|done| done.to_string()),
        Some(Wanted::Seed(seed, bug)) => match run::explain(seed, bug) {
            (text, wrong) if wrong == bug.is_some() => Ok(text),
            (text, _) => Err(text),
        },
        Some(Wanted::Same(count)) => run::same(count).map(|()| format!("{count} seeds twice, each the same run")),
        Some(Wanted::Bugs(bug)) => run::bugs(bug),
        Some(Wanted::Crashes) => crash::everywhere(scenario::ALL, true),
    };
    match done {
        Ok(text) => println!("{text}"),
        Err(text) => {
            println!("{text}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// What the command line asks for.
enum Wanted {
    Seeds(u64, u64),
    Seed(u64, Option<Bug>),
    Same(u64),
    Bugs(Option<Bug>),
    Crashes,
}

fn read(arguments: &[String]) -> Option<Wanted> {
    let number = |place: usize, or: u64| arguments.get(place).map_or(Some(or), |text| text.parse().ok());
    let bug = |place: usize| match arguments.get(place) {
        None => Some(None),
        Some(name) => Bug::ALL.iter().find(|bug| format!("{bug:?}") == *name).map(|bug| Some(*bug)),
    };
    match arguments.first().map(String::as_str) {
        Some("seeds") => Some(Wanted::Seeds(number(1, run::MANY)?, number(2, 0)?)),
        Some("seed") if arguments.len() > 1 => Some(Wanted::Seed(number(1, 0)?, bug(2)?)),
        Some("same") => Some(Wanted::Same(number(1, TWICE)?)),
        Some("bugs") => Some(Wanted::Bugs(bug(1)?)),
        Some("crashes") => Some(Wanted::Crashes),
        _ => None,
    }
}
