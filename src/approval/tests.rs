use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::ledger::{NewRefund, NotQueued, RefundedOrder};
use crate::number::{OutRefundNo, OutTradeNo, TransactionId};
use crate::settings::{self, Settings, SettingsError};

fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

fn pin(text: &str) -> Pin {
    Pin::parse(text).unwrap()
}

fn noon() -> Timestamp {
    Timestamp::from_wire("20261122120000").unwrap()
}

fn later(seconds: u64) -> Timestamp {
    noon().plus(Duration::from_secs(seconds))
}

fn write(folder: &Path, rules: RefundRules) {
    Settings { refund: rules, ..Settings::default() }.save(folder).unwrap();
}

struct Shop {
    folder: TempDir,
    vault: Vault,
    desk: Desk,
}

impl Shop {
    fn new(rules: RefundRules) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::this_run();
        write(folder.path(), rules);
        let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
        let desk = Desk::new(Some(vault.clone()), ledger, folder.path().to_owned());
        Self { folder, vault, desk }
    }

    /// As another process would open it.
    fn again(self) -> Self {
        let Self { folder, vault, desk } = self;
        drop(desk);
        let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
        Self { desk: Desk::new(Some(vault.clone()), ledger, folder.path().to_owned()), folder, vault }
    }

    async fn refund(&self, n: u64, approval: Approval) -> Result<i64, NotQueued> {
        let refund = NewRefund {
            out_refund_no: OutRefundNo::make(noon(), 1, n),
            order: RefundedOrder {
                out_trade_no: OutTradeNo::make(noon(), 1, u32::try_from(n).unwrap()),
                total_fee: fen(100_000),
                proof: Some((TransactionId::parse(&format!("{n:028}")).unwrap(), noon())),
                elsewhere: None,
            },
            refund_fee: approval.up_to,
            reason: String::new(),
            created_at: noon(),
            state: "queued".to_owned(),
            rules: "{}".to_owned(),
            owner: "a1".to_owned(),
            approval,
        };
        self.desk.ledger.queue_refund(refund, vec![]).await.unwrap()
    }
}

#[tokio::test]
async fn a_shop_of_one_person_has_no_pin_and_its_rules_hold() {
    let rules = RefundRules { never_above: Some(fen(50_000)), day_cap: Some(fen(60_000)), ..RefundRules::default() };
    let shop = Shop::new(rules);
    assert_eq!(shop.desk.needs_pin(fen(50_000)).await, Ok(false));
    let approval = shop.desk.approve(fen(50_000), "老板\n", None, noon()).await.unwrap();
    let expected =
        Approval { by: "老板".to_owned(), means: Means::Rules, up_to: fen(50_000), day_cap: Some(fen(60_000)) };
    assert_eq!(approval, expected);
    let above = NotApproved::AboveLimit { limit: fen(50_000) };
    assert_eq!(shop.desk.approve(fen(50_001), "", None, noon()).await, Err(above));
    assert_eq!(shop.refund(1, approval).await, Ok(1));
    let second = shop.desk.approve(fen(10_001), "", None, noon()).await.unwrap();
    assert_eq!(shop.refund(2, second).await, Err(NotQueued::AboveDayCap { left: fen(10_000) }));
}

#[tokio::test]
async fn below_it_is_free_above_the_pin_is_asked_and_beyond_it_is_never() {
    let rules = RefundRules { free_below: Some(fen(2_000)), never_above: Some(fen(50_000)), ..RefundRules::default() };
    let shop = Shop::new(rules);
    shop.desk.set_pin(None, Some(&pin("1234")), noon()).await.unwrap();
    let approve = async |fee, given: Option<&str>| {
        let given = given.map(pin);
        shop.desk.approve(fen(fee), "店员", given.as_ref(), noon()).await.map(|approval| approval.means)
    };
    assert_eq!(approve(2_000, None).await, Ok(Means::Rules));
    assert_eq!(shop.desk.needs_pin(fen(2_001)).await, Ok(true));
    assert_eq!(approve(2_001, None).await, Err(NotApproved::PinNeeded));
    assert_eq!(approve(2_001, Some("1234")).await, Ok(Means::Pin));
    assert_eq!(approve(2_001, Some("4321")).await, Err(NotApproved::PinWrong { left: 4 }));
    assert_eq!(approve(50_001, Some("1234")).await, Err(NotApproved::AboveLimit { limit: fen(50_000) }));
}

#[tokio::test]
async fn the_pin_is_asked_for_once_a_list_and_by_its_sum() {
    let rules = RefundRules {
        free_below: Some(fen(2_000)),
        never_above: Some(fen(1_500)),
        day_cap: Some(fen(9_000)),
        ..RefundRules::default()
    };
    let shop = Shop::new(rules);
    shop.desk.set_pin(None, Some(&pin("1234")), noon()).await.unwrap();
    let approve = async |sum, largest, given: Option<&str>| {
        let given = given.map(pin);
        shop.desk.approve_list(fen(sum), fen(largest), "店长", given.as_ref(), noon()).await
    };
    let leave = |means| Approval { by: "店长".to_owned(), means, up_to: fen(1_000), day_cap: Some(fen(9_000)) };
    assert_eq!(approve(2_000, 1_000, None).await, Ok(leave(Means::Rules)));
    assert_eq!(approve(2_001, 1_000, None).await, Err(NotApproved::PinNeeded), "though each of them is free");
    assert_eq!(approve(2_001, 1_000, Some("4321")).await, Err(NotApproved::PinWrong { left: 4 }));
    assert_eq!(approve(50_000, 1_000, Some("1234")).await, Ok(leave(Means::Pin)), "the limit is one refund's");
    let above = NotApproved::AboveLimit { limit: fen(1_500) };
    assert_eq!(approve(50_000, 1_501, Some("1234")).await, Err(above));
    assert_eq!(shop.desk.limit().await, Ok(Some(fen(1_500))));
}

#[tokio::test]
async fn five_wrong_pins_lock_also_the_right_one_and_for_every_process() {
    let mut shop = Shop::new(RefundRules::default());
    shop.desk.set_pin(None, Some(&pin("1234")), noon()).await.unwrap();
    for left in (0..5).rev() {
        let wrong = shop.desk.approve(fen(1), "", Some(&pin("0000")), noon()).await;
        assert_eq!(wrong, Err(NotApproved::PinWrong { left }));
        shop = shop.again();
    }
    let locked = shop.desk.approve(fen(1), "", Some(&pin("1234")), later(1)).await;
    assert_eq!(locked, Err(NotApproved::Locked { wait: Duration::from_secs(59) }));
    assert_eq!(
        shop.desk.set_pin(Some(&pin("1234")), None, later(59)).await,
        Err(NotApproved::Locked { wait: Duration::from_secs(1) })
    );
    assert!(shop.desk.approve(fen(1), "", Some(&pin("1234")), later(60)).await.is_ok());
    let wrong = shop.desk.approve(fen(1), "", Some(&pin("0000")), later(60)).await;
    assert_eq!(wrong, Err(NotApproved::PinWrong { left: 4 }), "all was forgiven");
}

#[tokio::test]
async fn a_pin_is_changed_and_taken_away_only_by_who_knows_it() {
    let shop = Shop::new(RefundRules::default());
    shop.desk.set_pin(None, Some(&pin("1234")), noon()).await.unwrap();
    assert_eq!(shop.desk.set_pin(None, Some(&pin("9999")), noon()).await, Err(NotApproved::PinNeeded));
    let wrong = shop.desk.set_pin(Some(&pin("0000")), None, noon()).await;
    assert_eq!(wrong, Err(NotApproved::PinWrong { left: 4 }));
    shop.desk.set_pin(Some(&pin("1234")), Some(&pin("5678")), noon()).await.unwrap();
    assert!(shop.desk.approve(fen(1), "", Some(&pin("5678")), noon()).await.is_ok());
    shop.desk.set_pin(Some(&pin("5678")), None, noon()).await.unwrap();
    assert_eq!(shop.desk.has_pin().await, Ok(false));
    let kept = shop.vault.find(Item::RefundPin).await.unwrap();
    assert!(kept.is_none());
}

#[tokio::test]
async fn a_damaged_pin_approves_nothing() {
    let shop = Shop::new(RefundRules::default());
    shop.vault.put(Item::RefundPin, b"damaged").await.unwrap();
    let damaged = NotApproved::Vault(VaultError::Damaged(Item::RefundPin));
    assert_eq!(shop.desk.approve(fen(1), "", Some(&pin("1234")), noon()).await, Err(damaged));
}

#[tokio::test]
async fn practice_has_no_pin() {
    let shop = Shop::new(RefundRules::default());
    let practice = Desk::new(None, shop.desk.ledger.clone(), shop.folder.path().to_owned());
    assert_eq!(practice.needs_pin(fen(100)).await, Ok(false));
    assert_eq!(practice.set_pin(None, Some(&pin("1234")), noon()).await, Err(VaultError::NoKeyring.into()));
    assert_eq!(practice.remember().await, Ok(()));
}

#[tokio::test]
async fn the_audits_key_is_made_once_and_its_head_remembered_forward_only() {
    let shop = Shop::new(RefundRules::default());
    let key = chain_key(&shop.vault).await;
    assert_ne!(key, ChainKey::default());
    assert_eq!(chain_key(&shop.vault).await, key);
    shop.desk.ledger.seal_with(key).await.unwrap();
    shop.desk.remember().await.unwrap();
    assert_eq!(shop.desk.audit().await.unwrap().map(|sound| sound.lines), Ok(0));
    for n in 1..=2 {
        let approval = shop.desk.approve(fen(100), "", None, noon()).await.unwrap();
        shop.refund(n, approval).await.unwrap();
        shop.desk.remember().await.unwrap();
    }
    let head = shop.desk.ledger.audit_head().await.unwrap().unwrap();
    assert_eq!(shop.vault.get(Item::AuditHead).await.unwrap().as_slice(), head.to_string().as_bytes());
    assert_eq!(shop.desk.audit().await.unwrap().map(|sound| (sound.lines, sound.other_key)), Ok((2, 0)));
    // A book whose tail is gone remembers nothing over what was.
    shop.vault.put(Item::AuditHead, Head { n: 3, ..head }.to_string().as_bytes()).await.unwrap();
    shop.desk.remember().await.unwrap();
    assert_eq!(shop.desk.audit().await.unwrap(), Err(Fault::Cut { remembered: 3, found: 2 }));
    // Nor does one that was written on past where it was cut.
    for n in 3..=4 {
        let approval = shop.desk.approve(fen(100), "", None, noon()).await.unwrap();
        shop.refund(n, approval).await.unwrap();
        shop.desk.remember().await.unwrap();
    }
    assert_eq!(shop.desk.audit().await.unwrap(), Err(Fault::Altered { n: 3 }));
    shop.vault.put(Item::AuditHead, b"?").await.unwrap();
    let damaged = VaultError::Damaged(Item::AuditHead);
    assert_eq!(shop.desk.audit().await, Err(NotAudited::Vault(damaged)));
}

fn named(names: &[&str]) -> RefundRules {
    RefundRules { approvers: names.iter().map(|&name| name.to_owned()).collect(), ..RefundRules::default() }
}

#[tokio::test]
async fn where_approvers_are_named_it_is_one_of_them_and_no_try_is_lost_on_another() {
    let shop = Shop::new(named(&["王店长", "Li"]));
    shop.desk.set_pin(None, Some(&pin("1234")), noon()).await.unwrap();
    for by in ["", "root", "王", "li"] {
        let refused = shop.desk.approve(fen(1), by, Some(&pin("0000")), noon()).await;
        assert_eq!(refused, Err(NotApproved::NotNamed), "{by}");
    }
    let wrong = shop.desk.approve(fen(1), "Li", Some(&pin("0000")), noon()).await;
    assert_eq!(wrong, Err(NotApproved::PinWrong { left: 4 }), "none was lost");
    let approval = shop.desk.approve(fen(1), "Li", Some(&pin("1234")), noon()).await.unwrap();
    assert_eq!((approval.by.as_str(), approval.means), ("Li", Means::Pin));
}

#[tokio::test]
async fn a_change_of_the_rules_holds_at_once_and_for_every_process() {
    let shop = Shop::new(RefundRules::default());
    let other = Desk::new(Some(shop.vault.clone()), shop.desk.ledger.clone(), shop.folder.path().to_owned());
    assert!(other.approve(fen(501), "", None, noon()).await.is_ok());
    let strict = RefundRules { never_above: Some(fen(500)), day_cap: Some(fen(900)), ..named(&["Li"]) };
    shop.desk.set_rules(None, strict.clone(), noon()).await.unwrap();
    for desk in [&shop.desk, &other] {
        assert_eq!(desk.rules().await, Ok(strict.clone()));
        let above = NotApproved::AboveLimit { limit: fen(500) };
        assert_eq!(desk.approve(fen(501), "Li", None, noon()).await, Err(above));
        assert_eq!(desk.approve(fen(500), "", None, noon()).await, Err(NotApproved::NotNamed));
        assert_eq!(desk.approve(fen(500), "Li", None, noon()).await.unwrap().day_cap, Some(fen(900)));
    }
}

#[tokio::test]
async fn rules_that_cannot_be_read_approve_nothing() {
    let shop = Shop::new(RefundRules::default());
    for damaged in ["refund_never_above = 'x'", "not TOML", "approvers = ['']"] {
        std::fs::write(shop.folder.path().join(settings::FILE), damaged).unwrap();
        assert_eq!(shop.desk.approve(fen(1), "", None, noon()).await, Err(NotApproved::Rules), "{damaged}");
    }
}

#[tokio::test]
async fn the_rules_are_changed_only_by_who_has_the_pin() {
    let shop = Shop::new(RefundRules { never_above: Some(fen(500)), ..RefundRules::default() });
    shop.desk.set_pin(None, Some(&pin("1234")), noon()).await.unwrap();
    let loose = RefundRules::default();
    let change = async |given: Option<&str>| {
        let given = given.map(pin);
        shop.desk.set_rules(given.as_ref(), loose.clone(), noon()).await
    };
    assert_eq!(change(None).await, Err(NotApproved::PinNeeded.into()));
    assert_eq!(shop.desk.unlock(None, noon()).await, Err(NotApproved::PinNeeded.into()));
    assert_eq!(change(Some("4321")).await, Err(NotApproved::PinWrong { left: 4 }.into()));
    assert_eq!(shop.desk.rules().await.unwrap().never_above, Some(fen(500)), "as they were");
    for left in (0..4).rev() {
        let wrong = shop.desk.unlock(Some(&pin("4321")), noon()).await;
        assert_eq!(wrong, Err(NotApproved::PinWrong { left }.into()), "opening counts with saving");
    }
    let locked = NotApproved::Locked { wait: Duration::from_secs(60) };
    assert_eq!(change(Some("1234")).await, Err(locked.into()));
    assert_eq!(shop.desk.set_rules(Some(&pin("1234")), loose.clone(), later(60)).await, Ok(()));
    assert_eq!(shop.desk.rules().await, Ok(loose));
}

#[tokio::test]
async fn practice_changes_its_own_rules_and_none_of_a_live_till() {
    let shop = Shop::new(RefundRules::default());
    let practice = Desk::new(None, shop.desk.ledger.clone(), shop.folder.path().to_owned());
    assert_eq!(practice.set_rules(None, named(&["Li"]), noon()).await, Ok(()));
    settings::make_live(shop.folder.path()).unwrap();
    assert_eq!(practice.unlock(None, noon()).await, Err(NotChanged::IsLive));
    assert_eq!(practice.set_rules(None, RefundRules::default(), noon()).await, Err(NotChanged::IsLive));
    assert_eq!(shop.desk.rules().await, Ok(named(&["Li"])));
}

#[tokio::test]
async fn settings_that_cannot_be_written_are_told_and_stay() {
    let shop = Shop::new(named(&["Li"]));
    let file = shop.folder.path().join(settings::FILE);
    std::fs::write(&file, "approvers = ").unwrap();
    let damaged = shop.desk.set_rules(None, RefundRules::default(), noon()).await;
    assert_eq!(damaged, Err(NotChanged::Settings(SettingsError::Damaged)));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "approvers = ");
}

/// A live till that was opened past its keyring: whether that holds a PIN can't be asked.
#[tokio::test]
async fn the_rules_of_a_live_till_stay_while_its_secrets_are_held_for_this_run() {
    let shop = Shop::new(named(&["Li"]));
    settings::make_live(shop.folder.path()).unwrap();
    assert_eq!(shop.desk.unlock(None, noon()).await, Err(NotChanged::ThisRun));
    assert_eq!(shop.desk.set_rules(None, RefundRules::default(), noon()).await, Err(NotChanged::ThisRun));
    assert_eq!(RefundRules::load(shop.folder.path()), Ok(named(&["Li"])));
}

#[tokio::test]
async fn a_forgotten_pin_is_taken_away_by_who_has_the_merchants_key() {
    let key = "0123456789abcdef0123456789abcdef";
    let shop = Shop::new(RefundRules::default());
    shop.vault.put(Item::ApiKey, key.as_bytes()).await.unwrap();
    shop.desk.set_pin(None, Some(&pin("1234")), noon()).await.unwrap();
    for bad in ["", "1234", "0123456789abcdef0123456789abcdeF"] {
        assert_eq!(shop.desk.forget_pin(bad, noon()).await, Err(NotChanged::OtherKey), "{bad}");
    }
    let wrong = shop.desk.approve(fen(1), "", Some(&pin("0000")), noon()).await;
    assert_eq!(wrong, Err(NotApproved::PinWrong { left: 1 }), "each counted");
    // A key that somebody typed into the set-up, and that nothing has proved.
    let typed = "ffffffffffffffffffffffffffffffff";
    shop.vault.put(Item::ApiKey, typed.as_bytes()).await.unwrap();
    shop.vault.put(Item::OtherApiKey, key.as_bytes()).await.unwrap();
    shop.desk.ledger.pin_was_right().await.unwrap();
    assert_eq!(shop.desk.forget_pin(typed, noon()).await, Err(NotChanged::OtherKey));
    assert_eq!(shop.desk.forget_pin(&format!(" {key}\n"), noon()).await, Ok(()));
    assert_eq!(shop.desk.has_pin().await, Ok(false));
    let practice = Desk::new(None, shop.desk.ledger.clone(), shop.folder.path().to_owned());
    let none = NotChanged::NotApproved(NotApproved::Vault(VaultError::NoKeyring));
    assert_eq!(practice.forget_pin(key, noon()).await, Err(none));
}
