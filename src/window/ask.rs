//! What the counter asks of the till and waits for.

use iced::Task;

use crate::approval::{Desk, NotChanged};
use crate::number::{OutTradeNo, SaleId, TransactionId};
use crate::payment::refund::RefundView;
use crate::till::{RefundAsk, Till};
use crate::timestamp::Timestamp;

use super::Approvals;
use super::counter::Message;
use super::screen::orders::Question;
use super::screen::refund::{NotMade, Wish};
use super::screen::rules::{self, Found, Told};

pub(super) fn find(till: &Till, question: Question) -> Task<Message> {
    let till = till.clone();
    let asked = async move {
        let found = till.orders(&question.text, question.after.clone()).await;
        (question, found)
    };
    Task::perform(asked, |(question, found)| Message::Found(question, found))
}

pub(super) fn refundable(till: &Till, number: OutTradeNo) -> Task<Message> {
    let till = till.clone();
    let asked = async move {
        let answer = till.refundable(number.as_str()).await;
        (number, answer)
    };
    Task::perform(asked, |(number, answer)| Message::Refundable(number, answer))
}

/// Who may approve refunds, as the owner's rules name them now. Rules that can't be read name nobody; they approve
/// nothing either.
pub(super) fn approvers(approvals: &Approvals) -> Task<Message> {
    let approvals = approvals.clone();
    let asked = async move { approvals.0.rules().await.map(|rules| rules.approvers).unwrap_or_default() };
    Task::perform(asked, Message::Approvers)
}

/// Nothing is queued without the owner's leave: by the rules, or by the PIN.
pub(super) fn refund(till: &Till, approvals: &Approvals, wish: Wish) -> Task<Message> {
    let (till, approvals) = (till.clone(), approvals.clone());
    let number = wish.order.clone();
    Task::perform(async move { approved(&till, &approvals, wish).await }, move |queued| {
        Message::Queued(number.clone(), queued)
    })
}

async fn approved(till: &Till, approvals: &Approvals, wish: Wish) -> Result<RefundView, NotMade> {
    let Wish { order, amount, reason, by, pin } = wish;
    let approval = approvals.0.approve(amount, &by, pin.as_ref(), till.now()).await.map_err(NotMade::NotApproved)?;
    let ask = RefundAsk { number: order.to_string(), amount: Some(amount), reason, approval };
    till.refund(&ask).await.map_err(NotMade::Refused)
}

pub(super) fn prove(till: &Till, number: TransactionId) -> Task<Message> {
    let till = till.clone();
    let asked = async move {
        let proof = till.prove(&number).await;
        (number, proof)
    };
    Task::perform(asked, |(number, proof)| Message::Proved(number, proof))
}

pub(super) fn story(till: &Till, sale: SaleId) -> Task<Message> {
    let till = till.clone();
    Task::perform(async move { till.story(sale).await }, move |story| Message::Story(sale, story.ok()))
}

/// What the owner's page wants of the rules and the PIN.
pub(super) fn rules(till: &Till, approvals: &Approvals, wish: rules::Wish) -> Task<Message> {
    let (now, approvals) = (till.now(), approvals.clone());
    Task::perform(async move { on_rules(&approvals.0, wish, now).await }, Message::Rules)
}

async fn on_rules(desk: &Desk, wish: rules::Wish, now: Timestamp) -> Told {
    match wish {
        rules::Wish::Read => Told::Read(read_rules(desk, now).await),
        rules::Wish::Unlock(pin) => {
            let unlocked = desk.unlock(Some(&pin), now).await;
            Told::Unlocked(pin, unlocked)
        }
        rules::Wish::Save(pin, rules) => {
            let saved = desk.set_rules(pin.as_ref(), rules.clone(), now).await;
            Told::Saved(rules, saved)
        }
        rules::Wish::SetPin(old, new) => {
            let set = desk.set_pin(old.as_ref(), new.as_ref(), now).await;
            Told::PinSet(new, set.map_err(NotChanged::from))
        }
        rules::Wish::Forget(key) => Told::Forgotten(desk.forget_pin(key.text(), now).await),
    }
}

async fn read_rules(desk: &Desk, now: Timestamp) -> Result<Found, NotChanged> {
    let has_pin = desk.has_pin().await?;
    if !has_pin {
        desk.unlock(None, now).await?;
    }
    Ok(Found { rules: desk.rules().await?, may_have_pin: desk.may_have_pin(), has_pin })
}

#[cfg(test)]
mod tests;
