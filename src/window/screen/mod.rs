//! The screens: each a struct with a `Message`, an `update` that gives an `Action`, and a `view`.

pub mod approver;
pub mod bulk;
pub mod charge;
pub mod checks;
pub mod code;
pub mod orders;
pub mod refund;
pub mod restore;
pub mod result;
pub mod rules;
pub mod sale;
pub mod secret;
pub mod setup;
pub mod trouble;
pub mod unresolved;
pub mod welcome;
