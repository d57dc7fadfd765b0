//! What the window asks, answered by a real till and a real place of approvals.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::Handle;

use super::*;
use crate::approval::{NotApproved, Pin};
use crate::ledger::{Ledger, Owner};
use crate::money::Fen;
use crate::payment::{Call, Found as FoundOrder, Gateway, NoRefund, Order, Pending, QueryAnswer, Reply};
use crate::settings::RefundRules;
use crate::till::{Parts, RefundRefused, Shop};
use crate::vault::{Item, Vault};

/// A merchant without a certificate; nothing is to be asked of it.
struct NoCertificate;

impl Gateway for NoCertificate {
    fn send<'a>(&'a self, order: &'a Order, call: Call) -> Pending<'a, Reply> {
        panic!("{call:?} of {}", order.out_trade_no)
    }

    fn look_up<'a>(&'a self, number: &'a str) -> Pending<'a, Result<Option<FoundOrder>, QueryAnswer>> {
        panic!("{number} is asked for")
    }
}

struct Till1 {
    till: Till,
    approvals: Approvals,
    ledger: Ledger,
    folder: TempDir,
}

fn open(vault: Option<Vault>) -> Till1 {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
    let parts = Parts {
        gateway: Arc::new(NoCertificate),
        ledger: ledger.clone(),
        shop: Shop { body: String::new(), till_number: 1, notify_url: String::new() },
        owner: Owner::new(&folder.path().join("owners")).unwrap(),
        code_key: [7; 32],
    };
    let till = Till::new(parts, Handle::current());
    let desk = Desk::new(vault, ledger.clone(), folder.path().to_owned());
    Till1 { till, approvals: Approvals(Arc::new(desk)), ledger, folder }
}

fn pin(text: &str) -> Pin {
    Pin::parse(text).unwrap()
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn settings(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("settings.toml")).unwrap_or_default()
}

#[tokio::test]
async fn a_refund_without_a_certificate_is_refused_and_nothing_is_queued_or_sent() {
    let Till1 { till, approvals, ledger, folder: _folder } = open(None);
    let order = OutTradeNo::parse("2026112218240501304418").unwrap();
    let wish = Wish { order, amount: fen(500), reason: String::new(), by: String::new(), pin: None };
    let refused = approved(&till, &approvals, wish).await;
    assert_eq!(refused, Err(NotMade::Refused(RefundRefused::No(NoRefund::NoCertificate))));
    let counts = ledger.refund_counts().await.unwrap();
    assert_eq!(counts.waiting, 0);
    assert_eq!(ledger.audit_head().await.unwrap(), None, "nobody approved anything that stands");
}

#[tokio::test]
async fn the_owners_page_reads_locks_and_changes_the_rules_of_this_window_at_once() {
    let Till1 { till, approvals, folder, ledger: _ledger } = open(Some(Vault::this_run()));
    let (desk, now) = (&approvals.0, till.now());
    let found = Found { rules: RefundRules::default(), may_have_pin: true, has_pin: false };
    assert_eq!(on_rules(desk, rules::Wish::Read, now).await, Told::Read(Ok(found)));
    let set = rules::Wish::SetPin(None, Some(pin("480215")));
    assert_eq!(on_rules(desk, set, now).await, Told::PinSet(Some(pin("480215")), Ok(())));
    let strict = RefundRules { never_above: Some(fen(500)), ..RefundRules::default() };
    let save = |pin| rules::Wish::Save(pin, strict.clone());
    let refused = Told::Saved(strict.clone(), Err(NotApproved::PinNeeded.into()));
    assert_eq!(on_rules(desk, save(None), now).await, refused);
    assert_eq!(settings(folder.path()), "");
    let wrong = Told::Unlocked(pin("1111"), Err(NotApproved::PinWrong { left: 4 }.into()));
    assert_eq!(on_rules(desk, rules::Wish::Unlock(pin("1111")), now).await, wrong);
    assert_eq!(on_rules(desk, save(Some(pin("480215"))), now).await, Told::Saved(strict.clone(), Ok(())));
    assert_eq!(settings(folder.path()), "refund_never_above = \"5.00\"\n");
    let above = NotApproved::AboveLimit { limit: fen(500) };
    assert_eq!(desk.approve(fen(501), "", Some(&pin("480215")), now).await, Err(above));
    let Told::Read(Ok(Found { has_pin: true, rules, .. })) = on_rules(desk, rules::Wish::Read, now).await else {
        panic!("the PIN is set")
    };
    assert_eq!(rules, strict);
}

#[tokio::test]
async fn a_forgotten_pin_is_taken_away_by_the_key_in_the_vault() {
    let vault = Vault::this_run();
    vault.put(Item::ApiKey, b"0123456789abcdef0123456789abcdef").await.unwrap();
    let Till1 { till, approvals, folder: _folder, ledger: _ledger } = open(Some(vault));
    approvals.0.set_pin(None, Some(&pin("480215")), till.now()).await.unwrap();
    for (key, told) in
        [("0123456789abcdef0123456789abcdeX", Err(NotChanged::OtherKey)), ("0123456789abcdef0123456789abcdef", Ok(()))]
    {
        let mut typed = crate::window::screen::secret::Secret::default();
        key.chars().for_each(|letter| typed.push(letter, 32));
        assert_eq!(on_rules(&approvals.0, rules::Wish::Forget(typed), till.now()).await, Told::Forgotten(told));
    }
    assert_eq!(approvals.0.has_pin().await, Ok(false));
}
