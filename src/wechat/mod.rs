//! The wire: WeChat Pay API V2.

mod client;
mod codec;
mod errors;
mod notification;
mod probe;
mod redact;
mod reply;
mod request;
mod route;
#[cfg(test)]
mod samples;
pub mod sign;
mod transport;
pub mod xml;

pub use client::{Client, Config};
pub use codec::{Codec, Encoded};
#[cfg(test)]
pub(crate) use notification::seal;
pub use notification::{NOT_TAKEN, TAKEN};
pub use probe::Hello;
pub use request::SubMerchant;
pub use transport::{BACKUP, ClientCertificate, ConfigError, Failure, Limits, MAIN};

/// The longest beginning of `text` that has at most `max` bytes and ends with a whole character.
fn head(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
