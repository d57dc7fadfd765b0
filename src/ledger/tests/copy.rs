//! Copies of the book, and a book that is one.

use super::refund::{proven, queue, refund_change};
use super::*;

#[test]
fn a_copy_is_the_book_at_one_moment_while_others_write() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 1);
    let copy = shop.folder.path().join("copy.db");
    let reader = Book::open(&shop.path()).unwrap();
    reader.copy_to(&copy).unwrap();
    pay(&mut shop.book, 2);
    let copied = Book::open(&copy).unwrap();
    assert_eq!(copied.verify(), Ok(()));
    assert!(copied.attempt(&number(1)).unwrap().is_some());
    assert!(copied.attempt(&number(2)).unwrap().is_none());
    assert!(reader.copy_to(&copy).is_err(), "nothing is overwritten");
}

#[test]
fn a_book_that_is_not_whole_is_known() {
    let mut shop = Shop::open();
    for n in 0..200 {
        begin(&mut shop.book, n);
    }
    shop.book.checkpoint().unwrap();
    let mut bytes = std::fs::read(shop.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xa5);
    let damaged = shop.folder.path().join("damaged.db");
    std::fs::write(&damaged, bytes).unwrap();
    assert_eq!(Book::open(&damaged).and_then(|book| book.verify()), Err(LedgerError::Damaged));
}

#[test]
fn after_a_checkpoint_the_file_alone_is_whole_and_nobody_is_waited_for() {
    let mut shop = Shop::open();
    pay(&mut shop.book, 1);
    let alone = |name: &str| {
        let copy = shop.folder.path().join(name);
        std::fs::copy(shop.path(), &copy).unwrap();
        Book::open(&copy).unwrap().attempt(&number(1)).unwrap().map(|row| row.outcome)
    };
    assert_ne!(alone("before"), Some(Outcome::Paid), "it is in the write-ahead log yet");
    // Another process that reads an older state of the book is not waited for.
    let other = Connection::open(shop.path()).unwrap();
    other.execute_batch("BEGIN").unwrap();
    other.query_row("SELECT COUNT(*) FROM sales", [], |_| Ok(())).unwrap();
    let began = std::time::Instant::now();
    shop.book.checkpoint().unwrap();
    assert!(began.elapsed() < Duration::from_secs(2));
    drop(other);
    shop.book.checkpoint().unwrap();
    assert_eq!(alone("after"), Some(Outcome::Paid));
}

#[test]
fn a_restored_book_says_since_when_and_looks_for_its_refunds_first() {
    let mut shop = Shop::open();
    assert_eq!(shop.book.restored_at(), Ok(None));
    queue(&mut shop.book, 1, proven(1), 100).unwrap();
    queue(&mut shop.book, 2, proven(2), 100).unwrap();
    shop.book.change_refunds(&[refund_change(2, 1, Standing::Void)], true).unwrap();
    shop.book.was_restored(at(500)).unwrap();
    shop.book.was_restored(at(900)).unwrap();
    assert_eq!(shop.book.restored_at(), Ok(Some(at(900))));
    let looks = |n| shop.book.refund(&refund::refund_number(n)).unwrap().unwrap().look_first;
    assert!(looks(1), "it may have been sent since");
    assert!(!looks(2), "it is over");
}
