//! What the till reports, and what a saved picture answers.

use std::path::Path;

use crate::payment::refund::{RefundStatus, RefundView};
use crate::payment::{Doubt, Notice, SaleView, Status};
use crate::settings::SettingsError;
use crate::till::Update;
use crate::window::screen::unresolved;
use crate::window::ui::Toast;

use super::look_up::list_of;
use super::{Counter, Effect, Link, Screen, TOLD_MOST};

impl Counter {
    pub(super) fn hear(&mut self, update: Update) -> Vec<Effect> {
        match update {
            // Refunds have a screen of their own.
            Update::Refund(view) => {
                self.hear_of_refund(&view);
                if matches!(view.status, RefundStatus::Bounced(_)) {
                    return vec![Effect::LookAgain];
                }
            }
            Update::Bulk(view) => self.hear_of_list(view),
            Update::Book => return vec![Effect::LookAgain],
            Update::Held(held) => self.held_since = held.then_some(self.now),
            Update::Sale(view) => {
                self.hear_of_second_payment(&view);
                if self.told.contains(&view.id) && !matches!(view.status, Status::PaidLate(_)) {
                    return Vec::new();
                }
                let effect = self.hear_of_unresolved(&view);
                self.watch_link(&view.status);
                self.hear_notice(&view);
                if self.is_in_front(&view) {
                    self.hear_of_foreground(view);
                } else {
                    self.hear_of_other(view);
                }
                return vec![effect];
            }
        }
        Vec::new()
    }

    /// The screen in front follows its refund; of any other only what a person must see to is said.
    fn hear_of_refund(&mut self, view: &RefundView) {
        match &mut self.screen {
            Screen::Orders(orders) => {
                if orders.follow_refund(view) {
                    return;
                }
            }
            Screen::Bulk(_) => {
                // The page names what of its list needs a person.
                if self.list.as_ref().is_some_and(|list| list.has(view)) {
                    return;
                }
            }
            Screen::Unresolved(_) | Screen::Charge | Screen::Code(_) | Screen::SameAmount(_) | Screen::Rules(_) => {}
        }
        match &view.status {
            RefundStatus::Bounced(_) | RefundStatus::Closed(_) | RefundStatus::Refused(_) => {
                let advice = self.lang.refund_status(&view.status);
                let tail = self.lang.tail(view.request.out_trade_no.tail());
                self.say(Toast::Warning, format!("{} · {tail}", advice.title), advice.what_to_do);
            }
            RefundStatus::Queued { .. }
            | RefundStatus::Sending
            | RefundStatus::Checking { .. }
            | RefundStatus::Accepted(_)
            | RefundStatus::Arrived(_)
            | RefundStatus::Stopped => {}
        }
    }

    /// The list says of each order what the till said last; one that has ended is no longer in doubt.
    fn hear_of_unresolved(&mut self, view: &SaleView) -> Effect {
        let list = &mut self.summary.unresolved;
        let Some(place) = list.iter().position(|open| open.out_trade_no == view.out_trade_no) else {
            return Effect::Nothing;
        };
        if view.status.is_final() {
            let open = list.remove(place);
            if !self.kept.iter().any(|kept| kept.id == open.sale) && !self.is_in_front(view) {
                // Left by a crash: told like one that was set aside here.
                self.kept.push(view.clone());
            }
            return Effect::Nothing;
        }
        let open = &mut list[place];
        (open.status, open.here) = (Some(view.status.clone()), true);
        match &self.screen {
            Screen::Unresolved(list) => match list.refresh(list_of(&self.summary)) {
                unresolved::Action::Tell(sale) if sale == view.id => Effect::Story(sale),
                _ => Effect::Nothing,
            },
            Screen::Orders(_)
            | Screen::Bulk(_)
            | Screen::Charge
            | Screen::Code(_)
            | Screen::SameAmount(_)
            | Screen::Rules(_) => Effect::Nothing,
        }
    }

    /// A payment that is put before the cashier by itself gives way to no news of its sale's other order.
    fn is_in_front(&self, view: &SaleView) -> bool {
        let Some(sale) = self.sale.as_ref().filter(|sale| sale.id == view.id) else { return false };
        let shown = sale.view.as_ref().filter(|shown| matches!(shown.status, Status::PaidLate(_)));
        shown.is_none_or(|shown| shown.out_trade_no == view.out_trade_no)
    }

    /// A payment too many stays before the cashier until somebody has read it, whatever became of the sale's
    /// own screen.
    fn hear_of_second_payment(&mut self, view: &SaleView) {
        if let Some(Notice::AlsoPaid { out_trade_no, receipt }) = &view.notice
            && matches!(view.status, Status::Paid(_) | Status::PaidLate(_))
        {
            let (out_trade_no, status) = (out_trade_no.clone(), Status::PaidLate(receipt.clone()));
            self.put_before_cashier(SaleView { amount: receipt.total_fee, out_trade_no, status, ..view.clone() });
        }
    }

    fn put_before_cashier(&mut self, view: SaleView) {
        if self.late_told.contains(&view.out_trade_no) {
            return;
        }
        self.late_told.push_back(view.out_trade_no.clone());
        if self.late_told.len() > TOLD_MOST {
            self.late_told.pop_front();
        }
        self.late.push_back(view);
    }

    /// Says what the cashier must know beside where a sale stands, once.
    fn hear_notice(&mut self, view: &SaleView) {
        let known = self.sale.as_ref().and_then(|sale| sale.view.as_ref()).filter(|known| known.id == view.id);
        if known.is_some_and(|known| known.notice == view.notice) {
            return;
        }
        let words = self.lang.words();
        match &view.notice {
            // What goes back is put before the cashier with its payment.
            None | Some(Notice::GoesBack) => {}
            Some(Notice::ScanNotTaken) => {
                self.say(Toast::Warning, words.scan_not_taken, words.scan_not_taken_do);
            }
            // Once the sale has ended this is a payment too many, and told as that.
            Some(Notice::AlsoPaid { .. }) if view.status.is_final() => {}
            Some(Notice::AlsoPaid { out_trade_no, receipt }) => {
                let title = self.lang.also_paid(receipt.total_fee, out_trade_no.tail());
                self.say(Toast::Warning, title, words.may_pay_twice);
            }
        }
    }

    fn hear_of_foreground(&mut self, view: SaleView) {
        let Some(sale) = &mut self.sale else { return };
        sale.hear(view, self.now);
        if !sale.is_at_qr() {
            // The code entry and its like belong to a sale that waits for a payer.
            self.screen = Screen::Charge;
        }
        if matches!(sale.status(), Some(Status::Paid(_))) {
            self.answer = None;
        }
    }

    /// A sale that this screen has moved on from: the book knows it; here only its end is told.
    fn hear_of_other(&mut self, view: SaleView) {
        if view.status.is_final() {
            self.remember_told(view.id);
        }
        let place = self.kept.iter().position(|kept| kept.id == view.id);
        let tail = view.out_trade_no.tail().to_owned();
        match (&view.status, place) {
            (Status::PaidLate(_), place) => {
                if let Some(place) = place {
                    self.kept.remove(place);
                }
                // A payment too many was put before the cashier already, by its own order number.
                let notice = view.notice.clone().filter(|notice| *notice == Notice::GoesBack);
                self.put_before_cashier(SaleView { notice, ..view });
            }
            // Paid after a crash, or while the cashier was leaving it: told in any case.
            (Status::Paid(_), place) => {
                if let Some(place) = place {
                    self.kept.remove(place);
                }
                self.say(Toast::Good, self.lang.kept_paid(view.amount, &tail), "");
            }
            (status, Some(place)) if status.is_final() => {
                self.kept.remove(place);
                self.say(Toast::Note, self.lang.kept_ended(view.amount, &tail), "");
            }
            (_, Some(place)) => self.kept[place] = view,
            (_, None) => {}
        }
    }

    fn watch_link(&mut self, status: &Status) {
        match status {
            Status::Showing { .. } | Status::Password(_) | Status::Paid(_) | Status::Declined(_) | Status::Reversed => {
                self.link = Link::Good;
            }
            Status::NotSent(_)
            | Status::Unknown(_, Doubt::NoAnswer)
            | Status::Preparing { doubt: Some(Doubt::NoAnswer), .. } => self.link = Link::Bad,
            Status::Preparing { .. }
            | Status::GivingWay { .. }
            | Status::Sending { .. }
            | Status::Unknown(..)
            | Status::Reversing { .. }
            | Status::Closing { .. }
            | Status::Closed
            | Status::PaidLate(_)
            | Status::NotRecorded => {}
        }
    }

    pub(super) fn kept(&mut self, kept: Result<(), SettingsError>) -> Vec<Effect> {
        let words = self.lang.words();
        let to_do = match kept {
            Ok(()) => return Vec::new(),
            Err(SettingsError::Damaged) => words.settings_damaged_do,
            Err(SettingsError::NotSaved { .. }) => words.settings_not_saved_do,
        };
        vec![self.warn(words.settings_not_saved, to_do)]
    }

    pub(super) fn saved(&mut self, saved: Option<&Path>) -> Vec<Effect> {
        let words = self.lang.words();
        match saved {
            Some(path) => self.say(Toast::Good, words.saved, path.display().to_string()),
            None => self.say(Toast::Warning, words.not_saved, words.not_saved_do),
        }
        Vec::new()
    }
}
