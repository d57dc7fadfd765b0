//! `guitai settle`: finishes what a crash or a lost network left open.

use std::time::Duration;

use serde_json::json;

use super::Common;
use super::output::{Exit, Output};

/// One pass takes no longer than this; what is open then is told.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) async fn run(common: &Common, output: Output) -> Exit {
    let (session, output) = match super::open(common, output).await {
        Ok(opened) => opened,
        Err(told) => return told,
    };
    let till = session.till();
    let taken_up = match till.take_up().await {
        Ok(taken_up) => taken_up,
        Err(error) => return output.refused(&super::no_book(&error, output.lang())),
    };
    till.goodbye(LIMIT).await;
    let open = match till.open_attempts().await {
        Ok(open) => open,
        Err(error) => return output.refused(&super::no_book(&error, output.lang())),
    };
    let refunds = match till.refund_counts().await {
        Ok(refunds) => refunds,
        Err(error) => return output.refused(&super::no_book(&error, output.lang())),
    };
    let waiting = usize::try_from(refunds.waiting).unwrap_or(usize::MAX);
    let open = open.saturating_add(waiting);
    let outcome = if open == 0 { "settled" } else { "unknown" };
    let object = json!({
        "outcome": outcome,
        "mode": session.mode(),
        "taken_up": taken_up,
        "open": open,
        "refunds_waiting": refunds.waiting,
        "refunds_accepted": refunds.accepted,
    });
    output.say(&output.lang().settled(taken_up, open), &object);
    if open == 0 { Exit::Done } else { Exit::Unknown }
}
