//! Chinese and English: each word once a language. A word that one of them lacks doesn't compile.
//!
//! Fixed words are fields of [`Words`]; sentences with something in them are methods of [`Lang`];
//! [`Advice`] says of a trouble what happened, whether money moved, and what to do now.

mod account;
mod advice;
mod approval;
mod backup;
mod bulk;
mod check;
mod en;
mod live;
mod orders;
mod refund;
mod refunding;
mod rules;
mod sentence;
mod story;
mod terminal;
mod walk;
mod zh;

use serde::{Deserialize, Serialize};

use crate::money::Fen;

pub use advice::Advice;
pub use bulk::{BulkWords, NoListWhy};
pub use check::Found;
pub use orders::OrderWords;
pub use refunding::RefundWords;
pub use rules::RuleWords;
pub use terminal::BookTrouble;
pub use walk::Words as WalkWords;

/// A language that everything is said in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    #[serde(rename = "en")]
    En,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The language's tag, as the command line and the settings write it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Reads a tag or the locale of an operating system: `zh-CN`, `zh_CN.UTF-8`, `en`, `en_GB`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split(['-', '_', '.']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    pub const fn words(self) -> &'static Words {
        match self {
            Self::Zh => &zh::WORDS,
            Self::En => &en::WORDS,
        }
    }
}

/// An amount as people read it: `¥3,482.50`.
pub fn yuan(amount: Fen) -> String {
    format!("¥{}.{:02}", grouped(amount.yuan()), amount.cents())
}

/// Whole yuan in groups of three: `3,482`.
pub fn grouped(yuan: i64) -> String {
    let digits = yuan.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub program: &'static str,
    /// What switches to the other language, written in that language.
    pub other_language: &'static str,

    // Header.
    pub practice: &'static str,
    pub practice_no_money: &'static str,
    pub wechat_pay: &'static str,
    pub scanner: &'static str,
    pub today: &'static str,

    // Amount.
    pub amount: &'static str,
    pub type_amount: &'static str,
    pub show_qr: &'static str,
    pub type_code: &'static str,
    pub scan_instead: &'static str,
    pub clear: &'static str,
    pub note: &'static str,
    /// Chips that spare the cashier an input method.
    pub notes: [&'static str; 4],

    // QR.
    pub preparing_qr: &'static str,
    pub new_code: &'static str,
    pub save_qr: &'static str,
    pub cancel_sale: &'static str,
    pub then_new_code: &'static str,
    pub code_being_renewed: &'static str,
    pub or_scan: &'static str,
    pub order: &'static str,
    pub qr_not_drawn: &'static str,

    // A charge on its way.
    pub giving_way: &'static str,
    pub giving_way_lead: &'static str,
    pub sending: &'static str,
    pub password: &'static str,
    pub unknown: &'static str,
    pub reversing: &'static str,
    pub reversing_lead: &'static str,
    pub query_again: &'static str,
    pub cancel_and_refund: &'static str,
    pub serve_next: &'static str,
    pub step_qr_closing: &'static str,
    pub step_qr_dead: &'static str,
    pub step_closing: &'static str,
    pub step_then_charge: &'static str,
    pub step_charging: &'static str,
    pub step_verify: &'static str,
    pub step_customer_password: &'static str,
    pub step_maybe_arrived: &'static str,
    pub step_asking: &'static str,
    pub step_reverse_at_45: &'static str,
    pub step_reverse_sent: &'static str,
    pub step_reverse_certain: &'static str,
    pub customer_paid_already: &'static str,

    // Ends.
    pub paid: &'static str,
    pub next_any_digit: &'static str,
    pub declined: &'static str,
    pub no_money_moved: &'static str,
    pub next_code: &'static str,
    pub details: &'static str,
    pub hide_details: &'static str,
    pub gateway_code: &'static str,
    pub gateway_text: &'static str,
    pub order_number: &'static str,
    pub reversed: &'static str,
    pub reversed_lead: &'static str,
    pub charge_again: &'static str,
    pub closing: &'static str,
    pub closing_lead: &'static str,
    pub closed: &'static str,
    pub closed_lead: &'static str,
    pub paid_late: &'static str,
    pub paid_late_lead: &'static str,
    pub paid_late_do: &'static str,
    pub goes_back_lead: &'static str,
    pub goes_back_do: &'static str,
    pub understood: &'static str,
    pub not_sent_kept: &'static str,
    pub retry: &'static str,
    pub not_recorded: &'static str,
    pub not_recorded_lead: &'static str,
    pub not_recorded_do: &'static str,

    // Asked once: the same amount is still open.
    pub same_amount: &'static str,
    pub same_amount_lead: &'static str,
    pub another_customer: &'static str,
    pub wait_for_it: &'static str,

    // Entry of a code by hand.
    pub code_title: &'static str,
    pub code_where: &'static str,
    pub code_password_note: &'static str,
    pub charge: &'static str,
    pub back: &'static str,

    // Toasts.
    pub amount_first: &'static str,
    pub amount_first_do: &'static str,
    pub wait_for_result: &'static str,
    pub wait_for_result_do: &'static str,
    pub cancel_first: &'static str,
    pub cancel_first_do: &'static str,
    pub leave_first: &'static str,
    pub leave_first_do: &'static str,
    pub set_up_after: &'static str,
    pub saved: &'static str,
    pub not_saved: &'static str,
    pub not_saved_do: &'static str,
    pub scan_not_taken: &'static str,
    pub scan_not_taken_do: &'static str,
    pub also_paid: &'static str,
    pub also_paid_lead: &'static str,
    pub also_paid_do: &'static str,
    /// While the other payment may still be stopped.
    pub may_pay_twice: &'static str,
    pub settings_not_saved: &'static str,
    pub settings_not_saved_do: &'static str,
    pub settings_damaged_do: &'static str,
    pub book_unreadable: &'static str,
    pub book_unreadable_do: &'static str,
    pub scan_code_again: &'static str,
    pub scan_code_again_do: &'static str,

    // Strips.
    pub no_sales_yet: &'static str,
    pub key_show_qr: &'static str,
    pub key_scan: &'static str,
    pub key_scan_does: &'static str,
    pub key_add: &'static str,
    pub key_clear: &'static str,
    pub key_full_screen: &'static str,
    pub key_help: &'static str,
    pub key_next_sale: &'static str,
    pub key_digit: &'static str,
    pub key_cancel: &'static str,
    pub key_next_customer: &'static str,
    pub key_delete: &'static str,
    pub key_save: &'static str,

    // The key sheet.
    pub keys_title: &'static str,
    pub keys_close: &'static str,
    pub keys_amount: &'static str,
    pub keys_delete: &'static str,
    pub keys_enter: &'static str,
    pub keys_scan: &'static str,
    pub keys_escape: &'static str,
    pub keys_set_up: &'static str,
    /// What stands in on the numeric pad.
    pub keys_numpad: &'static str,

    // The customer's phone in practice.
    pub phone: &'static str,
    pub phone_pay: &'static str,
    pub phone_password: &'static str,
    pub phone_wrong_password: &'static str,
    pub phone_not_enough: &'static str,
    pub phone_cancel: &'static str,
    pub phone_dead: &'static str,
    pub phone_show_code: &'static str,

    /// The way to an open till.
    pub walk: WalkWords,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_in_threes() {
        for (fen, text) in [
            (0, "¥0.00"),
            (1, "¥0.01"),
            (99_999, "¥999.99"),
            (100_000, "¥1,000.00"),
            (348_250, "¥3,482.50"),
            (100_000_000, "¥1,000,000.00"),
        ] {
            assert_eq!(yuan(Fen::new(fen).unwrap()), text);
        }
    }

    #[test]
    fn tags_are_read_as_systems_write_them() {
        for (text, lang) in [
            ("zh-CN", Some(Lang::Zh)),
            ("zh_CN.UTF-8", Some(Lang::Zh)),
            ("ZH", Some(Lang::Zh)),
            ("en", Some(Lang::En)),
            ("en_GB.UTF-8", Some(Lang::En)),
            ("de", None),
            ("C", None),
            ("", None),
        ] {
            assert_eq!(Lang::parse(text), lang, "{text}");
        }
        for lang in Lang::ALL {
            assert_eq!(Lang::parse(lang.tag()), Some(lang));
            assert_eq!(lang.other().other(), lang);
        }
    }

    pub(super) fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
    }

    pub(super) fn is_english(text: &str) -> bool {
        !text.is_empty() && !is_chinese(text)
    }

    /// Every word by the name of its field, read from the `Debug` text so that none can be left out.
    fn fields(text: &str) -> Vec<(String, String)> {
        text.lines()
            .filter_map(|line| line.trim().trim_end_matches(',').split_once(": \""))
            .map(|(name, value)| (name.to_owned(), value.trim_end_matches('"').to_owned()))
            .collect()
    }

    /// Holds two `{:#?}` texts of words against their languages, word by word.
    pub(in crate::lang) fn assert_said(zh: &str, en: &str) {
        let (zh, en) = (fields(zh), fields(en));
        assert_eq!(zh.len(), en.len());
        assert!(zh.len() > 20);
        let hanzi = is_chinese;
        for ((name, chinese), (_, english)) in zh.iter().zip(&en) {
            assert!(!chinese.is_empty() && !english.is_empty(), "{name} is empty");
            if name == "other_language" {
                assert!(!hanzi(chinese) && hanzi(english));
            } else {
                assert!(hanzi(chinese), "{name} is not Chinese: {chinese}");
                assert!(!hanzi(english), "{name} is not English: {english}");
            }
        }
    }

    #[test]
    fn every_word_is_said_in_its_language() {
        assert_said(&format!("{:#?}", Lang::Zh.words()), &format!("{:#?}", Lang::En.words()));
    }
}
