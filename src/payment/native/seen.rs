//! What others see of a native order.

use super::super::status::{Status, Waiting};
use super::super::words::{Doubt, Order};
use super::super::{Next, Outcome};
use super::{GaveWay, Native, State, Step, Wish};
use crate::number::OutRefundNo;
use crate::timestamp::Timestamp;

impl Native {
    pub(super) fn is_over(&self) -> bool {
        match self.state {
            State::Paid(_)
            | State::PaidLate(_)
            | State::Closed
            | State::Reversed
            | State::Failed(_)
            | State::NotSent(_) => true,
            State::Creating
            | State::Shown
            | State::Renewing(_)
            | State::GivingWay(_)
            | State::Closing(_)
            | State::Checking => false,
        }
    }

    /// Whether nobody paid it, as far as was known at its end.
    pub(super) fn has_ended_unpaid(&self) -> bool {
        self.is_over() && !self.was_paid()
    }

    /// Whether the call on its way is a query.
    pub(super) fn is_asking(&self) -> bool {
        match self.state {
            State::Shown
            | State::Renewing(Step::Ask)
            | State::GivingWay(Step::Ask | Step::AskAgain)
            | State::Closing(Step::Ask)
            | State::Checking
            | State::Closed
            | State::Reversed
            | State::Failed(_)
            | State::NotSent(_) => self.next == Next::Answer,
            State::Creating
            | State::Renewing(Step::Create | Step::Close | Step::AskAgain)
            | State::GivingWay(Step::Create | Step::Close)
            | State::Closing(Step::Create | Step::Close | Step::AskAgain)
            | State::Paid(_)
            | State::PaidLate(_) => false,
        }
    }

    /// Whether a scan may still take this order's place: nobody has left it, and nobody has paid it.
    pub(in crate::payment) fn takes_a_scan(&self) -> bool {
        !self.is_over() && !self.unwanted && self.state != State::Checking
    }

    /// Whether the gateway has said that the order is paid, with or without a receipt.
    pub(in crate::payment) fn was_paid(&self) -> bool {
        matches!(self.state, State::Checking | State::Paid(_) | State::PaidLate(_))
    }

    /// Whether it was paid after a person had left the sale.
    pub(in crate::payment) fn was_paid_after_leaving(&self) -> bool {
        self.way_back.as_ref().is_some_and(|way| way.in_any_case) && matches!(self.state, State::PaidLate(_))
    }

    /// The number under which it goes back if it has to.
    pub(in crate::payment) fn goes_back_as(&self) -> OutRefundNo {
        self.way_back.as_ref().map_or_else(|| self.refund_number(), |way| way.number.clone())
    }

    /// The one number under which the till itself gives this order back.
    pub(super) fn refund_number(&self) -> OutRefundNo {
        OutRefundNo::of_order(&self.order.out_trade_no)
    }

    /// Whether no call is on its way and none will be sent.
    pub(in crate::payment) fn has_nothing_to_do(&self) -> bool {
        self.next == Next::Never
    }

    /// Whether a call is on its way.
    pub(in crate::payment) fn awaits_an_answer(&self) -> bool {
        self.next == Next::Answer
    }

    pub fn gave_way(&self) -> GaveWay {
        match self.state {
            State::Closed => GaveWay::Yes,
            State::Closing(_) if self.picture_dead => GaveWay::Yes,
            State::GivingWay(_) => GaveWay::NotYet,
            _ if self.wish == Some(Wish::GiveWay) => GaveWay::NotYet,
            _ => GaveWay::No,
        }
    }

    pub fn order(&self) -> &Order {
        &self.order
    }

    /// When [`Event::Wakeup`](super::Event::Wakeup) is due; `None` while an answer is awaited or nothing more will happen.
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        self.next.wakeup()
    }

    /// The state's name, as the book keeps it.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Creating => "creating",
            State::Shown => "shown",
            State::Renewing(_) => "renewing",
            State::GivingWay(_) => "giving_way",
            State::Closing(_) => "closing",
            State::Checking => "checking",
            State::Paid(_) => "paid",
            State::PaidLate(_) => "paid_late",
            State::Closed => "closed",
            State::Reversed => "reversed",
            State::Failed(_) => "failed",
            State::NotSent(_) => "not_sent",
        }
    }

    pub fn outcome(&self) -> Outcome {
        match &self.state {
            State::Creating
            | State::Shown
            | State::Renewing(_)
            | State::GivingWay(_)
            | State::Closing(_)
            | State::Checking => Outcome::Open,
            State::Paid(receipt) => Outcome::Paid(receipt.clone()),
            State::PaidLate(receipt) => Outcome::PaidLate(receipt.clone()),
            State::Closed => Outcome::Closed,
            State::Reversed => Outcome::Reversed,
            State::Failed(_) | State::NotSent(_) => Outcome::NotPaid,
        }
    }

    pub fn status(&self) -> Status {
        let since = self.order.created_at;
        match &self.state {
            State::Creating => Status::Preparing { since, doubt: self.doubt.clone() },
            State::Shown | State::Renewing(_) => self.showing(),
            State::GivingWay(_) => Status::GivingWay { since },
            State::Closing(_) => Status::Closing { since },
            State::Checking => {
                let waiting = Waiting {
                    since,
                    queries: self.tries,
                    next_query_at: self.next_wakeup(),
                    cancel_from: Timestamp::from_millis(i64::MAX),
                    until: Timestamp::from_millis(i64::MAX),
                };
                Status::Unknown(waiting, Doubt::Gateway { code: "ORDERPAID".to_owned() })
            }
            State::Paid(receipt) => Status::Paid(receipt.clone()),
            State::PaidLate(receipt) => Status::PaidLate(receipt.clone()),
            State::Closed => Status::Closed,
            State::Reversed => Status::Reversed,
            State::Failed(refusal) => Status::Declined(refusal.clone()),
            State::NotSent(why) => Status::NotSent(why.clone()),
        }
    }

    fn showing(&self) -> Status {
        match &self.picture {
            Some(picture) => Status::Showing {
                code_url: picture.code_url.clone(),
                shown_at: picture.shown_at,
                renew_at: picture.renew_at,
            },
            None => Status::Preparing { since: self.order.created_at, doubt: self.doubt.clone() },
        }
    }
}
