//! Whether a host can be reached at all, and what time it is there; nothing is asked of it.

use std::time::{Duration, Instant, SystemTime};

use crate::timestamp::Timestamp;

use super::client::Client;
use super::route::Host;
use super::transport::Failure;

/// A host that answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello {
    /// Its own clock, to the second below; `None` if it doesn't say.
    pub date: Option<Timestamp>,
    /// From asking to the answer, TLS included if there was no connection yet.
    pub took: Duration,
}

impl Client {
    /// Greets the gateway.
    pub async fn hello(&self) -> Result<Hello, Failure> {
        self.greet(Host::Main).await
    }

    /// Greets the gateway's second host; `None` if it has none.
    pub async fn hello_backup(&self) -> Option<Result<Hello, Failure>> {
        if self.has_backup() { Some(self.greet(Host::Backup).await) } else { None }
    }

    /// Whether the gateway has a second host: WeChat's own has.
    pub fn has_backup(&self) -> bool {
        self.transport.has_backup()
    }

    async fn greet(&self, host: Host) -> Result<Hello, Failure> {
        let asked = Instant::now();
        let date = self.transport.hello(host, self.limits.other).await?;
        Ok(Hello { date: date.as_deref().and_then(moment), took: asked.elapsed() })
    }
}

/// Reads an HTTP `Date`.
fn moment(text: &str) -> Option<Timestamp> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(0).plus(since))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_http_writes_it() {
        let beijing = Timestamp::from_wire("20261122120000");
        assert_eq!(moment("Sun, 22 Nov 2026 04:00:00 GMT"), beijing);
        for odd in ["", "2026-11-22", "Sun, 22 Nov 1926 04:00:00 GMT"] {
            assert_eq!(moment(odd), None, "{odd}");
        }
    }
}
