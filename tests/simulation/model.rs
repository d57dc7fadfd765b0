//! The book in memory: the contract of [`guitai::ledger::Book`] without a disk, and with power cuts.

use std::collections::BTreeMap;

use guitai::ledger::{
    AttemptChange, AttemptRow, LedgerError, Line, NewAttempt, NewSale, Outcome, SaleChange, SaleKind, SaleRow,
};
use guitai::number::{OutTradeNo, SaleId};
use guitai::timestamp::Timestamp;

#[derive(Debug, Default, Clone)]
pub(crate) struct Model {
    sales: BTreeMap<SaleId, SaleRow>,
    attempts: BTreeMap<OutTradeNo, Entry>,
    journal: Vec<Line>,
    /// How much of the journal a power cut leaves.
    durable_lines: usize,
    /// Adoptions that a power cut undoes, the latest last.
    light: Vec<(OutTradeNo, Option<String>, i64)>,
}

#[derive(Debug, Clone)]
struct Entry {
    row: AttemptRow,
    code_hash: Option<String>,
    pending: bool,
}

fn is_paid(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Paid | Outcome::PaidLate | Outcome::PartlyRefunded | Outcome::Refunded)
}

/// Whether an outcome may become another one.
fn forward(old: Outcome, new: Outcome) -> bool {
    let unpaid = matches!(old, Outcome::NotPaid | Outcome::NotSent | Outcome::Reversed | Outcome::Closed);
    let paid = matches!(old, Outcome::Paid | Outcome::PaidLate);
    old == new
        || old == Outcome::Open
        || (old == Outcome::Reversed && new == Outcome::Open)
        || (unpaid && matches!(new, Outcome::Paid | Outcome::PaidLate))
        || (paid && matches!(new, Outcome::PartlyRefunded | Outcome::Refunded))
        || (old == Outcome::PartlyRefunded && new == Outcome::Refunded)
}

impl Model {
    pub(crate) fn begin(
        &mut self,
        sale: Option<&NewSale>,
        attempt: &NewAttempt,
        lines: &[Line],
    ) -> Result<(), LedgerError> {
        match sale {
            Some(sale) if self.sales.contains_key(&sale.id) => return Err(LedgerError::SaleTaken),
            Some(_) => {}
            None => match self.sales.get(&attempt.sale) {
                None => return Err(LedgerError::NotFound),
                Some(row) if is_paid(row.outcome) => return Err(LedgerError::Backward),
                Some(_) => {}
            },
        }
        if let Some(code) = &attempt.code {
            let used = |entry: &Entry| {
                entry.code_hash.as_ref() == Some(&code.hash)
                    && entry.row.created_at >= code.fresh_since
                    && entry.row.outcome != Outcome::NotSent
            };
            if self.attempts.values().any(used) {
                return Err(LedgerError::CodeUsed);
            }
        }
        if self.attempts.contains_key(&attempt.out_trade_no) {
            return Err(LedgerError::NumberTaken);
        }
        let (note, kind) = self.put_sale(sale, attempt);
        let row = AttemptRow {
            out_trade_no: attempt.out_trade_no.clone(),
            sale: attempt.sale,
            method: attempt.method,
            total_fee: attempt.total_fee,
            created_at: attempt.created_at,
            state: attempt.state.clone(),
            outcome: Outcome::Open,
            transaction_id: None,
            paid_at: None,
            cash_fee: None,
            code_last4: attempt.code.as_ref().map(|code| code.last4.clone()),
            rules: attempt.rules.clone(),
            order: attempt.order.clone(),
            owner: attempt.owner.clone(),
            version: 1,
            updated_at: attempt.created_at,
            note,
            refunded: guitai::money::Fen::ZERO,
            kind,
        };
        let code_hash = attempt.code.as_ref().map(|code| code.hash.clone());
        self.attempts.insert(attempt.out_trade_no.clone(), Entry { row, code_hash, pending: true });
        self.write(lines);
        Ok(())
    }

    /// Makes the sale or opens it again; its note and what it is for.
    fn put_sale(&mut self, sale: Option<&NewSale>, attempt: &NewAttempt) -> (String, SaleKind) {
        if let Some(sale) = sale {
            let row = SaleRow {
                id: sale.id,
                created_at: sale.created_at,
                amount: sale.amount,
                note: sale.note.clone(),
                till: sale.till,
                kind: sale.kind,
                outcome: Outcome::Open,
                winner: None,
                out_trade_no: None,
                updated_at: sale.created_at,
            };
            self.sales.insert(sale.id, row);
        }
        let row = self.sales.get_mut(&attempt.sale).expect("looked at above");
        row.outcome = Outcome::Open;
        (row.note.clone(), row.kind)
    }

    pub(crate) fn commit(
        &mut self,
        change: &AttemptChange,
        sale: Option<&SaleChange>,
        lines: &[Line],
    ) -> Result<i64, LedgerError> {
        self.check_attempt(change)?;
        if let Some(sale) = sale {
            self.check_sale(sale)?;
        }
        let version = self.change_attempt(change);
        if let Some(sale) = sale {
            let row = self.sales.get_mut(&sale.id).expect("checked above");
            row.outcome = sale.outcome;
            row.winner = row.winner.take().or_else(|| sale.winner.clone());
            row.updated_at = sale.at;
        }
        self.write(lines);
        Ok(version)
    }

    fn check_attempt(&self, change: &AttemptChange) -> Result<(), LedgerError> {
        let Some(Entry { row, .. }) = self.attempts.get(&change.out_trade_no) else {
            return Err(LedgerError::NotFound);
        };
        if row.version != change.version {
            return Err(LedgerError::Stale { version: row.version });
        }
        let other_payment =
            matches!((&row.transaction_id, &change.transaction_id), (Some(old), Some(new)) if old != new);
        if other_payment || !forward(row.outcome, change.outcome) {
            return Err(LedgerError::Backward);
        }
        let transaction = change.transaction_id.as_ref().or(row.transaction_id.as_ref());
        let proven = transaction.is_some() && change.paid_at.or(row.paid_at).is_some();
        let taken = |entry: &Entry| {
            entry.row.out_trade_no != change.out_trade_no
                && entry.row.transaction_id.is_some()
                && entry.row.transaction_id.as_ref() == transaction
        };
        let paid = matches!(change.outcome, Outcome::Paid | Outcome::PaidLate);
        if (paid && !proven) || self.attempts.values().any(taken) {
            return Err(LedgerError::Forbidden);
        }
        Ok(())
    }

    fn check_sale(&self, change: &SaleChange) -> Result<(), LedgerError> {
        let Some(row) = self.sales.get(&change.id) else { return Err(LedgerError::NotFound) };
        let other_winner = matches!((&row.winner, &change.winner), (Some(old), Some(new)) if old != new);
        if other_winner || (is_paid(row.outcome) && !forward(row.outcome, change.outcome)) {
            return Err(LedgerError::Backward);
        }
        Ok(())
    }

    fn change_attempt(&mut self, change: &AttemptChange) -> i64 {
        let Entry { row, pending, .. } = self.attempts.get_mut(&change.out_trade_no).expect("checked before");
        *pending = change.pending;
        row.state.clone_from(&change.state);
        row.outcome = change.outcome;
        row.rules.clone_from(&change.rules);
        row.transaction_id = change.transaction_id.clone().or_else(|| row.transaction_id.take());
        row.paid_at = change.paid_at.or(row.paid_at);
        row.cash_fee = change.cash_fee.or(row.cash_fee);
        row.updated_at = change.at;
        row.version += 1;
        row.version
    }

    /// Writes what a power cut may take.
    #[expect(clippy::unnecessary_wraps, reason = "the book's own signature")]
    pub(crate) fn note(&mut self, lines: &[Line]) -> Result<Option<i64>, LedgerError> {
        self.journal.extend_from_slice(lines);
        Ok(None)
    }

    /// Writes down once what the gateway reported.
    pub(crate) fn report(
        &mut self,
        line: &Line,
        version: i64,
        attempt: Option<&AttemptChange>,
    ) -> Result<Option<i64>, LedgerError> {
        let number = line.out_trade_no.as_ref().ok_or(LedgerError::NotFound)?;
        let is_it = |old: &Line| {
            (old.sale, &old.out_trade_no, old.kind, &old.what, &old.detail)
                == (line.sale, &line.out_trade_no, line.kind, &line.what, &line.detail)
        };
        if self.journal.iter().any(is_it) {
            return Ok(None);
        }
        let stands = self.attempt(number).ok_or(LedgerError::NotFound)?.version;
        if stands != version {
            return Err(LedgerError::Stale { version: stands });
        }
        // A line is about a sale that is there.
        if line.sale.is_some_and(|sale| !self.sales.contains_key(&sale)) {
            return Err(LedgerError::Forbidden);
        }
        let mut version = version;
        if let Some(change) = attempt {
            self.check_attempt(change)?;
            version = self.change_attempt(change);
        }
        self.write(std::slice::from_ref(line));
        Ok(Some(version))
    }

    pub(crate) fn adopt(
        &mut self,
        number: &OutTradeNo,
        old_owner: Option<&str>,
        new_owner: &str,
        at: Timestamp,
    ) -> Result<i64, LedgerError> {
        let Some(Entry { row, pending, .. }) = self.attempts.get_mut(number) else { return Err(LedgerError::NotFound) };
        if row.owner.as_deref().unwrap_or_default() != old_owner.unwrap_or_default() || !*pending {
            return Err(LedgerError::Stale { version: row.version });
        }
        self.light.push((number.clone(), row.owner.replace(new_owner.to_owned()), row.version));
        row.version += 1;
        row.updated_at = at;
        Ok(row.version)
    }

    fn write(&mut self, lines: &[Line]) {
        self.journal.extend_from_slice(lines);
        self.durable_lines = self.journal.len();
        self.light.clear();
    }

    /// What was not flushed is gone.
    pub(crate) fn power_cut(&mut self) {
        self.journal.truncate(self.durable_lines);
        for (number, owner, version) in self.light.drain(..).rev() {
            let Entry { row, .. } = self.attempts.get_mut(&number).expect("no attempt ever goes");
            row.owner = owner;
            row.version = version;
        }
    }

    pub(crate) fn attempt(&self, number: &OutTradeNo) -> Option<&AttemptRow> {
        self.attempts.get(number).map(|entry| &entry.row)
    }

    /// All attempts, by their numbers.
    pub(crate) fn attempts(&self) -> impl Iterator<Item = &AttemptRow> {
        self.attempts.values().map(|entry| &entry.row)
    }

    pub(crate) fn attempts_of(&self, sale: SaleId) -> Vec<AttemptRow> {
        oldest_first(self.attempts().filter(|row| row.sale == sale).cloned().collect())
    }

    pub(crate) fn pending_attempts(&self) -> Vec<AttemptRow> {
        let pending = self.attempts.values().filter(|entry| entry.pending);
        oldest_first(pending.map(|entry| entry.row.clone()).collect())
    }

    pub(crate) fn sales(&self) -> impl Iterator<Item = &SaleRow> {
        self.sales.values()
    }
}

fn oldest_first(mut rows: Vec<AttemptRow>) -> Vec<AttemptRow> {
    rows.sort_by_key(|row| row.created_at);
    rows
}
