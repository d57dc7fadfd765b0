//! Lists of orders that are refunded together: begun from marks or a file, followed whatever is in front.

use std::path::PathBuf;
use std::sync::Arc;

use crate::approval::NotApproved;
use crate::till::{BulkId, BulkPhase, BulkView, NoList, Numbers, numbers};
use crate::window::screen::bulk::{self, Bulk, Listing, no_list};

use super::{Counter, Effect, Screen};

impl Counter {
    pub(super) fn on_bulk(&mut self, message: bulk::Message) -> Effect {
        self.see_list();
        let (Screen::Bulk(page), Some(list)) = (&mut self.screen, &mut self.list) else { return Effect::Nothing };
        self.answer = None;
        match page.update(message, list, self.lang) {
            bulk::Action::None => Effect::Nothing,
            bulk::Action::WhoFirst => {
                let words = self.lang.refund_words();
                self.warn(words.who_first, words.who_first_do)
            }
            bulk::Action::Refund(wish) => {
                list.ask(self.now);
                Effect::RefundList(wish)
            }
            bulk::Action::Stop(id) => Effect::StopList(id),
            bulk::Action::Close => {
                self.back_to_orders();
                self.ask_for_orders_again()
            }
            bulk::Action::PutAway(id) => {
                self.list = None;
                self.back_to_orders();
                Effect::StopList(id)
            }
        }
    }

    /// Whether time has to pass before what the list comes to can have been read.
    pub(super) fn is_list_new(&self) -> bool {
        let is_ready = self.list.as_ref().is_some_and(|list| list.phase() == BulkPhase::Ready);
        is_ready && matches!(&self.screen, Screen::Bulk(page) if !page.can_be_read())
    }

    /// A person looks at what the list comes to, unless the keys' sheet is over it.
    pub(super) fn see_list(&mut self) {
        if self.is_list_new()
            && !self.help
            && let Screen::Bulk(page) = &mut self.screen
        {
            page.see(self.now);
        }
    }

    fn back_to_orders(&mut self) {
        match std::mem::replace(&mut self.screen, Screen::Charge) {
            Screen::Bulk(page) => self.screen = Screen::Orders(Box::new(page.into_orders())),
            other => self.screen = other,
        }
    }

    /// The list that was begun last, also one that is over.
    pub(super) fn open_list(&mut self) -> Effect {
        let orders = match std::mem::replace(&mut self.screen, Screen::Charge) {
            Screen::Orders(orders) if self.list.is_some() => *orders,
            other => {
                self.screen = other;
                return Effect::Nothing;
            }
        };
        self.answer = None;
        self.screen = Screen::Bulk(Box::new(Bulk::new(orders)));
        Effect::Approvers
    }

    /// Orders that are to be looked up as one list. One list goes on at a time.
    pub(super) fn begin_list(&mut self, numbers: Numbers) -> Effect {
        if self.list.as_ref().is_some_and(Listing::is_going) {
            let words = self.lang.bulk_words();
            let (title, lead) = (words.busy, words.busy_do);
            self.open_list();
            return self.warn(title, lead);
        }
        Effect::BeginList(numbers)
    }

    /// The till has begun the list, or still has another. It may have told of it before this could be said.
    pub(super) fn list_begun(&mut self, id: Option<BulkId>, numbers: &Numbers) -> Vec<Effect> {
        let Some(id) = id else {
            let words = self.lang.bulk_words();
            return vec![self.warn(words.busy, words.busy_do)];
        };
        // Whoever went elsewhere meanwhile finds it at the orders.
        self.list = Some(Listing::new(id, numbers));
        if let Some(view) = self.early_list.take() {
            self.hear_of_list(view);
        }
        vec![self.open_list()]
    }

    /// The till says how far a list is. One that is no longer this counter's is no news.
    pub(super) fn hear_of_list(&mut self, view: Arc<BulkView>) {
        let Some(list) = self.list.as_mut().filter(|list| list.id == view.id) else {
            self.early_list = Some(view);
            return;
        };
        list.view = Some(view);
        if list.is_going() {
            match &mut self.screen {
                // They are going back: to be marked no more.
                Screen::Bulk(page) => {
                    page.orders_mut().unmark();
                }
                Screen::Orders(_)
                | Screen::Unresolved(_)
                | Screen::Charge
                | Screen::Code(_)
                | Screen::SameAmount(_)
                | Screen::Rules(_) => {}
            }
        }
    }

    /// Whether the owner's leave was given.
    pub(super) fn list_approved(&mut self, id: BulkId, answer: Result<(), NotApproved>) -> Vec<Effect> {
        let Some(list) = self.list.as_mut().filter(|list| list.id == id) else { return Vec::new() };
        if answer.is_err() {
            list.refused();
        }
        let Screen::Bulk(page) = &mut self.screen else { return Vec::new() };
        let stale = answer == Err(NotApproved::NotNamed);
        match page.heard(answer) {
            // The names were changed meanwhile.
            None if stale => vec![Effect::Approvers],
            None => Vec::new(),
            Some(why) => vec![self.warn(self.lang.refund_words().not_approved, self.lang.not_approved(&why))],
        }
    }

    /// A file is held over the window, or no more.
    pub(super) fn hovered(&mut self, hovered: bool) -> Vec<Effect> {
        if let Screen::Orders(orders) = &mut self.screen {
            orders.hover(hovered);
        }
        Vec::new()
    }

    /// A file was dropped, or chosen in the system's dialog.
    pub(super) fn dropped(&mut self, file: PathBuf) -> Vec<Effect> {
        self.hovered(false);
        if self.takes_lists() {
            return vec![Effect::ReadList(file)];
        }
        let words = self.lang.bulk_words();
        vec![self.warn(words.drop_there, words.drop_there_do)]
    }

    /// Text from the clipboard: a line is searched for, several are a list.
    pub(super) fn pasted(&mut self, text: &str) -> Vec<Effect> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (Some(first), second) = (lines.next(), lines.next()) else { return Vec::new() };
        if second.is_some() {
            return self.list_read(numbers::read(text.as_bytes()));
        }
        let Screen::Orders(orders) = &mut self.screen else { return Vec::new() };
        let action = orders.search(&crate::scan::normalise(first));
        vec![self.follow_orders(action)]
    }

    /// What a file has.
    pub(super) fn list_read(&mut self, read: Result<Numbers, NoList>) -> Vec<Effect> {
        if !self.takes_lists() {
            return Vec::new();
        }
        match read {
            Ok(numbers) => vec![self.begin_list(numbers)],
            Err(why) => {
                let advice = no_list(why, self.lang);
                vec![self.warn(advice.title, self.lang.joined(&advice.what_happened, &advice.what_to_do))]
            }
        }
    }

    /// Whether a list can be begun: at the orders, while no refund is being asked for.
    pub(super) fn takes_lists(&self) -> bool {
        matches!(&self.screen, Screen::Orders(orders) if orders.refund().is_none())
    }

    /// How far the list is that was begun last, for whoever is at the orders.
    pub(in crate::window) fn list_so_far(&self) -> Option<(usize, usize)> {
        self.list.as_ref().map(Listing::done_of)
    }
}

/// Marked orders as a list.
pub(super) fn marked(orders: Vec<String>) -> Numbers {
    Numbers { orders, ..Numbers::default() }
}
