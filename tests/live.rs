//! Going live, against a gateway other than the built-in one.

#[path = "live/certificate.rs"]
mod certificate;
#[path = "live/setup.rs"]
mod setup;
