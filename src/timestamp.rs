//! A moment in time as the book and the wire write it. Nothing here reads a clock.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// WeChat writes all times as Beijing time, UTC+8, without a zone marker.
const BEIJING: UtcOffset = match UtcOffset::from_hms(8, 0, 0) {
    Ok(offset) => offset,
    Err(_) => panic!("UTC+8 is a valid offset"),
};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment moved forward; stays at the end of time instead of overflowing.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero if it is not in the past.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `yyyyMMddHHmmss` in Beijing time, as every V2 field writes it.
    pub fn wire(self) -> String {
        let t = self.beijing();
        format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// Reads `yyyyMMddHHmmss` in Beijing time; `None` if it is not such a time.
    pub fn from_wire(text: &str) -> Option<Self> {
        if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let part = |from: usize, to: usize| text[from..to].parse::<u16>().ok();
        let small = |from: usize, to: usize| text[from..to].parse::<u8>().ok();
        let month = time::Month::try_from(small(4, 6)?).ok()?;
        let date = time::Date::from_calendar_date(i32::from(part(0, 4)?), month, small(6, 8)?).ok()?;
        let clock = time::Time::from_hms(small(8, 10)?, small(10, 12)?, small(12, 14)?).ok()?;
        let at = PrimitiveDateTime::new(date, clock).assume_offset(BEIJING);
        Some(Self(at.unix_timestamp().checked_mul(1000)?))
    }

    /// Reads `yyyy-MM-dd HH:mm:ss` in Beijing time, as refunds' times come (manual, refundquery).
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        Self::from_wire(&digits).filter(|at| at.to_string() == text)
    }

    /// `HH:mm:ss` in Beijing time, as screens show it.
    pub fn clock(self) -> String {
        let t = self.beijing();
        format!("{:02}:{:02}:{:02}", t.hour(), t.minute(), t.second())
    }

    /// `yyyy-MM-dd` in Beijing time.
    pub fn date(self) -> String {
        let t = self.beijing();
        format!("{:04}-{:02}-{:02}", t.year(), u8::from(t.month()), t.day())
    }

    /// The first moment of this moment's Beijing day.
    pub fn start_of_day(self) -> Self {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        const SHIFT: i64 = 8 * 60 * 60 * 1000;
        Self((self.0.saturating_add(SHIFT)).div_euclid(DAY) * DAY - SHIFT)
    }

    fn beijing(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(BEIJING)
    }
}

/// `yyyy-MM-dd HH:mm:ss` in Beijing time.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date(), self.clock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_is_beijing_time() {
        let at = Timestamp::from_millis(1_414_646_725_000);
        assert_eq!(at.wire(), "20141030132525");
        assert_eq!(Timestamp::from_wire("20141030132525"), Some(at));
        assert_eq!(at.to_string(), "2014-10-30 13:25:25");
    }

    #[test]
    fn odd_wire_times_are_refused() {
        for text in
            ["", "2014103013252", "20141330132525", "20140230132525", "2014103025252x", "２０１４１０３０１３２５２"]
        {
            assert_eq!(Timestamp::from_wire(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_read() {
        let at = Timestamp::from_wire("20160725152626").unwrap();
        assert_eq!(Timestamp::parse("2016-07-25 15:26:26"), Some(at));
        for text in
            ["", "20160725152626", "2016-07-25", "2016-07-25T15:26:26", "2016-07-2515:26:26 ", "2016-7-25 15:26:26"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_beijing_midnight() {
        let late = Timestamp::from_wire("20261231235959").unwrap();
        let next = Timestamp::from_wire("20270101000000").unwrap();
        assert_eq!(late.start_of_day().wire(), "20261231000000");
        assert_eq!(next.start_of_day(), next);
    }

    #[test]
    fn time_never_runs_backwards_or_over() {
        let now = Timestamp::from_millis(5);
        assert_eq!(now.since(Timestamp::from_millis(9)), Duration::ZERO);
        assert_eq!(Timestamp::from_millis(i64::MAX).plus(Duration::from_secs(1)).as_millis(), i64::MAX);
    }
}
