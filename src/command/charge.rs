//! `guitai charge`: one payment from the terminal.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::lang::Advice;
use crate::money::Fen;
use crate::number::{AuthCode, SaleId};
use crate::payment::{Notice, Receipt, SaleView, Status};
use crate::qr::Qr;
use crate::scan::{Scanned, classify};
use crate::till::{Till, Update};

use super::output::{Exit, Output};
use super::{Charge, Common};

/// A scanned code answers within this time, or its result is unknown.
const CODE_LIMIT: Duration = Duration::from_secs(90);
/// Two pictures of five minutes each, then time to query and close.
const QR_PICTURES: u32 = 2;
const QR_LIMIT: Duration = Duration::from_secs(600 + 60);
/// Pixels a module in a saved picture.
const PICTURE_SCALE: u32 = 10;

pub(super) async fn run(common: &Common, charge: Charge, output: Output) -> Exit {
    let amount = match Fen::parse_charge(&charge.amount) {
        Ok(amount) => amount,
        Err(error) => return output.refused(&sentence(&output.lang().amount_error(error))),
    };
    let code = match charge.code.as_deref().map(classify) {
        None => None,
        Some(Scanned::Payment(code)) => Some(code),
        Some(other) => return output.refused(&output.lang().not_a_code(&other)),
    };
    let (session, output) = match super::open(common, output).await {
        Ok(opened) => opened,
        Err(told) => return told,
    };
    if let Some(limit) = session.settings().exceeded_limit(amount) {
        return output.refused(&sentence(&output.lang().over_limit(limit)));
    }
    let _listening = session.listen().await.unwrap_or_else(|problem| {
        super::tell_problems(&[problem], output);
        None
    });
    session.set_customer(charge.customer);
    if session.is_practice() {
        output.person(output.lang().practice_mode());
    }
    let sale = Watch { till: session.till(), mode: session.mode(), output, amount };
    let exit = match code {
        Some(code) => sale.by_code(charge.note, code).await,
        None => sale.by_qr(charge.note, charge.qr_file.as_deref()).await,
    };
    // The result is told; what may go on is the book's.
    session.till().goodbye(Duration::ZERO).await;
    exit
}

/// One sale under the eyes of a terminal.
struct Watch<'a> {
    till: &'a Till,
    mode: &'a str,
    output: Output,
    amount: Fen,
}

/// What the terminal was told last.
#[derive(Default)]
struct Said {
    line: String,
    /// The `code_url` of the picture.
    drawn: String,
}

impl Watch<'_> {
    async fn by_code(&self, note: String, code: AuthCode) -> Exit {
        let updates = self.till.updates();
        let id = self.till.charge_code(self.amount, note, code);
        self.follow(updates, id, CODE_LIMIT, None).await
    }

    async fn by_qr(&self, note: String, picture: Option<&Path>) -> Exit {
        let updates = self.till.updates();
        let id = self.till.charge_qr_for(self.amount, note, QR_PICTURES);
        self.follow(updates, id, QR_LIMIT, picture).await
    }

    async fn follow(
        &self,
        updates: impl futures::Stream<Item = Update>,
        id: SaleId,
        limit: Duration,
        picture: Option<&Path>,
    ) -> Exit {
        let mut updates = std::pin::pin!(updates);
        let deadline = Instant::now() + limit;
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        let mut last: Option<SaleView> = None;
        let mut said = Said::default();
        loop {
            tokio::select! {
                update = updates.next() => match update {
                    Some(Update::Sale(view)) if view.id == id => {
                        if view.status.is_final() {
                            return self.result(&view);
                        }
                        self.progress(&view, &mut said, picture);
                        last = Some(view);
                    }
                    Some(Update::Held(true)) => {
                        self.tell(self.output.lang().order_words().held.to_owned(), &mut said);
                    }
                    Some(Update::Sale(_) | Update::Refund(_) | Update::Bulk(_) | Update::Book | Update::Held(false)) => {}
                    None => return self.unknown(last.as_ref()),
                },
                _ = tick.tick() => self.count_down(last.as_ref()),
                () = tokio::time::sleep_until(deadline) => return self.unknown(last.as_ref()),
            }
        }
    }

    fn progress(&self, view: &SaleView, said: &mut Said, picture: Option<&Path>) {
        let lang = self.output.lang();
        match &view.status {
            Status::Showing { code_url, renew_at, .. } if *code_url != said.drawn => {
                said.drawn.clone_from(code_url);
                self.draw(view, code_url, renew_at.since(self.till.now()).as_secs(), picture);
            }
            Status::Password(_) => self.tell(lang.words().password.to_owned(), said),
            Status::Unknown(_, doubt) => self.tell(sentence(&lang.doubt(doubt)), said),
            Status::Reversing { .. } => self.tell(lang.words().reversing.to_owned(), said),
            Status::Showing { .. }
            | Status::Preparing { .. }
            | Status::GivingWay { .. }
            | Status::Sending { .. }
            | Status::Closing { .. }
            | Status::Paid(_)
            | Status::Declined(_)
            | Status::Reversed
            | Status::Closed
            | Status::PaidLate(_)
            | Status::NotSent(_)
            | Status::NotRecorded => {}
        }
    }

    /// A line that is news: each question to the gateway shows the sale anew.
    fn tell(&self, line: String, said: &mut Said) {
        if said.line != line {
            self.output.person(&line);
            said.line = line;
        }
    }

    fn draw(&self, view: &SaleView, code_url: &str, seconds: u64, picture: Option<&Path>) {
        let lang = self.output.lang();
        let mut object = json!({
            "mode": self.mode,
            "out_trade_no": view.out_trade_no.as_str(),
            "total_fee": view.amount.as_i64(),
            "code_url": code_url,
            "expires_in": seconds,
        });
        let Some(qr) = Qr::new(code_url) else {
            self.output.say(code_url, &object);
            return;
        };
        if let Some(path) = picture {
            match std::fs::write(path, qr.to_png(PICTURE_SCALE)) {
                Ok(()) => object["qr_file"] = path.display().to_string().into(),
                Err(error) => {
                    object["qr_file_error"] = error.to_string().into();
                    self.output.person(&lang.picture_not_saved(&path.display().to_string()));
                }
            }
        }
        self.output.say(&format!("{}{}", qr.to_terminal(), lang.scan_this(self.amount)), &object);
    }

    /// One line that counts down in place, where a person watches.
    fn count_down(&self, view: Option<&SaleView>) {
        let Some(Status::Showing { renew_at, .. }) = view.map(|view| &view.status) else { return };
        if self.output.is_json() || !std::io::stdout().is_terminal() {
            return;
        }
        let seconds = renew_at.since(self.till.now()).as_secs();
        let mut out = std::io::stdout().lock();
        // A reader that went away must not end a payment.
        let _ = write!(out, "\r\x1b[K{}", self.output.lang().time_left(seconds));
        let _ = out.flush();
    }

    fn unknown(&self, view: Option<&SaleView>) -> Exit {
        let Some(view) = view else { return self.output.refused(self.output.lang().not_recorded_line()) };
        let text = self.output.lang().unknown_line(&view.out_trade_no);
        self.output.say(&text, &self.object("unknown", view, None));
        Exit::Unknown
    }

    fn result(&self, view: &SaleView) -> Exit {
        let lang = self.output.lang();
        let number = &view.out_trade_no;
        let (exit, outcome, text, receipt) = match &view.status {
            Status::Paid(receipt) => {
                (Exit::Done, "paid", lang.paid_result(view.amount, number, receipt.paid_at), Some(receipt))
            }
            Status::PaidLate(receipt) if view.notice == Some(Notice::GoesBack) => {
                (Exit::Unknown, "unknown", lang.goes_back_line(number), Some(receipt))
            }
            Status::PaidLate(receipt) => (Exit::Done, "paid", lang.paid_late_line(number), Some(receipt)),
            Status::Declined(refusal) => (Exit::No, "not_paid", sentence(&lang.refusal(refusal)), None),
            Status::NotSent(why) => (Exit::No, "not_paid", sentence(&lang.not_sent(why)), None),
            Status::Reversed => (Exit::No, "reversed", lang.reversed_line().to_owned(), None),
            Status::Closed => (Exit::No, "closed", lang.closed_line().to_owned(), None),
            Status::NotRecorded => return self.output.refused(lang.not_recorded_line()),
            Status::Preparing { .. }
            | Status::Showing { .. }
            | Status::GivingWay { .. }
            | Status::Sending { .. }
            | Status::Password(_)
            | Status::Unknown(..)
            | Status::Reversing { .. }
            | Status::Closing { .. } => return self.unknown(Some(view)),
        };
        let mut object = self.object(outcome, view, receipt);
        if let Status::Declined(refusal) = &view.status {
            object["err_code"] = refusal.code.as_str().into();
            object["err_code_des"] = refusal.text.as_str().into();
            object["reason"] = json!(refusal.reason);
        }
        if let Some(Notice::AlsoPaid { out_trade_no, .. }) = &view.notice {
            object["also_paid"] = out_trade_no.as_str().into();
        }
        self.output.say(&text, &object);
        exit
    }

    fn object(&self, outcome: &str, view: &SaleView, receipt: Option<&Receipt>) -> Value {
        let mut object = json!({
            "outcome": outcome,
            "mode": self.mode,
            "out_trade_no": view.out_trade_no.as_str(),
            "transaction_id": receipt.map(|receipt| receipt.transaction_id.as_str()),
            "total_fee": view.amount.as_i64(),
        });
        if let Some(receipt) = receipt {
            object["cash_fee"] = receipt.cash_fee.as_i64().into();
            object["time_end"] = receipt.paid_at.wire().into();
        }
        object
    }
}

/// An advice as one line.
pub(super) fn sentence(advice: &Advice) -> String {
    format!("{} · {} {}", advice.title, advice.what_happened, advice.what_to_do)
}
