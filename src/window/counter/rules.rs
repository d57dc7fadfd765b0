//! The owner's page of who may refund, among the counter's screens.

use std::time::Duration;

use crate::window::screen::rules::{self, Rules};

use super::{Counter, Effect, Screen};

/// How long the page stays open that the PIN has opened, while nobody does anything.
const STAYS_OPEN: Duration = Duration::from_secs(120);

impl Counter {
    /// From the set-up. A sale that still needs the cashier comes first.
    pub(super) fn open_rules(&mut self) -> Effect {
        if !self.may_leave() {
            return self.finish_first();
        }
        self.rules_opened = self.rules_opened.wrapping_add(1);
        self.screen = Screen::Rules(Box::new(Rules::new(self.rules_opened)));
        self.answer = None;
        self.at_rules_since = self.now;
        Effect::Rules(self.rules_opened, rules::Wish::Read)
    }

    pub(super) fn is_at_rules(&self) -> bool {
        matches!(self.screen, Screen::Rules(_))
    }

    pub(super) fn typed_on_rules(&mut self, character: char) -> Effect {
        self.on_rules(match character {
            '\n' | '\r' => rules::Message::Enter,
            '\t' | '+' => rules::Message::Next,
            typed => rules::Message::Type(crate::money::plain_digit(typed)),
        })
    }

    pub(super) fn on_rules(&mut self, message: rules::Message) -> Effect {
        let Screen::Rules(page) = &mut self.screen else { return Effect::Nothing };
        self.answer = None;
        self.at_rules_since = self.now;
        match page.update(message) {
            rules::Action::None => Effect::Nothing,
            rules::Action::Wish(wish) => Effect::Rules(page.page(), wish),
            rules::Action::Leave => self.back_to_charge(),
        }
    }

    /// An owner who has gone away leaves the rules to nobody.
    pub(super) fn lock_rules(&mut self) {
        if let Screen::Rules(page) = &mut self.screen
            && self.now.since(self.at_rules_since) >= STAYS_OPEN
        {
            page.lock();
        }
    }

    /// A scan, or another page that is wanted: what was changed here would be lost.
    pub(super) fn leave_rules_first(&mut self) -> Effect {
        let words = self.lang.rule_words();
        self.warn(words.leave_first, words.leave_first_do)
    }

    pub(super) fn heard_rules(&mut self, page: u32, told: rules::Told) -> Vec<Effect> {
        if let Screen::Rules(rules) = &mut self.screen {
            rules.hear(page, told);
        }
        Vec::new()
    }
}
