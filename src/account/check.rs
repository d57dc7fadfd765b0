//! Proves the settings without moving money, one item after the other.
//!
//! | item | how | what it can't say while |
//! |---|---|---|
//! | Network | a greeting that asks nothing | |
//! | Tls | the same | offline |
//! | Clock | the answer's `Date` | no answer |
//! | Backup | a greeting to the second host; WeChat's own gateway alone has one | |
//! | ApiKey | a query of a number that can't exist: a signed `ORDERNOTEXIST` | no answer |
//! | Order | an order of one fen, made and closed, shown to nobody: app id and Native permission | the key is not taken |
//! | NotifyUrl | the same order carried it | there is no order |
//! | Certificate | mutual TLS, and a reverse of a number that was never used | the key is not taken |
//! | Expiry | what the certificate says of itself | |
//! | Audit | the chain of refunds, line by line; where it is asked for | |
//!
//! Nothing here is tried again: who wants to know again checks again.

mod order;
mod outcome;
mod report;

use std::collections::VecDeque;
use std::time::Duration;

use futures::Stream;
use futures::stream;

use crate::approval::Desk;
use crate::audit::Sound;
use crate::certificate::Facts;
use crate::money::Fen;
use crate::number::OutTradeNo;
use crate::payment::{Answer, Call, Doubt, Gateway, NotSent, Order, QueryAnswer, Reason, ReverseAnswer};
use crate::till::{self, Till};
use crate::timestamp::Timestamp;
use crate::vault::{self, Vault};
use crate::wechat::{Client, Config, ConfigError, Failure, Hello};

pub use outcome::{Drift, Item, Outcome, Trouble, Unclear, Warning, Well};
pub use report::Report;

/// The clock may be off by this much and nobody notices: WeChat's shortest time limit is a minute (manual, unifiedorder,
/// `time_expire`).
const CLOCK_NOTICED: Duration = Duration::from_secs(60);
/// A clock that is off by this much is refused by some calls (manual: limits of five minutes).
const CLOCK_WRONG: Duration = Duration::from_secs(5 * 60);

/// What is checked.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds the API key")]
pub struct Subject {
    /// Makes the trial order, which stands in its book.
    pub till: Till,
    pub config: Config,
    /// `None` if no certificate was given.
    pub certificate: Option<Facts>,
    /// Where the key that came before is kept until the new one is proved; practice has none.
    pub vault: Option<Vault>,
    /// Knows the audit of refunds.
    pub desk: Desk,
}

/// A check that is about to run.
#[expect(missing_debug_implementations, reason = "it holds the API key")]
pub struct Check {
    subject: Subject,
    client: Client,
    left: VecDeque<Item>,
    hello: Option<Result<Hello, Failure>>,
    asked_at: Timestamp,
    /// The second host has answered.
    has_backup: bool,
    key: Option<Outcome>,
    order: Option<Outcome>,
}

impl Check {
    pub fn new(subject: Subject) -> Result<Self, ConfigError> {
        // The new key alone: the other one would hide what is wrong with it.
        let client = Client::new(Config { other_api_key: None, ..subject.config.clone() })?;
        let has_backup = client.has_backup();
        let left = Item::ALL.into_iter().filter(|item| match item {
            Item::Backup => has_backup,
            Item::Audit => false,
            Item::Network
            | Item::Tls
            | Item::Clock
            | Item::ApiKey
            | Item::Order
            | Item::NotifyUrl
            | Item::Certificate
            | Item::Expiry => true,
        });
        Ok(Self {
            subject,
            client,
            left: left.collect(),
            hello: None,
            asked_at: till::now(),
            has_backup: false,
            key: None,
            order: None,
        })
    }

    /// Looks through the audit of refunds as well, at last: a new account has none.
    pub fn with_audit(mut self) -> Self {
        self.left.push_back(Item::Audit);
        self
    }

    /// What will be looked at, in this order.
    pub fn items(&self) -> Vec<Item> {
        self.left.iter().copied().collect()
    }

    /// Looks at one item after the other; each takes some seconds at most.
    pub fn run(self) -> impl Stream<Item = (Item, Outcome)> + Send + 'static {
        stream::unfold(self, |mut check| async move {
            let item = check.left.pop_front()?;
            let outcome = check.look_at(item).await;
            Some(((item, outcome), check))
        })
    }

    async fn look_at(&mut self, item: Item) -> Outcome {
        match item {
            Item::Network => self.network().await,
            Item::Tls => self.tls(),
            Item::Clock => self.clock(),
            Item::Backup => self.backup().await,
            Item::ApiKey => {
                let outcome = if self.is_reached() { self.api_key().await } else { needs(Item::Network) };
                self.key = Some(outcome.clone());
                outcome
            }
            Item::Order => {
                let outcome =
                    if self.has_key() { order::try_one(&self.subject.till).await } else { needs(Item::ApiKey) };
                self.order = Some(outcome.clone());
                outcome
            }
            Item::NotifyUrl => match &self.order {
                Some(Outcome::Passed(_)) => Outcome::Passed(Well::Taken),
                _ => needs(Item::Order),
            },
            Item::Certificate => self.certificate().await,
            Item::Expiry => self.expiry(),
            Item::Audit => match self.subject.desk.audit().await {
                Ok(Ok(Sound { other_key: 0, lines, .. })) => Outcome::Passed(Well::Sound { lines }),
                Ok(Ok(Sound { other_key: lines, .. })) => Outcome::Warned(Warning::OtherKey { lines }),
                Ok(Err(fault)) => Outcome::Failed(Trouble::Audit(fault)),
                Err(_) => Outcome::Unknown(Unclear::NotRead),
            },
        }
    }

    /// Calls find the host that answers.
    fn is_reached(&self) -> bool {
        matches!(self.hello, Some(Ok(_))) || self.has_backup
    }

    fn has_key(&self) -> bool {
        matches!(self.key, Some(Outcome::Passed(_)))
    }

    async fn network(&mut self) -> Outcome {
        self.asked_at = till::now();
        let hello = self.client.hello().await;
        let outcome = match &hello {
            Ok(hello) => Outcome::Passed(Well::Answered { took: hello.took }),
            // Somebody was reached; whether it is the right one is the next item's.
            Err(Failure::NotSent(NotSent::Untrusted) | Failure::Odd(_)) => Outcome::Passed(Well::Reached),
            Err(Failure::NotSent(_)) => Outcome::Unknown(Unclear::Offline),
            Err(Failure::NoAnswer) => Outcome::Unknown(Unclear::NoAnswer),
        };
        self.hello = Some(hello);
        outcome
    }

    async fn backup(&mut self) -> Outcome {
        match self.client.hello_backup().await {
            Some(Ok(hello)) => {
                self.has_backup = true;
                Outcome::Passed(Well::Answered { took: hello.took })
            }
            Some(Err(_)) | None if self.is_reached() => Outcome::Warned(Warning::BackupSilent),
            Some(Err(_)) | None => Outcome::Unknown(Unclear::Offline),
        }
    }

    fn tls(&self) -> Outcome {
        match &self.hello {
            Some(Ok(_)) => Outcome::Passed(Well::Trusted),
            Some(Err(Failure::NotSent(NotSent::Untrusted))) => Outcome::Failed(Trouble::Untrusted),
            Some(Err(_)) | None => needs(Item::Network),
        }
    }

    fn clock(&self) -> Outcome {
        let Some(Ok(hello)) = &self.hello else { return needs(Item::Network) };
        let Some(date) = hello.date else { return Outcome::Unknown(Unclear::NoDate) };
        judge_clock(Drift::between(self.asked_at.plus(hello.took / 2), date))
    }

    async fn api_key(&self) -> Outcome {
        // A number of a year before WeChat was.
        let number = OutTradeNo::make(Timestamp::from_millis(946_684_800_000), 0, till::random());
        let outcome = match self.client.look_up(number.as_str()).await {
            // An order of that number would be signed all the same.
            Ok(_) => Outcome::Passed(Well::Signed),
            Err(QueryAnswer::Unknown(doubt)) => judge_key(doubt),
            Err(QueryAnswer::NotSent(why)) => not_sent(&why),
            Err(
                QueryAnswer::Paid(_)
                | QueryAnswer::Unpaid
                | QueryAnswer::Paying
                | QueryAnswer::Closed
                | QueryAnswer::Revoked
                | QueryAnswer::PayError
                | QueryAnswer::Refunded(_)
                | QueryAnswer::NotExist,
            ) => Outcome::Passed(Well::Signed),
        };
        if let (Outcome::Passed(_), Some(_), Some(vault)) =
            (&outcome, &self.subject.config.other_api_key, &self.subject.vault)
        {
            // The key before this one has served. What can't be removed now is removed by the next check.
            let _ = vault.remove(vault::Item::OtherApiKey).await;
        }
        outcome
    }

    async fn certificate(&self) -> Outcome {
        let Some(facts) = &self.subject.certificate else { return Outcome::Failed(Trouble::NoCertificate) };
        if facts.mch_id != self.subject.config.mch_id {
            return Outcome::Failed(Trouble::OtherMerchants { found: facts.mch_id.clone() });
        }
        if !self.is_reached() {
            return needs(Item::Network);
        }
        match self.client.send(&never_used(till::now()), Call::Reverse).await.answer {
            Answer::Reversed(answer) => self.judge_certificate(answer),
            Answer::Created(_) | Answer::Charged(_) | Answer::Queried(_) | Answer::Closed(_) => {
                Outcome::Unknown(Unclear::NotUnderstood)
            }
        }
    }

    fn judge_certificate(&self, answer: ReverseAnswer) -> Outcome {
        match answer {
            // Whatever is signed was said behind the certificate's door.
            ReverseAnswer::Done | ReverseAnswer::Again | ReverseAnswer::Paying | ReverseAnswer::Expired => {
                Outcome::Passed(Well::Taken)
            }
            ReverseAnswer::Refused(refusal) if is_about_the_merchant(refusal.reason) => {
                Outcome::Failed(Trouble::Refused(refusal))
            }
            ReverseAnswer::Refused(_) => Outcome::Passed(Well::Taken),
            ReverseAnswer::NotSent(NotSent::NoCertificate) => Outcome::Failed(Trouble::NoCertificate),
            ReverseAnswer::NotSent(NotSent::CertificateRefused) => match self.expiry() {
                Outcome::Failed(expired) => Outcome::Failed(expired),
                Outcome::Passed(_) | Outcome::Warned(_) | Outcome::Unknown(_) => {
                    Outcome::Failed(Trouble::CertificateRefused)
                }
            },
            ReverseAnswer::NotSent(why) => not_sent(&why),
            ReverseAnswer::Unknown(Doubt::Gateway { .. }) => Outcome::Passed(Well::Taken),
            // An objection to the key tells nothing of the certificate.
            ReverseAnswer::Unknown(_) if !self.has_key() => needs(Item::ApiKey),
            ReverseAnswer::Unknown(doubt) => judge_key(doubt),
        }
    }

    fn expiry(&self) -> Outcome {
        self.subject.expiry(till::now()).unwrap_or(needs(Item::Certificate))
    }
}

impl Subject {
    /// How long the certificate holds, told at a till's start as well; `None` if there is no certificate.
    pub fn expiry(&self, now: Timestamp) -> Option<Outcome> {
        self.certificate.as_ref().map(|facts| judge_expiry(facts, now))
    }
}

/// Whether a no to a reverse means more than that there was nothing to reverse.
fn is_about_the_merchant(reason: Reason) -> bool {
    matches!(reason, Reason::NoPermission | Reason::Settings | Reason::AccountAbnormal)
}

fn needs(item: Item) -> Outcome {
    Outcome::Unknown(Unclear::Needs(item))
}

fn not_sent(why: &NotSent) -> Outcome {
    match why {
        NotSent::Offline => Outcome::Unknown(Unclear::Offline),
        NotSent::Untrusted => Outcome::Failed(Trouble::Untrusted),
        NotSent::NoCertificate => Outcome::Failed(Trouble::NoCertificate),
        NotSent::CertificateRefused => Outcome::Failed(Trouble::CertificateRefused),
    }
}

/// What a reply without a result says of the key.
fn judge_key(doubt: Doubt) -> Outcome {
    match doubt {
        Doubt::NoAnswer => Outcome::Unknown(Unclear::NoAnswer),
        Doubt::NotUnderstood => Outcome::Unknown(Unclear::NotUnderstood),
        // WeChat says so without a signature: it does not know whose key to sign with.
        Doubt::Unsigned { text } => Outcome::Failed(Trouble::KeyRefused { text }),
        Doubt::NotOurs { field } if field == "sign" => Outcome::Failed(Trouble::ReplyNotSigned),
        Doubt::NotOurs { field } => Outcome::Failed(Trouble::NotOurs { field }),
        // Signed by the key; these say that the merchant is wrong.
        Doubt::Gateway { code } if code == "SIGNERROR" || code == "MCHID_NOT_EXIST" => {
            Outcome::Failed(Trouble::KeyRefused { text: code })
        }
        // Signed by the key, so the key is right; the app id is the order's to judge.
        Doubt::Gateway { code } if code.starts_with("APPID") => Outcome::Passed(Well::Signed),
        Doubt::Gateway { code } => Outcome::Unknown(Unclear::Gateway { code }),
    }
}

fn judge_clock(drift: Drift) -> Outcome {
    if drift.by >= CLOCK_WRONG {
        Outcome::Failed(Trouble::Clock(drift))
    } else if drift.by >= CLOCK_NOTICED {
        Outcome::Warned(Warning::Clock(drift))
    } else {
        Outcome::Passed(Well::Clock(drift))
    }
}

/// What a certificate says of its own time.
pub fn judge_expiry(facts: &Facts, now: Timestamp) -> Outcome {
    if facts.ends_at <= now {
        Outcome::Failed(Trouble::Expired { ended_at: facts.ends_at })
    } else if now < facts.begins_at {
        Outcome::Failed(Trouble::NotYet { begins_at: facts.begins_at })
    } else if facts.ends_soon(now) {
        Outcome::Warned(Warning::EndsSoon { ends_at: facts.ends_at })
    } else {
        Outcome::Passed(Well::Until { ends_at: facts.ends_at })
    }
}

/// An order that was never made: its number has a till that no shop has. Only the number is sent.
fn never_used(now: Timestamp) -> Order {
    Order {
        out_trade_no: OutTradeNo::make(now, 0, till::random()),
        total_fee: Fen::ZERO,
        body: String::new(),
        attach: String::new(),
        device_info: String::new(),
        spbill_create_ip: String::new(),
        notify_url: String::new(),
        created_at: now,
    }
}

#[cfg(test)]
mod tests;
