//! `guitai check`: proves the settings without moving money.

use std::time::Duration;

use futures::StreamExt;
use serde_json::json;

use crate::account::check::{Check, Item, Outcome, Report};
use crate::till;

use super::Common;
use super::output::{Exit, Output};

/// How long the close of the trial order may take.
const GOODBYE: Duration = Duration::from_secs(5);

pub(super) async fn run(common: &Common, output: Output) -> Exit {
    let (session, output) = match super::open(common, output).await {
        Ok(opened) => opened,
        Err(told) => return told,
    };
    let check = match Check::new(session.subject().clone()) {
        Ok(check) => check.with_audit(),
        Err(error) => return output.refused(&output.lang().no_till(&output.lang().config_error(error))),
    };
    if session.is_practice() {
        output.person(output.lang().practice_mode());
    }
    let mut items = std::pin::pin!(check.run());
    let mut lines = Vec::new();
    while let Some((item, outcome)) = items.next().await {
        print(item, &outcome, session.mode(), output);
        lines.push((item, outcome));
    }
    // The trial order is closed, or left to the next start where the gateway doesn't let it be closed yet.
    session.till().goodbye(GOODBYE).await;
    let count = |kind: fn(&Outcome) -> bool| lines.iter().filter(|(_, outcome)| kind(outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let unknown = count(|outcome| matches!(outcome, Outcome::Unknown(_)));
    let warned = count(|outcome| matches!(outcome, Outcome::Warned(_)));
    let (exit, outcome) = match (failed, unknown) {
        (0, 0) => (Exit::Done, "passed"),
        (0, _) => (Exit::Unknown, "unknown"),
        (_, _) => (Exit::No, "failed"),
    };
    let report = output.lang().check_report(&Report::of(session.subject(), lines, till::now()));
    let object = json!({
        "outcome": outcome,
        "mode": session.mode(),
        "failed": failed,
        "unknown": unknown,
        "warned": warned,
        "report": report,
    });
    output.say(&output.lang().check_result(failed, unknown), &object);
    exit
}

fn print(item: Item, outcome: &Outcome, mode: &str, output: Output) {
    let lang = output.lang();
    let found = lang.check_outcome(item, outcome);
    let mut text = format!("{} {} · {}", outcome.sign(), lang.check_item(item), found.what);
    if let Some(to_do) = found.to_do {
        text = format!("{text}\n  {to_do}");
    }
    let raw = outcome.raw();
    if let Some(raw) = &raw {
        text = format!("{text}\n  [{}]", raw.trim());
    }
    let object = json!({
        "item": item.as_str(),
        "outcome": outcome.as_str(),
        "mode": mode,
        "what": found.what,
        "to_do": found.to_do,
        "code": raw,
    });
    output.say(&text, &object);
}
