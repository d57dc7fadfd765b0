//! An order that has ended unpaid in the book, and that the gateway says was paid: it is taken up again and asked about.
//!
//! That it was said is written with the row, so that whoever reads it after a crash asks as well.

use crate::ledger::{AttemptChange, AttemptRow, LedgerError, Outcome};
use crate::number::OutTradeNo;
use crate::payment::sale::{Attempt, Sale};
use crate::timestamp::Timestamp;

use super::book;
use super::drive::Versions;
use super::shared::Shared;

/// The order's row as one that is asked about again; `None` if it hasn't ended unpaid, or this program can't read it. One
/// that has a question left is asked about anyway: whoever drives it must not find its row changed by somebody else, for
/// then it would leave the sale to them.
pub(super) fn asked_again(row: &AttemptRow, now: Timestamp) -> Option<AttemptChange> {
    match row.outcome {
        Outcome::NotPaid | Outcome::NotSent | Outcome::Reversed | Outcome::Closed => {}
        Outcome::Open | Outcome::Paid | Outcome::PaidLate | Outcome::PartlyRefunded | Outcome::Refunded => return None,
    }
    let mut attempt: Attempt = serde_json::from_str(&row.rules).ok().filter(|attempt: &Attempt| attempt.is_over())?;
    attempt.reported(now);
    Some(book::attempt_change(&attempt, row.version, now))
}

/// Of a sale's attempts those that are taken up with one that was reopened: the ended ones that have a question left,
/// also where a living process would ask it.
pub fn taken_up(rows: Vec<AttemptRow>) -> Vec<AttemptRow> {
    rows.into_iter().filter(has_a_question).collect()
}

/// Whether an ended attempt is still to be asked about.
pub(super) fn has_a_question(row: &AttemptRow) -> bool {
    let asks = || serde_json::from_str(&row.rules).is_ok_and(|attempt: Attempt| !attempt.is_over());
    row.outcome != Outcome::Open && asks()
}

/// Takes up the sale of an order whose row was written as [`asked_again`] says. `false` if it could not be: another
/// process drives the sale's other attempt, or was quicker.
pub(super) async fn take_up(
    shared: &Shared,
    number: OutTradeNo,
    now: Timestamp,
    begin: impl FnMut(Sale, Versions),
) -> Result<bool, LedgerError> {
    let Some(row) = shared.ledger().attempt(number).await? else { return Ok(false) };
    let rows = shared.ledger().attempts_of(row.sale).await?;
    book::adopt(shared, taken_up(rows), now, begin).await.map(|taken| taken > 0)
}

#[cfg(test)]
mod tests {
    use super::super::take_up::tests::{left, order};
    use super::*;
    use crate::number::AuthCode;
    use crate::payment::micropay::{Event, Micropay};
    use crate::payment::{ChargeAnswer, Doubt, QueryAnswer, ReverseAnswer};

    fn at(seconds: u64) -> Timestamp {
        Timestamp::default().plus(std::time::Duration::from_secs(seconds))
    }

    fn charge(answers: impl IntoIterator<Item = Event>) -> AttemptRow {
        let code = AuthCode::parse("134567890123456789").unwrap();
        let (mut charge, _) = Micropay::start(order(), code, at(0));
        charge.handle(Event::Charged(ChargeAnswer::Unknown(Doubt::NoAnswer)), at(10));
        for answer in answers {
            charge.handle(answer, at(20));
        }
        left(&Attempt::Micropay(charge))
    }

    #[test]
    fn whoever_has_a_question_left_finds_the_row_as_it_was() {
        let open = charge([]);
        // Reversed by the till, which asks again after a minute; and by the gateway, so that nothing is left to ask.
        let asks = charge([
            Event::Queried(QueryAnswer::PayError),
            Event::Reversed(ReverseAnswer::Done),
            Event::Queried(QueryAnswer::NotExist),
        ]);
        let over = charge([Event::Queried(QueryAnswer::Revoked)]);
        assert_eq!([&asks, &over].map(|row| row.outcome), [Outcome::Reversed; 2]);

        assert_eq!(asked_again(&open, at(90)), None);
        assert_eq!(asked_again(&asks, at(90)), None);
        let again = asked_again(&over, at(90)).unwrap();
        assert!(again.pending && again.outcome == Outcome::Reversed);
        let again = AttemptRow { rules: again.rules, ..over.clone() };
        assert_eq!(taken_up(vec![open, over, again.clone(), asks.clone()]), [again, asks]);
    }
}
