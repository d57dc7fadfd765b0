//! The merchant's account: what its owner fills in and brings along, where that is kept, and how it is opened.
//! The command line and the window are thin callers of this room.

pub mod check;
mod draft;
mod file;
mod live;
mod paste;
mod save;

pub use draft::{Draft, Field, Flaw};
pub use file::{FileError, Left, PlainFile, forget};
pub use live::{Live, LiveError};
pub use paste::{Pasted, classify};
pub use save::{Keep, SaveError, Saved, go_live, save};

#[cfg(test)]
mod tests;
