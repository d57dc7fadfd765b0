//! Going live, against a gateway other than the built-in one.

#[path = "live/backup.rs"]
mod backup;
#[path = "live/canary.rs"]
mod canary;
#[path = "live/certificate.rs"]
mod certificate;
#[path = "live/keyring.rs"]
mod keyring;
#[path = "live/setup.rs"]
mod setup;
