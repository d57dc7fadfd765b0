//! How the page of the owner's rules looks.

use iced::Fill;
use iced::widget::{Space, column, container, row};

use crate::approval::Pin;
use crate::lang::{Lang, RuleWords};
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Banner, Button, Element, FormLine, Icon, KeyHint, Role, Tone};

use super::{API_KEY, Message, NAMES, Rules, Said, Secret, Stage};

impl Rules {
    pub fn keys(&self, lang: Lang) -> Vec<KeyHint<'static>> {
        let (words, back) = (lang.rule_words(), ("Esc", lang.words().back));
        if self.busy {
            return Vec::new();
        }
        match &self.stage {
            Stage::Reading | Stage::Closed(_) => vec![back],
            Stage::Locked(_) => vec![("Enter", words.open), ("F4", words.forgot), back],
            Stage::Forgotten(_) => vec![("Enter", words.take_pin), back],
            Stage::NewPin(..) => vec![("Enter", lang.words().walk.next), back],
            Stage::NoPin => vec![("Enter", words.take_pin), back],
            Stage::Form => {
                let adds = self.line == NAMES && !self.name.trim().is_empty();
                let mut keys = vec![("Enter", if adds { words.add_name } else { words.save }), ("+", words.key_line)];
                if self.may_have_pin {
                    keys.push(("F2", if self.has_pin { words.change_pin } else { words.set_pin }));
                }
                if self.has_pin {
                    keys.push(("F7", words.take_pin));
                }
                keys.push(back);
                keys
            }
        }
    }

    pub fn view(&self, lang: Lang) -> Element<'_, Message> {
        let words = lang.rule_words();
        match &self.stage {
            Stage::Reading => ui::card(ui::empty(Icon::Dots, words.reading, ""), inset::FORM),
            Stage::Closed(why) => {
                let note = ui::note(Banner::Waiting, words.closed.to_owned(), lang.not_changed(why), []);
                let back = Button::primary(lang.words().back, "Esc", Message::Back).view();
                let page = column![head(words.title, words.lead), note, Space::new().height(Fill), back];
                alone(page.spacing(space::M).into())
            }
            Stage::Locked(typed) => {
                let ready = typed.len() >= Pin::SHORTEST;
                let next = Button::primary(words.open, "Enter", Message::Enter).enabled(ready && !self.busy);
                let forgot = Button::secondary(words.forgot, "F4", Message::Forgot);
                let name = words.pin.to_owned();
                self.secret([words.locked, words.locked_lead], name, typed, next, Some(forgot), lang)
            }
            Stage::Forgotten(typed) => {
                let ready = typed.len() == API_KEY && !self.busy;
                let next = Button::primary(words.take_pin, "Enter", Message::Enter).enabled(ready);
                let name = format!("{} {}/{API_KEY}", words.api_key, typed.len());
                self.secret([words.forgot_title, words.forgot_lead], name, typed, next, None, lang)
            }
            Stage::NewPin(typed, first) => {
                let title = if self.has_pin { words.change_pin } else { words.set_pin };
                let name = if first.is_some() { words.new_pin_again } else { words.new_pin };
                let ready = typed.len() >= Pin::SHORTEST && !self.busy;
                let next = Button::primary(lang.words().walk.next, "Enter", Message::Enter).enabled(ready);
                self.secret([title, words.new_pin_lead], name.to_owned(), typed, next, None, lang)
            }
            Stage::NoPin => {
                let take = Button::primary(words.take_pin, "Enter", Message::Enter).view();
                let buttons = row![take, back(lang)].spacing(space::M);
                let page = column![head(words.take_pin_title, words.take_pin_lead), Space::new().height(Fill), buttons];
                alone(page.spacing(space::M).into())
            }
            Stage::Form => self.form(lang),
        }
    }

    /// One secret that is asked for, and what was said of the last one.
    fn secret<'a>(
        &'a self,
        [title, lead]: [&'static str; 2],
        name: String,
        typed: &Secret,
        next: Button<'a, Message>,
        more: Option<Button<'a, Message>>,
        lang: Lang,
    ) -> Element<'a, Message> {
        let buttons = row![next.view(), back(lang), Space::new().width(Fill)].push(more.map(Button::view));
        let page = column![
            head(title, lead),
            ui::text(Role::Label, Tone::Accent, name),
            ui::secret_box(typed.len(), !self.busy, Message::Clear),
        ]
        .push(self.said(lang))
        .push(Space::new().height(Fill))
        .push(buttons.spacing(space::M));
        alone(page.spacing(space::M).into())
    }

    fn form(&self, lang: Lang) -> Element<'_, Message> {
        let words = lang.rule_words();
        let lead = if self.may_have_pin { words.lead } else { words.lead_practice };
        let names = [words.free_below, words.never_above, words.day_cap];
        let hints = [words.free_below_hint, words.no_limit, words.no_limit];
        let amounts = (0..NAMES).map(|line| self.amount(line, names[line], hints[line]));
        let save = Button::primary(words.save, "Enter", Message::Enter).enabled(!self.busy).view();
        // What is said takes the lead's place: it has room in a small window too, and no line moves for it.
        let said = self.said(lang).unwrap_or_else(|| ui::text(Role::Label, Tone::Muted, lead).into());
        let left = column![head(words.title, "")]
            .extend(amounts)
            .push(Space::new().height(Fill))
            .push(said)
            .push(row![save, back(lang)].spacing(space::M))
            .spacing(space::S);
        let right = column![self.approvers(words), ui::hairline(), self.pin(words)].spacing(space::M);
        let right = container(ui::card(right, inset::NARROW)).width(size::QR_COLUMN).height(Fill);
        row![ui::card(left, inset::NARROW), right].spacing(space::L).into()
    }

    fn amount(&self, line: usize, name: &'static str, hint: &'static str) -> Element<'_, Message> {
        let active = self.line == line;
        let figure = self.amounts[line].figure();
        let ghost = if active { "" } else { figure.ghost };
        let value = if figure.empty { String::new() } else { format!("¥{}{}{ghost}", figure.whole, figure.cents) };
        ui::form_line(FormLine { name, value, hint, active, text: false, press: Message::Line(line) })
    }

    fn approvers(&self, words: &'static RuleWords) -> Element<'_, Message> {
        let lead = if self.names.is_empty() { words.approvers_none } else { words.approvers_some };
        let chips = self.names.iter().enumerate().map(|(place, name)| {
            let label = format!("{name}  ×");
            ui::pick(label, false, Message::Unname(place))
        });
        let value = self.name.clone();
        let active = self.line == NAMES;
        let press = Message::Line(NAMES);
        let line = FormLine { name: words.approvers, value, hint: words.name_hint, active, text: true, press };
        let mut part = column![ui::form_line(line)].spacing(space::S);
        if !self.names.is_empty() {
            part = part.push(row(chips).spacing(space::XS).wrap().vertical_spacing(space::XS));
        }
        part.push(ui::text(Role::Label, Tone::Muted, lead)).into()
    }

    fn pin(&self, words: &'static RuleWords) -> Element<'_, Message> {
        let lead = match (self.may_have_pin, self.has_pin) {
            (false, _) => words.pin_practice,
            (true, true) => words.pin_is_set,
            (true, false) => words.pin_is_none,
        };
        let part = column![ui::text(Role::BodyStrong, Tone::Ink, words.pin), ui::text(Role::Label, Tone::Muted, lead)]
            .spacing(space::XS);
        let set = if self.has_pin { words.change_pin } else { words.set_pin };
        let mut buttons = row![].spacing(space::S);
        if self.may_have_pin {
            buttons = buttons.push(Button::secondary(set, "F2", Message::NewPin).low(true).fill().view());
        }
        if self.has_pin {
            buttons = buttons.push(Button::secondary(words.take_pin, "F7", Message::NoPin).low(true).fill().view());
        }
        part.push(buttons).into()
    }

    /// What was said last.
    fn said(&self, lang: Lang) -> Option<Element<'_, Message>> {
        let words = lang.rule_words();
        if self.busy {
            return Some(ui::note(Banner::Going, words.asking.to_owned(), String::new(), []));
        }
        let line = |kind, line: String| Some(ui::tinted(kind, ui::text(Role::Body, Tone::Ink, line)));
        match self.said? {
            Said::Saved => line(Banner::Good, words.saved.to_owned()),
            Said::PinIs(true) => line(Banner::Good, words.pin_set.to_owned()),
            Said::PinIs(false) => line(Banner::Good, words.pin_gone.to_owned()),
            Said::PinForm => line(Banner::Waiting, words.pin_form.to_owned()),
            Said::PinDiffers => line(Banner::Waiting, words.pin_differs.to_owned()),
            Said::PinEasy => line(Banner::Waiting, words.pin_easy.to_owned()),
            Said::Amount(error) => {
                let advice = lang.amount_error(error);
                line(Banner::Waiting, lang.joined(&advice.what_happened, &advice.what_to_do))
            }
            Said::Name(why) => line(Banner::Waiting, lang.bad_name(why)),
            Said::Contradiction(why) => line(Banner::Waiting, lang.contradiction(why)),
            Said::NotChanged(why) => line(Banner::Waiting, lang.not_changed(&why)),
            Said::Unsaved => line(Banner::Waiting, words.unsaved.to_owned()),
        }
    }
}

fn head<'a>(title: &'static str, lead: &'static str) -> Element<'a, Message> {
    let lead = (!lead.is_empty()).then(|| ui::text(Role::Label, Tone::Muted, lead));
    column![ui::text(Role::Heading, Tone::Ink, title)].push(lead).push(ui::hairline()).spacing(space::XS).into()
}

fn back<'a>(lang: Lang) -> Element<'a, Message> {
    Button::secondary(lang.words().back, "Esc", Message::Back).view()
}

/// A card in the middle.
fn alone(page: Element<'_, Message>) -> Element<'_, Message> {
    let card = container(ui::card(page, inset::FORM)).max_width(size::CHOICES + 2.0 * space::XXL);
    container(card).center_x(Fill).height(Fill).into()
}
