//! Money as whole fen. There is no floating point anywhere near it.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Whole fen (1/100 yuan), never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Fen(i64);

/// Why a text is not an amount that can be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AmountError {
    #[error("there is no amount")]
    Empty,
    #[error("this is not a number")]
    NotANumber,
    #[error("an amount can't be negative")]
    Negative,
    #[error("an amount has at most two decimals")]
    TooManyDecimals,
    #[error("the amount is zero")]
    Zero,
    #[error("the amount is above 1,000,000.00")]
    TooLarge,
}

impl Fen {
    pub const ZERO: Self = Self(0);
    /// The most one payment may be: 1,000,000.00 yuan.
    pub const MAX_CHARGE: Self = Self(100_000_000);

    /// `None` if negative.
    pub const fn new(fen: i64) -> Option<Self> {
        if fen < 0 { None } else { Some(Self(fen)) }
    }

    pub const fn as_i64(self) -> i64 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        Self::new(self.0 - other.0)
    }

    /// The whole yuan.
    pub const fn yuan(self) -> i64 {
        self.0 / 100
    }

    /// The fen beside the whole yuan, 0 to 99.
    pub const fn cents(self) -> i64 {
        self.0 % 100
    }

    /// Reads an amount to charge in decimal yuan, `12.50`: more than zero, at most
    /// [`Fen::MAX_CHARGE`]. Full-width digits and points, as Chinese input methods write them, are
    /// read as plain ones.
    pub fn parse_charge(text: &str) -> Result<Self, AmountError> {
        let plain: String = text.trim().chars().map(plain_digit).collect();
        let amount = Self::parse_yuan(plain.trim_start_matches(['¥', '￥']))?;
        if amount.is_zero() {
            Err(AmountError::Zero)
        } else if amount > Self::MAX_CHARGE {
            Err(AmountError::TooLarge)
        } else {
            Ok(amount)
        }
    }

    fn parse_yuan(text: &str) -> Result<Self, AmountError> {
        if text.is_empty() {
            return Err(AmountError::Empty);
        }
        if let Some(rest) = text.strip_prefix(['-', '－']) {
            return Self::parse_yuan(rest).and(Err(AmountError::Negative));
        }
        let (yuan, cents) = text.split_once('.').unwrap_or((text, ""));
        if yuan.is_empty() && cents.is_empty() {
            return Err(AmountError::NotANumber);
        }
        if !yuan.bytes().chain(cents.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(AmountError::NotANumber);
        }
        if cents.len() > 2 {
            return Err(AmountError::TooManyDecimals);
        }
        let digits = format!("{yuan}{cents:0<2}");
        let digits = digits.trim_start_matches('0');
        if digits.len() > 15 {
            return Err(AmountError::TooLarge);
        }
        let fen = if digits.is_empty() { Ok(0) } else { digits.parse::<i64>() };
        fen.ok().and_then(Self::new).ok_or(AmountError::TooLarge)
    }
}

/// Full-width digits and points become the plain ones; anything else stays as it is.
pub fn plain_digit(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        '．' | '。' => '.',
        '＋' => '+',
        _ => c,
    }
}

impl TryFrom<i64> for Fen {
    type Error = AmountError;

    fn try_from(fen: i64) -> Result<Self, AmountError> {
        Self::new(fen).ok_or(AmountError::Negative)
    }
}

impl From<Fen> for i64 {
    fn from(fen: Fen) -> Self {
        fen.0
    }
}

/// Decimal yuan with two decimals and no sign: `12.50`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.yuan(), self.cents())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_fen() {
        for (text, fen) in [
            ("12.50", 1250),
            ("12.5", 1250),
            ("12", 1200),
            ("0.01", 1),
            (".5", 50),
            ("5.", 500),
            ("007", 700),
            ("１２．５０", 1250),
            ("１２。５", 1250),
            ("¥8", 800),
            (" 3.20 ", 320),
            ("1000000", 100_000_000),
        ] {
            assert_eq!(Fen::parse_charge(text).map(Fen::as_i64), Ok(fen), "{text}");
        }
    }

    #[test]
    fn bad_amounts_are_named() {
        for (text, error) in [
            ("", AmountError::Empty),
            ("  ", AmountError::Empty),
            ("0", AmountError::Zero),
            ("0.00", AmountError::Zero),
            ("-1", AmountError::Negative),
            ("-", AmountError::Empty),
            ("1.234", AmountError::TooManyDecimals),
            ("1.230", AmountError::TooManyDecimals),
            ("abc", AmountError::NotANumber),
            ("1,000", AmountError::NotANumber),
            ("1e3", AmountError::NotANumber),
            (".", AmountError::NotANumber),
            ("1.2.3", AmountError::NotANumber),
            ("+5", AmountError::NotANumber),
            ("1000000.01", AmountError::TooLarge),
            ("99999999999999999999999999", AmountError::TooLarge),
        ] {
            assert_eq!(Fen::parse_charge(text), Err(error), "{text}");
        }
    }

    #[test]
    fn text_out_is_text_in() {
        for fen in [1, 9, 10, 99, 100, 101, 1250, 99_999_999, 100_000_000] {
            let amount = Fen::new(fen).unwrap();
            assert_eq!(Fen::parse_charge(&amount.to_string()), Ok(amount));
        }
    }

    #[test]
    fn sums_do_not_wrap() {
        assert_eq!(Fen(i64::MAX).checked_add(Fen(1)), None);
        assert_eq!(Fen(1).checked_sub(Fen(2)), None);
        assert_eq!(Fen::new(-1), None);
    }
}
