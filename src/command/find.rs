//! `guitai find`: orders by any of their numbers.

use serde_json::json;

use crate::scan::{Scanned, classify};
use crate::till::{FindError, OrderView};

use super::Common;
use super::output::{Exit, Output};

pub(super) async fn run(common: &Common, text: &str, output: Output) -> Exit {
    if text.trim().is_empty() {
        return output.refused(output.lang().nothing_to_find());
    }
    let (session, output) = match super::open(common, output).await {
        Ok(opened) => opened,
        Err(told) => return told,
    };
    let mode = session.mode();
    match session.till().find(text).await {
        Ok(orders) if orders.is_empty() => {
            let text = sayable(text);
            let nothing = json!({ "outcome": "not_found", "mode": mode, "text": text });
            output.say(&output.lang().nothing_found(&text), &nothing);
            Exit::No
        }
        Ok(orders) => {
            for order in &orders {
                print(order, mode, output);
            }
            Exit::Done
        }
        Err(FindError::Book(error)) => output.refused(&super::no_book(&error, output.lang())),
        Err(FindError::Unknown(_)) => {
            let text = output.lang().gateway_silent();
            output.say(text, &json!({ "outcome": "unknown", "mode": mode, "error": text }));
            Exit::Unknown
        }
    }
}

/// A payment code that was taken for a number is not said again.
fn sayable(text: &str) -> String {
    match classify(text) {
        Scanned::Payment(code) => format!("…{}", code.last4()),
        _ => text.to_owned(),
    }
}

fn print(order: &OrderView, mode: &str, output: Output) {
    let object = json!({
        "mode": mode,
        "out_trade_no": order.out_trade_no.as_str(),
        "transaction_id": order.transaction_id.as_ref().map(crate::number::TransactionId::as_str),
        "total_fee": order.total_fee.as_i64(),
        "refunded_fee": order.refunded_fee.as_i64(),
        "outcome": order.state.as_str(),
        "created_at": order.created_at.map(|at| at.to_string()),
        "note": order.note,
    });
    let text = output.lang().order_line(order.total_fee, &order.out_trade_no, order.state.as_str(), order.created_at);
    output.say(&text, &object);
}
