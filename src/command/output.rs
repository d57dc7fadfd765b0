//! What a command prints: sentences for a person, or one JSON object a line with `--json`.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::lang::Lang;

use super::Common;

/// How a command ended (the exit codes of the README).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0: paid, accepted, found.
    Done,
    /// 1: a final no.
    No,
    /// 2: usage, bad input or settings; nothing was sent.
    BadInput,
    /// 3: not yet known.
    Unknown,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::BadInput => 2,
            Exit::Unknown => 3,
        })
    }
}

/// The one place that writes to standard output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
    lang: Lang,
    /// `practice` or `live`, as every result says.
    mode: &'static str,
}

impl Output {
    pub(super) fn of(common: &Common) -> Self {
        let lang = common.lang.unwrap_or_else(Lang::of_system);
        Self { json: common.json, lang, mode: super::session::mode_of(common) }
    }

    pub(super) fn is_json(self) -> bool {
        self.json
    }

    pub(super) fn lang(self) -> Lang {
        self.lang
    }

    /// One answer in both forms.
    pub(super) fn say(self, text: &str, object: &Value) {
        if self.json {
            Self::line(&object.to_string());
        } else {
            Self::line(text);
        }
    }

    pub(super) fn in_language(self, lang: Lang) -> Self {
        Self { lang, ..self }
    }

    /// What a person should know beside the result; it never mixes with what a program reads.
    pub(super) fn aside(text: &str) {
        // A closed pipe is the reader's choice.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// A line that only a person reads.
    pub(super) fn person(self, text: &str) {
        if !self.json {
            Self::line(text);
        }
    }

    /// Bad input, settings, disk or keys: nothing was sent.
    pub(super) fn refused(self, text: &str) -> Exit {
        if self.json {
            Self::line(&json!({ "outcome": "refused", "mode": self.mode, "error": text }).to_string());
        } else {
            Self::aside(text);
        }
        Exit::BadInput
    }

    pub(super) fn bad_usage(text: &str) {
        Self::line(&json!({ "outcome": "refused", "error": text.trim_end() }).to_string());
    }

    fn line(text: &str) {
        let mut out = std::io::stdout().lock();
        // A reader that went away must not end a payment.
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
    }
}
