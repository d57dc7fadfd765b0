//! A refund of one order: how much, why, and then where it stands until the money has arrived. A scan never lands
//! here; it searches.

use crate::approval::{NotApproved, Pin};
use crate::lang::Lang;
use crate::money::{AmountError, Fen};
use crate::number::{OutRefundNo, OutTradeNo};
use crate::payment::NoRefund;
use crate::payment::refund::{RefundStatus, RefundView};
use crate::till::{RefundRefused, Refundable};
use crate::window::entry::Entry;

use super::approver::Approver;
use super::secret::Secret;

mod view;

/// The refund of the order that is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    number: OutTradeNo,
    stage: Stage,
    /// `None` is all that is left.
    part: Option<Entry>,
    reason: usize,
    approver: Approver,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// The gateway is asked what there is to refund.
    Asking,
    /// Why nothing can be refunded.
    No(Refused),
    Amount(Refundable),
    Reason(Refundable),
    /// Who approves it is to be chosen.
    By(Refundable),
    /// The owner's PIN is wanted, and perhaps one was wrong.
    Pin(Refundable, Secret, NotApproved),
    /// The till has been told; it writes the refund down.
    Told(Refundable, Fen),
    Going(RefundView),
}

/// What is to go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub order: OutTradeNo,
    pub amount: Fen,
    /// What the customer reads on the phone.
    pub reason: String,
    /// Who approves it; empty in a shop of one person.
    pub by: String,
    /// The owner's, where the rules want it.
    pub pin: Option<Pin>,
}

/// Why there is no refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    No(NoRefund),
    Book,
    NotApproved(NotApproved),
}

/// Why the till did not write a refund down.
#[derive(Debug, Clone, PartialEq)]
pub enum NotMade {
    Refused(RefundRefused),
    NotApproved(NotApproved),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Digit(char),
    Point,
    Backspace,
    Clear,
    Whole,
    Part,
    Reason(usize),
    /// Who approves it, by place.
    Approver(usize),
    /// Somebody else approves it.
    OtherApprover,
    /// Enter: the next step.
    Next,
    /// Ask after the refund now.
    Query,
    /// Stop it, unless it was taken.
    Stop,
    /// Back one level.
    Back,
}

/// What the counter does about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    None,
    /// The key was not taken.
    Refuse(AmountError),
    /// More than is left.
    TooMuch(Fen),
    /// Nobody is chosen who approves it.
    WhoFirst,
    Refund(Wish),
    Query(OutRefundNo),
    Stop(OutRefundNo),
    Close,
}

impl Refund {
    pub fn new(number: OutTradeNo) -> Self {
        Self { number, stage: Stage::Asking, part: None, reason: 0, approver: Approver::default() }
    }

    /// Who may approve it. Where one was chosen who is no more named, the PIN is theirs no more either.
    pub fn name_approvers(&mut self, names: &[String]) {
        let before = self.approver.by().to_owned();
        self.approver.name(names);
        if before != self.approver.by() {
            self.forget_pin();
        }
    }

    /// The PIN is typed anew.
    fn forget_pin(&mut self) {
        if let Stage::Pin(_, typed, _) = &mut self.stage {
            *typed = Secret::default();
        }
    }

    pub fn number(&self) -> &OutTradeNo {
        &self.number
    }

    /// What there is to refund, as the gateway has just said.
    pub fn heard(&mut self, answer: Result<Refundable, RefundRefused>) {
        if self.stage == Stage::Asking {
            self.stage = match answer {
                Ok(ready) if ready.left.is_zero() => Stage::No(Refused::No(NoRefund::NothingLeft)),
                Ok(ready) => Stage::Amount(ready),
                Err(why) => Stage::No(refused(&why)),
            };
        }
    }

    /// The refund is in the book, or it is not.
    pub fn queued(&mut self, answer: Result<RefundView, NotMade>) {
        if let Stage::Told(ready, _) = &self.stage {
            self.stage = match answer {
                Ok(view) => Stage::Going(view),
                Err(NotMade::Refused(why)) => Stage::No(refused(&why)),
                Err(NotMade::NotApproved(
                    why @ (NotApproved::PinNeeded | NotApproved::PinWrong { .. } | NotApproved::Locked { .. }),
                )) => Stage::Pin(ready.clone(), Secret::default(), why),
                Err(NotMade::NotApproved(NotApproved::NotNamed)) => Stage::By(ready.clone()),
                Err(NotMade::NotApproved(why)) => Stage::No(Refused::NotApproved(why)),
            };
        }
    }

    /// A refund has come further; says whether it is this one.
    pub fn follow(&mut self, news: &RefundView) -> bool {
        match &mut self.stage {
            Stage::Going(view) if view.request.out_refund_no == news.request.out_refund_no => {
                *view = news.clone();
                true
            }
            // Its number is not known here yet; the answer brings it.
            Stage::Told(..) => news.request.out_trade_no == self.number,
            Stage::Asking
            | Stage::No(_)
            | Stage::Amount(_)
            | Stage::Reason(_)
            | Stage::By(_)
            | Stage::Pin(..)
            | Stage::Going(_) => false,
        }
    }

    pub fn update(&mut self, message: Message, lang: Lang) -> Action {
        match message {
            Message::Back => return self.back(),
            Message::Query => return self.going().map_or(Action::None, |view| Action::Query(number_of(view))),
            Message::Stop => {
                let stoppable = self.going().filter(|view| may_stop(&view.status));
                return stoppable.map_or(Action::None, |view| Action::Stop(number_of(view)));
            }
            Message::Approver(place) => {
                self.approve(|approver| approver.choose(place));
                return Action::None;
            }
            Message::OtherApprover => {
                self.choose_other();
                return Action::None;
            }
            Message::Digit(_)
            | Message::Point
            | Message::Backspace
            | Message::Clear
            | Message::Whole
            | Message::Part
            | Message::Reason(_)
            | Message::Next => {}
        }
        match self.stage.clone() {
            Stage::Amount(ready) => self.on_amount(message, ready),
            Stage::Reason(ready) => self.on_reason(message, ready, lang),
            Stage::By(ready) => self.on_approver(message, ready, lang),
            Stage::Pin(ready, typed, _) => self.on_pin(message, ready, typed, lang),
            Stage::No(_) | Stage::Going(_) if message == Message::Next => Action::Close,
            Stage::Asking | Stage::No(_) | Stage::Told(..) | Stage::Going(_) => Action::None,
        }
    }

    /// Somebody else's PIN is another one under the fingers.
    fn approve(&mut self, choose: impl FnOnce(&mut Approver) -> bool) {
        if choose(&mut self.approver) {
            self.forget_pin();
        }
    }

    /// Under a PIN, back to the names and the PIN is gone; else to the next name.
    fn choose_other(&mut self) {
        match &self.stage {
            Stage::Pin(ready, ..) if self.approver.is_a_choice() => self.stage = Stage::By(ready.clone()),
            Stage::By(_) => self.approve(Approver::choose_next),
            Stage::Asking
            | Stage::No(_)
            | Stage::Amount(_)
            | Stage::Reason(_)
            | Stage::Pin(..)
            | Stage::Told(..)
            | Stage::Going(_) => {}
        }
    }

    fn on_amount(&mut self, message: Message, ready: Refundable) -> Action {
        let taken = match message {
            Message::Digit(digit) => self.part.get_or_insert_default().digit(digit),
            Message::Point => self.part.get_or_insert_default().point(),
            Message::Backspace => {
                self.part.as_mut().map(Entry::backspace);
                self.part = self.part.take().filter(|part| !part.is_empty());
                Ok(())
            }
            Message::Clear | Message::Whole => {
                self.part = None;
                Ok(())
            }
            Message::Part => {
                self.part.get_or_insert_default();
                Ok(())
            }
            Message::Reason(place) => {
                self.reason = place;
                Ok(())
            }
            Message::Next => match self.amount(&ready) {
                Ok(amount) if amount > ready.left => return Action::TooMuch(ready.left),
                Ok(_) => {
                    self.stage = Stage::Reason(ready);
                    Ok(())
                }
                Err(error) => Err(error),
            },
            Message::Query | Message::Stop | Message::Back | Message::Approver(_) | Message::OtherApprover => Ok(()),
        };
        taken.map_or_else(Action::Refuse, |()| Action::None)
    }

    fn on_reason(&mut self, message: Message, ready: Refundable, lang: Lang) -> Action {
        let reasons = lang.refund_words().reasons;
        match message {
            Message::Digit(digit) => {
                self.reason = place_of(digit).filter(|&place| place < reasons.len()).unwrap_or(self.reason);
            }
            Message::Reason(place) => self.reason = place,
            // The amount is chosen again.
            Message::Whole | Message::Part | Message::Backspace | Message::Clear => {
                self.stage = Stage::Amount(ready.clone());
                return self.on_amount(message, ready);
            }
            Message::Next if self.approver.is_a_choice() => self.stage = Stage::By(ready),
            Message::Next => return self.ask(ready, None, lang),
            Message::Point
            | Message::Query
            | Message::Stop
            | Message::Back
            | Message::Approver(_)
            | Message::OtherApprover => {}
        }
        Action::None
    }

    fn on_approver(&mut self, message: Message, ready: Refundable, lang: Lang) -> Action {
        match message {
            Message::Digit(digit) => {
                if let Some(place) = place_of(digit) {
                    self.approve(|approver| approver.choose(place));
                }
            }
            Message::Next if self.approver.is_wanting() => return Action::WhoFirst,
            Message::Next => return self.ask(ready, None, lang),
            Message::Whole | Message::Part | Message::Backspace | Message::Clear | Message::Reason(_) => {
                return self.on_reason(message, ready, lang);
            }
            Message::Point
            | Message::Query
            | Message::Stop
            | Message::Back
            | Message::Approver(_)
            | Message::OtherApprover => {}
        }
        Action::None
    }

    fn on_pin(&mut self, message: Message, ready: Refundable, mut typed: Secret, lang: Lang) -> Action {
        match message {
            Message::Digit(digit) => typed.push(digit, Pin::LONGEST),
            Message::Backspace => typed.pop(),
            Message::Clear => typed = Secret::default(),
            Message::Next => {
                let Some(pin) = Pin::parse(typed.text()) else { return Action::None };
                return self.ask(ready, Some(pin), lang);
            }
            Message::Point
            | Message::Whole
            | Message::Part
            | Message::Reason(_)
            | Message::Approver(_)
            | Message::OtherApprover
            | Message::Query
            | Message::Stop
            | Message::Back => {}
        }
        if let Stage::Pin(_, shown, _) = &mut self.stage {
            *shown = typed;
        }
        Action::None
    }

    /// Tells the till. What was shown is what goes back: the amount is named, also where it is all that is left.
    fn ask(&mut self, ready: Refundable, pin: Option<Pin>, lang: Lang) -> Action {
        let Ok(amount) = self.amount(&ready) else { return Action::None };
        let reasons = lang.refund_words().reasons;
        let reason = reasons.get(self.reason).map_or_else(String::new, |&reason| reason.to_owned());
        self.stage = Stage::Told(ready, amount);
        let by = self.approver.by().to_owned();
        Action::Refund(Wish { order: self.number.clone(), amount, reason, by, pin })
    }

    /// Back from the reason to the amount, and from anything else to the list. It never stops a refund by itself.
    fn back(&mut self) -> Action {
        match self.stage.clone() {
            Stage::Reason(ready) => {
                self.stage = Stage::Amount(ready);
                Action::None
            }
            // Whatever changes now, the PIN is typed anew.
            Stage::By(ready) | Stage::Pin(ready, ..) => {
                self.stage = Stage::Reason(ready);
                Action::None
            }
            // It is in the book in a moment; leaving would only hide it.
            Stage::Told(..) => Action::None,
            Stage::Asking | Stage::No(_) | Stage::Amount(_) | Stage::Going(_) => Action::Close,
        }
    }

    fn amount(&self, ready: &Refundable) -> Result<Fen, AmountError> {
        self.part.as_ref().map_or(Ok(ready.left), Entry::charge)
    }

    fn going(&self) -> Option<&RefundView> {
        match &self.stage {
            Stage::Going(view) => Some(view),
            Stage::Asking
            | Stage::No(_)
            | Stage::Amount(_)
            | Stage::Reason(_)
            | Stage::By(_)
            | Stage::Pin(..)
            | Stage::Told(..) => None,
        }
    }

    /// Whether keys are for the reason's chips.
    pub fn is_at_reason(&self) -> bool {
        matches!(self.stage, Stage::Reason(_))
    }

    /// Whether keys choose who approves it.
    pub fn is_at_approver(&self) -> bool {
        matches!(self.stage, Stage::By(_))
    }

    /// Whether there is anybody else to approve it.
    pub fn may_choose_approver(&self) -> bool {
        self.approver.is_a_choice()
    }

    /// Whether keys are the PIN's.
    pub fn is_at_pin(&self) -> bool {
        matches!(self.stage, Stage::Pin(..))
    }

    /// Whether the refund can still be stopped.
    pub fn may_stop(&self) -> bool {
        self.going().is_some_and(|view| may_stop(&view.status))
    }

    pub fn is_going(&self) -> bool {
        self.going().is_some()
    }
}

/// The place that a digit stands for: 1 is the first.
fn place_of(digit: char) -> Option<usize> {
    digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()?.checked_sub(1))
}

fn number_of(view: &RefundView) -> OutRefundNo {
    view.request.out_refund_no.clone()
}

fn refused(why: &RefundRefused) -> Refused {
    match why {
        RefundRefused::No(why) => Refused::No(*why),
        RefundRefused::Book(_) => Refused::Book,
    }
}

/// What was taken can't be stopped any more.
fn may_stop(status: &RefundStatus) -> bool {
    match status {
        RefundStatus::Queued { .. } | RefundStatus::Checking { .. } => true,
        RefundStatus::Sending
        | RefundStatus::Accepted(_)
        | RefundStatus::Arrived(_)
        | RefundStatus::Bounced(_)
        | RefundStatus::Refused(_)
        | RefundStatus::Closed(_)
        | RefundStatus::Stopped => false,
    }
}

#[cfg(test)]
#[path = "refund_tests.rs"]
mod tests;
