//! `guitai pin`: sets, changes or takes away the refund PIN.

use clap::Args;
use serde_json::json;

use crate::approval::Pin;

use super::output::{Exit, Output};
use super::session::Session;
use super::{Common, secret};

/// `guitai pin`
#[derive(Debug, Clone, Copy, Args)]
pub struct SetPin {
    /// Take the PIN away: refunds then follow the settings' rules alone.
    #[arg(long)]
    pub remove: bool,
    /// The PIN is forgotten: take it away with the merchant's API key, read from standard input in the PIN's place.
    #[arg(long, conflicts_with = "remove")]
    pub forgotten: bool,
}

/// Reads from standard input, where no list of processes shows it: the PIN so far where there is one, then the new one,
/// each on a line of its own.
pub(super) async fn run(common: &Common, set: SetPin, output: Output) -> Exit {
    let (session, output) = match super::open(common, output).await {
        Ok(opened) => opened,
        Err(told) => return told,
    };
    let lang = output.lang();
    if session.is_practice() {
        return output.refused(lang.no_pin_in_practice());
    }
    let desk = session.desk();
    if set.forgotten {
        let key = secret::line().unwrap_or_default();
        return match desk.forget_pin(&key, session.till().now()).await {
            Ok(()) => taken(&session, output, false),
            Err(why) => output.refused(&lang.not_changed(&why)),
        };
    }
    let has_pin = match desk.has_pin().await {
        Ok(has_pin) => has_pin,
        Err(why) => return output.refused(&lang.pin_not_set(&why)),
    };
    // Both are read before the old one is tried: a new one that is none costs no try.
    let old = if has_pin { read() } else { None };
    let new = if set.remove { None } else { read() };
    if new.is_none() && !set.remove {
        return output.refused(lang.no_such_pin());
    }
    match desk.set_pin(old.as_ref(), new.as_ref(), session.till().now()).await {
        Ok(()) => taken(&session, output, new.is_some()),
        Err(why) => output.refused(&lang.pin_not_set(&why)),
    }
}

/// The PIN is another one now, or none.
fn taken(session: &Session, output: Output, pin: bool) -> Exit {
    let outcome = json!({ "outcome": "accepted", "mode": session.mode(), "pin": pin });
    output.say(output.lang().pin_set(pin), &outcome);
    Exit::Done
}

/// The next line of standard input as a PIN; what can't be read is none.
pub(super) fn read() -> Option<Pin> {
    Pin::parse(&secret::line().ok()?)
}
