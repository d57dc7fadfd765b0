//! The command line: each command is a thin caller of the till.

mod charge;
mod find;
mod output;
mod practice;
pub mod session;
mod setup;

use std::ffi::OsString;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::lang::Lang;
use output::{Exit, Output};

/// guitai: a WeChat Pay till for the desktop.
#[derive(Debug, Parser)]
#[command(name = "guitai", version, about, long_about = None, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The folder that holds everything but the secrets.
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Ask for practice by name: the simulated WeChat Pay, no real money.
    #[arg(long, global = true)]
    pub practice: bool,
    /// The language: zh-CN or en.
    #[arg(long, global = true, value_name = "LANG", value_parser = parse_lang)]
    pub lang: Option<Lang>,
    /// Print one JSON object a line; the last line is the result.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Charge an amount: a QR code in the terminal, or the code on the customer's phone.
    Charge(Charge),
    /// Set up the merchant account; from then on this data folder takes real money.
    Setup(setup::Setup),
    /// Find orders by our number, WeChat's number, the last digits, an amount or a note.
    Find {
        /// What to look for.
        text: String,
    },
    /// Run the simulated WeChat Pay alone, as an HTTPS server for any client.
    Practice {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Let orders be closed in their first five minutes, which WeChat refuses.
        #[arg(long)]
        close_at_once: bool,
    },
}

/// `guitai charge`
#[derive(Debug, Clone, Args)]
pub struct Charge {
    /// Decimal yuan, such as 12.50.
    #[arg(allow_hyphen_values = true)]
    pub amount: String,
    /// The code on the customer's phone (micropay).
    #[arg(long, value_name = "AUTH_CODE", conflicts_with = "qr", required_unless_present = "qr")]
    pub code: Option<String>,
    /// Show a QR code that the customer scans (native pay).
    #[arg(long)]
    pub qr: bool,
    /// Save the QR code as a picture too.
    #[arg(long, value_name = "FILE.png", requires = "qr")]
    pub qr_file: Option<PathBuf>,
    /// A note that stays with the order.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
    /// In practice: what the simulated customer does.
    #[arg(long, value_enum, default_value_t = Customer::Pays)]
    pub customer: Customer,
}

/// What the simulated customer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Customer {
    /// Pays after two seconds.
    Pays,
    /// Needs the password, then pays.
    Password,
    /// Has not enough money; on a QR: cancels.
    Declines,
    /// Walks away; WeChat reverses a scanned payment after 45 s.
    Leaves,
}

fn parse_lang(text: &str) -> Result<Lang, String> {
    Lang::parse(text).ok_or_else(|| "zh-CN or en".to_owned())
}

/// Reads the command line. An `Err` has been answered already: help, a version, or bad usage.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let arguments: Vec<_> = arguments.collect();
    // Bad usage has no parsed options yet, and still owes a JSON answer to who asked for one.
    let json = arguments.iter().any(|argument| argument == "--json");
    Cli::try_parse_from(arguments).map_err(|error| {
        if json && error.use_stderr() {
            Output::bad_usage(&error.to_string());
            return Exit::BadInput.into();
        }
        // A closed pipe is the reader's choice.
        let _ = error.print();
        if error.use_stderr() { Exit::BadInput.into() } else { ExitCode::SUCCESS }
    })
}

/// A machine without a display: one line, and what works there.
pub fn no_display(common: &Common) -> ExitCode {
    let output = Output::of(common);
    output.trouble(output.lang().no_display()).into()
}

/// There is no till to work with; nothing was sent.
pub fn trouble(common: &Common, why: &dyn Display) -> ExitCode {
    let output = Output::of(common);
    output.trouble(&output.lang().no_till(why)).into()
}

/// Runs one command to its end.
pub fn run(common: &Common, command: Command) -> ExitCode {
    let output = Output::of(common);
    let runtime = match session::runtime() {
        Ok(runtime) => runtime,
        Err(error) => return trouble(common, &error),
    };
    let exit = runtime.block_on(async {
        match command {
            Command::Charge(charge) => charge::run(common, charge, output).await,
            Command::Setup(setup) => setup::run(common, setup, output).await,
            Command::Find { text } => find::run(common, &text, output).await,
            Command::Practice { listen, close_at_once } => practice::run(common, listen, close_at_once, output).await,
        }
    });
    // Calls that are still on their way have been written down; the next start takes them up.
    runtime.shutdown_background();
    exit.into()
}
