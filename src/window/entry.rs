//! The amount as it is typed: digits, a point, addends; pure, and never more than may be charged.

use crate::lang::grouped;
use crate::money::{AmountError, Fen};

/// An amount under the cashier's fingers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The addends before the last `+`, and their sum.
    addends: Vec<Fen>,
    sum: Fen,
    /// The part being typed, as plain text: `12.5`.
    typed: String,
    /// The amount was kept from a sale that came to nothing: the next digit begins a new one.
    kept: bool,
}

/// The amount in the pieces that a screen draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Whole yuan in groups of three.
    pub whole: String,
    /// The point and the decimals there are.
    pub cents: String,
    /// The decimals that are not typed yet.
    pub ghost: &'static str,
    /// Nothing is typed at all.
    pub empty: bool,
}

impl Figure {
    /// An amount that stands: nothing of it is left to type.
    pub fn whole(amount: Fen) -> Self {
        let cents = format!(".{:02}", amount.cents());
        Self { whole: grouped(amount.yuan()), cents, ghost: "", empty: false }
    }
}

impl Entry {
    pub fn is_empty(&self) -> bool {
        self.typed.is_empty() && self.addends.is_empty()
    }

    /// Takes a digit; `Err` says why it is not taken, and nothing changes.
    pub fn digit(&mut self, digit: char) -> Result<(), AmountError> {
        debug_assert!(digit.is_ascii_digit());
        self.begin_anew();
        if self.typed.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 2) {
            return Err(AmountError::TooManyDecimals);
        }
        let mut longer = if self.typed == "0" { String::new() } else { self.typed.clone() };
        longer.push(digit);
        self.take(longer)
    }

    /// Takes the decimal point; a second one changes nothing.
    pub fn point(&mut self) -> Result<(), AmountError> {
        self.begin_anew();
        if self.typed.contains('.') {
            return Ok(());
        }
        let whole = if self.typed.is_empty() { "0" } else { &self.typed };
        self.take(format!("{whole}."))
    }

    /// Ends the part being typed; the next digits are added to it.
    pub fn plus(&mut self) {
        self.kept = false;
        let part = self.part();
        if part.is_zero() {
            return;
        }
        self.addends.push(part);
        self.sum = self.sum.checked_add(part).expect("a part is only taken if the sum stays below the limit");
        self.typed.clear();
    }

    /// The part being typed becomes `amount`: a quick key.
    pub fn quick(&mut self, amount: Fen) -> Result<(), AmountError> {
        self.begin_anew();
        self.take(amount.to_string())
    }

    /// Takes back the last key.
    pub fn backspace(&mut self) {
        self.kept = false;
        if self.typed.pop().is_none()
            && let Some(last) = self.addends.pop()
        {
            self.sum = self.sum.checked_sub(last).expect("the sum holds each addend");
            last.to_string().trim_end_matches(".00").clone_into(&mut self.typed);
        }
        if self.typed == "0" {
            self.typed.clear();
        }
    }

    /// The amount stays in sight after a sale that came to nothing; the next digit begins a new one.
    pub fn keep(&mut self) {
        self.kept = true;
    }

    /// The whole amount, if it can be charged.
    pub fn charge(&self) -> Result<Fen, AmountError> {
        if self.is_empty() {
            return Err(AmountError::Empty);
        }
        let total = self.sum.checked_add(self.part()).ok_or(AmountError::TooLarge)?;
        Fen::parse_charge(&total.to_string())
    }

    pub fn figure(&self) -> Figure {
        if !self.addends.is_empty() {
            let total = self.sum.checked_add(self.part()).unwrap_or(Fen::MAX_CHARGE);
            return Figure::whole(total);
        }
        let (whole, decimals) = self.typed.split_once('.').unwrap_or((&self.typed, ""));
        let point = if self.typed.contains('.') { "." } else { "" };
        let ghost = match (point.is_empty(), decimals.len()) {
            (true, _) => ".00",
            (false, 0) => "00",
            (false, 1) => "0",
            (false, _) => "",
        };
        Figure {
            whole: grouped(whole.parse().unwrap_or(0)),
            cents: format!("{point}{decimals}"),
            ghost,
            empty: self.is_empty(),
        }
    }

    /// `12.00 + 0.50`, once there is something to add up. The line shows the last few; the sum is above it.
    pub fn addition(&self) -> Option<String> {
        const SHOWN: usize = 4;
        let first: Vec<String> = self.addends.iter().map(Fen::to_string).collect();
        if first.is_empty() {
            return None;
        }
        let hidden = first.len().saturating_sub(SHOWN);
        let dots = if hidden > 0 { "… + " } else { "" };
        let part = if self.typed.is_empty() { String::new() } else { self.part().to_string() };
        Some(format!("{dots}{} + {part}", first[hidden..].join(" + ")).trim_end().to_owned())
    }

    fn begin_anew(&mut self) {
        if self.kept {
            *self = Self::default();
        }
    }

    /// What the part being typed is worth; nothing typed is zero.
    fn part(&self) -> Fen {
        // Besides an amount, `take` lets in only what is worth nothing yet: `0.`
        Fen::parse_charge(&self.typed).unwrap_or(Fen::ZERO)
    }

    fn take(&mut self, longer: String) -> Result<(), AmountError> {
        let part = match Fen::parse_charge(&longer) {
            Ok(part) => part,
            Err(AmountError::Zero) => Fen::ZERO,
            Err(error) => return Err(error),
        };
        let total = self.sum.checked_add(part).ok_or(AmountError::TooLarge)?;
        if total > Fen::MAX_CHARGE {
            return Err(AmountError::TooLarge);
        }
        self.typed = longer;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types as a cashier would: digits, `.`, `+`, `<` for backspace.
    fn typed(keys: &str) -> Entry {
        let mut entry = Entry::default();
        press(&mut entry, keys);
        entry
    }

    fn press(entry: &mut Entry, keys: &str) {
        for key in keys.chars() {
            match key {
                '.' => entry.point().unwrap(),
                '+' => entry.plus(),
                '<' => entry.backspace(),
                digit => {
                    let _ = entry.digit(digit);
                }
            }
        }
    }

    fn fen(amount: i64) -> Fen {
        Fen::new(amount).unwrap()
    }

    #[test]
    fn what_is_typed_is_charged() {
        for (keys, amount) in [
            ("12.50", Ok(1250)),
            ("12.5", Ok(1250)),
            ("12.", Ok(1200)),
            (".5", Ok(50)),
            ("007", Ok(700)),
            ("12+.5", Ok(1250)),
            ("12+0.5+", Ok(1250)),
            ("1+2+3", Ok(600)),
            ("+5", Ok(500)),
            ("++5", Ok(500)),
            ("12.505", Ok(1250)),
            ("1000000", Ok(100_000_000)),
            ("10000000", Ok(100_000_000)),
            ("12<", Ok(100)),
            ("12<<", Err(AmountError::Empty)),
            ("12+5<", Ok(1200)),
            ("12+5<<", Ok(1200)),
            ("12+5<<<<<", Err(AmountError::Empty)),
            ("", Err(AmountError::Empty)),
            ("0", Err(AmountError::Zero)),
            ("0.00", Err(AmountError::Zero)),
            ("+", Err(AmountError::Empty)),
        ] {
            assert_eq!(typed(keys).charge().map(Fen::as_i64), amount, "{keys}");
        }
    }

    #[test]
    fn a_digit_too_many_is_refused_and_changes_nothing() {
        let mut entry = typed("12.50");
        let before = entry.clone();
        assert_eq!(entry.digit('5'), Err(AmountError::TooManyDecimals));
        assert_eq!(entry, before);
        let mut entry = typed("1000000");
        assert_eq!(entry.digit('0'), Err(AmountError::TooLarge));
        assert_eq!(entry.charge(), Ok(Fen::MAX_CHARGE));
        let mut entry = typed("999999+1");
        assert_eq!(entry.digit('0'), Err(AmountError::TooLarge));
        assert_eq!(entry.charge(), Ok(Fen::MAX_CHARGE));
    }

    #[test]
    fn the_screen_shows_what_is_typed_and_what_is_missing() {
        let figure = |keys: &str| {
            let figure = typed(keys).figure();
            (figure.whole, figure.cents, figure.ghost, figure.empty)
        };
        let of = |whole: &str, cents: &str, ghost, empty| (whole.to_owned(), cents.to_owned(), ghost, empty);
        assert_eq!(figure(""), of("0", "", ".00", true));
        assert_eq!(figure("12"), of("12", "", ".00", false));
        assert_eq!(figure("12."), of("12", ".", "00", false));
        assert_eq!(figure("12.5"), of("12", ".5", "0", false));
        assert_eq!(figure("12.50"), of("12", ".50", "", false));
        assert_eq!(figure("1000000"), of("1,000,000", "", ".00", false));
        assert_eq!(figure("12+.5"), of("12", ".50", "", false));
    }

    #[test]
    fn addends_are_written_out() {
        assert_eq!(typed("12.50").addition(), None);
        assert_eq!(typed("12+").addition().as_deref(), Some("12.00 +"));
        assert_eq!(typed("12+.5").addition().as_deref(), Some("12.00 + 0.50"));
        assert_eq!(typed("1+2+3+4+5+6").addition().as_deref(), Some("… + 2.00 + 3.00 + 4.00 + 5.00 + 6.00"));
    }

    #[test]
    fn a_quick_amount_replaces_the_part_being_typed() {
        let mut entry = typed("3");
        entry.quick(fen(800)).unwrap();
        assert_eq!(entry.charge(), Ok(fen(800)));
        entry.plus();
        entry.quick(fen(500)).unwrap();
        assert_eq!(entry.charge(), Ok(fen(1300)));
    }

    #[test]
    fn a_kept_amount_gives_way_to_the_next_digit_only() {
        let mut entry = typed("12+.5");
        entry.keep();
        assert_eq!(entry.charge(), Ok(fen(1250)));
        let mut corrected = entry.clone();
        corrected.backspace();
        assert_eq!(corrected.figure().whole, "12");
        press(&mut entry, "8");
        assert_eq!(entry, typed("8"));
    }
}
