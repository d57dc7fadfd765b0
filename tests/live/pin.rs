//! The refund PIN through the real program, in a real keyring; its tries are in the book.

use guitai::ledger::Book;
use guitai::till;

use super::keyring::Keyring;
use super::shop::{Answer, Shop, holds};

fn set_up(keyring: &Keyring) -> Shop {
    let shop = Shop::new();
    shop.set_up(Some(keyring), &[], &format!("{}\n", shop.key())).assert(0, "accepted");
    shop
}

fn pin(shop: &Shop, keyring: &Keyring, input: &str) -> Answer {
    shop.run(Some(keyring), &["pin"], input)
}

#[test]
fn a_pin_is_set_changed_and_taken_away_by_who_knows_it() {
    let keyring = Keyring::start();
    let shop = set_up(&keyring);
    pin(&shop, &keyring, "12\n").assert_refused("4 to 12 digits");
    let set = pin(&shop, &keyring, "480215\n");
    set.assert(0, "accepted");
    assert_eq!(set.result["pin"], true);
    assert!(!holds(&shop.data(), b"480215") && !set.all.contains("480215"), "it lies in the keyring, hashed");
    pin(&shop, &keyring, "111111\n777777\n").assert_refused("4 more tries");
    pin(&shop, &keyring, "480215\n12\n").assert_refused("4 to 12 digits");
    pin(&shop, &keyring, "480215\n902468\n").assert(0, "accepted");
    pin(&shop, &keyring, "480215\n111111\n").assert_refused("4 more tries");
    let gone = shop.run(Some(&keyring), &["pin", "--remove"], "902468\n");
    gone.assert(0, "accepted");
    assert_eq!(gone.result["pin"], false);
    let check = shop.run(Some(&keyring), &["check"], "");
    assert!(check.all.contains("\"item\":\"audit\"") && check.exit == 0, "{}", check.all);
}

#[test]
fn five_wrong_pins_of_five_processes_lock_the_sixth() {
    let keyring = Keyring::start();
    let shop = set_up(&keyring);
    pin(&shop, &keyring, "480215\n").assert(0, "accepted");
    for _ in 0..4 {
        pin(&shop, &keyring, "111111\n777777\n").assert_refused("more tr");
    }
    // A process that is killed between the count and the comparison has used its try up.
    let mut book = Book::open(&shop.data().join("book.db")).expect("the book");
    book.try_pin(till::now()).expect("counted");
    drop(book);
    pin(&shop, &keyring, "480215\n777777\n").assert_refused("too often");
}

#[test]
fn practice_has_none() {
    let shop = Shop::new();
    shop.run(None, &["pin"], "480215\n").assert_refused("Practice has no PIN");
}
