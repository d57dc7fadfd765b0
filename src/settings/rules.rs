//! What the owner lets people refund, and who may let a refund pass.

use std::io;
use std::path::Path;

use toml::Value;

use crate::money::Fen;

use super::{Field, Problem, Settings};

/// What the owner lets people refund.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RefundRules {
    /// Up to this no PIN is asked for.
    pub free_below: Option<Fen>,
    /// More than this is never refunded here.
    pub never_above: Option<Fen>,
    /// The most that goes back in a Beijing day.
    pub day_cap: Option<Fen>,
    /// Who approves refunds, by name; nobody is named in a shop of one person, and nobody is asked who it is.
    pub approvers: Vec<String>,
}

/// Why a name is none of an approver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadName {
    Empty,
    /// More than [`RefundRules::LONGEST_NAME`] characters.
    TooLong,
    /// It has a line break or another character that can't be seen.
    Control,
    /// Somebody is called so already.
    Twice,
    /// There are [`RefundRules::MOST_APPROVERS`] already.
    TooMany,
}

/// Rules of which one makes another meaningless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// What is free is more than what is ever refunded.
    FreeAboveNever { never_above: Fen },
    /// What is free is more than what goes back in a day.
    FreeAboveCap { day_cap: Fen },
}

impl RefundRules {
    /// One key each on the refund screen.
    pub const MOST_APPROVERS: usize = 9;
    pub const LONGEST_NAME: usize = 16;

    /// The fields that hold them.
    const FIELDS: [Field; 4] = [Field::RefundFreeBelow, Field::RefundNeverAbove, Field::RefundDayCap, Field::Approvers];

    /// Reads the rules as they stand in the data folder `dir` now. A rule that can't be read is not taken for none, and
    /// nor is a live folder whose settings are gone.
    pub fn load(dir: &Path) -> Result<Self, Problem> {
        let (settings, problems) = Settings::load(dir);
        let stands_against = |problem: &Problem| match problem {
            Problem::Unreadable { .. } | Problem::NotToml => true,
            Problem::Field { field } => Self::FIELDS.contains(field),
        };
        if let Some(problem) = problems.into_iter().find(stands_against) {
            return Err(problem);
        }
        if super::are_gone(dir) {
            return Err(Problem::Unreadable { kind: io::ErrorKind::NotFound });
        }
        Ok(settings.refund)
    }

    /// Names somebody who approves refunds.
    pub fn name(&mut self, name: &str) -> Result<(), BadName> {
        let name = name.trim();
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        if name.chars().any(char::is_control) {
            return Err(BadName::Control);
        }
        if name.chars().count() > Self::LONGEST_NAME {
            return Err(BadName::TooLong);
        }
        if self.approvers.iter().any(|known| known == name) {
            return Err(BadName::Twice);
        }
        if self.approvers.len() >= Self::MOST_APPROVERS {
            return Err(BadName::TooMany);
        }
        self.approvers.push(name.to_owned());
        Ok(())
    }

    /// What of them makes no sense together.
    pub fn contradiction(&self) -> Option<Contradiction> {
        let free = self.free_below?;
        let above = |limit: Option<Fen>| limit.filter(|&limit| free > limit);
        let never = above(self.never_above).map(|never_above| Contradiction::FreeAboveNever { never_above });
        never.or_else(|| above(self.day_cap).map(|day_cap| Contradiction::FreeAboveCap { day_cap }))
    }
}

/// All the names of the file, or none of them.
pub(super) fn approvers(value: &Value) -> Option<Vec<String>> {
    let mut rules = RefundRules::default();
    for name in value.as_array()? {
        rules.name(name.as_str()?).ok()?;
    }
    Some(rules.approvers)
}

#[cfg(test)]
mod tests {
    use super::super::FILE;
    use super::super::make_live;
    use super::*;

    fn fen(fen: i64) -> Option<Fen> {
        Fen::new(fen)
    }

    #[test]
    fn names_are_short_few_and_each_once() {
        let mut rules = RefundRules::default();
        assert_eq!(rules.name(" 王店长 "), Ok(()));
        assert_eq!(rules.approvers, ["王店长"]);
        for (name, why) in [
            ("", BadName::Empty),
            ("  ", BadName::Empty),
            ("a\u{7}b", BadName::Control),
            ("王店长", BadName::Twice),
            ("一二三四五六七八九十一二三四五六七", BadName::TooLong),
        ] {
            assert_eq!(rules.name(name), Err(why), "{name:?}");
        }
        for n in 2..=RefundRules::MOST_APPROVERS {
            assert_eq!(rules.name(&n.to_string()), Ok(()));
        }
        assert_eq!(rules.name("one more"), Err(BadName::TooMany));
    }

    #[test]
    fn what_is_free_is_never_more_than_what_is_allowed() {
        let rules =
            |free_below, never_above, day_cap| RefundRules { free_below, never_above, day_cap, approvers: Vec::new() };
        assert_eq!(rules(fen(500), fen(500), fen(500)).contradiction(), None);
        assert_eq!(rules(None, fen(1), fen(1)).contradiction(), None);
        let never_above = Fen::new(499).unwrap();
        let expected = Some(Contradiction::FreeAboveNever { never_above });
        assert_eq!(rules(fen(500), fen(499), None).contradiction(), expected);
        let day_cap = Fen::new(499).unwrap();
        assert_eq!(rules(fen(500), None, fen(499)).contradiction(), Some(Contradiction::FreeAboveCap { day_cap }));
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_not_taken_for_none() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(RefundRules::load(dir.path()), Ok(RefundRules::default()), "practice may have no file");
        make_live(dir.path()).unwrap();
        let gone = Problem::Unreadable { kind: io::ErrorKind::NotFound };
        assert_eq!(RefundRules::load(dir.path()), Err(gone));
        std::fs::write(dir.path().join(FILE), "theme = 3\nrefund_day_cap = '5'\n").unwrap();
        assert_eq!(
            RefundRules::load(dir.path()).map(|rules| rules.day_cap),
            Ok(fen(500)),
            "the theme is another matter"
        );
        std::fs::write(dir.path().join(FILE), "refund_day_cap = 'x'\n").unwrap();
        assert_eq!(RefundRules::load(dir.path()), Err(Problem::Field { field: Field::RefundDayCap }));
        std::fs::write(dir.path().join(FILE), "refund_day_cap = ").unwrap();
        assert_eq!(RefundRules::load(dir.path()), Err(Problem::NotToml));
    }
}
