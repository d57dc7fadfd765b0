//! The design system: the only place with colours, sizes and fonts. Views say what a thing means,
//! never how it looks; what is missing here is added here.

mod amount;
mod banner;
mod button;
mod card;
mod caret;
mod field;
mod icon;
mod list;
mod phone;
mod progress;
mod qr_card;
mod station;
mod steps;
mod strip;
mod text;
mod theme;
pub mod token;

pub use amount::amount;
pub use banner::{Banner, Toast, banner, block, tinted, toast};
pub use button::{Button, Label, chip, keypad, link, pick, quick};
pub use card::{bar, card, digit_cell, floating, hairline, page, paid_screen, pill, rail, sheet};
pub use field::{Field, Mark};
pub use icon::{Icon, disc, hazard, icon, ring, turning};
pub use list::{
    FormLine, OrderLine, Told, alert, empty, facts, form_line, marked_line, order_line, search_box, secret_box, story,
};
pub use phone::{PhoneButton, phone};
pub use progress::{segments, tally};
pub use qr_card::{placeholder, qr_card};
pub use station::{Drop, choice, drop_zone, finding, note, stations};
pub use steps::{Done, Step, steps};
pub use strip::{Dot, Header, KeyHint, Line, bare_header, header, key_strip, recent_strip};
pub use text::{plain, text};
pub use theme::{Palette, Theme, Tone, base};
pub use token::Role;

/// An element of this window.
pub type Element<'a, M> = iced::Element<'a, M, Theme>;
