//! Things that the tests of all machines need.

use std::time::Duration;

use super::{Call, Command, Doubt, Order, Reason, Receipt, Refusal};
use crate::money::Fen;
use crate::number::{AuthCode, OutTradeNo, TransactionId};
use crate::timestamp::Timestamp;

pub(super) const SYSTEM_ERROR: &str = "SYSTEMERROR";

/// `seconds` after the tests' beginning of time.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_wire("20261122180000").unwrap().plus(Duration::from_secs(seconds))
}

pub(super) fn order(entropy: u32) -> Order {
    Order {
        out_trade_no: OutTradeNo::make(at(0), 1, entropy),
        total_fee: Fen::new(1250).unwrap(),
        body: "王记便利店-超市".to_owned(),
        attach: String::new(),
        device_info: "1".to_owned(),
        spbill_create_ip: "127.0.0.1".to_owned(),
        notify_url: "https://guitai.invalid/notify".to_owned(),
        created_at: at(0),
    }
}

pub(super) fn receipt() -> Receipt {
    Receipt {
        transaction_id: TransactionId::parse("4200000000202611220000000001").unwrap(),
        total_fee: Fen::new(1250).unwrap(),
        cash_fee: Fen::new(1250).unwrap(),
        paid_at: at(1),
        bank_type: "OTHERS".to_owned(),
    }
}

pub(super) fn refusal(reason: Reason) -> Refusal {
    Refusal { reason, code: format!("{reason:?}"), text: String::new() }
}

pub(super) fn busy() -> Doubt {
    Doubt::Gateway { code: SYSTEM_ERROR.to_owned() }
}

pub(super) fn code() -> AuthCode {
    AuthCode::parse("134567890123456789").unwrap()
}

/// The one call that `commands` send; panics if there is more than one.
pub(super) fn sent(commands: &[Command]) -> Option<&Call> {
    let mut calls = commands.iter().filter_map(|command| match command {
        Command::Send(call) => Some(call),
        Command::Commit | Command::Show => None,
    });
    let first = calls.next();
    assert_eq!(calls.next(), None, "one call at a time");
    first
}

/// Whether the state is durable before the call goes out.
pub(super) fn commits_first(commands: &[Command]) -> bool {
    let commit = commands.iter().position(|command| *command == Command::Commit);
    let send = commands.iter().position(|command| matches!(command, Command::Send(_)));
    matches!((commit, send), (Some(commit), Some(send)) if commit < send)
}
