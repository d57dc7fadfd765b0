//! What happened, counted.

use std::collections::BTreeMap;
use std::fmt;

use super::fault::Fault;

#[derive(Debug, Clone)]
pub(crate) struct Counts {
    faults: Vec<u64>,
    edges: BTreeMap<(&'static str, &'static str, &'static str), u64>,
    pub(crate) events: u64,
    pub(crate) sales: u64,
    pub(crate) paid: u64,
    pub(crate) paid_twice: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self { faults: vec![0; Fault::ALL.len()], edges: BTreeMap::new(), events: 0, sales: 0, paid: 0, paid_twice: 0 }
    }
}

impl Counts {
    pub(crate) fn fault(&mut self, fault: Fault) {
        self.faults[fault as usize] += 1;
    }

    pub(crate) fn edge(&mut self, method: &'static str, from: &'static str, to: &'static str) {
        *self.edges.entry((method, from, to)).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, one) in self.faults.iter_mut().zip(&other.faults) {
            *sum += one;
        }
        for (edge, times) in &other.edges {
            *self.edges.entry(*edge).or_default() += times;
        }
        self.events += other.events;
        self.sales += other.sales;
        self.paid += other.paid;
        self.paid_twice += other.paid_twice;
    }

    /// What never happened, of the faults and of the edges that must be taken.
    pub(crate) fn missing(&self) -> Vec<String> {
        let faults =
            Fault::ALL.iter().filter(|fault| self.faults[**fault as usize] == 0).map(|fault| fault.text().to_owned());
        let never = |edge: &&(&'static str, &'static str, &'static str)| !self.edges.contains_key(*edge);
        let edges = EDGES.iter().filter(never).map(|(method, from, to)| format!("{method}: {from} -> {to}"));
        faults.chain(edges).collect()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>10} sales, {} paid, {} of them twice and told", self.sales, self.paid, self.paid_twice)?;
        for fault in Fault::ALL {
            writeln!(f, "{:>10} {}", self.faults[*fault as usize], fault.text())?;
        }
        for ((method, from, to), times) in &self.edges {
            writeln!(f, "{times:>10} {method}: {from} -> {to}")?;
        }
        Ok(())
    }
}

/// The edges that must be taken, by the machines' tables; `(new)` is an attempt that begins or is taken up.
const EDGES: &[(&str, &str, &str)] = &[
    ("micropay", "(new)", "paying"),
    ("micropay", "(new)", "reversed"),
    ("micropay", "(new)", "reversing"),
    ("micropay", "(new)", "waiting"),
    ("micropay", "confirming", "declined"),
    ("micropay", "paying", "confirming"),
    ("micropay", "paying", "not_sent"),
    ("micropay", "paying", "paid"),
    ("micropay", "paying", "waiting"),
    ("micropay", "reversed", "reversing"),
    ("micropay", "reversing", "paid_late"),
    ("micropay", "reversing", "reversed"),
    ("micropay", "waiting", "paid"),
    ("micropay", "waiting", "reversed"),
    ("micropay", "waiting", "reversing"),
    ("native", "(new)", "checking"),
    ("native", "(new)", "closing"),
    ("native", "(new)", "creating"),
    ("native", "checking", "paid"),
    ("native", "checking", "paid_late"),
    ("native", "closing", "checking"),
    ("native", "closing", "closed"),
    ("native", "closing", "paid"),
    ("native", "closing", "paid_late"),
    ("native", "creating", "closing"),
    ("native", "creating", "failed"),
    ("native", "creating", "giving_way"),
    ("native", "creating", "not_sent"),
    ("native", "creating", "shown"),
    ("native", "giving_way", "checking"),
    ("native", "giving_way", "closed"),
    ("native", "giving_way", "closing"),
    ("native", "giving_way", "paid"),
    ("native", "giving_way", "renewing"),
    ("native", "renewing", "checking"),
    ("native", "renewing", "closing"),
    ("native", "renewing", "giving_way"),
    ("native", "renewing", "paid"),
    ("native", "renewing", "shown"),
    ("native", "shown", "closing"),
    ("native", "shown", "giving_way"),
    ("native", "shown", "paid"),
    ("native", "shown", "renewing"),
];
