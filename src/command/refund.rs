//! `guitai refund`: looks an order up and gives its money back, whole or in part.

use std::time::Duration;

use clap::Args;
use futures::{Stream, StreamExt};
use serde_json::json;

use crate::approval::NotApproved;
use crate::money::Fen;
use crate::payment::refund::{RefundStatus, RefundView};
use crate::till::{RefundAsk, RefundRefused, Update};

use super::charge::sentence;
use super::output::{Exit, Output};
use super::session::Session;
use super::{Common, pin};

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
    /// Read the refund PIN from standard input, where no list of processes shows it.
    #[arg(long)]
    pub pin_stdin: bool,
    /// Who approves it: one of the settings' `approvers`, where any are named.
    #[arg(long, value_name = "NAME")]
    pub approver: Option<String>,
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
    let queued = match approve_and_queue(&session, refund, amount).await {
        Ok(view) => view,
        Err(NotMade::Refused(RefundRefused::No(why))) => return output.refused(&sentence(&lang.no_refund(why))),
        Err(NotMade::Refused(RefundRefused::Book(error))) => return output.refused(&super::no_book(&error, lang)),
        Err(NotMade::NotApproved(NotApproved::NotNamed)) => {
            let names = session.desk().rules().await.map(|rules| rules.approvers).unwrap_or_default();
            return output.refused(&lang.name_an_approver(&names));
        }
        Err(NotMade::NotApproved(why)) => return output.refused(&lang.not_approved(&why)),
    };
    // The refund is made; a line of the audit that isn't remembered now is remembered with the next.
    let _ = session.desk().remember().await;
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

/// Why there is no refund.
enum NotMade {
    Refused(RefundRefused),
    NotApproved(NotApproved),
}

async fn approve_and_queue(session: &Session, refund: Refund, amount: Option<Fen>) -> Result<RefundView, NotMade> {
    let till = session.till();
    let pin = if refund.pin_stdin { pin::read() } else { None };
    // All that is left is an amount too, and what is approved.
    let amount = match amount {
        Some(amount) => amount,
        None => till.refundable(&refund.number).await.map_err(NotMade::Refused)?.left,
    };
    let by = refund.approver.map_or_else(operator, |name| name.trim().to_owned());
    let approved = session.desk().approve(amount, &by, pin.as_ref(), till.now()).await;
    let approval = approved.map_err(NotMade::NotApproved)?;
    let ask = RefundAsk { number: refund.number, amount: Some(amount), reason: refund.reason, approval };
    till.refund(&ask).await.map_err(NotMade::Refused)
}

/// Who works at this terminal, as the system knows them.
fn operator() -> String {
    ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default()
}

/// Keeps the latest view until the gateway has taken it or said no.
async fn follow(updates: impl Stream<Item = Update>, last: &mut RefundView) {
    let mut updates = std::pin::pin!(updates);
    while let Some(update) = updates.next().await {
        match update {
            Update::Refund(view) if view.request.out_refund_no == last.request.out_refund_no => *last = view,
            Update::Sale(_) | Update::Refund(_) | Update::Bulk(_) | Update::Book | Update::Held(_) => continue,
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
