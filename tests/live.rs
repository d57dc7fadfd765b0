//! Going live, against a gateway other than the built-in one.

#[path = "live/backup.rs"]
mod backup;
#[path = "live/bad_input.rs"]
mod bad_input;
#[path = "live/canary.rs"]
mod canary;
#[path = "live/certificate.rs"]
mod certificate;
#[path = "live/check.rs"]
mod check;
#[path = "live/forged.rs"]
mod forged;
#[path = "live/hostile.rs"]
mod hostile;
#[path = "live/keyring.rs"]
mod keyring;
#[path = "live/pin.rs"]
mod pin;
#[path = "live/setup.rs"]
mod setup;
#[path = "live/shop.rs"]
mod shop;
