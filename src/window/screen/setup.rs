//! Going live, step by step: the shop, the merchant and its certificate, the key. What is typed, dropped or pasted is
//! held against its form at once; nothing is kept before the last step's end.

mod form;

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::account::{Draft, Field, FileError, Flaw, Keep, Pasted, SaveError, classify};
use crate::lang::{Lang, Words};
use crate::settings::SignType;
use crate::timestamp::Timestamp;
use crate::window::ui::Mark;
use crate::window::walk::Key;

pub use form::stations;

/// The field in which a file's path is typed.
const PATH: &str = "path";

/// What hardly anybody changes.
const SELDOM: [Field; 5] = [Field::SignType, Field::SubMerchantId, Field::SubAppId, Field::Gateway, Field::GatewayCa];

/// A text on its way from a field: it may be a secret, so it is never shown and wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(Zeroizing<String>);

impl Typed {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}

/// Where the way has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Shop,
    Merchant,
    Key,
    /// The next screen's.
    Checks,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::Shop, Self::Merchant, Self::Key, Self::Checks];

    const fn fields(self) -> &'static [Field] {
        match self {
            Self::Shop => &[Field::ShopName, Field::ShopCategory, Field::TillNumber],
            Self::Merchant => &[
                Field::Certificate,
                Field::MerchantId,
                Field::AppId,
                Field::SignType,
                Field::SubMerchantId,
                Field::SubAppId,
                Field::Gateway,
                Field::GatewayCa,
            ],
            Self::Key => &[Field::ApiKey],
            Self::Checks => &[],
        }
    }

    fn of(field: Field) -> Self {
        Self::ALL.into_iter().find(|step| step.fields().contains(&field)).unwrap_or(Self::Shop)
    }

    pub const fn word(self, words: &Words) -> &'static str {
        match self {
            Self::Shop => words.walk.step_shop,
            Self::Merchant => words.walk.step_merchant,
            Self::Key => words.walk.step_key,
            Self::Checks => words.walk.step_checks,
        }
    }
}

/// A set-up that is being filled in.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds the draft's secrets")]
pub struct Setup {
    draft: Draft,
    step: Step,
    keep: Keep,
    /// Its owner wanted to go on: from then on this step says what is missing, too.
    tried: bool,
    behind: Behind,
    /// What hardly anybody changes is in front.
    advanced: bool,
    /// Files are held over the window.
    hovered: bool,
    path: String,
    refused: Option<FileError>,
    saving: Saving,
}

/// What a set-up stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    Nothing,
    /// Its owner may also say who refunds.
    OpenTill,
}

/// Whether what was filled in is being kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Saving {
    NotYet,
    Now,
    Refused(SaveError),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    Typed(Field, Typed),
    Pasted(Field, Typed),
    Path(String),
    /// The dialog to choose a file with.
    Choose,
    Chosen(PathBuf),
    /// Files are held over the window, or no more.
    Hovered(bool),
    /// A text of more than one line, or one that was pasted in no field.
    Clipboard(Typed),
    SignType(SignType),
    Advanced,
    /// Who may refund.
    Rules,
    Next,
    Back,
}

/// What the walk does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    None,
    /// Another step is in front: its first open field gets the keys.
    Focus(&'static str),
    ReadClipboard,
    ChooseFile,
    Save,
    /// To the page of who may refund.
    Rules,
    /// Back to where the walk began.
    Leave,
}

impl Setup {
    /// Begins at a step; the secrets will be kept as said.
    pub fn new(draft: Draft, step: Step, keep: Keep) -> Self {
        Self {
            draft,
            step,
            keep,
            tried: false,
            behind: Behind::Nothing,
            advanced: false,
            hovered: false,
            path: String::new(),
            refused: None,
            saving: Saving::NotYet,
        }
    }

    /// A till is open behind it, or none.
    pub fn before_open_till(self, is_open: bool) -> Self {
        Self { behind: if is_open { Behind::OpenTill } else { Behind::Nothing }, ..self }
    }

    /// Whether the owner's page of who may refund is to be had here.
    fn has_rules(&self) -> bool {
        self.behind == Behind::OpenTill && self.step == Step::Shop
    }

    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    pub fn keep(&self) -> Keep {
        self.keep
    }

    /// Once more, with the secrets kept as said.
    pub fn save(&mut self, keep: Keep) -> Action {
        self.keep = keep;
        self.saving = Saving::Now;
        Action::Save
    }

    /// Whether it waits for the keyring.
    pub fn is_saving(&self) -> bool {
        self.saving == Saving::Now
    }

    pub fn update(&mut self, message: Message, now: Timestamp) -> Action {
        if self.is_saving() {
            return Action::None;
        }
        match message {
            Message::Typed(field, text) => self.type_in(field, text.text(), now),
            Message::Pasted(field, text) => return self.paste_in(field, &text, now),
            Message::Clipboard(text) => self.paste(text.text(), now),
            Message::Path(path) => self.path = path,
            Message::Choose => return Action::ChooseFile,
            Message::Chosen(path) => self.add_file(&path, now),
            Message::Hovered(hovered) => self.hovered = hovered,
            Message::SignType(kind) => kind.as_str().clone_into(&mut self.draft.sign_type),
            Message::Advanced if self.step != Step::Merchant => {}
            Message::Advanced => {
                self.advanced = !self.advanced;
                return self.focus();
            }
            Message::Rules if self.has_rules() => return Action::Rules,
            Message::Rules => {}
            Message::Next => return self.next(now),
            Message::Back => return self.back(),
        }
        Action::None
    }

    /// It was not kept; what was there before is as it was.
    pub fn not_saved(&mut self, why: SaveError) -> Action {
        let wrong = match &why {
            SaveError::Flaw { field, .. } => Some(*field),
            _ => None,
        };
        self.saving = Saving::Refused(why);
        wrong.map_or(Action::None, |field| self.go_to(Step::of(field)))
    }

    /// Goes back to a step to mend something.
    pub fn go_to(&mut self, step: Step) -> Action {
        self.step = step;
        self.tried = true;
        self.focus()
    }

    fn type_in(&mut self, field: Field, text: &str, now: Timestamp) {
        self.saving = Saving::NotYet;
        match field {
            Field::ShopName => text.clone_into(&mut self.draft.shop_name),
            Field::ShopCategory => text.clone_into(&mut self.draft.shop_category),
            Field::TillNumber => text.clone_into(&mut self.draft.till_number),
            Field::MerchantId => self.draft.set_merchant_id(text, now),
            Field::AppId => text.clone_into(&mut self.draft.app_id),
            Field::ApiKey => self.draft.api_key = Zeroizing::new(text.to_owned()),
            Field::SubMerchantId => text.clone_into(&mut self.draft.sub_merchant_id),
            Field::SubAppId => text.clone_into(&mut self.draft.sub_app_id),
            Field::Gateway => text.clone_into(&mut self.draft.gateway),
            Field::GatewayCa => text.clone_into(&mut self.draft.gateway_ca),
            // Nobody types these.
            Field::Certificate | Field::SignType => {}
        }
    }

    /// What was pasted in the wrong field goes to its own.
    fn paste_in(&mut self, field: Field, text: &Typed, now: Timestamp) -> Action {
        let own = match classify(text.text()) {
            Pasted::ApiKey => Some(Field::ApiKey),
            Pasted::MerchantId => Some(Field::MerchantId),
            Pasted::AppId => Some(Field::AppId),
            // A field has one line, and these have many: they are taken from where they were copied to.
            Pasted::Pem => return Action::ReadClipboard,
            Pasted::Other => None,
        };
        match own.filter(|&own| own != field) {
            Some(_) => self.paste(text.text(), now),
            None => self.type_in(field, text.text(), now),
        }
        Action::None
    }

    fn paste(&mut self, text: &str, now: Timestamp) {
        self.saving = Saving::NotYet;
        match self.draft.paste(text, now) {
            Ok(Some(field)) if field != Field::Certificate => {}
            Ok(_) => self.refused = None,
            Err(refused) => self.refused = Some(refused),
        }
    }

    fn add_file(&mut self, path: &Path, now: Timestamp) {
        self.hovered = false;
        self.saving = Saving::NotYet;
        self.step = Step::Merchant;
        self.refused = self.draft.add_file(path, now).err();
        if self.refused.is_none() {
            self.path.clear();
        }
    }

    fn next(&mut self, now: Timestamp) -> Action {
        let path = self.path.trim();
        if self.step == Step::Merchant && !path.is_empty() {
            self.add_file(&plain_path(path), now);
            return Action::None;
        }
        if self.advanced && self.first_flaw().is_none() {
            self.advanced = false;
            return self.focus();
        }
        if let Some(field) = self.first_flaw() {
            self.tried = true;
            self.advanced = SELDOM.contains(&field);
            return Action::Focus(id(field));
        }
        self.tried = false;
        self.refused = None;
        match self.step {
            Step::Shop => self.step = Step::Merchant,
            Step::Merchant => self.step = Step::Key,
            Step::Key | Step::Checks => {
                return self.save(self.keep);
            }
        }
        self.focus()
    }

    fn back(&mut self) -> Action {
        self.tried = false;
        if self.advanced {
            self.advanced = false;
            return self.focus();
        }
        match self.step {
            Step::Shop => return Action::Leave,
            Step::Merchant => self.step = Step::Shop,
            Step::Key | Step::Checks => self.step = Step::Merchant,
        }
        self.focus()
    }

    fn first_flaw(&self) -> Option<Field> {
        self.step.fields().iter().copied().find(|&field| self.draft.flaw(field).is_some())
    }

    /// The field that the keys go to: the first that is to be filled in.
    pub fn focus(&self) -> Action {
        let first = match (self.step, self.advanced) {
            (Step::Merchant, true) => Field::SubMerchantId,
            (Step::Merchant, false) => Field::MerchantId,
            (step, _) => *step.fields().first().unwrap_or(&Field::ShopName),
        };
        let wanting = self.first_flaw().filter(|&field| field != Field::Certificate);
        Action::Focus(id(wanting.unwrap_or(first)))
    }

    fn mark(&self, field: Field, lang: Lang) -> Mark {
        let empty = self.value(field).trim().is_empty();
        match self.draft.flaw(field) {
            None if empty => Mark::None,
            None => Mark::Good,
            Some(_) if empty && !self.tried => Mark::None,
            // Of a wrong form is said what the right one is.
            Some(flaw @ Flaw::Form) => {
                Mark::Bad(format!("{} · {}", capital(&lang.flaw(field, &flaw)), lang.where_to_find(field)))
            }
            Some(flaw) => Mark::Bad(capital(&lang.flaw(field, &flaw))),
        }
    }

    fn value(&self, field: Field) -> &str {
        match field {
            Field::ShopName => &self.draft.shop_name,
            Field::ShopCategory => &self.draft.shop_category,
            Field::TillNumber => &self.draft.till_number,
            Field::MerchantId => self.draft.merchant_id(),
            Field::AppId => &self.draft.app_id,
            Field::ApiKey => &self.draft.api_key,
            Field::SignType => &self.draft.sign_type,
            Field::SubMerchantId => &self.draft.sub_merchant_id,
            Field::SubAppId => &self.draft.sub_app_id,
            Field::Gateway => &self.draft.gateway,
            Field::GatewayCa => &self.draft.gateway_ca,
            Field::Certificate => "",
        }
    }
}

/// What a key does here.
pub fn key(key: Key) -> Option<Message> {
    match key {
        Key::Enter => Some(Message::Next),
        Key::Escape => Some(Message::Back),
        Key::Function(2) => Some(Message::Advanced),
        Key::Function(3) => Some(Message::Choose),
        Key::Function(4) => Some(Message::Rules),
        Key::Char(_) | Key::Function(_) => None,
    }
}

/// As it begins a line.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A path as file managers copy it.
pub(super) fn plain_path(text: &str) -> PathBuf {
    let text = text.trim_matches(['"', '\'']);
    PathBuf::from(text.strip_prefix("file://").unwrap_or(text))
}

const fn id(field: Field) -> &'static str {
    match field {
        Field::ShopName => "shop-name",
        Field::ShopCategory => "shop-category",
        Field::TillNumber => "till-number",
        Field::MerchantId => "merchant-id",
        Field::AppId => "app-id",
        Field::ApiKey => "api-key",
        Field::Certificate | Field::SignType => PATH,
        Field::SubMerchantId => "sub-merchant-id",
        Field::SubAppId => "sub-app-id",
        Field::Gateway => "gateway",
        Field::GatewayCa => "gateway-ca",
    }
}
