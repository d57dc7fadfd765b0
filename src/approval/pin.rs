//! The refund PIN and its hash.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of salt.
pub(super) const SALT: usize = 16;
const HASH: usize = 32;
/// The form of [`PinHash::to_bytes`].
const FORM: u8 = 1;
/// Memory in KiB, passes, lanes (OWASP, argon2id).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Four to twelve digits. Never shown, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    pub const SHORTEST: usize = 4;
    pub const LONGEST: usize = 12;

    /// Reads a PIN; full-width digits are digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = Zeroizing::new(String::with_capacity(Self::LONGEST));
        for letter in text.trim().chars() {
            let digit = match letter {
                '0'..='9' => letter,
                '０'..='９' => char::from_digit(u32::from(letter) - u32::from('０'), 10)?,
                _ => return None,
            };
            if digits.len() == Self::LONGEST {
                return None;
            }
            digits.push(digit);
        }
        (digits.len() >= Self::SHORTEST).then_some(Self(digits))
    }

    /// Whether it is among the first that anybody tries: one digit over and over, or a run up or down.
    pub fn is_easy(&self) -> bool {
        let steps = || self.0.as_bytes().windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
        [0, 1, -1].into_iter().any(|step| steps().all(|taken| taken == step))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// What is kept of a PIN: argon2id over it and a salt.
#[derive(Clone)]
pub(super) struct PinHash {
    salt: [u8; SALT],
    hash: Zeroizing<[u8; HASH]>,
}

impl PinHash {
    pub(super) fn make(pin: &Pin, salt: [u8; SALT]) -> Self {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, Some(HASH)).expect("these are within argon2's bounds");
        let mut hash = Zeroizing::new([0; HASH]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(pin.0.as_bytes(), &salt, hash.as_mut_slice())
            .expect("argon2 takes any PIN and this salt");
        Self { salt, hash }
    }

    pub(super) fn salt(&self) -> [u8; SALT] {
        self.salt
    }

    /// Whether both are of one PIN, in constant time.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.hash.as_slice().ct_eq(other.hash.as_slice()).into()
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&[FORM], self.salt.as_slice(), self.hash.as_slice()].concat())
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (salt, hash) = bytes.strip_prefix(&[FORM])?.split_first_chunk()?;
        Some(Self { salt: *salt, hash: Zeroizing::new(hash.try_into().ok()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_four_to_twelve_digits() {
        for pin in ["0000", "1234", " 123456789012 ", "１２３４"] {
            assert!(Pin::parse(pin).is_some(), "{pin}");
        }
        for bad in ["", "123", "1234567890123", "12 34", "12a4", "一二三四"] {
            assert_eq!(Pin::parse(bad), None, "{bad}");
        }
        assert_eq!(Pin::parse("１２３４"), Pin::parse("1234"));
        assert_eq!(format!("{:?}", Pin::parse("1234")), "Some(Pin(…))");
    }

    #[test]
    fn easy_pins_are_known_as_such() {
        for (pin, easy) in
            [("0000", true), ("123456", true), ("9876", true), ("1235", false), ("480215", false), ("1212", false)]
        {
            assert_eq!(Pin::parse(pin).unwrap().is_easy(), easy, "{pin}");
        }
    }

    #[test]
    fn a_hash_knows_its_pin_and_outlives_its_bytes() {
        let pin = |text| Pin::parse(text).unwrap();
        let kept = PinHash::from_bytes(&PinHash::make(&pin("1234"), [1; SALT]).to_bytes()).unwrap();
        assert!(PinHash::make(&pin("1234"), kept.salt()).is(&kept));
        assert!(!PinHash::make(&pin("1235"), kept.salt()).is(&kept));
        assert!(!PinHash::make(&pin("1234"), [2; SALT]).is(&kept));
        for bad in [&[][..], &[1; 48], &[2; 49], &[1; 50]] {
            assert!(PinHash::from_bytes(bad).is_none(), "{bad:?}");
        }
    }
}
