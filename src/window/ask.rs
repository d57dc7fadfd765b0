//! What the counter asks of the till and waits for.

use iced::Task;

use crate::number::{SaleId, TransactionId};
use crate::till::Till;

use super::counter::Message;
use super::screen::orders::Question;

pub(super) fn find(till: &Till, question: Question) -> Task<Message> {
    let till = till.clone();
    let asked = async move {
        let found = till.orders(&question.text, question.after.clone()).await;
        (question, found)
    };
    Task::perform(asked, |(question, found)| Message::Found(question, found))
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
