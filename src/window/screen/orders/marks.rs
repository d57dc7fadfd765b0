//! Orders that are marked, to be refunded together. They stay so whatever is searched for meanwhile.

use crate::money::Fen;
use crate::number::OutTradeNo;
use crate::till::{OrderState, OrderView};

/// Each marked order with what is left of it, as the list said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marks(Vec<(OutTradeNo, Fen)>);

impl Marks {
    /// Whether anything of the order can be refunded, as far as the list knows.
    pub(super) fn may_mark(order: &OrderView) -> bool {
        match order.state {
            OrderState::Paid | OrderState::PartlyRefunded => true,
            OrderState::NotPaid
            | OrderState::Reversed
            | OrderState::Closed
            | OrderState::Unknown
            | OrderState::Refunded => false,
        }
    }

    pub(super) fn has(&self, number: &OutTradeNo) -> bool {
        self.0.iter().any(|(marked, _)| marked == number)
    }

    /// Marks an order, or takes its mark away; says whether that can be.
    pub(super) fn toggle(&mut self, order: &OrderView) -> bool {
        if self.has(&order.out_trade_no) {
            self.0.retain(|(marked, _)| *marked != order.out_trade_no);
            return true;
        }
        let can = Self::may_mark(order);
        if can {
            let left = order.total_fee.checked_sub(order.refunded_fee).unwrap_or(Fen::ZERO);
            self.0.push((order.out_trade_no.clone(), left));
        }
        can
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn sum(&self) -> Fen {
        self.0.iter().fold(Fen::ZERO, |sum, (_, left)| sum.checked_add(*left).unwrap_or(sum))
    }

    /// Their numbers, in the order of marking.
    pub(super) fn numbers(&self) -> Vec<String> {
        self.0.iter().map(|(number, _)| number.to_string()).collect()
    }
}
