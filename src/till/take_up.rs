//! Which orphans a process takes up, and as what sales they go on. Pure, as [`drive`](super::drive) is.

use std::collections::{HashMap, VecDeque};

use crate::ledger::{AttemptRow, LedgerError, Outcome};
use crate::number::SaleId;
use crate::payment::sale::{Attempt, Sale};

use super::drive::Versions;

/// How often a book that can't be written is tried again.
const TRIES: u32 = 5;

/// What is to be done now; the result is told before the next is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adoption {
    /// Read all attempts of a sale; then [`TakeUp::read`].
    Read(SaleId),
    /// Take over a pending attempt from its old owner; then [`TakeUp::adopted`].
    Adopt(Box<AttemptRow>),
    Done,
}

/// The taking up of what dead processes left.
///
/// A sale is taken up whole: its attempts that have ended decide its outcome as much as the others do.
/// Of several processes that want a sale, the one that gets its first pending attempt takes it.
#[derive(Debug)]
pub struct TakeUp {
    /// Sales that are still to be looked at.
    sales: VecDeque<(SaleId, Vec<AttemptRow>)>,
    /// Of the first of them: the attempts yet to be adopted, and those that go into the sale.
    asked: VecDeque<AttemptRow>,
    mine: Vec<(AttemptRow, i64)>,
    read: bool,
    /// How often the book could not be written.
    tries: u32,
    taken: Vec<(Sale, Versions)>,
    error: Option<LedgerError>,
}

impl TakeUp {
    /// Begins with the pending attempts that nobody drives, oldest first.
    pub fn new(orphans: Vec<AttemptRow>) -> Self {
        let mut sales: VecDeque<(SaleId, Vec<AttemptRow>)> = VecDeque::new();
        let mut places: HashMap<SaleId, usize> = HashMap::new();
        for row in orphans {
            let place = *places.entry(row.sale).or_insert(sales.len());
            if place == sales.len() {
                sales.push_back((row.sale, Vec::new()));
            }
            sales[place].1.push(row);
        }
        Self { sales, asked: VecDeque::new(), mine: Vec::new(), read: false, tries: 0, taken: Vec::new(), error: None }
    }

    pub fn step(&mut self) -> Adoption {
        loop {
            let Some((id, _)) = self.sales.front() else { return Adoption::Done };
            if !self.read {
                return Adoption::Read(*id);
            }
            if let Some(row) = self.asked.front() {
                return Adoption::Adopt(Box::new(row.clone()));
            }
            self.finish_sale();
        }
    }

    /// All attempts of the sale, as [`Adoption::Read`] asked.
    pub fn read(&mut self, rows: Result<Vec<AttemptRow>, LedgerError>) {
        let Some((_, orphans)) = self.sales.front() else { return };
        match rows {
            Ok(rows) => {
                self.read = true;
                let orphan = |row: &AttemptRow| orphans.iter().find(|o| o.out_trade_no == row.out_trade_no);
                let (pending, rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| orphan(row).is_some());
                // Somebody living drives the rest of the sale, or another process has taken it up since the orphans
                // were looked for; a later try finds it ended.
                let is_taken = |row: &AttemptRow| orphan(row).is_some_and(|orphan| orphan.owner != row.owner);
                let is_driven = rest.iter().any(|row| row.outcome == Outcome::Open) || pending.iter().any(is_taken);
                self.asked = if is_driven { VecDeque::new() } else { pending.into() };
                let ended = rest.into_iter().filter(|row| row.outcome != Outcome::Open);
                self.mine = ended.map(|row| (row.clone(), row.version)).collect();
            }
            Err(error) => self.failed(error),
        }
    }

    /// The attempt's new version, as [`Adoption::Adopt`] asked.
    pub fn adopted(&mut self, version: Result<i64, LedgerError>) {
        let Some(row) = self.asked.pop_front() else { return };
        match version {
            Ok(version) => self.mine.push((row, version)),
            // Another process was quicker: the sale is its.
            Err(LedgerError::Stale { .. } | LedgerError::NotFound) => self.asked.clear(),
            // Half a sale would be driven beside its other half: the book, which has waited by itself, is asked
            // again. What is adopted is driven all the same.
            Err(_) if self.tries < TRIES => {
                self.tries += 1;
                self.asked.push_front(row);
            }
            Err(error) => self.failed(error),
        }
    }

    /// The sales that this process drives from now on, and why there may be more.
    pub fn finish(self) -> (Vec<(Sale, Versions)>, Option<LedgerError>) {
        (self.taken, self.error)
    }

    fn failed(&mut self, error: LedgerError) {
        self.error = Some(error);
        self.asked.clear();
        self.finish_sale();
        self.sales.clear();
    }

    fn finish_sale(&mut self) {
        self.read = false;
        let rows = std::mem::take(&mut self.mine);
        let Some((id, orphans)) = self.sales.pop_front() else { return };
        let is_mine = |orphan: &AttemptRow| rows.iter().any(|(row, _)| row.out_trade_no == orphan.out_trade_no);
        if orphans.iter().any(is_mine) {
            self.taken.extend(restore(id, &rows));
        }
    }
}

fn restore(id: SaleId, rows: &[(AttemptRow, i64)]) -> Option<(Sale, Versions)> {
    let note = rows.first()?.0.note.clone();
    let attempts =
        rows.iter().map(|(row, _)| serde_json::from_str(&row.rules).ok()).collect::<Option<Vec<Attempt>>>()?;
    let versions = rows.iter().map(|(row, version)| (row.out_trade_no.clone(), *version)).collect();
    Some((Sale::restore(id, note, attempts)?, versions))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::ledger::{Method, SaleKind};
    use crate::money::Fen;
    use crate::number::OutTradeNo;
    use crate::payment::native::Native;
    use crate::payment::{Order, Outcome as Stands};
    use crate::timestamp::Timestamp;

    pub(crate) fn order() -> Order {
        let now = Timestamp::default();
        Order {
            out_trade_no: OutTradeNo::make(now, 1, 1),
            total_fee: Fen::new(1250).unwrap(),
            body: "shop".to_owned(),
            attach: String::new(),
            device_info: "1".to_owned(),
            spbill_create_ip: "127.0.0.1".to_owned(),
            notify_url: "https://till.invalid".to_owned(),
            created_at: now,
        }
    }

    /// An attempt as a process that is dead left it in the book.
    pub(crate) fn left(attempt: &Attempt) -> AttemptRow {
        let order = attempt.order();
        AttemptRow {
            out_trade_no: order.out_trade_no.clone(),
            sale: SaleId::new(1),
            method: Method::Native,
            total_fee: order.total_fee,
            created_at: order.created_at,
            state: attempt.state_name().to_owned(),
            outcome: match attempt.outcome() {
                Stands::Open => Outcome::Open,
                Stands::Paid(_) => Outcome::Paid,
                Stands::PaidLate(_) => Outcome::PaidLate,
                Stands::NotPaid => Outcome::NotPaid,
                Stands::Reversed => Outcome::Reversed,
                Stands::Closed => Outcome::Closed,
            },
            transaction_id: None,
            paid_at: None,
            cash_fee: None,
            code_last4: None,
            rules: serde_json::to_string(attempt).unwrap(),
            order: serde_json::to_string(order).unwrap(),
            owner: Some("dead".to_owned()),
            version: 1,
            updated_at: order.created_at,
            note: String::new(),
            refunded: Fen::ZERO,
            kind: SaleKind::Sale,
        }
    }

    fn orphan() -> AttemptRow {
        left(&Attempt::Native(Native::start(order(), 1).0))
    }

    /// From whom the sale is adopted if it reads so by now, and how many sales are driven then.
    fn taken(rows: Vec<AttemptRow>) -> (Vec<Option<String>>, usize) {
        let mut taking = TakeUp::new(vec![orphan()]);
        assert_eq!(taking.step(), Adoption::Read(SaleId::new(1)));
        taking.read(Ok(rows));
        let mut from = Vec::new();
        loop {
            match taking.step() {
                Adoption::Read(_) => panic!("there is one sale"),
                Adoption::Adopt(row) => {
                    from.push(row.owner);
                    taking.adopted(Ok(row.version + 1));
                }
                Adoption::Done => return (from, taking.finish().0.len()),
            }
        }
    }

    #[test]
    fn what_another_process_has_taken_up_meanwhile_is_left_to_it() {
        assert_eq!(taken(vec![orphan()]), (vec![Some("dead".to_owned())], 1));
        let quicker = AttemptRow { owner: Some("quicker".to_owned()), version: 2, ..orphan() };
        assert_eq!(taken(vec![quicker]), (Vec::new(), 0));
    }
}
