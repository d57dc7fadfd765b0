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

/// Another merchant's keys lie beside the PIN's, where none is set.
#[test]
fn no_other_merchant_is_set_up_past_a_pin() {
    let keyring = Keyring::start();
    let shop = set_up(&keyring);
    pin(&shop, &keyring, "480215\n").assert(0, "accepted");
    let key = format!("{}\n", shop.key());
    let before = std::fs::read(shop.settings()).expect("settings");
    let another = [("--merchant-id", "1900000999"), ("--certificate", "")];
    shop.set_up(Some(&keyring), &another, &key).assert_refused("refund PIN");
    assert_eq!(std::fs::read(shop.settings()).expect("settings"), before);
    shop.set_up(Some(&keyring), &[], &key).assert(0, "accepted");
    shop.run(Some(&keyring), &["pin", "--remove"], "480215\n").assert(0, "accepted");
    shop.set_up(Some(&keyring), &another, &key).assert(0, "accepted");
}

#[test]
fn practice_has_none() {
    let shop = Shop::new();
    shop.run(None, &["pin"], "480215\n").assert_refused("Practice has no PIN");
}

/// What `charge` says is the order's number.
fn paid(shop: &Shop, keyring: &Keyring, code: &str) -> String {
    let paid = shop.charge(Some(keyring), code);
    paid.assert(0, "paid");
    paid.result["out_trade_no"].as_str().expect("a number").to_owned()
}

fn refund(shop: &Shop, keyring: &Keyring, order: &str, amount: &str, pin: Option<&str>) -> Answer {
    let mut arguments = vec!["refund", order, "--amount", amount];
    arguments.extend(pin.map(|_| "--pin-stdin"));
    shop.run(Some(keyring), &arguments, &format!("{}\n", pin.unwrap_or_default()))
}

#[test]
fn a_refund_asks_for_the_pin_keeps_the_owners_rules_and_stands_in_the_audit() {
    let keyring = Keyring::start();
    let shop = set_up(&keyring);
    let (first, second) = (paid(&shop, &keyring, "134567890123456789"), paid(&shop, &keyring, "134567890123456790"));
    pin(&shop, &keyring, "480215\n").assert(0, "accepted");
    let rules = "refund_free_below = \"1\"\nrefund_never_above = \"10\"\nrefund_day_cap = \"11\"\n";
    let mut settings = std::fs::read_to_string(shop.settings()).expect("settings");
    settings.insert_str(0, rules);
    std::fs::write(shop.settings(), settings).expect("settings");

    refund(&shop, &keyring, &first, "10.01", Some("480215")).assert_refused("more than ¥10.00");
    refund(&shop, &keyring, &first, "9", None).assert_refused("needs the PIN");
    refund(&shop, &keyring, &first, "9", Some("111111")).assert_refused("4 more tries");
    refund(&shop, &keyring, &first, "9", Some("480215")).assert(0, "accepted");
    refund(&shop, &keyring, &second, "1", None).assert(0, "accepted");
    let third = paid(&shop, &keyring, "134567890123456791");
    refund(&shop, &keyring, &third, "1.01", Some("480215")).assert_refused("1.00");
    assert_eq!(shop.gateway.refund_sends().iter().filter(|send| send.took_effect).count(), 2);

    let audited = |exit, outcome, word| {
        let check = shop.run(Some(&keyring), &["check"], "");
        assert_eq!(check.exit, exit, "{}", check.all);
        check.assert_item("audit", outcome, word);
    };
    audited(0, "passed", "2 refunds, and nobody touched them");
    // Somebody with a hand on the file cuts the last refund off, and what watches over it.
    let book = rusqlite::Connection::open(shop.data().join("book.db")).expect("the book");
    for trigger in ["audit_never_shrinks", "refunds_never_vanish"] {
        book.execute_batch(&format!("DROP TRIGGER {trigger}")).expect("dropped");
    }
    book.execute_batch("DELETE FROM refunds WHERE refund_fee = 100; DELETE FROM audit WHERE n = 2").expect("cut off");
    drop(book);
    audited(1, "failed", "1 lines of 2");
}

#[test]
fn where_approvers_are_named_the_command_line_says_who() {
    let keyring = Keyring::start();
    let shop = set_up(&keyring);
    let order = paid(&shop, &keyring, "134567890123456789");
    let by = |name: Option<&str>| {
        let mut arguments = vec!["refund", &order, "--amount", "1"];
        arguments.extend(name.map(|name| ["--approver", name]).into_iter().flatten());
        shop.run(Some(&keyring), &arguments, "")
    };
    let mut settings = std::fs::read_to_string(shop.settings()).expect("settings");
    settings.insert_str(0, "approvers = [\"王店长\", \"Li\"]\n");
    std::fs::write(shop.settings(), settings).expect("settings");
    by(None).assert_refused("one of: 王店长, Li");
    by(Some("li")).assert_refused("one of: 王店长, Li");
    assert!(shop.gateway.refund_sends().is_empty());
    by(Some("王店长")).assert(0, "accepted");
    let book = rusqlite::Connection::open(shop.data().join("book.db")).expect("the book");
    let one = |sql| book.query_row(sql, [], |row| row.get::<_, String>(0)).expect("one line");
    assert_eq!(one("SELECT approved_by FROM audit"), "王店长");
    assert!(one("SELECT detail FROM journal WHERE what = 'refund' AND kind = 'cashier'").contains("\"王店长\""));
}

#[test]
fn a_forgotten_pin_is_taken_away_with_the_merchants_key() {
    let keyring = Keyring::start();
    let shop = set_up(&keyring);
    pin(&shop, &keyring, "480215\n").assert(0, "accepted");
    let forgotten = |key: &str| shop.run(Some(&keyring), &["pin", "--forgotten"], &format!("{key}\n"));
    forgotten("0123456789abcdef").assert_refused("APIv2 key");
    let gone = forgotten(shop.key());
    gone.assert(0, "accepted");
    assert!(gone.result["pin"] == false && !gone.all.contains(shop.key()), "{}", gone.all);
    pin(&shop, &keyring, "902468\n").assert(0, "accepted");
}

#[test]
fn a_refund_without_a_certificate_is_refused_and_nothing_is_sent() {
    let keyring = Keyring::start();
    let shop = Shop::new();
    shop.set_up(Some(&keyring), &[("--certificate", "")], &format!("{}\n", shop.key())).assert(0, "accepted");
    let order = paid(&shop, &keyring, "134567890123456789");
    for amount in [&[][..], &["--amount", "1"]] {
        let refused = shop.run(Some(&keyring), &[&["refund", order.as_str()], amount].concat(), "");
        refused.assert_refused("No merchant certificate");
    }
    assert!(shop.gateway.refund_sends().is_empty());
    let book = rusqlite::Connection::open(shop.data().join("book.db")).expect("the book");
    let queued: i64 = book.query_row("SELECT count(*) FROM refunds", [], |row| row.get(0)).expect("a count");
    assert_eq!(queued, 0);
}
