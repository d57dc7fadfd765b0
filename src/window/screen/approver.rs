//! Who approves: the names that the owner has set, one of them chosen. In a shop of one person there are none, and
//! nothing of this is seen.

use iced::widget::row;

use crate::window::ui::token::space;
use crate::window::ui::{self, Element};

/// The names, and who of them approves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approver {
    names: Vec<String>,
    chosen: Option<usize>,
}

impl Approver {
    /// Takes the owner's names. Who was chosen stays so while they are named; of one name there is no choice.
    pub fn name(&mut self, names: &[String]) {
        let chosen = self.by().to_owned();
        self.names = names.to_vec();
        self.chosen = match names {
            [_] => Some(0),
            _ => names.iter().position(|name| *name == chosen),
        };
    }

    /// Chooses by place; says whether it is somebody else now.
    pub fn choose(&mut self, place: usize) -> bool {
        let chosen = Some(place).filter(|&place| place < self.names.len());
        let is_other = chosen.is_some() && chosen != self.chosen;
        self.chosen = chosen.or(self.chosen);
        is_other
    }

    /// Chooses the next one; behind the last comes the first.
    pub fn choose_next(&mut self) -> bool {
        let next = self.chosen.map_or(0, |chosen| chosen + 1);
        self.choose(if next < self.names.len() { next } else { 0 })
    }

    /// Whether somebody is still to be chosen.
    pub fn is_wanting(&self) -> bool {
        !self.names.is_empty() && self.chosen.is_none()
    }

    /// Whether there is anything to choose.
    pub fn is_a_choice(&self) -> bool {
        self.names.len() > 1
    }

    /// Whether anybody is named at all.
    pub fn is_named(&self) -> bool {
        !self.names.is_empty()
    }

    /// Who approves; empty where nobody is named.
    pub fn by(&self) -> &str {
        self.chosen.and_then(|chosen| self.names.get(chosen)).map_or("", String::as_str)
    }

    /// The names as chips, each with the key that chooses it.
    pub fn chips<'a, M: Clone + 'a>(&self, press: impl Fn(usize) -> M) -> Element<'a, M> {
        let chips =
            self.names.iter().enumerate().map(|(place, name)| {
                ui::pick(format!("{} {name}", place + 1), self.chosen == Some(place), press(place))
            });
        row(chips).spacing(space::XS).wrap().vertical_spacing(space::XS).into()
    }

    /// Who was chosen, and the way to somebody else, where digits are a PIN's.
    pub fn chosen<'a, M: Clone + 'a>(&self, other: &'static str, press: M) -> Element<'a, M> {
        let chosen = ui::pick(self.by().to_owned(), true, press.clone());
        let other = self.is_a_choice().then(|| ui::pick(format!("+ {other}"), false, press));
        row![chosen].push(other).spacing(space::XS).wrap().vertical_spacing(space::XS).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Approver {
        let mut approver = Approver::default();
        approver.name(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        approver
    }

    #[test]
    fn a_shop_of_one_person_is_asked_nothing() {
        assert!(!of(&[]).is_wanting() && !of(&[]).is_a_choice());
        assert_eq!(of(&[]).by(), "");
        assert_eq!((of(&["Li"]).by(), of(&["Li"]).is_a_choice()), ("Li", false));
    }

    #[test]
    fn one_of_several_is_chosen_and_stays_while_named() {
        let mut approver = of(&["Wang", "Li", "Zhao"]);
        assert!(approver.is_wanting());
        assert!(!approver.choose(3) && approver.is_wanting(), "there is no fourth");
        assert!(approver.choose(1) && !approver.choose(1), "the same once more is no change");
        assert_eq!(approver.by(), "Li");
        assert!(approver.choose_next() && approver.choose_next());
        assert_eq!(approver.by(), "Wang");
        approver.name(&["Zhao".to_owned(), "Wang".to_owned()]);
        assert_eq!(approver.by(), "Wang");
        approver.name(&["Zhao".to_owned(), "Li".to_owned()]);
        assert!(approver.is_wanting(), "who is gone approves nothing");
    }
}
