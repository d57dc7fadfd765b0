//! The command line: each command is a thin caller of the till.

mod backup;
mod charge;
mod check;
mod find;
mod output;
mod pin;
mod practice;
mod refund;
mod secret;
pub mod session;
mod settle;
mod setup;

use std::ffi::OsString;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::account::check::{Item, Outcome};
use crate::lang::{BookTrouble, Lang};
use crate::ledger::LedgerError;
use crate::settings::Problem;
use crate::till;
use output::{Exit, Output};
use session::{Session, SessionError};

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
    /// Prove the settings without moving money.
    Check,
    /// Find orders by our number, WeChat's number, the last digits, an amount or a note.
    Find {
        /// What to look for.
        text: String,
    },
    /// Back up settings and book into one file that a pass phrase opens.
    Backup(backup::Backup),
    /// Restore a backup into a folder that has no book.
    Restore(backup::Restore),
    /// Refund an order, whole or in part.
    Refund(refund::Refund),
    /// Set, change or take away the refund PIN; PINs are read from standard input, line by line.
    Pin(pin::SetPin),
    /// Finish what a crash or a lost network left open: one pass of at most a minute.
    Settle,
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

/// Opens the data folder for a command. From here on the command speaks the settings' language; what in the
/// settings could not be used is said beside the result. An `Err` has been told.
async fn open(common: &Common, output: Output) -> Result<(Session, Output), Exit> {
    let opened = Session::open(common).await;
    let session = opened.map_err(|error| output.refused(&error.words(output.lang())))?;
    let output = output.in_language(session.lang(common));
    tell_problems(session.problems(), output);
    if let Some(outcome @ (Outcome::Warned(_) | Outcome::Failed(_))) = session.subject().expiry(till::now()) {
        Output::aside(&output.lang().check_line(Item::Expiry, &outcome));
    }
    Ok((session, output))
}

/// What in the settings could not be used.
fn tell_problems(problems: &[Problem], output: Output) {
    let places: Vec<&str> = problems.iter().map(Problem::place).collect();
    if !places.is_empty() {
        Output::aside(&charge::sentence(&output.lang().settings_problems(&places)));
    }
}

/// A machine without a display: one line, and what works there.
pub fn no_display(common: &Common) -> ExitCode {
    let output = Output::of(common);
    output.refused(output.lang().no_display()).into()
}

/// There is no till to work with; nothing was sent.
pub fn no_till(common: &Common, why: &SessionError) -> ExitCode {
    let output = Output::of(common);
    output.refused(&why.words(output.lang())).into()
}

/// The window could not be opened, or broke down: the answer is in the book.
pub fn no_window(common: &Common, why: &dyn Display) -> ExitCode {
    let output = Output::of(common);
    output.refused(&output.lang().no_window(why)).into()
}

/// What is wrong with the book, and what to do.
fn no_book(error: &LedgerError, lang: Lang) -> String {
    let trouble = match error {
        LedgerError::Newer { .. } => BookTrouble::Newer,
        LedgerError::Damaged => BookTrouble::Damaged,
        LedgerError::Full => BookTrouble::Full,
        LedgerError::ReadOnly | LedgerError::NotOpened { .. } => BookTrouble::NotWritable,
        LedgerError::Busy => BookTrouble::Busy,
        LedgerError::Disk { .. }
        | LedgerError::Engine { .. }
        | LedgerError::NumberTaken
        | LedgerError::SaleTaken
        | LedgerError::CodeUsed
        | LedgerError::NotFound
        | LedgerError::Stale { .. }
        | LedgerError::Backward
        | LedgerError::Forbidden
        | LedgerError::Closed => BookTrouble::Failed,
    };
    format!("{} ({error})", lang.no_book(trouble))
}

/// Runs one command to its end.
pub fn run(common: &Common, command: Command) -> ExitCode {
    let output = Output::of(common);
    let runtime = match session::runtime() {
        Ok(runtime) => runtime,
        Err(error) => return output.refused(&output.lang().no_till(&output.lang().io(error.kind()))).into(),
    };
    let exit = runtime.block_on(async {
        match command {
            Command::Charge(charge) => charge::run(common, charge, output).await,
            Command::Setup(setup) => setup::run(common, setup, output).await,
            Command::Backup(backup) => backup::back_up(common, backup, output).await,
            Command::Restore(restore) => backup::restore(common, restore, output).await,
            Command::Check => check::run(common, output).await,
            Command::Refund(refund) => refund::run(common, refund, output).await,
            Command::Pin(set) => pin::run(common, set, output).await,
            Command::Settle => settle::run(common, output).await,
            Command::Find { text } => find::run(common, &text, output).await,
            Command::Practice { listen, close_at_once } => practice::run(common, listen, close_at_once, output).await,
        }
    });
    // Calls that are still on their way have been written down; the next start takes them up.
    runtime.shutdown_background();
    exit.into()
}
