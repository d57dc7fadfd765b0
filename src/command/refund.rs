//! `guitai refund`: looks an order up and gives its money back, whole or in part.

use std::time::Duration;

use clap::Args;
use futures::{Stream, StreamExt};
use serde_json::json;

use crate::audit::{Approval, Means};
use crate::money::Fen;
use crate::payment::refund::{RefundStatus, RefundView};
use crate::till::{RefundAsk, RefundRefused, Update};

use super::Common;
use super::charge::sentence;
use super::output::{Exit, Output};

/// A refund waits no longer than this for its turn; then it is queued.
const TURN: Duration = Duration::from_secs(5);

/// `guitai refund`
#[derive(Debug, Clone, Args)]
pub struct Refund {
    /// The order's whole number: ours or WeChat's.
    #[arg(value_name = "NUMBER")]
    pub number: String,
    /// Decimal yuan; without it, all that is left goes back.
    #[arg(long, allow_hyphen_values = true)]
    pub amount: Option<String>,
    /// What the customer reads on the phone.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,
}

pub(super) async fn run(common: &Common, refund: Refund, output: Output) -> Exit {
    let amount = match refund.amount.as_deref().map(Fen::parse_charge).transpose() {
        Ok(amount) => amount,
        Err(error) => return output.refused(&sentence(&output.lang().amount_error(error))),
    };
    let (session, output) = match super::open(common, output).await {
        Ok(opened) => opened,
        Err(told) => return told,
    };
    let (till, lang) = (session.till(), output.lang());
    let updates = till.updates();
    // Where the owner has set no rules, whoever works the till may refund.
    let approval = Approval { by: String::new(), means: Means::Rules, up_to: Fen::MAX_CHARGE, day_cap: None };
    let ask = RefundAsk { number: refund.number, amount, reason: refund.reason, approval };
    let queued = match till.refund(&ask).await {
        Ok(view) => view,
        Err(RefundRefused::No(why)) => return output.refused(&sentence(&lang.no_refund(why))),
        Err(RefundRefused::Book(error)) => return output.refused(&super::no_book(&error, lang)),
    };
    // Without an answer in time the last view stands: it is in the queue.
    let mut last = queued;
    let _ = tokio::time::timeout(TURN, follow(updates, &mut last)).await;
    let (exit, outcome) = result(&last.status);
    let mut object = json!({
        "outcome": outcome,
        "mode": session.mode(),
        "out_refund_no": last.request.out_refund_no.as_str(),
        "refund_fee": last.request.refund_fee.as_i64(),
        "out_trade_no": last.request.out_trade_no.as_str(),
        "total_fee": last.request.total_fee.as_i64(),
    });
    match &last.status {
        RefundStatus::Accepted(id) | RefundStatus::Bounced(id) | RefundStatus::Closed(id) => {
            object["refund_id"] = id.as_str().into();
        }
        RefundStatus::Arrived(receipt) => object["refund_id"] = receipt.refund_id.as_str().into(),
        RefundStatus::Refused(refusal) => {
            object["err_code"] = refusal.code.as_str().into();
            object["err_code_des"] = refusal.text.as_str().into();
        }
        RefundStatus::Queued { .. } | RefundStatus::Sending | RefundStatus::Checking { .. } | RefundStatus::Stopped => {
        }
    }
    output.say(&lang.refund_line(&last), &object);
    exit
}

/// Keeps the latest view until the gateway has taken it or said no.
async fn follow(updates: impl Stream<Item = Update>, last: &mut RefundView) {
    let mut updates = std::pin::pin!(updates);
    while let Some(update) = updates.next().await {
        match update {
            Update::Refund(view) if view.request.out_refund_no == last.request.out_refund_no => *last = view,
            Update::Sale(_) | Update::Refund(_) | Update::Book | Update::Held(_) => continue,
        }
        if result(&last.status).0 != Exit::Unknown {
            return;
        }
    }
}

fn result(status: &RefundStatus) -> (Exit, &'static str) {
    match status {
        RefundStatus::Accepted(_) | RefundStatus::Bounced(_) => (Exit::Done, "accepted"),
        RefundStatus::Arrived(_) => (Exit::Done, "refunded"),
        RefundStatus::Refused(_) | RefundStatus::Closed(_) | RefundStatus::Stopped => (Exit::No, "refused"),
        RefundStatus::Queued { .. } | RefundStatus::Sending | RefundStatus::Checking { .. } => {
            (Exit::Unknown, "queued")
        }
    }
}
