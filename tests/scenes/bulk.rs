//! A list of refunds, from its marks to its end.

use std::sync::Arc;
use std::time::Duration;

use guitai::approval::NotApproved;
use guitai::money::Fen;
use guitai::number::OutTradeNo;
use guitai::payment::refund::{RefundStatus, RefundTrouble};
use guitai::payment::{NoRefund, RefundFault, RefundRefusal};
use guitai::till::{BulkCounts, BulkId, BulkPhase, BulkView, Fault, LeftOut, LineFault, NoList, Numbers, Update, Why};
use guitai::window::{Effect, Key, Message};

use super::{DESIGN, SMALL, Scene, Stage, at, fen, orders, refund_id};

/// States whose English on dark is a picture too.
pub(crate) const IN_ENGLISH: [&str; 5] =
    ["orders-marked-practice-small", "list-ready", "list-going-practice-small", "list-short", "list-done-some"];

pub(crate) const SCENES: &[Scene] = &[
    ("orders-marked", false, DESIGN, |stage| stage.marked()),
    ("orders-marked-practice-small", true, SMALL, |stage| stage.marked()),
    ("orders-marked-while-a-list-goes-on", false, DESIGN, |stage| {
        stage.going(going());
        stage.press(Key::Escape);
        stage.press(Key::Mark);
    }),
    ("orders-file-held", false, DESIGN, |stage| {
        stage.orders("", &orders());
        stage.tell(Message::Hovered(true));
    }),
    ("orders-file-without-numbers", false, DESIGN, |stage| {
        stage.orders("", &orders());
        stage.tell(Message::ListRead(Err(NoList::Empty)));
    }),
    ("list-looking", false, DESIGN, |stage| {
        stage.begin_list(Vec::new());
        stage.list(BulkPhase::Looking, BulkCounts { new: 72, waiting: 127, already: 1, ..BulkCounts::default() });
    }),
    ("list-ready", false, DESIGN, |stage| {
        stage.begin_list(faults());
        stage.show(BulkView { left_out: left_out(), ..ready() });
        stage.typing("2");
    }),
    ("list-ready-practice-small", true, SMALL, |stage| {
        stage.begin_list(faults());
        stage.show(BulkView { left_out: left_out(), ..ready() });
        stage.typing("+");
    }),
    ("list-of-marked", false, DESIGN, |stage| {
        stage.marked();
        stage.typing("\n");
        stage.tell(Message::ListBegun(Some(BulkId::new(1)), Numbers::default()));
        let counts = BulkCounts { waiting: 3, ..BulkCounts::default() };
        stage.show(BulkView { counts, sum: fen(3000), ..ready() });
    }),
    ("list-of-nothing", false, DESIGN, |stage| {
        stage.begin_list(Vec::new());
        let counts = BulkCounts { already: 198, left_out: 2, ..BulkCounts::default() };
        stage.show(BulkView { counts, left_out: left_out().into_iter().take(2).collect(), ..ready() });
    }),
    ("list-pin", false, DESIGN, |stage| {
        stage.pin(NotApproved::PinNeeded);
        stage.typing("123");
    }),
    ("list-approver", false, DESIGN, |stage| {
        stage.begin_list(Vec::new());
        stage.show(ready());
        stage.named();
        stage.typing("\n2");
    }),
    ("list-approver-pin", true, SMALL, |stage| {
        stage.begin_list(Vec::new());
        stage.show(ready());
        stage.named();
        stage.typing("\n2\n");
        stage.tell(Message::ListApproved(BulkId::new(1), Err(NotApproved::PinWrong { left: 3 })));
        stage.typing("123");
    }),
    ("list-pin-wrong", true, SMALL, |stage| stage.pin(NotApproved::PinWrong { left: 3 })),
    ("list-going", false, DESIGN, |stage| stage.going(going())),
    ("list-going-practice-small", true, SMALL, |stage| stage.going(going())),
    ("list-short", false, DESIGN, |stage| {
        let counts = BulkCounts { taken: 140, arrived: 12, short: 36, already: 1, ..BulkCounts::default() };
        stage.going(BulkView { counts, trouble: Some(RefundTrouble::NotEnough), ..going() });
    }),
    ("list-stopping", false, DESIGN, |stage| {
        stage.going(BulkView { phase: BulkPhase::Stopping, ..going() });
    }),
    ("list-stopped", false, DESIGN, |stage| {
        let counts =
            BulkCounts { taken: 64, arrived: 12, waiting: 81, stopped: 31, already: 1, ..BulkCounts::default() };
        stage.going(BulkView { phase: BulkPhase::Over { stopped: true }, counts, left_out: Vec::new(), ..going() });
    }),
    ("list-done", false, DESIGN, |stage| {
        let counts = BulkCounts { taken: 20, arrived: 178, already: 1, ..BulkCounts::default() };
        let phase = BulkPhase::Over { stopped: false };
        stage.going(BulkView { phase, counts, taken: fen(247_500), left_out: Vec::new(), ..going() });
    }),
    ("list-done-some", false, DESIGN, |stage| stage.going(done_some())),
    ("list-done-some-practice-small", true, SMALL, |stage| stage.going(done_some())),
];

impl Stage {
    /// Two orders and a part of another are marked.
    fn marked(&mut self) {
        self.orders("", &orders());
        for _ in 0..3 {
            self.press(Key::Mark);
        }
    }

    fn begin_list(&mut self, faults: Vec<Fault>) {
        self.orders("", &orders());
        let numbers = Numbers { orders: vec![String::new()], faults, again: 2 };
        let effects = self.tell(Message::ListRead(Ok(numbers.clone())));
        assert_eq!(effects, [Effect::BeginList(numbers.clone())]);
        self.tell(Message::ListBegun(Some(BulkId::new(1)), numbers));
    }

    fn list(&mut self, phase: BulkPhase, counts: BulkCounts) {
        self.show(BulkView { phase, counts, ..ready() });
    }

    /// It stands there until it can have been read.
    fn show(&mut self, view: BulkView) {
        self.tell(Message::Till(Update::Bulk(Arc::new(view))));
        self.now = self.now.plus(Duration::from_secs(1));
        self.tell(Message::Tick);
    }

    fn named(&mut self) {
        self.approvers(&[("王店长", "Wang"), ("小李", "Li"), ("赵姐", "Zhao")]);
        self.tell(Message::Approvers(self.approvers.clone()));
    }

    fn pin(&mut self, why: NotApproved) {
        self.begin_list(Vec::new());
        self.show(ready());
        self.typing("\n");
        self.tell(Message::ListApproved(BulkId::new(1), Err(why)));
    }

    fn going(&mut self, view: BulkView) {
        self.begin_list(Vec::new());
        self.show(view);
    }
}

fn ready() -> BulkView {
    BulkView {
        id: BulkId::new(1),
        phase: BulkPhase::Ready,
        counts: BulkCounts { waiting: 188, already: 1, left_out: 3, ..BulkCounts::default() },
        sum: fen(247_500),
        largest: fen(12_800),
        taken: Fen::ZERO,
        trouble: None,
        left_out: Vec::new(),
    }
}

fn going() -> BulkView {
    BulkView {
        phase: BulkPhase::Going,
        counts: BulkCounts {
            arrived: 12,
            taken: 64,
            queued: 8,
            waiting: 103,
            already: 1,
            left_out: 1,
            ..ready().counts
        },
        taken: fen(95_000),
        left_out: left_out().into_iter().take(1).collect(),
        ..ready()
    }
}

fn done_some() -> BulkView {
    let phase = BulkPhase::Over { stopped: false };
    let counts = BulkCounts { arrived: 120, taken: 62, already: 1, left_out: 6, ..BulkCounts::default() };
    let taken = fen(227_500);
    BulkView { phase, counts, taken, left_out: left_out(), ..ready() }
}

fn number(n: u32) -> String {
    OutTradeNo::make(at("181024"), 1, 4400 + n).to_string()
}

fn left_out() -> Vec<LeftOut> {
    let left_out = |n, amount: Option<i64>, why| LeftOut { number: number(n), amount: amount.map(fen), why };
    let refusal = RefundRefusal {
        fault: RefundFault::AccountAbnormal,
        code: "USER_ACCOUNT_ABNORMAL".to_owned(),
        text: String::new(),
    };
    vec![
        left_out(15, None, Why::Refused(NoRefund::NotPaid)),
        left_out(16, Some(98_000), Why::AboveLimit { limit: fen(50_000) }),
        left_out(17, Some(800), Why::Ended(RefundStatus::Refused(refusal))),
        left_out(18, Some(2000), Why::Ended(RefundStatus::Bounced(refund_id()))),
        left_out(19, Some(3000), Why::Refused(NoRefund::AboveDayCap { left: fen(1250) })),
        left_out(20, Some(450), Why::Book),
    ]
}

fn faults() -> Vec<Fault> {
    let fault = |line, text: &str, why| Fault { line, text: text.to_owned(), why };
    vec![
        fault(1, "商户单号,金额,备注", LineFault::NoNumber),
        fault(7, "2.02611E+21,12.50", LineFault::NoNumber),
        fault(42, "2026112218241901304418 2026112218220701304417", LineFault::SeveralNumbers),
    ]
}
