//! The scales that every view is built on: space, corners, type, fixed heights.

use iced::Font;
use iced::font::Weight;
use iced::widget::text::LineHeight;

/// The one family, bundled, so that Chinese reads right on a machine without Chinese fonts.
pub const REGULAR: Font = Font::with_name("Noto Sans CJK SC");
/// The family's second weight.
pub const BOLD: Font = Font { weight: Weight::Bold, ..REGULAR };

/// The family's files, as the window and the pictures load them.
pub const FONTS: [&[u8]; 2] = [
    include_bytes!("../../../assets/fonts/NotoSansCJKsc-Regular.otf"),
    include_bytes!("../../../assets/fonts/NotoSansCJKsc-Bold.otf"),
];

/// Distances, in logical pixels.
pub mod space {
    /// Between the lines of one thing.
    pub const HAIR: f32 = 2.0;
    pub const XXS: f32 = 4.0;
    pub const XS: f32 = 8.0;
    pub const S: f32 = 12.0;
    pub const M: f32 = 16.0;
    /// Between the cards and the phone.
    pub const GUTTER: f32 = 20.0;
    pub const L: f32 = 24.0;
    pub const XL: f32 = 32.0;
    pub const XXL: f32 = 48.0;
}

/// What a card leaves free inside its edge.
pub mod inset {
    use iced::Padding;

    /// Nothing: the content draws the edge itself.
    pub const NONE: Padding = Padding::ZERO;
    /// A list's lines leave the edge of their card alone, and its round corners.
    pub const LIST: Padding = Padding { top: super::space::XS, right: 1.0, bottom: 1.0, left: 1.0 };
    /// The same under a title.
    pub const UNDER_TITLE: Padding = Padding { top: 1.0, ..LIST };
    /// Keys and codes beside a wide card.
    pub const NARROW: Padding = even(28.0, 28.0);
    pub const WIDE: Padding = even(36.0, 36.0);
    /// A column of stations beside a wide card.
    pub const WALK: Padding = even(28.0, super::space::XL);
    /// Fields to fill in.
    pub const FORM: Padding = even(28.0, 40.0);
    /// A state that fills the page.
    pub const STAGE: Padding = even(28.0, super::space::XXL);
    /// Two pixels less than the scale at the sides: they are what makes eleven pixels a module fit.
    pub const QR: Padding = even(super::space::M, super::space::L - 2.0);

    const fn even(vertical: f32, horizontal: f32) -> Padding {
        Padding { top: vertical, right: horizontal, bottom: vertical, left: horizontal }
    }
}

/// Corners, in logical pixels.
pub mod radius {
    pub const HINT: f32 = 4.0;
    pub const BUTTON: f32 = 8.0;
    pub const CARD: f32 = 12.0;
    pub const PHONE: f32 = 40.0;
    pub const PILL: f32 = 999.0;
}

/// Fixed sizes, in logical pixels.
pub mod size {
    /// What the window has when it is not maximized: title bar included, it fits a 1366x768 laptop.
    pub const WINDOW: (f32, f32) = (1280.0, 720.0);
    /// The least that every screen still fits in.
    pub const WINDOW_MIN: (f32, f32) = (1024.0, 680.0);
    pub const HEADER: f32 = 48.0;
    pub const RECENT: f32 = 60.0;
    pub const KEYS: f32 = 36.0;
    pub const PRIMARY: f32 = 72.0;
    pub const BUTTON: f32 = 56.0;
    pub const QUICK: f32 = 64.0;
    /// The box of a form's line.
    pub const FORM_LINE: f32 = 48.0;
    /// So many dots of a secret are large ones.
    pub const LARGE_DOTS: usize = 12;
    /// Below this a card has to do with less air.
    pub const TIGHT: f32 = 540.0;
    /// Below this a card's buttons have to do with smaller words.
    pub const NARROW: f32 = 620.0;
    pub const QR_COLUMN: f32 = 456.0;
    pub const ORDER_LINE: f32 = 57.0;
    pub const PHONE: f32 = 304.0;
    pub const BAR: f32 = 6.0;
    /// The bar of a long work.
    pub const PROGRESS: f32 = 14.0;
    /// A box that marks a line.
    pub const MARK_BOX: f32 = 20.0;
    /// A count with its word.
    pub const TALLY: f32 = 168.0;
    pub const HAZARD: f32 = 16.0;
    /// The line under the amount.
    pub const UNDER_AMOUNT: f32 = 30.0;
    /// The figure of the countdown, and with its bar.
    pub const COUNTDOWN: f32 = 42.0;
    pub const COUNTDOWN_AND_BAR: f32 = 54.0;
    /// The column of names before values, and of keys before what they do.
    pub const NAMES: f32 = 140.0;
    pub const KEY_NAMES: f32 = 200.0;
    /// As narrow as leaves room for WeChat's 28 digits.
    pub const FACT_NAMES: f32 = 128.0;
    /// The column of a way's stations.
    pub const STATIONS: f32 = 360.0;
    /// A large choice, and the widest that a page of them is.
    pub const CHOICE: f32 = 104.0;
    pub const CHOICES: f32 = 760.0;
    pub const DROP_ZONE: f32 = 88.0;
    /// A line of a list of checks, and what each looks at.
    pub const FINDING: f32 = 44.0;
    pub const FINDING_LEAST: f32 = 30.0;
    /// What a list of checks leaves for its title, its notes and its buttons.
    pub const AROUND_FINDINGS: f32 = 232.0;
    pub const FINDING_NAMES: f32 = 190.0;
    /// Icons: in a line, before a title, over a full screen.
    pub const ICON_NOTE: f32 = 16.0;
    pub const ICON_LINE: f32 = 22.0;
    pub const ICON_TITLE: f32 = 76.0;
    pub const ICON_FULL: f32 = 132.0;
}

/// What a line of text is for; its size, weight and leading follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The amount on a full-screen result.
    Full,
    /// The title of a result.
    Title,
    /// The title of a banner.
    Heading,
    /// A figure beside a heading: the countdown.
    Figure,
    /// The word on the next step's button and the quick amounts.
    Action,
    /// A second line under a title.
    Lead,
    Body,
    BodyStrong,
    Label,
    LabelStrong,
    Hint,
    HintStrong,
    /// A payment code's digits.
    Code,
}

impl Role {
    /// In logical pixels.
    pub const fn size(self) -> f32 {
        match self {
            Self::Full => 140.0,
            Self::Title => 46.0,
            Self::Heading => 30.0,
            Self::Figure => 34.0,
            Self::Action => 24.0,
            Self::Lead => 21.0,
            Self::Body | Self::BodyStrong => 18.0,
            Self::Label | Self::LabelStrong => 16.0,
            Self::Hint | Self::HintStrong => 14.0,
            Self::Code => 36.0,
        }
    }

    pub const fn font(self) -> Font {
        match self {
            Self::Full
            | Self::Title
            | Self::Heading
            | Self::Figure
            | Self::BodyStrong
            | Self::LabelStrong
            | Self::HintStrong
            | Self::Code => BOLD,
            Self::Action | Self::Lead | Self::Body | Self::Label | Self::Hint => REGULAR,
        }
    }

    /// Chinese wants more air between lines than Latin does.
    pub const fn line_height(self) -> LineHeight {
        match self {
            Self::Full => LineHeight::Relative(1.2),
            Self::Title | Self::Heading | Self::Figure | Self::Code | Self::Action => LineHeight::Relative(1.25),
            _ => LineHeight::Relative(1.4),
        }
    }
}

/// The amount while it is typed: whole yuan, decimals, sign.
pub mod amount {
    pub const YUAN: f32 = 132.0;
    pub const CENTS: f32 = 84.0;
    pub const SIGN: f32 = 64.0;
    /// Digits stand on the bottom of their box at this leading (ascent minus descent of the family),
    /// so that three sizes share one baseline.
    pub const LEADING: f32 = 0.872;
    /// Advance of a bold digit and of a bold comma or point, in thousandths of the size.
    pub const DIGIT: f32 = 0.590;
    pub const POINT: f32 = 0.325;
    /// Advance of the regular sign.
    pub const SIGN_ADVANCE: f32 = 0.555;
}
