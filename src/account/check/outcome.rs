//! What is looked at, and what can come of it.

use std::time::Duration;

use crate::audit::Fault;
use crate::payment::Refusal;
use crate::timestamp::Timestamp;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    Network,
    Tls,
    Clock,
    Backup,
    ApiKey,
    Order,
    NotifyUrl,
    Certificate,
    Expiry,
    /// Who let money go back, and when.
    Audit,
}

impl Item {
    pub const ALL: [Self; 10] = [
        Self::Network,
        Self::Tls,
        Self::Clock,
        Self::Backup,
        Self::ApiKey,
        Self::Order,
        Self::NotifyUrl,
        Self::Certificate,
        Self::Expiry,
        Self::Audit,
    ];

    /// Its name for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Tls => "tls",
            Self::Clock => "clock",
            Self::Backup => "backup",
            Self::ApiKey => "api_key",
            Self::Order => "order",
            Self::NotifyUrl => "notify_url",
            Self::Certificate => "certificate",
            Self::Expiry => "expiry",
            Self::Audit => "audit",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Passed(Well),
    /// It works today.
    Warned(Warning),
    Failed(Trouble),
    /// It could not be known.
    Unknown(Unclear),
}

impl Outcome {
    /// Its name for programs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Passed(_) => "passed",
            Self::Warned(_) => "warned",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Its mark beside a line.
    pub const fn sign(&self) -> char {
        match self {
            Self::Passed(_) => '✓',
            Self::Warned(_) => '!',
            Self::Failed(_) => '✗',
            Self::Unknown(_) => '?',
        }
    }

    /// The gateway's own words or code, for the details one click away.
    pub fn raw(&self) -> Option<String> {
        match self {
            Self::Failed(Trouble::KeyRefused { text }) => Some(text.clone()),
            Self::Failed(Trouble::NotOurs { field }) => Some(field.clone()),
            Self::Failed(Trouble::Refused(refusal)) => Some(format!("{} {}", refusal.code, refusal.text)),
            Self::Unknown(Unclear::Gateway { code }) => Some(code.clone()),
            Self::Passed(_) | Self::Warned(_) | Self::Failed(_) | Self::Unknown(_) => None,
        }
    }
}

/// How far this machine's clock is from the gateway's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift {
    pub by: Duration,
    /// This machine is ahead.
    pub ahead: bool,
}

impl Drift {
    /// From this machine's time and a `Date`, which is whole seconds, rounded down.
    pub fn between(here: Timestamp, date: Timestamp) -> Self {
        let there = date.plus(Duration::from_millis(500));
        let ahead = here > there;
        Self { by: if ahead { here.since(there) } else { there.since(here) }, ahead }
    }
}

/// What is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Well {
    Answered {
        took: Duration,
    },
    /// Somebody answered.
    Reached,
    Trusted,
    Clock(Drift),
    /// The reply was signed with our key.
    Signed,
    /// An order was made; its close is on its way.
    Made,
    /// The gateway took it.
    Taken,
    Until {
        ends_at: Timestamp,
    },
    /// Every line of the audit holds.
    Sound {
        lines: i64,
    },
}

/// What will be a trouble one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    Clock(Drift),
    BackupSilent,
    EndsSoon {
        ends_at: Timestamp,
    },
    /// Lines of the audit that another key made; what they say can't be proven here.
    OtherKey {
        lines: i64,
    },
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The other side's certificate is not one to trust.
    Untrusted,
    Clock(Drift),
    /// The gateway doesn't take our signature: a wrong key, or another merchant's.
    KeyRefused {
        text: String,
    },
    /// The reply was not signed with our key.
    ReplyNotSigned,
    /// The reply speaks of another merchant or app.
    NotOurs {
        field: String,
    },
    /// A signed no.
    Refused(Refusal),
    NoCertificate,
    CertificateRefused,
    OtherMerchants {
        found: String,
    },
    Expired {
        ended_at: Timestamp,
    },
    NotYet {
        begins_at: Timestamp,
    },
    /// The book can't be written, so nothing was sent.
    NotRecorded,
    /// Somebody wrote to the book's file, or it is older than it was.
    Audit(Fault),
}

/// Why it could not be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    Offline,
    NoAnswer,
    NotUnderstood,
    /// The answer has no `Date`.
    NoDate,
    /// The gateway says that it doesn't know, or a code that tells nothing here.
    Gateway {
        code: String,
    },
    /// The book or the keyring can't be read.
    NotRead,
    /// It can only be known when this is well.
    Needs(Item),
}
