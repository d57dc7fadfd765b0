//! How the steps look: the way at the left, the fields of one step at the right.

use iced::widget::{Space, column, container, row};
use iced::{Center, Fill};

use crate::account::{Field, Flaw, Keep};
use crate::lang::{Lang, Words};
use crate::settings::SignType;
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Banner, Button, Done, Drop, Element, KeyHint, Mark, Role, Tone};

use super::{Message, PATH, SELDOM, Saving, Setup, Step, Typed, capital, id};

impl Setup {
    pub fn keys(&self, words: &'static Words) -> Vec<KeyHint<'static>> {
        if self.is_saving() {
            return Vec::new();
        }
        let mut keys = vec![("Enter", self.next_word(words)), ("Tab", words.walk.key_next_field)];
        if self.step == Step::Merchant && !self.advanced {
            keys.extend([("F3", words.walk.choose_file), ("F2", words.walk.advanced)]);
        }
        if self.has_rules() {
            keys.push(("F4", words.walk.who_refunds));
        }
        keys.push(("Esc", words.back));
        keys
    }

    fn next_word(&self, words: &'static Words) -> &'static str {
        match self.step {
            Step::Merchant if !self.path.trim().is_empty() => words.walk.take_file,
            Step::Merchant if self.advanced => words.walk.advanced_done,
            Step::Shop | Step::Merchant => words.walk.next,
            Step::Key | Step::Checks => words.walk.save,
        }
    }

    pub fn view(&self, lang: Lang, turns: u32) -> Element<'_, Message> {
        let words = lang.words();
        let content = match (self.step, self.advanced) {
            (Step::Shop, _) => self.shop(lang),
            (Step::Merchant, false) => self.merchant(lang),
            (Step::Merchant, true) => self.seldom(lang),
            (Step::Key | Step::Checks, _) => self.key_page(lang),
        };
        let mut page = column![
            ui::text(Role::Heading, Tone::Ink, self.title(words)),
            ui::hairline(),
            content,
            Space::new().height(Fill),
        ]
        .spacing(space::M);
        if let Saving::Refused(why) = &self.saving {
            page = page.push(ui::note(Banner::Failed, words.walk.not_saved.to_owned(), lang.save_error(why), []));
        }
        let page = page.push(self.buttons(words, turns));
        row![stations(self.step, words), ui::card(page, inset::FORM)].spacing(space::L).into()
    }

    fn title(&self, words: &'static Words) -> &'static str {
        match self.step {
            Step::Merchant if self.advanced => words.walk.advanced_title,
            Step::Shop => words.walk.shop_title,
            Step::Merchant => words.walk.merchant_title,
            Step::Key | Step::Checks => words.walk.key_title,
        }
    }

    fn buttons(&self, words: &'static Words, turns: u32) -> Element<'_, Message> {
        if self.is_saving() {
            let line = row![
                ui::icon(ui::turning(turns), Tone::Accent, size::ICON_LINE),
                ui::text(Role::Body, Tone::Ink, words.walk.saving)
            ];
            return container(line.spacing(space::M).align_y(Center)).height(size::BUTTON).align_y(Center).into();
        }
        let mut buttons = row![
            Button::primary(self.next_word(words), "Enter", Message::Next).view(),
            Button::secondary(words.back, "Esc", Message::Back).view(),
            Space::new().width(Fill),
        ]
        .spacing(space::M);
        if self.step == Step::Merchant && !self.advanced {
            buttons = buttons.push(Button::secondary(words.walk.advanced, "F2", Message::Advanced).view());
        }
        if self.has_rules() {
            buttons = buttons.push(Button::secondary(words.walk.who_refunds, "F4", Message::Rules).view());
        }
        buttons.into()
    }

    fn field(&self, field: Field, lang: Lang) -> Element<'_, Message> {
        ui::Field {
            id: id(field),
            name: capital(lang.field(field)),
            hint: lang.where_to_find(field),
            optional: SELDOM.contains(&field),
            value: self.value(field),
            mark: self.mark(field, lang),
            secret: field == Field::ApiKey,
        }
        .view(move |text| Message::Typed(field, Typed::new(text)), move |text| Message::Pasted(field, Typed::new(text)))
    }

    fn shop(&self, lang: Lang) -> Element<'_, Message> {
        let words = &lang.words().walk;
        let (name, category) = (self.draft.shop_name.trim(), self.draft.shop_category.trim());
        let read = (!name.is_empty() && !category.is_empty()).then(|| format!("{name} - {category}"));
        column![
            self.field(Field::ShopName, lang),
            self.field(Field::ShopCategory, lang),
            self.field(Field::TillNumber, lang),
        ]
        .push(read.map(|read| ui::note(Banner::Going, words.customers_read.to_owned(), read, [])))
        .spacing(space::M)
        .into()
    }

    fn merchant(&self, lang: Lang) -> Element<'_, Message> {
        let words = &lang.words().walk;
        let path = ui::Field {
            id: PATH,
            name: words.file_path.to_owned(),
            hint: words.file_path_hint,
            optional: true,
            value: &self.path,
            mark: Mark::None,
            secret: false,
        };
        column![
            self.certificate(lang),
            path.view(Message::Path, Message::Path),
            self.field(Field::MerchantId, lang),
            self.field(Field::AppId, lang),
        ]
        .spacing(space::S)
        .into()
    }

    /// The place to drop the certificate at, and what is known of the one that was dropped.
    fn certificate(&self, lang: Lang) -> Element<'_, Message> {
        let words = &lang.words().walk;
        let hint = lang.where_to_find(Field::Certificate).to_owned();
        if self.hovered {
            return ui::drop_zone(Drop::Over, words.drop_now.to_owned(), hint);
        }
        if let Some(refused) = &self.refused {
            return ui::drop_zone(Drop::Bad, lang.file_error(refused), hint);
        }
        match self.draft.flaw(Field::Certificate) {
            // Not wrong, but not whole yet.
            Some(Flaw::NeedsMerchantId) => {
                ui::drop_zone(Drop::Over, lang.flaw(Field::Certificate, &Flaw::NeedsMerchantId), hint)
            }
            Some(flaw) => ui::drop_zone(Drop::Bad, lang.flaw(Field::Certificate, &flaw), hint),
            None => match (self.draft.facts(), self.draft.kept_certificate()) {
                (Some(facts), _) => {
                    let lead = lang.certificate_facts(&facts.serial, &facts.ends_at.date());
                    ui::drop_zone(Drop::Good, lang.certificate_of(&facts.mch_id), lead)
                }
                (None, Some(serial)) => {
                    ui::drop_zone(Drop::Good, words.certificate_kept.to_owned(), lang.certificate_serial(serial))
                }
                (None, None) => ui::drop_zone(Drop::Empty, words.drop_here.to_owned(), hint),
            },
        }
    }

    fn seldom(&self, lang: Lang) -> Element<'_, Message> {
        let kinds = [SignType::HmacSha256, SignType::Md5]
            .map(|kind| ui::chip(kind.as_str(), self.draft.sign_type == kind.as_str(), false, Message::SignType(kind)));
        let sign_type = row![
            ui::text(Role::BodyStrong, Tone::Ink, lang.field(Field::SignType)).width(size::NAMES),
            row(kinds).spacing(space::XS)
        ]
        .spacing(space::M)
        .align_y(Center);
        column![
            sign_type,
            self.field(Field::SubMerchantId, lang),
            self.field(Field::SubAppId, lang),
            self.field(Field::Gateway, lang),
            self.field(Field::GatewayCa, lang),
        ]
        .spacing(space::M)
        .into()
    }

    fn key_page(&self, lang: Lang) -> Element<'_, Message> {
        let words = &lang.words().walk;
        let kept = match self.keep {
            Keep::Keyring => ui::note(Banner::Going, words.never_in_a_file.to_owned(), words.key_lead.to_owned(), []),
            Keep::ThisRun => ui::note(Banner::Waiting, words.this_run.to_owned(), words.this_run_lead.to_owned(), []),
        };
        column![self.field(Field::ApiKey, lang), kept].spacing(space::L).into()
    }
}

/// The way with its stations, at the left of each of them.
pub fn stations<'a, M: 'a>(now: Step, words: &'static Words) -> Element<'a, M> {
    let list = Step::ALL.map(|step| {
        let done = match step.cmp(&now) {
            std::cmp::Ordering::Less => Done::Yes,
            std::cmp::Ordering::Equal => Done::Now,
            std::cmp::Ordering::Greater => Done::Later,
        };
        (done, step.word(words))
    });
    let content = column![
        ui::text(Role::Body, Tone::Muted, words.walk.go_live),
        ui::text(Role::Heading, Tone::Ink, now.word(words)),
        Space::new().height(space::S),
        ui::stations(list),
    ]
    .spacing(space::XXS);
    container(ui::card(content, inset::WALK)).width(size::STATIONS).into()
}
