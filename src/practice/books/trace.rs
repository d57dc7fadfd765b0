//! What happened, in lines that a shop owner can follow.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::Fen;
use crate::number::OutTradeNo;
use crate::timestamp::Timestamp;

use super::Books;
use super::inbound::Inbound;
use super::outbound::Refusal;

/// So many lines are kept.
const KEPT_LINES: usize = 200;

/// One thing that happened: `18:24:05 ¥12.50 order …4418: customer asked for the password`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub at: Timestamp,
    pub total_fee: Fen,
    /// The order's number, or what was called if there is no order.
    pub subject: String,
    pub what: Cow<'static, str>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.at.clock())?;
        if self.total_fee.is_zero() {
            write!(f, "{}: {}", self.subject, self.what)
        } else {
            let from = self.subject.len().saturating_sub(4);
            let tail = self.subject.get(from..).unwrap_or(&self.subject);
            write!(f, "¥{} order …{tail}: {}", self.total_fee, self.what)
        }
    }
}

impl Books {
    /// The latest lines, the oldest first.
    pub fn trace(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.shared.trace.iter()
    }

    /// This process's lines after the first `seen`, and how many there are now; what is no longer kept
    /// is left out.
    pub(in crate::practice) fn trace_after(&self, seen: u64) -> (Vec<Line>, u64) {
        let fresh = usize::try_from(self.local.lines - seen).unwrap_or(usize::MAX);
        let mut lines: Vec<Line> = self.trace().rev().take(fresh).cloned().collect();
        lines.reverse();
        (lines, self.local.lines)
    }

    pub(super) fn note(&mut self, at: Timestamp, serial: u64, what: impl Into<Cow<'static, str>>) {
        let Some(order) = self.shared.orders.get(&serial) else { return };
        let line = Line { at, total_fee: order.total_fee, subject: order.out_trade_no.clone(), what: what.into() };
        self.push(line);
    }

    pub(super) fn note_request(&mut self, at: Timestamp, path: &str, what: &'static str) {
        self.push(Line { at, total_fee: Fen::ZERO, subject: path.to_owned(), what: what.into() });
    }

    pub(super) fn note_refusal(&mut self, at: Timestamp, inbound: &Inbound, refusal: &Refusal) {
        // These are the rhythm of every wait, not news.
        if matches!(refusal.code, "ORDERNOTEXIST" | "REFUNDNOTEXIST" | "USERPAYING") {
            return;
        }
        let what = format!("{} ({})", refusal.code, refusal.text);
        // What is no order number may be of any length.
        let number = inbound.get("out_trade_no").and_then(OutTradeNo::parse);
        let subject = number.as_ref().map_or("a request", OutTradeNo::as_str).to_owned();
        let total_fee = if number.is_some() { inbound.total_fee() } else { Fen::ZERO };
        self.push(Line { at, total_fee, subject, what: what.into() });
    }

    fn push(&mut self, line: Line) {
        self.revision += 1;
        if self.shared.trace.len() == KEPT_LINES {
            self.shared.trace.pop_front();
        }
        self.shared.trace.push_back(line);
        self.local.lines += 1;
    }
}
