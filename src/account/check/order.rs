//! An order of one fen, made and closed: the till makes it as any other, shows it to nobody, and closes it when the
//! gateway lets it.

use std::time::Duration;

use futures::StreamExt;

use crate::payment::{SaleView, Status};
use crate::till::{Till, Update};

use super::outcome::{Outcome, Trouble, Unclear, Well};
use super::{judge_key, not_sent};

/// How long an order may take to be made; what comes later is closed all the same.
const LIMIT: Duration = Duration::from_secs(15);

pub(super) async fn try_one(till: &Till) -> Outcome {
    let mut updates = std::pin::pin!(till.updates());
    let id = till.try_order();
    let mut doubt = None;
    let ended = async {
        while let Some(update) = updates.next().await {
            let Update::Sale(view) = update else { continue };
            if view.id == id
                && let Some(outcome) = judge(&view, &mut doubt)
            {
                return outcome;
            }
        }
        Outcome::Unknown(Unclear::NoAnswer)
    };
    let ended = tokio::time::timeout(LIMIT, ended).await;
    till.leave(id);
    match (ended, doubt) {
        (Ok(outcome), _) => outcome,
        (Err(_), Some(doubt)) => judge_key(doubt),
        (Err(_), None) => Outcome::Unknown(Unclear::NoAnswer),
    }
}

fn judge(view: &SaleView, doubt: &mut Option<crate::payment::Doubt>) -> Option<Outcome> {
    match &view.status {
        Status::Preparing { doubt: None, .. } => None,
        Status::Preparing { doubt: Some(new), .. } => {
            *doubt = Some(new.clone());
            None
        }
        Status::Declined(refusal) => Some(Outcome::Failed(Trouble::Refused(refusal.clone()))),
        Status::NotSent(why) => Some(not_sent(why)),
        Status::NotRecorded => Some(Outcome::Failed(Trouble::NotRecorded)),
        // It was made: whatever becomes of it now is the till's.
        Status::Showing { .. }
        | Status::GivingWay { .. }
        | Status::Sending { .. }
        | Status::Password(_)
        | Status::Unknown(..)
        | Status::Reversing { .. }
        | Status::Paid(_)
        | Status::Reversed
        | Status::Closing { .. }
        | Status::Closed
        | Status::PaidLate(_) => Some(Outcome::Passed(Well::Made)),
    }
}
