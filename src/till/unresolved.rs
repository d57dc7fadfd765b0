//! What is neither yes nor no: the list, and each sale's story out of the journal.

use crate::ledger::{AttemptRow, LedgerError, Line, LineKind, Method};
use crate::money::Fen;
use crate::number::{OutTradeNo, SaleId};
use crate::payment::Status;
use crate::payment::sale::Attempt;
use crate::timestamp::Timestamp;

use super::shared::Shared;

/// An order that may have been paid and isn't known to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    pub sale: SaleId,
    pub out_trade_no: OutTradeNo,
    pub amount: Fen,
    pub note: String,
    pub begun_at: Timestamp,
    /// The customer's code was scanned; else a QR was shown.
    pub scanned: bool,
    /// Where the rules stand; `None` if this program can't read them.
    pub status: Option<Status>,
    /// This process asks about it; else another window or command does.
    pub here: bool,
}

/// A line of a sale's story, in the journal's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryLine {
    pub at: Timestamp,
    /// The order that it is about.
    pub out_trade_no: Option<OutTradeNo>,
    pub kind: StoryKind,
    /// What was asked or done: `charge`, `query`, `cancel`.
    pub what: String,
    /// How an answer was read: `paid`, `no answer`; empty for what is no answer.
    pub read: String,
}

/// What a line of a story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoryKind {
    /// Sent, or about to be.
    Sent,
    Answered,
    /// What the cashier did.
    Cashier,
    /// What the rules decided.
    Decided,
}

pub(super) async fn list(shared: &Shared) -> Result<Vec<Unresolved>, LedgerError> {
    let pending = shared.ledger().pending_attempts().await?;
    let mut found: Vec<Unresolved> = pending.into_iter().filter_map(in_doubt).collect();
    for one in &mut found {
        one.here = shared.is_running(one.sale);
        // The book has what was committed last; what runs here knows how often it has asked since.
        if let Some(view) = shared.view(one.sale).filter(|view| view.out_trade_no == one.out_trade_no) {
            one.status = Some(view.status);
        }
    }
    Ok(found)
}

/// One that this program can't read is in doubt for that very reason.
fn in_doubt(row: AttemptRow) -> Option<Unresolved> {
    let attempt = serde_json::from_str::<Attempt>(&row.rules).ok();
    if attempt.as_ref().is_some_and(|attempt| !attempt.is_in_doubt()) {
        return None;
    }
    Some(Unresolved {
        sale: row.sale,
        out_trade_no: row.out_trade_no,
        amount: row.total_fee,
        note: row.note,
        begun_at: row.created_at,
        scanned: row.method == Method::Micropay,
        status: attempt.map(|attempt| attempt.status()),
        here: false,
    })
}

/// A sale's journal, oldest line first.
pub(super) async fn story(shared: &Shared, sale: SaleId) -> Result<Vec<StoryLine>, LedgerError> {
    Ok(shared.ledger().journal_of(sale).await?.into_iter().map(told).collect())
}

fn told(line: Line) -> StoryLine {
    let detail = serde_json::from_str::<serde_json::Value>(&line.detail).unwrap_or_default();
    StoryLine {
        at: line.at,
        out_trade_no: line.out_trade_no,
        kind: match line.kind {
            LineKind::Intent => StoryKind::Sent,
            LineKind::Answer => StoryKind::Answered,
            LineKind::Cashier => StoryKind::Cashier,
            LineKind::State => StoryKind::Decided,
        },
        what: line.what,
        read: detail["read"].as_str().unwrap_or_default().to_owned(),
    }
}
