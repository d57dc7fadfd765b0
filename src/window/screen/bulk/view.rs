//! How a list of refunds looks.

use iced::widget::{Space, column, container, responsive, row};
use iced::{Center, Fill};

use crate::approval::{NotApproved, Pin};
use crate::lang::{Advice, Lang, yuan};
use crate::money::Fen;
use crate::payment::refund::{RefundStatus, RefundTrouble};
use crate::till::{BulkPhase, BulkView, LineFault, Why};
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Banner, Button, Element, Icon, Role, Tone};

use super::super::secret::Secret;
use super::{Bulk, Listing, Message, Stage};

/// Lines of what a person must see to that are shown at once.
pub(super) const LINES: usize = 4;

impl Bulk {
    pub fn view<'a>(&'a self, list: &'a Listing, lang: Lang) -> Element<'a, Message> {
        let left = responsive(move |room| ui::card(self.left(list, lang, room.width < size::NARROW), inset::NARROW));
        let people = self.for_people(list, lang);
        let right = container(ui::card(people, inset::NARROW)).width(size::QR_COLUMN).height(Fill);
        row![left, right].spacing(space::L).into()
    }

    fn left<'a>(&'a self, list: &'a Listing, lang: Lang, narrow: bool) -> Element<'a, Message> {
        match (list.phase(), list.view.as_deref()) {
            (BulkPhase::Looking, _) | (_, None) => looking(list, lang),
            (BulkPhase::Ready, Some(view)) => match &self.stage {
                Stage::Reason => self.summary(list, view, lang, narrow),
                Stage::By => self.approved_by(view, lang, narrow),
                Stage::Pin(typed, why) => self.pin(view, typed, *why, lang, narrow),
                Stage::Told => ui::empty(Icon::Dots, lang.refund_words().writing, yuan(view.sum)),
            },
            (BulkPhase::Going | BulkPhase::Stopping | BulkPhase::Over { .. }, Some(view)) => going(view, lang, narrow),
        }
    }

    /// What the list comes to, and why it goes back.
    fn summary<'a>(&'a self, list: &Listing, view: &'a BulkView, lang: Lang, narrow: bool) -> Element<'a, Message> {
        let (words, more) = (lang.bulk_words(), lang.refund_words());
        let count = view.counts.waiting;
        if count == 0 {
            let back = Button::primary(words.leave, "Enter", Message::Next).fill().tall();
            let back = back.enabled(self.can_be_read()).view();
            return column![ui::empty(Icon::Back, words.nothing, words.nothing_lead), back].into();
        }
        let reasons = more.reasons.iter().enumerate().map(|(place, reason)| {
            ui::pick(format!("{} {reason}", place + 1), place == self.reason, Message::Reason(place))
        });
        let head = head(words.title, lang.orders(count), view.sum, narrow);
        let spacing = if narrow { space::S } else { space::M };
        let mut content = column![head, ui::hairline()].spacing(spacing);
        if view.counts.all() > count {
            content = content.push(tallies(view, lang, narrow));
        }
        if list.again > 0 {
            content = content.push(ui::text(Role::Label, Tone::Muted, lang.named_again(list.again)));
        }
        content
            .push(ui::text(Role::Label, Tone::Accent, more.reason))
            .push(row(reasons).spacing(space::XS).wrap().vertical_spacing(space::XS))
            .push(Space::new().height(Fill))
            .push(ui::text(if narrow { Role::Hint } else { Role::Label }, Tone::Muted, words.each_whole))
            .push(go_button(view, lang, narrow).enabled(self.can_be_read()).view())
            .into()
    }

    /// Who approves it.
    fn approved_by<'a>(&'a self, view: &BulkView, lang: Lang, narrow: bool) -> Element<'a, Message> {
        let words = lang.refund_words();
        let reason = words.reasons.get(self.reason).copied().unwrap_or_default();
        let what = format!("{} · {reason}", lang.orders(view.counts.waiting));
        column![
            head(lang.bulk_words().title, what, view.sum, narrow),
            ui::hairline(),
            ui::text(Role::Label, Tone::Accent, words.approved_by),
            self.approver.chips(Message::Approver),
            Space::new().height(Fill),
            go_button(view, lang, narrow).enabled(!self.approver.is_wanting()).view(),
        ]
        .spacing(space::M)
        .into()
    }

    fn pin<'a>(
        &'a self,
        view: &BulkView,
        typed: &Secret,
        why: NotApproved,
        lang: Lang,
        narrow: bool,
    ) -> Element<'a, Message> {
        let (words, more) = (lang.bulk_words(), lang.refund_words());
        let count = view.counts.waiting;
        let reason = more.reasons.get(self.reason).copied().unwrap_or_default();
        let mut content =
            column![head(words.title, format!("{} · {reason}", lang.orders(count)), view.sum, narrow), ui::hairline(),]
                .spacing(if narrow { space::S } else { space::M });
        if self.approver.is_named() {
            content = content.push(self.approver.chosen(more.key_other_approver, Message::OtherApprover));
        }
        content = content.push(ui::text(Role::Label, Tone::Accent, more.pin)).push(ui::secret_box(
            typed.len(),
            true,
            Message::Clear,
        ));
        if why != NotApproved::PinNeeded {
            let line = ui::text(Role::Body, Tone::Ink, lang.not_approved(&why));
            content = content.push(ui::tinted(Banner::Waiting, line));
        }
        let button = go_button(view, lang, narrow).enabled(typed.len() >= Pin::SHORTEST);
        content.push(Space::new().height(Fill)).push(button.view()).into()
    }

    /// Lines of the file that name no order, and orders that are not refunded: each with why and what to do.
    fn for_people<'a>(&self, list: &'a Listing, lang: Lang) -> Element<'a, Message> {
        let words = lang.bulk_words();
        let all = list.for_people();
        if all == 0 {
            return match list.phase() {
                BulkPhase::Looking => ui::empty(Icon::Dots, words.none_for_you_yet, ""),
                BulkPhase::Ready | BulkPhase::Going | BulkPhase::Stopping | BulkPhase::Over { .. } => {
                    ui::empty(Icon::Tick, words.none_for_you, "")
                }
            };
        }
        let faults = list.faults.iter().map(|fault| {
            let why = match fault.why {
                LineFault::NoNumber => words.no_number,
                LineFault::SeveralNumbers => words.several_numbers,
            };
            told(lang.line(fault.line), None, why.to_owned(), fault.text.clone())
        });
        let left_out = list.view.iter().flat_map(|view| &view.left_out);
        let orders = left_out.map(|left_out| {
            let (why, to_do) = reason_of(&left_out.why, lang);
            told(left_out.number.clone(), left_out.amount, why, to_do)
        });
        let first = self.page.min((all - 1) / LINES) * LINES;
        let end = (first + LINES).min(all);
        let title = ui::text(Role::Lead, Tone::Waiting, words.for_you);
        let mut lines = column![title].spacing(space::XS);
        for line in faults.chain(orders).skip(first).take(LINES) {
            lines = lines.push(ui::hairline()).push(line);
        }
        lines = lines.push(Space::new().height(Fill));
        if all > LINES {
            let which = ui::text(Role::Label, Tone::Muted, lang.shown_of(first + 1, end, all)).width(Fill);
            let more = ui::text(Role::Label, Tone::Accent, format!("{} +", words.more));
            lines = lines.push(row![which, ui::link(more, Message::More)].align_y(Center));
        }
        lines.into()
    }
}

fn go_button<'a>(view: &BulkView, lang: Lang, narrow: bool) -> Button<'a, Message> {
    let word = lang.refund_list(view.counts.waiting, view.sum);
    Button::primary(word, "Enter", Message::Next).fill().tall().narrow(narrow)
}

/// What it is, and what it comes to: beside it, or below where there is little room.
fn head(title: &str, what: String, sum: Fen, narrow: bool) -> Element<'_, Message> {
    if narrow {
        let name = ui::text(Role::Label, Tone::Muted, format!("{title} · {what}"));
        return column![name, ui::text(Role::Heading, Tone::Ink, yuan(sum))].spacing(space::XXS).into();
    }
    let words = column![ui::text(Role::Lead, Tone::Muted, title), ui::text(Role::Heading, Tone::Ink, what)]
        .spacing(space::XXS)
        .width(Fill);
    row![words, ui::text(Role::Title, Tone::Ink, yuan(sum))].align_y(iced::Bottom).into()
}

fn looking<'a>(list: &Listing, lang: Lang) -> Element<'a, Message> {
    let words = lang.bulk_words();
    let (all, new) = list.view.as_ref().map_or((0, 0), |view| (view.counts.all(), view.counts.new));
    let title = if all == 0 { words.looking.to_owned() } else { format!("{} {} / {all}", words.looking, all - new) };
    let bar = ui::segments(&[(Tone::Accent, all - new)], all);
    let back = row![Button::secondary(lang.words().back, "Esc", Message::Back).view()];
    column![ui::empty(Icon::Lens, title, words.looking_lead), bar, back].spacing(space::L).into()
}

/// How far a list is that was begun.
fn going<'a>(view: &BulkView, lang: Lang, narrow: bool) -> Element<'a, Message> {
    let words = lang.bulk_words();
    let counts = view.counts;
    let all = counts.all() - counts.already;
    let parts = [
        (Tone::Ok, counts.arrived),
        (Tone::Accent, counts.taken),
        (Tone::Failed, counts.left_out),
        (Tone::Waiting, counts.short),
        (Tone::Calm, counts.stopped),
    ];
    let spacing = if narrow { space::S } else { space::L };
    let bar = ui::segments(&parts, all);
    let mut content = column![said(view, lang, narrow), bar, tallies(view, lang, narrow)].spacing(spacing);
    content = content.push(Space::new().height(Fill));
    if view.phase == BulkPhase::Going {
        let role = if narrow { Role::Hint } else { Role::Label };
        let mut leads = column![ui::text(role, Tone::Muted, words.close_lead)].spacing(space::XXS);
        if !narrow {
            leads = leads.push(ui::text(role, Tone::Muted, words.going_lead));
        }
        content = content.push(leads);
    }
    let leave = Button::primary(words.leave, "Enter", Message::Next).fill().narrow(narrow);
    let mut buttons = row![leave.view()].spacing(space::S);
    if view.phase == BulkPhase::Going {
        buttons = buttons.push(Button::secondary(words.stop, "F7", Message::Stop).fill().narrow(narrow).view());
    }
    content.push(buttons).into()
}

/// What a list says in one glance.
fn said<'a>(view: &BulkView, lang: Lang, narrow: bool) -> Element<'a, Message> {
    let words = lang.bulk_words();
    let counts = view.counts;
    let all = counts.all() - counts.already;
    let done = all - counts.waiting - counts.queued - counts.short;
    let (kind, picture, title, lead) = match (view.phase, &view.trouble) {
        (BulkPhase::Looking | BulkPhase::Ready, _) => {
            (Banner::Going, Icon::Dots, words.title.to_owned(), String::new())
        }
        (BulkPhase::Stopping, _) => {
            (Banner::Waiting, Icon::Clock, words.stopping.to_owned(), words.stopping_lead.to_owned())
        }
        // What keeps all of them waiting; a doubt is one refund's own, and goes by itself.
        (BulkPhase::Going, Some(trouble @ (RefundTrouble::NotEnough | RefundTrouble::NotSent(_)))) => {
            let queued = RefundStatus::Queued { trouble: Some(trouble.clone()), next_at: None };
            let Advice { title, what_to_do, .. } = lang.refund_status(&queued);
            let title = if *trouble == RefundTrouble::NotEnough { words.short.into() } else { title };
            (Banner::Waiting, Icon::Clock, title.to_string(), what_to_do.to_string())
        }
        (BulkPhase::Going, Some(RefundTrouble::Doubt(_) | RefundTrouble::TooOften) | None) => {
            (Banner::Going, Icon::Dots, lang.refunding(done, all), lang.taken_so_far(counts.taken + counts.arrived))
        }
        (BulkPhase::Over { stopped: true }, _) => {
            (Banner::Calm, Icon::Cross, words.stopped.to_owned(), words.stopped_lead.to_owned())
        }
        (BulkPhase::Over { stopped: false }, _) if counts.left_out > 0 => {
            (Banner::Waiting, Icon::Exclamation, words.done_some.to_owned(), words.done_some_lead.to_owned())
        }
        (BulkPhase::Over { stopped: false }, _) => {
            let lead = if counts.taken == 0 { words.all_arrived_lead } else { words.done_lead };
            (Banner::Good, Icon::Tick, words.done.to_owned(), lead.to_owned())
        }
    };
    if !narrow {
        return ui::banner(kind, picture, title, lead, yuan(view.taken));
    }
    let amount = ui::text(Role::BodyStrong, Tone::Ink, yuan(view.taken));
    let head = row![
        ui::icon(picture, kind.tone(), size::ICON_LINE),
        ui::text(Role::BodyStrong, kind.tone(), title).width(Fill),
        amount
    ]
    .spacing(space::XS);
    ui::tinted(kind, column![head, ui::text(Role::Hint, Tone::Ink, lead)].spacing(space::XXS))
}

/// How many stand how, each with its own shape and word; what nothing stands at is left out.
fn tallies<'a>(view: &BulkView, lang: Lang, narrow: bool) -> Element<'a, Message> {
    let words = lang.bulk_words();
    let counts = view.counts;
    let begun = !matches!(view.phase, BulkPhase::Looking | BulkPhase::Ready);
    let all = [
        (Icon::Tick, Tone::Ok, counts.arrived, words.arrived),
        (Icon::Arrow, Tone::Accent, counts.taken, words.taken),
        (Icon::Dots, Tone::Accent, counts.queued, words.queued),
        (Icon::Clock, Tone::Waiting, counts.short, words.wait_for_balance),
        (Icon::Dot, Tone::Muted, counts.waiting, if begun { words.waiting } else { words.to_refund }),
        (Icon::Exclamation, Tone::Failed, counts.left_out, words.left_out),
        (Icon::Cross, Tone::Calm, counts.stopped, words.ended_stopped),
        (Icon::Back, Tone::Calm, counts.already, words.already),
    ];
    let shown = all.into_iter().filter(|(_, _, count, _)| *count > 0);
    let tiles = shown.map(|(picture, tone, count, word)| ui::tally(picture, tone, count, word, narrow));
    row(tiles).spacing(space::XS).wrap().vertical_spacing(space::XS).into()
}

fn told<'a>(what: String, amount: Option<Fen>, why: String, to_do: String) -> Element<'a, Message> {
    let title = row![
        ui::text(Role::LabelStrong, Tone::Ink, what).width(Fill),
        ui::text(Role::LabelStrong, Tone::Ink, amount.map_or_else(String::new, yuan)),
    ];
    let why = row![ui::icon(Icon::Exclamation, Tone::Waiting, size::ICON_NOTE), ui::text(Role::Label, Tone::Ink, why)]
        .spacing(space::XS)
        .align_y(Center);
    let mut lines = column![title, why].spacing(space::HAIR);
    if !to_do.is_empty() {
        lines = lines.push(ui::text(Role::Hint, Tone::Muted, to_do));
    }
    lines.into()
}

/// Why an order is not refunded, and what to do.
fn reason_of(why: &Why, lang: Lang) -> (String, String) {
    let advice = match why {
        Why::Refused(why) => lang.no_refund(*why),
        Why::Ended(RefundStatus::Bounced(_)) => {
            return (lang.refund_words().bounced.to_owned(), lang.bulk_words().bounced_do.to_owned());
        }
        Why::Ended(status) => lang.refund_status(status),
        Why::Book => {
            let words = lang.words();
            return (words.book_unreadable.to_owned(), words.book_unreadable_do.to_owned());
        }
        Why::AboveLimit { limit } => return (lang.above_limit(*limit), String::new()),
    };
    (advice.title.to_string(), advice.what_to_do.to_string())
}
