//! The sales that are run once without a crash and then with one at every step: who does what when, and what fails.

use guitai::ledger::Outcome;
use guitai::practice::{Button, Customer};
use guitai::till::drive::Wish;

use super::fault::Fault;

/// One sale, written down. Times are seconds from its beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) qr: bool,
    pub(crate) fen: i64,
    pub(crate) has_certificate: bool,
    /// The till hears what the gateway reports.
    pub(crate) listens: bool,
    /// Who meets a charge; with [`Customer::Panel`] the password box is answered by `then`.
    pub(crate) charged: Customer,
    /// Which picture is scanned when, counted from 1.
    pub(crate) scans: Option<(usize, u64)>,
    /// The customer's word at the password box, so many seconds after it was asked for; none pays without being asked.
    pub(crate) then: Option<(u64, Button)>,
    pub(crate) cashier: &'static [(u64, Key)],
    /// Which occasions of a fault it takes, counted from 1: the third request is lost, the first reply is forged.
    pub(crate) faults: &'static [(Fault, u32)],
    /// When the faults stop and the cashier leaves.
    pub(crate) ends_at: u64,
    /// How the sale ends where nothing crashes; none if it is never written.
    pub(crate) ends: Option<Outcome>,
}

/// What the cashier presses or scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    F5,
    F6,
    F7,
    Esc,
    Scan,
}

impl Key {
    /// The wish; a scan needs a code besides.
    pub(crate) fn wish(self) -> Option<Wish> {
        match self {
            Self::F5 => Some(Wish::Renew),
            Self::F6 => Some(Wish::Query),
            Self::F7 => Some(Wish::Cancel),
            Self::Esc => Some(Wish::Leave),
            Self::Scan => None,
        }
    }
}

const fn qr(name: &'static str) -> Scenario {
    Scenario {
        name,
        qr: true,
        fen: 1250,
        has_certificate: true,
        listens: false,
        charged: Pays,
        scans: None,
        then: None,
        cashier: &[],
        faults: &[],
        ends_at: 90,
        ends: Some(Outcome::Paid),
    }
}

const fn code(name: &'static str, charged: Customer) -> Scenario {
    Scenario { name, qr: false, charged, ends_at: 100, ..qr(name) }
}

impl Scenario {
    const fn paid_at(self, seconds: u64) -> Self {
        self.paid_by_picture(1, seconds)
    }

    const fn paid_by_picture(self, picture: usize, seconds: u64) -> Self {
        Self { scans: Some((picture, seconds)), ..self }
    }

    const fn then(self, seconds: u64, button: Button) -> Self {
        Self { then: Some((seconds, button)), ..self }
    }

    const fn keys(self, cashier: &'static [(u64, Key)]) -> Self {
        Self { cashier, ..self }
    }

    const fn but(self, faults: &'static [(Fault, u32)]) -> Self {
        Self { faults, ..self }
    }

    const fn charged(self, charged: Customer) -> Self {
        Self { charged, ..self }
    }

    const fn of_fen(self, fen: i64) -> Self {
        Self { fen, ..self }
    }

    const fn until(self, ends_at: u64) -> Self {
        Self { ends_at, ..self }
    }

    const fn ends(self, outcome: Outcome) -> Self {
        Self { ends: Some(outcome), ..self }
    }

    const fn never_written(self) -> Self {
        Self { ends: None, ..self }
    }

    const fn listening(self) -> Self {
        Self { listens: true, ..self }
    }

    const fn without_certificate(self) -> Self {
        Self { has_certificate: false, ..self }
    }
}

use Customer::{Declines, Leaves, Panel, Password, Pays};
use Key::{Esc, F5, F6, F7, Scan};
use Outcome::{Closed, NotPaid, PaidLate, Reversed};

/// The third request of a paid QR sale is its second question.
pub(crate) const ALL: &[Scenario] = &[
    qr("QR, paid").paid_at(5),
    qr("QR, paid at the last moment").paid_at(80),
    qr("QR, password, paid").paid_at(5).then(20, Button::Pay),
    qr("QR, password, cancelled").paid_at(5).then(10, Button::Cancel).ends(Closed),
    qr("QR, not enough money").paid_at(5).then(6, Button::NotEnough).ends(Closed),
    qr("QR, nobody, Esc").keys(&[(10, Esc)]).ends(Closed),
    qr("QR, nobody, the pictures run out").until(700).ends(Closed),
    qr("QR, Esc, paid after it").paid_at(12).keys(&[(10, Esc)]).ends(PaidLate),
    qr("QR, Esc at the password box, paid after it").paid_at(8).then(12, Button::Pay).keys(&[(10, Esc)]).ends(PaidLate),
    qr("QR, F5, the old picture is scanned").paid_at(25).keys(&[(20, F5)]).ends(Closed),
    qr("QR, F5 twice, paid between").paid_by_picture(2, 15).keys(&[(10, F5), (20, F5)]),
    qr("QR, F6, paid").paid_at(9).keys(&[(5, F6), (10, F6)]),
    qr("QR, the order's request is lost").paid_at(20).but(&[(Fault::RequestLost, 1)]),
    qr("QR, the order's reply is lost").paid_at(20).but(&[(Fault::ReplyLost, 1)]),
    qr("QR, the order's reply is late").paid_at(20).but(&[(Fault::ReplyLate, 1)]),
    qr("QR, SYSTEMERROR though made").paid_at(20).but(&[(Fault::SystemError, 1)]),
    qr("QR, offline").but(&[(Fault::Offline, 1)]).ends(NotPaid),
    qr("QR, paid, the questions are lost").paid_at(5).but(&[(Fault::RequestLost, 3), (Fault::RequestLost, 4)]),
    qr("QR, paid, a forged success before").paid_at(20).but(&[(Fault::ForgedSuccess, 2)]),
    qr("QR, paid, another amount before").paid_at(20).but(&[(Fault::OtherAmount, 2)]),
    qr("QR, paid, another order's success before").paid_at(20).but(&[(Fault::OtherOrder, 3)]),
    qr("QR, paid, not found for some seconds").paid_at(5).but(&[(Fault::NotExistYet, 1)]),
    qr("QR, paid, NOTPAY for some seconds").paid_at(5).but(&[(Fault::UnpaidYet, 1)]),
    qr("QR, Esc as it is paid, NOTPAY for some seconds")
        .paid_at(9)
        .keys(&[(10, Esc)])
        .but(&[(Fault::UnpaidYet, 1)])
        .ends(PaidLate),
    qr("QR, paid, reported").listening().paid_at(5),
    qr("QR, paid, reported twice, the first answer lost")
        .listening()
        .paid_at(5)
        .but(&[(Fault::ReportedTwice, 1), (Fault::ReportAnswerLost, 1)]),
    qr("QR, reported as paid and not").listening().paid_at(20).but(&[(Fault::ReportUntrue, 1)]),
    qr("QR, closed, reported as paid and not")
        .listening()
        .keys(&[(10, Esc)])
        .until(400)
        .but(&[(Fault::ReportUntrue, 6)])
        .ends(Closed),
    qr("QR, paid, the book is busy at the report").listening().paid_at(6).but(&[(Fault::DiskBusy, 2)]),
    qr("QR, the book is busy at the intent").paid_at(10).but(&[(Fault::DiskBusy, 1)]).never_written(),
    qr("QR, the book is busy at the result").paid_at(10).but(&[(Fault::DiskBusy, 2), (Fault::DiskBusy, 3)]),
    qr("QR, the disk fails at the result").paid_at(10).but(&[(Fault::DiskFailed, 2)]).ends(PaidLate),
    qr("QR, a scan over it, paid by code").keys(&[(10, Scan)]),
    qr("QR, a scan over it, password").charged(Password).keys(&[(10, Scan)]),
    qr("QR, a scan over it, declined").charged(Declines).keys(&[(10, Scan), (30, Esc)]).ends(NotPaid),
    qr("QR, a scan over it, the customer leaves").charged(Leaves).keys(&[(10, Scan)]).until(120).ends(Reversed),
    qr("QR, a scan over it as the QR is paid").paid_at(10).keys(&[(10, Scan)]),
    qr("QR, a scan over it at the password box").paid_at(8).then(4, Button::Pay).keys(&[(10, Scan)]),
    qr("QR, a scan over it, password on both").charged(Password).paid_at(8).then(9, Button::Pay).keys(&[(10, Scan)]),
    qr("QR, a scan over it, the new picture's reply is lost")
        .keys(&[(6, Scan)])
        .but(&[(Fault::ReplyLost, 5)])
        .ends(Closed),
    qr("QR, a scan over it, the close is lost").keys(&[(6, Scan)]).but(&[(Fault::RequestLost, 4)]).ends(Closed),
    qr("QR, a scan over it after five minutes").keys(&[(310, Scan)]).until(400),
    qr("QR, a scan over it, the book refuses it").keys(&[(10, Scan)]).but(&[(Fault::DiskBusy, 4)]).paid_at(40),
    code("code, paid", Pays),
    code("code, paid, above the password's limit", Pays).of_fen(200_000),
    code("code, password, paid", Password),
    code("code, password, paid late", Panel).then(30, Button::Pay),
    code("code, password, cancelled", Panel).then(10, Button::Cancel).ends(Reversed),
    code("code, password, not enough money", Panel).then(10, Button::NotEnough).ends(Reversed),
    code("code, declined", Declines).ends(NotPaid),
    code("code, the customer leaves", Leaves).ends(Reversed),
    code("code, the customer leaves, F6", Leaves).keys(&[(8, F6), (20, F6)]).ends(Reversed),
    code("code, the customer leaves, F7", Leaves).keys(&[(20, F7)]).ends(Reversed),
    code("code, F7 as the password is typed", Panel).then(20, Button::Pay).keys(&[(20, F7)]),
    code("code, the customer leaves, no certificate", Leaves).without_certificate().ends(Reversed),
    code("code, F7 as it is paid, no certificate", Panel).then(20, Button::Pay).keys(&[(20, F7)]).without_certificate(),
    code("code, the request is lost", Pays).but(&[(Fault::RequestLost, 1)]).ends(Reversed),
    code("code, the request is late", Pays).but(&[(Fault::RequestLate, 1)]),
    code("code, the request comes after the reverse", Pays).but(&[(Fault::RequestVeryLate, 1)]).ends(Reversed),
    code("code, the request comes twice", Pays).but(&[(Fault::Duplicated, 1)]),
    code("code, paid, the reply is lost", Pays).but(&[(Fault::ReplyLost, 1)]),
    code("code, paid, the reply is late", Pays).but(&[(Fault::ReplyLate, 1)]),
    code("code, declined, the reply is lost", Declines).but(&[(Fault::ReplyLost, 1)]).ends(Reversed),
    code("code, paid, HTTP 502", Pays).but(&[(Fault::BadGateway, 1)]),
    code("code, paid, the reply is cut", Pays).but(&[(Fault::Cut, 1)]),
    code("code, paid, wrong signature", Pays).but(&[(Fault::WrongSign, 1)]),
    code("code, paid, unsigned FAIL", Pays).but(&[(Fault::UnsignedFail, 1)]),
    code("code, paid, SYSTEMERROR", Pays).but(&[(Fault::SystemError, 1)]),
    code("code, paid, BANKERROR", Pays).but(&[(Fault::BankError, 1), (Fault::BankError, 2)]),
    code("code, paid, an undocumented code", Pays).but(&[(Fault::UndocumentedCode, 1)]),
    code("code, FREQUENCY_LIMITED", Pays).but(&[(Fault::TooOften, 1)]).ends(Reversed),
    code("code, offline", Pays).but(&[(Fault::Offline, 1)]).ends(NotPaid),
    code("code, forged success, then declined", Declines).but(&[(Fault::ForgedSuccess, 1)]).ends(Reversed),
    code("code, paid, not found for some seconds", Pays).but(&[(Fault::NotExistYet, 1), (Fault::ReplyLost, 1)]),
    code("code, the connection hangs", Pays).but(&[(Fault::ConnectHangs, 1)]).ends(NotPaid),
    code("code, paid, the reply drips", Pays).but(&[(Fault::Drips, 1)]),
    code("code, paid, NOTPAY for some seconds", Pays).but(&[(Fault::UnpaidYet, 1), (Fault::ReplyLost, 1)]),
    code("code, declined, reported as paid and not", Declines)
        .listening()
        .but(&[(Fault::ReportUntrue, 2)])
        .ends(NotPaid),
    code("code, reversed, reported as paid and not", Leaves)
        .listening()
        .but(&[(Fault::ReportUntrue, 12)])
        .ends(Reversed),
    code("code, reverse recall=Y", Pays).of_fen(9_040_439).ends(Reversed),
    code("code, paid after 55 s", Pays).of_fen(9_040_440).until(130).ends(Reversed),
    code("code, paid, the reverse is done and says SYSTEMERROR", Pays)
        .of_fen(9_040_441)
        .keys(&[(16, F7)])
        .but(&[(Fault::RequestLost, 2), (Fault::RequestLost, 3), (Fault::RequestLost, 4)])
        .ends(Reversed),
    code("code, the book is busy at the intent", Pays).but(&[(Fault::DiskBusy, 1)]).never_written(),
    code("code, the book is busy at the result", Pays).but(&[(Fault::DiskBusy, 2), (Fault::DiskBusy, 3)]),
    code("code, the disk fails at the result", Pays).but(&[(Fault::DiskFailed, 2)]),
    code("code, the disk fails at the result, written all the same", Pays).but(&[(Fault::DiskFailedWritten, 2)]),
    code("code, a taking up fails half-way", Leaves).but(&[(Fault::TakeUpFailed, 1)]).ends(Reversed),
];
