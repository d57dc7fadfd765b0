//! What the counter asks of the till and waits for.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use iced::Task;

use crate::approval::{Desk, NotChanged};
use crate::number::{OutTradeNo, SaleId, TransactionId};
use crate::payment::refund::RefundView;
use crate::till::{MOST_BYTES, NoList, Numbers, RefundAsk, Till, numbers};
use crate::timestamp::Timestamp;

use super::Approvals;
use super::counter::Message;
use super::screen::bulk;
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

/// Under rules that can't be read a list is looked up, and not approved.
pub(super) fn begin_list(till: &Till, approvals: &Approvals, list: Numbers) -> Task<Message> {
    let (till, approvals) = (till.clone(), approvals.clone());
    let begun = async move {
        let limit = approvals.0.limit().await.unwrap_or_default();
        (till.begin_list(list.orders.clone(), limit), list)
    };
    Task::perform(begun, |(id, list)| Message::ListBegun(id, list))
}

/// Nothing of a list is begun without the owner's leave.
pub(super) fn refund_list(till: &Till, approvals: &Approvals, wish: bulk::Wish) -> Task<Message> {
    let (till, approvals) = (till.clone(), approvals.clone());
    let approved = async move {
        let bulk::Wish { id, sum, largest, reason, by, pin } = wish;
        let approval = approvals.0.approve_list(sum, largest, &by, pin.as_ref(), till.now()).await;
        (id, approval.map(|approval| till.refund_list(id, approval, reason)))
    };
    Task::perform(approved, |(id, answer)| Message::ListApproved(id, answer))
}

/// Reads no more of a file than a list may have.
pub(super) fn read_list(file: PathBuf) -> Task<Message> {
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        match File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes)) {
            Ok(_) => numbers::read(&bytes),
            Err(_) => Err(NoList::Unreadable),
        }
    });
    Task::perform(read, |read| Message::ListRead(read.unwrap_or(Err(NoList::Unreadable))))
}

/// The system's dialog, where there is one.
pub(super) fn choose_list() -> Task<Message> {
    let dialog = rfd::AsyncFileDialog::new().pick_file();
    Task::future(dialog).and_then(|file| Task::done(Message::Dropped(file.path().to_owned())))
}

pub(super) fn paste() -> Task<Message> {
    iced::clipboard::read().and_then(|text| Task::done(Message::Pasted(text)))
}

pub(super) fn save(folder: PathBuf, name: String, png: Vec<u8>) -> Task<Message> {
    let write = tokio::task::spawn_blocking(move || write(&folder, &name, &png));
    Task::perform(write, |saved| Message::Saved(saved.ok().flatten()))
}

fn write(folder: &Path, name: &str, png: &[u8]) -> Option<PathBuf> {
    let path = folder.join(name);
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, png)).ok().map(|()| path)
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

/// What the owner's page wants of the rules and the PIN, at that opening of it.
pub(super) fn rules(till: &Till, approvals: &Approvals, page: u32, wish: rules::Wish) -> Task<Message> {
    let (now, approvals) = (till.now(), approvals.clone());
    Task::perform(async move { on_rules(&approvals.0, wish, now).await }, move |told| Message::Rules(page, told))
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
