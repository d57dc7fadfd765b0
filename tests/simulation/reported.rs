//! What the gateway reports by itself, and what others would have the till believe: practice's own notifications go to a
//! till, at once, late, twice or never, and are forged, changed and played again.

use guitai::ledger::Outcome;
use guitai::number::OutTradeNo;
use guitai::payment::{Answer, Notification, QueryAnswer, Reply};
use guitai::practice;
use guitai::till::notified::{Heard, Held, NotTaken, Then, about};
use guitai::till::reopened;
use guitai::timestamp::Timestamp;
use guitai::wechat::sign::{self, ApiKey, SignType};
use guitai::wechat::xml::Fields;

use super::bug::Bug;
use super::fault::Fault;
use super::gateway::{changed, replaced};
use super::world::{Happening, Input, MINUTE, SECOND, World};

/// What was reported so far.
#[derive(Default)]
pub(crate) struct Reports {
    /// Genuine ones, for whoever plays them again.
    genuine: Vec<Vec<u8>>,
    /// When the next is due of those that practice has planned.
    due: Option<Timestamp>,
}

impl World {
    /// The gateway may have something to report: what is due goes out, and the next is planned.
    pub(crate) fn post_reports(&mut self) {
        if !self.listens {
            return;
        }
        let now = self.gateway_now();
        if self.books.next_notice().is_some_and(|due| due <= now) {
            for notice in self.books.take_notices(now) {
                self.post(notice.body.into_bytes(), Some(notice.id));
            }
        }
        let due = self.books.next_notice();
        if due != self.reports.due {
            self.reports.due = due;
            if let Some(due) = due {
                let after = u64::try_from(due.since(now).as_millis()).expect("short");
                self.later(after.max(1), Happening::ReportsDue);
            }
        }
    }

    fn post(&mut self, body: Vec<u8>, notice: Option<u64>) {
        let till = usize::try_from(self.dice.below(self.tills.len() as u64)).expect("few");
        self.reports.genuine.push(body.clone());
        if let Some(id) = notice.filter(|_| self.strikes(Fault::NeverReported)) {
            let now = self.gateway_now();
            return self.books.notice_answered(id, true, now);
        }
        if self.strikes(Fault::ReportLost) {
            return self.nobody_answers(notice);
        }
        let late = self.strikes(Fault::ReportedLate);
        let after = if late { self.dice.between(SECOND, 10 * MINUTE) } else { self.dice.between(5, 200) };
        if self.strikes(Fault::ReportedTwice) {
            let again = after + self.dice.below(30 * SECOND);
            self.later(again, Happening::Reported { till, body: body.clone(), notice: None });
        }
        self.later(after, Happening::Reported { till, body, notice });
    }

    fn nobody_answers(&mut self, notice: Option<u64>) {
        if let Some(id) = notice {
            let now = self.gateway_now();
            self.books.notice_answered(id, false, now);
        }
    }

    /// A report is at the till's door.
    pub(crate) fn reported(&mut self, till: usize, body: &[u8], notice: Option<u64>) {
        if !self.tills[till].alive || self.is_asleep() {
            return self.nobody_answers(notice);
        }
        let about_open = notice.is_some() && self.is_about_an_open_one(body);
        let taken = self.hear(till, body);
        if about_open && taken == Ok(Heard::New) {
            self.counts.fault(Fault::ReportedFirst);
        }
        self.tell(format_args!("till {} is told by a report: {taken:?}", till + 1));
        if self.strikes(Fault::ReportAnswerLost) {
            return self.nobody_answers(notice);
        }
        if let Some(id) = notice {
            let now = self.gateway_now();
            self.books.notice_answered(id, taken.is_ok(), now);
        }
        self.post_reports();
    }

    fn is_about_an_open_one(&self, body: &[u8]) -> bool {
        let report = self.codec.notification(body);
        let row = report.as_ref().ok().and_then(|report| self.ledger.attempt(about(report).0));
        row.is_some_and(|row| row.outcome == Outcome::Open)
    }

    /// As `till::notified` takes it.
    fn hear(&mut self, till: usize, body: &[u8]) -> Result<Heard, NotTaken> {
        let report = self.codec.notification(body).map_err(NotTaken::Doubtful)?;
        if self.bug == Some(Bug::BelievesReports)
            && let Notification::Paid(paid) = &report
            && let Some(sale) = self.ledger.attempt(&paid.out_trade_no).map(|row| row.sale)
        {
            let answer = Answer::Queried(QueryAnswer::Paid(paid.receipt.clone()));
            self.input(till, sale, Input::Answer(paid.out_trade_no.clone(), Reply { answer, raw: None }));
            return Ok(Heard::New);
        }
        let now = Timestamp::from_millis(self.tills[till].wall(self.now));
        let mut tries = 1;
        loop {
            let row = self.ledger.attempt(about(&report).0).cloned();
            let held = Held::against(&report, row, None, now)?;
            let result = match self.disk(till) {
                Some((error, written)) => {
                    if written {
                        self.ledger.report(&held.line, held.version, held.again.as_ref())?;
                    }
                    Err(error)
                }
                None => self.ledger.report(&held.line, held.version, held.again.as_ref()),
            };
            let is_running = self.tills[till].sales.contains_key(&held.sale());
            match held.written(result, is_running, tries) {
                Then::Nothing(heard) => return Ok(heard),
                Then::Wish(sale, wish) => {
                    // The sale's task hears it when it comes to that.
                    let (start, after) = (self.tills[till].start, self.dice.below(20));
                    self.later(after, Happening::Told { till, start, sale, wish });
                }
                Then::TakeUp(number, heard) => {
                    self.reopen(till, &number);
                    return Ok(heard);
                }
                Then::AskAfter(refund) => self.violated(format!("{refund} is asked after, and nothing was refunded")),
                Then::Again => {
                    tries += 1;
                    continue;
                }
                Then::Failed(why) => return Err(why),
            }
            return Ok(Heard::New);
        }
    }

    /// As `till::reopened` takes an order up.
    fn reopen(&mut self, till: usize, number: &OutTradeNo) {
        self.counts.fault(Fault::ReportReopens);
        let Some(row) = self.ledger.attempt(number).cloned() else { return };
        let rows = reopened::taken_up(self.ledger.attempts_of(row.sale));
        let drives = |till: &super::world::Till| till.alive && till.sales.contains_key(&row.sale);
        if self.tills.iter().any(drives) {
            for row in &rows {
                if let Some(known) = self.known.get_mut(&row.out_trade_no) {
                    known.taken_over = true;
                }
            }
        }
        self.take_up_rows(till, rows);
    }

    /// While the till asks about an order, somebody may tell it something.
    pub(crate) fn whisper(&mut self, number: &OutTradeNo, reply: &[u8]) {
        if !self.listens || !self.faults {
            return;
        }
        let is_charge = self.known.get(number).is_some_and(|known| !known.native);
        let tells_paid = super::gateway::text_in(reply, "transaction_id").is_some();
        if is_charge && tells_paid && self.strikes(Fault::ChargeReported) {
            self.post(reply.to_vec(), None);
        }
        let kinds = [
            Fault::ReportForged,
            Fault::ReportReplayed,
            Fault::ReportOfAnother,
            Fault::ReportOtherAmount,
            Fault::ReportOfNone,
            Fault::ReportUntrue,
        ];
        for fault in kinds {
            if self.may_strike(fault)
                && let Some(body) = self.false_report(fault, number, tells_paid)
            {
                self.counts.fault(fault);
                let till = usize::try_from(self.dice.below(self.tills.len() as u64)).expect("few");
                let after = self.dice.below(20 * SECOND);
                self.tell(format_args!("on its way, {}", fault.text()));
                self.later(after, Happening::Reported { till, body, notice: None });
            }
        }
    }

    /// `None` if there is nothing to make it of.
    fn false_report(&mut self, fault: Fault, number: &OutTradeNo, is_paid: bool) -> Option<Vec<u8>> {
        let signed = |fields: &Fields| {
            let sign = sign::sign(fields, &ApiKey::new(practice::API_KEY), SignType::HmacSha256);
            fields.clone().with("sign", sign).to_xml().into_bytes()
        };
        let told = self.success(number)?;
        match fault {
            Fault::ReportForged => Some(told.with("sign", "0".repeat(64)).to_xml().into_bytes()),
            Fault::ReportReplayed => {
                let last = self.reports.genuine.len().checked_sub(1)?;
                let place = usize::try_from(self.dice.below(last as u64 + 1)).expect("few");
                self.reports.genuine.get(place).cloned()
            }
            Fault::ReportOfAnother => {
                let genuine = String::from_utf8(self.reports.genuine.last()?.clone()).ok()?;
                Some(replaced(&genuine, "out_trade_no", number.as_str())?.into_bytes())
            }
            Fault::ReportOtherAmount => Some(signed(&changed(&told, "total_fee", "7")?)),
            Fault::ReportOfNone => Some(signed(&changed(&told, "out_trade_no", "20260101000000010000001")?)),
            Fault::ReportUntrue if !is_paid => Some(signed(&told)),
            _ => None,
        }
    }
}
