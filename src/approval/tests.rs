use tempfile::TempDir;

use super::*;
use crate::ledger::{NewRefund, NotQueued, RefundedOrder};
use crate::number::{OutRefundNo, OutTradeNo, TransactionId};

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

struct Shop {
    folder: TempDir,
    vault: Vault,
    desk: Desk,
}

impl Shop {
    fn new(rules: RefundRules) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::this_run();
        let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
        let desk = Desk::new(Some(vault.clone()), ledger, rules);
        Self { folder, vault, desk }
    }

    /// As another process would open it.
    fn again(self) -> Self {
        let Self { folder, vault, desk } = self;
        let rules = desk.rules.clone();
        drop(desk);
        let ledger = Ledger::open(&folder.path().join("book.db")).unwrap();
        Self { desk: Desk::new(Some(vault.clone()), ledger, rules), folder, vault }
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
    let rules = RefundRules { free_below: None, never_above: Some(fen(50_000)), day_cap: Some(fen(60_000)) };
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
    let rules = RefundRules { free_below: Some(fen(2_000)), never_above: Some(fen(50_000)), day_cap: None };
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
    let practice = Desk::new(None, shop.desk.ledger.clone(), RefundRules::default());
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
