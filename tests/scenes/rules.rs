//! The owner's page of who may refund.

use std::time::Duration;

use guitai::approval::{NotApproved, NotChanged, Pin};
use guitai::lang::Lang;
use guitai::settings::{RefundRules, SettingsError};
use guitai::window::screen::rules::{Found, Message as OnRules, Told};
use guitai::window::{Did, Key, Message};

use super::{DESIGN, SMALL, Scene, Stage, fen};

/// Scenes whose English on dark is a picture too.
pub(crate) const IN_ENGLISH: &[&str] = &["rules", "rules-locked-out", "rules-forgotten"];

/// As many as there may be, some of them as long as they may be.
pub(crate) const NINE: [(&str, &str); 9] = [
    ("王店长", "Wang"),
    ("小李", "Li"),
    ("赵姐", "Zhao"),
    ("上早班的陈师傅（周一到周五值班）", "Chen, early shift"),
    ("孙会计", "Sun"),
    ("周", "Zhou"),
    ("吴小妹", "Wu"),
    ("郑经理", "Zheng"),
    ("老板娘", "The owner's wife"),
];

pub(crate) fn names(lang: Lang, names: &[(&str, &str)]) -> Vec<String> {
    names.iter().map(|(zh, en)| (if lang == Lang::Zh { zh } else { en }).to_string()).collect()
}

fn kept(lang: Lang, named: &[(&str, &str)]) -> RefundRules {
    RefundRules {
        free_below: Some(fen(2_000)),
        never_above: Some(fen(50_000)),
        day_cap: Some(fen(200_000)),
        approvers: names(lang, named),
    }
}

fn pin() -> Pin {
    Pin::parse("480215").unwrap()
}

impl Stage {
    fn rules(&mut self, rules: RefundRules, may_have_pin: bool, has_pin: bool) {
        self.tell(Message::Did(Did::WhoRefunds));
        self.tell(Message::Rules(1, Told::Read(Ok(Found { rules, may_have_pin, has_pin }))));
    }

    /// Opened with the PIN, three names and all amounts in it.
    fn open_rules(&mut self) {
        self.rules(kept(self.counter.lang(), &NINE[..3]), true, true);
        self.typing("480215\n");
        self.tell(Message::Rules(1, Told::Unlocked(pin(), Ok(()))));
    }
}

pub(crate) const SCENES: &[Scene] = &[
    ("rules-reading", false, DESIGN, |stage| {
        stage.tell(Message::Did(Did::WhoRefunds));
    }),
    ("rules-empty", false, DESIGN, |stage| stage.rules(RefundRules::default(), true, false)),
    ("rules", false, DESIGN, |stage| stage.open_rules()),
    ("rules-practice-small", true, SMALL, |stage| {
        stage.rules(kept(stage.counter.lang(), &NINE), false, false);
        stage.press(Key::Up);
    }),
    ("rules-practice-of-live", true, SMALL, |stage| {
        stage.tell(Message::Did(Did::WhoRefunds));
        stage.tell(Message::Rules(1, Told::Read(Err(NotChanged::IsLive))));
    }),
    ("rules-contradict", false, DESIGN, |stage| {
        stage.open_rules();
        stage.typing("600\n");
    }),
    ("rules-unsaved", false, SMALL, |stage| {
        stage.open_rules();
        stage.press(Key::Down);
        stage.typing("80");
        stage.press(Key::Escape);
    }),
    ("rules-saved", false, DESIGN, |stage| {
        stage.open_rules();
        stage.typing("\n");
        stage.tell(Message::Rules(1, Told::Saved(kept(stage.counter.lang(), &NINE[..3]), Ok(()))));
    }),
    ("rules-not-saved", false, SMALL, |stage| {
        stage.open_rules();
        stage.typing("\n");
        let kind = std::io::ErrorKind::PermissionDenied;
        let why = NotChanged::Settings(SettingsError::NotSaved { kind });
        stage.tell(Message::Rules(1, Told::Saved(kept(stage.counter.lang(), &NINE[..3]), Err(why))));
    }),
    ("rules-locked", false, DESIGN, |stage| {
        stage.rules(RefundRules::default(), true, true);
        stage.typing("480");
    }),
    ("rules-locked-out", false, SMALL, |stage| {
        stage.rules(RefundRules::default(), true, true);
        stage.typing("111111\n");
        let locked = NotApproved::Locked { wait: Duration::from_secs(60) };
        stage.tell(Message::Rules(1, Told::Unlocked(pin(), Err(locked.into()))));
    }),
    ("rules-forgotten", false, DESIGN, |stage| {
        stage.rules(RefundRules::default(), true, true);
        stage.press(Key::Function(4));
        stage.typing("0123456789abcdef0123456789abcdef");
    }),
    ("rules-new-pin", false, DESIGN, |stage| {
        stage.open_rules();
        stage.press(Key::Function(2));
        stage.typing("1234\n12");
    }),
    ("rules-no-pin", false, DESIGN, |stage| {
        stage.open_rules();
        stage.tell(Message::Did(Did::Rules(OnRules::NoPin)));
    }),
];
