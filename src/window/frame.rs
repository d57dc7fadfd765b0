//! The root view: the frame that never moves, and in it whatever is in front of the cashier.

use iced::widget::{Space, column, container, row, stack};
use iced::{Center, Fill};

use crate::account::check::{Item, Outcome};
use crate::lang::{Lang, RefundWords, Words, yuan};
use crate::money::Fen;
use crate::payment::Status;
use crate::till::{BulkPhase, Mark, Recent};

use super::Button as PhoneKey;
use super::counter::look_up::list_of;
use super::counter::{Counter, Did, Link, Message, Screen};
use super::screen::bulk::{Bulk, Listing};
use super::screen::orders::Orders;
use super::screen::refund::Refund;
use super::screen::sale::{Sale, Scene};
use super::screen::{result, sale};
use super::ui::token::{inset, size, space};
use super::ui::{self, Banner, Button, Done, Dot, Element, Header, Icon, KeyHint, Line, PhoneButton, Role, Step, Tone};

/// The whole window.
pub fn view(counter: &Counter) -> Element<'_, Message> {
    let page = match counter.sale.as_ref().map(|sale| (sale, sale.status())) {
        Some((sale, Some(Status::Paid(receipt)))) if counter.screen == Screen::Charge => {
            let green = result::paid(sale, receipt, counter.lang, counter.shop.practice);
            column![green.map(Did::Sale).map(Message::Did), recent(counter)].into()
        }
        _ => framed(counter),
    };
    let mut layers = stack![ui::page(page)];
    if let Some(answer) = &counter.answer {
        layers = layers.push(ui::floating(ui::toast(answer.kind, answer.title.clone(), answer.lead.clone())));
    }
    if counter.help {
        layers = layers.push(ui::sheet(key_sheet(counter.lang)));
    }
    layers.into()
}

fn framed(counter: &Counter) -> Element<'_, Message> {
    let mut middle = row![container(front(counter).map(Message::Did)).width(Fill).height(Fill)].spacing(space::GUTTER);
    if counter.has_phone {
        middle = middle.push(phone(counter).map(Message::Did));
    }
    let mut page = column![header(counter)];
    if counter.held_since.is_some() {
        let words = counter.lang.order_words();
        page = page.push(ui::alert(words.held, words.held_lead));
    }
    page.extend([
        container(middle).padding(space::L).width(Fill).height(Fill).into(),
        recent(counter),
        ui::key_strip(keys(counter)),
    ])
    .into()
}

/// What the cashier deals with now.
fn front(counter: &Counter) -> Element<'_, Did> {
    let lang = counter.lang;
    match &counter.screen {
        Screen::Code(code) => {
            let typed = counter.charge.entry.charge().unwrap_or_default();
            let amount = counter.sale.as_ref().map_or(typed, |sale| sale.amount);
            return code.view(lang, amount).map(Did::Code);
        }
        Screen::SameAmount(charging) => return same_amount(counter, charging.amount),
        Screen::Orders(orders) => return orders.view(counter.list_so_far(), lang, counter.now).map(Did::Orders),
        Screen::Bulk(page) => {
            let list = counter.list.as_ref();
            return list.map_or_else(|| Space::new().into(), |list| page.view(list, lang).map(Did::Bulk));
        }
        Screen::Unresolved(list) => {
            return list.view(list_of(&counter.summary), lang, counter.now).map(Did::Unresolved);
        }
        Screen::Rules(rules) => return rules.view(lang).map(Did::Rules),
        Screen::Charge => {}
    }
    match &counter.sale {
        None => counter.charge.view(lang.words(), &counter.shop).map(Did::Charge),
        Some(sale) => of_sale(counter, sale).map(Did::Sale),
    }
}

fn of_sale<'a>(counter: &'a Counter, sale: &'a Sale) -> Element<'a, sale::Message> {
    let lang = counter.lang;
    let scene = Scene { sale, entry: &counter.charge.entry, lang, now: counter.now };
    match sale.status() {
        _ if sale.is_at_qr() => scene.at_qr(),
        Some(Status::Paid(receipt)) => result::paid(sale, receipt, lang, counter.shop.practice),
        Some(Status::Declined(refusal)) => result::declined(sale, refusal, lang),
        Some(Status::Reversed) => result::reversed(sale, lang),
        Some(Status::Closed) => result::closed(sale, lang),
        Some(Status::PaidLate(receipt)) => result::paid_late(sale, receipt, lang),
        Some(Status::NotSent(why)) => result::not_sent(sale.amount, why, lang),
        Some(Status::NotRecorded) => result::not_recorded(sale.amount, lang),
        _ => scene.view(),
    }
}

fn same_amount(counter: &Counter, amount: Fen) -> Element<'_, Did> {
    let (lang, words) = (counter.lang, counter.lang.words());
    let head = ui::banner(Banner::Waiting, Icon::Question, words.same_amount, words.same_amount_lead, yuan(amount));
    let open = counter.open_of(amount).map(|(tail, begun_at)| Step {
        done: Done::Now,
        what: format!("{} · {}", yuan(amount), lang.tail(tail)),
        detail: begun_at.clock(),
    });
    let buttons = row![
        Button::primary(words.another_customer, "Enter", Did::Confirm).view(),
        Button::secondary(words.wait_for_it, "Esc", Did::Refrain).view(),
    ]
    .spacing(space::M);
    let content = column![head, ui::steps(open.collect()), Space::new().height(Fill), buttons].spacing(space::L);
    ui::card(content, inset::STAGE)
}

fn header(counter: &Counter) -> Element<'_, Message> {
    let words = counter.lang.words();
    let tone = |link: Link| match link {
        Link::Unseen => Tone::Faint,
        Link::Good => Tone::Ok,
        Link::Bad => Tone::Failed,
    };
    let mut dots = vec![
        Dot { tone: tone(counter.link), word: words.wechat_pay.to_owned() },
        Dot { tone: tone(counter.scanner), word: words.scanner.to_owned() },
    ];
    if let Some(expiry) = &counter.expiry {
        let found = counter.lang.check_outcome(Item::Expiry, expiry).what;
        let tone = if matches!(expiry, Outcome::Failed(_)) { Tone::Failed } else { Tone::Waiting };
        dots.insert(0, Dot { tone, word: format!("{} {found}", counter.lang.check_item(Item::Certificate)) });
    }
    let content = Header {
        shop: &counter.shop.name,
        till: counter.lang.till(&counter.shop.till),
        practice: counter.shop.practice.then_some((words.practice, words.walk.go_live)),
        dots,
        today: words.today,
        takings: yuan(counter.summary.paid_today),
        sales: counter.lang.sales(counter.summary.sales_today),
        other_language: words.other_language,
        dark: counter.theme() == ui::Theme::Dark,
    };
    ui::header(content, Message::Did(Did::SetUp), Message::Did(Did::Language), Message::Did(Did::Theme))
}

fn recent(counter: &Counter) -> Element<'_, Message> {
    let words = counter.lang.words();
    let lines = counter.summary.recent.iter().take(3).map(|recent| line(counter.lang, recent)).collect();
    let open = (!counter.summary.unresolved.is_empty()).then(|| Line {
        picture: Icon::Clock,
        tone: Tone::Waiting,
        amount: yuan(counter.summary.open_amount()),
        detail: counter.lang.unresolved(counter.summary.unresolved.len()),
    });
    ui::recent_strip(lines, open, words.no_sales_yet, Message::Did(Did::Unsettled))
}

fn line(lang: Lang, recent: &Recent) -> Line {
    let (picture, tone) = match recent.mark {
        Mark::Paid => (Icon::Tick, Tone::Ok),
        Mark::NotPaid => (Icon::Cross, Tone::Failed),
        Mark::Reversed => (Icon::Back, Tone::Calm),
        Mark::Open => (Icon::Clock, Tone::Waiting),
    };
    let detail = format!("{} · {}", recent.at.clock(), lang.tail(&recent.tail));
    Line { picture, tone, amount: yuan(recent.amount), detail }
}

/// The keys that do something now, the next step first.
fn keys(counter: &Counter) -> Vec<KeyHint<'_>> {
    let words = counter.lang.words();
    let help = [("F11", words.key_full_screen), ("F1", words.key_help)];
    let mut keys = match &counter.screen {
        Screen::Code(_) => vec![("Enter", words.charge), ("Backspace", words.key_delete), ("Esc", words.back)],
        Screen::SameAmount(_) => vec![("Enter", words.another_customer), ("Esc", words.wait_for_it)],
        Screen::Orders(orders) => order_keys(counter, orders),
        Screen::Bulk(page) => bulk_keys(counter, page),
        Screen::Unresolved(_) => {
            let more = counter.lang.order_words();
            let asked = [("F6", words.query_again), ("+", more.key_next_order)];
            let asked = if list_of(&counter.summary).is_empty() { &[][..] } else { &asked };
            [asked, &[("F8", more.key_orders), ("Esc", words.back)]].concat()
        }
        Screen::Rules(rules) => rules.keys(counter.lang),
        Screen::Charge => match &counter.sale {
            None => ready_keys(counter, words),
            Some(sale) => sale_keys(counter, sale, words),
        },
    };
    keys.extend(help);
    keys
}

fn ready_keys<'a>(counter: &Counter, words: &'static Words) -> Vec<KeyHint<'a>> {
    let mut keys = vec![];
    if counter.charge.entry.charge().is_ok() {
        keys.extend([("Enter", words.key_show_qr), (words.key_scan, words.key_scan_does), ("F4", words.type_code)]);
    } else {
        keys.push(("0-9 .", words.amount));
    }
    if !counter.charge.entry.is_empty() {
        keys.extend([("+", words.key_add), ("Esc", words.key_clear)]);
    }
    keys.extend([("F2", words.note), ("F8", counter.lang.order_words().key_orders)]);
    keys
}

fn order_keys<'a>(counter: &Counter, orders: &Orders) -> Vec<KeyHint<'a>> {
    let (words, more) = (counter.lang.words(), counter.lang.order_words());
    if let Some(refund) = orders.refund() {
        return refund_keys(refund, words, counter.lang.refund_words());
    }
    let lists = counter.lang.bulk_words();
    let mut keys = vec![
        ("Enter", counter.lang.refund_words().key_refund),
        ("+", more.key_next_order),
        ("F2  /", lists.key_mark),
        ("F4", lists.key_file),
    ];
    if counter.list.is_some() {
        keys.push(("F5", lists.key_list));
    }
    if !orders.text().is_empty() {
        keys.push(("Backspace", words.key_delete));
    }
    if !list_of(&counter.summary).is_empty() {
        keys.push(("F8", more.key_unresolved));
    }
    let back = match (orders.text().is_empty(), orders.marked()) {
        (false, _) => more.key_clear,
        (true, 0) => words.back,
        (true, _) => lists.unmark,
    };
    keys.push(("Esc", back));
    keys
}

fn bulk_keys<'a>(counter: &Counter, page: &Bulk) -> Vec<KeyHint<'a>> {
    let (words, more, lists) = (counter.lang.words(), counter.lang.refund_words(), counter.lang.bulk_words());
    let phase = counter.list.as_ref().map(Listing::phase);
    let mut keys = match phase {
        None | Some(BulkPhase::Looking) => vec![("Esc", words.back)],
        Some(BulkPhase::Ready) if counter.list.as_ref().is_some_and(|list| list.waiting() == 0) => {
            vec![("Enter", lists.leave)]
        }
        Some(BulkPhase::Ready) => {
            let digits = match (page.is_at_approver(), page.is_at_pin()) {
                (true, _) => ("1-9", more.key_approver),
                (false, true) => ("0-9", more.key_pin),
                (false, false) => ("1-4", more.key_reason),
            };
            vec![("Enter", more.key_refund), digits, ("Esc", words.back)]
        }
        Some(BulkPhase::Going) => vec![("Enter", lists.leave), ("F7", lists.stop)],
        Some(BulkPhase::Stopping | BulkPhase::Over { .. }) => vec![("Enter", lists.leave)],
    };
    if counter.list.as_ref().is_some_and(Listing::has_more) {
        keys.push(("+", lists.more));
    }
    keys
}

fn refund_keys<'a>(refund: &Refund, words: &'static Words, more: &'static RefundWords) -> Vec<KeyHint<'a>> {
    if refund.is_going() {
        let mut keys = vec![("Enter", more.back_to_orders), ("F6", more.key_ask)];
        if refund.may_stop() {
            keys.push(("F7", more.stop));
        }
        return keys;
    }
    let digits = if refund.is_at_reason() {
        ("1-4", more.key_reason)
    } else if refund.is_at_approver() {
        ("1-9", more.key_approver)
    } else if refund.is_at_pin() {
        ("0-9", more.key_pin)
    } else {
        ("0-9 .", more.key_amount)
    };
    let mut keys = vec![("Enter", more.next), digits];
    if refund.is_at_pin() && refund.may_choose_approver() {
        keys.push(("+", more.key_other_approver));
    }
    keys.push(("Esc", words.back));
    keys
}

fn sale_keys<'a>(counter: &Counter, sale: &Sale, words: &'static Words) -> Vec<KeyHint<'a>> {
    if sale.is_at_qr() {
        let mut keys = vec![(words.key_scan, words.key_scan_does)];
        if sale.qr().is_some() {
            keys.extend([("F5", words.new_code), ("F3", words.key_save)]);
        }
        keys.extend([("F4", words.type_code), ("Esc", words.key_cancel)]);
        return keys;
    }
    let aside = ("Esc", words.key_next_customer);
    match sale.status() {
        Some(Status::Password(waiting) | Status::Unknown(waiting, _)) => {
            let mut keys = vec![("F6", words.query_again)];
            if sale.means == sale::Means::Code && counter.now >= waiting.cancel_from {
                keys.push(("F7", words.cancel_and_refund));
            }
            if matches!(sale.status(), Some(Status::Unknown(..))) {
                keys.push(aside);
            }
            keys
        }
        Some(Status::Reversing { .. }) => vec![("F6", words.query_again), aside],
        Some(Status::GivingWay { .. } | Status::Closing { .. }) => vec![aside],
        Some(Status::Declined(_)) => vec![("Enter", words.next_code), (words.key_digit, words.key_next_sale), aside],
        Some(Status::Reversed | Status::Closed) => {
            vec![("Enter", words.charge_again), (words.key_digit, words.key_next_sale), aside]
        }
        Some(Status::NotSent(_) | Status::NotRecorded) => vec![("Enter", words.retry), ("Esc", words.back)],
        Some(Status::PaidLate(_)) => vec![("Enter", words.understood)],
        _ => vec![],
    }
}

fn phone(counter: &Counter) -> Element<'static, Did> {
    let (words, armed) = (counter.lang.words(), counter.armed);
    let buttons = move || {
        [
            (words.phone_pay, Did::Phone(PhoneKey::ScanAndPay)),
            (words.phone_password, Did::Phone(PhoneKey::PasswordThenPay)),
            (words.phone_wrong_password, Did::Phone(PhoneKey::WrongPassword)),
            (words.phone_not_enough, Did::Phone(PhoneKey::NotEnough)),
            (words.phone_cancel, Did::Phone(PhoneKey::Cancel)),
            (words.phone_dead, Did::Phone(PhoneKey::GoesDead)),
            (words.phone_show_code, Did::ShowCode),
        ]
        .into_iter()
        .map(|(label, press)| PhoneButton { label, press, armed: armed.map(Did::Phone) == Some(press) })
        .collect()
    };
    ui::phone(words.phone, words.practice_no_money, buttons)
}

fn key_sheet(lang: Lang) -> Element<'static, Message> {
    let (words, words_of_orders, lists) = (lang.words(), lang.order_words(), lang.bulk_words());
    let lines = [
        ("0-9  .  +", words.keys_amount),
        ("Backspace  Delete", words.keys_delete),
        ("Enter", words.keys_enter),
        (words.key_scan, words.keys_scan),
        ("F2", lists.keys_f2),
        ("F3", words.save_qr),
        ("F4", lists.keys_f4),
        ("F5", words.new_code),
        ("F6", words.query_again),
        ("F7", words.cancel_and_refund),
        ("F8", words_of_orders.keys_orders),
        ("F11", words.key_full_screen),
        ("Ctrl  ,", words.keys_set_up),
        ("Esc", words.keys_escape),
    ];
    let mut list = column![].spacing(space::XS);
    for (key, what) in lines {
        let key = ui::text(Role::BodyStrong, Tone::Ink, key).width(size::KEY_NAMES);
        list = list.push(row![key, ui::text(Role::Body, Tone::Muted, what)].align_y(Center));
    }
    let title = row![
        ui::text(Role::Heading, Tone::Ink, words.keys_title),
        Space::new().width(Fill),
        ui::text(Role::Label, Tone::Muted, words.keys_close)
    ]
    .align_y(Center);
    column![title, ui::hairline(), list, ui::hairline(), ui::text(Role::Label, Tone::Muted, words.keys_numpad)]
        .spacing(space::M)
        .into()
}
