//! What the counter asks of the till and waits for.

use iced::Task;

use crate::number::{OutTradeNo, SaleId, TransactionId};
use crate::payment::refund::RefundView;
use crate::till::{RefundAsk, Till};

use super::Approvals;
use super::counter::Message;
use super::screen::orders::Question;
use super::screen::refund::{NotMade, Wish};

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

/// Nothing is queued without the owner's leave: by the rules, or by the PIN.
pub(super) fn refund(till: &Till, approvals: &Approvals, wish: Wish) -> Task<Message> {
    let (till, approvals) = (till.clone(), approvals.clone());
    let number = wish.order.clone();
    Task::perform(async move { approved(&till, &approvals, wish).await }, move |queued| {
        Message::Queued(number.clone(), queued)
    })
}

async fn approved(till: &Till, approvals: &Approvals, wish: Wish) -> Result<RefundView, NotMade> {
    let Wish { order, amount, reason, pin } = wish;
    let approval = approvals.0.approve(amount, "", pin.as_ref(), till.now()).await.map_err(NotMade::NotApproved)?;
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
