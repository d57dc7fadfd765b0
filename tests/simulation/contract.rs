//! The model of the book is held against the book: the same calls, the same answers.

use guitai::ledger::{
    AttemptChange, Book, CodeTrace, LedgerError, Line, LineKind, Method, NewAttempt, NewSale, Outcome, SaleChange,
    SaleKind,
};
use guitai::money::Fen;
use guitai::number::{OutTradeNo, SaleId, TransactionId};
use guitai::timestamp::Timestamp;

use super::dice::Dice;
use super::model::Model;

const CALLS: u32 = 3_000;
/// A report that had been written before; no version is such a number.
const KNOWN: i64 = -1;

const OUTCOMES: [Outcome; 7] = [
    Outcome::Open,
    Outcome::Paid,
    Outcome::PaidLate,
    Outcome::NotPaid,
    Outcome::NotSent,
    Outcome::Reversed,
    Outcome::Closed,
];

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_795_341_600_000).plus(std::time::Duration::from_secs(seconds))
}

fn number(n: u64) -> OutTradeNo {
    OutTradeNo::make(at(n), 1, 1)
}

/// Two attempts belong to one sale.
fn sale_of(n: u64) -> SaleId {
    SaleId::new(i64::try_from(n / 2).expect("small"))
}

fn amount() -> Fen {
    Fen::new(1250).expect("an amount")
}

fn lines(dice: &mut Dice, sale: Option<SaleId>) -> Vec<Line> {
    let line =
        |kind| Line { at: at(0), sale, out_trade_no: None, kind, what: "query".to_owned(), detail: "{}".to_owned() };
    (0..dice.below(3)).map(|_| line(LineKind::Answer)).collect()
}

/// The model stands for the book in everything that a till's decisions can see.
#[test]
fn the_model_answers_as_the_book_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = Book::open(&folder.path().join("book.db")).unwrap();
    let mut model = Model::default();
    let mut dice = Dice::new(4);
    let mut told = std::collections::BTreeMap::new();
    for call in 0..CALLS {
        let n = dice.below(60);
        let result = match dice.below(11) {
            0..=2 => begin(&mut dice, n, &mut book, &mut model),
            3..=7 => commit(&mut dice, n, &mut book, &mut model),
            8 => {
                let lines = lines(&mut dice, None);
                let (ours, theirs) = (model.note(&lines), book.note(&lines, None));
                assert_eq!(ours, theirs, "call {call}");
                ours.map(|_| 0)
            }
            9 => report(&mut dice, n, &mut book, &mut model),
            _ => {
                let old = dice.pick(&[None, Some("a"), Some("b")]);
                let new = dice.pick(&["a", "b"]);
                let ours = model.adopt(&number(n), old, new, at(n));
                assert_eq!(ours, book.adopt(&number(n), old, new, at(n)), "call {call}");
                ours
            }
        };
        let word = match &result {
            Ok(KNOWN) => "Known".to_owned(),
            Ok(_) => "Ok".to_owned(),
            Err(LedgerError::Stale { .. }) => "Stale".to_owned(),
            Err(error) => format!("{error:?}"),
        };
        *told.entry(word).or_insert(0) += 1;
        if call % 20 == 0 {
            compare(&book, &model);
        }
    }
    compare(&book, &model);
    for word in ["Known", "Ok", "Stale", "Backward", "Forbidden", "NotFound", "CodeUsed", "NumberTaken", "SaleTaken"] {
        assert!(told.get(word).is_some_and(|times| *times > 0), "{word} was never answered: {told:?}");
    }
}

fn begin(dice: &mut Dice, n: u64, book: &mut Book, model: &mut Model) -> Result<i64, LedgerError> {
    let id = sale_of(n);
    let sale =
        NewSale { id, created_at: at(n), amount: amount(), note: "外带".to_owned(), till: 1, kind: SaleKind::Sale };
    let sale = (n.is_multiple_of(2) || dice.below(8) == 0).then_some(sale);
    let code = (dice.below(2) == 0).then(|| CodeTrace {
        last4: "6789".to_owned(),
        hash: dice.below(4).to_string(),
        fresh_since: at(n.saturating_sub(3)),
    });
    let attempt = NewAttempt {
        out_trade_no: number(n),
        sale: id,
        method: dice.pick(&[Method::Native, Method::Micropay]),
        total_fee: amount(),
        created_at: at(n),
        state: "paying".to_owned(),
        rules: "{}".to_owned(),
        order: "{}".to_owned(),
        code,
        owner: dice.pick(&[None, Some("a".to_owned())]),
    };
    let lines = lines(dice, None);
    let ours = model.begin(sale.as_ref(), &attempt, &lines);
    assert_eq!(ours, book.begin(sale.as_ref(), &attempt, &lines), "{attempt:?}");
    ours.map(|()| 0)
}

fn report(dice: &mut Dice, n: u64, book: &mut Book, model: &mut Model) -> Result<i64, LedgerError> {
    let line = Line {
        at: at(dice.below(9)),
        sale: Some(sale_of(n)),
        out_trade_no: (dice.below(20) > 0).then(|| number(n)),
        kind: LineKind::Answer,
        what: "notification".to_owned(),
        detail: dice.pick(&["{}", "{\"reported\":\"paid\"}"]).to_owned(),
    };
    let attempt = (dice.below(2) == 0).then(|| change(dice, n, model));
    let version = model.attempt(&number(n)).map_or(1, |row| row.version) + i64::from(dice.below(5) == 0);
    let ours = model.report(&line, version, attempt.as_ref());
    assert_eq!(ours, book.report(&line, version, attempt.as_ref()), "{line:?} {version} {attempt:?}");
    ours.map(|version| version.unwrap_or(KNOWN))
}

/// What has become of an attempt, likely or not.
fn change(dice: &mut Dice, n: u64, model: &Model) -> AttemptChange {
    let known = model.attempt(&number(n)).map_or(1, |row| row.version);
    let transaction = TransactionId::parse(&format!("4200{:024}", if dice.below(9) == 0 { 1 } else { n }));
    let paid_at = (dice.below(3) > 0).then(|| at(n));
    AttemptChange {
        out_trade_no: number(n),
        version: if dice.below(6) == 0 { known + 1 } else { known },
        state: dice.pick(&["waiting", "paid"]).to_owned(),
        outcome: dice.pick(&OUTCOMES),
        rules: "{\"a\":1}".to_owned(),
        pending: dice.below(3) == 0,
        transaction_id: transaction.filter(|_| paid_at.is_some()),
        paid_at,
        cash_fee: None,
        at: at(n + 1),
    }
}

fn commit(dice: &mut Dice, n: u64, book: &mut Book, model: &mut Model) -> Result<i64, LedgerError> {
    let attempt = change(dice, n, model);
    let sale = SaleChange {
        id: sale_of(n),
        outcome: dice.pick(&OUTCOMES),
        winner: (dice.below(4) == 0).then(|| number(n)),
        at: at(n + 1),
        give_back: Vec::new(),
    };
    let sale = (dice.below(3) > 0).then_some(sale);
    let lines = lines(dice, None);
    let ours = model.commit(&attempt, sale.as_ref(), &lines);
    assert_eq!(ours, book.commit(&attempt, sale.as_ref(), &lines), "{attempt:?} {sale:?}");
    ours
}

fn compare(book: &Book, model: &Model) {
    for row in model.attempts() {
        assert_eq!(book.attempt(&row.out_trade_no).expect("a book").as_ref(), Some(row));
        let by_number = |mut rows: Vec<guitai::ledger::AttemptRow>| {
            rows.sort_by(|a, b| a.out_trade_no.cmp(&b.out_trade_no));
            rows
        };
        let (ours, theirs) = (model.attempts_of(row.sale), book.attempts_of(row.sale).expect("a book"));
        assert_eq!(by_number(ours), by_number(theirs));
    }
    let numbers = |rows: Vec<guitai::ledger::AttemptRow>| {
        rows.into_iter().map(|row| row.out_trade_no).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(numbers(model.pending_attempts()), numbers(book.pending_attempts().expect("a book")));
    for ours in model.sales() {
        let theirs = book.sale(ours.id).expect("a book").expect("the sale is in the book");
        assert_eq!((ours.outcome, &ours.winner, ours.amount), (theirs.outcome, &theirs.winner, theirs.amount));
    }
}
