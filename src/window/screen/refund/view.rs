//! How a refund looks.

use iced::widget::{Space, column, container, row};
use iced::{Center, Fill};

use crate::approval::{NotApproved, Pin};
use crate::lang::{Advice, Lang, yuan};
use crate::money::Fen;
use crate::payment::refund::{RefundStatus, RefundTrouble, RefundView};
use crate::till::Refundable;
use crate::window::ui::token::{size, space};
use crate::window::ui::{self, Banner, Button, Done, Element, Icon, Role, Step, Tone};

use super::{Message, Refund, Refused, Secret, Stage, may_stop};

impl Refund {
    pub fn view(&self, lang: Lang) -> Element<'_, Message> {
        let words = lang.refund_words();
        let title = format!("{} · {}", words.refund, lang.tail(self.number.tail()));
        let head = ui::text(Role::Lead, Tone::Muted, title);
        let body = match &self.stage {
            Stage::Asking => ui::empty(Icon::Dots, words.asking, ""),
            Stage::Told(_, amount) => ui::empty(Icon::Dots, words.writing, yuan(*amount)),
            Stage::No(why) => no(*why, lang),
            Stage::Amount(ready) | Stage::Reason(ready) => self.form(ready, lang),
            Stage::By(ready) => self.approved_by(ready, lang),
            Stage::Pin(ready, typed, why) => self.pin(ready, typed, *why, lang),
            Stage::Going(view) => going(view, lang),
        };
        column![head, body].spacing(space::M).into()
    }

    fn form<'a>(&'a self, ready: &Refundable, lang: Lang) -> Element<'a, Message> {
        let words = lang.refund_words();
        let at_reason = self.is_at_reason();
        let figure = |name: &'static str, amount: Fen| {
            column![ui::text(Role::Label, Tone::Muted, name), ui::text(Role::Action, Tone::Ink, yuan(amount))]
                .width(Fill)
        };
        let figures = row![
            figure(words.paid, ready.total_fee),
            figure(words.refunded, ready.promised),
            figure(words.left, ready.left)
        ];
        let reasons = words.reasons.iter().enumerate().map(|(place, reason)| {
            ui::pick(format!("{} {reason}", place + 1), place == self.reason, Message::Reason(place))
        });
        let amount = self.amount(ready).ok().filter(|&amount| amount <= ready.left);
        let is_last = at_reason && !self.approver.is_a_choice();
        let button = match (amount, is_last) {
            (Some(amount), true) => Button::primary(lang.refund_this(amount), "Enter", Message::Next),
            _ => Button::primary(words.next, "Enter", Message::Next).enabled(amount.is_some()),
        };
        let mut content = column![
            figures,
            label(!at_reason, words.how_much),
            self.how_much(ready, !at_reason, lang),
            label(at_reason, words.reason),
            row(reasons).spacing(space::XS).wrap().vertical_spacing(space::XS),
            Space::new().height(Fill),
        ]
        .spacing(space::S);
        if !ready.confirmed {
            content = content.push(ui::text(Role::Label, Tone::Waiting, words.unconfirmed));
        }
        content
            .push(button.fill().tall().view())
            .push(container(ui::text(Role::Hint, Tone::Muted, words.how_long)).center_x(Fill))
            .into()
    }

    /// What goes back, and why.
    fn what(&self, amount: Fen, lang: Lang) -> Element<'_, Message> {
        let reason = lang.refund_words().reasons.get(self.reason).copied().unwrap_or_default();
        row![ui::text(Role::Action, Tone::Ink, yuan(amount)).width(Fill), ui::text(Role::Body, Tone::Muted, reason)]
            .align_y(Center)
            .into()
    }

    /// Who approves it is chosen.
    fn approved_by(&self, ready: &Refundable, lang: Lang) -> Element<'_, Message> {
        let amount = self.amount(ready).unwrap_or_default();
        let chosen = !self.approver.is_wanting();
        let button = Button::primary(lang.refund_this(amount), "Enter", Message::Next).enabled(chosen);
        column![
            self.what(amount, lang),
            ui::hairline(),
            label(true, lang.refund_words().approved_by),
            self.approver.chips(Message::Approver),
            Space::new().height(Fill),
            button.fill().tall().view(),
        ]
        .spacing(space::M)
        .into()
    }

    fn pin<'a>(&'a self, ready: &Refundable, typed: &Secret, why: NotApproved, lang: Lang) -> Element<'a, Message> {
        let words = lang.refund_words();
        let amount = self.amount(ready).unwrap_or_default();
        let mut content = column![self.what(amount, lang), ui::hairline()].spacing(space::M);
        if self.approver.is_named() {
            let chosen = self.approver.chosen(words.key_other_approver, Message::OtherApprover);
            content = content.push(column![label(false, words.approved_by), chosen].spacing(space::S));
        }
        content = content.push(label(true, words.pin)).push(ui::secret_box(typed.len(), true, Message::Clear));
        if why != NotApproved::PinNeeded {
            let line = ui::text(Role::Body, Tone::Ink, lang.not_approved(&why));
            content = content.push(ui::tinted(Banner::Waiting, line));
        }
        let whole = typed.len() >= Pin::SHORTEST;
        let button = Button::primary(lang.refund_this(amount), "Enter", Message::Next).enabled(whole);
        content.push(Space::new().height(Fill)).push(button.fill().tall().view()).into()
    }

    fn how_much<'a>(&'a self, ready: &Refundable, active: bool, lang: Lang) -> Element<'a, Message> {
        let words = lang.refund_words();
        let whole = ui::pick(lang.whole(ready.left), self.part.is_none(), Message::Whole);
        let part = match &self.part {
            None => ui::pick(words.part.to_owned(), false, Message::Part),
            Some(part) => {
                let figure = part.figure();
                let typed = format!("¥{}{}{}", figure.whole, figure.cents, if active { "" } else { figure.ghost });
                ui::pick(typed, true, Message::Part)
            }
        };
        row![whole, part].spacing(space::XS).align_y(Center).into()
    }
}

/// What stands over a part of the form; the keys are for the `active` one.
fn label<'a>(active: bool, word: &'static str) -> Element<'a, Message> {
    ui::text(Role::Label, if active { Tone::Accent } else { Tone::Muted }, word).into()
}

/// Why nothing can go back.
fn no<'a>(why: Refused, lang: Lang) -> Element<'a, Message> {
    let advice = match why {
        Refused::No(why) => lang.no_refund(why),
        Refused::NotApproved(why) => {
            return told(Banner::Waiting, lang.refund_words().not_approved, lang.not_approved(&why), "", lang);
        }
        Refused::Book => {
            let words = lang.words();
            return told(
                Banner::Failed,
                words.book_unreadable,
                words.not_recorded_lead,
                words.book_unreadable_do,
                lang,
            );
        }
    };
    let Advice { title, what_happened, what_to_do } = advice;
    told(Banner::Waiting, title, what_happened, what_to_do, lang)
}

/// Where a refund stands: what was done, what comes, and what to do.
fn going(view: &RefundView, lang: Lang) -> Element<'_, Message> {
    let words = lang.refund_words();
    let Advice { title, what_happened, what_to_do } = lang.refund_status(&view.status);
    let advice = ui::tinted(
        kind(&view.status),
        column![
            ui::text(Role::BodyStrong, Tone::Ink, format!("{title} · {}", yuan(view.request.refund_fee))),
            ui::text(Role::Label, Tone::Ink, lang.joined(&what_happened, &what_to_do)),
        ]
        .spacing(space::XXS),
    );
    let mut content = column![advice].spacing(space::S);
    // One that has ended otherwise has no way left to go.
    if !ended(&view.status) {
        content = content.push(ui::steps(steps(&view.status, lang)));
    }
    content = content.push(Space::new().height(Fill));
    content = content.push(ui::facts(vec![(words.refund_number, view.request.out_refund_no.to_string())]));
    let mut buttons =
        row![Button::primary(words.back_to_orders, "Enter", Message::Next).fill().view()].spacing(space::S);
    if may_stop(&view.status) {
        buttons = buttons.push(Button::secondary(words.stop, "F7", Message::Stop).fill().view());
    }
    content.push(buttons).into()
}

/// Whether it ended without the money arriving.
fn ended(status: &RefundStatus) -> bool {
    match status {
        RefundStatus::Stopped | RefundStatus::Refused(_) | RefundStatus::Bounced(_) | RefundStatus::Closed(_) => true,
        RefundStatus::Queued { .. }
        | RefundStatus::Sending
        | RefundStatus::Checking { .. }
        | RefundStatus::Accepted(_)
        | RefundStatus::Arrived(_) => false,
    }
}

/// Queued, sent, taken, arrived: what is done and what is to come.
pub(super) fn steps(status: &RefundStatus, lang: Lang) -> Vec<Step> {
    let words = lang.refund_words();
    let reached = match status {
        RefundStatus::Queued { .. } | RefundStatus::Stopped => 1,
        RefundStatus::Sending | RefundStatus::Checking { .. } | RefundStatus::Refused(_) => 2,
        RefundStatus::Accepted(_) | RefundStatus::Bounced(_) | RefundStatus::Closed(_) => 3,
        RefundStatus::Arrived(_) => 4,
    };
    let names = [words.step_queued, words.step_sent, words.step_taken, words.step_arrived];
    let done = |place: usize| match place.cmp(&reached) {
        std::cmp::Ordering::Less => Done::Yes,
        std::cmp::Ordering::Equal if !ended(status) => Done::Now,
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => Done::Later,
    };
    let step = |(place, name): (usize, &str)| Step { done: done(place), what: name.to_owned(), detail: String::new() };
    names.into_iter().enumerate().map(step).collect()
}

fn kind(status: &RefundStatus) -> Banner {
    match status {
        RefundStatus::Arrived(_) => Banner::Good,
        RefundStatus::Refused(_) => Banner::Failed,
        RefundStatus::Stopped => Banner::Calm,
        RefundStatus::Queued { trouble: Some(RefundTrouble::NotEnough), .. }
        | RefundStatus::Bounced(_)
        | RefundStatus::Closed(_)
        | RefundStatus::Checking { .. } => Banner::Waiting,
        RefundStatus::Queued { .. } | RefundStatus::Sending | RefundStatus::Accepted(_) => Banner::Going,
    }
}

fn told<'a>(
    kind: Banner,
    title: impl Into<String>,
    what_happened: impl Into<String>,
    what_to_do: impl Into<String>,
    lang: Lang,
) -> Element<'a, Message> {
    let advice = column![
        ui::text(Role::BodyStrong, Tone::Ink, title.into()),
        ui::text(Role::Body, Tone::Ink, what_happened.into()),
        ui::text(Role::Body, Tone::Ink, what_to_do.into()),
    ]
    .spacing(space::XXS);
    let back = Button::primary(lang.refund_words().back_to_orders, "Enter", Message::Next).fill().view();
    column![ui::tinted(kind, advice), Space::new().height(Fill), container(back).height(size::BUTTON)]
        .spacing(space::M)
        .into()
}
