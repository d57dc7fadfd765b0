//! What must hold, after every step and at the end. The gateway's books are the truth.

use guitai::ledger::{LedgerError, Outcome};
use guitai::number::{OutTradeNo, SaleId};
use guitai::payment::{Call, Notice, Order, QueryAnswer, Receipt, SaleView, Status};

use super::fault::Fault;
use super::world::{Known, SECOND, World};

impl World {
    /// Before a call goes out: its intent is durable and this till's own, and a charge meets no other way to
    /// pay the sale.
    pub(crate) fn check_send(&mut self, till: usize, sale: SaleId, order: &Order, call: &Call) {
        let number = &order.out_trade_no;
        match self.ledger.attempt(number) {
            None => return self.violated(format!("{number} is sent and not in the book")),
            // A question does no harm where another till has just taken the order over, because of a report.
            Some(row)
                if row.owner.as_ref() != Some(&self.tills[till].desk.owner)
                    && !(*call == Call::Query && self.known.get(number).is_some_and(|known| known.taken_over)) =>
            {
                let owner = row.owner.clone().unwrap_or_default();
                return self.violated(format!("till {} drives {number}, which is {owner}'s", till + 1));
            }
            Some(_) => {}
        }
        if !self.known.contains_key(number) {
            let hides = if self.strikes(Fault::NotExistYet) { self.dice.between(3, 30) * SECOND } else { 0 };
            let unpaid_for = if self.strikes(Fault::UnpaidYet) { self.dice.between(3, 30) * SECOND } else { 0 };
            let known = Known {
                unpaid_for,
                shown_paid: false,
                reversed: false,
                lost: false,
                taken_over: false,
                order: order.clone(),
                sale,
                native: matches!(call, Call::Create),
                picture: None,
                shown: std::collections::BTreeSet::new(),
                charged_at: None,
                not_exist_until: self.now + hides,
                arrived_late: false,
            };
            self.known.insert(number.clone(), known);
        }
        if self.known.get(number).is_some_and(|known| known.lost || known.sale != sale) {
            return self.violated(format!("the number {number} is used again"));
        }
        match call {
            Call::Charge(_) => self.check_charge(till, sale, order),
            Call::Reverse => self.check_reverse(till, sale, order),
            Call::Query => {
                if let Some(asked) = &mut self.asked_since {
                    asked.insert(number.clone());
                }
            }
            Call::Create | Call::Close => {}
        }
    }

    /// A number of a restored book bears a time that the lost one never came to.
    pub(crate) fn check_number(&mut self, number: &OutTradeNo) {
        if self.restored_at.is_some_and(|at| number.as_str()[..14] <= *at.wire()) {
            self.violated(format!("{number} may have been used before the book was put back"));
        }
    }

    fn check_charge(&mut self, till: usize, sale: SaleId, order: &Order) {
        let intended = self.tills[till].sales.get(&sale).and_then(|running| running.intended_at).unwrap_or(self.now);
        let known = self.known.get_mut(&order.out_trade_no).expect("made before");
        if known.charged_at.replace(intended).is_some() {
            return self.violated(format!("{} is charged twice", order.out_trade_no));
        }
        let of_sale = |(number, known): (&OutTradeNo, &Known)| {
            (known.sale == sale && *number != order.out_trade_no).then(|| known.order.clone())
        };
        let others: Vec<Order> = self.known.iter().filter_map(of_sale).collect();
        for other in others {
            let ended =
                matches!(self.truth(&other), QueryAnswer::Closed | QueryAnswer::PayError | QueryAnswer::Revoked);
            let known = &self.known[&other.out_trade_no];
            let alive = known.picture.as_ref().is_some_and(|picture| known.shown.contains(picture));
            if !known.native && !ended {
                return self.violated(format!("{} is charged beside {}", order.out_trade_no, other.out_trade_no));
            }
            if alive && !ended {
                let (new, old) = (&order.out_trade_no, &other.out_trade_no);
                return self.violated(format!("{new} is charged while the picture of {old} can be paid"));
            }
        }
    }

    fn check_reverse(&mut self, till: usize, sale: SaleId, order: &Order) {
        let known = &self.known[&order.out_trade_no];
        let early = known.charged_at.is_some_and(|at| self.now - at < 15 * SECOND);
        if early {
            return self.violated(format!("{} is reversed before 15 s", order.out_trade_no));
        }
        if known.shown_paid {
            return self.violated(format!("{} is reversed after a till showed it as paid", order.out_trade_no));
        }
        let has_asked = self.asked_since.as_ref().is_none_or(|asked| asked.contains(&order.out_trade_no));
        let gave_up_at = self.tills[till].sales.get(&sale).and_then(|running| running.gave_up_at);
        let is_old = known.reversed || gave_up_at.is_some_and(|at| at <= self.slept_from);
        // Elsewhere a till doesn't know that it slept; and what was decided before is only done.
        if !has_asked && self.is_linux && !is_old {
            let number = &order.out_trade_no;
            return self.violated(format!("{number} is reversed by a till that slept and has not asked since"));
        }
        let paid = self.ledger.attempt(&order.out_trade_no).is_some_and(|row| row.outcome == Outcome::Paid);
        if paid {
            self.violated(format!("{} is reversed after it was paid", order.out_trade_no));
        }
        if let Some(known) = self.known.get_mut(&order.out_trade_no) {
            known.reversed = true;
        }
    }

    /// No other process and no step back stops a commit of a sale that this till drives.
    pub(crate) fn check_commit(&mut self, result: &Result<i64, LedgerError>) {
        if let Err(error @ (LedgerError::Backward | LedgerError::Forbidden | LedgerError::NotFound)) = result {
            self.violated(format!("the rules write what the book refuses: {error:?}"));
        }
    }

    /// A till tells its screens: nothing is said that the gateway or the book does not bear out.
    pub(crate) fn show(&mut self, till: usize, sale: SaleId, view: SaleView) {
        let status = format!("{:?}", view.status);
        let end = status.find([' ', '(']).unwrap_or(status.len());
        let notice = if view.notice.is_some() { " with a notice" } else { "" };
        self.tell(format_args!("till {} sale {} shows {}{notice}", till + 1, sale.as_i64(), &status[..end]));
        match &view.status {
            Status::Showing { code_url, .. } => self.shown(&view.out_trade_no, code_url),
            Status::Paid(receipt) | Status::PaidLate(receipt) => self.check_paid(&view, receipt),
            Status::Declined(_) | Status::Reversed | Status::Closed | Status::NotSent(_) | Status::NotRecorded => {
                self.check_unpaid(&view);
            }
            Status::Preparing { .. }
            | Status::GivingWay { .. }
            | Status::Sending { .. }
            | Status::Password(_)
            | Status::Unknown(..)
            | Status::Reversing { .. }
            | Status::Closing { .. } => {}
        }
        if let Some(Notice::AlsoPaid { out_trade_no, .. }) = &view.notice {
            let written = self.ledger.attempt(out_trade_no).is_some_and(|row| is_paid(row.outcome));
            if !written {
                self.violated(format!("{out_trade_no} is told as also paid and the book doesn't say so"));
            }
        }
        if let Some(running) = self.tills[till].sales.get_mut(&sale) {
            running.view = Some(view);
        }
    }

    fn check_paid(&mut self, view: &SaleView, receipt: &Receipt) {
        let number = &view.out_trade_no;
        let written = self.ledger.attempt(number);
        if written
            .is_none_or(|row| !is_paid(row.outcome) || row.transaction_id.as_ref() != Some(&receipt.transaction_id))
        {
            return self.violated(format!("{number} is shown as paid before the book says so"));
        }
        let Some(known) = self.known.get_mut(number) else { return };
        // What is told as late goes back by itself.
        known.shown_paid |= matches!(view.status, Status::Paid(_));
        let order = known.order.clone();
        let truth = self.truth(&order);
        if truth != QueryAnswer::Paid(receipt.clone()) {
            self.violated(format!("{number} is shown as paid; at the gateway it is {truth:?}"));
        }
    }

    /// No attempt of the sale has taken money, as far as the gateway knows now.
    fn check_unpaid(&mut self, view: &SaleView) {
        let Some(known) = self.known.get(&view.out_trade_no) else { return };
        if known.arrived_late && view.status == Status::Reversed {
            return;
        }
        let order = known.order.clone();
        if let QueryAnswer::Paid(_) = self.truth(&order) {
            self.violated(format!("{} is shown as unpaid; the gateway has been paid", view.out_trade_no));
        }
    }

    /// Faults have stopped long ago: nothing is open.
    pub(crate) fn check_liveness(&mut self) {
        let open = self.ledger.attempts().find(|row| row.outcome == Outcome::Open).cloned();
        if let Some(row) = open {
            self.violated(format!("{} is still open ({}) 5 minutes after faults stopped", row.out_trade_no, row.state));
        }
        let waiting = self.ledger.sales().find(|sale| sale.outcome == Outcome::Open).map(|sale| sale.id);
        if let Some(id) = waiting {
            self.violated(format!("sale {} is still open, its attempts are not", id.as_i64()));
        }
    }

    /// The gateway's books and the shop's, order by order.
    pub(crate) fn check_the_end(&mut self) {
        // What the lost machine did after the backup is in no book; the gateway's bill has it.
        let kept = self.known.values().filter(|known| !known.lost);
        let orders: Vec<Order> = kept.map(|known| known.order.clone()).collect();
        let mut paid_of: std::collections::BTreeMap<SaleId, u32> = std::collections::BTreeMap::new();
        for order in orders {
            let truth = self.truth(&order);
            let number = &order.out_trade_no;
            let Some(row) = self.ledger.attempt(number) else {
                return self.violated(format!("{number} was sent and is not in the book"));
            };
            let (outcome, sale) = (row.outcome, row.sale);
            match &truth {
                QueryAnswer::Paid(receipt) => {
                    *paid_of.entry(sale).or_default() += 1;
                    let proven = row.transaction_id.as_ref() == Some(&receipt.transaction_id)
                        && row.total_fee == receipt.total_fee
                        && row.paid_at == Some(receipt.paid_at);
                    if !is_paid(outcome) || !proven {
                        return self.violated(format!("{number} took money and the book says {}", outcome.as_str()));
                    }
                }
                _ if is_paid(outcome) => {
                    return self.violated(format!("the book says {number} is paid; at the gateway it is {truth:?}"));
                }
                _ => {}
            }
        }
        self.check_sales(&paid_of);
    }

    fn check_sales(&mut self, paid_of: &std::collections::BTreeMap<SaleId, u32>) {
        let mut wrong = None;
        let lost: std::collections::BTreeSet<SaleId> =
            self.known.values().filter(|known| known.lost).map(|known| known.sale).collect();
        for sale in self.ledger.sales().filter(|sale| !lost.contains(&sale.id)) {
            let paid = paid_of.get(&sale.id).copied().unwrap_or_default();
            if (paid > 0) != is_paid(sale.outcome) {
                wrong = Some(format!(
                    "sale {} was paid {paid} times, the book says {}",
                    sale.id.as_i64(),
                    sale.outcome.as_str()
                ));
            }
            let as_wanted =
                self.ledger.attempts().filter(|row| row.sale == sale.id && row.outcome == Outcome::Paid).count();
            if as_wanted > 1 {
                wrong = Some(format!("sale {} was paid twice and neither is told as late", sale.id.as_i64()));
            }
        }
        let twice = paid_of.values().filter(|times| **times > 1).count();
        self.counts.paid_twice += twice as u64;
        self.counts.paid += paid_of.len() as u64;
        self.counts.sales += self.ledger.sales().count() as u64;
        if let Some(wrong) = wrong {
            self.violated(wrong);
        }
    }
}

fn is_paid(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Paid | Outcome::PaidLate)
}
