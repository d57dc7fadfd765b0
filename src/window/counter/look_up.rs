//! Orders that were made before: looked up, not resolved, proved by the customer's bill.

use crate::approval::NotApproved;
use crate::number::{OutTradeNo, SaleId, TransactionId};
use crate::payment::refund::RefundView;
use crate::payment::{NoRefund, Status};
use crate::scan::Scanned;
use crate::till::{FindError, OrderPage, Proof, RefundRefused, Refundable, StoryLine, Summary};
use crate::window::screen::orders::{self, Orders};
use crate::window::screen::refund::{self, NotMade};
use crate::window::screen::unresolved::{self, List, Unresolved};
use crate::window::ui::Toast;

use super::lists::marked;
use super::{Counter, Effect, Screen};

impl Counter {
    /// F8, and F8 once more. A sale that still needs the cashier comes first.
    pub(super) fn look_up(&mut self) -> Effect {
        match self.screen {
            Screen::Orders(_) => return self.unsettled(),
            Screen::Unresolved(_) | Screen::Charge | Screen::Bulk(_) => {}
            Screen::Code(_) | Screen::SameAmount(_) => return self.finish_first(),
            Screen::Rules(_) => return self.leave_rules_first(),
        }
        self.open_orders(None)
    }

    /// The badge.
    pub(super) fn unsettled(&mut self) -> Effect {
        if !self.may_leave() {
            return self.finish_first();
        }
        let (list, action) = Unresolved::open(list_of(&self.summary));
        self.screen = Screen::Unresolved(list);
        self.answer = None;
        self.follow_unresolved(action)
    }

    /// Opens the orders, with a number that was scanned.
    pub(super) fn open_orders(&mut self, number: Option<&str>) -> Effect {
        if !self.may_leave() {
            return self.finish_first();
        }
        let (mut orders, mut action) = Orders::open();
        if let Some(number) = number {
            action = orders.search(number);
        }
        self.screen = Screen::Orders(Box::new(orders));
        self.answer = None;
        self.follow_orders(action)
    }

    /// Whether the charge screen can be left: a sale that goes on, or must be read, stays before the cashier.
    pub(super) fn may_leave(&mut self) -> bool {
        match self.sale.as_ref().map(|sale| (sale.is_final(), sale.status())) {
            None => true,
            Some((true, Some(status))) if !matches!(status, Status::PaidLate(_)) => {
                self.next_sale();
                true
            }
            Some(_) => false,
        }
    }

    pub(super) fn finish_first(&mut self) -> Effect {
        let words = self.lang.order_words();
        self.warn(words.finish_first, words.finish_first_do)
    }

    pub(super) fn on_orders(&mut self, message: orders::Message) -> Effect {
        let Screen::Orders(orders) = &mut self.screen else { return Effect::Nothing };
        self.answer = None;
        let action = orders.update(message, self.lang);
        self.follow_orders(action)
    }

    /// What went back meanwhile is another sum now.
    pub(super) fn ask_for_orders_again(&mut self) -> Effect {
        let Screen::Orders(orders) = &mut self.screen else { return Effect::Nothing };
        let action = orders.again();
        self.follow_orders(action)
    }

    pub(super) fn follow_orders(&mut self, action: orders::Action) -> Effect {
        match action {
            orders::Action::None => Effect::Nothing,
            orders::Action::Ask(question) => Effect::Find(question),
            orders::Action::Unresolved => self.unsettled(),
            orders::Action::Refundable(number) => Effect::Refundable(number),
            orders::Action::Refund(action) => self.follow_refund(action),
            orders::Action::List(numbers) => self.begin_list(marked(numbers)),
            orders::Action::NoMark => {
                let words = self.lang.bulk_words();
                self.warn(words.no_mark, words.no_mark_do)
            }
            orders::Action::ChooseFile => Effect::ChooseList,
            orders::Action::OpenList => self.open_list(),
            orders::Action::Leave => self.back_to_charge(),
        }
    }

    fn follow_refund(&mut self, action: refund::Action) -> Effect {
        match action {
            refund::Action::None | refund::Action::Close => Effect::Nothing,
            refund::Action::Refuse(error) => {
                let advice = self.lang.amount_error(error);
                self.warn(advice.title, advice.what_to_do)
            }
            refund::Action::TooMuch(left) => {
                let advice = self.lang.no_refund(NoRefund::TooMuch { left });
                self.warn(advice.title, advice.what_happened)
            }
            refund::Action::WhoFirst => {
                let words = self.lang.refund_words();
                self.warn(words.who_first, words.who_first_do)
            }
            refund::Action::Refund(wish) => Effect::Refund(wish),
            refund::Action::Query(number) => Effect::QueryRefund(number),
            refund::Action::Stop(number) => Effect::StopRefund(number),
        }
    }

    pub(super) fn refundable(&mut self, number: &OutTradeNo, answer: Result<Refundable, RefundRefused>) -> Vec<Effect> {
        if let Screen::Orders(orders) = &mut self.screen {
            orders.heard_refundable(number, answer);
        }
        Vec::new()
    }

    pub(super) fn refund_queued(&mut self, number: &OutTradeNo, answer: Result<RefundView, NotMade>) -> Vec<Effect> {
        // Somebody has changed who may approve.
        let stale = matches!(&answer, Err(NotMade::NotApproved(NotApproved::NotNamed)));
        if let Screen::Orders(orders) = &mut self.screen {
            orders.heard_queued(number, answer);
        }
        if stale { vec![Effect::Approvers] } else { Vec::new() }
    }

    /// Who may approve what is in front.
    pub(super) fn name_approvers(&mut self, names: &[String]) -> Vec<Effect> {
        match &mut self.screen {
            Screen::Orders(orders) => orders.name_approvers(names),
            Screen::Bulk(page) => page.name_approvers(names),
            Screen::Charge | Screen::Code(_) | Screen::SameAmount(_) | Screen::Unresolved(_) | Screen::Rules(_) => {}
        }
        Vec::new()
    }

    pub(super) fn on_unresolved(&mut self, message: unresolved::Message) -> Effect {
        let Screen::Unresolved(list) = &mut self.screen else { return Effect::Nothing };
        let action = list.update(message, list_of(&self.summary));
        self.follow_unresolved(action)
    }

    fn follow_unresolved(&mut self, action: unresolved::Action) -> Effect {
        match action {
            unresolved::Action::None => Effect::Nothing,
            unresolved::Action::Tell(sale) => Effect::Story(sale),
            unresolved::Action::Query(sale) => Effect::Query(sale),
            unresolved::Action::NotHere => {
                let words = self.lang.order_words();
                self.warn(words.not_here, words.unresolved_lead)
            }
            unresolved::Action::Leave => self.back_to_charge(),
        }
    }

    pub(super) fn back_to_charge(&mut self) -> Effect {
        self.screen = Screen::Charge;
        self.answer = None;
        Effect::Nothing
    }

    /// A number of an order was scanned: a slip's, or the one on the customer's bill. It never lands in a field.
    pub(super) fn scanned_order(&mut self, scanned: &Scanned) -> Effect {
        match (scanned, &mut self.screen) {
            // It may be the proof of what is in doubt.
            (Scanned::WechatOrder(number), Screen::Unresolved(_) | Screen::Charge)
                if !self.summary.unresolved.is_empty() =>
            {
                let words = self.lang.order_words();
                self.say(Toast::Note, words.asking_wechat, "");
                Effect::Prove(number.clone())
            }
            (Scanned::WechatOrder(number), Screen::Orders(orders)) => {
                let action = orders.search(number.as_str());
                self.follow_orders(action)
            }
            (Scanned::OurOrder(number), Screen::Orders(orders)) => {
                let action = orders.search(number.as_str());
                self.follow_orders(action)
            }
            (Scanned::WechatOrder(number), _) => self.open_orders(Some(number.as_str())),
            (Scanned::OurOrder(number), _) => self.open_orders(Some(number.as_str())),
            _ => Effect::Nothing,
        }
    }

    pub(super) fn found(&mut self, question: &orders::Question, answer: Result<OrderPage, FindError>) -> Vec<Effect> {
        let orders = match &mut self.screen {
            Screen::Orders(orders) => &mut **orders,
            Screen::Bulk(page) => page.orders_mut(),
            Screen::Charge | Screen::Code(_) | Screen::SameAmount(_) | Screen::Unresolved(_) | Screen::Rules(_) => {
                return Vec::new();
            }
        };
        let action = orders.heard(question, answer);
        vec![self.follow_orders(action)]
    }

    pub(super) fn proved(&mut self, number: &TransactionId, proof: Result<Proof, FindError>) -> Vec<Effect> {
        let words = self.lang.order_words();
        match proof {
            Ok(Proof::OfSale(_, order)) => {
                let mut effect = Effect::Nothing;
                if self.may_leave() {
                    let (list, action) = Unresolved::open_at(&order, list_of(&self.summary));
                    self.screen = Screen::Unresolved(list);
                    effect = self.follow_unresolved(action);
                }
                self.say(Toast::Good, words.proved, words.proved_do);
                vec![effect]
            }
            Ok(Proof::Other(order)) => {
                let (title, lead) = self.lang.proves_other(order.total_fee, order.out_trade_no.tail());
                let effect = self.open_orders(Some(number.as_str()));
                self.say(Toast::Note, title, lead);
                vec![effect]
            }
            Ok(Proof::Nothing) => vec![self.warn(words.proves_nothing, words.proves_nothing_do)],
            Err(_) => vec![self.warn(words.proof_unknown, words.proof_unknown_do)],
        }
    }

    pub(super) fn told_story(&mut self, sale: SaleId, story: Option<Vec<StoryLine>>) -> Vec<Effect> {
        let Some(story) = story else {
            let words = self.lang.words();
            return vec![self.warn(words.book_unreadable, words.book_unreadable_do)];
        };
        if let Screen::Unresolved(list) = &mut self.screen {
            list.heard(sale, story, list_of(&self.summary));
        }
        Vec::new()
    }

    /// The day so far. The first time it also tells what a crash or a power cut left open.
    pub(super) fn summed_up(&mut self, summary: Summary) -> Vec<Effect> {
        self.summary = summary;
        let open = self.summary.unresolved.len();
        if self.summed_up_at.replace(self.now).is_none() && open > 0 {
            let (title, lead) = self.lang.checking_last_time(open);
            self.say(Toast::Note, title, lead);
        }
        match &self.screen {
            Screen::Unresolved(list) => {
                let action = list.refresh(list_of(&self.summary));
                vec![self.follow_unresolved(action)]
            }
            Screen::Orders(_)
            | Screen::Bulk(_)
            | Screen::Charge
            | Screen::Code(_)
            | Screen::SameAmount(_)
            | Screen::Rules(_) => Vec::new(),
        }
    }
}

/// What of the day so far is on the list.
pub(in crate::window) fn list_of(summary: &Summary) -> List<'_> {
    List { open: &summary.unresolved, bounced: &summary.bounced }
}
