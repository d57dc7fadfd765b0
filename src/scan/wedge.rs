//! The wedge decoder: a scanner types like a keyboard, only faster.
//!
//! Keys echo at once. The decoder keeps what the field was before each key, and when a run of keys proves to be a
//! scan it hands that back, so that a scan never stays in a field. What decides is the average gap over many keys,
//! never a single gap: a busy window gets its events in batches, with 1 µs to 60 ms between neighbours.

use std::fmt;
use std::time::Duration;

use zeroize::{Zeroize, Zeroizing};

use super::{Scanned, classify};

/// Keys after which a fast run counts as a scan while it still goes on. The shortest barcode in shops has eight
/// digits, and nobody types eight keys at a scanner's pace.
const BURST: usize = 8;
/// Keys that count as a (cut) scan once they have ended, if they are digits and came twice as fast as need be.
const SHORT: usize = 6;
/// How much of a person's typing is remembered, in keys.
const REMEMBERED: usize = 64;
/// The most that a scan may have; longer ones are cut, and no pattern fits them.
const LONGEST: usize = 512;
/// The silence that ends a whole payment code.
const SILENCE: Duration = Duration::from_millis(60);
/// The silence that ends everything else.
const PAUSE: Duration = Duration::from_millis(100);
/// How long Enter, Tab and Space are swallowed after a scan: a late Enter of the scanner must press no button.
const DEAF: Duration = Duration::from_millis(300);

/// What the caller does next; steps are followed in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<S> {
    /// Handle this key as typed; Enter is `'\n'` or `'\r'`, Tab is `'\t'`.
    Type(char),
    /// The last keys were a scanner's: put the field back to this.
    Restore(S),
    /// A scan arrived whole.
    Scan(Scanned),
}

#[derive(Clone)]
struct Key<S> {
    character: char,
    at: Duration,
    before: S,
}

/// Tells scans from typing. It has no clock: `at` is any monotonic time, for instance since the program started.
///
/// `S` is a snapshot of the field that keys go to. Key repeats of a held key must not be pushed.
///
/// ```
/// # use std::time::Duration;
/// use guitai::scan::{Scanned, Step, Wedge};
///
/// let mut wedge = Wedge::default();
/// let (mut field, mut scans) = (String::from("12.50"), Vec::new());
/// let mut follow = |steps: Vec<Step<String>>, field: &mut String| {
///     for step in steps {
///         match step {
///             Step::Type(key) => field.push(key),
///             Step::Restore(before) => *field = before,
///             Step::Scan(scanned) => scans.push(scanned),
///         }
///     }
/// };
/// for (i, key) in "134567890123456789\n".chars().enumerate() {
///     let at = Duration::from_millis(2_000 + 3 * i as u64);
///     follow(wedge.end(at), &mut field);
///     follow(wedge.push(key, at, field.clone()), &mut field);
/// }
/// // And a timer at `wedge.next_deadline()` calls `wedge.end` for scanners that send no Enter.
/// assert_eq!(field, "12.50");
/// assert!(matches!(scans[..], [Scanned::Payment(_)]));
/// ```
#[derive(Clone)]
pub struct Wedge<S> {
    /// The average gap below which keys are a scanner's.
    gap: Duration,
    /// The run so far: keys with no pause between them.
    keys: Vec<Key<S>>,
    /// Where in `keys` the scanner began, once that is seen; keys from there on are held back.
    burst: Option<usize>,
    deaf_until: Option<Duration>,
}

impl<S: Clone> Default for Wedge<S> {
    fn default() -> Self {
        Self::new(Self::GAP)
    }
}

impl<S: Clone> Wedge<S> {
    /// The average gap that told scanners from people in all measured runs.
    pub const GAP: Duration = Duration::from_millis(35);

    /// A decoder that takes keys for a scanner's if they come less than `gap` apart on average.
    pub fn new(gap: Duration) -> Self {
        Self { gap, keys: Vec::new(), burst: None, deaf_until: None }
    }

    /// Takes one key. `before` is the field as it is now; call [`Wedge::end`] first, for it may change the field.
    pub fn push(&mut self, character: char, at: Duration, before: S) -> Vec<Step<S>> {
        let mut steps = self.end(at);
        if self.last_at().is_some_and(|last| at.saturating_sub(last) >= self.pause()) {
            self.forget();
        }
        if self.keys.is_empty() && self.is_deaf(character, at) {
            return steps;
        }
        if matches!(character, '\n' | '\r' | '\t') {
            steps.extend(self.finish(at));
            if !steps.iter().any(|step| matches!(step, Step::Scan(_))) {
                steps.push(Step::Type(character));
            }
            return steps;
        }
        if self.keys.len() >= LONGEST
            && let Some(last) = self.keys.last_mut()
        {
            last.at = at;
            return steps;
        }
        self.keys.push(Key { character, at, before });
        steps.extend(self.judge(character));
        steps
    }

    /// Takes text that an input method committed at once: a whole code is a scan, digits are keys, and the rest is
    /// typed as it is.
    pub fn committed(&mut self, text: &str, at: Duration, before: &S) -> Vec<Step<S>> {
        let mut chars = text.chars();
        if let (Some(only), None) = (chars.next(), chars.next()) {
            return self.push(only, at, before.clone());
        }
        match classify(text) {
            Scanned::Product | Scanned::Partial { .. } | Scanned::Unknown => {}
            whole => {
                let mut steps = self.finish(at);
                steps.push(self.scanned(whole, at));
                return steps;
            }
        }
        if text.chars().all(|c| crate::money::plain_digit(c).is_ascii_digit() || matches!(c, '\n' | '\r' | '\t')) {
            return text.chars().flat_map(|c| self.push(c, at, before.clone())).collect();
        }
        let mut steps = self.finish(at);
        steps.extend(text.chars().map(Step::Type));
        steps
    }

    /// When [`Wedge::end`] wants to be called although no key came; `None` if nothing is pending.
    pub fn next_deadline(&self) -> Option<Duration> {
        let last = self.last_at()?;
        let start = self.scan_start();
        if start.is_none() && self.burst.is_none() {
            return None;
        }
        let whole = start.is_some_and(|start| matches!(self.classified(start), Scanned::Payment(_)));
        let silence = if whole { SILENCE.max(self.gap * 3 / 2) } else { self.pause() };
        Some(last + silence)
    }

    /// Ends the run if it has been silent for long enough at `at`.
    pub fn end(&mut self, at: Duration) -> Vec<Step<S>> {
        match self.next_deadline() {
            Some(deadline) if at >= deadline => self.finish(at),
            _ => Vec::new(),
        }
    }

    /// Ends the run now: another key, a click, the window lost the keyboard.
    pub fn finish(&mut self, at: Duration) -> Vec<Step<S>> {
        let mut steps = Vec::new();
        match (self.scan_start(), self.burst) {
            (Some(start), burst) => {
                match burst {
                    // A person's last key was so close that the burst took it in: it is typed after all.
                    Some(burst) if burst < start => steps.extend(self.typed(burst, start)),
                    Some(burst) if burst == start => {}
                    _ => steps.push(Step::Restore(self.keys[start].before.clone())),
                }
                let scanned = self.classified(start);
                steps.push(self.scanned(scanned, at));
            }
            (None, Some(burst)) => steps.extend(self.typed(burst, self.keys.len())),
            (None, None) => {}
        }
        self.forget();
        steps
    }

    /// What becomes of the key that was just added to the run.
    fn judge(&mut self, character: char) -> Vec<Step<S>> {
        let end = self.keys.len();
        if let Some(burst) = self.burst {
            // Too slow after all: a person's keys had piled up while the window was busy.
            if self.span(burst) < self.allowed(end - burst) * 3 / 2 {
                return Vec::new();
            }
            let typed = self.typed(burst, end);
            self.forget();
            return typed;
        }
        if let Some(start) = self.burst_start() {
            self.burst = Some(start);
            return vec![Step::Restore(self.keys[start].before.clone())];
        }
        if end > REMEMBERED {
            self.keys.remove(0);
        }
        vec![Step::Type(character)]
    }

    /// Where a scanner seems to have begun, if the last keys came at its pace. [`Wedge::scan_start`] looks again
    /// once all keys are there.
    fn burst_start(&self) -> Option<usize> {
        let window = self.keys.len().checked_sub(BURST)?;
        if !self.is_fast(window) {
            return None;
        }
        let mut start = window;
        while start > 0 && self.gap_before(start) < self.gap {
            start -= 1;
        }
        while start + 1 < self.keys.len() && self.gap_before(start + 1) >= self.gap {
            start += 1;
        }
        Some(start)
    }

    /// Where in the run the scan begins; `None` if there is none. What a person typed right before it is left out,
    /// if only then the rest makes a code.
    fn scan_start(&self) -> Option<usize> {
        let mut best: Option<(u8, usize)> = None;
        for start in 0..self.keys.len() {
            if !(self.may_begin(start) && self.is_fast(start)) {
                continue;
            }
            let rank = match self.classified(start) {
                Scanned::WechatOrder(_) | Scanned::OurOrder(_) => 3,
                Scanned::Payment(_) => 2,
                Scanned::Alipay | Scanned::UnionPay | Scanned::CollectCode => 1,
                // Too vague to cut a run for: a digit of the scan could stay in the amount.
                Scanned::Product | Scanned::Partial { .. } | Scanned::Unknown => 0,
            };
            if best.is_none_or(|(found, _)| rank > found) {
                best = Some((rank, start));
            }
        }
        let (rank, start) = best?;
        if rank > 0 {
            return Some(start);
        }
        // A key pressed in the very moment of the scan: losing it would change the amount unseen.
        let late = (1..self.keys.len()).find(|&late| {
            let gap = self.gap_before(late);
            let widest = (late + 1..self.keys.len()).all(|later| self.gap_before(later) < gap);
            widest && self.is_fast(late) && matches!(self.classified(late), Scanned::Payment(_))
        });
        late.or(Some(start))
    }

    /// Whether everything before `start` came at a person's pace.
    fn may_begin(&self, start: usize) -> bool {
        start == 0 || {
            let before = self.keys[start].at.saturating_sub(self.keys[0].at);
            self.gap_before(start) >= self.gap && before >= self.allowed(start + 1)
        }
    }

    /// Whether the keys from `start` on came at a scanner's pace.
    fn is_fast(&self, start: usize) -> bool {
        let keys = &self.keys[start..];
        // The same character again and again is a key held down, or a finger drumming.
        let held = keys.iter().all(|key| key.character == keys[0].character);
        let span = self.span(start);
        let long = keys.len() >= BURST && span < self.allowed(keys.len());
        let short = keys.len() >= SHORT
            && span < self.allowed(keys.len()) / 2
            && keys.iter().all(|key| crate::money::plain_digit(key.character).is_ascii_digit());
        (long || short) && !held
    }

    /// The time that `count` keys take at the slowest pace of a scanner.
    fn allowed(&self, count: usize) -> Duration {
        self.gap * u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    fn span(&self, start: usize) -> Duration {
        self.last_at().unwrap_or_default().saturating_sub(self.keys[start].at)
    }

    fn gap_before(&self, index: usize) -> Duration {
        self.keys[index].at.saturating_sub(self.keys[index - 1].at)
    }

    fn last_at(&self) -> Option<Duration> {
        self.keys.last().map(|key| key.at)
    }

    fn pause(&self) -> Duration {
        PAUSE.max(self.gap * 2)
    }

    fn is_deaf(&self, character: char, at: Duration) -> bool {
        matches!(character, '\n' | '\r' | '\t' | ' ') && self.deaf_until.is_some_and(|until| at < until)
    }

    fn classified(&self, start: usize) -> Scanned {
        let text: Zeroizing<String> = Zeroizing::new(self.keys[start..].iter().map(|key| key.character).collect());
        classify(&text)
    }

    fn scanned(&mut self, scanned: Scanned, at: Duration) -> Step<S> {
        self.deaf_until = Some(at + DEAF);
        Step::Scan(scanned)
    }

    fn typed(&self, from: usize, to: usize) -> Vec<Step<S>> {
        self.keys[from..to].iter().map(|key| Step::Type(key.character)).collect()
    }

    fn forget(&mut self) {
        for key in &mut self.keys {
            key.character.zeroize();
        }
        self.keys.clear();
        self.burst = None;
    }
}

/// Shows how far it is, never the keys: they may be a payment code.
impl<S> fmt::Debug for Wedge<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wedge").field("keys", &self.keys.len()).field("burst", &self.burst).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::AuthCode;

    const CODE: &str = "134567890123456789";

    /// A field and a list of scans, driven as the window drives them.
    #[derive(Default)]
    struct Desk {
        wedge: Wedge<String>,
        field: String,
        scans: Vec<Scanned>,
        at: Duration,
    }

    impl Desk {
        fn follow(&mut self, steps: Vec<Step<String>>) {
            for step in steps {
                match step {
                    Step::Type(key) => self.field.push(key),
                    Step::Restore(before) => self.field = before,
                    Step::Scan(scanned) => self.scans.push(scanned),
                }
            }
        }

        fn key(&mut self, key: char, after: Duration) {
            self.at += after;
            let steps = self.wedge.end(self.at);
            self.follow(steps);
            let steps = self.wedge.push(key, self.at, self.field.clone());
            self.follow(steps);
        }

        fn keys(&mut self, text: &str, mut gap: impl FnMut() -> u64) {
            for key in text.chars() {
                self.key(key, Duration::from_micros(gap()));
            }
        }

        /// Nothing happens any more; the timer is served.
        fn rest(&mut self) {
            if let Some(deadline) = self.wedge.next_deadline() {
                self.at = self.at.max(deadline);
                let steps = self.wedge.end(self.at);
                self.follow(steps);
            }
            assert_eq!(self.wedge.next_deadline(), None);
            self.at += Duration::from_secs(1);
        }
    }

    /// A small generator of its own, so that a failing pattern is the same in each run.
    struct Lcg(u64);

    impl Lcg {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }

        fn code(&mut self) -> String {
            let head = 10 + self.below(6);
            (0..16).fold(head.to_string(), |code, _| code + &self.below(10).to_string())
        }
    }

    fn payment(code: &str) -> Scanned {
        Scanned::Payment(AuthCode::parse(code).unwrap())
    }

    #[test]
    fn a_scan_at_0_to_5_ms_arrives_whole_and_never_stays_in_the_field() {
        let mut random = Lcg(1);
        for round in 0..500 {
            let mut desk = Desk::default();
            desk.keys("12.50", || 180_000);
            let code = random.code();
            let most = 1 + 1_000 * random.below(6);
            desk.key(code.chars().next().unwrap(), Duration::from_millis(6 + random.below(400)));
            desk.keys(&code[1..], || random.below(most));
            if round % 2 == 0 {
                desk.key('\n', Duration::from_micros(random.below(5_000)));
            }
            desk.rest();
            assert_eq!(desk.scans, [payment(&code)], "round {round}");
            assert_eq!(desk.field, "12.50", "round {round}");
        }
    }

    #[test]
    fn batched_events_change_nothing() {
        let mut random = Lcg(2);
        for round in 0..500 {
            let mut desk = Desk::default();
            let code = random.code();
            // The window is busy now and then: a long gap, then a heap of keys at once.
            let mut left = 0;
            desk.keys(&code, || {
                if left == 0 {
                    left = 2 + random.below(8);
                    return random.below(55_000);
                }
                left -= 1;
                1 + random.below(900)
            });
            if round % 2 == 0 {
                desk.key('\r', Duration::from_micros(random.below(60_000)));
            }
            desk.rest();
            assert_eq!(desk.scans, [payment(&code)], "round {round}");
            assert_eq!(desk.field, "", "round {round}");
        }
    }

    #[test]
    fn a_slow_scanner_with_pauses_is_one_too() {
        let mut random = Lcg(3);
        for round in 0..500 {
            let mut desk = Desk::default();
            let code = random.code();
            desk.keys(&code, || 10_000 + random.below(30_000));
            desk.key('\t', Duration::from_millis(20));
            assert_eq!(desk.scans, [payment(&code)], "round {round}");
            assert_eq!(desk.field, "", "round {round}");
        }
    }

    #[test]
    fn back_to_back_scans_are_two() {
        let mut random = Lcg(4);
        for round in 0..500 {
            let mut desk = Desk::default();
            let codes: Vec<String> = (0..10).map(|_| random.code()).collect();
            for code in &codes {
                desk.keys(code, || random.below(5_000));
                if round % 2 == 0 {
                    desk.keys("\r\n", || random.below(2_000));
                } else {
                    desk.at += Duration::from_millis(65);
                }
            }
            desk.rest();
            let expected: Vec<Scanned> = codes.iter().map(|code| payment(code)).collect();
            assert_eq!(desk.scans, expected, "round {round}");
            assert_eq!(desk.field, "", "round {round}");
        }
    }

    #[test]
    fn a_person_typing_the_same_digits_is_not_a_scanner() {
        let mut random = Lcg(5);
        for round in 0..500 {
            let mut desk = Desk::default();
            let code = random.code();
            desk.keys(&code, || 60_000 + random.below(90_000));
            desk.key('\n', Duration::from_micros(1_000 + random.below(150_000)));
            desk.rest();
            assert_eq!(desk.field, format!("{code}\n"), "round {round}");
            assert_eq!(desk.scans, [], "round {round}");
        }
    }

    #[test]
    fn typing_that_arrives_unevenly_is_typing() {
        let mut random = Lcg(6);
        for round in 0..500 {
            let mut desk = Desk::default();
            let code = random.code();
            // 80 ms a key, but each key is seen up to 60 ms late and never before its neighbour.
            let (mut pressed, mut seen) = (0, 0);
            desk.keys(&code, || {
                pressed += 80_000;
                let arrives = (pressed + random.below(60_000)).max(seen + 1);
                let gap = arrives - seen;
                seen = arrives;
                gap
            });
            desk.rest();
            assert_eq!((desk.field.as_str(), desk.scans.len()), (code.as_str(), 0), "round {round}");
        }
    }

    #[test]
    fn keys_piled_up_by_a_busy_window_are_typed_after_all() {
        let mut desk = Desk::default();
        desk.keys("12345678", || 1_000);
        assert_eq!(desk.field, "", "held back for now");
        desk.keys("90123456", || 90_000);
        desk.rest();
        assert_eq!((desk.field.as_str(), desk.scans.len()), ("1234567890123456", 0));
    }

    #[test]
    fn an_amount_and_enter_are_an_amount_and_enter() {
        for text in ["8\n", "12.50\n", "5+5\n", "12000\n"] {
            let mut desk = Desk::default();
            desk.keys(text, || 0);
            assert_eq!((desk.field.as_str(), desk.scans.len()), (text, 0));
        }
    }

    #[test]
    fn digits_typed_right_before_a_scan_stay() {
        let mut random = Lcg(7);
        for amount in ["5", "28", "12.50", "1.5", "30", "13"] {
            for between in [40_000, 60_000, 80_000, 99_000] {
                let mut desk = Desk::default();
                let code = random.code();
                desk.keys(amount, || 90_000);
                desk.key(code.chars().next().unwrap(), Duration::from_micros(between));
                desk.keys(&code[1..], || random.below(5_000));
                desk.rest();
                assert_eq!((desk.field.as_str(), &desk.scans[..]), (amount, &[payment(&code)][..]), "{between}");
            }
        }
    }

    #[test]
    fn half_a_code_is_answered_and_not_typed() {
        for digits in 6..18 {
            let mut desk = Desk::default();
            desk.keys("9", || 300_000);
            desk.at += Duration::from_millis(300);
            desk.keys(&CODE[..digits], || 3_000);
            desk.rest();
            assert_eq!((desk.field.as_str(), &desk.scans[..]), ("9", &[Scanned::Partial { digits }][..]));
        }
    }

    #[test]
    fn a_code_cut_in_two_charges_nothing() {
        let mut desk = Desk::default();
        desk.keys(&CODE[..9], || 2_000);
        desk.at += Duration::from_millis(150);
        desk.keys(&CODE[9..], || 2_000);
        desk.rest();
        assert_eq!(desk.scans, [Scanned::Partial { digits: 9 }, Scanned::Partial { digits: 9 }]);
        assert_eq!(desk.field, "");
    }

    #[test]
    fn a_late_enter_of_the_scanner_presses_nothing() {
        let mut desk = Desk::default();
        desk.keys(CODE, || 2_000);
        desk.key('\n', Duration::from_millis(80));
        assert_eq!((desk.field.as_str(), desk.scans.len()), ("", 1));
        desk.key('\n', Duration::from_millis(301));
        assert_eq!(desk.field, "\n", "the cashier's own Enter, later");
    }

    #[test]
    fn a_key_held_down_is_no_scan() {
        let mut desk = Desk::default();
        desk.keys("1111111111111111111\n", || 30_000);
        assert_eq!(desk.scans, []);
        assert_eq!(desk.field.len(), 20);
    }

    #[test]
    fn another_key_ends_a_burst() {
        let mut desk = Desk::default();
        desk.keys(CODE, || 2_000);
        let steps = desk.wedge.finish(desk.at);
        desk.follow(steps);
        assert_eq!((desk.field.as_str(), desk.scans.len()), ("", 1));
    }

    #[test]
    fn a_wider_gap_can_be_set() {
        let mut desk = Desk { wedge: Wedge::new(Duration::from_millis(60)), ..Desk::default() };
        desk.keys(CODE, || 50_000);
        desk.rest();
        assert_eq!((desk.field.as_str(), desk.scans.len()), ("", 1));
    }

    #[test]
    fn text_from_an_input_method_is_a_scan_keys_or_text() {
        let mut desk = Desk::default();
        let field = String::new();
        let steps = desk.wedge.committed("１３４５６７８９０１２３４５６７８９", desk.at, &field);
        desk.follow(steps);
        assert_eq!((desk.field.as_str(), &desk.scans[..]), ("", &[payment(CODE)][..]));

        desk.at += Duration::from_secs(1);
        let steps = desk.wedge.committed("外带两份不要辣椒谢谢你", desk.at, &field);
        desk.follow(steps);
        assert_eq!(desk.field, "外带两份不要辣椒谢谢你");

        let before = desk.field.clone();
        for half in [&CODE[..9], &CODE[9..]] {
            desk.at += Duration::from_millis(20);
            let steps = desk.wedge.committed(half, desk.at, &before);
            desk.follow(steps);
        }
        desk.rest();
        assert_eq!((desk.field, desk.scans.len()), (before, 2));
    }

    #[test]
    fn neither_decoder_nor_step_shows_the_code() {
        let mut wedge: Wedge<()> = Wedge::default();
        for key in CODE.chars() {
            wedge.push(key, Duration::ZERO, ());
        }
        assert!(!format!("{wedge:?}").contains("8901"));
        assert!(!format!("{:?}", wedge.finish(Duration::ZERO)).contains("8901"));
    }

    #[test]
    fn an_endless_stream_is_bounded() {
        let mut desk = Desk::default();
        desk.keys(&"1234567890".repeat(200), || 100);
        assert!(desk.wedge.keys.len() <= LONGEST);
        desk.rest();
        assert_eq!((desk.field.as_str(), &desk.scans[..]), ("", &[Scanned::Unknown][..]));
    }
}
