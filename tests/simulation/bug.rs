//! Planted bugs: mistakes at the simulator's seams that it must find. The till's own code knows none of them.

macro_rules! bugs {
    ($($name:ident => $text:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Bug { $($name,)* }

        impl Bug {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub(crate) fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

bugs! {
    SendsBeforeCommit => "the call goes out before its intent is durable",
    ForgetsIntent => "the intent is never written",
    ShowsBeforeCommit => "paid is shown before the book has it",
    IgnoresBookErrors => "a failed commit is taken for done",
    NotExistIsFinal => "ORDERNOTEXIST is taken for closed",
    TimeOutIsFailure => "a charge that timed out is taken for not sent",
    SystemErrorIsFailure => "SYSTEMERROR to a charge is taken for not sent",
    NewNumberAfterTimeOut => "a charge that timed out is sent again under a new number",
    ResendsCharge => "a charge that timed out is sent again under its number",
    TrustsAnySignature => "signatures are not checked",
    TrustsAnyAmount => "the amount is not compared",
    TrustsAnyOrder => "the order's number is not compared",
    CloseTooEarlyIsClosed => "a refused close is taken for a close",
    HidesInsteadOfClosing => "Esc hides the picture and closes nothing",
    KeepsThePicture => "a scan goes through without killing the picture",
    ReverseIsBelieved => "a reverse that never went out is believed",
    ReversesOnce => "a reverse goes out only once",
    NeverTakesUp => "nothing is taken up after a crash",
    TakesUpTheLiving => "what a living till drives is taken up",
    TakesUpHalfASale => "a sale is taken up without its ended attempts",
    DropsAReply => "a reply is dropped on its way to the rules",
    FollowsTheWallClock => "deadlines follow the wall clock",
    LatePaymentIsClosed => "a late payment is written as closed",
    RefusedScanEndsTheSale => "a scan that the book refuses ends the watch over the QR order",
    BelievesReports => "a report is believed without asking",
    TakesSwappedReplies => "a reply about another order is taken for this one's",
    UnpaidIsFinal => "NOTPAY is taken for closed",
    ReversesOnWaking => "a till that slept reverses without a last question",
    AdoptsWhatIsTaken => "what another process has just taken up is taken up too",
    ForgetsItIsRestored => "a restored book is taken for the truth",
    ReusesNumbers => "a restored till makes numbers of a time that its book doesn't cover",
    LosesACommit => "a commit is reported as done and never written",
}
