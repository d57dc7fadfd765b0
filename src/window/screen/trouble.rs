//! A till that is being opened, and what kept it, or its secrets, from it.

use iced::widget::{Space, column, container, row};
use iced::{Center, Fill};

use crate::lang::{Lang, Words};
use crate::vault::VaultError;
use crate::window::Trouble;
use crate::window::ui::token::{inset, size, space};
use crate::window::ui::{self, Banner, Button, Element, Icon, KeyHint, Role, Tone};
use crate::window::walk::Key;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    Retry,
    /// Hold the key for this run only.
    ThisRun,
    SetUp,
    /// Back, or out.
    Leave,
}

/// What can be done about it, besides trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// The keyring doesn't give the key: type it for this run.
    ThisRun,
    /// What is kept is of no use: set up again.
    SetUp,
    /// The keyring didn't take the key: hold it for this run, or go back.
    NotKept,
}

impl Offer {
    pub fn of(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::Keyring(
                VaultError::NoKeyring | VaultError::Locked | VaultError::Denied | VaultError::TimedOut,
            ) => Self::ThisRun,
            Trouble::Keyring(VaultError::Missing(_) | VaultError::TooLarge(_) | VaultError::Damaged(_))
            | Trouble::Other(_) => Self::SetUp,
        }
    }
}

/// What a key does here.
pub fn key(key: Key, offer: Offer) -> Option<Message> {
    match (key, offer) {
        (Key::Enter | Key::Function(6), _) => Some(Message::Retry),
        (Key::Function(7), Offer::ThisRun | Offer::NotKept) => Some(Message::ThisRun),
        (Key::Function(2), Offer::SetUp) => Some(Message::SetUp),
        (Key::Escape, Offer::NotKept) => Some(Message::Leave),
        (Key::Escape | Key::Char(_) | Key::Function(_), _) => None,
    }
}

/// The keys that do something here.
pub fn keys(words: &'static Words, offer: Offer) -> Vec<KeyHint<'static>> {
    let walk = &words.walk;
    let mut keys = vec![("Enter", walk.try_again)];
    match offer {
        Offer::ThisRun => keys.push(("F7", walk.this_run)),
        Offer::SetUp => keys.push(("F2", walk.set_up_again)),
        Offer::NotKept => keys.extend([("F7", walk.this_run), ("Esc", words.back)]),
    }
    keys
}

/// While the keyring and the book are asked.
pub fn opening<'a, M: 'a>(words: &'static Words, turns: u32) -> Element<'a, M> {
    let content = column![
        ui::icon(ui::turning(turns), Tone::Accent, size::ICON_TITLE),
        Space::new().height(space::M),
        ui::text(Role::Heading, Tone::Ink, words.walk.opening),
        ui::text(Role::Body, Tone::Muted, words.walk.opening_lead),
    ]
    .spacing(space::XS)
    .align_x(Center);
    ui::card(container(content).center(Fill), inset::STAGE)
}

/// What happened, that no money moved, and what to do.
pub fn view(trouble: &Trouble, lang: Lang) -> Element<'_, Message> {
    let walk = &lang.words().walk;
    let offer = Offer::of(trouble);
    match trouble {
        Trouble::Keyring(error) => of_keyring(*error, walk.nothing_sent, offer, lang),
        Trouble::Other(told) => {
            let head = ui::banner(Banner::Calm, Icon::Exclamation, walk.no_till, walk.nothing_sent, String::new());
            page(head, told.words(lang).to_owned(), None, offer, lang)
        }
    }
}

/// The keyring didn't take the key of a set-up.
pub fn not_kept(error: VaultError, lang: Lang) -> Element<'static, Message> {
    of_keyring(error, lang.words().walk.nothing_kept, Offer::NotKept, lang)
}

fn of_keyring(error: VaultError, lead: &'static str, offer: Offer, lang: Lang) -> Element<'static, Message> {
    let walk = &lang.words().walk;
    let (title, to_do) = match error {
        VaultError::NoKeyring => (walk.no_keyring, walk.no_keyring_do.to_owned()),
        VaultError::Locked => (walk.locked, walk.locked_do.to_owned()),
        VaultError::Denied => (walk.denied, walk.denied_do.to_owned()),
        VaultError::TimedOut => (walk.timed_out, walk.timed_out_do.to_owned()),
        VaultError::Missing(_) | VaultError::TooLarge(_) | VaultError::Damaged(_) => {
            (walk.no_till, lang.vault_error(&error))
        }
    };
    let head = ui::banner(Banner::Waiting, Icon::Keyhole, title, lead, String::new());
    let or_else = (offer != Offer::SetUp).then_some((walk.this_run_title, walk.this_run_lead));
    page(head, to_do, or_else, offer, lang)
}

fn page<'a>(
    head: Element<'a, Message>,
    to_do: String,
    or_else: Option<(&'static str, &'static str)>,
    offer: Offer,
    lang: Lang,
) -> Element<'a, Message> {
    let words = lang.words();
    let walk = &words.walk;
    let to_do = row![ui::icon(Icon::Arrow, Tone::Accent, size::ICON_LINE), ui::text(Role::Lead, Tone::Ink, to_do)]
        .spacing(space::M)
        .align_y(Center);
    let mut content = column![head, to_do].spacing(space::L);
    if let Some((title, lead)) = or_else {
        content = content.push(ui::hairline()).push(
            column![ui::text(Role::BodyStrong, Tone::Ink, title), ui::text(Role::Body, Tone::Muted, lead)]
                .spacing(space::XXS),
        );
    }
    let again = Button::primary(walk.try_again, "Enter", Message::Retry).view();
    let buttons = match offer {
        Offer::ThisRun => row![
            again,
            Button::secondary(walk.this_run, "F7", Message::ThisRun).view(),
            Space::new().width(Fill),
            Button::plain(walk.close_window, Message::Leave).view(),
        ],
        Offer::SetUp => row![
            again,
            Button::secondary(walk.set_up_again, "F2", Message::SetUp).view(),
            Space::new().width(Fill),
            Button::plain(walk.close_window, Message::Leave).view(),
        ],
        Offer::NotKept => row![
            again,
            Button::secondary(walk.this_run, "F7", Message::ThisRun).view(),
            Button::secondary(words.back, "Esc", Message::Leave).view(),
        ],
    };
    ui::card(content.push(Space::new().height(Fill)).push(buttons.spacing(space::M)), inset::STAGE)
}
