//! Order numbers out of a text: a file of the owner's, a bill of WeChat's, or what was pasted.

use std::collections::HashSet;

use thiserror::Error;

use crate::money::plain_digit;
use crate::number::{OutTradeNo, TransactionId};
use crate::scan::normalise;

/// The most orders of one list.
pub const MOST_ORDERS: usize = 10_000;
/// The most bytes of one list.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// How much of a line is shown where it is named.
const SHOWN: usize = 40;

/// The orders of a text, each once, in its order; and the lines that name none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    /// Our numbers or WeChat's.
    pub orders: Vec<String>,
    pub faults: Vec<Fault>,
    /// How many lines name an order that stands in the list already.
    pub again: usize,
}

/// A line of which nothing is refunded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1 on.
    pub line: usize,
    /// How the line begins.
    pub text: String,
    pub why: LineFault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFault {
    NoNumber,
    /// Which of them is meant can't be told.
    SeveralNumbers,
}

/// Why a text is no list. Nothing was asked or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoList {
    #[error("more than {MOST_BYTES} bytes")]
    TooLarge,
    #[error("more than {MOST_ORDERS} orders")]
    TooMany,
    #[error("no order number in it")]
    Empty,
    #[error("the file can't be read")]
    Unreadable,
}

/// Reads a list: one order a line, its number anywhere in the line. Our own number is taken before WeChat's, for a bill
/// has both. Empty lines are passed over.
pub fn read(bytes: &[u8]) -> Result<Numbers, NoList> {
    if bytes.len() > MOST_BYTES {
        return Err(NoList::TooLarge);
    }
    let text = decoded(bytes);
    let mut numbers = Numbers::default();
    let mut known = HashSet::new();
    for (place, line) in text.lines().enumerate() {
        let fault = |why| Fault { line: place + 1, text: line.trim().chars().take(SHOWN).collect(), why };
        match number_in(line) {
            Ok(None) if line.trim().is_empty() => {}
            Ok(None) => numbers.faults.push(fault(LineFault::NoNumber)),
            Err(why) => numbers.faults.push(fault(why)),
            Ok(Some(number)) => {
                if !known.insert(number.clone()) {
                    numbers.again += 1;
                } else if numbers.orders.len() == MOST_ORDERS {
                    return Err(NoList::TooMany);
                } else {
                    numbers.orders.push(number);
                }
            }
        }
        if numbers.faults.len() > MOST_ORDERS {
            return Err(NoList::TooMany);
        }
    }
    if numbers.orders.is_empty() { Err(NoList::Empty) } else { Ok(numbers) }
}

/// Spreadsheets write UTF-16 too, and the digits of every other encoding are ASCII's.
fn decoded(bytes: &[u8]) -> String {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn number_in(line: &str) -> Result<Option<String>, LineFault> {
    let words = || line.split(|c: char| !plain_digit(c).is_ascii_alphanumeric()).map(normalise);
    let ours = only(words().filter(|word| OutTradeNo::ours(word).is_some()))?;
    match ours {
        Some(number) => Ok(Some(number)),
        None => only(words().filter(|word| TransactionId::looks_like(word))),
    }
}

/// The one number that there is; the same one twice is one.
fn only(mut numbers: impl Iterator<Item = String>) -> Result<Option<String>, LineFault> {
    let Some(first) = numbers.next() else { return Ok(None) };
    if numbers.all(|other| other == first) { Ok(Some(first)) } else { Err(LineFault::SeveralNumbers) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    const BILL: &str = "4200001234202611221234567890";

    fn ours(n: u32) -> String {
        OutTradeNo::make(Timestamp::from_wire("20261122182405").unwrap(), 1, n).to_string()
    }

    fn orders(text: &str) -> Vec<String> {
        read(text.as_bytes()).unwrap().orders
    }

    #[test]
    fn a_number_is_found_anywhere_in_its_line() {
        let (one, two) = (ours(1), ours(2));
        assert_eq!(orders(&format!("{one}\n{two}")), [one.clone(), two.clone()]);
        assert_eq!(orders(&format!("1,{one},¥12.50,外带\r\n\r\n\"{BILL}\";退款\r\n")), [one.as_str(), BILL]);
        assert_eq!(orders(&format!("单号{two}外带")), [two], "between letters that are no Latin");
    }

    #[test]
    fn a_line_of_wechats_own_bill_is_one_order() {
        let one = ours(1);
        let line = format!("`2026-11-22 18:24:05,`wx01,`1900000109,`0,`,`{BILL},`{one},`oUpF8,`NATIVE,`SUCCESS,`12.50");
        assert_eq!(orders(&line), [one]);
    }

    #[test]
    fn what_has_no_number_is_named_by_its_line() {
        let one = ours(1);
        let mut wrong = one.clone();
        wrong.replace_range(20..21, if one.as_bytes()[20] == b'9' { "0" } else { "9" });
        let read =
            read(format!("单号,金额\n{one}\n\n2.02611E+21\n{wrong}\n{},{}", ours(2), ours(3)).as_bytes()).unwrap();
        let faults: Vec<_> = read.faults.iter().map(|fault| (fault.line, fault.why)).collect();
        let none = LineFault::NoNumber;
        assert_eq!(faults, [(1, none), (4, none), (5, none), (6, LineFault::SeveralNumbers)]);
        assert_eq!((read.orders.len(), read.faults[1].text.as_str()), (1, "2.02611E+21"));
    }

    #[test]
    fn an_order_that_stands_there_twice_is_taken_once() {
        let read = read(format!("{0}\n{1}\n{0}\n{0},{0}", ours(1), ours(2)).as_bytes()).unwrap();
        assert_eq!((read.orders, read.again, read.faults), (vec![ours(1), ours(2)], 2, vec![]));
    }

    #[test]
    fn a_list_has_an_end() {
        let lines = |count: u32| (0..count).map(|n| ours(n) + "\n").collect::<String>();
        assert_eq!(orders(&lines(10_000)).len(), MOST_ORDERS);
        assert_eq!(read(lines(10_001).as_bytes()), Err(NoList::TooMany));
        assert_eq!(read("x\n".repeat(10_002).as_bytes()), Err(NoList::TooMany), "nor does what is no list");
        assert_eq!(read(&vec![b' '; MOST_BYTES + 1]), Err(NoList::TooLarge));
        assert_eq!(read(b"hello\n"), Err(NoList::Empty));
        assert_eq!(read(b""), Err(NoList::Empty));
    }

    #[test]
    fn a_spreadsheet_may_write_wide_letters_and_old_ones() {
        let text = format!("单号\n{}\n", ours(1));
        let mut little = vec![0xff, 0xfe];
        little.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let mut big = vec![0xfe, 0xff];
        big.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        let gbk = [b"\xb5\xa5\xba\xc5,".as_slice(), ours(1).as_bytes()].concat();
        let marked = [b"\xef\xbb\xbf".as_slice(), ours(1).as_bytes()].concat();
        for bytes in [little, big, gbk, marked] {
            assert_eq!(read(&bytes).unwrap().orders, [ours(1)]);
        }
        assert_eq!(read(&[0xff, 0xfe, 0x31]), Err(NoList::Empty), "half a letter");
    }
}
