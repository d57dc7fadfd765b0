//! Reads the command line; opens the window or runs one command.

use std::process::ExitCode;

use guitai::command::{self, Cli};

fn main() -> ExitCode {
    match command::parse(std::env::args_os()) {
        Ok(Cli { common, command: Some(command) }) => command::run(&common, command),
        Ok(Cli { common, command: None }) => open_window(&common),
        Err(answered) => answered,
    }
}

#[cfg(feature = "window")]
fn open_window(common: &command::Common) -> ExitCode {
    command::window::open(common)
}

#[cfg(not(feature = "window"))]
fn open_window(common: &command::Common) -> ExitCode {
    command::no_window(common)
}
