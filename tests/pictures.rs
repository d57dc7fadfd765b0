//! Every state of the window as a reference picture: drawn without a display, compared bit for bit.
//!
//! Chinese on light is kept as pictures, for people to look at, and the most looked at states in English on
//! dark too; the rest as hashes of the same pixels. A missing one fails.
//! `UPDATE_PICTURES=1 cargo test --test pictures` draws them anew; `PICTURE=paid` takes only names that begin so.

#![cfg(feature = "window")]
// All of this is test code; clippy's leave for tests covers only functions marked so.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use guitai::account::check::{Outcome, Warning};
use guitai::approval::NotApproved;
use guitai::lang::Lang;
use guitai::money::Fen;
use guitai::number::{OutRefundNo, OutTradeNo, RefundId, SaleId, TransactionId};
use guitai::payment::refund::{RefundStatus, RefundTrouble, RefundView};
use guitai::payment::{
    Doubt, NoRefund, NotSent, Notice, QueryAnswer, Reason, Receipt, RefundFault, RefundReceipt, RefundRefusal,
    RefundRequest, Refusal, SaleView, Status, Waiting,
};
use guitai::settings::Settings;
use guitai::till::{
    FindError, Mark, OrderPage, OrderState, OrderView, Proof, Recent, RefundRefused, Refundable, StoryKind, StoryLine,
    Summary, Unresolved, Update,
};
use guitai::timestamp::Timestamp;
use guitai::window::screen::refund::NotMade;
use guitai::window::screen::sale;
use guitai::window::ui::token::{FONTS, REGULAR};
use guitai::window::ui::{self, Theme};
use guitai::window::{Counter, Did, Effect, Key, Message, Pressed, Shop, view};
use iced_test::Simulator;
use iced_test::simulator::Snapshot;

#[path = "scenes/bulk.rs"]
mod bulk;
#[path = "scenes/rules.rs"]
mod rules;
#[path = "scenes/walk.rs"]
mod walk;

const DESIGN: (f32, f32) = (1366.0, 768.0);
const SMALL: (f32, f32) = (1280.0, 720.0);

/// A counter driven as a cashier, a till and a clock would drive it.
struct Stage {
    counter: Counter,
    epoch: Instant,
    typed: u32,
    now: Timestamp,
    /// Who may approve refunds, each in both languages.
    approvers: Vec<String>,
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn at(clock: &str) -> Timestamp {
    Timestamp::from_wire(&format!("20261122{clock}")).unwrap()
}

fn shop(lang: Lang, practice: bool) -> Shop {
    let name = match lang {
        Lang::Zh => "王记便利店",
        Lang::En => "Wang's Corner Shop",
    };
    let quick_amounts = [500, 800, 1000, 1500, 2000, 5000].map(fen).to_vec();
    let scan_gap = Settings::default().scan_gap();
    Shop { name: name.to_owned(), till: "1".to_owned(), quick_amounts, limit: None, scan_gap, practice }
}

fn summary() -> Summary {
    let recent = |id, at, amount, tail: &str, mark| Recent {
        id: SaleId::new(id),
        at,
        amount: fen(amount),
        tail: tail.to_owned(),
        mark,
    };
    Summary {
        paid_today: fen(348_250),
        sales_today: 96,
        unresolved: vec![unresolved(40, "4409", 3000, Status::Unknown(waiting(7, None), Doubt::NoAnswer))],
        bounced: Vec::new(),
        recent: vec![
            recent(3, at("182207"), 1250, "4417", Mark::Paid),
            recent(2, at("182140"), 800, "4416", Mark::Paid),
            recent(1, at("182012"), 4500, "4415", Mark::NotPaid),
        ],
    }
}

fn number(tail: &str) -> OutTradeNo {
    OutTradeNo::parse(&format!("202611221810240130{tail}")).unwrap()
}

fn unresolved(sale: i64, tail: &str, amount: i64, status: Status) -> Unresolved {
    Unresolved {
        sale: SaleId::new(sale),
        out_trade_no: number(tail),
        amount: fen(amount),
        note: String::new(),
        begun_at: at("181024"),
        scanned: true,
        status: Some(status),
        here: true,
    }
}

/// WeChat's number, as a customer's bill shows it.
const BILL: &str = "4200001234202611221234567890";

/// What the book has, newest first.
fn orders() -> Vec<OrderView> {
    let order = |clock: &str, tail: &str, amount, state, note: &str| OrderView {
        out_trade_no: OutTradeNo::parse(&format!("20261122{clock}0130{tail}")).unwrap(),
        transaction_id: (state != OrderState::NotPaid).then(|| TransactionId::parse(BILL).unwrap()),
        total_fee: fen(amount),
        refunded_fee: match state {
            OrderState::Refunded => fen(amount),
            OrderState::PartlyRefunded => fen(300),
            _ => Fen::ZERO,
        },
        state,
        created_at: Some(at(clock)),
        note: note.to_owned(),
        sale: Some(SaleId::new(5)),
    };
    let mut all = vec![
        order("182419", "4418", 1250, OrderState::Paid, "外带"),
        order("182207", "4417", 1250, OrderState::Paid, ""),
        order("182140", "4416", 800, OrderState::PartlyRefunded, "少一瓶水"),
        order("182012", "4415", 4500, OrderState::NotPaid, ""),
        order("181024", "4409", 3000, OrderState::Unknown, ""),
        order("175520", "4402", 12_800, OrderState::Refunded, "自取"),
        order("174101", "4399", 2000, OrderState::Reversed, ""),
        order("173012", "4390", 100_000_000, OrderState::Closed, "堂食"),
        order("172007", "4388", 500, OrderState::Paid, ""),
    ];
    all[8].created_at = Timestamp::from_wire("20261121202007");
    all
}

/// A charge that went unanswered, and what was done about it.
fn story() -> Vec<StoryLine> {
    let line = |clock, kind, what: &str, read: &str| StoryLine {
        at: at(clock),
        out_trade_no: None,
        kind,
        what: what.to_owned(),
        read: read.to_owned(),
    };
    vec![
        line("181024", StoryKind::Sent, "charge", ""),
        line("181034", StoryKind::Answered, "charge", "no answer"),
        line("181035", StoryKind::Answered, "query", "customer is paying"),
        line("181040", StoryKind::Answered, "query", "customer is paying"),
        line("181045", StoryKind::Cashier, "query", ""),
        line("181046", StoryKind::Answered, "query", "customer is paying"),
        line("181109", StoryKind::Sent, "reverse", ""),
        line("181111", StoryKind::Answered, "reverse", "not known: SYSTEMERROR"),
        line("181112", StoryKind::Sent, "reverse", ""),
        line("181122", StoryKind::Answered, "reverse", "no answer"),
    ]
}

fn refund_id() -> RefundId {
    RefundId::parse("50000000382019052709732678859").unwrap()
}

fn refund(status: RefundStatus) -> RefundView {
    let request = RefundRequest {
        out_refund_no: OutRefundNo::make(at("182500"), 1, 30_4418),
        out_trade_no: orders().remove(0).out_trade_no,
        total_fee: fen(1250),
        refund_fee: fen(1250),
        reason: String::new(),
    };
    RefundView { request, asked_at: at("182500"), status }
}

impl Stage {
    /// Looks orders up; this is what is found.
    fn orders(&mut self, text: &str, found: &[OrderView]) {
        let effects = self.press(Key::Function(8));
        self.answer(&effects, Ok(OrderPage { orders: orders(), next: None, asked: false }));
        for key in text.chars() {
            let effects = self.press(Key::Char(key));
            self.answer(&effects, Ok(OrderPage { orders: found.to_vec(), next: None, asked: false }));
        }
        if text.is_empty() {
            let effects = self.press(Key::Delete);
            self.answer(&effects, Ok(OrderPage { orders: found.to_vec(), next: None, asked: false }));
        }
    }

    /// The refund of the newest order, of which so much went back already.
    fn refund(&mut self, promised: i64, confirmed: bool) {
        self.orders("", &orders());
        self.typing("\n");
        let OrderView { out_trade_no, transaction_id, total_fee, .. } = orders().remove(0);
        let (promised, left) = (fen(promised), fen(1250 - promised));
        let ready =
            Refundable { out_trade_no: out_trade_no.clone(), transaction_id, total_fee, promised, left, confirmed };
        self.tell(Message::Approvers(self.approvers.clone()));
        self.tell(Message::Refundable(out_trade_no, Ok(ready)));
    }

    /// The owner has named these.
    fn approvers(&mut self, names: &[(&str, &str)]) {
        self.approvers = rules::names(self.counter.lang(), names);
    }

    /// A refund that was asked for and is not approved.
    fn not_approved(&mut self, why: NotApproved) {
        self.refund(0, true);
        let effects = self.typing("\n\n");
        let Some(Effect::Refund(wish)) = effects.last() else { panic!("nothing is refunded: {effects:?}") };
        self.tell(Message::Queued(wish.order.clone(), Err(NotMade::NotApproved(why))));
    }

    /// A refund that was asked for and has come this far.
    fn refunding(&mut self, status: RefundStatus) {
        self.refund(0, true);
        let effects = self.typing("\n\n");
        let Some(Effect::Refund(wish)) = effects.last() else { panic!("nothing is refunded: {effects:?}") };
        self.tell(Message::Queued(wish.order.clone(), Ok(refund(status))));
    }

    fn answer(&mut self, effects: &[Effect], answer: Result<OrderPage, FindError>) {
        let Some(Effect::Find(question)) = effects.last() else { panic!("nothing was asked: {effects:?}") };
        self.tell(Message::Found(question.clone(), answer));
    }

    /// What is not resolved, with the story of the first.
    fn unresolved(&mut self) {
        let reversing = Status::Reversing { since: at("181024"), tries: 2, next_at: None };
        let list = vec![
            unresolved(40, "4409", 3000, reversing),
            unresolved(41, "4412", 1250, Status::Unknown(waiting(7, None), Doubt::NoAnswer)),
            Unresolved { here: false, ..unresolved(42, "4413", 880, Status::Password(waiting(2, None))) },
        ];
        self.tell(Message::Summary(Some(Summary { unresolved: list, ..summary() })));
        self.tell(Message::Did(Did::Unsettled));
        self.tell(Message::Story(SaleId::new(40), Some(story())));
    }

    fn new(lang: Lang, theme: Theme, practice: bool) -> Self {
        let (epoch, now) = (Instant::now(), at("182405"));
        let counter = Counter::new(shop(lang, practice), lang, theme, practice, now, epoch);
        let mut stage = Self { counter, epoch, typed: 0, now, approvers: Vec::new() };
        stage.tell(Message::Summary(Some(Summary::default())));
        stage.tell(Message::Summary(Some(summary())));
        stage
    }

    fn tell(&mut self, message: Message) -> Vec<Effect> {
        self.counter.update(message, self.now)
    }

    /// A person's pace, so that it is no scan.
    fn press(&mut self, key: Key) -> Vec<Effect> {
        self.typed += 1;
        let when = self.epoch + Duration::from_millis(300) * self.typed;
        self.tell(Message::Pressed(Pressed::Key(key, when)))
    }

    fn typing(&mut self, keys: &str) -> Vec<Effect> {
        keys.chars().flat_map(|key| self.press(Key::Char(key))).collect()
    }

    fn scan(&mut self, text: &str) -> Vec<Effect> {
        self.typed += 10;
        let start = self.epoch + Duration::from_millis(300) * self.typed;
        let mut effects = Vec::new();
        for (place, key) in text.chars().enumerate() {
            let when = start + Duration::from_millis(3) * u32::try_from(place).unwrap();
            effects.extend(self.tell(Message::Pressed(Pressed::Key(Key::Char(key), when))));
        }
        effects
    }

    /// Does what the till would do when a sale is begun.
    fn begin(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Charge { charging, .. } = effect {
                self.counter.begun(SaleId::new(7), &charging);
                return;
            }
        }
        panic!("no sale was begun");
    }

    fn by_qr(&mut self, keys: &str) {
        self.typing(keys);
        let effects = self.typing("\n");
        self.begin(effects);
    }

    fn by_code(&mut self, keys: &str) {
        self.typing(keys);
        let effects = self.scan("134567890123456789\n");
        self.begin(effects);
    }

    fn hear(&mut self, status: Status) {
        self.hear_with(status, None);
    }

    fn hear_with(&mut self, status: Status, notice: Option<Notice>) {
        let amount = self.counter.sale().map_or(fen(1250), |sale| sale.amount);
        let view = SaleView {
            id: SaleId::new(7),
            amount,
            note: String::new(),
            started_at: at("182405"),
            out_trade_no: OutTradeNo::parse("2026112218240501304418").unwrap(),
            status,
            notice,
        };
        self.tell(Message::Till(Update::Sale(view)));
    }

    fn wait_until(&mut self, clock: &str) {
        self.now = at(clock);
        self.tell(Message::Tick);
    }
}

fn showing() -> Status {
    Status::Showing {
        code_url: "weixin://wxpay/bizpayurl?pr=Hx8yQmZ".to_owned(),
        shown_at: at("182405"),
        renew_at: at("182905"),
    }
}

fn waiting(queries: u32, next: Option<&str>) -> Waiting {
    Waiting {
        since: at("182405"),
        queries,
        next_query_at: next.map(at),
        cancel_from: at("182420"),
        until: at("182450"),
    }
}

fn receipt(total: i64, cash: i64) -> Receipt {
    Receipt {
        transaction_id: TransactionId::parse("4200001234202611221234567890").unwrap(),
        total_fee: fen(total),
        cash_fee: fen(cash),
        paid_at: at("182419"),
        bank_type: "OTHERS".to_owned(),
    }
}

fn refusal(reason: Reason, code: &str, text: &str) -> Refusal {
    Refusal { reason, code: code.to_owned(), text: text.to_owned() }
}

type Scene = (&'static str, bool, (f32, f32), fn(&mut Stage));

/// Each state's name, whether the practice phone stands beside it, the window's size, and how it comes to be.
const SCENES: &[Scene] = &[
    ("idle", false, DESIGN, |_| ()),
    ("idle-practice", true, DESIGN, |_| ()),
    ("idle-practice-small", true, SMALL, |_| ()),
    ("typed", false, DESIGN, |stage| {
        stage.typing("12+.5");
        stage.press(Key::Function(2));
        stage.press(Key::Function(2));
    }),
    ("typed-largest", true, DESIGN, |stage| {
        stage.typing("999999+.99");
    }),
    ("half-typed", false, SMALL, |stage| {
        stage.typing("12.5");
    }),
    ("scan-without-amount", false, DESIGN, |stage| {
        stage.scan("134567890123456789\n");
    }),
    ("scan-of-another-wallet", false, DESIGN, |stage| {
        stage.typing("12.50");
        stage.scan("284567890123456789\n");
    }),
    ("too-many-decimals", false, DESIGN, |stage| {
        stage.typing("12.505");
    }),
    ("code-by-hand", false, DESIGN, |stage| {
        stage.typing("12.50");
        stage.press(Key::Function(4));
        stage.typing("1345678");
    }),
    ("code-by-hand-practice-small", true, SMALL, |stage| {
        stage.typing("12.50");
        stage.press(Key::Function(4));
        stage.typing("134567890123456789");
    }),
    ("certificate-ends-soon", false, SMALL, |stage| {
        let ends_at = Timestamp::from_wire("20261204235959").unwrap();
        stage.counter.tell_expiry(Some(Outcome::Warned(Warning::EndsSoon { ends_at })));
    }),
    ("keys", false, DESIGN, |stage| {
        stage.press(Key::Function(1));
    }),
    ("preparing", false, DESIGN, |stage| stage.by_qr("12.50")),
    ("preparing-unanswered", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(Status::Preparing { since: at("182405"), doubt: Some(Doubt::NoAnswer) });
    }),
    ("showing", false, DESIGN, |stage| {
        stage.by_qr("12+.5");
        stage.hear(showing());
        stage.wait_until("182433");
    }),
    ("showing-practice", true, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.wait_until("182433");
    }),
    ("showing-practice-small", true, SMALL, |stage| {
        // What stands is shown whole, however it was typed.
        stage.by_qr("12.5");
        stage.hear(showing());
        stage.wait_until("182804");
    }),
    ("saved", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.tell(Message::Saved(Some(PathBuf::from("/home/wang/Pictures/2026112218240501304418.png"))));
    }),
    ("giving-way", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.hear(Status::GivingWay { since: at("182405") });
        stage.wait_until("182407");
    }),
    ("sending", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Sending { since: at("182405") });
        stage.wait_until("182406");
    }),
    ("password", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Password(waiting(3, Some("182419"))));
        stage.wait_until("182417");
    }),
    ("password-practice", true, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Password(waiting(5, None)));
        stage.wait_until("182429");
    }),
    ("unknown", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Unknown(waiting(2, Some("182422")), Doubt::NoAnswer));
        stage.wait_until("182418");
    }),
    ("unknown-practice-small", true, SMALL, |stage| {
        stage.by_code("12.50");
        let doubt = Doubt::Unsigned { text: "签名错误".to_owned() };
        stage.hear(Status::Unknown(waiting(4, Some("182432")), doubt));
        stage.wait_until("182430");
    }),
    ("reversing", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Reversing { since: at("182405"), tries: 2, next_at: Some(at("182455")) });
        stage.wait_until("182453");
    }),
    ("closing", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(showing());
        stage.hear(Status::Closing { since: at("182405") });
        stage.wait_until("182407");
    }),
    ("paid", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Paid(receipt(1250, 1250)));
    }),
    ("paid-practice-largest", true, DESIGN, |stage| {
        stage.by_code("1000000");
        stage.hear(Status::Paid(receipt(100_000_000, 99_999_500)));
    }),
    ("declined", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Declined(refusal(Reason::NotEnough, "NOTENOUGH", "用户余额不足")));
    }),
    ("declined-details", true, SMALL, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Declined(refusal(Reason::CodeExpired, "AUTHCODEEXPIRE", "付款码已过期，请刷新再试")));
        stage.tell(Message::Did(Did::Sale(sale::Message::Details)));
    }),
    ("reversed", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Reversed);
    }),
    ("closed", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(Status::Closed);
    }),
    ("paid-late", false, DESIGN, |stage| {
        stage.hear(Status::PaidLate(receipt(1250, 1250)));
    }),
    ("paid-late-goes-back", false, DESIGN, |stage| {
        stage.hear_with(Status::PaidLate(receipt(1250, 1250)), Some(Notice::GoesBack));
    }),
    ("also-paid", false, DESIGN, |stage| {
        let out_trade_no = OutTradeNo::parse("2026112218240501304417").unwrap();
        let notice = Notice::AlsoPaid { out_trade_no, receipt: receipt(1250, 1250) };
        stage.hear_with(Status::Paid(receipt(1250, 1250)), Some(notice));
        stage.wait_until("182505");
    }),
    ("not-sent", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(Status::NotSent(NotSent::Offline));
    }),
    ("not-recorded", false, DESIGN, |stage| {
        stage.by_qr("12.50");
        stage.hear(Status::NotRecorded);
    }),
    ("same-amount", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Unknown(waiting(2, Some("182422")), Doubt::NoAnswer));
        stage.press(Key::Escape);
        stage.typing("12.50\n");
    }),
    ("checking-last-time", false, DESIGN, |stage| {
        stage.counter = Counter::new(
            shop(stage.counter.lang(), false),
            stage.counter.lang(),
            stage.counter.theme(),
            false,
            stage.now,
            stage.epoch,
        );
        stage.tell(Message::Summary(Some(summary())));
    }),
    ("book-held", false, DESIGN, |stage| {
        stage.by_code("12.50");
        stage.hear(Status::Sending { since: at("182405") });
        stage.tell(Message::Till(Update::Held(true)));
        stage.wait_until("182409");
    }),
    ("book-held-practice-small", true, SMALL, |stage| {
        stage.tell(Message::Till(Update::Held(true)));
    }),
    ("orders", false, DESIGN, |stage| {
        stage.orders("", &orders());
        stage.press(Key::Down);
    }),
    ("orders-practice-small", true, SMALL, |stage| stage.orders("", &orders())),
    ("orders-found", false, DESIGN, |stage| stage.orders("12.5", &orders()[1..4])),
    ("orders-in-doubt", false, DESIGN, |stage| stage.orders("30", &orders()[4..5])),
    ("orders-none", false, DESIGN, |stage| stage.orders("外带", &[])),
    ("orders-no-sales", false, DESIGN, |stage| stage.orders("", &[])),
    ("orders-asking", false, DESIGN, |stage| {
        stage.orders("", &orders());
        stage.scan(&format!("{BILL}\n"));
    }),
    ("orders-from-wechat", false, DESIGN, |stage| {
        stage.orders("", &orders());
        let effects = stage.scan(&format!("{BILL}\n"));
        let unknown = OrderView { created_at: None, sale: None, ..orders().remove(1) };
        stage.answer(&effects, Ok(OrderPage { orders: vec![unknown], next: None, asked: true }));
    }),
    ("orders-unanswered", false, DESIGN, |stage| {
        stage.orders("", &orders());
        let effects = stage.scan(&format!("{BILL}\n"));
        stage.answer(&effects, Err(FindError::Unknown(QueryAnswer::Unknown(Doubt::NoAnswer))));
    }),
    ("unresolved", false, DESIGN, |stage| stage.unresolved()),
    ("unresolved-practice-small", true, SMALL, |stage| stage.unresolved()),
    ("unresolved-proved", false, DESIGN, |stage| {
        stage.unresolved();
        let proof = Proof::OfSale(SaleId::new(41), number("4412"));
        stage.tell(Message::Proved(TransactionId::parse(BILL).unwrap(), Ok(proof)));
        stage.tell(Message::Story(SaleId::new(41), Some(story())));
    }),
    ("unresolved-bounced", false, DESIGN, |stage| {
        let bounced = vec![refund(RefundStatus::Bounced(refund_id()))];
        stage.tell(Message::Summary(Some(Summary { bounced, ..summary() })));
        stage.tell(Message::Did(Did::Unsettled));
        stage.press(Key::Down);
    }),
    ("unresolved-none", false, DESIGN, |stage| {
        stage.tell(Message::Summary(Some(Summary::default())));
        stage.tell(Message::Did(Did::Unsettled));
    }),
    ("refund-asking", false, DESIGN, |stage| {
        stage.orders("", &orders());
        stage.typing("\n");
    }),
    ("refund-whole", false, DESIGN, |stage| stage.refund(0, true)),
    ("refund-whole-practice-small", true, SMALL, |stage| stage.refund(300, true)),
    ("refund-part", false, DESIGN, |stage| {
        stage.refund(300, true);
        stage.typing("3.5");
    }),
    ("refund-too-much", false, DESIGN, |stage| {
        stage.refund(300, true);
        stage.typing("9.51\n");
    }),
    ("refund-reason", false, DESIGN, |stage| {
        stage.refund(0, true);
        stage.typing("\n3");
    }),
    ("refund-reason-practice-small", true, SMALL, |stage| {
        stage.refund(0, true);
        stage.typing("3.5\n2");
    }),
    ("refund-by-the-book", false, DESIGN, |stage| {
        stage.refund(0, false);
        stage.typing("\n");
    }),
    ("refund-not-possible", false, DESIGN, |stage| {
        stage.orders("", &orders());
        stage.typing("\n");
        let chosen = orders().remove(0).out_trade_no;
        stage.tell(Message::Refundable(chosen, Err(RefundRefused::No(NoRefund::NoCertificate))));
    }),
    ("refund-pin", false, DESIGN, |stage| {
        stage.not_approved(NotApproved::PinNeeded);
        stage.typing("1234");
    }),
    ("refund-pin-wrong", false, DESIGN, |stage| stage.not_approved(NotApproved::PinWrong { left: 3 })),
    ("refund-pin-locked", false, DESIGN, |stage| {
        stage.not_approved(NotApproved::Locked { wait: Duration::from_secs(60) });
    }),
    ("refund-approver", false, DESIGN, |stage| {
        stage.approvers(&[("王店长", "Wang"), ("小李", "Li"), ("赵姐", "Zhao")]);
        stage.refund(0, true);
        stage.typing("\n3\n2");
    }),
    ("refund-approver-practice-small", true, SMALL, |stage| {
        stage.approvers(&rules::NINE);
        stage.refund(300, false);
        stage.typing("3.5\n\n");
    }),
    ("refund-pin-approver", false, DESIGN, |stage| {
        stage.approvers(&[("王店长", "Wang"), ("小李", "Li"), ("赵姐", "Zhao")]);
        stage.refund(0, true);
        let effects = stage.typing("\n\n1\n");
        let Some(Effect::Refund(wish)) = effects.last() else { panic!("nothing is refunded: {effects:?}") };
        let needed = NotMade::NotApproved(NotApproved::PinNeeded);
        stage.tell(Message::Queued(wish.order.clone(), Err(needed)));
        stage.typing("48");
    }),
    ("refund-above-limit", false, DESIGN, |stage| stage.not_approved(NotApproved::AboveLimit { limit: fen(1000) })),
    ("refund-queued", false, DESIGN, |stage| stage.refunding(RefundStatus::Queued { trouble: None, next_at: None })),
    ("refund-sending", false, DESIGN, |stage| stage.refunding(RefundStatus::Sending)),
    ("refund-accepted", false, DESIGN, |stage| stage.refunding(RefundStatus::Accepted(refund_id()))),
    ("refund-arrived", false, DESIGN, |stage| {
        let account = "招商银行信用卡0403".to_owned();
        stage.refunding(RefundStatus::Arrived(RefundReceipt { refund_id: refund_id(), arrived_at: None, account }));
    }),
    ("refund-balance-short", false, DESIGN, |stage| {
        let trouble = Some(RefundTrouble::NotEnough);
        stage.refunding(RefundStatus::Queued { trouble, next_at: Some(at("182605")) });
    }),
    ("refund-bounced", false, DESIGN, |stage| stage.refunding(RefundStatus::Bounced(refund_id()))),
    ("refund-bounced-practice-small", true, SMALL, |stage| stage.refunding(RefundStatus::Bounced(refund_id()))),
    ("refund-bounced-elsewhere", false, DESIGN, |stage| {
        stage.tell(Message::Till(Update::Refund(refund(RefundStatus::Bounced(refund_id())))));
    }),
    ("refund-refused", false, DESIGN, |stage| {
        let refusal = RefundRefusal {
            fault: RefundFault::TooOld,
            code: "TRADE_OVERDUE".to_owned(),
            text: "订单已经超过退款期限".to_owned(),
        };
        stage.refunding(RefundStatus::Refused(refusal));
    }),
    ("refund-stopped", false, DESIGN, |stage| stage.refunding(RefundStatus::Stopped)),
    ("same-amount-after-restart", false, DESIGN, |stage| {
        stage.typing("30\n");
    }),
];

fn draw(scene: &Scene, lang: Lang, theme: Theme) -> Snapshot {
    let (_, practice, size, play) = scene;
    let mut stage = Stage::new(lang, theme, *practice);
    play(&mut stage);
    snapshot(view(&stage.counter), *size, theme)
}

fn snapshot<M>(view: ui::Element<'_, M>, size: (f32, f32), theme: Theme) -> Snapshot {
    let settings = iced::Settings {
        fonts: FONTS.iter().map(|&font| font.into()).collect(),
        default_font: REGULAR,
        ..iced::Settings::default()
    };
    let mut simulator = Simulator::with_size(settings, size, view);
    simulator.snapshot(&theme).expect("a snapshot needs no display")
}

/// States whose English on dark is a picture too.
const IN_ENGLISH: [&str; 14] = [
    "refund-reason",
    "refund-bounced",
    "refund-balance-short",
    "orders",
    "orders-practice-small",
    "unresolved",
    "book-held",
    "typed",
    "showing",
    "showing-practice-small",
    "password",
    "unknown-practice-small",
    "paid",
    "declined-details",
];

fn is_picture(scene: &str, lang: Lang, theme: Theme) -> bool {
    match (lang, theme) {
        (Lang::Zh, Theme::Light) => true,
        (Lang::En, Theme::Dark) => {
            let all = [&IN_ENGLISH[..], &bulk::IN_ENGLISH, walk::IN_ENGLISH, rules::IN_ENGLISH];
            all.iter().any(|scenes| scenes.contains(&scene))
        }
        (Lang::Zh, Theme::Dark) | (Lang::En, Theme::Light) => false,
    }
}

/// The name of the file that a scene's picture or hash is in.
fn file_name(scene: &str, lang: Lang, theme: Theme) -> String {
    let shade = match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let tag = if lang == Lang::Zh { "zh" } else { "en" };
    let end = if is_picture(scene, lang, theme) { "png" } else { "sha256" };
    format!("{scene}-{tag}-{shade}-tiny-skia.{end}")
}

/// What is wrong with the picture of a scene, if anything.
fn check(scene: &str, lang: Lang, theme: Theme, draw: impl FnOnce() -> Snapshot) -> Option<String> {
    let name = file_name(scene, lang, theme);
    let kept_as_picture = is_picture(scene, lang, theme);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    let file = folder.join(&name);
    let anew = std::env::var_os("UPDATE_PICTURES").is_some();
    if anew {
        let _ = std::fs::remove_file(&file);
    } else if !file.exists() {
        return Some(format!("{} is missing", file.display()));
    }
    let snapshot = draw();
    // iced adds the renderer's name and the ending by itself.
    let path = folder.join(name.split("-tiny-skia").next().unwrap_or(&name));
    let same = if kept_as_picture { snapshot.matches_image(&path) } else { snapshot.matches_hash(&path) };
    if anew && kept_as_picture {
        shrink(&file);
    }
    match same {
        Ok(true) => None,
        Ok(false) => Some(format!("{name} looks different from {}", file.display())),
        Err(error) => Some(format!("{name}: {error}")),
    }
}

/// Writes a picture again with the strongest compression; what it shows stays the same.
fn shrink(file: &Path) {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, info.width, info.height);
    encoder.set_color(info.color_type);
    encoder.set_depth(info.bit_depth);
    encoder.set_compression(png::Compression::High);
    // Flat surfaces pack best as they are.
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels[..info.buffer_size()]).unwrap();
    writer.finish().unwrap();
    std::fs::write(file, bytes).unwrap();
}

fn check_all(lang: Lang, theme: Theme) {
    let only = std::env::var("PICTURE").ok();
    let wanted = |name: &str| only.as_deref().is_none_or(|only| name.starts_with(only));
    let counter = SCENES.iter().chain(bulk::SCENES).chain(rules::SCENES).filter(|scene| wanted(scene.0));
    let mut wrong: Vec<String> =
        counter.filter_map(|scene| check(scene.0, lang, theme, || draw(scene, lang, theme))).collect();
    let walk = walk::SCENES.iter().filter(|scene| wanted(scene.0));
    wrong.extend(walk.filter_map(|scene| check(scene.0, lang, theme, || walk::draw(scene, lang, theme))));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn chinese_on_light() {
    check_all(Lang::Zh, Theme::Light);
}

#[test]
fn chinese_on_dark() {
    check_all(Lang::Zh, Theme::Dark);
}

#[test]
fn english_on_light() {
    check_all(Lang::En, Theme::Light);
}

#[test]
fn english_on_dark() {
    check_all(Lang::En, Theme::Dark);
}

#[test]
fn no_picture_is_left_over() {
    let mut known = Vec::new();
    let counter = SCENES.iter().chain(bulk::SCENES).chain(rules::SCENES).map(|scene| scene.0);
    for scene in counter.chain(walk::SCENES.iter().map(|scene| scene.0)) {
        for lang in Lang::ALL {
            known.extend([Theme::Light, Theme::Dark].map(|theme| file_name(scene, lang, theme)));
        }
    }
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} belongs to no scene");
    }
}
