//! guitai 柜台: a WeChat Pay till for the desktop. Each line below is a room; `ARCHITECTURE.md` is the plan.

// Whole fen; text in and out without floating point.
pub mod money;
// Order numbers, payment codes: each its own type.
pub mod number;
// A moment in time, as the book and the wire write it.
pub mod timestamp;

// What a barcode scanner typed: wedge decoder and classifier.
pub mod scan;

// Who let money go back: approvals, and the chain that holds them.
pub mod audit;

// The rules of money, pure.
pub mod payment;

// The wire: WeChat Pay API V2.
pub mod wechat;

// The book on disk.
pub mod ledger;

// Everything that is not secret.
pub mod settings;

// A process that leaves no image of its memory behind.
pub mod core_dump;

// The merchant's secrets, in the operating system's keyring.
pub mod vault;

// The merchant's API certificate, as WeChat issues it.
pub mod certificate;

// The merchant's account: filled in, kept, opened and proved.
pub mod account;

// Who may refund: the owner's rules, the PIN, the audit's key.
pub mod approval;

// The driver: runs the rules against a gateway, the book and a clock.
pub mod till;

// Settings and book in one sealed file, and back.
pub mod backup;

// What WeChat reports by itself, for shops that can receive it.
pub mod notify;

// A simulated WeChat Pay.
pub mod practice;

// A text as a QR code.
pub mod qr;

// Chinese and English.
pub mod lang;

// The command line.
pub mod command;

// The iced program.
#[cfg(feature = "window")]
pub mod window;
