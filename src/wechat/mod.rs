//! The wire: WeChat Pay API V2.

pub mod sign;
pub mod xml;
