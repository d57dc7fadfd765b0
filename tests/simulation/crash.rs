//! A crash at every step of every scenario, and a second one at every step after it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::fault::Fault;
use super::run::{on_all_cores, per_second};
use super::scenario::Scenario;
use super::world::{Millis, SECOND, World};

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    Kill,
    /// What was not flushed is gone.
    PowerCut,
}

/// A scenario with its crashes, and where a run of it stands.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) scenario: Scenario,
    crashes: Vec<(u32, Crash)>,
    /// Steps between which a process could die, so far.
    points: u32,
    occasions: BTreeMap<&'static str, u32>,
}

impl Script {
    pub(crate) fn new(scenario: Scenario, crashes: Vec<(u32, Crash)>) -> Self {
        Self { scenario, crashes, points: 0, occasions: BTreeMap::new() }
    }

    /// The next step: whether the process dies before it.
    pub(crate) fn step(&mut self) -> Option<Crash> {
        let point = self.points;
        self.points += 1;
        self.crashes.iter().find(|(at, _)| *at == point).map(|(_, how)| *how)
    }

    /// An occasion for a fault: whether it strikes this time.
    pub(crate) fn strikes(&mut self, fault: Fault) -> bool {
        let occasion = self.occasions.entry(fault.text()).or_default();
        *occasion += 1;
        self.scenario.faults.contains(&(fault, *occasion))
    }

    /// How long the till stays dark: shorter and longer than a customer's patience.
    pub(crate) fn dark_for(&self) -> Millis {
        [1, 20, 60][self.points as usize % 3] * SECOND
    }
}

/// What a run of all scenarios came to.
#[derive(Debug, Default)]
struct Sum {
    scenarios: u64,
    points: u64,
    once: u64,
    twice: u64,
}

/// Runs every scenario, or some of them; the error is the trace of the first run that goes wrong.
pub(crate) fn everywhere(scenarios: &[Scenario], twice: bool) -> Result<String, String> {
    let began = Instant::now();
    let parts: Vec<Result<Sum, String>> = on_all_cores(|next| {
        let mut sum = Sum::default();
        loop {
            let place = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).expect("few");
            let Some(scenario) = scenarios.get(place) else { return Ok(sum) };
            everywhere_in(*scenario, twice, &mut sum)?;
        }
    });
    let mut all = Sum::default();
    for part in parts {
        let Sum { scenarios, points, once, twice } = part?;
        all.scenarios += scenarios;
        all.points += points;
        all.once += once;
        all.twice += twice;
    }
    let Sum { scenarios, points, once, twice } = all;
    let rate = per_second(once + twice, began.elapsed());
    Ok(format!(
        "{scenarios} scenarios, {points} steps: {once} runs with a crash, {twice} with a second one at every step after \
         it, 0 violations, {rate} runs a second"
    ))
}

fn everywhere_in(scenario: Scenario, twice: bool, sum: &mut Sum) -> Result<(), String> {
    let mut struck = vec![false; scenario.faults.len()];
    let mut run = |crashes: &[(u32, Crash)]| -> Result<World, String> {
        let mut world = World::scripted(Script::new(scenario, crashes.to_vec()), false);
        world.run();
        if world.violation.is_some() {
            return Err(explain(scenario, crashes));
        }
        for (struck, (fault, occasion)) in struck.iter_mut().zip(scenario.faults) {
            *struck |= world.occasions(*fault) >= *occasion;
        }
        Ok(world)
    };
    let undisturbed = run(&[])?;
    let ended = undisturbed.ledger.sales().next().map(|sale| sale.outcome);
    if ended != scenario.ends {
        return Err(format!("{}\n{} ends as {ended:?}", explain(scenario, &[]), scenario.name));
    }
    sum.scenarios += 1;
    sum.points += u64::from(undisturbed.points());
    for first in 0..undisturbed.points() {
        for how in [Crash::Kill, Crash::PowerCut] {
            let after = run(&[(first, how)])?.points();
            sum.once += 1;
            for second in (first + 1..after).filter(|_| twice) {
                let again = if second.is_multiple_of(2) { Crash::Kill } else { Crash::PowerCut };
                run(&[(first, how), (second, again)])?;
                sum.twice += 1;
            }
        }
    }
    let never = scenario.faults.iter().zip(&struck).find(|(_, struck)| !**struck);
    never.map_or(Ok(()), |(fault, _)| Err(format!("{}: {fault:?} never came to it", scenario.name)))
}

impl World {
    /// How many steps there were while processes could die.
    fn points(&self) -> u32 {
        self.script.as_ref().map_or(0, |script| script.points)
    }

    fn occasions(&self, fault: Fault) -> u32 {
        self.script.as_ref().and_then(|script| script.occasions.get(fault.text())).copied().unwrap_or_default()
    }
}

/// The trace of a run.
fn explain(scenario: Scenario, crashes: &[(u32, Crash)]) -> String {
    let mut world = World::scripted(Script::new(scenario, crashes.to_vec()), true);
    world.run();
    let mut text = world.trace.lines.take().unwrap_or_default().join("\n");
    let what = world.violation.unwrap_or_else(|| "nothing is wrong".to_owned());
    write!(text, "\n{}, crashes {crashes:?}: {what}", scenario.name).expect("a String takes all");
    text
}
