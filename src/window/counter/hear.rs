//! What the till reports, and what a saved picture answers.

use std::path::Path;

use crate::payment::{Doubt, Notice, SaleView, Status};
use crate::till::Update;
use crate::window::ui::Toast;

use super::{Counter, Effect, Link, Screen};

impl Counter {
    pub(super) fn hear(&mut self, update: Update) -> Vec<Effect> {
        match update {
            Update::Book => return vec![Effect::LookAgain],
            Update::Sale(view) if self.told.contains(&view.id) && !matches!(view.status, Status::PaidLate(_)) => {}
            Update::Sale(view) => {
                self.watch_link(&view.status);
                self.hear_notice(&view);
                if self.sale.as_ref().is_some_and(|sale| sale.id == view.id) {
                    self.hear_of_foreground(view);
                } else {
                    self.hear_of_other(view);
                }
            }
        }
        Vec::new()
    }

    /// Says what the cashier must know beside where a sale stands, once.
    fn hear_notice(&mut self, view: &SaleView) {
        let known = self.sale.as_ref().and_then(|sale| sale.view.as_ref()).filter(|known| known.id == view.id);
        if known.is_some_and(|known| known.notice == view.notice) {
            return;
        }
        let words = self.lang.words();
        match &view.notice {
            None => {}
            Some(Notice::ScanNotTaken) => {
                self.say(Toast::Warning, words.scan_not_taken, words.scan_not_taken_do);
            }
            Some(Notice::AlsoPaid { out_trade_no, receipt }) => {
                let title = self.lang.also_paid(receipt.total_fee, out_trade_no.tail());
                self.say(Toast::Warning, title, words.also_paid_do);
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
                if self.late.iter().all(|late| late.id != view.id) {
                    self.late.push(view);
                }
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

    pub(super) fn saved(&mut self, saved: Option<&Path>) -> Vec<Effect> {
        let words = self.lang.words();
        match saved {
            Some(path) => self.say(Toast::Good, words.saved, path.display().to_string()),
            None => self.say(Toast::Warning, words.not_saved, words.not_saved_do),
        }
        Vec::new()
    }
}
