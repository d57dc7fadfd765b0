//! How often refunds may be sent, and the log of those that were.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::money::Fen;
use crate::timestamp::Timestamp;

use super::Books;
use super::outbound::Refusal;

/// Refunds a second (manual, "frequency limits").
const MOST_A_SECOND: usize = 150;
/// Refunds a second that end in an error.
const MOST_FAILING_A_SECOND: usize = 6;
const SECOND: Duration = Duration::from_secs(1);
/// How long nothing is taken once there were more.
const PENANCE: Duration = Duration::from_secs(60);
/// So many lines of the log are kept.
const KEPT_SENDS: usize = 100_000;

/// One refund request as it reached the gateway, for tests that measure a till's rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundSend {
    pub at: Timestamp,
    pub out_refund_no: String,
    pub refund_fee: Fen,
    /// `SUCCESS`, or the `err_code`.
    pub answer: &'static str,
    /// Whether this very request made the refund; a repeat, and a refusal, did not.
    pub took_effect: bool,
}

/// The refund requests of the last second, which all who share the books have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Window {
    taken: VecDeque<Timestamp>,
    failing: VecDeque<Timestamp>,
    closed_until: Option<Timestamp>,
}

impl Window {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn forget(&mut self, now: Timestamp) {
        for sends in [&mut self.taken, &mut self.failing] {
            while sends.front().is_some_and(|at| at.plus(SECOND) <= now) {
                sends.pop_front();
            }
        }
    }
}

impl Books {
    /// Why a refund isn't even looked at now.
    pub(super) fn refund_rate_refusal(&mut self, now: Timestamp) -> Option<Refusal> {
        let window = &mut self.shared.refund_window;
        window.forget(now);
        if window.closed_until.is_some_and(|until| now < until) {
            return Some(Refusal::new("INVALID_REQ_TOO_MUCH", "无效请求过多，请1分钟后再重试"));
        }
        (window.taken.len() >= MOST_A_SECOND)
            .then(|| Refusal::new("FREQUENCY_LIMITED", "频率限制，1秒内最多150笔退款请求"))
    }

    pub(super) fn log_refund_send(
        &mut self,
        number: &str,
        refund_fee: Fen,
        answer: &'static str,
        took_effect: bool,
        now: Timestamp,
    ) {
        if self.local.refund_sends.len() == KEPT_SENDS {
            self.local.refund_sends.pop_front();
        }
        let out_refund_no = number.to_owned();
        self.local.refund_sends.push_back(RefundSend { at: now, out_refund_no, refund_fee, answer, took_effect });
    }

    /// Counts a refund that was looked at.
    pub(super) fn count_refund_send(&mut self, answer: &str, now: Timestamp) {
        self.revision += 1;
        let window = &mut self.shared.refund_window;
        window.taken.push_back(now);
        if answer != "SUCCESS" {
            window.failing.push_back(now);
            if window.failing.len() > MOST_FAILING_A_SECOND {
                window.closed_until = Some(now.plus(PENANCE));
            }
        }
    }

    /// The refund requests that reached this process's gateway, the oldest first.
    pub fn refund_sends(&self) -> impl Iterator<Item = &RefundSend> {
        self.local.refund_sends.iter()
    }
}
