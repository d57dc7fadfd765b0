//! The line and the gateway: requests go out as bytes, meet practice's books, and come back as bytes, or
//! don't, or not as they were.

use std::time::Duration;

use guitai::ledger::Outcome;
use guitai::number::{OutTradeNo, SaleId};
use guitai::payment::{Answer, Call, ChargeAnswer, CloseAnswer, CreateAnswer, Doubt, NotSent, Order, QueryAnswer};
use guitai::payment::{Reply, ReverseAnswer};
use guitai::practice;
use guitai::timestamp::Timestamp;
use guitai::wechat::sign::{self, ApiKey, SignType};
use guitai::wechat::xml::Fields;
use guitai::wechat::{Encoded, Failure};

use super::bug::Bug;
use super::fault::Fault;
use super::world::{Happening, Input, MINUTE, Millis, SECOND, World};

/// As the client's own limits.
const CHARGE_LIMIT: Millis = 10 * SECOND;
const OTHER_LIMIT: Millis = 6 * SECOND;
const CONNECT_LIMIT: Millis = 4 * SECOND;

/// What reaches the client of a reply.
pub(crate) type Received = Result<Vec<u8>, Failure>;

/// A call that was sent.
pub(crate) struct Flight {
    till: usize,
    start: u32,
    sale: SaleId,
    order: Order,
    call: Call,
    path: &'static str,
    document: String,
    sent: Millis,
    /// The client has an answer, or has given up.
    done: bool,
}

impl World {
    /// Sends one call for a sale.
    pub(crate) fn send(&mut self, till: usize, sale: SaleId, order: Order, call: Call) {
        if self.bug == Some(Bug::HidesInsteadOfClosing) && call == Call::Close {
            let reply = Reply { answer: Answer::Closed(CloseAnswer::Closed), raw: None };
            return self.answer_soon(till, sale, &order, reply);
        }
        let giving_way =
            self.tills[till].sales.get(&sale).is_some_and(|running| running.states.0 == Some("giving_way"));
        if self.bug == Some(Bug::KeepsThePicture) && giving_way && call == Call::Create {
            let reply = Reply { answer: Answer::Created(CreateAnswer::Picture("weixin://none".to_owned())), raw: None };
            return self.answer_soon(till, sale, &order, reply);
        }
        if self.skips_the_question(till, sale, &call) {
            let reply = Reply { answer: Answer::Queried(QueryAnswer::Unpaid), raw: None };
            return self.answer_soon(till, sale, &order, reply);
        }
        self.check_send(till, sale, &order, &call);
        self.tell(format_args!("till {} -> {} {}", till + 1, name_of(&call), order.out_trade_no));
        let nonce = format!("{:032x}", self.dice.draw());
        if call == Call::Reverse
            && self.bug == Some(Bug::ReversesOnce)
            && !self.reversed.insert(order.out_trade_no.clone())
        {
            let reply = Reply { answer: Answer::Reversed(ReverseAnswer::Done), raw: None };
            return self.answer_soon(till, sale, &order, reply);
        }
        if call == Call::Reverse && !self.has_certificate {
            let mut reply = self.codec.decode(&order, &call, Err(Failure::NotSent(NotSent::NoCertificate)));
            reply.answer = self.misread(reply.answer);
            return self.answer_soon(till, sale, &order, reply);
        }
        let Encoded { path, document } = self.codec.encode(&order, &call, nonce);
        let start = self.tills[till].start;
        self.next_call += 1;
        let id = self.next_call;
        self.put_on_the_line(id, &call);
        self.flights.insert(id, Flight { till, start, sale, order, call, path, document, sent: self.now, done: false });
    }

    /// A planted bug takes the time that the machine slept for an answer.
    fn skips_the_question(&self, till: usize, sale: SaleId, call: &Call) -> bool {
        let waiting = self.tills[till].sales.get(&sale).is_some_and(|running| running.states.1 == Some("waiting"));
        self.bug == Some(Bug::ReversesOnWaking) && self.asked_since.is_some() && waiting && *call == Call::Query
    }

    fn answer_soon(&mut self, till: usize, sale: SaleId, order: &Order, reply: Reply) {
        let running = self.tills[till].sales.get_mut(&sale).expect("a running sale sends");
        running.inbox.push(Input::Answer(order.out_trade_no.clone(), reply));
    }

    fn put_on_the_line(&mut self, call: u64, what: &Call) {
        for (fault, why) in [(Fault::Offline, NotSent::Offline), (Fault::Untrusted, NotSent::Untrusted)] {
            if self.strikes(fault) {
                let received = Err(Failure::NotSent(why));
                return self.later(200, Happening::Reply { call, received });
            }
        }
        let is_down = self.faults && self.now < self.down_until;
        let offline = || Happening::Reply { call, received: Err(Failure::NotSent(NotSent::Offline)) };
        if is_down && self.dice.below(2) == 0 {
            return self.later(200, offline());
        }
        if self.strikes(Fault::ConnectHangs) {
            return self.later(CONNECT_LIMIT, offline());
        }
        let limit = limit_of(what);
        self.later(limit, Happening::TimeOut { call });
        if is_down {
            return;
        }
        if self.strikes(Fault::RequestLost) {
            return;
        }
        let mut after = self.dice.between(10, 150);
        if self.strikes(Fault::RequestLate) {
            after = self.dice.between(SECOND, 25 * SECOND);
        } else if self.strikes_rarely(4, Fault::RequestVeryLate) {
            after = self.dice.between(30 * SECOND, 25 * MINUTE);
        }
        self.later(after, Happening::Arrive { call, copy: false });
        if self.strikes(Fault::Duplicated) {
            let again = after + self.dice.between(1, 30 * SECOND);
            self.later(again, Happening::Arrive { call, copy: true });
        }
    }

    /// A request reaches the gateway, which answers, and the answer sets out.
    pub(crate) fn arrive(&mut self, call: u64, copy: bool) {
        let Some(flight) = self.flights.get(&call) else { return };
        if !self.faults && self.now - flight.sent > 30 * SECOND {
            // A request that is this late is a fault, and faults have stopped.
            return;
        }
        let (path, body, number) = (flight.path, flight.document.clone(), flight.order.out_trade_no.clone());
        let what = flight.call.clone();
        let paid = self.ledger.attempt(&number).is_some_and(|row| row.outcome == Outcome::Paid);
        // A cashier's cancel reverses before the 45 s are over.
        let is_late = self.undone.contains(&number) || self.now - flight.sent > 45 * SECOND;
        let after_the_reverse = matches!(what, Call::Charge(_)) && is_late;
        if let Some(known) = self.known.get_mut(&number) {
            known.arrived_late |= after_the_reverse;
            // A reverse of the lost machine's that comes when the put back book has booked the payment: it is in no book.
            known.lost |= paid && what == Call::Reverse && self.restored_at.is_some();
        }
        if self.strikes(Fault::TooOften) {
            let body = self.signed_no("FREQUENCY_LIMITED");
            return self.later(50, Happening::Reply { call, received: Ok(body) });
        }
        self.let_customers_meet(&number, &what);
        let now = self.gateway_now();
        let has_client_certificate = what == Call::Reverse;
        let request = practice::Request { has_client_certificate, ..practice::Request::post(path, body.as_bytes()) };
        let reply = self.books.handle(&request, now);
        self.books.look_at(None);
        if what == Call::Create
            && let Some(picture) = text_in(&reply.body, "code_url").map(str::to_owned)
            && let Some(known) = self.known.get_mut(&number)
        {
            known.picture = Some(picture);
        }
        if what == Call::Reverse {
            match text_in(&reply.body, "err_code") {
                Some("REVERSE_EXPIRE") => self.counts.fault(Fault::ReverseExpired),
                Some(_) => {}
                None => {
                    self.undone.insert(number.clone());
                }
            }
        }
        self.trace.hash(&reply.body);
        if self.trace.lines.is_some() {
            let again = if copy { "again " } else { "" };
            self.tell(format_args!("gateway: {again}{} {number}: {}", name_of(&what), gist(&reply.body)));
        }
        self.post_reports();
        if what == Call::Query {
            self.whisper(&number, &reply.body);
        }
        if copy || self.strikes(Fault::ReplyLost) {
            return;
        }
        if self.strikes(Fault::Drips) {
            // Some of it came; the time-out finds it unfinished.
            return;
        }
        let mut after = self.dice.between(10, 150);
        after += reply.delay.map_or(0, |delay| Millis::try_from(delay.as_millis()).expect("short"));
        if self.strikes(Fault::Slow) {
            after += self.dice.between(SECOND, 5 * SECOND);
        } else if self.strikes(Fault::ReplyLate) {
            after += self.dice.between(10 * SECOND, 60 * SECOND);
        }
        let received = if reply.status == 200 { Ok(reply.body) } else { Err(Failure::Odd(reply.body)) };
        let received = self.spoil(&number, &what, received);
        if self.swap(call, &number, &what, &received) {
            return;
        }
        self.later(after, Happening::Reply { call, received });
    }

    /// Some front of the gateway mixes up whose reply is whose: one waits for another, and each goes to the other's
    /// caller. Only replies that name their order: what doesn't, V2 leaves nobody a way to tell.
    fn swap(&mut self, call: u64, number: &OutTradeNo, what: &Call, received: &Received) -> bool {
        let names_it = received.as_ref().is_ok_and(|body| text_in(body, "out_trade_no") == Some(number.as_str()));
        if !names_it {
            return false;
        }
        match self.swapped.take() {
            // Its caller has given up.
            Some((other, ..)) if self.flights[&other].done => false,
            Some((other, waits, of)) if of == name_of(what) && self.flights[&other].order.out_trade_no != *number => {
                self.counts.fault(Fault::Swapped);
                let theirs = self.flights[&other].order.out_trade_no.clone();
                self.tell(format_args!("the replies about {number} and {theirs} are swapped"));
                self.later(50, Happening::Reply { call, received: waits });
                self.later(60, Happening::Reply { call: other, received: received.clone() });
                true
            }
            Some(waiting) => {
                self.swapped = Some(waiting);
                false
            }
            None if self.may_strike(Fault::Swapped) => {
                self.swapped = Some((call, received.clone(), name_of(what)));
                true
            }
            None => false,
        }
    }

    /// What the line or the gateway's front makes of a good reply.
    fn spoil(&mut self, number: &OutTradeNo, call: &Call, received: Received) -> Received {
        let Ok(body) = received else { return received };
        if *call == Call::Query && self.hides(number) {
            self.counts.fault(Fault::NotExistYet);
            return Ok(self.signed_no("ORDERNOTEXIST"));
        }
        if *call == Call::Query && self.knows_no_payment(number, &body) {
            self.counts.fault(Fault::UnpaidYet);
            return Ok(self.signed_unpaid(number));
        }
        let damages = [
            Fault::BadGateway,
            Fault::HtmlPage,
            Fault::Garbage,
            Fault::Cut,
            Fault::WrongSign,
            Fault::NoSign,
            Fault::ForgedSuccess,
            Fault::ChangedAmount,
            Fault::OtherAmount,
            Fault::OtherOrder,
            Fault::OtherMerchant,
            Fault::UnsignedFail,
            Fault::SystemError,
            Fault::BankError,
            Fault::UndocumentedCode,
        ];
        for fault in damages {
            if self.may_strike(fault)
                && let Some(spoilt) = self.spoilt(fault, number, &body)
            {
                self.counts.fault(fault);
                self.tell(format_args!("spoilt: {}", fault.text()));
                return spoilt;
            }
        }
        Ok(body)
    }

    fn hides(&self, number: &OutTradeNo) -> bool {
        self.known.get(number).is_some_and(|known| self.now < known.not_exist_until)
    }

    /// Whether the order is paid and the gateway's answer does not know it yet.
    fn knows_no_payment(&self, number: &OutTradeNo, body: &[u8]) -> bool {
        let Some(known) = self.known.get(number).filter(|known| known.unpaid_for > 0) else { return false };
        let paid_at = text_in(body, "time_end").and_then(Timestamp::from_wire);
        let until = paid_at.map(|paid_at| paid_at.plus(Duration::from_millis(known.unpaid_for)));
        text_in(body, "trade_state") == Some("SUCCESS")
            && !known.shown_paid
            && until.is_some_and(|until| self.gateway_now() < until)
    }

    fn signed_unpaid(&mut self, number: &OutTradeNo) -> Vec<u8> {
        let fields = Fields::new()
            .with("return_code", "SUCCESS")
            .with("appid", practice::APPID)
            .with("mch_id", practice::MCH_ID)
            .with("nonce_str", format!("{:032x}", self.dice.draw()))
            .with("result_code", "SUCCESS")
            .with("out_trade_no", number.as_str())
            .with("trade_state", "NOTPAY");
        let sign = sign::sign(&fields, &ApiKey::new(practice::API_KEY), SignType::HmacSha256);
        fields.with("sign", sign).to_xml().into_bytes()
    }

    /// `None` if this reply can't be spoilt so.
    fn spoilt(&mut self, fault: Fault, number: &OutTradeNo, body: &[u8]) -> Option<Received> {
        let text = String::from_utf8(body.to_vec()).ok()?;
        let signed = |fields: Fields| {
            let sign = sign::sign(&fields, &ApiKey::new(practice::API_KEY), SignType::HmacSha256);
            Some(Ok(fields.with("sign", sign).to_xml().into_bytes()))
        };
        match fault {
            Fault::BadGateway => Some(Err(Failure::Odd(b"<html>502 Bad Gateway</html>".to_vec()))),
            Fault::HtmlPage => Some(Ok(b"<html><body>Welcome to our Wi-Fi</body></html>".to_vec())),
            Fault::Garbage => Some(Ok((0..200).map(|_| self.dice.draw().to_le_bytes()[0]).collect())),
            Fault::Cut => {
                let end = usize::try_from(self.dice.below(body.len() as u64)).expect("short");
                Some(Ok(body[..end].to_vec()))
            }
            Fault::WrongSign => Some(Ok(replaced(&text, "sign", &"0".repeat(64))?.into_bytes())),
            Fault::NoSign => Some(Ok(replaced(&text, "sign", "")?.into_bytes())),
            Fault::ForgedSuccess => {
                let forged = self.success(number)?.with("sign", "0".repeat(64));
                Some(Ok(forged.to_xml().into_bytes()))
            }
            Fault::ChangedAmount => Some(Ok(replaced(&text, "total_fee", "1")?.into_bytes())),
            Fault::OtherAmount => signed(changed(&self.success(number)?, "total_fee", "7")?),
            Fault::OtherOrder => signed(changed(&self.success(number)?, "out_trade_no", "20260101000000010000001")?),
            Fault::OtherMerchant => signed(changed(&self.success(number)?, "mch_id", "1900000109")?),
            Fault::UnsignedFail => {
                let fail = Fields::new().with("return_code", "FAIL").with("return_msg", "签名失败");
                Some(Ok(fail.to_xml().into_bytes()))
            }
            Fault::SystemError => Some(Ok(self.signed_no("SYSTEMERROR"))),
            Fault::BankError => Some(Ok(self.signed_no("BANKERROR"))),
            Fault::UndocumentedCode => Some(Ok(self.signed_no("NEVER_DOCUMENTED"))),
            _ => None,
        }
    }

    /// What a paid order's reply would hold, unsigned, whether it is paid or not.
    pub(crate) fn success(&self, number: &OutTradeNo) -> Option<Fields> {
        let order = &self.known.get(number)?.order;
        let fields = Fields::new()
            .with("return_code", "SUCCESS")
            .with("appid", practice::APPID)
            .with("mch_id", practice::MCH_ID)
            .with("result_code", "SUCCESS")
            .with("trade_state", "SUCCESS")
            .with("total_fee", order.total_fee.as_i64().to_string())
            .with("out_trade_no", order.out_trade_no.as_str())
            .with("transaction_id", format!("4200{:024}", order.out_trade_no.tail().len()))
            .with("time_end", order.created_at.wire());
        Some(fields)
    }

    /// A signed `result_code=FAIL`.
    fn signed_no(&mut self, code: &str) -> Vec<u8> {
        let fields = Fields::new()
            .with("return_code", "SUCCESS")
            .with("return_msg", "OK")
            .with("appid", practice::APPID)
            .with("mch_id", practice::MCH_ID)
            .with("nonce_str", format!("{:032x}", self.dice.draw()))
            .with("result_code", "FAIL")
            .with("err_code", code)
            .with("err_code_des", "模拟");
        let sign = sign::sign(&fields, &ApiKey::new(practice::API_KEY), SignType::HmacSha256);
        fields.with("sign", sign).to_xml().into_bytes()
    }

    pub(crate) fn timed_out(&mut self, call: u64) {
        let Some(flight) = self.flights.get(&call).filter(|flight| !flight.done) else { return };
        if matches!(flight.call, Call::Charge(_)) && self.lives(flight.till, flight.start) {
            let (till, sale) = (flight.till, flight.sale);
            let (mut order, what) = (flight.order.clone(), flight.call.clone());
            match self.bug {
                Some(Bug::ResendsCharge) => return self.send(till, sale, order, what),
                Some(Bug::NewNumberAfterTimeOut) => {
                    let entropy = self.dice.u32();
                    order.out_trade_no = OutTradeNo::make(order.created_at, 1, entropy);
                    return self.send(till, sale, order, what);
                }
                _ => {}
            }
        }
        self.reply(call, Err(Failure::NoAnswer));
    }

    /// A reply, or its absence, reaches the client.
    pub(crate) fn reply(&mut self, call: u64, received: Received) {
        if self.is_asleep() {
            return self.sleeps_through(call, received);
        }
        let Some(flight) = self.flights.get_mut(&call).filter(|flight| !flight.done) else { return };
        flight.done = true;
        let (till, start, sale) = (flight.till, flight.start, flight.sale);
        let (order, what) = (flight.order.clone(), flight.call.clone());
        if !self.lives(till, start) {
            return;
        }
        let received = self.not_swapped(&order, received);
        let received = self.trusting(&order, received);
        // Without the redacted copy for support, which would cost as much as all the rest.
        let answer = self.codec.read(&order, &what, received);
        if self.bug == Some(Bug::DropsAReply) && self.dice.below(50) == 0 {
            return;
        }
        let answer = self.misread(answer);
        self.tell(format_args!("till {} <- {} {}: {}", till + 1, name_of(&what), order.out_trade_no, short(&answer)));
        let number = order.out_trade_no;
        self.input(till, sale, Input::Answer(number, Reply { answer, raw: None }));
    }

    /// A planted bug gives a reply about another order of the shop's this order's number and amount.
    fn not_swapped(&self, order: &Order, received: Received) -> Received {
        let is_another =
            |number: &str| number != order.out_trade_no.as_str() && self.known.keys().any(|n| n.as_str() == number);
        match received {
            Ok(body)
                if self.bug == Some(Bug::TakesSwappedReplies)
                    && text_in(&body, "out_trade_no").is_some_and(is_another) =>
            {
                let Ok(fields) = Fields::parse(&body) else { return Ok(body) };
                let fields = changed(&fields, "out_trade_no", order.out_trade_no.as_str()).unwrap_or(fields);
                let fee = order.total_fee.as_i64().to_string();
                Ok(signed_again(&changed(&fields, "total_fee", &fee).unwrap_or(fields)))
            }
            received => received,
        }
    }

    /// What a planted bug believes of the bytes.
    fn trusting(&self, order: &Order, received: Received) -> Received {
        let fixed = match self.bug {
            Some(Bug::TrustsAnySignature) => None,
            Some(Bug::TrustsAnyAmount) => Some(("total_fee", order.total_fee.as_i64().to_string())),
            Some(Bug::TrustsAnyOrder) => Some(("out_trade_no", order.out_trade_no.to_string())),
            _ => return received,
        };
        let body = received?;
        let any = self.bug == Some(Bug::TrustsAnySignature);
        let key = ApiKey::new(practice::API_KEY);
        let Ok(fields) = Fields::parse(&body) else { return Ok(body) };
        let genuine = sign::verify(fields.clone(), &key, SignType::HmacSha256).is_ok();
        if fields.get("return_code") != Some("SUCCESS") || (!genuine && !any) {
            return Ok(body);
        }
        let mut again = Fields::new();
        for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
            let right = fixed.as_ref().filter(|(fixed, _)| fixed == &name).map(|(_, right)| right.as_str());
            again.push(name, right.unwrap_or(value));
        }
        let sign = sign::sign(&again, &key, SignType::HmacSha256);
        Ok(again.with("sign", sign).to_xml().into_bytes())
    }

    /// What a planted bug makes of an answer.
    fn misread(&self, answer: Answer) -> Answer {
        match (self.bug, answer) {
            (Some(Bug::NotExistIsFinal), Answer::Queried(QueryAnswer::NotExist)) => {
                Answer::Queried(QueryAnswer::Closed)
            }
            (Some(Bug::UnpaidIsFinal), Answer::Queried(QueryAnswer::Unpaid)) => Answer::Queried(QueryAnswer::Closed),
            (Some(Bug::TimeOutIsFailure), Answer::Charged(ChargeAnswer::Unknown(Doubt::NoAnswer)))
            | (Some(Bug::SystemErrorIsFailure), Answer::Charged(ChargeAnswer::Unknown(Doubt::Gateway { .. }))) => {
                Answer::Charged(ChargeAnswer::NotSent(NotSent::Offline))
            }
            (Some(Bug::CloseTooEarlyIsClosed), Answer::Closed(CloseAnswer::TooEarly)) => {
                Answer::Closed(CloseAnswer::Closed)
            }
            (Some(Bug::ReverseIsBelieved), Answer::Reversed(ReverseAnswer::NotSent(_))) => {
                Answer::Reversed(ReverseAnswer::Done)
            }
            (_, answer) => answer,
        }
    }

    /// What the gateway knows of an order, asked beside all faults.
    pub(crate) fn truth(&mut self, order: &Order) -> QueryAnswer {
        let encoded = self.codec.encode(order, &Call::Query, "truth".to_owned());
        let now = self.gateway_now();
        let reply = self.books.handle(&practice::Request::post(encoded.path, encoded.document.as_bytes()), now);
        match self.codec.read(order, &Call::Query, Ok(reply.body)) {
            Answer::Queried(answer) => answer,
            other => unreachable!("a query is answered as one: {other:?}"),
        }
    }
}

/// The document with another text in the element `name`, as somebody on the line would change it.
pub(crate) fn replaced(document: &str, name: &str, value: &str) -> Option<String> {
    let open = format!("<{name}>");
    let from = document.find(&open)?;
    let to = from + document[from..].find(&format!("</{name}>"))?;
    Some(format!("{}{open}{value}{}", &document[..from], &document[to..]))
}

/// The fields with their right signature, in place of the one that is there.
fn signed_again(fields: &Fields) -> Vec<u8> {
    let mut again = Fields::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
        again.push(name, value);
    }
    let sign = sign::sign(&again, &ApiKey::new(practice::API_KEY), SignType::HmacSha256);
    again.with("sign", sign).to_xml().into_bytes()
}

/// The fields with another value in one that is there.
pub(crate) fn changed(fields: &Fields, name: &str, value: &str) -> Option<Fields> {
    fields.get(name)?;
    let mut again = Fields::new();
    for (field, old) in fields.iter() {
        again.push(field, if field == name { value } else { old });
    }
    Some(again)
}

pub(crate) fn text_in<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(body).ok()?;
    let from = text.find(&format!("<{name}><![CDATA["))? + name.len() + "<><![CDATA[".len();
    text[from..].split("]]>").next()
}

fn gist(body: &[u8]) -> &str {
    let words = ["err_code", "trade_state", "code_url", "return_msg"];
    let word = words.into_iter().find_map(|name| text_in(body, name));
    if text_in(body, "transaction_id").is_some() { "SUCCESS" } else { word.unwrap_or("OK") }
}

/// How long the client waits.
fn limit_of(call: &Call) -> Millis {
    if matches!(call, Call::Charge(_)) { CHARGE_LIMIT } else { OTHER_LIMIT }
}

fn name_of(call: &Call) -> &'static str {
    match call {
        Call::Create => "create",
        Call::Charge(_) => "charge",
        Call::Query => "query",
        Call::Close => "close",
        Call::Reverse => "reverse",
    }
}

fn short(answer: &Answer) -> String {
    let text = match answer {
        Answer::Created(answer) => format!("{answer:?}"),
        Answer::Charged(answer) => format!("{answer:?}"),
        Answer::Queried(answer) => format!("{answer:?}"),
        Answer::Closed(answer) => format!("{answer:?}"),
        Answer::Reversed(answer) => format!("{answer:?}"),
    };
    text.chars().take(70).collect()
}
