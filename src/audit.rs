//! Who let money go back: an approval, and the chain that holds all of them together.
//!
//! Each line of the chain is an HMAC-SHA256 over the line before it and its own words, keyed by a secret that isn't in
//! the book: whoever can write to the book's file can neither change a line, nor take one out, nor add one. What he can
//! do is cut lines off the end; so the last line ([`Head`]) is remembered where the key is.

use std::fmt::{self, Write as _};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::money::Fen;
use crate::number::{OutRefundNo, OutTradeNo};
use crate::timestamp::Timestamp;

/// By what right a refund is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Means {
    /// The owner's rules let it pass without a PIN.
    Rules,
    /// Somebody gave the PIN.
    Pin,
    /// Nobody asked for it: the till gives back what was paid twice, or after the sale had ended.
    Till,
}

impl Means {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Pin => "pin",
            Self::Till => "till",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Rules, Self::Pin, Self::Till].into_iter().find(|means| means.as_str() == text)
    }
}

/// Leave to refund: who gives it, by what right, and how far it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// As the book remembers them; empty for the till itself.
    pub by: String,
    pub means: Means,
    /// No refund above this is approved.
    pub up_to: Fen,
    /// The most that people may refund in a Beijing day, this one included.
    pub day_cap: Option<Fen>,
}

impl Approval {
    /// The till's own: nobody asked for it, and no rule of the owner's stands against it.
    pub fn by_the_till(up_to: Fen) -> Self {
        Self { by: String::new(), means: Means::Till, up_to, day_cap: None }
    }
}

/// The secret of the chain. Never shown, wiped when dropped.
///
/// The default is no secret: books of tests and of practice are chained by it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChainKey(Zeroizing<[u8; 32]>);

impl ChainKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads a key that a vault kept.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::new)
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Tells which key a line was made with, and nothing else of the key.
    pub fn id(&self) -> String {
        let mut mac = self.mac();
        mac.update(b"guitai audit key id");
        hex(&mac.finalize().into_bytes()[..4])
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.0.as_slice()).expect("HMAC takes a key of any length")
    }
}

impl fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainKey(…)")
    }
}

/// A line of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1 on, without a gap.
    pub n: i64,
    pub at: Timestamp,
    pub by: String,
    pub means: Means,
    pub out_refund_no: OutRefundNo,
    pub out_trade_no: OutTradeNo,
    pub refund_fee: Fen,
    pub reason: String,
    /// [`ChainKey::id`] of the key that it was made with.
    pub key_id: String,
}

impl Entry {
    /// The line's hash, which stands in the next one's: `before` is the last line's, empty for the first.
    pub fn hash(&self, key: &ChainKey, before: &str) -> String {
        let mut mac = key.mac();
        let numbers = [self.n, self.at.as_millis(), self.refund_fee.as_i64()];
        let texts = [
            before,
            &self.by,
            self.means.as_str(),
            self.out_refund_no.as_str(),
            self.out_trade_no.as_str(),
            &self.reason,
            &self.key_id,
        ];
        for number in numbers {
            mac.update(&number.to_be_bytes());
        }
        for text in texts {
            // With its length, so that no letter can move from one text to the next.
            mac.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(text.as_bytes());
        }
        hex(&mac.finalize().into_bytes())
    }
}

/// The last line of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub n: i64,
    pub hash: String,
}

/// `n:hash`, as a vault keeps it.
impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.n, self.hash)
    }
}

impl Head {
    pub fn parse(text: &str) -> Option<Self> {
        let (n, hash) = text.split_once(':')?;
        Some(Self { n: n.parse().ok()?, hash: hash.to_owned() })
    }
}

/// What a chain that holds says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    pub lines: i64,
    /// Lines made with another key than the one at hand: on another machine, or while the keyring was away. What they
    /// say can't be proven here.
    pub other_key: i64,
    pub head: Option<Head>,
}

/// Why a book's list of refunds is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("line {n} of the refund audit is gone")]
    Gone { n: i64 },
    /// Changed, put in, or put in another place.
    #[error("line {n} of the refund audit was altered")]
    Altered { n: i64 },
    #[error("the refund audit ends at line {found}, and had {remembered}")]
    Cut { remembered: i64, found: i64 },
    #[error("refund {number} is not in the refund audit")]
    Unrecorded { number: OutRefundNo },
    #[error("refund {number} is not as it was approved")]
    Differs { number: OutRefundNo },
}

/// Follows a chain from its first line on.
#[derive(Debug)]
pub struct Follower<'a> {
    key: &'a ChainKey,
    key_id: String,
    /// What the vault remembers.
    remembered: Option<Head>,
    sound: Sound,
}

impl<'a> Follower<'a> {
    pub fn new(key: &'a ChainKey, remembered: Option<Head>) -> Self {
        Self { key, key_id: key.id(), remembered, sound: Sound { lines: 0, other_key: 0, head: None } }
    }

    /// The next line with its hash.
    pub fn next(&mut self, entry: &Entry, hash: &str) -> Result<(), Fault> {
        let n = self.sound.lines + 1;
        if entry.n != n {
            return Err(Fault::Gone { n });
        }
        if entry.key_id == self.key_id {
            let before = self.sound.head.as_ref().map_or("", |head| head.hash.as_str());
            if !bool::from(entry.hash(self.key, before).as_bytes().ct_eq(hash.as_bytes())) {
                return Err(Fault::Altered { n });
            }
        } else {
            self.sound.other_key += 1;
        }
        if self.remembered.as_ref().is_some_and(|head| head.n == n && head.hash != hash) {
            return Err(Fault::Altered { n });
        }
        self.sound.lines = n;
        self.sound.head = Some(Head { n, hash: hash.to_owned() });
        Ok(())
    }

    /// There is no line after the last.
    pub fn end(self) -> Result<Sound, Fault> {
        match self.remembered {
            Some(head) if head.n > self.sound.lines => Err(Fault::Cut { remembered: head.n, found: self.sound.lines }),
            Some(_) | None => Ok(self.sound),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ChainKey {
        ChainKey::new([7; 32])
    }

    fn entry(n: i64, key: &ChainKey) -> Entry {
        let now = Timestamp::from_wire("20261122120000").unwrap();
        Entry {
            n,
            at: now,
            by: "老板".to_owned(),
            means: Means::Pin,
            out_refund_no: OutRefundNo::make(now, 1, n.unsigned_abs()),
            out_trade_no: OutTradeNo::make(now, 1, 1),
            refund_fee: Fen::new(100).unwrap(),
            reason: "多收".to_owned(),
            key_id: key.id(),
        }
    }

    fn chain(count: i64) -> Vec<(Entry, String)> {
        let mut before = String::new();
        (1..=count)
            .map(|n| {
                let entry = entry(n, &key());
                before = entry.hash(&key(), &before);
                (entry, before.clone())
            })
            .collect()
    }

    fn follow(chain: &[(Entry, String)], remembered: Option<Head>) -> Result<Sound, Fault> {
        let key = key();
        let mut follower = Follower::new(&key, remembered);
        chain.iter().try_for_each(|(entry, hash)| follower.next(entry, hash))?;
        follower.end()
    }

    fn head(chain: &[(Entry, String)]) -> Head {
        let (entry, hash) = chain.last().unwrap();
        Head { n: entry.n, hash: hash.clone() }
    }

    #[test]
    fn a_whole_chain_holds_also_beyond_what_is_remembered() {
        let lines = chain(3);
        let sound = Sound { lines: 3, other_key: 0, head: Some(head(&lines)) };
        assert_eq!(follow(&lines, None), Ok(sound.clone()));
        assert_eq!(follow(&lines, Some(head(&lines))), Ok(sound.clone()));
        assert_eq!(follow(&lines, Some(head(&lines[..2]))), Ok(sound), "a power cut before it was remembered");
        assert_eq!(follow(&[], None), Ok(Sound { lines: 0, other_key: 0, head: None }));
    }

    #[test]
    fn every_word_of_a_line_is_held() {
        let changes: [fn(&mut Entry); 8] = [
            |entry| entry.at = entry.at.plus(std::time::Duration::from_millis(1)),
            |entry| entry.by = "店员".to_owned(),
            |entry| entry.means = Means::Rules,
            |entry| entry.out_refund_no = OutRefundNo::make(entry.at, 1, 99),
            |entry| entry.out_trade_no = OutTradeNo::make(entry.at, 1, 2),
            |entry| entry.refund_fee = Fen::new(99).unwrap(),
            |entry| entry.reason = String::new(),
            |entry| (entry.by, entry.reason) = ("老板多".to_owned(), "收".to_owned()),
        ];
        for (nth, change) in changes.into_iter().enumerate() {
            let mut lines = chain(3);
            change(&mut lines[1].0);
            assert_eq!(follow(&lines, None), Err(Fault::Altered { n: 2 }), "{nth}");
        }
    }

    #[test]
    fn a_line_that_is_taken_out_put_in_or_moved_is_found() {
        let mut lines = chain(3);
        lines.remove(1);
        assert_eq!(follow(&lines, None), Err(Fault::Gone { n: 2 }));
        lines[1].0.n = 2;
        assert_eq!(follow(&lines, None), Err(Fault::Altered { n: 2 }), "renumbered");
        let mut lines = chain(3);
        let forged = entry(4, &key());
        let hash = forged.hash(&ChainKey::default(), &lines[2].1);
        lines.push((forged, hash));
        assert_eq!(follow(&lines, None), Err(Fault::Altered { n: 4 }));
        let mut lines = chain(3);
        lines.swap(0, 1);
        assert_eq!(follow(&lines, None), Err(Fault::Gone { n: 1 }));
    }

    #[test]
    fn a_tail_that_is_cut_off_is_found_by_what_is_remembered() {
        let lines = chain(3);
        let fault = Fault::Cut { remembered: 3, found: 2 };
        assert_eq!(follow(&lines[..2], Some(head(&lines))), Err(fault));
        assert_eq!(follow(&[], Some(head(&lines))), Err(Fault::Cut { remembered: 3, found: 0 }));
        // Cut, and then written on by the till itself.
        let mut again = lines[..2].to_vec();
        let other = Entry { reason: "又一笔".to_owned(), ..entry(3, &key()) };
        let hash = other.hash(&key(), &again[1].1);
        again.push((other, hash));
        assert_eq!(follow(&again, Some(head(&lines))), Err(Fault::Altered { n: 3 }));
    }

    #[test]
    fn lines_of_another_key_are_counted_and_held_by_the_next_of_ours() {
        let other = ChainKey::new([8; 32]);
        let mut lines = chain(1);
        let theirs = entry(2, &other);
        let hash = theirs.hash(&other, &lines[0].1);
        lines.push((theirs, hash));
        let ours = entry(3, &key());
        let hash = ours.hash(&key(), &lines[1].1);
        lines.push((ours, hash));
        assert_eq!(follow(&lines, None).map(|sound| sound.other_key), Ok(1));
        lines[1].1 = "0".repeat(64);
        assert_eq!(follow(&lines, None), Err(Fault::Altered { n: 3 }));
    }

    #[test]
    fn a_head_is_kept_as_text_and_a_key_shows_nothing() {
        let head = head(&chain(2));
        assert_eq!(Head::parse(&head.to_string()), Some(head));
        assert_eq!(Head::parse("2"), None);
        assert_eq!(format!("{:?}", key()), "ChainKey(…)");
        assert_eq!(ChainKey::from_bytes(key().as_bytes()), Some(key()));
        assert_eq!(ChainKey::from_bytes(b"short"), None);
    }
}
