//! What can go wrong, and what people do; each is counted when it happens.

use super::dice::Dice;

macro_rules! faults {
    ($($name:ident => $text:literal,)*) => {
        /// Something that a seed may let happen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault { $($name,)* }

        impl Fault {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub(crate) fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

faults! {
    Offline => "network: nothing is sent",
    Untrusted => "network: TLS refused",
    ConnectHangs => "network: a connection hangs, nothing is sent",
    Outage => "network: down for minutes",
    RequestLost => "network: request lost",
    RequestLate => "network: request late, up to 25 s",
    RequestVeryLate => "network: request late, up to 25 min",
    Duplicated => "network: request duplicated",
    ReplyLost => "network: reply lost",
    ReplyLate => "network: reply after the time-out",
    Swapped => "network: the replies about two orders swapped",
    Drips => "reply: drips past the time-out",
    Slow => "gateway: slow",
    BadGateway => "reply: HTTP 502",
    HtmlPage => "reply: HTML with status 200",
    Garbage => "reply: garbage",
    Cut => "reply: cut",
    WrongSign => "reply: wrong signature",
    NoSign => "reply: no signature",
    ForgedSuccess => "reply: SUCCESS forged, signature wrong",
    ChangedAmount => "reply: amount changed, signature as it was",
    OtherAmount => "reply: SUCCESS of another amount, signed",
    OtherOrder => "reply: SUCCESS of another order, signed",
    OtherMerchant => "reply: SUCCESS of another merchant, signed",
    UnsignedFail => "reply: unsigned return_code=FAIL",
    SystemError => "gateway: SYSTEMERROR though done",
    BankError => "gateway: BANKERROR though done",
    UndocumentedCode => "gateway: an undocumented code though done",
    TooOften => "gateway: FREQUENCY_LIMITED, not done",
    ReverseExpired => "gateway: REVERSE_EXPIRE, seven days are over",
    NotExistYet => "gateway: ORDERNOTEXIST for some seconds",
    UnpaidYet => "gateway: NOTPAY for some seconds though paid",
    GatewayClock => "gateway: its clock differs",
    SteeredAmount => "gateway: an amount that steers it",
    DiskBusy => "disk: busy or full, nothing written",
    DiskSlow => "disk: slow, up to 5 s",
    DiskFailed => "disk: write failed, nothing written",
    DiskFailedWritten => "disk: write reported as failed, but it is there",
    NoteFailed => "disk: a light write failed",
    TakeUpFailed => "disk: a taking up failed half-way",
    RestoredBackup => "disk: the book put back from a backup, the gateway has gone on",
    Crash => "process: killed between two steps",
    CrashInTakeUp => "process: killed while it took up",
    PowerCut => "process: power cut, all tills",
    SecondCrash => "process: killed again within 5 s of its start",
    Sleep => "process: the machine sleeps, seconds to days",
    WokenByAnAnswer => "process: woken to an answer of before its sleep",
    TakenUpTogether => "process: two take up the same at the same moment",
    WallClock => "clock: the wall clock was set",
    AnotherTakesUp => "tills: another till took up a dead one's sale",
    ReportedFirst => "report: paid, before the till has asked",
    ReportedTwice => "report: twice",
    ReportedLate => "report: minutes late",
    ReportLost => "report: lost, and sent again",
    ReportAnswerLost => "report: its answer lost, and sent again",
    NeverReported => "report: never",
    ChargeReported => "report: of a charge, which the manual says is none",
    ReportForged => "report: forged, wrong signature",
    ReportReplayed => "report: an old one once more",
    ReportOfAnother => "report: of another order, the number changed",
    ReportOtherAmount => "report: another amount, signed",
    ReportOfNone => "report: of an order that is in no book, signed",
    ReportUntrue => "report: paid, signed, and not so",
    ReportReopens => "report: of an order that had ended unpaid",
    PressF5 => "cashier: F5",
    PressF6 => "cashier: F6",
    PressF7 => "cashier: F7",
    PressEsc => "cashier: Esc",
    ScanOverQr => "cashier: scan while the QR is up",
    DoubleScan => "cashier: the same code scanned twice at once",
    UsedCode => "cashier: a code that has just served",
    PaysAtOnce => "customer: pays at once",
    PaysQr => "customer: scans the QR and pays",
    PaysOldPicture => "customer: scans a picture that is dead",
    Password => "customer: types the password",
    PasswordLate => "customer: types the password late",
    PasswordOnQr => "customer: at the password box of a QR order",
    Declines => "customer: not enough money",
    Leaves => "customer: leaves",
}

/// How often each fault happens in one seed, of a thousand chances.
#[derive(Debug, Clone)]
pub(crate) struct Rates(Vec<u64>);

impl Rates {
    /// Most seeds have few kinds of faults, some have many.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let kinds = dice.pick(&[2, 8, 20]);
        let rate = dice.pick(&[15, 60, 150]);
        Self(Fault::ALL.iter().map(|_| if dice.below(20) < kinds { dice.between(1, rate) } else { 0 }).collect())
    }

    pub(crate) fn none() -> Self {
        Self(vec![0; Fault::ALL.len()])
    }

    pub(crate) fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }
}
